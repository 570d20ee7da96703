import SNNIR

/// What a sample begins with where it goes on from the one before. To the gradient these are numbers.
extension Planner {
  /// A number per unit that the sample before has left.
  mutating func carriedIn(_ what: Carried, _ population: Int) -> ValueID {
    let own = network.populations[population]
    let part =
      switch what {
      case .state(_, let state): own.states[state].name
      case .flag: "spike"
      case .refractory: "refractory"
      default: "above"
      }
    let name = "\(own.name).\(part)[0]"
    if let known = initialSymbols[name] { return plan.graph.load(known) }
    // Of the tick, so that the numbers made of it are made by the lanes, as those of any other tick.
    let domain = Domain([.sample, .unit, .tick], extent: own.extent, phase: .tick)
    let symbol = plan.graph.addSymbol(Symbol(name, .temporary, domain: domain))
    initialSymbols[name] = symbol
    scheduler.bound[symbol] = plan.addBuffer(
      Buffer(name: name, axes: [.sample, .unit], extent: own.extent, isWide: false), binding: .carriedIn(what))
    return plan.graph.load(symbol)
  }

  mutating func firstFlag(_ population: Int) -> ValueID {
    task.goesOn ? carriedIn(.flag(population), population) : plan.graph.const(0)
  }

  mutating func firstCounter(_ population: Int) -> ValueID {
    task.goesOn && ticks[population].counter != nil
      ? carriedIn(.refractory(population), population) : plan.graph.const(0)
  }

  /// - Parameter computed: by the initial values, for the first sample, of which what is carried in is negative.
  mutating func firstAbove(_ population: Int, _ computed: ValueID) -> ValueID {
    guard task.goesOn else { return computed }
    let known = carriedIn(.above(population), population)
    return plan.graph.select(plan.graph.compare(.ge, known, plan.graph.const(0)), known, computed)
  }

  /// Where states have got to that go on into the next sample, and what else goes on then.
  mutating func carriedOutputs(_ population: Int) -> [KernelOutput] {
    let own = network.populations[population]
    let tick = ticks[population]
    if task.goesOn {
      let kept: [(BufferID?, Carried)] = [
        (tick.flags, .flag(population)), (tick.counter, .refractory(population)), (tick.above, .above(population)),
      ]
      for case (let buffer?, let what) in kept { plan.bindings[buffer] = .carriedOut(what) }
    }
    return own.states.indices.filter { own.states[$0].isPersistent }.map { index in
      let buffer = plan.addBuffer(
        Buffer(
          name: "\(own.name).\(own.states[index].name)[T]", axes: [.sample, .unit], extent: own.extent, isWide: false),
        binding: .carriedOut(.state(population: population, state: index)))
      return KernelOutput(value: tick.final[index], buffer: buffer)
    }
  }

  /// What delays and rules read of the ticks before the first.
  mutating func carryRows() {
    guard task.goesOn else { return }
    for (sent, buffer) in sentValues.sorted(by: { $0.value < $1.value }) {
      let rows = (1 - max(longestDelay(sent), 1))...0
      plan.carriedRows.append(CarriedRows(.variable(population: sent.population, sent.variable), buffer, rows))
    }
    var inputs: [BufferID: (input: Int, longest: Int)] = [:]
    for input in continuousInputs {
      let connection = network.connections[input.connection]
      guard case .input(let index) = connection.source else { continue }
      inputs[input.source] = (index, max(inputs[input.source]?.longest ?? 0, connection.delay))
    }
    for (buffer, found) in inputs.sorted(by: { $0.key < $1.key }) where found.longest > 0 {
      plan.carriedRows.append(CarriedRows(.input(found.input), buffer, -found.longest...(-1)))
    }
    guard !network.rules.isEmpty else { return }
    for (recorded, buffer) in histories.sorted(by: { $0.value < $1.value }) {
      plan.carriedRows.append(
        CarriedRows(.variable(population: recorded.population, recorded.variable), buffer, 0...0))
    }
  }

  /// The modulators of rules, in order.
  mutating func carryRows(of modulators: [BufferID]) {
    guard task.goesOn else { return }
    for (index, buffer) in modulators.enumerated() {
      plan.carriedRows.append(CarriedRows(.modulator(index), buffer, 0...0))
    }
  }
}
