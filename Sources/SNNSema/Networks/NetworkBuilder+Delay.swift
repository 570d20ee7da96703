import SNNIR
import SNNSyntax

/// `learnable delay = 5 ms`, `learnable delay ~ uniform(1 ms, 20 ms) in 1 ms .. 30 ms`: one number per synapse, which need
/// be no multiple of the step. With `step exact` delays that are drawn are kept in the same way.
extension NetworkBuilder {
  /// Gives every synapse a delay of its own; false after a message.
  mutating func learnsDelays(
    _ sparsity: inout Sparsity, _ items: Items, _ pattern: String, _ checker: inout ExpressionChecker
  ) -> Bool {
    guard let item = items.delay else { return true }
    guard sparsity.convolution == nil else {
      checker.report(PatternMessage.learnedDelayOfKernel(pattern: pattern, at: item.span))
      return false
    }
    if let rule = items.rule {
      checker.report(PatternMessage.learnedDelayWithRule(synapse: rule.name.text, at: item.span, rule: rule.span))
      return false
    }
    if checker.model.isExact { return true }
    if !sparsity.hasOwnDelays {
      if isListed(item.initialiser, checker) {
        checker.report(PatternMessage.notListed(what: "delay", at: item.span))
        return false
      }
      // Where it begins is the parameter's; the pattern has what makes every synapse one with its own delay.
      sparsity.delays = Distribution(.constant, [checker.model.step])
    }
    return true
  }

  /// Adds delays that synapses have of their own as a parameter; nil after a message.
  mutating func delayParameter(
    _ name: Name, _ item: (isLearnable: Bool, initialiser: Initialiser, range: BoundsSyntax?, span: Span),
    _ items: Items, _ pattern: Pattern, _ connection: Int, _ checker: inout ExpressionChecker
  ) -> Int? {
    var geometry: Geometry?
    if case .sparse(let sparsity) = pattern {
      geometry = sparsity.geometry
      if checker.model.isExact, sparsity.convolution != nil {
        unavailable("delays drawn per synapse of a kernel with `step exact`", item.span, &checker)
        return nil
      }
    }
    let time = DimensionTerm(.time)
    let note = "`delay` takes a time"
    let least = checker.model.isExact ? 0 : checker.model.step
    let valueSpan = checker.expression(item.initialiser.value).span
    var resolved: ResolvedUnit?
    var initial: Initial
    if item.initialiser.isDraw {
      guard let drawn = checker.distribution(item.initialiser.value, of: time, because: note, draws: .matrix) else {
        return nil
      }
      initial = .draw(drawn.distribution)
      resolved = drawn.unit
    } else if isListed(item.initialiser, checker) {
      initial = .given(items.listedDelays ?? [])
    } else if let value = geometry?.delay {
      initial = .value(value)
    } else {
      let checked = checker.number(item.initialiser.value, expecting: time, because: note)
      guard !checked.isError, let duration = checker.staticValue(checked, what: "a delay") else { return nil }
      guard duration >= least else {
        checker.report(PatternMessage.learnedDelayTooShort(what: "a learned delay starts with", at: valueSpan))
        return nil
      }
      initial = .value(checker.model.graph.const(duration))
      resolved = checked.unit
    }
    let unit = resolved ?? Dimension.time.displayUnit
    var bounds: (lower: Double?, upper: Double?)?
    if let range = item.range {
      guard let found = checker.bounds(range, of: time, name: name.text + ".delay") else { return nil }
      guard found.lower.map({ $0 >= least }) ?? true, found.upper.map({ $0 > least }) ?? true else {
        checker.report(
          PatternMessage.learnedDelayTooShort(what: "the range of a learned delay starts with", at: range.span))
        return nil
      }
      if case .value(let value) = initial, geometry?.delay == nil {
        checker.checkInside(
          value, found, what: name.text + ".delay", isLearnable: true, at: item.span, range: range.span, unit: unit)
      }
      bounds = found
    }
    let index = checker.model.parameters.count
    let location = checker.location(item.span)
    let symbol = checker.model.graph.addSymbol(
      Symbol(
        name.text + ".delay", .parameter(index), domain: Domain([.synapse], extent: ExtentID(connection)),
        unit: unit.display,
        location: location))
    checker.model.parameters.append(
      Parameter(
        name: name.text + ".delay", symbol: symbol, shape: .synapses(connection: connection), unit: unit.display,
        isLearnable: item.isLearnable, initial: initial, lower: bounds?.lower, upper: bounds?.upper, location: location)
    )
    return index
  }
}
