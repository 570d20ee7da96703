import SNNIR

/// The equations of a rule over one tick: traces of each side, and what is kept per synapse, are systems of their own.
/// Each is advanced as a population's flow is; what a system reads of another is held at the value of tick n.
struct RuleFlow {
  /// New values over the rule's symbols, by side.
  var changes: [(side: SynapseSide, target: SynapseTarget, value: ValueID)] = []
  /// Which integrator was chosen and why, by side that has equations.
  var choices: [(side: SynapseSide, integrator: Integrator, reason: String)] = []

  /// - Parameter network: its graph takes the values.
  static func of(_ rule: SynapseRule, in network: inout NetworkModel) -> Result<RuleFlow, RuleFailure> {
    var result = RuleFlow()
    for side in [SynapseSide.synapse, .pre, .post] {
      let flows = rule.flows.filter { rule.side(of: $0.target) == side }
      guard !flows.isEmpty else { continue }
      var scratch = network
      let flag = scratch.graph.addSymbol(Symbol("\(rule.name).\(side.rawValue)", .temporary, domain: .constant))
      var system = HybridPopulation(
        name: "\(network.connections[rule.connection].name).\(side.rawValue)", model: rule.name, shape: [1],
        extent: ExtentID(rule.connection), flag: flag)
      let weight = network.parameters[network.connections[rule.connection].weight]
      for (place, flow) in flows.enumerated() {
        switch flow.target {
        case .weight:
          system.states.append(
            StateVariable(name: "weight", symbol: rule.weight, initial: weight.initial, unit: weight.unit))
        case .state(let index):
          let state = rule.states[index]
          system.states.append(
            StateVariable(name: state.name, symbol: state.symbol, initial: state.initial, unit: state.unit))
        }
        system.flows[place] = flow.value
      }
      scratch.populations = [system]
      var integrate = Integrate(scratch)
      let (models, faults) = integrate.run()
      if let first = faults.first { return .failure(RuleFailure(fault: first.fault)) }
      guard let model = models.first else { continue }
      network.graph = integrate.network.graph
      var present: [SymbolID: ValueID] = [:]
      for (state, own) in zip(model.states, system.states) { present[state.present] = network.graph.load(own.symbol) }
      let values = network.graph.substitute(model.states.map(\.integrated), present)
      for (flow, value) in zip(flows, values) { result.changes.append((side, flow.target, value)) }
      result.choices.append((side, model.integrator, model.integratorReason))
    }
    for update in rule.updates { result.changes.append((rule.side(of: update.target), update.target, update.value)) }
    return .success(result)
  }
}

struct RuleFailure: Error {
  var fault: IntegrationFault
}

extension SynapseRule {
  func side(of target: SynapseTarget) -> SynapseSide {
    switch target {
    case .weight: .synapse
    case .state(let index): states[index].side
    }
  }

  func symbol(of target: SynapseTarget) -> SymbolID {
    switch target {
    case .weight: weight
    case .state(let index): states[index].symbol
    }
  }
}
