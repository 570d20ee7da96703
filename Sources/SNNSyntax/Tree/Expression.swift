/// Index of an expression in its `SyntaxTree`; trees are arenas, so depth costs no recursion in storage.
public struct ExprID: Hashable, Sendable {
  public var index: Int32
  public init(_ index: Int) { self.index = Int32(index) }
}

/// A name as written, with its place.
public struct Name: Hashable, Sendable {
  public var text: String
  public var span: Span
  public init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

/// One factor of a unit or dimension: `cm^2`, or `/ms` with exponent -1.
public struct UnitFactor: Hashable, Sendable {
  public var name: Name
  public var exponent: Int
}

/// A unit as written after a number or in a type: `uF/cm^2`, `/mV/ms`. No factors stand for `1`.
public struct UnitSyntax: Hashable, Sendable {
  public var factors: [UnitFactor]
  public var span: Span
}

public enum UnaryOperator: String, Hashable, Sendable {
  case negate = "-"
  case not
}

public enum BinaryOperator: String, Hashable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case power = "^"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case notEqual = "!="
  case and, or

  public var isComparison: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual: true
    default: false
    }
  }
}

public enum ReductionKind: String, Hashable, Sendable, CaseIterable {
  case max, min, sum, mean, last, first, integral
}
/// `pre` and `post` are a synapse's: `sum over pre of weight` normalises the weights that arrive at one target.
public enum ReductionAxis: String, Hashable, Sendable, CaseIterable {
  case time, units, samples, synapses, pre, post
}

/// `NAME = E` or `E` in a call, in the order written.
public struct Argument: Hashable, Sendable {
  public var label: Name?
  /// `local(readout[10] ~ D)`: the shape written after the label; empty otherwise.
  public var shape: [ExprID] = []
  /// `learnable tau = …` and `tau ~ D` occur where a population instantiates a neuron.
  public var isLearnable: Bool
  public var isDraw: Bool
  public var perUnit: Bool
  public var value: ExprID
}

public struct Expr: Hashable, Sendable {
  public var kind: ExprKind
  public var span: Span
}

public enum ExprKind: Hashable, Sendable {
  /// A percentage is already divided by 100. `unit` is nil for a bare number.
  case number(Double, unit: UnitSyntax?, isInteger: Bool)
  case boolean(Bool)
  case string(String)
  /// Any identifier, `t`, `dt` and `spike` included.
  case name(String)
  case member(ExprID, Name)
  case call(ExprID, [Argument])
  case index(ExprID, [ExprID])
  case list([ExprID])
  case unary(UnaryOperator, ExprID)
  /// The operator's own span is where a diagnostic about the operation points when it has no operand to blame.
  case binary(BinaryOperator, ExprID, ExprID, operatorSpan: Span)
  /// `A .. B` (closed) or `A ..< B`.
  case range(ExprID, ExprID, isClosed: Bool)
  case conditional(condition: ExprID, then: ExprID, otherwise: ExprID)
  /// `KIND over AXIS [in window] [where filter] of operand`.
  case reduction(ReductionKind, ReductionAxis, window: ExprID?, filter: ExprID?, operand: ExprID)
  /// `E at TIME`.
  case at(ExprID, ExprID)
  /// `E as UNIT`.
  case asUnit(ExprID, UnitSyntax)
  /// `?`, a typed hole.
  case hole
  /// `( E )`, kept so that the formatter can print what was written.
  case parenthesised(ExprID)
  /// What could not be parsed; a diagnostic has been given.
  case error
}

/// A type annotation.
public enum TypeKind: Hashable, Sendable {
  /// `voltage`, `mV`, `voltage/time`, `1`: each factor is a dimension's name or a unit's.
  case dimension(UnitSyntax)
  /// `spikes[SHAPE]`.
  case spikes([ExprID])
  case hole
  case error
}

public struct TypeSyntax: Hashable, Sendable {
  public var kind: TypeKind
  public var span: Span
}
