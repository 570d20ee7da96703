import Foundation
import SNN
import SNNIR
import Testing

/// Losses of spike trains and spike times against their closed forms.
@Suite struct SpikeLossTests {
  /// Two relays that pass spikes on, one tick and `delay` after they came; the target is what came.
  static func relay(delay: Int, rise: String, decay: String) -> String {
    """
    neuron Relay {
      state U = 0
      next U = 0
      on input(w) { U += w }
      spike when U > 0.5
    }
    network N {
      step 0.5 ms
      input x : spikes[2]
      population cell = Relay[2]
      connect x -> cell as w { pattern one_to_one, weight = 1, delay = \(Double(delay) * 0.5) ms }
    }
    task pass of N {
      data train = random_patterns(samples = 3, units = 2, steps = 60, rate = 150 Hz)
      feed x = direct(sample)
      run for 30 ms
      loss = van_rossum(cell.spike, sample, \(rise), \(decay))
    }
    """
  }

  /// Half the product of two filtered spikes that are so far apart; 1/2 at no distance.
  static func overlap(_ distance: Double, rise: Double, decay: Double) -> Double {
    let x = abs(distance)
    if rise == 0 { return exp(-x / decay) / 2 }
    if rise == decay { return (1 + x / decay) * exp(-x / decay) / 2 }
    return (decay * exp(-x / decay) - rise * exp(-x / rise)) / (decay - rise) / 2
  }

  @Test(arguments: [(0.0, 6.0), (2.0, 10.0), (4.0, 4.0), (12.0, 3.0)])
  func vanRossumIsASumOverPairs(_ rise: Double, _ decay: Double) throws {
    let source = Self.relay(delay: 5, rise: "\(rise) ms", decay: "\(decay) ms")
    let model = try Reference.model(source)
    let late = try Session(
      model, options: SessionOptions(precision: .f64), records: try model.recordRequests(["cell.spike"]))
    // What comes in at a tick is what a relay of one tick sends at it.
    let other = try Reference.model(Self.relay(delay: 1, rise: "\(rise) ms", decay: "\(decay) ms"))
    let early = try Session(
      other, options: SessionOptions(precision: .f64), records: try other.recordRequests(["cell.spike"]))
    for sample in 0..<3 {
      let sent = try late.run(dataSet: 0, sample: sample)
      let target = try early.run(dataSet: 0, sample: sample)
      // Without a difference there is no distance.
      #expect(abs(target.loss ?? .nan) < 1e-12)
      var expected = 0.0
      var pairs = 0
      for unit in 0..<2 {
        func times(_ result: RunResult, _ sign: Double) throws -> [(time: Double, sign: Double)] {
          let values = try #require(result.recordings.first { $0.name == "cell.spike" }).values
          return (0..<60).filter { values[$0 * 2 + unit] == 1 }.map { (Double($0) * 0.5, sign) }
        }
        let all = try times(sent, 1) + times(target, -1)
        for a in all {
          for b in all {
            expected += a.sign * b.sign * Self.overlap(a.time - b.time, rise: rise, decay: decay)
            pairs += 1
          }
        }
      }
      #expect(pairs > 50)
      let found = try #require(sent.loss)
      #expect(abs(found - expected) < 1e-11 * expected, "\(found), not \(expected)")
    }
  }

  /// A spike that is 4 ms late is 1 - exp(-4/6) away; one against none, ½.
  @Test func vanRossumOfOneSpike() throws {
    func loss(_ weight: Double, delay: Int) throws -> Double {
      let source = Self.relay(delay: delay, rise: "0 ms", decay: "6 ms")
        .replacing("weight = 1", with: "weight = \(weight)")
        .replacing("units = 2, steps = 60, rate = 150 Hz", with: "units = 2, steps = 60, rate = 12 Hz")
        .replacing("samples = 3", with: "samples = 20")
      let model = try Reference.model(source)
      let session = try Session(
        model, options: SessionOptions(precision: .f64), records: try model.recordRequests(["cell.spike"]))
      let relay = try Reference.model(source.replacing("weight = \(weight)", with: "weight = 1"))
      let counting = try Session(
        relay, options: SessionOptions(precision: .f64), records: try relay.recordRequests(["cell.spike"]))
      // A sample with one spike in all, early enough to be sent on.
      for sample in 0..<20 {
        let values = try #require(try counting.run(dataSet: 0, sample: sample).recordings.first).values
        if values.reduce(0, +) == 1, values.prefix(100).contains(1) {
          return try #require(try session.run(dataSet: 0, sample: sample).loss)
        }
      }
      Issue.record("no sample has one spike")
      return .nan
    }
    #expect(abs(try loss(1, delay: 9) - (1 - exp(-4.0 / 6))) < 1e-12)
    #expect(abs(try loss(0, delay: 9) - 0.5) < 1e-12)
  }

  @Test func vanRossumHasItsDerivative() throws {
    let source = """
      neuron LIF {
        state U = 0
        dU/dt = -U / 8 ms
        on input(w) { U += w }
        spike when U > 1
        on spike { U -= 1 }
      }
      network N {
        step 1 ms
        input x : spikes[10]
        population cell = LIF[1]
        connect x -> cell as w { learnable weight ~ normal(0.3, 0.4) }
      }
      task timing of N {
        data train = spike_target(units = 10, steps = 60, rate = 60 Hz, spikes = 3, seed = 2)
        feed x = direct(sample)
        run for 60 ms
        loss = van_rossum(cell.spike, target, 3 ms, 7 ms)
        learn by superspike { surrogate = sigmoid(4) }
        batch 1
      }
      """
    let model = try Reference.model(source)
    let checks = try GradientCheck.run(model, elements: 10)
    #expect(checks.count == 1 && checks[0].checked == 10)
    for check in checks { #expect(check.worst < 1e-7, "\(check.worst)") }
  }

  // MARK: First spikes

  static func first(_ loss: String) -> String {
    """
    neuron LIF {
      state V = 0
      state I = 0
      dV/dt = (10 ms * I - V) / 10 ms
      dI/dt = -I / 5 ms
      on input(w) { I += w }
      spike when V > 1
      on spike { V = 0 }
    }
    network N {
      step exact
      input a : spikes[1]
      input b : spikes[1]
      input c : spikes[1]
      population cell = LIF[2]
      connect a -> cell as w_a { learnable weight = 3 / 1 ms }
      connect b -> cell as w_b { learnable weight = 2.5 / 1 ms }
      connect c -> cell as w_c { learnable weight ~ normal(1.5 / 1 ms, 0.2 / 1 ms) }
    }
    task T of N {
      feed a = at(0 ms)
      feed b = at(1 ms)
      feed c = at(2 ms)
      run for 20 ms
      loss = \(loss)
      score first = first_spike(cell)[0] / 1 ms
      score second = first_spike(cell)[1] / 1 ms
      learn by spike_time
    }
    """
  }

  private func check(_ loss: String, _ expected: (Double, Double) -> Double) throws {
    let model = try Reference.model(Self.first(loss))
    let result = try Session(model).run()
    let times = (result.scores[0], result.scores[1])
    #expect(times.0 < 20 && times.1 < 20)
    let value = expected(times.0, times.1)
    #expect(abs((result.loss ?? .nan) - value) < 1e-13 * abs(value))
    for check in try GradientCheck.run(model) { #expect(check.worst < 1e-7, "\(check.parameter): \(check.worst)") }
  }

  @Test func spikeTimesAreHeldAgainstTargets() throws {
    try check("spike_time(cell, 4 ms, 2 ms)") { (($0 - 4) * ($0 - 4) + ($1 - 4) * ($1 - 4)) / 8 }
  }

  @Test func whoSpikesFirst() throws {
    try check("first_spike_cross_entropy(cell, 1, 0.5 ms)") { first, second in
      log(exp(-first / 0.5) + exp(-second / 0.5)) + second / 0.5
    }
  }
}
