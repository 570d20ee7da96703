import SNNSyntax

/// What goes wrong in `sweep S of A { … }`.
enum SweepMessage: Sendable {
  case unknownKey(name: String, at: Span, nearest: String?, known: [String])
  case seedKey(at: Span)
  case values(isLogarithmic: Bool, at: Span)
  case seeds(at: Span)
  case nothing(name: String, at: Span)
}

enum SweepID {
  static let key = DiagnosticID("E0632", "sweep-of-what")
  static let values = DiagnosticID("E0633", "sweep-values")
}

extension SweepMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .unknownKey(let name, let span, let nearest, let known):
      TaskMessage.unknown(
        SweepID.key, "`\(name)` is nothing that can be set from outside", span, nearest,
        note: "there are " + known.map { "`\($0)`" }.joined(separator: ", "))
    case .seedKey(let span):
      Diagnostic(
        SweepID.key, .error, "seeds have a line of their own", at: Label(span),
        help: [FixIt("write `seeds 5`: the task's seed and the four that follow it")])
    case .values(let isLogarithmic, let span):
      Diagnostic(
        SweepID.values, .error, "a sweep needs values to go through", at: Label(span),
        help: [
          FixIt("write a list: `in [5 ms, 10 ms, 20 ms]`"),
          FixIt(
            isLogarithmic
              ? "write a range of numbers above 0, both ends in one unit: `in 1e-4 .. 1e-2 log`"
              : "write a range of numbers, the smaller first, both ends in one unit: `in 5 ms .. 20 ms`"),
        ])
    case .seeds(let span):
      Diagnostic(
        SweepID.values, .error, "`seeds` takes how many there are", at: Label(span, "a whole number from 1"))
    case .nothing(let name, let span):
      Diagnostic(
        SweepID.key, .error, "`\(name)` sweeps nothing", at: Label(span),
        help: [FixIt("name what is to vary: `tau in [5 ms, 10 ms]`, or `seeds 5`")])
    }
  }
}
