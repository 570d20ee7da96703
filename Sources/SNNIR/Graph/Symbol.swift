/// Index of a symbol in its `Graph`.
public struct SymbolID: Hashable, Sendable {
  public var index: Int32
  public init(_ index: Int) { self.index = Int32(index) }
}

/// Opaque index of a place in the source: the IR knows no text. Whoever lowers keeps the table.
public struct LocationID: Hashable, Sendable {
  public var index: Int32
  public init(_ index: Int) { self.index = Int32(index) }
  public static let unknown = LocationID(-1)
}

/// The unit a quantity was declared in: `internal = file * scale + offset`. Internally values are held in ms, mV, pA,
/// nS, pF, GΩ.
public struct DisplayUnit: Hashable, Sendable {
  public var text: String
  public var scale: Double
  public var offset: Double

  public init(_ text: String, scale: Double, offset: Double = 0) {
    self.text = text
    self.scale = scale
    self.offset = offset
  }

  public static let one = DisplayUnit("1", scale: 1)
  public func toInternal(_ value: Double) -> Double { value * scale + offset }
  public func fromInternal(_ value: Double) -> Double { (value - offset) / scale }
}

/// A variable of a population that losses, records and plots can read at a tick.
public enum RecordedVariable: Hashable, Sendable {
  case state(Int)
  case letBinding(Int)
  case spike
  /// The value that the threshold test saw.
  case beforeReset(Int)
  case drive(Int)
  /// The graded output of a population that emits.
  case output
  /// Of a population that spikes by chance: minus the logarithm of the probability of no spike in the tick.
  case hazard
}

/// What a symbol stands for.
public enum SymbolKind: Hashable, Sendable {
  /// A stored parameter of the network: index into `NetworkModel.parameters`.
  case parameter(Int)
  /// A name that the user gave to an expression (a parameter computed from others, a `let`).
  case alias
  /// In flows and `next`: the value of tick n. In bodies: the current value at that point of the sequence. In `let`,
  /// losses and records use `recorded`.
  case state(population: Int, index: Int)
  /// `next Y`: the value after this step's update, and of a continuous state after integration.
  case nextState(population: Int, index: Int)
  /// The population's own spike flag of tick n (in `on spike`, 1 where the body runs).
  case flag(population: Int)
  /// The weighted sum of what arrives at a port.
  case arrival(population: Int, port: Int)
  case drive(population: Int, index: Int)
  /// A number that the population draws at every tick: index into its `draws`.
  case random(population: Int, index: Int)
  /// `t` in ms at the tick, `dt` in ms, the number of ticks of the run, and the number of samples in the batch.
  case time, stepSize, tickCount, batchCount
  /// A field of the task's data: index into `TaskModel.fields`.
  case data(Int)
  /// What a loss, score or record reads of a population at a tick.
  case recorded(population: Int, RecordedVariable)
  /// A score on a data set, in `expect` lines: indices into `TaskModel.scores` (-1: the loss) and `TaskModel.dataSets`.
  case metric(score: Int, dataSet: Int)
  /// Argument of a surrogate derivative (`z`) or of a user's surrogate.
  case argument(Int)
  /// Made by a pass: a stored value, an adjoint, a carried value.
  case temporary
}

/// A named leaf value.
public struct Symbol: Hashable, Sendable {
  /// As the user would write it: `hidden.U`, `w_in`, `t`.
  public var name: String
  public var kind: SymbolKind
  public var domain: Domain
  public var isBoolean: Bool
  public var unit: DisplayUnit
  public var location: LocationID

  public init(
    _ name: String, _ kind: SymbolKind, domain: Domain, isBoolean: Bool = false, unit: DisplayUnit = .one,
    location: LocationID = .unknown
  ) {
    self.name = name
    self.kind = kind
    self.domain = domain
    self.isBoolean = isBoolean
    self.unit = unit
    self.location = location
  }
}
