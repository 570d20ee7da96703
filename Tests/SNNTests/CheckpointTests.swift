import SNN
import SNNIR
import SNNRuntime
import Testing

/// A run whose reverse pass computes segments again has the bits of one that keeps everything.
@Suite struct CheckpointTests {
  /// Noise, a delay of several ticks, a refractory time, learned time constants, a loss over time and one over the batch.
  static let source = """
    neuron LIF {
      param tau_mem = 10 ms in 2 ms .. 60 ms
      state U = 0
      state I = 0
      state a = 0
      dU/dt = -(U - I - a) / tau_mem + 0.1 * sqrt(2 / tau_mem) * xi
      dI/dt = -I / 5 ms
      next a = 0.95 * a - 0.1 * spike
      on input(w) { I += w }
      spike when U > 1
      on spike { U = 0 }
      refractory 3 ms hold U
    }
    neuron Readout {
      state U = 0
      dU/dt = -U / (10 ms)
      on input(w) { U += w }
    }
    network N {
      step 1 ms
      input x : spikes[23]
      population a = LIF[37](learnable tau_mem ~ uniform(5 ms, 20 ms))
      population out = Readout[3]
      connect x -> a as w_in { learnable weight ~ normal(0.4, 0.8) }
      connect a -> a as w_rec { learnable weight ~ normal(0, 0.2), delay = 4 ms }
      connect a -> out as w_out { learnable weight ~ normal(0, 0.5) }
    }
    task tell of N {
      data train = random_patterns(samples = 20, units = 23, steps = 50, rate = 60 Hz, classes = 3, seed = 2)
      feed x = direct(sample)
      run for 50 ms
      loss = cross_entropy(max over time of out.U, label) + 1e-2 * mean over time in 10 ms ..< 30 ms of out.U[0]^2
           LOSS
      learn by bptt { surrogate = fast_sigmoid(5), reset = RESET }
      batch 20, seed 7
    }
    """

  private func text(batchLoss: Bool, reset: String = "cut") -> String {
    Self.source.replacing(
      "LOSS",
      with: batchLoss ? "+ 1e-2 * mean over units of ((mean over samples of (sum over time of a.spike)) - 3)^2" : ""
    ).replacing("RESET", with: reset)
  }

  private func outcome(
    _ source: String, _ precision: Precision, threads: Int, _ checkpoints: Checkpoints
  ) throws -> [[UInt64]] {
    let model = try Reference.model(source)
    let session = try Session(model, options: SessionOptions(precision: precision), gradient: true)
    var options = EngineOptions()
    options.chunkSize = 8
    options.checkpoints = checkpoints
    let engine = try Engine(plan: session.engine.plan, precision: precision, threads: threads, options: options)
    for index in model.network.parameters.indices { try engine.setParameter(index, session.engine.parameter(index)) }
    var found: [[UInt64]] = []
    // Twice, and in two orders: nothing may be left from one batch for the next.
    for samples in [Array(0..<20), Array((0..<20).reversed())] {
      let result = try engine.run(try session.batch(source: 0, samples: samples, epoch: 1), gradient: true)
      #expect(result.spikeCounts[0] > 200)
      found.append([(result.loss ?? .nan).bitPattern] + result.spikeCounts.map { UInt64($0) })
      for (_, gradient) in result.gradients.sorted(by: { $0.key < $1.key }) {
        #expect(gradient.contains { $0 != 0 })
        found.append(gradient.map(\.bitPattern))
      }
    }
    return found
  }

  @Test(arguments: ["f32", "f64"], [false, true]) func equalBits(_ name: String, _ batchLoss: Bool) throws {
    let precision = try #require(Precision(rawValue: name))
    for reset in ["cut", "keep"] {
      let source = text(batchLoss: batchLoss, reset: reset)
      let whole = try outcome(source, precision, threads: 1, .never)
      // Segments of one tick, shorter than the delay, one that divides the run, one that does not, the whole run.
      for every in [1, 3, 10, 16, 49, 50, 1000] {
        let segments = try outcome(source, precision, threads: every % 3 + 1, .every(every))
        #expect(segments == whole, "every \(every) ticks, \(reset)")
      }
    }
  }

  /// Many ticks: chosen without being told, in a small part of the memory, with the same bits.
  @Test func longRuns() throws {
    let source = text(batchLoss: false).replacing("run for 50 ms", with: "run for 25 s")
      .replacing("samples = 20, units = 23, steps = 50", with: "samples = 8, units = 23, steps = 25_000").replacing(
        "in 10 ms ..< 30 ms ", with: "")
    let model = try Reference.model(source)
    let session = try Session(model, gradient: true)
    func engine(_ checkpoints: Checkpoints) throws -> Engine {
      var options = EngineOptions()
      options.checkpoints = checkpoints
      options.chunkSize = 8
      let engine = try Engine(plan: session.engine.plan, precision: .f32, options: options)
      for index in model.network.parameters.indices { try engine.setParameter(index, session.engine.parameter(index)) }
      return engine
    }
    let engines = try [engine(.automatic), engine(.never)]
    let batch = try session.batch(source: 0, samples: Array(0..<8), epoch: 0)
    let results = try engines.map { try $0.run(batch, gradient: true) }
    #expect(results[0].loss?.bitPattern == results[1].loss?.bitPattern)
    #expect(results[0].gradients == results[1].gradients)
    let forecasts = engines.map { $0.memoryForecast(samples: 8) }
    #expect(forecasts[0] < forecasts[1] / 2, "\(forecasts)")
  }

  /// Recorded histories are foreseen as long as they come, with the copy of one in which it is given away; with ticks and
  /// with exact times.
  @Test(arguments: ["step 1 ms", "step exact"]) func recordsAreForeseen(_ step: String) throws {
    let model = try Reference.model(
      """
      neuron Leak {
        state V = 1
        dV/dt = -V / 10 ms
      }
      network N {
        \(step)
        population few = Leak[3]
        population many = Leak[7]
      }
      task T of N { run for 40 ms }
      """)
    let session = try Session(model, records: try model.recordRequests(["few.V", "many.V"]))
    let result = try session.engine.run(
      try session.batch(source: nil, samples: [0], epoch: nil), gradient: false, records: true)
    let lengths = [0, 1].map { 8 * (result.records[$0]?.count ?? 0) }
    #expect(lengths[0] > 0 && lengths[1] * 3 == lengths[0] * 7)
    let extra = session.engine.memoryForecast(samples: 1, records: true) - session.engine.memoryForecast(samples: 1)
    #expect(extra == lengths[0] + 2 * lengths[1])
  }

  /// A program says how often; the setting changes no bit of what is learned.
  @Test func setting() throws {
    let plain = text(batchLoss: true)
    let every = plain.replacing("batch 20", with: "checkpoint 7, batch 20")
    let trained = try [plain, every].map { source in
      let trainer = try Trainer(Session(Reference.model(source), gradient: true))
      try trainer.train()
      return trainer.session.parameter("w_rec")
    }
    #expect(trained[0] != nil && trained[0] == trained[1])
  }
}
