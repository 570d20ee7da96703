import Testing

@testable import SNNSyntax

@Suite struct FormatterTests {
  @Test func theProgramOfTheLanguagePageIsInStyle() {
    let expected = digitsProgram.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      // Columns of aligned comments and braces are not kept.
      var text = String(line)
      for (wide, narrow) in [("            //", "  //"), ("w_in  {", "w_in {")] {
        if let range = text.firstRange(of: wide) { text.replaceSubrange(range, with: narrow) }
      }
      return text
    }.joined(separator: "\n")
    #expect(format(source(digitsProgram)) == expected)
  }

  @Test(arguments: [
    (
      "neuron A{param k=1;state V=0\ndV/dt=-V/10 ms+x^2*f( a,b )}",
      "neuron A { param k = 1; state V = 0\n  dV/dt = -V / 10 ms + x^2 * f(a, b) }\n"
    ),
    (
      "neuron A {\n\n\n// a\n\n\n\nparam k:voltage / time=1 /ms  // b\n\n}\n\n\n",
      "neuron A {\n  // a\n\n  param k : voltage/time = 1 /ms  // b\n}\n"
    ),
    ("neuron A { let x = 10 mV ^ 2 - -y as mV/ms / z }", "neuron A { let x = 10 mV ^ 2 - -y as mV/ms / z }\n"),
    ("task T of N {\nloss=a\n+b\nrecord a,\nb\n}", "task T of N {\n  loss = a\n       + b\n  record a,\n      b\n}\n"),
    (
      "network N {\r\nconnect A->B as w{weight=1,delay=2 ms}\r\n}",
      "network N {\n  connect A -> B as w { weight = 1, delay = 2 ms }\n}\n"
    ),
    ("neuron A { let x = f(\na = 1\nb = 2\n) }", "neuron A { let x = f(\n    a = 1\n    b = 2\n  ) }\n"),
    ("", ""),
  ])
  func spacesAndIndentationAreSetAnew(_ text: String, _ expected: String) {
    #expect(format(source(text)) == expected)
  }

  @Test(arguments: [digitsProgram, everythingProgram])
  func formattingIsIdempotentAndKeepsTheMeaning(_ text: String) {
    let once = format(source(text))
    #expect(format(source(once)) == once)
    #expect(dumpTree(parsed(once)) == dumpTree(parsed(text)))
    #expect(lex(source(once)).0.tokens.map(\.kind) == lex(source(text)).0.tokens.map(\.kind))
    let comments = { (text: String) in text.split(separator: "\n").filter { $0.contains("//") }.count }
    #expect(comments(once) == comments(text))
  }

  @Test func blanksDoNotMatter() {
    let file = source(everythingProgram)
    let expected = format(file)
    for seed in UInt64(0)..<40 {
      var random = SplitMix(state: seed)
      var text = ""
      let stream = lex(file).0
      for token in stream.tokens {
        for piece in stream.trivia[token.leadingTrivia] {
          // Blanks that are there grow; those beside `/` decide between a unit and a division and stay as they are.
          text += file.text(piece.span)
          if piece.kind == .whitespace {
            text += String(repeating: " ", count: Int.random(in: 0...3, using: &random))
          }
        }
        text += file.text(token.span)
      }
      #expect(format(source(text)) == expected, "seed \(seed)")
    }
  }

  @Test func brokenPartsAreKeptAndTheRestIsFormatted() {
    let text = "neuron A {\nparam   k = ) (\n    state   V=0\n}\n"
    let once = format(source(text))
    #expect(once.contains("  state V = 0\n"))
    #expect(once.contains(")"))
    #expect(format(source(once)) == once)
  }
}
