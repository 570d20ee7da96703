public struct StateVariable: Hashable, Sendable {
  public var name: String
  /// The `state` symbol that equations and bodies load.
  public var symbol: SymbolID
  public var initial: Initial
  public var isPersistent: Bool
  public var unit: DisplayUnit
  public var location: LocationID

  public init(
    name: String, symbol: SymbolID, initial: Initial, isPersistent: Bool = false, unit: DisplayUnit = .one,
    location: LocationID = .unknown
  ) {
    self.name = name
    self.symbol = symbol
    self.initial = initial
    self.isPersistent = isPersistent
    self.unit = unit
    self.location = location
  }
}

/// A `let`: its value at a recorded tick over the `recorded` symbols of its population.
public struct LetBinding: Hashable, Sendable {
  public var name: String
  /// The alias symbol that printing shows.
  public var symbol: SymbolID
  /// Over `state` and `flag` symbols, read after the tick is complete.
  public var value: ValueID
  public var unit: DisplayUnit

  public init(name: String, symbol: SymbolID, value: ValueID, unit: DisplayUnit) {
    self.name = name
    self.symbol = symbol
    self.value = value
    self.unit = unit
  }
}

/// `X = E` in a body; compound forms are already written out. E loads `state` symbols as current values.
public struct StateAssignment: Hashable, Sendable {
  public var state: Int
  public var value: ValueID
  public var location: LocationID

  public init(state: Int, value: ValueID, location: LocationID = .unknown) {
    self.state = state
    self.value = value
    self.location = location
  }
}

public struct Port: Hashable, Sendable {
  public var name: String
  /// The binder `w`: the weighted sum of what arrives at this tick.
  public var arrival: SymbolID
  /// In sequence; each is homogeneous linear in `arrival` as a whole body.
  public var body: [StateAssignment]
  public var unit: DisplayUnit

  public init(name: String, arrival: SymbolID, body: [StateAssignment], unit: DisplayUnit) {
    self.name = name
    self.arrival = arrival
    self.body = body
    self.unit = unit
  }
}

public struct Drive: Hashable, Sendable {
  public var name: String
  public var symbol: SymbolID
  public var unit: DisplayUnit

  public init(name: String, symbol: SymbolID, unit: DisplayUnit) {
    self.name = name
    self.symbol = symbol
    self.unit = unit
  }
}

public struct SpikeGuard: Hashable, Sendable {
  public var left: ValueID
  public var right: ValueID
  /// `>`, else `>=`.
  public var isStrict: Bool
  /// Only where it did not hold at the tick before.
  public var isCrossing: Bool
  public var location: LocationID

  public init(
    left: ValueID, right: ValueID, isStrict: Bool, isCrossing: Bool = false, location: LocationID = .unknown
  ) {
    self.left = left
    self.right = right
    self.isStrict = isStrict
    self.isCrossing = isCrossing
    self.location = location
  }
}

public struct Refractory: Hashable, Sendable {
  /// In ms (phase `once`); a multiple of the step.
  public var ticks: Int
  /// In ms, not rounded.
  public var duration = 0.0
  /// States that are constants of the flow meanwhile.
  public var held: [Int]
  public var location: LocationID

  public init(ticks: Int, held: [Int], location: LocationID = .unknown) {
    self.ticks = ticks
    self.held = held
    self.location = location
  }
}

/// How a flow is advanced over one tick.
public enum Integrator: Hashable, Sendable {
  case auto
  case exact
  case exponentialEuler
  case euler
  case heun
  /// Substeps nil: chosen from the time constants.
  case rk4(substeps: Int?)
  /// Of each state's range in one tick; the substeps that the checker found to keep it.
  case rk4Tolerance(Double, substeps: Int?)
}

/// One population in the *hybrid* stage: flow, guard, jump, arrivals, refractory, all as values over its symbols.
public struct HybridPopulation: Sendable {
  public var name: String
  /// Name of the neuron it instantiates.
  public var model: String
  public var shape: [Int]
  public var extent: ExtentID
  public var states: [StateVariable] = []
  public var lets: [LetBinding] = []
  /// dX/dt in internal units per ms, by state.
  public var flows: [Int: ValueID] = [:]
  /// `next X`, by state; may load `nextState` symbols.
  public var updates: [Int: ValueID] = [:]
  public var nextSymbols: [Int: SymbolID] = [:]
  public var ports: [Port] = []
  public var drives: [Drive] = []
  /// Own spike flag of tick n.
  public var flag: SymbolID
  public var guardCondition: SpikeGuard?
  /// What is sent where no threshold is tested: chance, or a graded value.
  public var emission: Emission?
  /// Numbers drawn at every tick.
  public var draws: [RandomDraw] = []
  /// `on spike`, in sequence; loads `flag` nowhere: the choice is made by the calculus.
  public var reset: [StateAssignment] = []
  public var refractory: Refractory?
  public var integrator: Integrator = .auto
  /// It passes on what comes to it, part by part, in the same tick: no place for a learning rule to choose anything.
  public var isRelay = false
  public var location: LocationID = .unknown

  public var size: Int { shape.reduce(1, *) }
  /// It sends something: spikes, counts or a graded output.
  public var sends: Bool { guardCondition != nil || emission != nil }
  /// It sends spikes, or counts of them.
  public var spikes: Bool {
    if case .graded = emission { return false }
    return sends
  }

  public init(name: String, model: String, shape: [Int], extent: ExtentID, flag: SymbolID) {
    self.name = name
    self.model = model
    self.shape = shape
    self.extent = extent
    self.flag = flag
  }

  public func state(named name: String) -> Int? { states.firstIndex { $0.name == name } }
  public func port(named name: String) -> Int? { ports.firstIndex { $0.name == name } }
  public func drive(named name: String) -> Int? { drives.firstIndex { $0.name == name } }
}
