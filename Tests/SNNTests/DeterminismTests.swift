import Foundation
import SNN
import SNNIR
import SNNRuntime
import Testing

/// The same numbers, bit for bit, whatever the number of threads, the instruction set and the interruptions.
@Suite struct DeterminismTests {
  /// Forty samples, three dozen neurons, recurrence, a delay, learned time constants and a loss over the whole batch.
  static func source(more: String = "", feed: String = "rate(sample / 4, max = 80 Hz)") -> String {
    """
    neuron LIF {
      param tau_mem = 10 ms in 2 ms .. 60 ms
      param tau_syn = 5 ms
      state U = 0
      state I ~ normal(0, 0.1)
      dU/dt = -(U - I) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += w }
      spike when U > 1
      on spike { U -= 1 }
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
      connect a -> a as w_rec { learnable weight ~ normal(0, 0.2), delay = 3 ms }
      connect a -> out as w_out { learnable weight ~ normal(0, 0.5) }
      \(more)
    }
    task tell of N {
      data train = random_patterns(samples = 40, units = 23, steps = 25, rate = 60 Hz, classes = 3, seed = 2)
      feed x = \(feed)
      run for 25 ms
      loss = cross_entropy(max over time of out.U, label)
           + 1e-2 * mean over units of ((mean over samples of (sum over time of a.spike)) - 3)^2
      score accuracy = argmax(max over time of out.U) == label
      learn by bptt { surrogate = fast_sigmoid(5) }
      optimise adam(rate = 1e-2)
      batch 16, epochs 2, seed 7
    }
    """
  }

  /// Loss, gradients and parameters as bits.
  struct Outcome: Equatable {
    var losses: [UInt64] = []
    var gradients: [Int: [UInt64]] = [:]
    var parameters: [[UInt64]] = []
  }

  /// A gradient, and three updates, of all samples.
  private func outcome(
    _ precision: Precision, threads: Int = 1, options: EngineOptions = EngineOptions()
  ) throws -> Outcome {
    let model = try Reference.model(Self.source(feed: "direct(sample)"))
    let session = try Session(model, options: SessionOptions(precision: precision), gradient: true)
    let batch = try session.batch(source: 0, samples: Array(0..<40), epoch: 0)
    let engine = try Engine(plan: session.engine.plan, precision: precision, threads: threads, options: options)
    #expect(options.instructionSet == nil || engine.instructionSet == options.instructionSet)
    for index in model.network.parameters.indices {
      try engine.setParameter(index, session.engine.parameter(index))
    }
    var result = Outcome()
    for _ in 0..<3 {
      let gradient = try engine.run(batch, gradient: true)
      #expect(gradient.spikeCounts[0] > 100)
      result.losses.append((gradient.loss ?? .nan).bitPattern)
      result.gradients = gradient.gradients.mapValues { $0.map(\.bitPattern) }
      _ = try engine.step(batch, optimiser: model.task.optimiser, learnable: model.learnable)
    }
    result.parameters = model.network.parameters.indices.map { engine.parameter($0).map(\.bitPattern) }
    return result
  }

  @Test(arguments: ["f32", "f64"]) func threadsChangeNothing(_ name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    for chunk in [nil, 3] {
      var options = EngineOptions()
      options.chunkSize = chunk
      let one = try outcome(precision, options: options)
      #expect(Set(one.losses).count == 3)
      for threads in [2, 3, 7] {
        let several = try outcome(precision, threads: threads, options: options)
        #expect(several == one, "\(threads) threads, chunks of \(chunk ?? 0)")
      }
    }
  }

  @Test(arguments: ["f32", "f64"]) func instructionSetsChangeNothing(_ name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    let best = try outcome(precision)
    for set in InstructionSet.available {
      var options = EngineOptions()
      options.instructionSet = set
      let forced = try outcome(precision, options: options)
      #expect(forced == best, "\(set)")
    }
    var unfused = EngineOptions()
    unfused.fuses = false
    let plain = try outcome(precision, options: unfused)
    #expect(plain == best)
  }

  private func gradients(chunk: Int?, order: [Int] = Array(0..<40)) throws -> BatchResult {
    let model = try Reference.model(Self.source())
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    var options = EngineOptions()
    options.chunkSize = chunk
    let engine = try Engine(plan: session.engine.plan, precision: .f64, threads: 2, options: options)
    for index in model.network.parameters.indices {
      try engine.setParameter(index, session.engine.parameter(index))
    }
    return try engine.run(try session.batch(source: 0, samples: order, epoch: 0), gradient: true)
  }

  /// Chunks, and the order of samples within a batch, change roundings alone.
  @Test func chunksAndOrderChangeRoundingsAlone() throws {
    let whole = try gradients(chunk: 40)
    let others = [
      try gradients(chunk: 1), try gradients(chunk: 7), try gradients(chunk: nil),
      try gradients(chunk: 40, order: (0..<40).map { ($0 * 7 + 3) % 40 }),
    ]
    for other in others {
      #expect(other.spikeCounts == whole.spikeCounts)
      #expect(abs((other.loss ?? .nan) - whole.loss!) < 1e-13 * abs(whole.loss!))
      for (index, gradient) in whole.gradients {
        let error = Reference.error(other.gradients[index], gradient)
        #expect(error < 1e-12, "\(index): \(error)")
      }
    }
  }

  /// What is known once for a batch does not stay for another of a different size.
  @Test func theBatchBeforeChangesNoGradient() throws {
    let model = try Reference.model(Self.source(feed: "direct(sample)"))
    func session() throws -> Session {
      try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    }
    let (used, new) = (try session(), try session())
    _ = try used.engine.run(try used.batch(source: 0, samples: Array(0..<40), epoch: 0), gradient: true)
    let batch = try new.batch(source: 0, samples: Array(0..<7), epoch: 0)
    #expect(try used.engine.run(batch, gradient: true).gradients == new.engine.run(batch, gradient: true).gradients)
  }

  /// Stopped in the middle of an epoch and gone on with from the file, training leaves the same file.
  @Test(arguments: ["f32", "f64"]) func resumedTrainingIsTheSame(_ name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    let model = try Reference.model(Self.source())
    func trainer() throws -> Trainer {
      try Trainer(Session(model, options: SessionOptions(precision: precision, threads: 2), gradient: true))
    }
    try Reference.withFolder { folder in
      let path = { (file: String) in folder.appending(path: file).path }
      let whole = try trainer()
      try whole.train()
      try whole.save(path("whole"))
      let first = try trainer()
      var batches = 0
      #expect(throws: SNNError.self) { try first.train(isCancelled: { batches == 2 }) { _ in batches += 1 } }
      #expect(first.epoch == 0 && first.batchInEpoch == 2)
      try first.save(path("half"))
      let second = try trainer()
      try second.resume(path("half"))
      try second.train()
      try second.save(path("resumed"))
      #expect(second.history == whole.history)
      #expect(second.history.count == 2)
      #expect(try Self.bytes(path("resumed")) == Self.bytes(path("whole")))
      #expect(try Self.bytes(path("resumed")) != Self.bytes(path("half")))
    }
  }

  /// A file's bytes, or those of all files of a folder.
  private static func bytes(_ path: String) throws -> [String: Data] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return ["": try Data(contentsOf: URL(filePath: path))]
    }
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      result[name] = FileManager.default.contents(atPath: path + "/" + name)
    }
    return result
  }

  /// Draws are keyed by what is drawn: a population more, in front of the others, leaves them alone.
  @Test func anotherPopulationChangesNoDraw() throws {
    let more = """
      population b = LIF[5](learnable tau_syn ~ uniform(3 ms, 8 ms))
        connect b -> b as w_b { learnable weight ~ normal(0, 1) }
      """
    let plain = try Reference.model(Self.source())
    var text = Self.source()
    text.replace("population a =", with: "\(more)\n  population a =", maxReplacements: 1)
    let extended = try Reference.model(text)
    #expect(extended.network.population(named: "b") == 0)
    let sessions = try [plain, extended].map {
      try Session($0, options: SessionOptions(precision: .f64), gradient: true)
    }
    for parameter in plain.network.parameters {
      let values = sessions[0].parameter(parameter.name)
      #expect(values != nil && sessions[1].parameter(parameter.name) == values, "\(parameter.name)")
    }
    let batches = try sessions.map { try $0.batch(source: 0, samples: Array(0..<16), epoch: 3) }
    #expect(batches[0].inputs == batches[1].inputs)
    let results = try zip(sessions, batches).map { try $0.engine.run($1, gradient: true) }
    #expect(results[0].loss == results[1].loss)
    #expect(
      results[0].gradients[0] == results[1].gradients[try #require(extended.network.parameter(named: "a.tau_mem"))])
  }
}
