import SNNIR
import SNNSyntax

/// One declared name with its kind, dimension, unit and level in words.
public struct TypeEntry: Hashable, Sendable {
  /// The neuron, the network, or `network.population`.
  public var owner: String
  /// As listed: a population's with its shape, `hidden[128]`.
  public var name: String
  /// `parameter, time (ms), constant`.
  public var text: String
  public var isOfNetwork: Bool
}

/// The text of `--dump types`: each name with its kind, dimension, unit and level.
struct TypeListing: Sendable {
  private(set) var text = ""
  /// The same, name by name.
  private(set) var entries: [TypeEntry] = []
  private var owners: [String] = []

  func added(since earlier: TypeListing) -> (text: String, entries: [TypeEntry]) {
    (
      String(decoding: text.utf8.dropFirst(earlier.text.utf8.count), as: UTF8.self),
      Array(entries[earlier.entries.count...])
    )
  }

  mutating func append(_ text: String, _ entries: [TypeEntry]) {
    self.text += text
    self.entries += entries
  }

  private mutating func line(_ indent: Int, _ name: String, _ kind: String, _ rest: [String]) {
    owners = Array(owners.prefix(indent / 2))
    let shown = ([kind] + rest.filter { !$0.isEmpty }).joined(separator: ", ")
    let isOfNetwork = owners.first?.hasPrefix("network ") == true
    let path = owners.map { $0.hasPrefix("network ") ? String($0.dropFirst(8)) : $0 }.joined(separator: ".")
    entries.append(TypeEntry(owner: path, name: name, text: shown, isOfNetwork: isOfNetwork))
    owners.append(String(name.prefix { $0 != "[" }))
    let head = String(repeating: " ", count: indent) + name
    text += head + String(repeating: " ", count: max(1, 20 - head.count)) + ": " + kind
    for part in rest where !part.isEmpty { text += ", " + part }
    text += "\n"
  }

  private static func dimension(_ term: DimensionTerm, _ unit: ResolvedUnit?, _ solver: DimensionSolver) -> String {
    guard let dimension = solver.constant(term) else { return solver.describe(term) }
    if dimension.isOne { return "1" }
    let shown = (unit?.dimension == dimension ? unit?.text : nil) ?? dimension.unitText
    return dimension.words == shown ? shown : "\(dimension.words) (\(shown))"
  }

  mutating func add(_ function: FunctionDecl, _ scheme: FunctionScheme, _ checker: ExpressionChecker) {
    func show(_ type: ExpressionType) -> String {
      switch type {
      case .number(let term): checker.solver.describe(term)
      case .boolean: "condition"
      case .error: "?"
      }
    }
    // One naming of the open variables for the whole signature.
    var order: [DimensionVariable] = []
    for case .number(let term) in scheme.arguments + [scheme.result] {
      for variable in checker.solver.resolve(term).unknown.keys.sorted() where !order.contains(variable) {
        order.append(variable)
      }
    }
    func named(_ type: ExpressionType) -> String {
      guard case .number(let term) = type, !checker.solver.resolve(term).isConstant else { return show(type) }
      let resolved = checker.solver.resolve(term)
      var parts = resolved.known.isOne ? [] : [resolved.known.words]
      for (variable, exponent) in resolved.unknown.sorted(by: { $0.key < $1.key }) {
        let place = order.firstIndex(of: variable) ?? 0
        let letter = place < 26 ? String(UnicodeScalar(UInt8(97 + place))) : "v\(place)"
        parts.append("'\(letter)" + (exponent == .one ? "" : "^\(exponent.text)"))
      }
      return parts.joined(separator: " * ")
    }
    let arguments = zip(function.arguments, scheme.arguments).map { "\($0.name.text): \(named($1))" }
    text += "function \(function.name.text)(\(arguments.joined(separator: ", "))): \(named(scheme.result))\n"
  }

  mutating func add(
    _ population: HybridPopulation, _ terms: NeuronTerms, _ checker: ExpressionChecker, declared: Declared<NeuronDecl>
  ) {
    text += "neuron \(population.model)\n"
    owners = [population.model]
    add(terms, checker)
  }

  private mutating func add(_ terms: NeuronTerms, _ checker: ExpressionChecker) {
    for entry in terms.entries.sorted(by: { $0.span.lower < $1.span.lower }) {
      line(
        2, entry.name, entry.kind.rawValue,
        [Self.dimension(entry.term, entry.unit, checker.solver), entry.level.rawValue])
    }
  }

  /// Names of a synapse, for those who ask about one; the listing is of neurons and networks.
  mutating func add(_ synapse: SynapseBuilder, _ checker: ExpressionChecker) {
    for (target, term, unit) in synapse.terms {
      let shown = Self.dimension(term, unit, checker.solver)
      let (name, text): (String, String)
      switch target {
      case .state(let index):
        let state = synapse.rule.states[index]
        let place =
          switch state.side {
          case .pre: "per source neuron"
          case .post: "per target neuron"
          case .synapse: "per synapse"
          }
        (name, text) = (state.name, "state, \(shown), \(place)")
      case .parameter(let index): (name, text) = (checker.model.parameters[index].name, "parameter, \(shown), constant")
      }
      entries.append(TypeEntry(owner: synapse.rule.name, name: name, text: text, isOfNetwork: false))
    }
  }

  mutating func add(_ network: LoweredNetwork, _ checker: ExpressionChecker) {
    let model = checker.model
    owners = ["network \(model.name)"]
    text += "network \(model.name), step \(formatted(model.step)) ms\n"
    for (index, input) in model.inputs.enumerated() {
      let shape = input.shape.map { "\($0)" }.joined(separator: ", ")
      line(
        2, "\(input.name)[\(shape)]", input.isSpikes ? "spikes" : "input",
        [input.isSpikes ? "" : Self.dimension(network.inputs[index].term, network.inputs[index].unit, checker.solver)])
    }
    for (index, population) in model.populations.enumerated() {
      let shape = population.shape.map { "\($0)" }.joined(separator: ", ")
      line(2, "\(population.name)[\(shape)]", "population of \(population.model)", [])
      for entry in network.populations[index].entries.sorted(by: { $0.span.lower < $1.span.lower }) {
        var rest = [Self.dimension(entry.term, entry.unit, checker.solver), entry.level.rawValue]
        let name = "\(population.name).\(entry.name)"
        if let parameter = model.parameters.first(where: { $0.name == name }), entry.kind == .parameter {
          if parameter.isLearnable { rest.append("learnable") }
          if case .perUnit = parameter.shape { rest.append("per unit") }
        }
        line(4, entry.name, entry.kind.rawValue, rest)
      }
    }
    for (index, connection) in model.connections.enumerated() {
      let parameter = model.parameters[connection.weight]
      line(
        2, connection.name, "weight",
        [
          Self.dimension(network.connectionTerms[index], nil, checker.solver), "in \(parameter.unit.text)",
          connection.delayParameter != nil
            ? "delays learned"
            : connection.sparsity?.hasOwnDelays == true ? "delays drawn" : "delay \(connection.delay)",
          parameter.isLearnable ? "learnable" : "",
        ])
    }
  }
}
