/// Which pairs of a connection are joined, where not all are, as a rule: the draws are made with the rest of a
/// session's random numbers.
///
/// Parameters of shape `synapses` then have one value per synapse in the order of `Relation`.
public struct Sparsity: Hashable, Sendable {
  public enum Rule: Hashable, Sendable {
    /// Every pair, and unit k with unit k: as lists, where some pairs are left out or delays differ.
    case full, pairs
    /// Every pair with this probability, independently.
    case random(Double)
    /// This many sources for every target, or targets for every source.
    case indegree(Int)
    case outdegree(Int)
    /// Synapses that share the elements of a kernel.
    case convolution(Convolution)
    /// Pairs no further apart than the radius (nil: all), each with a probability of its distance (nil: 1); the
    /// connection has a geometry.
    case distance(ValueID?, radius: Double?)
    /// As listed.
    case list(SynapseTable)
  }
  public var rule: Rule
  /// No unit is joined with itself (source and target are one population).
  public var excludesSelf: Bool
  /// A pair may be drawn more than once (`indegree` and `outdegree`).
  public var allowsMultapses: Bool
  /// A delay per synapse, in ms, rounded to ticks, at least 1; nil: the connection's one delay.
  public var delays: Distribution?
  /// Where the units are, where something depends on that.
  public var geometry: Geometry?

  public init(
    _ rule: Rule, excludesSelf: Bool = false, allowsMultapses: Bool = false, delays: Distribution? = nil,
    geometry: Geometry? = nil
  ) {
    self.rule = rule
    self.excludesSelf = excludesSelf
    self.allowsMultapses = allowsMultapses
    self.delays = delays
    self.geometry = geometry
  }

  /// Whether every synapse has a delay of its own.
  public var hasOwnDelays: Bool {
    if case .list(let table) = rule, table.delays != nil { return true }
    return delays != nil || geometry?.delay != nil
  }
  /// The geometry of shared weights.
  public var convolution: Convolution? {
    if case .convolution(let convolution) = rule { return convolution }
    return nil
  }
  /// Whether another seed gives other synapses.
  public var isDrawn: Bool {
    switch rule {
    case .full, .pairs, .convolution, .list: hasOwnDelays || geometry != nil
    case .random, .indegree, .outdegree, .distance: true
    }
  }

  /// Whether somebody made a list of the synapses.
  public var isListed: Bool {
    if case .list = rule { return true }
    return false
  }

  /// Whether the rule alone, without a draw, says how many synapses there are.
  public var hasFixedCount: Bool {
    switch rule {
    case .random, .distance: false
    default: true
    }
  }

  /// Expected number of synapses between units `sources` and `targets` of their populations (exact but for `random`, and
  /// for `distance`, where it is the number of pairs).
  public func expectedCount(sources: Range<Int>, targets: Range<Int>) -> Double {
    let loops = excludesSelf ? sources.clamped(to: targets).count : 0
    switch rule {
    case .full: return Double(sources.count) * Double(targets.count) - Double(loops)
    case .pairs:
      return Double(excludesSelf && sources.lowerBound == targets.lowerBound ? 0 : targets.count)
    case .random(let probability):
      return probability * (Double(sources.count) * Double(targets.count) - Double(loops))
    case .indegree(let count): return Double(count) * Double(targets.count)
    case .outdegree(let count): return Double(count) * Double(sources.count)
    case .convolution(let convolution): return Double(convolution.synapseCount)
    case .distance: return Double(sources.count) * Double(targets.count) - Double(loops)
    case .list(let table): return Double(table.count)
    }
  }
}

extension Connection {
  public var sparsity: Sparsity? {
    if case .sparse(let sparsity) = pattern { return sparsity }
    return nil
  }

  /// Mean numbers of synapses per target and per source, as initialisers scale by.
  public var fans: (into: Double, outOf: Double) {
    switch pattern {
    case .all: return (Double(sourceRange.count), Double(targetRange.count))
    case .oneToOne: return (1, 1)
    case .sparse(let sparsity):
      if let convolution = sparsity.convolution { return convolution.fans }
      let count = sparsity.expectedCount(sources: sourceRange, targets: targetRange)
      return (count / Double(max(targetRange.count, 1)), count / Double(max(sourceRange.count, 1)))
    }
  }
}
