import SNNIR
import SNNSyntax

/// `current = g * (pre.V - post.V)`: an expression of both neurons, summed over synapses into a drive. It is written as a
/// sum of products of what the source sends and of what the target has of its own, so that every product is one sum over
/// the synapses.
extension NetworkBuilder {
  /// The drive that a current goes into; its weight has the dimension that the expression asks for.
  mutating func currentRoute(
    _ source: End, _ target: End, _ span: Span, _ checker: inout ExpressionChecker
  ) -> Route? {
    if source.entity.kind == .input {
      checker.report(CurrentMessage.needsPopulation(name: source.reference.base.text, at: source.reference.span))
      return nil
    }
    if let member = source.reference.member {
      checker.report(
        CurrentMessage.namesVariable(source: source.reference.base.text, variable: member.text, at: member.span))
      return nil
    }
    let population = checker.model.populations[target.entity.index]
    if population.drives.isEmpty || target.reference.member.map({ population.port(named: $0.text) != nil }) == true {
      checker.report(
        CurrentMessage.needsDrive(
          target: target.reference.base.text, neuron: population.model, drives: population.drives.map(\.name),
          at: target.reference.span))
      return nil
    }
    guard var route = route(from: (nil, .one, false), source, target, &checker) else { return nil }
    route.weightTerm = checker.solver.fresh()
    return route
  }

  /// Gives the connection, which is in the model already, its products.
  mutating func build(
    _ id: ExprID, _ index: Int, _ name: Name, _ items: Items, _ route: Route, _ checker: inout ExpressionChecker
  ) {
    let connection = checker.model.connections[index]
    guard case .population(let source) = connection.source, case .continuous(_, let drive) = connection.signal,
      let needed = lowered.variable(connection.target, checker.model.populations[connection.target].drives[drive].name)
    else { return }
    let domain = Domain([.synapse, .sample, .tick], extent: ExtentID(index), phase: .tick)
    let weight = checker.model.graph.addSymbol(Symbol("\(name.text).weight", .temporary, domain: domain))
    let outer = checker.fallback
    checker.fallback = SynapseContext(
      link: SynapseLink(index: index, name: name.text, network: lowered, weightTerm: route.weightTerm, weightUnit: nil),
      domain: domain, weight: weight, weightTerm: route.weightTerm)
    var scope = Scope()
    let load = checker.model.graph.load(weight)
    scope.set(Entity("weight", .weight, type: .number(route.weightTerm), value: load))
    checker.scopes.append(scope)
    let checked = checker.number(id, expecting: needed.term, because: "`current` flows into `\(route.targetName)`")
    let inputs = checker.synapse?.inputs ?? []
    checker.scopes.removeLast()
    checker.fallback = outer
    guard !checked.isError else { return }

    var separation = Separation(weight: weight)
    for input in inputs {
      guard case .neuron(let side, let variable) = input.source else { continue }
      let owner = side == .pre ? source : connection.target
      guard let value = value(variable, of: owner, side, checker) else {
        checker.report(CurrentMessage.reads(side: side.rawValue, at: checked.span))
        return
      }
      if side == .pre { separation.pre[input.symbol] = value } else { separation.post[input.symbol] = value }
    }
    guard let products = separation.products(of: checked.value, in: &checker.model.graph) else {
      checker.report(CurrentMessage.notSeparable(at: checked.span))
      return
    }
    let usesWeight = products.contains { $0.weights > 0 }
    guard products.allSatisfy({ $0.weights == (usesWeight ? 1 : 0) }) else {
      checker.report(CurrentMessage.notLinear(at: checked.span))
      return
    }
    if !usesWeight, let item = items.weight {
      checker.report(CurrentMessage.unusedWeight(at: item.span, current: checked.span))
      return
    }
    checker.model.connections[index].currents = products.enumerated().map { place, product in
      let isOne = checker.model.graph.constant(product.post) == 1
      return CurrentTerm(
        sent: sent(product.pre, by: source, "\(name.text).sent\(place)", &checker),
        factor: isOne ? nil : product.post)
    }
  }

  /// A variable over the symbols of its population; nil where it is none of the states'.
  private func value(
    _ variable: RecordedVariable, of population: Int, _ side: SynapseSide, _ checker: ExpressionChecker
  ) -> ValueID? {
    let owner = checker.model.populations[population]
    var graph = checker.model.graph
    switch variable {
    case .state(let index): return graph.load(owner.states[index].symbol)
    case .letBinding(let index):
      let value = owner.lets[index].value
      let read = graph.loadedSymbols([value])
      let isOwn = side == .pre || !read.contains(owner.flag) && owner.drives.allSatisfy { !read.contains($0.symbol) }
      return isOwn ? value : nil
    case .spike, .output, .drive, .beforeReset, .hazard: return nil
    }
  }

  /// What a population sends: a state of its own, else a `let` that is added to it.
  private func sent(
    _ value: ValueID, by population: Int, _ name: String, _ checker: inout ExpressionChecker
  ) -> RecordedVariable {
    let owner = checker.model.populations[population]
    if checker.model.graph[value].opcode == .load, let symbol = checker.model.graph.symbol(value),
      let state = owner.states.firstIndex(where: { $0.symbol == symbol })
    {
      return .state(state)
    }
    let symbol = checker.model.graph.addSymbol(
      Symbol("\(owner.name).\(name)", .alias, domain: checker.model.graph[value].domain))
    checker.model.populations[population].lets.append(
      LetBinding(name: name, symbol: symbol, value: value, unit: .one))
    return .letBinding(owner.lets.count)
  }
}

/// Writes a value as a sum of products of what reads the source only and what reads the target only.
private struct Separation {
  struct Product {
    var pre: ValueID
    var post: ValueID
    /// How often `weight` is a factor.
    var weights: Int
  }
  let weight: SymbolID
  /// What the symbols of `pre.X` and `post.X` stand for.
  var pre: [SymbolID: ValueID] = [:]
  var post: [SymbolID: ValueID] = [:]
  /// Products of sums multiply; nobody writes more.
  private let limit = 32

  init(weight: SymbolID) { self.weight = weight }

  /// Products with equal factors of the source are one; nil where the value has no such form.
  func products(of value: ValueID, in graph: inout Graph) -> [Product]? {
    guard let found = expand(value, &graph) else { return nil }
    var result: [Product] = []
    for product in found {
      if let place = result.firstIndex(where: { $0.pre == product.pre && $0.weights == product.weights }) {
        result[place].post = graph.add(result[place].post, product.post)
      } else {
        result.append(product)
      }
    }
    return result
  }

  private func expand(_ value: ValueID, _ graph: inout Graph) -> [Product]? {
    let one = graph.const(1)
    let read = graph.loadedSymbols([value])
    if !read.contains(weight) {
      if read.isDisjoint(with: pre.keys) {
        return [Product(pre: one, post: graph.substitute(value, post), weights: 0)]
      }
      if read.isDisjoint(with: post.keys) {
        return [Product(pre: graph.substitute(value, pre), post: one, weights: 0)]
      }
    }
    let arguments = Array(graph.arguments(value))
    switch graph[value].opcode {
    case .load where graph.symbol(value) == weight: return [Product(pre: one, post: one, weights: 1)]
    case .neg:
      return expand(arguments[0], &graph)?.map { Product(pre: $0.pre, post: graph.neg($0.post), weights: $0.weights) }
    case .add, .sub:
      guard let left = expand(arguments[0], &graph), let right = expand(arguments[1], &graph) else { return nil }
      let isSum = graph[value].opcode == .add
      return left
        + right.map { Product(pre: $0.pre, post: isSum ? $0.post : graph.neg($0.post), weights: $0.weights) }
    case .mul, .div:
      guard let left = expand(arguments[0], &graph), let right = expand(arguments[1], &graph),
        left.count * right.count <= limit
      else { return nil }
      if graph[value].opcode == .mul {
        return left.flatMap { a in
          right.map { b in
            Product(pre: graph.mul(a.pre, b.pre), post: graph.mul(a.post, b.post), weights: a.weights + b.weights)
          }
        }
      }
      guard right.count == 1, right[0].weights == 0 else { return nil }
      return left.map {
        Product(pre: graph.div($0.pre, right[0].pre), post: graph.div($0.post, right[0].post), weights: $0.weights)
      }
    default: return nil
    }
  }
}
