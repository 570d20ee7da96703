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
}

/// Means of one finished epoch.
public struct EpochSummary: Sendable, Equatable {
  public var loss: Double
  public var scores: [Double]
  public var rates: [Double]
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

  private var batchSize: Int { max(session.options.batch ?? session.model.task.batch, 1) }

  public var isFinished: Bool { epoch >= epochs }

  /// Trains to the last epoch, or until `isCancelled` or the session's cancellation; then everything is as after the
  /// last whole batch and `SNNError.cancelled` is thrown.
  public func train(
    isCancelled: () -> Bool = { false }, progress: (TrainingProgress) throws -> Void = { _ in }
  ) throws {
    let size = batchSize
    let (source, samples) = session.samples(of: dataSet)
    while epoch < epochs {
      let order = SplitShuffle.permutation(
        count: samples.count, seed: session.seed, path: "batches", epoch: epoch)
      let batches = (samples.count + size - 1) / size
      while batchInEpoch < batches {
        if isCancelled() { throw SNNError.cancelled }
        let range = (batchInEpoch * size)..<min((batchInEpoch + 1) * size, samples.count)
        let part = order[range].map { samples[$0] }
        let batch = try session.batch(source: source, samples: part, epoch: epoch)
        let result: StepResult
        do {
          result = try session.step(batch)
        } catch { throw SNNError.wrapping(session.fault(error)) }
        batchInEpoch += 1
        current.add(loss: result.loss, result.scores, result.spikeCounts, samples: part.count)
        let isEnd = batchInEpoch == batches
        try report(range.upperBound, samples.count, isEnd, progress)
      }
      batchInEpoch = 0
      epoch += 1
    }
  }

  private func report(
    _ done: Int, _ total: Int, _ isEnd: Bool, _ progress: (TrainingProgress) throws -> Void
  ) throws {
    let network = session.model.network
    var means = current
    means.finish(duration: Double(session.model.task.ticks) * network.step, network)
    if isEnd {
      history.append(EpochSummary(loss: means.loss ?? .nan, scores: means.scores, rates: means.rates))
      current = Evaluation(means.scores.count, populations: means.rates.count)
    }
    try progress(
      TrainingProgress(
        epoch: epoch, epochs: epochs, samplesDone: done, samplesInEpoch: total, loss: means.loss ?? .nan,
        scores: means.scores, rates: means.rates, isEpochEnd: isEnd))
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
      let snapshot = session.snapshot()
      for parameter in snapshot.parameters {
        let moments = [
          "natural": parameter.natural, "trained": parameter.trained, "first": parameter.first,
          "second": parameter.second,
        ]
        for (moment, bits) in moments where !bits.isEmpty {
          result.optimiser["\(parameter.name)/\(moment)"] = NDArray(bits.map { Int(bitPattern: UInt($0)) })
        }
      }
      result.state = Checkpoint.TrainingState(
        epoch: epoch, batch: batchInEpoch, step: snapshot.steps, seed: session.seed)
      result.state.arrays["current"] = NDArray(
        [Double(current.samples), current.loss ?? 0] + current.scores + current.rates)
      let rows = history.map { [$0.loss] + $0.scores + $0.rates }
      let width = 1 + current.scores.count + current.rates.count
      if !rows.isEmpty {
        result.state.arrays["history"] = try NDArray(shape: [rows.count, width], rows.flatMap { $0 })
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
        throw SNNError.data("\(path): the checkpoint belongs to another version of the program, or to other settings")
      }
      for (name, own) in [("task", model.task.name), ("batch", "\(batchSize)")] {
        if let theirs = saved.manifest.options[name], theirs != own {
          throw SNNError.data("\(path): the checkpoint was made with \(name) \(theirs), not \(own)")
        }
      }
      guard saved.state.seed == session.seed else {
        throw SNNError.data("\(path): the checkpoint was made with seed \(saved.state.seed), not \(session.seed)")
      }
      let parameters = model.network.parameters.map { parameter in
        func bits(_ moment: String) -> [UInt64] {
          saved.optimiser["\(parameter.name)/\(moment)"]?.integers()?.map { UInt64(UInt(bitPattern: $0)) } ?? []
        }
        return Snapshot.Parameter(
          name: parameter.name, natural: bits("natural"), trained: bits("trained"), first: bits("first"),
          second: bits("second"))
      }
      guard let precision = saved.manifest.options["precision"].flatMap(Precision.init(rawValue:)) else {
        throw SNNError.data("\(path): the checkpoint does not say its precision")
      }
      try session.restore(Snapshot(precision: precision, steps: saved.state.step, parameters: parameters))
      epoch = saved.state.epoch
      batchInEpoch = saved.state.batch
      restoreMeans(saved.state)
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
  }
}
