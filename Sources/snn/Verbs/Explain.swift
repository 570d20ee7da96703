import ArgumentParser
import SNN

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the order of a step and the equations derived from the program.")

  @OptionGroup var common: CommonOptions

  @Flag(help: "As LaTeX (amsmath).")
  var latex = false

  @Flag(help: "With --latex: a whole document that compiles as it is.")
  var document = false

  @Flag(help: "Only the order of the step: integrators, latencies, reasons.")
  var schedule = false

  func validate() throws {
    if document, !latex { throw ValidationError("--document goes with --latex.") }
  }

  func run() throws {
    try common.reporting {
      let derivation = try common.model().explanation(style: latex ? .latex : .text, scheduleOnly: schedule)
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
              }
            }),
        ])
      })
  }
}
