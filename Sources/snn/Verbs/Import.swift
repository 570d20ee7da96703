import ArgumentParser
import SNN

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a program and a file of parameters from a NIR graph.",
    usage: "snn import NET.nir [-o NET.snn] [--step 0.1ms]",
    discussion: """
      Writes NET.snn, which a person can read and change, and NET.h5 with its weights: snn run NET.snn --params NET.h5. \
      NIR is of continuous time and says no step; files that `snn export` wrote do.
      """)

  @Argument(help: "The NIR graph (HDF5).", completion: .file(extensions: ["nir"]))
  var file: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The program; the file's name with .snn if not said.", valueName: "file"))
  var out: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("The tick.", valueName: "time"))
  var step: TimeOption?

  func run() throws {
    do {
      let path = out ?? Files.name(of: file, withExtension: "snn")
      let folder = Files.folder(of: path)
      let weights = (folder.isEmpty ? "" : folder + "/") + Files.name(of: path, withExtension: "h5")
      try Files.requireWritable(path, as: .program)
      try Files.requireWritable(weights, as: .numbers)
      for name in [path, weights] where out == nil && Files.exists(name) {
        throw Failure(.commandLineWrong, "\(name) is there already; say with -o where the program goes")
      }
      let stem = Files.name(of: path, withExtension: "snn").dropLast(4)
      let result = try NIRImport(
        try NIRFile(reading: file), name: String(stem.prefix(1).uppercased() + stem.dropFirst()),
        step: step?.milliseconds, parameterFile: Files.name(of: path, withExtension: "h5"))
      try Files.write(result.program, to: path)
      try result.saveParameters(to: weights)
      Terminal.standard.print("wrote \(path) and \(weights)")
    } catch let failure as Failure {
      throw failure
    } catch { throw CommonOptions.failure(error) }
  }
}
