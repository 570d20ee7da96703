import SNNSyntax

/// What goes wrong between the tick and the time constants of the equations.
enum StepMessage {
  case tooStiff(population: String, step: String, shortest: String, limit: Int, at: Span)
  case unstable(
    method: String, state: String, step: String, shortest: String, longest: String, isError: Bool, at: Span)
  case zeroDivisor(state: String, parameter: String, at: Span)
  case negativeTime(state: String, parameter: String, value: String, at: Span)
  case tolerance(population: String, tolerance: Double, limit: Int, reached: Double, at: Span)
}

enum StepID {
  static let tooStiff = DiagnosticID("E0418", "step-too-long")
  static let tolerance = DiagnosticID("E0419", "tolerance-out-of-reach")
  static let unstable = DiagnosticID("W0403", "unstable-step")
  static let negativeTime = DiagnosticID("W0404", "negative-time-constant")
}

extension StepMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .tooStiff(let population, let step, let shortest, let limit, let span):
      return Diagnostic(
        StepID.tooStiff, .error, "a step of \(step) is far too long for the equations of `\(population)`",
        at: Label(span, "shortest time constant \(shortest)"),
        notes: ["at the initial state that would take more than \(limit) Runge-Kutta substeps a tick"],
        help: [FixIt("take a shorter `step`, or look whether a time constant or an initial state has the wrong unit")])
    case .unstable(let method, let state, let step, let shortest, let longest, let isError, let span):
      return Diagnostic(
        isError ? StepID.tooStiff : StepID.unstable, isError ? .error : .warning,
        "\(method) is unstable for `\(state)` at a step of \(step)",
        at: Label(span, "shortest time constant \(shortest)"), notes: ["it diverges above \(longest)"],
        help: [FixIt(isError ? "take a smaller `step`" : "write `integrate auto`, or take a smaller step")])
    case .zeroDivisor(let state, let parameter, let span):
      return Diagnostic(
        SemaID.divisionByZero, .error, "the equation of `\(state)` divides by `\(parameter)`, which is 0",
        at: Label(span))
    case .negativeTime(let state, let parameter, let value, let span):
      return Diagnostic(
        StepID.negativeTime, .warning, "the equation of `\(state)` divides by a time below 0", at: Label(span),
        notes: ["`\(parameter)` is \(value): what should decay grows"],
        help: [FixIt("a time constant is positive; a range says so: `param tau = 20 ms in 1 ms .. 100 ms`")])
    case .tolerance(let population, let tolerance, let limit, let reached, let span):
      return Diagnostic(
        StepID.tolerance, .error,
        "\(limit) Runge-Kutta substeps a tick do not keep `\(population)` within a tolerance of \(tolerance)",
        at: Label(span),
        notes: [
          "the error of one tick, as a part of the range that a state moves through, stays at "
            + "\(rough(reached))"
        ],
        help: [FixIt("take a shorter `step`, or a larger tolerance")])
    }
  }

  static let entries: [Explanation] = [
    Explanation(
      StepID.negativeTime,
      """
      An equation divides by a parameter that is a time and below 0, so that the state runs away where it should decay. \
      Growth that is meant can be written with a sign in the equation.
      """,
      example: """
        neuron N {
          param tau = 20 ms
          state V = 1
          dV/dt = -V / tau
        }
        network Net {
          step 1 ms
          population a = N[1](tau = -20 ms)
        }
        """),
    Explanation(
      StepID.tooStiff,
      """
      The shortest time constant (the reciprocal of the largest magnitude among the Jacobian's eigenvalues at the initial \
      state) is so short that one tick would take more than 200 Runge-Kutta substeps; with white noise, which has one \
      step a tick, more than twice the shortest time constant.
      """,
      example: """
        neuron N {
          state V = 0
          dV/dt = (V * V - V) / 1 ms
        }
        network Net {
          step 1 s
          population a = N[1]
        }
        """),
    Explanation(
      StepID.tolerance,
      """
      `integrate rk4(tolerance = ε)` takes the fewest substeps with which one tick errs by at most ε of each state's \
      range, along the neuron's own course: from its initial state, after one arrival at each port, from the threshold, \
      and on from its resets. 200 substeps a tick are the most.
      """,
      example: """
        neuron N {
          state V = 0.01
          dV/dt = V * (1 - V) / 1 ms
          integrate rk4(tolerance = 1e-15)
        }
        network Net {
          step 10 ms
          population a = N[1]
        }
        """),
    Explanation(
      StepID.unstable,
      """
      An explicit method diverges where the step is longer than a multiple of the shortest time constant: 2 for Euler's \
      and Heun's, 2.785 for each substep of RK4.
      """,
      example: """
        neuron N {
          state V = 0
          dV/dt = -V / 1 ms
          integrate euler
        }
        network Net {
          step 3 ms
          population a = N[1]
        }
        """),
  ]
}

/// To three significant digits.
func rough(_ number: Double) -> String {
  guard number.isFinite, number != 0 else { return "\(number)" }
  var scale = 1.0
  while abs(number) * scale < 100 { scale *= 10 }
  while abs(number) * scale >= 1000 { scale /= 10 }
  return formatted((number * scale).rounded() / scale)
}

extension ExpressionChecker {
  mutating func report(_ message: StepMessage) { report(message.diagnostic) }
}
