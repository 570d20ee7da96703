import SNN
import Testing

/// Small programs whose gradients are checked: a hidden population of some neuron between spiking inputs and a leaky
/// readout, on twelve random patterns.
struct GradientProgram: Sendable, CustomStringConvertible {
  var name: String
  /// Declares `Cell`.
  var neuron: String
  var population = "Cell[5]"
  /// Unit of the weights of the hidden population, and their spread.
  var weight = "normal(0.4, 0.8)"
  var recurrent = "normal(0, 0.4)"
  var port = ""
  /// More items of the network.
  var more = ""
  var loss = "cross_entropy(max over time of out.U, label)"
  var surrogate = "sigmoid(5)"
  var step = "1 ms"
  /// Of the patterns and of the run.
  var steps = 20
  var feeds = ""
  /// Learnable parameters that the loss does not depend on.
  var unreached: Set<String> = []
  var description: String { name }

  static let readout = """
    neuron Readout {
      learnable param tau_out = 8 ms in 2 ms .. 50 ms
      state U = 0
      dU/dt = -U / tau_out
      on input(w) { U += w }
    }
    """

  var source: String {
    """
    \(neuron)
    \(Self.readout)
    network N {
      step \(step)
      input x : spikes[6]
      population a = \(population)
      population out = Readout[3]
      connect x -> a\(port) as w_in { learnable weight ~ \(weight) }
      connect a -> a\(port) as w_rec { learnable weight ~ \(recurrent) }
      connect a -> out as w_out { learnable weight ~ normal(0, 0.7) }
      \(more)
    }
    task tell of N {
      data train = random_patterns(samples = 12, units = 6, steps = \(steps), rate = 0.15 / (\(step)), classes = 3, seed = 4)
      feed x = direct(sample)
      \(feeds)
      run for \(steps) * (\(step))
      loss = \(loss)
      learn by bptt { surrogate = \(surrogate), reset = cut }
      optimise adam(rate = 1e-3)
      batch 12, epochs 1, seed 5
    }
    """
  }
}

extension GradientProgram {
  static let lif = """
    neuron Cell {
      param tau_mem = 10 ms in 2 ms .. 60 ms
      param tau_syn = 5 ms
      param theta = 1
      param u_reset = 0
      state U = 0
      state I = 0
      dU/dt = -(U - I) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += 2 * w }
      spike when U > theta
      on spike { U = u_reset }
    }
    """

  static let neurons: [GradientProgram] =
    [
      GradientProgram(name: "LIF, exact", neuron: lif),
      GradientProgram(
        name: "LIF, everything learned, shared", neuron: lif,
        population: """
          Cell[5](learnable tau_mem = 10 ms, learnable tau_syn = 4 ms, learnable theta = 0.9, learnable u_reset = 0.1)
          """),
      GradientProgram(
        name: "LIF, everything learned, per unit", neuron: lif,
        population: """
          Cell[5](learnable tau_mem ~ uniform(5 ms, 15 ms), learnable tau_syn = 4 ms per unit,
            learnable theta ~ uniform(0.8, 1.2), learnable u_reset ~ normal(0, 0.1))
          """),
      GradientProgram(
        name: "LIF, equal time constants", neuron: lif,
        population: "Cell[5](learnable tau_mem = 5 ms, learnable tau_syn = 5 ms)"),
      GradientProgram(
        name: "LIF as difference equations",
        neuron: """
          neuron Cell {
            learnable param alpha = 0.8 in 0 .. 1
            learnable param beta = 0.9 in 0.1 .. 0.99
            learnable param theta = 1 in 0.1 ..
            state U = 0
            state I = 0
            next U = beta * U + I - theta * spike
            next I = alpha * I
            on input(w) { I += w }
            spike when U > theta
          }
          """, weight: "normal(0.2, 0.4)"),
      GradientProgram(
        name: "QIF",
        neuron: """
          neuron Cell {
            learnable param tau = 10 ms
            learnable param rest = -0.2
            learnable param v_reset = -1
            state V = -0.5
            state I = 0
            tau * dV/dt = V^2 + rest + 2 * I
            dI/dt = -I / (5 ms)
            on input(w) { I += w }
            spike when V > 1.5
            on spike { V = v_reset }
          }
          """),
      GradientProgram(
        name: "Izhikevich",
        neuron: """
          neuron Cell {
            learnable param a = 0.02 /ms
            learnable param b = 0.2
            learnable param c = -65
            learnable param d = 8
            state v = -65
            state u = -13
            state I = 0
            dv/dt = (0.04 * v^2 + 5 * v + 140 - u + I) / (1 ms)
            du/dt = a * (b * v - u)
            dI/dt = -I / (5 ms)
            on input(w) { I += w }
            spike when v > 30
            on spike { v = c; u += d }
          }
          """, weight: "normal(6, 3)", surrogate: "sigmoid(0.05)", step: "0.1 ms", steps: 100),
      GradientProgram(
        name: "conductance-based LIF",
        neuron: """
          neuron Cell {
            param C = 200 pF
            learnable param g_L = 10 nS
            param E_L = -70 mV
            param E_e = 0 mV
            learnable param E_i = -80 mV
            learnable param tau_e = 5 ms in 1 ms .. 20 ms
            param tau_i = 10 ms
            learnable param V_th = -55 mV
            learnable param V_r = -68 mV
            state V = -70 mV
            state g_e = 0 nS
            state g_i = 0 nS
            C * dV/dt = g_L * (E_L - V) + g_e * (E_e - V) + g_i * (E_i - V)
            dg_e/dt = -g_e / tau_e
            dg_i/dt = -g_i / tau_i
            on exc(w) { g_e += w }
            on inh(w) { g_i += w }
            spike when V > V_th
            on spike { V = V_r }
          }
          """, weight: "uniform(2 nS, 12 nS)", recurrent: "uniform(0 nS, 4 nS)", port: ".exc",
        more: "connect a -> a.inh as w_inh { learnable weight ~ uniform(0 nS, 6 nS) }",
        surrogate: "sigmoid(5, scale = 10 mV)"),
      GradientProgram(
        name: "alpha synapse",
        neuron: """
          neuron Cell {
            learnable param tau_mem = 10 ms
            learnable param tau_syn = 4 ms
            state U = 0
            state I = 0
            state x = 0
            dU/dt = -(U - I) / tau_mem
            dI/dt = (x - I) / tau_syn
            dx/dt = -x / tau_syn
            on input(w) { x += 3 * w }
            spike when U > 1
            on spike { U -= 1 }
          }
          """),
      GradientProgram(
        name: "resonate and fire",
        neuron: """
          neuron Cell {
            learnable param b = 0.1 /ms
            learnable param omega ~ uniform(0.2 /ms, 0.5 /ms)
            state x = 0
            state y = 0
            dx/dt = -b * x - omega * y
            dy/dt = omega * x - b * y
            on input(w) { x += w }
            spike when y > 1
            on spike { y = 0.5 }
          }
          """),
      GradientProgram(
        name: "exponential Euler",
        neuron: """
          neuron Cell {
            learnable param g_L = 0.1 /ms
            learnable param E = 4
            state V = 0
            state g = 0 /ms
            dV/dt = -g_L * V + g * (E - V)
            dg/dt = -g / (4 ms)
            on input(w) { g += w }
            spike when V > 1
            on spike { V = 0 }
            integrate exponential_euler
          }
          """, weight: "uniform(0 /ms, 0.15 /ms)", recurrent: "uniform(0 /ms, 0.05 /ms)"),
      GradientProgram(
        name: "Heun",
        neuron: """
          neuron Cell {
            learnable param tau = 8 ms
            state V = 0
            state I = 0
            dV/dt = (tanh(2 * I) - V * abs(V)) / tau
            dI/dt = -I / (4 ms)
            on input(w) { I += 2 * w }
            spike when V > 0.5
            on spike { V -= 0.5 }
            integrate heun
          }
          """),
    ] + thresholds

  /// One adaptive threshold in three spellings.
  static let thresholds: [GradientProgram] = [
    ("U > theta + beta a", "state a = 0", "da/dt = -a / tau_a", "U > theta + beta * a", "a += 1"),
    ("U - beta a > theta", "state a = 0", "da/dt = -a / tau_a", "U - beta * a > theta", "a += 1"),
    ("threshold a state", "state A = 1", "dA/dt = -(A - theta) / tau_a", "U > A", "A += beta"),
  ].map { name, state, flow, condition, jump in
    GradientProgram(
      name: "adaptive threshold, \(name)",
      neuron: """
        neuron Cell {
          learnable param tau_mem = 10 ms
          learnable param tau_a = 30 ms
          learnable param beta = 0.3
          param theta = 1
          state U = 0
          \(state)
          dU/dt = -U / tau_mem
          \(flow)
          on input(w) { U += w }
          spike when \(condition)
          on spike { U -= theta; \(jump) }
        }
        """)
  }

  static let networks: [GradientProgram] = [
    GradientProgram(
      name: "delays", neuron: lif,
      more: """
        connect x -> a as w_in_2 { learnable weight ~ normal(0, 0.5), delay = 2 ms }
          connect x -> a as w_in_5 { learnable weight ~ normal(0, 0.5), delay = 5 ms }
          connect a -> a as w_rec_2 { learnable weight ~ normal(0, 0.4), delay = 2 ms }
          connect a -> a as w_rec_5 { learnable weight ~ normal(0, 0.4), delay = 5 ms }
          connect a -> out as w_out_2 { learnable weight ~ normal(0, 0.4), delay = 2 ms }
          connect a -> out as w_out_5 { learnable weight ~ normal(0, 0.4), delay = 5 ms }
        """),
    GradientProgram(
      name: "chain of delay 0", neuron: lif,
      more: """
        population b = Cell[4]
          connect a -> b as w_ab { learnable weight ~ normal(0.5, 1), delay = 0 ms }
          connect b -> out as w_bo { learnable weight ~ normal(0, 1), delay = 0 ms }
        """),
    GradientProgram(
      name: "circle of delay 0", neuron: lif,
      more: """
        population b = Cell[4](learnable tau_syn = 3 ms)
          connect a -> b as w_ab { learnable weight ~ normal(0.5, 1), delay = 0 ms }
          connect b -> a as w_ba { learnable weight ~ normal(0, 0.6), delay = 0 ms }
          connect b -> b as w_bb { learnable weight ~ normal(0, 0.4), delay = 0 ms }
          connect b -> out as w_bo { learnable weight ~ normal(0, 1), delay = 0 ms }
        """),
    GradientProgram(
      name: "two populations, mutually connected", neuron: lif,
      more: """
        population b = Cell[4](learnable tau_syn = 3 ms)
          connect a -> b as w_ab { learnable weight ~ normal(0.3, 0.6) }
          connect b -> a as w_ba { learnable weight ~ normal(0, 0.6), delay = 3 ms }
          connect b -> b as w_bb { learnable weight ~ normal(0, 0.4) }
          connect b -> out as w_bo { learnable weight ~ normal(0, 1) }
          connect a[1 ..< 4] -> b[0 ..< 3] as w_11 { learnable weight ~ normal(0, 1), pattern one_to_one }
        """),
    GradientProgram(
      name: "analog input",
      neuron: """
        neuron Cell {
          learnable param tau = 10 ms
          learnable param bias = 0.2
          state U = 0
          drive I
          dU/dt = -(U - I - bias) / tau
          on input(w) { U += w }
          spike when U > 1
          on spike { U -= 1 }
        }
        """,
      more: """
        input y[6] : 1
          connect y -> a.I as w_y { learnable weight ~ normal(1, 1) }
          connect y -> a.I as w_y_3 { learnable weight ~ normal(1, 1), delay = 3 ms }
        """,
      feeds: "feed y = direct(sample)"),
  ]

  static let losses: [GradientProgram] = [
    ("mean over time of mse", "mean over time of mse(out.U, onehot(label))"),
    ("cross entropy at every tick", "mean over time of cross_entropy(out.U, label)"),
    ("cross entropy of the mean", "cross_entropy(mean over time of out.U, label)"),
    ("last", "cross_entropy(last over time of out.U, label)"),
    (
      "spike counts",
      """
      cross_entropy(max over time of out.U, label)
           + 1e-1 * mean over units of relu((sum over time of a.spike) - 1)^2
      """
    ),
    ("weights", "cross_entropy(max over time of out.U, label) + 0.3 * mean over synapses of w_rec^2"),
    (
      "squared mean of the batch",
      """
      cross_entropy(max over time of out.U, label)
           + mean over units of ((mean over samples of (sum over time of a.spike)) - 2)^2
      """
    ),
    ("potential of the hidden population", "mean over time of mean over units of (a.U - 0.3)^2"),
    ("windows", "cross_entropy(mean over time in 5 ms ..< 15 ms of out.U, label)"),
  ].map { name, loss in
    GradientProgram(
      name: name, neuron: lif, loss: loss, unreached: loss.contains("out.") ? [] : ["out.tau_out", "w_out"])
  }
}
