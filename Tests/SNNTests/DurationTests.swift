#if HDF5
  import Foundation
  import SNNData
  import SNNIR
  import SNNRuntime
  import Testing

  @testable import SNN

  /// `run for duration`: samples of different length in one batch. What is measured of a sample is what a run of its own
  /// length would give, so a batch is held against runs of one sample each, whose time simply ends there.
  @Suite struct DurationTests {
    /// Ticks of the samples; the file holds them in seconds.
    static let lengths = [5, 12, 9]
    static let units = 4
    static let outputs = 3

    /// Spikes of a sample by tick and unit: dense, and going on beyond its end, where nobody may look.
    private static func spike(_ sample: Int, _ tick: Int, _ unit: Int) -> Double {
      (7 * sample + 3 * tick + 5 * unit) % 4 == 0 ? 1 : 0
    }

    private static func target(_ sample: Int, _ tick: Int, _ unit: Int) -> Double {
      (5 * sample + tick + 2 * unit) % 3 == 0 ? 1 : 0
    }

    private static func write(_ samples: [Int], ticks: Int, to path: String) throws {
      func array(_ units: Int, _ value: (Int, Int, Int) -> Double) throws -> NDArray {
        let numbers = samples.flatMap { s in
          (0..<ticks).flatMap { t in (0..<units).map { value(s, t, $0) } }
        }
        return try NDArray(shape: [samples.count, ticks, units], numbers, axes: ["sample", "time", "unit"])
      }
      try Reference.write(
        [
          "x": try array(units, spike), "y": try array(outputs, target), "label": NDArray(samples),
          "length": NDArray(samples.map { Double(lengths[$0]) / 1000 }, unit: "s"),
        ], to: path)
    }

    static func source(_ file: String, run: String, loss: String, learn: String = "") -> String {
      """
      neuron Cell {
        learnable param tau = 7 ms
        state U = 0
        state I = 0
        dU/dt = -(U - I) / tau
        dI/dt = -I / 3 ms
        on input(w) { I += w }
        spike when U > 0.5
        on spike { U -= 0.5 }
      }
      neuron Out {
        state U = 0
        next U = 0.8 * U
        on input(w) { U += w }
      }
      network N {
        step 1 ms
        input x : spikes[\(units)]
        population hidden = Cell[6]
        population out = Out[\(outputs)]
        connect x -> hidden as w_in { learnable weight ~ normal(0.6, 0.8) }
        connect hidden -> hidden as w_rec { learnable weight ~ normal(0, 0.4) }
        connect hidden -> out as w_out { learnable weight ~ normal(0, 0.7) }
      }
      task classify of N {
        data train = hdf5("\(file)", sample = "x", target = "y", label = "label", duration = "length")
        feed x = direct(sample)
        run for \(run)
        loss = \(loss)
        \(learn)
        optimise sgd(rate = 1e-2)
        batch 3, seed 4
      }
      """
    }

    static func learn(_ rule: String) -> String {
      let error = "error = local(readout[3] ~ normal(0, 1), loss = mse(y, onehot(label)), burn_in = 2 ms)"
      let axes = "surrogate = fast_sigmoid(4)" + (rule == "local_errors" ? ", \(error)" : "")
      return rule.isEmpty ? "" : "learn by \(rule) { \(axes) }"
    }

    /// The batch, and the mean of runs of one sample each.
    private static func compare(
      loss: String, rule: String, precision: Precision = .f64, threads: Int = 1
    ) throws -> (GradientResult, GradientResult) {
      try Reference.withFolder { folder in
        let file = folder.appending(path: "all.h5").path
        try write([0, 1, 2], ticks: lengths.max()!, to: file)
        let options = SessionOptions(precision: precision, threads: threads)
        let model = try Reference.model(source(file, run: "duration", loss: loss, learn: learn(rule)))
        let together = try Session(model, options: options, gradient: true).gradients(dataSet: 0, samples: 0..<3)
        var mean = GradientResult(loss: 0, gradients: [:])
        for (sample, length) in lengths.enumerated() {
          let own = folder.appending(path: "\(sample).h5").path
          try write([sample], ticks: length, to: own)
          let model = try Reference.model(source(own, run: "\(length) ms", loss: loss, learn: learn(rule)))
          let alone = try Session(model, options: options, gradient: true).gradients(dataSet: 0, samples: 0..<1)
          mean.loss += alone.loss / 3
          for (name, values) in alone.gradients {
            let before = mean.gradients[name] ?? Array(repeating: 0, count: values.count)
            mean.gradients[name] = zip(before, values).map { $0 + $1 / 3 }
          }
        }
        return (together, mean)
      }
    }

    static let losses = [
      "cross_entropy(max over time of out.U, label)",
      "cross_entropy(mean over time of out.U, label) + 0.1 * (last over time of out.U[1])^2",
      "cross_entropy(integral over time of out.U / 1 ms, label) + mean over units of (sum over time of hidden.spike)^2",
      "mse(out.U, target)",
      "mean over time of (1 + (min over units of out.U))^2 + (max over time in 3 ms .. 4 ms of out.U[0])",
      "(mean over time in 2 ms .. 5 ms of out.U[2]) + (mean over time where out.U[0] > 0 of out.U[1])",
      "0.1 * van_rossum(hidden.spike, repeat(target, 2), 1 ms, 4 ms) + mean over units of (first over time of out.U)",
    ]

    @Test(arguments: losses) func aBatchIsTheMeanOfRunsOfTheirOwn(_ loss: String) throws {
      let (together, mean) = try Self.compare(loss: loss, rule: "bptt")
      #expect(abs(together.loss - mean.loss) < 1e-12 * max(1, abs(mean.loss)))
      for (name, expected) in mean.gradients {
        #expect(Reference.error(together.gradients[name], expected) < 1e-11, "\(name)")
      }
      #expect(mean.gradients.values.contains { $0.contains { abs($0) > 1e-6 } })
    }

    @Test(arguments: [
      "rtrl", "eprop", "superspike", "local_errors", "feedback_alignment", "direct_feedback_alignment",
      "random_error_bp",
      "finite_difference",
    ]) func everyRuleEndsWithTheSample(_ rule: String) throws {
      let loss = "mean over time of cross_entropy(out.U, label) + 0.1 * (last over time of out.U[1])^2"
      let (together, mean) = try Self.compare(loss: loss, rule: rule)
      let tolerance = rule == "finite_difference" ? 1e-6 : 1e-11
      for (name, expected) in mean.gradients {
        #expect(Reference.error(together.gradients[name], expected) < tolerance, "\(name)")
      }
      // Hard spikes give differences of 0 but for what comes straight to the readout.
      #expect(mean.gradients[rule == "finite_difference" ? "w_out" : "w_in"]!.contains { abs($0) > 1e-6 })
    }

    @Test func singlePrecisionAndThreads() throws {
      let loss = Self.losses[1]
      let (together, mean) = try Self.compare(loss: loss, rule: "bptt", precision: .f32, threads: 3)
      for (name, expected) in mean.gradients {
        #expect(Reference.error(together.gradients[name], expected) < 1e-4, "\(name)")
      }
    }

    /// A silent unit's first spike is the end of its own sample.
    @Test func firstSpikeEndsWithTheSample() throws {
      try Reference.withFolder { folder in
        let file = folder.appending(path: "all.h5").path
        try Self.write([0, 1, 2], ticks: 12, to: file)
        let source = Self.source(file, run: "duration", loss: "mean over units of (first_spike(hidden) / 1 ms)")
          .replacing("spike when U > 0.5", with: "spike when U > 1000")
        let session = try Session(try Reference.model(source))
        #expect(try session.evaluate(0).loss.map { abs($0 - Double(5 + 12 + 9) / 3) < 1e-6 } == true)
      }
    }

    /// The time of a run may be made of the duration; in a CSV file it has no unit of its own.
    @Test func timesMadeOfTheDuration() throws {
      try Reference.withFolder { folder in
        let file = folder.appending(path: "samples.csv").path
        try "1,3,0\n2,8,1\n".write(toFile: file, atomically: true, encoding: .utf8)
        let source = """
          neuron Clock {
            state n = 0
            next n = n + 1
            drive d
          }
          network N {
            step 0.5 ms
            population c = Clock[1]
          }
          task count of N {
            data all = csv("\(file)", label = last, duration = 1)
            feed c.d = direct(sample)
            run for 2 ms * duration + 1 ms
            score ticks = last over time of c.n[0]
            score sum = sum over time of c.n[0]
          }
          """
        let model = try Reference.model(source)
        #expect(model.task.ticks == 34)
        let session = try Session(model, options: SessionOptions(precision: .f64))
        let found = try session.evaluate(0).scores
        // 14 and 34 ticks of half a millisecond.
        #expect(found == [24, Double(14 * 15 + 34 * 35) / 4])
      }
    }

    /// Lists of events last to the end of the bin of their last event.
    @Test func eventsSayHowLongTheyLast() throws {
      let folder = Reference.fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "SNNDataTests/Fixtures")
      let path = folder.appending(path: "events.h5").path
      let file = try EventFile(reading: path)
      let program = Program.compile(
        """
        neuron R {
          state n = 0
          next n = n + 1
          on input(w) { n += 0 * w }
        }
        network N {
          step 1 ms
          input ear : spikes[700]
          population o = R[1]
          connect ear -> o as w { weight = 1 }
        }
        task speech of N {
          data train = events("events.h5")
          feed ear = events(sample)
          run for duration
          score ticks = last over time of o.n[0]
        }
        """, folder: folder.path)
      #expect(!program.hasErrors, "\(program.rendered())")
      let session = try Session(try program.model())
      let ticks = try (0..<file.count).map { sample in
        Double(Int(((try file.events(of: sample).times.max() ?? 0) * 1000 + 1e-4).rounded(.down)) + 1)
      }
      #expect(abs(try session.evaluate(0).scores[0] - ticks.reduce(0, +) / Double(ticks.count)) < 1e-4)
      #expect(session.notes.isEmpty)
    }
  }
#endif
