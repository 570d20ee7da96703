import SNNIR
import SNNSyntax

/// Sources of their own. A Poisson source is a population without states that sends, in every tick, a count with mean
/// rate x dt: what holds for populations (records, delays, draws that depend on nothing declared elsewhere) holds for it.
extension NetworkBuilder {
  /// `input NAME : spikes[SHAPE] = poisson(RATE)`.
  mutating func buildSource(
    _ input: InputDecl, _ source: ExprID, shape: [Int], _ checker: inout ExpressionChecker
  ) {
    let name = input.name.text
    let span = checker.expression(source).span
    var mean: ValueID?
    if !input.isSpikes {
      checker.report(SourceMessage.analog(input: name, at: span))
    } else {
      mean = poissonMean(source, &checker)
    }
    guard let mean else {
      isComplete = false
      checker.declare(Entity(name, .input, span: input.name.span, index: -1))
      return
    }
    let index = addSource(name, shape, mean, input.name.span, &checker)
    checker.declare(Entity(name, .population, span: input.name.span, index: index))
    if let placement = input.placement { place(input.name, shape, placement, &checker) }
  }

  /// `connect poisson(rate = E) -> TARGET`: one source per unit of the target, paired with it. The hidden population
  /// takes the connection's name, so that the numbers it draws depend on nothing else.
  mutating func pairedSource(
    _ mean: ValueID, for connection: Name, at span: Span, units: Int, _ checker: inout ExpressionChecker
  ) -> End {
    let name = "\(connection.text).source"
    let entity = Entity(name, .population, span: span, index: addSource(name, [units], mean, span, &checker))
    checker.declare(entity)
    checker.used.insert(span)
    let reference = EndpointReference(base: Name(name, span), member: nil, slice: nil, span: span)
    return (reference, entity, 0..<units)
  }

  private mutating func addSource(
    _ name: String, _ shape: [Int], _ mean: ValueID, _ span: Span, _ checker: inout ExpressionChecker
  ) -> Int {
    let index = checker.model.populations.count
    let location = checker.location(span)
    let name = prefix + name
    let extent = checker.model.graph.addExtent(Extent(name: name, size: shape.reduce(1, *)))
    let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    let flag = checker.model.graph.addSymbol(
      Symbol("\(name).spike", .flag(population: index), domain: domain, location: location))
    let uniform = checker.model.graph.addSymbol(
      Symbol("u", .random(population: index, index: 0), domain: domain, location: location))
    var population = HybridPopulation(name: name, model: "poisson", shape: shape, extent: extent, flag: flag)
    population.draws = [RandomDraw(.uniform, path: "\(name).spike", symbol: uniform)]
    population.emission = .counts(mean: mean, uniform: uniform)
    population.location = location
    checker.model.populations.append(population)
    lowered.populations.append(NeuronTerms())
    lowered.populationSpans.append(span)
    sources.insert(index)
    return index
  }

  /// Events per tick of `poisson(RATE)`; nil after a message. Several inputs of one tick add up to a Poisson count.
  func poissonMean(_ id: ExprID, _ checker: inout ExpressionChecker) -> ValueID? {
    let expr = checker.expression(id)
    guard case .call(let callee, let arguments) = expr.kind,
      case .name("poisson") = checker.expression(callee).kind
    else {
      checker.report(SourceMessage.unknown(text: checker.text(expr.span), at: expr.span))
      return nil
    }
    guard let rate = checker.matched(arguments, "poisson", ["rate"], required: 1, expr.span)?["rate"] else {
      return nil
    }
    let frequency = DimensionTerm(.time).power(Rational(-1))
    let checked = checker.number(rate, expecting: frequency, because: "`poisson` takes events per time")
    guard !checked.isError else { return nil }
    if let number = checker.staticValue(checked.value), number < 0 {
      let unit = checked.unit ?? Dimension.time.power(Rational(-1)).displayUnit
      let shown = "\(formatted(unit.fromInternal(number))) \(unit.text)"
      checker.report(SourceMessage.negative(value: shown, at: checked.span))
      return nil
    }
    return checker.model.graph.mul(checked.value, checker.model.graph.load(checker.model.stepSymbol))
  }

  /// Whether a call stands where a source does: then it is one of its own.
  func isCall(_ id: ExprID, _ checker: ExpressionChecker) -> Bool {
    if case .call = checker.expression(id).kind { true } else { false }
  }
}
