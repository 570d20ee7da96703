import ArgumentParser
import SNN

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a network for other systems, as a NIR graph.",
    discussion: """
      NIR is the Neuromorphic Intermediate Representation, an HDF5 file that snnTorch, Norse, Rockpool, Lava and others \
      read. What it has no node for is refused with the reason.
      """)

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("Parameters, as `train --save` writes them (HDF5).", valueName: "file"))
  var params: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to; the file's name with .nir if not said.", valueName: "file"))
  var out: String?

  func run() throws {
    try common.reporting {
      let path = out ?? Files.name(of: common.file, withExtension: "nir")
      try Files.requireWritable(path, as: .graph)
      let session = try Session(try common.model(), options: common.sessionOptions())
      if let params { try session.loadParameters(params) }
      let graph = try session.nirGraph()
      try graph.save(to: path)
      common.terminal.print(
        common.json
          ? JSON.object([
            "file": .string(path), "nodes": .integer(graph.nodes.count), "edges": .integer(graph.edges.count),
          ]).text
          : "wrote \(path): \(graph.nodes.count) nodes, \(graph.edges.count) edges")
    }
  }
}
