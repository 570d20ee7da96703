/// Where the text comes from: in a file a line that begins with a binary operator continues the one before; at the
/// prompt a complete line is complete.
public enum ParseMode: Sendable { case file, prompt }

/// Parses a whole file. Never fails: what cannot be parsed is left out of the tree (or stands in it as `.error`) with
/// one diagnostic per root cause, lexical ones included, in source order.
public func parse(_ file: SourceFile) -> (SyntaxTree, [Diagnostic]) {
  parseDeclarations(file, mode: .file)
}

/// Parses declarations, as `parse` does, with the line rules of `mode`.
public func parseDeclarations(_ file: SourceFile, mode: ParseMode) -> (SyntaxTree, [Diagnostic]) {
  let parser = Parser(file, mode: mode)
  parser.parseFile()
  let diagnostics = parser.finish()
  return (parser.tree, diagnostics)
}

/// Parses one expression that is the whole text, for the prompt and for `--set NAME=VALUE`.
public func parseExpression(
  _ file: SourceFile, mode: ParseMode = .prompt
) -> (tree: SyntaxTree, expression: ExprID, diagnostics: [Diagnostic]) {
  let parser = Parser(file, mode: mode)
  let expression = parser.parseExpression()
  if !parser.isPanicking && parser.token.kind != .endOfFile {
    parser.fail(.unexpected(parser.found))
  }
  let diagnostics = parser.finish()
  return (parser.tree, expression, diagnostics)
}

/// A class, since a structure of this size is copied at every access without optimisation: 33 KB of stack for each level
/// of nesting, against 5.
///
/// A recursive-descent parser with one token of lookahead (two or three where a contextual keyword must be told from a
/// name). After an error it is silent until the next statement, so that one cause gives one message.
final class Parser {
  /// Nesting of brackets and braces that is parsed; deeper text is an error.
  static let maximumNesting = 256
  /// Calls of `parseOperators` under way: also bounds chains of prefix operators, conditionals and powers.
  static let maximumRecursion = 600
  /// Greatest depth of an expression tree (a chain of n operators has depth n), so that walkers may recurse.
  static let maximumDepth = 1024

  /// More than are ever shown, in the order of the text but for brackets.
  static let maximumProblems = 10 * Diagnostic.limit

  let file: SourceFile
  let mode: ParseMode
  let tokens: [Token]
  let trivia: [TriviaPiece]
  var index = 0
  var tree: SyntaxTree
  var depths: [Int16] = []
  var nesting = 0
  var recursion = 0
  var lexicalProblems: [Diagnostic]
  var problems: [SyntaxProblem] = []
  var isPanicking = false
  /// Round and square brackets consumed and not closed in the present statement; newlines mean nothing inside them.
  var openBrackets = 0
  var statementStart = 0
  /// Set while the left side of an equation is parsed, where `X'` is legal; the primed name ends up in `primed`.
  var allowsPrime = false
  var primed: (name: Name, expression: ExprID)?
  /// Set after items that stand behind the end of their block, until the brace that was meant to end it.
  var isBehindBlock = false
  /// Slips of habit that are told once a file.
  var told: Set<String> = []
  /// Names that this file declares: a unit's name that is declared is a variable.
  var declared: Set<String> = []

  init(_ file: SourceFile, mode: ParseMode) {
    self.file = file
    self.mode = mode
    let (stream, problems) = lex(file)
    tokens = stream.tokens
    trivia = stream.trivia
    lexicalProblems = problems
    tree = SyntaxTree(file: file.id)
  }

  func finish() -> [Diagnostic] {
    collectAllowances()
    if mode == .file { repairBareUnits() }
    let openQuotes = lexicalProblems.filter { $0.id == .unterminatedString }.map(\.primary.span.upper)
    problems.removeAll { problem in
      guard case .unclosedBracket(_, _, let found) = problem else { return false }
      return openQuotes.contains(found.span.lower)
    }
    let all = lexicalProblems + problems.map { $0.diagnostic(in: file) }
    return all.deduplicated().sorted().limited()
  }

  func parseFile() {
    while token.kind != .endOfFile {
      beginStatement()
      parseDeclaration()
      finishStatement()
      if index == statementStart { advance() }
    }
  }

  // MARK: Cursor

  var token: Token { tokens[index] }

  func peek(_ distance: Int = 1) -> Token { tokens[min(index + distance, tokens.count - 1)] }

  /// Where the last consumed token ends, as an empty span.
  var endOfPrevious: Span {
    guard index > 0 else { return Span(file: file.id, lower: 0, upper: 0) }
    let end = Int(tokens[index - 1].span.upper)
    return Span(file: file.id, lower: end, upper: end)
  }

  /// From `start` to the end of the last consumed token.
  func span(from start: Span) -> Span {
    let end = Int(endOfPrevious.upper)
    return Span(file: file.id, lower: Int(start.lower), upper: max(end, Int(start.lower)))
  }

  func advance() {
    switch token.kind {
    case .leftParenthesis, .leftBracket: openBrackets += 1
    case .rightParenthesis, .rightBracket: openBrackets = max(0, openBrackets - 1)
    default: break
    }
    if index < tokens.count - 1 { index += 1 }
  }

  func accept(_ kind: TokenKind) -> Bool {
    guard token.kind == kind else { return false }
    advance()
    return true
  }

  func isWord(_ word: String) -> Bool { token.isWord(word) }

  func acceptWord(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    advance()
    return true
  }

  /// Whether the present token ends the statement by standing on a new line.
  var atNewLine: Bool { token.startsLine && openBrackets == 0 && index > statementStart }

  // MARK: Problems

  /// Reports without losing the thread: what was meant is clear.
  func report(_ problem: SyntaxProblem) {
    if !isPanicking, problems.count < Self.maximumProblems { problems.append(problem) }
  }

  /// Reports and stays silent until the next statement.
  func fail(_ problem: SyntaxProblem) {
    report(problem)
    isPanicking = true
  }

  /// As `fail`, the first time; later ones have the same cause.
  func failOnce(_ problem: SyntaxProblem, about subject: String) {
    if told.insert(subject).inserted { report(problem) }
    isPanicking = true
  }

  /// What stands at the cursor, for "expected …, found …". At a line's end the place is behind the last token.
  var found: FoundToken {
    let atEnd = token.kind == .endOfFile
    let moved = index > 0 && (atNewLine || atEnd || (index > statementStart && looksLikeStatement))
    let text: String
    switch token.kind {
    case .endOfFile: text = "the end of the file"
    case _ where moved: text = "the end of the line"
    case .number: text = "a number"
    case .string: text = "a text"
    case .invalid: text = "`\(file.text(token.span))`"
    case .unit: text = "the unit `\(token.text)`"
    case .name, .reserved: text = "`\(token.text)`"
    default: text = "`\(token.kind.rawValue)`"
    }
    return FoundToken(description: text, span: moved ? endOfPrevious : token.span)
  }

  @discardableResult
  func expect(_ kind: TokenKind, in context: Expected? = nil) -> Bool {
    if accept(kind) { return true }
    fail(.expected(context ?? .token(kind), found))
    return false
  }

  @discardableResult
  func expectWord(_ word: String) -> Bool {
    if acceptWord(word) { return true }
    fail(.expected(.word(word), found))
    return false
  }

  /// A name that is being declared or referred to; a reserved word is used as if it were legal, after a report.
  func parseName(_ expected: Expected, declares: Bool = false) -> Name {
    if atNewLine || (token.kind != .name && token.kind != .reserved) {
      fail(.expected(expected, found))
      return Name("", endOfPrevious)
    }
    let name = Name(token.text, token.span)
    if token.kind == .reserved, told.insert(token.text).inserted {
      report(.reservedWord(token.text, token.span, expected))
    }
    if declares { declared.insert(name.text) }
    advance()
    return name
  }

  /// `a.b.c` as one name.
  func parseDottedName(_ expected: Expected) -> Name {
    var name = parseName(expected)
    while !isPanicking, token.kind == .dot {
      advance()
      guard token.kind == .name || token.kind == .reserved else {
        fail(.expected(.memberName, found))
        break
      }
      name = Name(name.text + "." + token.text, name.span.union(token.span))
      advance()
    }
    return name
  }

  // MARK: Tree

  func make(_ kind: ExprKind, _ span: Span) -> ExprID {
    var depth = 0
    kind.forEachChild { depth = max(depth, Int(depths[Int($0.index)])) }
    if depth >= Self.maximumDepth {
      fail(.expressionTooLong(span, limit: Self.maximumDepth))
      depths.append(1)
      return tree.append(.error, span)
    }
    depths.append(Int16(depth + 1))
    return tree.append(kind, span)
  }

  func makeError() -> ExprID { make(.error, endOfPrevious) }

  func spanOf(_ id: ExprID) -> Span { tree[id].span }
}

extension Token {
  func isWord(_ word: String) -> Bool { (kind == .name || kind == .reserved) && text == word }
  public var isWord: Bool { kind == .name || kind == .reserved }
}

/// A token as messages name it.
struct FoundToken: Hashable, Sendable {
  var description: String
  var span: Span
}
