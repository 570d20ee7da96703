extension GradientProgram {
  /// Constructs of the language that derivatives must go through, one or two each.
  static let constructs: [GradientProgram] = [
    GradientProgram(
      name: "white noise",
      neuron: """
        neuron Cell {
          learnable param tau = 8 ms
          learnable param sigma = 0.3
          state U = 0
          state I = 0
          dU/dt = -(U - I) / tau + sigma * (1 + 0.2 * U) * xi / sqrt(1 ms) + 0.1 * xi_both / sqrt(1 ms)
          dI/dt = -I / (5 ms) - 0.2 * sigma * xi_both / sqrt(1 ms)
          on input(w) { I += w }
          spike when U > 1
          on spike { U = 0 }
        }
        """),
    GradientProgram(
      name: "escape noise",
      neuron: """
        neuron Cell {
          learnable param rho = 0.2 /ms
          learnable param theta = 1
          state U = 0
          dU/dt = -U / (8 ms)
          on input(w) { U += w }
          spike with rate rho * exp(U - theta)
          on spike { U -= theta }
        }
        """),
    GradientProgram(
      name: "drive in threshold and reset",
      neuron: """
        neuron Cell {
          learnable param gain = 0.5
          drive x
          state U = 0
          dU/dt = -U / (8 ms)
          on input(w) { U += w * (1 + 0.1 * x) }
          spike when U > 1 + gain * x
          on spike { U = -gain * x }
        }
        """, feeds: "feed a.x = sin(t / 3 ms)"),
    GradientProgram(
      name: "initial values learned",
      neuron: """
        neuron Cell {
          learnable param u_0 ~ normal(0.5, 0.2)
          learnable param i_0 = 0.3
          learnable param tau = 10 ms
          state U = u_0
          state I = i_0 * u_0
          dU/dt = -(U - I) / tau
          dI/dt = -I / (5 ms)
          on input(w) { I += w }
          spike when U > 1
          on spike { U -= 1 }
        }
        """),
    GradientProgram(
      name: "port bodies",
      neuron: """
        neuron Cell {
          learnable param a = 0.4
          learnable param b = 0.7
          state V = 0
          state I = 0
          next V = b * V + a * I
          next I = 0.8 * I
          on input(w) { I += b * w; V += (1 - spike) * a * w * (2 - V) }
          on late(w) { V += w * I; I *= 1 }
          spike when V > 1
          on spike { V = 0 }
        }
        """,
      more: "connect a -> a.late as w_late { learnable weight ~ normal(0, 0.3), delay = 2 ms }"),
    GradientProgram(
      name: "resets in sequence",
      neuron: """
        neuron Cell {
          learnable param c = 0.2
          learnable param d = 0.6
          state U = 0
          state a = 0
          dU/dt = (-U - 0.2 * a) / (10 ms)
          da/dt = (0.3 * U - a) / (25 ms)
          on input(w) { U += w }
          spike when U > 1 + c * a
          on spike { a += d * U; U = c * a - 0.1; a *= 1 - c }
        }
        """),
    GradientProgram(
      name: "choices, extrema and time",
      neuron: """
        function rectified(x) = if x > 0 then x else 0.1 * x
        neuron Cell {
          learnable param tau = 10 ms
          learnable param k = 2
          state U = 0
          state I = 0
          let drive_in = tanh(k * rectified(I)) + 0.1 * sin(t / (3 ms))
          dU/dt = (max(drive_in, -0.5) - min(U, 2) + sqrt(abs(U) + 1) - 1) / tau
          dI/dt = -I / (5 ms)
          on input(w) { I += 2 * w }
          spike when U > 0.4
          on spike { U = 0 }
        }
        """),
    GradientProgram(
      name: "next of another state",
      neuron: """
        neuron Cell {
          learnable param beta = 0.85 in 0 .. 1
          learnable param gain = 0.5
          state I = 0
          state U = 0
          next I = 0.7 * I
          next U = beta * U + gain * next I - spike * U
          on input(w) { I += 2 * w }
          spike when U > 0.6
        }
        """),
    GradientProgram(
      name: "a threshold before arrivals",
      neuron: """
        neuron Cell {
          learnable param tau = 10 ms
          state V = 0
          state P = 0
          dV/dt = -V / tau
          next P = next V
          on input(w) { V += w }
          spike when P > 1
          on spike { V = 0 }
        }
        """),
    GradientProgram(
      name: "units in a current-based neuron",
      neuron: """
        neuron Cell {
          learnable param tau_m = 15 ms in 5 ms .. 40 ms
          learnable param R = 0.1 GOhm
          learnable param V_th = -50 mV
          param V_rest = -65 mV
          state V = -65 mV
          state I = 0 pA
          tau_m * dV/dt = -(V - V_rest) + R * I
          dI/dt = -I / (5 ms)
          on input(w) { I += w }
          spike when V > V_th
          on spike { V = V_rest }
        }
        """, weight: "normal(150 pA, 200 pA)", recurrent: "normal(0 pA, 60 pA)",
      loss: """
        cross_entropy(max over time of out.U, label)
             + 1e-3 * mean over time of mean over units of ((a.V + 60 mV) / 1 mV)^2
        """, surrogate: "sigmoid(5, scale = 5 mV)"),
    GradientProgram(
      name: "primitive of one's own",
      neuron: "surrogate soft(x, k = 3) from 0.5 + atan_like(k * x)\nfunction atan_like(x) = 0.5 * x / (1 + abs(x))\n"
        + lif, surrogate: "soft(4)"),
    GradientProgram(
      name: "bounded weights", neuron: lif,
      more: "connect a -> out as w_bound { learnable weight ~ uniform(0.1, 0.9) in 0 .. 1, delay = 2 ms }"),
  ]

  static let reductions: [GradientProgram] = [
    ("of the label's unit", "-(mean over time of out.U[label])"),
    ("at a time", "cross_entropy(out.U at 15 ms, label)"),
    ("smallest and first", "mean over units of ((min over time of a.U) + (first over time of a.I))^2"),
    ("integral", "mse(integral over time of out.U / 1 ms, onehot(label)) / 100"),
    ("before reset", "mean over time of mean over units of a.U.before_reset^2"),
    (
      "products of reductions",
      "(sum over time of sum over units of a.spike) * (max over units of last over time of out.U)"
    ),
    ("where", "mean over units of (sum over time where t > 6 ms of out.U)^2 / 100"),
    ("last where", "mean over units of (last over time where t < 15 ms and t > 6 ms of out.U)^2"),
    (
      "first and last where, of what a population does",
      """
      mean over units of (first over time where a.U > 0.5 of a.U) * (last over time where a.U > 0.4 of a.I)
           + (last over units where out.U at 12 ms > 0 of out.U at 15 ms)^2
      """
    ),
    ("hidden to itself through the batch", "(mean over samples of (mean over time of sum over units of a.U))^2"),
  ].map { name, loss in
    GradientProgram(
      name: name, neuron: lif, loss: loss, unreached: loss.contains("out.") ? [] : ["out.tau_out", "w_out"])
  }
}
