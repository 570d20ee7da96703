import Foundation
import Testing

@testable import SNNSyntax

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private func text(_ path: String) throws -> String {
  try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
}

private func grammar() throws -> Grammar { try #require(Grammar(text("grammar/snn.ebnf"))) }

@Suite struct GrammarTests {
  @Test func terminalsAreTheLexersOperatorsAndKeywords() throws {
    let terminals = try grammar().terminals.subtracting(["1"])
    // `;` is spelt NEWLINE in the productions.
    let known = Set(TokenKind.punctuation.map(\.rawValue)).subtracting([";"])
      .union(Keywords.reserved).union(Keywords.contextual)
    #expect(terminals.subtracting(known) == [])
    #expect(known.subtracting(terminals) == [])
  }

  @Test func everyProductionIsDefinedAndUsed() throws {
    let grammar = try grammar()
    var used: Set<String> = ["file"]
    for node in grammar.productions.values {
      Grammar.walk(node) { if case .reference(let name) = $0 { used.insert(name) } }
    }
    let defined = Set(grammar.order)
    #expect(grammar.order.count == defined.count)
    #expect(used.subtracting(defined).subtracting(Grammar.lexical.keys) == [])
    #expect(defined.subtracting(used) == [])
    #expect(Set(Grammar.lexical.keys).subtracting(used) == [])
  }

  /// Functions that read no phrase of their own: precedence climbing, lists, blocks, lexical pieces.
  private static let auxiliary: Set<String> = [
    "operators", "infix", "prefix", "separated", "unit_token", "unit_exponent", "flow_value", "names", "dotted_names",
    "expressions", "name", "block", "neuron_items",
  ]

  @Test func parseFunctionsHaveProductionsOfTheirNames() throws {
    let grammar = try grammar()
    let folder = root.appendingPathComponent("Sources/SNNSyntax/Parser")
    var functions: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasPrefix("Parser") {
      let source = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      for match in source.matches(of: /func parse([A-Z][A-Za-z]*)\(/) {
        let words = match.1.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
        functions.insert(String(words.dropFirst()))
      }
    }
    functions.remove("declarations")
    #expect(functions.subtracting(Self.auxiliary).subtracting(grammar.order) == [])
    #expect(Self.auxiliary.subtracting(functions) == [])
  }

  @Test(arguments: 0..<6)
  func sentencesOfTheGrammarParse(_ block: Int) throws {
    let grammar = try grammar()
    for round in 0..<150 {
      let seed = UInt64(block * 150 + round)
      var random = SplitMix(state: seed)
      let sentence = grammar.sentence("file", fuel: Int.random(in: 10...26, using: &random), using: &random)
      let (tree, diagnostics) = parse(source(sentence))
      #expect(diagnostics.map(\.headline) == [], "seed \(seed):\n\(sentence)")
      #expect(tree.expressions.allSatisfy { $0.kind != .error })
      let formatted = format(source(sentence))
      #expect(format(source(formatted)) == formatted, "seed \(seed)")
      #expect(dumpTree(parsed(formatted)) == dumpTree(tree), "seed \(seed)")
    }
  }

  /// Which declarations the sentences reach: a grammar whose sentences are empty proves nothing.
  @Test func sentencesReachEveryDeclaration() throws {
    let grammar = try grammar()
    var heads: Set<String> = []
    for seed in UInt64(0)..<200 {
      var random = SplitMix(state: seed)
      let dump = dumpTree(parsed(grammar.sentence("file", fuel: 22, using: &random)))
      for line in dump.split(separator: "\n") where !line.hasPrefix(" ") {
        heads.insert(String(line.prefix { $0 != " " }))
      }
    }
    #expect(heads.subtracting(["///"]) == Set(Keywords.declarations))
  }
}
