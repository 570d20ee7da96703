/// A random distribution with its arguments evaluated, in internal units.
public struct Distribution: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    /// mean, deviation · low, high · location, scale of the logarithm · value.
    case normal, uniform, lognormal, constant
    /// gain (default sqrt 2): normal with deviation gain / sqrt(fan_in).
    case kaiming
    /// gain (default 1): uniform within ± gain sqrt(6 / (fan_in + fan_out)).
    case xavier
    /// gain: rows or columns orthonormal.
    case orthogonal
  }
  public var kind: Kind
  public var arguments: [Double]
  /// Every draw is multiplied by this (`1 nA * kaiming()`).
  public var scale: Double
  /// The side to which draws are turned, by their absolute value (Dale's law: `sign positive`).
  public var sign: Sign

  public enum Sign: String, Hashable, Sendable { case any, positive, negative }

  public init(_ kind: Kind, _ arguments: [Double], scale: Double = 1, sign: Sign = .any) {
    self.kind = kind
    self.arguments = arguments
    self.scale = scale
    self.sign = sign
  }
}

/// Where a stored quantity starts.
public enum Initial: Hashable, Sendable {
  /// An expression over constants and parameters (phase `once`).
  case value(ValueID)
  /// A draw per element, keyed by (seed, name, index).
  case draw(Distribution)
  /// Given from outside (`--set`, a parameter file, the embedding program), in internal units; one number or one per
  /// element.
  case given([Double])
}

/// A stored number or array of the network: a neuron's parameter (one, or one per unit) or a connection's weights.
/// Parameters computed from others are not stored; they are `named` values.
public struct Parameter: Hashable, Sendable {
  public enum Shape: Hashable, Sendable {
    case scalar
    case perUnit(population: Int)
    /// `[post, pre]` for pattern all, `[unit]` for one_to_one, else one per synapse in the order of `Relation`.
    case synapses(connection: Int)
  }
  /// `hidden.tau_mem`, `w_in`: as files and `--set` name it.
  public var name: String
  public var symbol: SymbolID
  public var shape: Shape
  public var unit: DisplayUnit
  public var isLearnable: Bool
  public var initial: Initial
  /// Bounds of `in LO .. HI`, internal units.
  public var lower: Double?
  public var upper: Double?
  public var location: LocationID

  public init(
    name: String, symbol: SymbolID, shape: Shape, unit: DisplayUnit, isLearnable: Bool, initial: Initial,
    lower: Double? = nil, upper: Double? = nil, location: LocationID = .unknown
  ) {
    self.name = name
    self.symbol = symbol
    self.shape = shape
    self.unit = unit
    self.isLearnable = isLearnable
    self.initial = initial
    self.lower = lower
    self.upper = upper
    self.location = location
  }
}

public struct NetworkInput: Hashable, Sendable {
  public var name: String
  public var shape: [Int]
  public var extent: ExtentID
  /// Spikes (any real number per unit and bin, usually 0 or 1), or an analog value held over each step.
  public var isSpikes: Bool
  public var unit: DisplayUnit
  public var location: LocationID
  public var size: Int { shape.reduce(1, *) }

  public init(
    name: String, shape: [Int], extent: ExtentID, isSpikes: Bool, unit: DisplayUnit = .one,
    location: LocationID = .unknown
  ) {
    self.name = name
    self.shape = shape
    self.extent = extent
    self.isSpikes = isSpikes
    self.unit = unit
    self.location = location
  }
}

public enum Endpoint: Hashable, Sendable {
  case input(Int)
  case population(Int)
}

/// The relation between source and target units.
public enum Pattern: Hashable, Sendable {
  case all
  case oneToOne
  case sparse(Sparsity)
}

/// What flows through a connection.
public enum SignalKind: Hashable, Sendable {
  /// Spikes into a port, weighted and summed.
  case spikes(port: Int)
  /// An analog input, or a variable of the source, weighted, summed and held over the step, into a drive.
  case continuous(RecordedVariable?, drive: Int)
}

/// One product of the sum that a `current` is: what the source sends, weighted and summed over synapses, times what the
/// target has of its own.
public struct CurrentTerm: Hashable, Sendable {
  public var sent: RecordedVariable
  /// Over the target's `state` symbols, at the tick that begins the step; nil: 1.
  public var factor: ValueID?

  public init(sent: RecordedVariable, factor: ValueID? = nil) {
    self.sent = sent
    self.factor = factor
  }
}

public struct Connection: Hashable, Sendable {
  public var name: String
  public var source: Endpoint
  /// Units of the source and of the target that take part (slices).
  public var sourceRange: Range<Int>
  public var targetRange: Range<Int>
  public var target: Int
  public var signal: SignalKind
  /// Of a continuous connection with a `current`: its products; else empty, and the signal's variable is what is sent.
  public var currents: [CurrentTerm] = []
  public var pattern: Pattern
  /// Index into `NetworkModel.parameters`.
  public var weight: Int
  /// In ticks; see the step order for what 0 means. Where every synapse draws its own, 2 until `Plan.draw`, then the
  /// longest.
  public var delay: Int
  /// In ms, with exact spike times.
  public var exactDelay = 0.0
  /// Learned delays, one per synapse: index into `NetworkModel.parameters`. In ticks they lie between them, and the
  /// pattern is sparse with delays of its own.
  public var delayParameter: Int?
  public var location: LocationID

  public init(
    name: String, source: Endpoint, sourceRange: Range<Int>, target: Int, targetRange: Range<Int>, signal: SignalKind,
    pattern: Pattern, weight: Int, delay: Int, location: LocationID = .unknown
  ) {
    self.name = name
    self.source = source
    self.sourceRange = sourceRange
    self.targetRange = targetRange
    self.target = target
    self.signal = signal
    self.pattern = pattern
    self.weight = weight
    self.delay = delay
    self.location = location
  }
}

extension Connection {
  /// What a population sends through a continuous connection.
  public var sentTerms: [CurrentTerm] {
    guard case .continuous(let variable, _) = signal else { return [] }
    return currents.isEmpty ? [CurrentTerm(sent: variable ?? .spike)] : currents
  }
}

/// The *hybrid* stage of a whole network: populations as flows, guards and jumps, and the linear maps between them.
/// Every value lives in `graph`.
public struct NetworkModel: Sendable {
  public var name: String
  public var graph: Graph
  /// Tick in ms. With exact spike times only the resolution in which durations are counted.
  public var step: Double
  /// `step exact`: driven by events, with spike times to rounding.
  public var isExact = false
  /// What `step` is with exact spike times: 2^-30 ms, so that whole numbers of ms are whole numbers of ticks.
  public static let exactStep = 0x1p-30
  public var parameters: [Parameter]
  public var inputs: [NetworkInput]
  public var populations: [HybridPopulation]
  public var connections: [Connection]
  /// Synapses with rules of their own, at most one per connection.
  public var rules: [SynapseRule] = []
  /// Of a converted network.
  public var conversion: Conversion?
  /// Symbols `t` and `dt`, shared by all populations.
  public var timeSymbol: SymbolID
  public var stepSymbol: SymbolID

  public init(name: String, step: Double) {
    self.name = name
    self.step = step
    graph = Graph()
    parameters = []
    inputs = []
    populations = []
    connections = []
    let time = Symbol("t", .time, domain: Domain([.tick], phase: .tick), unit: DisplayUnit("ms", scale: 1))
    timeSymbol = graph.addSymbol(time)
    stepSymbol = graph.addSymbol(Symbol("dt", .stepSize, domain: .constant, unit: DisplayUnit("ms", scale: 1)))
  }

  /// Shape of a parameter in files: `[]`, `[unit]`, `[post, pre]`, `[out, in, height, width]`, or `[synapse]`, whose
  /// number is known when synapses have been drawn and is nil before.
  /// - Parameter drawn: synapses of a connection that has no shape but its list.
  public func shape(of parameter: Parameter, drawn: (Int) -> Int?) -> [Int]? {
    switch parameter.shape {
    case .scalar: return []
    case .perUnit(let population): return [populations[population].size]
    case .synapses(let index):
      let link = connections[index]
      switch link.pattern {
      case .all: return [link.targetRange.count, link.sourceRange.count]
      case .oneToOne: return [link.targetRange.count]
      case .sparse(let sparsity): return sparsity.convolution?.weightShape ?? drawn(index).map { [$0] }
      }
    }
  }

  public func parameter(named name: String) -> Int? { parameters.firstIndex { $0.name == name } }
  public func population(named name: String) -> Int? { populations.firstIndex { $0.name == name } }

  /// The population that a name such as `first.cells.U` belongs to; names of populations may have points themselves.
  public func owner(of name: String) -> Int? {
    populations.indices.filter { name.hasPrefix(populations[$0].name + ".") }
      .max { populations[$0].name.count < populations[$1].name.count }
  }

  /// A name as its own population has it: `U` of `first.cells.U`.
  public func localName(_ name: String) -> String {
    if let owner = owner(of: name) { return String(name.dropFirst(populations[owner].name.count + 1)) }
    return name.split(separator: ".", maxSplits: 1).last.map(String.init) ?? name
  }

  /// Populations that spikes of one can come to, itself among them, with the least number of ticks.
  public func ticks(from population: Int) -> [Int: Int] {
    var ticks = [population: 0]
    var changed = true
    while changed {
      changed = false
      for connection in connections {
        guard case .population(let source) = connection.source, case .spikes = connection.signal,
          let start = ticks[source]
        else { continue }
        if start + connection.delay < ticks[connection.target] ?? .max {
          ticks[connection.target] = start + connection.delay
          changed = true
        }
      }
    }
    return ticks
  }
}
