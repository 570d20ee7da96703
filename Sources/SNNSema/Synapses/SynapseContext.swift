import SNNIR
import SNNSyntax

/// The connection that a rule works on.
struct SynapseLink: Sendable {
  var index: Int
  var name: String
  /// The network so far, for what its neurons have.
  var network: LoweredNetwork
  var weightTerm: DimensionTerm
  var weightUnit: ResolvedUnit?
}

/// What expressions of a synapse mean besides numbers: `pre.NAME`, `post.NAME`, `sum over pre of weight`. It hangs in
/// `ExpressionChecker.fallback` while a synapse is checked.
struct SynapseContext: ExpressionExtension {
  /// nil where the synapse is checked by itself.
  var link: SynapseLink?
  /// Axes of everything that changes with a synapse.
  var domain: Domain
  var weight: SymbolID
  var weightTerm: DimensionTerm
  var inputs: [SynapseInput] = []
  /// By `pre.V`.
  var known: [String: Checked] = [:]
  /// In `on every`.
  var allowsSums = false

  func check(_ id: ExprID, _ expression: Expr, in checker: inout ExpressionChecker) -> Checked? {
    switch expression.kind {
    case .member(let object, let name):
      guard case .name(let side) = checker.expression(object).kind, let side = SynapseSide(rawValue: side),
        side != .synapse, checker.lookup(side.rawValue) == nil
      else { return nil }
      return checker.neuronVariable(side, name, expression.span)
    case .reduction(let kind, let axis, let window, let filter, let operand) where axis == .pre || axis == .post:
      guard kind == .sum, window == nil, filter == nil, case .name("weight") = checker.expression(operand).kind else {
        checker.report(.sumOfWeights(at: expression.span))
        return checker.errorResult(expression.span)
      }
      return checker.weightSum(axis == .pre ? .post : .pre, expression.span)
    default: return nil
    }
  }
}

extension ExpressionChecker {
  /// The synapse being checked. Only set while one is.
  var synapse: SynapseContext? {
    get { fallback as? SynapseContext }
    set { if let newValue { fallback = newValue } }
  }

  fileprivate mutating func weightSum(_ side: SynapseSide, _ span: Span) -> Checked {
    guard let context = synapse else { return errorResult(span) }
    guard context.allowsSums else {
      report(.sumOutside(at: span))
      return errorResult(span)
    }
    let name = "sum over \(side == .post ? "pre" : "post") of weight"
    return input(name, .weightSum(side), .number(context.weightTerm), nil, span)
  }

  /// `pre.V`: of the source's population, `post.V` of the target's.
  fileprivate mutating func neuronVariable(_ side: SynapseSide, _ name: Name, _ span: Span) -> Checked {
    let spelled = "\(side.rawValue).\(name.text)"
    guard let context = synapse else { return errorResult(span) }
    if let known = context.known[spelled] { return known.at(span) }
    guard let link = context.link else {
      // By itself a synapse has no neurons: anything of any dimension may be there.
      let type = name.text == "spike" ? ExpressionType.dimensionless : .number(solver.fresh())
      return input(spelled, .neuron(side, .state(0)), type, nil, span)
    }
    let connection = model.connections[link.index]
    let index: Int
    switch (side, connection.source) {
    case (.pre, .input(let input)):
      report(.inputHasNoState(side: side.rawValue, input: model.inputs[input].name, at: span))
      return errorResult(span)
    case (.pre, .population(let source)): index = source
    default: index = connection.target
    }
    let population = model.populations[index]
    if name.text == "spike", population.guardCondition != nil {
      return input(spelled, .neuron(side, .spike), .dimensionless, nil, span)
    }
    if let entry = link.network.variable(index, name.text), entry.kind != .parameter {
      var variable: RecordedVariable?
      if let state = population.state(named: name.text) {
        variable = .state(state)
      } else if let binding = population.lets.firstIndex(where: { $0.name == name.text }) {
        variable = .letBinding(binding)
      } else if let drive = population.drive(named: name.text) {
        variable = .drive(drive)
      }
      if let variable { return input(spelled, .neuron(side, variable), .number(entry.term), entry.unit, span) }
    }
    let known = population.states.map(\.name) + population.lets.map(\.name) + population.drives.map(\.name)
    report(
      .noNeuronVariable(
        side: side.rawValue, name: name.text, population: population.name, at: span,
        nearest: Spelling.nearest(to: name.text, among: known), known: known))
    return errorResult(span)
  }

  /// The symbol for something from outside the synapse, once for each name.
  mutating func input(
    _ name: String, _ source: SynapseInput.Source, _ type: ExpressionType, _ unit: ResolvedUnit?, _ span: Span
  ) -> Checked {
    guard var context = synapse else { return errorResult(span) }
    if let known = context.known[name] { return known.at(span) }
    let symbol = model.graph.addSymbol(
      Symbol(name, .temporary, domain: context.domain, unit: unit?.display ?? .one, location: location(span)))
    let checked = Checked(model.graph.load(symbol), type, span, unit: unit)
    context.inputs.append(SynapseInput(symbol: symbol, source: source))
    context.known[name] = checked
    synapse = context
    return checked
  }
}

extension Checked {
  fileprivate func at(_ span: Span) -> Checked {
    var result = self
    result.span = span
    return result
  }
}
