import SNNIR
import SNNSyntax

/// A number that a prompt has given a name.
public struct PromptValue: Hashable, Sendable {
  public var name: String
  /// In internal units.
  public var value: Double
  public var dimension: Dimension
  /// The unit it is shown in.
  public var unit: ResolvedUnit?

  public init(name: String, value: Double, dimension: Dimension, unit: ResolvedUnit?) {
    self.name = name
    self.value = value
    self.dimension = dimension
    self.unit = unit
  }
}

/// What expressions at a prompt may read.
public struct PromptContext: Sendable {
  /// The network that stands there; nil: none does.
  public var network: String?
  /// Length of its run so far.
  public var ticks: Int
  /// Later ones hide earlier ones.
  public var values: [PromptValue]

  public init(network: String? = nil, ticks: Int = 0, values: [PromptValue] = []) {
    self.network = network
    self.ticks = ticks
    self.values = values
  }
}

/// An expression typed at a prompt, checked and lowered.
public struct PromptExpression: Sendable {
  public var graph: Graph
  public var value: ValueID
  public var isCondition: Bool
  public var dimension: Dimension
  /// As the user wrote it somewhere.
  public var unit: ResolvedUnit?
  /// What its dimension is called, open dimensions included.
  public var words: String
}

/// Checks one expression among the declarations of a file. Populations' variables may be named alone where only one
/// population has them: `tau_mem` for `hidden.tau_mem`.
public func checkExpression(
  _ text: String, in tree: SyntaxTree, sources: SourceMap, context: PromptContext,
  options: CheckOptions = CheckOptions(), use: (UseDecl) -> SourceText? = { _ in nil }
) -> (expression: PromptExpression?, sources: SourceMap, diagnostics: [Diagnostic]) {
  var checking = ProgramChecking(sources: sources, options: options)
  checking.load(tree, use: use)
  checking.readSettings()
  checking.diagnostics = []
  let file = checking.context.sources.add(name: "prompt", text: text)
  var (expressionTree, root, problems) = parseExpression(checking.context.sources[file])
  guard problems.isEmpty else { return (nil, checking.context.sources, problems) }
  checking.context.names[file] = checking.context.names[tree.file]
  checking.context.trees[file] = expressionTree

  var checker = checking.checker(for: tree.file, model: NetworkModel(name: "", step: 0))
  if let name = context.network, let place = checking.context.names[tree.file]?.networks[name] {
    var lowered: LoweredNetwork?
    checker.quietly { lowered = $0.buildNetwork(place) }
    if let lowered {
      checker.scopes += [lowered.scope]
      checker.task = TaskContext(network: lowered)
      checker.task.ticks = context.ticks
      let names = Set(context.values.map(\.name))
      if expressionTree.nameMembers(of: lowered, checker, hidden: names) {
        checker.program.trees[file] = expressionTree
      }
    }
  }
  if checker.fallback == nil { checker.task = TaskContext(network: nil) }
  checker.file = file
  checker.scopes.append(Scope())
  for value in context.values {
    checker.update(
      Entity(
        value.name, .letBinding, type: .number(DimensionTerm(value.dimension)),
        value: checker.model.graph.const(value.value), unit: value.unit))
  }
  checker.enterExpression(root)
  let checked = checker.check(root)
  checker.finishDeclaration()
  let found = checker.diagnostics.filter { $0.severity == .error }.deduplicated()
  guard !checked.isError, found.isEmpty else { return (nil, checking.context.sources, found) }
  let isCondition = checked.type == .boolean
  let dimension = checked.dimension.flatMap { checker.solver.constant($0) } ?? .one
  let unit = checked.unit?.dimension == dimension ? checked.unit : nil
  return (
    PromptExpression(
      graph: checker.model.graph, value: checked.value, isCondition: isCondition, dimension: dimension, unit: unit,
      words: isCondition ? "condition" : checked.dimension.map { checker.solver.describe($0) } ?? "number"),
    checking.context.sources, []
  )
}

extension SyntaxTree {
  /// Writes `POPULATION.NAME` for names that only one population has; whether there were any.
  fileprivate mutating func nameMembers(
    of network: LoweredNetwork, _ checker: ExpressionChecker, hidden: Set<String>
  ) -> Bool {
    var isChanged = false
    for index in expressions.indices {
      guard case .name(let name) = expressions[index].kind, checker.lookup(name) == nil, !hidden.contains(name)
      else { continue }
      let owners = checker.model.populations.indices.filter { network.variable($0, name) != nil }
      guard owners.count == 1 else { continue }
      let span = expressions[index].span
      let owner = append(.name(checker.model.populations[owners[0]].name), span)
      expressions[index].kind = .member(owner, Name(name, span))
      isChanged = true
    }
    return isChanged
  }
}
