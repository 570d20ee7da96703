import SNNIR
import SNNSyntax

/// `dropout p`: in training each source unit is left out of a connection with probability p for a whole sample, and what
/// the others send is divided by 1 - p, so that the sum stays the same on average (Srivastava et al. 2014). A relay
/// between source and target holds the mask, so that every learning rule meets it as it meets any population.
extension NetworkBuilder {
  /// The probability, 0 without `dropout`; nil after a message.
  mutating func dropout(
    _ items: Items, _ route: Route, _ source: End, ownDelays: Bool, _ checker: inout ExpressionChecker
  ) -> Double? {
    guard let item = items.dropout else { return 0 }
    let checked = checker.number(item.value, expecting: .one, because: "`dropout` takes a probability")
    guard let p = checker.staticValue(checked, what: "`dropout`") else { return nil }
    guard p >= 0, p < 1 else {
      checker.report(.dropoutRange(at: checked.span))
      return nil
    }
    func impossible(_ what: String, _ reason: String, _ nearest: String) {
      checker.report(
        .impossible(what: "`dropout` \(what)", reason: reason, nearest: nearest, at: item.span))
    }
    if checker.model.isExact {
      impossible(
        "with `step exact`", "its masks are drawn for runs in ticks", "`step 0.1 ms`")
    } else if case .continuous = route.signal {
      impossible(
        "of what flows into a drive", "it leaves out neurons that send, and a drive holds a value over each step",
        "a connection into a port")
    } else if let rule = items.rule {
      impossible(
        "beside `rule \(rule.name.text)`", "the rule would learn from spikes that did not arrive",
        "`dropout` on a connection without a rule")
    } else if ownDelays, source.entity.kind == .input {
      impossible(
        "on an input whose synapses have delays of their own", "the input's least delay is spent on the mask",
        "one `delay` for the connection, or a population behind the input")
    } else {
      return p
    }
    return nil
  }

  /// Puts a relay between a connection and its source.
  mutating func leaveOut(
    _ p: Double, of source: End, on index: Int, _ span: Span, _ checker: inout ExpressionChecker
  ) {
    let connection = checker.model.connections[index]
    let shape: [Int]
    switch connection.source {
    case .input(let input): shape = checker.model.inputs[input].shape
    case .population(let population): shape = checker.model.populations[population].shape
    }
    let relay = addRelay("\(connection.name).dropout", shape, p, span, &checker)
    let units = 0..<shape.reduce(1, *)
    let wire = checker.model.connections.count
    let location = checker.location(span)
    let name = "\(connection.name).dropout.source"
    let parameter = checker.model.parameters.count
    let symbol = checker.model.graph.addSymbol(
      Symbol(name, .parameter(parameter), domain: Domain(.synapse, extent: ExtentID(wire)), location: location))
    checker.model.parameters.append(
      Parameter(
        name: name, symbol: symbol, shape: .synapses(connection: wire), unit: .one, isLearnable: false,
        initial: .draw(Distribution(.constant, [1])), location: location))
    // What comes from an input is at least a tick on its way.
    var isInput = false
    if case .input = connection.source { isInput = true }
    checker.model.connections.append(
      Connection(
        name: name, source: connection.source, sourceRange: units, target: relay, targetRange: units,
        signal: .spikes(port: 0), pattern: .oneToOne, weight: parameter, delay: isInput ? 1 : 0, location: location))
    lowered.connectionTerms.append(.one)
    checker.model.connections[index].source = .population(relay)
    if isInput { checker.model.connections[index].delay -= 1 }
    if !isInput, connection.delay == 0 {
      // The way of no delay goes through the relay.
      zeroDelay.removeAll { $0.connection == index }
      zeroDelay.append((source.entity.index, relay, span, wire))
      zeroDelay.append((relay, connection.target, span, index))
    }
  }

  /// A population that sends what came to it in the same tick, times its mask.
  private mutating func addRelay(
    _ name: String, _ shape: [Int], _ p: Double, _ span: Span, _ checker: inout ExpressionChecker
  ) -> Int {
    let index = checker.model.populations.count
    let location = checker.location(span)
    let extent = checker.model.graph.addExtent(Extent(name: name, size: shape.reduce(1, *)))
    let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    func symbol(_ text: String, _ kind: SymbolKind) -> SymbolID {
      checker.model.graph.addSymbol(Symbol("\(name).\(text)", kind, domain: domain, location: location))
    }
    var population = HybridPopulation(
      name: name, model: "dropout", shape: shape, extent: extent, flag: symbol("spike", .flag(population: index)))
    population.location = location
    population.isRelay = true
    let draw = RandomDraw(.training, path: name, symbol: symbol("u", .random(population: index, index: 0)))
    population.draws = [draw]
    let zero = checker.model.graph.const(0)
    let one = checker.model.graph.const(1)
    let u = checker.model.graph.load(draw.symbol)
    // In evaluation the draw is 1: nobody is left out, and nothing is scaled.
    let isTraining = checker.model.graph.compare(.lt, u, one)
    let scale = checker.model.graph.select(isTraining, checker.model.graph.const(1 / (1 - p)), one)
    let isLeftOut = checker.model.graph.compare(.lt, u, checker.model.graph.const(p))
    let mask = checker.model.graph.select(isLeftOut, zero, scale)
    let sum = symbol("sum", .state(population: index, index: 0))
    let kept = symbol("mask", .state(population: index, index: 1))
    population.states = [
      StateVariable(name: "sum", symbol: sum, initial: .value(zero), location: location),
      StateVariable(name: "mask", symbol: kept, initial: .value(mask), location: location),
    ]
    population.updates[0] = zero
    let arrival = symbol("input", .arrival(population: index, port: 0))
    let arrived = checker.model.graph.add(checker.model.graph.load(sum), checker.model.graph.load(arrival))
    population.ports = [
      Port(name: "input", arrival: arrival, body: [StateAssignment(state: 0, value: arrived)], unit: .one)
    ]
    population.emission = .graded(
      checker.model.graph.mul(checker.model.graph.load(sum), checker.model.graph.load(kept)))
    checker.model.populations.append(population)
    lowered.populations.append(NeuronTerms())
    lowered.populationSpans.append(span)
    return index
  }
}
