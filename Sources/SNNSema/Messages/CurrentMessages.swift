import SNNSyntax

/// What goes wrong in `current = …` of a connection.
enum CurrentMessage: Sendable {
  case needsPopulation(name: String, at: Span)
  case needsDrive(target: String, neuron: String, drives: [String], at: Span)
  case namesVariable(source: String, variable: String, at: Span)
  case reads(side: String, at: Span)
  case notSeparable(at: Span)
  case notLinear(at: Span)
  case unusedWeight(at: Span, current: Span)
}

enum CurrentID {
  static let bad = DiagnosticID("E0535", "bad-current")
}

extension ExpressionChecker {
  mutating func report(_ message: CurrentMessage) { report(message.diagnostic) }
}

extension CurrentMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .needsPopulation(let name, let span):
      Diagnostic(
        CurrentID.bad, .error, "a `current` flows between populations, and `\(name)` is an input", at: Label(span),
        help: [FixIt("connect an input without `current`: `connect \(name) -> B.DRIVE { weight = … }`")])
    case .needsDrive(let target, let neuron, let drives, let span):
      Diagnostic(
        CurrentID.bad, .error, "a `current` flows into a drive", at: Label(span),
        notes: drives.isEmpty
          ? ["neuron `\(neuron)` has none"]
          : ["neuron `\(neuron)` has " + drives.map { "`\($0)`" }.joined(separator: ", ")],
        help: [
          FixIt(
            drives.first.map { "connect it there: `-> \(target).\($0)`" }
              ?? "declare `drive I` in the neuron and add it to the equation")
        ])
    case .namesVariable(let source, let variable, let span):
      Diagnostic(
        CurrentID.bad, .error, "with `current` the source is named without a variable", at: Label(span),
        help: [FixIt("write `connect \(source) -> …` and `pre.\(variable)` in the current")])
    case .reads(let side, let span):
      Diagnostic(
        CurrentID.bad, .error, "a `current` reads states of `\(side)`, and abbreviations made of them", at: Label(span),
        notes: ["spikes and drives belong to the tick that ends the step, the current to the one that begins it"])
    case .notSeparable(let span):
      Diagnostic(
        CurrentID.bad, .error, "this `current` is no sum of products of `pre` and `post`", at: Label(span),
        notes: ["what the target reads of itself is multiplied once, not for every synapse"],
        help: [FixIt("write it with `+`, `-`, `*` of terms that read one side each, such as `g * (pre.V - post.V)`")])
    case .notLinear(let span):
      Diagnostic(
        CurrentID.bad, .error, "`weight` is a factor of the whole `current`, or of nothing in it", at: Label(span),
        help: [FixIt("write `weight * (…)`")])
    case .unusedWeight(let span, let current):
      Diagnostic(
        CurrentID.bad, .error, "the `current` of this connection has no `weight`", at: Label(span),
        secondary: [Label(current, "this flows")], help: [FixIt("write `current = weight * (…)`")])
    }
  }
}

extension SemaDiagnostics {
  static let currents: [Explanation] = [
    Explanation(
      CurrentID.bad,
      """
      `connect A -> B.DRIVE { current = E }` adds E of every synapse to the drive: a sum of products of what `pre` and \
      what `post` has, such as `weight * (pre.V - post.V)` of a gap junction. `weight` is a factor of all of it, or of \
      nothing.
      """,
      example: """
        neuron C {
          state V = -65 mV
          drive I : voltage
          dV/dt = (-65 mV - V + I) / 10 ms
        }
        network Net {
          step 1 ms
          population a = C[2]
          connect a -> a.I { current = 0.1 * tanh((pre.V - post.V) / 1 mV) * 1 mV }
        }
        """)
  ]
}
