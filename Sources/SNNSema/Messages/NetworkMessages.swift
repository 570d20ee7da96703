import SNNSyntax

/// What goes wrong in `network` blocks.
public enum NetworkMessage: Sendable {
  case noStep(network: String, at: Span)
  case badStep(at: Span)
  case secondStep(at: Span, first: Span)
  case unknownModel(name: String, kind: EntityKind?, at: Span, nearest: String?)
  case badShape(what: String, found: String, at: Span)
  case unknownEndpoint(name: String, at: Span, nearest: String?, known: [String])
  case silentSource(name: String, at: Span)
  case badEndpoint(what: String, role: String, at: Span)
  case noPort(population: String, model: String, name: String, at: Span, nearest: String?, known: [String])
  case ambiguousPort(population: String, known: [String], at: Span)
  case oneToOneSizes(source: String, sourceCount: Int, target: String, targetCount: Int, at: Span, targetSpan: Span)
  case badSlice(name: String, size: Int, at: Span)
  case inputDelay(at: Span)
  case zeroDelayCycle(path: [String], at: Span, isDrive: Bool)
  case missingWeight(port: String, needs: String, unit: String, at: Span)
  case analogIntoPort(input: String, port: String, drives: [String], at: Span)
  case unknownPattern(name: String, at: Span, nearest: String?)
  case patternNeeds(pattern: String, name: String, at: Span)
  case badProbability(at: Span)
  case dropoutRange(at: Span)
  case badDegree(at: Span)
  case degreeTooLarge(
    degree: Int, choices: Int, population: String, isIn: Bool, excludesSelf: Bool, at: Span)
  case notBoolean(name: String, at: Span)
  case uselessNoSelf(source: String, target: String, at: Span)
  case delayDistribution(kind: String, at: Span)
  case unknownSign(name: String, at: Span)
  case wrongSign(sign: String, at: Span, declared: Span)
  case secondItem(what: String, at: Span, first: Span)
  case unknownSetting(name: String, nearest: String?, at: Span, known: [String])
  case missingArgument(network: String, name: String, at: Span, declared: Span)
  case noSuchVariable(population: String, name: String, at: Span, nearest: String?)
  // Lints.
  case unusedParameter(name: String, at: Span)
  case unusedInput(name: String, at: Span)
  case unreadState(name: String, at: Span)
  case unfedDrive(population: String, drive: String, at: Span)
}

enum NetworkID {
  static let step = DiagnosticID("E0501", "bad-step")
  static let unknownModel = DiagnosticID("E0502", "unknown-model")
  static let shape = DiagnosticID("E0503", "bad-shape")
  static let endpoint = DiagnosticID("E0504", "bad-endpoint")
  static let port = DiagnosticID("E0505", "no-such-port")
  static let sizes = DiagnosticID("E0506", "sizes-differ")
  static let slice = DiagnosticID("E0507", "bad-slice")
  static let delay = DiagnosticID("E0508", "bad-delay")
  static let cycle = DiagnosticID("E0509", "zero-delay-cycle")
  static let weight = DiagnosticID("E0510", "missing-weight")
  static let pattern = DiagnosticID("E0511", "unknown-pattern")
  static let setting = DiagnosticID("E0512", "unknown-setting")
  static let argument = DiagnosticID("E0513", "network-parameter-without-value")
  static let variable = DiagnosticID("E0514", "no-such-variable")
  static let patternArgument = DiagnosticID("E0515", "bad-pattern-argument")
  static let noSelf = DiagnosticID("E0516", "no-self-between-populations")
  static let sign = DiagnosticID("E0517", "bad-sign")

  static let unused = DiagnosticID("W0201", "unused-name")
  static let unread = DiagnosticID("W0401", "state-never-read")
  static let unfed = DiagnosticID("W0402", "drive-never-fed")
}

extension NetworkMessage {
  public var diagnostic: Diagnostic {
    switch self {
    case .noStep(let network, let span):
      return Diagnostic(
        NetworkID.step, .error, "network `\(network)` has no `step`", at: Label(span),
        notes: ["the tick is part of the model: it decides what a delay and a decay per step mean"],
        help: [FixIt("write `step 1 ms`")]
      ).lookingFor("step")
    case .badStep(let span):
      return Diagnostic(NetworkID.step, .error, "the step must be a positive constant time", at: Label(span))
    case .secondStep(let span, let first):
      return Diagnostic(
        NetworkID.step, .error, "a network has one step", at: Label(span, "second"), secondary: [Label(first, "first")])
    case .unknownModel(let name, let kind, let span, let nearest):
      let headline = kind.map { "`\(name)` is a \($0.rawValue), not a neuron" } ?? "unknown neuron `\(name)`"
      return Diagnostic(
        NetworkID.unknownModel, .error, headline, at: Label(span), help: Self.didYouMean(nearest, span)
      ).lookingFor(name)
    case .badShape(let what, let found, let span):
      return Diagnostic(
        NetworkID.shape, .error, "the size of \(what) must be a whole number from 1 to 1e8", at: Label(span, found))
    case .unknownEndpoint(let name, let span, let nearest, let known):
      return Diagnostic(
        NetworkID.endpoint, .error, "no population or input is called `\(name)`", at: Label(span),
        notes: known.isEmpty ? [] : ["there are " + known.prefix(12).map { "`\($0)`" }.joined(separator: ", ")],
        help: Self.didYouMean(nearest, span)
      ).lookingFor(name)
    case .silentSource(let name, let span):
      return Diagnostic(
        NetworkID.endpoint, .error, "`\(name)` never spikes, so that nothing would arrive", at: Label(span),
        notes: ["its neuron has no `spike when`"],
        help: [FixIt("give it one, or connect one of its variables to a drive: `connect \(name).U -> B.drive`")])
    case .badEndpoint(let what, let role, let span):
      return Diagnostic(NetworkID.endpoint, .error, "\(what) cannot be the \(role) of a connection", at: Label(span))
    case .noPort(let population, let model, let name, let span, let nearest, let known):
      let list =
        known.isEmpty ? "`\(model)` has none" : "`\(model)` has " + known.map { "`\($0)`" }.joined(separator: ", ")
      return Diagnostic(
        NetworkID.port, .error, "`\(population)` has no port or drive `\(name)`", at: Label(span), notes: [list],
        help: nearest.map { [FixIt("did you mean `\(population).\($0)`?")] } ?? [])
    case .ambiguousPort(let population, let known, let span):
      return Diagnostic(
        NetworkID.port, .error, "which port of `\(population)`?", at: Label(span),
        notes: known.isEmpty
          ? ["its neuron has neither `on PORT(w)` nor `drive`"]
          : ["it has " + known.map { "`\($0)`" }.joined(separator: ", ")],
        help: known.first.map { [FixIt("write `\(population).\($0)`")] } ?? [])
    case .oneToOneSizes(let source, let sourceCount, let target, let targetCount, let span, let targetSpan):
      return Diagnostic(
        NetworkID.sizes, .error,
        "one_to_one needs equal sizes: `\(source)` has \(sourceCount), `\(target)` \(targetCount)",
        at: Label(span, "\(sourceCount) units"), secondary: [Label(targetSpan, "\(targetCount) units")])
    case .badSlice(let name, let size, let span):
      return Diagnostic(
        NetworkID.slice, .error, "this is no slice of `\(name)`", at: Label(span),
        notes: ["its units are 0 ..< \(size)"], help: [FixIt("write `\(name)[0 ..< \(size)]`")])
    case .inputDelay(let span):
      return Diagnostic(
        NetworkID.delay, .error, "the least delay from an input is one tick", at: Label(span),
        notes: ["bin n of the data acts on the step from n to n + 1"], help: [FixIt("leave the delay out")])
    case .zeroDelayCycle(let path, let span, let isDrive):
      return Diagnostic(
        NetworkID.cycle, .error, "connections with `delay = 0` go round in a circle", at: Label(span),
        notes: [
          "the cycle is " + path.joined(separator: " → "),
          isDrive
            ? "a drive needs its source's value before its own step begins"
            : "a port body on it changes what a threshold or an output reads, so that no order of the populations is right",
        ], help: [FixIt("give one of them `delay = dt`")])
    default: return furtherDiagnostic
    }
  }

  private var furtherDiagnostic: Diagnostic {
    switch self {
    case .missingWeight(let port, let needs, let unit, let span):
      return Diagnostic(
        NetworkID.weight, .error, "this connection needs a weight", at: Label(span),
        notes: ["what arrives at `\(port)` is \(needs)"], help: [FixIt("write `weight = 1 \(unit)` in its braces")])
    case .analogIntoPort(let input, let port, let drives, let span):
      return Diagnostic(
        NetworkID.endpoint, .error, "the analog input `\(input)` cannot arrive at the port `\(port)`", at: Label(span),
        notes: ["ports take spikes; continuous values are held over a step and go into a drive"],
        help: [FixIt(drives.first.map { "target the drive `\($0)`" } ?? "declare a `drive` in the neuron")])
    case .unknownPattern(let name, let span, let nearest):
      return Diagnostic(
        NetworkID.pattern, .error, "unknown pattern `\(name)`", at: Label(span),
        notes: [
          "there are \(NetworkBuilder.patterns.joined(separator: ", ")); `all` is meant where none is given"
        ],
        help: Self.didYouMean(nearest, span))
    case .patternNeeds, .badProbability, .dropoutRange, .badDegree, .degreeTooLarge, .notBoolean, .uselessNoSelf,
      .delayDistribution,
      .unknownSign, .wrongSign:
      return sparseDiagnostic
    case .secondItem(let what, let span, let first):
      return Diagnostic(
        NeuronID.second, .error, "a connection has one \(what)", at: Label(span, "second"),
        secondary: [Label(first, "first")])
    case .unknownSetting(let name, let nearest, let span, let known):
      let list =
        known.isEmpty ? "nothing can be set here" : "one can set " + known.map { "`\($0)`" }.joined(separator: ", ")
      return Diagnostic(
        NetworkID.setting, .error, "there is no parameter `\(name)` to set", at: Label(span), notes: [list],
        help: nearest.map { [FixIt("did you mean `\($0)`?")] } ?? [])
    case .missingArgument(let network, let name, let span, let declared):
      return Diagnostic(
        NetworkID.argument, .error, "network `\(network)` needs a value for `\(name)`", at: Label(span),
        secondary: span == declared ? [] : [Label(declared, "declared without a value")],
        help: [FixIt("write `\(name) = …`, or give it with `--set \(name)=VALUE`")])
    case .noSuchVariable(let population, let name, let span, let nearest):
      return Diagnostic(
        NetworkID.variable, .error, "`\(population)` has no variable `\(name)`", at: Label(span),
        help: Self.didYouMean(nearest, span))
    case .unusedParameter(let name, let span):
      return Diagnostic(
        NetworkID.unused, .warning, "the parameter `\(name)` is never used", at: Label(span))
    case .unusedInput(let name, let span):
      return Diagnostic(NetworkID.unused, .warning, "the input `\(name)` is connected to nothing", at: Label(span))
    case .unreadState(let name, let span):
      return Diagnostic(NetworkID.unread, .warning, "the state `\(name)` is never read", at: Label(span))
    case .unfedDrive(let population, let drive, let span):
      return Diagnostic(
        NetworkID.unfed, .warning, "nothing feeds the drive `\(population).\(drive)`", at: Label(span),
        notes: ["it is 0 all the time"])
    default:
      return Diagnostic(
        NetworkID.endpoint, .error, "this network is wrong", at: Label(Span(file: FileID(0), lower: 0, upper: 0)))
    }
  }

  static func didYouMean(_ nearest: String?, _ span: Span) -> [FixIt] {
    nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? []
  }
}

extension ExpressionChecker {
  public mutating func report(_ message: NetworkMessage) { report(message.diagnostic) }
}
