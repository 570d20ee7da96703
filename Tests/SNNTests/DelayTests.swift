import Foundation
import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// A spike at tick k through a connection of delay d acts at tick k + d: for every d up to 300 at once, a pair of units
/// for each, forward and in the gradient, against recursions written here.
@Suite struct DelayTests {
  /// Unit u of `a` sends through a delay of its own to unit u of `b`.
  private func chain(_ delays: [Int], ticks: Int = 330) -> WiredPair {
    let synapses = delays.enumerated().map { WiredPair.Synapse(pre: $0, post: $0, slot: $0, delay: $1) }
    return WiredPair(
      sources: delays.count, targets: delays.count, synapses, weights: delays.map { _ in 0.7 }, ticks: ticks,
      rate: 0.06)
  }

  private func connections(_ delays: [Int]) -> [String] {
    delays.enumerated().map { unit, delay in
      "connect a[\(unit)] -> b[\(unit)] as w_\(unit) { learnable weight = 0.7, delay = \(delay) ms }"
    }
  }

  private func names(_ delays: [Int]) -> [String] { delays.indices.map { "w_\($0)" } }

  /// The factor of one step of 1 ms with a time constant of 20 ms.
  static let factors: [String: Double] = {
    let z = 0.05
    return [
      "exact": exp(-z), "exponential_euler": exp(-z), "euler": 1 - z, "heun": 1 - z + z * z / 2,
      "rk4": 1 - z + z * z / 2 - z * z * z / 6 + z * z * z * z / 24,
    ]
  }()

  @Test(arguments: ["exact", "exponential_euler", "euler", "heun", "rk4"], [false, true])
  func everyDelayInEveryIntegrator(_ integrator: String, _ isReversed: Bool) throws {
    let delays = Array(0...300)
    var pair = chain(delays)
    pair.factor = try #require(Self.factors[integrator])
    let source = pair.source(connections(delays), integrator: integrator, isReversed: isReversed)
    try pair.check(source, weights: names(delays), threads: isReversed ? 3 : 1)
  }

  @Test func everyDelayInSinglePrecision() throws {
    let delays = Array(0...300)
    let pair = chain(delays)
    try pair.check(
      pair.source(connections(delays)), weights: names(delays), precision: .f32, threads: 2, tolerance: 2e-6)
  }

  /// One connection whose synapses have all the delays.
  @Test(arguments: [1, 3]) func everyDelayAmongTheSynapsesOfOneConnection(_ threads: Int) throws {
    let delays = Array((1...300).reversed())
    let pair = chain(delays)
    try Reference.withFolder { folder in
      let rows = delays.enumerated().map { "\($0),\($0),\($1)" }
      let path = folder.appending(path: "delays.csv").path
      try (["pre,post,delay"] + rows).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
      let connection = "connect a -> b as w { pattern from csv(\"\(path)\"), learnable weight = 0.7 }"
      try pair.check(pair.source([connection]), weights: ["w"], threads: threads)
    }
  }

  /// Rules that go forward in time wait for what is under way.
  @Test(arguments: ["rtrl", "eprop"]) func delaysForwardInTime(_ rule: String) throws {
    let delays = [0, 1, 2, 3, 17, 64]
    let pair = chain(delays, ticks: 100)
    try pair.check(pair.source(connections(delays), rule: rule), weights: names(delays))
  }

  /// A unit that hears itself: one spike comes back every d ticks, and its gradient with it.
  @Test func everyDelayFromAUnitToItself() throws {
    let (delays, ticks) = (Array(1...300), 330)
    let echoes = delays.enumerated().map { unit, delay in
      "connect a[\(unit)] -> a[\(unit)] as w_\(unit) { learnable weight = 0.8, delay = \(delay) ms }"
    }
    let source = """
      neuron A {
        state V = 0
        next V = 0
        on input(w) { V += w }
        spike when V > 0.5
      }
      network Net {
        step 1 ms
        input x : spikes[300]
        population a = A[300]
        connect x -> a as w_in { pattern one_to_one, learnable weight = 1 }
        \(echoes.joined(separator: "\n  "))
      }
      task T of Net {
        run for \(ticks) ms
        loss = mean over time of mean over units of a.V^2
        learn by bptt { surrogate = fast_sigmoid(10) }
      }
      """
    // Unit u hears its input at bin u mod 4, and too little of it three ticks later.
    func bin(_ tick: Int, _ unit: Int) -> Double { tick == unit % 4 ? 1 : tick == unit % 4 + 3 ? 0.3 : 0 }
    let model = try Reference.model(source)
    let session = try Session(
      model, options: SessionOptions(precision: .f64), gradient: true,
      records: try model.recordRequests(["a.spike"]))
    var batch = try session.batch(source: nil, samples: [0], epoch: 0)
    batch.inputs = [.dense((0..<ticks).flatMap { tick in delays.indices.map { bin(tick, $0) } })]
    let result = try session.engine.run(batch, gradient: true, records: true)
    let flags = try #require(result.records[0])
    func gradient(_ name: String) throws -> [Double] {
      result.gradients[try #require(session.engine.plan.parameters.firstIndex { $0.name == name })] ?? []
    }
    let inGradient = try gradient("w_in")
    for (unit, delay) in delays.enumerated() {
      var (v, spikes) = ([0.0], [0.0])
      for tick in 1...ticks {
        v.append(bin(tick - 1, unit) + (tick > delay ? 0.8 * spikes[tick - delay] : 0))
        spikes.append(v[tick] > 0.5 ? 1 : 0)
      }
      #expect((0...ticks).map { flags[$0 * 300 + unit] } == spikes, "delay \(delay)")
      #expect(spikes[unit % 4 + 1] == 1 && spikes[unit % 4 + 1 + delay] == 1)
      var back = [Double](repeating: 0, count: ticks + delay + 1)
      var (own, into) = (0.0, 0.0)
      for tick in (1...ticks).reversed() {
        let slope = 1 / pow(10 * abs(v[tick] - 0.5) + 1, 2)
        back[tick] = 2 * v[tick] / Double(ticks * 300) + slope * 0.8 * back[tick + delay]
        own += tick > delay ? spikes[tick - delay] * back[tick] : 0
        into += bin(tick - 1, unit) * back[tick]
      }
      #expect(abs(try #require(try gradient("w_\(unit)").first) - own) < 1e-12 * own, "delay \(delay)")
      #expect(abs(inGradient[unit] - into) < 1e-12 * into, "delay \(delay)")
    }
  }

  /// From an input the least delay is 1: bin n acts at tick n + d.
  @Test func everyDelayFromAnInput() throws {
    let ticks = 330
    let connections = (1...300).map {
      "connect x[\($0 - 1)] -> b[\($0 - 1)] as w_\($0) { weight = 1, delay = \($0) ms }"
    }
    let source = """
      neuron B {
        state V = 0
        next V = 0
        on input(w) { V += w }
      }
      network Net {
        step 1 ms
        input x : spikes[300]
        population b = B[300]
        \(connections.joined(separator: "\n  "))
      }
      task T of Net { run for \(ticks) ms }
      """
    let model = try Reference.model(source)
    let session = try Session(
      model, options: SessionOptions(precision: .f64), records: try model.recordRequests(["b.V"]))
    var batch = try session.batch(source: nil, samples: [0], epoch: 0)
    var bins = [Double](repeating: 0, count: ticks * 300)
    for unit in 0..<300 { bins[(unit % 5) * 300 + unit] = Double(unit + 1) }
    batch.inputs = [.dense(bins)]
    let found = try #require(try session.engine.run(batch, records: true).records[0])
    for unit in 0..<300 {
      let arrival = unit % 5 + unit + 1
      #expect((0...ticks).allSatisfy { found[$0 * 300 + unit] == ($0 == arrival ? Double(unit + 1) : 0) })
    }
  }
}
