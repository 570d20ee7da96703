import SNNIR
import Synchronization

/// Runs an event plan over batches: samples in fixed chunks, each chunk's gradients added up in order, so that the
/// result does not depend on the number of threads.
final class EventEngine: @unchecked Sendable {
  let program: EventProgram
  let measures: MeasureEvaluator
  let adjoints: MeasureEvaluator
  private let adjointObservers: [Int]
  private let adjointParameters: [Int]
  private var runs: [EventRun] = []
  private var parameters: EventParameters?
  var initialStates: [[Int: [Double]]]
  /// By symbol of an observer: its index.
  private let observerOf: [SymbolID: Int]

  static let chunks = 8

  init(_ plan: Plan, _ events: EventPlan) throws {
    program = try EventProgram(plan, events)
    measures = MeasureEvaluator(plan.graph, [events.loss].compactMap { $0 } + events.scores)
    adjointObservers = events.observerAdjoints.keys.sorted()
    adjointParameters = events.parameterAdjoints.keys.sorted()
    adjoints = MeasureEvaluator(
      plan.graph,
      adjointObservers.compactMap { events.observerAdjoints[$0] }
        + adjointParameters.compactMap { events.parameterAdjoints[$0] })
    observerOf = Dictionary(uniqueKeysWithValues: events.observers.enumerated().map { ($1.symbol, $0) })
    initialStates = events.populations.map { _ in [:] }
  }

  struct Outcome {
    var result = BatchResult()
    /// By parameter, in file order.
    var gradients: [Int: [Double]] = [:]
    var fault: Fault?
  }

  typealias Fault = (population: Int, unit: Int, sample: Int, time: Double, isEndless: Bool)

  /// Parameters have changed: what follows from them is made anew.
  func invalidate() { parameters = nil }

  func run(
    _ batch: Batch, values: @autoclosure () -> [[Double]], pool: WorkerPool, gradient: Bool, records: Bool,
    spikes: [Int], cancellation: Cancellation
  ) throws -> Outcome {
    if parameters == nil {
      parameters = EventParameters(program, values: values(), initialStates: initialStates)
      for run in runs { run.take(parameters!) }
    }
    let parameters = parameters!
    while runs.count < pool.count { runs.append(EventRun(program, parameters)) }
    let samples = batch.sampleCount
    let isCoupled = adjoints.couplesSamples
    let work = BatchWork(self, batch, parameters, chunks: min(Self.chunks, samples), records: records, spikes: spikes)
    // What is read of several samples at once is known when all have run.
    if gradient, isCoupled {
      perform(work, pool, cancellation, gradient: false)
      work.shared = try adjoint(work.observed, batch, samples: 0..<samples)
    }
    if work.fault == nil { perform(work, pool, cancellation, gradient: gradient) }
    if cancellation.isCancelled { throw RuntimeError.cancelled }
    var outcome = Outcome()
    if let fault = work.fault {
      outcome.fault = fault
      return outcome
    }
    try measure(&outcome, work, batch)
    if gradient { try collect(&outcome, work, batch) }
    return outcome
  }

  private func perform(_ work: BatchWork, _ pool: WorkerPool, _ cancellation: Cancellation, gradient: Bool) {
    let next = Atomic<Int>(0)
    pool.run { worker in
      let run = self.runs[worker]
      while !cancellation.isCancelled {
        let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if chunk >= work.chunks { break }
        work.run(chunk, run, gradient: gradient)
      }
    }
  }

  // MARK: Measures

  func leaf(
    _ symbol: SymbolID, _ observed: [Double], _ batch: Batch, _ samples: Range<Int>
  ) throws -> MeasureEvaluator.Values {
    if let index = observerOf[symbol] {
      let observer = program.observers[index]
      let numbers = samples.flatMap { sample -> ArraySlice<Double> in
        let start = (sample - (observed.count == program.observed ? samples.lowerBound : 0)) * program.observed
        return observed[(start + observer.base)..<(start + observer.base + observer.units)]
      }
      return MeasureEvaluator.Values(numbers: numbers, samples: samples.count, units: observer.units)
    }
    let graph = program.plan.graph
    switch graph[symbol].kind {
    case .data(let field):
      let values = field < batch.fields.count ? batch.fields[field] : []
      guard !values.isEmpty else { throw RuntimeError.missingData(what: graph[symbol].name) }
      let units = values.count / max(batch.sampleCount, 1)
      return MeasureEvaluator.Values(
        numbers: Array(values[(samples.lowerBound * units)..<(samples.upperBound * units)]), samples: samples.count,
        units: units)
    case .parameter(let index):
      let values = parameters?.values[index] ?? []
      return MeasureEvaluator.Values(numbers: values, samples: 1, units: values.count)
    case .batchCount:
      return MeasureEvaluator.Values(numbers: [Double(batch.sampleCount)], samples: 1, units: 1)
    case .stepSize: return MeasureEvaluator.Values(numbers: [program.plan.step], samples: 1, units: 1)
    case .tickCount:
      let ticks = program.events.duration / program.plan.step
      return MeasureEvaluator.Values(numbers: [ticks], samples: 1, units: 1)
    default: throw RuntimeError.malformedPlan("`\(graph[symbol].name)` has no value at the end of a run")
    }
  }

  private func measure(_ outcome: inout Outcome, _ work: BatchWork, _ batch: Batch) throws {
    let values = try measures.run(samples: batch.sampleCount) { symbol in
      try leaf(symbol, work.observed, batch, 0..<batch.sampleCount)
    }
    var numbers = values.map { $0.numbers.first ?? .nan }
    if program.events.loss != nil { outcome.result.loss = numbers.removeFirst() }
    outcome.result.scores = numbers
    outcome.result.spikeCounts = work.spikeCounts
    outcome.result.records = work.records
    outcome.result.timedSpikes = work.timedSpikes
  }

  /// dL/d(observed) of some samples, `[sample][number]`; the derivative of the mean over the whole batch.
  func adjoint(_ observed: [Double], _ batch: Batch, samples: Range<Int>) throws -> [Double] {
    let values = try adjoints.run(samples: samples.count) { try leaf($0, observed, batch, samples) }
    var result = [Double](repeating: 0, count: samples.count * program.observed)
    for (k, index) in adjointObservers.enumerated() {
      let observer = program.observers[index]
      for sample in 0..<samples.count {
        for unit in 0..<observer.units {
          result[sample * program.observed + observer.base + unit] = values[k].at(sample, unit)
        }
      }
    }
    return result
  }

  private func collect(_ outcome: inout Outcome, _ work: BatchWork, _ batch: Batch) throws {
    guard let parameters, var sum = work.gradients[0] else { return }
    for chunk in 1..<max(work.chunks, 1) { if let next = work.gradients[chunk] { sum.add(next) } }
    for connection in program.connections {
      func inFileOrder(_ values: [Double]) -> [Double] {
        var own = [Double](repeating: 0, count: connection.count)
        for k in 0..<connection.count { own[Int(connection.fileOrder[k])] = values[connection.offset + k] }
        return own
      }
      if connection.learnsWeights { outcome.gradients[connection.weight] = inFileOrder(sum.weights) }
      if let parameter = connection.delayParameter, program.events.learnable.contains(parameter) {
        let own = inFileOrder(sum.delays)
        outcome.gradients[parameter] = parameters.values[parameter].count == 1 ? [own.reduce(0, +)] : own
      }
    }
    for (place, parameter) in program.learned.enumerated() {
      let own = sum.parameters[place]
      outcome.gradients[parameter] = outcome.gradients[parameter].map { zip($0, own).map { $0 + $1 } } ?? own
    }
    // What the loss says of parameters directly (a penalty on weights) does not depend on the sample.
    guard !adjointParameters.isEmpty else { return }
    let values = try adjoints.run(samples: batch.sampleCount) { symbol in
      try leaf(symbol, work.observed, batch, 0..<batch.sampleCount)
    }
    for (k, parameter) in adjointParameters.enumerated() {
      let direct = values[adjointObservers.count + k]
      var own = outcome.gradients[parameter] ?? Array(repeating: 0, count: parameters.values[parameter].count)
      for i in own.indices {
        var sum = 0.0
        for sample in 0..<direct.samples { sum += direct.at(sample, i) }
        own[i] += sum
      }
      outcome.gradients[parameter] = own
    }
  }
}

/// One batch: what its chunks leave, each in its own place.
final class BatchWork: @unchecked Sendable {
  let engine: EventEngine
  let batch: Batch
  let parameters: EventParameters
  let chunks: Int
  let wantsRecords: Bool
  let spikePopulations: [Int]
  var observed: [Double]
  /// dL/d(observed) of all samples, where samples are coupled.
  var shared: [Double]?
  var gradients: [EventGradients?]
  private let lock = Mutex<Void>(())
  private(set) var spikeCounts: [Int]
  private(set) var records: [Int: [Double]] = [:]
  private(set) var timedSpikes: [Int: [TimedSpike]] = [:]
  private(set) var fault: EventEngine.Fault?

  init(
    _ engine: EventEngine, _ batch: Batch, _ parameters: EventParameters, chunks: Int, records: Bool, spikes: [Int]
  ) {
    self.engine = engine
    self.batch = batch
    self.parameters = parameters
    self.chunks = chunks
    wantsRecords = records
    spikePopulations = spikes
    let program = engine.program
    observed = Array(repeating: 0, count: batch.sampleCount * program.observed)
    gradients = Array(repeating: nil, count: max(chunks, 1))
    spikeCounts = program.populations.map { _ in 0 }
    guard records else { return }
    for (index, record) in program.records.enumerated() {
      self.records[index] = Array(
        repeating: 0, count: (program.events.recordRows + 1) * batch.sampleCount * record.units)
    }
  }

  func run(_ chunk: Int, _ run: EventRun, gradient: Bool) {
    let samples = (chunk * batch.sampleCount / chunks)..<((chunk + 1) * batch.sampleCount / chunks)
    let program = engine.program
    var sums = gradient ? EventGradients(program, parameters) : nil
    run.batchSize = batch.sampleCount
    for sample in samples {
      bind(sample, run)
      run.recordRows = program.records.map {
        wantsRecords && $0.map != nil ? Array(repeating: 0, count: (program.events.recordRows + 1) * $0.units) : []
      }
      run.keepsRows = wantsRecords
      run.forward(inputs(sample), records: gradient)
      if gradient, run.hasFault == nil {
        let own: [Double]
        if let shared {
          own = Array(shared[(sample * program.observed)..<((sample + 1) * program.observed)])
        } else {
          own = (try? engine.adjoint(run.observed, batch, samples: sample..<sample + 1)) ?? []
        }
        if own.count == program.observed { run.backward(own, into: &sums!) }
      }
      finish(sample, run)
    }
    lock.withLock { _ in gradients[chunk] = sums }
  }

  /// Constants of a sample: its drives and data.
  private func bind(_ sample: Int, _ run: EventRun) {
    for code in engine.program.populations where code.readsSample {
      let count = code.constants.count
      for (k, constant) in code.constants.enumerated() {
        let values: [Double]
        switch constant {
        case .drive(let index): values = batch.drives[Batch.DriveKey(population: code.index, drive: index)] ?? []
        case .data(let field): values = field < batch.fields.count ? batch.fields[field] : []
        default: continue
        }
        let units = values.count / max(batch.sampleCount, 1)
        for unit in 0..<code.units {
          let place = units == 0 ? -1 : sample * units + (units == 1 ? 0 : min(unit, units - 1))
          run.constants[code.index][unit * count + k] = place < 0 ? 0 : values[place]
        }
      }
    }
  }

  private func inputs(_ sample: Int) -> [InputSpike] {
    var result: [InputSpike] = []
    for (index, input) in batch.inputs.enumerated() {
      guard case .timed(let spikes) = input else { continue }
      for k in spikes.offsets[sample]..<spikes.offsets[sample + 1] {
        result.append(
          InputSpike(
            time: spikes.times[k], input: index, unit: Int(spikes.units[k]), value: spikes.values?[k] ?? 1))
      }
    }
    return result
  }

  private func finish(_ sample: Int, _ run: EventRun) {
    let program = engine.program
    let samples = batch.sampleCount
    lock.withLock { _ in
      for (k, value) in run.observed.enumerated() { observed[sample * program.observed + k] = value }
      if let found = run.hasFault, fault.map({ sample < $0.sample }) ?? true {
        fault = (found.population, found.unit, sample, found.time, run.isEndless)
      }
      for code in program.populations {
        for unit in 0..<code.units { spikeCounts[code.index] += Int(run.spikeCount[code.base + unit]) }
      }
      for population in spikePopulations {
        let code = program.populations[population]
        for k in 0..<run.spikeTimes.count {
          let unit = Int(run.spikeUnits[k]) - code.base
          guard unit >= 0, unit < code.units else { continue }
          timedSpikes[population, default: []].append(
            TimedSpike(time: run.spikeTimes[k], sample: Int32(sample), unit: Int32(unit)))
        }
      }
      guard wantsRecords else { return }
      for (index, record) in program.records.enumerated() where record.map != nil {
        let rows = run.recordRows[index]
        for row in 0...program.events.recordRows {
          for unit in 0..<record.units {
            records[index]![(row * samples + sample) * record.units + unit] = rows[row * record.units + unit]
          }
        }
      }
    }
  }
}
