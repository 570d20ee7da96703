import Testing

@testable import SNNSyntax

/// SplitMix64 (Steele, Lea & Flood 2014), so that a failing case can be named by its seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct FuzzTests {
  /// Every invariant that holds for any bytes.
  private func check(_ bytes: [UInt8], _ seed: UInt64) {
    let file = SourceFile(id: FileID(0), name: "fuzz", utf8: bytes)
    let stream = lex(file).0
    #expect(stream.reassembled(file) == bytes, "seed \(seed)")
    let (tree, diagnostics) = parse(file)
    var sources = SourceMap()
    _ = sources.add(name: "fuzz", utf8: bytes)
    for diagnostic in diagnostics {
      #expect(Int(diagnostic.primary.span.upper) <= bytes.count, "seed \(seed)")
      #expect(diagnostic.primary.span.lower <= diagnostic.primary.span.upper, "seed \(seed)")
      _ = TextRenderer(sources).render(diagnostic)
    }
    for (index, expression) in tree.expressions.enumerated() {
      let isOrdered = expression.kind.children.allSatisfy { Int($0.index) < index }
      #expect(isOrdered && Int(expression.span.upper) <= bytes.count, "seed \(seed)")
    }
    _ = dumpTree(tree)
  }

  @Test(arguments: 0..<4)
  func tokenMutationsNeverCrash(_ block: Int) {
    let corpus = [digitsProgram, everythingProgram].map { text in
      let file = source(text)
      return lex(file).0.tokens.map { token in
        (token.startsLine ? "\n" : " ") + file.text(token.span)
      }
    }
    for round in 0..<700 {
      let seed = UInt64(block * 700 + round)
      var random = SplitMix(state: seed)
      var tokens = corpus[Int.random(in: 0..<2, using: &random)]
      let from = Int.random(in: 0..<tokens.count, using: &random)
      tokens = Array(tokens[from..<min(tokens.count, from + 120)])
      for _ in 0..<Int.random(in: 1...5, using: &random) where !tokens.isEmpty {
        let place = Int.random(in: 0..<tokens.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: tokens.remove(at: place)
        case 1: tokens.insert(tokens[place], at: place)
        case 2: tokens.swapAt(place, Int.random(in: 0..<tokens.count, using: &random))
        case 3: tokens[place] = corpus[0][Int.random(in: 0..<corpus[0].count, using: &random)]
        default: tokens.insert(TokenKind.allCases.randomElement(using: &random)?.rawValue ?? "", at: place)
        }
      }
      check(Array(tokens.joined().utf8), seed)
    }
  }

  @Test func byteMutationsNeverCrash() {
    let corpus = Array((digitsProgram + everythingProgram).utf8)
    for seed in UInt64(0)..<600 {
      var random = SplitMix(state: seed)
      let from = Int.random(in: 0..<corpus.count - 400, using: &random)
      var bytes = Array(corpus[from..<from + 400])
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      check(bytes, seed)
    }
  }

  @Test func truncationsNeverCrash() {
    let bytes = Array(digitsProgram.utf8)
    for length in stride(from: 0, to: bytes.count, by: 7) { check(Array(bytes[..<length]), UInt64(length)) }
  }
}
