import Foundation
import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// Delays that are learned: what lies between two ticks arrives in two parts, and the gradient is the difference of what
/// those are worth. Against recursions written here, finite differences, the slow oracle, and each other.
@Suite struct LearnedDelayTests {
  static let pairs: [(pre: Int, post: Int, weight: Double, delay: Double)] = [
    (0, 1, 0.8, 1.25), (0, 2, -0.4, 7.5), (1, 0, 0.6, 2), (1, 2, 0.9, 3.875), (2, 0, 0.5, 12.0625), (2, 1, 0.7, 1),
    (3, 0, 0.3, 18.75), (3, 1, 1.1, 5.5), (3, 2, 0.45, 40),
  ]

  /// The two parts of every synapse, as synapses of their own.
  private var parts: WiredPair {
    var synapses: [WiredPair.Synapse] = []
    var weights: [Double] = []
    for (index, pair) in Self.pairs.enumerated() {
      let whole = Int(pair.delay)
      let rest = pair.delay - Double(whole)
      for (late, share) in [1 - rest, rest].enumerated() {
        synapses.append(
          WiredPair.Synapse(pre: pair.pre, post: pair.post, slot: 2 * index + late, delay: whole + late))
        weights.append(pair.weight * share)
      }
    }
    return WiredPair(sources: 4, targets: 3, synapses, weights: weights, ticks: 45)
  }

  @Test(arguments: ["bptt", "rtrl", "eprop"]) func partsArriveAtBothTicks(_ rule: String) throws {
    let pair = parts
    try Reference.withFolder { folder in
      let rows = Self.pairs.map { "\($0.pre),\($0.post),\($0.weight),\($0.delay)" }
      let path = folder.appending(path: "edges.csv").path
      try (["pre,post,weight,delay"] + rows).joined(separator: "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
      let connection = """
        connect a -> b as w { pattern from csv("\(path)"), learnable weight = listed, learnable delay = listed }
        """
      let source = pair.source([connection], rule: rule)
      let expected = pair.expected
      var (weights, delays) = ([Double](), [Double]())
      for (index, pair) in Self.pairs.enumerated() {
        let (now, later) = (expected.gradient[2 * index], expected.gradient[2 * index + 1])
        let rest = pair.delay - pair.delay.rounded(.down)
        weights.append((1 - rest) * now + rest * later)
        delays.append(pair.weight * (later - now))
      }
      for (precision, threads, tolerance) in [(Precision.f64, 1, 1e-12), (.f64, 3, 1e-12), (.f32, 1, 1e-5)] {
        let run = try pair.run(source, precision: precision, threads: threads)
        #expect(Reference.error(run.potentials, expected.potentials) < tolerance)
        #expect(Reference.error(run.gradients["w_in"], expected.inGradient) < tolerance)
        #expect(Reference.error(run.gradients["w"], weights) < tolerance)
        #expect(Reference.error(run.gradients["w.delay"], delays) < tolerance)
      }
    }
  }

  /// A recurrent network whose every connection learns delays: by draw, by distance, in a range, few and many.
  static func recurrent(rule: String = "bptt", spikes: String = "hard") -> String {
    """
    neuron Cell {
      learnable param tau = 10 ms
      state U = 0
      dU/dt = -U / tau
      on input(w) { U += w }
      spike when U > 1
      on spike { U -= 1 }
    }
    neuron Readout = Cell without spike
    network Net {
      step 1 ms
      input x : spikes[6]
      population a = Cell[5] at grid(spacing = 10 um)
      population out = Readout[3]
      connect x -> a as w_in { learnable weight ~ normal(0.4, 0.8), learnable delay ~ uniform(1.2 ms, 6 ms) }
      connect a -> a as w_rec {
        no self
        learnable weight ~ normal(0, 0.4)
        learnable delay = 1.3 ms + distance / (12 um / 1 ms)
      }
      connect a -> out as w_out {
        pattern fixed_outdegree(k = 2)
        learnable weight ~ normal(0, 1)
        learnable delay ~ uniform(1.5 ms, 4 ms) in 1 ms .. 8 ms
      }
      connect a[0 ..< 3] -> out as few { pattern one_to_one, weight = 0.5, learnable delay = 2.6 ms }
    }
    task tell of Net {
      data train = random_patterns(samples = 6, units = 6, steps = 25, rate = 80 Hz, classes = 3, seed = 2)
      feed x = direct(sample)
      run for 25 ms
      loss = mean over time of cross_entropy(out.U, label) + 0.1 * mean over synapses of w_rec^2
      learn by \(rule) { spikes = \(spikes), surrogate = sigmoid(5), reset = keep }
      optimise adam(rate = 1e-2)
      batch 6, epochs 3
    }
    """
  }

  @Test func gradientIsTheDerivative() throws {
    let checks = try GradientCheck.run(try Reference.model(Self.recurrent()))
    let names = ["w_in", "w_rec", "w_out", "few"].map { $0 + ".delay" }
    #expect(Set(names).isSubset(of: Set(checks.map(\.parameter))))
    for check in checks { #expect(check.isFine, "\(check.parameter) \(check.worst)") }
  }

  @Test func forwardInTimeIsTheSame() throws {
    func gradients(_ rule: String) throws -> [String: [Double]] {
      let session = try Session(
        try Reference.model(Self.recurrent(rule: rule)), options: SessionOptions(precision: .f64), gradient: true)
      return try session.trainingGradients().gradients
    }
    let (backward, forward) = (try gradients("bptt"), try gradients("rtrl"))
    #expect(backward.keys.count { $0.hasSuffix(".delay") } == 4)
    for (name, gradient) in backward {
      #expect(gradient.contains { $0 != 0 }, "\(name)")
      #expect(Reference.error(forward[name], gradient) < 1e-12, "\(name)")
    }
  }

  /// `finite_difference` moves delays as it moves anything.
  @Test func differencesReachDelays() throws {
    func delays(_ text: String) throws -> [Double] {
      let session = try Session(try Reference.model(text), options: SessionOptions(precision: .f64), gradient: true)
      return try session.trainingGradients().gradients["w_in.delay"] ?? []
    }
    let smooth = Self.recurrent(spikes: "soft")
    let differences = smooth.replacing("learn by bptt", with: "learn by finite_difference").replacing(
      ", reset = keep", with: "")
    #expect(Reference.error(try delays(differences), try delays(smooth)) < 1e-5)
  }

  @Test func oracleThreadsAndCheckpointsAgree() throws {
    let model = try Reference.model(Self.recurrent())
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let batch = try session.batch(source: 0, samples: Array(0..<6), epoch: 0)
    let plan = session.engine.plan
    func bits(threads: Int, _ checkpoints: Checkpoints) throws -> [[UInt64]] {
      var options = EngineOptions()
      options.chunkSize = 2
      options.checkpoints = checkpoints
      let engine = try Engine(plan: plan, precision: .f64, threads: threads, options: options)
      for index in plan.parameters.indices { try engine.setParameter(index, session.engine.parameter(index)) }
      let result = try engine.run(batch, gradient: true)
      return result.gradients.sorted { $0.key < $1.key }.map { $0.value.map(\.bitPattern) }
    }
    let plain = try bits(threads: 1, .never)
    #expect(try bits(threads: 3, .never) == plain)
    for every in [1, 7] { #expect(try bits(threads: 1, .every(every)) == plain, "every \(every)") }
    var reference = ReferenceExecutor(
      plan: plan, parameters: plan.parameters.indices.map { session.engine.parameter($0) })
    let expected = try reference.run(batch, gradient: true)
    let result = try session.engine.run(batch, gradient: true)
    #expect(result.loss.map { abs($0 - (expected.loss ?? 0)) < 1e-12 } == true)
    for (parameter, gradient) in expected.gradients {
      #expect(Reference.error(result.gradients[parameter], gradient) < 1e-10, "\(plan.parameters[parameter].name)")
    }
  }

  /// Spikes at 5, 11 and 20 ms are worth most at 40 ms where all arrive then.
  private func arrivals(
    _ file: String, _ more: String = "", optimiser: String = "adam(rate = 0.3)",
    loss: String = "-(mean over units of (out.U at 40 ms))",
    epochs: Int = 150
  ) -> String {
    """
    neuron Leaky {
      state U = 0
      dU/dt = -U / 5 ms
      on input(w) { U += w }
    }
    network Net {
      step 1 ms
      input x : spikes[3]
      population out = Leaky[1]
      connect x -> out as w { weight = 1, learnable delay = 14.5 ms\(more) }
    }
    task meet of Net {
      data train = csv("\(file)")
      feed x = at(sample * 1 ms)
      run for 60 ms
      loss = \(loss)
      learn by bptt
      optimise \(optimiser)
      batch 1, epochs \(epochs)
    }
    """
  }

  private func withTimes(_ body: (String) throws -> Void) throws {
    try Reference.withFolder { folder in
      let path = folder.appending(path: "times.csv").path
      try "5,11,20\n".write(toFile: path, atomically: true, encoding: .utf8)
      try body(path)
    }
  }

  /// A spike that is k + f ticks under way is worth (1 - f) e^{-(T - k)/τ} + f e^{-(T - k - 1)/τ}.
  @Test func oneGradientByHand() throws {
    try withTimes { file in
      let model = try Reference.model(arrivals(file))
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
      let gradient = try session.trainingGradients().gradients["w.delay"] ?? []
      let expected = [5, 11, 20].map { time -> Double in
        let left = Double(40 - time - 14)
        return -(exp(-(left - 1) / 5) - exp(-left / 5))
      }
      #expect(Reference.error(gradient, expected) < 1e-12)
    }
  }

  @Test(arguments: ["", " in 2 ms .. 45 ms"]) func trainingMovesDelays(_ range: String) throws {
    try withTimes { file in
      let model = try Reference.model(arrivals(file, range, optimiser: "adam(rate = \(range.isEmpty ? 0.3 : 0.03))"))
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
      let start = try #require(try session.evaluate(0).loss)
      try Trainer(session).train()
      let delays = try #require(session.parameter("w.delay"))
      #expect(delays.allSatisfy { $0 > 14.5 })
      #expect(try #require(try session.evaluate(0).loss) < start - 1)
    }
  }

  /// However hard training pulls, a delay stays at one tick or more.
  @Test func delaysStayAtOneTick() throws {
    try withTimes { file in
      let model = try Reference.model(
        arrivals(file, optimiser: "sgd(rate = 1e7)", loss: "mean over units of (out.U at 59 ms)", epochs: 3))
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
      try Trainer(session).train()
      #expect(session.parameter("w.delay") == [1, 1, 1])
    }
  }

  /// Saved and read again, delays are the same bits, and so is what they do.
  @Test func delaysAreSaved() throws {
    let model = try Reference.model(Self.recurrent())
    let session = try Session(model, options: SessionOptions(precision: .f32), gradient: true)
    let trainer = try Trainer(session)
    try trainer.train()
    let moved = session.parameter("w_in.delay")
    try Reference.withFolder { folder in
      let path = folder.appending(path: "net.h5").path
      try trainer.save(path)
      let other = try Session(model, options: SessionOptions(precision: .f32), gradient: true)
      #expect(other.parameter("w_in.delay") != moved)
      try other.loadParameters(path)
      #expect(other.parameter("w_in.delay") == moved)
      #expect(try other.evaluate(0).loss == session.evaluate(0).loss)
    }
  }
}
