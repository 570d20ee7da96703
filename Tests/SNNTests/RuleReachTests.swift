import SNNIR
import SNNSyntax
import Testing

@testable import SNN
@testable import SNNRuntime

/// What a rule says it cannot reach, and what it does not change: the same, for every rule of the table.
@Suite struct RuleReachTests {
  static let program = """
    neuron LIF {
      learnable param tau = 10 ms
      state V = 0
      dV/dt = -V / tau
      on input(w) { V += w }
      spike when V > 1
      on spike { V = 0 }
    }
    neuron Readout {
      learnable param bias = 0.1 per unit
      state y = 0
      dy/dt = (bias - y) / 20 ms
      on input(w) { y += w }
    }
    network N {
      step 1 ms
      input x : spikes[10]
      population first = LIF[8]
      population aside = LIF[6]
      population second = LIF[7]
      population out = Readout[2]
      connect x -> first as w_in { learnable weight ~ normal(0.6, 0.5) }
      connect x -> aside as w_aside { learnable weight ~ normal(0.6, 0.5) }
      connect first -> second as w_mid { learnable weight ~ normal(0.5, 0.5) }
      connect first -> aside as w_out_of { learnable weight ~ normal(0.3, 0.3) }
      connect aside -> first as w_back { learnable weight ~ normal(0.3, 0.3) }
      connect second -> out as w_out { learnable weight ~ normal(0, 0.5) }
    }
    task learn_it of N {
      data train = random_patterns(samples = 6, units = 10, steps = 60, rate = 80 Hz, classes = 2)
      feed x = direct(sample)
      run for 60 ms
      loss = cross_entropy(mean over time of out.y, label)
      learn by bptt { surrogate = fast_sigmoid(2) }
      batch 6, epochs 1
    }
    """

  static let rules = [
    "bptt", "rtrl", "eprop", "superspike", "feedback_alignment", "direct_feedback_alignment", "random_error_bp",
    "finite_difference",
  ]

  @Test(arguments: rules) func warningsAreWhatDoesNotChange(_ rule: String) throws {
    let program = Program.compile(Self.program, settings: ["rule": rule])
    try #require(!program.hasErrors, "\(program.rendered())")
    let model = try program.model()
    let warned = Set(
      program.diagnostics.filter { $0.id.slug == "loss-cannot-reach" }.flatMap { diagnostic in
        diagnostic.headline.split(separator: "`").map(String.init)
          .filter { model.network.parameter(named: $0) != nil }
      })
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let gradients = try session.trainingGradients().gradients
    let still = Set(
      model.learnable.map { model.network.parameters[$0].name }.filter { name in
        gradients[name]?.contains { $0 != 0 } != true
      })
    #expect(warned == still, "\(rule): said of \(warned.sorted()), so it is with \(still.sorted())")
  }

  /// The cases are told apart: what only the recurrence leads to, and what is no weight.
  @Test func reasons() throws {
    func warnings(_ rule: String) -> [String] {
      Program.compile(Self.program, settings: ["rule": rule]).diagnostics.filter { $0.severity == .warning }
        .map(\.headline)
    }
    #expect(warnings("bptt").isEmpty && warnings("rtrl").isEmpty)
    #expect(warnings("eprop").contains { $0.hasPrefix("`eprop` cannot reach ") && $0.contains("`w_aside`") })
    #expect(warnings("random_error_bp").contains { $0.hasPrefix("`random_error_bp` cannot reach ") })
    #expect(warnings("finite_difference").contains { $0.hasPrefix("the loss cannot reach ") })
  }
}
