import SNN
import SNNTools

/// What `train --report` gathers.
enum TrainingPage {
  static func make(
    _ trainer: Trainer, _ common: CommonOptions, _ curves: Figure, results: [String], gradients: GradientHistory,
    resumed: String?
  ) throws -> TrainingReport {
    let session = trainer.session
    let model = session.model
    var pictures = [(heading: "Learning", figure: curves)]
    if !gradients.curves.isEmpty {
      let panel = CurvePanel(title: "Gradients", quantity: "norm", curves: gradients.curves)
      pictures.append((heading: "Gradients of the first batch", figure: Figure(title: "", panels: [.curves(panel)])))
    }
    // One sample through the trained network.
    let shown = try Session(
      model, options: session.options, records: try model.recordRequests(model.network.populations.map(\.name)),
      spikesAsEvents: true)
    for parameter in model.network.parameters {
      if let values = session.parameter(parameter.name) { try shown.setParameter(parameter.name, values) }
    }
    let set = model.task.dataSets.isEmpty ? nil : model.task.dataSets.count - 1
    let result = try shown.run(dataSet: set, sample: 0)
    let name = set.map { "sample 0 of \(model.task.dataSets[$0].name)" } ?? "a run"
    pictures.append(
      (
        heading: "After training: \(name)",
        figure: Figure.run(title: "", recordings: result.recordings, end: result.duration)
      ))
    let program = (try? Files.readProgram(common.file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return TrainingReport(
      title: "\(common.file): task \(model.task.name)", manifest: manifest(trainer, common, resumed), results: results,
      pictures: pictures, rule: (try? model.explanation(style: .text).text) ?? "", program: program)
  }

  private static func manifest(
    _ trainer: Trainer, _ common: CommonOptions, _ resumed: String?
  ) -> [(name: String, value: String)] {
    let session = trainer.session
    let task = session.model.task
    var rows = [
      (name: "file", value: common.file),
      (name: "hash of the program and its settings", value: session.model.programHash),
      (name: "snn", value: Version.line), (name: "task", value: task.name), (name: "seed", value: "\(session.seed)"),
      (name: "epochs", value: "\(trainer.epoch) of \(trainer.epochs)"),
      (name: "batch", value: "\(session.options.batch ?? task.batch)"),
      (name: "precision", value: session.options.precision.rawValue),
      (name: "instruction set", value: session.engine.instructionSet.rawValue),
      (name: "threads (no influence)", value: "\(session.options.threads)"),
    ]
    if let rule = task.learning { rows.append((name: "rule", value: rule.name)) }
    rows.append((name: "optimiser", value: "\(task.optimiser.kind.rawValue), rate \(task.optimiser.rate)"))
    for setting in common.settings { rows.append((name: "--set \(setting.name)", value: setting.value)) }
    if let resumed { rows.append((name: "resumed from", value: resumed)) }
    return rows
  }
}
