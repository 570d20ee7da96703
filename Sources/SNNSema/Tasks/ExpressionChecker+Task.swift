import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// Checks a task on its network, already lowered into `model`; nil where something is wrong with it.
  ///
  /// On entry `scopes` holds the ambient names, `file` is the task's, `settings` the values of `--set`: those that name
  /// a setting of the task go into `usedSettings`.
  mutating func checkTask(_ written: WrittenTask, on network: LoweredNetwork) -> TaskModel? {
    let outer = (scopes, fallback)
    defer { (scopes, fallback) = outer }
    scopes += [network.scope, Scope()]
    task = TaskContext(network: network)
    let errors = errorCount
    var builder = TaskBuilder(written)
    builder.build(&self)
    finishDeclaration()
    return errorCount == errors ? builder.task : nil
  }
}
