/// A file or generated set, as the task names it. Evaluated by the data layer.
public struct DataSource: Hashable, Sendable {
  public enum Value: Hashable, Sendable {
    case number(Double)
    case text(String)
    /// A bare word: `last`, `count`.
    case word(String)
    case list([Double])
  }
  /// `csv`, `hdf5`, `npy`, `events`, `random_patterns`, …
  public var kind: String
  public var positional: [Value]
  public var named: [String: Value]
  /// `split(SOURCE, fraction, seed)`; nil for the whole source.
  public var split: Split?
  public var location: LocationID

  public struct Split: Hashable, Sendable {
    public var fraction: Double
    public var seed: UInt64
    public init(fraction: Double, seed: UInt64) {
      self.fraction = fraction
      self.seed = seed
    }
  }

  public init(
    kind: String, positional: [Value] = [], named: [String: Value] = [:], split: Split? = nil,
    location: LocationID = .unknown
  ) {
    self.kind = kind
    self.positional = positional
    self.named = named
    self.split = split
    self.location = location
  }
}

/// `data train, test = split(…)`: sets `train` and `test` are parts 0 and 1 of one source.
public struct DataSet: Hashable, Sendable {
  public var name: String
  public var source: Int
  /// 0 or 1 of a split; nil: all of it.
  public var part: Int?

  public init(name: String, source: Int, part: Int?) {
    self.name = name
    self.source = source
    self.part = part
  }
}

/// Whole-array operations on a field before anything elementwise.
public enum FieldTransform: Hashable, Sendable {
  /// Minus the mean and over the deviation of each unit, both over samples and time of the training set.
  case standardise
  /// Each unit `count` times in a row.
  case repeatUnits(Int)
  /// One-hot along a new unit axis.
  case oneHot(Int)
}

/// An array of the data as expressions use it: a field of the source, transformed.
public struct DataField: Hashable, Sendable {
  /// `sample`, `label`, `target`.
  public var name: String
  public var transforms: [FieldTransform]
  /// Its symbol has the axes that the field has: `sample`, and `unit` and `tick` where the array does.
  public var symbol: SymbolID

  public init(name: String, transforms: [FieldTransform] = [], symbol: SymbolID) {
    self.name = name
    self.transforms = transforms
    self.symbol = symbol
  }
}

/// How numbers become what an input or a drive receives. Values are over `data` symbols and `t`.
public enum Encoder: Hashable, Sendable {
  /// One spike at over * ln(x / (x - threshold)), none below the threshold; `over` in ms.
  case latency(ValueID, over: Double, threshold: Double)
  /// Poisson spikes: probability per tick = rate * dt, rate in 1/ms (already scaled).
  case rate(ValueID, frozen: Bool)
  /// Spikes at the given times in ms (NaN or negative: none).
  case at(ValueID)
  /// The value itself: the data's time axis is the tick axis where it has one, else constant.
  case direct(ValueID)
  /// The data's time axis in steps of `every` ms, held or interpolated.
  case hold(ValueID, every: Double)
  case linear(ValueID, every: Double)
  /// Threshold crossings of the signal, up and down (twice the units).
  case delta(ValueID, threshold: Double)
  /// Event lists of the source, `flag` or `count` per bin.
  case events(count: Bool)
}

public struct Feed: Hashable, Sendable {
  public enum Target: Hashable, Sendable {
    case input(Int)
    case drive(population: Int, drive: Int)
  }
  public var target: Target
  public var encoder: Encoder
  public var location: LocationID

  public init(target: Target, encoder: Encoder, location: LocationID = .unknown) {
    self.target = target
    self.encoder = encoder
    self.location = location
  }
}

/// An optimiser with its numbers; acts on the plain number a quantity is trained as.
public struct OptimiserSpec: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable { case sgd, adam, adamw, adamax, rmsprop, rmaxprop }
  public var kind: Kind
  public var rate: Double
  /// sgd: momentum · adam…: beta1, beta2 · rmsprop, rmaxprop: gamma.
  public var momentum: Double
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var weightDecay: Double
  /// Global norm above which gradients are scaled down; nil: never.
  public var clip: Double?
  /// Factors of the rate, each from where training stands.
  public var schedule: [RateSchedule] = []

  public init(
    _ kind: Kind, rate: Double, momentum: Double = 0, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, clip: Double? = nil
  ) {
    self.kind = kind
    self.rate = rate
    self.momentum = momentum
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.clip = clip
  }
}

public struct Score: Hashable, Sendable {
  public var name: String
  /// Per sample (axes: sample) or for the batch; averaged over samples.
  public var value: ValueID
  public var location: LocationID

  public init(name: String, value: ValueID, location: LocationID = .unknown) {
    self.name = name
    self.value = value
    self.location = location
  }
}

/// A variable to be kept at every tick, or every few.
public struct RecordRequest: Hashable, Sendable {
  /// `hidden.U`, `hidden.spike`.
  public var name: String
  public var population: Int
  public var variable: RecordedVariable
  public var unit: DisplayUnit

  public init(name: String, population: Int, variable: RecordedVariable, unit: DisplayUnit) {
    self.name = name
    self.population = population
    self.variable = variable
    self.unit = unit
  }
}

/// The program's own test. `condition` is a boolean over `metric` symbols, or over reductions of records without data.
public struct Expectation: Hashable, Sendable {
  public var text: String
  public var condition: ValueID
  /// The measured side of a comparison, shown when it fails.
  public var measured: ValueID?
  public var location: LocationID

  public init(text: String, condition: ValueID, measured: ValueID? = nil, location: LocationID = .unknown) {
    self.text = text
    self.condition = condition
    self.measured = measured
    self.location = location
  }
}

/// `validate on DATA, keep best SCORE`: measured after every epoch.
public struct Validation: Hashable, Sendable {
  /// Which parameters training ends with.
  public enum Kept: Hashable, Sendable {
    case last
    /// Of the epoch after which a score was highest, the first of several.
    case best(score: Int)
    case leastLoss
  }
  public var dataSet: Int
  public var keeps = Kept.last

  public init(dataSet: Int) { self.dataSet = dataSet }
}

/// A population that sends given spikes instead of its own: where the loss asks how likely they are.
public struct ForcedSpikes: Hashable, Sendable {
  public var population: Int
  /// 0 or 1 by unit, sample and tick, over `data` symbols.
  public var spikes: ValueID

  public init(population: Int, spikes: ValueID) {
    self.population = population
    self.spikes = spikes
  }
}

/// `run for` a time that each sample has of its own: the run lasts as long as the longest, and what a task measures of a
/// sample ends with it.
public struct SampleDuration: Hashable, Sendable {
  /// In ms, over `data` symbols without a time axis.
  public var value: ValueID
  /// The field that holds it in whole ticks: computed from the value, not read.
  public var field: Int

  public init(value: ValueID, field: Int) {
    self.value = value
    self.field = field
  }

  /// A duration in ms as whole ticks; one within 1e-4 of a tick counts as that tick, since k · 0.1 ms does not divide
  /// exactly.
  public static func ticks(_ duration: Double, step: Double) -> Double { (duration / step + 1e-4).rounded(.down) }
}

/// A task: what is fed, for how long, what is minimised and how. Its values live in the network's graph.
public struct TaskModel: Sendable {
  public var name: String
  public var sources: [DataSource] = []
  public var dataSets: [DataSet] = []
  public var fields: [DataField] = []
  public var feeds: [Feed] = []
  /// Length of the run in ticks: of its longest sample where they differ.
  public var ticks: Int = 0
  public var duration: SampleDuration?
  /// Per sample (axes: sample) or for the whole batch; averaged over samples.
  public var loss: ValueID?
  public var lossLocation: LocationID = .unknown
  public var scores: [Score] = []
  public var learning: LearningRule?
  /// Of further `learn` lines: each for parameters of its own, by the gradient at the same values as the first.
  public var furtherRules: [LearningRule] = []
  public var optimiser = OptimiserSpec(.adam, rate: 1e-3)
  public var batch = 1
  public var epochs = 1
  public var seed: UInt64 = 0
  /// Ticks between the states that a run keeps for its reverse pass; 0: chosen by the forecast of memory.
  public var checkpoint = 0
  public var records: [RecordRequest] = []
  /// In ticks.
  public var recordEvery = 1
  public var plots: [RecordRequest] = []
  public var expectations: [Expectation] = []
  /// Symbols for the number of samples of the batch and of ticks of the run.
  public var batchCount: SymbolID?
  public var frozen: [Int] = []
  public var validation: Validation?
  /// The task whose trained parameters this one starts from.
  public var startFrom: String?
  public var forced: [ForcedSpikes] = []
  /// A sample begins with all that the sample before has left: states, traces, refractory counters, spikes on their way,
  /// and the time.
  public var goesOn = false
  public var plasticity = Plasticity.inOrder

  public init(name: String) { self.name = name }

  /// Every rule, in order.
  public var rules: [LearningRule] { (learning.map { [$0] } ?? []) + furtherRules }

  /// What plans compute: the loss, the scores, and losses that rules add.
  public var measures: [ValueID] {
    [loss].compactMap { $0 } + scores.map(\.value) + rules.flatMap(\.localLosses) + forced.map(\.spikes)
  }
}
