import SNNData
import SNNIR

/// One field of a data set as numbers: `[sample][time][unit]`, axes of length 1 where the field lacks them.
public struct FieldArray: Sendable {
  /// As files hold them, or computed: a file of bytes takes eight times as much in double precision.
  private enum Storage: Sendable {
    case held(NDArray)
    case computed([Double])
  }
  private var storage: Storage
  public var samples: Int
  public var times: Int
  public var units: Int
  public var hasTime: Bool
  public var hasUnits: Bool

  init(values: [Double], samples: Int, times: Int, units: Int, hasTime: Bool, hasUnits: Bool) {
    storage = .computed(values)
    self.samples = samples
    self.times = times
    self.units = units
    self.hasTime = hasTime
    self.hasUnits = hasUnits
  }

  init(_ array: NDArray) {
    hasTime = array.axes.contains("time")
    hasUnits = array.rank > (hasTime ? 2 : 1)
    times = array.axes.firstIndex(of: "time").map { array.shape[$0] } ?? 1
    samples = array.shape.first ?? 0
    units = hasUnits ? array.count / max(1, samples * times) : 1
    storage = .held(array)
  }

  /// All of them, in double precision.
  public var values: [Double] {
    get {
      switch storage {
      case .held(let array): array.doubles() ?? []
      case .computed(let values): values
      }
    }
    set { storage = .computed(newValue) }
  }

  /// Values of one sample, `[time][unit]`.
  public func sample(_ index: Int) -> [Double] {
    let range = index * times * units..<(index + 1) * times * units
    switch storage {
    case .held(let array): return array.doubles(in: range) ?? []
    case .computed(let values): return Array(values[range])
    }
  }
}

/// The data of a task, loaded: its sources, and which samples belong to which set.
public struct TaskData: Sendable {
  public let loaded: [SourceLoader.Loaded]
  /// By data set: source and sample numbers.
  public let sets: [(source: Int, samples: [Int])]
  /// By source, the set whose statistics `standardise` uses: the first part of a split, else all.
  private let reference: [[Int]]
  /// ms per tick.
  private let step: Double

  public init(_ task: TaskModel, step: Double, loader: SourceLoader, cache: DataCache = DataCache()) throws {
    var loaded: [SourceLoader.Loaded] = []
    for source in task.sources { loaded.append(try cache.load(source, step: step, loader)) }
    var sets: [(source: Int, samples: [Int])] = []
    var reference = loaded.map { Array(0..<$0.count) }
    for set in task.dataSets {
      let count = loaded[set.source].count
      guard let split = task.sources[set.source].split, let part = set.part else {
        sets.append((set.source, Array(0..<count)))
        continue
      }
      let parts = try SplitShuffle.split(count: count, fraction: split.fraction, seed: split.seed)
      reference[set.source] = parts.first
      sets.append((set.source, part == 0 ? parts.first : parts.second))
    }
    self.step = step
    self.loaded = loaded
    self.sets = sets
    self.reference = reference
  }

  /// The whole field of a source, transformed.
  public func field(_ field: DataField, of source: Int) throws -> FieldArray {
    var array: FieldArray
    switch loaded[source] {
    case .fields(let data): array = FieldArray(try data.field(field.name))
    case .events(let events) where field.name == "label":
      array = FieldArray(
        values: events.labels.map(Double.init), samples: events.count, times: 1, units: 1, hasTime: false,
        hasUnits: false)
    case .events(let events) where field.name == "duration":
      // To the end of the bin of the last event.
      array = FieldArray(
        values: (0..<events.count).map { 1000 * events.lastTime(of: $0) + step }, samples: events.count, times: 1,
        units: 1, hasTime: false, hasUnits: false)
    case .events:
      throw SNNError.data("event files have no field `\(field.name)`; feed them by `events(sample)`")
    }
    for transform in field.transforms { array = apply(transform, to: array, reference[source]) }
    return array
  }

  private func apply(_ transform: FieldTransform, to array: FieldArray, _ reference: [Int]) -> FieldArray {
    var result = array
    let values = array.values
    switch transform {
    case .standardise:
      var scaled = values
      for unit in 0..<array.units {
        var sum = 0.0
        var squares = 0.0
        var count = 0.0
        for sample in reference {
          for time in 0..<array.times {
            let value = values[(sample * array.times + time) * array.units + unit]
            sum += value
            squares += value * value
            count += 1
          }
        }
        let mean = sum / max(count, 1)
        let deviation = max(squares / max(count, 1) - mean * mean, 0).squareRoot()
        let scale = deviation > 0 ? 1 / deviation : 0
        for row in 0..<(array.samples * array.times) {
          let index = row * array.units + unit
          scaled[index] = (values[index] - mean) * scale
        }
      }
      result.values = scaled
    case .repeatUnits(let count):
      result.units = array.units * count
      result.hasUnits = true
      result.values = values.flatMap { Array(repeating: $0, count: count) }
    case .oneHot(let classes):
      result.units = classes
      result.hasUnits = true
      result.values = values.flatMap { label in (0..<classes).map { Double($0) == label ? 1 : 0 } }
    }
    return result
  }
}
