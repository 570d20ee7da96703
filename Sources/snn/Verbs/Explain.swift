import ArgumentParser
import SNN
import SNNTools

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the order of a step and the equations derived from the program, or tell a message's story.",
    usage: "snn explain FILE [options]\nsnn explain E0301")

  @OptionGroup var common: CommonOptions

  @Flag(help: "As LaTeX (amsmath).")
  var latex = false

  @Flag(help: "With --latex: a whole document that compiles as it is.")
  var document = false

  @Flag(help: "Only the order of the step: integrators, latencies, reasons.")
  var schedule = false

  @Option(
    help: ArgumentHelp(
      "As this rule learns, in place of the task's: its own choices, with the task's surrogates.",
      valueName: "rule"))
  var rule: String?

  func validate() throws {
    if document, !latex { throw ValidationError("--document goes with --latex.") }
  }

  func run() throws {
    try common.reporting {
      if try explainsMessage() { return }
      let derivation = try common.with(rule: rule).model()
        .explanation(style: latex ? .latex : .text, scheduleOnly: schedule)
      if common.json { return common.terminal.print(Self.json(derivation).text) }
      common.terminal.print(document ? derivation.latexDocument : latex ? derivation.latex : derivation.text)
    }
  }

  private static func json(_ derivation: Derivation) -> JSON {
    .array(
      derivation.blocks.map { block in
        .object([
          "title": .string(block.title),
          "lines": .array(
            block.lines.map { line in
              switch line {
              case .text(let text): .object(["text": .string(text)])
              case .equation(let left, let right, let note):
                .object(["left": .string(left), "right": .string(right), "note": .string(note)])
              case .assignment(let left, let right): .object(["target": .string(left), "value": .string(right)])
              }
            }),
        ])
      })
  }

  /// `snn explain E0301`, by code or by slug; a file of that name goes first.
  private func explainsMessage() throws -> Bool {
    let name = common.file
    let isCode = "EW".contains(name.prefix(1)) && name.count == 5 && name.dropFirst().allSatisfy(\.isNumber)
    guard let found = DiagnosticCatalogue.explanation(of: name) else {
      if isCode, !Files.exists(name) { throw Failure(.commandLineWrong, "there is no message `\(name)`") }
      return false
    }
    guard !Files.exists(name) else { return false }
    let terminal = common.terminal
    if common.json {
      terminal.print(
        JSON.object([
          "code": .string(found.id.code), "slug": .string(found.id.slug), "text": .string(found.text),
          "example": .string(found.example), "messages": .string(DiagnosticCatalogue.messages(of: found)),
        ]).text)
    } else {
      terminal.print(DiagnosticCatalogue.story(of: name, isColoured: terminal.output.style.isOn) ?? "")
    }
    return true
  }
}
