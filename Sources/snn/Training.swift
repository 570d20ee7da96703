import SNN

/// A trainer with its progress on the screen.
struct Training {
  let trainer: Trainer
  private let common: CommonOptions
  private var display: ProgressDisplay

  init(_ session: Session, _ common: CommonOptions) throws { self.init(try Trainer(session), common) }

  init(_ trainer: Trainer, _ common: CommonOptions) {
    self.trainer = trainer
    self.common = common
    display = ProgressDisplay(output: common.terminal.output, json: common.json)
  }

  /// Trains to the last epoch. `afterEpoch` is called when one has ended.
  /// - Throws: `SNNError.cancelled` after Ctrl-C.
  mutating func run(afterEpoch: (Trainer) throws -> Void = { _ in }) throws {
    let clock = ContinuousClock()
    let start = clock.now
    var epochStart = start
    var samples = 0
    var lastDone = 0
    let model = trainer.session.model
    let trainer = trainer
    var display = display
    // What is on the line must not stand beside what comes next, be it an error.
    defer { display.clear() }
    try trainer.train(isCancelled: { Interruption.isRequested }) { report in
      samples += report.samplesDone - lastDone
      lastDone = report.isEpochEnd ? 0 : report.samplesDone
      let seconds = (clock.now - start) / .seconds(1)
      let progress = Progress(
        epoch: report.epoch + 1, epochs: report.epochs, samplesDone: report.samplesDone,
        samplesInEpoch: report.samplesInEpoch, samplesPerSecond: seconds > 0 ? Double(samples) / seconds : 0,
        loss: report.loss, scores: model.named(report.scores), rates: model.namedRates(report.rates),
        validation: report.validation.map { model.named($0) } ?? [],
        epochSeconds: (clock.now - epochStart) / .seconds(1))
      guard report.isEpochEnd else { return display.update(progress) }
      display.finish(progress)
      epochStart = clock.now
      try afterEpoch(trainer)
    }
  }
}

extension CommonOptions {
  /// Saves an interrupted training, and says where.
  func interrupted(_ trainer: Trainer, _ what: String, _ path: String) throws -> Failure {
    try trainer.save(path)
    if json { terminal.print(JSON.object(["event": "saved", "file": .string(path)]).text) }
    return Failure(
      .interrupted,
      "interrupted in epoch \(trainer.epoch + 1) of \(trainer.epochs)\(what); saved to \(path), go on with --resume \(path)"
    )
  }

  /// Gives a session the parameters that it begins with: of a file, else those that its task starts from, which are
  /// trained now.
  /// - Parameters:
  ///   - checkpoint: an interrupted training of a task that this one starts from: it goes on from there.
  ///   - save: where the training of such a task is saved when it is interrupted.
  func start(_ session: Session, _ params: String?, from checkpoint: String? = nil, save: String? = nil) throws {
    if let params { return try session.loadParameters(params) }
    guard session.model.origin != nil else { return }
    Interruption.watch()
    let task = session.model.task.name
    try session.start(from: checkpoint) { trainer in
      let name = trainer.session.model.task.name
      if json {
        terminal.print(JSON.object(["event": "start", "task": .string(name)]).text)
      } else {
        terminal.print("task `\(name)`, which `\(task)` starts from:")
      }
      var training = Training(trainer, self)
      do { try training.run() } catch SNNError.cancelled {
        if let save { throw try interrupted(trainer, " of `\(name)`, which `\(task)` starts from", save) }
        throw Failure(
          .interrupted,
          "interrupted while training `\(name)`, which `\(task)` starts from; nothing of it is saved: train it by itself, "
            + "with --task \(name) --save FILE, and start from the file with --params FILE")
      }
    }
    for (population, scale) in session.activationScales {
      if json {
        terminal.print(
          JSON.object(["event": "converted", "population": .string(population), "scale": .number(scale)]).text)
      } else {
        terminal.print("\(population): activations up to \(NumberText.significant(scale)) became rates up to 1")
      }
    }
    if !json { terminal.print("task `\(task)`:") }
  }
}

/// Learning curves, and the weights before and after.
enum TrainingFigure {
  /// Weights of the connections, by name.
  static func weights(_ session: Session) -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for connection in session.model.network.connections {
      let name = session.model.network.parameters[connection.weight].name
      result[name] = session.parameter(name)
    }
    return result
  }

  static func figure(_ trainer: Trainer, title: String, subtitle: String, before: [String: [Double]]) -> Figure {
    let model = trainer.session.model
    let history = trainer.history
    let validated = model.task.validation.map { validation in
      (name: model.task.dataSets[validation.dataSet].name, epochs: history.compactMap(\.validation))
    }
    let scores = model.task.scores.indices.map { index in
      let name = model.task.scores[index].name
      var curves = [Curve(name: "train", values: history.map { $0.scores[index] })]
      if let validated { curves.append(Curve(name: validated.name, values: validated.epochs.map { $0.scores[index] })) }
      return (name: name, curves: curves)
    }
    let rates = model.spiking.map { index in
      Curve(name: model.network.populations[index].name, values: history.map { $0.rates[index] })
    }
    let after = weights(trainer.session)
    let histograms = after.keys.sorted().compactMap { name -> HistogramPanel? in
      guard let old = before[name], let new = after[name], old != new,
        let index = model.network.parameter(named: name)
      else { return nil }
      return HistogramPanel(
        title: name, quantity: "weight", unit: model.network.parameters[index].unit.text,
        groups: [.init(name: "before", values: old), .init(name: "after", values: new)])
    }
    var losses = [Curve(name: "train", values: history.map(\.loss))]
    if let validated { losses.append(Curve(name: validated.name, values: validated.epochs.map { $0.loss ?? .nan })) }
    return Figure.training(
      title: title, subtitle: subtitle, losses: losses, scores: scores,
      rates: rates, weights: histograms)
  }
}
