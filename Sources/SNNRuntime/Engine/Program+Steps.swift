import SNNIR

extension Program {
  func compile(_ section: Section, fuses: Bool) throws {
    let steps = plan.steps(section)
    var written = Set(steps.flatMap { $0.writes.map(\.0) })
    if plan.window != nil, section.isLoop {
      // Both go together from tick to tick.
      written.formUnion((plan.tick + plan.reverseTick).flatMap { $0.writes.map(\.0) })
    }
    /// Does not change while the section loops.
    func isInvariant(_ buffer: BufferID) -> Bool {
      section.isLoop && !written.contains(buffer) && traits[Int(buffer.index)].rows == .single
        && plan.bindings[buffer] != .time
    }
    var code: [StepCode] = []
    for step in steps {
      switch step {
      case .kernel(let kernel):
        let program = try LaneCompiler.compile(
          kernel, plan: plan, lanes: precision, tables: tables, fuses: fuses,
          isInvariant: isInvariant)
        let compiled = try lower(kernel, program, isLoop: section.isLoop, isInvariant: isInvariant)
        programs.append(program)
        kernels.append(compiled)
        kernelOutputs.append(kernel.outputs.map { ($0.buffer, $0.tickOffset) })
        code.append(.kernel(kernels.count - 1))
      case .zero(let buffer): code.append(.zero(buffer, wholeHistory: !section.isLoop))
      case .reduce(let reduction, let source, let destination, let accumulates):
        try checkReduction(reduction, source, destination)
        code.append(.reduce(reduction, source, destination, accumulates))
      case .argreduce(let reduction, let source, let destination):
        try checkReduction(reduction, source, destination)
        guard reduction.kind != .sum else { throw malformed("argreduce needs an extreme") }
        code.append(.argreduce(reduction, source, destination))
      case .draw(let kind, let path, let offset, let into):
        code.append(.draw(kind, try stream(path, into), offset, into))
      case .extract(let population, let flags, let graded):
        try checkLanes(flags, units: populationUnits[population])
        code.append(.extract(population, flags, graded))
      case .deliver(let c, let delay, let into):
        try checkLanes(into, target: c)
        code.append(.deliver(c, delay, into))
      case .deliverContinuous(let c, let source, let offset, let into):
        try checkLanes(into, target: c)
        try checkLanes(source, source: c)
        code.append(.deliverContinuous(c, source, offset, into))
      case .deliverTransposed(let c, let from, let offset, let into, let accumulates):
        try checkLanes(from, target: c)
        try checkLanes(into, source: c)
        code.append(.deliverTransposed(c, from, offset, into, accumulates))
      case .outer(let c, let delay, let adjoint):
        try checkLanes(adjoint, target: c)
        code.append(.outer(c, delay, adjoint))
      case .outerContinuous(let c, let source, let offset, let adjoint):
        try checkLanes(adjoint, target: c)
        try checkLanes(source, source: c)
        code.append(.outerContinuous(c, source, offset, adjoint))
      case .influence(let step):
        influences.append(try lower(step))
        code.append(.influence(influences.count - 1))
      case .plasticity(let rule, let phase):
        guard plan.rules.indices.contains(rule) else { throw malformed("a step names an unknown rule") }
        if case .deliver(let into) = phase { try checkLanes(into, target: plan.rules[rule].connection) }
        code.append(.plasticity(rule, phase))
      }
      if section.isGlobal {
        switch step {
        case .kernel, .zero, .reduce, .argreduce: break
        default: throw malformed("spikes and products belong to the sections of a chunk")
        }
      }
    }
    sections.append(section == .reverseTick ? joinLines(code, steps) : code)
  }

  private func checkLanes(_ buffer: BufferID, target c: Int) throws {
    try checkLanes(buffer, units: populationUnits[plan.connections[c].target])
  }

  private func checkLanes(_ buffer: BufferID, source c: Int) throws {
    let connection = connections[c]
    let units = connection.isInput ? plan.inputs[connection.source].size : populationUnits[connection.source]
    try checkLanes(buffer, units: units)
  }

  private func checkLanes(_ buffer: BufferID, units: Int) throws {
    let t = traits[Int(buffer.index)]
    guard t.hasSample, t.hasUnit, t.units == units, t.elementBytes == precision.bytes else {
      throw malformed("\(plan[buffer].name) is not one lane per sample and unit of its population")
    }
  }

  private func checkReduction(_ reduction: Reduction, _ source: BufferID, _ destination: BufferID) throws {
    let from = plan[source].axes.subtracting(.tick)
    guard [.unit, .sample, .synapse].contains(reduction.axis), from.contains(reduction.axis),
      plan[destination].axes.subtracting(.tick) == from.subtracting(reduction.axis)
    else { throw malformed("reduction of \(plan[source].name) into \(plan[destination].name)") }
  }
}
