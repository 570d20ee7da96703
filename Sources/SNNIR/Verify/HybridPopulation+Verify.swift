extension HybridPopulation {
  func verify(_ index: Int, _ network: NetworkModel, _ check: inout Verification) {
    let place = "population \(name)"
    check.extent(extent, shape: shape, place)
    check.unique(states.map(\.name) + lets.map(\.name) + drives.map(\.name), place)
    check.unique(ports.map(\.name), "\(place), ports")
    check.symbol(flag, is: .flag(population: index), "\(place), flag")
    for (number, state) in states.enumerated() {
      let place = "\(place), state \(state.name)"
      check.symbol(state.symbol, is: .state(population: index, index: number), place)
      // What a relay lets through is drawn for each sample.
      let domain = isRelay ? lane : Domain([.unit], extent: extent)
      check.initial(state.initial, within: domain, count: checkedSize(shape), place)
    }
    for (number, drive) in drives.enumerated() {
      check.symbol(drive.symbol, is: .drive(population: index, index: number), "\(place), drive \(drive.name)")
    }
    for (number, draw) in draws.enumerated() {
      check.symbol(draw.symbol, is: .random(population: index, index: number), "\(place), draw \(draw.path)")
    }
    check.unique(draws.map(\.path), "\(place), draws")
    verifyEquations(index, &check)
    verifyJumps(index, &check)
    for binding in lets {
      let place = "\(place), let \(binding.name)"
      _ = check.symbol(binding.symbol, place)
      check.value(binding.value, place, isBoolean: nil, within: lane) { may($0, index, []) }
    }
  }

  /// What varies within a population: by unit, sample and tick.
  private var lane: Domain { Domain([.unit, .sample, .tick], extent: extent, phase: .tick) }

  private enum Extra: Hashable {
    case next
    case arrival(Int)
  }

  /// Whether an equation of population `index` may load it: parameters, time, its own states, flag and drives, and the
  /// extras that its place knows.
  private func may(_ symbol: Symbol, _ index: Int, _ extra: Set<Extra>) -> Bool {
    switch symbol.kind {
    case .parameter, .time, .stepSize, .tickCount, .temporary, .alias, .data: true
    case .state(let population, _), .flag(let population), .drive(let population, _), .random(let population, _):
      population == index
    case .recorded(let population, _): population == index
    case .nextState(let population, _): population == index && extra.contains(.next)
    case .arrival(let population, let port): population == index && extra.contains(.arrival(port))
    case .batchCount, .metric, .argument: false
    }
  }

  private func verifyEquations(_ index: Int, _ check: inout Verification) {
    for (state, value) in flows.sorted(by: { $0.key < $1.key }) {
      let place = "population \(name), flow of state \(state)"
      guard check.index(state, of: states.count, "state", place) else { continue }
      check.value(value, place, within: lane) { may($0, index, []) }
      check.check(updates[state] == nil, place, .equationTwice(state: state))
    }
    for (state, value) in updates.sorted(by: { $0.key < $1.key }) {
      let place = "population \(name), next of state \(state)"
      guard check.index(state, of: states.count, "state", place) else { continue }
      check.value(value, place, within: lane) { may($0, index, [.next]) }
    }
    for (state, symbol) in nextSymbols.sorted(by: { $0.key < $1.key }) {
      let place = "population \(name), next symbol of state \(state)"
      check.symbol(symbol, is: .nextState(population: index, index: state), place)
    }
  }

  private func verifyJumps(_ index: Int, _ check: inout Verification) {
    for (number, port) in ports.enumerated() {
      let place = "population \(name), port \(port.name)"
      check.symbol(port.arrival, is: .arrival(population: index, port: number), place)
      for assignment in port.body {
        guard check.index(assignment.state, of: states.count, "state", place) else { continue }
        check.value(assignment.value, place, within: lane) { may($0, index, [.arrival(number)]) }
      }
    }
    if let guardCondition {
      let place = "population \(name), spike condition"
      check.value(guardCondition.left, place, within: lane) { may($0, index, []) }
      check.value(guardCondition.right, place, within: lane) { may($0, index, []) }
    }
    if let emission {
      let place = "population \(name), emission"
      check.check(guardCondition == nil, place, .equationTwice(state: 0))
      check.value(emission.value, place, within: lane) { may($0, index, []) }
    }
    for assignment in reset {
      let place = "population \(name), on spike"
      guard check.index(assignment.state, of: states.count, "state", place) else { continue }
      check.value(assignment.value, place, within: lane) { may($0, index, []) }
    }
    if let refractory {
      let place = "population \(name), refractory"
      check.check(refractory.ticks >= 0, place, .number("its ticks", Double(refractory.ticks)))
      for state in refractory.held { _ = check.index(state, of: states.count, "state", place) }
    }
  }
}
