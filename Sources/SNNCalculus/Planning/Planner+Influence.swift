import SNNIR

/// The local derivatives of one population's tick, as buffers over samples and units that a kernel fills.
struct LocalDerivatives {
  /// A quantity of the tick whose influence is carried: an integrated state, the flag of the tick before, an arrival.
  enum Source: Hashable {
    case state(Int)
    case earlierFlag
    case arrival(Int)
  }
  /// By source: the derivative of X integrated to the next tick, by state.
  var states: [[(Source, InfluenceTerm.Coefficient)]] = []
  var spike: [(Source, InfluenceTerm.Coefficient)] = []
  /// Of the loss at this tick, by what it reads of the population.
  var loss: [(Source, InfluenceTerm.Coefficient)] = []
  /// By learned drive: buffer index into `continuousInputs`.
  var drives: [Int: DirectDerivatives] = [:]
  /// By `once` value that something learnable is in.
  var once: [ValueID: DirectDerivatives] = [:]
}

/// Derivatives with respect to a number that every unit has: of the states, of the flag; the loss's own is added to the
/// gradient by the kernel.
struct DirectDerivatives {
  var states: [InfluenceTerm.Coefficient?] = []
  var spike: InfluenceTerm.Coefficient?
  var loss: InfluenceTerm.Coefficient?
}

/// What the loss's gradient is collected for: a connection's weights, or a number per unit of a population.
struct LearnedSet {
  enum Kind: Hashable {
    case spikes(Int)
    /// Index into `continuousInputs`.
    case drive(Int)
    case once(ValueID)
  }
  var kind: Kind
  var population: Int
  var set: ParameterSet
  /// Of units: by sample and unit, summed like the adjoints of backward mode.
  var sum: BufferID?
}

extension Planner {
  /// Whether the rule's direction of time is forward. Where recurrence is cut and one update is made when the run is
  /// over, the same gradient comes by filtering the error backward, at the cost of a product per tick and sample.
  var carriesInfluence: Bool {
    rule.mode == .forward && rule.followsTime && (rule.updateEvery != nil || rule.keepsRecurrence)
  }

  /// Ticks between updates, where the derivative of the loss at a tick is known at that tick.
  func window(_ objective: Objective) -> Int? {
    let waits = plan.graph.reachable(from: objective.adjoints.values).contains { value in
      let phase = plan.graph[value].domain.phase
      return phase > .tick && phase < .reverseTick
    }
    return waits ? nil : rule.updateEvery
  }

  /// Real-time recurrent learning (Williams & Zipser 1989) for any neuron and any table of paths: the influence of every
  /// learnable number on every state that it can reach, carried from tick to tick by the local derivatives.
  mutating func planInfluence(
    _ order: [[Int]], _ objective: Objective, _ kept: inout [[KernelOutput]]
  ) -> Backward {
    var backward = Backward()
    plan.carriesForward = true
    let active = activePopulations(objective)
    var onceAdjoints: [(value: ValueID, seed: ValueID)] = []
    var sets = learnedConnections(active)
    var starts: [Int: [ValueID: [InfluenceTerm.Coefficient?]]] = [:]
    for population in order.joined() where active.contains(population) {
      for value in onceValues(population, objective) {
        let (buffer, seed) = onceSum(value, ticks[population].extent, &backward)
        onceAdjoints.append((value, seed))
        sets.append(
          LearnedSet(
            kind: .once(value), population: population, set: .units(population: population), sum: buffer))
      }
    }
    var local: [Int: LocalDerivatives] = [:]
    for population in order.joined() where active.contains(population) {
      let own = sets.filter { $0.population == population }
      starts[population] = startDerivatives(population, own, &backward)
      local[population] = localDerivatives(population, own, objective, &kept, &backward)
    }
    var signals: [LearningSignal: BufferID] = [:]
    for set in sets { plan(set, order, active, local, starts[set.population] ?? [:], &signals, &backward) }
    planParameterGradients(onceAdjoints, objective)
    return backward
  }

  // MARK: - What is learned

  private func learnedConnections(_ active: Set<Int>) -> [LearnedSet] {
    var result: [LearnedSet] = []
    for (index, connection) in network.connections.enumerated()
    where active.contains(connection.target) && learnsSynapses(connection) {
      if case .spikes = connection.signal {
        result.append(
          LearnedSet(kind: .spikes(index), population: connection.target, set: .synapses(connection: index)))
      } else if let input = continuousInputs.firstIndex(where: { $0.connection == index }) {
        result.append(
          LearnedSet(kind: .drive(input), population: connection.target, set: .synapses(connection: index)))
      }
    }
    return result
  }

  private mutating func onceValues(_ population: Int, _ objective: Objective) -> [ValueID] {
    let tick = ticks[population]
    let read = seeds(population, AdjointBuffers(), objective).map(\.value)
    let first = firstIntegration(population)
    return Set(activeOnceValues(tick.integrated + [tick.spike] + read) + activeOnceValues(first)).sorted()
  }

  private func onceTargets(_ sets: [LearnedSet]) -> [ValueID] {
    sets.compactMap { if case .once(let value) = $0.kind { value } else { nil } }
  }

  private mutating func driveTargets(_ sets: [LearnedSet]) -> [(input: Int, value: ValueID)] {
    sets.compactMap {
      guard case .drive(let input) = $0.kind else { return nil }
      return (input, plan.graph.load(continuousInputs[input].symbol))
    }
  }

  // MARK: - Local derivatives

  /// Adds a derivative to a kernel's outputs, unless it is a number.
  private mutating func coefficient(
    _ value: ValueID?, _ name: String, _ extent: ExtentID, _ outputs: inout [KernelOutput]
  ) -> InfluenceTerm.Coefficient? {
    guard let value else { return nil }
    if let number = plan.graph.constant(value) { return number == 0 ? nil : .number(number) }
    let buffer = plan.addBuffer(Buffer(name: name, axes: [.sample, .unit], extent: extent, isWide: false))
    outputs.append(KernelOutput(value: value, buffer: buffer))
    return plan.graph[value].domain.axes.contains(.unit) ? .buffer(buffer) : .shared(buffer)
  }

  private mutating func localDerivatives(
    _ population: Int, _ own: [LearnedSet], _ objective: Objective, _ kept: inout [[KernelOutput]],
    _ backward: inout Backward
  ) -> LocalDerivatives {
    let tick = ticks[population]
    let name = network.populations[population].name
    var sources: [(LocalDerivatives.Source, ValueID)] = []
    for (state, symbol) in tick.carriedSymbols.enumerated() {
      sources.append((.state(state), plan.graph.load(symbol)))
    }
    if let flag = tick.earlierFlag { sources.append((.earlierFlag, plan.graph.load(flag))) }
    for (port, symbol) in tick.arrivalSymbols.enumerated() {
      if let symbol { sources.append((.arrival(port), plan.graph.load(symbol))) }
    }
    let drives = driveTargets(own)
    let once = onceTargets(own)
    let targets = Set(sources.map(\.1) + drives.map(\.value) + once)
    var result = LocalDerivatives()
    for input in drives { result.drives[input.input] = DirectDerivatives() }
    for value in once { result.once[value] = DirectDerivatives() }
    var outputs: [KernelOutput] = []
    let one = plan.graph.const(1)

    func row(
      _ planner: inout Planner, _ label: String, _ seeds: [(value: ValueID, seed: ValueID)],
      _ take: (inout DirectDerivatives, InfluenceTerm.Coefficient?) -> Void
    ) -> [(LocalDerivatives.Source, InfluenceTerm.Coefficient)] {
      let adjoints = planner.plan.graph.adjoints(of: seeds, with: targets, unreduced: targets, planner.context)
      var terms: [(LocalDerivatives.Source, InfluenceTerm.Coefficient)] = []
      for (place, source) in sources.enumerated() {
        if let found = planner.coefficient(adjoints[source.1], "∂\(label)/∂\(place)", tick.extent, &outputs) {
          terms.append((source.0, found))
        }
      }
      for drive in drives {
        let found = planner.coefficient(adjoints[drive.value], "∂\(label)/∂drive", tick.extent, &outputs)
        take(&result.drives[drive.input]!, found)
      }
      for value in once {
        let found = planner.coefficient(adjoints[value], "∂\(label)/∂v\(value.index)", tick.extent, &outputs)
        take(&result.once[value]!, found)
      }
      return terms
    }
    for (state, value) in zip(tick.model.states, tick.integrated) {
      let terms = row(&self, "\(name).\(state.name)", [(value, one)]) { $0.states.append($1) }
      result.states.append(terms)
    }
    result.spike = row(&self, "\(name).spike", [(tick.spike, one)]) { $0.spike = $1 }
    let seeds = seeds(population, AdjointBuffers(), objective)
    if !seeds.isEmpty { result.loss = row(&self, "loss \(name)", seeds) { $0.loss = $1 } }
    if outputs.isEmpty { return result }
    keep(population, &outputs, &kept)
    let kernel = scheduler.kernel(
      named: "∂ \(name)", axes: [.sample, .unit], extent: tick.extent, isWide: false, section: .reverseTick,
      outputs: outputs, &plan)
    backward.populations.append(.kernel(kernel))
    return result
  }

  /// Derivatives of the first integration with respect to the numbers of units, by value and state; those with respect to
  /// what drives bring are under the load of the drive.
  private mutating func startDerivatives(
    _ population: Int, _ own: [LearnedSet], _ backward: inout Backward
  ) -> [ValueID: [InfluenceTerm.Coefficient?]] {
    let tick = ticks[population]
    let name = network.populations[population].name
    let targets = onceTargets(own) + driveTargets(own).map(\.value)
    guard !targets.isEmpty else { return [:] }
    var outputs: [KernelOutput] = []
    var result: [ValueID: [InfluenceTerm.Coefficient?]] = [:]
    let one = plan.graph.const(1)
    for value in firstIntegration(population) {
      let adjoints = plan.graph.adjoints(
        of: [(value, one)], with: Set(targets), unreduced: Set(targets), context)
      for target in targets {
        let found = coefficient(adjoints[target], "∂\(name)[1]/∂v\(target.index)", tick.extent, &outputs)
        result[target, default: []].append(found)
      }
    }
    guard !outputs.isEmpty else { return result }
    let kernel = scheduler.kernel(
      named: "∂ start \(name)", axes: [.sample, .unit], extent: tick.extent, isWide: false, section: .start,
      outputs: outputs, &plan)
    backward.begin.append(.kernel(kernel))
    return result
  }

  mutating func lossStep(
    _ coefficient: InfluenceTerm.Coefficient, _ population: Int, _ sum: BufferID
  ) -> PlanStep {
    let extent = ticks[population].extent
    let domain = Domain([.sample, .unit, .tick], extent: extent, phase: .reverseTick)
    var inputs: [KernelInput] = []
    let value: ValueID
    switch coefficient {
    case .number(let number): value = plan.graph.const(number)
    case .buffer(let buffer), .shared(let buffer):
      let symbol = plan.graph.addSymbol(Symbol(plan[buffer].name, .temporary, domain: domain))
      inputs = [KernelInput(symbol: symbol, buffer: buffer)]
      value = plan.graph.load(symbol)
    }
    return .kernel(
      Kernel(
        name: "∂loss", axes: [.sample, .unit], extent: extent, isWide: false, inputs: inputs,
        outputs: [KernelOutput(value: value, buffer: sum, accumulates: true)]))
  }
}
