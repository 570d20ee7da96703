import SNNSyntax

/// What goes wrong with slices of units in a task.
enum SliceMessage: Sendable {
  case population(name: String, at: Span)
  case outsideReduction(text: String, at: Span)
  case range(size: Int, at: Span)
  case differ(at: Span, first: Span)
  case window(at: Span, slice: Span)
}

extension ExpressionChecker {
  mutating func report(_ message: SliceMessage) { report(message.diagnostic) }
}

extension SliceMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .population(let name, let span):
      Diagnostic(
        TaskID.index, .error, "units of `\(name)` are read of one of its variables", at: Label(span),
        help: [FixIt("write `\(name).VARIABLE[…]` or `\(name)[…].VARIABLE`")])
    case .outsideReduction(let text, let span):
      Diagnostic(
        TaskID.index, .error, "a slice of units stands inside a reduction over units", at: Label(span),
        help: [FixIt("write `mean over units of \(text)`, or `sum`, `max` and so on")])
    case .range(let size, let span):
      Diagnostic(
        TaskID.index, .error, "this is no slice of \(size) units", at: Label(span),
        notes: ["units are counted from 0: `[0 ..< \(size)]` is all of them"])
    case .differ(let span, let first):
      Diagnostic(
        TaskID.index, .error, "these units do not pair up with those of the slice", at: Label(span),
        secondary: [Label(first, "the slice")],
        notes: ["a reduction over units takes the same units of everything in it"])
    case .window(let span, let slice):
      Diagnostic(
        TaskID.index, .error, "the units are chosen twice", at: Label(span), secondary: [Label(slice, "and here")],
        help: [FixIt("leave out `in …`")])
    }
  }
}
