import ArgumentParser
import SNN

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulate one sample and show what was recorded.",
    discussion: """
      On a terminal the records are drawn; --plot and --out write them to files. With --batch the arrays of an HDF5 \
      file stand in for the task's data.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var simulation: SimulationOptions

  @Option(help: ArgumentHelp("Draw the records (SVG).", valueName: "file"))
  var plot: String?

  @Option(
    help: ArgumentHelp("Write the parameters as the run left them: weights with a `rule` change.", valueName: "file"))
  var save: String?

  @Option(help: ArgumentHelp("Write the records (HDF5, /records/NAME).", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("Inputs to use instead of the task's data (HDF5, /data/INPUT).", valueName: "file"))
  var batch: String?

  @Flag(help: "Report sizes, times and memory.")
  var stats = false

  func validate() throws {
    guard batch != nil else { return }
    if plot != nil { throw ValidationError("--plot draws one sample of the task's data; with --batch use --out.") }
    if save != nil { throw ValidationError("--save keeps what one sample leaves; it does not go with --batch.") }
    if stats { throw ValidationError("--stats measures one sample of the task's data; it does not go with --batch.") }
    if simulation.sample != 0 || simulation.data != nil {
      throw ValidationError("--batch runs every sample of its file: --data and --sample do not go with it.")
    }
  }

  func run() throws {
    try common.reporting {
      try Files.requireWritable(plot, as: .picture)
      for path in [out, save] { try Files.requireWritable(path, as: .numbers) }
      if let batch { return try run(batch: batch) }
      var times = RunStatistics()
      let (session, result) = try simulation.run(common, &times)
      let terminal = common.terminal
      for note in session.notes { terminal.warning(note) }
      if let out { try BlackBox.Results(result).write(to: out) }
      if let save { try session.saveParameters(save) }
      let figure = simulation.figure(result, session, title: common.file)
      if let plot { try Files.write(figure.svg(), to: plot) }
      let summary = RunSummary(result, session.model)
      times.measure(session, result)
      if common.json {
        terminal.print(summary.json.text)
        if stats { terminal.print(times.json.text) }
        return
      }
      if terminal.output.isTerminal {
        terminal.print(figure.text(width: terminal.output.width, coloured: terminal.output.style.isOn))
      }
      terminal.print(summary.text)
      if stats { terminal.print(times.text) }
      for path in [out, plot, save].compactMap({ $0 }) { terminal.print("wrote \(path)") }
    }
  }

  private func run(batch: String) throws {
    let model = try simulation.model(common)
    let results = try BlackBoxRun(
      model: model, options: common.sessionOptions(), parameters: simulation.params, batch: batch,
      records: try model.requireRecords(simulation.record).map(\.name), wantsGradient: false
    ).run()
    if let out { try results.write(to: out) }
    results.show(common, out: out)
  }
}

/// Which sample is run, with which parameters, and what is recorded.
struct SimulationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Parameters, as `train --save` writes them (HDF5).", valueName: "file"))
  var params: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Variables to record, instead of the task's.", valueName: "pop.var,…"))
  var record: [String] = []

  @Option(help: ArgumentHelp("Which data set; the first if not said.", valueName: "name"))
  var data: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Which sample of the set, from 0.", valueName: "number"))
  var sample: Int = 0

  @Option(
    name: .customLong("for"), parsing: .unconditional,
    help: ArgumentHelp("How long, where no task says it: 100ms, 2s.", valueName: "time"))
  var duration: TimeOption?

  func validate() throws {
    if sample < 0 { throw ValidationError("--sample counts from 0.") }
  }

  func model(_ common: CommonOptions) throws -> Model {
    let model = try common.model()
    if let duration { return model.lasting(milliseconds: duration.milliseconds) }
    // A network alone runs long enough to see something.
    return model.hasTask ? model : model.lasting(milliseconds: 100)
  }

  func run(_ common: CommonOptions) throws -> (Session, RunResult) {
    var times = RunStatistics()
    return try run(common, &times)
  }

  func run(_ common: CommonOptions, _ times: inout RunStatistics) throws -> (Session, RunResult) {
    let model = try model(common)
    let session = try Session(
      model, options: common.sessionOptions(), records: try requests(model), spikesAsEvents: true)
    try common.start(session, params)
    let first = model.task.dataSets.isEmpty ? nil : 0
    times.isBuilt()
    let result = try session.run(dataSet: try session.requireDataSet(data) ?? first, sample: sample)
    times.hasRun()
    return (session, result)
  }

  /// What the options ask for, else the task's own records, else everything.
  private func requests(_ model: Model) throws -> [RecordRequest] {
    if !record.isEmpty { return try model.requireRecords(record) }
    let own = model.recordRequests
    return own.isEmpty ? try model.recordRequests(model.network.populations.map(\.name)) : own
  }

  func figure(_ result: RunResult, _ session: Session, title: String) -> Figure {
    let model = session.model
    let name = model.hasTask ? "task \(model.task.name)" : "network \(model.network.name)"
    let sample = model.task.dataSets.isEmpty ? "" : ", sample \(sample) of \(data ?? model.task.dataSets[0].name)"
    return Figure.run(
      title: title, subtitle: name + sample + ", seed \(session.seed)", recordings: result.recordings,
      end: result.duration)
  }
}

/// `100ms`, `2 s`, `500us`.
struct TimeOption: ExpressibleByArgument, Hashable, Sendable {
  var milliseconds: Double

  init?(argument: String) {
    let units: [(String, Double)] = [("ms", 1), ("us", 1e-3), ("s", 1000)]
    for (unit, scale) in units where argument.hasSuffix(unit) {
      let number = argument.dropLast(unit.count).filter { $0 != " " }
      guard let value = Double(number), value > 0, value.isFinite, value * scale < 1e9 else { return nil }
      milliseconds = value * scale
      return
    }
    return nil
  }
}
