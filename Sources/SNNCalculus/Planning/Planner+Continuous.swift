import SNNIR

/// Continuous connections between populations. A population whose drive another one feeds is integrated at the tick that
/// ends the step, before its arrivals: then what was sent at the tick that begins the step is there, whichever way round
/// the populations are coupled, and with delay 0 what is sent at the tick that ends it. Its kernel carries the final states.
extension Planner {
  /// Whether a population's kernel integrates the step that ends at its tick.
  func isDriven(_ population: Int) -> Bool {
    network.connections.contains { connection in
      guard connection.target == population, case .continuous = connection.signal else { return false }
      if case .population = connection.source { return true }
      return false
    }
  }

  /// The longest delay through which a variable is sent.
  func longestDelay(_ sent: Recorded) -> Int {
    network.connections.filter { connection in
      connection.source == .population(sent.population)
        && connection.sentTerms.contains { $0.sent == sent.variable }
    }.map(\.delay).max() ?? 0
  }

  mutating func sentBuffer(_ sent: Recorded) -> BufferID {
    if let known = sentValues[sent] { return known }
    let population = network.populations[sent.population]
    let longest = longestDelay(sent)
    let keepsAll = request.gradient
    let buffer = plan.addBuffer(
      Buffer(
        name: "\(population.name) \(sent.variable) sent", axes: keepsAll ? [.tick, .sample, .unit] : [.sample, .unit],
        extent: population.extent, isWide: false, lifetime: keepsAll ? .chunk : .ring(length: longest + 1)))
    sentValues[sent] = buffer
    return buffer
  }

  /// Added to the present tick, for what is read of a source: an input's bin n acts on the step from n to n + 1.
  func sourceOffset(_ input: ContinuousInput) -> Int {
    let connection = network.connections[input.connection]
    return (isDriven(connection.target) ? 0 : 1) - connection.delay
  }

  /// What a population sends at each tick.
  mutating func sentOutputs(_ population: Int) -> [KernelOutput] {
    sentValues.sorted { $0.value < $1.value }.filter { $0.key.population == population }.map { sent, buffer in
      KernelOutput(value: ticks[population].recorded[sent.variable] ?? plan.graph.const(0), buffer: buffer)
    }
  }

  /// The same at tick 0, and at the ticks before it that delays reach: the initial value.
  mutating func firstSentOutputs(_ population: Int) -> [KernelOutput] {
    var result: [KernelOutput] = []
    for (sent, buffer) in sentValues.sorted(by: { $0.value < $1.value }) where sent.population == population {
      let value = initialValue(sent)
      for tick in 0..<max(longestDelay(sent), 1) {
        result.append(KernelOutput(value: value, buffer: buffer, tickOffset: -tick))
      }
    }
    return result
  }

  /// A variable at tick 0.
  /// - Parameter drives: what there is of drives at that time; those left out are 0.
  mutating func initialValue(_ recorded: Recorded, drives: [SymbolID: ValueID] = [:]) -> ValueID {
    let population = network.populations[recorded.population]
    let values = initialValues(recorded.population)
    let zero = plan.graph.const(0)
    var map: [SymbolID: ValueID] = [population.flag: zero]
    for drive in population.drives { map[drive.symbol] = drives[drive.symbol] ?? zero }
    for (state, value) in zip(population.states, values) { map[state.symbol] = value }
    switch recorded.variable {
    case .state(let index), .beforeReset(let index): return values[index]
    case .letBinding(let index): return plan.graph.substitute(population.lets[index].value, map)
    case .drive(let index): return map[population.drives[index].symbol] ?? zero
    case .spike, .output, .hazard: return zero
    }
  }

  /// What a flow reads as `t` where the step has ended: the time it began.
  mutating func atBeginning(_ values: [ValueID]) -> [ValueID] {
    let time = plan.graph.load(network.timeSymbol)
    let start = plan.graph.sub(time, plan.graph.load(network.stepSymbol))
    return plan.graph.substitute(values, [network.timeSymbol: start])
  }

  // MARK: - Backward

  /// Connections between populations through which a gradient goes back.
  func followedInputs(_ active: Set<Int>) -> [ContinuousInput] {
    continuousInputs.filter { input in
      guard let sent = input.sent else { return false }
      return active.contains(sent.population) && active.contains(network.connections[input.connection].target)
    }
  }

  mutating func makeSentAdjoints(_ active: Set<Int>, _ backward: inout Backward) {
    for input in followedInputs(active) {
      guard let sent = input.sent, sentAdjoints[sent] == nil else { continue }
      let name = "λ " + plan[input.source].name
      let extent = network.populations[sent.population].extent
      let buffer = plan.addBuffer(Buffer(name: name, axes: [.sample, .unit], extent: extent, isWide: false))
      let domain = Domain([.sample, .unit, .tick], extent: extent, phase: .reverseTick)
      let symbol = plan.graph.addSymbol(Symbol(name, .temporary, domain: domain))
      scheduler.bound[symbol] = buffer
      backward.zeroed.append(buffer)
      sentAdjoints[sent] = (symbol, buffer)
    }
  }

  /// Where the adjoint of what a connection brings is kept: as long as its delay, so that the source can ask for it.
  mutating func driveAdjoint(_ input: ContinuousInput, _ backward: inout Backward) -> BufferID {
    let connection = network.connections[input.connection]
    let isLate = connection.delay > 0 && input.sent.map { sentAdjoints[$0] != nil } ?? false
    let buffer = plan.addBuffer(
      Buffer(
        name: "λ " + connection.name, axes: [.sample, .unit], extent: network.populations[connection.target].extent,
        isWide: false, lifetime: isLate ? .ring(length: connection.delay + 1) : .chunk))
    if isLate { backward.zeroed.append(buffer) }
    return buffer
  }
}
