import Foundation
import SNN
import SNNSema
import Testing

@testable import SNNTools

/// Files of the repository, and what is written.
final class PromptFolder: @unchecked Sendable {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private let lock = NSLock()
  private var written: [String: String] = [:]

  subscript(name: String) -> String? { lock.withLock { written[name] } }

  var surroundings: Surroundings {
    Surroundings(
      read: { try Array(Data(contentsOf: Self.root.appendingPathComponent($0))) },
      write: { text, name in self.lock.withLock { self.written[name] = text } },
      list: { folder in
        (try? FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent(folder).path)) ?? []
      })
  }
}

/// What is typed at the prompt, and what it answers, line by line. `SNN_TRANSCRIPTS=write` records the answers.
@Suite struct PromptTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Transcripts")
  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".txt") }.sorted()

  @Test func thereAreTranscripts() { #expect(Self.names.count >= 4) }

  @Test(arguments: names) func transcript(_ name: String) throws {
    let file = Self.folder.appendingPathComponent(name)
    let expected = try String(contentsOf: file, encoding: .utf8)
    var prompt = Prompt(PromptFolder().surroundings)
    var actual = ""
    for line in expected.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("snn> ") || line.hasPrefix("...> ") else { continue }
      let input = String(line.dropFirst(5))
      actual += prompt.mark + input + "\n" + prompt.read(input).text
    }
    if ProcessInfo.processInfo.environment["SNN_TRANSCRIPTS"] == "write" {
      try actual.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(actual == expected)
  }

  /// An error loses nothing: what stood before it stands after it.
  @Test func errorsChangeNothing() {
    var prompt = Prompt(PromptFolder().surroundings)
    _ = prompt.read(":load examples/lif.snn")
    _ = prompt.read("run 50 ms")
    let before = [":list", ":set", "step_current", "cell.V"].map { prompt.read($0).text }
    for wrong in [
      "neuron LIF { state V = 1 mV; dV/dt = V }", "network X { population a = Nothing[2] }", "1 mV + 1 ms", "run 1 mV",
      "train x", "plot nothing", ":load nothing", ":set nothing=3", "task t of Cell { run for 0.05 ms }", "}",
      ":seed -1", "net = Nothing(3)", "\u{1}", "use std.nothing",
    ] {
      #expect(!prompt.read(wrong).text.isEmpty, "\(wrong)")
      _ = prompt.read("")
      #expect([":list", ":set", "step_current", "cell.V"].map { prompt.read($0).text } == before, "after \(wrong)")
    }
  }

  /// Going on from where a run stands is the longer run, bit for bit.
  @Test func runsGoOn() {
    var once = Prompt(PromptFolder().surroundings)
    var twice = Prompt(PromptFolder().surroundings)
    for line in [":load examples/lif.snn", "run 120 ms"] { _ = once.read(line) }
    for line in [":load examples/lif.snn", "run 37 ms", "run 83 ms"] { _ = twice.read(line) }
    for line in ["cell.V", "sum over time of cell.V", "sum over time of cell.spike"] {
      #expect(once.read(line) == twice.read(line))
    }
  }

  @Test func writesFiles() throws {
    let folder = PromptFolder()
    var prompt = Prompt(folder.surroundings)
    for line in [":load examples/lif.snn", "run", "plot cell.V to \"v.svg\"", ":save copy.snn"] {
      _ = prompt.read(line)
    }
    #expect(try #require(folder["v.svg"]).hasPrefix("<svg"))
    let copy = Program.compile(try #require(folder["copy.snn"]))
    #expect(!copy.hasErrors && copy.taskNames == ["step_current"])
  }

  @Test(arguments: [
    ("exp(-1 m", ["mA", "mM", "mS", "mV", "mm", "ms"]),
    (":lo", [":load"]), (":load exam", ["examples"]), ("\\ta", ["\\tau"]), ("\\tau", ["τ"]),
    ("use std.neu", ["neurons"]),
    ("use std.neurons.Ad", ["AdEx"]), ("cell.tau", ["tau_m"]), ("step_cu", ["step_current"]), ("neur", ["neuron"]),
    ("plot ras", ["raster"]), ("optimise adam(rate = warm", ["warmup"]), ("learn by epr", ["eprop"]),
  ]) func completes(_ line: String, _ choices: [String]) {
    var prompt = Prompt(PromptFolder().surroundings)
    _ = prompt.read(":load examples/lif.snn")
    #expect(prompt.completions(line, cursor: line.count).choices == choices)
  }

  @Test func incompleteLines() {
    var prompt = Prompt(PromptFolder().surroundings)
    #expect(prompt.read("neuron A {").isIncomplete)
    #expect(prompt.mark == "...> ")
    prompt.cancelLine()
    #expect(prompt.read("1 + 1").text == "2\n")
    #expect(prompt.read("1 +").isIncomplete)
    #expect(prompt.read("").text.contains("error"))
    #expect(prompt.mark == "snn> ")
    _ = prompt.read("neuron A { state x = 0")
    #expect(prompt.finish().text.contains("error"))
  }

  /// A run is stopped from another thread, and what stood before stands. The run is short enough to end by itself in
  /// seconds should nothing stop it.
  @Test(.timeLimit(.minutes(1))) func interrupted() {
    let surroundings = PromptFolder().surroundings
    var prompt = Prompt(surroundings)
    for line in [":load examples/balanced.snn", "run 10 ms"] { _ = prompt.read(line) }
    // A thread of its own, since tests may occupy all those of the pool; again and again, as a person would, for a
    // request that comes before the run has begun stops nothing.
    let stopper = Thread {
      while !Thread.current.isCancelled {
        surroundings.interrupt.request()
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
    stopper.start()
    let text = prompt.read("run 30 s").text
    stopper.cancel()
    #expect(text == "stopped; everything is as it was before\n")
    #expect(prompt.about("balanced")?.contains("at 10 ms") ?? prompt.about("Balanced")?.contains("at 10 ms") ?? false)
  }
}

@Suite struct CatalogueTests {
  /// Every code has a story, and its example is told what the story says.
  @Test(arguments: DiagnosticCatalogue.all.map(\.id.code)) func story(_ code: String) throws {
    let explanation = try #require(DiagnosticCatalogue.explanation(of: code))
    let story = try #require(DiagnosticCatalogue.story(of: code))
    #expect(story.contains(explanation.text) && explanation.text.count > 10)
    // Those of files need one.
    let said = DiagnosticCatalogue.messages(of: explanation)
    #expect(said.contains("[\(code)]") || TaskDiagnostics.withFiles.contains(explanation), "\(code)")
  }
}
