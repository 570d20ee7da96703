import SNNIR
import SNNSyntax

extension TaskBuilder {
  /// What the derivative of the loss can reach: warnings for the rest.
  func lintReach(_ checker: inout ExpressionChecker) {
    guard let learn, let rule = task.learning, let loss = task.loss else { return }
    let model = checker.model
    let chosen = rule.parameters.isEmpty ? Array(model.parameters.indices) : rule.parameters
    let learned = chosen.filter { model.parameters[$0].isLearnable && !task.frozen.contains($0) }
    if learned.isEmpty {
      checker.report(.nothingLearnable(at: learn.span))
      return
    }
    let (populations, direct) = reached(from: loss, rule, model)
    if populations.isEmpty, direct.isEmpty, let lossSpan {
      checker.report(.lossWithoutGradient(at: lossSpan))
      return
    }
    for index in learned where !direct.contains(index) {
      let parameter = model.parameters[index]
      let target: Int?
      switch parameter.shape {
      case .synapses(let connection): target = model.connections[connection].target
      case .perUnit(let population): target = population
      case .scalar:
        target =
          model.populations.firstIndex { parameter.name.hasPrefix($0.name + ".") }
          ?? model.connections.first { $0.weight == index }?.target
      }
      guard let target, !populations.contains(target) else { continue }
      let name = model.populations[target].name
      let span =
        parameter.location.index >= 0 && Int(parameter.location.index) < checker.locations.count
        ? checker.locations[Int(parameter.location.index)] : learn.span
      checker.report(.unreachable(parameter: parameter.name, population: name, at: learn.span, declared: span))
    }
  }

  /// Populations into whose states the gradient comes, and parameters that the loss reads itself.
  private func reached(
    from loss: ValueID, _ rule: LearningRule, _ model: NetworkModel
  ) -> (populations: Set<Int>, parameters: Set<Int>) {
    var populations: Set<Int> = []
    var parameters: Set<Int> = []
    func passesSpikes(_ population: Int) -> Bool {
      if model.isExact { return true }
      // The derivative of a probability needs no surrogate, nor does a graded output; counts have none.
      switch model.populations[population].emission {
      case .probability, .graded: return true
      case .counts: return false
      case nil: break
      }
      return population < rule.surrogates.count && rule.surrogates[population].shape != .none
    }
    var stack = [loss]
    var seen: Set<ValueID> = []
    while let value = stack.popLast() {
      guard seen.insert(value).inserted else { continue }
      let node = model.graph[value]
      switch node.opcode {
      // With exact spike times `first_spike` asks when, and that has a derivative.
      case .ne where model.isExact, .select where model.isExact: stack += model.graph.arguments(value)
      case .number, .lt, .le, .gt, .ge, .eq, .ne, .and, .or, .not, .argreduce, .floor, .sign: continue
      case .select: stack += model.graph.arguments(value).dropFirst()
      case .path where PathTag(aux: node.aux).kind == .detach: continue
      case .load:
        switch model.graph[SymbolID(Int(node.aux))].kind {
        case .recorded(let population, let variable):
          if variable != .spike || passesSpikes(population) { populations.insert(population) }
        case .parameter(let index): parameters.insert(index)
        default: break
        }
      default: stack += model.graph.arguments(value)
      }
    }
    var grows = true
    while grows {
      grows = false
      for connection in model.connections where populations.contains(connection.target) {
        guard case .population(let source) = connection.source, !populations.contains(source) else { continue }
        if case .spikes = connection.signal, !passesSpikes(source) { continue }
        populations.insert(source)
        grows = true
      }
    }
    return (populations, parameters)
  }
}
