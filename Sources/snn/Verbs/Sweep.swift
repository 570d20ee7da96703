import ArgumentParser
import SNN
import SNNTools

/// Not called `Sweep`: that is what the library runs.
struct SweepVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Train a task for every combination of settings and seeds.",
    discussion: """
      The file says what varies: `sweep S of TASK { tau in [5 ms, 10 ms], rate in 1e-4 .. 1e-2 log, seeds 5 }`. Scores \
      are of the set called test, else of the one that the task validates on. --out and --plot are written anew after every \
      run, so that nothing is lost when one is interrupted.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var schedule: ScheduleOptions

  @Option(name: .customLong("sweep"), help: ArgumentHelp("The sweep, where the file has several.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Values of a range, both ends included.", valueName: "number"))
  var points = 5

  @Option(help: ArgumentHelp("A row for every run (CSV).", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("A picture of all combinations (SVG).", valueName: "file"))
  var plot: String?

  func validate() throws {
    if points < 2 || points > 1000 { throw ValidationError("--points must be from 2 to 1000.") }
  }

  func run() throws {
    try common.reporting {
      try Files.requireWritable(out, as: .table)
      try Files.requireWritable(plot, as: .picture)
      let program = try common.program()
      if let name, !program.sweepNames.contains(name) {
        let known = program.sweepNames.isEmpty ? "none" : program.sweepNames.joined(separator: ", ")
        throw Failure(.commandLineWrong, "there is no sweep `\(name)`; \(common.file) has \(known)")
      }
      let sweep = try program.sweep(name, points: points, seed: common.seed)
      let scores = try program.model(task: sweep.task).task.scores.map(\.name)
      Interruption.watch()
      var done: [Sweep.Outcome] = []
      do {
        _ = try sweep.outcomes(
          options: common.sessionOptions(batch: schedule.batch, epochs: schedule.epochs),
          compile: { settings in
            var own = common
            own.task = sweep.task
            own.settings += settings.map { Setting($0.name, $0.value) }
            return try own.program()
          }, isCancelled: { Interruption.isRequested }
        ) { outcome in
          done.append(outcome)
          show(outcome, number: done.count, of: sweep.runs.count, scores)
          if let out { try Files.write(csv(done, sweep, scores), to: out) }
          if let plot { try Files.write(Figure.sweep(sweep, outcomes: done, scores: scores).svg(), to: plot) }
        }
      } catch SNNError.cancelled {
        showTable(done, sweep, scores)
        throw Failure(
          .interrupted,
          "interrupted after \(done.count) of \(sweep.runs.count) runs"
            + (out.map { done.isEmpty ? "" : "; they are in \($0)" } ?? ""))
      }
      showTable(done, sweep, scores)
      if !common.json { for path in [out, plot].compactMap({ $0 }) { common.terminal.print("wrote \(path)") } }
    }
  }

  private func show(_ outcome: Sweep.Outcome, number: Int, of count: Int, _ scores: [String]) {
    let run = outcome.run
    if common.json {
      func member(_ name: String, _ value: JSON) -> JSON.Member { JSON.Member(name: name, value: value) }
      return common.terminal.print(
        JSON.object([
          "event": "run", "run": .integer(number), "runs": .integer(count),
          "settings": .object(run.settings.map { member($0.name, .string($0.value)) }),
          "seed": .integer(Int(truncatingIfNeeded: run.seed)), "set": outcome.dataSet.map(JSON.string) ?? .null,
          "loss": outcome.loss.map(JSON.number) ?? .null,
          "scores": .object(zip(scores, outcome.scores).map { member($0, .number($1)) }),
          "seconds": .number(outcome.seconds),
        ]).text)
    }
    let settings = run.settings.map { "\($0.name) = \($0.value)" } + ["seed \(run.seed)"]
    let measured =
      zip(scores, outcome.scores).map { "\($0) \(NumberText.significant($1, 4))" }
      + (outcome.loss.map { ["loss \(NumberText.significant($0, 4))"] } ?? [])
    common.terminal.print(
      "\(number)/\(count)  "
        + (settings + measured + [NumberText.duration(seconds: outcome.seconds)])
        .joined(separator: "  "))
  }

  /// Means over seeds, with the standard deviation of one run where there are several.
  private func showTable(_ outcomes: [Sweep.Outcome], _ sweep: Sweep, _ scores: [String]) {
    guard !common.json, outcomes.count > 1, let first = outcomes.first else { return }
    func text(_ measure: Sweep.Measure) -> String {
      NumberText.significant(measure.mean, 4) + (measure.deviation.map { " ± " + NumberText.significant($0, 2) } ?? "")
    }
    var rows = [sweep.keys + ["seeds"] + scores + (first.loss != nil ? ["loss"] : [])]
    for summary in Sweep.summaries(outcomes) {
      rows.append(
        summary.settings.map(\.value) + ["\(summary.seeds)"] + summary.scores.map(text)
          + (summary.loss.map { [text($0)] } ?? []))
    }
    Table.lines(rows).forEach { common.terminal.print($0) }
    if let set = first.dataSet { common.terminal.print("measured on \(set)") }
  }

  private func csv(_ outcomes: [Sweep.Outcome], _ sweep: Sweep, _ scores: [String]) -> String {
    func cell(_ text: String) -> String {
      text.contains(where: { ",\"\n\r".contains($0) }) ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    let rows = outcomes.map { outcome in
      outcome.run.settings.map(\.value) + ["\(outcome.run.seed)", outcome.dataSet ?? ""]
        + [outcome.loss.map { "\($0)" } ?? ""] + outcome.scores.map { "\($0)" } + ["\(outcome.seconds)"]
    }
    return ([sweep.keys + ["seed", "set", "loss"] + scores + ["seconds"]] + rows)
      .map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
  }
}
