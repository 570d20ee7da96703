/// A number per unit, sample and tick that a population draws: a pure function of the batch's seed and epoch, `path`,
/// and of the unit, the sample's number in its data set and the tick, never of threads, batch size or the order of
/// declarations. See `RandomStream`.
public struct RandomDraw: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Uniform in [0, 1), for events of a given probability.
    case uniform
    /// Standard normal. Flows read it as white noise of dimension time^(-1/2): the number over √dt.
    case normal
    /// Uniform in [0, 1) while training, 1 in evaluation, where nothing that has a probability happens.
    case training
  }
  public var kind: Kind
  /// What is drawn, such as `hidden.V.xi`: the key of its stream.
  public var path: String
  /// The symbol that the population's equations load.
  public var symbol: SymbolID

  public init(_ kind: Kind, path: String, symbol: SymbolID) {
    self.kind = kind
    self.path = path
    self.symbol = symbol
  }

  /// The number itself, as lanes of either precision and every instruction set compute it. In single precision a
  /// uniform number is rounded towards 0 (so that it stays below 1), a normal one to nearest.
  public static func value(
    _ kind: Kind, _ stream: RandomStream, unit: Int, sample: Int, tick: Int, epoch: Int
  ) -> Double {
    switch kind {
    case .training where epoch == 0: 1
    case .uniform, .training: stream.uniform(index: unit, sample: sample, tick: tick)
    case .normal: stream.normal(index: unit, sample: sample, tick: tick)
    }
  }
}

/// What a population sends where it is not the test of a threshold that says so. Values read the states after arrivals,
/// as thresholds do.
public enum Emission: Hashable, Sendable {
  /// A spike with this probability in each tick; `uniform` is the population's draw that decides.
  case probability(ValueID, uniform: SymbolID)
  /// A Poisson count of events with this mean in each tick.
  case counts(mean: ValueID, uniform: SymbolID)
  /// A graded value.
  case graded(ValueID)

  public var value: ValueID {
    get {
      switch self {
      case .probability(let value, _), .counts(let value, _), .graded(let value): value
      }
    }
    set {
      switch self {
      case .probability(_, let uniform): self = .probability(newValue, uniform: uniform)
      case .counts(_, let uniform): self = .counts(mean: newValue, uniform: uniform)
      case .graded: self = .graded(newValue)
      }
    }
  }

  public var uniform: SymbolID? {
    switch self {
    case .probability(_, let uniform), .counts(_, let uniform): uniform
    case .graded: nil
    }
  }

  /// Spikes of size 1, not numbers.
  public var isBinary: Bool { if case .probability = self { true } else { false } }
}

extension HybridPopulation {
  /// White noises that continuous equations read.
  public func flowNoises(_ graph: Graph) -> [RandomDraw] {
    let loaded = graph.loadedSymbols(Array(flows.values))
    return draws.filter { $0.kind == .normal && loaded.contains($0.symbol) }
  }
}
