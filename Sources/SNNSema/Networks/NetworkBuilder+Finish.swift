import SNNIR
import SNNSyntax

extension NetworkBuilder {
  /// Connections without a delay may not go round, unless all run populations may integrate, all test, all deliver and
  /// all reset: no port body on the cycle touches what a threshold reads.
  mutating func checkZeroDelays(_ checker: inout ExpressionChecker) {
    let edges = zeroDelay.filter { edge in
      if case .population = checker.model.connections[edge.connection].source { true } else { false }
    }
    guard let cycle = firstCycle(edges.map { ($0.source, $0.target) }, count: checker.model.populations.count) else {
      return
    }
    let onCycle = edges.filter { edge in
      zip(cycle, cycle.dropFirst() + cycle.prefix(1)).contains { $0 == edge.source && $1 == edge.target }
    }
    let isDrive = onCycle.contains { edge in
      if case .continuous = checker.model.connections[edge.connection].signal { true } else { false }
    }
    guard let edge = onCycle.first else { return }
    // All could test before any delivers, but a population does both at once.
    if !isDrive, !onCycle.contains(where: { touchesThreshold($0.connection, checker) }) {
      unavailable("a circle of `delay = 0` whose arrivals no threshold reads", edge.span, &checker)
      return
    }
    let names = (cycle + cycle.prefix(1)).map { checker.model.populations[$0] }.filter { !$0.isRelay }.map(\.name)
    checker.report(.zeroDelayCycle(path: names, at: edge.span, isDrive: isDrive))
  }

  /// Whether a port's body assigns to a state that its population's threshold, or what it sends, reads.
  private func touchesThreshold(_ index: Int, _ checker: ExpressionChecker) -> Bool {
    let connection = checker.model.connections[index]
    let population = checker.model.populations[connection.target]
    guard case .spikes(let port) = connection.signal else { return false }
    let tested = population.guardCondition.map { [$0.left, $0.right] } ?? []
    let read = checker.model.graph.loadedSymbols(tested + (population.emission.map { [$0.value] } ?? []))
    return population.ports[port].body.contains { read.contains(population.states[$0.state].symbol) }
  }

  /// A cycle of the directed graph, in order, or nil.
  private func firstCycle(_ edges: [(Int, Int)], count: Int) -> [Int]? {
    let names = (0..<count).map { "\($0)" }
    var mentions = [Set<String>](repeating: [], count: count)
    for (source, target) in edges { mentions[target].insert("\(source)") }
    let cycle = orderByMention(names, mentions).cycle
    // Mentions point from target to source.
    return cycle.isEmpty ? nil : startingAtLeast(cycle.reversed())
  }

  /// A task's arguments must be the network's; a `--set` that nothing uses is told when all have been looked at.
  func checkSettings(_ checker: inout ExpressionChecker) {
    let known =
      decl.parameters.map(\.name.text) + partSettings
      + checker.model.parameters.filter { if case .synapses = $0.shape { false } else { true } }.map(\.name)
    checker.usedSettings.formUnion(usedSettings)
    checker.settable += known
    for setting in settings where !usedSettings.contains(setting.name) && !setting.isSetting {
      let nearest = Spelling.nearest(to: setting.name, among: known)
      checker.report(.unknownSetting(name: setting.name, nearest: nearest, at: setting.span, known: known))
    }
  }

  /// Fixes open dimensions, gives everything its unit.
  mutating func settle(_ checker: inout ExpressionChecker) {
    for index in checker.model.populations.indices {
      var population = checker.model.populations[index]
      checker.settle(&population, lowered.populations[index])
      checker.model.populations[index] = population
    }
    for index in checker.model.inputs.indices {
      let input = lowered.inputs[index]
      for variable in checker.solver.resolve(input.term).unknown.keys.sorted() {
        _ = checker.solver.unify(DimensionTerm(variable), .one)
      }
      let dimension = checker.solver.constant(input.term) ?? .one
      checker.model.inputs[index].unit = (input.unit ?? dimension.displayUnit).display
    }
    for (index, connection) in checker.model.connections.enumerated() {
      let place = connection.weight
      guard index < lowered.connectionTerms.count, checker.model.parameters[place].unit.text == "1" else { continue }
      let dimension = checker.solver.constant(lowered.connectionTerms[index]) ?? .one
      let unit = dimension.displayUnit.display
      checker.model.parameters[place].unit = unit
      checker.model.graph.setUnit(unit, of: checker.model.parameters[place].symbol)
    }
    settleRules(&checker)
  }
}

extension ExpressionChecker {
  /// Explicit Euler multiplies a deviation by 1 + λ dt each step; λ is the diagonal of the Jacobian.
  private mutating func lintEuler() {
    for population in model.populations where population.integrator == .euler {
      for (index, flow) in population.flows.sorted(by: { $0.key < $1.key }) {
        let own = population.states[index].symbol
        guard model.graph.degree(of: flow, in: { $0 == own }) == 1 else { continue }
        var map: [SymbolID: ValueID] = [population.flag: model.graph.const(0)]
        for state in population.states { map[state.symbol] = model.graph.const(0) }
        for drive in population.drives { map[drive.symbol] = model.graph.const(0) }
        let rest = model.graph.substitute(flow, map)
        map[own] = model.graph.const(1)
        let sum = model.graph.substitute(flow, map)
        guard let a = staticValue(sum), let b = staticValue(rest), (a - b) * model.step < -2,
          population.location.index >= 0
        else { continue }
        report(
          .unstableEuler(
            state: "\(population.name).\(population.states[index].name)", step: "\(formatted(model.step)) ms",
            limit: "\(formatted(2 / (b - a))) ms", at: locations[Int(population.location.index)]))
      }
    }
  }

  /// Lowers a network into `model`; nil where something is wrong with it (a message has been given).
  mutating func buildNetwork(
    _ index: Int, arguments: [NetworkArgument] = [], blame: Span? = nil
  ) -> LoweredNetwork? {
    let errors = errorCount
    var builder: NetworkBuilder
    if let conversion = program.networks[index].decl.conversion {
      guard let converted = buildConverted(index, conversion, arguments: arguments, blame: blame) else { return nil }
      builder = converted
    } else {
      builder = NetworkBuilder(program.networks[index], settings: arguments + settings, blame: blame)
      builder.chain = [index]
      builder.build(&self)
    }
    lastFedDrives = builder.fedDrives
    lintEuler()
    return errorCount == errors && builder.isComplete ? builder.lowered : nil
  }
}
