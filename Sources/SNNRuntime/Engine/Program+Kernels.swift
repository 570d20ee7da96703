import CSNNKernels
import SNNIR

extension Program {
  func lower(
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
      unitLanes = synapseCount(Int(extent.index))
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
    code.operandSlots = storage.keep(program.operandSlots)
    if code.tile == 0 {
      code.strides = storage.keep(program.operandSlots.map { slots[Int($0)].laneStride * LaneProgram.block })
    }
    maximumOperands = max(maximumOperands, code.strides.count)
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
