import SNNSyntax

/// What goes wrong with names and expressions. All English of expression checking is here; the neurons', the networks'
/// and the tasks' messages are in files of their own beside this one.
public enum SemaMessage: Sendable {
  case unknownName(name: String, at: Span, nearest: String?)
  case bareUnit(name: String, at: Span)
  case derivativeRead(state: String, at: Span)
  case fanOutside(name: String, at: Span)
  case duplicateName(name: String, at: Span, first: Span)
  case notValue(name: String, kind: EntityKind, at: Span, declared: Span?)
  case noMember(object: String, member: String, at: Span)
  case unknownFunction(name: String, at: Span, nearest: String?)
  case notFunction(what: String, kind: EntityKind?, at: Span)
  case argumentCount(function: String, expected: [String], found: Int, at: Span)
  case unknownArgument(function: String, name: String, at: Span, known: [String])
  case recursion(names: [String], at: Span)
  case unknownUnit(name: String, at: Span, nearest: String?)
  case unknownDimension(name: String, at: Span, nearest: String?)
  case misplacedForm(what: String, at: Span)
  case unavailable(what: String, at: Span)
  case useNotFound(path: String, at: Span, nearest: String? = nil)
  case noNextValue(name: String, at: Span)
  case operandMismatch(
    op: BinaryOperator, left: OperandDescription, right: OperandDescription, note: String?, help: [FixIt])
  case argumentMismatch(function: String, left: OperandDescription, right: OperandDescription)
  case branches(left: OperandDescription, right: OperandDescription)
  case unexpectedDimension(found: OperandDescription, expected: String, note: String, help: [FixIt])
  case needsNumber(function: String, found: OperandDescription, note: String?, help: [FixIt])
  case notCondition(found: OperandDescription)
  case exponentDimension(found: OperandDescription)
  case exponentNotConstant(base: OperandDescription, exponent: Span)
  case exponentRange(at: Span)
  case hole(at: Span, needs: String, unit: String?)
  case indexSets(left: Span, leftSet: String, right: Span, rightSet: String)
  case notConstant(what: String, at: Span)
  case affineUnit(at: Span)
  case ambiguousUnit(name: String, kind: EntityKind, at: Span, declared: Span)
  case absoluteTemperatures(left: Span, right: Span)
  case spikesType(at: Span)
  case divisionByZero(at: Span)
  case tooLarge(at: Span)
}

enum SemaID {
  static let unknownName = DiagnosticID("E0201", "unknown-name")
  static let duplicateName = DiagnosticID("E0202", "duplicate-name")
  static let wrongKind = DiagnosticID("E0203", "wrong-kind")
  static let unknownFunction = DiagnosticID("E0204", "unknown-function")
  static let wrongArguments = DiagnosticID("E0205", "wrong-arguments")
  static let recursion = DiagnosticID("E0206", "recursive-function")
  static let unknownUnit = DiagnosticID("E0207", "not-a-unit")
  static let unknownDimension = DiagnosticID("E0208", "unknown-dimension")
  static let unavailable = DiagnosticID("E0209", "not-available")
  static let useNotFound = DiagnosticID("E0210", "use-not-found")
  static let misplaced = DiagnosticID("E0211", "misplaced-expression")
  static let noMember = DiagnosticID("E0212", "no-such-member")

  static let operandMismatch = DiagnosticID("E0301", "dimension-mismatch")
  static let unexpectedDimension = DiagnosticID("E0302", "unexpected-dimension")
  static let needsNumber = DiagnosticID("E0303", "needs-a-number")
  static let notCondition = DiagnosticID("E0304", "not-a-condition")
  static let exponent = DiagnosticID("E0305", "bad-exponent")
  static let hole = DiagnosticID("E0306", "typed-hole")
  static let indexSets = DiagnosticID("E0307", "different-index-sets")
  static let notConstant = DiagnosticID("E0308", "not-constant")
  static let absoluteTemperature = DiagnosticID("E0309", "absolute-temperature")
  static let divisionByZero = DiagnosticID("E0310", "division-by-zero")
  static let tooLarge = DiagnosticID("E0311", "expression-too-large")
  static let ambiguousUnit = DiagnosticID("E0312", "ambiguous-unit")
}

extension SemaMessage {
  public var diagnostic: Diagnostic {
    switch self {
    case .unknownName(let name, let span, let nearest):
      return Self.unknown(SemaID.unknownName, "unknown name `\(name)`", span, nearest).lookingFor(name)
    case .bareUnit(let name, let span):
      return Diagnostic(
        SemaID.unknownName, .error, "unknown name `\(name)`", at: Label(span, "a unit, no value"),
        notes: ["a unit stands only directly after a number"],
        help: [FixIt("write `1 \(name)`", edits: [Edit(span, "1 \(name)")])]
      ).lookingFor(name)
    case .derivativeRead(let state, let span):
      return Diagnostic(
        SemaID.unknownName, .error, "the derivative of `\(state)` cannot be read", at: Label(span),
        notes: ["`d\(state)/dt` stands on the left side of its equation only"],
        help: [FixIt("give the right side of that equation a name with `let`, and use it in both")])
    case .fanOutside(let name, let span):
      return Diagnostic(
        SemaID.unknownName, .error, "unknown name `\(name)`", at: Label(span, "not known here"),
        notes: ["`\(name)` is known in the weight of a connection"])
    case .duplicateName(let name, let span, let first):
      return Diagnostic(
        SemaID.duplicateName, .error, "`\(name)` is declared twice", at: Label(span, "declared again"),
        secondary: [Label(first, "first declared here")], help: [FixIt("give one of them another name")])
    case .notValue(let name, let kind, let span, let declared):
      return Self.notValue(name, kind, span, declared)
    case .noMember(let object, let member, let span):
      return Diagnostic(
        SemaID.noMember, .error, "`\(object).\(member)` cannot be read here", at: Label(span),
        notes: ["a neuron's own equations read its own names; members of populations are read in tasks"])
    case .unknownFunction(let name, let span, let nearest):
      let spelling = Self.otherSpellings[name]
      var diagnostic = Self.unknown(
        SemaID.unknownFunction, "unknown function `\(name)`", span, spelling == nil ? nearest : nil
      ).lookingFor(name)
      if let spelling { diagnostic.help = [FixIt("write `\(spelling)`")] }
      return diagnostic
    case .notFunction(let what, let kind, let span):
      let headline = kind.map { "`\(what)` is a \($0.rawValue), not a function" } ?? "`\(what)` is not a function"
      let last = what.split(separator: ".").last.map(String.init) ?? what
      let help =
        what != last && Builtin(rawValue: last) != nil
        ? FixIt("write `\(last)`", edits: [Edit(span, last)]) : FixIt("for a product write `*`")
      return Diagnostic(SemaID.unknownFunction, .error, headline, at: Label(span, "called here"), help: [help])
    case .argumentCount(let function, let expected, let found, let span):
      return Diagnostic(
        SemaID.wrongArguments, .error,
        "`\(function)` takes \(Self.count(expected.count, "argument")), not \(found)", at: Label(span),
        notes: ["it is `\(function)(\(expected.joined(separator: ", ")))`"])
    case .unknownArgument(let function, let name, let span, let known):
      let other = ["lr": "rate", "learning_rate": "rate", "eps": "epsilon", "betas": "beta1", "alpha": "slope"][name]
      let nearest = other.flatMap { known.contains($0) ? $0 : nil } ?? Spelling.nearest(to: name, among: known)
      let help = nearest.map { "did you mean `\($0)`?" }
      let list = known.isEmpty ? "it takes none" : "it takes " + known.map { "`\($0)`" }.joined(separator: ", ")
      return Diagnostic(
        SemaID.wrongArguments, .error, "`\(function)` has no argument `\(name)`", at: Label(span), notes: [list],
        help: help.map { [FixIt($0)] } ?? [])
    case .recursion(let names, let span):
      return Diagnostic(
        SemaID.recursion, .error, "function `\(names.first ?? "")` calls itself", at: Label(span),
        notes: ["the cycle is " + names.joined(separator: " → "), "functions are written out where they are used"])
    case .unknownUnit(let name, let span, let nearest):
      return Self.unknown(SemaID.unknownUnit, "`\(name)` is not a unit", span, nearest)
    case .unknownDimension(let name, let span, let nearest):
      return Self.unknown(SemaID.unknownDimension, "`\(name)` is neither a dimension nor a unit", span, nearest)
    case .misplacedForm(let what, let span):
      return Diagnostic(SemaID.misplaced, .error, "\(what) cannot stand here", at: Label(span))
    case .unavailable(let what, let span):
      return Diagnostic(SemaID.unavailable, .error, "\(what) is not available in this version", at: Label(span))
    case .useNotFound(let path, let span, let nearest):
      return Diagnostic(
        SemaID.useNotFound, .error, "nothing found for `use \(path)`", at: Label(span),
        notes: ["a file's path starts at the file that names it; the library's begins with `std.`"],
        help: nearest.map { [FixIt("did you mean `use \($0)`?", edits: [Edit(span, "use \($0)")])] } ?? [])
    case .noNextValue(let name, let span):
      return Diagnostic(
        SemaID.misplaced, .error, "`next \(name)` cannot be read here", at: Label(span),
        notes: ["the right side of a `next` equation may read `next` of this neuron's states"])
    default: return dimensionDiagnostic
    }
  }

  /// Functions of other languages that this one writes otherwise.
  private static let otherSpellings = [
    "heaviside": "if x > 0 then 1 else 0", "step": "if x > 0 then 1 else 0", "where": "if C then A else B",
    "log10": "log(x) / log(10)", "log2": "log(x) / log(2)", "ln": "log(x)", "pow": "x ^ y", "square": "x ^ 2",
    "fabs": "abs(x)", "maximum": "max(x, y)", "minimum": "min(x, y)", "expit": "sigmoid(x)", "clamp": "clip(x, a, b)",
    "expm1": "exp(x) - 1", "tan": "sin(x) / cos(x)", "ceil": "-floor(-x)", "softplus": "log(1 + exp(x))",
  ]

  private static func unknown(
    _ id: DiagnosticID, _ headline: String, _ span: Span, _ nearest: String?
  ) -> Diagnostic {
    let help = nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? []
    return Diagnostic(id, .error, headline, at: Label(span, "not declared"), help: help)
  }

  private static func notValue(_ name: String, _ kind: EntityKind, _ span: Span, _ declared: Span?) -> Diagnostic {
    let article = "aeiou".contains(kind.rawValue.first ?? "x") ? "an" : "a"
    var help: [FixIt] = []
    switch kind {
    case .function: help = [FixIt("call it: `\(name)(…)`")]
    case .population: help = [FixIt("name one of its variables: `\(name).…`")]
    default: break
    }
    return Diagnostic(
      SemaID.wrongKind, .error, "`\(name)` is \(article) \(kind.rawValue), not a value", at: Label(span),
      secondary: declared.map { [Label($0, "declared here")] } ?? [], help: help)
  }

  static func count(_ number: Int, _ noun: String) -> String {
    number == 0 ? "no \(noun)s" : number == 1 ? "one \(noun)" : "\(number) \(noun)s"
  }
}

extension SemaMessage {
  private var dimensionDiagnostic: Diagnostic {
    switch self {
    case .operandMismatch(let op, let left, let right, let note, let help):
      let headline =
        switch op {
        case .subtract: "cannot subtract \(right.phrase) from \(left.phrase)"
        case .add: "cannot add \(right.phrase) to \(left.phrase)"
        default: "cannot compare \(left.phrase) with \(right.phrase)"
        }
      return Diagnostic(
        SemaID.operandMismatch, .error, headline, at: Label(left.span, left.label),
        secondary: [Label(right.span, right.label)], notes: note.map { [$0] } ?? [], help: help)
    case .argumentMismatch(let function, let left, let right):
      return Diagnostic(
        SemaID.operandMismatch, .error,
        "the arguments of `\(function)` differ: \(left.phrase) and \(right.phrase)", at: Label(left.span, left.label),
        secondary: [Label(right.span, right.label)])
    case .branches(let left, let right):
      return Diagnostic(
        SemaID.operandMismatch, .error, "the branches of `if` differ: \(left.phrase) and \(right.phrase)",
        at: Label(left.span, left.label), secondary: [Label(right.span, right.label)])
    case .unexpectedDimension(let found, let expected, let note, let help):
      return Diagnostic(
        SemaID.unexpectedDimension, .error, "expected \(expected), found \(found.words)",
        at: Label(found.span, found.label), notes: [note], help: help)
    case .needsNumber(let function, let found, let note, let help):
      return Diagnostic(
        SemaID.needsNumber, .error, "`\(function)` needs a number, not \(found.phrase)",
        at: Label(found.span, found.label), notes: note.map { [$0] } ?? [], help: help)
    case .notCondition(let found):
      return Diagnostic(
        SemaID.notCondition, .error, "expected a condition, found \(found.phrase)", at: Label(found.span, found.label),
        help: [FixIt("compare it: `\(found.text) > 0`")])
    case .exponentDimension(let found):
      return Diagnostic(
        SemaID.exponent, .error, "an exponent must be a number, not \(found.phrase)",
        at: Label(found.span, found.label))
    case .exponentNotConstant(let base, let exponent):
      return Diagnostic(
        SemaID.exponent, .error, "the power of \(base.phrase) needs a constant exponent",
        at: Label(exponent, "known only when the model runs"), secondary: [Label(base.span, base.label)],
        notes: ["otherwise the result would have no fixed dimension"],
        help: [FixIt("divide the base by a reference value of its dimension")])
    case .exponentRange(let span):
      return Diagnostic(SemaID.exponent, .error, "the exponents of this dimension are out of range", at: Label(span))
    case .hole(let span, let needs, let unit):
      let suffix = unit.map { $0 == needs || $0 == "1" ? "" : " (\($0))" } ?? ""
      return Diagnostic(SemaID.hole, .error, "this hole needs: \(needs)\(suffix)", at: Label(span, needs + suffix))
    case .indexSets(let left, let leftSet, let right, let rightSet):
      return Diagnostic(
        SemaID.indexSets, .error, "values of `\(leftSet)` and of `\(rightSet)` do not pair up",
        at: Label(left, "one per unit of `\(leftSet)`"), secondary: [Label(right, "one per unit of `\(rightSet)`")],
        help: [FixIt("reduce one of them first: `sum over units of …`")])
    case .notConstant(let what, let span):
      return Diagnostic(
        SemaID.notConstant, .error, "\(what) must be constant", at: Label(span, "not known when the model is compiled"),
        help: what.hasPrefix("the value of `") ? [FixIt("what changes while the model runs is written with `let`")] : []
      )
    case .affineUnit(let span):
      return Diagnostic(
        SemaID.absoluteTemperature, .error, "`degC` is an absolute temperature and takes no powers or products",
        at: Label(span), help: [FixIt("for differences write `K`")])
    case .ambiguousUnit(let name, let kind, let span, let declared):
      return Diagnostic(
        SemaID.ambiguousUnit, .error, "is `\(name)` the unit or the \(kind.rawValue)?",
        at: Label(span, "read as a unit"),
        secondary: [Label(declared, "the \(kind.rawValue)")],
        notes: ["what stands in a unit after `/` or `*` without blanks belongs to the unit"],
        help: [
          FixIt(
            "for the \(kind.rawValue) put blanks around the operator; for the unit give the \(kind.rawValue) another name"
          )
        ])
    case .absoluteTemperatures(let left, let right):
      return Diagnostic(
        SemaID.absoluteTemperature, .error, "cannot add two absolute temperatures", at: Label(left),
        secondary: [Label(right)], help: [FixIt("for differences write `K`")])
    case .spikesType(let span):
      return Diagnostic(SemaID.misplaced, .error, "`spikes[…]` is the type of a network's input only", at: Label(span))
    case .divisionByZero(let span):
      return Diagnostic(SemaID.divisionByZero, .error, "division by zero", at: Label(span, "this is 0"))
    case .tooLarge(let span):
      return Diagnostic(
        SemaID.tooLarge, .error, "this expression is too large or too deeply nested", at: Label(span),
        notes: ["functions are written out where they are used, which counts too"])
    default:
      return Diagnostic(
        SemaID.misplaced, .error, "this cannot stand here", at: Label(Span(file: FileID(0), lower: 0, upper: 0)))
    }
  }
}
