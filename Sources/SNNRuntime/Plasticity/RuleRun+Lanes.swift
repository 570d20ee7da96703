import CSNNKernels
import SNNIR

extension RuleRun {
  /// Runs a kernel over `count` lanes of the bound operands; `neuron` is the one that the event is about, counted along
  /// all lists where it is a source.
  func runLanes(
    _ kernel: UnsafePointer<RuleKernel>, _ count: Int, neuron: Int, _ tick: Int, _ context: ExecutionContext
  ) {
    if count == 0 { return }
    runScalars(kernel, neuron, tick, context)
    let bytes = code.laneBytes
    let slots = kernel.pointee.slots
    for index in 0..<slots.count {
      let slot = slots.baseAddress! + index
      switch slot.pointee.kind {
      case .temporary: current[index] = temporaries + slot.pointee.index * LaneProgram.block * bytes
      case .scalar: current[index] = scalars + slot.pointee.index * bytes
      case .operand: current[index] = operands[slot.pointee.index]
      }
    }
    var start = 0
    while true {
      let length = min(LaneProgram.block, count - start)
      for index in 0..<kernel.pointee.instructions.count {
        let i = kernel.pointee.instructions.baseAddress! + index
        if i.pointee.special >= 0 {
          kernel.pointee.specials[Int(i.pointee.special)].run(
            current, into: Int(kernel.pointee.operandSlots[Int(i.pointee.first)]), length, bytes: bytes
          ) {
            slots[$0].kind == .scalar
          }
          continue
        }
        i.pointee.call(kernel.pointee.operandSlots, current, arguments, length)
      }
      start += length
      if start >= count { return }
      for index in 0..<slots.count { current[index] += length &* slots[index].stride }
    }
  }

  private func runScalars(_ kernel: UnsafePointer<RuleKernel>, _ neuron: Int, _ tick: Int, _ context: ExecutionContext)
  {
    if kernel.pointee.scalarResults.isEmpty { return }
    for (register, leaf) in kernel.pointee.leaves.enumerated() {
      switch leaf {
      case .tickIndex: registers[register] = Double(tick)
      case .buffer(let buffer, let offset):
        registers[register] =
          context.address(buffer, tick: tick + offset).assumingMemoryBound(to: Double.self).pointee
      case .operand(let operand): registers[register] = number(operand, neuron, tick, context)
      }
    }
    ScalarProgram.run(
      kernel.pointee.scalarInstructions, kernel.pointee.scalarPool, kernel.pointee.scalarNodes, registers)
    if code.laneBytes == 8 {
      let to = scalars.assumingMemoryBound(to: Double.self)
      for (index, result) in kernel.pointee.scalarResults.enumerated() { to[index] = registers[Int(result)] }
    } else {
      let to = scalars.assumingMemoryBound(to: Float.self)
      for (index, result) in kernel.pointee.scalarResults.enumerated() { to[index] = Float(registers[Int(result)]) }
    }
  }

  /// An operand of the event's own neuron.
  private func number(_ operand: SynapseOperand, _ neuron: Int, _ tick: Int, _ context: ExecutionContext) -> Double {
    switch operand {
    case .state(let state): return element(states[state], neuron)
    case .neuron(.post, let buffer): return element(context.address(buffer, tick: tick), code.targetLow + neuron)
    case .neuron(_, let buffer):
      return element(context.address(buffer, tick: tick), code.low + neuron % code.sourceCount)
    case .modulator(let buffer): return element(context.address(buffer, tick: tick), 0)
    case .weightSum(.post): return element(sums, neuron)
    case .weightSum: return element(sums + code.targetCount * code.laneBytes, neuron % code.sourceCount)
    case .weight, .delivery: return .nan
    }
  }

  func element(_ base: UnsafeMutableRawPointer, _ index: Int) -> Double {
    code.laneBytes == 8
      ? base.assumingMemoryBound(to: Double.self)[index] : Double(base.assumingMemoryBound(to: Float.self)[index])
  }

  // MARK: Gathering

  @inline(__always) func gather(
    _ to: UnsafeMutableRawPointer, _ from: UnsafeMutableRawPointer, _ indices: UnsafePointer<UInt32>, _ count: Int
  ) {
    if code.laneBytes == 4 {
      let (to, from) = (to.assumingMemoryBound(to: Float.self), from.assumingMemoryBound(to: Float.self))
      for lane in 0..<count { to[lane] = from[Int(indices[lane])] }
    } else {
      let (to, from) = (to.assumingMemoryBound(to: Double.self), from.assumingMemoryBound(to: Double.self))
      for lane in 0..<count { to[lane] = from[Int(indices[lane])] }
    }
  }

  /// As `gather`, of neurons: sources are counted along all lists.
  func gatherSources(
    _ to: UnsafeMutableRawPointer, _ from: UnsafeMutableRawPointer, _ indices: UnsafePointer<UInt32>, _ count: Int
  ) {
    if code.lists.count == 1 { return gather(to, from, indices, count) }
    for lane in 0..<count {
      let source = Int(indices[lane]) % code.sourceCount
      if code.laneBytes == 4 {
        to.assumingMemoryBound(to: Float.self)[lane] = from.assumingMemoryBound(to: Float.self)[source]
      } else {
        to.assumingMemoryBound(to: Double.self)[lane] = from.assumingMemoryBound(to: Double.self)[source]
      }
    }
  }

  @inline(__always) func scatter(
    _ to: UnsafeMutableRawPointer, _ from: UnsafeMutableRawPointer, _ indices: UnsafePointer<UInt32>, _ count: Int
  ) {
    if code.laneBytes == 4 {
      let (to, from) = (to.assumingMemoryBound(to: Float.self), from.assumingMemoryBound(to: Float.self))
      for lane in 0..<count { to[Int(indices[lane])] = from[lane] }
    } else {
      let (to, from) = (to.assumingMemoryBound(to: Double.self), from.assumingMemoryBound(to: Double.self))
      for lane in 0..<count { to[Int(indices[lane])] = from[lane] }
    }
  }

  @inline(__always) static func add<Lane: BinaryFloatingPoint>(
    _ to: UnsafeMutableRawPointer, _ from: UnsafeMutableRawPointer, _ targets: UnsafePointer<UInt32>, _ count: Int,
    _ factor: Lane
  ) {
    let (to, from) = (to.assumingMemoryBound(to: Lane.self), from.assumingMemoryBound(to: Lane.self))
    for lane in 0..<count { to[Int(targets[lane])] += factor * from[lane] }
  }

  /// Sums in double precision: of each target over its sources ascending, of each source over its targets.
  func sumWeights(_ weights: UnsafeMutableRawPointer) {
    var totals = [Double](repeating: 0, count: code.targetCount + code.sourceCount)
    for list in code.lists {
      for source in 0..<code.sourceCount {
        for place in Int(list.starts[source])..<Int(list.ends[source]) {
          let w = element(weights, Int(list.slots?[place] ?? UInt32(place)))
          totals[Int(list.targets[place])] += w
          totals[code.targetCount + source] += w
        }
      }
    }
    for (index, total) in totals.enumerated() {
      if code.laneBytes == 8 {
        sums.assumingMemoryBound(to: Double.self)[index] = total
      } else {
        sums.assumingMemoryBound(to: Float.self)[index] = Float(total)
      }
    }
  }
}
