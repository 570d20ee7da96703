import RealModule
import SNNIR

/// How a natural value (internal units) and the plain number that is trained belong together: the value over its
/// declared unit, mapped from the whole line onto its range where it has one.
public enum Reparametrisation: Hashable, Sendable {
  case linear(DisplayUnit)
  /// `low + (high - low) sigmoid(r)` in the declared unit; through the logarithm where `high / low >= 10`.
  case logistic(DisplayUnit, low: Double, high: Double, isLogarithmic: Bool)
  /// `bound + softplus(r)`, or `bound - softplus(r)`.
  case above(DisplayUnit, bound: Double)
  case below(DisplayUnit, bound: Double)

  public init(_ parameter: Parameter) {
    let unit = parameter.unit
    switch (parameter.lower.map(unit.fromInternal), parameter.upper.map(unit.fromInternal)) {
    case (nil, nil): self = .linear(unit)
    case (let low?, let high?):
      self = .logistic(unit, low: low, high: high, isLogarithmic: low > 0 && high / low >= 10)
    case (let low?, nil): self = .above(unit, bound: low)
    case (nil, let high?): self = .below(unit, bound: high)
    }
  }

  public var isLinear: Bool {
    if case .linear = self { return true }
    return false
  }

  /// The trained number of a natural value; nil where it lies on or beyond a bound.
  public func trained(_ natural: Double) -> Double? {
    switch self {
    case .linear(let unit): return unit.fromInternal(natural)
    case .logistic(let unit, let low, let high, let isLogarithmic):
      let y = unit.fromInternal(natural)
      guard y > low, y < high else { return nil }
      if isLogarithmic { return .log(.log(y / low) / .log(high / y)) }
      return .log((y - low) / (high - y))
    case .above(let unit, let bound): return Self.inverseSoftplus(unit.fromInternal(natural) - bound)
    case .below(let unit, let bound): return Self.inverseSoftplus(bound - unit.fromInternal(natural))
    }
  }

  public func natural(_ r: Double) -> Double {
    switch self {
    case .linear(let unit): return unit.toInternal(r)
    case .logistic(let unit, let low, let high, let isLogarithmic):
      let s = Self.sigmoid(r)
      return unit.toInternal(isLogarithmic ? low * .exp(s * .log(high / low)) : low + (high - low) * s)
    case .above(let unit, let bound): return unit.toInternal(bound + Self.softplus(r))
    case .below(let unit, let bound): return unit.toInternal(bound - Self.softplus(r))
    }
  }

  /// d natural / d r.
  public func slope(_ r: Double) -> Double {
    switch self {
    case .linear(let unit): return unit.scale
    case .logistic(let unit, let low, let high, let isLogarithmic):
      let s = Self.sigmoid(r)
      // s (1 - s) without cancellation.
      let bell = s * Self.sigmoid(-r)
      if isLogarithmic { return unit.scale * low * .exp(s * .log(high / low)) * .log(high / low) * bell }
      return unit.scale * (high - low) * bell
    case .above(let unit, _): return unit.scale * Self.sigmoid(r)
    case .below(let unit, _): return -unit.scale * Self.sigmoid(r)
    }
  }

  static func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + .exp(-x)) : .exp(x) / (1 + .exp(x)) }
  static func softplus(_ x: Double) -> Double { max(x, 0) + .log(onePlus: .exp(-abs(x))) }
  static func inverseSoftplus(_ y: Double) -> Double? { y > 0 ? y + .log(-Double.expMinusOne(-y)) : nil }
}
