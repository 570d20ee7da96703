import SNNIR
import SNNSyntax

/// The choices of a learning rule beside surrogate, reset and spikes, and which of them cannot go together.
extension TaskBuilder {
  func mode(_ id: ExprID, _ checker: inout ExpressionChecker) -> CreditMode? {
    let expr = checker.expression(id)
    switch expr.kind {
    case .name("backward"): return .backward
    case .name("forward"): return .forward
    case .name("score"): return .score
    case .name("adjoint"):
      checker.report(
        .impossible(
          what: "`mode = adjoint` of a rule on the grid", reason: "it belongs to the rule `eventprop`",
          nearest: "`mode = backward` or `mode = forward`", at: expr.span))
    default: checker.report(.axisValue(axis: "mode", values: ["backward", "forward", "score"], at: expr.span))
    }
    return nil
  }

  func keepsRecurrence(_ id: ExprID, _ checker: inout ExpressionChecker) -> Bool? {
    let expr = checker.expression(id)
    switch expr.kind {
    case .name("keep"): return true
    case .name("cut"): return false
    default: checker.report(.axisValue(axis: "recurrence", values: ["keep", "cut"], at: expr.span))
    }
    return nil
  }

  /// `symmetric`, `random`, `direct` (both with a distribution and a seed), `sign`, `uniform` (both with a size).
  func feedback(_ id: ExprID, _ checker: inout ExpressionChecker) -> Feedback? {
    let expr = checker.expression(id)
    var name = ""
    var arguments: [Argument] = []
    switch expr.kind {
    case .name(let text): name = text
    case .call(let callee, let given):
      if case .name(let text) = checker.expression(callee).kind { (name, arguments) = (text, given) }
    default: break
    }
    switch name {
    case "symmetric" where arguments.isEmpty: return .symmetric
    case "random", "direct":
      var distribution: Distribution?
      var seed: UInt64?
      for argument in arguments {
        if argument.label?.text == "seed" {
          guard let number = checker.wholeNumber(argument.value, what: "`seed`", least: 0) else { return nil }
          seed = UInt64(number)
        } else {
          let note = "feedback is drawn as a number in the unit of the weights it stands for"
          guard let found = checker.distribution(argument.value, of: .one, because: note, draws: .matrix) else {
            return nil
          }
          distribution = found.distribution
        }
      }
      return name == "random" ? .random(distribution, seed: seed) : .direct(distribution, seed: seed)
    case "hdf5":
      guard arguments.count == 1, arguments[0].label == nil,
        case .string(let path) = checker.expression(arguments[0].value).kind
      else {
        checker.report(.sourceArgument(source: "hdf5", name: nil, wanted: "a file name in quotes", at: expr.span))
        return nil
      }
      return .file(path)
    case "sign", "uniform":
      var size = 1.0
      if let argument = arguments.first {
        guard let value = number(argument.value, "`\(name)`", least: 0, isOpen: true, &checker) else { return nil }
        size = value
      }
      return name == "sign" ? .sign(size) : .uniform(size)
    default:
      checker.report(
        .axisValue(
          axis: "feedback",
          values: ["symmetric", "random", "random(D, seed = N)", "hdf5(FILE)", "direct", "sign", "uniform"],
          at: expr.span))
      return nil
    }
  }

  /// `episode`, or `every TIME` in ticks.
  func update(_ id: ExprID, _ checker: inout ExpressionChecker) -> Int?? {
    let expr = checker.expression(id)
    if case .name("episode") = expr.kind { return .some(nil) }
    guard case .call(let callee, let arguments) = expr.kind, case .name("every") = checker.expression(callee).kind,
      let argument = arguments.first
    else {
      checker.report(.axisValue(axis: "update", values: ["episode", "every TIME"], at: expr.span))
      return nil
    }
    let checked = checker.number(argument.value, expecting: DimensionTerm(.time), because: "`every` takes a time")
    guard let period = checker.staticValue(checked, what: "`every`"),
      let ticks = checker.ticks(period, what: "`every`", unit: checked.unit, at: checked.span, least: 1)
    else { return nil }
    return .some(min(ticks, max(task.ticks, 1)))
  }

  /// Combinations that mean nothing, or that nothing can compute: each with the reason and the nearest that can be.
  func checkCombination(
    _ rule: LearningRule, _ learn: LearnDecl, _ written: [String: Span], _ checker: inout ExpressionChecker
  ) {
    func impossible(_ axis: String, _ what: String, _ reason: String, _ nearest: String) {
      checker.report(
        .impossible(what: what, reason: reason, nearest: nearest, at: written[axis] ?? learn.rule.span))
    }
    let isCoupled = checker.model.connections.contains { connection in
      if case .continuous = connection.signal, case .population = connection.source { true } else { false }
    }
    let scattered = checker.model.connections.first { connection in
      guard case .continuous = connection.signal, case .sparse(let sparsity) = connection.pattern else { return false }
      return sparsity.hasOwnDelays
    }
    let departures = [
      ("mode", rule.mode == .forward), ("feedback", rule.feedback != .symmetric), ("error", !rule.readouts.isEmpty),
      ("recurrence", !rule.keepsRecurrence),
    ].filter(\.1).map(\.0)
    if isCoupled, !departures.isEmpty {
      let axis = departures.first { written[$0] != nil }
      impossible(
        axis ?? "",
        (axis.map { "`\($0)` other than that of `bptt`," } ?? "`\(rule.name)`")
          + " with continuous connections between populations",
        "error goes back through such connections only with time reversed", "`bptt`, or `finite_difference`")
      return
    }
    if let scattered, rule.mode == .forward {
      impossible(
        "mode", "`\(rule.name)` with a delay for each synapse of `\(scattered.name)`",
        "forward in time the values that such a connection brings are all of one tick", "`bptt`, or one delay")
      return
    }
    if rule.keepsRecurrence, !rule.followsTime, !checker.model.lateConnections.isEmpty {
      impossible(
        "", "`\(rule.name)` through a circle of `delay = 0`",
        "without time, the error of a tick would go round for ever", "`recurrence = cut`, or `bptt`")
      return
    }
    let chosen = rule.parameters.isEmpty ? Array(checker.model.parameters.indices) : rule.parameters
    let delay = checker.model.connections.compactMap(\.delayParameter).first {
      chosen.contains($0) && !task.frozen.contains($0)
    }
    if let delay, !rule.followsTime {
      impossible(
        "", "`\(rule.name)` for `\(checker.model.parameters[delay].name)`",
        "the derivative by a delay compares two ticks, and this rule looks at the present one alone",
        "`eprop` with `feedback = random`, or `freeze \(checker.model.parameters[delay].name)`")
      return
    }
    if rule.mode == .difference {
      for axis in ["recurrence", "feedback", "error", "reset"] where written[axis] != nil {
        impossible(
          axis, "`\(axis)` of finite differences", "a difference of losses follows every path there is",
          "`finite_difference` without it, or `bptt` with it")
        return
      }
    }
    if rule.updateEvery != nil {
      let every = "updates while the run goes on"
      if task.duration != nil {
        impossible("update", every, "some samples of the batch are over before others", "`update = episode`")
        return
      }
      if rule.mode == .backward || rule.mode == .score {
        impossible(
          "update", every, "in backward mode the gradient is known when the run is over",
          rule.keepsRecurrence ? "`rtrl`, or `update = episode`" : "`mode = forward`, or `update = episode`")
      } else if rule.mode == .difference {
        impossible("update", every, "a difference needs whole runs", "`update = episode`")
      } else if !rule.followsTime {
        impossible(
          "update", every, "the error of `\(rule.name)` comes from the ticks behind", "`eprop` with `feedback = random`"
        )
      } else if checker.errorCount == 0, !isSumOverTime(rule, checker) {
        impossible(
          "update", every, "the loss must be a sum or mean over time of terms of one tick",
          "`update = episode`, or a loss such as `mean over time of …`")
      }
    }
    if let other = task.learning, rule.updateEvery != nil || other.updateEvery != nil {
      impossible(
        "update", "updates while the run goes on, beside another `learn`",
        "every rule runs the batch for itself, at the weights that all have then",
        "one `learn` line, or `update = episode`")
    }
    if !rule.readouts.isEmpty, let span = written["feedback"] {
      checker.report(
        .impossible(
          what: "`feedback` beside a local error", reason: "nothing comes back from above a population then",
          nearest: "`error = local(…)` alone", at: span))
    }
    if rule.feedback == .local, rule.readouts.isEmpty, checker.errorCount == 0 {
      impossible(
        "error", "`\(rule.name)` without a local error", "every population needs a readout and a loss of its own",
        "`error = local(readout[10] ~ normal(0, 1), loss = mse(y, onehot(label)))`")
    }
  }

  /// Whether the derivative of the loss at a tick is known at that tick, and there is nothing else to it.
  private func isSumOverTime(_ rule: LearningRule, _ checker: ExpressionChecker) -> Bool {
    guard let loss = task.loss else { return true }
    let graph = checker.model.graph
    var stack = [loss] + rule.localLosses
    while let value = stack.popLast() {
      let node = graph[value]
      switch node.opcode {
      case .add, .sub, .neg, .named, .broadcast: stack += graph.arguments(value)
      case .mul, .div:
        let parts = Array(graph.arguments(value))
        let inTime = parts.filter { dependsOnTime($0, graph) }
        if parts.contains(where: { !inTime.contains($0) && isLearned($0, checker) }) { return false }
        if inTime.count > 1 || (node.opcode == .div && inTime.contains(parts[1])) { return false }
        stack += inTime
      case .reduce:
        let reduction = Reduction(aux: node.aux)
        if reduction.axis == .tick, reduction.kind == .sum {
          let within = graph.reachable(from: [value]).filter { $0 != value }
          if within.contains(where: { graph[$0].domain.phase > .tick }) { return false }
        } else if reduction.kind == .sum {
          stack += graph.arguments(value)
        } else if dependsOnTime(value, graph) || isLearned(value, checker) {
          return false
        }
      default: if dependsOnTime(value, graph) || isLearned(value, checker) { return false }
      }
    }
    return true
  }

  private func isLearned(_ value: ValueID, _ checker: ExpressionChecker) -> Bool {
    checker.model.graph.loadedSymbols([value]).contains { symbol in
      if case .parameter(let index) = checker.model.graph[symbol].kind {
        return checker.model.parameters[index].isLearnable
      }
      return false
    }
  }

  private func dependsOnTime(_ value: ValueID, _ graph: Graph) -> Bool {
    graph.loadedSymbols([value]).contains {
      if case .recorded = graph[$0].kind { return true }
      return false
    }
  }
}
