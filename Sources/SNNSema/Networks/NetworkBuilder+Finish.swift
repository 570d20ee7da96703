import SNNIR
import SNNSyntax

extension NetworkBuilder {
  /// Connections without a delay may not go round, unless all run populations may integrate, all test, all deliver and
  /// all reset: no threshold on the circle reads what they bring.
  mutating func checkZeroDelays(_ checker: inout ExpressionChecker) {
    let edges = zeroDelay.filter { edge in
      if case .population = checker.model.connections[edge.connection].source { true } else { false }
    }
    for edge in edges {
      guard let back = path(from: edge.target, to: edge.source, along: edges.map { ($0.source, $0.target) }) else {
        continue
      }
      let connection = checker.model.connections[edge.connection]
      var isDrive = true
      if case .spikes(let port) = connection.signal {
        isDrive = false
        let target = checker.model.populations[edge.target]
        guard target.tests(arrivalsAt: [port], in: checker.model.graph) else { continue }
      }
      let cycle = startingAtLeast(back)
      let names = (cycle + cycle.prefix(1)).map { checker.model.populations[$0] }.filter { !$0.isRelay }.map(\.name)
      checker.report(.zeroDelayCycle(path: names, at: edge.span, isDrive: isDrive))
      return
    }
  }

  /// The shortest way along the edges, both ends among it.
  private func path(from start: Int, to end: Int, along edges: [(source: Int, target: Int)]) -> [Int]? {
    var ways = [start: [start]]
    var front = [start]
    while ways[end] == nil {
      let next = edges.filter { front.contains($0.source) && ways[$0.target] == nil }
      guard !next.isEmpty else { return nil }
      for edge in next where ways[edge.target] == nil { ways[edge.target] = ways[edge.source]! + [edge.target] }
      front = next.map(\.target)
    }
    return ways[end]
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
    checkSteps()
    return errorCount == errors && builder.isComplete ? builder.lowered : nil
  }
}
