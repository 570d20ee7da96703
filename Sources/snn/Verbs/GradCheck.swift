import ArgumentParser
import SNN

struct GradCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Compare gradients with finite differences, with soft spikes, in double precision.")

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("Parameters to check at (HDF5), instead of the drawn ones.", valueName: "file"))
  var params: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("How many samples of the data.", valueName: "number"))
  var samples = 4

  @Option(parsing: .unconditional, help: ArgumentHelp("How many elements of each array.", valueName: "number"))
  var elements = 8

  func validate() throws {
    if samples < 1 || elements < 1 { throw ValidationError("--samples and --elements must be at least 1.") }
    if common.precision == .f32 { throw ValidationError("finite differences need --precision f64.") }
  }

  func run() throws {
    try common.reporting {
      let checks = try GradientCheck.run(
        try common.model(), options: common.sessionOptions(precision: .f64), samples: samples, elements: elements
      ) { session in try common.start(session, params) }
      guard !checks.isEmpty else { throw Failure(.modelWrong, "nothing in the network is `learnable`") }
      show(checks)
      let failed = checks.filter { !$0.isFine }
      if !failed.isEmpty {
        throw Failure(
          .expectationFailed,
          "gradient and finite differences differ for " + failed.map(\.parameter).joined(separator: ", "))
      }
    }
  }

  private func show(_ checks: [GradientCheck]) {
    let terminal = common.terminal
    if common.json {
      for check in checks {
        terminal.print(
          JSON.object([
            "parameter": .string(check.parameter), "checked": .integer(check.checked),
            "elements": .integer(check.elements), "error": .number(check.worst), "fine": .bool(check.isFine),
          ]).text)
      }
      return
    }
    let width = max(9, checks.map(\.parameter.count).max() ?? 0)
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let style = terminal.output.style
    terminal.print(padded("parameter", width) + "  checked      relative error")
    for check in checks {
      let verdict = check.isFine ? style.green("pass") : style.red("FAIL")
      terminal.print(
        padded(check.parameter, width) + "  " + padded("\(check.checked)/\(check.elements)", 11) + "  "
          + padded(NumberText.significant(check.worst, 2), 10) + "  " + verdict)
    }
  }
}
