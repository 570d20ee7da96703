extension Lexer {
  /// Decodes the scalar at the current position, or nil where the bytes are no UTF-8.
  private func scalar(at index: Int) -> (scalar: Unicode.Scalar, length: Int)? {
    guard index < bytes.count else { return nil }
    let lead = bytes[index]
    let length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0
    guard length > 0, index + length <= bytes.count else { return nil }
    var iterator = bytes[index..<index + length].makeIterator()
    var decoder = UTF8()
    guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
    return (scalar, length)
  }

  /// End of the name that starts at `start`, or `start` where no name starts.
  func endOfName(from start: Int) -> Int {
    var end = start
    while let (scalar, length) = scalar(at: end) {
      if scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) {
        end += length
      } else if scalar.isASCII {
        guard end > start, isDigit(bytes[end]) else { break }
        end += length
      } else {
        // Subscript digits and primes of papers (`τ₁`) are letters after the first.
        let isLetter = scalar.properties.isXIDStart || scalar == "\u{2126}"
        let isSubscript = ("\u{2080}"..."\u{2089}").contains(scalar)
        guard isLetter || (end > start && (scalar.properties.isXIDContinue || isSubscript)) else {
          break
        }
        end += length
      }
    }
    return end
  }

  /// The micro sign and the ohm sign become the Greek letters that they look like: two names that cannot be told apart
  /// on the screen are one name.
  static func canonical(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\u{B5}": scalars.append("\u{3BC}")
      case "\u{2126}": scalars.append("\u{3A9}")
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  mutating func lexName() {
    let start = position
    position = endOfName(from: start)
    let text = Self.canonical(String(decoding: bytes[start..<position], as: UTF8.self))
    add(Keywords.reserved.contains(text) ? .reserved : .name, from: start, text: text)
  }

  /// Characters of papers and word processors with the token they stand for.
  private static let lookalikes: [Unicode.Scalar: (TokenKind, String)] = [
    "−": (.minus, "-"), "–": (.minus, "-"), "—": (.minus, "-"), "×": (.star, "*"),
    "·": (.star, "*"),
    "⋅": (.star, "*"), "∗": (.star, "*"), "÷": (.slash, "/"), "∕": (.slash, "/"),
    "≤": (.lessOrEqual, "<="),
    "≥": (.greaterOrEqual, ">="), "≠": (.notEqual, "!="), "→": (.arrow, "->"), "⟶": (.arrow, "->"),
    "⇒": (.arrow, "->"), "≈": (.matches, "=~"), "±": (.plusMinus, "+-"), "∼": (.tilde, "~"),
    "′": (.prime, "'"),
    "’": (.prime, "'"), "…": (.range, ".."), "：": (.colon, ":"), "，": (.comma, ","),
    "；": (.semicolon, ";"),
    "（": (.leftParenthesis, "("), "）": (.rightParenthesis, ")"),
  ]

  mutating func lexNonASCII() {
    let start = position
    guard let (scalar, length) = scalar(at: start) else {
      repeat {
        position += 1
      } while position < bytes.count && bytes[position] >= 0x80 && self.scalar(at: position) == nil
      problems.append(.invalidUTF8(span(start, position)))
      addTrivia(.garbage, from: start)
      return
    }
    if endOfName(from: start) > start { return lexName() }
    position += length
    if let (kind, spelling) = Self.lookalikes[scalar] {
      problems.append(.lookalike(span(start, position), String(scalar), spelling))
      add(kind, from: start)
    } else if scalar.properties.isWhitespace || scalar == "\u{200B}" || scalar == "\u{FEFF}" {
      // A no-break space pasted from a page is seen as a space and works as one.
      addTrivia(.whitespace, from: start)
    } else {
      problems.append(.unexpectedCharacter(span(start, position), String(scalar)))
      add(.invalid, from: start)
    }
  }

  /// Reports bytes in a comment or a string that are no text.
  mutating func reportBadText(from start: Int, to end: Int) {
    var index = start
    while index < end {
      if bytes[index] < 0x80 {
        if (bytes[index] < 32 && bytes[index] != 9) || bytes[index] == 127 {
          problems.append(.controlCharacter(span(index, index + 1), bytes[index]))
          return
        }
        index += 1
      } else if let (_, length) = scalar(at: index) {
        index += length
      } else {
        problems.append(.invalidUTF8(span(index, index + 1)))
        return
      }
    }
  }

  mutating func lexString() {
    let start = position
    position += 1
    var content: [UInt8] = []
    while true {
      guard position < bytes.count, bytes[position] != 10, bytes[position] != 13 else {
        problems.append(.unterminatedString(span(start, position)))
        break
      }
      let current = byte()
      position += 1
      if current == UInt8(ascii: "\"") { break }
      guard current == UInt8(ascii: "\\"), position < bytes.count else {
        content.append(current)
        continue
      }
      switch byte() {
      case UInt8(ascii: "n"): content.append(10)
      case UInt8(ascii: "t"): content.append(9)
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): content.append(byte())
      case 10, 13: continue
      default:
        problems.append(.unknownEscape(span(position - 1, position + 1)))
        content.append(byte())
      }
      position += 1
    }
    reportBadText(from: start, to: position)
    add(.string, from: start, text: String(decoding: content, as: UTF8.self))
  }
}
