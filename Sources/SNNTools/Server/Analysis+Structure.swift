import SNN
import SNNIR
import SNNSema
import SNNSyntax

/// Outline, folding, layout, inlay hints.
extension Analysis {
  var formatting: JSON {
    let formatted = program.formatted
    guard formatted != text else { return .array([]) }
    let whole = Span(file: source.id, lower: 0, upper: source.utf8.count)
    return .array([.object(["range": range(whole), "newText": .string(formatted)])])
  }

  // MARK: Outline

  var symbols: JSON {
    let own = bindings.all.filter { $0.span.file == source.id && $0.kind != .binder && $0.span.length > 0 }
    let inside = Dictionary(grouping: own, by: \.owner)
    return .array(
      program.tree.declarations.compactMap { declaration -> JSON? in
        guard let name = declaration.name, name.span.length > 0 else { return nil }
        let children = (inside[name.text] ?? []).map {
          symbol($0.name, Self.symbolKind($0.kind), $0.kind.rawValue, $0.statement, $0.span, [])
        }
        let kind: Int
        switch declaration {
        case .neuron, .synapse: kind = 5
        case .network: kind = 2
        case .task, .sweep: kind = 24
        default: kind = 12
        }
        return symbol(name.text, kind, declaration.keyword, declaration.span, name.span, children)
      })
  }

  private func symbol(
    _ name: String, _ kind: Int, _ detail: String, _ span: Span, _ selection: Span, _ children: [JSON]
  )
    -> JSON
  {
    .object([
      "name": .string(name), "kind": .integer(kind), "detail": .string(detail), "range": range(span.union(selection)),
      "selectionRange": range(selection), "children": .array(children),
    ])
  }

  private static func symbolKind(_ kind: Binding.Kind) -> Int {
    switch kind {
    case .parameter, .argument: 14
    case .port: 24
    case .population, .input, .connection, .part: 8
    default: 13
    }
  }

  // MARK: Folding

  var folds: JSON {
    let (stream, _) = lex(source)
    var folds: [JSON] = []
    var opened: [Int] = []
    func fold(_ from: Int, _ to: Int, _ kind: String) {
      guard to > from else { return }
      folds.append(.object(["startLine": .integer(from), "endLine": .integer(to), "kind": .string(kind)]))
    }
    for token in stream.tokens {
      let line = source.position(of: Int(token.span.lower)).line - 1
      if token.kind == .leftBrace { opened.append(line) }
      if token.kind == .rightBrace, let start = opened.popLast() { fold(start, line - 1, "region") }
    }
    let comments = stream.trivia.filter { $0.kind == .comment || $0.kind == .documentation }
      .map { source.position(of: Int($0.span.lower)).line - 1 }
    var start: Int?
    for (place, line) in comments.enumerated() {
      if start == nil { start = line }
      let isLast = place + 1 == comments.count || comments[place + 1] != line + 1
      if isLast, let first = start {
        fold(first, line, "comment")
        start = nil
      }
    }
    return .array(folds)
  }

  // MARK: Inlay hints

  /// Inferred dimensions behind names that are declared without one, and times in ticks.
  func inlayHints(_ range: JSON?) -> JSON {
    let lower = offset(range?["start"])
    let upper = range == nil ? source.utf8.count : offset(range?["end"])
    var hints: [JSON] = []
    func add(_ place: UInt32, _ label: String, _ kind: Int?) {
      guard Int(place) >= lower, Int(place) <= upper else { return }
      var members: [JSON.Member] = [
        .init(name: "position", value: position(Int(place))), .init(name: "label", value: .string(label)),
      ]
      if let kind { members.append(.init(name: "kind", value: .integer(kind))) }
      hints.append(.object(members))
    }
    for declaration in program.tree.declarations {
      guard case .neuron(let decl) = declaration else { continue }
      var items = decl.items
      if case .with(let changed, _) = decl.change { items += changed }
      for item in items {
        let named: (name: Name, type: TypeSyntax?)?
        switch item {
        case .parameter(let decl): named = (decl.name, decl.type)
        case .state(let decl): named = (decl.name, decl.type)
        case .letBinding(let decl): named = (decl.name, decl.type)
        case .drive(let name, let type, _): named = (name, type)
        default: named = nil
        }
        guard let named, named.type == nil, let dimension = dimension(of: named.name.text, in: decl.name.text) else {
          continue
        }
        add(named.name.span.upper, ": " + dimension, 1)
      }
    }
    for (place, ticks) in ticksShown { add(place, " \(ticks) tick\(ticks == 1 ? "" : "s")", nil) }
    return .array(hints)
  }

  /// `voltage` of `state, voltage (mV), per time`; nil for plain numbers.
  private func dimension(of name: String, in owner: String) -> String? {
    guard let entry = program.checked.types.first(where: { $0.owner == owner && $0.name == name }) else { return nil }
    let parts = entry.text.split(separator: ",").map { $0.trimmed }
    guard parts.count >= 2, parts[1] != "1", parts[1].first?.isLetter == true else { return nil }
    return parts[1].split(separator: "(").first.map { $0.trimmed }
  }

  /// Ends of times that a network counts in ticks.
  private var ticksShown: [(UInt32, Int)] {
    var result: [(UInt32, Int)] = []
    func ticks(_ id: ExprID, _ step: Double) -> Int? {
      guard case .number(let value, let unit?, _) = program.tree[id].kind, unit.factors.count == 1,
        let definition = UnitTable.units[unit.factors[0].name.text], definition.exponents == SIExponents(time: 1),
        step > 0
      else { return nil }
      return Int((value * definition.scale * 1000 / step).rounded())
    }
    var steps: [String: Double] = [:]
    for declaration in program.tree.declarations {
      guard case .network(let decl) = declaration else { continue }
      guard let step = program.checked.lower(network: decl.name.text)?.network.step else { continue }
      steps[decl.name.text] = step
      for case .connect(let connect) in decl.items {
        for case .delay(_, let initialiser, _, let span) in connect.items where !initialiser.isDraw {
          if let count = ticks(initialiser.value, step) { result.append((span.upper, count)) }
        }
      }
    }
    for declaration in program.tree.declarations {
      guard case .task(let decl) = declaration, let step = decl.network.flatMap({ steps[$0.text] }) else { continue }
      for case .run(let id, let span) in decl.items {
        if let count = ticks(id, step) { result.append((span.upper, count)) }
      }
    }
    return result
  }
}

/// The colours that a grammar cannot know.
enum SemanticTokens {
  static let types = [
    "keyword", "number", "type", "string", "comment", "operator", "class", "namespace", "function", "parameter",
    "variable", "property", "event",
  ]
  static let modifiers = ["declaration", "documentation", "defaultLibrary"]

  static func type(of kind: Binding.Kind) -> Int {
    let name: String
    switch kind {
    case .neuron, .synapse: name = "class"
    case .network, .task, .sweep, .part: name = "namespace"
    case .function, .surrogate: name = "function"
    case .parameter, .argument, .binder: name = "parameter"
    case .population, .input, .connection, .dataSet: name = "property"
    case .port: name = "event"
    default: name = "variable"
    }
    return types.firstIndex(of: name) ?? 0
  }
}

extension Analysis {
  var semanticTokens: JSON {
    let (stream, _) = lex(source)
    let bound = Dictionary(bindings.uses.map { ($0.span.lower, $0) }) { first, _ in first }
    let words = Set(Keywords.contextual)
    let known = Set(
      Vocabulary.functions + Vocabulary.distributions + Vocabulary.encoders + Vocabulary.taskFunctions
        + Vocabulary.sources + Vocabulary.schedules)
    var data: [JSON] = []
    var lastLine = 0
    var lastColumn = 0
    func add(_ span: Span, _ type: Int, _ modifiers: Int) {
      let line = source.position(of: Int(span.lower)).line - 1
      let start = source.lineStarts[line]
      let column = Self.utf16Length(source.utf8[start..<Int(span.lower)])
      let length = Self.utf16Length(source.utf8[Int(span.lower)..<Int(span.upper)])
      data += [line - lastLine, line == lastLine ? column - lastColumn : column, length, type, modifiers].map(
        JSON.integer)
      lastLine = line
      lastColumn = column
    }
    for (place, token) in stream.tokens.enumerated() {
      for piece in stream.trivia[token.leadingTrivia] where piece.kind == .comment || piece.kind == .documentation {
        add(piece.span, 4, piece.kind == .documentation ? 2 : 0)
      }
      switch token.kind {
      case .number: add(token.span, 1, 0)
      case .unit: add(token.span, 2, 0)
      case .string where !source.text(token.span).contains("\n"): add(token.span, 3, 0)
      case .reserved: add(token.span, 0, 0)
      case .name:
        if let use = bound[token.span.lower] {
          let binding = bindings.all[use.binding]
          add(token.span, SemanticTokens.type(of: binding.kind), binding.span == use.span ? 1 : 0)
        } else if known.contains(token.text),
          stream.tokens[min(place + 1, stream.tokens.count - 1)].kind == .leftParenthesis
        {
          add(token.span, 8, 4)
        } else if words.contains(token.text) {
          add(token.span, 0, 0)
        }
      default: break
      }
    }
    return .object(["data": .array(data)])
  }
}
