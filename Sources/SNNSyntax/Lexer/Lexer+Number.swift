extension Lexer {
  mutating func lexNumber() {
    let start = position
    var isInteger = true
    if byte() == UInt8(ascii: ".") { problems.append(.leadingDot(span(start, start + 1))) }
    skipDigits()
    if byte() == UInt8(ascii: "."), isDigit(byte(1)) {
      isInteger = false
      position += 1
      skipDigits()
    }
    if byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E") {
      let sign = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-") ? 1 : 0
      if isDigit(byte(1 + sign)) {
        isInteger = false
        position += 1 + sign
        skipDigits()
      }
    }
    let literal = bytes[start..<position].filter { $0 != UInt8(ascii: "_") }
    let value = Double(String(decoding: literal, as: UTF8.self)) ?? 0
    if !value.isFinite { problems.append(.numberOutOfRange(span(start, position))) }
    add(.number, from: start, value: value.isFinite ? value : 0, isInteger: isInteger)
    lexUnit()
  }

  private mutating func skipDigits() {
    while isDigit(byte()) || (byte() == UInt8(ascii: "_") && isDigit(byte(1))) { position += 1 }
  }

  /// `["/"] F {("*"|"/") F}` without inner spaces, after a number and any blanks on its line. Anything that is no unit is
  /// left alone: it may be a keyword, or a division by a variable.
  private mutating func lexUnit() {
    let numberEnd = position
    var start = position
    while start < bytes.count,
      bytes[start] == UInt8(ascii: " ") || bytes[start] == UInt8(ascii: "\t")
    { start += 1 }
    let first = start < bytes.count && bytes[start] == UInt8(ascii: "/") ? start + 1 : start
    guard var end = endOfFactor(from: first) else { return }
    while end < bytes.count, bytes[end] == UInt8(ascii: "*") || bytes[end] == UInt8(ascii: "/"),
      let next = endOfFactor(from: end + 1)
    {
      end = next
    }
    position = start
    if start > numberEnd {
      addTrivia(.whitespace, from: numberEnd)
    } else if first == start {
      problems.append(.missingUnitSpace(span(numberEnd - 1, end), at: span(numberEnd, numberEnd)))
    }
    position = end
    let text = Self.canonical(String(decoding: bytes[start..<end], as: UTF8.self))
    add(.unit, from: start, text: text)
  }

  /// End of `NAME ["^" ["-"] INT]` where NAME is a unit.
  private func endOfFactor(from start: Int) -> Int? {
    var end = endOfName(from: start)
    guard end > start else { return nil }
    guard UnitTable.isUnit(Self.canonical(String(decoding: bytes[start..<end], as: UTF8.self)))
    else { return nil }
    if end < bytes.count, bytes[end] == UInt8(ascii: "^") {
      var digits = end + 1
      if digits < bytes.count, bytes[digits] == UInt8(ascii: "-") { digits += 1 }
      let firstDigit = digits
      while digits < bytes.count, isDigit(bytes[digits]), digits - firstDigit < 3 { digits += 1 }
      if digits > firstDigit { end = digits }
    }
    return end
  }
}
