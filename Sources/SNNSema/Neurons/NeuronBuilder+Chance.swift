import SNNIR
import SNNSyntax

/// The equation whose white noise is being read.
struct NoiseContext: Sendable {
  var population: Int
  var domain: Domain
  /// Name of the population, or of the neuron that is checked by itself.
  var owner: String
  var state: String
  /// Of the whole neuron, in order.
  var draws: [RandomDraw]
}

extension ExpressionChecker {
  static func isNoise(_ name: String) -> Bool { name == "xi" || name.hasPrefix("xi_") }

  /// `xi` is another noise each time it is written, `xi_NAME` one noise of the neuron. The name of the stream says whose
  /// it is, so that nothing declared elsewhere changes its numbers.
  mutating func whiteNoise(_ name: String, _ span: Span) -> Checked {
    guard var context = noise else {
      report(.noiseOutside(name: name, at: span))
      return errorResult(span)
    }
    var path = "\(context.owner).\(name)"
    if name == "xi" {
      path = "\(context.owner).\(context.state).xi"
      let earlier = context.draws.count { $0.path == path || $0.path.hasPrefix(path + "#") }
      if earlier > 0 { path += "#\(earlier + 1)" }
    }
    let symbol: SymbolID
    if let known = context.draws.first(where: { $0.path == path }) {
      symbol = known.symbol
    } else {
      symbol = model.graph.addSymbol(
        Symbol(
          name, .random(population: context.population, index: context.draws.count), domain: context.domain,
          location: location(span)))
      context.draws.append(RandomDraw(.normal, path: path, symbol: symbol))
      noise = context
    }
    let term = DimensionTerm(.time).power(Rational(-1, 2))
    return Checked(model.graph.load(symbol), .number(term), span)
  }
}

extension NeuronBuilder {
  private var owner: String { instance?.population ?? blueprint.name.text }

  /// Lets `body` read white noise in the equation of a state.
  mutating func withNoise<T>(
    _ state: String, _ checker: inout ExpressionChecker, _ body: (inout ExpressionChecker) -> T
  ) -> T {
    let outer = checker.noise
    checker.noise = NoiseContext(
      population: populationIndex, domain: dynamic, owner: owner, state: state, draws: population.draws)
    let result = body(&checker)
    population.draws = checker.noise?.draws ?? population.draws
    checker.noise = outer
    return result
  }

  func checkNoiseIsLinear(_ flow: ValueID, _ name: String, _ span: Span, _ checker: inout ExpressionChecker) {
    let noises = Set(population.draws.map(\.symbol))
    guard !noises.isEmpty else { return }
    let degree = checker.model.graph.degree(of: flow) { noises.contains($0) }
    if let degree, degree <= 1 { return }
    checker.report(.notLinearInNoise(state: name, at: span))
  }

  /// Methods that know no noise; said at the method's name.
  func checkNoiseMethod(_ checker: inout ExpressionChecker) {
    guard let placed = blueprint.integrator, let noise = population.flowNoises(checker.model.graph).first else {
      return
    }
    switch population.integrator {
    case .auto, .euler, .heun: return
    case .exact, .exponentialEuler, .rk4, .rk4Tolerance:
      let name = checker.model.graph[noise.symbol].name
      checker.report(
        .noiseIntegrator(method: placed.item.method.text, noise: name, at: placed.item.method.span))
    }
  }

  // MARK: Spikes by chance

  /// The uniform number that decides.
  private mutating func uniform(_ checker: inout ExpressionChecker, _ span: Span) -> SymbolID {
    let symbol = checker.model.graph.addSymbol(
      Symbol(
        "u", .random(population: populationIndex, index: population.draws.count), domain: dynamic,
        location: checker.location(span)))
    population.draws.append(RandomDraw(.uniform, path: "\(owner).spike", symbol: symbol))
    return symbol
  }

  /// `spike with rate E`: P = 1 - exp(-E dt); `spike with probability E`.
  mutating func buildChance(_ id: ExprID, isRate: Bool, _ span: Span, _ checker: inout ExpressionChecker) {
    let needed = isRate ? DimensionTerm(.time).power(Rational(-1)) : DimensionTerm.one
    let note = isRate ? "`spike with rate` takes events per time" : "a probability is a number"
    let checked = checker.number(id, expecting: needed, because: note)
    guard !checked.isError else { return }
    if let number = checker.staticValue(checked.value) {
      if isRate, number < 0 {
        let unit = checked.unit ?? Dimension.time.power(Rational(-1)).displayUnit
        let shown = "\(formatted(unit.fromInternal(number))) \(unit.text)"
        checker.reportInstance(ChanceMessage.negativeRate(value: shown, at: checked.span).diagnostic)
      } else if !isRate, number < 0 || number > 1 {
        checker.reportInstance(
          ChanceMessage.probabilityRange(value: formatted(number), at: checked.span).diagnostic)
      }
    }
    var value = checked.value
    if isRate {
      let mean = checker.model.graph.mul(value, checker.model.graph.load(checker.model.stepSymbol))
      value = checker.model.graph.neg(checker.model.graph.unary(.expm1, checker.model.graph.neg(mean)))
    }
    population.emission = .probability(value, uniform: uniform(&checker, span))
  }

  /// `emit E`.
  mutating func buildEmit(_ checker: inout ExpressionChecker) {
    guard let placed = blueprint.emit else { return }
    checker.file = placed.file
    if let spike = blueprint.spike {
      checker.report(.secondOf(what: "way to send (`spike …` or `emit`)", at: placed.item.span, first: spike.item.span))
      return
    }
    if let entity = checker.lookup("output"), let span = entity.span, terms.entries.contains(where: { $0.span == span })
    {
      checker.report(.outputTaken(at: span, emit: placed.item.span))
      return
    }
    let checked = checker.number(placed.item.value)
    guard let term = checked.dimension else { return }
    population.emission = .graded(checked.value)
    terms.entries.append(
      .init(
        name: "output", kind: .letBinding, term: term, unit: checked.unit, span: placed.item.span, symbol: nil,
        level: checker.level(checked)))
  }

  // MARK: Drives at the tick that ends the step

  /// A drive is a value of the step. What is tested and assigned at the tick that ends the step reads the value of that
  /// step: a state that follows it (`next held = drive`) keeps it until then.
  mutating func holdDrives(_ checker: inout ExpressionChecker) {
    let guardValues = population.guardCondition.map { [$0.left, $0.right] } ?? []
    let bodies = (population.reset + population.ports.flatMap(\.body)).map(\.value)
    let emitted = population.emission.map { [$0.value] } ?? []
    let read = Set(checker.model.graph.loadedSymbols(guardValues + bodies + emitted))
    var map: [SymbolID: ValueID] = [:]
    for drive in population.drives where read.contains(drive.symbol) {
      let name = "\(drive.name).held"
      let index = population.states.count
      let location = checker.model.graph[drive.symbol].location
      let symbol = checker.model.graph.addSymbol(
        Symbol(
          qualified(name), .state(population: populationIndex, index: index), domain: dynamic, location: location))
      population.states.append(
        StateVariable(
          name: name, symbol: symbol, initial: .value(checker.model.graph.const(0)), location: location))
      population.updates[index] = checker.model.graph.load(drive.symbol)
      map[drive.symbol] = checker.model.graph.load(symbol)
    }
    guard !map.isEmpty else { return }
    if var condition = population.guardCondition {
      let sides = checker.model.graph.substitute([condition.left, condition.right], map)
      (condition.left, condition.right) = (sides[0], sides[1])
      population.guardCondition = condition
    }
    if let value = population.emission?.value {
      population.emission?.value = checker.model.graph.substitute(value, map)
    }
    for place in population.reset.indices {
      population.reset[place].value = checker.model.graph.substitute(population.reset[place].value, map)
    }
    for port in population.ports.indices {
      for place in population.ports[port].body.indices {
        let value = population.ports[port].body[place].value
        population.ports[port].body[place].value = checker.model.graph.substitute(value, map)
      }
    }
  }
}
