/// How a network came from that of a task that trains rates: `network N2 = convert(A, ReLU = IntegrateAndFire)`. Its
/// equations are those of the new neurons; its weights are those that A has learned, divided so that no unit of the
/// rates' network that was replaced is above 1, the highest rate that a neuron with one spike a tick can have.
public struct Conversion: Hashable, Sendable {
  /// What the scale of a population is taken from.
  public enum Normalisation: String, CaseIterable, Hashable, Sendable {
    /// The largest activation on the training set, or a percentile of all (Diehl et al. 2015; Rueckauer et al. 2017).
    case data
    /// The largest activation that its positive weights allow, for inputs up to 1 (Diehl et al. 2015).
    case model
    /// Weights as they are.
    case none
  }
  /// The task that trains the rates.
  public var task: String
  public var normalisation: Normalisation
  /// Of all activations of a population over units, ticks and samples, with `data`: 0 … 100.
  public var percentile: Double
  /// Populations whose neurons were replaced.
  public var populations: [Int] = []

  public init(task: String, normalisation: Normalisation, percentile: Double) {
    self.task = task
    self.normalisation = normalisation
    self.percentile = percentile
  }
}
