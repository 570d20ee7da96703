/// `step 1 ms`, `step exact`.
public enum StepSyntax: Hashable, Sendable {
  case time(ExprID)
  case exact
}

public enum NetworkItem: Hashable, Sendable {
  case step(StepSyntax, span: Span)
  /// `input NAME : spikes[SHAPE] [= SOURCE]` or `input NAME[SHAPE] : TYPE`.
  case input(InputDecl)
  /// `population NAME = MODEL[SHAPE](…)`.
  case population(PopulationDecl)
  case connect(ConnectDecl)
  /// `part NAME = Network(…)`.
  case part(name: Name, network: Name, arguments: [Argument], span: Span)
  /// `signal NAME = E`.
  case signal(name: Name, value: ExprID, span: Span)
  case parameter(ParameterDecl)
  case letBinding(LetDecl)
}

public struct InputDecl: Hashable, Sendable {
  public var name: Name
  public var shape: [ExprID]
  public var isSpikes: Bool
  /// Type of an analog input.
  public var type: TypeSyntax?
  /// `= poisson(20 kHz)`.
  public var source: ExprID?
  /// `at grid(8, 8, spacing = 50 um)`.
  public var placement: ExprID?
  public var span: Span
  public var documentation: String?
}

public struct PopulationDecl: Hashable, Sendable {
  public var name: Name
  public var model: Name
  public var shape: [ExprID]
  public var arguments: [Argument]
  /// `at grid(10, 10, spacing = 50 um)`, `at uniform(1 mm, 1 mm)`.
  public var placement: ExprID?
  public var span: Span
  public var documentation: String?
}

/// `connect A -> B[.PORT] [as NAME] { … }`. Sources and targets are expressions (`A`, `A.V`, `A[0 ..< 10]`,
/// `poisson(rate = E)`); several may be listed, and every source is connected to every target.
public struct ConnectDecl: Hashable, Sendable {
  public var sources: [ExprID]
  public var targets: [ExprID]
  public var name: Name?
  public var items: [ConnectItem]
  public var span: Span
}

public enum ConnectItem: Hashable, Sendable {
  /// `pattern all`, `pattern random(p = 0.1)`, `pattern from csv(…)`.
  case pattern(name: Name, arguments: [Argument], span: Span)
  case noSelf(span: Span)
  case weight(
    isLearnable: Bool, type: TypeSyntax?, initialiser: Initialiser, range: BoundsSyntax?, span: Span
  )
  case delay(isLearnable: Bool, initialiser: Initialiser, range: BoundsSyntax?, span: Span)
  /// `sign positive | negative`.
  case sign(Name, span: Span)
  case rule(name: Name, arguments: [Argument], span: Span)
  /// `current = g * (pre.V - post.V)`.
  case current(ExprID, span: Span)
  case dropout(ExprID, span: Span)
}

public struct NetworkDecl: Hashable, Sendable {
  public var name: Name
  public var parameters: [FunctionArgument]
  public var items: [NetworkItem]
  /// `network N2 = convert(A, …)`.
  public var conversion: ExprID?
  public var span: Span
  public var documentation: String?
}

public enum SynapseItem: Hashable, Sendable {
  case parameter(ParameterDecl)
  /// `[pre|post] trace x = E`; `state x = E` has no side.
  case state(side: Name?, StateDecl)
  case letBinding(LetDecl)
  /// `dx/dt = E`, `tau * x' = E`, `dweight/dt = E`: `coefficient * d(state)/dt = value`.
  case flow(state: Name, coefficient: ExprID?, value: ExprID, span: Span)
  case next(state: Name, value: ExprID, span: Span)
  /// `on pre`, `on post`, `on every TIME`.
  case handler(event: Name, period: ExprID?, body: [Assignment], span: Span)
  case deliver(ExprID, span: Span)
  /// `weight in LO .. HI`.
  case bounds(BoundsSyntax, span: Span)
  case modulator(name: Name, type: TypeSyntax?, span: Span)
}

public struct SynapseDecl: Hashable, Sendable {
  public var name: Name
  public var items: [SynapseItem]
  public var span: Span
  public var documentation: String?
}
