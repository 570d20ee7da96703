/// An unknown dimension.
public struct DimensionVariable: Hashable, Sendable, Comparable {
  public var index: Int
  public static func < (a: DimensionVariable, b: DimensionVariable) -> Bool { a.index < b.index }
}

/// A dimension times rational powers of unknown ones.
public struct DimensionTerm: Hashable, Sendable {
  public var known: Dimension
  public var unknown: [DimensionVariable: Rational]

  public static let one = DimensionTerm(.one)
  public init(_ known: Dimension) {
    self.known = known
    unknown = [:]
  }
  public init(_ variable: DimensionVariable) {
    known = .one
    unknown = [variable: .one]
  }

  public var isValid: Bool { known.isValid && unknown.values.allSatisfy(\.isValid) }
  public var isConstant: Bool { unknown.isEmpty }

  public static func * (a: DimensionTerm, b: DimensionTerm) -> DimensionTerm {
    var result = a
    result.known = a.known * b.known
    for (variable, exponent) in b.unknown {
      let sum = (result.unknown[variable] ?? .zero) + exponent
      result.unknown[variable] = sum.isZero ? nil : sum
    }
    return result
  }
  public static func / (a: DimensionTerm, b: DimensionTerm) -> DimensionTerm { a * b.power(Rational(-1)) }

  public func power(_ exponent: Rational) -> DimensionTerm {
    if exponent.isZero { return .one }
    var result = self
    result.known = known.power(exponent)
    result.unknown = unknown.mapValues { $0 * exponent }
    return result
  }
}

/// Equations between dimensions, solved as they come: Kennedy's unification, over the rationals, where it is Gaussian
/// elimination (Kennedy, "Types for units-of-measure", 2010, section 3.3; exponents there are whole, so it is simpler
/// here).
public struct DimensionSolver: Sendable {
  private var solutions: [DimensionVariable: DimensionTerm] = [:]
  private var next = 0

  public init() {}

  public mutating func fresh() -> DimensionTerm {
    next += 1
    return DimensionTerm(DimensionVariable(index: next - 1))
  }

  /// With every solved variable replaced.
  public func resolve(_ term: DimensionTerm) -> DimensionTerm {
    var result = term
    while let variable = result.unknown.keys.filter({ solutions[$0] != nil }).min(),
      let solution = solutions[variable], let exponent = result.unknown[variable]
    {
      result.unknown[variable] = nil
      result = result * solution.power(exponent)
    }
    return result
  }

  /// Makes both the same dimension; false where they cannot be.
  public mutating func unify(_ a: DimensionTerm, _ b: DimensionTerm) -> Bool {
    let quotient = resolve(a / b)
    // The youngest variable is eliminated, so that the names of declarations outlive those of expressions.
    guard let variable = quotient.unknown.keys.max(), let exponent = quotient.unknown[variable] else {
      return quotient.known.isOne
    }
    guard quotient.isValid else { return false }
    var rest = quotient
    rest.unknown[variable] = nil
    solutions[variable] = rest.power(Rational(-1) / exponent)
    return true
  }

  /// The dimension where it is known.
  public func constant(_ term: DimensionTerm) -> Dimension? {
    let resolved = resolve(term)
    return resolved.isConstant ? resolved.known : nil
  }

  /// A copy of the terms with new variables for those that are still open: a use of a generalised declaration.
  public mutating func instantiate(_ terms: [DimensionTerm]) -> [DimensionTerm] {
    var renamed: [DimensionVariable: DimensionTerm] = [:]
    return terms.map { term in
      let term = resolve(term)
      var result = DimensionTerm(term.known)
      for (variable, exponent) in term.unknown.sorted(by: { $0.key < $1.key }) {
        let image = renamed[variable] ?? fresh()
        renamed[variable] = image
        result = result * image.power(exponent)
      }
      return result
    }
  }

  /// Words for a message: open variables are `'a`, `'b`, … in order of appearance.
  public func describe(_ term: DimensionTerm) -> String {
    let resolved = resolve(term)
    if resolved.isConstant { return resolved.known.words }
    var parts: [String] = resolved.known.isOne ? [] : [resolved.known.words]
    for (place, entry) in resolved.unknown.sorted(by: { $0.key < $1.key }).enumerated() {
      let letter = place < 26 ? String(UnicodeScalar(UInt8(97 + place))) : "v\(place)"
      parts.append("'" + letter + (entry.value == .one ? "" : "^\(entry.value.text)"))
    }
    return parts.joined(separator: " * ")
  }
}
