import Testing

@testable import SNNSyntax

/// A diagnostic with labels at the first occurrences of the given words.
private func sample(
  _ text: String, _ words: [(String, String)], notes: [String] = [], help: [FixIt] = []
) -> (SourceMap, Diagnostic) {
  var sources = SourceMap()
  let id = sources.add(name: "lif.snn", text: text)
  let labels = words.map { word, label -> Label in
    let bytes = Array(text.utf8)
    let needle = Array(word.utf8)
    let lower = bytes.indices.first { bytes[$0...].starts(with: needle) } ?? 0
    return Label(Span(file: id, lower: lower, upper: lower + needle.count), label)
  }
  let diagnostic = Diagnostic(
    DiagnosticID("E0301", "dimension-mismatch"), .error, "cannot subtract a voltage from a current", at: labels[0],
    secondary: Array(labels.dropFirst()), notes: notes, help: help)
  return (sources, diagnostic)
}

@Suite struct RendererTests {
  /// The message of the language page, §10.
  @Test func theMessageOfTheLanguagePage() {
    let text = String(repeating: "\n", count: 11) + "  dV/dt = (I_e - V) / tau_m\n"
    let (sources, diagnostic) = sample(
      text, [("I_e", "current (pA), from line 6"), ("V) /", "voltage (mV)")], notes: ["dV/dt must be voltage per time"],
      help: [FixIt("did you mean `R * I_e - V`? `R` is a resistance, line 7")])
    var narrowed = diagnostic
    narrowed.secondary[0].span.upper = narrowed.secondary[0].span.lower + 1
    #expect(
      TextRenderer(sources).render(narrowed) == """
        error[E0301]: cannot subtract a voltage from a current
          --> lif.snn:12:12
           |
        12 |   dV/dt = (I_e - V) / tau_m
           |            ^^^   ^ voltage (mV)
           |            |
           |            current (pA), from line 6
           = note: dV/dt must be voltage per time
           = help: did you mean `R * I_e - V`? `R` is a resistance, line 7

        """)
  }

  @Test func threeLabelsStackAndEarlierLinesCome() {
    let (sources, diagnostic) = sample(
      "param aa = 1\n\n\nlet x = bb + cc\n", [("bb", "left"), ("cc", "right"), ("x", "sum"), ("aa", "declared here")])
    #expect(
      TextRenderer(sources).render(diagnostic) == """
        error[E0301]: cannot subtract a voltage from a current
         --> lif.snn:4:9
          |
        1 | param aa = 1
          |       ^^ declared here
        ...
        4 | let x = bb + cc
          |     ^   ^^   ^^ right
          |     |   |
          |     |   left
          |     sum

        """)
  }

  @Test func tabsAndWideCharactersKeepTheCaretInPlace() {
    let (sources, diagnostic) = sample("\t電圧 = e\u{301}\u{301} + bad\n", [("bad", "here")])
    #expect(
      TextRenderer(sources).render(diagnostic) == """
        error[E0301]: cannot subtract a voltage from a current
         --> lif.snn:1:13
          |
        1 |     電圧 = e\u{301}\u{301} + bad
          |                ^^^ here

        """)
  }

  @Test func spansOverLinesAreMarkedOnTheirFirst() {
    let (sources, diagnostic) = sample("let x = a\n  + b\n", [("a\n  + b", "sum")])
    #expect(
      TextRenderer(sources).render(diagnostic) == """
        error[E0301]: cannot subtract a voltage from a current
         --> lif.snn:1:9
          |
        1 | let x = a
          |         ^ sum (to line 2)

        """)
  }

  @Test func editsAreShownUnlessTheMessageQuotesThem() {
    let file = source("neuron A { param tau = 10ms }\n")
    var sources = SourceMap()
    _ = sources.add(name: "test.snn", utf8: file.utf8)
    #expect(
      TextRenderer(sources).render(parse(file).1) == """
        error[E0007]: a space belongs between a number and its unit
         --> test.snn:1:25
          |
        1 | neuron A { param tau = 10ms }
          |                         ^^^ number and unit run together
          = help: insert a space
          |
        1 | neuron A { param tau = 10 ms }

        """)
  }

  @Test func colourChangesNothingElse() {
    let (sources, diagnostic) = sample("let x = bb + cc\n", [("bb", "left"), ("cc", "right")], notes: ["n"])
    let coloured = TextRenderer(sources, colour: true).render(diagnostic)
    var plain = ""
    var inEscape = false
    for character in coloured {
      if character == "\u{1B}" { inEscape = true }
      if !inEscape { plain.append(character) }
      if character == "m" { inEscape = false }
    }
    #expect(coloured.contains("\u{1B}[1;31m^^"))
    #expect(plain.filter { $0 != "m" } == TextRenderer(sources).render(diagnostic).filter { $0 != "m" })
  }

  @Test func endlessLinesAreShownAsAWindow() {
    let text = "let x = " + String(repeating: "(", count: 10_000)
    let file = source("neuron A { \(text) }")
    var sources = SourceMap()
    _ = sources.add(name: "test.snn", utf8: file.utf8)
    let rows = TextRenderer(sources).render(parse(file).1).split(separator: "\n")
    #expect(rows.allSatisfy { $0.count <= 200 })
  }

  @Test func jsonHasStableKeys() {
    let (sources, diagnostic) = sample(
      "a \"µ\"\nbad", [("bad", "here \"\n")], notes: ["n"],
      help: [FixIt("m", edits: [Edit(Span(file: FileID(0), lower: 0, upper: 1), "b")], isSafe: true)])
    let place = #""file":"lif.snn","line":2,"column":1,"offset":7,"endLine":2,"endColumn":4,"endOffset":10"#
    let edit = #""file":"lif.snn","line":1,"column":1,"offset":0,"endLine":1,"endColumn":2,"endOffset":1"#
    #expect(
      JSONRenderer(sources).render(diagnostic)
        == #"{"code":"E0301","slug":"dimension-mismatch","severity":"error","#
        + #""headline":"cannot subtract a voltage from a current","primary":{\#(place),"text":"here \"\n"},"#
        + #""labels":[],"notes":["n"],"help":[{"message":"m","safe":true,"edits":[{\#(edit),"replacement":"b"}]}]}"#)
    #expect(JSONRenderer(sources).render([Diagnostic]()) == "[]\n")
  }

  @Test func overlappingEditsAreMadeOnce() {
    let file = FileID(0)
    let edits = [
      Edit(Span(file: file, lower: 2, upper: 4), "X"), Edit(Span(file: file, lower: 3, upper: 5), "Y"),
      Edit(Span(file: file, lower: 0, upper: 0), "<"), Edit(Span(file: file, lower: 9, upper: 99), "Z"),
    ]
    #expect(applying(edits, to: "abcdefg") == "<abXefg")
  }

  /// Of a line of any length what stands around the label is shown, with the caret below it.
  @Test func longLinesAreCutAroundTheLabel() throws {
    let text = String(repeating: "é + ", count: 5000) + "here" + String(repeating: " + é", count: 5000)
    let (sources, diagnostic) = sample(text, [("here", "")])
    let rows = TextRenderer(sources).render(diagnostic).split(separator: "\n").map(Array.init)
    let line = try #require(rows.firstIndex { $0.contains("h") && $0.starts(with: "1 | …") })
    let column = try #require(rows[line].firstIndex(of: "h"))
    #expect(rows[line].count < 160 && rows[line].last == "…")
    #expect(String(rows[line + 1].dropFirst(column)).hasPrefix("^^^^"))
    #expect(rows[line + 1].firstIndex(of: "^") == column)
  }

  @Test func spellingProposesTheNearest() {
    #expect(Spelling.nearest(to: "mv", among: ["mS", "mV", "V"]) == "mV")
    #expect(Spelling.nearest(to: "tau_mme", among: ["tau_mem", "tau_syn"]) == "tau_mem")
    #expect(Spelling.nearest(to: "x", among: ["y", "z"]) == nil)
    #expect(Spelling.nearest(to: "hiden", among: ["output", "hidden"]) == "hidden")
    #expect(Spelling.nearest(to: "threshold", among: ["theta"]) == nil)
  }
}
