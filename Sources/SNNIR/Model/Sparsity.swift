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
  }
  public var rule: Rule
  /// No unit is joined with itself (source and target are one population).
  public var excludesSelf: Bool
  /// A pair may be drawn more than once (`indegree` and `outdegree`).
  public var allowsMultapses: Bool
  /// A delay per synapse, in ms, rounded to ticks, at least 1; nil: the connection's one delay.
  public var delays: Distribution?

  public init(
    _ rule: Rule, excludesSelf: Bool = false, allowsMultapses: Bool = false, delays: Distribution? = nil
  ) {
    self.rule = rule
    self.excludesSelf = excludesSelf
    self.allowsMultapses = allowsMultapses
    self.delays = delays
  }

  /// Whether the rule alone, without a draw, says how many synapses there are.
  public var hasFixedCount: Bool {
    if case .random = rule { return false }
    return true
  }

  /// Expected number of synapses between units `sources` and `targets` of their populations (exact but for `random`).
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
      let count = sparsity.expectedCount(sources: sourceRange, targets: targetRange)
      return (count / Double(max(targetRange.count, 1)), count / Double(max(sourceRange.count, 1)))
    }
  }
}
