import Foundation
import RealModule
import SNN
import SNNIR
import Testing

/// Variants of tasks, tasks that start from others, schedules, validation and sweeps, against the same thing done by
/// hand.
@Suite struct TaskFamilyTests {
  static let network = """
    neuron LIF {
      state U = 0
      dU/dt = -U / 10 ms
      on input(w) { U += w }
      spike when U > 1
      on spike { U -= 1 }
    }
    neuron Readout {
      state U = 0
      dU/dt = -U / 10 ms
      on input(w) { U += w }
    }
    network Net(n = 8) {
      step 1 ms
      input pixels : spikes[20]
      population hidden = LIF[n]
      population output = Readout[2]
      connect pixels -> hidden as w_in { learnable weight ~ normal(0, 0.5) }
      connect hidden -> output as w_out { learnable weight ~ normal(0, 0.5) }
    }

    """

  static func task(_ head: String, _ items: String) -> String {
    """
    task \(head) {
      data train, test = split(random_patterns(samples = 30, units = 20, steps = 20, rate = 40 Hz, classes = 2), 80 %)
      feed pixels = direct(sample)
      run for 20 ms
      loss = cross_entropy(max over time of output.U, label)
      score accuracy = argmax(max over time of output.U) == label
    \(items)
    }

    """
  }

  static let usual = """
      learn by bptt { surrogate = fast_sigmoid(10) }
      optimise adam(rate = 1e-2)
      batch 8, epochs 3, seed 5
    """

  private func trained(_ model: Model, epochs: Int? = nil, from file: String? = nil) throws -> Trainer {
    let session = try Session(model, options: SessionOptions(precision: .f64, epochs: epochs), gradient: true)
    if let file { try session.loadParameters(file) } else { try session.start() }
    let trainer = try Trainer(session)
    try trainer.train()
    return trainer
  }

  private func parameters(_ session: Session) -> [[Double]] {
    session.model.network.parameters.map { session.parameter($0.name) ?? [] }
  }

  /// What is set for a chosen task leaves the others of the file as they are, those that it starts from too.
  @Test func settingsMeanTheChosenTask() throws {
    let text = """
      neuron Cell { state V = 0; dV/dt = -V / 10 ms; on input(w) { V += w }; spike when V > 1; on spike { V = 0 } }
      network Ticks {
        step 1 ms
        input x : spikes[2]
        population h = Cell[3]
        connect x -> h as w { learnable weight ~ normal(1, 1) }
      }
      network Exact {
        step exact
        input x : spikes[2]
        population h = Cell[3]
        connect x -> h as w { learnable weight ~ normal(1, 1) }
      }
      task ticks of Ticks {
        data d = randman(samples = 4, units = 2, classes = 2, duration = 10 ms)
        feed x = at(sample)
        run for 20 ms
        loss = mean over units of (last over time of h.V)^2
        learn by bptt { surrogate = fast_sigmoid(10) }
        batch 4, epochs 3
      }
      task exact of Exact = ticks with { learn by eventprop }
      """
    let settings = ["rule": "rtrl", "epochs": "7"]
    let chosen = Program.compile(bytes: Array(text.utf8), name: "two.snn", settings: settings, task: "ticks")
    #expect(!chosen.hasErrors, "\(chosen.rendered())")
    #expect(try chosen.model(task: "ticks").task.learning?.name == "rtrl")
    #expect(try chosen.model(task: "ticks").task.epochs == 7)
    #expect(try chosen.model(task: "exact").task.learning?.name == "eventprop")
    #expect(try chosen.model(task: "exact").task.epochs == 3)
    // Without a choice they mean every task, and `rtrl` needs ticks.
    #expect(Program.compile(bytes: Array(text.utf8), name: "two.snn", settings: settings).hasErrors)
  }

  @Test func aVariantIsTheWrittenOutTask() throws {
    let other = """
        learn by eprop { surrogate = fast_sigmoid(5) }
        optimise sgd(rate = 1e-2)
        batch 8, epochs 2, seed 5
      """
    let written = try trained(try Reference.model(Self.network + Self.task("B of Net(n = 5)", other)))
    let source =
      Self.network + Self.task("A of Net", Self.usual + "\n  expect accuracy(test) > 2") + """
        task B of Net(n = 5) = A with {
          learn by eprop { surrogate = fast_sigmoid(5) }
          optimise sgd(rate = 1e-2)
          epochs 2
        }
        task C = B with { loss = mse(last over time of output.U, onehot(label, 2)) }
        """
    let variant = try trained(try Reference.model(source, task: "B"))
    #expect(parameters(variant.session) == parameters(written.session))
    #expect(variant.history == written.history)
    #expect(variant.session.model.task.expectations.count == 1)
    // A variant of a variant; its loss stands in for that of the first.
    let third = try Reference.model(source, task: "C")
    #expect(third.network.populations[0].size == 5 && third.task.optimiser.kind == .sgd && third.task.epochs == 2)
    #expect(try trained(third).history != written.history)
  }

  /// Tasks of another file serve as they do where they stand, names of that file included.
  @Test func aVariantOfAnotherFile() throws {
    let other =
      Self.network + "function half(x) = x / 2\n"
      + Self.task(
        "A of Net", Self.usual + "\n  let small = half(1e-3)\n  score s = small")
    let program = Program.compile(
      "use \"other.snn\"\ntask B = A with { epochs 1 }", use: { _ in SourceText(name: "other.snn", text: other) })
    #expect(program.rendered() == "" && program.taskNames == ["B"])
    let variant = try trained(try program.model(task: "B"))
    let same = try trained(try Reference.model(other), epochs: 1)
    #expect(parameters(variant.session) == parameters(same.session))
  }

  @Test func startingFromATaskIsStartingFromItsFile() throws {
    let source = Self.network + Self.task("A of Net", Self.usual) + "task B = A with {\n  start from A\n  epochs 2\n}"
    let first = try trained(try Reference.model(source, task: "A"))
    let file = FileManager.default.temporaryDirectory.appending(path: "start-\(UUID()).h5").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try first.save(file)
    let model = try Reference.model(source, task: "B")
    #expect(parameters(try trained(model).session) == parameters(try trained(model, from: file).session))
  }

  // MARK: Schedules

  /// The gradient of a mean of weights is 1 / count whatever happens, so that `sgd` goes down by the sum of its rates.
  @Test(arguments: [
    "1e-2", "cosine(1e-2, to = 2e-3)", "step_decay(1e-2, factor = 0.5, every = 2)", "warmup(1e-2, over = 2)",
    "warmup(cosine(1e-2), over = 1)",
  ])
  func rates(_ schedule: String) throws {
    // 3 updates an epoch, 15 in all.
    func cosine(_ u: Double) -> Double { (1 + Double.cos(Double.pi * u / 15)) / 2 }
    func factor(_ u: Double) -> Double {
      switch schedule.prefix(while: { $0 != "," }) {
      case "1e-2": 1
      case "cosine(1e-2": 0.2 + 0.8 * cosine(u)
      case "step_decay(1e-2": Double.pow(0.5, (u / 6).rounded(.down))
      case "warmup(1e-2": min((u + 1) / 6, 1)
      default: min((u + 1) / 3, 1) * cosine(u)
      }
    }
    let model = try Reference.model(
      Self.network + """
        task T of Net {
          data train = random_patterns(samples = 24, units = 20, steps = 20, rate = 40 Hz, classes = 2)
          feed pixels = direct(sample)
          run for 20 ms
          loss = mean over synapses of w_in
          learn by bptt { surrogate = fast_sigmoid(10) }
          optimise sgd(rate = \(schedule))
          batch 8, epochs 5
        }
        """)
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let before = try #require(session.parameter("w_in"))
    let trainer = try Trainer(session)
    try trainer.train()
    let after = try #require(session.parameter("w_in"))
    let way = (0..<15).reduce(0.0) { $0 + 1e-2 * factor(Double($1)) } / Double(before.count)
    for (x, y) in zip(before, after) { #expect(abs(x - y - way) < 1e-14) }
  }

  // MARK: Validation

  static let validated = network + task("T of Net", usual + "\n  validate on test, keep best loss")

  @Test func theBestEpochIsKept() throws {
    let epochs = 8
    let model = try Reference.model(Self.validated.replacing("rate = 1e-2", with: "rate = 0.3"))
    let trainer = try trained(model, epochs: epochs)
    let losses = try trainer.history.map { try #require($0.validation?.loss) }
    #expect(losses.count == epochs)
    let best = try #require(trainer.bestEpoch)
    #expect(losses[best] == losses.min() && best < epochs - 1, "\(losses)")
    // Training that stops there, in the same schedule of batches, ends with these.
    let plain = try trained(
      try Reference.model(
        Self.validated.replacing("rate = 1e-2", with: "rate = 0.3").replacing(", keep best loss", with: "")),
      epochs: best + 1)
    #expect(parameters(trainer.session) == parameters(plain.session))
    #expect(plain.bestEpoch == nil && plain.history == Array(trainer.history[0...best]))
    #expect(try trainer.session.evaluate(1).loss == losses[best])
  }

  /// Interrupted and resumed, or finished and prolonged: as one run.
  @Test(arguments: [2, 5]) func resuming(stop: Int) throws {
    let model = try Reference.model(Self.validated.replacing("rate = 1e-2", with: "rate = 0.3"))
    let whole = try trained(model, epochs: 8)
    let file = FileManager.default.temporaryDirectory.appending(path: "validated-\(UUID()).h5").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try trained(model, epochs: stop).save(file)
    let session = try Session(model, options: SessionOptions(precision: .f64, epochs: 8), gradient: true)
    let resumed = try Trainer(session)
    try resumed.resume(file)
    #expect(resumed.epoch == stop && !resumed.isFinished)
    try resumed.train()
    #expect(parameters(session) == parameters(whole.session))
    #expect(resumed.history == whole.history && resumed.bestEpoch == whole.bestEpoch)
    // A file of a finished run holds the best parameters, for whoever reads it without its task.
    try whole.save(file)
    let reader = try Session(model, options: SessionOptions(precision: .f64))
    try reader.loadParameters(file)
    #expect(parameters(reader) == parameters(whole.session))
  }

  // MARK: Sweeps

  @Test func combinations() throws {
    let program = Program.compile(
      Self.network + Self.task("A of Net", Self.usual)
        + "sweep S of A { n in 4 .. 8, rate in 1e-4 .. 1e-2 log, batch in [4, 8], seeds 2 }")
    #expect(program.rendered() == "")
    let sweep = try program.sweep(points: 3)
    #expect(sweep.keys == ["n", "rate", "batch"] && sweep.runs.count == 3 * 3 * 2 * 2)
    #expect(sweep.runs[0].settings.map(\.value) == ["4", "0.0001", "4"] && sweep.runs[0].seed == 5)
    #expect(sweep.runs[1].settings == sweep.runs[0].settings && sweep.runs[1].seed == 6)
    #expect(sweep.runs[35].settings.map(\.value) == ["8", "0.01", "8"])
    #expect(Set(sweep.runs.map { $0.settings[1].value }) == ["0.0001", "0.001", "0.01"])
    #expect(Set(sweep.runs.map { $0.settings[0].value }) == ["4", "6", "8"])
  }

  @Test func outcomesAreThoseOfTheSameTraining() throws {
    let source = Self.network + Self.task("A of Net", Self.usual) + "sweep S of A { n in [3, 6], seeds 2 }"
    let sweep = try Program.compile(source).sweep()
    let outcomes = try sweep.outcomes(
      options: SessionOptions(precision: .f64),
      compile: { settings in
        Program.compile(source, settings: Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0.value) }))
      })
    #expect(outcomes.count == 4)
    for outcome in outcomes {
      let model = try Reference.model(source, settings: ["n": outcome.run.settings[0].value])
      let session = try Session(
        model, options: SessionOptions(precision: .f64, seed: outcome.run.seed), gradient: true)
      try Trainer(session).train()
      let measured = try session.evaluate(1)
      #expect(outcome.loss == measured.loss && outcome.scores == measured.scores && outcome.dataSet == "test")
    }
    #expect(Set(outcomes.map(\.loss)).count == 4)
    // Means and deviations of one run, by hand; the picture names every combination.
    let summaries = Sweep.summaries(outcomes)
    #expect(summaries.map(\.seeds) == [2, 2])
    let (a, b) = (outcomes[0].loss ?? 0, outcomes[1].loss ?? 0)
    let loss = try #require(summaries[0].loss)
    #expect(abs(loss.mean - (a + b) / 2) < 1e-12)
    #expect(abs((loss.deviation ?? 0) - abs(a - b) / 2.0.squareRoot()) < 1e-12)
    let picture = Figure.sweep(sweep, outcomes: outcomes, scores: ["accuracy"]).svg()
    for name in ["n = 3", "n = 6", "accuracy", "loss", "means of 2 seeds on test"] { #expect(picture.contains(name)) }
    #expect(Sweep.summaries([outcomes[0]])[0].loss?.deviation == nil)
  }

  /// Two circles of variants are two mistakes, and each is told once, whoever else varies a task on it.
  @Test func everyCircleIsToldOnce() {
    let source =
      Self.network
      + "task A = B with { batch 1 }\ntask B = A with { batch 2 }\ntask C = D with { batch 1 }\n"
      + "task D = C with { batch 2 }\ntask E = A with { batch 3 }\ntask F = F with { batch 3 }\n"
    let found = Program.compile(source).diagnostics.filter { $0.id.code == "E0629" }
    #expect(found.count == 3, "\(found.map(\.headline))")
  }
}
