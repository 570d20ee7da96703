/// Where a step stands: whether there is a present tick and a chunk of samples.
struct PlanSection {
  let name: String
  let steps: [PlanStep]
  let hasTick: Bool
  let hasChunk: Bool
}

extension Plan {
  var sections: [PlanSection] {
    [
      PlanSection(name: "once", steps: once, hasTick: false, hasChunk: false),
      PlanSection(name: "start", steps: start, hasTick: true, hasChunk: true),
      PlanSection(name: "tick", steps: tick, hasTick: true, hasChunk: true),
      PlanSection(name: "sampleEnd", steps: sampleEnd, hasTick: true, hasChunk: true),
      PlanSection(name: "batchEnd", steps: batchEnd, hasTick: false, hasChunk: true),
      PlanSection(name: "batchEndReverse", steps: batchEndReverse, hasTick: false, hasChunk: true),
      PlanSection(name: "sampleEndReverse", steps: sampleEndReverse, hasTick: true, hasChunk: true),
      PlanSection(name: "reverseTick", steps: reverseTick, hasTick: true, hasChunk: true),
      PlanSection(name: "reverseStart", steps: reverseStart, hasTick: true, hasChunk: true),
      PlanSection(name: "reverseEnd", steps: reverseEnd, hasTick: false, hasChunk: true),
      PlanSection(name: "onceReverse", steps: onceReverse, hasTick: false, hasChunk: false),
    ]
  }

  /// Every broken invariant of the plan and of its graph.
  public func verify() -> [IRFault] {
    var check = PlanVerification(self)
    check.tables()
    for section in sections { for step in section.steps { check.step(step, section) } }
    check.bindings()
    return check.faults
  }
}

struct PlanVerification {
  let plan: Plan
  private var check: Verification
  private var written: Set<BufferID> = []
  private var read: [(BufferID, String)] = []
  private var section = PlanSection(name: "", steps: [], hasTick: true, hasChunk: true)

  init(_ plan: Plan) {
    self.plan = plan
    check = Verification(plan.graph)
  }

  var faults: [IRFault] { check.faults }

  mutating func tables() {
    check.check(plan.ticks >= 0, "plan", .number("its ticks", Double(plan.ticks)))
    check.check(plan.step > 0, "plan", .number("the step", plan.step))
    for (index, buffer) in plan.buffers.enumerated() {
      let place = "buffer @\(index) \(buffer.name)"
      if buffer.axes.contains(.synapse) {
        _ = check.index(Int(buffer.extent?.index ?? -1), of: plan.connections.count, "connection", place)
      } else if buffer.axes.contains(.unit) {
        _ = check.index(Int(buffer.extent?.index ?? -1), of: plan.graph.extents.count, "extent", place)
      }
      if case .ring(let length) = buffer.lifetime { check.check(length >= 1, place, .ringLength(length)) }
    }
    for extent in plan.populations {
      _ = check.index(Int(extent.index), of: plan.graph.extents.count, "extent", "plan")
    }
    for parameter in plan.parameters { _ = check.symbol(parameter.symbol, "parameter \(parameter.name)") }
    for connection in plan.connections {
      let place = "connection \(connection.name)"
      _ = check.index(connection.target, of: plan.populations.count, "population", place)
      _ = check.index(connection.weight, of: plan.parameters.count, "parameter", place)
      switch connection.source {
      case .input(let index): _ = check.index(index, of: plan.inputs.count, "input", place)
      case .population(let index): _ = check.index(index, of: plan.populations.count, "population", place)
      }
    }
    for buffer in plan.chunkSums { _ = self.buffer(buffer, "chunk sums") }
  }

  private mutating func buffer(_ id: BufferID, _ place: String) -> Buffer? {
    check.index(Int(id.index), of: plan.buffers.count, "buffer", place) ? plan[id] : nil
  }

  /// A buffer read or written in the present section, at a tick offset; nil where there is none.
  private mutating func use(_ id: BufferID, at offset: Int, writes: Bool, _ place: String) -> Buffer? {
    guard let buffer = buffer(id, place) else { return nil }
    if writes { written.insert(id) } else { read.append((id, place)) }
    check.check(section.hasChunk || !buffer.axes.contains(.sample), place, .bufferOutsideChunk(id))
    switch buffer.lifetime {
    case .chunk:
      if buffer.axes.contains(.tick) {
        check.check(section.hasTick, place, .bufferOutsideTime(id))
      } else {
        check.check(offset == 0, place, .tickOffset(id, offset))
      }
    case .ring(let length):
      check.check(section.hasTick, place, .bufferOutsideTime(id))
      check.check(offset.magnitude < max(length, 1), place, .tickOffset(id, offset))
    }
    return buffer
  }

  /// As `use`; its lanes must be just these.
  private mutating func use(
    _ id: BufferID, at offset: Int = 0, writes: Bool, axes: Axes, extent: ExtentID?, _ place: String
  ) {
    guard let buffer = use(id, at: offset, writes: writes, place) else { return }
    let lanes = buffer.axes.subtracting(.tick)
    check.check(lanes == axes, place, .bufferAxes(id, expected: axes, found: lanes))
    if axes.contains(.unit) || axes.contains(.synapse) {
      check.check(buffer.extent == extent, place, .bufferExtent(id, expected: extent, found: buffer.extent))
    }
  }

  mutating func step(_ step: PlanStep, _ section: PlanSection) {
    self.section = section
    switch step {
    case .kernel(let kernel): self.kernel(kernel)
    case .zero(let id): _ = use(id, at: 0, writes: true, "zero in \(section.name)")
    case .reduce(let reduction, let source, let destination, let accumulates):
      reduce(reduction, source, destination, "reduce in \(section.name)")
      if accumulates { read.append((destination, "reduce in \(section.name)")) }
    case .argreduce(let reduction, let source, let destination):
      reduce(reduction, source, destination, "argreduce in \(section.name)")
    case .draw(_, let path, _, let into):
      let place = "draw of \(path) in \(section.name)"
      guard let extent = plan.buffers.indices.contains(Int(into.index)) ? plan[into].extent : nil else {
        check.report(place, .unitAxisWithoutExtent)
        return
      }
      use(into, writes: true, axes: [.unit, .sample], extent: extent, place)
    case .extract(let population, let flags, _):
      let place = "extract in \(section.name)"
      guard check.index(population, of: plan.populations.count, "population", place) else { return }
      use(flags, writes: false, axes: [.unit, .sample], extent: plan.populations[population], place)
    case .deliver(let connection, let delay, let into):
      let place = "deliver in \(section.name)"
      guard let ends = ends(of: connection, place) else { return }
      check.check(delay >= 0, place, .delayBelow(delay, least: 0))
      use(into, writes: true, axes: [.unit, .sample], extent: ends.target, place)
    case .deliverContinuous(let connection, let source, let offset, let into):
      let place = "deliverContinuous in \(section.name)"
      guard let ends = ends(of: connection, place) else { return }
      use(source, at: offset, writes: false, axes: [.unit, .sample], extent: ends.source, place)
      use(into, writes: true, axes: [.unit, .sample], extent: ends.target, place)
    case .deliverTransposed(let connection, let from, let offset, let into, _):
      let place = "deliverTransposed in \(section.name)"
      guard let ends = ends(of: connection, place) else { return }
      use(from, at: offset, writes: false, axes: [.unit, .sample], extent: ends.target, place)
      use(into, writes: true, axes: [.unit, .sample], extent: ends.source, place)
    case .outer(let connection, let delay, let adjoint):
      let place = "outer in \(section.name)"
      guard let ends = ends(of: connection, place) else { return }
      check.check(delay >= 0, place, .delayBelow(delay, least: 0))
      use(adjoint, writes: false, axes: [.unit, .sample], extent: ends.target, place)
    case .outerContinuous(let connection, let source, let offset, let adjoint):
      let place = "outerContinuous in \(section.name)"
      guard let ends = ends(of: connection, place) else { return }
      use(source, at: offset, writes: false, axes: [.unit, .sample], extent: ends.source, place)
      use(adjoint, writes: false, axes: [.unit, .sample], extent: ends.target, place)
    case .influence(let step): influence(step)
    case .plasticity(let rule, let phase):
      let place = "plasticity in \(section.name)"
      guard check.index(rule, of: plan.rules.count, "rule", place),
        let ends = ends(of: plan.rules[rule].connection, place)
      else { return }
      for buffer in plan.rules[rule].reads(phase) { _ = use(buffer, at: 0, writes: false, place) }
      if case .deliver(let into) = phase {
        use(into, writes: true, axes: [.unit, .sample], extent: ends.target, place)
      }
    }
  }

  private mutating func influence(_ step: InfluenceStep) {
    let place = "influence in \(section.name)"
    for (id, offset) in step.reads {
      guard let buffer = buffer(id, place) else { continue }
      // Everything starts from 0.
      if buffer.influence != nil { written.insert(id) }
      _ = use(id, at: offset, writes: false, place)
    }
    for (id, offset) in step.writes { _ = use(id, at: offset, writes: true, place) }
    switch step {
    case .spikes(let connection, let delay, _):
      check.check(delay >= 0, place, .delayBelow(delay, least: 0))
      _ = ends(of: connection, place)
    case .signal(let connection, _, _, _), .spread(let connection, _, _, _): _ = ends(of: connection, place)
    case .values, .pass, .combine, .collect: break
    }
  }

  /// Extents of a connection's source and target.
  private mutating func ends(of connection: Int, _ place: String) -> (source: ExtentID, target: ExtentID)? {
    guard check.index(connection, of: plan.connections.count, "connection", place) else { return nil }
    let found = plan.connections[connection]
    guard plan.populations.indices.contains(found.target) else { return nil }
    switch found.source {
    case .input(let index):
      guard plan.inputs.indices.contains(index) else { return nil }
      return (plan.inputs[index].extent, plan.populations[found.target])
    case .population(let index):
      guard plan.populations.indices.contains(index) else { return nil }
      return (plan.populations[index], plan.populations[found.target])
    }
  }

  private mutating func reduce(_ reduction: Reduction, _ source: BufferID, _ destination: BufferID, _ place: String) {
    guard let from = use(source, at: 0, writes: false, place) else { return }
    let isOneAxis = reduction.axis.rawValue.nonzeroBitCount == 1
    check.check(isOneAxis && from.axes.contains(reduction.axis), place, .reducesMissingAxis(reduction.axis))
    let left = from.axes.subtracting(reduction.axis).subtracting(.tick)
    use(destination, writes: true, axes: left, extent: from.extent, place)
  }

  private mutating func kernel(_ kernel: Kernel) {
    let place = "kernel \(kernel.name) in \(section.name)"
    check.check(!kernel.axes.contains(.tick), place, .kernelTick)
    check.check(
      section.hasChunk || !kernel.axes.contains(.sample), place,
      .stratum(
        allowed: Domain(kernel.axes.subtracting(.sample)), found: Domain(kernel.axes)))
    var provided: Set<SymbolID> = []
    for input in kernel.inputs {
      guard let symbol = check.symbol(input.symbol, place) else { continue }
      check.check(provided.insert(input.symbol).inserted, place, .inputTwice(input.symbol))
      guard let buffer = use(input.buffer, at: input.tickOffset, writes: false, place) else { continue }
      let lanes = buffer.axes.subtracting(.tick)
      check.check(
        lanes.isSubset(of: kernel.axes), place, .bufferAxes(input.buffer, expected: kernel.axes, found: lanes))
      if lanes.contains(.unit) || lanes.contains(.synapse) {
        check.check(
          buffer.extent == kernel.extent, place,
          .bufferExtent(input.buffer, expected: kernel.extent, found: buffer.extent))
      }
      check.check(
        buffer.isBoolean == symbol.isBoolean, place, .bufferType(input.buffer, expectedBoolean: symbol.isBoolean))
    }
    outputs(of: kernel, provided, place)
  }

  private mutating func outputs(of kernel: Kernel, _ provided: Set<SymbolID>, _ place: String) {
    var targets: Set<[Int]> = []
    var roots: [ValueID] = []
    for output in kernel.outputs {
      guard check.index(Int(output.value.index), of: plan.graph.count, "value", place) else { continue }
      roots.append(output.value)
      use(
        output.buffer, at: output.tickOffset, writes: true, axes: kernel.axes, extent: kernel.extent, place)
      let isNew = targets.insert([Int(output.buffer.index), output.tickOffset]).inserted
      check.check(isNew || output.accumulates, place, .outputTwice(output.buffer))
      let isBoolean = plan.graph[output.value].isBoolean
      if plan.buffers.indices.contains(Int(output.buffer.index)) {
        check.check(
          plan[output.buffer].isBoolean == isBoolean, place, .bufferType(output.buffer, expectedBoolean: isBoolean))
      }
    }
    guard check.isGraphSound else { return }
    for value in plan.graph.reachable(from: roots) {
      let node = plan.graph[value]
      switch node.opcode {
      case .load:
        let symbol = SymbolID(Int(node.aux))
        check.check(provided.contains(symbol), place, .inputMissing(symbol))
      case .reduce, .argreduce: check.report(place, .reductionInKernel(value))
      default: break
      }
    }
  }

  mutating func bindings() {
    let filled = Set(plan.bindings.filter { $0.value.isFilledFromOutside }.keys)
    for (id, place) in read where !filled.contains(id) && !written.contains(id) {
      check.report(place, .neverWritten(id))
    }
    var seen: Set<Binding> = []
    for (id, binding) in plan.bindings.sorted(by: { $0.key < $1.key }) {
      let place = "binding of @\(id.index)"
      guard let buffer = buffer(id, place) else { continue }
      check.check(seen.insert(binding).inserted, place, .boundTwice(id))
      if binding.isFilledFromOutside {
        check.check(!written.contains(id), place, .writesBound(id))
      } else if !binding.mayStayUnwritten {
        check.check(written.contains(id), place, .boundUnwritten(id))
      }
      self.binding(binding, id, buffer, place)
    }
  }

  private mutating func binding(_ binding: Binding, _ id: BufferID, _ buffer: Buffer, _ place: String) {
    switch binding {
    case .parameter(let index), .gradient(let index):
      guard check.index(index, of: plan.parameters.count, "parameter", place) else { return }
      let expected: Axes =
        switch plan.parameters[index].shape {
        case .scalar: []
        case .perUnit: [.unit]
        case .synapses: [.synapse]
        }
      check.check(buffer.axes == expected, place, .bufferAxes(id, expected: expected, found: buffer.axes))
    case .initialState(let population, _):
      _ = check.index(population, of: plan.populations.count, "population", place)
    case .carriedIn, .carriedOut:
      check.check(
        buffer.axes == [.sample, .unit], place, .bufferAxes(id, expected: [.sample, .unit], found: buffer.axes))
    case .input(let index): _ = check.index(index, of: plan.inputs.count, "input", place)
    case .drive(let population, _): _ = check.index(population, of: plan.populations.count, "population", place)
    case .time:
      // A row per tick, or the present tick's.
      check.check(buffer.axes.isSubset(of: .tick), place, .bufferAxes(id, expected: .tick, found: buffer.axes))
    case .loss, .score, .stepSize, .tickCount, .batchCount:
      check.check(buffer.axes.isEmpty, place, .bufferAxes(id, expected: [], found: buffer.axes))
    case .data, .record: break
    }
  }
}

extension Binding {
  var isFilledFromOutside: Bool {
    switch self {
    case .parameter, .initialState, .carriedIn, .data, .input, .drive, .time, .stepSize, .tickCount, .batchCount: true
    case .gradient, .loss, .score, .record, .carriedOut: false
    }
  }

  /// A weight's gradient may come from the runtime's `outer` alone.
  var mayStayUnwritten: Bool { if case .gradient = self { true } else { false } }
}
