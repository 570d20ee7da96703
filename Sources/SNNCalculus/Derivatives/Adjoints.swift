import SNNIR

extension Graph {
  /// Reverse-mode differentiation: the adjoints of `targets`, given those of `outputs`.
  ///
  /// Targets are where the walk ends. A target that nothing reaches is missing from the result. The adjoint of a value
  /// with fewer axes than its use is summed over the axes it lacks, except at targets in `unreduced`: those keep the
  /// axes of their uses, for kernels that add them up lane by lane.
  public mutating func adjoints(
    of outputs: [(value: ValueID, seed: ValueID)], with targets: Set<ValueID>, unreduced: Set<ValueID> = [],
    _ context: DerivativeContext
  ) -> [ValueID: ValueID] {
    let order = reachable(from: outputs.map(\.value))
    let active = activeValues(order, targets, context)
    var adjoint: [ValueID: ValueID] = [:]
    func accumulate(_ graph: inout Graph, _ contribution: ValueID, to value: ValueID) {
      guard !graph.isZero(contribution) else { return }
      adjoint[value] = adjoint[value].map { graph.add($0, contribution) } ?? contribution
    }
    for (value, seed) in outputs where active.contains(value) { accumulate(&self, seed, to: value) }
    for value in order.reversed() {
      guard let g = adjoint[value], !targets.contains(value) else { continue }
      for (argument, contribution) in DerivativeTable.contributions(of: value, adjoint: g, in: &self, context) {
        guard active.contains(argument) else { continue }
        let keepsAxes = unreduced.contains(argument)
        let sum = keepsAxes ? contribution : summed(contribution, from: self[value].domain, to: self[argument].domain)
        accumulate(&self, sum, to: argument)
      }
      adjoint[value] = nil
    }
    return adjoint
  }

  /// Values on some differentiable path from a target.
  private func activeValues(
    _ order: [ValueID], _ targets: Set<ValueID>, _ context: DerivativeContext
  ) -> Set<ValueID> {
    var active = Set<ValueID>()
    for value in order {
      if targets.contains(value) {
        active.insert(value)
        continue
      }
      let node = self[value]
      guard DerivativeTable.isDifferentiable(node.opcode) else { continue }
      if node.opcode == .bernoulli, !context.followsChance { continue }
      if node.opcode == .path, context.cuts(PathTag(aux: node.aux)) { continue }
      var candidates = arguments(value)
      if node.opcode == .select { candidates = candidates.dropFirst() }
      if node.opcode == .spike || node.opcode == .bernoulli { candidates = candidates.prefix(1) }
      if candidates.contains(where: active.contains) { active.insert(value) }
    }
    return active
  }

  /// Sums a contribution over every axis that its use has and the argument lacks.
  private mutating func summed(_ contribution: ValueID, from use: Domain, to argument: Domain) -> ValueID {
    let missing = use.axes.subtracting(argument.axes)
    guard !missing.isEmpty else { return contribution }
    var result = broadcast(contribution, to: use)
    for axis in [Axes.tick, .unit, .synapse, .sample] where missing.contains(axis) {
      result = reduce(.sum, over: axis, result)
    }
    return result
  }

  /// The local Jacobian: for each output its nonzero derivatives by target.
  public mutating func jacobian(
    of outputs: [ValueID], with targets: [ValueID], _ context: DerivativeContext
  ) -> [[ValueID: ValueID]] {
    let one = const(1)
    return outputs.map { adjoints(of: [($0, one)], with: Set(targets), unreduced: Set(targets), context) }
  }
}
