import SNN
import SNNIR
import Testing

/// The symbolic gradient of every construct against central differences, with smooth spikes and every path kept: there
/// both are the same number.
@Suite struct GradientCheckTests {
  static let programs =
    GradientProgram.neurons + GradientProgram.networks + GradientProgram.losses + GradientProgram.constructs
    + GradientProgram.reductions

  @Test(arguments: programs) func agreesWithDifferences(_ program: GradientProgram) throws {
    let model = try Reference.model(program.source)
    let checks = try GradientCheck.run(model, samples: 5, elements: 5)
    #expect(checks.count == model.network.parameters.filter(\.isLearnable).count)
    for check in checks {
      #expect(check.worst < 1e-6, "\(program.name): \(check.parameter) is off by \(check.worst)")
    }
  }

  /// No check above may pass because nothing depends on anything.
  @Test(arguments: programs) func everyParameterMatters(_ program: GradientProgram) throws {
    let model = try Reference.model(program.source)
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let result = try session.gradients(dataSet: 0)
    #expect(result.loss.isFinite && result.loss != 0)
    for parameter in model.network.parameters
    where parameter.isLearnable && !program.unreached.contains(parameter.name) {
      let gradient = result.gradients[parameter.name] ?? []
      let isAlive = gradient.contains { $0 != 0 }
      let isFinite = gradient.allSatisfy(\.isFinite)
      #expect(isAlive && isFinite, "\(program.name): \(parameter.name)")
    }
  }

  /// What `auto` makes of the equations.
  @Test(arguments: [
    ("LIF, exact", "exact"), ("resonate and fire", "exact"), ("alpha synapse", "exact"),
    ("conductance-based LIF", "RK4"), ("QIF", "RK4"), ("exponential Euler", "exponential Euler"), ("Heun", "Heun"),
  ])
  func integratorIs(_ name: String, _ integrator: String) throws {
    let program = try #require(Self.programs.first { $0.name == name })
    let schedule = try Reference.model(program.source).explanation(style: .text, scheduleOnly: true).text
    let line = schedule.split(separator: "\n").first { $0.contains("integrate:") }
    #expect(line?.contains("integrate: \(integrator)") == true, "\(schedule)")
  }

  private func gradients(_ program: GradientProgram, reset: String) throws -> GradientResult {
    let model = try Reference.model(program.source, settings: ["reset": reset])
    return try Session(model, options: SessionOptions(precision: .f64), gradient: true).gradients(dataSet: 0)
  }

  /// What is cut is the membrane's reset, never the adaptation, however the threshold is written.
  @Test func adaptiveThresholdsAreOne() throws {
    let spellings = try GradientProgram.thresholds.map { try gradients($0, reset: "cut") }
    let kept = try gradients(GradientProgram.thresholds[0], reset: "keep")
    for name in ["w_in", "w_rec", "w_out", "a.tau_mem", "a.tau_a", "a.beta"] {
      let expected = try #require(spellings[0].gradients[name])
      for (program, found) in zip(GradientProgram.thresholds, spellings) {
        let error = Reference.error(found.gradients[name], expected)
        #expect(error < 1e-12, "\(name), \(program.name): \(error)")
      }
    }
    let cut = try #require(spellings[0].gradients["w_in"])
    #expect(Reference.error(kept.gradients["w_in"], cut) > 1e-6)
  }

  /// Refractory neurons have no smooth counterpart; their gradient is finite, and zero where nothing ever spikes.
  @Test func refractoryNeuronsRun() throws {
    let program = GradientProgram(
      name: "refractory",
      neuron: """
        neuron Cell {
          learnable param tau = 10 ms
          state U = 0
          dU/dt = -U / tau
          on input(w) { U += w }
          spike when U > 1
          on spike { U = 0 }
          refractory 3 ms hold U
        }
        """)
    let result = try gradients(program, reset: "cut")
    for (name, gradient) in result.gradients {
      let isAlive = gradient.contains { $0 != 0 }
      let isFinite = gradient.allSatisfy(\.isFinite)
      #expect(isAlive && isFinite, "\(name)")
    }
  }
}
