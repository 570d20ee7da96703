extension Graph {
  /// Every broken invariant of the graph: operands before use, arity, types, strata, and what `aux` refers to.
  public func verify() -> [IRFault] {
    var faults: [IRFault] = []
    for (index, extent) in extents.enumerated() where extent.size < 0 {
      faults.append(IRFault("extent #\(index)", .number("its size", Double(extent.size))))
    }
    for (index, symbol) in symbols.enumerated() {
      for kind in spanProblems(symbol.domain) { faults.append(IRFault("symbol $\(index) \(symbol.name)", kind)) }
    }
    for index in nodes.indices {
      let value = ValueID(index)
      let place = "value %\(index) = \(self[value].opcode.name)"
      for kind in problems(of: value) { faults.append(IRFault(place, kind)) }
    }
    return faults
  }

  private func spanProblems(_ domain: Domain) -> [IRFault.Kind] {
    guard domain.axes.contains(.unit) || domain.axes.contains(.synapse) else { return [] }
    guard let extent = domain.extent else { return [.unitAxisWithoutExtent] }
    // Along synapses the extent is a connection, which the graph does not know.
    if domain.axes.contains(.synapse) { return extent.index < 0 ? [.aux("connection", Int(extent.index))] : [] }
    return extents.indices.contains(Int(extent.index)) ? [] : [.aux("extent", Int(extent.index))]
  }

  private func problems(of value: ValueID) -> [IRFault.Kind] {
    let node = self[value]
    let operands = Array(arguments(value))
    if let late = operands.first(where: { $0.index < 0 || $0 >= value }) { return [.argumentNotBefore(late)] }
    if let expected = node.opcode.arityFault(operands.count) {
      return [.arity(expected: expected, found: operands.count)]
    }
    if let fault = auxFault(node, operands) { return [fault] }
    return typeFaults(node, operands) + domainFaults(node, operands)
  }

  private func auxFault(_ node: Node, _ operands: [ValueID]) -> IRFault.Kind? {
    let aux = Int(node.aux)
    switch node.opcode {
    case .load, .named: return symbols.indices.contains(aux) ? nil : .aux("symbol", aux)
    case .unitIndex: return extents.indices.contains(aux) ? nil : .aux("extent", aux)
    case .spike, .path: return aux >= 0 ? nil : .aux("population", aux)
    case .expm: return operands.indices.contains(aux) ? nil : .aux("entry", aux)
    case .expmFrechet: return (0..<operands.count / 2).contains(aux) ? nil : .aux("entry", aux)
    case .reduce, .argreduce:
      guard let reduction = Reduction(checking: node.aux) else { return .aux("reduction", aux) }
      let isInTime = reduction.kind == .first || reduction.kind == .last
      let isOneAxis = reduction.axis.rawValue.nonzeroBitCount == 1 && (!isInTime || reduction.axis == .tick)
      return isOneAxis && self[operands[0]].domain.axes.contains(reduction.axis)
        ? nil : .reducesMissingAxis(reduction.axis)
    default: return nil
    }
  }

  /// The constants 0 and 1 stand for false and true.
  private func isBooleanConstant(_ value: ValueID) -> Bool { isZero(value) || isOne(value) }

  private func typeFaults(_ node: Node, _ operands: [ValueID]) -> [IRFault.Kind] {
    var faults: [IRFault.Kind] = []
    for (position, operand) in operands.enumerated() {
      guard let expected = node.opcode.expectsBoolean(position) else { continue }
      let isBoolean = self[operand].isBoolean
      if isBoolean != expected, !(expected && isBooleanConstant(operand)) {
        faults.append(.operandType(position: position, expectedBoolean: expected))
      }
    }
    let result: Bool
    switch node.opcode {
    case .load: result = symbols[Int(node.aux)].isBoolean
    case .named, .broadcast: result = self[operands[0]].isBoolean
    case .select:
      // A choice between booleans is one.
      result = operands[1...].contains { self[$0].isBoolean }
      for position in 1...2
      where result && !self[operands[position]].isBoolean && !isBooleanConstant(operands[position]) {
        faults.append(.operandType(position: position, expectedBoolean: true))
      }
    default: result = node.opcode.info.isBoolean
    }
    if node.isBoolean != result { faults.append(.resultType(expectedBoolean: result)) }
    return faults
  }

  private func domainFaults(_ node: Node, _ operands: [ValueID]) -> [IRFault.Kind] {
    let expected: Domain
    switch node.opcode {
    case .const: expected = .constant
    case .load: expected = symbols[Int(node.aux)].domain
    case .unitIndex: expected = Domain([.unit], extent: ExtentID(Int(node.aux)))
    case .tickIndex: expected = Domain([.tick], phase: .tick)
    case .reduce, .argreduce:
      let axis = Reduction(checking: node.aux)?.axis ?? []
      expected = self[operands[0]].domain.reduced(over: axis)
    case .broadcast:
      guard let joined = self[operands[0]].domain.joined(node.domain) else { return [.axesClash] }
      expected = joined
    default:
      var joined = Domain.constant
      for operand in operands {
        guard let next = joined.joined(self[operand].domain) else { return [.axesClash] }
        joined = next
      }
      expected = node.opcode == .named ? self[operands[0]].domain : joined
    }
    return node.domain == expected ? spanProblems(expected) : [.domain(expected: expected, found: node.domain)]
  }
}

extension Opcode {
  /// What it takes where `count` operands are not that.
  fileprivate func arityFault(_ count: Int) -> String? {
    switch self {
    case .expdd: return count >= 1 ? nil : "at least one"
    case .expm: return count >= 1 && Opcode.isSquare(count) ? nil : "a square number of"
    case .expmFrechet:
      return count >= 2 && count % 2 == 0 && Opcode.isSquare(count / 2) ? nil : "twice a square number of"
    default:
      guard let arity = info.arity else { return nil }
      return arity == count ? nil : "\(arity)"
    }
  }

  private static func isSquare(_ count: Int) -> Bool {
    let root = Int(Double(count).squareRoot().rounded())
    return root * root == count
  }

  /// Whether the operand must be a boolean; nil where either will do.
  fileprivate func expectsBoolean(_ position: Int) -> Bool? {
    switch self {
    case .and, .or, .not, .number: true
    case .select: position == 0 ? true : nil
    case .spike: position == 1
    case .bernoulli: position == 2
    case .named, .broadcast: nil
    default: false
    }
  }
}
