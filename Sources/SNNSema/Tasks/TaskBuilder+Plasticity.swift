import SNNIR
import SNNSyntax

extension TaskBuilder {
  /// What a task cannot ask of weights that a `rule` changes while time runs.
  func checkPlasticity(_ checker: inout ExpressionChecker) {
    guard let rule = checker.model.rules.first else { return }
    let connection = checker.model.connections[rule.connection].name
    for entry in items {
      switch entry.item {
      case .learn(let learn):
        let declared = checker.locations[Int(rule.location.index)]
        checker.report(
          .learningWithRules(rule: rule.name, connection: connection, at: learn.rule.span, declared: declared))
      case .setting(let key, _, let span) where key.text == "batch" && task.batch > 1:
        checker.report(.batchWithRules(batch: task.batch, connection: connection, at: span))
      default: continue
      }
    }
  }
}
