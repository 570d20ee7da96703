/// A map of a neuron's states, with its derivatives: a flow, a jump, a guard, a measure.
public struct EventMap: Sendable {
  public var outputs: [ValueID]
  /// By output, the nonzero derivatives by state.
  public var byState: [[Int: ValueID]]
  /// By output, the nonzero derivatives by parameter of the network (learned ones only).
  public var byParameter: [[Int: ValueID]]
  /// By output, the derivative by what arrives; empty where nothing does.
  public var byArrival: [ValueID?]

  public init(
    outputs: [ValueID], byState: [[Int: ValueID]], byParameter: [[Int: ValueID]], byArrival: [ValueID?] = []
  ) {
    self.outputs = outputs
    self.byState = byState
    self.byParameter = byParameter
    self.byArrival = byArrival
  }
}

/// One population of an event-driven run: what its states do between events and at them.
public struct EventPopulation: Sendable {
  public struct Guard: Sendable {
    /// Left side minus right side: a spike where it becomes positive.
    public var margin: EventMap
    public var isStrict: Bool
    public var isCrossing: Bool

    public init(margin: EventMap, isStrict: Bool, isCrossing: Bool) {
      self.margin = margin
      self.isStrict = isStrict
      self.isCrossing = isCrossing
    }
  }
  public var name: String
  public var extent: ExtentID
  /// The states of the neuron, then what the pass added: the time where equations read it, integrals that losses want.
  public var states: [SymbolID] = []
  /// Number of states that the neuron itself has.
  public var ownStates = 0
  public var drives: [SymbolID] = []
  /// dX/dt per ms; `heldFlow` while refractory.
  public var flow: EventMap
  public var heldFlow: EventMap?
  public var threshold: Guard?
  /// The states after a spike, over those before.
  public var reset: EventMap?
  /// By port: the states after an arrival, over those before and `arrivals`; `heldPorts` while refractory.
  public var ports: [EventMap] = []
  public var heldPorts: [EventMap] = []
  public var arrivals: [SymbolID] = []
  /// In ms; 0: none.
  public var refractory = 0.0
  public var held: [Int] = []
  /// States at time 0 over the parameters; those drawn or given are 0 here and bound by name.
  public var initial: EventMap
  public var location: LocationID

  public init(name: String, extent: ExtentID, flow: EventMap, initial: EventMap, location: LocationID) {
    self.name = name
    self.extent = extent
    self.flow = flow
    self.initial = initial
    self.location = location
  }
}

/// What a loss, a score or an `expect` line reads of a run: one number per sample and unit.
public struct EventObserver: Sendable {
  public enum Kind: Sendable {
    /// A map's value at a time in ms.
    case probe(time: Double)
    /// The greatest (least) value over a time window, in ms.
    case extreme(isMax: Bool, from: Double, to: Double)
    /// Time of the first spike; the end of the run where there is none.
    case firstSpike
    /// The sum over spikes of a window of a map of the time (state 0 of the map).
    case spikeSum(from: Double, to: Double)
  }
  public var kind: Kind
  public var population: Int
  /// What is read; nil for first spikes. Of a spike sum the only state is the time.
  public var map: EventMap?
  /// Stands for the number in `EventPlan.loss` and `scores`.
  public var symbol: SymbolID

  public init(kind: Kind, population: Int, map: EventMap?, symbol: SymbolID) {
    self.kind = kind
    self.population = population
    self.map = map
    self.symbol = symbol
  }
}

/// A run with exact spike times, and its adjoint, as data: populations as hybrid systems, connections that carry spikes
/// after their delays, and what is measured.
public struct EventPlan: Sendable {
  public struct Connection: Sendable {
    public var port: Int
    /// In ms; where `delayParameter` is nil.
    public var delay: Double
    public var delayParameter: Int?
    public var learnsWeights: Bool

    public init(port: Int, delay: Double, delayParameter: Int?, learnsWeights: Bool) {
      self.port = port
      self.delay = delay
      self.delayParameter = delayParameter
      self.learnsWeights = learnsWeights
    }
  }
  /// In ms.
  public var duration: Double
  public var populations: [EventPopulation] = []
  /// By connection of the network.
  public var connections: [Connection] = []
  public var observers: [EventObserver] = []
  /// Means over the batch, over observers, data and parameters.
  public var loss: ValueID?
  public var scores: [ValueID] = []
  /// By observer: dL/d(its numbers); by parameter: what the loss says of it directly.
  public var observerAdjoints: [Int: ValueID] = [:]
  public var parameterAdjoints: [Int: ValueID] = [:]
  public var learnable: [Int] = []
  public var hasGradient = false
  /// Derivatives pass through first spikes only.
  public var firstSpikesOnly = false
  /// Added to the gradient of every weight into a neuron for each sample in which it is silent, as a decrease.
  public var bump = 0.0
  /// A variable by record of the request, and the time between rows in ms.
  public var records: [(population: Int, map: EventMap?)] = []
  public var recordInterval = 0.0
  public var recordRows = 0

  public init(duration: Double) { self.duration = duration }
}
