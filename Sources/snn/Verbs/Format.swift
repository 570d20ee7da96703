import ArgumentParser
import SNN

struct Format: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Lay programs out in the one style of the language.")

  @Argument(help: "The .snn files; - reads standard input and writes standard output.")
  var files: [String]

  @Flag(help: "Change nothing; name the files that are laid out otherwise and end with status 1.")
  var check = false

  func run() throws {
    let terminal = Terminal.standard
    var others: [String] = []
    for file in files {
      let bytes = try Files.readProgram(file)
      try Files.requireText(bytes, of: file)
      let program = Program.compile(bytes: bytes, name: file)
      let text = program.formatted
      if file == "-", !check {
        terminal.output.write(text)
      } else if Array(text.utf8) != bytes {
        others.append(file)
        if !check { try Files.write(text, to: file) }
      }
    }
    guard check, !others.isEmpty else { return }
    others.forEach { terminal.print($0) }
    throw Failure(.modelWrong)
  }
}
