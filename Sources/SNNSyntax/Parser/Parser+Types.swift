extension Parser {
  /// The factors of a unit token (`/mV/ms`), with their places.
  func parseUnitToken() -> UnitSyntax {
    let span = token.span
    advance()
    var factors: [UnitFactor] = []
    var sign = 1
    var position = Int(span.lower)
    let end = Int(span.upper)
    let bytes = file.utf8
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "/"):
        sign = -1
        position += 1
      case UInt8(ascii: "*"):
        sign = 1
        position += 1
      default:
        let start = position
        while position < end,
          ![UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "^")].contains(bytes[position])
        {
          position += 1
        }
        let text = Lexer.canonical(String(decoding: bytes[start..<position], as: UTF8.self))
        let name = Name(text, Span(file: file.id, lower: start, upper: position))
        var exponent = 1
        if position < end, bytes[position] == UInt8(ascii: "^") {
          let first = position + 1
          position = first
          while position < end, bytes[position] == UInt8(ascii: "-") || isDigit(bytes[position]) {
            position += 1
          }
          exponent = Int(String(decoding: bytes[first..<position], as: UTF8.self)) ?? 1
        }
        factors.append(UnitFactor(name: name, exponent: sign * exponent))
      }
    }
    return UnitSyntax(factors: factors, span: span)
  }

  /// A unit or a product of dimensions from separate tokens: after `as`, and in a type. In a type blanks are legal
  /// inside, since nothing else can follow; after `as` a spaced `/` is a division.
  func parseUnit(isType: Bool) -> UnitSyntax {
    let start = token.span
    var factors: [UnitFactor] = []
    var sign = 1
    if token.kind == .number, token.value == 1, !atNewLine {
      advance()
      if token.kind == .unit {
        let unit = parseUnitToken()
        return UnitSyntax(factors: unit.factors, span: span(from: start))
      }
      guard isType, token.kind == .slash, !atNewLine else {
        return UnitSyntax(factors: [], span: start)
      }
    }
    if token.kind == .slash && !atNewLine {
      sign = -1
      advance()
    }
    while true {
      guard token.isWord, !atNewLine else {
        fail(.expected(isType ? .type : .unit, found))
        break
      }
      let name = Name(token.text, token.span)
      advance()
      factors.append(UnitFactor(name: name, exponent: sign * parseUnitExponent(isType: isType)))
      guard !isPanicking, token.kind == .slash || token.kind == .star, !token.startsLine,
        peek().isWord
      else { break }
      if !isType {
        let isAdjacent =
          token.span.lower == endOfPrevious.upper && peek().span.lower == token.span.upper
        guard isAdjacent, UnitTable.isUnit(peek().text) else { break }
      }
      sign = token.kind == .slash ? -1 : 1
      advance()
    }
    return UnitSyntax(factors: factors, span: span(from: start))
  }

  private func parseUnitExponent(isType: Bool) -> Int {
    guard token.kind == .caret, !token.startsLine else { return 1 }
    // `V as mV^2` has a unit, `V as mV ^ x` a power.
    if !isType {
      let exponent = peek().kind == .minus ? peek(2) : peek()
      guard token.span.lower == endOfPrevious.upper, exponent.kind == .number, exponent.isInteger else { return 1 }
    }
    advance()
    let isNegative = accept(.minus)
    guard token.kind == .number, token.isInteger, token.value < 1000 else {
      fail(.expected(.unitExponent, found))
      return 1
    }
    let value = Int(token.value)
    advance()
    return isNegative ? -value : value
  }

  /// `: TYPE`, if there is one.
  func parseTypeAnnotation() -> TypeSyntax? {
    guard token.kind == .colon, !atNewLine else { return nil }
    advance()
    return parseType()
  }

  func parseType() -> TypeSyntax {
    let start = token.span
    if accept(.question) { return TypeSyntax(kind: .hole, span: start) }
    if isWord("spikes") {
      advance()
      let shape = token.kind == .leftBracket && !token.startsLine ? parseBracketedList() : []
      return TypeSyntax(kind: .spikes(shape), span: span(from: start))
    }
    let unit = parseUnit(isType: true)
    return TypeSyntax(kind: isPanicking ? .error : .dimension(unit), span: unit.span)
  }
}
