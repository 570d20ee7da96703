import ArgumentParser
import SNN

/// Not called `Plot`: that is the library's.
struct PlotVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Draw a run, a trained network or a result file into an SVG file.",
    usage: "snn plot FILE|RESULT.h5 [raster|trace|loss|weights|rates|histogram|gradients|landscape ...] [options]",
    discussion: """
      A .snn file is run for one sample (raster, trace, rates), or its parameters and the gradients of its first batch \
      are drawn (weights, histogram, gradients). A file of `train --save` has loss and weights, one of `run --out` has \
      records, one of `grad --out` gradients. `landscape` draws the loss along the line from the drawn parameters \
      (--from) to the trained ones (--params; without it the task is trained first), with its finite differences and \
      the slope that the learning rule gives. Without a kind, everything that a run records, or that the file has.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var simulation: SimulationOptions

  @Argument(help: "What to draw.")
  var kinds: [PictureKind] = []

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to; the file's name with .svg if not said.", valueName: "file"))
  var out: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Time of a tick in a result file, which does not say it.", valueName: "time"))
  var step: TimeOption?

  @Option(help: ArgumentHelp("Parameters at which a landscape begins, instead of the drawn ones.", valueName: "file"))
  var from: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Parameters that change along a landscape; the others are as at its end.", valueName: "name,…"))
  var move: [String] = []

  @Option(parsing: .unconditional, help: ArgumentHelp("Steps of a landscape.", valueName: "number"))
  var points = 1000

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Epochs before a landscape, instead of the task's.", valueName: "number"))
  var epochs: Int?

  func validate() throws {
    if points < 2 || points > 1_000_000 { throw ValidationError("--points must be from 2 to 1000000.") }
    guard !kinds.contains(.landscape) else { return }
    if from != nil || !move.isEmpty || epochs != nil {
      throw ValidationError("--from, --move and --epochs belong to the picture `landscape`.")
    }
  }

  func run() throws {
    try common.reporting {
      let path = out ?? Files.name(of: common.file, withExtension: "svg")
      try Files.requireWritable(path, as: .picture)
      let figure = try Files.beginsWith([0x89, 0x48, 0x44, 0x46], common.file) ? resultFigure() : programFigure()
      try Files.write(figure.svg(), to: path)
      guard path != "-" else { return }
      common.terminal.print(common.json ? JSON.object(["file": .string(path)]).text : "drew \(path)")
    }
  }

  private func resultFigure() throws -> Figure {
    let file = try ResultFile(reading: common.file)
    let wanted = kinds.isEmpty ? file.kinds.filter { $0 != .histogram } : kinds
    for kind in wanted where !file.kinds.contains(kind) {
      let has = file.kinds.map(\.rawValue).joined(separator: ", ")
      throw Failure.fault("\(common.file) has nothing for `\(kind.rawValue)`" + (has.isEmpty ? "" : "; it has \(has)"))
    }
    let panels = wanted.flatMap { file.panels($0, step: step?.milliseconds ?? 1) }
    guard !panels.isEmpty else { throw Failure.fault("\(common.file) holds nothing that can be drawn") }
    return Figure(title: common.file, panels: panels)
  }

  private func programFigure() throws -> Figure {
    if kinds.contains(.loss) {
      throw Failure(
        .commandLineWrong,
        "a program has no learning curve: snn train \(common.file) --save W.h5, then snn plot W.h5 loss")
    }
    if kinds.isEmpty {
      let (session, result) = try simulation.run(common)
      for note in session.notes { common.terminal.warning(note) }
      return simulation.figure(result, session, title: common.file)
    }
    var panels: [Panel] = []
    if kinds.contains(where: { [.raster, .trace, .rates].contains($0) }) {
      let (session, result) = try simulation.run(common)
      for note in session.notes { common.terminal.warning(note) }
      let figure = simulation.figure(result, session, title: common.file)
      panels += figure.panels.filter { panel in
        if case .raster = panel { return kinds.contains(.raster) }
        return kinds.contains(.trace)
      }
      if kinds.contains(.rates) {
        let model = session.model
        panels.append(.bars(.rates(model.namedRates(result.rates).map { .init(name: $0.name, value: $0.value) })))
      }
    }
    if kinds.contains(where: { [.weights, .histogram, .gradients].contains($0) }) { panels += try parameterPanels() }
    if kinds.contains(.landscape) { panels += try landscapePanels() }
    guard !panels.isEmpty else {
      throw Failure(
        .commandLineWrong, "\(common.file) has nothing to draw for \(kinds.map(\.rawValue).joined(separator: ", "))")
    }
    return Figure(title: common.file, subtitle: kinds.map(\.rawValue).joined(separator: ", "), panels: panels)
  }

  private func landscapePanels() throws -> [Panel] {
    let session = try Session(
      try common.model(), options: common.sessionOptions(epochs: epochs, precision: .f64), gradient: true)
    try common.start(session, from)
    let start = session.point
    Interruption.watch()
    if let params = simulation.params {
      try session.loadParameters(params)
    } else {
      var training = try Training(session, common)
      try training.run()
    }
    let names = move.flatMap { $0.split(separator: ",").map(String.init) }
    let line = try LossLine(session, from: start, to: session.point, moving: names.isEmpty ? nil : names)
    let landscape = try LossLandscape(line, steps: points) { Interruption.isRequested }
    func percent(_ share: Double) -> String { NumberText.percent(share) }
    if !common.json, out != "-" {
      common.terminal.print(
        """
        the loss is flat on \(percent(landscape.flatShare)) of the line, the rule's slope on \
        \(percent(landscape.deadShare)); smoothed, both have one sign on \(percent(landscape.agreement))
        """)
    }
    return landscape.panels
  }

  private func parameterPanels() throws -> [Panel] {
    let model = try simulation.model(common)
    let wantsGradients = kinds.contains(.gradients)
    if wantsGradients, !model.isTrainable {
      throw Failure(.commandLineWrong, "there are no gradients: no task of \(common.file) has `loss` and `learn`")
    }
    let session = try Session(model, options: common.sessionOptions(), gradient: wantsGradients)
    try common.start(session, simulation.params)
    func panel(_ name: String, _ quantity: String, _ unit: String, _ values: [Double]) -> Panel {
      .histogram(HistogramPanel(title: name, quantity: quantity, unit: unit, groups: [.init(name: "", values: values)]))
    }
    var panels: [Panel] = []
    if kinds.contains(.weights) || kinds.contains(.histogram) {
      for parameter in model.network.parameters {
        guard let values = session.parameter(parameter.name), values.count > 1 else { continue }
        panels.append(panel(parameter.name, "weight", parameter.unit.text, values))
      }
    }
    if wantsGradients {
      let first = model.task.dataSets.isEmpty ? nil : 0
      let result = try session.gradients(dataSet: try session.requireDataSet(simulation.data) ?? first)
      for name in result.gradients.keys.sorted() {
        panels.append(panel(name, "gradient", "1", result.gradients[name] ?? []))
      }
    }
    return panels
  }
}

extension PictureKind: ExpressibleByArgument {}
