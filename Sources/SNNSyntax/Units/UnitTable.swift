/// Exponents of the seven SI base quantities.
public struct SIExponents: Hashable, Sendable {
  public var time = 0
  public var length = 0
  public var mass = 0
  public var current = 0
  public var temperature = 0
  public var amount = 0
  public var luminosity = 0

  public init(
    time: Int = 0, length: Int = 0, mass: Int = 0, current: Int = 0, temperature: Int = 0,
    amount: Int = 0,
    luminosity: Int = 0
  ) {
    self.time = time
    self.length = length
    self.mass = mass
    self.current = current
    self.temperature = temperature
    self.amount = amount
    self.luminosity = luminosity
  }

  /// In the order time, length, mass, current, temperature, amount, luminosity.
  public var array: [Int] { [time, length, mass, current, temperature, amount, luminosity] }
}

/// One legal unit name: one of it is `scale` coherent SI units (kg, m, s, A, K, mol, cd), plus `offset` for `degC`.
public struct UnitDefinition: Hashable, Sendable {
  public var exponents: SIExponents
  /// `scale` is this power of ten. Products of units add decades, so that a conversion rounds once.
  public var decade: Int
  /// Kelvin at 0 of the unit; 0 but for `degC`, which is legal in a literal only and takes no exponent.
  public var offset: Double

  public var isAffine: Bool { offset != 0 }

  public var scale: Double { UnitTable.powerOfTen(decade) }
}

/// The names that may stand directly after a number, and the names of dimensions that may stand in a type.
public enum UnitTable {
  private typealias Entry = (name: String, exponents: SIExponents, decade: Int)

  private static let volt = SIExponents(time: -3, length: 2, mass: 1, current: -1)
  private static let ohm = SIExponents(time: -3, length: 2, mass: 1, current: -2)
  private static let siemens = SIExponents(time: 3, length: -2, mass: -1, current: 2)

  private static let prefixed: [Entry] = [
    ("s", SIExponents(time: 1), 0),
    ("m", SIExponents(length: 1), 0),
    ("g", SIExponents(mass: 1), -3),
    ("A", SIExponents(current: 1), 0),
    ("K", SIExponents(temperature: 1), 0),
    ("mol", SIExponents(amount: 1), 0),
    ("cd", SIExponents(luminosity: 1), 0),
    ("V", volt, 0),
    ("Ohm", ohm, 0),
    ("Ω", ohm, 0),
    ("S", siemens, 0),
    ("F", SIExponents(time: 4, length: -2, mass: -1, current: 2), 0),
    ("C", SIExponents(time: 1, current: 1), 0),
    ("Hz", SIExponents(time: -1), 0),
    ("M", SIExponents(length: -3, amount: 1), 3),
    ("J", SIExponents(time: -2, length: 2, mass: 1), 0),
    ("W", SIExponents(time: -3, length: 2, mass: 1), 0),
    ("L", SIExponents(length: 3), -3),
  ]

  public static let prefixes: [(name: String, decade: Int)] = [
    ("f", -15), ("p", -12), ("n", -9), ("u", -6), ("µ", -6), ("μ", -6), ("m", -3), ("c", -2),
    ("k", 3), ("M", 6),
    ("G", 9),
  ]

  /// Every legal unit name, prefixed ones included.
  public static let units: [String: UnitDefinition] = {
    var table: [String: UnitDefinition] = [:]
    for entry in prefixed {
      for prefix in prefixes {
        table[prefix.name + entry.name] = UnitDefinition(
          exponents: entry.exponents, decade: entry.decade + prefix.decade, offset: 0)
      }
    }
    // An unprefixed name wins over a prefixed one of the same spelling.
    for entry in prefixed {
      table[entry.name] = UnitDefinition(
        exponents: entry.exponents, decade: entry.decade, offset: 0)
    }
    table["degC"] = UnitDefinition(
      exponents: SIExponents(temperature: 1), decade: 0, offset: 273.15)
    return table
  }()

  /// The names of dimensions that a type may use beside unit names: `state V : voltage`, `param k : current/voltage`.
  public static let dimensions: [String: SIExponents] = [
    "time": SIExponents(time: 1),
    "length": SIExponents(length: 1),
    "mass": SIExponents(mass: 1),
    "current": SIExponents(current: 1),
    "temperature": SIExponents(temperature: 1),
    "amount": SIExponents(amount: 1),
    "voltage": volt,
    "resistance": ohm,
    "conductance": siemens,
    "capacitance": SIExponents(time: 4, length: -2, mass: -1, current: 2),
    "charge": SIExponents(time: 1, current: 1),
    "frequency": SIExponents(time: -1),
    "concentration": SIExponents(length: -3, amount: 1),
    "energy": SIExponents(time: -2, length: 2, mass: 1),
    "power": SIExponents(time: -3, length: 2, mass: 1),
    "area": SIExponents(length: 2),
    "volume": SIExponents(length: 3),
  ]

  public static func isUnit(_ name: String) -> Bool { units[name] != nil }

  /// 10 to the power of `decade`, correctly rounded (a product of rounded tenths is not).
  public static func powerOfTen(_ decade: Int) -> Double {
    if decade >= 0 && decade <= 22 {
      var result = 1.0
      for _ in 0..<decade { result *= 10 }
      return result
    }
    return Double("1e\(decade)") ?? (decade > 0 ? .infinity : 0)
  }
}
