import Foundation
import SNN
import SNNSema
import SNNSyntax
import Testing

@testable import SNNTools

/// The pages of the guide are true: programs compile and run, transcripts are what the prompt says, the list of messages
/// is the catalogue. `SNN_TRANSCRIPTS=write` writes what is generated.
@Suite struct GuideTests {
  static let folder = PromptFolder.root.appendingPathComponent("docs")
  static let pages = names("").filter { $0 != "diagnostics.md" } + rules
  static let rules = names("rules/")

  private static func names(_ part: String) -> [String] {
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + part)) ?? []
    return found.filter { $0.hasSuffix(".md") }.sorted().map { part + $0 }
  }

  static var writes: Bool { ProcessInfo.processInfo.environment["SNN_TRANSCRIPTS"] == "write" }

  static func text(_ page: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(page), encoding: .utf8)
  }

  static func blocks(_ text: String, _ language: String) -> [String] {
    fences(text).filter { $0.language == language }.map(\.content)
  }

  /// Blocks of code in order; an open one at the end has the language nil.
  static func fences(_ text: String) -> [(language: String?, content: String)] {
    var result: [(language: String?, content: String)] = []
    var open: (fence: String, language: String, lines: [String])?
    for line in text.components(separatedBy: "\n") {
      let fence = String(line.prefix { $0 == "`" })
      if let block = open {
        if line == block.fence {
          result.append((block.language, block.lines.joined(separator: "\n")))
          open = nil
        } else {
          open?.lines.append(line)
        }
      } else if fence.count >= 3 {
        open = (fence, String(line.dropFirst(fence.count)), [])
      }
    }
    if let block = open { result.append((nil, block.lines.joined(separator: "\n"))) }
    return result
  }

  /// A fence that is lost makes text of programs and programs of text.
  @Test(arguments: pages + ["diagnostics.md"]) func fencesClose(_ page: String) throws {
    for block in Self.fences(try Self.text(page)) {
      let language = try #require(block.language, "a fence that stays open")
      #expect(["snn", "text", "sh", "swift", "python", ""].contains(language), "\(language)")
      if language != "sh" { #expect(!block.content.contains("\n## "), "a heading within a block: \(block.content)") }
    }
  }

  /// The reference names every word of the language.
  @Test func everyWordIsInTheReference() throws {
    let text = try Self.text("language.md")
    let words = Set(text.matches(of: /[A-Za-z_0-9]+/).map { String($0.0) })
    let known =
      Keywords.reserved.sorted() + Keywords.contextual + Vocabulary.all + UnitTable.dimensions.keys.sorted()
    for word in known { #expect(words.contains(word), "\(word)") }
    for name in Library.texts.keys { #expect(text.contains("`\(name)`"), "\(name)") }
    for (name, library) in Library.texts {
      for piece in Document.pieces(of: library) where !piece.name.isEmpty {
        #expect(words.contains(piece.name), "\(name).\(piece.name)")
      }
    }
  }

  @Test(arguments: pages) func programsCompileAndRun(_ page: String) throws {
    for block in Self.blocks(try Self.text(page), "snn") {
      let program = Program.compile(block, name: page, folder: PromptFolder.root.path + "/examples")
      #expect(!program.hasErrors, "\(program.rendered())")
      guard !program.hasErrors, !program.networkNames.isEmpty else { continue }
      // A network whose parameters have no values is only a part.
      for name in program.networkNames where program.checked.lower(network: name) != nil {
        let model = try program.model(network: name).lasting(milliseconds: 20)
        // Inputs that nothing feeds are silent.
        if model.network.inputs.isEmpty { _ = try Session(model).run() } else { _ = try model.plan() }
      }
      for name in program.taskNames {
        let model = try program.model(task: name)
        _ = try Session(model, gradient: model.isTrainable)
      }
    }
  }

  @Test(arguments: pages) func transcripts(_ page: String) throws {
    let text = try Self.text(page)
    var replayed = text
    for block in Self.blocks(text, "text") where block.hasPrefix("snn> ") {
      var prompt = Prompt(PromptFolder().surroundings)
      var actual = ""
      for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
        guard line.hasPrefix("snn> ") || line.hasPrefix("...> ") else { continue }
        let input = String(line.dropFirst(5))
        actual += prompt.mark + input + "\n" + prompt.read(input).text
      }
      while actual.last == "\n" { actual.removeLast() }
      replayed = replayed.replacingOccurrences(of: "```text\n\(block)\n```", with: "```text\n\(actual)\n```")
    }
    if Self.writes {
      try replayed.write(to: Self.folder.appendingPathComponent(page), atomically: true, encoding: .utf8)
    }
    #expect(replayed == text)
  }

  /// What a page shows as the answer of `snn explain FILE` is that; files are named from the root.
  @Test(arguments: rules) func derivations(_ page: String) throws {
    let command = "$ snn explain "
    let text = try Self.text(page)
    var renewed = text
    for block in Self.blocks(text, "text") where block.hasPrefix(command) {
      let line = String(block.prefix { $0 != "\n" })
      let file = PromptFolder.root.appendingPathComponent(String(line.dropFirst(command.count)))
      let program = Program.compile(
        try String(contentsOf: file, encoding: .utf8), name: file.lastPathComponent,
        folder: file.deletingLastPathComponent().path)
      #expect(!program.hasErrors, "\(program.rendered())")
      var actual = line + "\n" + (try program.model().explanation(style: .text).text)
      while actual.last == "\n" { actual.removeLast() }
      renewed = renewed.replacingOccurrences(of: "```text\n\(block)\n```", with: "```text\n\(actual)\n```")
    }
    if Self.writes, renewed != text {
      try renewed.write(to: Self.folder.appendingPathComponent(page), atomically: true, encoding: .utf8)
    }
    #expect(renewed == text)
    #expect(text.contains("```text\n" + command), "no derivation")
  }

  @Test func everyMessageIsListed() throws {
    var text = """
      # Messages

      What `snn check` can say, by code, each with a program that gives it. `snn explain CODE` shows the message too, and
      `// allow: NAME` silences a warning where it is meant so. This page is made from the catalogue; the tests compare.

      """
    for explanation in DiagnosticCatalogue.all {
      let fence = explanation.example.contains("```") ? "````" : "```"
      text +=
        "\n## \(explanation.id.code): \(explanation.id.slug)\n\n\(explanation.text)\n\n"
        + "\(fence)\n\(Self.printable(explanation.example))\n\(fence)\n"
    }
    let file = Self.folder.appendingPathComponent("diagnostics.md")
    if Self.writes { try text.write(to: file, atomically: true, encoding: .utf8) }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  /// Control characters, which some examples are about, by their names.
  private static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let isControl = (scalar.value < 32 && scalar != "\n" && scalar != "\t") || scalar.value == 127
      result += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    while result.last == "\n" { result.removeLast() }
    return result
  }

  /// Links within the repository lead somewhere.
  @Test(arguments: pages) func linksLeadSomewhere(_ page: String) throws {
    // Outside code.
    let text = try Self.text(page).components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 0 }
      .map(\.element).joined().replacing(/`[^`]*`/, with: "")
    for match in text.matches(of: /\]\(([^)#]+)(?:#[^)]*)?\)/) {
      let target = String(match.1)
      guard !target.hasPrefix("http") else { continue }
      let file = Self.folder.appendingPathComponent(page).deletingLastPathComponent().appendingPathComponent(target)
      #expect(FileManager.default.fileExists(atPath: file.path), "\(page): \(target)")
    }
  }
}

@Suite struct EditorGrammarTests {
  static let grammar = PromptFolder.root.appendingPathComponent("grammar")

  static func text(_ path: String) throws -> String {
    try String(contentsOf: grammar.appendingPathComponent(path), encoding: .utf8)
  }

  private static func strings(_ json: JSON, _ key: String) -> [String] {
    switch json {
    case .array(let items): return items.flatMap { strings($0, key) }
    case .object(let members):
      return members.flatMap { ($0.name == key ? [$0.value.string].compactMap { $0 } : []) + strings($0.value, key) }
    default: return []
    }
  }

  /// Its patterns are regular expressions, and it colours the language's own words and no others.
  @Test func textMate() throws {
    let json = try #require(JSON(try Self.text("textmate/snn.tmLanguage.json")))
    let patterns = Self.strings(json, "match") + Self.strings(json, "begin") + Self.strings(json, "end")
    #expect(patterns.count >= 12)
    for pattern in patterns { _ = try NSRegularExpression(pattern: pattern) }
    let known = Set(Keywords.contextual).union(Keywords.reserved)
    let keyword = try #require(json["repository"]?["keyword"]?["match"]?.string)
    let reserved = try #require(json["repository"]?["reserved"]?["match"]?.string)
    let declaration = try #require(json["repository"]?["declaration"]?["match"]?.string)
    func words(_ pattern: String) -> Set<String> {
      Set(pattern.matches(of: /[a-z_]{2,}/).map { String($0.0) }).filter { pattern.contains($0) }
    }
    #expect(words(keyword).subtracting(known) == [])
    #expect(words(reserved).union(["t", "dt", "true", "false"]).isSuperset(of: Keywords.reserved))
    #expect(words(declaration).isSuperset(of: Keywords.declarations))
    let coloured = words(keyword).union(words(reserved)).union(words(declaration)).union([
      "max", "min", "sum", "mean", "last", "first", "integral", "time", "units", "samples", "synapses", "pre", "post",
      "t", "dt", "true", "false", "rate", "self", "unit", "at",
    ])
    #expect(known.subtracting(coloured) == [])
  }

  /// The same words, so that one change in the language is told in all of them.
  @Test func pygmentsAndTreeSitterKnowTheWords() throws {
    let known = Set(Keywords.declarations + Keywords.neuronItems + Keywords.networkItems + Keywords.taskItems)
    let lexer = try Self.text("pygments/snn_lexer.py")
    let tree = try Self.text("tree-sitter-snn/grammar.js")
    for word in known {
      #expect(lexer.contains("\"\(word)\""), "pygments: \(word)")
      #expect(tree.contains("'\(word)'"), "tree-sitter: \(word)")
    }
  }

  /// Queries name nodes and words that the grammar has; what it names is defined.
  @Test func treeSitterQueriesFit() throws {
    let grammar = try Self.text("tree-sitter-snn/grammar.js")
    let scanned = try #require(grammar.firstMatch(of: /externals: \(\$\) => \[\$\.([a-z_]+)\]/)).1
    let rules = Set(grammar.matches(of: /(?m)^    ([a-z_]+): \(/).map { String($0.1) }).union([String(scanned)])
    #expect(rules.count > 60)
    let references = Set(grammar.matches(of: /\$\.([a-z_]+)/).map { String($0.1) })
    #expect(references.subtracting(rules) == [])
    #expect(rules.subtracting(references) == ["source_file"])
    let plainGrammar = grammar.replacingOccurrences(of: "\"'\"", with: "")
    let literals = Set(plainGrammar.matches(of: /'([^']+)'/).map { String($0.1) })
    for name in ["highlights.scm", "folds.scm"] {
      let query = try Self.text("tree-sitter-snn/queries/\(name)")
      for match in query.matches(of: /\(([a-z_]+)/) { #expect(rules.contains(String(match.1)), "\(name): \(match.1)") }
      let plain = query.split(separator: "\n").filter { !$0.contains("#any-of") }.joined(separator: "\n")
      for match in plain.matches(of: /"([^"]+)"/) { #expect(literals.contains(String(match.1)), "\(name): \(match.1)") }
    }
    // A case is its name, a program and the tree.
    let corpus = try Self.text("tree-sitter-snn/test/corpus/programs.txt").components(separatedBy: "\n---\n")
    var named: Set<String> = []
    for place in 1..<corpus.count {
      let program = corpus[place - 1].components(separatedBy: "==================\n").last ?? ""
      #expect(parse(SourceFile(id: FileID(0), name: "", text: program)).1 == [], "\(program)")
      let tree = corpus[place].components(separatedBy: "==================").first ?? ""
      for match in tree.matches(of: /\(([a-z_]+)/) { named.insert(String(match.1)) }
      #expect(tree.filter { $0 == "(" }.count == tree.filter { $0 == ")" }.count, "\(tree)")
    }
    #expect(named.subtracting(rules) == [])
    // Every declaration has a case.
    for rule in ["use", "function", "surrogate", "neuron", "synapse", "network", "task", "sweep", "part", "reduction"] {
      #expect(named.contains(rule), "\(rule)")
    }
  }
}

@Suite struct ToolTests {
  @Test func aNewProjectIsAProgram() throws {
    let project = NewProject("mine")
    let text = try #require(project.files.first { $0.name == "mine.snn" }?.text)
    let program = Program.compile(text, name: "mine.snn")
    #expect(program.diagnostics == [], "\(program.rendered())")
    #expect(program.formatted == text)
    #expect(program.taskNames == ["mine"])
    #expect(!NewProject.isName("../x") && !NewProject.isName("3a") && NewProject.isName("a_3"))
  }

  @Test func reportsEscape() {
    let report = TrainingReport(
      title: "a<b>&\"", manifest: [("seed", "1")], results: ["x < 3"], pictures: [], rule: "dU/dt < 3", program: "<p>")
    #expect(report.html.contains("<h1>a&lt;b&gt;&amp;&quot;</h1>"))
    #expect(report.html.contains("<li>x &lt; 3</li>") && !report.html.contains("<p>"))
    #expect(!report.html.contains("http"))
  }

  /// A network made wrong on purpose, one fault at a time, and what the doctor says.
  @Test(arguments: [
    ("normal(0, 1.5)", "normal(0, 0.001)", "silent"), ("normal(0, 1.5)", "normal(30, 0.1)", "saturated"),
    ("fast_sigmoid(10)", "none", "no-surrogate"), ("fast_sigmoid(10)", "boxcar(0.0001)", "narrow-surrogate"),
    ("fast_sigmoid(10)", "fast_sigmoid(0.01)", "wide-surrogate"), ("rate = 1e-2", "rate = 3", "step-size"),
    ("fast_sigmoid(10)", "none", "vanishing"), ("rate = 10 Hz", "rate = 0.05 Hz", "quiet-input"),
  ]) func doctor(_ right: String, _ wrong: String, _ kind: String) throws {
    let text = try #require(NewProject("mine").files.first?.text)
    #expect(text.contains(right))
    let program = Program.compile(text.replacingOccurrences(of: right, with: wrong))
    let doctor = Doctor(try LearningProbe.measure(try program.model(), options: SessionOptions(precision: .f64)))
    #expect(doctor.findings.contains { $0.kind == kind }, "\(doctor.text)")
    for finding in doctor.findings where finding.severity == .problem { #expect(!finding.advice.isEmpty) }
  }

  @Test func theDoctorFindsNothingInWhatLearns() throws {
    let program = Program.compile(try #require(NewProject("mine").files.first?.text))
    let doctor = Doctor(try LearningProbe.measure(try program.model(), options: SessionOptions(precision: .f64)))
    #expect(doctor.findings.allSatisfy { $0.severity != .problem }, "\(doctor.text)")
  }
}
