import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// Checks a task on its network, already lowered into `model`; nil where something is wrong with it.
  ///
  /// On entry `scopes` holds the ambient names, `file` is the task's, `settings` the values of `--set`: those that name
  /// a setting of the task go into `usedSettings`. Push `network.scope` for the network's parameters, populations,
  /// inputs and connections; `network.variable(_:_:)` gives the dimension of what `pop.NAME` reads.
  mutating func checkTask(_ index: Int, on network: LoweredNetwork) -> TaskModel? {
    scopes.append(network.scope)
    defer { scopes.removeLast() }
    return TaskModel(name: program.tasks[index].decl.name.text)
  }
}
