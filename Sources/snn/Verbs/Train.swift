import ArgumentParser
import SNN
import SNNTools

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a task by its own rule and optimiser.",
    discussion: """
      Ctrl-C stops after the running batch and saves to the checkpoint (else to the --save file); --resume goes on \
      from there as if nothing had happened. An older file is replaced in one step or not at all.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var schedule: ScheduleOptions

  @Option(help: ArgumentHelp("Where the trained parameters go (HDF5).", valueName: "file"))
  var save: String?

  @Option(help: ArgumentHelp("Parameters to start from (HDF5).", valueName: "file"))
  var params: String?

  @Option(help: ArgumentHelp("Go on from this file.", valueName: "file"))
  var resume: String?

  @Option(help: ArgumentHelp("Save here after every epoch.", valueName: "file"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Draw learning curves (SVG).", valueName: "file"))
  var plot: String?

  @Flag(help: "Show where the time goes, by population and connection.")
  var profile = false

  @Option(help: ArgumentHelp("Write a page about the run that needs nothing else (HTML).", valueName: "file"))
  var report: String?

  func validate() throws {
    if params != nil, resume != nil { throw ValidationError("--resume has parameters of its own: leave out --params.") }
  }

  func run() throws {
    try common.reporting {
      for path in [save, checkpoint] { try Files.requireWritable(path, as: .numbers) }
      try Files.requireWritable(plot, as: .picture)
      try Files.requireWritable(report, as: .page)
      let model = try common.model()
      let session = try Session(
        model, options: common.sessionOptions(batch: schedule.batch, epochs: schedule.epochs),
        gradient: model.isTrainable)
      let resumesOrigin = try resume.map { try session.startsFrom($0) } ?? false
      if resume == nil || resumesOrigin {
        try common.start(session, params, from: resume, save: checkpoint ?? save)
      }
      var training = try Training(session, common)
      if let resume, !resumesOrigin { try training.trainer.resume(resume) }
      if resume != nil, training.trainer.isFinished {
        common.terminal.warning("all \(training.trainer.epochs) epochs are done: nothing to train; see --epochs")
      }
      if profile { session.engine.startProfile() }
      let before = plot == nil && report == nil ? [:] : TrainingFigure.weights(session)
      Interruption.watch()
      var gradients = GradientHistory()
      do {
        try training.run { trainer in
          if let checkpoint { try trainer.save(checkpoint) }
          if report != nil { try gradients.measure(trainer.session) }
        }
      } catch SNNError.cancelled {
        throw try interrupted(training.trainer)
      }
      let times = profile ? session.engine.profile() : nil
      if let save { try training.trainer.save(save) }
      try finish(training, before, gradients, times)
    }
  }

  private func interrupted(_ trainer: Trainer) throws -> Failure {
    guard let path = checkpoint ?? save else {
      return Failure(
        .interrupted,
        "interrupted in epoch \(trainer.epoch + 1) of \(trainer.epochs); nothing is saved without --save or --checkpoint"
      )
    }
    return try common.interrupted(trainer, "", path)
  }

  private func finish(
    _ training: Training, _ before: [String: [Double]], _ gradients: GradientHistory, _ times: Profile?
  ) throws {
    let session = training.trainer.session
    let terminal = common.terminal
    if let epoch = training.trainer.bestEpoch, !common.json {
      terminal.print("kept the parameters after epoch \(epoch + 1)")
    }
    let results: [Measurements]
    do { results = try Measurements.all(session) } catch SNNError.cancelled {
      throw Failure(.interrupted, "interrupted while evaluating" + (save.map { "; the parameters are in \($0)" } ?? ""))
    }
    for note in session.notes { terminal.warning(note) }
    if common.json {
      terminal.print(
        JSON.object([
          "event": "result", "sets": .array(results.map(\.json)),
          "best_epoch": training.trainer.bestEpoch.map { .integer($0 + 1) } ?? .null,
          "saved": save.map(JSON.string) ?? .null,
          "profile": times.map(ProfileTable.json) ?? .null,
        ]).text)
    } else {
      results.forEach { terminal.print($0.line) }
      if let save { terminal.print("saved \(save)") }
      if let times { terminal.print(ProfileTable.text(times)) }
    }
    if let plot {
      let figure = TrainingFigure.figure(
        training.trainer, title: common.file, subtitle: results.last?.line ?? "", before: before)
      try Files.write(figure.svg(), to: plot)
      if !common.json { terminal.print("drew \(plot)") }
    }
    if let report {
      let figure = TrainingFigure.figure(training.trainer, title: common.file, subtitle: "", before: before)
      let page = try TrainingPage.make(
        training.trainer, common, figure, results: results.map(\.line), gradients: gradients, resumed: resume)
      try Files.write(page.html, to: report)
      if !common.json { terminal.print("wrote \(report)") }
    }
  }
}

/// How long and in what portions, instead of what the task says.
struct ScheduleOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: ArgumentHelp("Epochs in all, instead of the task's.", valueName: "number"))
  var epochs: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Samples per update, instead of the task's.", valueName: "number"))
  var batch: Int?

  func validate() throws {
    if let epochs, epochs < 0 { throw ValidationError("--epochs cannot be negative.") }
    if let batch, batch < 1 { throw ValidationError("--batch must be at least 1.") }
  }
}
