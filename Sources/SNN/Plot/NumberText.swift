#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Numbers as people read them, without Foundation (whose loading costs more than a whole `snn check`).
public enum NumberText {
  /// `decimals` digits after the point, rounded half away from zero: `fixed(2.5, 0)` is `3`.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return notFinite(value) }
    let places = max(0, min(decimals, 15))
    let scaled = (value.magnitude * powerOfTen(places)).rounded(.toNearestOrAwayFromZero)
    guard scaled < 9e15 else { return "\(value)" }
    var digits = String(UInt64(scaled))
    if places > 0 {
      if digits.count <= places {
        digits = String(repeating: "0", count: places + 1 - digits.count) + digits
      }
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -places))
    }
    return value < 0 && scaled > 0 ? "-" + digits : digits
  }

  /// At most `digits` significant digits, no trailing zeros; powers of ten outside 1e-4 ..< 1e6: `0.0123`, `1.2e-07`.
  public static func significant(_ value: Double, _ digits: Int = 4) -> String {
    guard value.isFinite else { return notFinite(value) }
    guard value != 0 else { return "0" }
    var exponent = decimalExponent(value)
    let rounded = (value.magnitude / powerOfTen(exponent - digits + 1)).rounded(
      .toNearestOrAwayFromZero)
    if rounded >= powerOfTen(digits) { exponent += 1 }
    if exponent < -4 || exponent >= 6 {
      let mantissa = withoutTrailingZeros(fixed(value / powerOfTen(exponent), digits - 1))
      let magnitude = String(exponent.magnitude)
      return mantissa + (exponent < 0 ? "e-" : "e+")
        + (magnitude.count < 2 ? "0" + magnitude : magnitude)
    }
    return withoutTrailingZeros(fixed(value, max(0, digits - 1 - exponent)))
  }

  /// A fraction as a percentage with one decimal: `96.7 %`.
  public static func percent(_ fraction: Double) -> String {
    fraction.isFinite ? fixed(100 * fraction, 1) + " %" : notFinite(fraction)
  }

  /// A span of wall-clock time: `0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
    if seconds < 9.95 { return fixed(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    return "\(whole / 3600) h \(twoDigits(whole % 3600 / 60)) min"
  }

  /// Counts with thin grouping: `12 345`.
  public static func count(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var text = value < 0 ? "-" : ""
    for (place, digit) in digits.enumerated() {
      if place > 0, digits.count > 4, (digits.count - place) % 3 == 0 { text += " " }
      text.append(digit)
    }
    return text
  }

  /// The power of ten of the first significant digit: 3 for 1234, -2 for 0.05.
  static func decimalExponent(_ value: Double) -> Int {
    guard value != 0, value.isFinite else { return 0 }
    var exponent = Int(log10(value.magnitude).rounded(.down))
    // The logarithm of 1000 may come out as 2.9999….
    if value.magnitude >= powerOfTen(exponent + 1) { exponent += 1 }
    if value.magnitude < powerOfTen(exponent) { exponent -= 1 }
    return exponent
  }

  static func powerOfTen(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

  static func logarithm(_ value: Double) -> Double { log10(value) }

  static func withoutTrailingZeros(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var kept = Substring(text)
    while kept.last == "0" { kept.removeLast() }
    if kept.last == "." { kept.removeLast() }
    return String(kept)
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func notFinite(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }
}
