import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// Synapses with rules of their own against sums over pairs and triplets of spikes, written out here.
@Suite struct SynapseRuleTests {
  static let ticks = 400
  static let step = 0.5
  static let sources = 3
  static let targets = 2

  /// Sources whose spikes arrive by the plastic connection, and neurons that fire when a teacher says so: the times of
  /// both are known, whatever the weights do.
  static func source(_ rule: String, delay: Int = 1, weight: String = "0.5", pattern: String = "all") -> String {
    """
    use std.synapses

    neuron Relay {
      param C = 1 ms
      state F = 0
      state G = 0
      state V = -65 mV
      next F = 0
      next G = 0
      C * dV/dt = -(V + 65 mV) / 20
      on input(w) {
        F += w
        V += w * 30 mV
      }
      on syn(w) { G += w }
      spike when F > 0.5
    }
    network Taught {
      step \(step) ms
      input pre : spikes[\(sources)]
      input teacher : spikes[\(targets)]
      population post = Relay[\(targets)]
      connect teacher -> post { pattern one_to_one, weight = 1 }
      connect pre -> post.syn as plastic {
        pattern \(pattern), weight = \(weight), delay = \(Double(delay) * step) ms, rule \(rule)
      }
    }
    """
  }

  /// Ticks at which each unit fires; `bins` before them in the data.
  static func trains(_ units: Int, every rate: Double, _ seed: UInt64) -> [[Int]] {
    var generator = SplitMix(state: seed)
    return (0..<units).map { _ in (1..<(ticks - 5)).filter { _ in generator.uniform() < rate } }
  }

  private struct SplitMix {
    var state: UInt64
    mutating func uniform() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
    }
  }

  /// Input spikes in bin n act at tick n + 1.
  static func input(_ trains: [[Int]]) -> Batch.Input {
    var rows = [Double](repeating: 0, count: ticks * trains.count)
    for (unit, train) in trains.enumerated() { for tick in train { rows[(tick - 1) * trains.count + unit] = 1 } }
    return .dense(rows)
  }

  struct Outcome {
    /// `[source][target]`
    var weights: [[Double]]
    /// `[tick - 1][target]`: what arrived.
    var delivered: [[Double]]
    var session: Session
  }

  static func session(_ source: String, _ precision: Precision = .f64, threads: Int = 1) throws -> Session {
    let model = try Reference.model(source).standingAlone(ticks: ticks)
    return try Session(
      model, options: SessionOptions(precision: precision, threads: threads),
      records: try model.recordRequests(["post.G", "post.spike"]))
  }

  static func batch(_ pre: [[Int]], _ post: [[Int]]) -> Batch {
    Batch(sampleCount: 1, inputs: [input(pre), input(post)])
  }

  static func weights(_ session: Session) throws -> [[Double]] {
    let flat = try #require(session.parameter("plastic"))
    return (0..<sources).map { j in (0..<targets).map { i in flat[i * sources + j] } }
  }

  static func run(_ source: String, _ pre: [[Int]], _ post: [[Int]]) throws -> Outcome {
    let session = try session(source)
    let result = try session.engine.run(batch(pre, post), records: true)
    let record = try #require(result.records[0])
    let delivered = (0..<ticks).map { tick in
      (0..<targets).map { record[(tick + 1) * targets + $0] }
    }
    return Outcome(weights: try weights(session), delivered: delivered, session: session)
  }

  static func kernel(_ later: Int, _ earlier: Int, _ tau: Double) -> Double {
    exp(-Double(later - earlier) * step / tau)
  }

  static let pre = trains(sources, every: 0.05, 1)
  static let post = trains(targets, every: 0.04, 2)

  // MARK: Pairs and triplets

  /// Song, Miller & Abbott (2000): every pair; an arrival at the tick of an emission comes first, as it does in the file.
  @Test(arguments: [1, 2, 7]) func pairs(_ delay: Int) throws {
    let found = try Self.run(
      Self.source("STDP(a_plus = 0.001, a_minus = 0.0012, tau_plus = 15 ms, tau_minus = 25 ms)", delay: delay),
      Self.pre, Self.post)
    for j in 0..<Self.sources {
      let arrivals = Self.pre[j].map { $0 + delay - 1 }.filter { $0 <= Self.ticks }
      for i in 0..<Self.targets {
        var w = 0.5
        for t in arrivals { for s in Self.post[i] where s < t { w -= 0.0012 * Self.kernel(t, s, 25) } }
        for s in Self.post[i] { for t in arrivals where t <= s { w += 0.001 * Self.kernel(s, t, 15) } }
        #expect(abs(found.weights[j][i] - w) < 1e-12, "delay \(delay): \(found.weights[j][i]) for \(w)")
      }
    }
  }

  /// What arrives is the weight from before the arrival's own change.
  @Test func deliversTheWeightBefore() throws {
    let found = try Self.run(Self.source("STDP(a_plus = 0.01, a_minus = 0.01)"), Self.pre, Self.post)
    var w = (0..<Self.sources).map { _ in [Double](repeating: 0.5, count: Self.targets) }
    for tick in 1...Self.ticks {
      for i in 0..<Self.targets {
        let expected = (0..<Self.sources).reduce(0) { $0 + (Self.pre[$1].contains(tick) ? w[$1][i] : 0) }
        #expect(abs(found.delivered[tick - 1][i] - expected) < 1e-12, "tick \(tick)")
      }
      for j in 0..<Self.sources {
        for i in 0..<Self.targets {
          if Self.pre[j].contains(tick) {
            w[j][i] -= Self.post[i].filter { $0 < tick }.reduce(0) { $0 + 0.01 * Self.kernel(tick, $1, 20) }
            w[j][i] = min(max(w[j][i], 0), 1)
          }
          if Self.post[i].contains(tick) {
            w[j][i] += Self.pre[j].filter { $0 <= tick }.reduce(0) { $0 + 0.01 * Self.kernel(tick, $1, 20) }
            w[j][i] = min(max(w[j][i], 0), 1)
          }
        }
      }
    }
    #expect(w.joined().contains { abs($0 - 0.5) > 0.05 })
  }

  /// Pfister & Gerstner (2006), eqs. 2-4: the slow traces without the spike itself.
  @Test func triplets() throws {
    let found = try Self.run(
      Self.source("TripletSTDP(a2_plus = 0.0005, a2_minus = 0.0007, a3_plus = 0.0006, a3_minus = 0.0002)"), Self.pre,
      Self.post)
    for j in 0..<Self.sources {
      for i in 0..<Self.targets {
        let (x, y) = (Self.pre[j], Self.post[i])
        var w = 0.5
        for t in x {
          let o1 = y.filter { $0 < t }.reduce(0) { $0 + Self.kernel(t, $1, 33.7) }
          let r2 = x.filter { $0 < t }.reduce(0) { $0 + Self.kernel(t, $1, 101) }
          w -= o1 * (0.0007 + 0.0002 * r2)
        }
        for s in y {
          let r1 = x.filter { $0 <= s }.reduce(0) { $0 + Self.kernel(s, $1, 16.8) }
          let o2 = y.filter { $0 < s }.reduce(0) { $0 + Self.kernel(s, $1, 114) }
          w += r1 * (0.0005 + 0.0006 * o2)
        }
        #expect(abs(found.weights[j][i] - w) < 1e-12)
      }
    }
  }

  /// Tsodyks, Pawelzik & Markram (1998), eqs. 2.6-2.8, from spike to spike in closed form; the weight stays.
  @Test func shortTermPlasticity() throws {
    let found = try Self.run(
      Self.source("TsodyksMarkram(U = 0.2, tau_rec = 130 ms, tau_facil = 530 ms)"), Self.pre, Self.post)
    var expected = [[Double]](repeating: [0, 0], count: Self.ticks)
    for train in Self.pre {
      var (x, u, last) = (1.0, 0.0, 0)
      for tick in train {
        let gap = Double(tick - last) * Self.step
        (x, u, last) = (1 - (1 - x) * exp(-gap / 130), u * exp(-gap / 530), tick)
        u += 0.2 * (1 - u)
        for i in 0..<Self.targets { expected[tick - 1][i] += 0.5 * u * x }
        x -= u * x
      }
    }
    for (found, expected) in zip(found.delivered.joined(), expected.joined()) { #expect(abs(found - expected) < 1e-12) }
    #expect(found.weights.joined().allSatisfy { $0 == 0.5 })
  }

  /// Izhikevich (2007), eqs. 1-2, with a constant reward: exact from tick to tick.
  @Test func reward() throws {
    let found = try Self.run(
      Self.source("RSTDP(R = 0.5, a_plus = 0.02, a_minus = 0.02, tau_e = 50 ms, tau_w = 100 ms)"), Self.pre,
      Self.post)
    for j in 0..<Self.sources {
      for i in 0..<Self.targets {
        var (w, e) = (0.5, 0.0)
        for tick in 1...Self.ticks {
          // Over one step e decays, and the weight takes its integral.
          w -= 0.5 / 100 * 50 * e * expm1(-Self.step / 50)
          w = min(max(w, 0), 1)
          e *= exp(-Self.step / 50)
          if Self.pre[j].contains(tick) {
            e -= 0.02 * Self.post[i].filter { $0 < tick }.reduce(0) { $0 + Self.kernel(tick, $1, 20) }
          }
          if Self.post[i].contains(tick) {
            e += 0.02 * Self.pre[j].filter { $0 <= tick }.reduce(0) { $0 + Self.kernel(tick, $1, 20) }
          }
        }
        // 400 products of a matrix exponential, each right to some 1e-15.
        #expect(abs(found.weights[j][i] - w) < 1e-11)
        #expect(abs(w - 0.5) > 1e-4)
      }
    }
  }

  // MARK: What neurons and all synapses know

  /// After each scaling the incoming weights of every neuron have the asked sum.
  @Test func normalisation() throws {
    let found = try Self.run(
      Self.source("Normalisation(total = 2, every = 10 ms)", weight: "0.1"), Self.pre, Self.post)
    for i in 0..<Self.targets {
      #expect(abs(found.weights.reduce(0) { $0 + $1[i] } - 2) < 1e-12)
    }
  }

  /// A neuron above its target rate loses weight, one below gains.
  @Test func homeostasis() throws {
    let busy = (0..<Self.targets).map { $0 == 0 ? Array(stride(from: 2, to: 390, by: 4)) : [] }
    let found = try Self.run(Self.source("HomeostaticScaling(rate = 50 Hz, tau_rate = 20 ms)"), Self.pre, busy)
    for row in found.weights { #expect(row[0] < 0.5 && row[1] > 0.5) }
    // Silent: dw/dt = w / tau_w, exactly.
    #expect(abs(found.weights[0][1] - 0.5 * exp(Double(Self.ticks) * Self.step / 10_000)) < 1e-9)
  }

  /// Clopath et al. (2010): silent postsynaptic neurons at rest change nothing; pairing changes weights.
  @Test func voltageRule() throws {
    let rest = try Self.run(Self.source("Clopath()"), Self.pre, [[], []])
    let paired = try Self.run(Self.source("Clopath()"), Self.pre, Self.post)
    // At -65 mV, above theta_minus, arrivals depress by a_ltd (u_minus + 70.6 mV); u_minus relaxes from -70.6 mV.
    for j in 0..<Self.sources {
      let w = Self.pre[j].reduce(0.5) { w, tick in
        w - 14e-5 * 5.6 * (1 - exp(-Double(tick) * Self.step / 10))
      }
      #expect(abs(rest.weights[j][0] - w) < 1e-9, "\(rest.weights[j][0]) for \(w)")
    }
    #expect(zip(rest.weights.joined(), paired.weights.joined()).allSatisfy { $0 < $1 })
  }

  // MARK: The same in every mode

  static let modes = [
    "STDP(a_plus = 0.01, a_minus = 0.01)", "TripletSTDP()", "RSTDP(R = 0.3)", "TsodyksMarkram()", "Clopath()",
    "MultiplicativeSTDP()", "Normalisation(total = 1)", "HomeostaticScaling()",
  ]

  @Test(arguments: modes) func engineMatchesTheReference(_ rule: String) throws {
    for pattern in ["all", "random(p = 0.7)"] {
      let session = try Self.session(Self.source(rule, pattern: pattern))
      let batch = Self.batch(Self.pre, Self.post)
      let engine = session.engine
      var reference = ReferenceExecutor(
        plan: engine.plan, parameters: engine.plan.parameters.indices.map { engine.parameter($0) })
      let expected = try reference.run(batch, gradient: false)
      let found = try engine.run(batch, records: true)
      #expect(found.records.count == expected.records.count)
      for (index, values) in found.records {
        let other = try #require(expected.records[index])
        #expect(zip(values, other).allSatisfy { abs($0 - $1) < 1e-10 }, "\(rule), \(pattern)")
      }
    }
  }

  @Test(arguments: modes) func sameBitsForAnyThreads(_ rule: String) throws {
    var seen: [[UInt64]] = []
    for threads in [1, 3] {
      let session = try Self.session(Self.source(rule, pattern: "random(p = 0.7)"), .f32, threads: threads)
      _ = try session.engine.run(Self.batch(Self.pre, Self.post))
      seen.append(try #require(session.parameter("plastic")).map(\.bitPattern))
    }
    #expect(seen[0] == seen[1])
  }

  /// Weights belong to the network: a second sample begins with what the first left.
  @Test func weightsOutliveSamples() throws {
    let rule = "STDP(a_plus = 0.001, a_minus = 0.0012)"
    let session = try Self.session(Self.source(rule))
    _ = try session.engine.run(Self.batch(Self.pre, Self.post))
    let once = try Self.weights(session)
    _ = try session.engine.run(Self.batch(Self.pre, Self.post))
    let twice = try Self.weights(session)
    for (first, second) in zip(once.joined(), twice.joined()) {
      #expect(abs((second - first) - (first - 0.5)) < 1e-12)
      #expect(first != 0.5)
    }
  }

  @Test func boundsHold() throws {
    let up = try Self.run(Self.source("STDP(a_plus = 0.4, a_minus = 0)"), Self.pre, Self.post)
    let down = try Self.run(Self.source("STDP(a_plus = 0, a_minus = 0.4)"), Self.pre, Self.post)
    #expect(up.weights.joined().allSatisfy { $0 == 1 })
    #expect(down.weights.joined().allSatisfy { $0 == 0 })
  }

  /// Song, Miller & Abbott (2000), figure 2: weights that begin uniform end near one of their bounds.
  @Test func weightsBecomeBimodal() throws {
    let text = try String(contentsOf: TidyTests.root.appending(path: "examples/stdp.snn"), encoding: .utf8)
    let program = Program.compile(text)
    let model = try program.model().lasting(milliseconds: 100_000)
    let session = try Session(model)
    func share(_ range: Range<Double>) throws -> Double {
      let weights = try #require(session.parameter("w"))
      return Double(weights.filter { range.contains($0) }.count) / Double(weights.count)
    }
    #expect(try share(0..<0.1) < 0.15 && share(0.4..<0.6) > 0.15)
    _ = try session.run()
    #expect(try share(0..<0.1) > 0.25 && share(0.4..<0.6) < 0.12 && share(0.9..<1.1) > 0.08)
  }
}
