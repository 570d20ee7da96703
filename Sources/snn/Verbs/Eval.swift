import ArgumentParser
import SNN

struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure loss, scores and firing rates of trained parameters on the data sets.")

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("Parameters, as `train --save` writes them (HDF5).", valueName: "file"))
  var params: String?

  @Option(help: ArgumentHelp("Only this data set.", valueName: "name"))
  var data: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Samples at a time, instead of the task's.", valueName: "number"))
  var batch: Int?

  func validate() throws {
    if let batch, batch < 1 { throw ValidationError("--batch must be at least 1.") }
  }

  func run() throws {
    try common.reporting {
      let session = try Session(try common.model(), options: common.sessionOptions(batch: batch))
      try common.start(session, params)
      let set = try session.requireDataSet(data)
      Interruption.watch()
      let results = try Measurements.all(session, only: set)
      for note in session.notes { common.terminal.warning(note) }
      for result in results { common.terminal.print(common.json ? result.json.text : result.line) }
    }
  }
}
