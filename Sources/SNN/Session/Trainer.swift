import SNNData
import SNNIR
import SNNRuntime

/// What training reports after each batch.
public struct TrainingProgress: Sendable {
  /// From 0.
  public var epoch: Int
  public var epochs: Int
  public var samplesDone: Int
  public var samplesInEpoch: Int
  /// Means over the epoch so far.
  public var loss: Double
  public var scores: [Double]
  /// Hz by population.
  public var rates: [Double]
  public var isEpochEnd: Bool
  /// On the set that the task validates on, at an epoch's end.
  public var validation: Evaluation?
}

/// Means of one finished epoch.
public struct EpochSummary: Sendable, Equatable {
  public var loss: Double
  public var scores: [Double]
  public var rates: [Double]
  /// On the set that the task validates on.
  public var validation: Evaluation?
}

/// Trains a session's model by its task's rule and optimiser. Every random choice is keyed by seed, epoch and sample,
/// so that an interrupted run goes on exactly where it stopped.
public final class Trainer {
  public let session: Session
  /// Epochs in all; more may be asked for at any time.
  public var epochs: Int
  public private(set) var history: [EpochSummary] = []
  /// Finished epochs, and finished batches of the running one.
  public private(set) var epoch = 0
  public private(set) var batchInEpoch = 0
  private var current: Evaluation
  private let dataSet: Int?
  /// With `keep best`: the epoch, from 0, whose parameters are the best so far.
  public private(set) var bestEpoch: Int?
  private var best: Snapshot?
  /// What training would go on from, once the session holds the best parameters instead.
  private var last: Snapshot?

  /// The session must have been made with `gradient: true`.
  /// - Throws: `SNNError.model` where the task says nothing of learning.
  public init(_ session: Session) throws {
    self.session = session
    epochs = session.options.epochs ?? session.model.task.epochs
    guard session.model.task.loss != nil, session.model.task.learning != nil else {
      throw SNNError.model("the task has no `loss` and `learn` to train by")
    }
    guard !session.model.learnable.isEmpty else {
      throw SNNError.model("nothing in the network is `learnable`")
    }
    dataSet = session.trainingSet
    current = Evaluation(session.model.task.scores.count, populations: session.model.network.populations.count)
    if let dataSet, session.samples(of: dataSet).samples.isEmpty {
      throw SNNError.data("data set `\(session.model.task.dataSets[dataSet].name)` has no samples to learn from")
    }
  }

  private var batchSize: Int { session.batchSize }
  /// Where states that go on into the next sample have got to.
  private var carried: [Carried: [Double]] = [:]

  public var isFinished: Bool { epoch >= epochs }

  /// Trains to the last epoch, or until `isCancelled` or the session's cancellation; then everything is as after the
  /// last whole batch and `SNNError.cancelled` is thrown.
  public func train(
    isCancelled: () -> Bool = { false }, progress: (TrainingProgress) throws -> Void = { _ in }
  ) throws {
    let size = batchSize
    let (source, samples) = session.samples(of: dataSet)
    if let last, !isFinished {
      do { try session.restore(last) } catch { throw SNNError.wrapping(error) }
      self.last = nil
    }
    while epoch < epochs {
      // Where one sample begins with what another has left, they come in the order of the file.
      let order =
        !session.carriesStates
        ? SplitShuffle.permutation(count: samples.count, seed: session.seed, path: "batches", epoch: epoch)
        : Array(samples.indices)
      if batchInEpoch == 0 { try session.restartStates() }
      let batches = (samples.count + size - 1) / size
      while batchInEpoch < batches {
        if isCancelled() { throw SNNError.cancelled }
        let range = (batchInEpoch * size)..<min((batchInEpoch + 1) * size, samples.count)
        let part = order[range].map { samples[$0] }
        let batch = try session.batch(source: source, samples: part, epoch: epoch)
        let result: StepResult
        do {
          result = try session.step(batch, optimiser(batches))
        } catch { throw SNNError.wrapping(session.fault(error)) }
        batchInEpoch += 1
        carried = result.carried
        session.carry(carried)
        current.add(loss: result.loss, result.scores, result.spikeCounts, samples: part.count)
        if batchInEpoch < batches { try progress(report(range.upperBound, samples.count)) }
      }
      try progress(try finishEpoch(samples.count, isCancelled))
    }
    try takeBest()
  }

  private func report(_ done: Int, _ total: Int) -> TrainingProgress {
    let network = session.model.network
    var means = current
    means.finish(duration: Double(session.model.task.ticks) * network.step, network)
    return TrainingProgress(
      epoch: epoch, epochs: epochs, samplesDone: done, samplesInEpoch: total, loss: means.loss ?? .nan,
      scores: means.scores, rates: means.rates, isEpochEnd: false)
  }

  /// Validates, and counts the epoch only then: one that was interrupted while validating is validated again.
  private func finishEpoch(_ samples: Int, _ isCancelled: () -> Bool) throws -> TrainingProgress {
    var result = report(samples, samples)
    result.isEpochEnd = true
    if let validation = session.model.task.validation {
      result.validation = try session.evaluate(validation.dataSet, isCancelled: isCancelled)
    }
    history.append(
      EpochSummary(loss: result.loss, scores: result.scores, rates: result.rates, validation: result.validation))
    if let score = validationScore(history.count - 1), !score.isNaN,
      bestEpoch.flatMap({ validationScore($0) }).map({ score > $0 }) ?? true
    {
      bestEpoch = history.count - 1
      best = session.snapshot()
    }
    current = Evaluation(result.scores.count, populations: result.rates.count)
    batchInEpoch = 0
    epoch += 1
    return result
  }

  /// What `keep best` compares, more being better.
  private func validationScore(_ epoch: Int) -> Double? {
    guard history.indices.contains(epoch), let measured = history[epoch].validation else { return nil }
    switch session.model.task.validation?.keeps {
    case .best(let score): return measured.scores[score]
    case .leastLoss: return measured.loss.map { -$0 }
    case .last, nil: return nil
    }
  }

  /// Gives the session the best parameters; where training would go on from is kept.
  private func takeBest() throws {
    guard let best, last == nil, isFinished else { return }
    last = session.snapshot()
    do { try session.restore(best) } catch { throw SNNError.wrapping(error) }
  }

  /// The task's optimiser at the rate of the next update.
  private func optimiser(_ batches: Int) -> OptimiserSpec {
    var result = session.model.task.optimiser
    let length = 1 / Double(batches)
    result.rate = result.rate(
      at: Double(epoch) + Double(batchInEpoch) * length, length: length, epochs: Double(epochs))
    return result
  }

  // MARK: - Checkpoints

  /// Everything that training needs to go on, bit for bit.
  public func checkpoint() throws -> Checkpoint {
    do {
      var result = try session.savedParameters()
      result.manifest.options["batch"] = "\(batchSize)"
      result.manifest.options["scores"] = session.model.task.scores.map(\.name).joined(separator: ",")
      // Those that cannot spike have no rate to show.
      result.manifest.options["populations"] = session.model.network.populations
        .map { $0.guardCondition == nil ? "" : $0.name }.joined(separator: ",")
      let snapshot = last ?? session.snapshot()
      for parameter in snapshot.parameters { try result.put(parameter) }
      result.state = Checkpoint.TrainingState(
        epoch: epoch, batch: batchInEpoch, step: snapshot.steps, seed: session.seed)
      result.state.arrays["current"] = NDArray(
        [Double(current.samples), current.loss ?? 0] + current.scores + current.rates)
      let rows = history.map { [$0.loss] + $0.scores + $0.rates }
      let width = 1 + current.scores.count + current.rates.count
      if batchInEpoch > 0 { result.state.arrays.merge(session.carriedArrays(carried)) { $1 } }
      if !rows.isEmpty {
        result.state.arrays["history"] = try NDArray(shape: [rows.count, width], rows.flatMap { $0 })
      }
      let validated = history.compactMap(\.validation).map {
        [Double($0.samples), $0.loss ?? 0] + $0.scores + $0.rates
      }
      if !validated.isEmpty {
        result.state.arrays["validation"] = try NDArray(
          shape: [validated.count, width + 1], validated.flatMap { $0 })
      }
      if let best, let bestEpoch {
        result.state.arrays["best_epoch"] = NDArray(bestEpoch)
        for parameter in best.parameters { try result.put(parameter, under: "best/") }
      }
      return result
    } catch { throw SNNError.wrapping(error) }
  }

  public func save(_ path: String) throws {
    do { try checkpoint().save(to: path) } catch { throw SNNError.wrapping(error) }
  }

  /// Goes on from a checkpoint of the same program, task, seed and precision.
  /// - Throws: `SNNError.data` with what does not fit; nothing is changed then.
  public func resume(_ path: String) throws {
    do {
      let saved = try Checkpoint(reading: path)
      let model = session.model
      guard saved.manifest.programHash == model.programHash else {
        throw SNNError.data("\(path): " + saved.manifest.difference(from: model))
      }
      for (name, own) in [("task", model.task.name), ("batch", "\(batchSize)")] {
        if let theirs = saved.manifest.options[name], theirs != own {
          throw SNNError.data("\(path): the checkpoint was made with \(name) \(theirs), not \(own)")
        }
      }
      guard saved.state.seed == session.seed else {
        throw SNNError.data("\(path): the checkpoint was made with seed \(saved.state.seed), not \(session.seed)")
      }
      let names = model.network.parameters.map(\.name)
      guard let precision = saved.manifest.options["precision"].flatMap(Precision.init(rawValue:)) else {
        throw SNNError.data("\(path): the checkpoint does not say its precision")
      }
      guard precision == session.options.precision else {
        throw SNNError.data(
          "\(path): the checkpoint was made with precision \(precision.rawValue), not \(session.options.precision.rawValue)"
        )
      }
      try session.restore(
        Snapshot(precision: precision, steps: saved.state.step, parameters: names.map { saved.parameter($0) }))
      epoch = saved.state.epoch
      batchInEpoch = saved.state.batch
      restoreMeans(saved.state)
      carried = session.carriedStates(saved.state.arrays)
      session.carry(carried)
      if let known = saved.state.arrays["best_epoch"]?.integers()?.first {
        bestEpoch = known
        best = Snapshot(
          precision: precision, steps: saved.state.step, parameters: names.map { saved.parameter($0, under: "best/") })
      }
      try takeBest()
    } catch { throw SNNError.wrapping(error) }
  }

  private func restoreMeans(_ state: Checkpoint.TrainingState) {
    let scores = current.scores.count
    let populations = current.rates.count
    if let values = state.arrays["current"]?.doubles(), values.count == 2 + scores + populations {
      current.samples = Int(values[0])
      current.loss = values[1]
      current.scores = Array(values[2..<(2 + scores)])
      current.rates = Array(values[(2 + scores)...])
    }
    let width = 1 + scores + populations
    guard let values = state.arrays["history"]?.doubles(), values.count % width == 0 else { return }
    history = stride(from: 0, to: values.count, by: width).map { row in
      EpochSummary(
        loss: values[row], scores: Array(values[(row + 1)..<(row + 1 + scores)]),
        rates: Array(values[(row + 1 + scores)..<(row + width)]))
    }
    guard let validated = state.arrays["validation"]?.doubles(), validated.count == history.count * (width + 1)
    else { return }
    for epoch in history.indices {
      let row = epoch * (width + 1)
      var measured = Evaluation(scores, populations: populations)
      measured.samples = Int(validated[row])
      measured.loss = validated[row + 1]
      measured.scores = Array(validated[(row + 2)..<(row + 2 + scores)])
      measured.rates = Array(validated[(row + 2 + scores)..<(row + width + 1)])
      history[epoch].validation = measured
    }
  }
}

extension Checkpoint {
  /// Bits of a parameter's arrays, as they are; those of single precision as words of four bytes.
  fileprivate mutating func put(_ parameter: Snapshot.Parameter, under prefix: String = "") throws {
    let moments = [
      "natural": parameter.natural, "trained": parameter.trained, "first": parameter.first, "second": parameter.second,
    ]
    for (moment, bits) in moments where !bits.isEmpty {
      let isNarrow = bits.allSatisfy { $0 <= UInt32.max }
      let words: NDArray.Elements =
        isNarrow ? .int32(bits.map { Int32(truncatingIfNeeded: $0) }) : .int64(bits.map { Int64(bitPattern: $0) })
      optimiser["\(prefix)\(parameter.name)/\(moment)"] = try NDArray(shape: [bits.count], elements: words)
    }
  }

  fileprivate func parameter(_ name: String, under prefix: String = "") -> Snapshot.Parameter {
    func bits(_ moment: String) -> [UInt64] {
      switch optimiser["\(prefix)\(name)/\(moment)"]?.elements {
      case .int32(let words): words.map { UInt64(UInt32(bitPattern: $0)) }
      case .int64(let words): words.map { UInt64(bitPattern: $0) }
      default: []
      }
    }
    return Snapshot.Parameter(
      name: name, natural: bits("natural"), trained: bits("trained"), first: bits("first"), second: bits("second"))
  }
}

extension Checkpoint.Manifest {
  /// In what the program of a checkpoint differs from the one that would go on from it: the first line that is another.
  fileprivate func difference(from model: Model) -> String {
    let own = model.programLines
    // Files of other versions do not have it.
    guard !program.isEmpty else {
      return "the checkpoint belongs to another version of the program, or to other settings"
    }
    // Without the name of the file, which may have been renamed; settings keep theirs.
    func text(_ line: String) -> Substring {
      line.hasPrefix("--set ") ? line[...] : line.drop { $0 != " " }
    }
    let count = min(own.count, program.count)
    guard
      let place = (0..<count).first(where: { text(own[$0]) != text(program[$0]) })
        ?? (own.count == program.count ? nil : count)
    else { return "the checkpoint belongs to another version of the program's library, or of very long lines in it" }
    func shown(_ lines: [String]) -> String { place < lines.count ? "`\(lines[place])`" : "nothing" }
    return "the checkpoint belongs to another version of the program, or to other settings: there it has "
      + "\(shown(program)), here \(shown(own))"
  }
}
