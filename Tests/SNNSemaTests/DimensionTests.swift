import SNNSyntax
import Testing

@testable import SNNSema

@Suite struct DimensionTests {
  @Test func rationalsReduceAndNeverTrap() {
    #expect(Rational(2, -4) == Rational(-1, 2))
    #expect(Rational(1, 2) + Rational(1, 3) == Rational(5, 6))
    #expect(Rational(0.5) == Rational(1, 2))
    #expect(Rational(1.0 / 3) == Rational(1, 3))
    #expect(Rational(Double.pi) == nil)
    #expect(Rational(.max, 1) == .invalid)
    #expect(Rational(.min, .min) == .invalid)
    #expect((Rational(1 << 29) * Rational(1 << 29)).isValid == false)
    #expect(Rational.one / .zero == .invalid)
  }

  @Test(arguments: [
    ("mV", "voltage", 1.0), ("nA", "current", 1000.0), ("MOhm", "resistance", 1e-3), ("nS", "conductance", 1.0),
    ("pF", "capacitance", 1.0), ("Hz", "frequency", 1e-3), ("us", "time", 1e-3), ("mM", "concentration", 1.0),
  ])
  func internalScaleIsCoherent(unit: String, words: String, scale: Double) throws {
    let definition = try #require(UnitTable.units[unit])
    let dimension = Dimension(definition.exponents)
    #expect(dimension.words == words)
    let base = try #require(dimension.internalDecade)
    #expect(UnitTable.powerOfTen(definition.decade - base) == scale)
  }

  @Test func unificationSolvesOverTheRationals() {
    var solver = DimensionSolver()
    let (a, b) = (solver.fresh(), solver.fresh())
    // a² = V and a b = s: a = V^(1/2), b = s V^(-1/2).
    _ = solver.unify(a.power(Rational(2)), DimensionTerm(.voltage))
    _ = solver.unify(a * b, DimensionTerm(.time))
    #expect(solver.constant(a) == Dimension.voltage.power(Rational(1, 2)))
    #expect(solver.constant(b) == Dimension.time * Dimension.voltage.power(Rational(-1, 2)))
    let again = solver.unify(a, DimensionTerm(.voltage))
    #expect(!again)
  }

  @Test func instancesAreIndependent() {
    var solver = DimensionSolver()
    let a = solver.fresh()
    let first = solver.instantiate([a, a * DimensionTerm(.time)])
    let second = solver.instantiate([a, a * DimensionTerm(.time)])
    _ = solver.unify(first[0], DimensionTerm(.voltage))
    _ = solver.unify(second[0], .one)
    #expect(solver.constant(first[1]) == .voltage * .time)
    #expect(solver.constant(second[1]) == .time)
    #expect(solver.constant(a) == nil)
  }

  @Test func dimensionsReadWell() {
    #expect((Dimension.voltage / .time).words == "voltage per time")
    #expect((Dimension.voltage / .time).unitText == "mV/ms")
    #expect(Dimension.one.phrase == "a number")
    #expect(Dimension(SIExponents(length: 2)).phrase == "an area")
    #expect(Dimension.voltage.power(Rational(2)).words == "voltage^2")
  }
}
