import SNNIR

extension Program {
  /// Ticks whose spikes are still needed, where not those of the whole run are: what the longest delay reaches.
  func lastTicks(of population: Int) -> Int? {
    guard plan.window != nil else { return nil }
    var longest = 0
    for (index, connection) in plan.connections.enumerated() where connection.source == .population(population) {
      longest = max(longest, connection.delay, Int(plan.relations[index]?.delays?.max() ?? 0))
    }
    return longest + 1
  }

  func makeConnections() throws {
    for (index, connection) in plan.connections.enumerated() {
      let isInput: Bool
      let source: Int
      let sourceUnits: Int
      switch connection.source {
      case .input(let index):
        (isInput, source) = (true, index)
        guard index < plan.inputs.count else { throw malformed("\(connection.name) names an unknown input") }
        sourceUnits = plan.inputs[index].size
      case .population(let index):
        (isInput, source) = (false, index)
        guard index < plan.populations.count else { throw malformed("\(connection.name) names an unknown population") }
        sourceUnits = populationUnits[index]
      }
      guard connection.target < plan.populations.count, connection.weight < plan.parameters.count else {
        throw malformed("\(connection.name) names an unknown target or weight")
      }
      let units = populationUnits[connection.target]
      let target = connection.targetRange
      guard connection.sourceRange.lowerBound >= 0, connection.sourceRange.upperBound <= sourceUnits,
        target.lowerBound >= 0, target.upperBound <= units,
        connection.pattern != .oneToOne || connection.sourceRange.count == target.count
      else { throw malformed("\(connection.name) reaches beyond its populations") }
      let sparse = try sparseCode(index)
      connections.append(
        ConnectionCode(
          isInput: isInput, source: source, low: connection.sourceRange.lowerBound,
          high: connection.sourceRange.upperBound, targetLow: target.lowerBound, targetCount: target.count,
          width: target.count == units ? padded(units) : target.count, stride: padded(target.count),
          isOneToOne: connection.pattern == .oneToOne, sparse: sparse, parameter: connection.weight,
          delay: connection.delay))
    }
    isGraded = Array(repeating: false, count: plan.populations.count)
    for section in Section.allCases {
      for step in plan.steps(section) {
        switch step {
        case .deliverTransposed(let c, _, _, _, _): try mark(c) { $0.needsTransposed = true }
        case .deliverContinuous(let c, _, _, _): try mark(c) { $0.needsDense = true }
        case .outer(let c, _, _), .outerContinuous(let c, _, _, _): try mark(c) { $0.hasOuter = true }
        case .deliver(let c, _, _), .influence(.spikes(let c, _, _)), .influence(.signal(let c, _, _, _)),
          .influence(.spread(let c, _, _, _)):
          try mark(c) { _ in }
        case .influence(.collect(_, set: .synapses(let c), _)): try mark(c) { $0.hasOuter = true }
        case .extract(let population, _, let graded):
          guard population < isGraded.count else { throw malformed("extraction from an unknown population") }
          isGraded[population] = isGraded[population] || graded
        default: break
        }
      }
    }
    for (index, connection) in (plan.events?.connections ?? []).enumerated() where connection.learnsWeights {
      connections[index].hasOuter = true
    }
    // A penalty on weights that no spike's gradient reaches.
    for binding in plan.bindings.values {
      guard case .gradient(let parameter) = binding else { continue }
      for index in connections.indices where connections[index].parameter == parameter {
        connections[index].hasOuter = true
      }
    }
    for index in connections.indices where connections[index].hasOuter {
      connections[index].gradientOffset = gradientBytes
      gradientBytes += padded(connections[index].weightLanes * precision.bytes, to: 64)
    }
  }

  /// The relation of a sparse connection as the kernels need it: one list, or one per delay.
  private func sparseCode(_ index: Int) throws -> SparseCode? {
    let connection = plan.connections[index]
    guard connection.sparsity != nil else { return nil }
    guard let relation = plan.relations[index] else { throw malformed("\(connection.name) has not been drawn") }
    let sources = connection.sourceRange.count
    guard relation.rows.count == sources + 1, relation.rows.first == 0, relation.rows.last == relation.count,
      zip(relation.rows, relation.rows.dropFirst()).allSatisfy({ $0 <= $1 }),
      relation.targets.allSatisfy({ Int($0) < connection.targetRange.count }),
      relation.delays.map({ $0.count == relation.count && $0.allSatisfy { $0 > 0 } }) ?? true,
      relation.slots.map({ $0.count == relation.count && $0.allSatisfy { Int($0) < relation.weightCount } }) ?? true
    else { throw malformed("the synapses of \(connection.name) do not fit it") }
    if relation.isInterpolated {
      guard let parameter = connection.delayParameter, parameter < plan.parameters.count else {
        throw malformed("the delays of \(connection.name) are no parameter")
      }
      let code = InterpolatedCode(relation, step: plan.step)
      interpolated[index] = code
      return SparseCode(count: relation.count, lists: storage.keep(code.lists))
    }
    guard let delays = relation.delays else {
      let all = SynapseList(
        delay: nil, rows: storage.keep(relation.rows.map { Int64($0) }).baseAddress!,
        targets: keep(relation.targets), order: relation.slots.map { keep($0) }, synapses: nil)
      return SparseCode(count: relation.weightCount, lists: storage.keep([all]))
    }
    var members: [Int32: [Int]] = [:]
    for (synapse, delay) in delays.enumerated() { members[delay, default: []].append(synapse) }
    let owners = relation.sources
    let lists = members.sorted { $0.key < $1.key }.map { delay, synapses in
      var rows = [Int64](repeating: 0, count: sources + 1)
      for synapse in synapses { rows[Int(owners[synapse]) + 1] += 1 }
      for source in 0..<sources { rows[source + 1] += rows[source] }
      let numbers = keep(synapses.map { UInt32($0) })
      return SynapseList(
        delay: Int(delay), rows: storage.keep(rows).baseAddress!, targets: keep(synapses.map { relation.targets[$0] }),
        order: relation.slots.map { slots in keep(synapses.map { slots[$0] }) } ?? numbers, synapses: numbers)
    }
    return SparseCode(count: relation.weightCount, lists: storage.keep(lists))
  }

  private func keep(_ numbers: [UInt32]) -> UnsafePointer<UInt32> {
    UnsafePointer(storage.keep(numbers.isEmpty ? [0] : numbers).baseAddress!)
  }

  private func mark(_ index: Int, _ change: (inout ConnectionCode) -> Void) throws {
    guard connections.indices.contains(index) else { throw malformed("a step names an unknown connection") }
    change(&connections[index])
  }
}
