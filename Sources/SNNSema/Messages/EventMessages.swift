import SNNSyntax

/// What does not go together with exact spike times (`step exact`).
public enum EventMessage: Sendable {
  case ruleAndStep(rule: String, isExact: Bool, network: String, at: Span)
  case countsTicks(population: String, model: String, what: String, at: Span)
  case plainSum(operand: String, hasSpikes: Bool, at: Span)
  case tickEncoder(encoder: String, at: Span)
}

enum EventID {
  static let rule = DiagnosticID("E0722", "rule-and-step")
  static let ticks = DiagnosticID("E0540", "no-ticks-with-exact-times")
  static let sum = DiagnosticID("E0640", "sum-over-exact-time")
  static let encoder = DiagnosticID("E0641", "encoder-counts-ticks")
}

extension ExpressionChecker {
  mutating func report(_ message: EventMessage) { report(message.diagnostic) }
}

extension EventMessage {
  public var diagnostic: Diagnostic {
    switch self {
    case .ruleAndStep(let rule, false, let network, let span):
      return Diagnostic(
        EventID.rule, .error, "`\(rule)` needs exact spike times, and `\(network)` runs in ticks", at: Label(span),
        notes: ["its derivative is that of spike times, which a tick would round"],
        help: [FixIt("write `step exact` in network `\(network)`")])
    case .ruleAndStep(let rule, true, let network, let span):
      return Diagnostic(
        EventID.rule, .error, "`\(rule)` works on ticks, and `\(network)` has `step exact`", at: Label(span),
        help: [FixIt("`eventprop` is exact there; or give the network a step such as `step 1 ms`")])
    case .countsTicks(let population, let model, let what, let span):
      return Diagnostic(
        EventID.ticks, .error, "`\(population)` counts ticks, and `step exact` has none", at: Label(span),
        notes: ["neuron `\(model)` has \(what)"],
        help: [FixIt("write continuous equations (`dX/dt = …`), or give the network a step such as `step 1 ms`")])
    case .plainSum(let operand, let hasSpikes, let span):
      return Diagnostic(
        EventID.sum, .error,
        hasSpikes
          ? "a mean of spikes over exact time is 0"
          : "with exact spike times there are no ticks to sum `\(operand)` over",
        at: Label(span),
        help: [
          FixIt(
            hasSpikes
              ? "write `sum over time of …`, divided by a duration where a rate is meant"
              : "write `integral over time of …` or `mean over time of …`; `sum` counts spikes")
        ])
    case .tickEncoder(let encoder, let span):
      return Diagnostic(
        EventID.encoder, .error, "`\(encoder)` fills ticks, and `step exact` has none", at: Label(span),
        help: [FixIt("give spike times: `at(times)`, `latency(…)`, `events(sample)`; a drive takes a constant")])
    }
  }

  static let network = """
    neuron N {
      state V = 0
      dV/dt = -V / 10 ms
      on input(w) { V += w }
      spike when V > 1
      on spike { V = 0 }
    }

    """

  private static func exact(_ items: String, neuron: String = network) -> String {
    neuron + """
      network K {
        step exact
        input p : spikes[1]
        population o = N[1]
        connect p -> o as w { learnable weight = 0.5 }
      }
      task T of K {
        run for 10 ms
      \(items)
      }
      """
  }

  /// Explanations for the registry, by the chapter whose codes they carry.
  static let networkEntries = [
    Explanation(
      EventID.ticks, "With `step exact` time is continuous: no `next`, no `dt`, and `spike` in `on spike` only.",
      example: "neuron N {\n  state V = 0\n  next V = 0.9 * V\n  on input(w) { V += w }\n  spike when V > 1\n}\n"
        + "network K {\n  step exact\n  population o = N[1]\n}")
  ]
  static let taskEntries = [
    Explanation(
      EventID.sum, "With exact spike times only spikes can be summed; what is continuous has integrals and means.",
      example: exact("  feed p = at(1 ms)\n  loss = sum over time of o.V[0]")),
    Explanation(
      EventID.encoder, "With exact spike times an input takes spike times.",
      example: exact("  feed p = direct(1)")),
  ]
  static let learningEntries = [
    Explanation(
      EventID.rule, "`eventprop` and `spike_time` need `step exact`; the other rules need ticks.",
      example: exact(
        "  feed p = at(1 ms)\n  loss = first_spike(o)[0] / 1 ms\n  learn by bptt { surrogate = fast_sigmoid(10) }"))
  ]
}
