import SNNIR

/// Losses and scores are written over ticks. With exact times a reduction over time is a number that the run observes:
/// `max` an extreme of a continuous curve, a value at a tick a probe, a sum times the tick an integral (a state of its
/// own, probed at both ends of its window), and a sum over spikes a sum over events.
extension EventPlanner {
  mutating func makeMeasures() -> [ValueID] {
    let count = batchCount()
    var roots: [ValueID] = []
    for value in [task.loss].compactMap({ $0 }) + task.scores.map(\.value) {
      let number = graph[value].isBoolean ? graph.number(value) : value
      roots.append(mean(number, count))
    }
    var known: [ValueID: ValueID] = [:]
    for value in graph.reachable(from: roots) where isTimeReduction(value) {
      if let observed = observed(value) {
        known[value] = observed
      } else if fault == nil {
        fault = .measure("this reduction over time")
      }
    }
    roots = graph.rewrite(roots) { _, value in known[value] }
    // Values of a tick outside of a reduction have been refused when the task was checked.
    var next = 0
    if task.loss != nil {
      events.loss = roots[0]
      next = 1
    }
    events.scores = Array(roots[next...])
    return roots
  }

  mutating func batchCount() -> ValueID {
    if let index = graph.symbols.firstIndex(where: { $0.kind == .batchCount }) { return graph.load(SymbolID(index)) }
    return graph.load(graph.addSymbol(Symbol("samples", .batchCount, domain: .constant)))
  }

  private mutating func mean(_ value: ValueID, _ count: ValueID) -> ValueID {
    guard graph[value].domain.axes.contains(.sample) else { return value }
    return graph.div(graph.reduce(.sum, over: .sample, value), count)
  }

  private func isTimeReduction(_ value: ValueID) -> Bool {
    graph[value].opcode == .reduce && Reduction(aux: graph[value].aux).axis == .tick
  }

  // MARK: One reduction

  /// A reduced operand within a window of time.
  private struct Operand {
    var value: ValueID
    /// In ticks: first and last.
    var first: Double
    var last: Double
  }

  /// The number that stands for a reduction over time; nil where it has no meaning between ticks.
  private mutating func observed(_ value: ValueID) -> ValueID? {
    let kind = Reduction(aux: graph[value].aux).kind
    var operand = Operand(value: graph.argument(value, 0), first: 0, last: Double(task.ticks))
    if graph[operand.value].opcode == .broadcast { operand.value = graph.argument(operand.value, 0) }
    if kind == .min, let spikes = firstSpikes(operand.value) {
      return observer(.firstSpike, spikes, nil)
    }
    guard let inner = windowed(operand, neutral: kind) else { return nil }
    return observed(kind, inner.value, inner)
  }

  /// As above within a window; what is linear is observed piece by piece where it is not of one population.
  private mutating func observed(_ kind: Reduction.Kind, _ value: ValueID, _ window: Operand) -> ValueID? {
    if let whole = leaf(kind, value, window) { return whole }
    let arguments = Array(graph.arguments(value))
    func isTimeless(_ value: ValueID) -> Bool { !graph[value].domain.axes.contains(.tick) }
    switch graph[value].opcode {
    case .named, .broadcast: return observed(kind, arguments[0], window)
    case .reduce where Reduction(aux: graph[value].aux) == Reduction(.sum, over: .unit):
      guard kind == .sum || isChoice(arguments[0]) else { return nil }
      return observed(kind, arguments[0], window).map { graph.reduce(.sum, over: .unit, $0) }
    case .select where isTimeless(arguments[0]):
      guard let a = observed(kind, arguments[1], window) else { return nil }
      if graph.isZero(arguments[2]) { return graph.select(arguments[0], a, arguments[2]) }
      guard let b = observed(kind, arguments[2], window) else { return nil }
      return graph.select(arguments[0], a, b)
    default: break
    }
    guard kind == .sum else { return nil }
    switch graph[value].opcode {
    case .add, .sub:
      guard let a = observed(kind, arguments[0], window), let b = observed(kind, arguments[1], window) else {
        return nil
      }
      return graph[value].opcode == .add ? graph.add(a, b) : graph.sub(a, b)
    case .neg: return observed(kind, arguments[0], window).map { graph.neg($0) }
    case .mul where isTimeless(arguments[0]):
      return observed(kind, arguments[1], window).map { graph.mul(arguments[0], $0) }
    case .mul where isTimeless(arguments[1]):
      return observed(kind, arguments[0], window).map { graph.mul($0, arguments[1]) }
    case .div where isTimeless(arguments[1]):
      return observed(kind, arguments[0], window).map { graph.div($0, arguments[1]) }
    default: return nil
    }
  }

  /// One unit chosen: its extreme is the chosen one of the units' extremes.
  private func isChoice(_ value: ValueID) -> Bool {
    guard graph[value].opcode == .select, graph.isZero(graph.argument(value, 2)) else { return false }
    return !graph[graph.argument(value, 0)].domain.axes.contains(.tick)
  }

  /// A value of one population, elementwise over its units.
  private mutating func leaf(_ kind: Reduction.Kind, _ value: ValueID, _ window: Operand) -> ValueID? {
    guard let population = owner(value) else { return nil }
    let isSpike = graph.loadedSymbols([value]).contains {
      if case .recorded(_, .spike) = graph[$0].kind { true } else { false }
    }
    let step = network.step
    // Ticks first … last are the time from the end of the one before to the end of the last.
    let from = (window.first - 1) * step
    let to = window.last * step
    switch kind {
    case .first, .last: return nil
    case .max, .min:
      guard !isSpike else { return nil }
      let states = statesOnly(value, population)
      return observer(.extreme(isMax: kind == .max, from: from, to: to), population, map([states], population))
    case .sum:
      if window.first == window.last {
        guard !isSpike else { return nil }
        let states = statesOnly(value, population)
        return observer(.probe(time: window.first * step), population, map([states], population))
      }
      if isSpike { return spikeSum(value, population, from: from, to: to) }
      return integral(value, population, from: from, to: to)
    }
  }

  private mutating func observer(_ kind: EventObserver.Kind, _ population: Int, _ map: EventMap?) -> ValueID {
    let extent = network.populations[population].extent
    let symbol = graph.addSymbol(
      Symbol(
        "\(network.populations[population].name).observed\(events.observers.count)", .temporary,
        domain: Domain([.unit, .sample], extent: extent, phase: .sampleEnd)))
    events.observers.append(EventObserver(kind: kind, population: population, map: map, symbol: symbol))
    return graph.load(symbol)
  }

  /// `min over time of (if spike then t else T)`.
  private func firstSpikes(_ value: ValueID) -> Int? {
    guard graph[value].opcode == .select, graph.constant(graph.argument(value, 2)) != nil,
      graph[graph.argument(value, 1)].opcode == .load, graph.symbol(graph.argument(value, 1)) == network.timeSymbol,
      graph[graph.argument(value, 0)].opcode == .ne,
      let symbol = graph.symbol(graph.argument(graph.argument(value, 0), 0)),
      case .recorded(let population, .spike) = graph[symbol].kind
    else { return nil }
    return population
  }

  /// Strips the choice by tick that a window is; nil where other conditions of time stand there.
  private func windowed(_ operand: Operand, neutral: Reduction.Kind) -> Operand? {
    var result = operand
    result.first = 1
    guard graph[result.value].opcode == .select, let other = graph.constant(graph.argument(result.value, 2)),
      neutral == .sum ? other == 0 : !other.isFinite
    else { return result }
    let condition = graph.argument(result.value, 0)
    guard graph[condition].domain.axes.contains(.tick) else { return result }
    guard bound(condition, &result) else { return nil }
    result.value = graph.argument(operand.value, 1)
    return result
  }

  private func bound(_ condition: ValueID, _ operand: inout Operand) -> Bool {
    switch graph[condition].opcode {
    case .and:
      return bound(graph.argument(condition, 0), &operand) && bound(graph.argument(condition, 1), &operand)
    case .ge, .le, .eq:
      guard graph[graph.argument(condition, 0)].opcode == .tickIndex,
        let tick = graph.constant(graph.argument(condition, 1))
      else { return false }
      let opcode = graph[condition].opcode
      if opcode != .le { operand.first = max(operand.first, tick) }
      if opcode != .ge { operand.last = min(operand.last, tick) }
      return true
    default: return false
    }
  }

  /// The one population that a value of time reads; nil where there are several, or something of a tick.
  private func owner(_ value: ValueID) -> Int? {
    var owners = Set<Int>()
    for value in graph.reachable(from: [value]) {
      switch graph[value].opcode {
      case .reduce, .argreduce, .tickIndex: return nil
      case .load:
        if case .recorded(let population, _) = graph[SymbolID(Int(graph[value].aux))].kind { owners.insert(population) }
        if case .data = graph[SymbolID(Int(graph[value].aux))].kind, graph[value].domain.axes.contains(.tick) {
          return nil
        }
      default: continue
      }
    }
    return owners.count == 1 ? owners.first : nil
  }

  /// What is recorded, over the states.
  private mutating func statesOnly(_ value: ValueID, _ population: Int) -> ValueID {
    let owner = network.populations[population]
    var map: [SymbolID: ValueID] = [:]
    for symbol in graph.loadedSymbols([value]) {
      guard case .recorded(_, let variable) = graph[symbol].kind else { continue }
      switch variable {
      case .state(let index), .beforeReset(let index): map[symbol] = graph.load(owner.states[index].symbol)
      case .letBinding(let index): map[symbol] = owner.lets[index].value
      case .drive(let index): map[symbol] = graph.load(owner.drives[index].symbol)
      case .spike, .output, .hazard: break
      }
    }
    let result = graph.substitute(value, map)
    if graph.loadedSymbols([result]).contains(network.timeSymbol) { _ = time(population) }
    return timeless([result], population)[0]
  }

  /// Σ over ticks of E, which is ∫ E dt / dt: the integral is a state that nothing reads.
  private mutating func integral(_ value: ValueID, _ population: Int, from: Double, to: Double) -> ValueID {
    let flow = statesOnly(value, population)
    let state: Int
    if let known = integrals[population]?[flow] {
      state = known
    } else {
      state = addState(population, name: "integral\(integrals[population]?.count ?? 0)", flow: flow)
      integrals[population, default: [:]][flow] = state
    }
    let load = graph.load(states(population)[state])
    var result = observer(.probe(time: to), population, map([load], population))
    if from > 0 {
      result = graph.sub(result, observer(.probe(time: from), population, map([load], population)))
    }
    return graph.div(result, graph.load(network.stepSymbol))
  }

  /// Σ over spikes of what stands beside the flag, which may read the time.
  private mutating func spikeSum(_ value: ValueID, _ population: Int, from: Double, to: Double) -> ValueID? {
    let symbols = graph.loadedSymbols([value]).filter {
      if case .recorded = graph[$0].kind { true } else { false }
    }
    guard symbols.count == 1, let flag = symbols.first, case .recorded(_, .spike) = graph[flag].kind else { return nil }
    let loads = [graph.load(flag)]
    // Linear in the flag, and nothing without it.
    let factor = graph.jacobian(of: [value], with: loads, context)[0][loads[0]] ?? graph.const(0)
    let zero = graph.const(0)
    let rest = graph.substitute(value, [flag: zero])
    guard graph.isZero(rest), !graph.loadedSymbols([factor]).contains(flag) else { return nil }
    let extent = network.populations[population].extent
    let time = graph.addSymbol(
      Symbol("t", .temporary, domain: Domain([.unit, .sample, .tick], extent: extent, phase: .tick)))
    let timed = graph.substitute(factor, [network.timeSymbol: graph.load(time)])
    return observer(.spikeSum(from: from, to: to), population, map([timed], states: [time]))
  }

  // MARK: Derivatives and records

  mutating func differentiate(_ roots: [ValueID]) {
    guard request.gradient, let loss = events.loss else { return }
    var observers: [ValueID: Int] = [:]
    for (index, observer) in events.observers.enumerated() { observers[graph.load(observer.symbol)] = index }
    var parameters: [ValueID: Int] = [:]
    for index in request.learnable { parameters[graph.load(network.parameters[index].symbol)] = index }
    let one = graph.const(1)
    let targets = Set(observers.keys).union(parameters.keys)
    let adjoints = graph.adjoints(of: [(loss, one)], with: targets, context)
    for (value, adjoint) in adjoints {
      if let index = observers[value] { events.observerAdjoints[index] = adjoint }
      if let index = parameters[value] { events.parameterAdjoints[index] = adjoint }
    }
  }

  mutating func makeRecords() {
    guard !request.records.isEmpty else { return }
    // A thousand rows, unless the task says otherwise.
    let every = task.recordEvery > 1 ? task.recordEvery : max(task.ticks / 1000, 1)
    let interval = Double(every) * network.step
    events.recordInterval = interval
    events.recordRows = Int((events.duration / interval + 1e-9).rounded(.down))
    for record in request.records {
      let owner = network.populations[record.population]
      let value: ValueID
      switch record.variable {
      case .state(let index), .beforeReset(let index): value = graph.load(owner.states[index].symbol)
      case .letBinding(let index): value = timeless([owner.lets[index].value], record.population)[0]
      case .drive(let index): value = graph.load(owner.drives[index].symbol)
      case .spike, .output, .hazard:
        events.records.append((record.population, nil))
        continue
      }
      events.records.append((record.population, map([value], record.population)))
    }
  }
}
