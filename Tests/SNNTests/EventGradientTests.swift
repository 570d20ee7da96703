import SNN
import SNNIR
import SNNRuntime
import Testing

/// Gradients with exact spike times against finite differences of the simulation: any neuron, recurrent, several spikes
/// each, with delays; and what must not change them.
@Suite struct EventGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var neuron: String
    var cell: String
    var input = "1.2"
    var recurrent = "0.5"
    var inputDelay = "delay = 0.7 ms"
    var recurrentDelay = "delay = 1.3 ms"
    var outputDelay = "delay = 0 ms"
    var loss: String
    /// Least number of spikes of each neuron, on average.
    var spikes = 2.0
    var testDescription: String { name }

    /// Three recurrent neurons with delays, fed at fixed times, the loss over spikes and states.
    var source: String {
      """
      \(neuron)
      neuron Readout {
        param tau_out = 12 ms
        state r = 0
        state q = 0
        dr/dt = (q - r) / tau_out
        dq/dt = -q / 4 ms
        on input(w) { q += w }
      }
      network N {
        step exact
        input x : spikes[4]
        population h = \(cell)
        population o = Readout[2](learnable tau_out = 12 ms)
        connect x -> h as w_in { learnable weight ~ uniform(0.7 * \(input), 1.3 * \(input)), \(inputDelay) }
        connect h -> h as w_rec { learnable weight ~ uniform(-\(recurrent), \(recurrent)), \(recurrentDelay) }
        connect h -> o as w_out { learnable weight ~ normal(0, 1), \(outputDelay) }
      }
      task T of N {
        data train = randman(samples = 3, units = 4, classes = 1, duration = 25 ms, seed = 5)
        feed x = at(sample)
        run for 50 ms
        loss = \(loss) + sum over units of (o.r at 45 ms)
        score spikes = sum over units of sum over time of h.spike
        learn by eventprop
        batch 3, seed 4
      }
      """
    }
  }

  static let timed = "sum over units of (sum over time of h.spike * sin(t / 7 ms))"

  static let cases: [Case] = [
    Case(
      name: "current LIF, every kind of loss",
      neuron: """
        neuron LIF {
          param tau_mem = 10 ms
          param tau_syn = 5 ms
          param theta = 1
          param low = 0.1
          state V = 0
          state I = 0
          dV/dt = (I - V) / tau_mem
          dI/dt = -I / tau_syn
          on input(w) { I += w }
          spike when V > theta
          on spike { V = low }
        }
        """,
      cell: "LIF[3](learnable tau_mem = 10 ms, learnable tau_syn = 5 ms, learnable theta = 1, learnable low = 0.1)",
      input: "4", recurrent: "3",
      loss: "\(timed) + sum over units of (max over time of o.r)^2 + sum over units of exp(-first_spike(h) / 10 ms)"
        + " + (integral over time of o.r[0]) / 10 ms + sum over units of (o.r at 31 ms)"
        + " + mean over time in 10 ms ..< 30 ms of (sum over units of (o.r - 0.3)^2)"
        + " + 0.1 * cross_entropy(-first_spike(h) / 5 ms, label) + 0.01 * mean over synapses of w_in^2"),
    Case(
      name: "equal time constants, three modes",
      neuron: """
        neuron Adaptive {
          param tau = 8 ms
          param beta = 0.4
          state V = 0
          state I = 0
          state J = 0
          state a = 0
          dV/dt = (I - V) / tau
          dI/dt = (J - I) / 8 ms
          dJ/dt = -J / 3 ms
          da/dt = -a / 40 ms
          on input(w) { J += w }
          spike when V > 1 + beta * a
          on spike { V -= 1; a += 1 }
        }
        """, cell: "Adaptive[3](learnable beta ~ uniform(0.3, 0.5))", input: "14", recurrent: "5", loss: timed),
    Case(
      name: "threshold crossed by arrivals",
      neuron: """
        neuron Delta {
          param tau = 15 ms
          state V = 0
          dV/dt = -V / tau
          on input(w) { V += w }
          spike when V > 1
          on spike { V -= 1 }
        }
        """, cell: "Delta[3](learnable tau = 15 ms)", input: "0.9", recurrent: "0.4",
      loss: "\(timed) + sum over units of (max over time of h.V)", spikes: 1),
    Case(
      name: "quadratic",
      neuron: """
        neuron QIF {
          param tau = 9 ms
          param peak = 6
          state V = -0.5
          state I = 0
          dV/dt = (V^2 - 0.1 + I) / tau
          dI/dt = -I / 6 ms
          on input(w) { I += w }
          spike when V > peak
          on spike { V = -2 }
        }
        """, cell: "QIF[3](learnable tau ~ uniform(8 ms, 10 ms), learnable peak = 6)", input: "4", recurrent: "1",
      loss: "\(timed) + sum over units of (last over time of o.r) + sum over units of (min over time of h.V)",
      spikes: 1.5),
    Case(
      name: "conductances, refractory time, adaptation",
      neuron: """
        neuron Mine {
          param g_leak = 0.1
          param tau_a = 30 ms
          param jump = 0.3
          state V = 0.2
          state g = 0
          state a = 0
          dV/dt = (-g_leak * V + g * (2 - V) - 0.05 * a + 0.02 * exp(V - 1)) / 1 ms
          dg/dt = -g / 4 ms
          da/dt = (0.3 * V - a) / tau_a
          on input(w) { g += 0.1 * w; a += 0.05 * w * V }
          spike when V + 0.1 * a > 1
          on spike { V = 0.1 * a; a += jump * (1 + 0.1 * V) }
          refractory 2.5 ms hold V
        }
        """, cell: "Mine[3](learnable g_leak = 0.1, learnable tau_a = 30 ms, learnable jump = 0.3)", input: "5",
      recurrent: "0.6", loss: "\(timed) + sum over units of (integral over time of h.V^2) / 1 ms"),
    Case(
      name: "linear with a refractory time that is not held",
      neuron: """
        neuron Free {
          state V = 0
          state I = 0
          dV/dt = (I - V) / 10 ms
          dI/dt = -I / 5 ms
          on input(w) { I += w }
          spike when V > 0.5
          on spike { V -= 0.1 }
          refractory 4 ms
        }
        """, cell: "Free[3]", input: "4", recurrent: "1", loss: timed),
    Case(
      name: "learned delays, one per synapse",
      neuron: leaky, cell: "LIF[3]", input: "4", recurrent: "1",
      inputDelay: "learnable delay ~ uniform(0.4 ms, 3 ms)",
      recurrentDelay: "no self, learnable delay ~ normal(1.3 ms, 0.2 ms)",
      outputDelay: "learnable delay = 2 ms in 0.5 ms .. 9 ms",
      loss: "\(timed) + sum over units of (max over time of o.r)^2 + sum over units of exp(-first_spike(h) / 10 ms)"),
    Case(
      name: "learned delays of drawn synapses, into a readout that is a sum",
      neuron: leaky, cell: "LIF[3]", input: "8", recurrent: "1",
      inputDelay: "pattern random(p = 0.7), learnable delay ~ lognormal(0.3, 0.4) * 1 ms",
      recurrentDelay: "pattern fixed_indegree(k = 2), delay ~ uniform(0.5 ms, 2 ms)",
      outputDelay: "pattern fixed_outdegree(k = 1), learnable delay ~ uniform(0 ms, 9 ms)",
      loss: timed),
  ]

  static let leaky = """
    neuron LIF {
      state V = 0
      state I = 0
      dV/dt = (I - V) / 10 ms
      dI/dt = -I / 5 ms
      on input(w) { I += w }
      spike when V > 0.5
      on spike { V = 0 }
    }
    """

  /// A spike arrives after the delay of its synapse, to rounding: a target that fires at each arrival tells when. The
  /// delays are drawn, learnable or not, and set; below 0 there are none.
  @Test(arguments: ["", "learnable "]) func everySynapseHasItsDelay(_ learnable: String) throws {
    let model = try Reference.model(
      """
      neuron Echo {
        state V = 0
        dV/dt = -V / 1 ms
        on input(w) { V += w }
        spike when V > 0.5
        on spike { V = 0 }
      }
      network N {
        step exact
        input x : spikes[4]
        population h = Echo[4]
        population k = Echo[4]
        connect x -> h { pattern one_to_one, weight = 1 }
        connect h -> k as later { pattern one_to_one, weight = 1, \(learnable)delay ~ normal(2 ms, 3 ms) }
      }
      task T of N {
        data train = randman(samples = 1, units = 4, classes = 1, duration = 25 ms, seed = 5)
        feed x = at(sample)
        run for 60 ms
        batch 1, seed 4
      }
      """)
    let session = try Session(model, records: try model.recordRequests(["h.spike", "k.spike"]))
    let drawn = try #require(session.parameter("later.delay"))
    #expect(drawn.count == 4 && Set(drawn).count == 4)
    for delays in [drawn, [0, 0.123456789, 7, 21.5], [-3, 1, 1, 1]] {
      try session.setParameter("later.delay", delays)
      let run = try session.run(dataSet: 0)
      let times = run.recordings.map { recording -> [Double] in
        let events = recording.events!
        return (0..<4).map { unit in events.times[events.spikes.firstIndex { $0.unit == unit }!] }
      }
      for unit in 0..<4 {
        #expect(abs(times[1][unit] - times[0][unit] - max(delays[unit], 0)) < 1e-12)
      }
    }
  }

  @Test(arguments: cases) func agreesWithDifferences(_ program: Case) throws {
    let model = try Reference.model(program.source)
    let session = try Session(model, gradient: true)
    let result = try session.gradients(dataSet: 0)
    let spikes = try session.evaluate(0).scores[0]
    #expect(spikes >= 3 * program.spikes, "\(spikes) spikes")
    for check in try GradientCheck.run(model, samples: 3, elements: 12) {
      #expect(check.worst < 1e-6, "\(check.parameter): \(check.worst)")
      #expect(result.gradients[check.parameter]?.contains { $0 != 0 } == true, "\(check.parameter) matters")
    }
  }

  /// A step of gradient descent moves weights and delays by their own gradients, whichever of them learn.
  @Test(arguments: [["w_in", "w_in.delay"], ["w_in.delay"], ["w_rec.delay", "w_out"]])
  func stepsMoveWhatLearns(_ names: [String]) throws {
    let program = try #require(Self.cases.first { $0.name == "learned delays, one per synapse" })
    let source = program.source
      .replacing(
        "learn by eventprop", with: "learn \(names.joined(separator: ", ")) by eventprop\n    optimise sgd(rate = 1e-3)"
      )
      .replacing("batch 3", with: "batch 3, epochs 1")
    let session = try Session(try Reference.model(source), gradient: true)
    let gradients = try session.gradients(dataSet: 0).gradients
    let before = Dictionary(
      uniqueKeysWithValues: session.model.network.parameters.map { ($0.name, session.parameter($0.name)!) })
    try Trainer(session).train()
    for (name, old) in before {
      let new = try #require(session.parameter(name))
      guard names.contains(name) else {
        #expect(new == old, "\(name) does not learn")
        continue
      }
      let gradient = try #require(gradients[name])
      #expect(gradient.contains { $0 != 0 })
      for ((x, y), slope) in zip(zip(old, new), gradient) { #expect(abs(x - y - 1e-3 * slope) < 1e-12) }
    }
  }

  /// A readout that is read at the end alone is a sum over what arrives; one that is read before, too, goes from event to
  /// event. Both are the same network, with delays, learned values at the start, and inputs of its own.
  @Test func readoutAtTheEndIsASum() throws {
    func source(_ extra: String) -> String {
      """
      neuron LIF {
        state V = 0
        state I = 0
        dV/dt = (I - V) / 10 ms
        dI/dt = -I / 5 ms
        on input(w) { I += w }
        spike when V > 0.5
        on spike { V = 0 }
      }
      neuron Readout {
        param start = 0.3
        state r = start
        state q = 0.2
        dr/dt = (q + 0.1 - r) / 12 ms
        dq/dt = -q / 4 ms
        on input(w) { q += w }
      }
      network N {
        step exact
        input x : spikes[4]
        population h = LIF[5]
        population o = Readout[2](learnable start = 0.3)
        connect x -> h as w_in { learnable weight ~ uniform(2, 4), delay = 0.7 ms }
        connect x -> o as w_skip { learnable weight ~ normal(0, 1) }
        connect h -> o as w_out { learnable weight ~ normal(0, 1), delay = 1.3 ms }
      }
      task T of N {
        data train = randman(samples = 3, units = 4, classes = 1, duration = 25 ms, seed = 5)
        feed x = at(sample)
        run for 50 ms
        loss = sum over units of (o.r at 50 ms)^2 + sum over units of (mean over time of o.r) \(extra)
        score spikes = sum over units of sum over time of h.spike
        learn by eventprop
        batch 3, seed 4
      }
      """
    }
    let model = try Reference.model(source(""))
    let sum = try Session(model, gradient: true).gradients(dataSet: 0)
    let events = try Session(Reference.model(source("+ 0 * sum over units of (o.r at 20 ms)")), gradient: true)
      .gradients(dataSet: 0)
    #expect(try Session(model).evaluate(0).scores[0] > 5)
    #expect(abs(sum.loss - events.loss) < 1e-13)
    for (name, values) in sum.gradients {
      #expect(Reference.error(events.gradients[name], values) < 1e-12, "\(name)")
      #expect(values.contains { $0 != 0 }, "\(name) matters")
    }
    for check in try GradientCheck.run(model, samples: 3, elements: 12) {
      #expect(check.worst < 1e-6, "\(check.parameter): \(check.worst)")
    }
    // Recording changes no bit, and its last row is what the loss reads.
    let session = try Session(model, gradient: true, records: try model.recordRequests(["o.r"]))
    let recorded = try session.engine.run(
      try session.batch(source: 0, samples: [0, 1, 2], epoch: nil), gradient: true, records: true)
    #expect(recorded.loss == sum.loss)
  }

  /// The same bits for any number of threads, and whether anything is recorded.
  @Test func threadsChangeNothing() throws {
    let model = try Reference.model(Self.cases[0].source)
    var results: [GradientResult] = []
    for threads in [1, 2, 3] {
      let session = try Session(model, options: SessionOptions(threads: threads), gradient: true)
      results.append(try session.gradients(dataSet: 0))
    }
    for result in results {
      #expect(result.loss == results[0].loss)
      #expect(result.gradients == results[0].gradients)
    }
  }
}
