import SNN
import SNNSema
import SNNSyntax

/// Completion and signature help. Both work from tokens, since what is being typed is no tree yet.
extension Analysis {
  func completion(_ offset: Int) -> JSON {
    var items: [JSON] = []
    var seen: Set<String> = []
    func add(_ label: String, _ kind: Int, _ detail: String = "") {
      guard seen.insert(label).inserted else { return }
      items.append(
        .object([
          "label": .string(label), "kind": .integer(kind), "detail": .string(detail),
        ]))
    }
    let before = tokens(before: offset)
    guard !isInComment(offset) else { return Self.list([]) }
    let word = before.last.flatMap { Int($0.span.upper) == offset && ($0.isWord || $0.kind == .unit) ? $0 : nil }
    let rest = word == nil ? before : before.dropLast()
    let last = rest.last
    if let slash = slashName(offset) {
      for (name, letter) in GreekLetters.letters.sorted(by: { $0.key < $1.key }) where name.hasPrefix(slash.name) {
        items.append(
          .object([
            "label": .string("\\" + name), "kind": 15, "detail": .string(letter),
            "textEdit": .object(["range": range(slash.span), "newText": .string(letter)]),
          ]))
      }
      return Self.list(items)
    }
    if last?.kind == .dot {
      let path = dottedPath(rest.dropLast())
      for (name, kind, detail) in members(path) { add(name, kind, detail) }
      return Self.list(items)
    }
    let isNewLine = word?.startsLine ?? startsLine(offset)
    if last?.kind == .number, !isNewLine {
      for unit in Prompt.usualUnits { add(unit, 11, describe(unit: unit)) }
      return Self.list(items)
    }
    if let last, last.isWord, last.text == "use" {
      for name in Library.texts.keys.sorted() { add(name, 9, "library") }
      return Self.list(items)
    }
    let block = enclosing(before)
    func addWords(_ names: [String], _ kind: Int = 3, _ detail: String = "") {
      for name in names { add(name, kind, Words.meanings[name] ?? detail) }
    }
    // Where only one kind of word can stand.
    if let words = block.wanted(after: rest[...]) {
      addWords(words)
      return Self.list(items)
    }
    let isStart = last == nil || last?.kind == .leftBrace || last?.kind == .semicolon || isNewLine
    if isStart || (block.inner == "learn" && last?.kind == .comma) { addWords(block.keywords, 14) }
    if block.keyword == nil { return Self.list(items) }
    for index in visible(block) {
      let binding = bindings.all[index]
      add(binding.name, Self.kind(binding.kind), typeText(binding) ?? binding.kind.rawValue)
    }
    addWords(Vocabulary.functions)
    if block.keyword == "task" {
      addWords(Vocabulary.encoders + Vocabulary.taskFunctions + Vocabulary.sources)
      addWords(Vocabulary.optimisers + Vocabulary.schedules + Vocabulary.surrogates)
      addWords(["max over time of", "sum over time of", "mean over time of", "mean over units of"], 14)
      addWords(Vocabulary.fields, 6)
    }
    if block.keyword == "network" { addWords(Vocabulary.distributions) }
    addWords(["t", "dt", "pi", "spike"], 6)
    return Self.list(items)
  }

  private static func list(_ items: [JSON]) -> JSON {
    .object(["isIncomplete": false, "items": .array(items)])
  }

  private func describe(unit: String) -> String { UnitTable.units[unit] == nil ? "" : "unit" }

  // MARK: Where the cursor is

  func tokens(before offset: Int) -> [Token] {
    lex(source).0.tokens.filter { $0.kind != .endOfFile && Int($0.span.lower) < offset }
  }

  private func isInComment(_ offset: Int) -> Bool {
    let (stream, _) = lex(source)
    return stream.trivia.contains {
      ($0.kind == .comment || $0.kind == .documentation) && Int($0.span.lower) < offset && offset <= Int($0.span.upper)
    }
  }

  private func startsLine(_ offset: Int) -> Bool {
    let line = source.position(of: offset).line - 1
    return source.utf8[source.lineStarts[line]..<offset].allSatisfy { $0 == 32 || $0 == 9 }
  }

  /// `\ta` before the cursor.
  private func slashName(_ offset: Int) -> (name: String, span: Span)? {
    var start = offset
    while start > 0, source.utf8[start - 1] < 128, Character(UnicodeScalar(source.utf8[start - 1])).isLetter {
      start -= 1
    }
    guard start > 0, source.utf8[start - 1] == UInt8(ascii: "\\") else { return nil }
    let name = String(decoding: source.utf8[start..<offset], as: UTF8.self)
    return (name, Span(file: source.id, lower: start - 1, upper: offset))
  }

  private func dottedPath(_ tokens: ArraySlice<Token>) -> [String] {
    var path: [String] = []
    var rest = tokens
    while let token = rest.popLast(), token.isWord {
      path.insert(token.text, at: 0)
      guard rest.last?.kind == .dot else { break }
      rest = rest.dropLast()
    }
    return path
  }

  struct Block {
    /// The declaration that the cursor is in; nil at top level.
    var keyword: String?
    var name = ""
    /// The braces inside it: `connect`, `learn`, a body.
    var inner: String?

    var keywords: [String] {
      switch inner {
      case "connect": return Keywords.connectItems
      case "learn": return Vocabulary.axes
      case "on", "body": return []
      default: break
      }
      switch keyword {
      case "neuron": return Keywords.neuronItems
      case "synapse": return Keywords.synapseItems
      case "network": return Keywords.networkItems
      case "task": return Keywords.taskItems + Keywords.taskSettings
      case nil: return Keywords.declarations
      default: return []
      }
    }

    /// The words of which one must come after these tokens; nil where anything may.
    func wanted(after tokens: ArraySlice<Token>) -> [String]? {
      let last = tokens.last?.text
      if keyword == "task", last == "by" { return Vocabulary.rules }
      if keyword == "task", last == "optimise" { return Vocabulary.optimisers }
      if inner == "connect", last == "pattern" { return Vocabulary.patterns }
      guard inner == "learn", tokens.last?.kind == .assign else { return nil }
      let words = tokens.dropLast().suffix(2).map(\.text)
      if words.contains("surrogate") { return Vocabulary.surrogates }
      switch words.last {
      case "reset": return ["cut", "keep"]
      case "recurrence": return ["keep", "cut"]
      case "spikes": return ["hard", "soft", "stochastic"]
      case "mode": return ["backward", "forward", "score"]
      case "feedback": return ["symmetric", "random", "direct", "sign", "uniform", "hdf5"]
      case "update": return ["episode", "every"]
      default: return nil
      }
    }
  }

  private func enclosing(_ tokens: [Token]) -> Block {
    var block = Block()
    var depth = 0
    var statement: String?
    for (place, token) in tokens.enumerated() {
      switch token.kind {
      case .leftBrace:
        depth += 1
        if depth == 2 { block.inner = statement ?? "body" }
      case .rightBrace:
        depth = max(0, depth - 1)
        if depth < 2 { block.inner = nil }
        if depth == 0 { block = Block() }
      default:
        if token.startsLine || place == 0 || tokens[place - 1].kind == .leftBrace
          || tokens[place - 1].kind == .semicolon
        {
          statement = token.text
          if depth == 0, Keywords.declarations.contains(token.text), place + 1 < tokens.count {
            block = Block(keyword: token.text, name: tokens[place + 1].text)
          }
        }
      }
    }
    return block
  }

  /// Bindings that an expression in the block may name.
  private func visible(_ block: Block) -> [Int] {
    var result: [Int] = []
    if let owner = bindings.globals[block.name] {
      result += (bindings.members[owner] ?? [:]).values.sorted()
      if let model = bindings.models[owner] { result += (bindings.members[model] ?? [:]).values.sorted() }
    }
    return result + bindings.globals.values.sorted()
  }

  private func members(_ path: [String]) -> [(String, Int, String)] {
    guard let first = path.first else { return [] }
    if first == "std" {
      if let text = Library.texts[path.joined(separator: ".")] {
        return Document.pieces(of: text).filter { !$0.name.isEmpty }.map { ($0.name, 7, $0.keyword) }
      }
      return Library.texts.keys.sorted().map { (String($0.dropFirst(4)), 9, "library") }
    }
    guard let owner = bindings.all.lastIndex(where: { $0.name == first && bindings.models[bindingIndex($0)] != nil }),
      let model = bindings.models[owner]
    else { return [] }
    let inside = (bindings.members[model] ?? [:]).values.sorted().map { bindings.all[$0] }
    let named = inside.filter { $0.kind != .port && $0.kind != .binder }.map {
      ($0.name, Self.kind($0.kind), typeText($0) ?? $0.kind.rawValue)
    }
    return named + (bindings.all[owner].kind == .population ? [("spike", 5, "spike flag")] : [])
  }

  private func bindingIndex(_ binding: Binding) -> Int { bindings.all.firstIndex(of: binding) ?? -1 }

  /// `CompletionItemKind`.
  private static func kind(_ kind: Binding.Kind) -> Int {
    switch kind {
    case .neuron, .synapse: 7
    case .network, .part: 9
    case .task, .sweep: 23
    case .function, .surrogate: 3
    case .parameter, .argument: 21
    case .population, .input, .connection: 5
    default: 6
    }
  }

  // MARK: Signatures

  func signatureHelp(_ offset: Int) -> JSON {
    var depth = 0
    var argument = 0
    let before = tokens(before: offset)
    for place in before.indices.reversed() {
      switch before[place].kind {
      case .rightParenthesis, .rightBracket: depth += 1
      case .leftBracket: depth -= 1
      case .comma where depth == 0: argument += 1
      case .leftBrace, .rightBrace: return .null
      case .leftParenthesis:
        if depth > 0 {
          depth -= 1
          continue
        }
        guard place > 0 else { return .null }
        guard let signature = signature(of: before[..<place]) else { return .null }
        let label = "\(signature.name)(\(signature.arguments.joined(separator: ", ")))"
        return .object([
          "signatures": .array([
            .object([
              "label": .string(label), "documentation": .string(signature.documentation),
              "parameters": .array(signature.arguments.map { .object(["label": .string($0)]) }),
            ])
          ]), "activeSignature": 0, "activeParameter": .integer(min(argument, max(0, signature.arguments.count - 1))),
        ])
      default: break
      }
    }
    return .null
  }

  private func signature(of tokens: ArraySlice<Token>) -> (name: String, arguments: [String], documentation: String)? {
    var rest = tokens
    // `LIF[n](`: the neuron stands before its shape.
    if rest.last?.kind == .rightBracket {
      while let token = rest.popLast(), token.kind != .leftBracket {}
    }
    guard let token = rest.last, token.isWord else { return nil }
    let name = token.text
    if let index = bindings.globals[name] {
      let binding = bindings.all[index]
      let own = (bindings.members[index] ?? [:]).values.sorted().map { bindings.all[$0] }
      let kinds: Set<Binding.Kind> =
        binding.kind == .function || binding.kind == .surrogate ? [.argument] : [.parameter]
      let arguments = own.filter { kinds.contains($0.kind) }.map { member -> String in
        binding.kind == .neuron ? source.id == member.span.file ? statement(member) : member.name : member.name
      }
      return (name, arguments, binding.documentation?.trimmed ?? "")
    }
    return Words.signature(name).map { (name, $0, Words.meanings[name] ?? "") }
  }

  /// `tau_mem = 10 ms` of `param tau_mem = 10 ms in …`.
  private func statement(_ binding: Binding) -> String {
    let text = program.sources.text(binding.statement)
    guard let range = text.range(ofWord: binding.name) else { return binding.name }
    return text[range.lowerBound...].split(separator: "\n").first.map { $0.trimmed } ?? binding.name
  }
}

extension String {
  /// The first place of a word, without Foundation.
  fileprivate func range(ofWord word: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(word) { return start..<index(start, offsetBy: word.count) }
      start = index(after: start)
    }
    return nil
  }
}
