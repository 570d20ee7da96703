extension StepModel {
  /// Every broken invariant: symbols that stand for one thing each, and values that load only what is known at their
  /// point of the step (integrate, deliver, threshold, reset).
  public func verify(_ graph: Graph) -> [IRFault] {
    var check = Verification(graph)
    let inherited = check.faults.count
    let place = "step of population \(population)"
    check.unique(states.map(\.name), place)

    // When each of the step's own symbols is known: 0 before it, 1 after integration, 2 after delivery, 3 after the
    // threshold.
    var known: [SymbolID: Int] = [:]
    func declare(_ symbol: SymbolID, _ stage: Int) {
      guard check.symbol(symbol, place) != nil else { return }
      check.check(known.updateValue(stage, forKey: symbol) == nil, place, .sameSymbol(symbol))
    }
    for state in states {
      declare(state.present, 0)
      declare(state.integratedSymbol, 1)
      declare(state.deliveredSymbol, 2)
    }
    declare(flag, 0)
    declare(newFlag, 3)
    for arrival in arrivals { declare(arrival, 1) }
    for drive in drives { declare(drive, 0) }
    if let refractoryCounter { declare(refractoryCounter, 0) }

    func verify(_ value: ValueID, _ place: String, stage: Int) {
      check.value(value, place)
      guard check.isGraphSound, graph.nodes.indices.contains(Int(value.index)) else { return }
      for symbol in graph.loadedSymbols([value]).sorted(by: { $0.index < $1.index })
      where known[symbol, default: 0] > stage {
        check.report(place, .loadsUnavailable(symbol))
      }
    }
    for state in states {
      verify(state.integrated, "\(place), \(state.name) integrated", stage: 0)
      verify(state.delivered, "\(place), \(state.name) delivered", stage: 1)
      verify(state.final, "\(place), \(state.name) final", stage: 3)
    }
    if let margin { verify(margin, "\(place), margin", stage: 2) }
    for state in membrane { _ = check.index(state, of: states.count, "state", "\(place), membrane") }
    check.check(refractoryTicks >= 0, place, .number("refractory ticks", Double(refractoryTicks)))
    return Array(check.faults.dropFirst(inherited))
  }
}
