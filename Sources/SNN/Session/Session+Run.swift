import SNNData
import SNNIR
import SNNRuntime

/// What a simulation left.
public struct RunResult: Sendable {
  /// Of the session's records, one sample each.
  public var recordings: [Recording]
  public var loss: Double?
  public var scores: [Double]
  /// Hz by population.
  public var rates: [Double]
  /// Length of the run in ms.
  public var duration: Double
  /// Of all populations.
  public var spikes = 0
}

extension Session {
  /// Runs one sample of a data set (nil: a task without data) and gives what was recorded, in declared units.
  public func run(dataSet: Int? = nil, sample: Int = 0) throws -> RunResult {
    let (source, samples) = samples(of: dataSet)
    guard samples.indices.contains(sample) else {
      throw SNNError.data("there is no sample \(sample): the set has \(samples.count)")
    }
    return try run(try batch(source: source, samples: [samples[sample]], epoch: nil))
  }

  func run(_ batch: Batch) throws -> RunResult {
    let result: BatchResult
    let events = keepsEvents ? records.filter { $0.variable == .spike }.map(\.population) : []
    do { result = try engine.run(batch, records: true, spikes: events) } catch {
      throw SNNError.wrapping(fault(error))
    }
    var evaluation = Evaluation(model.task.scores.count, populations: model.network.populations.count)
    evaluation.add(result, samples: batch.sampleCount)
    let duration = self.duration
    evaluation.finish(duration: duration, model.network)
    var next = 0
    let recordings = records.map { record in
      if model.network.isExact, record.variable == .spike {
        return recording(record, result.timedSpikes[record.population] ?? [])
      }
      if keepsEvents, record.variable == .spike {
        return recording(record, result.events[record.population] ?? [])
      }
      next += 1
      return recording(record, result.records[next - 1] ?? [], samples: batch.sampleCount)
    }
    return RunResult(
      recordings: recordings, loss: evaluation.loss, scores: evaluation.scores, rates: evaluation.rates,
      duration: duration, spikes: result.spikeCounts.reduce(0, +))
  }

  /// Length of the run in ms.
  var duration: Double { engine.plan.events?.duration ?? Double(engine.plan.ticks) * model.network.step }

  /// Exact spike times of the first sample.
  private func recording(_ record: RecordRequest, _ spikes: [TimedSpike]) -> Recording {
    let step = model.network.step
    var result = Recording(
      name: record.name, unit: record.unit.text, size: model.network.populations[record.population].size, start: 0,
      interval: step, values: [], isSpikes: true)
    result.isExact = true
    let own = spikes.filter { $0.sample == 0 }
    result.events = Recording.Events(
      ticks: Int(duration / step) + 1,
      spikes: own.map { Recording.Spike(row: Int(($0.time / step).rounded()), unit: Int($0.unit)) },
      times: own.map(\.time))
    return result
  }

  /// The spikes of the first sample.
  private func recording(_ record: RecordRequest, _ events: [SpikeEvent]) -> Recording {
    let step = model.network.step
    var result = Recording(
      name: record.name, unit: record.unit.text, size: model.network.populations[record.population].size, start: step,
      interval: step, values: [], isSpikes: true)
    result.events = Recording.Events(
      ticks: engine.plan.ticks,
      spikes: events.filter { $0.sample == 0 }.map { Recording.Spike(row: Int($0.tick) - 1, unit: Int($0.unit)) })
    return result
  }

  /// Rows for ticks 1 … T of the first sample.
  private func recording(_ record: RecordRequest, _ values: [Double], samples: Int) -> Recording {
    let units = model.network.populations[record.population].size
    let exact = engine.plan.events
    let every = exact == nil ? max(model.task.recordEvery, 1) : 1
    var rows: [Double] = []
    let isSpikes = record.variable == .spike
    rows.reserveCapacity((exact?.recordRows ?? engine.plan.ticks) / every * units)
    for tick in stride(from: every, through: exact?.recordRows ?? engine.plan.ticks, by: every) {
      for unit in 0..<units {
        let index = (tick * samples) * units + unit
        guard index < values.count else { continue }
        rows.append(isSpikes ? values[index] : record.unit.fromInternal(values[index]))
      }
    }
    let interval = exact?.recordInterval ?? Double(every) * model.network.step
    return Recording(
      name: record.name, unit: record.unit.text, size: units, start: interval, interval: interval, values: rows,
      isSpikes: isSpikes, threshold: threshold(of: record))
  }

  /// What the state is compared with, in its unit, where that is one number.
  private func threshold(of record: RecordRequest) -> Double? {
    let population = model.network.populations[record.population]
    let graph = model.network.graph
    guard case .state(let index) = record.variable, let test = population.guardCondition,
      graph[test.left].opcode == .load, graph.symbol(test.left) == population.states[index].symbol
    else { return nil }
    let level = Evaluate.values([test.right], in: graph) { symbol in
      guard case .parameter(let parameter) = graph[symbol].kind else { return nil }
      let values = engine.parameter(parameter)
      return values.count == 1 ? values[0] : nil
    }
    return level[0].map { record.unit.fromInternal($0) }
  }

  /// Records as the black-box contract writes them: `[sample, time, unit]`, ticks 1 … T, declared units.
  static func recordArray(
    _ record: RecordRequest, _ values: [Double], samples: Int, units: Int, ticks: Int
  ) throws -> NDArray {
    var result = [Double](repeating: 0, count: samples * ticks * units)
    for sample in 0..<samples {
      for tick in 0..<ticks {
        for unit in 0..<units {
          let value = values[((tick + 1) * samples + sample) * units + unit]
          result[(sample * ticks + tick) * units + unit] =
            record.variable == .spike ? value : record.unit.fromInternal(value)
        }
      }
    }
    return try NDArray(
      shape: [samples, ticks, units], result, axes: ["sample", "time", "unit"], unit: record.unit.text)
  }
}

extension Model {
  /// What to record for `pop.var` or `pop`.
  /// - Throws: `SNNError.model` with the names there are.
  public func recordRequests(_ names: [String]) throws -> [RecordRequest] {
    try names.flatMap { try recordRequest($0) }
  }

  private func recordRequest(_ name: String) throws -> [RecordRequest] {
    guard let index = network.population(named: name) ?? network.owner(of: name) else {
      let known = network.populations.map(\.name).joined(separator: ", ")
      throw SNNError.model("cannot record `\(name)`: the populations are \(known)")
    }
    let population = network.populations[index]
    var known: [RecordRequest] = population.states.enumerated().map { place, state in
      RecordRequest(
        name: "\(population.name).\(state.name)", population: index, variable: .state(place), unit: state.unit)
    }
    if case .graded = population.emission {
      known.append(
        RecordRequest(name: "\(population.name).output", population: index, variable: .output, unit: .one))
    } else if population.sends {
      known.append(
        RecordRequest(name: "\(population.name).spike", population: index, variable: .spike, unit: .one))
    }
    if name == population.name { return known }
    known += population.states.enumerated().map { place, state in
      RecordRequest(
        name: "\(population.name).\(state.name).before_reset", population: index, variable: .beforeReset(place),
        unit: state.unit)
    }
    known += population.lets.enumerated().map { place, binding in
      RecordRequest(
        name: "\(population.name).\(binding.name)", population: index, variable: .letBinding(place),
        unit: binding.unit)
    }
    known += population.drives.enumerated().map { place, drive in
      RecordRequest(
        name: "\(population.name).\(drive.name)", population: index, variable: .drive(place), unit: drive.unit)
    }
    guard let found = known.first(where: { $0.name == name }) else {
      let names = known.map(\.name).joined(separator: ", ")
      throw SNNError.model("cannot record `\(name)`; `\(population.name)` has \(names)")
    }
    return [found]
  }

  /// The task's own `record` and `plot` lines, each variable once.
  public var recordRequests: [RecordRequest] {
    var seen = Set<String>()
    return (task.records + task.plots).filter { seen.insert($0.name).inserted }
  }
}
