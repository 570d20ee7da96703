extension SynapseRule {
  /// Indices, sides and strata of a rule on its network.
  func verify(_ network: NetworkModel, _ check: inout Verification) {
    let place = "rule \(name)"
    guard check.index(connection, of: network.connections.count, "connection", place) else { return }
    let link = network.connections[connection]
    if case .continuous = link.signal { check.report(place, .index("spiking connection", connection)) }
    let stratum = Domain([.synapse, .sample, .tick], extent: ExtentID(connection), phase: .tick)
    _ = check.symbol(weight, place)
    check.unique(states.map(\.name), "states of \(place)")
    for state in states {
      _ = check.symbol(state.symbol, "\(place), state \(state.name)")
      check.initial(state.initial, within: .constant, count: nil, "\(place), state \(state.name)")
    }
    for input in inputs { verify(input, link, network, place, &check) }
    for flow in flows + updates { verify(flow, stratum, "\(place), equation", &check) }
    for handler in handlers {
      if case .every(let ticks) = handler.event {
        check.check(ticks >= 1, place, .number("a period in ticks", Double(ticks)))
      }
      for assignment in handler.body { verify(assignment, stratum, "\(place), body", &check) }
    }
    if let deliver { check.value(deliver, "\(place), deliver", within: stratum) { _ in true } }
    if let lower, let upper { check.check(lower < upper, place, .emptyRange(lower: lower, upper: upper)) }
    guard check.isGraphSound else { return }
    verifySides(network.graph, place, &check)
  }

  private func verify(
    _ assignment: SynapseAssignment, _ stratum: Domain, _ place: String, _ check: inout Verification
  ) {
    if case .state(let index) = assignment.target { _ = check.index(index, of: states.count, "state", place) }
    check.value(assignment.value, place, within: stratum) { _ in true }
  }

  private func verify(
    _ input: SynapseInput, _ link: Connection, _ network: NetworkModel, _ place: String, _ check: inout Verification
  ) {
    _ = check.symbol(input.symbol, place)
    switch input.source {
    case .neuron(.pre, let variable):
      guard case .population(let source) = link.source, network.populations.indices.contains(source) else {
        return check.report(place, .index("source population of connection", connection))
      }
      check.variable(variable, of: network.populations[source], place)
    case .neuron(_, let variable):
      guard network.populations.indices.contains(link.target) else { return }
      check.variable(variable, of: network.populations[link.target], place)
    case .modulator(let value):
      check.value(value, place, within: Domain([.sample, .tick], phase: .tick)) { _ in true }
    case .weightSum: break
    }
  }

  /// What is kept on one side is changed by what is known there.
  private func verifySides(_ graph: Graph, _ place: String, _ check: inout Verification) {
    let changes =
      (flows + updates).map { (SynapseSide?.none, $0) }
      + handlers.flatMap { handler -> [(SynapseSide?, SynapseAssignment)] in
        let event: SynapseSide? = handler.event == .pre ? .pre : handler.event == .post ? .post : nil
        return handler.body.map { (event, $0) }
      }
    for (event, assignment) in changes {
      guard case .state(let index) = assignment.target, states.indices.contains(index), states[index].side != .synapse
      else { continue }
      let own = states[index].side
      let found = side(of: assignment.value, in: graph)
      check.check(
        (event == nil || event == own) && (found == nil || found == own), place,
        .index("\(own.rawValue) side of state", index))
    }
  }
}
