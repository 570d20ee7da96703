import SNNIR

/// One population of an event plan as code.
final class EventPopulationCode: @unchecked Sendable {
  /// A number that is constant between arrivals.
  enum Constant: Hashable {
    case parameter(Int)
    case drive(Int)
    case data(Int)
    case unitIndex
    case stepSize
  }
  let index: Int
  /// States, with those that the planner added.
  let n: Int
  let units: Int
  /// Number of the first unit among those of all populations.
  let base: Int
  var constants: [Constant] = []
  /// Free, and while refractory.
  var flow: [MapCode] = []
  var margin: MapCode?
  var reset: MapCode?
  /// `[free, held][port]`.
  var ports: [[MapCode]] = [[], []]
  /// By port: whether arrivals only add w · k, k constant; `[held][port]`.
  var isAdditive: [[Bool]] = [[], []]
  var initial: MapCode
  let refractory: Double
  let isStrict: Bool
  let isCrossing: Bool
  /// Flow and guard linear in the states with constant coefficients.
  var isLinear = true
  /// Whether constants differ by sample (drives, data).
  var readsSample: Bool {
    constants.contains {
      switch $0 {
      case .drive, .data: true
      default: false
      }
    }
  }
  /// Learned parameters, by place in `EventProgram.learned`, in flow or elsewhere of this population.
  var learnsFlow = false
  /// Observers of this population, and connections from it.
  var observers: [Int] = []
  var outgoing: [Int] = []
  /// Of observers and records.
  var extraMaps: [MapCode] = []

  init(
    _ index: Int, _ population: EventPopulation, base: Int, units: Int, program: EventProgram.Builder
  ) throws {
    self.index = index
    self.base = base
    self.units = units
    n = population.states.count
    refractory = population.refractory
    isStrict = population.threshold?.isStrict ?? true
    isCrossing = population.threshold?.isCrossing ?? false
    var builder = MapBuilder(population: population, program: program)
    initial = try builder.map(population.initial)
    flow = [try builder.map(population.flow)]
    flow.append(try population.heldFlow.map { try builder.map($0) } ?? flow[0])
    margin = try population.threshold.map { try builder.map($0.margin) }
    reset = try population.reset.map { try builder.map($0) }
    for (held, maps) in [population.ports, population.heldPorts].enumerated() {
      for (port, map) in maps.enumerated() {
        let code = try builder.map(map, arrival: population.arrivals[port])
        ports[held].append(code)
        let identity = map.byState.enumerated().allSatisfy { row, entries in
          entries.count == 1 && entries[row].map { program.graph.isOne($0) } == true
        }
        isAdditive[held].append(identity && code.arrival?.readsStates == false && code.parameter.count == 0)
      }
    }
    isLinear = flow.allSatisfy { !$0.state.code.readsStates } && margin.map { !$0.state.code.readsStates } ?? true
    learnsFlow = flow.contains { $0.parameter.count > 0 }
    constants = builder.constants
  }
}

/// Makes the code of one population's maps; all share one list of constants.
struct MapBuilder {
  let population: EventPopulation
  let program: EventProgram.Builder
  var constants: [EventPopulationCode.Constant] = []

  init(
    population: EventPopulation, program: EventProgram.Builder, constants: [EventPopulationCode.Constant] = []
  ) {
    self.population = population
    self.program = program
    self.constants = constants
  }

  mutating func map(
    _ map: EventMap, arrival: SymbolID? = nil, states: [SymbolID]? = nil
  ) throws -> MapCode {
    let states = states ?? population.states
    let value = try code(map.outputs, arrival, states)
    let state = try jacobian(map.byState, arrival, states) { $0 }
    let places = Dictionary(uniqueKeysWithValues: program.learned.enumerated().map { ($1, $0) })
    let parameter = try jacobian(map.byParameter, arrival, states) { places[$0] }
    guard !map.byArrival.isEmpty else {
      return MapCode(value: value, state: state, parameter: parameter, arrival: nil)
    }
    let zero = program.zero
    let byArrival = try code(map.byArrival.map { $0 ?? zero }, arrival, states)
    return MapCode(value: value, state: state, parameter: parameter, arrival: byArrival)
  }

  private mutating func jacobian(
    _ rows: [[Int: ValueID]], _ arrival: SymbolID?, _ states: [SymbolID], column: (Int) -> Int?
  ) throws -> JacobianCode {
    var entries: [(row: Int, column: Int, value: ValueID)] = []
    for (row, values) in rows.enumerated() {
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        if let column = column(key) { entries.append((row, column, value)) }
      }
    }
    return JacobianCode(
      rows: program.storage.keep(entries.map { Int32($0.row) }),
      columns: program.storage.keep(entries.map { Int32($0.column) }),
      code: try code(entries.map(\.value), arrival, states))
  }

  private mutating func code(
    _ values: [ValueID], _ arrival: SymbolID?, _ states: [SymbolID]
  ) throws -> EventCode {
    let graph = program.graph
    let places = Dictionary(states.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    func place(_ constant: EventPopulationCode.Constant) -> Int {
      if let known = constants.firstIndex(of: constant) { return states.count + 1 + known }
      constants.append(constant)
      return states.count + constants.count
    }
    return try EventCode(values, in: graph, states: states.count, storage: program.storage) { value in
      let node = graph[value]
      if node.opcode == .unitIndex { return place(.unitIndex) }
      guard node.opcode == .load else { return nil }
      let symbol = SymbolID(Int(node.aux))
      if let state = places[symbol] { return state }
      if symbol == arrival { return states.count }
      switch graph[symbol].kind {
      case .parameter(let index): return place(.parameter(index))
      case .drive(_, let index): return place(.drive(index))
      case .data(let field): return place(.data(field))
      case .stepSize: return place(.stepSize)
      default: throw RuntimeError.malformedPlan("`\(graph[symbol].name)` has no value between events")
      }
    }
  }
}

/// What a run observes, as code.
struct EventObserverCode: @unchecked Sendable {
  var kind: EventObserver.Kind
  var population: Int
  var units: Int
  /// Of the first number among those of all observers of a sample.
  var base: Int
  var map: MapCode?
  /// A linear map of the states with constant coefficients.
  var isLinear: Bool
}

/// A connection in the layout of the event engine: synapses by source.
struct EventConnectionCode: @unchecked Sendable {
  var isInput: Bool
  var source: Int
  var sourceLow: Int
  var sourceCount: Int
  var target: Int
  var targetLow: Int
  var targetCount: Int
  var port: Int
  var delay: Double
  var delayParameter: Int?
  var weight: Int
  var learnsWeights: Bool
  /// Synapses of source i are `rows[i] ..< rows[i + 1]`; their targets counted from `targetLow`.
  var rows: UnsafeBufferPointer<Int64>
  var targets: UnsafeBufferPointer<UInt32>
  /// Place in file order of each synapse.
  var fileOrder: UnsafeBufferPointer<UInt32>
  /// Of the first synapse in the arrays of weights and of their gradients.
  var offset: Int
  var count: Int { targets.count }
}

/// An event plan as code: everything that depends neither on parameters nor on data.
final class EventProgram: @unchecked Sendable {
  struct Builder {
    let graph: Graph
    let zero: ValueID
    let storage: CodeStorage
    /// Parameters that are no weights and whose gradients are wanted.
    let learned: [Int]
  }
  let plan: Plan
  let events: EventPlan
  let storage = CodeStorage()
  /// Learned parameters other than weights, by place.
  let learned: [Int]
  var populations: [EventPopulationCode] = []
  var connections: [EventConnectionCode] = []
  var observers: [EventObserverCode] = []
  var records: [EventObserverCode] = []
  var units = 0
  var synapses = 0
  /// Numbers observed per sample.
  var observed = 0
  /// By input of the network: connections from it.
  var fromInput: [[Int]] = []

  init(_ plan: Plan, _ events: EventPlan) throws {
    self.plan = plan
    self.events = events
    var graph = plan.graph
    let zero = graph.const(0)
    learned = events.learnable.filter { index in
      if case .synapses = plan.parameters[index].shape { return false }
      return true
    }
    let builder = Builder(graph: graph, zero: zero, storage: storage, learned: learned)
    for (index, population) in events.populations.enumerated() {
      let size = graph[population.extent].size
      populations.append(
        try EventPopulationCode(index, population, base: units, units: size, program: builder))
      units += size
    }
    for (index, observer) in events.observers.enumerated() {
      let owner = populations[observer.population]
      let code = try observerCode(observer.kind, observer.population, observer.map, builder)
      observers.append(code)
      owner.observers.append(index)
      if !code.isLinear { owner.isLinear = false }
      observed += code.units
    }
    for record in events.records {
      records.append(try observerCode(.probe(time: 0), record.population, record.map, builder))
    }
    fromInput = plan.inputs.map { _ in [] }
    for index in plan.connections.indices { try addConnection(index) }
  }

  private func observerCode(
    _ kind: EventObserver.Kind, _ population: Int, _ map: EventMap?, _ builder: Builder
  ) throws -> EventObserverCode {
    let owner = populations[population]
    var result = EventObserverCode(
      kind: kind, population: population, units: owner.units, base: observed, map: nil, isLinear: true)
    guard let map else { return result }
    var maps = MapBuilder(population: events.populations[population], program: builder, constants: owner.constants)
    if case .spikeSum = kind {
      // Its only state is the time.
      let time = plan.graph.loadedSymbols(map.outputs).first { plan.graph[$0].kind == .temporary }
      result.map = try maps.map(map, states: [time ?? SymbolID(-1)])
    } else {
      result.map = try maps.map(map)
      if case .extreme = kind { result.isLinear = result.map?.state.code.readsStates == false }
    }
    owner.constants = maps.constants
    owner.extraMaps += [result.map].compactMap { $0 }
    return result
  }

  private func addConnection(_ index: Int) throws {
    let connection = plan.connections[index]
    let event = events.connections[index]
    let (sources, targets) = (connection.sourceRange.count, connection.targetRange.count)
    var rows: [Int64] = [0]
    var list: [UInt32] = []
    var order: [UInt32] = []
    switch connection.pattern {
    case .all:
      for source in 0..<sources {
        for target in 0..<targets {
          list.append(UInt32(target))
          order.append(UInt32(target * sources + source))
        }
        rows.append(Int64(list.count))
      }
    case .oneToOne:
      for k in 0..<targets {
        list.append(UInt32(k))
        order.append(UInt32(k))
        rows.append(Int64(k + 1))
      }
    case .sparse:
      guard let relation = plan.relations[index] else {
        throw RuntimeError.malformedPlan("\(connection.name) has not been drawn")
      }
      rows = relation.rows.map { Int64($0) }
      list = relation.targets
      order = list.indices.map { UInt32($0) }
    }
    let (isInput, source): (Bool, Int)
    switch connection.source {
    case .input(let input):
      (isInput, source) = (true, input)
      fromInput[input].append(index)
    case .population(let population):
      (isInput, source) = (false, population)
      populations[population].outgoing.append(index)
    }
    connections.append(
      EventConnectionCode(
        isInput: isInput, source: source, sourceLow: connection.sourceRange.lowerBound, sourceCount: sources,
        target: connection.target, targetLow: connection.targetRange.lowerBound, targetCount: targets,
        port: event.port, delay: event.delay, delayParameter: event.delayParameter, weight: connection.weight,
        learnsWeights: event.learnsWeights, rows: storage.keep(rows), targets: storage.keep(list),
        fileOrder: storage.keep(order), offset: synapses))
    synapses += list.count
  }
}
