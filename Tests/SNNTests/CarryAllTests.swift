import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// `carry state` without names: a sample goes on from the one before in all that it is, so that two samples of T ticks
/// are one of 2 T, to the bit.
@Suite struct CarryAllTests {
  static let neurons = """
    neuron Cell {
      state V = 0.3
      state g = 0
      state n = 0
      drive I
      dV/dt = (g + I - V) / 7 ms + 0.02 * sin(t / 3 ms) / 1 ms
      dg/dt = -g / 4 ms
      next n = n + spike
      on input(w) { g += w }
      on kick(w) { V += (1 - spike) * w }
      spike when V > 1
      on spike { V -= 1 }
      refractory 4 ms hold V
    }
    neuron Crossing {
      state V = 0.7
      drive I
      dV/dt = (I - V) / 9 ms
      on input(w) { V += w }
      spike when V crosses 0.6
    }
    """

  /// Delays longer than a sample, drawn ones, analog ones; thresholds that are crossed; refractoriness; `t`.
  static func source(ticks: Int, carries: Bool, rule: String = "bptt", isCoupled: Bool = true) -> String {
    """
    \(neurons)
    network N {
      step 1 ms
      input x : spikes[4]
      input y[3] : 1
      population c = Cell[5]
      population k = Crossing[3]
      connect x -> c as w_in { learnable weight ~ normal(0.6, 0.5), delay = 3 ms }
      connect c -> c.kick as w_rec { learnable weight ~ normal(0.1, 0.3), delay = 13 ms }
      connect c -> k as w_out { pattern random(p = 0.7), weight ~ normal(0.2, 0.5), delay ~ uniform(1 ms, 17 ms) }
      connect k -> c { weight ~ normal(0.2, 0.3), delay = 2 ms }
      connect y -> c.I { weight ~ normal(0.4, 0.5), delay = 4 ms }
      connect \(isCoupled ? "c.V" : "y") -> k.I { weight ~ normal(0.2, 0.5), delay = 5 ms }
    }
    task follow of N {
      data train = random_patterns(samples = 3, units = 4, steps = \(ticks), rate = 150 Hz)
      feed x = direct(sample)
      feed y = 1 + 0.5 * sin(t / 4 ms)
      run for \(ticks) ms
      loss = mean over units of (mean over time of (c.V - 0.3)^2)
      score last = last over time of k.V[1]
      learn by \(rule) { surrogate = fast_sigmoid(4) }
      optimise sgd(rate = 0.05)
      batch 1, epochs 2, seed 4
      \(carries ? "carry state" : "")
    }
    """
  }

  static let names = ["c.V", "c.g", "c.n", "c.spike", "k.V", "k.spike"]

  /// The same sample's values by tick and record.
  static func rows(_ session: Session, _ batch: Batch, gradient: Bool) throws -> [[Double]] {
    let result = try session.engine.run(batch, gradient: gradient, records: true)
    session.carry(result.carried)
    let units = [5, 5, 5, 5, 3, 3]
    return units.indices.map { index in
      Array((result.records[index] ?? []).dropFirst(units[index]))
    }
  }

  /// One after the other, as one sample: row n of the second is row T + n.
  static func joined(_ parts: [Batch], ticks: Int) -> Batch {
    var whole = parts[0]
    for drive in whole.drives.keys { whole.drives[drive] = parts.flatMap { $0.drives[drive] ?? [] } }
    for (input, first) in parts[0].inputs.enumerated() {
      switch first {
      case .spikes(var spikes):
        for part in parts.dropFirst() {
          guard case .spikes(let more) = part.inputs[input] else { continue }
          spikes.bins += more.bins
          spikes.offsets += more.offsets.dropFirst().map { $0 + spikes.units.count }
          spikes.units += more.units
        }
        whole.inputs[input] = .spikes(spikes)
      case .dense:
        whole.inputs[input] = .dense(
          parts.flatMap { part -> [Double] in if case .dense(let values) = part.inputs[input] { values } else { [] } })
      default: continue
      }
    }
    return whole
  }

  @Test(arguments: [false, true], [false, true])
  func twoSamplesAreOne(_ isDouble: Bool, _ gradient: Bool) throws {
    let precision: Precision = isDouble ? .f64 : .f32
    let ticks = 10
    let model = try Reference.model(Self.source(ticks: ticks, carries: true))
    let options = SessionOptions(precision: precision, seed: 4)
    let short = try Session(
      model, options: options, gradient: gradient, records: try model.recordRequests(Self.names))
    try short.restartStates()
    var parts: [Batch] = []
    var found = Self.names.map { _ in [Double]() }
    for sample in 0..<3 {
      parts.append(try short.batch(source: 0, samples: [sample], epoch: nil))
      for (index, rows) in try Self.rows(short, parts[sample], gradient: gradient).enumerated() { found[index] += rows }
    }
    let other = try Reference.model(Self.source(ticks: 3 * ticks, carries: false))
    let long = try Session(
      other, options: options, gradient: gradient, records: try other.recordRequests(Self.names))
    let expected = try Self.rows(long, Self.joined(parts, ticks: ticks), gradient: gradient)
    for (name, (a, b)) in zip(Self.names, zip(found, expected)) {
      #expect(a == b, "\(name)")
      // Something happens in every part.
      #expect(Set(b.suffix(b.count / 3)).count > 1, "\(name)")
    }
  }

  /// The means of an evaluation are those of the parts, with any number of threads, and the same again.
  @Test func evaluationBeginsAnew() throws {
    let model = try Reference.model(Self.source(ticks: 10, carries: true))
    let one = try Session(model, options: SessionOptions(precision: .f64))
    let first = try one.evaluate(0)
    #expect(try one.evaluate(0) == first)
    #expect(try Session(model, options: SessionOptions(precision: .f64, threads: 3)).evaluate(0) == first)
    let plain = try Session(
      try Reference.model(Self.source(ticks: 10, carries: false)), options: SessionOptions(precision: .f64))
    #expect(try plain.evaluate(0) != first)
  }

  /// The gradient of a sample that begins with what another has left: numbers, so that it is the difference of its loss
  /// with soft spikes; and forward in time it is the same.
  @Test func gradientsOfASample() throws {
    var found: [[Int: [Double]]] = []
    for rule in ["bptt", "rtrl"] {
      let model = try Reference.model(Self.source(ticks: 10, carries: true, rule: rule, isCoupled: false))
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
      try session.restartStates()
      for sample in 0..<2 {
        session.carry(try session.engine.run(session.batch(source: 0, samples: [sample], epoch: nil)).carried)
      }
      found.append(try session.gradients(of: session.batch(source: 0, samples: [2], epoch: nil)).gradients)
    }
    for (parameter, values) in found[0] {
      #expect(Reference.error(values, found[1][parameter] ?? []) < 1e-9, "parameter \(parameter)")
      #expect(values.contains { $0 != 0 })
    }
  }

  @Test func gradientsAreDifferences() throws {
    let model = try Reference.model(Self.source(ticks: 10, carries: true))
    var soft = try #require(model.task.learning)
    soft.spikes = .soft
    soft.reset = .keep
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true, rule: soft)
    try session.restartStates()
    for sample in 0..<2 {
      session.carry(try session.engine.run(session.batch(source: 0, samples: [sample], epoch: nil)).carried)
    }
    let batch = try session.batch(source: 0, samples: [2], epoch: nil)
    let gradients = try session.engine.run(batch, gradient: true).gradients
    for name in ["w_in", "w_rec"] {
      let index = try #require(model.network.parameter(named: name))
      let values = session.engine.parameter(index)
      for element in values.indices.prefix(8) {
        func loss(_ h: Double) throws -> Double {
          var moved = values
          moved[element] += h
          try session.engine.setParameter(index, moved)
          defer { try? session.engine.setParameter(index, values) }
          return try #require(try session.engine.run(batch).loss)
        }
        let difference = try (loss(1e-6) - loss(-1e-6)) / 2e-6
        #expect(abs(gradients[index]![element] - difference) < 1e-7 * max(1, abs(difference)), "\(name) \(element)")
      }
    }
  }

  /// Trained to the end, or stopped within an epoch and resumed from a file: the same bits.
  @Test(arguments: [false, true])
  func resumedWithinAnEpoch(_ isDouble: Bool) throws {
    let precision: Precision = isDouble ? .f64 : .f32
    let model = try Reference.model(Self.source(ticks: 10, carries: true))
    func session() throws -> Session {
      try Session(model, options: SessionOptions(precision: precision), gradient: true)
    }
    let whole = try session()
    try Trainer(whole).train()
    try Reference.withFolder { folder in
      let path = folder.appending(path: "part.h5").path
      let stopped = try Trainer(try session())
      var batches = 0
      #expect(throws: SNNError.self) {
        try stopped.train(isCancelled: { batches == 5 }, progress: { _ in batches += 1 })
      }
      try stopped.save(path)
      let rest = try session()
      let resumed = try Trainer(rest)
      try resumed.resume(path)
      try resumed.train()
      for name in ["w_in", "w_rec"] { #expect(rest.parameter(name) == whole.parameter(name)) }
    }
  }

  static func plastic(ticks: Int, carries: Bool) -> String {
    """
    \(neurons)
    synapse Pair {
      pre trace p = 0
      post trace q = 0
      state u = 0.5
      modulator r
      dp/dt = -p / 20 ms
      dq/dt = -q / 15 ms
      du/dt = (0.5 - u) / 30 ms
      on pre { weight -= 0.02 * q * (1 + r); p += 1; u += 0.1 * (1 - u) }
      on post { weight += 0.03 * p + 0.01 * pre.V; q += 1 }
      on every 7 ms { weight += 0.001 * u }
      deliver weight * u
    }
    network N {
      step 1 ms
      input x : spikes[4]
      population c = Cell[5]
      population d = Cell[4]
      signal v = mean over units of d.V
      connect x -> c { weight ~ normal(0.9, 0.5), delay = 3 ms }
      connect c -> d as w { weight ~ normal(0.9, 0.3), delay ~ uniform(1 ms, 17 ms), rule Pair(r = v) }
    }
    task follow of N {
      data train = random_patterns(samples = 3, units = 4, steps = \(ticks), rate = 250 Hz)
      feed x = direct(sample)
      feed c.I = 0.6
      feed d.I = 0.6
      run for \(ticks) ms
      batch 1, seed 4
      \(carries ? "carry state" : "")
    }
    """
  }

  @Test(arguments: [false, true])
  func tracesGoOn(_ isDouble: Bool) throws {
    let precision: Precision = isDouble ? .f64 : .f32
    let ticks = 12
    let model = try Reference.model(Self.plastic(ticks: ticks, carries: true))
    let options = SessionOptions(precision: precision, seed: 4)
    let short = try Session(model, options: options)
    try short.restartStates()
    var parts: [Batch] = []
    for sample in 0..<3 {
      parts.append(try short.batch(source: 0, samples: [sample], epoch: nil))
      short.carry(try short.engine.run(parts[sample]).carried)
    }
    let long = try Session(try Reference.model(Self.plastic(ticks: 3 * ticks, carries: false)), options: options)
    let first = try #require(long.parameter("w"))
    _ = try long.engine.run(Self.joined(parts, ticks: ticks))
    #expect(short.parameter("w") == long.parameter("w"))
    #expect(first != long.parameter("w"))
  }
}
