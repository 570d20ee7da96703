import ArgumentParser
import SNN

/// Not called `Test`: that is what tests of this module are declared by.
struct TestVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Evaluate a program's `expect` lines, after training where the task learns.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var schedule: ScheduleOptions

  @Option(help: ArgumentHelp("Test these parameters (HDF5) instead of training.", valueName: "file"))
  var params: String?

  func run() throws {
    try common.reporting {
      let program = try common.program()
      Interruption.watch()
      var failures = 0
      for name in names(program) {
        var one = common
        one.task = name
        failures += try test(one, try one.model(of: program))
      }
      if failures > 0 {
        throw Failure(
          .expectationFailed, "\(failures) expectation\(failures == 1 ? "" : "s") failed")
      }
    }
  }

  private func names(_ program: Program) -> [String?] {
    if let task = common.task { return [task] }
    return program.taskNames.isEmpty ? [nil] : program.taskNames
  }

  /// How many expectations of one task failed.
  private func test(_ common: CommonOptions, _ model: Model) throws -> Int {
    let terminal = common.terminal
    guard !model.task.expectations.isEmpty else {
      terminal.warning("task `\(model.task.name)` has no `expect` lines")
      return 0
    }
    let trains = params == nil && model.isTrainable
    let session = try Session(
      model, options: common.sessionOptions(batch: schedule.batch, epochs: schedule.epochs), gradient: trains)
    try common.start(session, params)
    if trains {
      var training = try Training(session, common)
      try training.run()
    }
    let results = try session.expectations(isCancelled: { Interruption.isRequested })
    for note in session.notes { terminal.warning(note) }
    results.forEach { show($0, of: model.task.name, terminal) }
    return results.count { !$0.holds }
  }

  private func show(_ result: ExpectationResult, of task: String, _ terminal: Terminal) {
    if common.json {
      return terminal.print(
        JSON.object([
          "event": "expectation", "task": .string(task), "text": .string(result.text),
          "place": result.place.map(JSON.string) ?? .null, "holds": .bool(result.holds),
          "measured": result.measured.map(JSON.number) ?? .null,
        ]).text)
    }
    let style = terminal.output.style
    let verdict = result.holds ? style.green("pass") : style.red("FAIL")
    let measured = result.measured.map { ", measured " + NumberText.significant($0, 4) } ?? ""
    let place = result.holds ? "" : result.place.map { " (\($0))" } ?? ""
    terminal.print("\(verdict) \(result.text)\(measured)\(place)")
  }
}
