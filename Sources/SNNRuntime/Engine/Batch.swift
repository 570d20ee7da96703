import SNNIR

/// The data of some samples. Arrays are row-major `[tick][sample][unit]` with the axes they lack left out, in internal
/// units (ms, mV, pA, nS, pF, GΩ).
public struct Batch: Sendable {
  /// Spikes in bins of one tick: those of sample s in bin n are `units[offsets[s * bins + n] ..< offsets[s * bins + n + 1]]`.
  public struct Spikes: Hashable, Sendable {
    public var bins: Int
    /// One more than samples x bins, ascending from 0.
    public var offsets: [Int]
    public var units: [UInt32]
    /// A number per spike; nil where every spike counts 1.
    public var values: [Double]?

    public init(bins: Int, offsets: [Int], units: [UInt32], values: [Double]? = nil) {
      self.bins = bins
      self.offsets = offsets
      self.units = units
      self.values = values
    }
  }

  /// Spikes at exact times: those of sample s are entries `offsets[s] ..< offsets[s + 1]`.
  public struct TimedSpikes: Hashable, Sendable {
    /// One more than samples, ascending from 0.
    public var offsets: [Int]
    /// In ms.
    public var times: [Double]
    public var units: [UInt32]
    /// A number per spike; nil where every spike counts 1.
    public var values: [Double]?

    public init(offsets: [Int], times: [Double], units: [UInt32], values: [Double]? = nil) {
      self.offsets = offsets
      self.times = times
      self.units = units
      self.values = values
    }
  }

  /// What a network's input receives. Bin or row n acts on the step from tick n to n+1.
  public enum Input: Hashable, Sendable {
    case none
    case spikes(Spikes)
    /// Spikes at exact times, for networks that have no ticks.
    case timed(TimedSpikes)
    /// T (or T+1) rows; for spiking inputs every number that is not 0 is a spike of that size.
    case dense([Double])
  }

  public struct DriveKey: Hashable, Sendable {
    public var population: Int
    public var drive: Int
    public init(population: Int, drive: Int) {
      self.population = population
      self.drive = drive
    }
  }

  public var sampleCount: Int
  /// By input of the network.
  public var inputs: [Input]
  /// T (or T+1) rows; row n is held over the step from tick n to n+1.
  public var drives: [DriveKey: [Double]]
  /// By field of the task, with the axes of its symbol. With a time axis: T rows for ticks 1 … T, or T+1 from tick 0.
  public var fields: [[Double]]
  /// What numbers drawn at every tick are keyed by: the seed, 0 or the epoch of training from 1, and each sample's number
  /// in its data set (empty: its place in the batch).
  public var seed: UInt64 = 0
  public var epoch = 0
  public var numbers: [Int] = []

  public init(
    sampleCount: Int, inputs: [Input] = [], drives: [DriveKey: [Double]] = [:], fields: [[Double]] = []
  ) {
    self.sampleCount = sampleCount
    self.inputs = inputs
    self.drives = drives
    self.fields = fields
  }
}

/// A spike of a run: tick, sample of the batch, unit of its population.
public struct SpikeEvent: Hashable, Sendable {
  public var tick: Int32
  public var sample: Int32
  public var unit: Int32
}

/// What came out of a batch.
public struct BatchResult: Sendable {
  /// Mean over the samples; nil where the plan has none.
  public var loss: Double?
  public var scores: [Double] = []
  /// Spikes of each population over all samples and ticks.
  public var spikeCounts: [Int] = []
  /// By parameter: of the natural value in internal units, in file order (weights `[post, pre]`).
  public var gradients: [Int: [Double]] = [:]
  /// By record: `[tick 0 … T][sample][unit]`.
  public var records: [Int: [Double]] = [:]
  /// What the last sample leaves for one that goes on from it.
  public var carried: [Carried: [Double]] = [:]
  /// By population, where asked for: by chunk of samples, then tick, sample and unit ascending.
  public var events: [Int: [SpikeEvent]] = [:]
  /// By population, where asked for, of runs with exact spike times: by chunk of samples, then in order of time.
  public var timedSpikes: [Int: [TimedSpike]] = [:]
}
