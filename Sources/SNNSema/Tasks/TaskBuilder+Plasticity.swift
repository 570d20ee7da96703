import SNNIR
import SNNSyntax

extension TaskBuilder {
  private static let plasticities: [String: Plasticity] = ["summed": .summed, "per_sample": .perSample]

  /// `plasticity summed`, `plasticity per_sample`.
  mutating func plasticity(_ value: ExprID, _ checker: inout ExpressionChecker) {
    let expression = checker.expression(value)
    guard case .name(let word) = expression.kind, let found = Self.plasticities[word] else {
      checker.report(
        .plasticity(
          text: checker.text(expression.span), at: expression.span,
          nearest: Spelling.nearest(to: checker.text(expression.span), among: Self.plasticities.keys)))
      return
    }
    task.plasticity = found
  }

  /// What a task cannot ask of weights that a `rule` changes while time runs.
  func checkPlasticity(_ checker: inout ExpressionChecker) {
    guard let rule = checker.model.rules.first else { return checkNeeded(&checker) }
    let connection = checker.model.connections[rule.connection].name
    // One that is misspelled has been told.
    let saysPlasticity = items.contains { entry in
      if case .setting(let key, _, _) = entry.item { key.text == "plasticity" } else { false }
    }
    for entry in items {
      switch entry.item {
      case .learn(let learn):
        let declared = checker.locations[Int(rule.location.index)]
        checker.report(
          .learningWithRules(rule: rule.name, connection: connection, at: learn.rule.span, declared: declared))
      case .setting(let key, _, let span)
      where key.text == "batch" && task.batch > 1 && !saysPlasticity && !task.goesOn:
        checker.report(.batchWithRules(batch: task.batch, connection: connection, at: span))
      case .setting(let key, _, let span)
      where key.text == "plasticity" && task.goesOn && task.plasticity == .perSample:
        checker.report(
          .impossible(
            what: "`plasticity per_sample` with `carry state`",
            reason: "weights that end with their sample do not go on into the next",
            nearest: "one of the two", at: span))
      default: continue
      }
    }
  }

  private func checkNeeded(_ checker: inout ExpressionChecker) {
    for entry in items {
      guard case .setting(let key, _, let span) = entry.item, key.text == "plasticity" else { continue }
      checker.report(.plasticityWithoutRules(network: checker.model.name, at: span))
    }
  }
}
