import ArgumentParser
import SNN
import SNNTools

/// Not called `New`: that is hard to read as a noun.
struct NewVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Make a project that runs.",
    discussion: "The folder NAME gets NAME.snn, which runs and trains as it is, a README and a .gitignore.")

  @Argument(help: "What it is to be called: letters, digits and underscores.")
  var name: String

  func validate() throws {
    guard NewProject.isName(name) else {
      throw ValidationError("A project's name is letters, digits and underscores, and begins with a letter.")
    }
  }

  func run() throws {
    let terminal = Terminal.standard
    guard !Files.exists(name) else { throw Failure(.commandLineWrong, "\(name) is there already") }
    try Files.makeFolder(name)
    let project = NewProject(name)
    for file in project.files { try Files.write(file.text, to: "\(name)/\(file.name)") }
    terminal.print(
      "made \(name)\n  snn run \(name)/\(name).snn     one pattern through the untrained network\n"
        + "  snn train \(name)/\(name).snn   learns in seconds\n  snn repl \(name)/\(name).snn    tries things out")
  }
}
