import SNNIR

extension Planner {
  /// Variables that something other than their own population's kernel reads are kept: for every tick where a
  /// gradient is wanted, else for the present one.
  mutating func keepHistories(_ objective: Objective) {
    var symbols = Set<SymbolID>()
    for reduction in objective.timeReductions {
      let operand = plan.graph.argument(reduction, 0)
      if owner(of: operand) == nil { symbols.formUnion(plan.graph.loadedSymbols([operand])) }
    }
    for (symbol, adjoint) in objective.adjoints {
      guard case .recorded(let population, _) = plan.graph[symbol].kind else { continue }
      if !isLocal(adjoint, to: population) { symbols.formUnion(plan.graph.loadedSymbols([adjoint])) }
    }
    for symbol in symbols.sorted(by: { $0.index < $1.index }) {
      guard case .recorded(let population, let variable) = plan.graph[symbol].kind else { continue }
      scheduler.bound[symbol] = history(Recorded(population: population, variable: variable))
    }
  }

  mutating func history(_ recorded: Recorded) -> BufferID {
    if let buffer = histories[recorded] { return buffer }
    let axes: Axes = request.gradient ? keptAxes : [.sample, .unit]
    let buffer = plan.addBuffer(
      Buffer(
        name: "\(network.populations[recorded.population].name) \(recorded.variable)", axes: axes,
        extent: network.populations[recorded.population].extent, isWide: false))
    histories[recorded] = buffer
    keptBuffers.insert(buffer)
    return buffer
  }

  /// Of what backward sections read of forward ones: every tick, or the present one where they go together.
  var keptAxes: Axes { plan.window == nil ? [.tick, .sample, .unit] : [.sample, .unit] }

  /// The population whose kernel can compute a value of the tick; nil where none can.
  func owner(of value: ValueID) -> Int? {
    var found: Int?
    for symbol in plan.graph.loadedSymbols([value]) {
      guard case .recorded(let population, _) = plan.graph[symbol].kind else { continue }
      if let other = found, other != population { return nil }
      found = population
    }
    guard let found, isLocal(value, to: found), plan.graph[value].domain.axes.contains(.unit) else { return nil }
    return found
  }

  /// A value over recorded variables as it reads inside the kernel of a population. What does not change from tick to
  /// tick (a reduction over time, say) stays as it is.
  mutating func inKernel(_ value: ValueID, of population: Int) -> ValueID {
    var map: [ValueID: ValueID] = [:]
    for symbol in plan.graph.loadedSymbols([value]) {
      guard case .recorded(population, let variable) = plan.graph[symbol].kind else { continue }
      map[plan.graph.load(symbol)] = ticks[population].recorded[variable] ?? plan.graph.const(0)
    }
    return rewrittenInTime([value], map)[0]
  }

  /// `roots` with values of the tick replaced, but not inside what has no time axis.
  mutating func rewrittenInTime(_ roots: [ValueID], _ map: [ValueID: ValueID]) -> [ValueID] {
    plan.graph.rewrite(roots) { graph, value in
      graph[value].domain.axes.contains(.tick) ? map[value] : value
    }
  }

  /// What each population's kernel keeps beside its state: accumulators, histories and records.
  mutating func keptOutputs(_ objective: Objective) -> [[KernelOutput]] {
    var outputs = [[KernelOutput]](repeating: [], count: network.populations.count)
    for reduction in objective.timeReductions where scheduler.accumulators[reduction] == nil {
      let operand = plan.graph.argument(reduction, 0)
      guard let population = owner(of: operand) else { continue }
      let kind = Reduction(aux: plan.graph[reduction].aux).kind
      let accumulator = Accumulator(kind, operand: operand, &plan)
      for (node, buffer) in accumulator.nodes(&plan.graph) { scheduler.accumulators[node] = buffer }
      let value = inKernel(operand, of: population)
      outputs[population] += accumulator.update(operand: value, &plan.graph, bound: &scheduler.bound)
      plan.start += accumulator.initialise(&plan)
    }
    for (recorded, buffer) in histories.sorted(by: { $0.value < $1.value }) {
      let value = ticks[recorded.population].recorded[recorded.variable] ?? plan.graph.const(0)
      outputs[recorded.population].append(KernelOutput(value: value, buffer: buffer))
    }
    for population in network.populations.indices {
      outputs[population] += sentOutputs(population) + carriedOutputs(population)
    }
    for (index, record) in request.records.enumerated() {
      let buffer = plan.addBuffer(
        Buffer(
          name: record.name, axes: [.tick, .sample, .unit], extent: network.populations[record.population].extent,
          isWide: false), binding: .record(index))
      let value = ticks[record.population].recorded[record.variable] ?? plan.graph.const(0)
      outputs[record.population].append(KernelOutput(value: value, buffer: buffer))
    }
    return outputs
  }

  // MARK: - Sections

  mutating func planForward(
    _ order: [[Int]], _ kept: [[KernelOutput]], _ backward: Backward, _ objective: Objective
  ) {
    for (value, buffer) in objective.outputs { scheduler.emit(value, into: buffer, section: .batchEnd, &plan) }
    var start: [PlanStep] = []
    var perTick: [PlanStep] = []
    for group in order {
      for population in group {
        if !isDriven(population) { start += continuousSteps(into: population) + drawSteps(of: population) }
        start += startSteps(population)
      }
      // Round a circle of delay 0 all test before any of its connections delivers.
      for population in group {
        perTick += arrivalSteps(at: population)
        if isLate(population) { perTick += testSteps(of: population) }
      }
      for population in group { perTick += tickSteps(of: population, kept[population]) }
    }
    let rules = planRules(ruleFlows)
    let sections = scheduler.flush(&plan)
    plan.once = (sections[.once] ?? []) + rules.once
    plan.start = (sections[.start] ?? []) + plan.start + start + backward.begin + rules.start
    plan.tick = rules.integrate + perTick + (sections[.tick] ?? []) + rules.learn
    plan.sampleEnd = sections[.sampleEnd] ?? []
    plan.batchEnd = sections[.batchEnd] ?? []
    plan.sampleEndReverse = (backward.zeroed + scheduler.reverseSums).map { .zero($0) }
    plan.reverseTick = backward.transposes + (sections[.reverseTick] ?? []) + backward.populations
    plan.reverseStart = backward.start
    plan.reverseEnd = backward.sums + (sections[.reverseEnd] ?? [])
    plan.onceReverse = sections[.onceReverse] ?? []
  }

  /// Values into the drives of a population, held over the step that its kernel integrates.
  func continuousSteps(into population: Int) -> [PlanStep] {
    continuousInputs.filter { network.connections[$0.connection].target == population }.flatMap { input in
      [
        PlanStep.zero(input.sum),
        .deliverContinuous(
          connection: input.connection, source: input.source,
          tickOffset: sourceOffset(input), into: input.sum),
      ]
    }
  }

  /// The initial value of every state.
  mutating func initialValues(_ population: Int) -> [ValueID] {
    network.populations[population].states.indices.map { index in
      let state = network.populations[population].states[index]
      switch state.initial {
      case .value(let value) where network.populations[population].isRelay: return drawn(value, population)
      case _ where state.isPersistent: return carriedIn(.state(population: population, state: index), population)
      case .value(let value): return value
      case .given(let values) where values.count == 1: return plan.graph.const(values[0])
      case .given, .draw:
        let extent = network.populations[population].extent
        let name = "\(network.populations[population].name).\(network.populations[population].states[index].name)[0]"
        if let known = initialSymbols[name] { return plan.graph.load(known) }
        let symbol = plan.graph.addSymbol(Symbol(name, .temporary, domain: Domain(.unit, extent: extent)))
        initialSymbols[name] = symbol
        scheduler.bound[symbol] = plan.addBuffer(
          Buffer(name: name, axes: .unit, extent: extent, isWide: true),
          binding: .initialState(population: population, state: index))
        return plan.graph.load(symbol)
      }
    }
  }

  /// A first value over the numbers that the population has drawn at tick 0.
  private mutating func drawn(_ value: ValueID, _ population: Int) -> ValueID {
    var map: [SymbolID: ValueID] = [:]
    for (draw, own) in zip(network.populations[population].draws, models[population].draws) {
      map[draw.symbol] = plan.graph.load(own.symbol)
    }
    return plan.graph.substitute(value, map)
  }

  /// What is integrated from tick 0 to tick 1; of driven populations, what tick 1 begins with.
  mutating func firstIntegration(_ population: Int) -> [ValueID] {
    if isDriven(population) { return initialValues(population) }
    return integrate(
      ticks[population], population, present: initialValues(population), flag: firstFlag(population),
      counter: firstCounter(population))
  }

  private mutating func startSteps(_ population: Int) -> [PlanStep] {
    let tick = ticks[population]
    let zero = plan.graph.const(0)
    var outputs = zip(firstIntegration(population), tick.carried).map { KernelOutput(value: $0, buffer: $1) }
    if let flags = tick.flags { outputs.append(KernelOutput(value: firstFlag(population), buffer: flags)) }
    if let counter = tick.counter { outputs.append(KernelOutput(value: firstCounter(population), buffer: counter)) }
    if let above = tick.above, let margin = tick.model.margin {
      var map: [SymbolID: ValueID] = [tick.model.flag: zero]
      for (state, value) in zip(tick.model.states, initialValues(population)) { map[state.deliveredSymbol] = value }
      let value = plan.graph.substitute(margin, map)
      let holds = plan.graph.compare(tick.model.isStrict ? .gt : .ge, value, zero)
      outputs.append(KernelOutput(value: firstAbove(population, plan.graph.number(holds)), buffer: above))
    }
    outputs += firstSentOutputs(population)
    let kernel = scheduler.kernel(
      named: "start \(network.populations[population].name)", axes: [.sample, .unit], extent: tick.extent,
      isWide: false, section: .start, outputs: outputs, &plan)
    return [.kernel(kernel)]
  }

  /// What comes to a population before it is tested.
  private func arrivalSteps(at population: Int) -> [PlanStep] {
    var steps: [PlanStep] = ticks[population].arrivals.compactMap { $0.map { .zero($0) } }
    steps += deliverSteps(to: population, late: false) + continuousSteps(into: population)
    // What a relay has drawn holds for the sample.
    return network.populations[population].isRelay ? steps : steps + drawSteps(of: population)
  }

  private func deliverSteps(to population: Int, late: Bool) -> [PlanStep] {
    let tick = ticks[population]
    return network.connections.indices.compactMap { index in
      let connection = network.connections[index]
      guard connection.target == population, case .spikes(let port) = connection.signal,
        lateConnections.contains(index) == late
      else { return nil }
      let into = tick.directPorts[port].map { tick.carried[$0] } ?? tick.arrivals[port]
      return into.map { deliverStep(index, into: $0) }
    }
  }

  /// The flags of the tick ahead of the rest, for a population on a circle of delay 0: its own kernel finds the same.
  private mutating func testSteps(of population: Int) -> [PlanStep] {
    let tick = ticks[population]
    guard tick.flags != nil else { return [] }
    let name = network.populations[population].name
    let flags = plan.addBuffer(
      Buffer(name: "\(name).spike first", axes: [.sample, .unit], extent: tick.extent, isWide: false))
    let kernel = scheduler.kernel(
      named: name, axes: [.sample, .unit], extent: tick.extent, isWide: false, section: .tick,
      outputs: [KernelOutput(value: tick.spike, buffer: flags)], &plan)
    return [.kernel(kernel), .extract(population: population, flags: flags, isGraded: isGraded(population))]
  }

  private mutating func tickSteps(of population: Int, _ kept: [KernelOutput]) -> [PlanStep] {
    let tick = ticks[population]
    var steps = deliverSteps(to: population, late: true)
    var outputs = zip(tick.integrated, tick.carried).map { KernelOutput(value: $0, buffer: $1) }
    if let flags = tick.flags { outputs.append(KernelOutput(value: tick.spike, buffer: flags)) }
    if let counter = tick.counter, let next = tick.counterNext {
      outputs.append(KernelOutput(value: next, buffer: counter))
    }
    if let above = tick.above, let next = tick.aboveNext { outputs.append(KernelOutput(value: next, buffer: above)) }
    outputs += kept
    let kernel = scheduler.kernel(
      named: network.populations[population].name, axes: [.sample, .unit], extent: tick.extent, isWide: false,
      section: .tick, outputs: outputs, &plan)
    steps.append(.kernel(kernel))
    if let flags = tick.flags, !isLate(population) {
      steps.append(.extract(population: population, flags: flags, isGraded: isGraded(population)))
    }
    return steps
  }
}
