import SNNIR

/// A way on which error comes from a population back to one that feeds it. A learning rule decides which there are and
/// whose weights they carry; both directions of time go by them.
struct Route: Hashable {
  /// Whose synapses stand on the way: an index into the plan's connections, which has the rule's own behind those of
  /// the network.
  var connection: Int
  var source: Int
  var target: Int
  /// Of the target.
  var port: Int
  var delay: Int
}

extension LearningRule {
  /// Whether error comes from layer to layer.
  fileprivate var followsRoutes: Bool {
    switch feedback {
    case .direct, .local: false
    case .symmetric, .random, .file, .sign, .uniform: true
    }
  }
}

extension Planner {
  /// The table of paths from population to population: tagged `lateral` where they close a loop, `feedback` elsewhere.
  mutating func makeRoutes() {
    routes = []
    for (index, connection) in network.connections.enumerated() {
      guard case .population(let source) = connection.source, case .spikes(let port) = connection.signal else {
        continue
      }
      // A spike by chance is a number then: nothing comes back through it.
      if rule.mode == .score, ticks[source].hazard != nil { continue }
      let own = Route(
        connection: index, source: source, target: connection.target, port: port, delay: connection.delay)
      if closesLoop(own) {
        if rule.keepsRecurrence { routes.append(own) }
        continue
      }
      // There is nothing to choose between a connection and what relays it.
      if network.populations[connection.target].isRelay, rule.followsRoutes {
        routes.append(own)
        continue
      }
      switch rule.feedback {
      case .symmetric: routes.append(own)
      case .local: if rule.readouts.contains(connection.target) { routes.append(own) }
      case .random(let distribution, let seed):
        routes.append(replaced(own, by: initial(distribution, like: connection.weight, of: index), seed: seed))
      // The session fills them in.
      case .file: routes.append(replaced(own, by: .draw(Distribution(.constant, [0])), seed: nil))
      case .uniform(let size):
        let unit = network.parameters[connection.weight].unit.scale
        routes.append(replaced(own, by: .draw(Distribution(.constant, [size * unit])), seed: nil))
      case .sign(let size):
        var signed = own
        signed.connection = plan.connections.count
        plan.connections.append(connection)
        plan.signs[signed.connection] = size * network.parameters[connection.weight].unit.scale
        routes.append(signed)
      case .direct: continue
      }
    }
    if case .direct(let distribution, let seed) = rule.feedback { makeDirectRoutes(distribution, seed) }
  }

  /// Whether a connection's target can reach its source.
  func closesLoop(_ route: Route) -> Bool { network.ticks(from: route.target)[route.source] != nil }

  /// The same synapses with fixed numbers of their own.
  private mutating func replaced(
    _ route: Route, by initial: Initial, seed: UInt64?, from source: Int? = nil
  ) -> Route {
    var connection = network.connections[route.connection]
    if let source { connection.source = .population(source) }
    var result = route
    result.connection = add(
      connection, named: network.parameters[connection.weight].name + ".feedback",
      unit: network.parameters[connection.weight].unit, initial, seed: seed)
    return result
  }

  private mutating func add(
    _ connection: Connection, named name: String, unit: DisplayUnit, _ initial: Initial, seed: UInt64?
  ) -> Int {
    let index = plan.connections.count
    var copy = connection
    copy.weight = plan.parameters.count
    plan.connections.append(copy)
    let symbol = plan.graph.addSymbol(
      Symbol(name, .temporary, domain: Domain(.synapse, extent: ExtentID(index)), unit: unit))
    plan.parameters.append(
      Parameter(
        name: name, symbol: symbol, shape: .synapses(connection: index), unit: unit, isLearnable: false,
        initial: initial))
    if let seed { plan.ownSeeds[copy.weight] = seed }
    return index
  }

  /// Numbers for a fixed matrix: as asked, else as the weights it stands for were drawn.
  private func initial(_ asked: Distribution?, like weight: Int, of connection: Int) -> Initial {
    if var asked {
      asked.scale *= network.parameters[weight].unit.scale
      return .draw(asked)
    }
    if case .draw = network.parameters[weight].initial { return network.parameters[weight].initial }
    let deviation = 1 / network.connections[connection].fans.into.squareRoot()
    return .draw(Distribution(.normal, [0, deviation], scale: network.parameters[weight].unit.scale))
  }

  // MARK: - Straight from the output

  /// Populations that the loss reads and from which nothing goes on to others that it reads.
  private func outputs() -> [Int] {
    var read = Set<Int>()
    for symbol in plan.graph.loadedSymbols([task.loss].compactMap { $0 }) {
      if case .recorded(let population, _) = plan.graph[symbol].kind { read.insert(population) }
    }
    return read.filter { own in
      network.ticks(from: own).keys.allSatisfy { !read.contains($0) || network.ticks(from: $0)[own] != nil }
    }.sorted()
  }

  /// The population that sends what a connection brings: of a relay, the one behind it.
  private func sender(of connection: Connection) -> Int? {
    guard case .population(let source) = connection.source else { return nil }
    guard network.populations[source].isRelay else { return source }
    return network.connections.first { $0.target == source }.flatMap { sender(of: $0) }
  }

  private mutating func makeDirectRoutes(_ distribution: Distribution?, _ seed: UInt64?) {
    let ends = outputs()
    for population in network.populations.indices
    where !ends.contains(population) && network.populations[population].guardCondition != nil {
      let reached = network.ticks(from: population)
      for end in ends {
        guard let ticks = reached[end] else { continue }
        // By the synapses there are, else from everyone to everyone.
        let existing = network.connections.enumerated().filter {
          guard case .spikes = $0.element.signal else { return false }
          return $0.element.target == end && sender(of: $0.element) == population
        }
        for (index, connection) in existing {
          guard case .spikes(let port) = connection.signal else { continue }
          let own = Route(
            connection: index, source: population, target: end, port: port, delay: connection.delay)
          let numbers = initial(distribution, like: connection.weight, of: index)
          routes.append(replaced(own, by: numbers, seed: seed, from: population))
        }
        if existing.isEmpty { routes.append(direct(population, end, ticks, distribution, seed)) }
      }
    }
  }

  private mutating func direct(
    _ population: Int, _ end: Int, _ ticks: Int, _ distribution: Distribution?, _ seed: UInt64?
  ) -> Route {
    // Like the last connection on the way: its port, and the unit of its weights.
    let last = network.connections.last {
      guard $0.target == end, case .spikes = $0.signal, case .population = $0.source else { return false }
      return true
    }
    var port = 0
    if let last, case .spikes(let own) = last.signal { port = own }
    let unit = last.map { network.parameters[$0.weight].unit } ?? .one
    let name = "\(network.populations[population].name)_to_\(network.populations[end].name)"
    let sources = network.populations[population].size
    let connection = Connection(
      name: name, source: .population(population), sourceRange: 0..<sources, target: end,
      targetRange: 0..<network.populations[end].size, signal: .spikes(port: port), pattern: .all, weight: 0,
      delay: ticks)
    let deviation = 1 / Double(sources).squareRoot()
    var drawn = distribution ?? Distribution(.normal, [0, deviation])
    drawn.scale *= unit.scale
    let index = add(connection, named: name + ".feedback", unit: unit, .draw(drawn), seed: seed)
    return Route(connection: index, source: population, target: end, port: port, delay: ticks)
  }
}
