import SNNIR
import SNNRuntime

/// Makes batches of a data set: evaluates what is fed, encodes it, and keeps what does not change from epoch to epoch.
public struct BatchEncoder: Sendable {
  let network: NetworkModel
  let task: TaskModel
  let seed: UInt64
  private let place: @Sendable (LocationID) -> String?
  /// Transformed fields by source and field index, loaded when first needed.
  private var fields: [FieldKey: FieldArray] = [:]
  /// Encoded spikes by feed and (source, sample).
  private var keptSpikes: [SampleKey: KeptSpikes] = [:]
  private var keptRows: [SampleKey: [Double]] = [:]
  private var keptTimes: [SampleKey: TimedSample] = [:]
  /// Events that fell beyond the run, by feed, counted once per sample.
  public private(set) var dropped: [Int: Int] = [:]
  public let data: TaskData
  /// Ticks that have passed before the sample, for feeds that read `t`.
  public var ticksBefore = 0
  private let readingTime: Set<Int>
  /// Fields that loss and scores read: the others are needed for feeding only.
  private let measured: Set<SymbolID>

  private struct FieldKey: Hashable, Sendable {
    var source: Int
    var field: Int
  }
  private struct SampleKey: Hashable, Sendable {
    var feed: Int
    var source: Int
    var sample: Int
    var ticksBefore: Int
  }

  private func key(_ feed: Int, _ source: Int?, _ sample: Int) -> SampleKey {
    SampleKey(
      feed: feed, source: source ?? -1, sample: sample, ticksBefore: readingTime.contains(feed) ? ticksBefore : 0)
  }

  /// - Parameter place: where in the program a location is, for errors.
  public init(
    _ network: NetworkModel, _ task: TaskModel, data: TaskData, seed: UInt64,
    place: @escaping @Sendable (LocationID) -> String? = { _ in nil }
  ) {
    self.place = place
    self.network = network
    self.task = task
    self.data = data
    self.seed = seed
    measured = network.graph.loadedSymbols(task.measures)
    readingTime = Set(
      task.feeds.indices.filter { index in
        guard let value = Self.expression(task.feeds[index].encoder) else { return false }
        return network.graph.loadedSymbols([value]).contains { network.graph[$0].kind == .time }
      })
  }

  /// Samples of one source as a batch. Without a source (a task without data) there is one sample.
  /// - Parameters:
  ///   - epoch: encoders with chance draw anew each epoch; nil for evaluation, which always draws the same.
  public mutating func batch(source: Int?, samples: [Int], epoch: Int?) throws -> Batch {
    var batch = Batch(sampleCount: source == nil ? 1 : samples.count)
    // As encoders do: evaluation draws the same every time, training anew in each epoch.
    batch.seed = seed
    batch.epoch = epoch.map { $0 + 1 } ?? 0
    batch.numbers = source == nil ? [0] : samples
    batch.inputs = Array(repeating: .none, count: network.inputs.count)
    for (index, feed) in task.feeds.enumerated() {
      switch feed.target {
      case .input(let input) where network.inputs[input].isSpikes && network.isExact:
        batch.inputs[input] = .timed(try timed(index, source, samples, epoch, units: network.inputs[input].size))
      case .input(let input) where network.inputs[input].isSpikes:
        batch.inputs[input] = .spikes(try spikes(index, source, samples, epoch, units: network.inputs[input].size))
      case .input(let input):
        batch.inputs[input] = .dense(try rows(index, source, samples, units: network.inputs[input].size))
      case .drive(let population, let drive):
        let units = network.populations[population].size
        batch.drives[Batch.DriveKey(population: population, drive: drive)] =
          try rows(index, source, samples, units: units)
      }
    }
    for index in task.fields.indices {
      batch.fields.append(measured.contains(task.fields[index].symbol) ? try field(index, source, samples) : [])
    }
    return batch
  }

  // MARK: - Fields

  private mutating func array(_ field: Int, _ source: Int) throws -> FieldArray {
    let key = FieldKey(source: source, field: field)
    if let known = fields[key] { return known }
    var array = try data.field(task.fields[field], of: source)
    let unit = network.graph[task.fields[field].symbol].unit
    if unit.scale != 1 || unit.offset != 0 { array.values = array.values.map(unit.toInternal) }
    fields[key] = array
    return array
  }

  /// A field of the samples, in the layout of its symbol's axes.
  private mutating func field(_ index: Int, _ source: Int?, _ samples: [Int]) throws -> [Double] {
    guard let source else { return [] }
    if let duration = task.duration, duration.field == index {
      return try samples.map { try ownTicks(duration, source, $0) }
    }
    if case .events = data.loaded[source], !["label", "duration"].contains(task.fields[index].name) { return [] }
    let axes = network.graph[task.fields[index].symbol].domain.axes
    let array = try array(index, source)
    guard axes.contains(.tick) else { return samples.flatMap { array.sample($0) } }
    var result = [Double](repeating: 0, count: task.ticks * samples.count * array.units)
    for (position, sample) in samples.enumerated() {
      let values = array.sample(sample)
      for tick in 0..<min(task.ticks, array.times) {
        for unit in 0..<array.units {
          result[(tick * samples.count + position) * array.units + unit] = values[tick * array.units + unit]
        }
      }
    }
    return result
  }

  /// How many ticks a sample lasts.
  private mutating func ownTicks(_ duration: SampleDuration, _ source: Int, _ sample: Int) throws -> Double {
    let evaluator = SampleEvaluator(network.graph, duration.value)
    let found = try values(evaluator, source, sample)?.numbers.first ?? .nan
    return SampleDuration.ticks(found, step: network.step)
  }

  // MARK: - Encoding

  private static func expression(_ encoder: Encoder) -> ValueID? {
    switch encoder {
    case .latency(let value, _, _), .rate(let value, _), .at(let value), .direct(let value), .hold(let value, _),
      .linear(let value, _), .delta(let value, _):
      value
    case .events: nil
    }
  }

  private mutating func values(
    _ feed: Int, _ source: Int?, _ sample: Int, evaluators: SampleEvaluator
  ) throws -> SampleEvaluator.Values {
    guard let found = try values(evaluators, source, sample) else {
      throw SNNError.data("feed \(name(of: feed)): the axes of what is fed do not fit together")
    }
    return found
  }

  /// nil where axes do not fit together.
  private mutating func values(
    _ evaluator: SampleEvaluator, _ source: Int?, _ sample: Int
  ) throws -> SampleEvaluator.Values? {
    var symbols: [SymbolID: SampleEvaluator.Values] = [:]
    if let source {
      for (index, field) in task.fields.enumerated() where loads(evaluator, field.symbol) {
        let array = try array(index, source)
        symbols[field.symbol] = SampleEvaluator.Values(
          numbers: array.sample(sample), times: array.times, units: array.units)
      }
    }
    return evaluator.values(ticks: task.ticks, step: network.step, before: ticksBefore) { symbols[$0] ?? constant($0) }
  }

  private func loads(_ evaluator: SampleEvaluator, _ symbol: SymbolID) -> Bool {
    evaluator.graph.loadedSymbols([evaluator.root]).contains(symbol)
  }

  /// A parameter with a plain number, which feeds may read.
  private func constant(_ symbol: SymbolID) -> SampleEvaluator.Values? {
    guard case .parameter(let index) = network.graph[symbol].kind,
      case .value(let value) = network.parameters[index].initial,
      let number = Evaluate.values([value], in: network.graph, { constant($0)?.numbers.first })[0]
    else { return nil }
    return SampleEvaluator.Values(numbers: [number], times: 1, units: 1)
  }

  func name(of feed: Int) -> String {
    switch task.feeds[feed].target {
    case .input(let input): network.inputs[input].name
    case .drive(let population, let drive):
      "\(network.populations[population].name).\(network.populations[population].drives[drive].name)"
    }
  }

  private func check(_ found: SampleEvaluator.Values, _ feed: Int, sample: Int, units: Int) throws {
    guard found.units == 1 || found.units == units else {
      throw SNNError.data("feed \(name(of: feed)): \(found.units) values per sample for \(units) units")
    }
    var (least, greatest) = (-Double.infinity, Double.infinity)
    switch task.feeds[feed].encoder {
    // Spike times may be missing: not a number means no spike.
    case .at: return
    case .rate:
      least = 0
      // With exact spike times every one of them is an event in memory.
      if network.isExact { greatest = 0x1p24 / (Double(task.ticks) * network.step) }
    default: break
    }
    guard let bad = found.numbers.firstIndex(where: { !($0.isFinite && $0 >= least && $0 <= greatest) }) else { return }
    var text = "feed \(name(of: feed)): "
    let number = found.numbers[bad]
    if !number.isFinite {
      text += number.isNaN ? "a value is NaN" : "a value is \(number)"
    } else {
      text += "a rate of \(number * 1000) Hz is " + (number < least ? "negative" : "more than a run can hold")
    }
    text += " at sample \(sample)" + (found.units > 1 ? ", unit \(bad % found.units)" : "")
    if found.times > 1 { text += ", step \(bad / found.units)" }
    throw SNNError.data(text + (place(task.feeds[feed].location).map { " (\($0))" } ?? ""))
  }

  private mutating func spikes(
    _ feed: Int, _ source: Int?, _ samples: [Int], _ epoch: Int?, units: Int
  ) throws -> Batch.Spikes {
    var encoded: [KeptSpikes] = []
    for sample in source == nil ? [0] : samples {
      encoded.append(try self.encoded(feed, source, sample, epoch, units: units))
    }
    // Millions of spikes: just the room that they need, and no values where each counts 1.
    let count = encoded.reduce(0) { $0 + $1.count }
    var result = Batch.Spikes(bins: task.ticks, offsets: [0], units: [])
    result.offsets.reserveCapacity(encoded.count * task.ticks + 1)
    result.units = Array(unsafeUninitializedCapacity: count) { units, made in
      for one in encoded {
        for offset in one.offsets.dropFirst() { result.offsets.append(made + Int(offset)) }
        one.copyUnits(to: UnsafeMutableBufferPointer(rebasing: units[made..<made + one.count]))
        made += one.count
      }
    }
    guard encoded.contains(where: { $0.values != nil }) else { return result }
    var values: [Double] = []
    values.reserveCapacity(count)
    for one in encoded {
      if let own = one.values {
        for value in own { values.append(Double(value)) }
      } else {
        values += repeatElement(1, count: one.count)
      }
    }
    result.values = values
    return result
  }

  private mutating func encoded(
    _ feed: Int, _ source: Int?, _ sample: Int, _ epoch: Int?, units: Int
  ) throws -> KeptSpikes {
    let key = key(feed, source, sample)
    if let known = keptSpikes[key] { return known }
    let encoder = SpikeEncoder(ticks: task.ticks, step: network.step)
    let made: SampleSpikes
    var isFixed = true
    if case .events(let counts) = task.feeds[feed].encoder {
      made = try events(source, sample, counts, encoder, units: units)
    } else {
      guard let value = Self.expression(task.feeds[feed].encoder) else { return KeptSpikes(encoder.spikes([])) }
      var x = try values(feed, source, sample, evaluators: SampleEvaluator(network.graph, value))
      try check(x, feed, sample: sample, units: units)
      if x.units == 1, units > 1 {
        x.numbers = x.numbers.flatMap { Array(repeating: $0, count: units) }
        x.units = units
      }
      switch task.feeds[feed].encoder {
      case .latency(_, let over, let threshold): made = encoder.latency(x, over: over, threshold: threshold)
      case .rate(_, let frozen):
        isFixed = frozen || epoch == nil
        let stream = RandomStream(
          seed: seed, path: "feed " + name(of: feed), epoch: frozen ? 0 : epoch.map { $0 + 1 } ?? 0)
        made = encoder.rate(x, units: units, stream: stream, sample: sample)
        // What evaluation draws must not be taken for what a later epoch of training draws.
        if !frozen { return KeptSpikes(made) }
      case .at: made = encoder.at(x)
      case .delta(_, let threshold): made = encoder.delta(x, threshold: threshold)
      default: made = encoder.direct(x)
      }
    }
    if made.dropped > 0 { dropped[feed, default: 0] += made.dropped }
    let kept = KeptSpikes(made)
    if isFixed { keptSpikes[key] = kept }
    return kept
  }

  /// The same at exact times.
  private mutating func timed(
    _ feed: Int, _ source: Int?, _ samples: [Int], _ epoch: Int?, units: Int
  ) throws -> Batch.TimedSpikes {
    var result = Batch.TimedSpikes(offsets: [0], times: [], units: [])
    for sample in source == nil ? [0] : samples {
      let made = try timed(feed, source, sample, epoch, units: units)
      result.times += made.times
      result.units += made.units
      result.offsets.append(result.times.count)
    }
    return result
  }

  private mutating func timed(
    _ feed: Int, _ source: Int?, _ sample: Int, _ epoch: Int?, units: Int
  ) throws -> TimedSample {
    let key = key(feed, source, sample)
    if let known = keptTimes[key] { return known }
    let encoder = task.feeds[feed].encoder
    var made: TimedSample
    var isFixed = true
    if case .events = encoder {
      guard let source, case .events(let file) = data.loaded[source] else {
        throw SNNError.data("`events` needs a source of event lists")
      }
      let list = try file.events(of: sample)
      if let bad = list.units.first(where: { $0 >= units }) {
        throw SNNError.data("an event names unit \(bad); the input has \(units)")
      }
      made = timed(zip(list.times, list.units).map { ($0 * 1000, $1) })
    } else {
      guard let value = Self.expression(encoder) else { return TimedSample() }
      var x = try values(feed, source, sample, evaluators: SampleEvaluator(network.graph, value))
      try check(x, feed, sample: sample, units: units)
      if x.units == 1, units > 1 {
        x.numbers = x.numbers.flatMap { Array(repeating: $0, count: units) }
        x.units = units
      }
      var isFrozen = true
      if case .rate(_, let frozen) = encoder { isFrozen = frozen }
      let stream = RandomStream(
        seed: seed, path: "feed " + name(of: feed), epoch: isFrozen ? 0 : epoch.map { $0 + 1 } ?? 0)
      made = timedSpikes(encoder, x, units: units, stream: stream, sample: sample)
      isFixed = isFrozen
    }
    if made.dropped > 0 { dropped[feed, default: 0] += made.dropped }
    if isFixed { keptTimes[key] = made }
    return made
  }

  private func events(
    _ source: Int?, _ sample: Int, _ counts: Bool, _ encoder: SpikeEncoder, units: Int
  ) throws -> SampleSpikes {
    guard let source, case .events(let file) = data.loaded[source] else {
      throw SNNError.data("`events` needs a source of event lists")
    }
    let (times, numbers) = try file.events(of: sample)
    var list: [(bin: Int, unit: Int, value: Float)] = []
    list.reserveCapacity(times.count)
    for (time, unit) in zip(times, numbers) {
      guard unit < units else { throw SNNError.data("an event names unit \(unit); the input has \(units)") }
      list.append((encoder.bin(min(time * 1000, 1e15)), unit, 1))
    }
    return encoder.spikes(list, counts: counts)
  }

  /// `[tick][sample][unit]` of an analog feed.
  private mutating func rows(_ feed: Int, _ source: Int?, _ samples: [Int], units: Int) throws -> [Double] {
    let samples = source == nil ? [0] : samples
    // With exact times a drive is one number for the whole run.
    let ticks = network.isExact ? 1 : task.ticks
    var result = [Double](repeating: 0, count: ticks * samples.count * units)
    for (position, sample) in samples.enumerated() {
      let key = key(feed, source, sample)
      let own = try keptRows[key] ?? analog(feed, source, sample, units: units)
      keptRows[key] = own
      for tick in 0..<ticks {
        let target = (tick * samples.count + position) * units
        for unit in 0..<units { result[target + unit] = own[tick * units + unit] }
      }
    }
    return result
  }

  /// `[tick][unit]` of a feed that reads no data (a constant, a function of `t`); nil for one that does.
  mutating func constantRows(_ feed: Feed, units: Int) throws -> [Double]? {
    guard let index = task.feeds.firstIndex(of: feed), let value = Self.expression(feed.encoder) else { return nil }
    let fields = Set(task.fields.map(\.symbol))
    guard network.graph.loadedSymbols([value]).isDisjoint(with: fields) else { return nil }
    return try analog(index, nil, 0, units: units)
  }

  private mutating func analog(_ feed: Int, _ source: Int?, _ sample: Int, units: Int) throws -> [Double] {
    guard let value = Self.expression(task.feeds[feed].encoder) else {
      throw SNNError.data("feed \(name(of: feed)): events go into spike inputs")
    }
    let x = try values(feed, source, sample, evaluators: SampleEvaluator(network.graph, value))
    try check(x, feed, sample: sample, units: units)
    var result: [Double] = []
    for tick in 0..<(network.isExact ? 1 : task.ticks) {
      let time = Double(tick) * network.step
      switch task.feeds[feed].encoder {
      case .hold(_, let every):
        let index = min(Int((time / every + 1e-4).rounded(.down)), x.times - 1)
        for unit in 0..<units { result.append(x.at(index, unit)) }
      case .linear(_, let every):
        let place = min(time / every, Double(x.times - 1))
        let index = Int(place.rounded(.down))
        let weight = place - Double(index)
        for unit in 0..<units {
          let next = x.at(min(index + 1, x.times - 1), unit)
          result.append(x.at(index, unit) * (1 - weight) + next * weight)
        }
      default:
        // Beyond the data's own time nothing is fed.
        for unit in 0..<units { result.append(tick < x.times || x.times == 1 ? x.at(tick, unit) : 0) }
      }
    }
    return result
  }
}
