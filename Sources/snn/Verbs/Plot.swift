import ArgumentParser
import SNN

/// Not called `Plot`: that is the library's.
struct PlotVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Run one sample and draw its records into an SVG file.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var simulation: SimulationOptions

  @Option(help: ArgumentHelp("Where to; the program's name with .svg if not said.", valueName: "file"))
  var out: String?

  func run() throws {
    try common.reporting {
      let path = out ?? Files.name(of: common.file, withExtension: "svg")
      try Files.requireWritable(path)
      let (session, result) = try simulation.run(common)
      for note in session.notes { common.terminal.warning(note) }
      try Files.write(simulation.figure(result, session, title: common.file).svg(), to: path)
      guard path != "-" else { return }
      common.terminal.print(common.json ? JSON.object(["file": .string(path)]).text : "drew \(path)")
    }
  }
}
