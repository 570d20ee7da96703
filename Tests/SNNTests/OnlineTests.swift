import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// Weights that change while the episode runs (`update = every TIME`), against the same algorithms as plain loops.
@Suite struct OnlineTests {
  /// Leak of the membrane, of the current and of the adaptation; how much a spike adds to it, and it to the threshold.
  struct Neuron: Sendable {
    var text: String
    var beta = 0.0
    /// The reset subtracts 1, or sets the membrane to 0.
    var subtracts = true
  }

  static let neurons = [
    Neuron(
      text: """
        neuron Hidden {
          state U = 0
          state I = 0
          next U = 0.9 * U + I
          next I = 0.8 * I
          on input(w) { I += w }
          spike when U > 1
          on spike { U = 0 }
        }
        """, subtracts: false),
    Neuron(
      text: """
        neuron Hidden {
          state U = 0
          state I = 0
          state a = 0
          next U = 0.9 * U + I
          next I = 0.8 * I
          next a = 0.95 * a + 0.2 * spike
          on input(w) { I += w }
          spike when U > 1 + 0.3 * a
          on spike { U -= 1 }
        }
        """, beta: 0.3),
  ]

  static func source(
    _ neuron: Neuron, rule: String, every: Int, hidden: Int = 5, samples: Int = 3,
    optimiser: String = "sgd(rate = 0.3)",
    rounds: String = ""
  ) -> String {
    neuron.text + """

      neuron Readout {
        state U = 0
        state I = 0
        next U = 0.9 * U + I
        next I = 0.8 * I
        on input(w) { I += w }
      }
      network N {
        step 1 ms
        input x : spikes[7]
        population hidden = Hidden[\(hidden)]
        population out = Readout[2]
        connect x -> hidden as w_in { learnable weight ~ normal(0.2, 0.6) }
        connect hidden -> hidden as w_rec { learnable weight ~ normal(0, 0.3) }
        connect hidden -> out as w_out { learnable weight ~ normal(0, 0.5) }
      }
      task tell of N {
        data train = random_patterns(samples = \(samples), units = 7, steps = 40, rate = 100 Hz, classes = 2, seed = 2)
        feed x = direct(sample)
        run for 40 ms
        loss = mean over time of cross_entropy(out.U, label)
        score accuracy = argmax(mean over time of out.U) == label
        learn by \(rule) { surrogate = fast_sigmoid(5), update = every \(every) ms }
        optimise \(optimiser)
        batch \(samples), epochs 2, seed 3
      }
      """
  }

  /// What both algorithms below are given: spikes `[sample][tick][unit]` where tick 0 acts on the first step, and labels.
  struct Episode {
    var spikes: [[[Double]]]
    var labels: [Int]
    var ticks: Int
    /// `[post][pre]`.
    var wIn: [[Double]]
    var wRec: [[Double]]
    var wOut: [[Double]]
  }

  static func task(_ session: Session, _ batch: Batch) throws -> Episode {
    func matrix(_ name: String, _ columns: Int) throws -> [[Double]] {
      let values = try #require(session.parameter(name))
      return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
    }
    guard case .spikes(let spikes) = batch.inputs[0] else { throw SNNError.model("no spikes") }
    let ticks = session.model.task.ticks
    let dense = (0..<batch.sampleCount).map { sample in
      (0..<ticks).map { tick in
        var row = [Double](repeating: 0, count: 7)
        let place = sample * spikes.bins + tick
        for k in spikes.offsets[place]..<spikes.offsets[place + 1] { row[Int(spikes.units[k])] += 1 }
        return row
      }
    }
    let hidden = session.model.network.populations[0].size
    let label = try #require(session.model.task.fields.firstIndex { $0.name == "label" })
    return Episode(
      spikes: dense, labels: batch.fields[label].map { Int($0) }, ticks: ticks, wIn: try matrix("w_in", 7),
      wRec: try matrix("w_rec", hidden), wOut: try matrix("w_out", hidden))
  }

  static func surrogate(_ x: Double) -> Double { 1 / ((5 * abs(x) + 1) * (5 * abs(x) + 1)) }

  static func softmax(_ x: [Double]) -> [Double] {
    let largest = x.max() ?? 0
    let terms = x.map { exp($0 - largest) }
    return terms.map { $0 / terms.reduce(0, +) }
  }

  static func zeros(_ rows: Int, _ columns: Int) -> [[Double]] {
    Array(repeating: Array(repeating: 0, count: columns), count: rows)
  }

  static func descend(_ w: inout [[Double]], _ gradient: inout [[Double]], rate: Double) {
    for i in w.indices {
      for j in w[i].indices {
        w[i][j] -= rate * gradient[i][j]
        gradient[i][j] = 0
      }
    }
  }

  /// One sample's neurons: what both algorithms simulate.
  struct State {
    var u: [Double]
    var i: [Double]
    var a: [Double]
    var s: [Double]
    var uOut = [0.0, 0.0]
    var iOut = [0.0, 0.0]

    init(_ n: Int) {
      u = Array(repeating: 0, count: n)
      (i, a, s) = (u, u, u)
    }

    /// From before arrivals to after the spike; gives the surrogate at the state that was compared, and ∂L/∂U of the
    /// readout.
    mutating func advance(
      _ neuron: Neuron, _ task: Episode, _ x: [Double], _ label: Int
    ) -> (psi: [Double], error: [Double]) {
      let before = s
      var psi = [Double](repeating: 0, count: u.count)
      for j in u.indices {
        for (k, spike) in x.enumerated() { i[j] += task.wIn[j][k] * spike }
        for (k, spike) in before.enumerated() { i[j] += task.wRec[j][k] * spike }
        let margin = u[j] - 1 - neuron.beta * a[j]
        psi[j] = surrogate(margin)
        s[j] = margin > 0 ? 1 : 0
        if s[j] > 0 { u[j] = neuron.subtracts ? u[j] - 1 : 0 }
      }
      for k in 0..<2 { for (j, spike) in before.enumerated() { iOut[k] += task.wOut[k][j] * spike } }
      var error = softmax(uOut)
      error[label] -= 1
      return (psi, error.map { $0 / Double(task.ticks * task.spikes.count) })
    }

    mutating func integrate() {
      for j in u.indices {
        u[j] = 0.9 * u[j] + i[j]
        i[j] *= 0.8
        a[j] = 0.95 * a[j] + 0.2 * s[j]
      }
      for k in 0..<2 {
        uOut[k] = 0.9 * uOut[k] + iOut[k]
        iOut[k] *= 0.8
      }
    }
  }

  /// e-prop (Bellec et al. 2020, eqs. 1-5): ΔW_ji = -η Σ_t L_j^t F(e_ji^t), L_j^t = Σ_k W_kj^t ∂E/∂y_k^t, F the readout's own
  /// filter; the weights change every so many ticks, by the mean over the batch.
  static func eprop(_ neuron: Neuron, _ given: Episode, every: Int, rate: Double) -> Episode {
    var task = given
    let n = task.wIn.count
    let sources = 7 + n
    let samples = task.spikes.count
    var states = Array(repeating: State(n), count: samples)
    // Of the hidden neurons by target and source (inputs, then neurons), and the readout's filters of ε_S.
    let empty = Array(repeating: zeros(n, sources), count: samples)
    var (epsU, epsI, epsA, epsS, filterU, filterI) = (empty, empty, empty, empty, empty, empty)
    // Of the readout, by source.
    var (outU, outI) = (zeros(samples, n), zeros(samples, n))
    var gradient = zeros(n, sources)
    var gradientOut = zeros(2, n)
    for tick in 1...task.ticks {
      for s in 0..<samples {
        let x = task.spikes[s][tick - 1]
        let arriving = x + states[s].s
        let (psi, error) = states[s].advance(neuron, task, x, task.labels[s])
        for q in 0..<n {
          outI[s][q] += arriving[7 + q]
          for k in 0..<2 { gradientOut[k][q] += error[k] * outU[s][q] }
        }
        for j in 0..<n {
          let signal = (0..<2).reduce(0) { $0 + task.wOut[$1][j] * error[$1] }
          for q in 0..<sources {
            epsI[s][j][q] += arriving[q]
            filterI[s][j][q] += epsS[s][j][q]
            gradient[j][q] += signal * filterU[s][j][q]
            // The spike's own reset of U passes nothing on.
            let eligible = psi[j] * (epsU[s][j][q] - neuron.beta * epsA[s][j][q])
            let kept = neuron.subtracts ? 1 : 1 - states[s].s[j]
            epsU[s][j][q] = 0.9 * kept * epsU[s][j][q] + epsI[s][j][q]
            epsI[s][j][q] *= 0.8
            epsA[s][j][q] = 0.95 * epsA[s][j][q] + 0.2 * eligible
            filterU[s][j][q] = 0.9 * filterU[s][j][q] + filterI[s][j][q]
            filterI[s][j][q] *= 0.8
            epsS[s][j][q] = eligible
          }
        }
        for q in 0..<n {
          outU[s][q] = 0.9 * outU[s][q] + outI[s][q]
          outI[s][q] *= 0.8
        }
        states[s].integrate()
      }
      guard tick % every == 0 || tick == task.ticks else { continue }
      update(&task, &gradient, &gradientOut, rate)
    }
    return task
  }

  static func update(
    _ task: inout Episode, _ gradient: inout [[Double]], _ gradientOut: inout [[Double]], _ rate: Double
  ) {
    var first = gradient.map { Array($0[..<7]) }
    var second = gradient.map { Array($0[7...]) }
    descend(&task.wIn, &first, rate: rate)
    descend(&task.wRec, &second, rate: rate)
    descend(&task.wOut, &gradientOut, rate: rate)
    gradient = zeros(gradient.count, gradient[0].count)
  }

  /// Real-time recurrent learning (Williams & Zipser 1989): every state's derivative by every weight (target, source),
  /// carried on through the weights as they are at each tick.
  static func rtrl(_ neuron: Neuron, _ given: Episode, every: Int, rate: Double) -> Episode {
    var task = given
    let n = task.wIn.count
    let sources = 7 + n
    let count = n * sources
    let samples = task.spikes.count
    var states = Array(repeating: State(n), count: samples)
    let empty = Array(repeating: zeros(n, count), count: samples)
    var (pU, pI, pA, pS) = (empty, empty, empty, empty)
    let emptyOut = Array(repeating: zeros(2, count), count: samples)
    var (qU, qI) = (emptyOut, emptyOut)
    var (outU, outI) = (zeros(samples, n), zeros(samples, n))
    var gradient = zeros(n, sources)
    var gradientOut = zeros(2, n)
    for tick in 1...task.ticks {
      for s in 0..<samples {
        let x = task.spikes[s][tick - 1]
        let arriving = x + states[s].s
        let (psi, error) = states[s].advance(neuron, task, x, task.labels[s])
        for q in 0..<n {
          outI[s][q] += arriving[7 + q]
          for k in 0..<2 { gradientOut[k][q] += error[k] * outU[s][q] }
          outU[s][q] = 0.9 * outU[s][q] + outI[s][q]
          outI[s][q] *= 0.8
        }
        let lastSpikes = pS[s]
        for p in 0..<count {
          let (target, source) = (p / sources, p % sources)
          for k in 0..<2 {
            for j in 0..<n { qI[s][k][p] += task.wOut[k][j] * lastSpikes[j][p] }
            gradient[target][source] += error[k] * qU[s][k][p]
            qU[s][k][p] = 0.9 * qU[s][k][p] + qI[s][k][p]
            qI[s][k][p] *= 0.8
          }
          for j in 0..<n {
            for other in 0..<n { pI[s][j][p] += task.wRec[j][other] * lastSpikes[other][p] }
            if j == target { pI[s][j][p] += arriving[source] }
            pS[s][j][p] = psi[j] * (pU[s][j][p] - neuron.beta * pA[s][j][p])
            let kept = neuron.subtracts ? 1 : 1 - states[s].s[j]
            pU[s][j][p] = 0.9 * kept * pU[s][j][p] + pI[s][j][p]
            pI[s][j][p] *= 0.8
            pA[s][j][p] = 0.95 * pA[s][j][p] + 0.2 * pS[s][j][p]
          }
        }
        states[s].integrate()
      }
      guard tick % every == 0 || tick == task.ticks else { continue }
      update(&task, &gradient, &gradientOut, rate)
    }
    return task
  }

  private func compare(
    _ neuron: Neuron, _ rule: String, every: Int, hidden: Int,
    _ algorithm: (Neuron, Episode, Int, Double) -> Episode
  ) throws {
    let model = try Reference.model(Self.source(neuron, rule: rule, every: every, hidden: hidden))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let (origin, samples) = session.samples(of: 0)
    let batch = try session.batch(source: origin, samples: samples, epoch: 0)
    let before = try Self.task(session, batch)
    let result = try session.engine.step(batch, optimiser: model.task.optimiser, learnable: model.learnable)
    #expect(result.spikeCounts[0] > 20)
    let after = try Self.task(session, batch)
    let expected = algorithm(neuron, before, every, 0.3)
    for path in [\Episode.wIn, \Episode.wRec, \Episode.wOut] {
      let change = zip(before[keyPath: path].flatMap { $0 }, expected[keyPath: path].flatMap { $0 }).map { $1 - $0 }
      #expect((change.map(abs).max() ?? 0) > 1e-3)
      let error = Reference.error(after[keyPath: path].flatMap { $0 }, expected[keyPath: path].flatMap { $0 })
      #expect(error < 1e-9, "\(rule), every \(every) ms: \(error)")
    }
  }

  @Test(arguments: neurons.indices, [1, 7]) func epropIsItsFormulas(_ neuron: Int, _ every: Int) throws {
    try compare(Self.neurons[neuron], "eprop", every: every, hidden: 5) {
      Self.eprop($0, $1, every: $2, rate: $3)
    }
  }

  @Test(arguments: neurons.indices, [1, 7]) func rtrlIsItsFormulas(_ neuron: Int, _ every: Int) throws {
    try compare(Self.neurons[neuron], "rtrl", every: every, hidden: 3) { Self.rtrl($0, $1, every: $2, rate: $3) }
  }

  /// One update of the whole run is an update of the episode.
  @Test func onceIsTheEpisode() throws {
    func weights(_ source: String) throws -> [[Double]] {
      let model = try Reference.model(source)
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
      try Trainer(session).train()
      return model.network.parameters.indices.map { session.engine.parameter($0) }
    }
    let online = Self.source(Self.neurons[1], rule: "eprop", every: 40)
    let episode = try weights(online.replacing("every 40 ms", with: "episode"))
    let found = try weights(online)
    let often = try weights(online.replacing("every 40 ms", with: "every 1 ms"))
    for (index, expected) in episode.enumerated() where expected.count > 1 {
      #expect(Reference.error(found[index], expected) < 1e-10)
      #expect(Reference.error(often[index], expected) > 1e-3)
    }
  }

  static let optimisers = [
    "sgd(rate = 0.1, momentum = 0.9)", "adam(rate = 0.01)", "adamw(rate = 0.01)", "adamax(rate = 0.01)",
    "rmsprop(rate = 0.01)", "rmaxprop(rate = 0.01)",
  ]

  /// Equal bits for any number of threads, every optimiser, and where training stops and goes on.
  @Test(arguments: optimisers, ["f32", "f64"]) func bitsStay(_ optimiser: String, _ name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    var learned = Self.neurons[1].text.replacing(
      "neuron Hidden {", with: "neuron Hidden {\n  param tau = 10 ms in 2 ms .. 60 ms")
    learned = learned.replacing("0.9 * U", with: "exp(-dt / tau) * U")
    let neuron = Neuron(text: learned)
    let source = Self.source(neuron, rule: "eprop", every: 3, hidden: 21, samples: 41, optimiser: optimiser)
      .replacing("Hidden[21]", with: "Hidden[21](learnable tau ~ uniform(5 ms, 20 ms))")
      .replacing("batch 41", with: "batch 30")
    let model = try Reference.model(source)
    func trainer(_ threads: Int) throws -> Trainer {
      try Trainer(Session(model, options: SessionOptions(precision: precision, threads: threads), gradient: true))
    }
    func bits(_ trainer: Trainer) -> [[UInt64]] {
      model.network.parameters.indices.map { trainer.session.engine.parameter($0).map(\.bitPattern) }
    }
    let one = try trainer(1)
    let start = bits(one)
    try one.train()
    for index in model.network.parameters.indices where model.network.parameters[index].isLearnable {
      #expect(bits(one)[index] != start[index], "NAME \(model.network.parameters[index].name)")
    }
    let three = try trainer(3)
    try three.train()
    #expect(bits(three) == bits(one))
    try Reference.withFolder { folder in
      let path = folder.appending(path: "half.h5").path
      let first = try trainer(2)
      first.epochs = 1
      try first.train()
      try first.save(path)
      let second = try trainer(2)
      try second.resume(path)
      second.epochs = 2
      try second.train()
      #expect(bits(second) == bits(one))
    }
  }

  static func endless(_ time: String, rule: String) -> String {
    """
    neuron Noisy {
      state U = 0
      dU/dt = -(U - 1) / (10 ms) + 0.5 * sqrt(2 / 10 ms) * xi
      on input(w) { U += w }
      spike when U > 1
      on spike { U = 0 }
    }
    neuron Readout {
      state U = 0
      dU/dt = -U / (10 ms)
      on input(w) { U += w }
    }
    network N {
      step 1 ms
      population hidden = Noisy[4]
      population out = Readout[1]
      connect hidden -> hidden as w_rec { learnable weight ~ normal(0, 0.1), delay = 3 ms }
      connect hidden -> out as w_out { learnable weight ~ normal(0, 0.5) }
    }
    task hold of N {
      run for \(time)
      loss = mean over time of (out.U[0] - 0.5)^2
      learn by \(rule)
      optimise sgd(rate = 1e-2)
      batch 1, epochs 1, seed 3
    }
    """
  }

  /// What a run takes does not depend on how long it is; that of the same task in backward mode does.
  @Test func memoryStays() throws {
    func bytes(_ time: String, _ rule: String) throws -> Int {
      let session = try Session(Reference.model(Self.endless(time, rule: rule)), gradient: true)
      return session.engine.memoryForecast(samples: 4)
    }
    let online = "eprop { surrogate = fast_sigmoid(5), update = every 10 ms }"
    #expect(try bytes("100 ms", online) == bytes("1000000 ms", online))
    let backward = "bptt { surrogate = fast_sigmoid(5) }"
    #expect(try bytes("100 ms", backward) < bytes("10000 ms", backward))
  }

  /// A run of which a part diverges changes nothing, and says where.
  @Test func faultsChangeNothing() throws {
    let source = Self.source(Self.neurons[1], rule: "eprop", every: 1, optimiser: "sgd(rate = 1e308)")
    let model = try Reference.model(source)
    let session = try Session(model, options: SessionOptions(precision: .f32), gradient: true)
    let before = model.network.parameters.indices.map { session.engine.parameter($0) }
    let (origin, samples) = session.samples(of: 0)
    let batch = try session.batch(source: origin, samples: samples, epoch: 0)
    let error = #expect(throws: RuntimeError.self) {
      try session.engine.step(batch, optimiser: model.task.optimiser, learnable: model.learnable)
    }
    guard case .fault(let fault)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fault.tick != nil && fault.tick! < 40, "\(fault)")
    #expect(model.network.parameters.indices.map { session.engine.parameter($0) } == before)
  }
}
