import SNNIR

extension Engine {
  /// Draws the first values of synapses' states, by lane: keyed by seed, name and place in the file's order.
  public func drawRuleStates(seed: UInt64) throws {
    drawnStates = [:]
    for (rule, planned) in plan.rules.enumerated() {
      for (index, state) in planned.states.enumerated() {
        guard case .draw = state.initial else { continue }
        drawnStates[rule, default: [:]][index] = try lanes(of: state, planned, program.rules[rule], seed)
      }
    }
  }

  private func lanes(
    of state: SynapseState, _ rule: PlasticityPlan, _ code: RuleCode, _ seed: UInt64
  ) throws -> [Double] {
    let connection = plan.connections[rule.connection]
    let name = "\(connection.name).\(state.name)"
    switch state.side {
    case .synapse:
      let parameter = Parameter(
        name: name, symbol: state.symbol, shape: .synapses(connection: rule.connection), unit: state.unit,
        isLearnable: false, initial: state.initial)
      let values = try ParameterInit.values(of: parameter, in: plan, seed: seed)
      let entry = store.entries[program.connections[rule.connection].parameter]
      var lanes = [Double](repeating: 0, count: code.lanes(.synapse))
      for row in 0..<entry.rows {
        for column in 0..<entry.columns { lanes[row * entry.stride + column] = values[column * entry.rows + row] }
      }
      return lanes
    case .pre, .post:
      let count = state.side == .pre ? code.sourceCount : code.targetCount
      let values = try ParameterInit.state(state.initial, name: name, units: count, graph: plan.graph, seed: seed)
      // Sources keep a trace for each delay; all begin with the source's own.
      return (0..<code.lanes(state.side)).map { values[$0 % count] }
    }
  }
}
