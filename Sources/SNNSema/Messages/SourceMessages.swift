import SNNSyntax

/// What goes wrong with sources that a network has of its own.
enum SourceMessage: Sendable {
  case unknown(text: String, at: Span)
  case analog(input: String, at: Span)
  case negative(value: String, at: Span)
  case pattern(at: Span)
  case noArrivals(source: String, at: Span)
  case fed(source: String, at: Span)
}

enum SourceID {
  static let bad = DiagnosticID("E0534", "bad-source")
}

extension ExpressionChecker {
  mutating func report(_ message: SourceMessage) { report(message.diagnostic) }
}

extension SourceMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .unknown(let text, let span):
      Diagnostic(
        SourceID.bad, .error, "`\(text)` is no source of spikes", at: Label(span),
        help: [FixIt("write `poisson(100 Hz)`"), FixIt("data is fed by a task: `feed NAME = …`")])
    case .analog(let input, let span):
      Diagnostic(
        SourceID.bad, .error, "an analog input has no source of its own", at: Label(span),
        help: [FixIt("declare `input \(input) : spikes[N] = poisson(…)`, or feed it in a task")])
    case .negative(let value, let span):
      Diagnostic(
        SourceID.bad, .error, "a rate of \(value) is negative", at: Label(span),
        notes: ["the events of a tick are a Poisson count with mean rate * dt"])
    case .pattern(let span):
      Diagnostic(
        SourceID.bad, .error, "a source of each target's own has no pattern", at: Label(span),
        notes: ["`connect poisson(…) -> B` gives every unit of B its own source"],
        help: [FixIt("for shared sources declare `input NAME : spikes[N] = poisson(…)` and connect that")])
    case .noArrivals(let source, let span):
      Diagnostic(SourceID.bad, .error, "`\(source)` is a source: nothing arrives there", at: Label(span))
    case .fed(let source, let span):
      Diagnostic(
        SourceID.bad, .error, "`\(source)` has a source of its own", at: Label(span),
        help: [FixIt("leave the `feed` out, or declare the input without `= poisson(…)`")])
    }
  }
}

extension SemaDiagnostics {
  static let sources: [Explanation] = [
    Explanation(
      SourceID.bad,
      """
      `input NAME : spikes[N] = poisson(RATE)` and `connect poisson(rate = RATE) -> B` draw spikes in the network itself: \
      in every tick a Poisson count with mean RATE * dt, for each unit by itself. Such a source takes no arrivals, no feed \
      and no pattern.
      """,
      example: "network Net {\n  step 1 ms\n  input noise : spikes[4] = regular(20 Hz)\n}")
  ]
}
