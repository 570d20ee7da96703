import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// Sources of a network's own: Poisson statistics, a source per target, and the same numbers whatever runs them.
@Suite struct SourceTests {
  static func source(order: Bool = true, rate: String = "700 Hz", ticks: Int = 4000, delay: Int = 1) -> String {
    let items = [
      "population a = N[3]", "population b = N[3]", "input ext : spikes[6] = poisson(\(rate))",
    ]
    return """
      neuron N {
        state V = 0
        next V = 0
        on input(w) { V += w }
      }
      network Net {
        step 1 ms
        param scale = 1
        \((order ? items : items.reversed()).joined(separator: "\n  "))
        connect ext -> b as w_ext { learnable weight ~ normal(0, 1) }
        connect poisson(rate = 2500 Hz * scale) -> a as own { learnable weight = 1, delay = \(delay) ms }
      }
      task look of Net {
        run for \(ticks) ms
        loss = mean over time of ((mean over units of a.V) * (mean over units of b.V))
        learn by bptt
        seed 5
      }
      """
  }

  private func record(
    _ source: String, _ names: [String], _ precision: Precision = .f64, threads: Int = 1
  ) throws -> [[Double]] {
    let model = try Reference.model(source)
    let session = try Session(
      model, options: SessionOptions(precision: precision, threads: threads), records: try model.recordRequests(names))
    return try session.run().recordings.map(\.values)
  }

  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1))
  }

  /// Counts of a tick have mean and variance m = rate dt; the fourth central moment is m + 3 m², which gives the error of
  /// the variance. P(0) = exp(-m) tells a Poisson count from a flag.
  @Test(arguments: ["f32", "f64"]) func countsArePoisson(_ name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    let records = try record(Self.source(), ["ext.spike", "a.V"], precision)
    let counts = Array(records[0].dropFirst(6))
    let arrivals = Array(records[1].dropFirst(3 * 2))
    for (values, m) in [(counts, 0.7), (arrivals, 2.5)] {
      let n = Double(values.count)
      let (mean, variance) = moments(values)
      #expect(values.allSatisfy { $0 >= 0 && $0 == $0.rounded() })
      #expect(abs(mean - m) < 4 * (m / n).squareRoot(), "\(mean)")
      #expect(abs(variance - m) < 4 * ((m + 2 * m * m) / n).squareRoot(), "\(variance)")
      let silent = Double(values.count { $0 == 0 }) / n
      let p = Double.exp(-m)
      #expect(abs(silent - p) < 4 * (p * (1 - p) / n).squareRoot(), "\(silent)")
    }
  }

  /// The covariance of two units, and of one with itself a tick later, is 0 within its error m / √n.
  @Test func unitsAndTicksAreIndependent() throws {
    let values = try record(Self.source(), ["own.source.spike"])[0]
    let ticks = values.count / 3
    func series(_ unit: Int) -> [Double] { (1..<ticks).map { values[$0 * 3 + unit] } }
    for (x, y) in [(series(0), series(1)), (series(1), series(2)), (series(0), Array(series(0).dropFirst()))] {
      let n = min(x.count, y.count)
      let (mx, my) = (moments(x).mean, moments(y).mean)
      let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) } / Double(n)
      #expect(abs(covariance) < 4 * 2.5 / Double(n).squareRoot(), "\(covariance)")
    }
  }

  /// What a source sends at tick n arrives at tick n + d with its weight.
  @Test(arguments: [1, 3]) func countsArriveAfterTheDelay(_ delay: Int) throws {
    let records = try record(Self.source(ticks: 50, delay: delay), ["own.source.spike", "a.V"])
    let (sent, arrived) = (records[0], records[1])
    #expect(sent.contains { $0 > 1 })
    // Rows are ticks 1 … 50.
    for row in 0..<50 {
      for unit in 0..<3 {
        let expected = row - delay >= 0 ? sent[(row - delay) * 3 + unit] : 0
        #expect(arrived[row * 3 + unit] == expected)
      }
    }
  }

  @Test func orderAndThreadsChangeNothing() throws {
    let names = ["ext.spike", "own.source.spike", "b.V"]
    let plain = try record(Self.source(ticks: 60), names)
    #expect(try record(Self.source(ticks: 60), names, threads: 3) == plain)
    #expect(try record(Self.source(order: false, ticks: 60), names) == plain)
    let other = Self.source(ticks: 60).replacing("seed 5", with: "seed 6")
    #expect(try record(other, names)[0] != plain[0])
  }

  /// A rate that follows `t`: counts of the first half have mean 0, those of the second 1.
  @Test func ratesReadTime() throws {
    let source = Self.source(rate: "(if t < 200 ms then 0 Hz else 1000 Hz)", ticks: 399)
    let counts = try record(source, ["ext.spike"])[0]
    #expect(counts.prefix(199 * 6).allSatisfy { $0 == 0 })
    let (mean, _) = moments(Array(counts.dropFirst(199 * 6)))
    #expect(abs(mean - 1) < 4 * (1 / 1200.0).squareRoot())
  }

  /// With fixed counts the weights are learned as from any input: against central differences.
  @Test func gradientReachesTheWeights() throws {
    let model = try Reference.model(Self.source(ticks: 40))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let batch = try session.batch(source: nil, samples: [0], epoch: 1)
    let result = try session.engine.run(batch, gradient: true)
    for name in ["w_ext", "own"] {
      let place = try #require(model.network.parameter(named: name))
      let gradient = try #require(result.gradients[place])
      let values = session.engine.parameter(place)
      for index in [0, values.count - 1] {
        func loss(_ change: Double) throws -> Double {
          var moved = values
          moved[index] += change
          try session.engine.setParameter(place, moved)
          return try #require(try session.engine.run(batch).loss)
        }
        let slope = (try loss(1e-3) - loss(-1e-3)) / 2e-3
        try session.engine.setParameter(place, values)
        #expect(abs(slope - gradient[index]) < 1e-6 * max(abs(slope), 1e-3), "\(name) \(slope) \(gradient[index])")
      }
      #expect(gradient.contains { $0 != 0 })
    }
  }
}
