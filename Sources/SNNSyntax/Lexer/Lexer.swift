/// Cuts a file into tokens and trivia, without loss. Never fails: what is no token becomes trivia or an `invalid` token
/// with a diagnostic.
public func lex(_ file: SourceFile) -> (TokenStream, [Diagnostic]) {
  var lexer = Lexer(file)
  lexer.run()
  return (
    TokenStream(tokens: lexer.tokens, trivia: lexer.trivia),
    lexer.problems.prefix(Parser.maximumProblems).map { $0.diagnostic(in: file) }
  )
}

struct Lexer {
  let file: SourceFile
  let bytes: [UInt8]
  var position = 0
  var tokens: [Token] = []
  var trivia: [TriviaPiece] = []
  var problems: [SyntaxProblem] = []
  /// Start in `trivia` of the pieces that the next token owns.
  private var pendingTrivia = 0
  private var startsLine = true
  /// `+-` is one operator only after `=~`; elsewhere `a +-b` is a sum with a negated term.
  private var awaitsTolerance = false

  init(_ file: SourceFile) {
    self.file = file
    bytes = file.utf8
    tokens.reserveCapacity(bytes.count / 4 + 1)
  }

  mutating func run() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      position = 3
      addTrivia(.whitespace, from: 0)
    }
    while position < bytes.count { lexOne() }
    add(.endOfFile, from: position)
  }

  func span(_ lower: Int, _ upper: Int) -> Span { Span(file: file.id, lower: lower, upper: upper) }

  func byte(_ offset: Int = 0) -> UInt8 {
    let index = position + offset
    return index < bytes.count ? bytes[index] : 0
  }

  mutating func addTrivia(_ kind: TriviaKind, from start: Int) {
    trivia.append(TriviaPiece(kind: kind, span: span(start, position)))
    if kind == .newline { startsLine = true }
  }

  mutating func add(
    _ kind: TokenKind, from start: Int, text: String = "", value: Double = 0,
    isInteger: Bool = false
  ) {
    tokens.append(
      Token(
        kind: kind, span: span(start, position), leadingTrivia: pendingTrivia..<trivia.count,
        startsLine: startsLine || tokens.isEmpty, text: text, value: value, isInteger: isInteger))
    pendingTrivia = trivia.count
    startsLine = false
  }

  private mutating func lexOne() {
    let start = position
    switch byte() {
    case UInt8(ascii: " "), UInt8(ascii: "\t"):
      skipBlanks()
    case 10:
      position += 1
      addTrivia(.newline, from: start)
    case 13:
      position += byte(1) == 10 ? 2 : 1
      addTrivia(.newline, from: start)
    case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
      lexComment()
    case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
      lexBlockComment()
    case UInt8(ascii: "#"),
      UInt8(ascii: "%") where startsLine || tokens.isEmpty:
      skipToLineEnd()
      problems.append(.hashComment(span(start, start + 1)))
      addTrivia(.garbage, from: start)
    case UInt8(ascii: "\""):
      lexString()
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      lexNumber()
    case UInt8(ascii: "."):
      if isDigit(byte(1)) && !followsOperand { lexNumber() } else { lexPunctuation() }
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      lexName()
    case 0..<32, 127:
      lexControlBytes()
    case 128...:
      lexNonASCII()
    default:
      lexPunctuation()
    }
  }

  /// `a.5` is no number after a member access, `x = .5` is.
  private var followsOperand: Bool {
    guard let last = tokens.last, Int(last.span.upper) == position else { return false }
    switch last.kind {
    case .name, .reserved, .number, .unit, .rightBracket, .rightParenthesis, .dot, .range:
      return true
    default: return false
    }
  }

  private mutating func skipBlanks() {
    let start = position
    while byte() == UInt8(ascii: " ") || byte() == UInt8(ascii: "\t") { position += 1 }
    addTrivia(.whitespace, from: start)
  }

  mutating func skipToLineEnd() {
    while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
  }

  private mutating func lexComment() {
    let start = position
    // `////` and longer rules off a section; only exactly three slashes document.
    let documents = byte(2) == UInt8(ascii: "/") && byte(3) != UInt8(ascii: "/")
    skipToLineEnd()
    reportBadText(from: start, to: position)
    addTrivia(documents ? .documentation : .comment, from: start)
  }

  private mutating func lexBlockComment() {
    let start = position
    position += 2
    while position < bytes.count, !(byte() == UInt8(ascii: "*") && byte(1) == UInt8(ascii: "/")) {
      position += 1
    }
    position = min(position + 2, bytes.count)
    problems.append(.blockComment(span(start, start + 2)))
    addTrivia(.garbage, from: start)
    // What follows a comment over several lines stands on a line of its own.
    if bytes[start..<position].contains(10) { startsLine = true }
  }

  private mutating func lexControlBytes() {
    let start = position
    while position < bytes.count,
      (bytes[position] < 32 && ![9, 10, 13].contains(bytes[position])) || byte() == 127
    {
      position += 1
    }
    problems.append(.controlCharacter(span(start, position), bytes[start]))
    addTrivia(.garbage, from: start)
  }

  private mutating func lexPunctuation() {
    let start = position
    for length in stride(from: 3, through: 1, by: -1) where start + length <= bytes.count {
      let spelling = String(decoding: bytes[start..<start + length], as: UTF8.self)
      guard let kind = Self.punctuation[spelling] else { continue }
      if kind == .plusMinus && !awaitsTolerance { continue }
      position += length
      switch kind {
      case .matches: awaitsTolerance = true
      case .plusMinus, .leftBrace, .rightBrace: awaitsTolerance = false
      default: break
      }
      add(kind, from: start)
      return
    }
    position += 1
    problems.append(
      .unexpectedCharacter(span(start, position), String(UnicodeScalar(bytes[start]))))
    add(.invalid, from: start)
  }

  private static let punctuation: [String: TokenKind] = {
    var table: [String: TokenKind] = [:]
    for kind in TokenKind.allCases where kind.isPunctuation { table[kind.rawValue] = kind }
    return table
  }()
}

func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
