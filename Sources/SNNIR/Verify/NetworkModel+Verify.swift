extension NetworkModel {
  /// Every broken invariant of the network and of its graph.
  public func verify() -> [IRFault] {
    var check = Verification(graph)
    check.check(step > 0 && step.isFinite, "network \(name)", .number("the step", step))
    check.symbol(timeSymbol, is: .time, "t")
    check.symbol(stepSymbol, is: .stepSize, "dt")
    check.unique(parameters.map(\.name), "parameters")
    check.unique(inputs.map(\.name) + populations.map(\.name), "inputs and populations")
    check.unique(connections.map(\.name), "connections")
    for index in parameters.indices { verifyParameter(index, &check) }
    for input in inputs { check.extent(input.extent, shape: input.shape, "input \(input.name)") }
    for (index, population) in populations.enumerated() { population.verify(index, self, &check) }
    for index in connections.indices { verifyConnection(index, &check) }
    for rule in rules { rule.verify(self, &check) }
    return check.faults
  }

  private func verifyParameter(_ index: Int, _ check: inout Verification) {
    let parameter = parameters[index]
    let place = "parameter \(parameter.name)"
    check.symbol(parameter.symbol, is: .parameter(index), place)
    var domain = Domain.constant
    var count: Int? = 1
    switch parameter.shape {
    case .scalar: break
    case .perUnit(let population):
      guard check.index(population, of: populations.count, "population", place) else { return }
      domain = Domain([.unit], extent: populations[population].extent)
      count = checkedSize(populations[population].shape)
    case .synapses(let connection):
      guard check.index(connection, of: connections.count, "connection", place) else { return }
      domain = Domain([.synapse], extent: ExtentID(connection))
      let rows = connections[connection].targetRange.count
      let columns = connections[connection].sourceRange.count
      let (product, isTooMany) = rows.multipliedReportingOverflow(by: columns)
      switch connections[connection].pattern {
      case .all: count = isTooMany ? nil : product
      case .oneToOne: count = rows
      // Known once drawn.
      case .sparse: count = nil
      }
    }
    if let lower = parameter.lower, let upper = parameter.upper {
      check.check(lower < upper, place, .emptyRange(lower: lower, upper: upper))
    }
    check.initial(parameter.initial, within: domain, count: count, place)
  }

  private func size(of endpoint: Endpoint, _ place: String, _ check: inout Verification) -> Int? {
    switch endpoint {
    case .input(let index):
      check.index(index, of: inputs.count, "input", place) ? checkedSize(inputs[index].shape) : nil
    case .population(let index):
      check.index(index, of: populations.count, "population", place) ? checkedSize(populations[index].shape) : nil
    }
  }

  private func verifyConnection(_ index: Int, _ check: inout Verification) {
    let connection = connections[index]
    let place = "connection \(connection.name)"
    if let size = size(of: connection.source, place, &check) {
      check.range(connection.sourceRange, within: size, place)
    }
    if let size = size(of: .population(connection.target), place, &check) {
      check.range(connection.targetRange, within: size, place)
      let target = populations[connection.target]
      switch connection.signal {
      case .spikes(let port): _ = check.index(port, of: target.ports.count, "port", place)
      case .continuous(let variable, let drive):
        _ = check.index(drive, of: target.drives.count, "drive", place)
        if let variable, case .population(let source) = connection.source, populations.indices.contains(source) {
          check.variable(variable, of: populations[source], place)
        }
        if case .population(let source) = connection.source, populations.indices.contains(source) {
          for term in connection.currents { check.variable(term.sent, of: populations[source], place) }
        }
      }
    }
    if connection.pattern == .oneToOne {
      let (source, target) = (connection.sourceRange.count, connection.targetRange.count)
      check.check(source == target, place, .oneToOneSizes(source: source, target: target))
    }
    if let sparsity = connection.sparsity { verify(sparsity, connection, place, &check) }
    if check.index(connection.weight, of: parameters.count, "parameter", place),
      case .synapses(let owner) = parameters[connection.weight].shape
    {
      check.check(owner == index, place, .index("weight of its own; connection", owner))
    }
    // Without ticks nothing asks for one.
    let least = if case .input = connection.source, !isExact { 1 } else { 0 }
    check.check(connection.delay >= least, place, .delayBelow(connection.delay, least: least))
  }
}

extension NetworkModel {
  private func verify(
    _ sparsity: Sparsity, _ connection: Connection, _ place: String, _ check: inout Verification
  ) {
    let loops = sparsity.excludesSelf && connection.source == .population(connection.target) ? 1 : 0
    func degree(_ count: Int, of size: Int) {
      check.check(count >= 0, place, .number("the degree", Double(count)))
      guard !sparsity.allowsMultapses else { return }
      check.check(count <= size - min(loops, size), place, .count("units to choose", expected: count, found: size))
    }
    switch sparsity.rule {
    case .full: break
    case .pairs:
      let (source, target) = (connection.sourceRange.count, connection.targetRange.count)
      check.check(source == target, place, .oneToOneSizes(source: source, target: target))
    case .random(let p): check.check(p >= 0 && p <= 1, place, .number("the probability", p))
    case .indegree(let count): degree(count, of: connection.sourceRange.count)
    case .outdegree(let count): degree(count, of: connection.targetRange.count)
    case .convolution(let convolution):
      check.check(convolution.isConsistent, place, .number("the kernel", Double(convolution.weightCount)))
      for (shape, range) in [
        (convolution.source, connection.sourceRange), (convolution.target, connection.targetRange),
      ] {
        check.check(
          checkedSize(shape) == range.count, place,
          .extentSize(declared: range.count, shape: checkedSize(shape) ?? -1))
      }
    case .distance(let probability, let radius):
      check.check(sparsity.geometry != nil, place, .index("geometry of its own; connection", -1))
      if let probability { check.initial(.value(probability), within: .constant, count: nil, place) }
      if let radius { check.check(radius >= 0, place, .number("the radius", radius)) }
    case .list(let table):
      check.check(
        table.post.count == table.count, place, .count("targets", expected: table.count, found: table.post.count))
      check.check(
        table.pre.allSatisfy { Int($0) < connection.sourceRange.count }
          && table.post.allSatisfy { Int($0) < connection.targetRange.count }, place,
        .rangeOutside(0..<Int(max(table.pre.max() ?? 0, table.post.max() ?? 0)) + 1, size: connection.targetRange.count)
      )
      if let delays = table.delays {
        check.check(
          delays.count == table.count && delays.allSatisfy { $0 > 0 }, place,
          .count("delays", expected: table.count, found: delays.count))
      }
    }
    if let geometry = sparsity.geometry {
      check.check(
        geometry.sources.dimensions == geometry.targets.dimensions, place,
        .count("axes of space", expected: geometry.targets.dimensions, found: geometry.sources.dimensions))
      if let delay = geometry.delay { check.initial(.value(delay), within: .constant, count: nil, place) }
    }
    if sparsity.hasOwnDelays {
      check.check(connection.delay >= 2, place, .delayBelow(connection.delay, least: 2))
    }
    if let delays = sparsity.delays {
      check.initial(.draw(delays), within: .constant, count: nil, place)
    }
  }
}

/// Number of units; nil where a side is negative or there are too many.
func checkedSize(_ shape: [Int]) -> Int? {
  var size = 1
  for side in shape {
    let (product, isTooMany) = size.multipliedReportingOverflow(by: side)
    guard side >= 0, !isTooMany else { return nil }
    size = product
  }
  return size
}

extension Verification {
  mutating func extent(_ extent: ExtentID, shape: [Int], _ place: String) {
    guard index(Int(extent.index), of: graph.extents.count, "extent", place) else { return }
    let (size, declared) = (checkedSize(shape), graph[extent].size)
    check(size == declared, place, .extentSize(declared: declared, shape: size ?? -1))
  }

  mutating func range(_ range: Range<Int>, within size: Int, _ place: String) {
    check(range.lowerBound >= 0 && range.upperBound <= size, place, .rangeOutside(range, size: size))
  }

  mutating func initial(_ initial: Initial, within domain: Domain, count: Int?, _ place: String) {
    switch initial {
    case .value(let value):
      self.value(value, place, within: domain) { symbol in
        switch symbol.kind {
        case .parameter, .stepSize, .temporary, .random: true
        default: false
        }
      }
    case .draw(let distribution):
      let (least, most) =
        switch distribution.kind {
        case .normal, .uniform, .lognormal: (2, 2)
        case .constant: (1, 1)
        case .kaiming, .xavier, .orthogonal: (0, 1)
        }
      let found = distribution.arguments.count
      check(
        (least...most).contains(found), place,
        .count("arguments of \(distribution.kind.rawValue)", expected: most, found: found))
    case .given(let numbers):
      guard let count, numbers.count != 1 else { return }
      check(numbers.count == count, place, .count("numbers", expected: count, found: numbers.count))
    }
  }

  mutating func variable(_ variable: RecordedVariable, of population: HybridPopulation, _ place: String) {
    switch variable {
    case .state(let state), .beforeReset(let state): _ = index(state, of: population.states.count, "state", place)
    case .letBinding(let binding): _ = index(binding, of: population.lets.count, "let", place)
    case .drive(let drive): _ = index(drive, of: population.drives.count, "drive", place)
    case .spike, .output, .hazard: break
    }
  }
}
