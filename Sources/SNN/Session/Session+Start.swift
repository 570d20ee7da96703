import SNNData
import SNNIR

extension Session {
  /// What a task with `start from A` starts from: trains A now, by its own epochs and batches, and takes over the
  /// parameters that both have; a converted network has them normalised. Nothing happens in a task that starts by itself.
  /// - Parameters:
  ///   - checkpoint: of a task on the way, whose training was interrupted: it goes on from there.
  ///   - train: runs the trainer, with whatever is shown meanwhile.
  /// - Throws: `SNNError.data` where drawn synapses differ, and what `train` throws.
  public func start(from checkpoint: String? = nil, train: (Trainer) throws -> Void = { try $0.train() }) throws {
    guard let origin = model.origin else { return }
    let other = try session(of: origin, gradient: true)
    if let checkpoint, try Checkpoint.task(of: checkpoint) == origin.task.name {
      let trainer = try Trainer(other)
      try trainer.resume(checkpoint)
      try train(trainer)
    } else {
      try other.start(from: checkpoint, train: train)
      try train(try Trainer(other))
    }
    if let conversion = model.network.conversion, conversion.task == origin.task.name {
      try convert(other, conversion)
    } else {
      try takeParameters(of: other)
    }
  }

  /// Whether a checkpoint is one of a task that this one starts from, be it through others.
  public func startsFrom(_ checkpoint: String) throws -> Bool {
    let task = try Checkpoint.task(of: checkpoint)
    return sequence(first: model, next: \.origin).dropFirst().contains { $0.task.name == task }
  }

  /// What runs the task that this one starts from, by that task's own batches and epochs.
  func session(of origin: Model, gradient: Bool = false) throws -> Session {
    try Session(
      origin,
      options: SessionOptions(
        precision: options.precision, threads: options.threads, seed: options.seed, memoryLimit: options.memoryLimit),
      gradient: gradient)
  }

  /// Takes over the values of all parameters that both networks have, bit for bit.
  /// - Parameter factors: by parameter of the other network, what its values are multiplied by; nil: they stay.
  func takeParameters(of other: Session, times factors: [Double]? = nil) throws {
    for (index, parameter) in model.network.parameters.enumerated() {
      guard let theirs = other.model.network.parameter(named: parameter.name) else { continue }
      if case .synapses(let connection) = parameter.shape,
        model.network.connections[connection].sparsity?.isDrawn == true, seed != other.seed
      {
        throw SNNError.data(
          "`\(parameter.name)` cannot start from `\(other.model.task.name)`: its synapses are drawn with seed "
            + "\(other.seed) there and \(seed) here; give both tasks the same `seed`")
      }
      var values = other.engine.parameter(theirs)
      if let factors { values = values.map { $0 * factors[theirs] } }
      do {
        for entry in rules { try entry.engine.setParameter(index, values) }
      } catch  where factors != nil {
        throw SNNError.data(
          "`\(parameter.name)` cannot take its normalised values: \(SNNError.wrapping(error).text); give it no range, or "
            + "one that has room for them")
      } catch { throw SNNError.wrapping(error) }
    }
  }
}

extension Checkpoint {
  /// The task whose training a file is of.
  fileprivate static func task(of path: String) throws -> String? {
    do { return try Checkpoint(reading: path).manifest.options["task"] } catch { throw SNNError.wrapping(error) }
  }
}
