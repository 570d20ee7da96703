import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// Credit-assignment rules against one another: a rule is a table of paths and a direction of time, and the direction
/// changes nothing.
@Suite struct RuleTests {
  static func session(_ model: Model, _ change: (inout LearningRule) -> Void) throws -> Session {
    var rule = try #require(model.task.learning)
    change(&rule)
    return try Session(model, options: SessionOptions(precision: .f64), gradient: true, rule: rule)
  }

  static func gradients(_ model: Model, _ change: (inout LearningRule) -> Void) throws -> [Int: [Double]] {
    let session = try session(model, change)
    let (source, samples) = session.samples(of: 0)
    return try session.engine.run(try session.batch(source: source, samples: samples, epoch: nil), gradient: true)
      .gradients
  }

  static func error(_ a: [Double], _ b: [Double]) -> Double {
    let size = b.map(abs).max() ?? 0
    return (zip(a, b).map { abs($0 - $1) }.max() ?? 0) / Swift.max(size, 1e-300)
  }

  /// Williams & Zipser 1989: the same gradient, forward.
  static func expectForwardEqualsBackward(
    _ model: Model, _ name: String, _ change: (inout LearningRule) -> Void
  ) throws {
    let backward = try gradients(model) {
      change(&$0)
      $0.mode = .backward
    }
    let forward = try gradients(model) {
      change(&$0)
      $0.mode = .forward
      // Forward even where backward would be the same.
      $0.updateEvery = model.task.ticks
    }
    var alive = 0
    for (parameter, expected) in backward {
      let found = try #require(forward[parameter], "\(name): \(model.network.parameters[parameter].name)")
      if expected.contains(where: { $0 != 0 }) { alive += 1 }
      let error = Self.error(found, expected)
      #expect(error < 1e-12, "\(name): \(model.network.parameters[parameter].name) is off by \(error)")
    }
    #expect(alive > 0, "\(name)")
  }

  static let programs = GradientProgram.neurons + GradientProgram.networks + GradientProgram.constructs

  @Test(arguments: programs) func forwardIsBackward(_ program: GradientProgram) throws {
    let model = try Reference.model(program.source)
    try Self.expectForwardEqualsBackward(model, program.name) { $0.reset = .cut }
    try Self.expectForwardEqualsBackward(model, "\(program.name), reset kept") { $0.reset = .keep }
    try Self.expectForwardEqualsBackward(model, "\(program.name), recurrence cut") { $0.keepsRecurrence = false }
    try Self.expectForwardEqualsBackward(model, "\(program.name), random feedback") {
      $0.feedback = .random(nil, seed: 3)
    }
  }
}

extension RuleTests {
  static let changes: [(String, @Sendable (inout LearningRule) -> Void)] = [
    (
      "forward",
      {
        $0.mode = .forward
        $0.updateEvery = 30
      }
    ),
    (
      "forward, recurrence cut, reset kept",
      {
        $0.mode = .forward
        $0.updateEvery = 30
        $0.keepsRecurrence = false
        $0.reset = .keep
      }
    ),
    ("random feedback", { $0.feedback = .random(nil, seed: nil) }),
    ("direct feedback", { $0.feedback = .direct(Distribution(.normal, [0, 0.5]), seed: 7) }),
    ("signs", { $0.feedback = .sign(0.4) }),
    (
      "signs, forward",
      {
        $0.feedback = .sign(0.4)
        $0.mode = .forward
        $0.updateEvery = 30
      }
    ),
    ("uniform feedback", { $0.feedback = .uniform(0.3) }),
    (
      "random error, no time",
      {
        $0.feedback = .direct(nil, seed: nil)
        $0.followsTime = false
        $0.keepsRecurrence = false
      }
    ),
  ]

  /// The engine and the obvious executor run the same plans.
  @Test(arguments: EngineEquivalenceTests.programs.indices, changes.indices)
  func matchesTheReference(_ index: Int, _ change: Int) throws {
    let (name, source) = EngineEquivalenceTests.programs[index]
    let model = try Reference.model(source.joined(separator: "\n"))
    let (rule, apply) = Self.changes[change]
    let session = try Self.session(model, apply)
    let (origin, samples) = session.samples(of: 0)
    let batch = try session.batch(source: origin, samples: Array(samples.prefix(3)), epoch: 0)
    let engine = session.engine
    #expect(engine.plan.verify().isEmpty, "\(name), \(rule)")
    var reference = ReferenceExecutor(
      plan: engine.plan, parameters: engine.plan.parameters.indices.map { engine.parameter($0) })
    let expected = try reference.run(batch, gradient: true)
    let result = try engine.run(batch, gradient: true)
    var alive = 0
    for (parameter, gradient) in expected.gradients {
      let found = try #require(result.gradients[parameter])
      let error = Self.error(found, gradient)
      #expect(error < 1e-10, "\(name), \(rule): \(engine.plan.parameters[parameter].name), \(error)")
      if gradient.contains(where: { $0 != 0 }) { alive += 1 }
    }
    #expect(alive >= 2, "\(name), \(rule)")
  }

  static let deep =
    EngineEquivalenceTests.lif + """

      network N {
        step 1 ms
        input x : spikes[20]
        population a = LIF[17]
        population b = LIF[13]
        population out = Readout[3]
        connect x -> a as w_in { learnable weight ~ normal(0.3, 0.8) }
        connect a -> b as w_mid { learnable weight ~ normal(0.3, 0.8), delay = 2 ms }
        connect b -> b as w_rec { learnable weight ~ normal(0, 0.3) }
        connect b -> out as w_out { learnable weight ~ normal(0, 0.5) }
      }

      """ + EngineEquivalenceTests.task

  /// With fixed matrices equal to the weights, feedback alignment is back-propagation, to the bit.
  @Test(arguments: [false, true]) func feedbackByTheWeightsIsBackPropagation(_ isDouble: Bool) throws {
    let model = try Reference.model(Self.deep)
    var gradients: [[Int: [Double]]] = []
    for feedback in [Feedback.symmetric, .random(nil, seed: nil)] {
      var rule = try #require(model.task.learning)
      rule.feedback = feedback
      let session = try Session(
        model, options: SessionOptions(precision: isDouble ? .f64 : .f32), gradient: true, rule: rule)
      let engine = session.engine
      for (index, parameter) in engine.plan.parameters.enumerated() where parameter.name.hasSuffix(".feedback") {
        let name = String(parameter.name.dropLast(".feedback".count))
        let weight = try #require(model.network.parameter(named: name))
        #expect(engine.parameter(index) != engine.parameter(weight))
        try engine.setParameter(index, engine.parameter(weight))
      }
      let (source, samples) = session.samples(of: 0)
      let batch = try session.batch(source: source, samples: samples, epoch: nil)
      gradients.append(try engine.run(batch, gradient: true).gradients)
    }
    #expect(gradients[0] == gradients[1])
    let isAlive = gradients[0].values.allSatisfy { values in values.contains { $0 != 0 } }
    #expect(isAlive)
  }

  /// The forward weights come to agree with the fixed matrices through which their errors go (Lillicrap et al. 2016): the
  /// angle between the two, as vectors, is a right one at first and falls.
  @Test(arguments: [1, 2, 3] as [UInt64]) func weightsAlignWithTheirFeedback(_ seed: UInt64) throws {
    let file = DocumentTests.root.appendingPathComponent("examples/rules/feedback_alignment.snn")
    let text = try String(contentsOf: file, encoding: .utf8)
    let program = Program.compile(text, folder: file.deletingLastPathComponent().path)
    let session = try Session(
      try program.model(), options: SessionOptions(seed: seed, epochs: 5), gradient: true)
    let parameters = session.engine.plan.parameters
    func angle(_ name: String) throws -> Double {
      let a = try #require(session.parameter(name))
      let b = session.engine.parameter(try #require(parameters.firstIndex { $0.name == "\(name).feedback" }))
      let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
      let sizes = a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }
      return acos(product / sizes.squareRoot()) * 180 / .pi
    }
    let before = (try angle("w_out"), try angle("w_mid"))
    // 1000 and 10 000 independent numbers: within four deviations of 90 degrees.
    #expect(abs(before.0 - 90) < 4 * 57.3 / 1000.squareRoot() && abs(before.1 - 90) < 4 * 57.3 / 100)
    try Trainer(session).train()
    #expect(try angle("w_out") < before.0 - 10, "from \(before.0)")
    #expect(try angle("w_mid") < before.1, "from \(before.1)")
  }

  /// Direct feedback has one matrix per population, from the output.
  @Test func directFeedbackComesFromTheOutput() throws {
    let model = try Reference.model(Self.deep)
    let session = try Self.session(model) { $0.feedback = .direct(nil, seed: nil) }
    let own = session.engine.plan.parameters.map(\.name).filter { $0.hasSuffix(".feedback") }
    #expect(own == ["a_to_out.feedback", "w_out.feedback"])
  }

  /// A matrix with a seed of its own is the same under every seed of the run; one without follows it.
  @Test func feedbackSeeds() throws {
    let model = try Reference.model(Self.deep)
    func matrix(_ seed: UInt64, _ own: UInt64?) throws -> [Double] {
      var rule = try #require(model.task.learning)
      rule.feedback = .random(nil, seed: own)
      let session = try Session(model, options: SessionOptions(seed: seed), gradient: true, rule: rule)
      let index = try #require(session.engine.plan.parameters.firstIndex { $0.name == "w_out.feedback" })
      return session.engine.parameter(index)
    }
    #expect(try matrix(1, 5) == matrix(2, 5))
    #expect(try matrix(1, 5) != matrix(1, 6))
    #expect(try matrix(1, nil) != matrix(2, nil))
  }
}
