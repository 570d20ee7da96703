import SNNIR
import Testing

@testable import SNNCalculus

@Suite struct SurrogateTests {
  static let shapes: [Surrogate.Shape] = [
    .none, .fastSigmoid(slope: 25), .superspike(beta: 2), .sigmoid(slope: 4), .piecewiseLinear(gain: 0.3, width: 0.8),
    .exponential(gain: 1.5, slope: 3), .arctan(slope: 2), .gaussian(deviation: 0.4),
    .multiGaussian(h: 0.15, deviation: 0.5), .boxcar(width: 0.7), .straightThrough, .leakyReLU(width: 1, leak: 0.1),
    .tanh(slope: 1.5),
  ]

  private func values(_ shape: Surrogate.Shape, scale: Double = 1, at x: Double) -> (h: Double, primitive: Double?) {
    var graph = Graph()
    let symbol = graph.addSymbol(Symbol("x", .temporary, domain: Domain([.tick], phase: .tick)))
    let load = graph.load(symbol)
    let surrogate = Surrogate(shape, scale: scale)
    let h = SurrogateTable.derivative(surrogate, at: load, in: &graph)
    let primitive = SurrogateTable.primitive(surrogate, at: load, in: &graph)
    let roots = [h] + (primitive.map { [$0] } ?? [])
    let found = Evaluate.values(roots, in: graph) { _ in x }
    return (found[0]!, primitive == nil ? nil : found[1]!)
  }

  /// Closed forms of section 3 of the table of rules, written out again.
  @Test func derivativesHaveTheirClosedForms() {
    func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-14 * max(1, abs(b)) }
    #expect(close(values(.fastSigmoid(slope: 25), at: -0.2).h, 1 / 36))
    #expect(close(values(.superspike(beta: 2), at: 0.5).h, 0.5))
    #expect(close(values(.piecewiseLinear(gain: 0.3, width: 0.8), at: 0.4).h, 0.15))
    #expect(close(values(.piecewiseLinear(gain: 0.3, width: 0.8), at: 0.9).h, 0))
    #expect(close(values(.arctan(slope: 2), at: 0).h, 1))
    #expect(close(values(.sigmoid(slope: 4), at: 0).h, 1))
    #expect(close(values(.boxcar(width: 0.5), at: 0.2).h, 2))
    #expect(close(values(.boxcar(width: 0.5), at: 0.3).h, 0))
    #expect(close(values(.exponential(gain: 1, slope: 3), at: 0).h, 1))
    #expect(close(values(.gaussian(deviation: 0.4), at: 0).h, 0.9973557010035818))
  }

  /// h is in the units of 1 / scale: the same shape over a margin in other units.
  @Test func scaleStretches() {
    let narrow = values(.fastSigmoid(slope: 10), at: 0.03).h
    let wide = values(.fastSigmoid(slope: 10), scale: 5, at: 0.15).h
    #expect(abs(wide - narrow / 5) < 1e-15)
  }

  @Test(arguments: shapes) func thePrimitiveDifferentiatedIsTheDerivative(_ shape: Surrogate.Shape) throws {
    for x in [-1.3, -0.61, -0.11, 0.09, 0.31, 0.77, 2.4] {
      guard values(shape, at: x).primitive != nil else {
        #expect(shape == .none)
        return
      }
      let h = 1e-6
      let upper = try #require(values(shape, at: x + h).primitive)
      let lower = try #require(values(shape, at: x - h).primitive)
      #expect(abs((upper - lower) / (2 * h) - values(shape, at: x).h) < 1e-8)
    }
  }

  @Test(arguments: shapes) func isFiniteFarFromTheThreshold(_ shape: Surrogate.Shape) {
    for x in [-1e6, -1e3, 0, 1e3, 1e6] {
      let (h, primitive) = values(shape, at: x)
      #expect(h.isFinite)
      #expect(primitive?.isFinite ?? true)
    }
  }
}
