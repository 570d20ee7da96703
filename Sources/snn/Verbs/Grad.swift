import ArgumentParser
import SNN

struct Grad: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Loss and gradients of given arrays, for comparing with other systems.",
    discussion: """
      Reads /parameters/NAME and /data/INPUT ([sample, time, unit]), /data/label, …; writes /loss, /gradients/NAME \
      and /records/POP.VAR ([sample, time, unit], ticks 1 to T). Names and units as in the program, weights [post, pre].
      """)

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("Parameters (HDF5); drawn from the seed if not given.", valueName: "file"))
  var params: String?

  @Option(help: ArgumentHelp("The batch (HDF5).", valueName: "file"))
  var batch: String

  @Option(help: ArgumentHelp("Where the results go (HDF5).", valueName: "file"))
  var out: String

  @Option(
    parsing: .singleValue, help: ArgumentHelp("Variables to record too.", valueName: "pop.var,…"))
  var record: [String] = []

  func run() throws {
    try common.reporting {
      try Files.requireWritable(out, as: .numbers)
      let model = try common.model()
      let results = try BlackBoxRun(
        model: model, options: common.sessionOptions(precision: .f64), parameters: params, batch: batch,
        records: try model.requireRecords(record).map(\.name), wantsGradient: true
      ).run()
      try results.write(to: out)
      results.show(common, out: out)
    }
  }
}
