/// `= E` or `~ D`.
public struct Initialiser: Hashable, Sendable {
  public var isDraw: Bool
  public var value: ExprID
}

/// `[learnable] param NAME [: TYPE] (= E | ~ D) [per unit] [in LO .. HI]`.
/// One-sided ranges are written `in LO ..` and `in .. HI`.
public struct ParameterDecl: Hashable, Sendable {
  public var name: Name
  public var isLearnable: Bool
  public var type: TypeSyntax?
  public var initialiser: Initialiser?
  public var perUnit: Bool
  public var range: BoundsSyntax?
  public var span: Span
  public var documentation: String?
}

/// The bounds of `in LO .. HI`; at least one side is there.
public struct BoundsSyntax: Hashable, Sendable {
  public var lower: ExprID?
  public var upper: ExprID?
  public var span: Span
}

public enum AssignmentOperator: String, Hashable, Sendable {
  case set = "="
  case add = "+="
  case subtract = "-="
  case multiply = "*="
  case divide = "/="
}

/// `X = E` and its compound forms, in a body. `target` may be a member (`pre.x`) in synapse bodies.
public struct Assignment: Hashable, Sendable {
  public var target: Name
  public var op: AssignmentOperator
  public var value: ExprID
  public var span: Span
}

/// How the flow of a neuron is advanced over a tick.
public struct IntegratorSyntax: Hashable, Sendable {
  /// `exact`, `exponential_euler`, `euler`, `heun`, `rk4`, `auto`.
  public var method: Name
  public var arguments: [Argument]
  public var span: Span
}

/// What stands between the braces of `neuron`.
public enum NeuronItem: Hashable, Sendable {
  case parameter(ParameterDecl)
  case state(StateDecl)
  case letBinding(LetDecl)
  /// `dX/dt = E`, `X' = E`, `C * dV/dt = E`: `coefficient * d(state)/dt = value`.
  case flow(state: Name, coefficient: ExprID?, value: ExprID, span: Span)
  case next(state: Name, value: ExprID, span: Span)
  /// `on PORT(w [: TYPE]) { … }`.
  case port(PortDecl)
  case drive(name: Name, type: TypeSyntax?, span: Span)
  case spikeWhen(SpikeCondition)
  /// `on spike { … }`.
  case onSpike(body: [Assignment], span: Span)
  case refractory(time: ExprID, hold: [Name], span: Span)
  case integrate(IntegratorSyntax)
  /// `emit E`.
  case emit(value: ExprID, span: Span)
}

public struct StateDecl: Hashable, Sendable {
  public var name: Name
  public var isPersistent: Bool
  public var type: TypeSyntax?
  public var initialiser: Initialiser?
  public var span: Span
  public var documentation: String?
}

public struct LetDecl: Hashable, Sendable {
  public var name: Name
  public var type: TypeSyntax?
  public var value: ExprID
  public var span: Span
  public var documentation: String?
}

public struct PortDecl: Hashable, Sendable {
  /// `input` is the default port.
  public var name: Name
  public var binder: Name
  public var type: TypeSyntax?
  public var body: [Assignment]
  /// In `neuron B = A with { … }`: `also on PORT(w) { … }` runs after A's body, `replace on PORT(w) { … }` in its place,
  /// as without a word.
  public enum Change: String, Hashable, Sendable { case also, replace }
  public var change: Change?
  public var span: Span
}

public enum SpikeCondition: Hashable, Sendable {
  /// `spike when A > B` or `>=`; any other expression is kept so that sema can say what is wrong with it.
  case comparison(left: ExprID, right: ExprID, isStrict: Bool, span: Span)
  case crosses(value: ExprID, level: ExprID, span: Span)
  case rate(ExprID, span: Span)
  case probability(ExprID, span: Span)
  case other(ExprID, span: Span)

  public var span: Span {
    switch self {
    case .comparison(_, _, _, let span), .crosses(_, _, let span), .rate(_, let span),
      .probability(_, let span),
      .other(_, let span):
      span
    }
  }
}

/// How `neuron B = A …` changes A.
public enum NeuronChange: Hashable, Sendable {
  /// `with { … }`: same head replaces. `replace`/`also on spike` say which for bodies.
  case with([NeuronItem], alsoOnSpike: Bool)
  case withoutSpike
}

public struct NeuronDecl: Hashable, Sendable {
  public var name: Name
  /// `neuron B = A …`.
  public var base: Name?
  public var change: NeuronChange?
  public var items: [NeuronItem]
  public var span: Span
  public var documentation: String?
}

public struct FunctionArgument: Hashable, Sendable {
  public var name: Name
  public var type: TypeSyntax?
  public var defaultValue: ExprID?
}

/// `function NAME(ARG [: TYPE], …) [: TYPE] = E`.
public struct FunctionDecl: Hashable, Sendable {
  public var name: Name
  public var arguments: [FunctionArgument]
  public var result: TypeSyntax?
  public var value: ExprID
  public var span: Span
  public var documentation: String?
}

/// `surrogate NAME(x, k = 1) = E` (the derivative) or `surrogate NAME(x) from E` (the primitive).
public struct SurrogateDecl: Hashable, Sendable {
  public var name: Name
  public var arguments: [FunctionArgument]
  public var isPrimitive: Bool
  public var value: ExprID
  public var span: Span
  public var documentation: String?
}

/// `use std.neurons`, `use std.neurons.LIF`, `use "file.snn"`.
public struct UseDecl: Hashable, Sendable {
  public var path: [Name]
  public var file: String?
  public var span: Span
}

public enum Declaration: Hashable, Sendable {
  case use(UseDecl)
  case function(FunctionDecl)
  case surrogate(SurrogateDecl)
  case neuron(NeuronDecl)
  case synapse(SynapseDecl)
  case network(NetworkDecl)
  case task(TaskDecl)
  case sweep(SweepDecl)
}

/// One parsed file.
public struct SyntaxTree: Sendable {
  public var file: FileID
  public var expressions: [Expr] = []
  public var declarations: [Declaration] = []
  /// Spans of `// allow: NAME` comments with the lint's name: they silence lints of their own and the next line.
  public var allowances: [Name] = []
  /// Words of the statements that could not be read. What they would have declared is not known to be missing.
  public var lost: Set<String> = []

  public init(file: FileID) { self.file = file }

  public subscript(id: ExprID) -> Expr { expressions[Int(id.index)] }

  public mutating func append(_ kind: ExprKind, _ span: Span) -> ExprID {
    expressions.append(Expr(kind: kind, span: span))
    return ExprID(expressions.count - 1)
  }
}
