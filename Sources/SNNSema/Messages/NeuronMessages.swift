import SNNSyntax

/// What goes wrong inside `neuron` blocks and where they are instantiated.
public enum NeuronMessage: Sendable {
  case baseCycle(name: String, circle: [String], at: Span)
  case noPort(word: String, name: String, at: Span, nearest: String?)
  case unknownNeuron(name: String, at: Span, nearest: String?)
  case secondOf(what: String, at: Span, first: Span)
  case twoEquations(state: String, at: Span, first: Span, mixed: Bool)
  case notState(name: String, kind: EntityKind?, at: Span, nearest: String?)
  case undrivenState(name: String, at: Span)
  case parameterCycle(names: [String], at: Span)
  case nextCycle(names: [String], at: Span)
  case notLinear(port: String, binder: String, state: String, at: Span)
  case notHomogeneous(port: String, binder: String, state: String, at: Span)
  case resetWithoutSpike(what: String, at: Span)
  case notComparison(at: Span)
  case tooShort(what: String, least: String, at: Span)
  case notMultiple(what: String, value: String, step: String, below: String, above: String, at: Span)
  case tooManySteps(what: String, value: String, step: String, at: Span)
  case unknownIntegrator(name: String, at: Span, nearest: String?)
  case integratorOption(method: String, name: String, at: Span)
  case integratorValue(name: String, wants: String, at: Span)
  case integratorOptions(at: Span)
  /// `isWhole`: `exact`, which needs the whole system linear; else exponential Euler, each equation in its own state.
  case notLinearFlow(state: String, isWhole: Bool, at: Span)
  case withoutValue(parameter: String, neuron: String, at: Span, declared: Span)
  case unknownParameter(name: String, neuron: String, at: Span, nearest: String?, known: [String])
  case overrideDimension(
    parameter: String, neuron: String, found: OperandDescription, expected: String, declared: Span)
  case defaultDimension(neuron: String, name: String, found: String, expected: String, at: Span, declared: Span)
  case unlabelledOverride(neuron: String, at: Span)
  case outsideRange(what: String, value: String, at: Span, range: Span, onBound: Bool)
  case emptyRange(at: Span)
  case negativeDeviation(at: Span)
  case unknownDistribution(name: String, at: Span, nearest: String?)
  case notDistribution(at: Span)
  case drawWanted(name: String, at: Span)
  case drawNeedsWeights(name: String, needsMatrix: Bool, at: Span)
  case drawNeedsMatrix(at: Span)
  case drawsOutside(range: Span, at: Span)
  case negativeDuration(what: String, at: Span)
  case cannotInstantiate(neuron: String, at: Span)
}

enum NeuronID {
  static let base = DiagnosticID("E0401", "bad-base")
  static let second = DiagnosticID("E0402", "given-twice")
  static let twoEquations = DiagnosticID("E0403", "two-equations")
  static let notState = DiagnosticID("E0404", "not-a-state")
  static let undriven = DiagnosticID("E0405", "state-without-equation")
  static let cycle = DiagnosticID("E0406", "circular-definition")
  static let notLinear = DiagnosticID("E0407", "port-not-linear")
  static let withoutSpike = DiagnosticID("E0408", "no-spike-condition")
  static let notComparison = DiagnosticID("E0409", "spike-needs-comparison")
  static let notMultiple = DiagnosticID("E0410", "not-a-multiple-of-the-step")
  static let integrator = DiagnosticID("E0411", "unknown-integrator")
  static let notLinearFlow = DiagnosticID("E0412", "not-linear")
  static let withoutValue = DiagnosticID("E0413", "parameter-without-value")
  static let unknownParameter = DiagnosticID("E0414", "unknown-parameter")
  static let override = DiagnosticID("E0415", "parameter-dimension")
  static let range = DiagnosticID("E0416", "out-of-range")
  static let distribution = DiagnosticID("E0417", "unknown-distribution")
}

extension NeuronMessage {
  public var diagnostic: Diagnostic {
    switch self {
    case .baseCycle(let name, let circle, let span):
      return Diagnostic(
        NeuronID.base, .error, "neuron `\(name)` is made from itself", at: Label(span),
        notes: circle.count > 2 ? ["the circle is " + circle.joined(separator: " → ")] : [])
    case .noPort(let word, let name, let span, let nearest):
      return Diagnostic(
        NeuronID.base, .error, "there is no `on \(name)` to which `\(word)` could refer", at: Label(span),
        notes: ["a port that is new is written without `\(word)`"],
        help: nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? []
      ).lookingFor(name)
    case .unknownNeuron(let name, let span, let nearest):
      return Diagnostic(
        NeuronID.base, .error, "unknown neuron `\(name)`", at: Label(span, "not declared"),
        help: nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? [])
    case .secondOf(let what, let span, let first):
      return Diagnostic(
        NeuronID.second, .error, "a neuron has one \(what)", at: Label(span, "second"),
        secondary: [Label(first, "first")])
    case .twoEquations(let state, let span, let first, let mixed):
      return Diagnostic(
        NeuronID.twoEquations, .error,
        mixed ? "`\(state)` has a continuous equation and a `next` equation" : "`\(state)` has two equations",
        at: Label(span, "second"), secondary: [Label(first, "first")])
    case .notState(let name, let kind, let span, let nearest):
      let headline = kind.map { "`\(name)` is a \($0.rawValue), not a state" } ?? "there is no state `\(name)`"
      return Diagnostic(
        NeuronID.notState, .error, headline, at: Label(span),
        notes: ["only states have equations and are assigned to"],
        help: nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] }
          ?? [
            FixIt(kind == nil ? "declare it: `state \(name) = 0`" : "declare `\(name)` as `state`, if it is to change")
          ]
      ).lookingFor(name)
    case .undrivenState(let name, let span):
      return Diagnostic(
        NeuronID.undriven, .error, "nothing changes the state `\(name)`", at: Label(span),
        notes: ["no equation, no `on …` body assigns to it"],
        help: [FixIt("give it an equation, such as `d\(name)/dt = …`, or declare it as `param`")]
      ).lookingFor(name)
    case .parameterCycle(let names, let span):
      return Diagnostic(
        NeuronID.cycle, .error, "`\(names.first ?? "")` is defined by itself", at: Label(span),
        notes: ["the cycle is " + (names + names.prefix(1)).joined(separator: " → ")])
    case .nextCycle(let names, let span):
      let path = (names + names.prefix(1)).map { "next \($0)" }.joined(separator: " → ")
      return Diagnostic(
        NeuronID.cycle, .error, "`next` equations wait for each other", at: Label(span),
        notes: ["the cycle is " + path],
        help: [FixIt("read the present value of one of them: leave out `next`")])
    case .notLinear(let port, let binder, let state, let span):
      return Diagnostic(
        NeuronID.notLinear, .error, "what `on \(port)` does to `\(state)` is not linear in `\(binder)`",
        at: Label(span),
        notes: ["`\(binder)` is the sum of all that arrives in a tick; only linear bodies treat arrivals one by one"],
        help: [FixIt("add a multiple of it: `\(state) += \(binder) * …`")])
    case .notHomogeneous(let port, let binder, let state, let span):
      return Diagnostic(
        NeuronID.notLinear, .error, "`on \(port)` changes `\(state)` even when nothing arrives", at: Label(span),
        notes: ["the body runs every tick, with `\(binder)` 0 where nothing arrives"],
        help: [FixIt("write what happens every tick as an equation, and `\(state) += \(binder) * …` here")])
    case .resetWithoutSpike(let what, let span):
      return Diagnostic(
        NeuronID.withoutSpike, .error, "\(what) in a neuron that never spikes", at: Label(span),
        help: [FixIt("add `spike when V > …`")]
      ).lookingFor("spike")
    case .notComparison(let span):
      return Diagnostic(
        NeuronID.notComparison, .error, "`spike when` needs one comparison", at: Label(span),
        notes: ["the surrogate derivative is a function of the difference of its two sides"],
        help: [FixIt("write `spike when A > B`, `A >= B` or `V crosses LEVEL`")])
    default: return instanceDiagnostic
    }
  }

  private var instanceDiagnostic: Diagnostic {
    switch self {
    case .tooManySteps(let what, let value, let step, let span):
      return Diagnostic(
        NeuronID.notMultiple, .error, "\(what) of \(value) is more steps of \(step) than can be counted",
        at: Label(span),
        help: [FixIt("take a shorter time or a longer step: fewer than a thousand million steps")])
    case .tooShort(let what, let least, let span):
      return Diagnostic(
        NeuronID.notMultiple, .error, "\(what) must be at least \(least)",
        at: Label(span, "this is shorter than a step"))
    case .notMultiple(let what, let value, let step, let below, let above, let span):
      return Diagnostic(
        NeuronID.notMultiple, .error, "\(what) of \(value) is no multiple of the step of \(step)", at: Label(span),
        help: [FixIt("the nearest legal values are \(below) and \(above)")])
    case .unknownIntegrator(let name, let span, let nearest):
      return Diagnostic(
        NeuronID.integrator, .error, "unknown integrator `\(name)`", at: Label(span),
        notes: ["there are exact, exponential_euler, euler, heun, rk4 and auto"],
        help: nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? [])
    case .integratorOption(let method, let name, let span):
      return Diagnostic(
        NeuronID.integrator, .error, "`\(method)` has no option `\(name)`", at: Label(span),
        notes: ["`rk4` takes `substeps = N` or `tolerance = ε`; the others take none"])
    case .integratorValue(let name, let wants, let span):
      return Diagnostic(NeuronID.integrator, .error, "`\(name)` must be \(wants)", at: Label(span))
    case .integratorOptions(let span):
      return Diagnostic(
        NeuronID.integrator, .error, "`rk4` has its substeps given or found, not both", at: Label(span),
        notes: ["`tolerance` finds the fewest substeps that keep it"], help: [FixIt("leave out one of the two")])
    case .notLinearFlow(let state, let isWhole, let span):
      return Diagnostic(
        NeuronID.notLinearFlow, .error,
        isWhole
          ? "`integrate exact` needs linear equations, but that of `\(state)` is not"
          : "`integrate exponential_euler` needs equations linear in their own state; that of `\(state)` is not",
        at: Label(span), help: [FixIt("write `integrate auto`, or `integrate rk4`")])
    case .withoutValue(let parameter, let neuron, let span, let declared):
      return Diagnostic(
        NeuronID.withoutValue, .error, "`\(neuron)` needs a value for `\(parameter)`", at: Label(span),
        secondary: [Label(declared, "declared without a value")],
        help: [FixIt("give it: `\(neuron)[…](\(parameter) = …)`")])
    case .unknownParameter(let name, let neuron, let span, let nearest, let known):
      let list = known.isEmpty ? "it has none" : "it has " + known.map { "`\($0)`" }.joined(separator: ", ")
      return Diagnostic(
        NeuronID.unknownParameter, .error, "`\(neuron)` has no parameter `\(name)`", at: Label(span), notes: [list],
        help: nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? [])
    case .overrideDimension(let parameter, let neuron, let found, let expected, let declared):
      return Diagnostic(
        NeuronID.override, .error, "`\(parameter)` of `\(neuron)` must be \(expected), not \(found.words)",
        at: Label(found.span, found.label), secondary: [Label(declared, "declared here")],
        notes: ["the equations of `\(neuron)` decide that"])
    case .defaultDimension(let neuron, let name, let found, let expected, let span, let declared):
      return Diagnostic(
        NeuronID.override, .error, "with these values `\(name)` of `\(neuron)` must be \(expected)", at: Label(span),
        secondary: [Label(declared, "its own value is a \(found)")], help: [FixIt("give `\(name) = …` here too")])
    case .unlabelledOverride(let neuron, let span):
      return Diagnostic(
        NeuronID.unknownParameter, .error, "the values given to `\(neuron)` need their names", at: Label(span),
        help: [FixIt("write `NAME = VALUE`")])
    case .outsideRange(let what, let value, let span, let range, let onBound):
      return Diagnostic(
        NeuronID.range, .error,
        onBound
          ? "the first value of `\(what)`, \(value), lies on a bound" : "\(value) is outside the range of `\(what)`",
        at: Label(span), secondary: [Label(range, "the range")],
        notes: onBound ? ["a learnable quantity is mapped onto the open interval, where a bound is at infinity"] : [])
    case .negativeDeviation(let span):
      return Diagnostic(
        NeuronID.range, .error, "a standard deviation must not be negative", at: Label(span),
        notes: ["it is `normal(MEAN, DEVIATION)`"])
    case .emptyRange(let span):
      return Diagnostic(
        NeuronID.range, .error, "this range is empty", at: Label(span), notes: ["a range runs from the lesser bound up"]
      )
    case .unknownDistribution(let name, let span, let nearest):
      return Diagnostic(
        NeuronID.distribution, .error, "unknown distribution `\(name)`", at: Label(span),
        notes: ["there are normal, uniform, lognormal, constant, kaiming, xavier and orthogonal"],
        help: nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? [])
    case .notDistribution(let span):
      return Diagnostic(
        NeuronID.distribution, .error, "`~` wants a distribution, with a factor if need be", at: Label(span),
        help: [FixIt("for one fixed value write `=` for `~`")])
    case .drawNeedsWeights(let name, let needsMatrix, let span):
      return Diagnostic(
        NeuronID.distribution, .error, "`\(name)` is for the weights of a connection", at: Label(span),
        notes: [needsMatrix ? "it makes a matrix" : "its width comes from the number of synapses of a neuron"],
        help: [FixIt("draw from `normal(MEAN, DEVIATION)` or `uniform(LOW, HIGH)`")])
    case .drawNeedsMatrix(let span):
      return Diagnostic(
        NeuronID.distribution, .error, "`orthogonal` needs a matrix, and these synapses make none", at: Label(span),
        notes: ["it is for connections of all with all, and for kernels of `conv2d`"],
        help: [FixIt("draw each weight: `normal(MEAN, DEVIATION)` or `kaiming()`")])
    case .drawsOutside(let range, let span):
      return Diagnostic(
        NeuronID.range, .error, "nothing that is drawn here can fall into the range", at: Label(span),
        secondary: [Label(range, "the range")],
        notes: ["what is drawn outside a range is drawn again"])
    case .drawWanted(let name, let span):
      return Diagnostic(
        NeuronID.distribution, .error, "`\(name)` is a distribution, not a value", at: Label(span),
        help: [FixIt("write `~ \(name)(…)` for `= \(name)(…)`")])
    case .negativeDuration(let what, let span):
      return Diagnostic(NeuronID.range, .error, "\(what) must not be negative", at: Label(span))
    case .cannotInstantiate(let neuron, let span):
      return Diagnostic(
        NeuronID.override, .error, "`\(neuron)` cannot be made with these values", at: Label(span))
    default:
      return Diagnostic(
        NeuronID.base, .error, "this neuron is wrong", at: Label(Span(file: FileID(0), lower: 0, upper: 0)))
    }
  }
}

extension ExpressionChecker {
  public mutating func report(_ message: NeuronMessage) { report(message.diagnostic) }

  /// For what is wrong with one instance only: the declaration's own messages are muted then.
  mutating func reportInstance(_ message: NeuronMessage) { reportInstance(message.diagnostic) }

  mutating func reportInstance(_ diagnostic: Diagnostic) {
    errorCount += 1
    if muted <= 1, !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }
}
