import SNNIR

/// The backward sections while they are made.
struct Backward {
  /// At tick 0, behind the first integration.
  var begin: [PlanStep] = []
  /// Error back through connections of at least one tick, before any population.
  var transposes: [PlanStep] = []
  var populations: [PlanStep] = []
  var start: [PlanStep] = []
  var sums: [PlanStep] = []
  /// Buffers that start from 0.
  var zeroed: [BufferID] = []
}

extension Planner {
  /// Buffers of one population's adjoints.
  struct AdjointBuffers {
    /// By state: adjoint of X integrated to the tick.
    var carried: [BufferID] = []
    var carriedSymbols: [SymbolID] = []
    /// Of the flags: what comes back through connections.
    var spikes: BufferID?
    var spikesSymbol: SymbolID?
    var earlierFlag: BufferID?
    var earlierFlagSymbol: SymbolID?
    /// By port: adjoint of the arrival at the present tick, and of the last ticks where delays ask for them.
    var arrivals: [BufferID?] = []
    var rings: [BufferID?] = []
  }

  /// Populations through which a gradient flows from the loss to something learnable.
  func activePopulations(_ objective: Objective) -> Set<Int> {
    var relevant = Set<Int>()
    for symbol in objective.adjoints.keys {
      if case .recorded(let population, _) = plan.graph[symbol].kind { relevant.insert(population) }
    }
    var needed = Set(network.populations.indices.filter { hasLearnable($0) })
    var changed = true
    while changed {
      changed = false
      for route in routes {
        if relevant.contains(route.target), relevant.insert(route.source).inserted { changed = true }
        if needed.contains(route.source), needed.insert(route.target).inserted { changed = true }
      }
      for input in continuousInputs {
        guard let source = input.sent?.population else { continue }
        let target = network.connections[input.connection].target
        if relevant.contains(target), relevant.insert(source).inserted { changed = true }
        if needed.contains(source), needed.insert(target).inserted { changed = true }
      }
    }
    return relevant.intersection(needed)
  }

  private func hasLearnable(_ population: Int) -> Bool {
    let incoming = network.connections.contains {
      $0.target == population && learnsSynapses($0)
    }
    let tick = ticks[population]
    let values = tick.delivered + tick.final + tick.integrated + [tick.spike]
    return incoming || !learnableLoads(values).isEmpty || !learnableLoads(initialRoots(population)).isEmpty
  }

  /// Whether weights or delays of a connection are learned.
  func learnsSynapses(_ connection: Connection) -> Bool {
    request.learnable.contains(connection.weight)
      || connection.delayParameter.map { request.learnable.contains($0) } ?? false
  }

  private func initialRoots(_ population: Int) -> [ValueID] {
    network.populations[population].states.compactMap { state in
      // What comes from the sample before is a number.
      if !state.isPersistent, case .value(let value) = state.initial { return value }
      return nil
    }
  }

  /// Learnable parameters that `roots` load.
  private func learnableLoads(_ roots: [ValueID]) -> Set<SymbolID> {
    plan.graph.loadedSymbols(roots).filter { symbol in
      if case .parameter(let index) = plan.graph[symbol].kind { return request.learnable.contains(index) }
      return false
    }
  }

  /// The largest values of phase `once` inside `roots` that depend on something learnable.
  func activeOnceValues(_ roots: [ValueID]) -> [ValueID] {
    var result = Set<ValueID>()
    for value in plan.graph.reachable(from: roots) where plan.graph[value].domain.phase != .once {
      for argument in plan.graph.arguments(value) where plan.graph[argument].domain.phase == .once {
        result.insert(argument)
      }
    }
    for root in roots where plan.graph[root].domain.phase == .once { result.insert(root) }
    return result.filter { !learnableLoads([$0]).isEmpty }.sorted()
  }

  // MARK: - The backward pass

  mutating func planBackward(
    _ order: [[Int]], _ objective: Objective, _ kept: inout [[KernelOutput]]
  ) -> Backward {
    var backward = Backward()
    let active = activePopulations(objective)
    var buffers: [Int: AdjointBuffers] = [:]
    for population in order.joined() where active.contains(population) {
      buffers[population] = adjointBuffers(population, active, &backward)
    }
    makeSentAdjoints(active, &backward)
    var driveAdjoints: [SymbolID: BufferID] = [:]
    for input in continuousInputs {
      let connection = network.connections[input.connection]
      guard active.contains(connection.target) else { continue }
      let isSent = input.sent.map { sentAdjoints[$0] != nil } ?? false
      if isSent || request.learnable.contains(connection.weight) {
        driveAdjoints[input.symbol] = driveAdjoint(input, &backward)
      }
    }
    var onceAdjoints: [(value: ValueID, seed: ValueID)] = []
    var written = Set<Int>()
    var sentWritten = Set<BufferID>()
    func transpose(_ input: ContinuousInput, tickOffset: Int) -> PlanStep? {
      guard let sent = input.sent, let into = sentAdjoints[sent]?.buffer, let from = driveAdjoints[input.symbol] else {
        return nil
      }
      return .deliverTransposed(
        connection: input.connection, from: from, tickOffset: tickOffset, into: into,
        accumulates: !sentWritten.insert(into).inserted)
    }
    func transpose(_ route: Route) -> PlanStep? {
      // What arrives beyond the run's end has no adjoint.
      guard route.delay < plan.ticks, let target = buffers[route.target], let into = buffers[route.source]?.spikes
      else { return nil }
      let ring = route.delay > 1 ? target.rings[route.port] : nil
      guard let from = ring ?? target.arrivals[route.port] else { return nil }
      return .deliverTransposed(
        connection: route.connection, from: from, tickOffset: ring == nil ? 0 : route.delay, into: into,
        accumulates: !written.insert(route.source).inserted)
    }
    for route in routes where route.delay > 0 && active.contains(route.source) {
      if let step = transpose(route) { backward.transposes.append(step) }
    }
    let followed = followedInputs(active)
    for input in followed where network.connections[input.connection].delay > 0 {
      let delay = network.connections[input.connection].delay
      if let step = transpose(input, tickOffset: delay) { backward.transposes.append(step) }
    }
    for group in order.reversed() {
      let members = group.reversed().filter { active.contains($0) }
      for population in members {
        for input in followed
        where input.sent?.population == population && network.connections[input.connection].delay == 0 {
          if let step = transpose(input, tickOffset: 0) { backward.populations.append(step) }
        }
        let sent = sentAdjoints.filter { $0.key.population == population }.map(\.value.buffer).sorted()
        backward.start += sent.map { .zero($0) }
        for input in followed where input.sent?.population == population {
          // What was sent at tick 0 or stands for what was sent before acts on the first steps, as many as the delay.
          for tick in 1..<(network.connections[input.connection].delay + 1) {
            if let step = transpose(input, tickOffset: tick) { backward.start.append(step) }
          }
        }
      }
      let made = members.map { reverseKernel($0, buffers[$0]!, objective, driveAdjoints, &kept, &backward) }
      backward.populations += made.compactMap { $0.late.map { .kernel($0) } }
      for population in members {
        for route in routes where route.source == population && route.delay == 0 {
          if let step = transpose(route) { backward.populations.append(step) }
        }
      }
      for (population, made) in zip(members, made) {
        backward.populations.append(.kernel(made.kernel))
        backward.populations += outerSteps(population, buffers[population]!, made.driveAdjoints)
        onceAdjoints += made.onceAdjoints
      }
    }
    planParameterGradients(onceAdjoints, objective)
    return backward
  }

  private mutating func adjointBuffers(
    _ population: Int, _ active: Set<Int>, _ backward: inout Backward
  ) -> AdjointBuffers {
    var result = AdjointBuffers()
    let tick = ticks[population]
    let name = network.populations[population].name
    let domain = Domain([.sample, .unit, .tick], extent: tick.extent, phase: .reverseTick)
    func make(_ label: String, _ lifetime: Buffer.Lifetime, _ backward: inout Backward) -> (SymbolID, BufferID) {
      let buffer = plan.addBuffer(
        Buffer(name: label, axes: [.sample, .unit], extent: tick.extent, isWide: false, lifetime: lifetime))
      let symbol = plan.graph.addSymbol(Symbol(label, .temporary, domain: domain))
      scheduler.bound[symbol] = buffer
      backward.zeroed.append(buffer)
      return (symbol, buffer)
    }
    for state in tick.model.states {
      let (symbol, buffer) = make("λ \(name).\(state.name)", .chunk, &backward)
      result.carriedSymbols.append(symbol)
      result.carried.append(buffer)
    }
    let feedsActive = routes.contains { $0.source == population && active.contains($0.target) }
    if feedsActive, tick.flags != nil {
      (result.spikesSymbol, result.spikes) = make("λ \(name).spike", .chunk, &backward) as (SymbolID?, BufferID?)
    }
    if tick.earlierFlag != nil {
      let made = make("λ \(name).earlier spike", .chunk, &backward)
      (result.earlierFlagSymbol, result.earlierFlag) = made as (SymbolID?, BufferID?)
    }
    for port in tick.model.arrivals.indices {
      if let state = tick.directPorts[port] {
        result.arrivals.append(result.carried[state])
      } else {
        result.arrivals.append(make("λ \(name) port \(port)", .chunk, &backward).1)
      }
      let longest =
        routes.filter { $0.target == population && $0.port == port && active.contains($0.source) }.map(\.delay)
        .max() ?? 0
      result.rings.append(
        longest > 1 ? make("λ \(name) port \(port) ring", .ring(length: longest + 1), &backward).1 : nil)
    }
    return result
  }

  private struct ReverseKernel {
    /// On a circle of delay 0: the adjoints of what arrives there, which the errors of its spikes are made of.
    var late: Kernel?
    var kernel: Kernel
    var onceAdjoints: [(value: ValueID, seed: ValueID)]
    var driveAdjoints: [SymbolID: BufferID]
  }

  /// The vector-Jacobian kernel of a population's tick, with what it needs of forward time added to `kept`.
  private mutating func reverseKernel(
    _ population: Int, _ buffers: AdjointBuffers, _ objective: Objective, _ wanted: [SymbolID: BufferID],
    _ kept: inout [[KernelOutput]], _ backward: inout Backward
  ) -> ReverseKernel {
    let tick = ticks[population]
    let seeds = seeds(population, buffers, objective)
    if !rule.followsTime { return presentKernel(population, buffers, seeds, &kept) }
    let once = activeOnceValues(seeds.map(\.value))
    let learnedDrives = continuousInputs.filter {
      network.connections[$0.connection].target == population && wanted[$0.symbol] != nil
    }
    let carried = tick.carriedSymbols.map { plan.graph.load($0) }
    let arrivals = tick.arrivalSymbols.map { symbol in symbol.map { plan.graph.load($0) } }
    let earlier = tick.earlierFlag.map { plan.graph.load($0) }
    let drives = learnedDrives.map { plan.graph.load($0.symbol) }
    let targets = Set(carried + arrivals.compactMap { $0 } + [earlier].compactMap { $0 } + once + drives)
    let adjoints = plan.graph.adjoints(of: seeds, with: targets, unreduced: targets, context)
    let zero = plan.graph.const(0)

    var outputs: [KernelOutput] = []
    for (value, buffer) in zip(carried, buffers.carried) {
      outputs.append(KernelOutput(value: adjoints[value] ?? zero, buffer: buffer))
    }
    for port in arrivals.indices {
      let value = arrivals[port] ?? tick.directPorts[port].map { carried[$0] }
      let adjoint = value.flatMap { adjoints[$0] } ?? zero
      if arrivals[port] != nil, let buffer = buffers.arrivals[port] {
        outputs.append(KernelOutput(value: adjoint, buffer: buffer))
      }
      if let ring = buffers.rings[port] { outputs.append(KernelOutput(value: adjoint, buffer: ring)) }
    }
    if let earlier, let buffer = buffers.earlierFlag {
      outputs.append(KernelOutput(value: adjoints[earlier] ?? zero, buffer: buffer))
    }
    var driveAdjoints: [SymbolID: BufferID] = [:]
    for (input, value) in zip(learnedDrives, drives) {
      guard let buffer = wanted[input.symbol] else { continue }
      driveAdjoints[input.symbol] = buffer
      outputs.append(KernelOutput(value: adjoints[value] ?? zero, buffer: buffer))
    }
    var onceAdjoints: [(value: ValueID, seed: ValueID)] = []
    for value in once {
      guard let adjoint = adjoints[value] else { continue }
      let (buffer, seed) = onceSum(value, tick.extent, &backward)
      outputs.append(KernelOutput(value: adjoint, buffer: buffer, accumulates: true))
      onceAdjoints.append((value, seed))
    }
    keep(population, &outputs, &kept)
    func kernel(_ outputs: [KernelOutput]) -> Kernel {
      scheduler.kernel(
        named: "λ " + network.populations[population].name, axes: [.sample, .unit], extent: tick.extent, isWide: false,
        section: .reverseTick, outputs: outputs, &plan)
    }
    let late = latePorts(of: population).compactMap { buffers.arrivals[$0] }
    let first = late.isEmpty ? nil : kernel(outputs.filter { late.contains($0.buffer) })
    let whole = kernel(outputs)
    onceAdjoints += reverseStart(population, buffers, driveAdjoints, &backward)
    return ReverseKernel(late: first, kernel: whole, onceAdjoints: onceAdjoints, driveAdjoints: driveAdjoints)
  }

  /// Without time: the adjoint of an arrival is the error of the neuron's spikes times the surrogate at the state that
  /// the arrival is added to; of a neuron that never spikes, what the loss says of it.
  private mutating func presentKernel(
    _ population: Int, _ buffers: AdjointBuffers, _ seeds: [(value: ValueID, seed: ValueID)],
    _ kept: inout [[KernelOutput]]
  ) -> ReverseKernel {
    let tick = ticks[population]
    let zero = plan.graph.const(0)
    let error = seeds.dropFirst(tick.integrated.count).filter { tick.margin == nil || $0.value == tick.spike }
      .reduce(zero) { plan.graph.add($0, $1.seed) }
    var outputs: [KernelOutput] = []
    for port in tick.model.arrivals.indices {
      let arrival = tick.arrivalSymbols[port]
      let state =
        tick.directPorts[port]
        ?? tick.delivered.indices.first { index in
          arrival.map { plan.graph.loadedSymbols([tick.delivered[index]]).contains($0) } ?? false
        }
      guard let state, let buffer = buffers.arrivals[port] else { continue }
      var adjoint = error
      if network.populations[population].isRelay { adjoint = relayed(error, tick) }
      if tick.margin != nil {
        let surrogate = context.surrogates[population]
        let h = SurrogateTable.derivative(surrogate, at: tick.delivered[state], in: &plan.graph)
        adjoint = plan.graph.mul(error, h)
        if plan.graph[tick.spike].opcode == .spike {
          let enable = plan.graph.argument(tick.spike, 1)
          if plan.graph.constant(enable) == nil { adjoint = plan.graph.select(enable, adjoint, zero) }
        }
      }
      outputs.append(KernelOutput(value: adjoint, buffer: buffer))
      if let ring = buffers.rings[port] { outputs.append(KernelOutput(value: adjoint, buffer: ring)) }
    }
    keep(population, &outputs, &kept)
    let kernel = scheduler.kernel(
      named: "λ " + network.populations[population].name, axes: [.sample, .unit], extent: tick.extent, isWide: false,
      section: .reverseTick, outputs: outputs, &plan)
    return ReverseKernel(kernel: kernel, onceAdjoints: [], driveAdjoints: [:])
  }

  /// The error of what a relay takes in, from that of what it sends.
  private mutating func relayed(_ error: ValueID, _ tick: PopulationTick) -> ValueID {
    let sum = tick.delivered[0]
    let adjoints = plan.graph.adjoints(of: [(tick.spike, error)], with: [sum], unreduced: [sum], context)
    return adjoints[sum] ?? plan.graph.const(0)
  }

  /// What is known of the adjoints of the tick's values before the kernel runs.
  mutating func seeds(
    _ population: Int, _ buffers: AdjointBuffers, _ objective: Objective
  ) -> [(value: ValueID, seed: ValueID)] {
    let tick = ticks[population]
    var seeds = zip(tick.integrated, buffers.carriedSymbols).map { ($0, plan.graph.load($1)) }
    if let symbol = buffers.spikesSymbol { seeds.append((tick.spike, plan.graph.load(symbol))) }
    if let symbol = buffers.earlierFlagSymbol { seeds.append((tick.spike, plan.graph.load(symbol))) }
    for (sent, adjoint) in sentAdjoints.sorted(by: { $0.value.buffer < $1.value.buffer })
    where sent.population == population {
      if let value = tick.recorded[sent.variable] { seeds.append((value, plan.graph.load(adjoint.symbol))) }
    }
    for (symbol, adjoint) in objective.adjoints.sorted(by: { $0.key.index < $1.key.index }) {
      guard case .recorded(population, let variable) = plan.graph[symbol].kind, let value = tick.recorded[variable]
      else { continue }
      if isLocal(adjoint, to: population) {
        seeds.append((value, inKernel(adjoint, of: population)))
      } else {
        let buffer = scheduler.materialise(adjoint, in: .reverseTick, &plan)
        let domain = Domain([.sample, .unit, .tick], extent: tick.extent, phase: .reverseTick)
        let seed = plan.graph.addSymbol(Symbol("λ " + plan.graph[symbol].name, .temporary, domain: domain))
        scheduler.bound[seed] = buffer
        seeds.append((value, plan.graph.load(seed)))
      }
    }
    return seeds
  }

  /// Chooses what of the forward tick is kept, and makes the outputs read that.
  mutating func keep(_ population: Int, _ outputs: inout [KernelOutput], _ kept: inout [[KernelOutput]]) {
    let graph = plan.graph
    // What does not vary by unit is made of data and the tick, and computed again.
    func isForward(_ value: ValueID) -> Bool {
      let domain = graph[value].domain
      return domain.phase == .tick && domain.axes.isSuperset(of: [.sample, .unit])
    }
    let bound = scheduler.bound
    let buffers = plan.buffers
    let known = keptBuffers
    func isFree(_ value: ValueID) -> Bool {
      guard isForward(value) else { return true }
      guard graph[value].opcode == .load, let buffer = bound[SymbolID(Int(graph[value].aux))] else { return false }
      return buffers[Int(buffer.index)].axes.contains(.tick) || known.contains(buffer)
    }
    var needed = Set<ValueID>()
    let inTime = graph.reachable(from: outputs.map(\.value)) { !graph[$0].domain.axes.contains(.tick) }
    for value in inTime where graph[value].domain.axes.contains(.tick) && !isForward(value) {
      needed.formUnion(graph.arguments(value).filter(isForward))
    }
    needed.formUnion(outputs.map(\.value).filter(isForward))
    let cut = MinimalCut.of(
      needed: needed.sorted(), in: graph, isFree: isFree, cost: { graph[$0].isBoolean ? 1000 : 1 })
    var map: [ValueID: ValueID] = [:]
    let tick = ticks[population]
    for value in cut {
      let name = "kept \(network.populations[population].name) \(value.index)"
      let buffer = plan.addBuffer(
        Buffer(name: name, axes: keptAxes, extent: tick.extent, isWide: false))
      keptBuffers.insert(buffer)
      let symbol = plan.graph.addSymbol(Symbol(name, .temporary, domain: graph[value].domain))
      scheduler.bound[symbol] = buffer
      map[value] = plan.graph.load(symbol)
      kept[population].append(KernelOutput(value: value, buffer: buffer))
    }
    let values = rewrittenInTime(outputs.map(\.value), map)
    for index in outputs.indices { outputs[index].value = values[index] }
  }

  /// A sum over lanes and ticks of the adjoint of a `once` value, and the symbol of its total.
  mutating func onceSum(
    _ value: ValueID, _ extent: ExtentID, _ backward: inout Backward
  ) -> (BufferID, ValueID) {
    let hasUnits = plan.graph[value].domain.axes.contains(.unit)
    let lanes = plan.addBuffer(
      Buffer(name: "λ v\(value.index)", axes: [.sample, .unit], extent: extent, isWide: true))
    let total = plan.addBuffer(
      Buffer(
        name: "Σλ v\(value.index)", axes: hasUnits ? .unit : [], extent: hasUnits ? extent : nil, isWide: true))
    backward.zeroed.append(lanes)
    var source = lanes
    if !hasUnits {
      source = plan.addBuffer(Buffer(name: "Σλ v\(value.index) by sample", axes: .sample, extent: nil, isWide: true))
      let reduction = Reduction(.sum, over: .unit)
      backward.sums.append(.reduce(reduction, source: lanes, destination: source, accumulates: false))
    }
    let reduction = Reduction(.sum, over: .sample)
    backward.sums.append(.reduce(reduction, source: source, destination: total, accumulates: false))
    plan.chunkSums.append(total)
    let domain = Domain(hasUnits ? .unit : [], extent: hasUnits ? extent : nil, phase: .reverseEnd)
    let symbol = plan.graph.addSymbol(Symbol("λ v\(value.index)", .temporary, domain: domain))
    scheduler.bound[symbol] = total
    return (lanes, plan.graph.load(symbol))
  }

  /// The first integration, backward: adjoints of parameters, of initial values and of what drives brought.
  private mutating func reverseStart(
    _ population: Int, _ buffers: AdjointBuffers, _ driveAdjoints: [SymbolID: BufferID], _ backward: inout Backward
  ) -> [(value: ValueID, seed: ValueID)] {
    let tick = ticks[population]
    let values = firstIntegration(population)
    var seeds = zip(values, buffers.carriedSymbols).map { ($0, plan.graph.load($1)) }
    for (sent, adjoint) in sentAdjoints.sorted(by: { $0.value.buffer < $1.value.buffer })
    where sent.population == population {
      seeds.append((initialValue(sent), plan.graph.load(adjoint.symbol)))
    }
    let once = activeOnceValues(seeds.map(\.0))
    let drives = isDriven(population) ? [] : driveAdjoints.sorted { $0.key.index < $1.key.index }
    guard !once.isEmpty || !drives.isEmpty else { return [] }
    let targets = Set(once + drives.map { plan.graph.load($0.key) })
    let adjoints = plan.graph.adjoints(of: seeds, with: targets, unreduced: targets, context)
    var outputs: [KernelOutput] = []
    for (symbol, buffer) in drives {
      let adjoint = adjoints[plan.graph.load(symbol)] ?? plan.graph.const(0)
      outputs.append(KernelOutput(value: adjoint, buffer: buffer))
    }
    var result: [(ValueID, ValueID)] = []
    for value in once {
      guard let adjoint = adjoints[value] else { continue }
      let (buffer, seed) = onceSum(value, tick.extent, &backward)
      outputs.append(KernelOutput(value: adjoint, buffer: buffer, accumulates: true))
      result.append((value, seed))
    }
    let kernel = scheduler.kernel(
      named: "λ start " + network.populations[population].name, axes: [.sample, .unit], extent: tick.extent,
      isWide: false, section: .reverseTick, outputs: outputs, &plan)
    if !isDriven(population) { backward.start += continuousSteps(into: population) + drawSteps(of: population) }
    backward.start.append(.kernel(kernel))
    if !isDriven(population) { backward.start += continuousOuterSteps(population, driveAdjoints) }
    return result
  }

  /// Weight gradients of the connections into a population.
  private func outerSteps(
    _ population: Int, _ buffers: AdjointBuffers, _ driveAdjoints: [SymbolID: BufferID]
  ) -> [PlanStep] {
    var steps: [PlanStep] = []
    for (index, connection) in network.connections.enumerated()
    where connection.target == population && learnsSynapses(connection) {
      if case .spikes(let port) = connection.signal, let adjoint = buffers.arrivals[port] {
        steps.append(.outer(connection: index, delay: connection.delay, adjoint: adjoint))
      }
    }
    return steps + continuousOuterSteps(population, driveAdjoints)
  }

  private func continuousOuterSteps(_ population: Int, _ driveAdjoints: [SymbolID: BufferID]) -> [PlanStep] {
    continuousInputs.compactMap { input in
      let connection = network.connections[input.connection]
      guard connection.target == population, request.learnable.contains(connection.weight),
        let adjoint = driveAdjoints[input.symbol]
      else { return nil }
      return .outerContinuous(
        connection: input.connection, source: input.source, tickOffset: sourceOffset(input), adjoint: adjoint)
    }
  }

  /// From adjoints of `once` values to gradients of parameters.
  mutating func planParameterGradients(
    _ onceAdjoints: [(value: ValueID, seed: ValueID)], _ objective: Objective
  ) {
    var loads: [Int: ValueID] = [:]
    for index in request.learnable { loads[index] = plan.graph.load(network.parameters[index].symbol) }
    let adjoints = plan.graph.adjoints(of: onceAdjoints, with: Set(loads.values), context)
    for index in request.learnable.sorted() {
      let parameter = network.parameters[index]
      var gradient = adjoints[loads[index]!]
      if let direct = objective.parameterAdjoints[index] {
        gradient = gradient.map { plan.graph.add($0, direct) } ?? direct
      }
      let isWeight = if case .synapses = parameter.shape { true } else { false }
      // The runtime gathers weights' gradients itself; a buffer is needed only for what the loss says of them.
      if isWeight, gradient == nil { continue }
      let source = plan[scheduler.bound[parameter.symbol]!]
      let buffer = plan.addBuffer(
        Buffer(name: "∂/∂" + parameter.name, axes: source.axes, extent: source.extent, isWide: true),
        binding: .gradient(index))
      scheduler.emit(gradient ?? plan.graph.const(0), into: buffer, section: .onceReverse, &plan)
    }
  }
}
