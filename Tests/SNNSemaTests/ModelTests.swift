import SNNIR
import SNNSyntax
import Testing

@testable import SNNSema

/// A network of one unit of the neuron `N`.
func single(_ neuron: String, step: String = "0.1 ms") -> String {
  neuron + "\nnetwork Net {\n  step \(step)\n  population a = N[1]\n}\n"
}

@Suite struct ModelTests {
  private func lowered(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> NetworkModel {
    let (program, diagnostics) = checked(text)
    #expect(
      diagnostics.allSatisfy { $0.severity == .warning }, "\(findings(text))", sourceLocation: sourceLocation)
    let model = try #require(program.lower(network: "Net"), sourceLocation: sourceLocation).network
    #expect(model.verify().isEmpty, sourceLocation: sourceLocation)
    return model
  }

  /// Language page, section 7: `U[n+1] = beta U[n] + I[n] - S[n]`.
  @Test func paperNeuron() throws {
    let model = try lowered(
      single(
        """
        neuron N {
          param alpha = exp(-dt / 5 ms)
          param beta = exp(-dt / 10 ms)
          state U = 0
          state I = 0
          next U = beta * U + I - spike
          next I = alpha * I
          on input(w) { I += w }
          spike when U > 1
        }
        """, step: "1 ms"))
    #expect(model.parameters.map(\.name) == ["a.alpha", "a.beta"])
    let population = model.populations[0]
    let update = try #require(population.updates[0])
    let symbols = ["a.U": 2.0, "a.I": 0.25, "a.spike": 1, "a.beta": 0.5]
    #expect(value(update, in: model.graph, symbols) == 0.25)
    // The own flag is a path into U that a rule may cut.
    let tags = model.graph.reachable(from: [update]).filter { model.graph[$0].opcode == .path }
    #expect(tags.map { PathTag(aux: model.graph[$0].aux) } == [PathTag(.reset, population: 0, index: 0)])
    guard case .value(let first) = model.parameters[0].initial else {
      Issue.record("alpha has no value")
      return
    }
    #expect(value(first, in: model.graph, ["dt": 1]) == 0.8187307530779818)  // exp(-1/5)
  }

  @Test func quadraticIntegrateAndFire() throws {
    let model = try lowered(
      single(
        """
        neuron N {
          param tau = 10 ms
          param V_r = -65 mV
          param V_c = -50 mV
          param k = 0.05 mV^-1
          drive I_e : voltage
          state V = -65 mV
          tau * dV/dt = k * (V - V_r) * (V - V_c) + I_e
          on input(w) { V += w }
          spike when V > 30 mV
          on spike { V = V_r }
        }
        """))
    let flow = try #require(model.populations[0].flows[0])
    // 0.05 · (-40 + 65) · (-40 + 50) / 10 = 1.25 mV/ms.
    let symbols = ["a.V": -40.0, "a.V_r": -65, "a.V_c": -50, "a.k": 0.05, "a.tau": 10, "a.I_e": 0]
    #expect(value(flow, in: model.graph, symbols) == 1.25)
    #expect(model.populations[0].states[0].unit.text == "mV")
    #expect(model.populations[0].drives[0].unit.text == "mV")
  }

  /// Izhikevich 2003, equations 1-3, in volts and milliseconds.
  @Test func izhikevich() throws {
    let model = try lowered(
      single(
        """
        neuron N {
          param a = 0.02 /ms
          param b = 0.2 /ms
          param c = -65 mV
          param d = 8 mV/ms
          drive I : voltage/time
          state v = -70 mV
          state u = b * v
          dv/dt = 0.04 /mV/ms * v^2 + 5 /ms * v + 140 mV/ms - u + I
          du/dt = a * (b * v - u)
          spike when v >= 30 mV
          on spike { v = c; u += d }
        }
        """))
    let population = model.populations[0]
    let dv = try #require(population.flows[0])
    // 144 - 300 + 140 + 12 = -4 at v = -60, u = -12.
    let found = try #require(value(dv, in: model.graph, ["a.v": -60, "a.u": -12, "a.I": 0]))
    #expect(abs(found + 4) < 1e-12)
    #expect(population.reset.map(\.state) == [0, 1])
    #expect(population.guardCondition?.isStrict == false)
    #expect(population.states[1].unit.text == "mV/ms")
  }

  @Test func conductanceBasedNeuron() throws {
    let model = try lowered(
      single(
        """
        neuron N {
          param C = 200 pF
          param g_L = 10 nS
          param E_L = -70 mV
          param E_e = 0 mV
          param tau_e = 5 ms
          param V_th = -50 mV
          state V = E_L
          state g_e : conductance = 0
          C * dV/dt = g_L * (E_L - V) + g_e * (E_e - V)
          dg_e/dt = -g_e / tau_e
          on exc(w) { g_e += w }
          spike when V > V_th
          on spike { V = E_L }
          refractory 2 ms hold V
        }
        """))
    let population = model.populations[0]
    #expect(population.refractory?.ticks == 20)
    #expect(population.refractory?.held == [0])
    #expect(population.ports.map(\.name) == ["exc"])
    #expect(population.ports[0].unit.text == "nS")
    #expect(model.parameter(named: "a.C") != nil)
  }

  /// Hodgkin & Huxley 1952 in the form of Gerstner et al., Neuronal Dynamics, table 2.1; per area.
  @Test func hodgkinHuxley() throws {
    let model = try lowered(
      single(
        """
        function alpha_n(v) = 0.01 /mV/ms * (v + 55 mV) / (1 - exp(-(v + 55 mV) / 10 mV))
        function beta_n(v) = 0.125 /ms * exp(-(v + 65 mV) / 80 mV)
        function alpha_m(v) = 0.1 /mV/ms * (v + 40 mV) / (1 - exp(-(v + 40 mV) / 10 mV))
        function beta_m(v) = 4 /ms * exp(-(v + 65 mV) / 18 mV)
        function alpha_h(v) = 0.07 /ms * exp(-(v + 65 mV) / 20 mV)
        function beta_h(v) = 1 /ms / (1 + exp(-(v + 35 mV) / 10 mV))
        neuron N {
          param C = 1 uF/cm^2
          param g_Na = 120 mS/cm^2
          param g_K = 36 mS/cm^2
          param g_L = 0.3 mS/cm^2
          drive I : current/area
          state V = -65 mV
          state n = 0.318
          state m = 0.053
          state h = 0.596
          C * dV/dt = -g_Na * m^3 * h * (V - 50 mV) - g_K * n^4 * (V + 77 mV) - g_L * (V + 54.4 mV) + I
          dn/dt = alpha_n(V) * (1 - n) - beta_n(V) * n
          dm/dt = alpha_m(V) * (1 - m) - beta_m(V) * m
          dh/dt = alpha_h(V) * (1 - h) - beta_h(V) * h
          spike when V crosses 0 mV
        }
        """))
    #expect(model.populations[0].flows.count == 4)
    #expect(model.populations[0].guardCondition?.isCrossing == true)
    let dn = try #require(model.populations[0].flows[1])
    // alpha_n(-65) = 0.1 / (e - 1), beta_n(-65) = 0.125.
    let rate = 0.1 / (2.718281828459045 - 1)
    let found = try #require(value(dn, in: model.graph, ["a.V": -65, "a.n": 0.3]))
    #expect(abs(found - (rate * 0.7 - 0.125 * 0.3)) < 1e-15)
  }

  /// One adaptive threshold, spelled three ways (learning-rules, section 1).
  @Test(arguments: [
    "state a = 0\n da/dt = -a / tau_a\n spike when U > theta + beta * a\n on spike { U -= theta; a += 1 }",
    "state a = 0\n da/dt = -a / tau_a\n spike when U - beta * a > theta\n on spike { U -= theta; a += 1 }",
    "state b = theta\n db/dt = (theta - b) / tau_a\n spike when U > b\n on spike { U -= theta; b += beta }",
  ])
  func adaptiveThreshold(_ spelling: String) throws {
    let model = try lowered(
      single(
        """
        neuron N {
          param tau = 20 ms
          param tau_a = 200 ms
          param theta = 1
          param beta = 0.2
          state U = 0
          dU/dt = -U / tau
          on input(w) { U += w }
          \(spelling)
        }
        """))
    #expect(model.populations[0].reset.map(\.state) == [0, 1])
    #expect(model.populations[0].flows.count == 2)
  }

  @Test func oneNeuronServesInMillivoltsAndInNumbers() throws {
    let text =
      lif + """

        network Net {
          step 1 ms
          input x : spikes[3]
          population a = LIF[1]
          population b = LIF[1](theta = 15 mV)
          connect x -> a { weight = 0.5 }
          connect x -> b { weight ~ normal(0 mV, 2 mV) }
        }
        """
    let model = try lowered(text)
    #expect(model.populations[0].states[0].unit.text == "1")
    #expect(model.populations[1].states[0].unit.text == "mV")
    #expect(model.parameters.first { $0.name == "x_to_b" }?.unit.text == "mV")
    #expect(model.parameters.first { $0.name == "b.theta" }?.unit == DisplayUnit("mV", scale: 1))
  }

  @Test func parametersAreStoredComputedOrPerUnit() throws {
    let model = try lowered(
      """
      neuron N {
        param tau = 10 ms
        param beta = exp(-dt / tau)
        param bias = 0 per unit
        state U = 0
        next U = beta * U + bias
        spike when U > 1
      }
      network Net {
        step 1 ms
        population a = N[3](learnable tau ~ uniform(5 ms, 20 ms))
      }
      """)
    #expect(model.parameters.map(\.name) == ["a.tau", "a.bias"])
    #expect(model.parameters[0].isLearnable)
    #expect(model.parameters[0].shape == .perUnit(population: 0))
    #expect(model.parameters[1].shape == .perUnit(population: 0))
    guard case .draw(let distribution) = model.parameters[0].initial else {
      Issue.record("tau is not drawn")
      return
    }
    #expect(distribution == Distribution(.uniform, [5, 20]))
    // beta follows tau: one value per unit, named.
    let update = try #require(model.populations[0].updates[0])
    let names = model.graph.reachable(from: [update]).filter { model.graph[$0].opcode == .named }
    #expect(names.compactMap { model.graph.symbol($0).map { model.graph[$0].name } } == ["a.beta"])
    #expect(model.graph[names[0]].domain.axes == [.unit])
  }

  /// What a learnable quantity decides cannot be a number of ticks.
  @Test func learnableDurationsAreRejected() {
    let text = """
      neuron N {
        learnable param t_ref = 2 ms
        state V = 0
        dV/dt = -V / 10 ms
        spike when V > 1
        refractory t_ref
      }
      """
    #expect(findings(single(text)).map { $0.prefix(10) } == ["6:14 E0308"])
    #expect(findings(single(text.replacing("learnable ", with: ""))).isEmpty)
  }

  @Test func derivedNeurons() throws {
    let model = try lowered(
      """
      neuron A {
        param tau = 10 ms
        state V = 0
        dV/dt = -V / tau
        on input(w) { V += w }
        spike when V > 1
        on spike { V = 0 }
      }
      neuron N = A without spike
      neuron B = A with {
        param tau = 30 ms
        state a = 0
        da/dt = -a / tau
        also on spike { a += 1 }
      }
      network Net {
        step 1 ms
        population n = N[1]
        population b = B[2]
      }
      """)
    #expect(model.populations[0].guardCondition == nil)
    #expect(model.populations[1].reset.map(\.state) == [0, 1])
    let tau = try #require(model.parameters.first { $0.name == "b.tau" })
    guard case .value(let first) = tau.initial else {
      Issue.record("tau has no value")
      return
    }
    #expect(model.graph.constant(first) == 30)
  }
}
