import Foundation
import SNN
import SNNIR
import Testing

/// The likelihood of spikes that fall by chance: of given ones, whose derivative is plain, and of a network's own, whose
/// derivative turns a loss into a gradient without looking through a spike.
@Suite struct LikelihoodTests {
  /// Spikes of three inputs, which three recurrent neurons are asked to have themselves.
  static func given(neuron: String, learn: String) -> String {
    """
    neuron Cell {
      learnable param tau = 8 ms
      learnable param width = 0.4
      state U = 0
      state I = 0
      dU/dt = -(U - I) / tau
      dI/dt = -I / 4 ms
      on input(w) { I += w }
      \(neuron)
    }
    network N {
      step 1 ms
      input x : spikes[3]
      population cell = Cell[3]
      connect x -> cell as w_in { learnable weight ~ normal(0.5, 0.6) }
      connect cell -> cell as w_rec { delay = 2 ms, learnable weight ~ normal(0.2, 0.4) }
    }
    task same of N {
      data train = random_patterns(samples = 4, units = 3, steps = 30, rate = 80 Hz, classes = 2)
      feed x = direct(sample)
      run for 30 ms
      loss = -log_likelihood(cell.spike, sample)
      \(learn)
      batch 4, epochs 1
    }
    """
  }

  static let cells: [(name: String, neuron: String, learn: String)] = [
    (
      "escape rate", "spike with rate 0.1 kHz * exp((U - 1) / width)\n on spike { U -= 1 }", "learn by likelihood"
    ),
    (
      "probability",
      "spike with probability 1 / (1 + exp((1 - U) / width))\n on spike { U = 0 }\n refractory 2 ms hold U",
      "learn by likelihood"
    ),
    (
      "threshold", "spike when U / width > 1\n on spike { U -= 1 }",
      "learn by likelihood { spikes = stochastic, surrogate = sigmoid(2) }"
    ),
    (
      "by bptt", "spike when U > width\n on spike { U -= 1 }",
      "learn by bptt { spikes = stochastic, surrogate = arctan(3), reset = keep }"
    ),
  ]

  @Test(arguments: cells.map(\.name)) func givenSpikesHaveAPlainGradient(_ name: String) throws {
    let cell = try #require(Self.cells.first { $0.name == name })
    let learn =
      cell.learn.contains("{") && !cell.learn.contains("reset")
      ? cell.learn.replacing("sigmoid(2)", with: "sigmoid(2), reset = keep")
      : cell.learn.contains("{") ? cell.learn : cell.learn + " { reset = keep }"
    let model = try Reference.model(Self.given(neuron: cell.neuron, learn: learn))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let result = try session.gradients(dataSet: 0)
    #expect(result.loss > 1)
    var compared = 0
    for name in ["w_in", "w_rec", "cell.tau", "cell.width"] {
      let values = try #require(session.parameter(name))
      let gradient = try #require(result.gradients[name])
      let size = gradient.map(abs).max() ?? 0
      #expect(size > 1e-3, "\(name)")
      for element in values.indices {
        func loss(_ step: Double) throws -> Double {
          var moved = values
          moved[element] += step
          try session.setParameter(name, moved)
          return try #require(session.evaluate(0).loss)
        }
        let h = 1e-3
        let far = try loss(2 * h) - loss(-2 * h)
        let near = try loss(h) - loss(-h)
        let farther = try loss(3 * h) - loss(-3 * h)
        let difference = (45 * near - 9 * far + farther) / (60 * h)
        #expect(abs(gradient[element] - difference) < 1e-7 * size, "\(name)[\(element)]")
        compared += 1
      }
      try session.setParameter(name, values)
    }
    #expect(compared == 20)
  }

  // MARK: Against plain loops

  static let single = """
    neuron Cell {
      state U = 0
      next U = 0.8 * U
      on input(w) { U += w }
      spike with rate 0.05 kHz * exp((U - 1) / 0.5)
      on spike { U -= 0.7 }
    }
    network One {
      step 2 ms
      input x : spikes[1]
      population cell = Cell[1]
      connect x -> cell as w { learnable weight = 0.9 }
    }
    task given of One {
      data train = random_patterns(samples = 1, units = 1, steps = 40, rate = 200 Hz)
      feed x = direct(sample)
      run for 80 ms
      loss = -log_likelihood(cell.spike, sample)
      learn by likelihood { reset = keep }
    }
    task free of One {
      data train = random_patterns(samples = 12, units = 1, steps = 40, rate = 200 Hz)
      feed x = direct(sample)
      run for 80 ms
      loss = (sum over time of cell.spike[0] - 7)^2
      learn by likelihood
      batch 12
    }
    """

  /// d log P/dw and log P of spikes at ticks 1, 2, … by the formula of the field, input spikes a tick ahead.
  static func score(spikes: [Double], inputs: [Double], weight: Double) -> (log: Double, slope: Double) {
    var (u, du) = (0.0, 0.0)
    var (log, slope) = (0.0, 0.0)
    let dt = 2.0
    for (spike, input) in zip(spikes, inputs) {
      u = 0.8 * u + weight * input
      du = 0.8 * du + input
      let rate = 0.05 * Foundation.exp((u - 1) / 0.5)
      let none = Foundation.exp(-rate * dt)
      log += spike == 1 ? Foundation.log(1 - none) : -rate * dt
      slope += (spike * dt * none / (1 - none) - (1 - spike) * dt) * rate / 0.5 * du
      u -= 0.7 * spike
    }
    return (log, slope)
  }

  private func spikes(_ session: Session, _ sample: Int, _ name: String) throws -> [Double] {
    let result = try session.run(dataSet: 0, sample: sample)
    return try #require(result.recordings.first { $0.name == name }).values
  }

  @Test func logLikelihoodIsThatOfTheField() throws {
    let model = try Reference.model(Self.single, task: "given")
    let records = try model.recordRequests(["cell.spike"])
    let options = SessionOptions(precision: .f64)
    let session = try Session(model, options: options, gradient: true, records: records)
    let sent = try spikes(session, 0, "cell.spike")
    #expect(sent.count == 40 && sent.reduce(0, +) > 5)
    // The target is the input: what the neuron sends at a tick has come in at the tick's beginning.
    let expected = Self.score(spikes: sent, inputs: sent, weight: 0.9)
    let result = try session.gradients(dataSet: 0)
    #expect(abs(result.loss + expected.log) < 1e-12 * abs(expected.log))
    #expect(abs((result.gradients["w"]?[0] ?? 0) + expected.slope) < 1e-12 * abs(expected.slope))
  }

  @Test func ownSpikesAreWeighedByTheLoss() throws {
    let records = ["cell.spike"]
    let options = SessionOptions(precision: .f64)
    let free = try Reference.model(Self.single, task: "free")
    let session = try Session(free, options: options, gradient: true, records: try free.recordRequests(records))
    // The inputs, as the other task sends them on.
    let relay = try Reference.model(
      Self.single.replacing("samples = 1, units", with: "samples = 12, units"), task: "given")
    let inputs = try Session(relay, options: options, records: try relay.recordRequests(records))
    var (loss, gradient) = (0.0, 0.0)
    for sample in 0..<12 {
      let own = try spikes(session, sample, "cell.spike")
      let value = (own.reduce(0, +) - 7) * (own.reduce(0, +) - 7)
      loss += value / 12
      let inputs = try spikes(inputs, sample, "cell.spike")
      gradient += value * Self.score(spikes: own, inputs: inputs, weight: 0.9).slope / 12
    }
    let result = try session.gradients(dataSet: 0, samples: 0..<12)
    #expect(abs(result.loss - loss) < 1e-12 * loss)
    #expect(abs((result.gradients["w"]?[0] ?? 0) - gradient) < 1e-11 * abs(gradient))
    // The same for any number of threads, and in single precision to its rounding.
    for (threads, precision) in [(2, Precision.f64), (3, .f64), (1, .f32)] {
      let other = try Session(
        free, options: SessionOptions(precision: precision, threads: threads), gradient: true)
      let found = try #require(other.gradients(dataSet: 0, samples: 0..<12).gradients["w"])
      if precision == .f64 {
        #expect(found == result.gradients["w"])
      } else {
        #expect(abs(found[0] - gradient) < 1e-4 * abs(gradient))
      }
    }
  }

  // MARK: In expectation

  /// Two ticks of a neuron, by all four spike trains.
  static func expectation(_ drive: Double, _ loss: (Double, Double) -> Double) -> Double {
    var mean = 0.0
    for (first, second) in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)] {
      func probability(_ u: Double, _ spike: Double) -> Double {
        let p = 1 / (1 + Foundation.exp(-2 * (u - 0.5)))
        return spike == 1 ? p : 1 - p
      }
      let u1 = drive
      let u2 = 0.6 * (u1 - 0.4 * first) + drive
      mean += probability(u1, first) * probability(u2, second) * loss(first, second)
    }
    return mean
  }

  static func few(_ learn: String, loss: String, ticks: Int) -> String {
    """
    neuron Cell {
      learnable param b = 0.3
      state U = 0
      next U = 0.6 * U + b
      on input(w) { U += w }
      spike when U > 0.5
      on spike { U -= 0.4 }
    }
    network One {
      step 1 ms
      input x : spikes[1]
      population cell = Cell[1]
      connect x -> cell as w { weight = 0 }
    }
    task go of One {
      data train = random_patterns(samples = 20000, units = 1, steps = \(ticks), rate = 1 Hz)
      feed x = direct(sample)
      run for \(ticks) ms
      loss = \(loss)
      learn by \(learn)
      batch 20000, seed 4
    }
    """
  }

  private func gradient(_ source: String, samples: Range<Int>) throws -> Double {
    let session = try Session(
      try Reference.model(source), options: SessionOptions(precision: .f64), gradient: true)
    return try #require(session.gradients(dataSet: 0, samples: samples).gradients["cell.b"])[0]
  }

  @Test func theScoreIsTheGradientOfTheMean() throws {
    func loss(_ first: Double, _ second: Double) -> Double { (first + second - 1.5) * (first + second - 1.5) }
    let h = 1e-4
    let expected = (Self.expectation(0.3 + h, loss) - Self.expectation(0.3 - h, loss)) / (2 * h)
    let source = Self.few(
      "likelihood { spikes = stochastic, surrogate = sigmoid(2), reset = keep }",
      loss: "(sum over time of cell.spike[0] - 1.5)^2", ticks: 2)
    // Ten means of 2000 samples each: their spread says how far their mean may be off.
    let means = try (0..<10).map { try gradient(source, samples: ($0 * 2000)..<(($0 + 1) * 2000)) }
    let mean = means.reduce(0, +) / 10
    let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9
    let error = (variance / 10).squareRoot()
    #expect(error < 0.03 * abs(expected), "\(error)")
    #expect(abs(mean - expected) < 4 * error, "\(mean), not \(expected)")
  }

  /// One tick of one neuron: the surrogate gradient at every spike, the derivative of the mean spike, and the mean score
  /// are one number.
  @Test func threeGradientsAreOne() throws {
    let p = 1 / (1 + Foundation.exp(-2 * (0.3 - 0.5)))
    let expected = 2 * p * (1 - p)
    let axes = "spikes = stochastic, surrogate = sigmoid(2)"
    let surrogate = try gradient(
      Self.few("bptt { \(axes) }", loss: "sum over time of cell.spike[0]", ticks: 1), samples: 0..<50)
    #expect(abs(surrogate - expected) < 1e-12)
    let score = try gradient(
      Self.few("likelihood { \(axes) }", loss: "sum over time of cell.spike[0]", ticks: 1), samples: 0..<20000)
    // S d log P/db has the variance (2 (1 - p))² p (1 - p (…)): at most 4 p.
    #expect(abs(score - expected) < 4 * (4 * p / 20000).squareRoot())
    #expect(score != expected)
  }

  @Test func derivationNamesWhatIsGiven() throws {
    let given = try Reference.model(Self.single, task: "given").explanation(style: .text).text
    #expect(given.contains("S[n+1]  = sample[n+1]    [given: the spikes whose likelihood is asked for]"))
    #expect(given.contains("-log P(no spike)"))
    let free = try Reference.model(Self.single, task: "free").explanation(style: .text).text
    #expect(free.contains("∂log P/∂hazard[n] = S[n] exp(-hazard[n]) / (1 - exp(-hazard[n])) - (1 - S[n])"))
    #expect(free.contains("mode: score"))
  }
}
