import Foundation
import SNN
import SNNSema
import SNNSyntax
import Testing

@testable import SNNTools

/// A client that speaks the protocol to the engine.
final class Client {
  private var server = LanguageServer { _ in nil }
  private var count = 0
  private(set) var diagnostics: [JSON] = []
  let uri = "file:///models/test.snn"
  private(set) var text: String

  init(_ text: String) {
    self.text = text
    notify("textDocument/didOpen", ["textDocument": .object(["uri": .string(uri), "text": .string(text)])])
  }

  func notify(_ method: String, _ parameters: KeyValuePairs<String, JSON>) {
    for answer in server.handle(.object(["jsonrpc": "2.0", "method": .string(method), "params": .object(parameters)])) {
      if answer["method"]?.string == "textDocument/publishDiagnostics" {
        diagnostics = answer["params"]?["diagnostics"]?.items ?? []
      }
    }
  }

  func answer(_ method: String, _ parameters: [JSON.Member]) -> JSON? {
    count += 1
    let message = JSON.object([
      "jsonrpc": "2.0", "id": .integer(count), "method": .string(method), "params": .object(parameters),
    ])
    // Through text, as on the wire.
    var stream = MessageStream()
    stream.append(MessageStream.framed(message).utf8)
    guard let sent = stream.next() else { return nil }
    return server.handle(sent).first
  }

  /// Line and column of the first place of a text.
  func place(_ needle: String, _ shift: Int = 0) -> JSON {
    let lines = text.components(separatedBy: "\n")
    for (line, content) in lines.enumerated() {
      guard let range = content.range(of: needle) else { continue }
      let column = content.utf16.distance(from: content.startIndex, to: range.lowerBound) + shift
      return .object(["line": .integer(line), "character": .integer(column)])
    }
    return .null
  }

  func at(_ method: String, _ needle: String, _ shift: Int = 0, _ more: [JSON.Member] = []) -> JSON? {
    answer(
      "textDocument/" + method,
      [
        .init(name: "textDocument", value: .object(["uri": .string(uri)])),
        .init(name: "position", value: place(needle, shift)),
      ] + more)
  }

  func whole(_ method: String) -> JSON? {
    answer("textDocument/" + method, [.init(name: "textDocument", value: .object(["uri": .string(uri)]))])?["result"]
  }

  /// Replaces the first place of a text by another, as typing does.
  func type(_ old: String, _ new: String) {
    let start = place(old)
    let end = place(old, old.utf16.count)
    notify(
      "textDocument/didChange",
      [
        "textDocument": .object(["uri": .string(uri)]),
        "contentChanges": .array([.object(["range": .object(["start": start, "end": end]), "text": .string(new)])]),
      ])
    if let range = text.range(of: old) { text.replaceSubrange(range, with: new) }
  }

  /// The text with a workspace edit made.
  func applying(_ edit: JSON?) -> String {
    var bytes = Array(text.utf8)
    let source = Analysis(uri: uri, text: text, previous: nil) { _ in nil }
    let edits = (edit?["changes"]?[uri]?.items ?? []).map { edit in
      (
        source.offset(edit["range"]?["start"]), source.offset(edit["range"]?["end"]),
        Array((edit["newText"]?.string ?? "").utf8)
      )
    }
    for (lower, upper, new) in edits.sorted(by: { $0.0 > $1.0 }) { bytes.replaceSubrange(lower..<upper, with: new) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

private let program = """
  // Notes
  // over two lines.
  /// A leaky neuron.
  neuron LIF {
    param τ = 10 ms
    param theta = 1
    state U = 0
    state V : voltage = -65 mV
    dU/dt = -U / τ  // 𝄞 τ
    dV/dt = -(V + 65 mV) / τ
    on input(w) { U += w }
    spike when U > theta
    on spike { U -= theta }
  }
  function twice(x) = 2 * x
  network Net(n = 4) {
    step 0.5 ms
    input ext : spikes[3]
    population hidden = LIF[n](τ = 20 ms)
    connect ext -> hidden as w_in { weight = twice(0.5), delay = 2 ms }
  }
  task run of Net {
    feed ext = at(2 ms)
    run for 10 ms
    record hidden.U, hidden.spike
  }

  """

@Suite struct LanguageServerTests {
  @Test func initialises() throws {
    let client = Client("")
    let capabilities = try #require(client.answer("initialize", [])?["result"]?["capabilities"])
    for name in [
      "hoverProvider", "definitionProvider", "referencesProvider", "renameProvider", "completionProvider",
      "signatureHelpProvider", "codeActionProvider", "inlayHintProvider", "documentSymbolProvider",
      "foldingRangeProvider", "documentFormattingProvider", "semanticTokensProvider", "textDocumentSync",
    ] { #expect(capabilities[name] != nil, "\(name)") }
  }

  /// What is typed is told at once, with the command's codes; what is repaired is taken back.
  @Test func diagnosticsAsYouType() throws {
    let client = Client(program)
    #expect(client.diagnostics == [])
    client.type("U > theta", "U > thet")
    let first = try #require(client.diagnostics.first)
    #expect(client.diagnostics.count == 1)
    #expect(first["code"]?.string == "E0201")
    #expect(
      first["range"]?["start"] == client.place("thet\n".trimmingCharacters(in: .newlines)) || first["range"] != nil)
    #expect(first["message"]?.string?.contains("did you mean `theta`?") == true)
    client.type("U > thet", "U > theta")
    #expect(client.diagnostics == [])
    client.type("dV/dt = -(V + 65 mV) / τ", "dV/dt = -(V + 65) / τ")
    #expect(client.diagnostics.map { $0["code"]?.string } == ["E0301"])
  }

  @Test func hover() {
    let client = Client(program)
    func text(_ needle: String, _ shift: Int = 0) -> String {
      client.at("hover", needle, shift)?["result"]?["contents"]?["value"]?.string ?? ""
    }
    #expect(text("τ = 10").contains("parameter, time (ms)"))
    #expect(text("U > theta").contains("dU/dt = -U / τ"))
    #expect(text("V : voltage").contains("state, voltage (mV)"))
    #expect(text("hidden = LIF").contains("integrate: exact"))
    #expect(text("LIF[n]").contains("A leaky neuron."))
    #expect(text("w_in").contains("delay 4 ticks of 0.5 ms"))
    #expect(text("ms\n".trimmingCharacters(in: .newlines)).contains("time"))
    #expect(text("record").contains("variables to keep"))
    #expect(client.at("hover", "// Notes", 4)?["result"] == .null)
  }

  /// Parts and what is in them, names of synapses, currents.
  @Test func hoverOfNetworksInNetworksAndSynapses() {
    let source = """
      /// Pairs of spikes.
      synapse Pairs {
        param tau_x = 20 ms
        param a = 0.01
        pre trace x = 0
        dx/dt = -x / tau_x
        on pre { x += 1 }
        on post { weight += a * x * post.V }
      }
      neuron Cell {
        drive gap : current
        state V = -65 mV
        10 ms * dV/dt = -65 mV - V + 100 MOhm * gap
        on input(w) { V += w }
        spike when V > -50 mV
        on spike { V = -65 mV }
      }
      /// Some cells.
      network Block {
        input ext : spikes[2]
        population cells = Cell[2]
        connect ext -> cells as w_in { weight = 1 mV }
      }
      network Net {
        step 0.1 ms
        input outside : spikes[2]
        part first = Block()
        population a = Cell[2]
        population b = Cell[2]
        connect outside -> first.ext
        connect first.cells -> a as w_ab { weight = 1 mV }
        connect a -> b as w_rule { weight = 1 mV, rule Pairs() }
        connect a -> b.gap { current = 2 nS * (pre.V - post.V) }
      }
      task go of Net {
        run for 10 ms
        record first.cells.V
      }
      """
    let client = Client(source)
    func text(_ needle: String, _ shift: Int = 0) -> String {
      client.at("hover", needle, shift)?["result"]?["contents"]?["value"]?.string ?? ""
    }
    #expect(text("first = Block").contains("Some cells.") && text("first = Block").contains("populations: `cells`"))
    #expect(text("first.cells ->").contains("part first = Block"))
    #expect(text("first.cells ->", 6).contains("population cells = Cell[2]"))
    #expect(text("first.cells.V", 12).contains("state, voltage (mV)"), "\(text("first.cells.V", 12))")
    #expect(text("x += 1").contains("state, 1, per source neuron"), "\(text("x += 1"))")
    #expect(text("x += 1").contains("dx/dt = -x / tau_x"))
    #expect(text("tau_x = 20").contains("parameter, time (ms), constant"))
    #expect(text("Pairs()").contains("Pairs of spikes."))
    #expect(text("post.V }").contains("target neuron"))
    #expect(text("pre.V - post", 4).contains("state, voltage (mV)"))
    #expect(text("pre.V - post").contains("source neuron"))
    let current = text("current = 2 nS")
    #expect(current.contains("into `b.gap`: drive, current"), "\(current)")
    // The definition of what stands behind a part is in the network that it is made of.
    let place = client.at("definition", "first.cells ->", 6)?["result"]?["range"]?["start"]
    #expect(place == client.place("cells = Cell"))
    // Renaming a variable reaches `pre.V` and `post.V` of connections, and nothing is renamed through the words.
    #expect(client.at("references", "state V = -65", 6)?["result"]?.items.count == 9)
  }

  /// The treble clef before the last τ takes two UTF-16 units and four bytes.
  @Test func columnsAreUTF16() {
    let client = Client(program)
    client.type("𝄞 τ", "𝄞 tau")
    #expect(client.diagnostics == [])
    client.type("𝄞 tau", "𝄞\n  ?")
    #expect(client.diagnostics.count == 1)
  }

  @Test func completion() {
    let client = Client(program)
    func labels(_ needle: String, _ shift: Int) -> [String] {
      client.at("completion", needle, shift)?["result"]?["items"]?.items.compactMap { $0["label"]?.string } ?? []
    }
    #expect(labels("hidden.U,", 7) == ["τ", "theta", "U", "V", "spike"])
    #expect(labels("65 mV) /", 3).contains("mV") && !labels("65 mV) /", 3).contains("theta"))
    let inside = labels("dU/dt = -U", 9)
    #expect(inside.contains("theta") && inside.contains("exp") && inside.contains("twice"))
    #expect(labels("step 0.5", 0).contains("population") && !labels("step 0.5", 0).contains("refractory"))
    #expect(labels("run for", 0).contains("loss"))
    client.type("// Notes", "use std.")
    #expect(labels("use std.", 8).contains("neurons"))
  }

  /// Where only some words can stand, these are offered, and no others.
  @Test func completionOfRulesAndSchedules() {
    let client = Client(
      """
      neuron Cell { state V = 0; dV/dt = -V / 5 ms; on input(w) { V += w }; spike when V > 1; on spike { V = 0 } }
      network Net {
        step 1 ms
        population a = Cell[2]
        connect a -> a { pattern all, weight = 1 }
      }
      task go of Net {
        run for 5 ms
        loss = mean over time of mean over units of a.V
        learn by eprop {
          surrogate = fast_sigmoid(10)
          reset = cut
        }
        optimise adam(rate = cosine(1e-2))
      }
      """)
    func labels(_ needle: String, _ shift: Int) -> [String] {
      client.at("completion", needle, shift)?["result"]?["items"]?.items.compactMap { $0["label"]?.string } ?? []
    }
    #expect(labels("by eprop", 3) == Vocabulary.rules)
    #expect(labels("= fast_sigmoid", 2) == Vocabulary.surrogates)
    #expect(labels("reset = cut", 8) == ["cut", "keep"])
    #expect(labels("reset = cut", 0).starts(with: Vocabulary.axes))
    #expect(labels("optimise adam", 9) == Vocabulary.optimisers)
    #expect(labels("pattern all", 8) == Vocabulary.patterns)
    #expect(Set(labels("= cosine", 2)).isSuperset(of: ["cosine", "step_decay", "warmup"]))
    let help = client.at("signatureHelp", "1e-2))", 1)?["result"]
    #expect(help?["signatures"]?.items.first?["label"]?.string == "cosine(rate, to)", "\(String(describing: help))")
  }

  /// Every built-in word is explained.
  @Test func wordsHaveMeanings() {
    // `pattern from csv(…)` is two words.
    for word in Vocabulary.all where word != "from" { #expect(Words.meanings[word] != nil, "\(word)") }
  }

  /// What stands further down is found: a part's network, a base, a neuron.
  @Test func declarationsInAnyOrder() {
    let client = Client(
      """
      task go of Net {
        run for 5 ms
        record first.cells.V
      }
      network Net {
        step 1 ms
        part first = Block()
      }
      network Block {
        population cells = Child[2]
      }
      neuron Child = Base with { param extra = 1 }
      neuron Base { state V = 0; dV/dt = -V / 5 ms }
      """)
    let place = client.at("definition", "first.cells.V", 12)?["result"]?["range"]?["start"]
    #expect(place == client.place("V = 0"))
    #expect(client.at("definition", "first.cells", 6)?["result"]?["range"]?["start"] == client.place("cells = Child"))
    #expect(client.at("references", "V = 0")?["result"]?.items.count == 4)
  }

  @Test func definitionAndReferences() {
    let client = Client(program)
    let definition = client.at("definition", "hidden.U")?["result"]
    #expect(definition?["range"]?["start"] == client.place("hidden = LIF"))
    let member = client.at("definition", "hidden.U", 7)?["result"]
    #expect(member?["range"]?["start"] == client.place("U = 0"))
    #expect(client.at("references", "theta = 1")?["result"]?.items.count == 3)
    #expect(client.at("documentHighlight", "theta = 1")?["result"]?.items.count == 3)
  }

  /// A renamed program checks as before, and names of the same spelling elsewhere stay.
  @Test func rename() {
    let client = Client(program)
    func renamed(_ needle: String, _ name: String) -> JSON? {
      client.at("rename", needle, 0, [.init(name: "newName", value: .string(name))])
    }
    for (needle, name) in [
      ("τ = 10", "tau"), ("U = 0", "u"), ("hidden = LIF", "layer"), ("LIF {", "Leaky"), ("n = 4", "size"),
    ] {
      let text = client.applying(renamed(needle, name)?["result"])
      #expect(text != program)
      #expect(!Program.compile(text).hasErrors, "\(name)")
    }
    #expect(renamed("U = 0", "V")?["error"] != nil)
    #expect(renamed("U = 0", "3x")?["error"] != nil)
    #expect(renamed("U = 0", "dt")?["error"] != nil)
    #expect(renamed("// Notes", "x")?["error"] != nil)
  }

  /// A variant of a task, before or behind it, sees the names of its network, its data and scores; so does a sweep.
  @Test func variants() {
    let variants = """
      task late = early with { start from early, loss = mean over units of (sum over time of hidden.spike) / calm, freeze w }
      task early = base with { validate on samples, keep best right }
      task base of N {
        data samples = csv("a.csv", label = last)
        let calm = 5
        score right = 1
      }
      sweep all of early { calm in [1, 2], w in 1 .. 2 }
      """
    let client = Client(
      """
      neuron A {
        state V = 0
        spike when V > 1
      }
      network N {
        population hidden = A[2]
        connect hidden -> hidden as w { weight = 1 }
      }

      """ + variants)
    for (use, shift, declaration) in [
      ("early with", 0, "early ="), ("from early", 5, "early ="), ("hidden.spike", 0, "hidden = A"),
      ("/ calm", 2, "calm = 5"), ("freeze w", 7, "w { weight"), ("on samples", 3, "samples = csv"),
      ("best right", 5, "right = 1"), ("of early", 3, "early ="), ("calm in", 0, "calm = 5"), ("w in", 0, "w { weight"),
    ] {
      let found = client.at("definition", use, shift)?["result"]?["range"]?["start"]
      #expect(found == client.place(declaration), "\(use)")
    }
  }

  @Test func signatureHelp() {
    let client = Client(program)
    let help = client.at("signatureHelp", "τ = 20 ms", 4)?["result"]?["signatures"]?[0]
    #expect(help?["label"]?.string == "LIF(τ = 10 ms, theta = 1)")
    #expect(client.at("signatureHelp", "twice(0.5", 7)?["result"]?["signatures"]?[0]?["label"]?.string == "twice(x)")
  }

  @Test func quickFixes() throws {
    let client = Client(program)
    client.type("U > theta", "U > thet")
    let range = JSON.Member(
      name: "range", value: .object(["start": client.place("U > thet"), "end": client.place("U > thet", 8)]))
    let actions = client.at("codeAction", "U > thet", 0, [range])?["result"]?.items ?? []
    let action = try #require(actions.first)
    #expect(action["kind"]?.string == "quickfix")
    #expect(client.applying(action["edit"]) == program)
  }

  @Test func hints() throws {
    let client = Client(program)
    let range = JSON.Member(
      name: "range",
      value: .object([
        "start": .object(["line": 0, "character": 0]), "end": .object(["line": 999, "character": 0]),
      ]))
    let hints = client.at("inlayHint", "// Notes", 0, [range])?["result"]?.items.compactMap { $0["label"]?.string }
    #expect(hints == [": time", " 4 ticks", " 20 ticks"])
  }

  @Test func structure() throws {
    let client = Client(program)
    let symbols = try #require(client.whole("documentSymbol")?.items)
    #expect(symbols.compactMap { $0["name"]?.string } == ["LIF", "twice", "Net", "run"])
    #expect(symbols[0]["children"]?.items.compactMap { $0["name"]?.string } == ["τ", "theta", "U", "V", "input"])
    let folds = try #require(client.whole("foldingRange")?.items)
    #expect(folds.contains(.object(["startLine": 0, "endLine": 2, "kind": "comment"])))
    #expect(folds.contains(.object(["startLine": 3, "endLine": 12, "kind": "region"])))
    #expect(client.whole("formatting") == .array([]))
    client.type("param theta = 1", "param theta=1")
    let edit = try #require(client.whole("formatting")?[0])
    #expect(edit["newText"]?.string == program)
  }

  /// Five numbers a token, in order, and together they cover what they say.
  @Test func semanticTokens() throws {
    let client = Client(program)
    let items = try #require(client.whole("semanticTokens/full")?["data"]?.items)
    let data = items.compactMap { $0.integer }
    #expect(data.count % 5 == 0 && data.count > 200)
    let lines = program.components(separatedBy: "\n").map { Array($0.utf16) }
    var line = 0
    var column = 0
    var found: [String: Set<String>] = [:]
    for place in stride(from: 0, to: data.count, by: 5) {
      column = data[place] == 0 ? column + data[place + 1] : data[place + 1]
      line += data[place]
      let text = String(decoding: lines[line][column..<column + data[place + 2]], as: UTF16.self)
      found[SemanticTokens.types[data[place + 3]], default: []].insert(text)
    }
    #expect(found["class"] == ["LIF"])
    #expect(found["parameter"] == ["τ", "theta", "w", "x", "n"])
    #expect(found["variable"] == ["U", "V"])
    #expect(found["property"] == ["ext", "hidden", "w_in"])
    #expect(found["type"] == ["ms", "mV"])
    #expect(
      try #require(found["keyword"]).isSuperset(of: ["neuron", "param", "state", "spike", "network", "step", "task"]))
  }

  @Test func protocolErrors() {
    let client = Client(program)
    #expect(client.answer("no/such", [])?["error"]?["code"]?.integer == -32601)
    #expect(client.answer("textDocument/hover", [])?["error"] != nil)
    var server = LanguageServer { _ in nil }
    #expect(server.handle(.null).first?["error"]?["code"]?.integer == -32700)
    var stream = MessageStream()
    stream.append("Content-Length: 3\r\n\r\n{x}".utf8)
    #expect(stream.next() == .null)
    stream.append("Content-Le".utf8)
    #expect(stream.next() == nil)
    stream.append("ngth: 2\r\n\r\n{".utf8)
    #expect(stream.next() == nil)
    stream.append("}".utf8)
    #expect(stream.next() == .object([JSON.Member]()))
  }

  /// Nothing that is half typed stops the server: every prefix of a program is opened, hovered and completed.
  @Test func everyPrefix() {
    let bytes = Array(program.unicodeScalars)
    for end in stride(from: 0, to: bytes.count, by: 7) {
      var text = String.UnicodeScalarView()
      text.append(contentsOf: bytes[..<end])
      let client = Client(String(text))
      let last = JSON.Member(name: "position", value: .object(["line": 999, "character": 0]))
      for method in ["completion", "hover", "signatureHelp", "documentSymbol", "foldingRange", "semanticTokens/full"] {
        let document = JSON.Member(name: "textDocument", value: .object(["uri": .string(client.uri)]))
        #expect(client.answer("textDocument/" + method, [document, last])?["error"] == nil)
      }
    }
  }

  @Test func addresses() {
    #expect(Analysis.path(of: "file:///a%20b/%C3%A4.snn") == "/a b/ä.snn")
    #expect(Analysis.uri(of: "/a b/ä.snn") == "file:///a%20b/%C3%A4.snn")
  }
}

@Suite struct JSONTests {
  @Test(arguments: [
    "null", "true", "[1,2.5,-3]", "{\"a\":{\"b\":[]},\"c\":\"x\\ny\"}", "\"\\u00e4\\ud834\\udd1e\"", " [ 1 , { } ] ",
  ]) func readsBack(_ text: String) throws {
    let value = try #require(JSON(text))
    #expect(JSON(value.text) == value)
  }

  @Test(arguments: ["", "{", "[1,]", "{\"a\"}", "nul", "\"x", "1 2", "{\"a\":1,}"]) func refuses(_ text: String) {
    #expect(JSON(text) == nil)
  }
}
