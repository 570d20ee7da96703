import Foundation
import Testing

@testable import SNNSyntax

@Suite struct ParserTests {
  @Test func programOfTheLanguagePageParses() {
    #expect(codes(digitsProgram) == [])
    #expect(parsed(digitsProgram).declarations.count == 4)
  }

  @Test func everyConstructParses() {
    let (tree, diagnostics) = parse(source(everythingProgram))
    #expect(diagnostics.map(\.headline) == [])
    #expect(tree.declarations.count == 18)
    #expect(tree.allowances.map(\.text) == ["never-read"])
  }
}

@Suite struct ExampleFilesTests {
  @Test func examplesParseAndKeepTheirMeaningWhenFormatted() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("examples")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".snn") }
    #expect(!names.isEmpty)
    for name in names {
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      #expect(codes(text) == [], "\(name)")
      let once = format(source(text))
      #expect(format(source(once)) == once, "\(name)")
      #expect(dumpTree(parsed(once)) == dumpTree(parsed(text)), "\(name)")
    }
  }
}
