import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// `dropout p`: which source units are left out, when, and that every rule follows what was sent.
@Suite struct DropoutTests {
  /// Every input spikes at every tick into a neuron of its own that adds up what comes.
  static func counters(_ p: String, delay: Int = 1, source: String = "x") -> String {
    """
    neuron Sum {
      state n = 0
      next n = n
      on input(w) { n += w }
    }
    neuron Copy {
      state U = 0
      next U = 0
      on input(w) { U += w }
      spike when U > 0.5
    }
    network N {
      step 1 ms
      input x : spikes[200]
      population copy = Copy[200]
      population c = Sum[200]
      connect x -> copy as w_copy { pattern one_to_one, weight = 1 }
      connect \(source) -> c as w { pattern one_to_one, weight = 0.5, delay = \(delay) ms, dropout \(p) }
    }
    task count of N {
      data train = random_patterns(samples = 6, units = 200, steps = 12, rate = 1 kHz)
      feed x = direct(sample)
      run for 12 ms
      score n = mean over units of (last over time of c.n)
      record c.n
      batch 4, seed 3
    }
    """
  }

  /// `[sample][unit]` at the end.
  private static func counts(
    _ source: String, samples: [Int], epoch: Int?, threads: Int = 1, precision: Precision = .f64
  ) throws -> [[Double]] {
    let model = try Reference.model(source)
    let session = try Session(
      model, options: SessionOptions(precision: precision, threads: threads),
      records: try model.recordRequests(["c.n"]))
    let batch = try session.batch(source: 0, samples: samples, epoch: epoch)
    let values = try #require(try session.engine.run(batch, records: true).records[0])
    let row = samples.count * 200
    return samples.indices.map { s in Array(values[12 * row + s * 200..<12 * row + (s + 1) * 200]) }
  }

  /// A unit is left out for a whole sample or not at all; what others send is scaled. A spike of tick k still acts at
  /// k + d: of 12 bins, 13 - d come from an input, 12 - d of a copy of it.
  @Test(arguments: [("x", 1, 12), ("x", 3, 10), ("copy", 1, 11), ("copy", 4, 8)])
  func aUnitIsLeftOutForAWholeSample(_ source: String, _ delay: Int, _ spikes: Int) throws {
    let made = try Self.counts(Self.counters("30 %", delay: delay, source: source), samples: Array(0..<6), epoch: 0)
    let full = Double(spikes) * 0.5 / 0.7
    var left = 0
    for count in made.joined() {
      if count == 0 { left += 1 } else { #expect(abs(count - full) < 1e-12 * full) }
    }
    // 1200 draws: five deviations of the binomial distribution.
    #expect(abs(Double(left) - 360) < 5 * (1200 * 0.3 * 0.7).squareRoot())
    // No two samples are alike.
    #expect(Set(made).count == 6)
  }

  @Test func nothingIsLeftOutInEvaluation() throws {
    let plain = try Self.counts(Self.counters("30 %"), samples: [0, 1], epoch: nil)
    #expect(plain.joined().allSatisfy { $0 == 6 })
  }

  @Test func masksDependOnSampleAndEpochAlone() throws {
    let source = Self.counters("50 %")
    let all = try Self.counts(source, samples: Array(0..<6), epoch: 2)
    for threads in [1, 3] {
      #expect(try Self.counts(source, samples: [4, 1], epoch: 2, threads: threads) == [all[4], all[1]])
    }
    #expect(try Self.counts(source, samples: Array(0..<6), epoch: 3) != all)
    let other = source.replacing("population c =", with: "population other = Sum[3]\n  population c =")
    #expect(try Self.counts(other, samples: Array(0..<6), epoch: 2) == all)
    // What is left out is the same in single precision.
    let narrow = try Self.counts(source, samples: Array(0..<6), epoch: 2, precision: .f32)
    #expect(narrow.map { $0.map { $0 == 0 } } == all.map { $0.map { $0 == 0 } })
  }

  /// A network with dropout from the input, between layers and around a loop.
  static func network(rule: String, dropout: Bool = true, spikes: String = "hard", axes: String = "") -> String {
    let p = dropout ? ", dropout 0.4" : ""
    return """
      neuron Cell {
        learnable param tau = 7 ms
        state U = 0
        dU/dt = -U / tau
        on input(w) { U += w }
        spike when U > 0.6
        on spike { U -= 0.6 }
      }
      neuron Out {
        state U = 0
        next U = 0.8 * U
        on input(w) { U += w }
      }
      network N {
        step 1 ms
        input x : spikes[5]
        population hidden = Cell[6]
        population out = Out[2]
        connect x -> hidden as w_in { learnable weight ~ normal(0.6, 0.5)\(p) }
        connect hidden -> hidden as w_rec { learnable weight ~ normal(0, 0.3)\(p) }
        connect hidden -> out as w_out { learnable weight ~ normal(0, 0.6)\(p) }
      }
      task tell of N {
        data train = random_patterns(samples = 3, units = 5, steps = 20, rate = 200 Hz)
        feed x = direct(sample)
        run for 20 ms
        loss = mean over units of (mean over time of (out.U - 0.4)^2)
        learn by \(rule) { surrogate = fast_sigmoid(4)\(spikes == "hard" ? "" : ", spikes = \(spikes)")\(axes) }
        optimise sgd(rate = 1e-2)
        batch 3, seed 5
      }
      """
  }

  private static func gradients(_ source: String, epoch: Int?, precision: Precision = .f64) throws -> BatchResult {
    let session = try Session(
      try Reference.model(source), options: SessionOptions(precision: precision), gradient: true)
    return try session.gradients(of: try session.batch(source: 0, samples: [0, 1, 2], epoch: epoch))
  }

  /// With soft spikes the gradient is that of the loss, whatever was left out.
  @Test func theGradientIsThatOfWhatWasSent() throws {
    let found = try Self.gradients(Self.network(rule: "bptt", spikes: "soft", axes: ", reset = keep"), epoch: 1)
    let expected = try Self.gradients(
      Self.network(rule: "finite_difference", spikes: "soft"), epoch: 1)
    for (index, values) in expected.gradients {
      #expect(Reference.error(found.gradients[index], values) < 1e-6)
    }
    let without = try Self.gradients(
      Self.network(rule: "bptt", dropout: false, spikes: "soft", axes: ", reset = keep"), epoch: 1)
    #expect(without.loss != found.loss)
  }

  /// Carrying influences forward gives what going back gives.
  @Test func forwardIsBackward() throws {
    let back = try Self.gradients(Self.network(rule: "bptt"), epoch: 1)
    let forward = try Self.gradients(Self.network(rule: "rtrl"), epoch: 1)
    for (index, values) in back.gradients where values.contains(where: { $0 != 0 }) {
      #expect(Reference.error(forward.gradients[index], values) < 1e-11)
    }
    let cut = try Self.gradients(Self.network(rule: "bptt", axes: ", recurrence = cut"), epoch: 1)
    let eprop = try Self.gradients(Self.network(rule: "eprop"), epoch: 1)
    for (index, values) in cut.gradients where values.contains(where: { $0 != 0 }) {
      #expect(Reference.error(eprop.gradients[index], values) < 1e-11)
    }
  }

  /// In evaluation every rule is what it is without dropout.
  @Test(arguments: [
    "bptt", "rtrl", "eprop", "superspike", "feedback_alignment", "direct_feedback_alignment", "random_error_bp",
  ]) func withoutTrainingThereIsNone(_ rule: String) throws {
    func named(_ source: String) throws -> [String: [Double]] {
      let model = try Reference.model(source)
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
      let result = try session.gradients(of: try session.batch(source: 0, samples: [0, 1, 2], epoch: nil))
      return Dictionary(
        uniqueKeysWithValues: result.gradients.map { (model.network.parameters[$0.key].name, $0.value) })
    }
    let found = try named(Self.network(rule: rule))
    let plain = try named(Self.network(rule: rule, dropout: false))
    for (name, values) in plain { #expect(Reference.error(found[name], values) < 1e-11, "\(name)") }
    #expect(plain["w_in"]!.contains { $0 != 0 })
  }

  /// The slow oracle sees the same.
  @Test func theOracleAgrees() throws {
    let model = try Reference.model(Self.network(rule: "bptt"))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let batch = try session.batch(source: 0, samples: [0, 1, 2], epoch: 1)
    let found = try session.gradients(of: batch)
    var oracle = ReferenceExecutor(
      plan: session.engine.plan, parameters: session.engine.plan.parameters.indices.map { session.engine.parameter($0) }
    )
    let expected = try oracle.run(batch, gradient: true)
    #expect(abs((found.loss ?? 0) - (expected.loss ?? 1)) < 1e-12)
    for (index, values) in found.gradients { #expect(Reference.error(expected.gradients[index], values) < 1e-10) }
  }
}
