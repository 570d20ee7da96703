import SNNIR
import SNNSyntax
import Testing

@testable import SNNSema

@Suite struct TaskLoweringTests {
  /// The task of the language page, section 2, on the network of these tests.
  static let whole =
    taskPreamble + """
      loss = cross_entropy(max over time of output.U, label)
           + 1e-4 * mean over units of relu((sum over time of hidden.spike) - 10)^2
      score accuracy = argmax(max over time of output.U) == label
      learn by bptt { surrogate = fast_sigmoid(10), reset = cut }
      optimise adam(rate = 5e-3)
      batch 64, epochs 20, seed 1
      expect accuracy(test) >= 0.93
      expect loss(test) < 0.3
      """

  @Test func wholeTaskLowers() throws {
    let found = checkTask(Self.whole)
    #expect(found.diagnostics.isEmpty, "\(found.diagnostics.map(\.headline))")
    let model = try #require(found.lowered)
    let task = try #require(model.task)
    #expect(task.verify(in: model.network).isEmpty)
    #expect(task.ticks == 10)
    #expect((task.batch, task.epochs, task.seed) == (64, 20, 1))
    #expect(task.dataSets == [DataSet(name: "train", source: 0, part: 0), DataSet(name: "test", source: 0, part: 1)])
    #expect(task.sources[0].kind == "csv")
    #expect(task.sources[0].named["label"] == .word("last"))
    #expect(task.sources[0].split == DataSource.Split(fraction: 0.8, seed: 0))
    #expect(task.fields.map(\.name) == ["sample", "label"])
    #expect(task.optimiser == OptimiserSpec(.adam, rate: 5e-3))
    let learning = try #require(task.learning)
    #expect(learning.surrogates.map(\.shape) == [.fastSigmoid(slope: 10), .none])
    #expect(learning.reset == .cut && learning.dataSet == 0)
    #expect(task.expectations.map(\.text) == ["accuracy(test) >= 0.93", "loss(test) < 0.3"])
    guard case .latency(_, let over, let threshold) = task.feeds[0].encoder else {
      Issue.record("not latency")
      return
    }
    #expect(over == 20 && threshold == 0.2)
    // The field takes the unit axis of the input that it is fed to.
    let sample = model.network.graph[task.fields[0].symbol]
    #expect(sample.domain == Domain([.sample, .unit], extent: model.network.inputs[0].extent))
  }

  @Test func settingsFromOutside() throws {
    let found = checkTask(
      Self.whole + "\nlet aim = 2\nscore s = aim * 1.0",
      set: ["batch": "8", "epochs": "3", "seed": "7", "rate": "0.1", "aim": "5"])
    #expect(found.diagnostics.isEmpty)
    let model = try #require(found.lowered)
    let task = try #require(model.task)
    #expect((task.batch, task.epochs, task.seed, task.optimiser.rate) == (8, 3, 7, 0.1))
    #expect(model.network.graph.constant(task.scores[1].value) == 5)
  }

  @Test func axesFromOutside() throws {
    let found = checkTask(Self.whole, set: ["surrogate": "none", "reset": "keep", "spikes": "soft"])
    let rule = try #require(found.lowered?.task?.learning)
    #expect(rule.surrogates.map(\.shape) == [.none, .none])
    #expect(rule.reset == .keep && rule.spikes == .soft)
    #expect(checkTask(Self.whole, set: ["surogate": "none"]).codes == ["E0512"])
  }

  @Test(arguments: [
    ("fast_sigmoid(k = 20)", Surrogate(.fastSigmoid(slope: 20))),
    ("none", Surrogate(.none)),
    ("superspike(2, scale = 0.5)", Surrogate(.superspike(beta: 2), scale: 0.5)),
    ("sigmoid(4)", Surrogate(.sigmoid(slope: 4))),
    ("piecewise_linear()", Surrogate(.piecewiseLinear(gain: 0.3, width: 1))),
    ("exponential(g = 2, k = 3)", Surrogate(.exponential(gain: 2, slope: 3))),
    ("arctan(2)", Surrogate(.arctan(slope: 2))),
    ("gaussian(0.5)", Surrogate(.gaussian(deviation: 0.5))),
    ("multi_gaussian(0.15, 0.5)", Surrogate(.multiGaussian(h: 0.15, deviation: 0.5))),
    ("boxcar(1)", Surrogate(.boxcar(width: 1))),
    ("straight_through", Surrogate(.straightThrough)),
    ("leaky_relu(1, 0)", Surrogate(.leakyReLU(width: 1, leak: 0))),
    ("tanh(3)", Surrogate(.tanh(slope: 3))),
  ])
  func surrogates(_ text: String, _ wanted: Surrogate) throws {
    let found = checkTask(
      taskPreamble + "loss = mse(output.U, target)\nlearn by bptt { surrogate hidden = \(text) }")
    #expect(found.diagnostics.allSatisfy { $0.severity == .warning }, "\(found.diagnostics.map(\.headline))")
    #expect(found.lowered?.task?.learning?.surrogates[0] == wanted)
  }

  @Test func ownSurrogate() throws {
    let found = checkProgram(
      "surrogate Mine(x, k = 1) = k / (1 + abs(k * x))^2\n" + taskNetwork + "task T of Net {\n" + taskPreamble
        + "loss = mse(output.U, target)\nlearn by bptt { surrogate = Mine(k = 3) }\n}")
    #expect(found.diagnostics.isEmpty, "\(found.diagnostics.map(\.headline))")
    let model = try #require(found.lowered)
    guard case .custom("Mine", let value, let argument, false) = model.task?.learning?.surrogates[0].shape else {
      Issue.record("not custom")
      return
    }
    // 3 / (1 + 3/2)^2 at z = 1/2.
    let at = Evaluate.values([value], in: model.network.graph) { $0 == argument ? 0.5 : nil }
    #expect(at == [3 / (2.5 * 2.5)])
  }

  @Test func resetPathsAndSpikes() throws {
    func rule(_ axes: String) -> LearningRule? {
      checkTask(
        taskPreamble + "loss = mse(output.U, target)\nlearn by bptt { surrogate = fast_sigmoid(10), \(axes) }"
      ).lowered?.task?.learning
    }
    #expect(rule("reset = keep")?.reset == .keep)
    #expect(rule("reset = cut(all)")?.reset == .cutAll)
    #expect(rule("reset = cut(hidden.U)")?.reset == .cutStates([[0, 0]]))
    #expect(rule("reset = cut(U), spikes = soft")?.reset == .cutStates([[0, 0], [1, 0]]))
    #expect(rule("spikes = soft")?.spikes == .soft)
  }

  @Test func parametersToLearnAndFreeze() throws {
    let items = taskPreamble + "loss = mse(output.U, target)\nlearn w_in, hidden.tau by bptt { surrogate = tanh(1) }\n"
    let model = try #require(checkTask(items + "freeze hidden.tau").lowered)
    let tau = try #require(model.network.parameter(named: "hidden.tau"))
    let weight = try #require(model.network.parameter(named: "w_in"))
    #expect(model.task?.learning?.parameters == [weight, tau])
    #expect(model.task?.frozen == [tau])
  }

  @Test func encoders() throws {
    func encoder(_ items: String, of network: String = "Net") throws -> Encoder {
      let found = checkTask(items + "\nrun for 10 ms", of: network)
      #expect(found.diagnostics.allSatisfy { $0.severity == .warning }, "\(found.diagnostics.map(\.headline))")
      return try #require(found.lowered?.task?.feeds.first).encoder
    }
    let data = "data train = csv(\"d.csv\", label = last)\n"
    let movie = "data train = hdf5(\"movie.h5\", sample = \"taxels\", label = \"label\", units = [1, 2, 6])\n"
    if case .rate(_, frozen: false) = try encoder(data + "feed pixels = rate(sample, max = 100 Hz)") {
    } else {
      Issue.record("rate")
    }
    if case .rate(_, frozen: true) = try encoder(data + "feed pixels = frozen(rate(sample, max = 100 Hz))") {
    } else {
      Issue.record("frozen")
    }
    if case .direct = try encoder(data + "feed pixels = sample") {} else { Issue.record("direct") }
    if case .at = try encoder(data + "feed pixels = at(sample * 1 ms)") {} else { Issue.record("at") }
    if case .direct = try encoder(movie + "feed hidden.x = direct(standardise(sample))") {
    } else {
      Issue.record("direct over time")
    }
    if case .hold(_, every: 2) = try encoder(movie + "feed hidden.x = hold(standardise(sample), every = 2 ms)") {
    } else {
      Issue.record("hold")
    }
    if case .direct = try encoder("feed cell.I_ext = if t > 2 ms then 2 nA else 0", of: "Single") {
    } else {
      Issue.record("current step")
    }
  }

  /// Each of three units drives four neurons in a row.
  @Test func transformsMakeFields() throws {
    let found = checkProgram(
      taskNetwork + """
        task T of Net(n = 12) {
          data train = hdf5("movie.h5")
          feed hidden.x = hold(repeat(standardise(sample), 4), every = 2 ms)
          run for 20 ms
        }
        """)
    let task = try #require(found.lowered?.task)
    #expect(task.fields.map(\.transforms) == [[.standardise, .repeatUnits(4)]])
    #expect(found.codes == ["W0602"])
  }

  @Test func recordsOfAWholePopulation() throws {
    let found = checkTask(
      "feed cell.I_ext = 1 nA\nrun for 10 ms\nrecord cell, cell.V.before_reset, cell.I_ext every 1 ms\nplot cell.V as V",
      of: "Single")
    let task = try #require(found.lowered?.task)
    #expect(task.records.map(\.name) == ["cell.V", "cell.spike", "cell.V.before_reset", "cell.I_ext"])
    #expect(task.records.map(\.variable) == [.state(0), .spike, .beforeReset(0), .drive(0)])
    #expect(task.recordEvery == 10)
    #expect(task.plots[0].unit.text == "V")
  }

  /// Without data, expectations read the records of the one run.
  @Test func expectationsOfRecords() throws {
    let found = checkTask(
      """
      feed cell.I_ext = 1 nA
      run for 10 ms
      expect max over time of cell.V > -40 mV
      expect (sum over time of cell.spike) == 5
      expect mean over time of cell.V =~ -60 mV +- 1 mV
      """, of: "Single")
    #expect(found.diagnostics.isEmpty, "\(found.diagnostics.map(\.headline))")
    let task = try #require(found.lowered?.task)
    #expect(task.expectations.count == 3)
    #expect(task.expectations.allSatisfy { $0.measured != nil })
    #expect(task.expectations[2].text == "mean over time of cell.V =~ -60 mV +- 1 mV")
  }

  @Test func optimisers() throws {
    func spec(_ text: String) -> OptimiserSpec? {
      checkTask(taskPreamble + "optimise \(text)").lowered?.task?.optimiser
    }
    #expect(spec("sgd(0.1, momentum = 0.9)") == OptimiserSpec(.sgd, rate: 0.1, momentum: 0.9))
    #expect(spec("adamax(rate = 1e-2, clip = 1)") == OptimiserSpec(.adamax, rate: 1e-2, clip: 1))
    #expect(spec("rmsprop(rate = 1e-3)") == OptimiserSpec(.rmsprop, rate: 1e-3, momentum: 0.99))
    #expect(spec("adamw(1e-3)") == OptimiserSpec(.adamw, rate: 1e-3, weightDecay: 0.01))
  }

  /// A batch from outside stands in for `data` and `feed`, so that a task may lack both.
  @Test func dataMayBeAbsent() throws {
    let found = checkTask(
      "run for 10 ms\nloss = cross_entropy(max over time of output.U, label)\nlearn by bptt { surrogate = tanh(1) }")
    #expect(found.codes == ["W0602"])
    #expect(found.lowered?.task?.loss != nil)
  }
}
