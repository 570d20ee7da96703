import SNNData
import SNNIR
import SNNRuntime

/// Loss, gradients and records of a given batch under given parameters, for comparing with other systems: the arrays
/// of the batch stand in for the task's data and feeds.
public struct BlackBoxRun {
  public var model: Model
  public var options: SessionOptions
  /// File with `/parameters/NAME`; nil: as drawn from the seed.
  public var parameters: String?
  /// File with `/data/INPUT` `[sample, time, unit]` and `/data/FIELD`.
  public var batch: String
  public var records: [String]
  public var wantsGradient: Bool

  public init(
    model: Model, options: SessionOptions, parameters: String?, batch: String, records: [String] = [],
    wantsGradient: Bool
  ) {
    self.model = model
    self.options = options
    self.parameters = parameters
    self.batch = batch
    self.records = records
    self.wantsGradient = wantsGradient
  }

  public func run() throws -> BlackBox.Results {
    do {
      let data = try BlackBox.readBatch(batch)
      let requests = records.isEmpty ? model.recordRequests : try model.recordRequests(records)
      let session = try Session(
        model.standingAlone(ticks: ticks(data)), options: options, gradient: wantsGradient, records: requests)
      if let parameters { try session.loadParameters(parameters) } else { try session.start() }
      let batch = try makeBatch(data, session)
      var result = try session.engine.run(batch, records: true)
      if wantsGradient { result.gradients = try session.gradients(of: batch).gradients }
      return try results(result, session, requests, samples: data.count)
    } catch { throw SNNError.wrapping(error) }
  }

  /// The task's duration, else that of the longest input.
  private func ticks(_ data: Dataset) -> Int {
    guard model.task.ticks == 0 else { return model.task.ticks }
    return model.network.inputs.compactMap { data[$0.name]?.shape.dropFirst().first }.max() ?? 0
  }

  private func makeBatch(_ data: Dataset, _ session: Session) throws -> Batch {
    var result = Batch(sampleCount: data.count)
    result.seed = session.seed
    let ticks = model.network.isExact ? 1 : session.engine.plan.ticks
    for input in model.network.inputs {
      let array = try BlackBox.input(input.name, units: input.size, of: data)
      if model.network.isExact {
        result.inputs.append(timed(array, samples: data.count, units: input.size))
        continue
      }
      result.inputs.append(
        .dense(try rows(array, samples: data.count, ticks: ticks, units: input.size, unit: input.unit)))
    }
    for feed in model.task.feeds {
      guard case .drive(let population, let drive) = feed.target else { continue }
      let owner = model.network.populations[population]
      let name = "\(owner.name).\(owner.drives[drive].name)"
      if data[name] == nil, let own = try session.encoder.constantRows(feed, units: owner.size) {
        result.drives[Batch.DriveKey(population: population, drive: drive)] = (0..<ticks).flatMap { tick in
          (0..<data.count).flatMap { _ in own[(tick * owner.size)..<((tick + 1) * owner.size)] }
        }
        continue
      }
      let array = try BlackBox.input(name, units: owner.size, of: data)
      result.drives[Batch.DriveKey(population: population, drive: drive)] = try rows(
        array, samples: data.count, ticks: ticks, units: owner.size, unit: owner.drives[drive].unit)
    }
    // What is only fed is given as inputs and drives, and need not be there.
    let needed = model.network.graph.loadedSymbols(model.task.measures)
    for field in model.task.fields {
      guard needed.contains(field.symbol) else {
        result.fields.append([])
        continue
      }
      let axes = model.network.graph[field.symbol].domain.axes
      if let duration = model.task.duration, model.task.fields[duration.field].symbol == field.symbol {
        result.fields.append(try ownTicks(duration, data))
        continue
      }
      let array = try data.field(field.name)
      let values = array.doubles() ?? []
      guard axes.contains(.tick) else {
        result.fields.append(values)
        continue
      }
      result.fields.append(
        try overTime(
          array, name: field.name, samples: data.count, ticks: ticks,
          units: model.network.graph[field.symbol].domain.extent.map { model.network.graph[$0].size } ?? 1))
    }
    return result
  }

  /// How many ticks each sample of the batch lasts.
  private func ownTicks(_ duration: SampleDuration, _ data: Dataset) throws -> [Double] {
    let graph = model.network.graph
    return try (try data.field("duration").doubles() ?? []).map { own in
      let found = Evaluate.values([duration.value], in: graph) { symbol in
        if case .data = graph[symbol].kind { graph[symbol].unit.toInternal(own) } else { nil }
      }
      let ticks = SampleDuration.ticks(found[0] ?? .nan, step: model.network.step)
      guard ticks >= 1, ticks <= Double(self.ticks(data)) else {
        throw SNNError.data("the batch's `duration` has \(own), beyond the batch's time axis or below one step")
      }
      return ticks
    }
  }

  /// A field with a time axis: row n - 1 is read at tick n. One without holds throughout.
  private func overTime(
    _ array: NDArray, name: String, samples: Int, ticks: Int, units: Int
  ) throws -> [Double] {
    let times = array.axes.firstIndex(of: "time").map { array.shape[$0] } ?? 1
    guard array.count == samples * times * units, times == 1 || times == ticks else {
      throw SNNError.data(
        "the batch's `\(name)` has shape \(array.shape), where [\(samples), \(ticks), \(units)] is read")
    }
    guard times != ticks else { return try rows(array, samples: samples, ticks: ticks, units: units, unit: .one) }
    let row = array.doubles() ?? []
    return (0..<ticks).flatMap { _ in row }
  }

  /// With exact spike times the array holds times in ms, `[sample, spike, unit]`; what is negative or no number is none.
  private func timed(_ array: NDArray, samples: Int, units: Int) -> Batch.Input {
    let values = array.doubles() ?? []
    let rows = max(1, values.count / max(1, samples * units))
    var result = Batch.TimedSpikes(offsets: [0], times: [], units: [])
    for sample in 0..<samples {
      for row in 0..<rows {
        for unit in 0..<units {
          let time = values[(sample * rows + row) * units + unit]
          guard time >= 0, time.isFinite else { continue }
          result.times.append(time)
          result.units.append(UInt32(unit))
        }
      }
      result.offsets.append(result.times.count)
    }
    return .timed(result)
  }

  /// `[sample, time, unit]` to `[time][sample][unit]`, cut or filled with zeros to the run.
  private func rows(_ array: NDArray, samples: Int, ticks: Int, units: Int, unit: DisplayUnit) throws -> [Double] {
    let values = array.doubles() ?? []
    let times = max(1, values.count / max(1, samples * units))
    var result = [Double](repeating: 0, count: ticks * samples * units)
    for sample in 0..<samples {
      for tick in 0..<min(ticks, times) {
        for index in 0..<units {
          result[(tick * samples + sample) * units + index] =
            unit.toInternal(values[(sample * times + tick) * units + index])
        }
      }
    }
    return result
  }

  private func results(
    _ result: BatchResult, _ session: Session, _ requests: [RecordRequest], samples: Int
  ) throws -> BlackBox.Results {
    var output = BlackBox.Results()
    output.loss = result.loss
    for (index, gradient) in result.gradients {
      let parameter = model.network.parameters[index]
      // dL/d(declared) = dL/d(internal) times the unit's scale.
      let values = gradient.map { $0 * parameter.unit.scale }
      output.gradients[parameter.name] = try NDArray(shape: session.shape(of: index), values)
    }
    let exact = session.engine.plan.events
    let kept = requests.filter { exact == nil || $0.variable != .spike }
    for (index, record) in kept.enumerated() {
      output.records[record.name] = try Session.recordArray(
        record, result.records[index] ?? [], samples: samples,
        units: model.network.populations[record.population].size,
        ticks: exact?.recordRows ?? session.engine.plan.ticks)
    }
    return output
  }
}

extension Model {
  /// The same without its data sources: a batch will stand in for them.
  func standingAlone(ticks: Int) -> Model {
    var result = self
    result.task.sources = []
    result.task.dataSets = []
    result.task.ticks = ticks
    return result
  }
}
