import SNNIR
import SNNSyntax

/// Checks expressions and lowers them in one walk: `check` gives the value in `model.graph`, the type and where the
/// dimension comes from.
///
/// **How a caller uses it.** Push a `Scope` of entities (`declare`), set `context` to what is being checked (its note is
/// shown below every mismatch), then ask for `number(_:)`, `condition(_:)`, or `number(_:expecting:because:)`.
/// Erroneous expressions give `Checked.isError`; a message has then been given. At the end of a declaration call
/// `finishDeclaration`, which reports its typed holes.
///
/// **How the task half plugs in.** Set `fallback` to an `ExpressionExtension`. It is asked first about `member`, `index`,
/// `call`, `reduction`, `at`, `list`, `range` and `string` expressions, and about names that have no value of their own
/// (populations, data sets, words such as `last`); nil means that the checker goes on by itself. It may call back into
/// the checker for operands, add symbols to `model.graph`, and report with `report(_:)`; elementwise combination of its
/// results follows from their domains in the graph. State of its own belongs into a class or into the scopes.
public struct ExpressionChecker: Sendable {
  public var program: ProgramContext
  /// The model being built; its graph takes all values.
  public var model: NetworkModel
  public var solver = DimensionSolver()
  public internal(set) var diagnostics: [Diagnostic] = []
  /// File whose tree `ExprID`s index.
  public var file: FileID
  /// Innermost last.
  public var scopes: [Scope] = []
  public var context = CheckingContext()
  public var fallback: (any ExpressionExtension)?
  /// Where each `LocationID` of the model stands.
  public internal(set) var locations: [Span] = []

  /// Errors found, muted ones included.
  public internal(set) var errorCount = 0
  /// While positive, messages are counted but not kept: instances of declarations that were checked on their own.
  var muted = 0
  var depth = 0
  var holes: [(span: Span, term: DimensionTerm)] = []
  var unknownNames: Set<String> = []
  /// Spans of declarations that something reads, for lints.
  public var used: Set<Span> = []
  var schemes: [Int: FunctionScheme] = [:]
  var callStack: [Int] = []
  var inlined: [InlinedCall: (value: ValueID, isCondition: Bool)] = [:]
  /// Expressions checked since the declaration began.
  var steps = 0
  /// Neurons whose declaration is wrong: populations of them are passed over in silence.
  var faultyNeurons: Set<Int> = []
  var faultySynapses: Set<Int> = []
  /// Drives (population, drive) that connections of the last network feed.
  var lastFedDrives: Set<[Int]> = []
  /// Values of `--set NAME=VALUE`, each an expression in a source of its own.
  var settings: [NetworkArgument] = []
  /// Those of them that the task being checked takes: none, where another one is chosen.
  var taskSettings: [NetworkArgument] = []
  /// Names of settings that something took.
  var usedSettings: Set<String> = []
  /// Names that could have been set, for did-you-mean.
  var settable: [String] = []
  /// Looks into a task's data sources.
  var dataShapes: DataShapeReader?
  /// The equation whose white noise may be read; nil outside of them.
  var noise: NoiseContext?
  var synapses: SynapseReader?
  var isTooLarge = false
  var reportsCycles = false
  var reportedCycles: Set<Set<Int>> = []

  static let maximumDepth = 400
  static let maximumValues = 1_000_000
  static let maximumSteps = 50_000

  public init(program: ProgramContext, model: NetworkModel, file: FileID) {
    self.program = program
    self.model = model
    self.file = file
    scopes = [ambientScope()]
  }

  private mutating func ambientScope() -> Scope {
    var scope = Scope()
    let time = ExpressionType.number(DimensionTerm(.time))
    let milliseconds = Dimension.time.displayUnit
    scope.set(
      Entity("t", .ambient, type: time, value: model.graph.load(model.timeSymbol), unit: milliseconds))
    scope.set(
      Entity("dt", .ambient, type: time, value: model.graph.load(model.stepSymbol), unit: milliseconds))
    scope.set(Entity("pi", .ambient, type: .dimensionless, value: model.graph.const(.pi)))
    return scope
  }

  // MARK: Names

  public func lookup(_ name: String) -> Entity? {
    for scope in scopes.reversed() {
      if let entity = scope[name] { return entity }
    }
    return nil
  }

  /// Adds a name to the innermost scope; says so where the block has it already.
  @discardableResult
  public mutating func declare(_ entity: Entity) -> Bool {
    if let span = entity.span, let first = scopes[scopes.count - 1][entity.name], let old = first.span {
      report(.duplicateName(name: entity.name, at: span, first: old))
      return false
    }
    scopes[scopes.count - 1].set(entity)
    return true
  }

  /// Changes what a name of any scope stands for.
  public mutating func update(_ entity: Entity) {
    for place in scopes.indices.reversed() where scopes[place][entity.name] != nil {
      scopes[place].set(entity)
      return
    }
    scopes[scopes.count - 1].set(entity)
  }

  /// `block1.hidden`, where the network declares that, is a name as any other.
  public func expression(_ id: ExprID) -> Expr {
    if var expr = program.expression(id, in: file) {
      if case .member(let object, let name) = expr.kind, let path = path(object), lookup("\(path).\(name.text)") != nil
      {
        expr.kind = .name("\(path).\(name.text)")
      }
      return expr
    }
    var tree = SyntaxTree(file: file)
    return tree[tree.append(.error, Span(file: file, lower: 0, upper: 0))]
  }

  /// `a.b.c` of a chain of names; nil for anything else.
  private func path(_ id: ExprID) -> String? {
    switch program.expression(id, in: file)?.kind {
    case .name(let name): name
    case .member(let object, let name): path(object).map { "\($0).\(name.text)" }
    default: nil
    }
  }

  public func text(_ span: Span) -> String { program.sources.text(span) }

  public mutating func location(_ span: Span) -> LocationID {
    locations.append(span)
    return LocationID(locations.count - 1)
  }

  // MARK: Messages

  public mutating func report(_ message: SemaMessage) { report(message.diagnostic) }

  public mutating func report(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { errorCount += 1 }
    if muted == 0 { diagnostics.append(diagnostic) }
  }

  /// Runs `body` without keeping its messages; the number of errors in it.
  @discardableResult
  public mutating func quietly(_ body: (inout ExpressionChecker) -> Void) -> Int {
    let before = errorCount
    muted += 1
    body(&self)
    muted -= 1
    let found = errorCount - before
    errorCount = before
    return found
  }

  public mutating func errorResult(_ span: Span) -> Checked { Checked(model.graph.const(1), .error, span) }

  /// Reports the holes met since the last call, now that their dimensions are as known as they will be.
  public mutating func finishDeclaration() {
    for hole in holes {
      report(.hole(at: hole.span, needs: solver.describe(hole.term), unit: solver.constant(hole.term)?.unitText))
    }
    holes = []
    unknownNames = []
  }
}

/// What is being checked, for messages: `note` says why a dimension was expected.
public struct CheckingContext: Sendable {
  /// `dV/dt must be voltage per time`.
  public var note: String?
  /// Name of the state that the equation is about; messages do not say where it was declared.
  public var subject: String?
  /// The dimension that most of the equation is about, for suggestions.
  public var preferred: DimensionTerm?

  public init(note: String? = nil, subject: String? = nil, preferred: DimensionTerm? = nil) {
    self.note = note
    self.subject = subject
    self.preferred = preferred
  }
}

/// How other rooms of the language add expressions of their own; see `ExpressionChecker`.
public protocol ExpressionExtension: Sendable {
  func check(_ id: ExprID, _ expression: Expr, in checker: inout ExpressionChecker) -> Checked?
}
