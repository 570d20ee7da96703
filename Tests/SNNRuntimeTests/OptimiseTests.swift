import RealModule
import SNNIR
import Testing

@testable import SNNRuntime

@Suite struct OptimiseTests {
  static func parameter(_ unit: DisplayUnit = .one, lower: Double? = nil, upper: Double? = nil) -> Parameter {
    Parameter(
      name: "p", symbol: SymbolID(0), shape: .scalar, unit: unit, isLearnable: true, initial: .given([1]),
      lower: lower, upper: upper)
  }

  @Test func mapsGoBackAndForth() {
    let volt = DisplayUnit("V", scale: 1000)
    let maps = [
      Reparametrisation(Self.parameter(volt)), Reparametrisation(Self.parameter(volt, lower: 1000, upper: 5000)),
      Reparametrisation(Self.parameter(volt, lower: 100, upper: 5000)),
      Reparametrisation(Self.parameter(volt, lower: 1000)), Reparametrisation(Self.parameter(volt, upper: 5000)),
    ]
    for map in maps {
      for natural in [1200.0, 2500, 4900] {
        let r = map.trained(natural)!
        #expect(abs(map.natural(r) - natural) < 1e-9)
        let h = 1e-5
        let slope = (map.natural(r + h) - map.natural(r - h)) / (2 * h)
        #expect(abs(map.slope(r) - slope) < 1e-6 * max(1, abs(slope)))
      }
    }
    // 2.5 V is trained as 2.5; the middle of a range as 0, of a wide range its geometric mean.
    #expect(maps[0].trained(2500) == 2.5)
    #expect(abs(maps[1].trained(3000)!) < 1e-15)
    #expect(abs(maps[2].trained((100.0 * 5000).squareRoot())!) < 1e-12)
    #expect(maps[1].trained(1000) == nil && maps[3].trained(900) == nil && maps[4].trained(5000) == nil)
    // Far out nothing overflows.
    for map in maps.dropFirst() { #expect(map.natural(800).isFinite && map.natural(-800).isFinite) }
  }

  /// A weight and a time constant with units and a range: one step of plain gradient descent on the trained numbers.
  @Test(arguments: [Precision.f32, .f64]) func stepsActOnTrainedNumbers(precision: Precision) throws {
    var network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    network.plan.parameters[0].unit = DisplayUnit("k", scale: 1000)
    network.plan.parameters[2].lower = -20
    network.plan.parameters[3].unit = DisplayUnit("s", scale: 1000)
    network.plan.parameters[3].lower = 2
    network.plan.parameters[3].upper = 50
    let data = TestData(1)
    let batch = data.batch(network, samples: 6)
    let engine = try Engine(plan: network.plan, precision: precision, threads: 2)
    let start = data.parameters(network)
    for (index, values) in start.enumerated() { try engine.setParameter(index, values) }
    let gradients = try engine.run(batch, gradient: true).gradients
    let before = (0..<4).map { engine.parameter($0) }
    let rate = 1e-3
    let result = try engine.step(batch, optimiser: OptimiserSpec(.sgd, rate: rate, clip: 1e9), learnable: [0, 2, 3])
    var squares = 0.0
    for index in [0, 2, 3] {
      let map = Reparametrisation(network.plan.parameters[index])
      let after = engine.parameter(index)
      for k in after.indices {
        let r = map.trained(before[index][k])!
        let g = gradients[index]![k] * map.slope(r)
        squares += g * g
        let expected = map.natural(r - rate * g)
        #expect(abs(after[k] - expected) < (precision == .f32 ? 1e-4 : 1e-9) * max(1, abs(expected)))
      }
      #expect(after != before[index])
    }
    #expect(engine.parameter(1) == before[1])
    #expect(abs(result.gradientNorm! - squares.squareRoot()) < 1e-4 * squares.squareRoot())
    // What was not trained left nothing behind: the next gradient is that of the new parameters.
    let fresh = try Engine(plan: network.plan, precision: precision)
    for index in 0..<4 { try fresh.setParameter(index, engine.parameter(index)) }
    #expect(try fresh.run(batch, gradient: true).gradients == (try engine.run(batch, gradient: true).gradients))
  }

  @Test func clippingBoundsTheStep() throws {
    let network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    let data = TestData(1)
    let engine = try Engine(plan: network.plan, precision: .f64)
    for (index, values) in data.parameters(network).enumerated() { try engine.setParameter(index, values) }
    let before = (0..<3).map { engine.parameter($0) }
    _ = try engine.step(
      data.batch(network, samples: 6), optimiser: OptimiserSpec(.sgd, rate: 1, clip: 1e-3), learnable: [0, 1, 2])
    var moved = 0.0
    for index in 0..<3 {
      for (new, old) in zip(engine.parameter(index), before[index]) { moved += (new - old) * (new - old) }
    }
    #expect(abs(moved.squareRoot() - 1e-3) < 1e-12)
  }

  @Test func initialValueOnABoundIsAnError() throws {
    var network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    network.plan.parameters[3].lower = 5
    let engine = try Engine(plan: network.plan)
    #expect(throws: RuntimeError.initialOnBound(name: "hidden.tau", value: 5)) {
      try engine.setParameter(3, Array(repeating: 5, count: 17))
    }
  }

  // MARK: Initial values

  static func draw(_ kind: Distribution.Kind, _ arguments: [Double], scale: Double = 1, seed: UInt64 = 0) throws
    -> [Double]
  {
    var network = SpikingNetwork(inputs: 100, hidden: 60, outputs: 3, ticks: 1)
    network.plan.parameters[0].initial = .draw(Distribution(kind, arguments, scale: scale))
    return try ParameterInit.values(of: network.plan.parameters[0], in: network.plan, seed: seed)
  }

  @Test func drawsHaveTheirMoments() throws {
    func moments(_ x: [Double]) -> (Double, Double) {
      let mean = x.reduce(0, +) / Double(x.count)
      return (mean, (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)).squareRoot())
    }
    // 6000 draws: the mean's standard error is σ / 77.
    let (m, s) = moments(try Self.draw(.normal, [2, 3]))
    #expect(abs(m - 2) < 0.2 && abs(s - 3) < 0.15)
    let uniform = try Self.draw(.uniform, [1, 4])
    #expect(uniform.allSatisfy { $0 >= 1 && $0 < 4 } && abs(moments(uniform).0 - 2.5) < 0.06)
    // fan_in 100, fan_out 60.
    #expect(abs(moments(try Self.draw(.kaiming, [])).1 - (2.0 / 100).squareRoot()) < 0.007)
    let bound = (6.0 / 160).squareRoot()
    #expect(try Self.draw(.xavier, []).allSatisfy { abs($0) <= bound })
    #expect(abs(moments(try Self.draw(.xavier, [], scale: 5)).1 - 5 * bound / 3.0.squareRoot()) < 0.03)
    #expect(abs(moments(try Self.draw(.lognormal, [0.5, 0.1]).map { .log($0) }).0 - 0.5) < 0.01)
    #expect(try Self.draw(.constant, [7]) == Array(repeating: 7, count: 6000))
    #expect(try Self.draw(.normal, [0, 1], seed: 1) != (try Self.draw(.normal, [0, 1], seed: 2)))
    // Keyed by seed and name alone.
    let stream = RandomStream(seed: 1, path: "w_in")
    #expect(try Self.draw(.normal, [0, 1], seed: 1)[17] == stream.normal(index: 17))
  }

  @Test func orthogonalRowsAreOrthonormal() throws {
    let w = try Self.draw(.orthogonal, [2])
    for i in 0..<60 {
      for j in 0...i {
        let product = (0..<100).reduce(0) { $0 + w[i * 100 + $1] * w[j * 100 + $1] }
        #expect(abs(product - (i == j ? 4 : 0)) < 1e-12)
      }
    }
  }

  @Test func valuesAreExpressions() throws {
    var network = SpikingNetwork(inputs: 2, hidden: 3, outputs: 1, ticks: 1)
    let two = network.plan.graph.const(2)
    network.plan.parameters[3].initial = .value(network.plan.graph.unary(.sqrt, two))
    #expect(
      try ParameterInit.values(of: network.plan.parameters[3], in: network.plan, seed: 0)
        == Array(repeating: 2.0.squareRoot(), count: 3))
    network.plan.parameters[3].initial = .given([1, 2])
    #expect(throws: RuntimeError.self) {
      try ParameterInit.values(of: network.plan.parameters[3], in: network.plan, seed: 0)
    }
    #expect(try ParameterInit.all(SpikingNetwork(inputs: 2, hidden: 3, outputs: 1, ticks: 1).plan, seed: 4).count == 4)
  }
}
