import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// `-log softmax(logits)[label]` by the shifted logarithm of a sum of exponentials. The shift cancels, so its
  /// derivative is not followed.
  mutating func crossEntropy(_ arguments: [Argument], _ span: Span) -> Checked {
    guard let given = matched(arguments, "cross_entropy", ["logits", "label"], required: 2, span),
      let logitsID = given["logits"], let labelID = given["label"]
    else { return errorResult(span) }
    let logits = number(logitsID, expecting: .one, because: "the logits of `cross_entropy` are numbers")
    let label = number(labelID, expecting: .one, because: "a label is a number")
    if logits.isError || label.isError { return errorResult(span) }
    let domain = model.graph[logits.value].domain
    guard domain.axes.contains(.unit), let extent = domain.extent else {
      if isLabel(logits.value) {
        report(.labelFirst(label: text(logits.span), values: text(label.span), at: logits.span))
        return errorResult(span)
      }
      report(
        .noAxis(
          axis: .units, operand: text(logits.span), at: logits.span, isReduced: false, has: Self.axisWords(domain)))
      return errorResult(span)
    }
    if let classes = task.classes, classes > model.graph[extent].size, isLabel(label.value) {
      report(.tooManyClasses(classes: classes, units: model.graph[extent].size, at: logits.span))
      return errorResult(span)
    }
    return joined([logits, label], span) { checker in
      checker.crossEntropy(logits.value, label.value, extent, span)
    }
  }

  func isLabel(_ value: ValueID) -> Bool {
    guard let symbol = model.graph.symbol(value), case .data(let field) = model.graph[symbol].kind else { return false }
    return task.fields[field].name == "label" && task.fields[field].transforms.isEmpty
  }

  mutating func crossEntropy(
    _ logits: ValueID, _ label: ValueID, _ extent: ExtentID, _ span: Span
  ) -> Checked {
    let greatest = model.graph.path(model.graph.reduce(.max, over: .unit, logits), PathTag(.detach))
    let shifted = model.graph.sub(logits, greatest)
    let sum = model.graph.reduce(.sum, over: .unit, model.graph.exp(shifted))
    let normaliser = model.graph.unary(.log, sum)
    if model.graph[label].domain.axes.contains(.unit) {
      // Probabilities instead of a class number.
      let weight = model.graph.reduce(.sum, over: .unit, label)
      let product = model.graph.reduce(.sum, over: .unit, model.graph.mul(label, shifted))
      return Checked(model.graph.sub(model.graph.mul(weight, normaliser), product), .dimensionless, span)
    }
    let picked = chosen(shifted, label, extent)
    return Checked(model.graph.sub(normaliser, picked), .dimensionless, span)
  }

  /// The mean of the squared difference over units and, unless a reduction over time stands around it, over time.
  mutating func meanSquaredError(_ arguments: [Argument], _ span: Span) -> Checked {
    guard let given = matched(arguments, "mse", ["a", "b"], required: 2, span), let aID = given["a"],
      let bID = given["b"]
    else { return errorResult(span) }
    // What a batch will stand in for varies in time where it is compared with something that does.
    let order = isField(aID) ? [bID, aID] : [aID, bID]
    let first = number(order[0])
    let assumed = task.assumesTime
    if !first.isError, model.graph[first.value].domain.phase == .tick { task.assumesTime = true }
    let second = number(order[1])
    task.assumesTime = assumed
    let (a, b) = order[0] == aID ? (first, second) : (second, first)
    guard let left = a.dimension, let right = b.dimension else { return errorResult(span) }
    guard solver.unify(left, right) else {
      report(.argumentMismatch(function: "mse", left: describe(a), right: describe(b)))
      return errorResult(span)
    }
    return joined([a, b], span) { checker in
      let difference = checker.model.graph.sub(a.value, b.value)
      var value = checker.model.graph.mul(difference, difference)
      let domain = checker.model.graph[value].domain
      if domain.axes.contains(.tick), domain.phase > .tick {
        checker.report(.twoPasses(at: span))
        return checker.errorResult(span)
      }
      var count = checker.model.graph.const(1)
      if domain.axes.contains(.unit), let extent = domain.extent {
        value = checker.model.graph.reduce(.sum, over: .unit, value)
        count = checker.model.graph.const(Double(checker.model.graph[extent].size))
      }
      if domain.axes.contains(.tick), checker.task.timeDepth == 0 {
        value = checker.sumOverTime(value)
        count = checker.model.graph.mul(count, checker.lastTick())
      }
      let type = ExpressionType.number(checker.solver.resolve(left).power(Rational(2)))
      return Checked(checker.model.graph.div(value, count), type, span)
    }
  }

  private func isField(_ id: ExprID) -> Bool {
    guard case .name(let name) = expression(id).kind else { return false }
    return TaskContext.fieldNames.contains(name) && lookup(name) == nil
  }

  /// `argmax(E)`: the unit at which E is greatest, the first of equals.
  mutating func extremeUnit(
    _ kind: Reduction.Kind, _ name: String, _ arguments: [Argument], _ span: Span
  ) -> Checked {
    guard let given = matched(arguments, name, ["values"], required: 1, span), let id = given["values"] else {
      return errorResult(span)
    }
    let values = number(id)
    if values.isError { return errorResult(span) }
    let domain = model.graph[values.value].domain
    guard domain.axes.contains(.unit) else {
      report(
        .noAxis(
          axis: .units, operand: text(values.span), at: values.span, isReduced: false, has: Self.axisWords(domain)))
      return errorResult(span)
    }
    return Checked(model.graph.argreduce(kind, over: .unit, values.value), .dimensionless, span)
  }

  /// The time of each unit's first spike; the end of the run, or of the sample, where it is silent.
  mutating func firstSpike(_ arguments: [Argument], _ span: Span) -> Checked {
    guard let given = matched(arguments, "first_spike", ["population"], required: 1, span),
      let id = given["population"]
    else { return errorResult(span) }
    return firstSpike("first_spike", of: id, span)
  }

  mutating func firstSpike(_ function: String, of id: ExprID, _ span: Span) -> Checked {
    guard case .name(let name) = expression(id).kind, let entity = lookup(name), entity.kind == .population,
      entity.index >= 0
    else {
      report(.wantsPopulation(function: function, at: expression(id).span))
      return errorResult(span)
    }
    let at = expression(id).span
    guard let spikes = taskMember(id, Name("spike", at), at), !spikes.isError else { return errorResult(span) }
    let zero = model.graph.const(0)
    let time = model.graph.load(model.timeSymbol)
    let end =
      task.duration == nil
      ? model.graph.const(Double(task.ticks) * model.step)
      : model.graph.mul(lastTick(), model.graph.const(model.step))
    var fired = model.graph.compare(.ne, spikes.value, zero)
    if let isOwn = isOwnTick() { fired = model.graph.and(fired, isOwn) }
    let first = model.graph.reduce(.min, over: .tick, model.graph.select(fired, time, end))
    return Checked(first, .number(DimensionTerm(.time)), span, unit: Dimension.time.displayUnit)
  }

  // MARK: Arguments

  /// Arguments by name; positional ones in order. A message has been given where nil.
  mutating func matched(
    _ arguments: [Argument], _ function: String, _ names: [String], required: Int, _ span: Span
  ) -> [String: ExprID]? {
    var result: [String: ExprID] = [:]
    var position = 0
    for argument in arguments {
      if argument.isDraw || argument.isLearnable || argument.perUnit {
        report(.misplacedForm(what: "`~`, `learnable` or `per unit`", at: expression(argument.value).span))
        return nil
      }
      var name = position < names.count ? names[position] : ""
      if let label = argument.label {
        guard names.contains(label.text) else {
          report(.unknownArgument(function: function, name: label.text, at: label.span, known: names))
          return nil
        }
        name = label.text
      } else {
        position += 1
      }
      guard !name.isEmpty, result[name] == nil else {
        report(.argumentCount(function: function, expected: names, found: arguments.count, at: span))
        return nil
      }
      result[name] = argument.value
    }
    if let missing = names.prefix(required).first(where: { result[$0] == nil }) {
      report(.missingArgument(function: function, name: missing, at: span))
      return nil
    }
    return result
  }

  /// A whole number known when compiled.
  mutating func wholeNumber(_ id: ExprID, what: String, least: Int) -> Int? {
    let checked = number(id, expecting: .one, because: "\(what) is a whole number")
    guard let value = staticValue(checked, what: what) else { return nil }
    let most = 1 << 31
    guard value <= Double(most) else {
      report(.outOfRange(what: what, wanted: "at most \(most)", at: checked.span))
      return nil
    }
    guard let whole = Int(exactly: value), whole >= least else {
      report(.notWhole(what: what, least: least, at: checked.span))
      return nil
    }
    return whole
  }
}
