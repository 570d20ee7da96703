import SNNIR

extension Planner {
  /// Gives every symbol that is filled from outside its buffer.
  mutating func bindLeaves() {
    for (index, parameter) in network.parameters.enumerated() {
      let axes: Axes
      var extent: ExtentID?
      switch parameter.shape {
      case .scalar: axes = []
      case .perUnit(let population):
        axes = .unit
        extent = network.populations[population].extent
      case .synapses(let connection):
        axes = .synapse
        extent = ExtentID(connection)
      }
      bind(parameter.symbol, parameter.name, axes, extent, .parameter(index))
    }
    // What is only fed has been encoded before the plan runs.
    let read = plan.graph.loadedSymbols(task.measures)
    for (index, field) in task.fields.enumerated() where read.contains(field.symbol) {
      let domain = plan.graph[field.symbol].domain
      bind(field.symbol, plan.graph[field.symbol].name, domain.axes, domain.extent, .data(index))
    }
    for index in plan.graph.symbols.indices {
      let symbol = SymbolID(index)
      switch plan.graph[symbol].kind {
      case .time: bind(symbol, "t", .tick, nil, .time)
      case .stepSize: bind(symbol, "dt", [], nil, .stepSize)
      case .tickCount: bind(symbol, "ticks", [], nil, .tickCount)
      case .batchCount: bind(symbol, "samples", [], nil, .batchCount)
      default: continue
      }
    }
    bindDrives()
  }

  private mutating func bind(
    _ symbol: SymbolID, _ name: String, _ axes: Axes, _ extent: ExtentID?, _ binding: Binding
  ) {
    guard scheduler.bound[symbol] == nil else { return }
    scheduler.bound[symbol] = plan.addBuffer(
      Buffer(name: name, axes: axes, extent: extent, isWide: !axes.isSuperset(of: [.tick, .sample])), binding: binding)
  }

  /// Drives: what the task feeds and what continuous connections bring are added up; nothing is 0.
  private mutating func bindDrives() {
    for feed in task.feeds {
      guard case .drive(let population, let drive) = feed.target else { continue }
      let name = network.populations[population].name + "." + network.populations[population].drives[drive].name
      let extent = network.populations[population].extent
      let buffer = plan.addBuffer(
        Buffer(name: name, axes: [.tick, .sample, .unit], extent: extent, isWide: false),
        binding: .drive(population: population, drive: drive))
      // Row n acts on the step from n to n + 1, which ends at the tick where it is integrated.
      if isDriven(population) { scheduler.offsets[buffer] = -1 }
      addDriveInput(population, drive, name, extent, buffer)
    }
    var inputBuffers: [Int: BufferID] = [:]
    for (index, connection) in network.connections.enumerated() {
      guard case .continuous(_, let drive) = connection.signal else { continue }
      switch connection.source {
      case .input(let input):
        let source =
          inputBuffers[input]
          ?? plan.addBuffer(
            Buffer(
              name: network.inputs[input].name, axes: [.tick, .sample, .unit], extent: network.inputs[input].extent,
              isWide: false), binding: .input(input))
        inputBuffers[input] = source
        addContinuous(index, drive, source)
      case .population(let population):
        for term in connection.sentTerms {
          let sent = Recorded(population: population, variable: term.sent)
          addContinuous(index, drive, sentBuffer(sent), sent, factor: term.factor)
        }
      }
    }
  }

  private mutating func addContinuous(
    _ index: Int, _ drive: Int, _ source: BufferID, _ sent: Recorded? = nil, factor: ValueID? = nil
  ) {
    let connection = network.connections[index]
    let extent = network.populations[connection.target].extent
    let sum = plan.addBuffer(
      Buffer(name: connection.name + " sum", axes: [.sample, .unit], extent: extent, isWide: false))
    let symbol = addDriveInput(connection.target, drive, connection.name, extent, sum, factor: factor)
    continuousInputs.append(
      ContinuousInput(connection: index, symbol: symbol, sum: sum, source: source, sent: sent))
  }

  @discardableResult
  private mutating func addDriveInput(
    _ population: Int, _ drive: Int, _ name: String, _ extent: ExtentID, _ buffer: BufferID, factor: ValueID? = nil
  ) -> SymbolID {
    let domain = Domain([.sample, .unit, .tick], extent: extent, phase: .tick)
    let symbol = plan.graph.addSymbol(Symbol(name, .temporary, domain: domain))
    scheduler.bound[symbol] = buffer
    driveInputs[DriveKey(population: population, drive: drive), default: []].append(
      DriveInput(symbol: symbol, factor: factor))
    return symbol
  }

  /// The value of each drive symbol of a population.
  /// - Parameter states: the population's states at the tick that begins the step, for what currents read of them.
  mutating func driveValues(_ population: Int, states: [ValueID]) -> [SymbolID: ValueID] {
    var map: [SymbolID: ValueID] = [:]
    for (state, value) in zip(network.populations[population].states, states) { map[state.symbol] = value }
    var result: [SymbolID: ValueID] = [:]
    for (index, drive) in network.populations[population].drives.enumerated() {
      var sum = plan.graph.const(0)
      for input in driveInputs[DriveKey(population: population, drive: index)] ?? [] {
        var value = plan.graph.load(input.symbol)
        if let factor = input.factor { value = plan.graph.mul(value, plan.graph.substitute(factor, map)) }
        sum = plan.graph.add(sum, value)
      }
      result[drive.symbol] = sum
    }
    return result
  }
}
