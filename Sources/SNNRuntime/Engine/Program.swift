import CSNNKernels
import SNNIR

/// Sections of a plan, in order of execution.
enum Section: Int, CaseIterable, Sendable {
  case once, start, tick, sampleEnd, batchEnd, batchEndReverse, sampleEndReverse, reverseTick, reverseStart, reverseEnd
  case onceReverse

  /// Runs on the batch, not on a chunk.
  var isGlobal: Bool { self == .once || self == .batchEnd || self == .batchEndReverse || self == .onceReverse }
  var isLoop: Bool { self == .tick || self == .reverseTick }
  var isReverse: Bool { rawValue >= Section.batchEndReverse.rawValue }
}

extension Plan {
  func steps(_ section: Section) -> [PlanStep] {
    switch section {
    case .once: once
    case .start: start
    case .tick: tick
    case .sampleEnd: sampleEnd
    case .batchEnd: batchEnd
    case .batchEndReverse: batchEndReverse
    case .sampleEndReverse: sampleEndReverse
    case .reverseTick: reverseTick
    case .reverseStart: reverseStart
    case .reverseEnd: reverseEnd
    case .onceReverse: onceReverse
    }
  }
}

extension PlanStep {
  /// Buffers read (with the tick offset) and written.
  var reads: [(BufferID, Int)] {
    switch self {
    case .kernel(let kernel): kernel.inputs.map { ($0.buffer, $0.tickOffset) }
    case .zero: []
    case .reduce(_, let source, let destination, let accumulates):
      accumulates ? [(source, 0), (destination, 0)] : [(source, 0)]
    case .argreduce(_, let source, _): [(source, 0)]
    case .extract(_, let flags, _): [(flags, 0)]
    case .deliver: []
    case .deliverContinuous(_, let source, let offset, _): [(source, offset)]
    case .deliverTransposed(_, let from, let offset, _, _): [(from, offset)]
    case .outer(_, _, let adjoint): [(adjoint, 0)]
    case .outerContinuous(_, let source, let offset, let adjoint): [(source, offset), (adjoint, 0)]
    }
  }

  var writes: [(BufferID, Int)] {
    switch self {
    case .kernel(let kernel): kernel.outputs.map { ($0.buffer, $0.tickOffset) }
    case .zero(let buffer): [(buffer, 0)]
    case .reduce(_, _, let destination, _), .argreduce(_, _, let destination): [(destination, 0)]
    case .extract, .outer, .outerContinuous: []
    case .deliver(_, _, let into), .deliverContinuous(_, _, _, let into), .deliverTransposed(_, _, _, let into, _):
      [(into, 0)]
    }
  }
}

/// A connection as the kernels need it.
struct ConnectionCode: Sendable {
  var isInput: Bool
  var source: Int
  var low: Int
  var high: Int
  var targetLow: Int
  var targetCount: Int
  /// Lanes to add per spike: whole padded rows where all of the target takes part.
  var width: Int
  /// Lanes of a row of the weights: targets padded.
  var stride: Int
  var isOneToOne: Bool
  var parameter: Int
  /// Bytes from the start of the gradient slot.
  var gradientOffset = 0
  var needsTransposed = false
  var needsDense = false
  var hasOuter = false
  var sourceCount: Int { high - low }
  /// Lanes of the weight array.
  var weightLanes: Int { isOneToOne ? padded(targetCount) : sourceCount * stride }
}

/// A plan compiled for one precision and instruction set: code, and everything about memory that does not depend on
/// the batch.
final class Program: @unchecked Sendable {
  let plan: Plan
  let precision: Precision
  let lanes: KernelTable
  let tables: (f32: KernelTable, f64: KernelTable)
  private(set) var traits: [BufferTraits] = []
  private(set) var connections: [ConnectionCode] = []
  private(set) var sections: [[StepCode]] = []
  private(set) var programs: [LaneProgram] = []
  /// Kernels whose memory `kernelPointers` owns.
  private(set) var kernels: [KernelCode] = []
  /// Symbols that read a buffer, the state of a population first: what a fault is named after.
  private(set) var symbolOf: [BufferID: SymbolID] = [:]
  private(set) var gradientBytes = 0
  private(set) var maximumRegisters = 1
  private(set) var maximumSlots = 1
  private(set) var maximumTemporaries = 1
  private(set) var scalarBytes = 0
  /// Bytes of operands spread over the lanes: fixed ones, and per sample of capacity.
  private(set) var expansionBytes = 0
  private(set) var expansionBytesPerSample = 0
  private(set) var isGraded: [Bool] = []
  /// `once` reads data of the batch, so it runs for every batch.
  private(set) var onceReadsSamples = false
  /// The same, for the inner loops: nothing is counted when they are read.
  private(set) var kernelTable = UnsafeBufferPointer<KernelCode>(start: nil, count: 0)
  private(set) var connectionTable = UnsafeBufferPointer<ConnectionCode>(start: nil, count: 0)
  /// Buffers that each kernel writes, with their tick offsets.
  private(set) var kernelOutputs: [[(BufferID, Int)]] = []
  /// Buffers bound to the time that have no row per tick.
  private(set) var timeBuffers: [Int] = []
  /// What a chunk ends with, in which a number that is not finite shows.
  private(set) var finalBuffers: [Int] = []
  /// 0, 1, 2, … up to the largest source.
  private(set) var ascending: UnsafePointer<UInt32>
  let multiplyAdd: snn_lane_fn
  private let storage = CodeStorage()

  var populationUnits: [Int] { plan.populations.map { plan.graph[$0].size } }

  init(plan: Plan, precision: Precision, instructionSet: InstructionSet, fuses: Bool) throws {
    guard let f32 = KernelTable(instructionSet, .f32), let f64 = KernelTable(instructionSet, .f64) else {
      throw RuntimeError.instructionSetUnavailable(instructionSet)
    }
    self.plan = plan
    self.precision = precision
    tables = (f32, f64)
    lanes = precision == .f32 ? f32 : f64
    multiplyAdd = lanes.lane(SNN_MUL_ADD, mode: 0)!
    let longest = (plan.connections.map(\.sourceRange.count).max() ?? 0) + 1
    ascending = storage.keep((0..<longest).map { UInt32($0) }).baseAddress!
    try makeTraits()
    try makeConnections()
    for section in Section.allCases { try compile(section, fuses: fuses) }
    finalBuffers = traits.indices.filter {
      (traits[$0].home == .workspace || traits[$0].home == .batch) && traits[$0].rows == .single && traits[$0].hasSample
    }
    kernelTable = storage.keep(kernels)
    connectionTable = storage.keep(connections)
    timeBuffers = traits.indices.filter { plan.bindings[BufferID($0)] == .time && traits[$0].rows == .single }
      .filter { traits[$0].home != .nowhere }
  }

  /// Holds a state of a neuron: infinity is a fault there.
  func isState(_ buffer: BufferID) -> Bool {
    guard let symbol = symbolOf[buffer] else { return false }
    switch plan.graph[symbol].kind {
    case .state, .nextState: return true
    default: return false
    }
  }

  func malformed(_ reason: String) -> RuntimeError { .malformedPlan(reason) }

  // MARK: Buffers

  private func makeTraits() throws {
    var chunkWrites = Set<BufferID>()
    var globalWrites = Set<BufferID>()
    var batchTouched = Set<BufferID>()
    var chunkTouched = Set<BufferID>()
    var reach = [Int](repeating: 0, count: plan.buffers.count)
    for section in Section.allCases {
      for step in plan.steps(section) {
        for (buffer, offset) in step.reads + step.writes {
          guard Int(buffer.index) < plan.buffers.count else { throw malformed("a step names an unknown buffer") }
          reach[Int(buffer.index)] = max(reach[Int(buffer.index)], abs(offset))
          if section.isGlobal { batchTouched.insert(buffer) } else { chunkTouched.insert(buffer) }
        }
        for (buffer, _) in step.writes {
          if section.isGlobal { globalWrites.insert(buffer) } else { chunkWrites.insert(buffer) }
        }
        if case .kernel(let kernel) = step {
          for input in kernel.inputs {
            let symbol = plan.graph[input.symbol]
            if symbolOf[input.buffer] == nil { symbolOf[input.buffer] = input.symbol }
            if case .state = symbol.kind { symbolOf[input.buffer] = input.symbol }
          }
          if section == .once, kernel.axes.contains(.sample) { onceReadsSamples = true }
        }
      }
    }
    let sums = Set(plan.chunkSums)
    let globalReads = batchTouched
    for (index, buffer) in plan.buffers.enumerated() {
      let id = BufferID(index)
      var t = BufferTraits()
      t.hasSample = buffer.axes.contains(.sample)
      t.hasUnit = buffer.axes.contains(.unit)
      t.hasSynapse = buffer.axes.contains(.synapse)
      if t.hasUnit {
        guard let extent = buffer.extent else { throw malformed("buffer \(buffer.name) has units of nothing") }
        t.units = plan.graph[extent].size
        t.lanes = padded(t.units)
      }
      if t.hasSynapse {
        guard let extent = buffer.extent, Int(extent.index) < plan.connections.count, !t.hasSample, !t.hasUnit else {
          throw malformed("buffer \(buffer.name) has synapses of nothing")
        }
        t.units = synapseCount(plan.connections[Int(extent.index)])
        t.lanes = t.units
      }
      t.elementBytes = t.isScalar || buffer.isWide ? 8 : precision.bytes
      switch buffer.lifetime {
      case .ring(let length):
        guard length > 0 else { throw malformed("ring \(buffer.name) has no rows") }
        t.rows = .ring
        t.rowCount = length
      case .chunk where buffer.axes.contains(.tick):
        t.rows = .tick
        t.firstRow = reach[index] + 1
        t.rowCount = plan.ticks + 1 + 2 * t.firstRow
      case .chunk: break
      }
      if !batchTouched.contains(id), !chunkTouched.contains(id), !Self.isResult(plan.bindings[id]) {
        t.home = .nowhere
      } else if t.hasSample {
        t.home = batchTouched.contains(id) ? .batch : .workspace
      } else if sums.contains(id) {
        t.home = .sum
      } else if plan.bindings[id] == .time, t.rows == .single {
        t.home = .dual
      } else if chunkWrites.contains(id) {
        guard !globalWrites.contains(id) else {
          throw malformed("\(buffer.name) is written by sections of the batch and of a chunk")
        }
        t.home = globalReads.contains(id) ? .first : .workspace
      } else {
        t.home = .shared
      }
      traits.append(t)
    }
  }

  private static func isResult(_ binding: Binding?) -> Bool {
    switch binding {
    case .loss, .score, .gradient, .record: true
    default: false
    }
  }

  private func synapseCount(_ connection: Connection) -> Int {
    connection.pattern == .oneToOne
      ? connection.targetRange.count : connection.targetRange.count * connection.sourceRange.count
  }

  // MARK: Connections

  private func makeConnections() throws {
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

  // MARK: Code

  private func compile(_ section: Section, fuses: Bool) throws {
    let steps = plan.steps(section)
    let written = Set(steps.flatMap { $0.writes.map(\.0) })
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
      }
      if section.isGlobal {
        switch step {
        case .kernel, .zero, .reduce, .argreduce: break
        default: throw malformed("spikes and products belong to the sections of a chunk")
        }
      }
    }
    sections.append(code)
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

  private func lower(
    _ kernel: Kernel, _ program: LaneProgram, isLoop: Bool, isInvariant: (BufferID) -> Bool
  ) throws -> KernelCode {
    var code = KernelCode()
    code.isScalar = kernel.axes.intersection([.unit, .sample, .synapse]).isEmpty
    let laneBytes = program.isWide ? 8 : 4
    code.laneBytes = laneBytes
    let unitLanes: Int
    if kernel.axes.contains(.unit) {
      guard let extent = kernel.extent else { throw malformed("kernel \(kernel.name) has units of nothing") }
      unitLanes = padded(plan.graph[extent].size)
    } else if kernel.axes.contains(.synapse) {
      guard let extent = kernel.extent else { throw malformed("kernel \(kernel.name) has synapses of nothing") }
      unitLanes = synapseCount(plan.connections[Int(extent.index)])
    } else {
      unitLanes = 1
    }
    for input in kernel.inputs where plan[input.buffer].axes.contains(.unit) {
      guard plan[input.buffer].extent == kernel.extent else {
        throw malformed("kernel \(kernel.name) reads units of another population")
      }
    }
    code.lanesPerSample = unitLanes
    code.hasSample = kernel.axes.contains(.sample)
    let hasPerUnit = code.hasSample && (program.access.contains(.perUnit) || program.usesUnitIndex)
    // A tile holds whole rows of units, so that one operand per unit serves every tile.
    code.tile =
      hasPerUnit ? (unitLanes <= LaneProgram.block ? LaneProgram.block / unitLanes * unitLanes : unitLanes) : 0
    var leavesInvariant = true
    let leaves = program.scalars.leaves.map { leaf -> LeafCode in
      switch leaf {
      case .tickIndex:
        leavesInvariant = false
        return LeafCode(buffer: -1, offset: 0)
      case .input(let index):
        let input = kernel.inputs[index]
        if !isInvariant(input.buffer) { leavesInvariant = false }
        return LeafCode(buffer: Int(input.buffer.index), offset: input.tickOffset)
      }
    }
    code.prologueIsInvariant = leavesInvariant && !code.isScalar && isLoop
    code.leaves = storage.keep(leaves)
    code.scalarInstructions = storage.keep(program.scalars.instructions)
    code.scalarPool = storage.keep(program.scalars.pool)
    code.scalarNodes = storage.keep(program.scalars.nodes)
    code.scalarResults = storage.keep(program.scalars.results)
    code.scalarOffset = scalarBytes
    scalarBytes += padded(program.scalars.results.count * 8, to: 64)
    maximumRegisters = max(maximumRegisters, program.scalars.registerCount)
    if code.isScalar {
      code.outputs = storage.keep(
        kernel.outputs.map {
          OutputCode(buffer: Int($0.buffer.index), offset: $0.tickOffset, accumulates: $0.accumulates)
        })
      return code
    }
    var expansions: [ExpansionCode] = []
    func expand(_ kind: ExpansionCode.Kind, _ input: KernelInput?) -> Int {
      let isFixed = kind == .perUnit || kind == .unitIndex
      let bytes = (isFixed ? max(code.tile, unitLanes) : unitLanes) * laneBytes
      expansions.append(
        ExpansionCode(
          kind: kind, buffer: input.map { Int($0.buffer.index) } ?? -1, offset: input?.tickOffset ?? 0,
          memory: isFixed ? expansionBytes : expansionBytesPerSample, laneBytes: laneBytes, unitLanes: unitLanes,
          tile: max(code.tile, unitLanes), isInvariant: input.map { isInvariant($0.buffer) } ?? isLoop))
      if isFixed { expansionBytes += padded(bytes, to: 64) } else { expansionBytesPerSample += bytes }
      return expansions.count - 1
    }
    var slots: [SlotCode] = []
    for (slot, bytes) in zip(program.slots, program.slotLaneBytes) {
      switch slot {
      case .temporary(let index):
        slots.append(SlotCode(kind: .temporary, index: index, offset: 0, laneStride: 0, unitStride: 0))
      case .scalar(let index):
        slots.append(SlotCode(kind: .scalar, index: index, offset: 0, laneStride: 0, unitStride: 0))
      case .unitIndex:
        let index = expand(.unitIndex, nil)
        slots.append(SlotCode(kind: .expansion, index: index, offset: 0, laneStride: 0, unitStride: bytes))
      case .output(let index):
        let output = kernel.outputs[index]
        slots.append(
          SlotCode(
            kind: .buffer, index: Int(output.buffer.index), offset: output.tickOffset, laneStride: bytes,
            unitStride: 0))
      case .input(let index):
        let input = kernel.inputs[index]
        switch program.access[index] {
        case .perUnit:
          slots.append(
            SlotCode(
              kind: .expansion, index: expand(.perUnit, input), offset: 0, laneStride: 0, unitStride: laneBytes))
        case .convertedOnce:
          slots.append(
            SlotCode(
              kind: .sampleExpansion, index: expand(.converted, input), offset: 0, laneStride: laneBytes,
              unitStride: 0))
        case .perSample:
          slots.append(
            SlotCode(
              kind: .sampleExpansion, index: expand(.perSample, input), offset: 0, laneStride: laneBytes,
              unitStride: 0))
        default:
          slots.append(
            SlotCode(
              kind: .buffer, index: Int(input.buffer.index), offset: input.tickOffset, laneStride: bytes,
              unitStride: 0))
        }
      }
    }
    // A kernel without samples has one row of units, along which everything advances.
    for i in slots.indices where !code.hasSample && slots[i].unitStride > 0 {
      slots[i].laneStride = slots[i].unitStride
      slots[i].unitStride = 0
    }
    code.slots = storage.keep(slots)
    code.instructions = storage.keep(program.instructions)
    code.specials = storage.keep(
      program.specials.map {
        SpecialCode(node: $0.node, arguments: storage.keep($0.arguments))
      })
    code.expansions = storage.keep(expansions)
    code.temporaryBytes = LaneProgram.block * laneBytes
    maximumSlots = max(maximumSlots, slots.count)
    maximumTemporaries = max(maximumTemporaries, program.temporaryCount)
    return code
  }
}
