/// What a token is. The raw value of punctuation and operators is their spelling, that of the others a description.
public enum TokenKind: String, Hashable, Sendable, CaseIterable {
  /// An identifier, contextual keywords included.
  case name
  /// One of `Keywords.reserved`.
  case reserved
  case number
  /// A unit directly after a number: `mV`, `uF/cm^2`, `/ms`.
  case unit
  case string
  case endOfFile = "end of file"
  /// Bytes that begin no token; a diagnostic has been given.
  case invalid

  case leftParenthesis = "("
  case rightParenthesis = ")"
  case leftBracket = "["
  case rightBracket = "]"
  case leftBrace = "{"
  case rightBrace = "}"
  case comma = ","
  case semicolon = ";"
  case colon = ":"
  case dot = "."
  case question = "?"
  case percent = "%"
  case prime = "'"

  case plus = "+"
  case minus = "-"
  case star = "*"
  case slash = "/"
  case caret = "^"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equalEqual = "=="
  case notEqual = "!="
  case range = ".."
  case halfOpenRange = "..<"
  case assign = "="
  case addAssign = "+="
  case subtractAssign = "-="
  case multiplyAssign = "*="
  case divideAssign = "/="
  case tilde = "~"
  case matches = "=~"
  case plusMinus = "+-"
  case arrow = "->"

  // Spellings of other languages. They are lexed so that the parser can say what is written here instead.
  case starStar = "**"
  case colonAssign = ":="
  case fatArrow = "=>"
  case longArrow = "-->"
  case tripleDot = "..."
  case ampersands = "&&"
  case bars = "||"
  case bang = "!"
}

extension TokenKind {
  /// Spellings that the lexer knows only to explain them.
  public static let foreign: Set<TokenKind> = [
    .starStar, .colonAssign, .fatArrow, .longArrow, .tripleDot, .ampersands, .bars, .bang,
  ]

  private static let unspelt: Set<TokenKind> = [
    .name, .reserved, .number, .unit, .string, .endOfFile, .invalid,
  ]

  /// Whether the raw value is what stands in the file.
  public var isPunctuation: Bool { !Self.unspelt.contains(self) }

  /// Every operator and punctuation mark of the language (not the foreign ones).
  public static let punctuation: [TokenKind] = allCases.filter {
    $0.isPunctuation && !foreign.contains($0)
  }
}

public enum TriviaKind: String, Hashable, Sendable {
  case whitespace
  case newline
  case comment
  case documentation
  /// Bytes that are no text, `#` comments and the like; a diagnostic has been given.
  case garbage
}

public struct TriviaPiece: Hashable, Sendable {
  public var kind: TriviaKind
  public var span: Span
}

/// One token. Everything between two tokens is leading trivia of the second, so trivia and tokens in order are the file.
public struct Token: Hashable, Sendable {
  public var kind: TokenKind
  public var span: Span
  /// Range in `TokenStream.trivia` of what stands before this token.
  public var leadingTrivia: Range<Int>
  /// Whether this token is the first on its line.
  public var startsLine: Bool
  /// Spelling of names, reserved words and units; contents of strings, escapes resolved. Empty otherwise.
  public var text: String
  /// Value of a number, 0 otherwise.
  public var value: Double
  /// Whether a number was written without fraction and exponent.
  public var isInteger: Bool
}

/// The tokens of one file; the last one is `endOfFile` and owns the trivia before it.
public struct TokenStream: Sendable {
  public var tokens: [Token]
  public var trivia: [TriviaPiece]

  /// The file put together again from trivia and tokens.
  public func reassembled(_ file: SourceFile) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.utf8.count)
    for token in tokens {
      for piece in trivia[token.leadingTrivia] {
        bytes += file.utf8[Int(piece.span.lower)..<Int(piece.span.upper)]
      }
      bytes += file.utf8[Int(token.span.lower)..<Int(token.span.upper)]
    }
    return bytes
  }
}
