/// How statements begin, end, and are found again after an error.
extension Parser {
  func beginStatement() {
    isPanicking = false
    openBrackets = 0
    statementStart = index
  }

  /// A statement ends at its line's end, at `;`, or before `}`; where `allowsComma`, at `,` too.
  func finishStatement(allowsComma: Bool = false) {
    openBrackets = isPanicking ? openBrackets : 0
    if !isPanicking {
      switch token.kind {
      case .semicolon:
        while accept(.semicolon) {}
        return
      case .comma where allowsComma:
        advance()
        return
      case .rightBrace, .endOfFile: return
      default:
        if token.startsLine && index > statementStart { return }
        // The statement itself has been read: only what is left over is lost.
        let kept = index
        if index > statementStart || statementStart == 0 { failLeftOver(allowsComma) }
        recover()
        lose(from: kept)
        return
      }
    }
    recover()
    lose(from: statementStart)
  }

  private func failLeftOver(_ allowsComma: Bool) {
    if token.kind == .question { return fail(.ternary(token.span)) }
    fail(allowsComma ? .unexpectedItem(found) : .unexpected(found))
  }

  /// Keeps the words of what has been skipped, for messages that would only repeat its error.
  func lose(from start: Int) {
    for place in start..<max(start, index) where tokens[place].isWord {
      let word = tokens[place].text
      tree.lost.insert(word)
      if word.hasPrefix("d"), tokens[place + 1].kind == .slash { tree.lost.insert(String(word.dropFirst())) }
    }
  }

  /// Skips to where the next statement begins.
  func recover() {
    var brackets = openBrackets
    var braces = 0
    loop: while token.kind != .endOfFile {
      if braces == 0 {
        if token.kind == .rightBrace { break }
        if token.kind == .semicolon && brackets <= 0 {
          advance()
          break
        }
        if token.startsLine && index > statementStart {
          if brackets <= 0 && !continuesLine(token.kind) { break }
          if looksLikeStatement { break }
        }
      }
      switch token.kind {
      case .leftParenthesis, .leftBracket: brackets += 1
      case .rightParenthesis, .rightBracket: brackets -= 1
      case .leftBrace: braces += 1
      case .rightBrace: braces -= 1
      default: break
      }
      advance()
    }
    isPanicking = false
    openBrackets = 0
  }

  /// After an error in the head of a declaration: its body is still worth reading.
  func recoverHead() {
    guard isPanicking else { return }
    defer { lose(from: statementStart) }
    while token.kind != .leftBrace, token.kind != .endOfFile, token.kind != .rightBrace,
      !(token.startsLine && index > statementStart)
    {
      advance()
    }
    openBrackets = 0
    if token.kind == .leftBrace { isPanicking = false }
  }

  /// Skips a passage of another language: to the next line that begins a declaration of ours.
  func skipToDeclaration() {
    let start = index
    repeat { advance() } while token.kind != .endOfFile && !atDeclaration()
    lose(from: start)
  }

  private func continuesLine(_ kind: TokenKind) -> Bool {
    switch kind {
    case .plus, .minus, .star, .slash, .caret, .less, .lessOrEqual, .greater, .greaterOrEqual,
      .equalEqual, .notEqual,
      .rightParenthesis, .rightBracket:
      true
    default: false
    }
  }

  static let statementHeads = Set(
    Keywords.declarations + Keywords.neuronItems + Keywords.synapseItems + Keywords.networkItems
      + Keywords.taskItems)

  /// Whether the cursor is at the first words of a statement: inside brackets that were never closed this is where to
  /// go on.
  var looksLikeStatement: Bool {
    guard token.startsLine, token.isWord else { return false }
    let next = peek()
    if next.startsLine { return false }
    if token.kind == .name, token.text.hasPrefix("d"), next.kind == .slash, peek(2).isWord("dt") {
      return true
    }
    guard Self.statementHeads.contains(token.text) else { return false }
    // `next V` is a value too, on the right of a `next` equation.
    if token.text == "next", ![.assign, .equalEqual, .colonAssign].contains(peek(2).kind) { return false }
    // `learnable tau = …` on a line of its own is an argument, where a bracket is open.
    if token.text == "learnable", openBrackets > 0, [.assign, .tilde].contains(peek(2).kind) { return false }
    return next.isWord
      && !["and", "or", "in", "of", "then", "else", "over", "as", "at"].contains(next.text)
  }

  /// Whether a declaration begins at the cursor, which inside a block means that a brace is missing.
  func atDeclaration(except exceptions: Set<String> = []) -> Bool {
    guard token.startsLine, token.kind == .name, Keywords.declarations.contains(token.text),
      !exceptions.contains(token.text)
    else { return false }
    return peek().isWord && !peek().startsLine
  }

  /// `{ item … }`: items separated by newlines or `;`, and by `,` where `allowsComma`. `endsEarly` tells that what
  /// stands at the cursor belongs outside, so that a missing `}` is noticed where it is missing.
  func parseBlock(
    of owner: String, allowsComma: Bool = false,
    endsEarly: (Parser) -> Bool = { $0.atDeclaration() },
    item: (Parser) -> Void
  ) {
    if isPanicking { recoverHead() }
    if isPanicking { return }
    let outerStart = statementStart
    let outerBrackets = openBrackets
    let opening = token.span
    var isImplicit = false
    if token.kind == .colon {
      report(.pythonColon(token.span, owner))
      advance()
      isImplicit = true
      if accept(.leftBrace) { isImplicit = false }
    } else if !accept(.leftBrace) {
      let isBlock = token.startsLine && token.isWord && !endsEarly(self)
      guard isBlock else {
        fail(.missingOpeningBrace(owner, found))
        recoverHead()
        if !isPanicking {
          parseBlock(of: owner, allowsComma: allowsComma, endsEarly: endsEarly, item: item)
        }
        return
      }
      report(.missingOpeningBrace(owner, found))
      isImplicit = true
    }
    guard enterNesting() else { return }
    while true {
      while token.kind == .semicolon || (allowsComma && token.kind == .comma) { advance() }
      if accept(.rightBrace) { break }
      if token.kind == .endOfFile || (token.startsLine && endsEarly(self)) {
        if !isImplicit {
          problems.append(.missingClosingBrace(owner, opening: opening, at: endOfPrevious))
        }
        break
      }
      beginStatement()
      item(self)
      finishStatement(allowsComma: allowsComma)
      if index == statementStart { advance() }
    }
    leaveNesting()
    isPanicking = false
    statementStart = outerStart
    openBrackets = outerBrackets
  }

  func enterNesting() -> Bool {
    nesting += 1
    if nesting <= Self.maximumNesting { return true }
    fail(.nestedTooDeeply(token.span, limit: Self.maximumNesting))
    nesting -= 1
    return false
  }

  func leaveNesting() { nesting -= 1 }

  /// `=`, with the spellings of other languages reported.
  @discardableResult
  func expectAssign() -> Bool {
    switch token.kind {
    case .assign:
      advance()
      return true
    case .equalEqual, .colonAssign:
      report(.notAssignment(token.span, token.kind.rawValue))
      advance()
      return true
    default:
      fail(.expected(.token(.assign), found))
      return false
    }
  }

  /// The `///` lines that end directly above the cursor's token.
  func documentation() -> String? {
    var lines: [String] = []
    var newlines = 0
    var pieces = trivia[token.leadingTrivia]
    if index > 0 {
      // What stands before the first newline belongs to the line above.
      guard let first = pieces.firstIndex(where: { $0.kind == .newline }) else { return nil }
      pieces = pieces[first...]
    }
    for piece in pieces {
      switch piece.kind {
      case .newline:
        newlines += 1
        if newlines > 1 { lines = [] }
      case .documentation:
        newlines = 0
        let text = file.text(piece.span).dropFirst(3)
        lines.append(String(text.first == " " ? text.dropFirst() : text))
      case .comment, .garbage:
        newlines = 0
        lines = []
      case .whitespace: break
      }
    }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  func collectAllowances() {
    for piece in trivia where piece.kind == .comment {
      let text = file.text(piece.span)
      guard text.hasPrefix("//") else { continue }
      let body = text.dropFirst(2).drop { $0 == " " }
      guard body.hasPrefix("allow:") else { continue }
      for part in body.dropFirst(6).split(whereSeparator: { ", \t".contains($0) }) {
        let lower = Int(piece.span.lower) + text[..<part.startIndex].utf8.count
        let span = Span(file: file.id, lower: lower, upper: lower + part.utf8.count)
        tree.allowances.append(Name(String(part), span))
      }
    }
  }

  /// `10*mV` where no `mV` is declared: the user of another tool means `10 mV`. The tree gets what was meant.
  func repairBareUnits() {
    for index in tree.expressions.indices {
      guard case .binary(.multiply, let left, let right, _) = tree.expressions[index].kind else { continue }
      var literal = left
      if case .unary(.negate, let inner) = tree[left].kind { literal = inner }
      guard case .number(let value, nil, let isInteger) = tree[literal].kind,
        case .name(let name) = tree[right].kind,
        name.unicodeScalars.count > 1, UnitTable.isUnit(name), !declared.contains(name)
      else { continue }
      let unitSpan = tree[right].span
      let gap = Span(file: file.id, lower: Int(tree[left].span.upper), upper: Int(unitSpan.lower))
      problems.append(.unitWithoutNumber(name, unitSpan, gap: gap))
      let unit = UnitSyntax(
        factors: [UnitFactor(name: Name(name, unitSpan), exponent: 1)], span: unitSpan)
      tree.expressions[Int(literal.index)].kind = .number(value, unit: unit, isInteger: isInteger)
      tree.expressions[index].kind = tree[left].kind
    }
  }
}
