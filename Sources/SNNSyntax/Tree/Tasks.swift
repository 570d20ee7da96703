/// `KEY E`, `KEY = E` in the braces of `learn` and elsewhere.
public struct AxisSyntax: Hashable, Sendable {
  /// `surrogate`, `reset`, `feedback`, …
  public var key: Name
  /// `surrogate hidden = …` names a population.
  public var subject: Name?
  public var value: ExprID
  public var span: Span
}

public enum TaskItem: Hashable, Sendable {
  /// `data train, test = split(…)`.
  case data(names: [Name], source: ExprID, span: Span)
  /// `feed INPUT = E`, `feed POP.drive = E`.
  case feed(target: ExprID, value: ExprID, span: Span)
  /// `run for TIME` or `run for duration`.
  case run(ExprID, span: Span)
  case loss(ExprID, span: Span)
  case score(name: Name, value: ExprID, span: Span)
  case letBinding(LetDecl)
  /// `learn [NAMES] [on DATA] by RULE { axis = value, … }`.
  case learn(LearnDecl)
  /// `optimise adam(rate = 5e-3)`.
  case optimise(ExprID, span: Span)
  /// `batch 64`, `epochs 20`, `seed 1`, `checkpoint E`, `update …`: settings of one word and a value.
  case setting(key: Name, value: ExprID, span: Span)
  case record(items: [ExprID], every: ExprID?, span: Span)
  case plot(items: [ExprID], span: Span)
  /// `carry state [NAMES]`.
  case carry(names: [Name], span: Span)
  case freeze(names: [Name], span: Span)
  /// `validate on DATA [, keep best SCORE]`.
  case validate(data: Name, keepBest: Name?, span: Span)
  /// `start from A …`.
  case startFrom(task: Name, span: Span)
  case expect(ExpectDecl)
}

public struct LearnDecl: Hashable, Sendable {
  public var names: [ExprID]
  public var data: Name?
  public var rule: Name
  public var axes: [AxisSyntax]
  public var span: Span
}

/// `expect E`, or `expect X =~ TARGET +- TOLERANCE`.
public struct ExpectDecl: Hashable, Sendable {
  public var condition: ExprID
  public var target: ExprID?
  public var tolerance: ExprID?
  public var span: Span
}

public struct TaskDecl: Hashable, Sendable {
  public var name: Name
  /// `task B of Net(n = 64) { … }`.
  public var network: Name?
  public var networkArguments: [Argument]
  /// `task B = A with { … }`.
  public var base: Name?
  public var items: [TaskItem]
  public var span: Span
  public var documentation: String?
}

/// `sweep S of A { KEY in LIST | LO .. HI [log], seeds 5 }`.
public struct SweepDecl: Hashable, Sendable {
  public var name: Name
  public var task: Name
  public var keys: [SweepKey]
  public var seeds: ExprID?
  public var span: Span
}

public struct SweepKey: Hashable, Sendable {
  public var key: ExprID
  public var values: ExprID
  public var isLogarithmic: Bool
}
