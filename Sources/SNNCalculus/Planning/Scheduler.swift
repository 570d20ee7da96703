import SNNIR

/// The sections of a plan that the scheduler fills.
enum Section: Int, Hashable, CaseIterable {
  case once, start, tick, sampleEnd, batchEnd, reverseTick, reverseEnd, onceReverse

  /// Where a value of this domain is computed.
  init(_ domain: Domain) {
    switch domain.phase {
    case .once: self = domain.axes.contains(.sample) ? .start : .once
    case .tick: self = .tick
    case .sampleEnd: self = .sampleEnd
    case .batchEnd: self = .batchEnd
    case .reverseTick: self = .reverseTick
    case .reverseEnd: self = domain.axes.contains(.sample) ? .reverseEnd : .onceReverse
    }
  }
}

/// Turns values into kernels and reductions: each value is computed in the section of its phase, by a kernel over its
/// own axes; values of one section, level and shape share a kernel. Populations' own kernels are made elsewhere and ask
/// here for what they read.
struct Scheduler {
  private struct Group: Hashable {
    var section: Section
    var level: Int
    var axes: Axes
    var extent: ExtentID?
  }
  private struct Key: Hashable {
    var value: ValueID
    var section: Section
  }

  /// Buffers of symbols that are filled from outside or by hand-made kernels.
  var bound: [SymbolID: BufferID] = [:]
  /// Added to the tick where a kernel reads these.
  var offsets: [BufferID: Int] = [:]
  /// Accumulators over time that hand-made kernels keep: by reduction node.
  var accumulators: [ValueID: BufferID] = [:]
  /// Reductions over time that no population's kernel keeps.
  private(set) var loose: [ValueID] = []

  private var known: [Key: BufferID] = [:]
  private var levels: [BufferID: Int] = [:]
  private var groups: [Group: [KernelOutput]] = [:]
  private var reductions: [Group: [PlanStep]] = [:]
  private var symbols: [BufferID: SymbolID] = [:]
  /// Buffers that the backward sections add to, to be zeroed before they run.
  private(set) var reverseSums: [BufferID] = []

  /// The buffer that holds `value`; it is computed in the section of its phase, or in `section` where that is the
  /// reverse one and the value belongs to forward time (it is computed again from what is kept).
  mutating func materialise(_ value: ValueID, in section: Section? = nil, _ plan: inout Plan) -> BufferID {
    let node = plan.graph[value]
    if node.opcode == .load, let buffer = bound[SymbolID(Int(node.aux))] { return buffer }
    if let buffer = accumulators[value] { return buffer }
    var home = Section(node.domain)
    if home == .tick, section == .reverseTick { home = .reverseTick }
    let key = Key(value: value, section: home)
    if let buffer = known[key] { return buffer }
    let buffer =
      node.opcode == .reduce || node.opcode == .argreduce
      ? reduction(value, home, &plan) : elementwise(value, home, &plan)
    known[key] = buffer
    return buffer
  }

  /// A kernel that computes `outputs` over the given lanes, reading what the scheduler has or makes.
  mutating func kernel(
    named name: String, axes: Axes, extent: ExtentID?, isWide: Bool, section: Section,
    outputs: [KernelOutput], _ plan: inout Plan
  ) -> Kernel {
    var leaves = self.leaves(of: outputs.map(\.value), axes: axes, section: section, plan.graph)
    leaves.sort()
    var map: [ValueID: ValueID] = [:]
    var inputs: [KernelInput] = []
    var seen = Set<SymbolID>()
    for leaf in leaves {
      let buffer = materialise(leaf, in: section, &plan)
      let symbol: SymbolID
      if plan.graph[leaf].opcode == .load {
        symbol = SymbolID(Int(plan.graph[leaf].aux))
      } else {
        symbol = self.symbol(for: buffer, of: leaf, &plan)
        map[leaf] = plan.graph.load(symbol)
      }
      if seen.insert(symbol).inserted {
        inputs.append(KernelInput(symbol: symbol, buffer: buffer, tickOffset: offsets[buffer] ?? 0))
      }
    }
    let values = plan.graph.rewrite(outputs.map(\.value)) { _, value in map[value] }
    let rewritten = zip(outputs, values).map { output, value in
      var output = output
      output.value = value
      return output
    }
    return Kernel(name: name, axes: axes, extent: extent, isWide: isWide, inputs: inputs, outputs: rewritten)
  }

  private mutating func symbol(for buffer: BufferID, of leaf: ValueID, _ plan: inout Plan) -> SymbolID {
    if let symbol = symbols[buffer] { return symbol }
    let node = plan.graph[leaf]
    let symbol = plan.graph.addSymbol(
      Symbol(plan[buffer].name, .temporary, domain: node.domain, isBoolean: node.isBoolean))
    symbols[buffer] = symbol
    return symbol
  }

  /// The values at which a kernel stops: loads, reductions, and whatever is computed elsewhere (another phase, fewer
  /// axes). Numbers, and values that change with nothing but the tick, are computed in place.
  private func leaves(
    of roots: [ValueID], axes: Axes, section: Section, _ graph: Graph
  ) -> [ValueID] {
    var result: [ValueID] = []
    var seen = Set<ValueID>()
    var stack = roots
    while let value = stack.popLast() {
      guard seen.insert(value).inserted else { continue }
      let node = graph[value]
      switch node.opcode {
      case .const, .unitIndex, .tickIndex: continue
      case .load, .reduce, .argreduce:
        result.append(value)
        continue
      default: break
      }
      var home = Section(node.domain)
      // Tick 0 and backward time compute values of forward time in place.
      if home == .tick, section == .reverseTick || section == .start { home = section }
      let tickOnly = node.domain.axes.subtracting(.tick).isEmpty && node.domain.axes.contains(.tick)
      if tickOnly || (home == section && node.domain.axes.subtracting(.tick) == axes) {
        stack.append(contentsOf: graph.arguments(value))
      } else if isConstant(value, graph) || (home == .tick && section == .tick && isGiven(value, graph)) {
        stack.append(contentsOf: graph.arguments(value))
      } else {
        result.append(value)
      }
    }
    return result
  }

  /// Made of data, parameters and time alone: populations' kernels run before what this makes of a tick, and compute
  /// such values for themselves.
  private func isGiven(_ value: ValueID, _ graph: Graph) -> Bool {
    graph.reachable(from: [value]).allSatisfy { value in
      switch graph[value].opcode {
      case .reduce, .argreduce: return false
      case .load:
        switch graph[SymbolID(Int(graph[value].aux))].kind {
        case .data, .parameter, .time, .stepSize, .tickCount, .batchCount: return true
        default: return false
        }
      default: return true
      }
    }
  }

  /// Made of numbers alone.
  private func isConstant(_ value: ValueID, _ graph: Graph) -> Bool {
    graph[value].domain.axes.isEmpty
      && graph.reachable(from: [value]).allSatisfy { graph[$0].opcode != .load && graph[$0].opcode != .reduce }
  }

  private mutating func level(above buffers: [BufferID]) -> Int { (buffers.map { levels[$0] ?? -1 }.max() ?? -1) + 1 }

  private mutating func elementwise(_ value: ValueID, _ home: Section, _ plan: inout Plan) -> BufferID {
    let domain = plan.graph[value].domain
    let axes = domain.axes.subtracting(.tick)
    let inputs = leaves(of: [value], axes: axes, section: home, plan.graph)
    let sources = inputs.map { materialise($0, in: home, &plan) }
    let level = level(above: sources.filter { isComputed($0, in: home) })
    let isWide = home != .tick && home != .reverseTick
    let buffer = plan.addBuffer(
      Buffer(
        name: "v\(value.index)", axes: axes, extent: domain.extent, isWide: isWide,
        isBoolean: plan.graph[value].isBoolean))
    levels[buffer] = level
    sections[buffer] = home
    groups[Group(section: home, level: level, axes: axes, extent: domain.extent), default: []]
      .append(KernelOutput(value: value, buffer: buffer))
    return buffer
  }

  private var sections: [BufferID: Section] = [:]
  private func isComputed(_ buffer: BufferID, in section: Section) -> Bool { sections[buffer] == section }

  private mutating func reduction(_ value: ValueID, _ home: Section, _ plan: inout Plan) -> BufferID {
    let node = plan.graph[value]
    let reduction = Reduction(aux: node.aux)
    let operand = plan.graph.argument(value, 0)
    if reduction.axis == .tick {
      return node.domain.phase == .reverseEnd
        ? reverseSum(operand, node.domain, &plan) : looseAccumulator(value, &plan)
    }
    let source = materialise(operand, in: home, &plan)
    // Sums over the samples of a chunk are added up over chunks by the runtime.
    let home = home == .onceReverse && reduction.axis == .sample ? .reverseEnd : home
    let isTick = home == .tick || home == .reverseTick
    let buffer = plan.addBuffer(
      Buffer(
        name: "r\(value.index)", axes: node.domain.axes.subtracting(.tick), extent: node.domain.extent,
        isWide: !isTick))
    let level = isComputed(source, in: home) ? (levels[source] ?? 0) + 1 : 0
    levels[buffer] = level
    sections[buffer] = home
    if home == .reverseEnd, reduction.axis == .sample { plan.chunkSums.append(buffer) }
    let step: PlanStep =
      node.opcode == .reduce
      ? .reduce(reduction, source: source, destination: buffer, accumulates: false)
      : .argreduce(reduction, source: source, destination: buffer)
    reductions[Group(section: home, level: level, axes: [], extent: nil), default: []].append(step)
    return buffer
  }

  /// Σ over ticks of a value of backward time: a sum that the reverse loop adds to.
  private mutating func reverseSum(_ operand: ValueID, _ domain: Domain, _ plan: inout Plan) -> BufferID {
    let operandDomain = plan.graph[operand].domain
    let axes = operandDomain.axes.subtracting(.tick)
    let buffer = plan.addBuffer(
      Buffer(name: "sum\(operand.index)", axes: axes, extent: operandDomain.extent, isWide: true))
    let inputs = leaves(of: [operand], axes: axes, section: .reverseTick, plan.graph)
    let sources = inputs.map { materialise($0, in: .reverseTick, &plan) }
    let level = level(above: sources.filter { isComputed($0, in: .reverseTick) })
    groups[Group(section: .reverseTick, level: level, axes: axes, extent: operandDomain.extent), default: []]
      .append(KernelOutput(value: operand, buffer: buffer, accumulates: true))
    reverseSums.append(buffer)
    return buffer
  }

  /// A reduction over time that no population keeps in its own kernel: updated each tick after the populations.
  private mutating func looseAccumulator(_ value: ValueID, _ plan: inout Plan) -> BufferID {
    let node = plan.graph[value]
    let reduction = Reduction(aux: node.aux)
    let operand = plan.graph.argument(value, 0)
    let accumulator = Accumulator(reduction.kind, operand: operand, &plan)
    for (reductionNode, buffer) in accumulator.nodes(&plan.graph) { accumulators[reductionNode] = buffer }
    loose.append(value)
    let axes = node.domain.axes
    let outputs = accumulator.update(operand: operand, &plan.graph, bound: &bound)
    let inputs = leaves(of: outputs.map(\.value), axes: axes, section: .tick, plan.graph)
    let sources = inputs.map { materialise($0, in: .tick, &plan) }
    let level = level(above: sources.filter { isComputed($0, in: .tick) })
    groups[Group(section: .tick, level: level, axes: axes, extent: node.domain.extent), default: []] += outputs
    plan.start += accumulator.initialise(&plan)
    return accumulators[value]!
  }

  /// Adds a finished output to a section: `value` goes into `buffer`, whatever its own phase.
  mutating func emit(_ value: ValueID, into buffer: BufferID, section: Section, _ plan: inout Plan) {
    let axes = plan[buffer].axes.subtracting(.tick)
    let inputs = leaves(of: [value], axes: axes, section: section, plan.graph)
    let sources = inputs.map { materialise($0, in: section, &plan) }
    let level = level(above: sources.filter { isComputed($0, in: section) })
    groups[Group(section: section, level: level, axes: axes, extent: plan[buffer].extent), default: []]
      .append(KernelOutput(value: value, buffer: buffer))
  }

  /// Everything asked for so far, as steps of each section in order of dependence. Asks for nothing new.
  mutating func flush(_ plan: inout Plan) -> [Section: [PlanStep]] {
    var result: [Section: [PlanStep]] = [:]
    let pending = groups
    for section in Section.allCases {
      let keys = Set(pending.keys.filter { $0.section == section }.map(\.level))
        .union(reductions.keys.filter { $0.section == section }.map(\.level)).sorted()
      var steps: [PlanStep] = []
      for level in keys {
        steps += reductions[Group(section: section, level: level, axes: [], extent: nil)] ?? []
        let shapes = pending.keys.filter { $0.section == section && $0.level == level }
          .sorted { ($0.axes.rawValue, $0.extent?.index ?? -1) < ($1.axes.rawValue, $1.extent?.index ?? -1) }
        for shape in shapes {
          let isWide = section != .tick && section != .reverseTick
          let made = kernel(
            named: "\(section) \(level)", axes: shape.axes, extent: shape.extent, isWide: isWide, section: section,
            outputs: pending[shape]!, &plan)
          steps.append(.kernel(made))
        }
      }
      result[section] = steps
    }
    groups = [:]
    reductions = [:]
    return result
  }
}
