import SNNIR

extension Program {
  func makeConnections() throws {
    for connection in plan.connections {
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
        connection.pattern == .all || connection.sourceRange.count == target.count
      else { throw malformed("\(connection.name) reaches beyond its populations") }
      connections.append(
        ConnectionCode(
          isInput: isInput, source: source, low: connection.sourceRange.lowerBound,
          high: connection.sourceRange.upperBound, targetLow: target.lowerBound, targetCount: target.count,
          width: target.count == units ? padded(units) : target.count, stride: padded(target.count),
          isOneToOne: connection.pattern == .oneToOne, parameter: connection.weight))
    }
    isGraded = Array(repeating: false, count: plan.populations.count)
    for section in Section.allCases {
      for step in plan.steps(section) {
        switch step {
        case .deliverTransposed(let c, _, _, _, _): try mark(c) { $0.needsTransposed = true }
        case .deliverContinuous(let c, _, _, _): try mark(c) { $0.needsDense = true }
        case .outer(let c, _, _), .outerContinuous(let c, _, _, _): try mark(c) { $0.hasOuter = true }
        case .deliver(let c, _, _): try mark(c) { _ in }
        case .extract(let population, _, let graded):
          guard population < isGraded.count else { throw malformed("extraction from an unknown population") }
          isGraded[population] = isGraded[population] || graded
        default: break
        }
      }
    }
    for index in connections.indices where connections[index].hasOuter {
      connections[index].gradientOffset = gradientBytes
      gradientBytes += padded(connections[index].weightLanes * precision.bytes, to: 64)
    }
  }

  private func mark(_ index: Int, _ change: (inout ConnectionCode) -> Void) throws {
    guard connections.indices.contains(index) else { throw malformed("a step names an unknown connection") }
    change(&connections[index])
  }
}
