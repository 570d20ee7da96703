import SNN

/// A trainer with its progress on the screen.
struct Training {
  let trainer: Trainer
  private let common: CommonOptions
  private var display: ProgressDisplay

  init(_ session: Session, _ common: CommonOptions) throws {
    trainer = try Trainer(session)
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
        epochSeconds: (clock.now - epochStart) / .seconds(1))
      guard report.isEpochEnd else { return display.update(progress) }
      display.finish(progress)
      epochStart = clock.now
      try afterEpoch(trainer)
    }
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
    let scores = model.task.scores.indices.map { index in
      let name = model.task.scores[index].name
      return (name: name, curves: [Curve(name: "train", values: history.map { $0.scores[index] })])
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
    return Figure.training(
      title: title, subtitle: subtitle, losses: [Curve(name: "train", values: history.map(\.loss))], scores: scores,
      rates: rates, weights: histograms)
  }
}
