/// The text in the one style of the language. Comments, blank lines (at most one in a row) and line breaks stay; blanks
/// and indentation are set anew. Works on tokens, so that a broken part is laid out like any other; where the result
/// would not mean the same as the text (compared as trees), the text is given back as it is.
public func format(_ file: SourceFile) -> String {
  var formatter = Formatter(file)
  let result = formatter.run()
  let formatted = SourceFile(id: file.id, name: file.name, text: result)
  let (before, wasWrong) = parse(file)
  let (after, isWrong) = parse(formatted)
  let isSame = wasWrong.map(\.id) == isWrong.map(\.id) && dumpTree(before) == dumpTree(after)
  return isSame ? result : String(decoding: file.utf8, as: UTF8.self)
}

struct Formatter {
  private let file: SourceFile
  private let tokens: [Token]
  private let trivia: [TriviaPiece]
  private var output = ""
  /// Columns written on the present line; 0 at its start.
  private var column = 0
  /// What each open bracket is, and whether its closing one must go back to the indentation of its line.
  private var brackets: [TokenKind] = []
  private var indents: [Int] = [0]
  /// Column of the first `=` of the present statement: continuation lines that begin with an operator stand under it.
  private var assignColumn: Int?
  private var statementIndent = 0
  private var isInType = false
  private var isInUnit = false

  init(_ file: SourceFile) {
    self.file = file
    let stream = lex(file).0
    tokens = stream.tokens
    trivia = stream.trivia
  }

  mutating func run() -> String {
    for index in tokens.indices {
      let token = tokens[index]
      let breaks = writeTrivia(before: index)
      if token.kind == .endOfFile { break }
      if breaks { beginLine(index) } else if column > 0, needsSpace(before: index) { write(" ") }
      track(index)
      write(file.text(token.span))
    }
    endLine()
    while output.hasSuffix("\n\n") { output.removeLast() }
    return output == "\n" ? "" : output
  }

  // MARK: Lines

  private mutating func write(_ text: String) {
    output += text
    column += text.count
  }

  private mutating func endLine() {
    if column > 0 {
      output += "\n"
      column = 0
    }
  }

  private var braceDepth: Int { brackets.reduce(0) { $0 + ($1 == .leftBrace ? 1 : 0) } }

  /// Comments and blank lines; returns whether the token begins a line.
  private mutating func writeTrivia(before index: Int) -> Bool {
    let token = tokens[index]
    var newlines = 0
    var breaks = index == 0
    for piece in trivia[token.leadingTrivia] {
      switch piece.kind {
      case .whitespace: break
      case .newline:
        newlines += 1
        breaks = true
      case .comment, .documentation, .garbage:
        let text = file.text(piece.span).trimmedEnd
        if column > 0 && newlines == 0 {
          write("  " + text)
        } else {
          endLine()
          writeBlankLine(newlines)
          write(String(repeating: " ", count: commentIndent(before: index)) + text)
        }
        newlines = 0
        breaks = true
      }
    }
    if breaks {
      endLine()
      let closes = token.kind == .rightBrace || token.kind == .endOfFile
      if !closes { writeBlankLine(newlines) }
    }
    return breaks
  }

  private mutating func writeBlankLine(_ newlines: Int) {
    guard newlines > 1, !output.isEmpty, !output.hasSuffix("\n\n"), !output.hasSuffix("{\n") else { return }
    output += "\n"
  }

  private func commentIndent(before index: Int) -> Int { 2 * brackets.count }

  private mutating func beginLine(_ index: Int) {
    let token = tokens[index]
    var depth = 2 * brackets.count
    switch token.kind {
    case .rightBrace, .rightBracket, .rightParenthesis: depth -= 2
    default: break
    }
    let isStatement = brackets.last == nil || brackets.last == .leftBrace
    let continues = isStatement && index > 0 && continuesStatement(index)
    if continues {
      let isOperator = Self.infix.contains(token.kind) || ["and", "or"].contains(token.text)
      let under = assignColumn.flatMap { $0 <= statementIndent + 16 ? $0 : nil }
      depth = isOperator ? under ?? statementIndent + 4 : statementIndent + 4
    } else if isStatement {
      assignColumn = nil
      statementIndent = max(0, depth)
      isInType = false
      isInUnit = false
    }
    write(String(repeating: " ", count: max(0, depth)))
  }

  private static let infix: Set<TokenKind> = [
    .plus, .minus, .star, .slash, .caret, .less, .lessOrEqual, .greater, .greaterOrEqual, .equalEqual, .notEqual,
    .range,
    .halfOpenRange, .plusMinus, .matches, .arrow,
  ]

  private func continuesStatement(_ index: Int) -> Bool {
    let token = tokens[index]
    if Self.infix.contains(token.kind) { return true }
    if token.kind == .reserved, ["and", "or", "then", "else", "of", "in"].contains(token.text) { return true }
    let previous = tokens[index - 1]
    switch previous.kind {
    case .assign, .tilde, .addAssign, .subtractAssign, .multiplyAssign, .divideAssign: return true
    // In `connect`, `learn` and tasks a comma separates items; elsewhere a list goes on.
    case .comma: return !(brackets.last == .leftBrace && startsItem(index))
    case _ where Self.infix.contains(previous.kind): return true
    case .reserved, .name: return ["of", "by", "and", "or", "not", "then", "else", "if"].contains(previous.text)
    default: return false
    }
  }

  private func startsItem(_ index: Int) -> Bool {
    let word = tokens[index].text
    return Parser.statementHeads.contains(word) || Keywords.taskSettings.contains(word)
      || Keywords.connectItems.contains(word) || (index + 1 < tokens.count && tokens[index + 1].kind == .assign)
      || (index + 2 < tokens.count && tokens[index + 2].kind == .assign)
  }

  // MARK: Spaces

  private mutating func track(_ index: Int) {
    let token = tokens[index]
    switch token.kind {
    case .leftBrace, .leftBracket, .leftParenthesis: brackets.append(token.kind)
    case .rightBrace, .rightBracket, .rightParenthesis: if !brackets.isEmpty { brackets.removeLast() }
    case .semicolon: assignColumn = nil
    case .assign where assignColumn == nil && (brackets.last == nil || brackets.last == .leftBrace):
      assignColumn = column
    default: break
    }
    switch token.kind {
    case .colon: isInType = true
    case .name, .number, .unit, .caret, .minus, .slash, .star, .leftBracket, .rightBracket, .question: break
    default: isInType = false
    }
    if token.isWord("as"), index > 0, isOperand(tokens[index - 1]) {
      isInUnit = true
    } else if isInUnit {
      switch token.kind {
      case .name, .caret, .minus, .number: break
      case .slash, .star: isInUnit = isTight(index)
      default: isInUnit = false
      }
    }
  }

  /// Whether the token touched both neighbours in the source.
  private func isTight(_ index: Int) -> Bool {
    index > 0 && index + 1 < tokens.count && tokens[index - 1].span.upper == tokens[index].span.lower
      && tokens[index].span.upper == tokens[index + 1].span.lower
  }

  private func isOperand(_ token: Token) -> Bool {
    switch token.kind {
    case .name, .number, .unit, .string, .percent, .prime, .question, .rightParenthesis, .rightBracket: true
    case .reserved: ["t", "dt", "spike", "true", "false"].contains(token.text)
    default: false
    }
  }

  /// Whether `-` at `index` has an operand on its left.
  private func isBinary(_ index: Int) -> Bool { index > 0 && isOperand(tokens[index - 1]) }

  private func needsSpace(before index: Int) -> Bool {
    let token = tokens[index]
    let previous = tokens[index - 1]
    switch previous.kind {
    case .leftParenthesis, .leftBracket, .dot: return false
    case .leftBrace: return token.kind != .rightBrace
    case .minus where !isBinary(index - 1): return false
    case .bang: return false
    case .caret: return isSpacedPower(index - 1)
    case .slash, .star:
      if isTightFactor(index - 1) { return false }
    default: break
    }
    switch token.kind {
    case .comma, .semicolon, .rightParenthesis, .rightBracket, .dot, .prime: return false
    case .caret: return isSpacedPower(index)
    case .slash, .star: return !isTightFactor(index)
    case .leftParenthesis, .leftBracket:
      // `f(x)`, `A[0]`; but `of (a + b)`, `= [1, 2]`, `when (x)`.
      guard isOperand(previous) else { return true }
      if previous.kind == .name, Keywords.contextual.contains(previous.text) {
        return previous.span.upper != token.span.lower
      }
      return false
    default: return true
    }
  }

  /// `x^2` is tight, but after a unit `10 mV ^ 2` is a power of the quantity, which `10 mV^2` is not.
  private func isSpacedPower(_ caret: Int) -> Bool {
    caret > 0 && (tokens[caret - 1].kind == .unit || isInUnit && !isTight(caret))
  }

  /// `/` and `*` in `dV/dt`, in a type and in the unit after `as`.
  private func isTightFactor(_ index: Int) -> Bool {
    if isInType || (isInUnit && isTight(index)) { return true }
    guard tokens[index].kind == .slash, index > 0, index + 1 < tokens.count, tokens[index + 1].isWord("dt") else {
      return false
    }
    let numerator = tokens[index - 1]
    return numerator.kind == .name && numerator.text.hasPrefix("d") && numerator.text.count > 1
  }
}
