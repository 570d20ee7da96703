import Foundation
import Testing

/// The commands printed in the guide are run, in order, in a folder with the examples.
@Suite struct GuideCommandTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let pages = ["first-spike.md", "paper.md", "tools.md", "cookbook.md", "nir.md"]

  @Test(arguments: pages) func commands(_ page: String) throws {
    let text = try String(contentsOf: Self.root.appendingPathComponent("docs/\(page)"), encoding: .utf8)
    let blocks = text.components(separatedBy: "```sh\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
    #expect(!blocks.isEmpty)
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("examples"),
      withDestinationURL: Self.root.appendingPathComponent("examples"))
    for line in blocks.joined(separator: "\n").split(separator: "\n") where line.hasPrefix("snn ") {
      let outcome = try BuiltCommand.shell(String(line), in: folder)
      // The doctor may find something.
      let isFine = outcome.status == 0 || (line.hasPrefix("snn doctor") && outcome.status == 4)
      #expect(isFine, "\(line): \(outcome.status)\n\(outcome.errors)")
    }
  }

  @Test func everyPageWithCommandsIsRun() throws {
    let names = try FileManager.default.subpathsOfDirectory(atPath: Self.root.path + "/docs")
    for name in names where name.hasSuffix(".md") && !Self.pages.contains(name) {
      let text = try String(contentsOf: Self.root.appendingPathComponent("docs/\(name)"), encoding: .utf8)
      #expect(!text.contains("```sh\n"), "\(name)")
    }
  }

  @Test func theManualHasEveryVerb() throws {
    let manual = try String(contentsOf: Self.root.appendingPathComponent("docs/man/snn.1"), encoding: .utf8)
    let help = try BuiltCommand.shell("snn --help").output
    let verbs =
      help.components(separatedBy: "SUBCOMMANDS:").last?.split(separator: "\n").compactMap { line -> String? in
        let words = line.split(separator: " ")
        return line.hasPrefix("  ") && !line.hasPrefix("   ") && !words.isEmpty ? String(words[0]) : nil
      } ?? []
    #expect(verbs.count >= 15)
    for verb in verbs where verb != "See" { #expect(manual.contains(".B \(verb)\n"), "\(verb)") }
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func completions(_ shell: String) throws {
    let outcome = try BuiltCommand.shell("snn completions \(shell)")
    #expect(outcome.status == 0 && outcome.output.contains("gradcheck"))
  }

  @Test func aNewProjectLearns() throws {
    let folder = try TemporaryFolder()
    let made = try BuiltCommand.shell("snn new mine && snn test mine/mine.snn", in: folder)
    #expect(made.status == 0, "\(made.output)\(made.errors)")
    #expect(try BuiltCommand.shell("snn new mine", in: folder).status == 2)
    #expect(try BuiltCommand.shell("snn new ../x", in: folder).status == 2)
    let report = try BuiltCommand.shell("snn train mine/mine.snn --epochs 3 --report out.html", in: folder)
    #expect(report.status == 0, "\(report.errors)")
    let page = try folder.read("out.html")
    for part in ["<svg", "Gradients of the first batch", "The derived rule", "hash of the program", "seed", "Manifest"]
    {
      #expect(page.contains(part), "\(part)")
    }
    #expect(page.components(separatedBy: "<svg").count == 4)
  }

  @Test func fixesAndStories() throws {
    let folder = try TemporaryFolder()
    try folder.write("neuron A {\n  param tau = 10ms\n  state V = 0\n  dV/dt = -V / tua\n}\n", "a.snn")
    let fixed = try BuiltCommand.shell("snn check --fix a.snn", in: folder)
    #expect(fixed.status == 1)
    #expect(fixed.errors.contains("applied 1 edit") && fixed.errors.contains("E0201"))
    #expect(try folder.read("a.snn").contains("10 ms"))
    let story = try BuiltCommand.shell("snn explain E0301")
    #expect(story.status == 0 && story.output.contains("A program that gives it"))
    #expect(try BuiltCommand.shell("snn explain E9999").status == 2)
    #expect(try BuiltCommand.shell("snn explain --json E0301").output.contains("\"slug\":\"dimension-mismatch\""))
  }

  @Test func aScriptOfThePrompt() throws {
    let folder = try TemporaryFolder()
    try folder.write("x = 3 mV\nx * 2\nneuron A {\n state V = 0\n}\n:quit\n5\n", "script")
    let outcome = try BuiltCommand.shell("snn repl < script", in: folder)
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("x = 3 mV\n6 mV\n") && !outcome.output.contains("5\n"))
  }

  /// A number that stops being one is told with its variable, unit, time and the equation's place.
  @Test func runTimeFaults() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "neuron A {\n  state x = 1\n  next x = 1e30 * x * x\n}\nnetwork N {\n  step 0.5 ms\n  population cells = A[3]\n}\n",
      "a.snn")
    let outcome = try BuiltCommand.shell("snn run a.snn", in: folder)
    #expect(outcome.status == 3)
    for part in ["cells.x", "unit 0", "t = ", "a.snn:"] { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
  }
}
