import Foundation
import SNN
import Testing

/// Programs as modellers get them wrong, each with what the checker says of it. `Tests/Rejected/NAME.txt` is the output
/// of `snn check NAME.snn` in that folder, without colour. `SNN_RECORD=1` writes the transcripts and the table in
/// `README.md`; the run that writes fails.
@Suite struct RejectedTests {
  static let folder = TidyTests.root.appending(path: "Tests/Rejected")
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".snn") }.map { String($0.dropLast(4)) }.sorted()
  }()
  static let isRecording = ProcessInfo.processInfo.environment["SNN_RECORD"] != nil

  /// Each compiled once for all the tests.
  private static let programs: [String: Program] = {
    var result: [String: Program] = [:]
    for name in names {
      guard let bytes = try? Data(contentsOf: folder.appending(path: "\(name).snn")) else { continue }
      result[name] = Program.compile(bytes: Array(bytes), name: "\(name).snn", folder: folder.path)
    }
    return result
  }()

  private static func program(_ name: String) throws -> Program { try #require(programs[name]) }

  /// What `snn check` prints: the diagnostics, then how many there are.
  private static func transcript(_ name: String, _ program: Program) -> String {
    func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
    let errors = program.diagnostics.count { $0.severity == .error }
    let warnings = program.diagnostics.count - errors
    var summary = errors == 0 ? "no errors" : count(errors, "error")
    if warnings > 0 { summary += ", " + count(warnings, "warning") }
    // In that folder, paths are as written.
    let said = program.rendered().replacing(folder.path + "/", with: "")
    return said + (said.isEmpty || said.hasSuffix("\n") ? "" : "\n") + "\(name).snn: \(summary)\n"
  }

  private static func expected(_ name: String) -> String? {
    (try? Data(contentsOf: folder.appending(path: "\(name).txt"))).map { String(decoding: $0, as: UTF8.self) }
  }

  /// One row for each message: the place where to see how the program is told of a mistake.
  private static func table() throws -> String {
    var rows: [String] = []
    for name in names {
      let diagnostics = try program(name).diagnostics
      if diagnostics.isEmpty { rows.append("| `\(name)` | | accepted |") }
      for (place, diagnostic) in diagnostics.enumerated() {
        let headline = diagnostic.headline.replacing(folder.path + "/", with: "").replacing("|", with: "\\|")
        rows.append("| \(place == 0 ? "`\(name)`" : "") | \(diagnostic.id.code) | \(headline) |")
      }
    }
    return """
      # Rejected programs

      Mistakes that modellers make, one file each, with what `snn check` answers (`NAME.txt`). A message stands under the \
      operand it is about and says what is wrong, why something else was expected, and what to write; one cause gives one \
      message. `RejectedTests` compares them; `SNN_RECORD=1 swift test --filter RejectedTests` writes the transcripts and \
      this table (and fails, so that what it wrote is read).

      | program | code | message |
      |---|---|---|
      \(rows.joined(separator: "\n"))

      """
  }

  @Test func transcripts() throws {
    #expect(Self.names.count >= 110)
    for name in Self.names {
      let found = Self.transcript(name, try Self.program(name))
      if Self.isRecording {
        try found.write(to: Self.folder.appending(path: "\(name).txt"), atomically: true, encoding: .utf8)
      } else if let expected = Self.expected(name) {
        #expect(found == expected, "\(name).snn is answered otherwise than \(name).txt says")
      } else {
        Issue.record("\(name).snn has no transcript")
      }
    }
    if Self.isRecording {
      try Self.table().write(to: Self.folder.appending(path: "README.md"), atomically: true, encoding: .utf8)
      Issue.record("recorded \(Self.names.count) transcripts")
    } else {
      let table = try? String(contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
      #expect(table == (try Self.table()), "the table is of other transcripts")
    }
  }

  /// Lints that a comment silences and nothing else are accepted; every other program here is told of something.
  @Test func programsAreRejected() throws {
    for name in Self.names {
      let program = try Self.program(name)
      #expect(program.hasErrors != name.hasPrefix("lint-"), "\(name)")
      #expect(!program.diagnostics.isEmpty, "\(name)")
    }
  }

  /// No transcript without a program.
  @Test func transcriptsHavePrograms() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted() == Self.names)
  }
}
