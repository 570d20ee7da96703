/// Decimal text to the nearest `Double`.
enum DecimalNumber {
  /// Powers of ten that a `Double` holds exactly.
  private static let powers: [Double] = {
    var powers = [1.0]
    for _ in 1...22 { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()

  /// The number that the whole text spells, `nan` and `inf` included; nil for any other text.
  ///
  /// With at most 2^53 as digits and at most 22 as power of ten both are exact, so one division or product rounds
  /// correctly (Clinger 1990); the rest goes to the standard library.
  static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var at = 0
    let end = text.count
    guard end > 0 else { return nil }
    let isNegative = text[0] == UInt8(ascii: "-")
    if isNegative || text[0] == UInt8(ascii: "+") { at = 1 }
    var mantissa: UInt64 = 0
    var digits = 0
    var significant = 0
    var exponent = 0
    while at < end, case let digit = text[at] &- UInt8(ascii: "0"), digit < 10 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      significant += mantissa == 0 ? 0 : 1
      digits += 1
      at += 1
    }
    if at < end, text[at] == UInt8(ascii: ".") {
      at += 1
      while at < end, case let digit = text[at] &- UInt8(ascii: "0"), digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        significant += mantissa == 0 ? 0 : 1
        digits += 1
        exponent -= 1
        at += 1
      }
    }
    guard digits > 0 else { return special(text) }
    if at < end, text[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      var isDown = false
      if at < end, text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "+") {
        isDown = text[at] == UInt8(ascii: "-")
        at += 1
      }
      guard at < end else { return nil }
      var power = 0
      while at < end, case let digit = text[at] &- UInt8(ascii: "0"), digit < 10 {
        power = min(power * 10 + Int(digit), 1_000_000)
        at += 1
      }
      exponent += isDown ? -power : power
    }
    guard at == end else { return nil }
    guard significant <= 18, mantissa <= 1 << 53, abs(exponent) <= 22 else {
      return Double(String(decoding: text, as: UTF8.self))
    }
    let magnitude =
      exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
    return isNegative ? -magnitude : magnitude
  }

  private static func special(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard text.count <= 9 else { return nil }
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return nil
    }
  }
}
