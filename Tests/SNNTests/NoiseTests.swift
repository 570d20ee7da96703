import Foundation
import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// White noise, spikes by chance and graded outputs: against theory, and the same numbers whatever runs them.
@Suite struct NoiseTests {
  /// One of everything that draws.
  static func source(order: [String] = ["a", "b", "out"], batch: Int = 12) -> String {
    let populations = [
      "a": "population a = Noisy[17](learnable sigma = 0.4)", "b": "population b = Chance[9]",
      "out": "population out = Readout[3]",
    ]
    return """
      neuron Noisy {
        learnable param tau = 8 ms
        param sigma = 0.4
        state U = 0
        state g = 0
        dU/dt = -(U - g) / tau + sigma * (1 + 0.1 * U) * xi / sqrt(1 ms) + 0.1 * xi_common / sqrt(1 ms)
        dg/dt = -g / (4 ms) + 0.05 * xi_common / sqrt(1 ms)
        on input(w) { g += w }
        spike when U > 1
        on spike { U = 0 }
      }
      neuron Chance {
        learnable param rate = 0.3 /ms
        param theta = 1
        state U = 0
        dU/dt = -U / 6 ms
        on input(w) { U += w }
        spike with rate rate * exp(U - theta)
        on spike { U -= 0.5 }
        refractory 2 ms
      }
      neuron Readout {
        state U = 0
        dU/dt = -U / 10 ms
        on input(w) { U += w }
      }
      network N {
        step 1 ms
        input x : spikes[20]
        \(order.map { populations[$0]! }.joined(separator: "\n  "))
        connect x -> a as w_in { learnable weight ~ normal(0.3, 0.8) }
        connect a -> b as w_ab { learnable weight ~ normal(0.2, 0.5) }
        connect b -> a as w_ba { learnable weight ~ normal(0, 0.3), delay = 3 ms }
        connect b -> out as w_out { learnable weight ~ normal(0, 0.5) }
      }
      task tell of N {
        data train = random_patterns(samples = 24, units = 20, steps = 30, rate = 60 Hz, classes = 3, seed = 0)
        feed x = direct(sample)
        run for 30 ms
        loss = cross_entropy(max over time of out.U, label)
        learn by bptt { surrogate = sigmoid(5) }
        optimise adam(rate = 1e-2)
        batch \(batch), epochs 2, seed 3
      }
      """
  }

  private static func session(_ source: String, _ precision: Precision = .f64, threads: Int = 1) throws -> Session {
    try Session(
      Reference.model(source), options: SessionOptions(precision: precision, threads: threads), gradient: true)
  }

  private static let epoch = 0

  // MARK: The same numbers

  @Test func engineMatchesTheReference() throws {
    let session = try Self.session(Self.source(), threads: 2)
    let batch = try session.batch(source: 0, samples: Array(0..<12), epoch: Self.epoch)
    let engine = session.engine
    var reference = ReferenceExecutor(
      plan: engine.plan, parameters: engine.plan.parameters.indices.map { engine.parameter($0) })
    let expected = try reference.run(batch, gradient: true)
    let result = try engine.run(batch, gradient: true)
    #expect(expected.spikeCounts[0] > 50 && expected.spikeCounts[1] > 50)
    #expect(result.spikeCounts == expected.spikeCounts)
    #expect(abs(result.loss! - expected.loss!) < 1e-12 * abs(expected.loss!))
    for (parameter, gradient) in expected.gradients {
      let error = Reference.error(result.gradients[parameter], gradient)
      #expect(error < 1e-10, "\(engine.plan.parameters[parameter].name)")
      #expect(gradient.contains { $0 != 0 }, "\(engine.plan.parameters[parameter].name)")
    }
  }

  private struct Outcome: Equatable {
    var loss: UInt64
    var gradients: [Int: [UInt64]]
  }

  private func outcome(
    _ precision: Precision, threads: Int = 1, _ options: EngineOptions = EngineOptions()
  ) throws -> Outcome {
    let session = try Self.session(Self.source(), precision)
    let engine = try Engine(plan: session.engine.plan, precision: precision, threads: threads, options: options)
    for index in engine.plan.parameters.indices { try engine.setParameter(index, session.engine.parameter(index)) }
    let batch = try session.batch(source: 0, samples: Array(0..<24), epoch: 1)
    let result = try engine.run(batch, gradient: true)
    return Outcome(
      loss: result.loss!.bitPattern, gradients: result.gradients.mapValues { $0.map(\.bitPattern) })
  }

  @Test(arguments: ["f32", "f64"]) func threadsAndInstructionSetsChangeNothing(_ name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    let one = try outcome(precision)
    for threads in [2, 3, 7] { #expect(try outcome(precision, threads: threads) == one) }
    for set in InstructionSet.available {
      var options = EngineOptions()
      options.instructionSet = set
      #expect(try outcome(precision, options) == one, "\(set)")
    }
    var unfused = EngineOptions()
    unfused.fuses = false
    #expect(try outcome(precision, unfused) == one)
  }

  /// A sample's spikes and potentials are its own, in whichever batch it stands and wherever its populations are declared.
  @Test func batchesAndOrderOfDeclarationChangeNothing() throws {
    func potentials(_ source: String, _ samples: [Int]) throws -> [String: [Double]] {
      let model = try Reference.model(source)
      let records = try model.recordRequests(["a.U", "a.spike", "b.spike", "out.U"])
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: false, records: records)
      let batch = try session.batch(source: 0, samples: samples, epoch: 2)
      let result = try session.engine.run(batch, records: true)
      var found: [String: [Double]] = [:]
      for (index, record) in records.enumerated() {
        let units = model.network.populations[record.population].size
        let values = try #require(result.records[index])
        let place = try #require(samples.firstIndex(of: 5))
        found[record.name] = (0...30).flatMap { tick in
          (0..<units).map { values[(tick * samples.count + place) * units + $0] }
        }
      }
      return found
    }
    let alone = try potentials(Self.source(), [5])
    #expect(alone["b.spike"]!.contains(1) && alone["a.spike"]!.contains(1))
    #expect(try potentials(Self.source(), Array(0..<24)) == alone)
    #expect(try potentials(Self.source(), [20, 3, 5]) == alone)
    #expect(try potentials(Self.source(order: ["out", "b", "a"]), [1, 5]) == alone)
    #expect(try potentials(Self.source(), [6, 5])["b.spike"] == alone["b.spike"])
  }

  /// Training draws anew in each epoch, evaluation the same every time; samples differ from each other.
  @Test func epochsDrawAnew() throws {
    let session = try Self.session(Self.source())
    func loss(_ samples: [Int], _ epoch: Int?) throws -> Double {
      try session.engine.run(try session.batch(source: 0, samples: samples, epoch: epoch)).loss!
    }
    let evaluation = try loss(Array(0..<12), nil)
    #expect(try loss(Array(0..<12), nil) == evaluation)
    #expect(try loss(Array(0..<12), 0) != evaluation)
    #expect(try loss(Array(0..<12), 0) != loss(Array(0..<12), 1))
  }

  @Test func resumedTrainingIsTheSame() throws {
    let model = try Reference.model(Self.source())
    func trainer() throws -> Trainer { try Trainer(Session(model, gradient: true)) }
    try Reference.withFolder { folder in
      let path = folder.appending(path: "half").path
      let whole = try trainer()
      try whole.train()
      let first = try trainer()
      var batches = 0
      #expect(throws: SNNError.self) { try first.train(isCancelled: { batches == 3 }) { _ in batches += 1 } }
      try first.save(path)
      let second = try trainer()
      try second.resume(path)
      try second.train()
      #expect(second.history == whole.history && whole.history.count == 2)
    }
  }

  // MARK: Theory

  /// Traces of one neuron without input: `[tick][unit]`.
  private func traces(
    _ neuron: String, _ variable: String, units: Int, ticks: Int, step: Double, _ precision: Precision = .f64
  ) throws -> [Double] {
    let model = try Reference.model(
      """
      \(neuron)
      network N {
        step \(step) ms
        population a = Cell[\(units)]
      }
      task look of N { run for \(Double(ticks) * step) ms, seed 4 }
      """.replacing(" ms, seed 4 }", with: " ms; seed 4 }"))
    let session = try Session(
      model, options: SessionOptions(precision: precision), records: try model.recordRequests(["a.\(variable)"]))
    return try session.run().recordings[0].values
  }

  /// dX = -X/τ dt + σ√(2/τ) dW. The discrete chain x' = a x + s N has the variance s²/(1 - a²) and the autocorrelation a^k:
  /// Euler-Maruyama a = 1 - h, s² = 2 σ² h with h = dt/τ; Heun a = 1 - h + h²/2, s² = 2 σ² h (1 - h/2)². At h = 0.4 these
  /// are 1.25 σ² and 0.99 σ², which the test tells apart; both tend to σ².
  @Test(arguments: ["euler", "heun", "auto"]) func ornsteinUhlenbeck(_ method: String) throws {
    let h = 0.4
    let values = try traces(
      """
      neuron Cell {
        state X = 0 mV
        dX/dt = -X / 10 ms + 3 mV * sqrt(2 / 10 ms) * xi
        integrate \(method)
      }
      """, "X", units: 200, ticks: 2000, step: 10 * h)
    let a = method == "euler" ? 1 - h : 1 - h + h * h / 2
    let s2 = 2 * 9 * h * (method == "euler" ? 1 : (1 - h / 2) * (1 - h / 2))
    let settled = Array(values.dropFirst(100 * 200))
    let n = Double(settled.count)
    let variance = settled.reduce(0) { $0 + $1 * $1 } / n
    let expected = s2 / (1 - a * a)
    // The variance of the estimate: 2 σ⁴ / n times (1 + a²) / (1 - a²).
    let error = expected * (2 / n * (1 + a * a) / (1 - a * a)).squareRoot()
    #expect(abs(variance - expected) < 4 * error, "\(variance), \(expected)")
    for lag in [1, 3] {
      let product = zip(settled, settled.dropFirst(lag * 200)).reduce(0) { $0 + $1.0 * $1.1 } / n
      #expect(abs(product / variance - .pow(a, lag)) < 4 / n.squareRoot() * 3, "lag \(lag)")
    }
  }

  /// Itô, not Stratonovich: for dX = σ X dW the mean stays 1 (Stratonovich's would grow as exp(σ² t / 2)). At σ² t = 0.5
  /// that is 1.28.
  @Test(arguments: ["euler", "heun"]) func multiplicativeNoiseIsIto(_ method: String) throws {
    let values = try traces(
      """
      neuron Cell {
        state X = 1
        dX/dt = 0.1 * X * xi / sqrt(1 ms)
        integrate \(method)
      }
      """, "X", units: 20_000, ticks: 500, step: 0.1)
    let last = values.suffix(20_000)
    let mean = last.reduce(0, +) / 20_000
    // The variance of X is exp(σ² t) - 1 = 0.65.
    #expect(abs(mean - 1) < 5 * (0.65 / 20_000).squareRoot(), "\(mean)")
  }

  /// The mean time between spikes of a LIF neuron with white noise (Siegert 1951; Ricciardi 1977), with the threshold moved
  /// by 0.5826 standard deviations of a step's noise, as it is only looked at on the grid (Chernoff 1965; Asmussen, Glynn &
  /// Pitman 1995): at 0.1 ms, τ 10 ms, θ 8 mV, σ 4 mV, 2 ms refractory, 122.55 ms.
  @Test(arguments: ["f32", "f64"]) func firstPassage(_ name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    let units = 400
    let spikes = try traces(
      """
      neuron Cell {
        state V = 0 mV
        dV/dt = -V / 10 ms + 4 mV * sqrt(2 / 10 ms) * xi
        spike when V > 8 mV
        on spike { V = 0 mV }
        refractory 2 ms hold V
      }
      """, "spike", units: units, ticks: 20_000, step: 0.1, precision)
    let theta = 8 + 0.5826 * 4 * (2 * 0.1 / 10).squareRoot()
    var integral = 0.0
    let upper = theta / (4 * 2.0.squareRoot())
    for k in 0..<10_000 {
      let u = upper * (Double(k) + 0.5) / 10_000
      integral += exp(u * u) * (1 + erf(u)) * upper / 10_000
    }
    let expected = 10 * Double.pi.squareRoot() * integral + 2
    #expect(abs(expected - 122.55) < 0.01)
    var last = [Int?](repeating: nil, count: units)
    var intervals: [Double] = []
    for (index, flag) in spikes.enumerated() where flag != 0 {
      let (tick, unit) = (index / units, index % units)
      if let before = last[unit] { intervals.append(Double(tick - before) * 0.1) }
      last[unit] = tick
    }
    // Intervals cut off by the end of the run are lost, long ones more: the count of spikes in the run is unbiased instead.
    let count = Double(spikes.count { $0 != 0 })
    let mean = Double(units) * 2000 / count
    let deviation = (intervals.reduce(0) { $0 + ($1 - expected) * ($1 - expected) } / Double(intervals.count))
      .squareRoot()
    // Renewal: the count's standard error is CV √count; the first interval starts from the reset.
    #expect(abs(mean - expected) < 4 * expected * (deviation / expected) / count.squareRoot() + 0.5, "\(mean)")
  }

  /// Escape noise: survival is the product of 1 - P, so that the mean interval is Σ survival · dt.
  @Test func escapeIntervals() throws {
    let units = 400
    let spikes = try traces(
      """
      neuron Cell {
        state V = 0
        dV/dt = (6 - V) / 10 ms
        spike with rate exp(V - 8) * 1 kHz
        on spike { V = 0 }
      }
      """, "spike", units: units, ticks: 10_000, step: 0.1)
    var (survival, mean, square) = (1.0, 0.0, 0.0)
    for k in 0..<20_000 {
      mean += survival * 0.1
      square += survival * 0.01 * Double(2 * k + 1)
      survival *= exp(-exp(6 * (1 - exp(-Double(k + 1) * 0.01)) - 8) * 0.1)
    }
    let count = Double(spikes.count { $0 != 0 })
    let cv = (square - mean * mean).squareRoot() / mean
    #expect(abs(Double(units) * 1000 / count - mean) < 4 * mean * cv / count.squareRoot() + 0.05, "\(mean)")
  }

  /// `spike with probability p` is a coin for each unit and tick: the count is binomial; 0 never, 1 always.
  @Test(arguments: [0.0, 0.02, 0.5, 1]) func probability(_ p: Double) throws {
    for precision in [Precision.f32, .f64] {
      let spikes = try traces(
        """
        neuron Cell {
          state V = 0
          next V = V + 1
          spike with probability if V > 0 then \(p) else 0.5
        }
        """, "spike", units: 100, ticks: 400, step: 1, precision)
      let count = Double(spikes.count { $0 != 0 })
      #expect(abs(count - 40_000 * p) <= 4 * (40_000 * p * (1 - p)).squareRoot(), "\(count)")
    }
  }

  // MARK: Gradients

  /// For one stochastic neuron the gradient with the derivative of P in place of that of the spike is, in the mean over
  /// chance, the gradient of the expected loss where the loss is linear in the spike: dE[S]/dw = P'(w)
  /// (Jang, Gu & Poole 2017; Neftci et al. 2019, section 4).
  @Test func straightThroughIsTheGradientOfTheMean() throws {
    let model = try Reference.model(
      """
      neuron Cell {
        learnable param w = 0.3
        state U = 0
        next U = w
        spike with probability sigmoid(U)
      }
      network N {
        step 1 ms
        population a = Cell[500]
      }
      task tell of N {
        run for 1 ms
        loss = mean over units of sum over time of a.spike
        learn by bptt { surrogate = none }
        optimise sgd(rate = 1)
      }
      """)
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let result = try session.gradients()
    let p = 1 / (1 + exp(-0.3))
    #expect(abs(result.gradients["a.w"]![0] - p * (1 - p)) < 1e-12)
    #expect(abs(result.loss - p) < 4 * (p * (1 - p) / 500).squareRoot())
  }

  /// Layers of rectified linear units: the gradient of bptt is that of back-propagation, here by finite differences (the
  /// outputs are smooth away from 0, so that hard and soft mode are one), and layers follow each other in one tick.
  static let rectified = """
    neuron ReLU {
      learnable param bias = 0.1 per unit
      state a = 0
      next a = bias
      on input(w) { a += w }
      emit relu(a)
    }
    network N {
      step 1 ms
      input x : spikes[6]
      population h = ReLU[7]
      population k = ReLU[5]
      population out = ReLU[3]
      connect x -> h as w_1 { learnable weight ~ normal(0.2, 0.8) }
      connect h -> k as w_2 { learnable weight ~ normal(0.3, 0.5) }
      connect k -> out as w_3 { learnable weight ~ normal(0.2, 0.5) }
    }
    task tell of N {
      data train = random_patterns(samples = 12, units = 6, steps = 4, rate = 300 Hz, classes = 3, seed = 4)
      feed x = direct(sample)
      run for 4 ms
      loss = cross_entropy(sum over time of out.output, label)
      learn by bptt { surrogate = none }
      optimise adam(rate = 3e-2)
      batch 12, epochs 60, seed 5
    }
    """

  @Test func rectifiedNetworkLearns() throws {
    let model = try Reference.model(Self.rectified)
    for check in try GradientCheck.run(model, samples: 6, elements: 6) {
      #expect(check.worst < 1e-6, "\(check.parameter): \(check.worst)")
    }
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let before = try session.evaluate(0).loss!
    try Trainer(session).train()
    #expect(try session.evaluate(0).loss! < 0.3 * before)
  }

  /// The output of a layer by hand: at tick n + 1 it is W x of bin n, through both layers.
  @Test func outputsAreThereAtOnce() throws {
    let model = try Reference.model(Self.rectified)
    let records = try model.recordRequests(["h.output", "out.output"])
    let session = try Session(model, options: SessionOptions(precision: .f64), records: records)
    let batch = try session.batch(source: 0, samples: [0], epoch: nil)
    let result = try session.engine.run(batch, records: true)
    guard case .spikes(let x) = batch.inputs[0] else {
      Issue.record("no spikes")
      return
    }
    func layer(_ input: [Double], _ name: String, _ population: String) throws -> [Double] {
      let w = try #require(session.parameter(name))
      let bias = try #require(session.parameter("\(population).bias"))
      return bias.indices.map { post in
        max(0, bias[post] + input.indices.reduce(0) { $0 + w[post * input.count + $1] * input[$1] })
      }
    }
    for tick in 1...4 {
      var bin = [Double](repeating: 0, count: 6)
      for k in x.offsets[tick - 1]..<x.offsets[tick] { bin[Int(x.units[k])] += x.values?[k] ?? 1 }
      let h = try layer(bin, "w_1", "h")
      let out = try layer(try layer(h, "w_2", "k"), "w_3", "out")
      let found = Array(result.records[0]![(tick * 7)..<(tick * 7 + 7)])
      let last = Array(result.records[1]![(tick * 3)..<(tick * 3 + 3)])
      #expect(zip(found, h).allSatisfy { abs($0 - $1) < 1e-12 } && zip(last, out).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  /// A drive in the threshold and in bodies is the value held over the step that ends at the tick.
  @Test func drivesInThresholds() throws {
    let model = try Reference.model(
      """
      neuron Cell {
        drive x
        state U = 0
        next U = 0
        on input(w) { U += w * x }
        spike when x > 2.5
        on spike { U = 10 * x }
      }
      network N {
        step 1 ms
        population a = Cell[1]
      }
      task tell of N {
        feed a.x = t / 1 ms
        run for 5 ms
      }
      """)
    let session = try Session(
      model, options: SessionOptions(precision: .f64), records: try model.recordRequests(["a.spike", "a.U"]))
    let run = try session.run()
    // x is n over the step from n to n + 1: above 2.5 first in the step from 3 to 4.
    #expect(run.recordings[0].values == [0, 0, 0, 1, 1])
    #expect(run.recordings[1].values == [0, 0, 0, 30, 40])
  }
}
