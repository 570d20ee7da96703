import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// Programs of the language, planned by the calculus, on the engine and on the obvious executor: losses, spikes and
/// every gradient agree.
@Suite struct EngineEquivalenceTests {
  static let lif = """
    neuron LIF {
      param tau_mem = 10 ms in 1 ms .. 100 ms
      param tau_syn = 5 ms
      param theta = 1
      state U = 0
      state I = 0
      dU/dt = -(U - I) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += w }
      spike when U > theta
      on spike { U -= theta }
    }
    neuron Readout {
      param tau_mem = 10 ms
      state U = 0
      dU/dt = -U / tau_mem
      on input(w) { U += w }
    }
    """
  static let task = """
    task tell of N {
      data train = random_patterns(samples = 12, units = 20, steps = 30, rate = 60 Hz, classes = 3, seed = 0)
      feed x = direct(sample)
      run for 30 ms
      loss = cross_entropy(max over time of out.U, label)
           + 1e-2 * mean over units of relu((sum over time of a.spike) - 2)^2
      score accuracy = argmax(max over time of out.U) == label
      learn by bptt { surrogate = fast_sigmoid(5) }
      optimise adam(rate = 1e-3)
      batch 12, epochs 1, seed 3
    }
    """

  static func network(_ hidden: String, _ connections: String = "") -> String {
    """
    network N {
      step 1 ms
      input x : spikes[20]
      population a = \(hidden)
      population out = Readout[3]
      connect x -> a as w_in { learnable weight ~ normal(0.3, 0.8) }
      connect a -> out as w_out { learnable weight ~ normal(0, 0.5) }
      \(connections)
    }
    """
  }

  static let programs: [(String, [String])] = [
    ("recurrent", [lif, network("LIF[17]", "connect a -> a as v { learnable weight ~ normal(0, 0.3) }"), task]),
    (
      "delays and slices",
      [
        lif,
        network(
          "LIF[17]",
          """
          connect a -> a as v { learnable weight ~ normal(0, 0.3), delay = 3 ms }
            connect a[2 ..< 7] -> a[9 ..< 14] as u { learnable weight ~ normal(0, 0.9), pattern one_to_one, delay = 2 ms }
            connect x[3 ..< 9] -> a[1 ..< 8] as s { learnable weight ~ normal(0, 0.9), delay = 2 ms }
          """), task,
      ]
    ),
    (
      "learnable time constants",
      [
        lif,
        network("LIF[17](learnable tau_mem ~ uniform(5 ms, 20 ms), learnable tau_syn = 6 ms, learnable theta = 1)"),
        task,
      ]
    ),
    (
      "refractory and adaptation",
      [
        """
        neuron LIF {
          param tau = 12 ms
          param rho = 30 ms
          state U = 0
          state b = 0
          dU/dt = -U / tau
          db/dt = -b / rho
          on input(w) { U += w }
          spike when U > 1 + 0.4 * b
          on spike { U = 0; b += 1 }
          refractory 3 ms hold U
        }
        neuron Readout {
          state U = 0
          dU/dt = -U / (10 ms)
          on input(w) { U += w }
        }
        """, network("LIF[17]", "connect a -> a as v { learnable weight ~ normal(0, 0.3) }"), task,
      ]
    ),
    (
      "nonlinear flow",
      [
        """
        neuron LIF {
          learnable param tau = 12 ms
          state U = 0
          state g = 0
          dU/dt = (U * (U - 0.6) - 2 * U + 3 * tanh(g) * (1.5 - U)) / tau
          dg/dt = -g / (4 ms)
          on input(w) { g += w }
          spike when U > 0.7
          on spike { U = -0.2 }
          integrate rk4(substeps = 2)
        }
        neuron Readout {
          state U = 0
          dU/dt = -U / (10 ms)
          on input(w) { U += w }
        }
        """, network("LIF[17]", "connect a -> a as v { learnable weight ~ normal(0, 0.3) }"), task,
      ]
    ),
  ]

  @Test(arguments: programs.indices) func matchesTheReference(_ index: Int) throws {
    let (name, source) = Self.programs[index]
    let program = SNN.Program.compile(source.joined(separator: "\n"))
    let isSound = !program.hasErrors
    try #require(isSound, "\(name): \(program.rendered())")
    let model = try program.model()
    let session = try Session(model, options: SessionOptions(precision: .f64, threads: 2), gradient: true)
    let (origin, samples) = session.samples(of: 0)
    let batch = try session.batch(source: origin, samples: samples, epoch: 0)
    let engine = session.engine
    var reference = ReferenceExecutor(
      plan: engine.plan, parameters: engine.plan.parameters.indices.map { engine.parameter($0) })
    let expected = try reference.run(batch, gradient: true)
    let result = try engine.run(batch, gradient: true)
    #expect(expected.spikeCounts[0] > 50, "\(name) is silent")
    #expect(result.spikeCounts == expected.spikeCounts)
    #expect(result.scores == expected.scores)
    #expect(abs(result.loss! - expected.loss!) < 1e-12 * abs(expected.loss!))
    for (parameter, gradient) in expected.gradients {
      let size = gradient.map(abs).max() ?? 0
      guard let found = result.gradients[parameter] else {
        Issue.record("\(name): no gradient of \(engine.plan.parameters[parameter].name)")
        continue
      }
      let error = zip(found, gradient).map { abs($0 - $1) }.max() ?? 0
      #expect(size > 0 && error < 1e-10 * size, "\(name): \(engine.plan.parameters[parameter].name), \(error / size)")
    }
    // Single precision takes the same path where no margin is within its rounding.
    let single = try Engine(plan: engine.plan, precision: .f32)
    for index in engine.plan.parameters.indices { try single.setParameter(index, engine.parameter(index)) }
    let narrow = try single.run(batch, gradient: true)
    if narrow.spikeCounts == result.spikeCounts { #expect(abs(narrow.loss! - result.loss!) < 1e-4) }
  }
}
