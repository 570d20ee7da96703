/// An exponent. Arithmetic that leaves the range gives `invalid`, which stays invalid: no sequence of operations on a
/// user's exponents traps.
public struct Rational: Hashable, Sendable {
  public let numerator: Int
  /// Positive; 0 only in `invalid`.
  public let denominator: Int

  public static let zero = Rational(0)
  public static let one = Rational(1)
  public static let invalid = Rational(unchecked: 0, 0)

  private init(unchecked numerator: Int, _ denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  public init(_ numerator: Int, _ denominator: Int = 1) {
    guard denominator != 0, denominator != .min, numerator != .min else {
      self = .invalid
      return
    }
    var (a, b) = (abs(numerator), abs(denominator))
    while b != 0 { (a, b) = (b, a % b) }
    let divisor = denominator < 0 ? -max(a, 1) : max(a, 1)
    let (top, bottom) = (numerator / divisor, denominator / divisor)
    let limit = 1 << 30
    self = abs(top) <= limit && bottom <= limit ? Rational(unchecked: top, bottom) : .invalid
  }

  /// The fraction with a denominator of at most 1000 that rounds to `value`; nil where there is none.
  public init?(_ value: Double) {
    guard value.isFinite, abs(value) <= 1000 else { return nil }
    for denominator in 1...1000 {
      let numerator = (value * Double(denominator)).rounded()
      if abs(numerator / Double(denominator) - value) <= 1e-15 * max(1, abs(value)) {
        self.init(Int(numerator), denominator)
        return
      }
    }
    return nil
  }

  public var isValid: Bool { denominator != 0 }
  public var isZero: Bool { numerator == 0 && isValid }
  public var asInteger: Int? { denominator == 1 ? numerator : nil }

  // Numerators and denominators are below 2^30, so that products and their sums fit 64 bits.
  public static func + (a: Rational, b: Rational) -> Rational {
    guard a.isValid, b.isValid else { return .invalid }
    return Rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }
  public static prefix func - (a: Rational) -> Rational { Rational(unchecked: -a.numerator, a.denominator) }
  public static func - (a: Rational, b: Rational) -> Rational { a + -b }
  public static func * (a: Rational, b: Rational) -> Rational {
    guard a.isValid, b.isValid else { return .invalid }
    return Rational(a.numerator * b.numerator, a.denominator * b.denominator)
  }
  public static func / (a: Rational, b: Rational) -> Rational {
    guard a.isValid, b.isValid, b.numerator != 0 else { return .invalid }
    return Rational(a.numerator * b.denominator, a.denominator * b.numerator)
  }

  /// `2`, `-1`, `(1/2)`: as an exponent is written.
  public var text: String { denominator == 1 ? "\(numerator)" : "(\(numerator)/\(denominator))" }
}
