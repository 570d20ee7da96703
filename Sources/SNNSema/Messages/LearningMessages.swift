import SNNSyntax

/// What goes wrong in `learn`, `optimise` and `freeze`.
public enum LearningMessage: Sendable {
  case noChance(what: String, population: String?, at: Span)
  case forcedTwice(population: String, at: Span, first: Span)
  case notSpikes(function: String, at: Span)
  case targetSpikes(population: String, at: Span)
  case unknownRule(name: String, at: Span, nearest: String?, known: [String])
  case impossible(what: String, reason: String, nearest: String, at: Span)
  case learnedTwice(parameter: String, at: Span, first: Span)
  case nothingToMinimise(at: Span)
  case noSuchParameter(name: String, at: Span, nearest: String?, known: [String])
  case notLearnable(name: String, at: Span)
  case whichData(names: [String], at: Span)
  case unknownAxis(name: String, at: Span, nearest: String?, known: [String])
  case axisValue(axis: String, values: [String], at: Span)
  case axisSubject(axis: String, at: Span)
  case noSuchState(name: String, at: Span, nearest: String?)
  case noSuchPopulation(name: String, at: Span, nearest: String?)
  case notSurrogate(at: Span)
  case unknownSurrogate(name: String, at: Span, nearest: String?)
  case surrogateWithoutArgument(name: String, at: Span)
  case missingSurrogate(population: String, unit: String?, rule: String, hasBraces: Bool, at: Span)
  case missingScale(name: String, population: String, dimension: String, unit: String, text: String, at: Span)
  case notOptimiser(at: Span)
  case unknownOptimiser(name: String, at: Span, nearest: String?, known: [String])
  case lossWithoutGradient(at: Span)
  case nothingLearnable(at: Span)
  case unreachable(parameters: [String], populations: [String], cutBy: String?, at: Span, declared: [Span])
}

enum LearningID {
  static let noChance = DiagnosticID("E0701", "nothing-by-chance")
  static let unknownRule = DiagnosticID("E0702", "unknown-rule")
  static let noLoss = DiagnosticID("E0703", "nothing-to-minimise")
  static let parameter = DiagnosticID("E0704", "no-such-parameter")
  static let notLearnable = DiagnosticID("E0705", "not-learnable")
  static let data = DiagnosticID("E0706", "learn-on-what")
  static let axis = DiagnosticID("E0707", "learning-axis")
  static let surrogate = DiagnosticID("E0708", "unknown-surrogate")
  static let missingSurrogate = DiagnosticID("E0709", "missing-surrogate")
  static let scale = DiagnosticID("E0710", "missing-scale")
  static let optimiser = DiagnosticID("E0711", "unknown-optimiser")
  static let noGradient = DiagnosticID("E0712", "loss-without-gradient")
  static let spikes = DiagnosticID("E0718", "spikes-of-what")

  static let impossible = DiagnosticID("E0720", "impossible-rule")
  static let learnedTwice = DiagnosticID("E0721", "two-rules-for-one")

  static let nothingLearnable = DiagnosticID("W0701", "nothing-learnable")
  static let unreachable = DiagnosticID("W0702", "loss-cannot-reach")
}

extension ExpressionChecker {
  mutating func report(_ message: LearningMessage) { report(message.diagnostic) }
}

extension LearningMessage {
  public var diagnostic: Diagnostic {
    switch self {
    case .noChance(let what, let population, let span):
      return Diagnostic(
        LearningID.noChance, .error,
        "\(what), but \(population.map { "`\($0)` does not spike" } ?? "nothing spikes") by chance",
        at: Label(span),
        notes: ["where a spike is certain or impossible there is no likelihood"],
        help: [
          FixIt(
            "let the neuron `spike with rate …`, or write `spikes = stochastic` and a surrogate such as `sigmoid(5)`")
        ])
    case .forcedTwice(let population, let span, let first):
      return Diagnostic(
        LearningID.spikes, .error, "`\(population)` cannot send two targets", at: Label(span, "another"),
        secondary: [Label(first, "one")],
        notes: ["while a likelihood is asked for, the population sends the spikes it is asked about"])
    case .targetSpikes(let population, let span):
      return Diagnostic(
        LearningID.spikes, .error, "this says nothing of each neuron of `\(population)` at each tick",
        at: Label(span),
        notes: ["target spikes come from the data, one number for each unit and tick: 0, or a spike"])
    case .notSpikes(let function, let span):
      return Diagnostic(
        LearningID.spikes, .error, "`\(function)` takes the spikes of a population", at: Label(span),
        help: [FixIt("write them as `output.spike`")])
    case .unknownRule(let name, let span, let nearest, let known):
      return TaskMessage.unknown(
        LearningID.unknownRule, "unknown learning rule `\(name)`", span, nearest,
        note: "there are " + known.map { "`\($0)`" }.joined(separator: ", "))
    case .impossible(let what, let reason, let nearest, let span):
      return Diagnostic(
        LearningID.impossible, .error, "\(what): this cannot be", at: Label(span), notes: [reason],
        help: [FixIt("the nearest that can: \(nearest)")])
    case .learnedTwice(let parameter, let span, let first):
      return Diagnostic(
        LearningID.learnedTwice, .error, "two rules for `\(parameter)`", at: Label(span, "again"),
        secondary: [Label(first, "first")],
        help: [FixIt("say which parameters each changes: `learn w_in by …`; one line may leave them out")])
    case .nothingToMinimise(let span):
      return Diagnostic(
        LearningID.noLoss, .error, "there is nothing to minimise", at: Label(span),
        help: [FixIt("add `loss = …` to the task")]
      ).lookingFor("loss")
    case .noSuchParameter(let name, let span, let nearest, let known):
      let list = known.prefix(12).map { "`\($0)`" }.joined(separator: ", ")
      return TaskMessage.unknown(
        LearningID.parameter, "the network has no parameter `\(name)`", span, nearest,
        note: known.isEmpty ? nil : "it has \(list)" + (known.count > 12 ? ", …" : "")
      ).lookingFor(name)
    case .notLearnable(let name, let span):
      return Diagnostic(
        LearningID.notLearnable, .error, "`\(name)` is not learnable", at: Label(span),
        help: [FixIt("declare it so: write `learnable` before `param` or `weight`")])
    case .whichData(let names, let span):
      return Diagnostic(
        LearningID.data, .error, "on which data set?", at: Label(span),
        notes: ["there are " + names.map { "`\($0)`" }.joined(separator: ", ") + "; one called `train` would be taken"],
        help: [FixIt("write `learn on \(names[0]) by …`")])
    case .unknownAxis(let name, let span, let nearest, let known):
      return TaskMessage.unknown(
        LearningID.axis, "a learning rule has no `\(name)`", span, nearest,
        note: "it has " + known.map { "`\($0)`" }.joined(separator: ", "))
    case .axisValue(let axis, let values, let span):
      return Diagnostic(
        LearningID.axis, .error, "`\(axis)` is \(values.map { "`\($0)`" }.joined(separator: ", "))", at: Label(span))
    case .axisSubject(let axis, let span):
      return Diagnostic(LearningID.axis, .error, "`\(axis)` is the same for all populations", at: Label(span))
    case .noSuchState(let name, let span, let nearest):
      return TaskMessage.unknown(LearningID.axis, "no population has a state `\(name)`", span, nearest)
    case .noSuchPopulation(let name, let span, let nearest):
      return TaskMessage.unknown(LearningID.axis, "the network has no population `\(name)`", span, nearest)
    case .notSurrogate(let span):
      return Diagnostic(
        LearningID.surrogate, .error, "this is no surrogate derivative", at: Label(span),
        help: [FixIt("write one such as `fast_sigmoid(10)`")])
    case .unknownSurrogate(let name, let span, let nearest):
      return TaskMessage.unknown(
        LearningID.surrogate, "unknown surrogate `\(name)`", span, nearest,
        note: "declare your own: `surrogate \(name)(x, k = 1) = …`"
      ).lookingFor(name)
    case .surrogateWithoutArgument(let name, let span):
      return Diagnostic(
        LearningID.surrogate, .error, "the surrogate `\(name)` has no argument", at: Label(span),
        help: [FixIt("its first is the distance from the threshold: `surrogate \(name)(x) = …`")])
    default: return rest
    }
  }

  private var rest: Diagnostic {
    switch self {
    case .missingSurrogate(let population, let unit, let rule, let hasBraces, let span):
      let example = unit.map { "surrogate = fast_sigmoid(10, scale = 1 \($0))" } ?? "surrogate = fast_sigmoid(10)"
      let edit = hasBraces ? [] : [Edit(span, "\(rule) { \(example) }")]
      return Diagnostic(
        LearningID.missingSurrogate, .error, "the spikes of `\(population)` need a surrogate derivative",
        at: Label(span),
        notes: ["the true derivative of a spike is 0 almost everywhere; `surrogate = none` asks for it"],
        help: [FixIt("say which: `\(example)`", edits: edit)]
      ).lookingFor("surrogate")
    case .missingScale(let name, let population, let dimension, let unit, let text, let span):
      var new = "\(text)(scale = 1 \(unit))"
      if text.hasSuffix(")") {
        let inner = String(text.dropLast())
        new = inner.hasSuffix("(") ? "\(inner)scale = 1 \(unit))" : "\(inner), scale = 1 \(unit))"
      }
      return Diagnostic(
        LearningID.scale, .error, "`\(name)` needs a scale", at: Label(span),
        notes: ["`spike when` of `\(population)` compares \(dimension), the surrogate is a function of a number"],
        help: [FixIt("give it: `\(new)`", edits: [Edit(span, new)])])
    case .notOptimiser(let span):
      return Diagnostic(
        LearningID.optimiser, .error, "this is no optimiser", at: Label(span),
        help: [FixIt("write one such as `adam(rate = 1e-3)`")])
    case .unknownOptimiser(let name, let span, let nearest, let known):
      return TaskMessage.unknown(
        LearningID.optimiser, "unknown optimiser `\(name)`", span, nearest,
        note: "there are " + known.joined(separator: ", "))
    case .lossWithoutGradient(let span):
      return Diagnostic(
        LearningID.noGradient, .error, "this loss has no gradient", at: Label(span),
        notes: ["conditions, `argmax` and `floor` are constants to the gradient, as are spikes without a surrogate"],
        help: [FixIt("use a smooth measure, such as `cross_entropy`")])
    case .nothingLearnable(let span):
      return Diagnostic(
        LearningID.nothingLearnable, .warning, "nothing is learnable here", at: Label(span),
        help: [FixIt("write `learnable` before a `weight` or `param`")])
    case .unreachable(let parameters, let populations, let rule, let span, let declared):
      let list = parameters.map { "`\($0)`" }.joined(separator: ", ")
      let owners = populations.map { "`\($0)`" }.joined(separator: ", ")
      let it = parameters.count == 1 ? "it" : "they"
      let labels = declared.map { Label($0, "declared here") }
      guard let rule else {
        return Diagnostic(
          LearningID.unreachable, .warning, "the loss cannot reach \(list)", at: Label(span), secondary: labels,
          notes: ["no path with a derivative leads from \(owners) to what the loss reads; \(it) will not change"])
      }
      return Diagnostic(
        LearningID.unreachable, .warning, "`\(rule)` cannot reach \(list)", at: Label(span), secondary: labels,
        notes: ["the rule follows no path from the loss to \(list); \(it) will not change, under `bptt` \(it) would"])
    default:
      return Diagnostic(
        LearningID.axis, .error, "this cannot stand here", at: Label(Span(file: FileID(0), lower: 0, upper: 0)))
    }
  }
}
