import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// `persistent state` and `carry state`: what goes on from one sample into the next.
@Suite struct CarryTests {
  static func source(_ head: String, task: String = "", batch: Int = 1) -> String {
    """
    neuron Cell {
      param tau = 5 ms
      learnable param rest = 0.25
      \(head) U = 2 * rest
      state n = 0
      next U = 0.9 * U + 0.1 * rest
      next n = n + 1
      on input(w) { U += w }
      spike when U > 1
      on spike { U -= 1 }
    }
    network N {
      step 1 ms
      input x : spikes[3]
      population c = Cell[2]
      connect x -> c as w { learnable weight ~ normal(0.3, 0.2) }
    }
    task follow of N {
      data train = random_patterns(samples = 4, units = 3, steps = 10, rate = 200 Hz)
      feed x = direct(sample)
      run for 10 ms
      loss = mean over units of (mean over time of (c.U - 0.3)^2)
      score last = last over time of c.U[1]
      score n = last over time of c.n[0]
      learn by bptt { surrogate = fast_sigmoid(4) }
      optimise sgd(rate = 0.05)
      batch \(batch), epochs 2, seed 2
      \(task)
    }
    """
  }

  /// U over the samples of the set, one after the other, as a plain loop.
  private static func expected(_ session: Session) throws -> [Double] {
    let weights = try #require(session.parameter("w"))
    let rest = try #require(session.parameter("c.rest"))[0]
    var U = [2 * rest, 2 * rest]
    var ends: [Double] = []
    for sample in 0..<4 {
      let batch = try session.batch(source: 0, samples: [sample], epoch: nil)
      guard case .spikes(let spikes) = batch.inputs[0] else { return [] }
      for bin in 0..<10 {
        for unit in 0..<2 {
          U[unit] = 0.9 * U[unit] + 0.1 * rest
          for place in spikes.offsets[bin]..<spikes.offsets[bin + 1] {
            U[unit] += weights[unit * 3 + Int(spikes.units[place])] * (spikes.values?[place] ?? 1)
          }
          if U[unit] > 1 { U[unit] -= 1 }
        }
      }
      ends.append(U[1])
    }
    return ends
  }

  @Test(arguments: [("persistent state", ""), ("state", "carry state c.U")])
  func aStateGoesOn(_ head: String, _ task: String) throws {
    let model = try Reference.model(Self.source(head, task: task))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let expected = try Self.expected(session)
    for _ in 0..<2 {
      let found = try session.evaluate(0)
      #expect(abs(found.scores[0] - expected.reduce(0, +) / 4) < 1e-12)
      // The other state begins anew.
      #expect(found.scores[1] == 10)
    }
    // `--batch` cannot make them run side by side.
    #expect {
      _ = try Session(model, options: SessionOptions(precision: .f64, batch: 3))
    } throws: {
      "\($0)".contains("samples cannot run 3 at a time")
    }
    let threaded = try Session(model, options: SessionOptions(precision: .f64, threads: 2))
    #expect(try threaded.evaluate(0).scores[0] == session.evaluate(0).scores[0])
    let plain = try Session(
      try Reference.model(Self.source("state")), options: SessionOptions(precision: .f64))
    #expect(try plain.evaluate(0).scores[0] != session.evaluate(0).scores[0])
  }

  /// `carry state P` is all states of P.
  @Test func allStatesOfAPopulation() throws {
    let session = try Session(
      try Reference.model(Self.source("state", task: "carry state c")), options: SessionOptions(precision: .f64))
    // Ticks 10, 20, 30 and 40.
    #expect(try session.evaluate(0).scores[1] == 25)
  }

  /// What comes from the sample before is a number to the gradient: the same sample with that as its first value.
  @Test func theGradientBeginsWithTheSample() throws {
    let model = try Reference.model(Self.source("persistent state"))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let first = try session.batch(source: 0, samples: [0], epoch: nil)
    let second = try session.batch(source: 0, samples: [1], epoch: nil)
    let ends = try session.engine.run(first).carried
    let values = try #require(ends[.state(population: 0, state: 0)])
    session.carry(ends)
    let found = try session.gradients(of: second)
    let other = try Reference.model(
      Self.source("state").replacing("state U = 2 * rest", with: "state U = \(values[0])")
        .replacing("mean over units of (mean over time of (c.U - 0.3)^2)", with: "mean over time of (c.U[0] - 0.3)^2"))
    let alone = try Session(other, options: SessionOptions(precision: .f64), gradient: true)
    let expected = try alone.gradients(of: second)
    let w = try #require(model.network.parameter(named: "w"))
    // Unit 0 alone; the mean over two units halves it.
    #expect(
      Reference.error(Array(found.gradients[w]![0..<3]), Array(expected.gradients[w]![0..<3]).map { $0 / 2 }) < 1e-12)
  }

  /// Trained to the end, or stopped within an epoch and resumed: the same bits. Samples come in the order of the file.
  @Test func resumedWithinAnEpoch() throws {
    let model = try Reference.model(Self.source("persistent state"))
    func session() throws -> Session {
      try Session(model, options: SessionOptions(precision: .f32), gradient: true)
    }
    let whole = try session()
    try Trainer(whole).train()
    try Reference.withFolder { folder in
      let path = folder.appending(path: "half.h5").path
      let part = try session()
      let stopped = try Trainer(part)
      var batches = 0
      #expect(throws: SNNError.self) {
        try stopped.train(isCancelled: { batches == 6 }, progress: { _ in batches += 1 })
      }
      try stopped.save(path)
      let rest = try session()
      let resumed = try Trainer(rest)
      try resumed.resume(path)
      try resumed.train()
      #expect(rest.parameter("w") == whole.parameter("w"))
      #expect(rest.parameter("c.rest") == whole.parameter("c.rest"))
    }
    #expect(whole.parameter("w") != (try session()).parameter("w"))
  }
}
