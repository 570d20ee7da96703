import SNNSyntax

/// What goes wrong with noise, chance and graded outputs.
public enum ChanceMessage: Sendable {
  case noiseOutside(name: String, at: Span)
  case notLinearInNoise(state: String, at: Span)
  case noiseIntegrator(method: String, noise: String, at: Span)
  case probabilityRange(value: String, at: Span)
  case negativeRate(value: String, at: Span)
  case outputTaken(at: Span, emit: Span)
}

enum ChanceID {
  static let outside = DiagnosticID("E0440", "noise-outside-equation")
  static let notLinear = DiagnosticID("E0441", "not-linear-in-noise")
  static let integrator = DiagnosticID("E0442", "noise-integrator")
  static let probability = DiagnosticID("E0443", "probability-out-of-range")
  static let output = DiagnosticID("E0444", "output-taken")
}

extension ChanceMessage {
  public var diagnostic: Diagnostic {
    switch self {
    case .noiseOutside(let name, let span):
      return Diagnostic(
        ChanceID.outside, .error, "white noise `\(name)` stands outside a continuous equation", at: Label(span),
        notes: ["only its integral over a step is a number; `dX/dt = … + sigma * \(name)` integrates it"],
        help: [FixIt("give the noise a state of its own, and read that")])
    case .notLinearInNoise(let state, let span):
      return Diagnostic(
        ChanceID.notLinear, .error, "the equation of `\(state)` is not linear in its white noise", at: Label(span),
        notes: ["dX = f dt + g dW (Itô): f and g may be any functions of the states, the noise itself enters once"],
        help: [FixIt("write it as a sum with `g * xi`")])
    case .noiseIntegrator(let method, let noise, let span):
      return Diagnostic(
        ChanceID.integrator, .error, "`integrate \(method)` has no place for the white noise `\(noise)`",
        at: Label(span),
        notes: ["noise is integrated by Euler-Maruyama or by Heun's method, one number a tick (Itô)"],
        help: [
          FixIt("write `integrate heun`", edits: [Edit(span, "heun")]),
          FixIt("or leave `integrate` out: `auto` takes Heun's method"),
        ])
    case .probabilityRange(let value, let span):
      return Diagnostic(
        ChanceID.probability, .error, "a probability of \(value) lies outside 0 to 1", at: Label(span),
        help: [FixIt("for events per time write `spike with rate …`")])
    case .negativeRate(let value, let span):
      return Diagnostic(
        ChanceID.probability, .error, "a rate of \(value) is negative", at: Label(span),
        notes: ["the probability of a spike in a tick is 1 - exp(-rate * dt)"])
    case .outputTaken(let span, let emit):
      return Diagnostic(
        ChanceID.output, .error, "`output` is what a neuron with `emit` sends", at: Label(span, "declared here"),
        secondary: [Label(emit, "sent here")], help: [FixIt("choose another name")])
    }
  }
}

extension ExpressionChecker {
  mutating func report(_ message: ChanceMessage) { report(message.diagnostic) }
}

extension SemaDiagnostics {
  static let chance: [Explanation] = [
    Explanation(
      ChanceID.outside,
      """
      `xi` and `xi_NAME` are white noise, of dimension time^(-1/2). Only their integral over a step is a number, so that \
      they stand in `dX/dt = …` and nowhere else.
      """,
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  let noisy = xi * V\n}"),
    Explanation(
      ChanceID.notLinear, "Stochastic equations are dX = f dt + g dW: the noise enters linearly.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms + xi * xi\n}"),
    Explanation(
      ChanceID.integrator, "White noise is integrated by Euler-Maruyama (`euler`) or Heun's method (`heun`, `auto`).",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms + xi / sqrt(1 ms)\n  integrate rk4\n}"),
    Explanation(
      ChanceID.probability,
      "The probability of `spike with probability` lies between 0 and 1, a rate is at least 0.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  spike with probability 1.5\n}"),
    Explanation(
      ChanceID.output, "A neuron with `emit` has an `output`, which nothing else may be called.",
      example: "neuron N {\n  state output = 0\n  doutput/dt = -output / 1 ms\n  emit output\n}"),
  ]
}
