import SNNSyntax

/// What goes wrong in patterns and signs of connections.
extension NetworkMessage {
  var sparseDiagnostic: Diagnostic {
    switch self {
    case .patternNeeds(let pattern, let name, let span):
      let example = name == "p" ? "p = 2 %" : "k = 100"
      return Diagnostic(
        NetworkID.patternArgument, .error, "`\(pattern)` needs `\(name)`", at: Label(span),
        notes: [
          name == "p"
            ? "each pair is joined with the probability `p`"
            : "every \(pattern == "fixed_indegree" ? "target has `k` sources" : "source has `k` targets")"
        ], help: [FixIt("write `pattern \(pattern)(\(example))`")])
    case .badProbability(let span):
      return Diagnostic(
        NetworkID.patternArgument, .error, "a probability lies between 0 and 1", at: Label(span),
        notes: ["`p` is the chance of each pair; percentages may be written: `p = 2 %`"])
    case .dropoutRange(let span):
      return Diagnostic(
        NetworkID.patternArgument, .error, "`dropout` is a probability of at least 0 and below 1", at: Label(span))
    case .badDegree(let span):
      return Diagnostic(
        NetworkID.patternArgument, .error, "`k` counts synapses: a whole number of at least 0", at: Label(span),
        help: [FixIt("for a chance of each pair write `random(p = …)`")])
    case .degreeTooLarge(let degree, let choices, let population, let isIn, let excludesSelf, let span):
      let what = isIn ? "sources" : "targets"
      let who =
        excludesSelf ? "`\(population)` offers \(choices) besides the unit itself" : "`\(population)` has \(choices)"
      return Diagnostic(
        NetworkID.patternArgument, .error, "\(degree) different \(what) cannot be chosen: \(who)", at: Label(span),
        notes: ["a pair is joined once unless `multapses = true` says otherwise"],
        help: [FixIt("write `multapses = true`, or take a smaller `k`")])
    case .notBoolean(let name, let span):
      return Diagnostic(
        NetworkID.patternArgument, .error, "`\(name)` is `true` or `false`", at: Label(span))
    case .uselessNoSelf(let source, let target, let span):
      return Diagnostic(
        NetworkID.noSelf, .error, "`no self` between two populations", at: Label(span),
        notes: ["no unit of `\(source)` is a unit of `\(target)`"], help: [FixIt("leave it out")])
    case .delayDistribution(let kind, let span):
      return Diagnostic(
        NetworkID.delay, .error, "delays cannot be drawn from `\(kind)`", at: Label(span),
        notes: ["it scales weights by the number of synapses"],
        help: [FixIt("write `delay ~ uniform(1 ms, 5 ms)`, or `normal`, `lognormal`")])
    case .unknownSign(let name, let span):
      return Diagnostic(
        NetworkID.sign, .error, "a sign is `positive` or `negative`, not `\(name)`", at: Label(span))
    case .wrongSign(let sign, let span, let declared):
      return Diagnostic(
        NetworkID.sign, .error, "these weights cannot be \(sign)", at: Label(span),
        secondary: [Label(declared, "the sign is said here")],
        notes: ["all synapses of a connection keep to one side of 0 (Dale's law)"])
    default:
      return Diagnostic(
        NetworkID.pattern, .error, "this pattern is wrong", at: Label(Span(file: FileID(0), lower: 0, upper: 0)))
    }
  }
}
