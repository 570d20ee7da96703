import SNNIR

/// One population's tick as values of one kernel, rotated: what was integrated to tick n takes its arrivals, meets the
/// threshold, resets, and is integrated to tick n + 1. Deliveries lie between the kernels.
struct PopulationTick {
  let model: StepModel
  let extent: ExtentID

  /// X integrated to the present tick, by state; arrivals of direct ports are already in it.
  var carriedSymbols: [SymbolID] = []
  var carried: [BufferID] = []
  /// Ports whose body is `X += w` scatter straight into X: by port the state, or nil.
  var directPorts: [Int?] = []
  /// Arrival buffers of the other ports.
  var arrivalSymbols: [SymbolID?] = []
  var arrivals: [BufferID?] = []
  /// Numbers drawn at the tick, and where they are.
  var draws: [(draw: RandomDraw, buffer: BufferID)] = []
  /// The draw that decides where thresholds are chances.
  var chance: SymbolID?
  /// Flags of the present tick.
  var flags: BufferID?
  /// Carried flag of the tick before, where a port body reads it.
  var earlierFlag: SymbolID?
  var counterSymbol: SymbolID?
  var counter: BufferID?
  var aboveSymbol: SymbolID?
  var above: BufferID?

  var delivered: [ValueID] = []
  var margin: ValueID?
  var spike: ValueID
  /// Minus the logarithm of the probability of no spike, where chance decides.
  var hazard: ValueID?
  var final: [ValueID] = []
  var counterNext: ValueID?
  var aboveNext: ValueID?
  /// X integrated to the next tick; of a driven population, X itself.
  var integrated: [ValueID] = []
  /// What losses and records read, by variable.
  var recorded: [RecordedVariable: ValueID] = [:]
}

extension Planner {
  /// Builds the tick of one population and its buffers.
  mutating func makeTick(_ index: Int) -> PopulationTick {
    let model = models[index]
    let population = network.populations[index]
    let extent = population.extent
    var tick = PopulationTick(model: model, extent: extent, spike: plan.graph.const(0))
    let axes: Axes = [.sample, .unit]
    let domain = Domain([.sample, .unit, .tick], extent: extent, phase: .tick)

    func carry(_ name: String, _ state: Int? = nil) -> (SymbolID, BufferID) {
      let buffer = plan.addBuffer(Buffer(name: name, axes: axes, extent: extent, isWide: false))
      // Where a state stands in the program is what a fault of a run shows.
      let symbol = plan.graph.addSymbol(
        Symbol(
          name, state.map { .state(population: index, index: $0) } ?? .temporary, domain: domain,
          location: state.map { population.states[$0].location } ?? .unknown))
      scheduler.bound[symbol] = buffer
      return (symbol, buffer)
    }
    for (place, state) in model.states.enumerated() {
      let (symbol, buffer) = carry("\(population.name).\(state.name)", place)
      tick.carriedSymbols.append(symbol)
      tick.carried.append(buffer)
    }
    let isDriven = isDriven(index)
    // Arrivals behind the test are kept apart from what is tested.
    tick.directPorts =
      isDriven || isLate(index) ? Array(repeating: nil, count: model.arrivals.count) : directPorts(model)
    for (port, arrival) in model.arrivals.enumerated() {
      guard tick.directPorts[port] == nil else {
        tick.arrivalSymbols.append(nil)
        tick.arrivals.append(nil)
        continue
      }
      let buffer = plan.addBuffer(
        Buffer(
          name: "\(population.name).\(population.ports[port].name)", axes: axes, extent: extent, isWide: false))
      scheduler.bound[arrival] = buffer
      tick.arrivalSymbols.append(arrival)
      tick.arrivals.append(buffer)
    }
    for draw in model.draws {
      let buffer = plan.addBuffer(Buffer(name: draw.path, axes: axes, extent: extent, isWide: false))
      scheduler.bound[draw.symbol] = buffer
      tick.draws.append((draw, buffer))
    }
    if mode == .stochastic, model.margin != nil {
      let symbol = plan.graph.addSymbol(
        Symbol("u", .random(population: index, index: model.draws.count), domain: domain))
      let draw = RandomDraw(.uniform, path: "\(population.name).spike", symbol: symbol)
      let buffer = plan.addBuffer(Buffer(name: draw.path, axes: axes, extent: extent, isWide: false))
      scheduler.bound[symbol] = buffer
      tick.draws.append((draw, buffer))
      tick.chance = symbol
    }
    if model.sends {
      let (symbol, buffer) = carry("\(population.name).spike")
      tick.flags = buffer
      let reading = model.states.map(\.delivered) + (isDriven ? model.states.map(\.integrated) : [])
      if plan.graph.loadedSymbols(reading).contains(model.flag) { tick.earlierFlag = symbol }
    }
    if model.refractoryCounter != nil {
      (tick.counterSymbol, tick.counter) = carry("\(population.name).refractory") as (SymbolID?, BufferID?)
    }
    if model.isCrossing {
      (tick.aboveSymbol, tick.above) = carry("\(population.name).above") as (SymbolID?, BufferID?)
    }
    fillTick(&tick, index)
    return tick
  }

  /// The values of the tick, in the order of the step: deliver, test, reset, integrate.
  private mutating func fillTick(_ tick: inout PopulationTick, _ index: Int) {
    let model = tick.model
    let zero = plan.graph.const(0)
    let one = plan.graph.const(1)

    var arriving: [SymbolID: ValueID] = [:]
    var integrated = tick.carriedSymbols.map { plan.graph.load($0) }
    if isDriven(index) {
      let flag = tick.earlierFlag.map { plan.graph.load($0) } ?? zero
      let counter = tick.counterSymbol.map { plan.graph.load($0) }
      integrated = integrate(tick, index, present: integrated, flag: flag, counter: counter)
    }
    for (state, value) in zip(model.states, integrated) { arriving[state.integratedSymbol] = value }
    for (port, arrival) in model.arrivals.enumerated() where tick.directPorts[port] != nil { arriving[arrival] = zero }
    arriving[model.flag] = tick.earlierFlag.map { plan.graph.load($0) } ?? zero
    if let symbol = model.refractoryCounter, let carried = tick.counterSymbol {
      arriving[symbol] = plan.graph.load(carried)
    }
    tick.delivered = plan.graph.substitute(model.states.map(\.delivered), arriving)

    var tested: [SymbolID: ValueID] = [:]
    for (state, value) in zip(model.states, tick.delivered) { tested[state.deliveredSymbol] = value }
    tested[model.flag] = arriving[model.flag]
    if let margin = model.margin {
      let value = plan.graph.substitute(margin, tested)
      tick.margin = value
      tick.spike = spikeValue(value, &tick, index)
    } else if let emission = model.emission {
      tick.spike = emitted(emission, at: tested, tick)
      tick.hazard = hazard(emission, at: tested, tick)
    }
    if let forced = task.forced.first(where: { $0.population == index }) {
      tick.spike = sent(forced)
    }
    tested[model.newFlag] = tick.spike
    tick.final = plan.graph.substitute(model.states.map(\.final), tested)
    if mode == .soft { tick.final = tick.final.map { mixed($0) } }

    if let counter = tick.counterSymbol {
      let fired = plan.graph.compare(.gt, tick.spike, plan.graph.const(0.5))
      let down = plan.graph.max(plan.graph.sub(plan.graph.load(counter), one), zero)
      tick.counterNext = plan.graph.select(fired, plan.graph.const(Double(model.refractoryTicks)), down)
    }
    if tick.above != nil, let margin = model.margin {
      var after: [SymbolID: ValueID] = [model.flag: tick.spike]
      for (state, value) in zip(model.states, tick.final) { after[state.deliveredSymbol] = value }
      let value = plan.graph.substitute(margin, after)
      tick.aboveNext = plan.graph.number(plan.graph.compare(model.isStrict ? .gt : .ge, value, zero))
    }
    tick.integrated =
      isDriven(index)
      ? tick.final : integrate(tick, index, present: tick.final, flag: tick.spike, counter: tick.counterNext)
    record(&tick, index)
  }

  /// X at the next tick before arrivals, from X at this one.
  mutating func integrate(
    _ tick: PopulationTick, _ index: Int, present: [ValueID], flag: ValueID, counter: ValueID?
  ) -> [ValueID] {
    let model = tick.model
    var map = driveValues(index, states: present)
    for (state, value) in zip(model.states, present) { map[state.present] = value }
    map[model.flag] = flag
    if let symbol = model.refractoryCounter { map[symbol] = counter ?? plan.graph.const(0) }
    let present = isDriven(index) ? atBeginning(model.states.map(\.integrated)) : model.states.map(\.integrated)
    let values = plan.graph.substitute(present, map)
    return mode == .soft ? values.map { mixed($0) } : values
  }

  private mutating func spikeValue(_ margin: ValueID, _ tick: inout PopulationTick, _ index: Int) -> ValueID {
    let zero = plan.graph.const(0)
    var enable = plan.graph.const(1)
    if let counter = tick.counterSymbol {
      enable = plan.graph.compare(.le, plan.graph.load(counter), zero)
    }
    if let above = tick.aboveSymbol {
      let below = plan.graph.compare(.le, plan.graph.load(above), zero)
      enable = plan.graph.constant(enable) == nil ? plan.graph.and(enable, below) : below
    }
    guard mode != .hard, let soft = SurrogateTable.primitive(context.surrogates[index], at: margin, in: &plan.graph)
    else {
      return plan.graph.spike(margin, enable: enable, isStrict: tick.model.isStrict, population: index)
    }
    if let chance = tick.chance {
      let own = hazard(probability: soft)
      tick.hazard = plan.graph.constant(enable) == 1 ? own : plan.graph.select(enable, own, zero)
      return plan.graph.bernoulli(soft, plan.graph.load(chance), enable: enable)
    }
    return plan.graph.constant(enable) == 1 ? soft : plan.graph.select(enable, soft, zero)
  }

  /// With soft spikes a choice is a mixture.
  private mutating func mixed(_ value: ValueID) -> ValueID {
    var done: [ValueID: ValueID] = [:]
    for node in plan.graph.reachable(from: [value]) {
      let new = plan.graph.arguments(node).map { done[$0]! }
      if plan.graph[node].opcode == .blend {
        let kept = plan.graph.mul(plan.graph.sub(plan.graph.const(1), new[0]), new[2])
        done[node] = plan.graph.add(plan.graph.mul(new[0], new[1]), kept)
      } else {
        done[node] = plan.graph.rebuild(node, with: Array(new))
      }
    }
    return done[value]!
  }

  /// Ports whose whole body is `X += w`, where every port of the neuron is like that and no such X is held.
  private func directPorts(_ model: StepModel) -> [Int?] {
    var result = [Int?](repeating: nil, count: model.arrivals.count)
    for (index, state) in model.states.enumerated() {
      var value = state.delivered
      while plan.graph[value].opcode == .add {
        let (a, b) = (plan.graph.argument(value, 0), plan.graph.argument(value, 1))
        guard let symbol = plan.graph.symbol(b), plan.graph[b].opcode == .load,
          let port = model.arrivals.firstIndex(of: symbol), result[port] == nil
        else { break }
        result[port] = index
        value = a
      }
      guard plan.graph[value].opcode == .load, plan.graph.symbol(value) == state.integratedSymbol else {
        return [Int?](repeating: nil, count: model.arrivals.count)
      }
    }
    return result.contains(where: { $0 == nil }) ? [Int?](repeating: nil, count: model.arrivals.count) : result
  }

  private mutating func record(_ tick: inout PopulationTick, _ index: Int) {
    let population = network.populations[index]
    for i in tick.final.indices {
      tick.recorded[.state(i)] = tick.final[i]
      tick.recorded[.beforeReset(i)] = tick.delivered[i]
    }
    tick.recorded[.spike] = tick.spike
    tick.recorded[.hazard] = tick.hazard
    if case .graded = tick.model.emission { tick.recorded[.output] = tick.spike }
    var map = driveValues(index, states: tick.carriedSymbols.map { plan.graph.load($0) })
    for (state, value) in zip(population.states, tick.final) { map[state.symbol] = value }
    map[population.flag] = tick.spike
    for (i, binding) in population.lets.enumerated() {
      let value = plan.graph.substitute(binding.value, map)
      tick.recorded[.letBinding(i)] = mode == .soft ? mixed(value) : value
    }
    for (i, drive) in population.drives.enumerated() { tick.recorded[.drive(i)] = map[drive.symbol] }
  }
}
