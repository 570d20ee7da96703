import RealModule

/// How a learning rate changes while training goes on: a factor of it. Lengths are in epochs.
public enum RateSchedule: Hashable, Sendable {
  /// From 1 to `floor` along half a cosine, over the whole of training (Loshchilov & Hutter 2017, eq. 5, without
  /// restarts).
  case cosine(floor: Double)
  /// `factor` once more after every `every` epochs.
  case stepDecay(factor: Double, every: Double)
  /// In a straight line up to 1, which it has from the last update of its first `over` epochs on.
  case warmup(over: Double)

  /// - Parameters:
  ///   - update: how many updates came before, as epochs.
  ///   - length: of one update, in epochs.
  ///   - epochs: of the whole training.
  public func factor(at update: Double, length: Double, epochs: Double) -> Double {
    switch self {
    case .cosine(let floor):
      let progress = epochs > 0 ? min(update / epochs, 1) : 1
      return floor + (1 - floor) * (1 + Double.cos(.pi * progress)) / 2
    case .stepDecay(let factor, let every):
      // Counted in whole updates: sums of fractions of an epoch fall a little short.
      return Double.pow(factor, ((update + length * 1e-6) / every).rounded(.down))
    case .warmup(let over): return min((update + length) / over, 1)
    }
  }
}

extension OptimiserSpec {
  /// The rate of one update; see `RateSchedule.factor`.
  public func rate(at update: Double, length: Double, epochs: Double) -> Double {
    schedule.reduce(rate) { $0 * $1.factor(at: update, length: length, epochs: epochs) }
  }
}
