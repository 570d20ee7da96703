import SNNIR

/// Rules of synapses in the most obvious way: at every event each synapse (or neuron) concerned, one after the other.
extension ReferenceExecutor {
  /// What an event of a rule is about. Sources are counted once for each delay that occurs.
  private struct Lane {
    var pre = -1
    var post = -1
    var weight = -1
    var delay = 0
  }

  /// Delays of a connection's synapses, ascending; one where they share it.
  private func delays(_ c: Int) -> [Int] {
    guard let own = plan.relations[c]?.delays else { return [plan.connections[c].delay] }
    return Set(own).sorted().map { Int($0) }
  }

  func elements(of rule: PlasticityPlan, _ side: SynapseSide) -> Int {
    let c = plan.connections[rule.connection]
    switch side {
    case .pre: return c.sourceRange.count * delays(rule.connection).count
    case .post: return c.targetRange.count
    case .synapse: return parameters[c.weight].count
    }
  }

  mutating func run(_ rule: PlasticityPlan, _ index: Int, _ phase: PlasticityPhase, _ tick: Int) {
    for kernel in rule.kernels {
      let lanes: [Lane]
      switch (kernel.event, phase) {
      case (.start(let side), .start), (.integrate(let side), .integrate):
        lanes = all(rule, side) { _ in true }
      case (.every(let ticks, let side), .learn):
        lanes = tick % ticks == 0 ? all(rule, side) { _ in true } : []
      case (.deliver, .deliver): lanes = all(rule, .synapse) { arrival(rule, $0, tick) != 0 }
      case (.pre(let side), .learn): lanes = all(rule, side) { arrival(rule, $0, tick) != 0 }
      case (.post(let side), .learn): lanes = all(rule, side) { emits(rule, $0, tick) }
      default: continue
      }
      // Every value before anything is changed.
      let roots = kernel.kernel.outputs.map(\.value)
      let values = lanes.map { lane in
        Evaluate.values(roots, in: plan.graph) { value(of: $0, kernel.kernel, rule, index, lane, tick) }
      }
      for (lane, results) in zip(lanes, values) {
        for (output, result) in zip(kernel.kernel.outputs, results) {
          write(result ?? .nan, output.buffer, rule, index, lane, phase, tick)
        }
      }
    }
  }

  private func all(_ rule: PlasticityPlan, _ side: SynapseSide, where holds: (Lane) -> Bool) -> [Lane] {
    let c = plan.connections[rule.connection]
    var result: [Lane] = []
    switch side {
    case .synapse:
      forEachSynapse(rule.connection) { post, pre, w, own in
        result.append(Lane(pre: pre, post: post, weight: w, delay: own ?? c.delay))
      }
    case .pre:
      for delay in delays(rule.connection) { for pre in c.sourceRange { result.append(Lane(pre: pre, delay: delay)) } }
    case .post: result = c.targetRange.map { Lane(post: $0) }
    }
    return result.filter(holds)
  }

  private func arrival(_ rule: PlasticityPlan, _ lane: Lane, _ tick: Int) -> Double {
    sourceRow(rule.connection, tick - lane.delay)(0, lane.pre)
  }

  private func emits(_ rule: PlasticityPlan, _ lane: Lane, _ tick: Int) -> Bool {
    let population = plan.connections[rule.connection].target
    guard tick >= 1 else { return false }
    return spikes[population][tick * plan.graph[plan.populations[population]].size + lane.post] != 0
  }

  private func place(_ rule: PlasticityPlan, _ side: SynapseSide, _ lane: Lane) -> Int {
    let c = plan.connections[rule.connection]
    switch side {
    case .pre:
      let list = delays(rule.connection).firstIndex(of: lane.delay) ?? 0
      return list * c.sourceRange.count + lane.pre - c.sourceRange.lowerBound
    case .post: return lane.post - c.targetRange.lowerBound
    case .synapse: return lane.weight
    }
  }

  private func value(
    of symbol: SymbolID, _ kernel: Kernel, _ rule: PlasticityPlan, _ index: Int, _ lane: Lane, _ tick: Int
  ) -> Double? {
    guard let input = kernel.inputs.first(where: { $0.symbol == symbol }) else { return nil }
    let c = plan.connections[rule.connection]
    switch rule.operands[input.buffer] {
    case nil: return memory[Int(input.buffer.index)][start(input.buffer, tick + input.tickOffset)]
    case .weight: return parameters[c.weight][lane.weight]
    case .state(let state):
      return ruleStates[index][state][place(rule, rule.states[state].side, lane)]
    case .neuron(let side, let buffer):
      return memory[Int(buffer.index)][element(buffer, tick, 0, side == .pre ? lane.pre : lane.post)]
    case .modulator(let buffer): return memory[Int(buffer.index)][start(buffer, tick)]
    case .weightSum(let side):
      var sum = 0.0
      forEachSynapse(rule.connection) { post, pre, w, _ in
        if side == .post ? post == lane.post : pre == lane.pre { sum += parameters[c.weight][w] }
      }
      return sum
    case .delivery: return nil
    }
  }

  private mutating func write(
    _ value: Double, _ buffer: BufferID, _ rule: PlasticityPlan, _ index: Int, _ lane: Lane, _ phase: PlasticityPhase,
    _ tick: Int
  ) {
    let c = plan.connections[rule.connection]
    switch rule.operands[buffer] {
    case .weight: parameters[c.weight][lane.weight] = value
    case .state(let state):
      ruleStates[index][state][place(rule, rule.states[state].side, lane)] = value
    case .delivery:
      guard case .deliver(let into) = phase else { return }
      memory[Int(into.index)][element(into, tick, 0, lane.post)] += value * arrival(rule, lane, tick)
    default: return
    }
  }
}
