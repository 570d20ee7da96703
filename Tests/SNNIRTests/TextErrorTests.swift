import SNNIR
import Testing

@Suite struct TextErrorTests {
  static let cases: [(text: String, line: Int, reason: IRTextError.Reason)] = [
    ("", 1, .unexpected(found: "the end", expected: "graph { … }")),
    ("graph {\n%0 = const \"", 2, .unterminatedString),
    ("graph {\n%0 = frob : real\n}", 2, .unknownOpcode("frob")),
    ("graph {\n%0 = const 1 : real\n%1 = neg %7 : real\n}", 3, .unknownName("%7")),
    ("graph {\n%0 = load $U : real\n}", 2, .unknownName("$U")),
    ("graph {\n%0 = const 1 : real\n%0 = const 2 : real\n}", 3, .definedTwice("%0")),
    ("graph {\n%0 = const 1 : int\n}", 2, .unexpected(found: "int", expected: "real[…] or bool[…]")),
    ("graph {\n%0 = const 1 : real[side]\n}", 2, .unexpected(found: "side", expected: "an axis")),
    ("graph {\n%0 = const 1 : real[@noon]\n}", 2, .unexpected(found: "@noon", expected: "a phase")),
    ("graph {\n%0 = const one : real\n}", 2, .unexpected(found: "one", expected: "a number")),
    ("graph {\n}\nnetwork {\n}", 3, .missingField("name", of: "network")),
    ("graph {\n}", 1, .missingField("network { … }", of: "the text")),
    (
      "graph {\nsymbol \"t\" time : real\n}\nnetwork { name: \"a\", step: 1, timeSymbol: $t, stepSymbol: $t\nfoo: 1 }",
      5,
      .unknownField("foo", of: "network")
    ),
    ("graph {\n}\nnetwork { name: \"a\"\nname: \"b\" }", 4, .definedTwice("name")),
    ("graph {\n}\nnetwork " + String(repeating: "{ a: ", count: 100), 3, .tooDeep(limit: 64)),
  ]

  @Test(arguments: 0..<cases.count) func errorsSayWhereAndWhy(_ index: Int) {
    let (text, line, reason) = Self.cases[index]
    let error = #expect(throws: IRTextError.self) { _ = try IRText.network(from: text) }
    #expect(error == IRTextError(line: line, reason))
    #expect(error?.description.hasPrefix("line \(line): ") == true)
  }

  @Test func rangesAndIndicesOutOfRangeAreErrors() {
    let text = IRText.text(of: Plan.fixture())
    for (old, new) in [
      ("range(0, 3)", "range(3, 0)"), ("ticks: 10", "ticks: 99999999999999999999"), ("ring(length: 3)", "ring(3)"),
      ("@U", "@V"), ("into: @I", "into: @77"), ("#hidden", "#99999999999"),
    ] {
      #expect(text.contains(old))
      let broken = text.split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
      #expect(throws: IRTextError.self, "\(new)") { _ = try IRText.plan(from: broken) }
    }
  }

  /// Whatever is done to a text, reading gives a module or an error, and verifying what was read gives faults.
  @Test(arguments: 0..<60) func damagedTextsNeverTrap(_ seed: Int) {
    var random = Seeded(UInt64(seed))
    let fixture = LIFFixture()
    let texts = [
      IRText.text(of: Plan.fixture()), IRText.text(of: fixture.network, tasks: [fixture.task]),
      IRText.text(of: [fixture.step], in: fixture.stepGraph), IRText.text(of: Graph.random(UInt64(seed))),
    ]
    for text in texts {
      var words = text.split(separator: " ", omittingEmptySubsequences: false)
      for _ in 0..<1 + random.index(4) {
        let (a, b) = (random.index(words.count), random.index(words.count))
        switch random.index(5) {
        case 0: words.remove(at: a)
        case 1: words.swapAt(a, b)
        case 2: words[a] = words[b]
        case 3: words.insert(["-1", "%0", "{", "]", "99", "nan", "\"", "#5", "$3"][random.index(9)], at: a)
        default: words[a] = Substring(words[a].map { $0.isNumber ? "\(random.index(10))" : "\($0)" }.joined())
        }
      }
      let damaged = words.joined(separator: " ")
      if let graph = try? IRText.graph(from: damaged) { _ = graph.verify().map(\.description) }
      if let (network, tasks) = try? IRText.network(from: damaged) {
        _ = network.verify().map(\.description)
        for task in tasks { _ = task.verify(in: network).map(\.description) }
      }
      if let (steps, graph) = try? IRText.steps(from: damaged) {
        for step in steps { _ = step.verify(graph).map(\.description) }
      }
      if let plan = try? IRText.plan(from: damaged) { _ = plan.verify().map(\.description) }
    }
  }
}
