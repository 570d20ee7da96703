import SNNSyntax

/// Every code of synapses with rules (E08xx) with its explanation and a program that gives it.
public enum SynapseDiagnostics {
  /// A network whose connection has a rule.
  private static func network(
    _ connection: String, synapse: String = pair, more: String = "", task: String = ""
  ) -> String {
    """
    neuron N {
      state V = 0
      drive I
      dV/dt = (I - V) / 10 ms
      on input(w) { V += w }
      spike when V > 1
      on spike { V = 0 }
    }
    \(synapse)
    network K {
      step 1 ms
      input p : spikes[3]
      population a = N[3]
      population b = N[2]
      \(more)
      connect \(connection)
    }
    \(task)
    """
  }

  private static let pair = """
    synapse Pair {
      param A = 0.01
      pre trace x = 0
      post trace y = 0
      dx/dt = -x / 20 ms
      dy/dt = -y / 20 ms
      on pre { weight -= A * y;  x += 1 }
      on post { weight += A * x;  y += 1 }
      weight in 0 .. 1
    }
    """

  private static func own(_ body: String) -> String { "synapse S {\n\(body)\n}" }

  private static func task(_ lines: String) -> String {
    """
    task digits of K {
      data train = csv("d.csv")
      feed p = direct(sample)
      feed a.I = 0
      feed b.I = 0
      run for 10 ms
    \(lines)
    }
    """
  }

  public static let all: [Explanation] = uses + bodies + tasks

  private static let uses = [
    Explanation(
      SynapseID.unknown, "`rule` names a `synapse` of the file or of the library (`use std.synapses`).",
      example: network("a -> b { weight = 0.5, rule Pear }")),
    Explanation(
      SynapseID.argument, "A rule's parameters and modulators get their values by name, one for the whole connection.",
      example: network("a -> b { weight = 0.5, rule Pair(B = 0.02) }")),
    Explanation(
      SynapseID.learnable,
      "A weight changes by its own rule while time runs, or by the gradient of a loss after it; not by both.",
      example: network("a -> b { learnable weight = 0.5, rule Pair }")),
    Explanation(
      SynapseID.continuous, "Rules act when spikes arrive; a connection into a drive carries values.",
      example: network("a.V -> b.I { weight = 0.5, rule Pair }")),
    Explanation(
      SynapseID.neuron, "`pre.X` and `post.X` read a state of the neurons that a connection joins.",
      example: network(
        "a -> b { weight = 0.5, rule S }", synapse: own("  dweight/dt = post.U * weight / 1 s"))),
    Explanation(
      SynapseID.modulator,
      "A modulator is one number at each tick that all synapses share: a `signal` of the network, given with the rule.",
      example: network(
        "a -> b { weight = 0.5, rule S }", synapse: own("  modulator R : 1\n  dweight/dt = R * weight / 1 s"))),
    Explanation(
      SynapseID.bounds, "A weight starts inside the range that its rule holds it in.",
      example: network("a -> b { weight = 1.5, rule Pair }")),
  ]

  private static let bodies = [
    Explanation(
      SynapseID.event,
      "A `pre trace` exists once per source neuron: only `on pre` changes it, as only `on post` a `post trace`.",
      example: own("  pre trace x = 0\n  dx/dt = -x / 20 ms\n  on post { x += 1;  weight += x }")),
    Explanation(
      SynapseID.side,
      "A trace of one neuron cannot depend on single synapses or on the neurons of the other side.",
      example: own("  pre trace x = 0\n  dx/dt = (weight - x) / 20 ms\n  on pre { weight += x }")),
    Explanation(
      SynapseID.target, "A synapse changes its weight, its traces and its states, and nothing of its neurons.",
      example: own("  param A = 0.1\n  on pre { A += 1;  weight += A }")),
    Explanation(
      SynapseID.sum,
      "`sum over pre of weight` (a neuron's incoming weights) and `sum over post of weight` stand in `on every TIME`.",
      example: own("  on pre { weight /= sum over pre of weight }")),
    Explanation(
      SynapseID.draw, "The first value of a synapse's state is a number, or drawn for every synapse by itself.",
      example: own("  state u ~ orthogonal()\n  on pre { weight += 0.01 * u;  u += 1 }")),
    Explanation(
      SynapseID.equation, "A trace or state that nothing changes is a parameter.",
      example: own("  pre trace x = 0\n  on pre { weight += x }")),
    Explanation(
      SynapseID.deliver, "`deliver E` says what arrives instead of the weight, once.",
      example: own("  deliver 2 * weight\n  deliver weight")),
  ]

  private static let tasks = [
    Explanation(
      SynapseID.learning,
      "Gradients go through weights that are fixed while a sample runs; a rule changes them at every spike.",
      example: network(
        "a -> b { weight = 0.5, rule Pair }", more: "connect p -> a as w_in { learnable weight = 0.5 }",
        task: task(
          "  loss = mean over units of (last over time of b.V)\n  learn w_in by bptt { surrogate = fast_sigmoid(10) }"
        ))),
    Explanation(
      SynapseID.batch,
      "Weights with a rule outlive samples, which therefore run one after the other, in the order of the file.",
      example: network(
        "a -> b { weight = 0.5, rule Pair }", more: "connect p -> a as w_in { weight = 0.5 }",
        task: task("  score m = last over time of (mean over units of b.V)\n  batch 16"))),
    Explanation(
      SynapseID.plasticity,
      "Samples of a batch may have weights of their own: `plasticity summed` adds the changes of all behind the batch, "
        + "with `plasticity per_sample` each sample begins with the first weights.",
      example: network(
        "a -> b { weight = 0.5, rule Pair }", more: "connect p -> a as w_in { weight = 0.5 }",
        task: task("  score m = last over time of (mean over units of b.V)\n  batch 16, plasticity sumed"))),
  ]
}
