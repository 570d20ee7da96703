import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// `plasticity summed` and `per_sample`: what a batch does to weights with a rule is what its samples do one by one, each
/// beginning with the batch's weights.
@Suite struct PlasticityOfSamplesTests {
  static func source(_ setting: String, batch: Int, samples: Int = 6, range: String = "") -> String {
    """
    neuron LIF {
      state V = 0
      drive I
      dV/dt = (I - V) / 10 ms
      on input(w) { V += w }
      spike when V > 1
      on spike { V = 0 }
    }
    synapse Pair {
      pre trace x = 0
      post trace y = 0
      state u ~ uniform(0.5, 1.5)
      dx/dt = -x / 20 ms
      dy/dt = -y / 20 ms
      on pre { weight -= 0.02 * y * u; x += 1 }
      on post { weight += 0.03 * x; y += 1 }
      \(range)
    }
    network N {
      step 1 ms
      input lines : spikes[5]
      population a = LIF[6]
      population b = LIF[4]
      connect lines -> a { weight ~ normal(0.6, 0.3) }
      connect a -> b as w { pattern random(p = 0.8), weight ~ uniform(0.3, 0.6), delay ~ uniform(1 ms, 4 ms), rule Pair }
      connect b -> a as back { weight ~ uniform(0.1, 0.3), rule Pair }
    }
    task follow of N {
      data train = random_patterns(samples = \(samples), units = 5, steps = 30, rate = 200 Hz)
      feed lines = direct(sample)
      feed a.I = 0.7
      feed b.I = 0.8
      run for 30 ms
      score v = mean over time of (mean over units of b.V)
      batch \(batch), seed 3
      \(setting)
    }
    """
  }

  private static func session(
    _ setting: String, batch: Int, samples: Int = 6, range: String = "", _ precision: Precision = .f64, threads: Int = 1
  ) throws -> Session {
    try Session(
      try Reference.model(source(setting, batch: batch, samples: samples, range: range)),
      options: SessionOptions(precision: precision, threads: threads))
  }

  /// Every sample by itself, from the same weights: what each changes, and its score.
  private static func alone(
    _ precision: Precision, samples: Int, range: String = ""
  ) throws -> (first: [String: [Double]], changes: [[String: [Double]]], scores: [Double]) {
    let session = try session("", batch: 1, samples: samples, range: range, precision)
    let names = ["w", "back"]
    let first = Dictionary(uniqueKeysWithValues: try names.map { ($0, try #require(session.parameter($0))) })
    var changes: [[String: [Double]]] = []
    var scores: [Double] = []
    for sample in 0..<samples {
      for name in names { try session.setParameter(name, first[name]!) }
      let result = try session.engine.run(session.batch(source: 0, samples: [sample], epoch: nil))
      scores.append(result.scores[0])
      changes.append(
        Dictionary(
          uniqueKeysWithValues: names.map { name in
            (name, zip(session.parameter(name)!, first[name]!).map { $0 - $1 })
          }))
    }
    return (first, changes, scores)
  }

  /// Up to eight samples a batch, the sum has the order of the samples, and so the same bits.
  @Test(arguments: [1, 2, 4]) func summedIsTheSumOfSingleSamples(_ threads: Int) throws {
    let alone = try Self.alone(.f64, samples: 6)
    let session = try Self.session("plasticity summed", batch: 6, threads: threads)
    let found = try session.evaluate(0)
    for name in ["w", "back"] {
      var expected = alone.first[name]!
      for change in alone.changes { expected = zip(expected, change[name]!).map { $0 + $1 } }
      #expect(session.parameter(name) == expected, "\(name)")
      #expect(expected != alone.first[name]!)
    }
    #expect(abs(found.scores[0] - alone.scores.reduce(0, +) / 6) < 1e-12)
  }

  /// More samples than there are copies of the weights, several batches, both precisions, any threads.
  @Test(arguments: [false, true]) func manySamples(_ isDouble: Bool) throws {
    let precision: Precision = isDouble ? .f64 : .f32
    let one = try Self.session("plasticity summed", batch: 20, samples: 20, precision)
    _ = try one.evaluate(0)
    let alone = try Self.alone(precision, samples: 20)
    var expected = alone.first["w"]!
    for change in alone.changes { expected = zip(expected, change["w"]!).map { $0 + $1 } }
    #expect(Reference.error(one.parameter("w"), expected) < (precision == .f64 ? 1e-14 : 1e-6))
    for threads in [2, 3] {
      let other = try Self.session("plasticity summed", batch: 20, samples: 20, precision, threads: threads)
      _ = try other.evaluate(0)
      #expect(one.parameter("w") == other.parameter("w"))
      #expect(one.parameter("back") == other.parameter("back"))
    }
    // The second batch begins with what the first has made.
    let halves = try Self.session("plasticity summed", batch: 10, samples: 20, precision)
    _ = try halves.evaluate(0)
    #expect(halves.parameter("w") != one.parameter("w"))
  }

  /// A batch of one is a sample in the order of the file, to rounding.
  @Test func oneSampleIsInOrder() throws {
    let summed = try Self.session("plasticity summed", batch: 1)
    let plain = try Self.session("", batch: 1)
    _ = try (summed.evaluate(0), plain.evaluate(0))
    #expect(Reference.error(summed.parameter("w"), plain.parameter("w")!) < 1e-13)
  }

  /// The sum stays in the rule's range, which single samples do not leave.
  @Test func theRangeHolds() throws {
    let session = try Self.session("plasticity summed", batch: 6, range: "weight in 0.05 .. 0.7")
    _ = try session.evaluate(0)
    let weights = try #require(session.parameter("w"))
    #expect(weights.allSatisfy { $0 >= 0.05 && $0 <= 0.7 })
    let alone = try Self.alone(.f64, samples: 6, range: "weight in 0.05 .. 0.7")
    var sums = alone.first["w"]!
    for change in alone.changes { sums = zip(sums, change["w"]!).map { $0 + $1 } }
    #expect(sums.contains { $0 < 0.05 || $0 > 0.7 })
    #expect(weights == sums.map { min(max($0, 0.05), 0.7) })
  }

  /// Every sample begins with the first weights, and they are those again afterwards.
  @Test(arguments: [1, 4, 6]) func perSampleIsForgotten(_ batch: Int) throws {
    let alone = try Self.alone(.f64, samples: 6)
    for threads in [1, 3] {
      let session = try Self.session("plasticity per_sample", batch: batch, threads: threads)
      for _ in 0..<2 {
        let found = try session.evaluate(0)
        #expect(abs(found.scores[0] - alone.scores.reduce(0, +) / 6) < 1e-12)
        #expect(session.parameter("w") == alone.first["w"]!)
      }
    }
    let order = try Self.session("", batch: 1)
    #expect(try order.evaluate(0).scores[0] != alone.scores.reduce(0, +) / 6)
  }

  // MARK: States that are drawn

  static func drawn(_ pattern: String, before: String = "") -> String {
    """
    neuron Unit {
      state V = 0
      next V = 0
      on input(w) { V += w }
      spike when V > 0
    }
    synapse Copy {
      state u ~ uniform(0.2, 0.9)
      on pre { weight = u }
    }
    network N {
      step 1 ms
      input lines : spikes[5]
      \(before)
      population b = Unit[7]
      connect lines -> b as w { \(pattern) weight = 0.1, rule Copy }
    }
    task follow of N {
      data train = random_patterns(samples = 2, units = 5, steps = 40, rate = 400 Hz)
      feed lines = direct(sample)
      run for 40 ms
      score v = mean over time of (mean over units of b.V)
      batch 1, seed 3
    }
    """
  }

  /// One number per synapse, keyed by the seed, the name and the place in the file's order.
  @Test(arguments: ["", "pattern random(p = 0.6),", "pattern random(p = 0.6), delay ~ uniform(1 ms, 9 ms),"])
  func aDrawnStatePerSynapse(_ pattern: String) throws {
    for precision in [Precision.f32, .f64] {
      let session = try Session(
        try Reference.model(Self.drawn(pattern)), options: SessionOptions(precision: precision))
      _ = try session.evaluate(0)
      let stream = RandomStream(seed: 3, path: "w.u")
      let weights = try #require(session.parameter("w"))
      #expect(weights.count > 15)
      for (place, weight) in weights.enumerated() {
        #expect(abs(weight - (0.2 + 0.7 * stream.uniform(index: place))) < (precision == .f64 ? 1e-15 : 1e-7))
      }
      let other = try Session(
        try Reference.model(Self.drawn(pattern, before: "population a = Unit[3]\nconnect lines -> a { rule Copy }")),
        options: SessionOptions(precision: precision, threads: 3))
      _ = try other.evaluate(0)
      #expect(other.parameter("w") == weights)
      let seeded = try Session(
        try Reference.model(Self.drawn(pattern)), options: SessionOptions(precision: precision, seed: 4))
      _ = try seeded.evaluate(0)
      #expect(seeded.parameter("w") != weights)
    }
  }
}
