import SNNIR

/// Why a network or a task cannot run with exact spike times.
public enum EventFault: Hashable, Sendable {
  /// A difference equation, or something that reads the tick: what and where.
  case ticks(population: Int, state: String)
  /// A spike flag outside `on spike`.
  case flag(population: Int)
  case continuous(connection: Int)
  /// A reduction over time with no meaning between ticks: a plain sum, a filter, a mixture of populations.
  case measure(String)
  /// A rule that needs first spikes is given another loss.
  case notFirstSpikes
}

/// The pass hybrid → event plan: the flow, the guard, the reset and the port bodies of every population become maps with
/// symbolic derivatives, from which simulation and adjoint run (Wunderlich & Pehle 2021, for any such equations).
public struct EventPlanner {
  let network: NetworkModel
  let task: TaskModel
  let request: PlanRequest
  var graph: Graph
  var events: EventPlan
  let context: DerivativeContext
  /// The first thing found wrong.
  var fault: EventFault?
  /// Symbol of the time among a population's states.
  var timeState: [Int: Int] = [:]
  /// By population, flow of an integral already added, and its state.
  var integrals: [Int: [ValueID: Int]] = [:]
  var flows: [[ValueID]] = []

  public static func plan(
    _ network: NetworkModel, _ task: TaskModel, _ request: PlanRequest
  ) -> Result<Plan, PlanFailure> {
    var planner = EventPlanner(network, task, request)
    if request.gradient, task.loss == nil { return .failure(PlanFailure(.noLoss)) }
    planner.run()
    if let fault = planner.fault { return .failure(PlanFailure(.events(fault))) }
    var plan = Plan(graph: planner.graph, ticks: 0, step: network.step)
    plan.connections = network.connections
    plan.parameters = network.parameters
    plan.inputs = network.inputs
    plan.populations = network.populations.map(\.extent)
    plan.events = planner.events
    return .success(plan)
  }

  init(_ network: NetworkModel, _ task: TaskModel, _ request: PlanRequest) {
    self.network = network
    self.task = task
    self.request = request
    graph = network.graph
    events = EventPlan(duration: Double(task.ticks) * network.step)
    let rule = request.rule ?? task.learning
    context = DerivativeContext(surrogates: network.populations.map { _ in Surrogate(.none) })
    events.hasGradient = request.gradient
    events.learnable = request.learnable
    events.firstSpikesOnly = rule?.name == "spike_time"
    events.bump = request.gradient ? rule?.bump ?? 0 : 0
  }

  private mutating func run() {
    for index in network.populations.indices { begin(index) }
    for (index, connection) in network.connections.enumerated() { add(connection, index) }
    guard fault == nil else { return }
    // Measures first: an integral is a state of its own.
    let measures = makeMeasures()
    for index in network.populations.indices { finish(index) }
    differentiate(measures)
    if events.firstSpikesOnly, request.gradient {
      for (index, observer) in events.observers.enumerated() where events.observerAdjoints[index] != nil {
        if case .firstSpike = observer.kind { continue }
        fault = .notFirstSpikes
      }
    }
    makeRecords()
  }

  // MARK: Populations

  func states(_ population: Int) -> [SymbolID] { events.populations[population].states }

  private mutating func begin(_ index: Int) {
    let population = network.populations[index]
    for (state, _) in population.updates.sorted(by: { $0.key < $1.key }) {
      fault = fault ?? .ticks(population: index, state: population.states[state].name)
    }
    let empty = EventMap(outputs: [], byState: [], byParameter: [])
    var result = EventPopulation(
      name: population.name, extent: population.extent, flow: empty, initial: empty, location: population.location)
    result.states = population.states.map(\.symbol)
    result.ownStates = result.states.count
    result.drives = population.drives.map(\.symbol)
    result.arrivals = population.ports.map(\.arrival)
    if let refractory = population.refractory {
      result.refractory = refractory.duration
      result.held = refractory.held
    }
    let zero = graph.const(0)
    flows.append(population.states.indices.map { population.flows[$0] ?? zero })
    events.populations.append(result)
    let bodies = population.ports.flatMap { $0.body.map(\.value) } + population.reset.map(\.value)
    let sides = population.guardCondition.map { [$0.left, $0.right] } ?? []
    let everything = flows[index] + bodies + sides
    let loaded = graph.loadedSymbols(everything)
    if loaded.contains(network.stepSymbol) { fault = fault ?? .ticks(population: index, state: "dt") }
    if graph.loadedSymbols(flows[index] + sides + population.ports.flatMap { $0.body.map(\.value) })
      .contains(population.flag)
    {
      fault = fault ?? .flag(population: index)
    }
    if loaded.contains(network.timeSymbol) { _ = time(index) }
  }

  /// The state that is the time itself, which makes the flow autonomous.
  mutating func time(_ population: Int) -> Int {
    if let known = timeState[population] { return known }
    let state = addState(population, name: "t", flow: graph.const(1))
    timeState[population] = state
    return state
  }

  mutating func addState(_ population: Int, name: String, flow: ValueID) -> Int {
    let extent = network.populations[population].extent
    let symbol = graph.addSymbol(
      Symbol(
        "\(network.populations[population].name).\(name)", .temporary,
        domain: Domain([.unit, .sample, .tick], extent: extent, phase: .tick)))
    events.populations[population].states.append(symbol)
    flows[population].append(flow)
    return events.populations[population].states.count - 1
  }

  /// The value with the time replaced by its state.
  mutating func timeless(_ values: [ValueID], _ population: Int) -> [ValueID] {
    guard let state = timeState[population] else { return values }
    let time = graph.load(events.populations[population].states[state])
    return graph.substitute(values, [network.timeSymbol: time])
  }

  private mutating func finish(_ index: Int) {
    let population = network.populations[index]
    let symbols = states(index)
    let zero = graph.const(0)
    let flow = timeless(flows[index], index)
    events.populations[index].flow = map(flow, index)
    if events.populations[index].refractory > 0 {
      let held = flow.indices.map { population.refractory?.held.contains($0) == true ? zero : flow[$0] }
      events.populations[index].heldFlow = map(held, index)
    }
    if let test = population.guardCondition {
      let margin = timeless([graph.sub(test.left, test.right)], index)
      events.populations[index].threshold = EventPopulation.Guard(
        margin: map(margin, index), isStrict: test.isStrict, isCrossing: test.isCrossing)
      events.populations[index].reset = map(composed(population.reset, index, held: []), index)
    }
    let held = events.populations[index].held
    for port in population.ports {
      let arrival = port.arrival
      events.populations[index].ports.append(
        map(composed(port.body, index, held: []), index, arrival: arrival))
      events.populations[index].heldPorts.append(
        map(composed(port.body, index, held: held), index, arrival: arrival))
    }
    let initial = symbols.indices.map { state -> ValueID in
      guard state < population.states.count, case .value(let value) = population.states[state].initial else {
        return zero
      }
      return value
    }
    events.populations[index].initial = map(initial, index)
  }

  /// Assignments in sequence as one map; those to `held` states are lost.
  private mutating func composed(_ body: [StateAssignment], _ population: Int, held: [Int]) -> [ValueID] {
    let symbols = states(population)
    var now = symbols.map { graph.load($0) }
    let flag = network.populations[population].flag
    for assignment in body where !held.contains(assignment.state) {
      var environment: [SymbolID: ValueID] = [flag: graph.const(1)]
      for (symbol, value) in zip(symbols, now) { environment[symbol] = value }
      now[assignment.state] = graph.substitute(assignment.value, environment)
    }
    return timeless(now, population)
  }

  /// Outputs with their derivatives by the population's states, learned parameters and an arrival.
  mutating func map(_ outputs: [ValueID], _ population: Int, arrival: SymbolID? = nil) -> EventMap {
    map(outputs, states: states(population), arrival: arrival)
  }

  mutating func map(_ outputs: [ValueID], states symbols: [SymbolID], arrival: SymbolID? = nil) -> EventMap {
    let learned = request.gradient ? request.learnable : []
    let parameters = learned.filter { index in
      if case .synapses = network.parameters[index].shape { return false }
      return true
    }
    let states = symbols.map { graph.load($0) }
    let loads = parameters.map { graph.load(network.parameters[$0].symbol) }
    let weight = arrival.map { graph.load($0) }
    let jacobian = graph.jacobian(of: outputs, with: states + loads + [weight].compactMap { $0 }, context)
    return EventMap(
      outputs: outputs,
      byState: jacobian.map { row in
        Dictionary(uniqueKeysWithValues: states.enumerated().compactMap { k, s in row[s].map { (k, $0) } })
      },
      byParameter: jacobian.map { row in
        Dictionary(uniqueKeysWithValues: zip(parameters, loads).compactMap { k, s in row[s].map { (k, $0) } })
      },
      byArrival: weight.map { w in jacobian.map { $0[w] } } ?? [])
  }

  // MARK: Connections

  private mutating func add(_ connection: Connection, _ index: Int) {
    guard case .spikes(let port) = connection.signal else {
      fault = fault ?? .continuous(connection: index)
      return
    }
    events.connections.append(
      EventPlan.Connection(
        port: port, delay: connection.exactDelay, delayParameter: connection.delayParameter,
        learnsWeights: request.gradient && request.learnable.contains(connection.weight)))
  }
}
