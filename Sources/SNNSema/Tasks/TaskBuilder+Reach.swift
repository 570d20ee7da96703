import SNNIR
import SNNSyntax

extension TaskBuilder {
  /// What the derivative of the loss can reach under each rule: warnings for the rest.
  func lintReach(_ checker: inout ExpressionChecker) {
    guard let learn, let loss = task.loss, let first = task.learning else { return }
    let model = checker.model
    func learned(_ rule: LearningRule) -> [Int] {
      let chosen = rule.parameters.isEmpty ? Array(model.parameters.indices) : rule.parameters
      return chosen.filter { model.parameters[$0].isLearnable && !task.frozen.contains($0) }
    }
    if learned(first).isEmpty {
      checker.report(.nothingLearnable(at: learn.span))
      return
    }
    for (place, rule) in task.rules.enumerated() {
      let losses = [loss] + rule.localLosses
      let (populations, direct) = reached(from: losses, rule, model)
      if populations.isEmpty, direct.isEmpty, let lossSpan {
        checker.report(.lossWithoutGradient(at: lossSpan))
        return
      }
      var whole = rule
      whole.keepsRecurrence = true
      whole.feedback = rule.feedback == .local ? .local : .symmetric
      whole.followsTime = true
      let (possible, _) = reached(from: losses, whole, model)
      // One message for what the rule cuts off.
      var groups: [(isCut: Bool, parameters: [Int], populations: [String])] = []
      for index in learned(rule) where !direct.contains(index) {
        let (target, isWeight) = owner(of: index, model)
        guard let target, !populations.contains(target) || !(rule.followsTime || isWeight) else { continue }
        let isCut = possible.contains(target)
        let name = model.populations[target].name
        if let group = groups.firstIndex(where: { isCut && $0.isCut }) {
          groups[group].parameters.append(index)
          if !groups[group].populations.contains(name) { groups[group].populations.append(name) }
        } else {
          groups.append((isCut, [index], [name]))
        }
      }
      let at = spans.indices.contains(place) ? spans[place] : learn.span
      for group in groups {
        let declared = group.parameters.compactMap { index -> Span? in
          let place = Int(model.parameters[index].location.index)
          return checker.locations.indices.contains(place) ? checker.locations[place] : nil
        }
        let names = group.parameters.map { model.parameters[$0].name }
        checker.report(
          .unreachable(
            parameters: names, populations: group.populations, cutBy: group.isCut ? rule.name : nil, at: at,
            declared: declared))
      }
    }
  }

  /// The population whose states a parameter acts on, and whether it is a weight that spikes bring.
  private func owner(of index: Int, _ model: NetworkModel) -> (population: Int?, isWeight: Bool) {
    let parameter = model.parameters[index]
    func isSpikes(_ connection: Int) -> Bool {
      if case .spikes = model.connections[connection].signal { return true }
      return false
    }
    switch parameter.shape {
    case .synapses(let connection): return (model.connections[connection].target, isSpikes(connection))
    case .perUnit(let population): return (population, false)
    case .scalar:
      if let own = model.populations.firstIndex(where: { parameter.name.hasPrefix($0.name + ".") }) {
        return (own, false)
      }
      let connection = model.connections.firstIndex { $0.weight == index }
      return (connection.map { model.connections[$0].target }, connection.map(isSpikes) ?? false)
    }
  }

  /// Populations into whose states the gradient comes, and parameters that the loss reads itself.
  private func reached(
    from losses: [ValueID], _ rule: LearningRule, _ model: NetworkModel
  ) -> (populations: Set<Int>, parameters: Set<Int>) {
    var populations: Set<Int> = []
    var parameters: Set<Int> = []
    func passesSpikes(_ population: Int) -> Bool {
      if model.isExact { return true }
      // The derivative of a probability needs no surrogate, nor does a graded output; counts have none.
      switch model.populations[population].emission {
      case .probability: return rule.mode != .score
      case .graded: return true
      case .counts: return false
      case nil: break
      }
      if rule.mode == .score, rule.spikes == .stochastic { return false }
      return population < rule.surrogates.count && rule.surrogates[population].shape != .none
    }
    var stack = losses
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
    // Straight from what the loss reads, to whatever spikes and leads there.
    if case .direct = rule.feedback {
      for index in model.populations.indices where model.populations[index].guardCondition != nil {
        if passesSpikes(index), model.ticks(from: index).keys.contains(where: populations.contains) {
          populations.insert(index)
        }
      }
    }
    var grows = true
    while grows {
      grows = false
      for connection in model.connections where populations.contains(connection.target) {
        guard case .population(let source) = connection.source, !populations.contains(source) else { continue }
        if case .spikes = connection.signal, !passesSpikes(source) { continue }
        if case .spikes = connection.signal, !isFollowed(connection, from: source, rule, model) { continue }
        populations.insert(source)
        grows = true
      }
    }
    return (populations, parameters)
  }

  /// Whether the rule lets an error back through a connection.
  private func isFollowed(
    _ connection: Connection, from source: Int, _ rule: LearningRule, _ model: NetworkModel
  ) -> Bool {
    if rule.mode == .difference || model.isExact { return true }
    if model.ticks(from: connection.target)[source] != nil { return rule.keepsRecurrence }
    switch rule.feedback {
    case .direct: return false
    case .local: return rule.readouts.contains(connection.target)
    case .symmetric, .random, .file, .sign, .uniform: return true
    }
  }
}
