import SNNIR

/// The influences of one set of parameters on one population: a trace for every state that it reaches.
struct InfluenceBlock {
  /// How much a trace needs.
  enum Shape {
    /// One number per source: what all synapses of a source have in common (sets of synapses).
    case sources
    /// One per parameter, for the unit that it belongs to.
    case own
    /// One per parameter for every unit.
    case full
  }
  var shape: Shape
  var states: [BufferID?]
  var earlierFlag: BufferID?
  /// By port that is not direct and into which anything leads.
  var arrivals: [Int: BufferID] = [:]
  var drive: BufferID?
  /// Of the flags, for the ticks that connections ask for.
  var spikes: BufferID?
  /// States whose trace is a filter of what the source sends.
  var filters: Set<Int> = []
}

/// What influences a population has of a set, before there are buffers for them.
struct InfluenceReach: Equatable {
  var states: Set<Int> = []
  var ports: Set<Int> = []
  var flag = false
}

/// Of the loss's derivatives by a source in a population behind connections, brought back to where the spikes came from.
struct LearningSignal: Hashable {
  var population: Int
  var way: Way
  var source: LocalDerivatives.Source

  /// Where the spikes of a population go, and when they are there.
  struct Way: Hashable {
    var target: Int
    var port: Int
    var delay: Int
  }
}

extension InfluenceTerm.Coefficient {
  /// The same for all units.
  var isShared: Bool { if case .buffer = self { false } else { true } }
}

extension Planner {
  /// What is reached by influences that come in by some ports, by a drive, or by numbers of the units.
  func reach(
    _ population: Int, _ local: LocalDerivatives, ports: Set<Int>, direct: DirectDerivatives?,
    starts: [InfluenceTerm.Coefficient?] = []
  ) -> InfluenceReach {
    let tick = ticks[population]
    var result = InfluenceReach()
    for port in ports { if let state = tick.directPorts[port] { result.states.insert(state) } }
    result.ports = ports.filter { tick.directPorts[$0] == nil }
    for (state, coefficient) in starts.enumerated() where coefficient != nil { result.states.insert(state) }
    if let direct {
      for (state, coefficient) in direct.states.enumerated() where coefficient != nil { result.states.insert(state) }
      if direct.spike != nil { result.flag = true }
    }
    while true {
      let before = result
      for (state, row) in local.states.enumerated() where row.contains(where: { result.has($0.0) }) {
        result.states.insert(state)
      }
      if local.spike.contains(where: { result.has($0.0) }) { result.flag = true }
      if result == before { return result }
    }
  }

  /// States whose traces are the same for all synapses of a source: their rows of derivatives are the same for all units
  /// and lead to such states only.
  func filters(_ population: Int, _ local: LocalDerivatives, _ reach: InfluenceReach) -> Set<Int> {
    var result = reach.states
    while true {
      let kept = result.filter { state in
        local.states[state].allSatisfy { source, coefficient in
          guard reach.has(source) else { return true }
          switch source {
          case .state(let other): return coefficient.isShared && result.contains(other)
          case .arrival: return coefficient.isShared
          case .earlierFlag: return false
          }
        }
      }
      if kept == result { return result }
      result = kept
    }
  }

  /// Populations that a population's spikes come to on the rule's routes; itself only around a loop.
  func reached(from population: Int, _ active: Set<Int>) -> Set<Int> {
    var result = Set<Int>()
    var stack = [population]
    while let next = stack.popLast() {
      for route in routes where route.source == next && active.contains(route.target) {
        if result.insert(route.target).inserted { stack.append(route.target) }
      }
    }
    return result
  }

  /// Whether what spikes bring to a population is filtered there alike for all of its units and goes no further: the
  /// weights of the connection can then stand before the filter, and the error come back through them.
  func isFilter(_ population: Int, _ local: LocalDerivatives, ports: Set<Int>, _ active: Set<Int>) -> Bool {
    guard reached(from: population, active).isEmpty else { return false }
    let reach = reach(population, local, ports: ports, direct: nil)
    return filters(population, local, reach) == reach.states
  }

  /// Whether a trace of a source can stand for those of its synapses.
  private func hasSharedSources(_ set: LearnedSet) -> Bool {
    guard case .spikes(let index) = set.kind else { return false }
    guard let sparsity = network.connections[index].sparsity else { return true }
    return !sparsity.hasOwnDelays && sparsity.convolution == nil
  }

  // MARK: - One set of parameters

  mutating func plan(
    _ set: LearnedSet, _ order: [[Int]], _ active: Set<Int>, _ local: [Int: LocalDerivatives],
    _ starts: [ValueID: [InfluenceTerm.Coefficient?]], _ signals: inout [LearningSignal: BufferID],
    _ backward: inout Backward
  ) {
    let own = set.population
    let reached = reached(from: own, active)
    let members = order.joined().filter { $0 == own || reached.contains($0) }
    let ways = reached.contains(own) ? [] : filteredWays(own, members, local, active)
    let carried = members.filter { member in !ways.contains { $0.target == member } }
    var blocks: [Int: InfluenceBlock] = [:]
    var first: [InfluenceTerm.Coefficient?] = []
    switch set.kind {
    case .spikes: break
    case .once(let value): first = starts[value] ?? []
    case .drive(let input): first = starts[plan.graph.load(continuousInputs[input].symbol)] ?? []
    }
    // What is sent now and is there at the next tick need not be kept: it goes straight into the filters.
    var isDirect = carried == [own] && !reached.contains(own) && ways.allSatisfy { $0.delay == 1 }
    if case .once = set.kind { isDirect = false }
    for population in carried {
      let isFull = population != own || reached.contains(population)
      blocks[population] = block(
        set, population, isFull, members, carried, isDirect, local[population]!, first)
    }
    begin(set, blocks[own]!, first, &backward)
    for group in order {
      let own = group.filter { carried.contains($0) }.map { population in
        (population, step(set, population, blocks, carried, local[population]!))
      }
      // Round a circle of delay 0 the influence on all flags is known before any of them is spread.
      let isCircle = group.contains { isLate($0) }
      if isCircle { for (_, steps) in own { backward.populations += steps.before + steps.spikes } }
      for (population, steps) in own {
        var steps = steps
        if isCircle { (steps.before, steps.spikes) = ([], []) }
        steps.traces += steps.spikes
        if population == set.population, isDirect || blocks[population]!.spikes != nil {
          for way in ways {
            let more = step(set, way, blocks[population]!.spikes, steps.spike, local[way.target]!, &signals)
            steps.before += more.before
            steps.traces += more.traces
            steps.rows += more.rows
          }
        }
        if !steps.rows.isEmpty { steps.traces.append(.influence(.combine(steps.rows))) }
        backward.populations += steps.before + steps.late + steps.traces + steps.after
      }
    }
  }

  /// A tick of influences in parts: the steps on traces of synapses are together, for whoever runs them.
  private struct TraceSteps {
    var before: [PlanStep] = []
    /// What comes in on a circle of delay 0.
    var late: [PlanStep] = []
    var traces: [PlanStep] = []
    /// The influence on the flags, kept.
    var spikes: [PlanStep] = []
    /// Of one combination, behind those.
    var rows: [InfluenceRow] = []
    var after: [PlanStep] = []
    /// Of the influence on the flags.
    var spike: [InfluenceTerm] = []
  }

  /// Ways out of a population to others that only filter what comes, and that it alone leads to.
  private func filteredWays(
    _ own: Int, _ members: [Int], _ local: [Int: LocalDerivatives], _ active: Set<Int>
  ) -> [LearningSignal.Way] {
    var result: [LearningSignal.Way] = []
    for target in members where target != own {
      let into = routes.filter { $0.target == target && members.contains($0.source) }
      guard
        into.allSatisfy({
          $0.source == own && plan.connections[$0.connection].sparsity?.hasOwnDelays != true
        }), isFilter(target, local[target]!, ports: Set(into.map(\.port)), active)
      else { continue }
      for route in into {
        let way = LearningSignal.Way(target: target, port: route.port, delay: route.delay)
        if !result.contains(way) { result.append(way) }
      }
    }
    return result
  }

  private mutating func trace(
    _ name: String, _ set: LearnedSet, _ shape: InfluenceBlock.Shape, of population: Int,
    _ lifetime: Buffer.Lifetime = .chunk
  ) -> BufferID {
    var parameters = set.set
    if shape == .sources, case .synapses(let connection) = parameters { parameters = .sources(connection: connection) }
    return plan.addBuffer(
      Buffer(
        name: "∂\(name)/∂\(describe(set))", axes: shape == .full ? [.sample, .unit] : .sample,
        extent: shape == .full ? ticks[population].extent : nil, isWide: false, lifetime: lifetime,
        influence: parameters))
  }

  private mutating func block(
    _ set: LearnedSet, _ population: Int, _ isFull: Bool, _ members: [Int], _ carried: [Int], _ isDirect: Bool,
    _ local: LocalDerivatives, _ starts: [InfluenceTerm.Coefficient?]
  ) -> InfluenceBlock {
    let tick = ticks[population]
    let name = network.populations[population].name
    var result = InfluenceBlock(
      shape: isFull ? .full : .own, states: Array(repeating: nil, count: tick.model.states.count))
    var ports = Set(routes.filter { $0.target == population && carried.contains($0.source) }.map(\.port))
    var direct: DirectDerivatives?
    if population == set.population {
      switch set.kind {
      case .spikes(let index):
        if case .spikes(let port) = network.connections[index].signal { ports.insert(port) }
      case .drive(let input):
        direct = local.drives[input]
        result.drive = trace("\(name).drive", set, result.shape, of: population)
      case .once(let value): direct = local.once[value]
      }
    }
    let reach = reach(
      population, local, ports: ports, direct: direct, starts: population == set.population ? starts : [])
    let isShared = !isFull && hasSharedSources(set)
    if isShared { result.filters = filters(population, local, reach) }
    for state in reach.states.sorted() {
      let shape = result.filters.contains(state) ? InfluenceBlock.Shape.sources : result.shape
      result.states[state] = trace("\(name).\(tick.model.states[state].name)", set, shape, of: population)
    }
    for port in reach.ports.sorted() {
      let shape = isShared ? InfluenceBlock.Shape.sources : result.shape
      result.arrivals[port] = trace(
        "\(name).\(network.populations[population].ports[port].name)", set, shape, of: population)
    }
    guard reach.flag else { return result }
    if tick.earlierFlag != nil {
      result.earlierFlag = trace("\(name).earlier spike", set, result.shape, of: population)
    }
    let delays = routes.filter { $0.source == population && members.contains($0.target) }.map(\.delay)
    if let longest = delays.max(), !isDirect {
      result.spikes = trace("\(name).spike", set, result.shape, of: population, .ring(length: longest + 1))
    }
    return result
  }

  private func describe(_ set: LearnedSet) -> String {
    switch set.kind {
    case .spikes(let index): network.connections[index].name
    case .drive(let input): network.connections[continuousInputs[input].connection].name
    case .once(let value): "v\(value.index)"
    }
  }

  /// What the first integration has of the set.
  private mutating func begin(
    _ set: LearnedSet, _ block: InfluenceBlock, _ starts: [InfluenceTerm.Coefficient?], _ backward: inout Backward
  ) {
    switch set.kind {
    case .spikes: return
    case .once:
      for (destination, coefficient) in zip(block.states, starts) {
        guard let destination else { continue }
        if let step = direct(coefficient, set, into: destination) { backward.begin.append(step) }
      }
    case .drive(let input):
      guard let drive = block.drive else { return }
      let rows = zip(block.states, starts).compactMap { destination, coefficient -> InfluenceRow? in
        guard let destination, let coefficient else { return nil }
        return InfluenceRow(destination, [InfluenceTerm(coefficient, drive)])
      }
      guard !rows.isEmpty else { return }
      backward.begin += [signal(input, into: drive), .influence(.combine(rows))]
    }
  }

  private func signal(_ input: Int, into drive: BufferID) -> PlanStep {
    let found = continuousInputs[input]
    return .influence(
      .signal(connection: found.connection, source: found.source, tickOffset: sourceOffset(found), into: drive))
  }

  /// Adds a number per unit to the influences of the units themselves.
  private mutating func direct(
    _ coefficient: InfluenceTerm.Coefficient?, _ set: LearnedSet, into: BufferID
  ) -> PlanStep? {
    guard let coefficient else { return nil }
    return .influence(.values(values(of: coefficient, set.population), into: into))
  }

  /// A coefficient as a number per sample and unit; one that is a plain number has a buffer that is filled once.
  private mutating func values(of coefficient: InfluenceTerm.Coefficient, _ population: Int) -> BufferID {
    switch coefficient {
    case .buffer(let buffer), .shared(let buffer): return buffer
    case .number(let number):
      let extent = network.populations[population].extent
      let buffer = plan.addBuffer(
        Buffer(name: "\(number)", axes: [.sample, .unit], extent: extent, isWide: false))
      plan.start.append(
        .kernel(
          Kernel(
            name: "number", axes: [.sample, .unit], extent: extent, isWide: false, inputs: [],
            outputs: [KernelOutput(value: plan.graph.const(number), buffer: buffer)])))
      return buffer
    }
  }

  // MARK: - One tick

  private func terms(
    _ found: [(LocalDerivatives.Source, InfluenceTerm.Coefficient)], _ block: InfluenceBlock
  ) -> [InfluenceTerm] {
    found.compactMap { source, coefficient in block[source].map { InfluenceTerm(coefficient, $0) } }
  }

  /// One tick of the influence on one population, its sources in the order of the step being done.
  private mutating func step(
    _ set: LearnedSet, _ population: Int, _ blocks: [Int: InfluenceBlock], _ members: [Int],
    _ local: LocalDerivatives
  ) -> TraceSteps {
    var result = TraceSteps()
    let block = blocks[population]!
    let isOwn = population == set.population
    var steps: [PlanStep] = block.arrivals.sorted { $0.key < $1.key }.map { .zero($0.value) }
    func entry(_ port: Int) -> BufferID? {
      ticks[population].directPorts[port].map { block.states[$0] } ?? block.arrivals[port]
    }
    if isOwn, case .spikes(let index) = set.kind, case .spikes(let port) = network.connections[index].signal,
      let into = entry(port)
    {
      steps.append(.influence(.spikes(connection: index, delay: network.connections[index].delay, into: into)))
    }
    for route in routes where route.target == population && members.contains(route.source) {
      guard let from = blocks[route.source]?.spikes, let into = entry(route.port) else { continue }
      let spread = PlanStep.influence(
        .spread(connection: route.connection, from: from, tickOffset: -route.delay, into: into))
      if route.delay == 0, latePorts(of: population).contains(route.port), isLate(route.source) {
        result.late.append(spread)
      } else {
        steps.append(spread)
      }
    }
    var direct: DirectDerivatives?
    if isOwn, case .drive(let input) = set.kind, let drive = block.drive {
      steps += [.zero(drive), signal(input, into: drive)]
      direct = local.drives[input]
    }
    func ofDrive(_ coefficient: InfluenceTerm.Coefficient?) -> [InfluenceTerm] {
      guard let coefficient, let drive = block.drive else { return [] }
      return [InfluenceTerm(coefficient, drive)]
    }
    let loss = terms(local.loss, block) + ofDrive(direct?.loss)
    result.before = steps
    if !loss.isEmpty { result.traces.append(.influence(.collect(loss, set: set.set, into: set.sum))) }
    var rows: [InfluenceRow] = []
    var filters: [InfluenceRow] = []
    for (state, destination) in block.states.enumerated() {
      guard let destination else { continue }
      let row = InfluenceRow(destination, terms(local.states[state], block) + ofDrive(direct?.states[state]))
      if block.filters.contains(state) { filters.append(row) } else { rows.append(row) }
    }
    result.spike = terms(local.spike, block) + ofDrive(direct?.spike)
    if let flag = block.earlierFlag { rows.append(InfluenceRow(flag, result.spike)) }
    // Kept for later, and for a delay of 0.
    if let spikes = block.spikes {
      result.spikes.append(.influence(.combine([InfluenceRow(spikes, result.spike)])))
    }
    result.rows = rows
    // Filters read filters only; the rest reads both as they were.
    if !filters.isEmpty { result.after.append(.influence(.combine(filters))) }
    if isOwn, case .once(let value) = set.kind, let own = local.once[value] {
      for (destination, coefficient) in zip(block.states, own.states) {
        guard let destination else { continue }
        if let step = self.direct(coefficient, set, into: destination) { result.after.append(step) }
      }
      if let flags = block.spikes, let step = self.direct(own.spike, set, into: flags) { result.spikes.append(step) }
      if let flag = block.earlierFlag, let step = self.direct(own.spike, set, into: flag) { result.after.append(step) }
      // What the loss reads of the number itself.
      if let coefficient = own.loss, let sum = set.sum { result.after.append(lossStep(coefficient, population, sum)) }
    }
    return result
  }

  /// One tick of what another population's filter makes of the influence on the flags (`flags`, or where they are not
  /// kept their terms), times the learning signal.
  private mutating func step(
    _ set: LearnedSet, _ way: LearningSignal.Way, _ flags: BufferID?, _ spike: [InfluenceTerm],
    _ local: LocalDerivatives, _ signals: inout [LearningSignal: BufferID]
  ) -> TraceSteps {
    var result = TraceSteps()
    let tick = ticks[way.target]
    let name = network.populations[way.target].name
    let reach = reach(way.target, local, ports: [way.port], direct: nil)
    var block = InfluenceBlock(shape: .own, states: Array(repeating: nil, count: tick.model.states.count))
    for state in reach.states.sorted() {
      block.states[state] = trace("\(name).\(tick.model.states[state].name)", set, .own, of: set.population)
    }
    for port in reach.ports {
      block.arrivals[port] = trace(
        "\(name).\(network.populations[way.target].ports[port].name)", set, .own, of: set.population)
    }
    guard let into = tick.directPorts[way.port].map({ block.states[$0] }) ?? block.arrivals[way.port] else {
      return result
    }
    if let flags {
      if let arrival = block.arrivals[way.port] { result.traces.append(.zero(arrival)) }
      result.traces.append(.influence(.pass(from: flags, tickOffset: -way.delay, into: into)))
    }
    var loss: [InfluenceTerm] = []
    for (source, coefficient) in local.loss {
      guard let influence = block[source] else { continue }
      let key = LearningSignal(population: set.population, way: way, source: source)
      loss.append(InfluenceTerm(.buffer(signal(key, coefficient, &signals, &result.before)), influence))
    }
    if !loss.isEmpty { result.traces.append(.influence(.collect(loss, set: set.set, into: set.sum))) }
    result.rows = block.states.enumerated().compactMap { state, destination in
      destination.map {
        InfluenceRow($0, terms(local.states[state], block) + (flags == nil && $0 == into ? spike : []))
      }
    }
    if flags == nil, let arrival = block.arrivals[way.port] { result.rows.append(InfluenceRow(arrival, spike)) }
    return result
  }

  /// The error of a population by way of others, through the weights that stand now.
  private mutating func signal(
    _ key: LearningSignal, _ coefficient: InfluenceTerm.Coefficient, _ signals: inout [LearningSignal: BufferID],
    _ steps: inout [PlanStep]
  ) -> BufferID {
    if let known = signals[key] { return known }
    let from = values(of: coefficient, key.way.target)
    let name = network.populations[key.population].name
    let into = plan.addBuffer(
      Buffer(
        name: "signal \(name)", axes: [.sample, .unit], extent: ticks[key.population].extent, isWide: false))
    var accumulates = false
    for route in routes
    where route.source == key.population && route.target == key.way.target && route.port == key.way.port
      && route.delay == key.way.delay
    {
      steps.append(
        .deliverTransposed(
          connection: route.connection, from: from, tickOffset: 0, into: into, accumulates: accumulates))
      accumulates = true
    }
    signals[key] = into
    return into
  }
}

extension InfluenceReach {
  func has(_ source: LocalDerivatives.Source) -> Bool {
    switch source {
    case .state(let state): states.contains(state)
    case .arrival(let port): ports.contains(port)
    case .earlierFlag: flag
    }
  }
}

extension InfluenceBlock {
  subscript(_ source: LocalDerivatives.Source) -> BufferID? {
    switch source {
    case .state(let state): states[state]
    case .arrival(let port): arrivals[port]
    case .earlierFlag: earlierFlag
    }
  }
}
