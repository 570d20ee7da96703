import SNNIR
import SNNSyntax

/// A product of rational powers of the seven SI base quantities, in the order of `SIExponents.array`.
public struct Dimension: Hashable, Sendable {
  /// Seven exponents: time, length, mass, current, temperature, amount, luminosity.
  public private(set) var exponents: [Rational]

  public static let one = Dimension([Rational](repeating: .zero, count: 7))
  public static let time = Dimension(SIExponents(time: 1))
  public static let length = Dimension(SIExponents(length: 1))
  public static let frequency = Dimension(SIExponents(time: -1))
  public static let voltage = Dimension(SIExponents(time: -3, length: 2, mass: 1, current: -1))
  public static let current = Dimension(SIExponents(current: 1))

  init(_ exponents: [Rational]) { self.exponents = exponents }
  public init(_ si: SIExponents) { exponents = si.array.map { Rational($0) } }

  public var isOne: Bool { self == .one }
  public var isValid: Bool { exponents.allSatisfy(\.isValid) }

  public static func * (a: Dimension, b: Dimension) -> Dimension {
    Dimension(zip(a.exponents, b.exponents).map { $0 + $1 })
  }
  public static func / (a: Dimension, b: Dimension) -> Dimension {
    Dimension(zip(a.exponents, b.exponents).map { $0 - $1 })
  }
  public func power(_ exponent: Rational) -> Dimension { Dimension(exponents.map { $0 * exponent }) }
  public var inverse: Dimension { power(Rational(-1)) }

  /// Power of ten of the coherent internal unit in SI units: ms, um, 1e-12 kg, pA, K, 1e-18 mol, cd, so that mV, nS,
  /// pF, GOhm and mM are coherent with them. nil where an exponent makes it no whole power.
  var internalDecade: Int? {
    let base = [-3, -6, -12, -12, 0, -18, 0]
    var sum = Rational.zero
    for (exponent, decade) in zip(exponents, base) { sum = sum + exponent * Rational(decade) }
    return sum.asInteger
  }
}

/// A unit as written, resolved: its dimension, and how its values become internal ones.
public struct ResolvedUnit: Hashable, Sendable {
  public var text: String
  public var dimension: Dimension
  /// `internal = value * 10^decade` (exactly rounded once) `+ offset`.
  public var decade: Int
  public var offset: Double

  public static let one = ResolvedUnit(text: "1", dimension: .one, decade: 0, offset: 0)

  public func toInternal(_ value: Double) -> Double {
    (decade >= 0 ? value * UnitTable.powerOfTen(decade) : value / UnitTable.powerOfTen(-decade)) + offset
  }

  public func fromInternal(_ value: Double) -> Double {
    let shifted = value - offset
    return decade >= 0 ? shifted / UnitTable.powerOfTen(decade) : shifted * UnitTable.powerOfTen(-decade)
  }

  public var display: DisplayUnit {
    DisplayUnit(text, scale: UnitTable.powerOfTen(decade), offset: offset)
  }
}

extension Dimension {
  /// Exponents over V, A, s, m, K, mol, cd, with the SI decade each has inside.
  private var electrical: [(name: String, exponent: Rational)] {
    let e = exponents
    return [
      ("mV", e[2]), ("pA", e[3] + e[2]), ("ms", e[0] + e[2] * Rational(3)), ("um", e[1] - e[2] * Rational(2)),
      ("K", e[4]), ("amol", e[5]), ("cd", e[6]),
    ]
  }

  /// Names that messages use, in order of preference, with the unit shown when the user wrote none.
  static let named: [(name: String, dimension: Dimension, unit: String)] = [
    ("time", .time, "ms"),
    ("voltage", .voltage, "mV"),
    ("current", .current, "pA"),
    ("resistance", .voltage / .current, "GOhm"),
    ("conductance", .current / .voltage, "nS"),
    ("capacitance", .current * .time / .voltage, "pF"),
    ("charge", .current * .time, "fC"),
    ("frequency", .frequency, "kHz"),
    ("length", Dimension(SIExponents(length: 1)), "um"),
    ("area", Dimension(SIExponents(length: 2)), "um^2"),
    ("temperature", Dimension(SIExponents(temperature: 1)), "K"),
    ("concentration", Dimension(SIExponents(length: -3, amount: 1)), "mM"),
    ("amount", Dimension(SIExponents(amount: 1)), "amol"),
    ("mass", Dimension(SIExponents(mass: 1)), "ng"),
    ("volume", Dimension(SIExponents(length: 3)), "um^3"),
  ]

  /// `voltage`, `voltage per time`, `number`, `voltage^2`, or the unit where no words are near.
  public var words: String {
    if isOne { return "number" }
    if let entry = Self.named.first(where: { $0.dimension == self }) { return entry.name }
    let common = Self.named.prefix(9)
    for top in common {
      for bottom in common where bottom.name != "frequency" && top.dimension / bottom.dimension == self {
        return "\(top.name) per \(bottom.name)"
      }
    }
    for entry in common where inverse == entry.dimension { return "1 per \(entry.name)" }
    for entry in common {
      for power in [Rational(2), Rational(1, 2), Rational(3), Rational(-1, 2), Rational(-2)]
      where entry.dimension.power(power) == self {
        return "\(entry.name)^\(power.text)"
      }
    }
    for area in ["area"] {
      guard let bottom = Self.named.first(where: { $0.name == area }) else { continue }
      for top in common where top.dimension / bottom.dimension == self { return "\(top.name) per \(area)" }
    }
    return unitText
  }

  /// `a voltage`, `an area`, `a number`.
  public var phrase: String {
    let words = words
    guard let first = words.first, first.isLetter else { return "a quantity in \(words)" }
    if words == unitText { return "a quantity in \(words)" }
    return ("aeiou".contains(first) ? "an " : "a ") + words
  }

  /// The coherent internal unit: `mV`, `mV/ms`, `1`.
  public var unitText: String {
    if isOne { return "1" }
    if let entry = Self.named.first(where: { $0.dimension == self }) { return entry.unit }
    let common = Self.named.prefix(9)
    for top in common where top.name != "frequency" {
      for bottom in common where bottom.name != "frequency" && top.dimension / bottom.dimension == self {
        return "\(top.unit)/\(bottom.unit)"
      }
    }
    var top: [String] = []
    var bottom: [String] = []
    for (name, exponent) in electrical where !exponent.isZero {
      let magnitude = exponent.numerator < 0 ? -exponent : exponent
      let text = magnitude == .one ? name : "\(name)^\(magnitude.text)"
      if exponent.numerator > 0 { top.append(text) } else { bottom.append(text) }
    }
    if top.isEmpty { return bottom.map { "/" + $0 }.joined() }
    return top.joined(separator: "*") + bottom.map { "/" + $0 }.joined()
  }

  /// The unit that values of this dimension are shown in where the user named none.
  public var displayUnit: ResolvedUnit { ResolvedUnit(text: unitText, dimension: self, decade: 0, offset: 0) }
}
