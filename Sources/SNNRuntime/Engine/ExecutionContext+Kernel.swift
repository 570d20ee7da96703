import CSNNKernels
import SNNIR

extension ExecutionContext {
  /// Values and spread operands that a loop does not change: once before it.
  func prepareLoop(_ section: Section) {
    for step in program.sections[section.rawValue] {
      guard case .kernel(let index) = step else { continue }
      let kernel = program.kernels[index]
      if kernel.prologueIsInvariant { runScalars(kernel, tick: 0) }
      for expansion in kernel.expansions where expansion.isInvariant { spread(expansion, tick: 0) }
    }
  }

  func runScalars(_ kernel: KernelCode, tick: Int) {
    let r = registers
    for (register, leaf) in kernel.leaves.enumerated() {
      r[register] =
        leaf.buffer < 0
        ? Double(tick)
        : address(leaf.buffer, tick: tick + leaf.offset).assumingMemoryBound(to: Double.self).pointee
    }
    ScalarProgram.run(kernel.scalarInstructions, kernel.scalarPool, kernel.scalarNodes, r)
    if kernel.isScalar {
      for (result, output) in zip(kernel.scalarResults, kernel.outputs) {
        let to = address(output.buffer, tick: tick + output.offset).assumingMemoryBound(to: Double.self)
        to.pointee = output.accumulates ? to.pointee + r[Int(result)] : r[Int(result)]
      }
      return
    }
    let to = scalars.base + kernel.scalarOffset
    if kernel.laneBytes == 8 {
      let to = to.assumingMemoryBound(to: Double.self)
      for (index, result) in kernel.scalarResults.enumerated() { to[index] = r[Int(result)] }
    } else {
      let to = to.assumingMemoryBound(to: Float.self)
      for (index, result) in kernel.scalarResults.enumerated() { to[index] = Float(r[Int(result)]) }
    }
  }

  /// Spreads an operand with fewer axes over the lanes of its kernel.
  func spread(_ e: ExpansionCode, tick: Int) {
    if e.kind == .perSample {
      let to = sampleExpansions.base + e.memory * capacity
      let from = address(e.buffer, tick: tick + e.offset)
      let isWide = rows[e.buffer].elementBytes == 8
      for s in 0..<samples {
        let x =
          isWide
          ? from.assumingMemoryBound(to: Double.self)[s] : Double(from.assumingMemoryBound(to: Float.self)[s])
        let row = to + s * e.unitLanes * e.laneBytes
        if e.laneBytes == 8 {
          row.assumingMemoryBound(to: Double.self).update(repeating: x, count: e.unitLanes)
        } else {
          row.assumingMemoryBound(to: Float.self).update(repeating: Float(x), count: e.unitLanes)
        }
      }
      return
    }
    if e.kind == .converted {
      let kernels = program.tables.f32.raw.pointee
      operands[0] = sampleExpansions.base + e.memory * capacity
      operands[1] = address(e.buffer, tick: tick + e.offset)
      (e.laneBytes == 8 ? kernels.widen : kernels.narrow)(operands, e.unitLanes * samples)
      return
    }
    let to = expansions.base + e.memory
    let from = e.kind == .perUnit ? address(e.buffer, tick: tick + e.offset) : nil
    let isWide = e.kind == .perUnit && rows[e.buffer].elementBytes == 8
    for lane in 0..<e.tile {
      let unit = lane % e.unitLanes
      let x: Double
      if let from {
        x =
          isWide
          ? from.assumingMemoryBound(to: Double.self)[unit] : Double(from.assumingMemoryBound(to: Float.self)[unit])
      } else {
        x = Double(unit)
      }
      if e.laneBytes == 8 {
        to.assumingMemoryBound(to: Double.self)[lane] = x
      } else {
        to.assumingMemoryBound(to: Float.self)[lane] = Float(x)
      }
    }
  }

  /// Runs a kernel over all its lanes at one tick.
  func run(_ kernel: KernelCode, tick: Int) {
    if !kernel.prologueIsInvariant { runScalars(kernel, tick: tick) }
    if kernel.isScalar { return }
    for expansion in kernel.expansions where !expansion.isInvariant { spread(expansion, tick: tick) }
    let slots = self.slots
    let current = self.current
    let operands = self.operands
    for (index, slot) in kernel.slots.enumerated() {
      switch slot.kind {
      case .buffer: slots[index] = address(slot.index, tick: tick + slot.offset)
      case .temporary: slots[index] = temporaries.base + slot.index * kernel.temporaryBytes
      case .scalar: slots[index] = scalars.base + kernel.scalarOffset + slot.index * kernel.laneBytes
      case .expansion: slots[index] = expansions.base + kernel.expansions[slot.index].memory
      case .sampleExpansion:
        slots[index] = sampleExpansions.base + kernel.expansions[slot.index].memory * capacity
      }
    }
    let total = kernel.lanesPerSample * (kernel.hasSample ? samples : 1)
    if kernel.tile == 0, kernel.specials.isEmpty { return runBlocks(kernel, total) }
    let tile = kernel.tile > 0 ? kernel.tile : total
    var start = 0
    while start < total {
      let length = min(tile, total - start)
      var within = 0
      while within < length {
        let count = min(LaneProgram.block, length - within)
        for (index, slot) in kernel.slots.enumerated() {
          current[index] = slots[index] + ((start + within) &* slot.laneStride &+ within &* slot.unitStride)
        }
        for i in kernel.instructions {
          if i.special >= 0 {
            kernel.specials[Int(i.special)].run(
              current, into: Int(kernel.operandSlots[Int(i.first)]), count, bytes: kernel.laneBytes
            ) {
              kernel.slots[$0].kind == .scalar
            }
            continue
          }
          i.call(kernel.operandSlots, current, operands, count)
        }
        within += count
      }
      start += length
    }
  }

  /// Block after block, where every operand advances evenly.
  private func runBlocks(_ kernel: KernelCode, _ total: Int) {
    let slots = self.slots
    let addresses = blockOperands
    let pointers = UnsafeRawPointer(addresses).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    for (k, slot) in kernel.operandSlots.enumerated() { addresses[k] = Int(bitPattern: slots[Int(slot)]) }
    let strides = kernel.strides
    var left = total
    while true {
      let count = min(LaneProgram.block, left)
      for i in kernel.instructions { i.function(pointers + Int(i.first), count) }
      left -= count
      if left <= 0 { return }
      for k in 0..<strides.count { addresses[k] &+= strides[k] }
    }
  }
}
