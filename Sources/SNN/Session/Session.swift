import SNNCalculus
import SNNData
import SNNIR
import SNNRuntime

/// How a session computes.
public struct SessionOptions: Sendable {
  public var precision: Precision
  public var threads: Int
  /// nil: the task's seed.
  public var seed: UInt64?
  /// nil: the task's.
  public var batch: Int?
  /// nil: the task's.
  public var epochs: Int?
  /// Bytes that parameters and a run may take: a run that needs more is refused. As made, the machine's memory.
  public var memoryLimit: Int

  public init(
    precision: Precision = .f32, threads: Int = 1, seed: UInt64? = nil, batch: Int? = nil, epochs: Int? = nil,
    memoryLimit: Int = FileBytes.memory
  ) {
    self.precision = precision
    self.threads = threads
    self.seed = seed
    self.batch = batch
    self.epochs = epochs
    self.memoryLimit = memoryLimit
  }
}

/// A model at work: its parameters, its data, and the engine that runs it. One session, one user at a time.
public final class Session {
  public let model: Model
  public let options: SessionOptions
  public let seed: UInt64
  /// Of the task's first rule; also what runs without learning.
  public let engine: Engine
  /// Every rule of the task, in order; the first runs on `engine`.
  let rules: [RuleEngine]
  var encoder: BatchEncoder
  let records: [RecordRequest]
  /// Spikes among the records are kept as events, not as a flag for every unit and tick.
  let keepsEvents: Bool
  /// Of a converted network, once it has started: what the activations of each population that spikes in place of rates
  /// were divided by.
  public internal(set) var activationScales: [(population: String, scale: Double)] = []
  public var cancellation: Cancellation { engine.cancellation }

  /// - Parameters:
  ///   - gradient: whether gradients will be asked for (training, `grad`).
  ///   - records: variables to keep at every tick; they take memory for every sample of a batch.
  ///   - rule: replaces the task's learning rule.
  ///   - spikesAsEvents: recorded spikes are kept as a list of what fired, which long runs of many units need.
  /// - Throws: `SNNError`.
  public init(
    _ model: Model, options: SessionOptions = SessionOptions(), gradient: Bool = false, records: [RecordRequest] = [],
    rule: LearningRule? = nil, spikesAsEvents: Bool = false, loader: SourceLoader? = nil
  ) throws {
    self.model = model
    var options = options
    // Exact spike times are found in double precision only.
    if model.network.isExact { options.precision = .f64 }
    self.options = options
    self.records = records
    // Soft spikes are numbers at every tick, counts may be more than 1.
    let isSoft = (rule ?? model.task.learning)?.spikes == .soft
    let counts = records.contains { record in
      guard case .counts = model.network.populations[record.population].emission else { return false }
      return record.variable == .spike
    }
    let keepsEvents = model.network.isExact || spikesAsEvents && !isSoft && !counts
    self.keepsEvents = keepsEvents
    seed = options.seed ?? model.task.seed
    do {
      let first = rule ?? model.task.learning
      let own = gradient && rule == nil ? model.learnable(of: first) : model.learnable
      let request = PlanRequest(
        gradient: gradient, learnable: own,
        records: records.filter { !keepsEvents || $0.variable != .spike }, rule: rule)
      var engineOptions = EngineOptions()
      engineOptions.memoryLimit = options.memoryLimit
      if model.task.checkpoint > 0 { engineOptions.checkpoints = .every(model.task.checkpoint) }
      try Self.check(model, options)
      var plan = try model.plan(request)
      plan.draw(seed: seed)
      engine = try Engine(plan: plan, precision: options.precision, threads: options.threads, options: engineOptions)
      var rules = [RuleEngine(rule: first, engine: engine, learnable: own)]
      for other in model.task.furtherRules where gradient && rule == nil {
        let own = model.learnable(of: other)
        guard !own.isEmpty else { continue }
        var plan = try model.plan(PlanRequest(gradient: true, learnable: own, rule: other))
        plan.draw(seed: seed)
        let engine = try Engine(
          plan: plan, precision: options.precision, threads: options.threads, options: engineOptions)
        rules.append(RuleEngine(rule: other, engine: engine, learnable: own))
      }
      self.rules = rules
      let data = try TaskData(
        model.task, step: model.network.step, loader: loader ?? SourceLoader(folder: model.folder), cache: model.data)
      encoder = BatchEncoder(model.network, model.task, data: data, seed: seed) { model.place($0) }
      try reset()
    } catch { throw SNNError.wrapping(error) }
  }

  /// Refuses a network whose parameters alone do not fit, before anything is allocated for them.
  private static func check(_ model: Model, _ options: SessionOptions) throws {
    // A value in the lanes' precision, one in double precision while it is drawn, and the optimiser's two moments.
    let perValue = 8.0 + 3 * (options.precision == .f32 ? 4.0 : 8.0)
    var needed = 0.0
    var largest = (name: "", bytes: 0.0)
    for parameter in model.network.parameters {
      let count: Double
      switch parameter.shape {
      case .scalar: count = 1
      case .perUnit(let population): count = Double(model.network.populations[population].size)
      case .synapses(let connection):
        let link = model.network.connections[connection]
        let synapses = link.sparsity?.expectedCount(sources: link.sourceRange, targets: link.targetRange)
        count =
          link.sparsity?.convolution.map { Double($0.weightCount) } ?? synapses
          ?? link.fans.into * Double(link.targetRange.count)
        // Which pairs are joined: while it is drawn, and as the engine holds it, with delays where they are drawn.
        if let sparsity = link.sparsity, let synapses { needed += synapses * (sparsity.hasOwnDelays ? 32 : 8) }
      }
      needed += count * perValue
      if count * perValue > largest.bytes { largest = (parameter.name, count * perValue) }
    }
    let carried = model.network.populations.flatMap { population in
      population.states.filter(\.isPersistent).map { "`\(population.name).\($0.name)`" }
    }
    if let batch = options.batch, batch > 1, let name = carried.first ?? (model.task.goesOn ? "`t`" : nil) {
      throw SNNError.model(
        "samples cannot run \(batch) at a time: \(name) begins each with what the one before has left; leave the batch "
          + "at 1")
    }
    guard needed > Double(options.memoryLimit) else { return }
    func gigabytes(_ bytes: Double) -> String {
      let value = bytes / 1e9
      return value < 1000 ? "\((10 * value).rounded() / 10) GB" : "\(Int(value.rounded(.up))) GB"
    }
    throw SNNError.fault(
      "the parameters need \(gigabytes(needed)) of memory, most of it for `\(largest.name)`; "
        + "there are \(gigabytes(Double(options.memoryLimit)))")
  }

  /// Draws parameters and initial states anew from the seed.
  public func reset() throws {
    do { try drawAll() } catch { throw SNNError.wrapping(fault(error)) }
    for entry in rules { try fillFeedback(entry) }
    try restartStates()
  }

  private func drawAll() throws {
    for engine in rules.map(\.engine) {
      let values = try ParameterInit.all(engine.plan, seed: seed)
      for (index, value) in values.enumerated() { try engine.setParameter(index, value) }
      try engine.drawRuleStates(seed: seed)
      for (index, population) in model.network.populations.enumerated() {
        for (place, state) in population.states.enumerated() {
          if case .value = state.initial { continue }
          if state.isPersistent { continue }
          let numbers = try ParameterInit.state(
            state.initial, name: "\(population.name).\(state.name)", units: population.size, graph: engine.plan.graph,
            seed: seed)
          try engine.setInitialState(population: index, state: place, numbers)
        }
      }
    }
  }

  // MARK: - Parameters

  /// Shape of a parameter in files: `[]`, `[unit]`, `[post, pre]` or `[synapse]`.
  public func shape(of parameter: Int) -> [Int] {
    let network = model.network
    return network.shape(of: network.parameters[parameter]) { engine.plan.relations[$0]?.weightCount } ?? [0]
  }

  /// A parameter in its declared unit, row-major.
  public func parameter(_ name: String) -> [Double]? {
    guard let index = model.network.parameter(named: name) else { return nil }
    let unit = model.network.parameters[index].unit
    return engine.parameter(index).map { unit.fromInternal($0) }
  }

  /// Sets a parameter, given in its declared unit.
  public func setParameter(_ name: String, _ values: [Double]) throws {
    guard let index = model.network.parameter(named: name) else {
      let known = model.network.parameters.map(\.name).joined(separator: ", ")
      throw SNNError.data("there is no parameter `\(name)`; there are \(known)")
    }
    let unit = model.network.parameters[index].unit
    do {
      for entry in rules { try entry.engine.setParameter(index, values.map { unit.toInternal($0) }) }
    } catch { throw SNNError.wrapping(error) }
  }

  /// Writes all parameters as they are now (HDF5, `/parameters/NAME`), such as weights that a `rule` has changed.
  public func saveParameters(_ path: String) throws {
    do { try savedParameters().save(to: path) } catch { throw SNNError.wrapping(error) }
  }

  /// The parameters, and what they belong to.
  func savedParameters() throws -> Checkpoint {
    var result = Checkpoint()
    result.manifest = Checkpoint.Manifest(
      programHash: model.programHash, version: SNNVersion.current, program: model.programLines,
      options: ["task": model.task.name, "precision": options.precision.rawValue])
    result.parameters = try parameterArrays()
    result.connectivity = try connectivity()
    result.state.seed = seed
    return result
  }

  /// Every stored parameter by name, in declared units, as files hold them.
  public func parameterArrays() throws -> [String: NDArray] {
    var result: [String: NDArray] = [:]
    for (index, parameter) in model.network.parameters.enumerated() {
      let values = engine.parameter(index).map { parameter.unit.fromInternal($0) }
      result[parameter.name] = try NDArray(shape: shape(of: index), values, unit: parameter.unit.text)
    }
    return result
  }

  /// Reads parameters from a file (a checkpoint or `/parameters` made elsewhere); those it lacks keep their values.
  /// A converted network takes those of the task that trains its rates too, and normalises them.
  public func loadParameters(_ path: String) throws {
    do {
      if try convert(file: path) { return }
      let read = try ParameterFile.read(path)
      try requireSameSynapses(path)
      let shapes = Dictionary(
        uniqueKeysWithValues: model.network.parameters.indices.map {
          (model.network.parameters[$0].name, shape(of: $0))
        })
      let arrays = try ParameterFile.match(read, to: shapes, file: path, isPartial: true)
      for (name, array) in arrays { try setParameter(name, array.doubles() ?? []) }
    } catch { throw SNNError.wrapping(error) }
  }

  /// Synapses of all connections.
  public var synapseCount: Int {
    model.network.connections.indices.reduce(0) {
      $0 + (engine.plan.relations[$1]?.synapseCount ?? shape(of: model.network.connections[$1].weight).reduce(1, *))
    }
  }

  // MARK: - Batches

  /// Samples of a data set, by its index in the task; nil for a task without data.
  func samples(of dataSet: Int?) -> (source: Int?, samples: [Int]) {
    guard let dataSet else { return (nil, [0]) }
    return (encoder.data.sets[dataSet].source, encoder.data.sets[dataSet].samples)
  }

  /// The set that training uses: the rule's own, else the one called `train`, else the first; nil for a task without
  /// data.
  var trainingSet: Int? {
    model.task.learning?.dataSet ?? model.task.dataSets.firstIndex { $0.name == "train" }
      ?? (model.task.dataSets.isEmpty ? nil : 0)
  }

  /// The set that says how well a task was learned: the one called `test`, else the one that it validates on, else that
  /// of training.
  var judgedSet: Int? {
    model.task.dataSets.firstIndex { $0.name == "test" } ?? model.task.validation?.dataSet ?? trainingSet
  }

  /// Index of a data set by name.
  /// - Throws: `SNNError.data` with the names there are.
  public func dataSet(named name: String) throws -> Int {
    guard let index = model.task.dataSets.firstIndex(where: { $0.name == name }) else {
      let known = model.task.dataSets.map(\.name).joined(separator: ", ")
      throw SNNError.data("the task has no data set `\(name)`" + (known.isEmpty ? "" : "; it has \(known)"))
    }
    return index
  }

  public func batch(source: Int?, samples: [Int], epoch: Int?) throws -> Batch {
    encoder.ticksBefore = ticksBefore
    do { return try encoder.batch(source: source, samples: samples, epoch: epoch) } catch {
      throw SNNError.wrapping(error)
    }
  }

  /// Mean loss, scores and rates over a data set (nil: a task without data).
  public func evaluate(
    _ dataSet: Int?, isCancelled: () -> Bool = { false }
  ) throws -> Evaluation {
    let (source, samples) = samples(of: dataSet)
    let size = batchSize
    try restartStates()
    defer { try? restartStates() }
    var result = Evaluation(model.task.scores.count, populations: model.network.populations.count)
    var start = 0
    while start < samples.count {
      if isCancelled() { throw SNNError.cancelled }
      let part = Array(samples[start..<min(start + size, samples.count)])
      let batch = try batch(source: source, samples: part, epoch: nil)
      let measured: BatchResult
      do { measured = try engine.run(batch) } catch { throw SNNError.wrapping(fault(error)) }
      result.add(measured, samples: part.count)
      carry(measured.carried)
      start += size
    }
    result.finish(duration: Double(model.task.ticks) * model.network.step, model.network)
    return result
  }

  /// A fault of the engine, with the place in the program.
  func fault(_ error: any Error) -> any Error {
    switch error {
    case RuntimeError.initialOnBound(let name, _), RuntimeError.distribution(let name, _):
      guard let index = model.network.parameter(named: name),
        let place = model.place(model.network.parameters[index].location)
      else { return error }
      let line = model.line(model.network.parameters[index].location).map { "\n  " + $0 } ?? ""
      return SNNError.fault("\(error) (\(place))\(line)")
    case RuntimeError.endlessSpikes(_, _, _, _, let location):
      return model.place(location).map { SNNError.fault("\(error) (\($0))") } ?? error
    default: break
    }
    guard case RuntimeError.fault(var fault) = error, let place = model.place(fault.location) else { return error }
    if model.network.isExact, let tick = fault.tick {
      fault.tick = nil
      let time = Double(tick) * model.network.step
      return SNNError.fault("\(RuntimeError.fault(fault)), t = \(time) ms (\(place))")
    }
    let time = fault.tick.map { ", t = \(Double($0) * model.network.step) ms" } ?? ""
    let line = model.line(fault.location).map { "\n  " + $0 } ?? ""
    return SNNError.fault("\(error)\(time) (\(place))\(line)")
  }
}

/// Means over a data set.
public struct Evaluation: Sendable, Equatable {
  public var samples = 0
  /// nil where the task has no loss.
  public var loss: Double?
  /// By score of the task.
  public var scores: [Double]
  /// Mean firing rate by population, in Hz.
  public var rates: [Double]

  init(_ scores: Int, populations: Int) {
    self.scores = Array(repeating: 0, count: scores)
    rates = Array(repeating: 0, count: populations)
  }

  mutating func add(_ result: BatchResult, samples count: Int) {
    add(loss: result.loss, result.scores, result.spikeCounts, samples: count)
  }

  mutating func add(loss value: Double?, _ scores: [Double], _ spikeCounts: [Int], samples count: Int) {
    samples += count
    if let value { loss = (loss ?? 0) + value * Double(count) }
    for (index, score) in scores.enumerated() { self.scores[index] += score * Double(count) }
    for (index, spikes) in spikeCounts.enumerated() { rates[index] += Double(spikes) }
  }

  /// Sums to means. `duration` in ms.
  mutating func finish(duration: Double, _ network: NetworkModel) {
    guard samples > 0 else { return }
    loss = loss.map { $0 / Double(samples) }
    for index in scores.indices { scores[index] /= Double(samples) }
    for index in rates.indices {
      let neurons = Double(network.populations[index].size * samples)
      rates[index] = duration > 0 ? rates[index] / neurons / duration * 1000 : 0
    }
  }
}
