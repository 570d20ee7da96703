import SNNIR

/// What the task measures: mean loss and scores, and the adjoints of what they read.
struct Objective {
  /// Means over the batch, with the buffers they go to.
  var outputs: [(value: ValueID, buffer: BufferID)] = []
  /// By recorded symbol: dL/d(variable at tick n).
  var adjoints: [SymbolID: ValueID] = [:]
  /// By parameter: what the loss says of it directly.
  var parameterAdjoints: [Int: ValueID] = [:]
  /// Every reduction over time that loss, scores and adjoints read.
  var timeReductions: [ValueID] = []
}

extension Planner {
  mutating func makeObjective() -> Objective {
    var objective = Objective()
    for (index, score) in task.scores.enumerated() {
      let value = plan.graph[score.value].isBoolean ? plan.graph.number(score.value) : score.value
      let buffer = plan.addBuffer(
        Buffer(name: score.name, axes: [], extent: nil, isWide: true), binding: .score(index))
      objective.outputs.append((batchMean(value), buffer))
    }
    if let loss = task.loss {
      let buffer = plan.addBuffer(Buffer(name: "loss", axes: [], extent: nil, isWide: true), binding: .loss)
      objective.outputs.append((batchMean(loss), buffer))
      if request.gradient {
        differentiate(rule.localLosses.reduce(loss) { plan.graph.add($0, $1) }, &objective)
      }
    }
    let roots = objective.outputs.map(\.value) + objective.adjoints.values + objective.parameterAdjoints.values
    objective.timeReductions = plan.graph.reachable(from: roots).filter { value in
      let node = plan.graph[value]
      return (node.opcode == .reduce || node.opcode == .argreduce)
        && Reduction(aux: node.aux).axis == .tick && node.domain.phase == .sampleEnd
    }
    return objective
  }

  /// The symbol of the number of samples in the batch.
  private mutating func batchCount() -> ValueID {
    if let index = plan.graph.symbols.firstIndex(where: { $0.kind == .batchCount }) {
      return plan.graph.load(SymbolID(index))
    }
    let symbol = plan.graph.addSymbol(Symbol("samples", .batchCount, domain: .constant))
    scheduler.bound[symbol] = plan.addBuffer(
      Buffer(name: "samples", axes: [], extent: nil, isWide: true), binding: .batchCount)
    return plan.graph.load(symbol)
  }

  private mutating func batchMean(_ value: ValueID) -> ValueID {
    guard plan.graph[value].domain.axes.contains(.sample) else { return value }
    return plan.graph.div(plan.graph.reduce(.sum, over: .sample, value), batchCount())
  }

  private mutating func differentiate(_ loss: ValueID, _ objective: inout Objective) {
    var targets = Set<ValueID>()
    var recorded: [ValueID: SymbolID] = [:]
    var parameters: [ValueID: Int] = [:]
    for value in plan.graph.reachable(from: [loss]) where plan.graph[value].opcode == .load {
      let symbol = SymbolID(Int(plan.graph[value].aux))
      switch plan.graph[symbol].kind {
      case .recorded:
        recorded[value] = symbol
        targets.insert(value)
      case .parameter(let index) where request.learnable.contains(index):
        parameters[value] = index
        targets.insert(value)
      default: continue
      }
    }
    let one = plan.graph.const(1)
    let count = batchCount()
    let seed = plan.graph[loss].domain.axes.contains(.sample) ? plan.graph.div(one, count) : one
    // The seed has the loss's axes, so that sums over samples count every sample.
    var domain = plan.graph[loss].domain
    // It is known before the loss is.
    if rule.updateEvery != nil { domain.phase = plan.graph[seed].domain.phase }
    let spread = plan.graph.broadcast(seed, to: domain)
    let adjoints = plan.graph.adjoints(of: [(loss, spread)], with: targets, unreduced: [], context)
    for (value, adjoint) in adjoints {
      if let symbol = recorded[value] { objective.adjoints[symbol] = adjoint }
      if let index = parameters[value] { objective.parameterAdjoints[index] = adjoint }
    }
    plan.needsSync = plan.graph.reachable(from: objective.adjoints.values).contains { value in
      plan.graph[value].opcode == .reduce && Reduction(aux: plan.graph[value].aux).axis == .sample
    }
  }

  /// Whether a value of (forward or backward) time can be computed in the kernel of one population: elementwise over
  /// its own lanes, reading only its own variables.
  func isLocal(_ value: ValueID, to population: Int) -> Bool {
    let extent = network.populations[population].extent
    var stack = [value]
    var seen = Set<ValueID>()
    while let next = stack.popLast() {
      guard seen.insert(next).inserted else { continue }
      let node = plan.graph[next]
      guard node.domain.axes.contains(.tick) else { continue }
      if let other = node.domain.extent, other != extent { return false }
      switch node.opcode {
      case .reduce, .argreduce: return false
      case .load:
        if case .recorded(let source, _) = plan.graph[SymbolID(Int(node.aux))].kind, source != population {
          return false
        }
      default: stack.append(contentsOf: plan.graph.arguments(next))
      }
    }
    return true
  }
}
