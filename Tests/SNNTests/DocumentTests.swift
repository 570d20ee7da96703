import Foundation
import SNN
import Testing

/// Programs printed in the documents are programs: each is compiled, and the README's is the shipped example.
@Suite struct DocumentTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The fenced blocks of a language in a document.
  static func blocks(_ path: String, _ language: String) throws -> [String] {
    let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  @Test(arguments: ["README.md"]) func programsCompile(_ path: String) throws {
    let blocks = try Self.blocks(path, "snn")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let program = Program.compile(
        block, name: path, folder: Self.root.appendingPathComponent("examples").path)
      #expect(!program.hasErrors, "\(program.rendered())")
    }
  }

  @Test func theProgramOfTheReadmeIsTheExample() throws {
    let block = try #require(try Self.blocks("README.md", "snn").first)
    let example = try String(contentsOf: Self.root.appendingPathComponent("examples/digits.snn"), encoding: .utf8)
    #expect(example.contains(block))
  }
}
