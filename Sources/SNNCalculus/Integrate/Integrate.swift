import SNNIR

/// Why a population's equations cannot be advanced as asked.
public enum IntegrationFault: Hashable, Sendable {
  /// `exact` asked for, but the named state's equation is not linear with constant coefficients.
  case notLinear(state: String)
  /// `exponential_euler` asked for, but the equation is not linear in its own state.
  case notLinearInItself(state: String)
  /// The tick is so long that more substeps than the limit would be needed.
  case tooStiff(substeps: Int, shortest: Double)
  /// White noise with a method that has none of its own.
  case noiseMethod(String)
  /// The named state's equation is not linear in the noise.
  case notLinearInNoise(state: String)
  /// With noise there is one step a tick, and the tick is longer than twice the shortest time constant.
  case tooStiffForNoise(shortest: Double)
}

/// The pass hybrid → step: chooses an integrator for each population and writes one tick as values.
public struct Integrate {
  public private(set) var network: NetworkModel
  private let initial: InitialValues
  private var propagators: [Propagator: ValueID] = [:]

  /// An entry of a population's propagator.
  private struct Propagator: Hashable {
    let population: String
    let to: Int
    let from: Int
    let value: ValueID
  }

  public init(_ network: NetworkModel) {
    self.network = network
    initial = InitialValues(network)
  }

  /// Step models by population, or the first fault of each population that has one.
  public mutating func run() -> (models: [StepModel], faults: [(population: Int, fault: IntegrationFault)]) {
    var models: [StepModel] = []
    var faults: [(Int, IntegrationFault)] = []
    for index in network.populations.indices {
      switch integrate(index) {
      case .success(let model): models.append(model)
      case .failure(let failure): faults.append((index, failure.fault))
      }
    }
    return (models, faults)
  }

  private struct Failure: Error { var fault: IntegrationFault }

  private mutating func integrate(_ index: Int) -> Result<StepModel, Failure> {
    let population = network.populations[index]
    let domain = Domain([.unit, .sample, .tick], extent: population.extent, phase: .tick)
    func symbol(_ graph: inout Graph, _ name: String, _ unit: DisplayUnit = .one) -> SymbolID {
      graph.addSymbol(Symbol(name, .temporary, domain: domain, unit: unit))
    }
    let prefix = population.name + "."
    let states = population.states
    var present: [SymbolID] = []
    var integratedSymbols: [SymbolID] = []
    var deliveredSymbols: [SymbolID] = []
    for state in states {
      present.append(symbol(&network.graph, prefix + state.name, state.unit))
      integratedSymbols.append(symbol(&network.graph, prefix + state.name + "⁻", state.unit))
      deliveredSymbols.append(symbol(&network.graph, prefix + state.name + "*", state.unit))
    }
    let flag = symbol(&network.graph, prefix + "spike")
    let newFlag = symbol(&network.graph, prefix + "spike'")
    let refractory = population.refractory.flatMap { $0.ticks > 0 ? $0 : nil }
    let counter = refractory.map { _ in symbol(&network.graph, prefix + "refractory") }

    let presentValues = present.map { network.graph.load($0) }
    var environment: [SymbolID: ValueID] = [population.flag: network.graph.load(flag)]
    var draws = population.draws
    for place in draws.indices {
      draws[place].symbol = symbol(&network.graph, draws[place].path)
      environment[population.draws[place].symbol] = network.graph.load(draws[place].symbol)
    }
    for (state, value) in zip(states, presentValues) { environment[state.symbol] = value }

    let choice: Choice
    switch choose(population) {
    case .success(let made): choice = made
    case .failure(let failure): return .failure(failure)
    }
    let held = Set(refractory?.held ?? [])
    var integrated: [ValueID]
    switch advance(population, choice, held: [], environment) {
    case .success(let values): integrated = values
    case .failure(let failure): return .failure(failure)
    }
    var isHeld: ValueID?
    if let counter, !held.isEmpty {
      guard case .success(let frozen) = advance(population, choice, held: held, environment) else {
        return .failure(Failure(fault: .notLinear(state: population.name)))
      }
      let condition = network.graph.compare(.gt, network.graph.load(counter), network.graph.const(0))
      isHeld = condition
      for i in states.indices { integrated[i] = network.graph.select(condition, frozen[i], integrated[i]) }
    }

    var delivered = integratedSymbols.map { network.graph.load($0) }
    for port in population.ports {
      for assignment in port.body {
        var map: [SymbolID: ValueID] = [population.flag: network.graph.load(flag)]
        for (state, value) in zip(states, delivered) { map[state.symbol] = value }
        var value = network.graph.substitute(assignment.value, map)
        if let isHeld, held.contains(assignment.state) {
          value = network.graph.select(isHeld, delivered[assignment.state], value)
        }
        delivered[assignment.state] = value
      }
    }

    var final = deliveredSymbols.map { network.graph.load($0) }
    let newFlagValue = network.graph.load(newFlag)
    for assignment in population.reset {
      var map: [SymbolID: ValueID] = [population.flag: newFlagValue]
      for (state, value) in zip(states, final) { map[state.symbol] = value }
      let value = network.graph.substitute(assignment.value, map)
      let tag = PathTag(.reset, population: index, index: assignment.state)
      let choice = network.graph.path(newFlagValue, tag)
      final[assignment.state] = network.graph.blend(choice, value, final[assignment.state])
    }

    var margin: ValueID?
    if let condition = population.guardCondition {
      var map: [SymbolID: ValueID] = [population.flag: network.graph.load(flag)]
      for (state, symbol) in zip(states, deliveredSymbols) { map[state.symbol] = network.graph.load(symbol) }
      let sides = network.graph.substitute([condition.left, condition.right], map)
      margin = network.graph.sub(sides[0], sides[1])
    }
    var emission = population.emission
    if let value = emission?.value {
      var map: [SymbolID: ValueID] = [population.flag: network.graph.load(flag)]
      for (state, symbol) in zip(states, deliveredSymbols) { map[state.symbol] = network.graph.load(symbol) }
      emission?.value = network.graph.substitute(value, map)
    }
    var model = StepModel(
      population: index,
      states: states.indices.map { i in
        StepModel.State(
          name: states[i].name, present: present[i], integratedSymbol: integratedSymbols[i],
          deliveredSymbol: deliveredSymbols[i], integrated: integrated[i], delivered: delivered[i], final: final[i],
          unit: states[i].unit)
      },
      flag: flag, newFlag: newFlag, arrivals: population.ports.map(\.arrival),
      drives: population.drives.map(\.symbol), margin: margin,
      isStrict: population.guardCondition?.isStrict ?? true,
      isCrossing: population.guardCondition?.isCrossing ?? false, refractoryTicks: refractory?.ticks ?? 0,
      refractoryCounter: counter, membrane: Membrane.states(of: population, in: network.graph),
      integrator: choice.integrator, integratorReason: choice.reason)
    model.draws = draws
    switch emission {
    case .probability(let value, let uniform):
      model.emission = .probability(value, uniform: drawn(uniform, population, draws))
    case .counts(let mean, let uniform):
      model.emission = .counts(mean: mean, uniform: drawn(uniform, population, draws))
    case .graded, nil: model.emission = emission
    }
    return .success(model)
  }

  private func drawn(_ symbol: SymbolID, _ population: HybridPopulation, _ draws: [RandomDraw]) -> SymbolID {
    population.draws.firstIndex { $0.symbol == symbol }.map { draws[$0].symbol } ?? symbol
  }

  // MARK: - Choice of the integrator

  private struct Choice {
    var integrator: Integrator
    var reason: String
  }

  private mutating func choose(_ population: HybridPopulation) -> Result<Choice, Failure> {
    guard !population.flows.isEmpty else {
      return .success(Choice(integrator: population.integrator, reason: "no continuous equation"))
    }
    if !population.flowNoises(network.graph).isEmpty { return chooseForNoise(population) }
    switch population.integrator {
    case .auto:
      let obstacle = linearObstacle(population)
      guard let obstacle else {
        return .success(Choice(integrator: .exact, reason: "linear with constant coefficients"))
      }
      let stiffness = Stiffness(of: population, in: network.graph, initial: initial)
      let substeps = stiffness.substeps(per: network.step)
      let shortest = 1 / stiffness.rate
      guard substeps <= Stiffness.limit else {
        return .failure(Failure(fault: .tooStiff(substeps: substeps, shortest: shortest)))
      }
      let fraction = stiffness.isVoltageGated ? "an eighth (voltage-gated)" : "a quarter"
      return .success(
        Choice(
          integrator: .rk4(substeps: substeps),
          reason: "\(obstacle); shortest time constant \(Self.rounded(shortest)) ms at the initial state, "
            + "substeps of at most \(fraction) of it"))
    case .exact:
      if let state = nonlinearState(population) { return .failure(Failure(fault: .notLinear(state: state))) }
      return .success(Choice(integrator: .exact, reason: "as written"))
    case .rk4(nil): return .success(Choice(integrator: .rk4(substeps: 1), reason: "as written"))
    case .rk4Tolerance(let tolerance, let substeps):
      let size = MathName.number(tolerance, .text)
      return .success(
        Choice(
          integrator: .rk4(substeps: substeps ?? 1),
          reason: "the fewest for which a tick errs by at most \(size) of each state's range"))
    case .exponentialEuler, .euler, .heun, .rk4(.some):
      return .success(Choice(integrator: population.integrator, reason: "as written"))
    }
  }

  /// White noise: Heun's method, one step a tick with one number per noise, unless `euler` is asked for. The exact method
  /// and Runge-Kutta have no place for noise.
  private mutating func chooseForNoise(_ population: HybridPopulation) -> Result<Choice, Failure> {
    switch population.integrator {
    case .euler: return .success(Choice(integrator: .euler, reason: "as written; Euler-Maruyama for the noise (Itô)"))
    case .heun: return .success(Choice(integrator: .heun, reason: "as written; the noise in Itô's sense"))
    case .exact: return .failure(Failure(fault: .noiseMethod("exact")))
    case .exponentialEuler: return .failure(Failure(fault: .noiseMethod("exponential_euler")))
    case .rk4, .rk4Tolerance: return .failure(Failure(fault: .noiseMethod("rk4")))
    case .auto: break
    }
    let stiffness = Stiffness(of: population, in: network.graph, initial: initial)
    guard stiffness.rate > 0 else {
      return .success(Choice(integrator: .heun, reason: "white noise (Itô): one step a tick"))
    }
    let shortest = 1 / stiffness.rate
    guard network.step < 2 * shortest else { return .failure(Failure(fault: .tooStiffForNoise(shortest: shortest))) }
    let ratio = Self.rounded(network.step / shortest)
    return .success(
      Choice(
        integrator: .heun,
        reason: "white noise (Itô): one step a tick, \(ratio) of the shortest time constant of "
          + "\(Self.rounded(shortest)) ms at the initial state"
          + (network.step > shortest / 4 ? "; at most a quarter would be advisable" : "")))
  }

  private static func rounded(_ x: Double) -> String { "\((x * 1000).rounded() / 1000)" }

  private func flowStates(_ population: HybridPopulation) -> (indices: [Int], symbols: [SymbolID]) {
    let indices = population.flows.keys.sorted()
    return (indices, indices.map { population.states[$0].symbol })
  }

  private mutating func nonlinearState(_ population: HybridPopulation) -> String? {
    let (indices, symbols) = flowStates(population)
    for index in indices {
      let flow = population.flows[index]!
      let form = AffineForm.of(flow, in: Set(symbols), &network.graph)
      let constant = form?.coefficients.values.allSatisfy { network.graph[$0].domain.phase == .once } ?? false
      if !constant { return population.states[index].name }
    }
    return nil
  }

  private mutating func linearObstacle(_ population: HybridPopulation) -> String? {
    if let state = nonlinearState(population) { return "d\(state)/dt is not linear with constant coefficients" }
    let flows = population.flows.keys.sorted().map { population.flows[$0]! }
    if network.graph.loadedSymbols(flows).contains(network.timeSymbol) { return "an equation depends on t" }
    return nil
  }

  // MARK: - One tick

  /// Every state after integration, with the `held` ones constants of the flow.
  private mutating func advance(
    _ population: HybridPopulation, _ choice: Choice, held: Set<Int>, _ environment: [SymbolID: ValueID]
  ) -> Result<[ValueID], Failure> {
    let (indices, symbols) = flowStates(population)
    let zero = network.graph.const(0)
    let dt = network.graph.load(network.stepSymbol)
    let flows = indices.map { held.contains($0) ? zero : population.flows[$0]! }
    let start = symbols.map { environment[$0]! }
    let time = network.timeSymbol
    func nonlinear(_ graph: inout Graph) -> NonlinearFlow {
      NonlinearFlow(symbols: symbols, flows: flows, time: time, &graph)
    }
    let after: [ValueID]
    let noises = population.flowNoises(network.graph)
    switch choice.integrator {
    case _ where indices.isEmpty: after = []
    case .euler where !noises.isEmpty, .heun where !noises.isEmpty:
      let numbers = noises.map { noise in
        // What stands for the noise in the environment is the load of its raw number.
        (symbol: noise.symbol, number: environment[noise.symbol].flatMap { network.graph.symbol($0) } ?? noise.symbol)
      }
      switch NoisyFlow.split(flows, symbols: symbols, noises: numbers, time: network.timeSymbol, &network.graph) {
      case .failure(let failure):
        return .failure(Failure(fault: .notLinearInNoise(state: population.states[indices[failure.index]].name)))
      case .success(let noisy):
        after =
          choice.integrator == .euler
          ? noisy.euler(start, dt: dt, environment, &network.graph)
          : noisy.heun(start, dt: dt, environment, &network.graph)
      }
    case .exact, .auto:
      guard let linear = linearFlow(indices, symbols, flows, environment) else {
        return .failure(Failure(fault: .notLinear(state: population.states[indices[0]].name)))
      }
      // What a held state leaves as it is keeps its name, so that both flows share it.
      var known = propagators
      after = linear.advance(start, dt: dt, &network.graph) { graph, i, j, value in
        let states = population.states
        let place = Propagator(population: population.name, to: indices[i], from: indices[j], value: value)
        if let name = known[place] { return name }
        let suffix = held.isEmpty ? "" : "ʰ"
        let name = "\(population.name).P\(suffix)(\(states[indices[i]].name),\(states[indices[j]].name))"
        let named = graph.named(value, graph.addSymbol(Symbol(name, .alias, domain: graph[value].domain)))
        known[place] = named
        return named
      }
      propagators = known
    case .euler: after = nonlinear(&network.graph).euler(start, dt: dt, environment, &network.graph)
    case .heun: after = nonlinear(&network.graph).heun(start, dt: dt, environment, &network.graph)
    case .rk4(let substeps), .rk4Tolerance(_, let substeps):
      after = nonlinear(&network.graph).rk4(start, dt: dt, substeps: substeps ?? 1, environment, &network.graph)
    case .exponentialEuler:
      guard let values = nonlinear(&network.graph).exponentialEuler(start, dt: dt, environment, &network.graph)
      else {
        let state = indices.first {
          AffineForm.of(population.flows[$0]!, in: [population.states[$0].symbol], &network.graph) == nil
        }
        return .failure(Failure(fault: .notLinearInItself(state: population.states[state ?? indices[0]].name)))
      }
      after = values
    }
    var result = population.states.map { environment[$0.symbol]! }
    for (index, value) in zip(indices, after) { result[index] = value }
    update(population, held: held, environment, &result)
    return .success(result)
  }

  /// Difference equations, in an order in which every `next Y` is known before it is read.
  private mutating func update(
    _ population: HybridPopulation, held: Set<Int>, _ environment: [SymbolID: ValueID], _ result: inout [ValueID]
  ) {
    var map = environment
    for (index, symbol) in population.nextSymbols where population.updates[index] == nil { map[symbol] = result[index] }
    var remaining = population.updates.keys.sorted()
    while !remaining.isEmpty {
      let ready = remaining.filter { index in
        network.graph.loadedSymbols([population.updates[index]!]).allSatisfy { symbol in
          !population.nextSymbols.values.contains(symbol) || map[symbol] != nil
        }
      }
      // The type checker refuses cycles; should one come through, the rest keep their values.
      guard !ready.isEmpty else { return }
      for index in ready {
        if !held.contains(index) { result[index] = network.graph.substitute(population.updates[index]!, map) }
        if let symbol = population.nextSymbols[index] { map[symbol] = result[index] }
      }
      remaining.removeAll(where: ready.contains)
    }
  }

  private mutating func linearFlow(
    _ indices: [Int], _ symbols: [SymbolID], _ flows: [ValueID], _ environment: [SymbolID: ValueID]
  ) -> LinearFlow? {
    var matrix: [ValueID] = []
    var rest: [ValueID] = []
    let zero = network.graph.const(0)
    for flow in flows {
      guard let form = AffineForm.of(flow, in: Set(symbols), &network.graph) else { return nil }
      matrix += symbols.map { form.coefficients[$0] ?? zero }
      rest.append(network.graph.substitute(form.rest, environment))
    }
    return LinearFlow(states: indices, matrix: matrix, rest: rest)
  }
}
