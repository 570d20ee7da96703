import CSNNKernels
import SNNIR

/// What one worker needs to run sections of a program over the samples of a chunk (or the batch's own sections over
/// all samples): addresses, scratch memory, spike lists. Reused from chunk to chunk.
final class ExecutionContext {
  let program: Program
  let layout: Layout
  /// Capacity in samples.
  let capacity: Int
  let isGlobal: Bool
  var samples = 0
  var firstSample = 0
  /// Address of row 0 of each buffer, for the present chunk.
  let bases: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let rows: UnsafeMutablePointer<BufferRow>
  let slots: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let current: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// Addresses of the operands of every instruction of a kernel, for the block that runs.
  let blockOperands: UnsafeMutablePointer<Int>
  let operands: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  let registers: UnsafeMutablePointer<Double>
  let workspace: AlignedMemory
  let scalars: AlignedMemory
  let temporaries: AlignedMemory
  let expansions: AlignedMemory
  let sampleExpansions: AlignedMemory
  var spikes: [SpikeLists] = []
  /// Weights by connection, its packed panels, and the gradient slot of the present chunk.
  var weights: [UnsafeMutableRawPointer] = []
  /// Whether all weights of a sparse connection are alike.
  var uniform: [Bool] = []
  var transposed: [UnsafeMutableRawPointer?] = []
  var dense: [UnsafeMutableRawPointer?] = []
  var slot: UnsafeMutableRawPointer?
  var inputs: [StagedSpikes?] = []
  /// Keys of the program's random streams, and the number of each sample of the batch in its data set.
  var streams: [RandomStream] = []
  var isTraining = false
  var sampleNumbers: [Int] = []
  /// What the sample begins with.
  var carried: CarriedStart?
  /// Asked now and then while time runs.
  var cancellation: Cancellation?
  /// Nanoseconds by step of the program, empty unless someone wants to know.
  var times: [UInt64] = []
  /// Ticks of traces that are done together, by `InfluenceCode.block`.
  let lineBlocks: [LineBlock?]
  /// Traces and states of the synapses' own rules.
  let plasticity: PlasticityRun?
  /// What is kept of a run in segments.
  let checkpoints: CheckpointMemory?
  /// Where the first number that is not finite was made, when a run is repeated to find it.
  var fault: (buffer: BufferID, tick: Int, unit: Int?, sample: Int?, value: Double)?
  var ruleFault: RuleFault?
  /// Whether a chance to spike was no number at some tick.
  var hasStrayChance = false
  var checks = false

  init(_ program: Program, _ layout: Layout, isGlobal: Bool) {
    self.program = program
    self.layout = layout
    self.isGlobal = isGlobal
    capacity = isGlobal ? layout.samples : layout.capacity
    let count = max(program.traits.count, 1)
    workspace = AlignedMemory(byteCount: isGlobal ? 64 : layout.workspaceBytes)
    bases = .allocate(capacity: count)
    bases.initialize(repeating: workspace.base, count: count)
    rows = .allocate(capacity: count)
    for (index, row) in layout.rows.enumerated() { (rows + index).initialize(to: row) }
    slots = .allocate(capacity: program.maximumSlots)
    slots.initialize(repeating: workspace.base, count: program.maximumSlots)
    current = .allocate(capacity: program.maximumSlots)
    current.initialize(repeating: workspace.base, count: program.maximumSlots)
    blockOperands = .allocate(capacity: program.maximumOperands)
    blockOperands.initialize(repeating: 0, count: program.maximumOperands)
    operands = .allocate(capacity: LaneInstruction.mostOperands)
    operands.initialize(repeating: nil, count: LaneInstruction.mostOperands)
    registers = .allocate(capacity: program.maximumRegisters)
    registers.initialize(repeating: 0, count: program.maximumRegisters)
    scalars = AlignedMemory(byteCount: program.scalarBytes)
    temporaries = AlignedMemory(byteCount: program.maximumTemporaries * LaneProgram.block * 8)
    expansions = AlignedMemory(byteCount: program.expansionBytes)
    sampleExpansions = AlignedMemory(byteCount: program.expansionBytesPerSample * capacity + 64)
    var blocks = [LineBlock?](repeating: nil, count: program.lineBlockCount)
    for code in program.influences where code.blockTicks > 1 && !isGlobal {
      blocks[code.block] = LineBlock(code, layout)
    }
    lineBlocks = blocks
    plasticity = isGlobal || program.rules.isEmpty ? nil : PlasticityRun(program)
    checkpoints = isGlobal ? nil : CheckpointMemory(program, layout)
    if !isGlobal {
      for (population, units) in program.populationUnits.enumerated() {
        spikes.append(
          SpikeLists(
            ticks: program.plan.ticks, last: program.lastTicks(of: population), samples: capacity, units: units,
            isGraded: program.isGraded[population],
            laneBytes: program.precision.bytes))
      }
    }
  }

  deinit {
    bases.deallocate()
    rows.deallocate()
    slots.deallocate()
    current.deallocate()
    blockOperands.deallocate()
    operands.deallocate()
    registers.deallocate()
    for list in spikes { list.deallocate() }
  }

  /// Points at a chunk, or at the whole batch.
  func bind(
    firstSample: Int, samples: Int, shared: UnsafeMutableRawPointer, batch: UnsafeMutableRawPointer,
    sums: UnsafeMutableRawPointer?
  ) {
    self.firstSample = firstSample
    self.samples = samples
    for (index, traits) in program.traits.enumerated() {
      switch traits.home {
      case .shared: bases[index] = shared + layout.offsets[index]
      case .workspace: bases[index] = workspace.base + (isGlobal ? 0 : layout.offsets[index])
      case .batch:
        bases[index] = batch + layout.offsets[index] + firstSample * traits.lanes * traits.elementBytes
      case .sum, .first:
        if let sums, !isGlobal {
          bases[index] = sums + layout.offsets[index]
        } else {
          bases[index] = shared + layout.sharedOffsets[index]
        }
      case .dual:
        bases[index] = isGlobal ? shared + layout.sharedOffsets[index] : workspace.base + layout.offsets[index]
      case .nowhere: bases[index] = workspace.base
      }
    }
  }

  /// Clears what a chunk must not inherit: everything but histories, and of those the rows outside ticks 1 … T.
  func clear() {
    hasStrayChance = false
    for (index, traits) in program.traits.enumerated() where traits.home == .workspace || traits.home == .dual {
      let row = rows[index]
      if traits.rows == .tick, row.rows == .tick {
        memset(bases[index], 0, row.rowBytes * (row.firstRow + 1))
        let last = row.firstRow + program.plan.ticks + 1
        memset(bases[index] + last * row.rowBytes, 0, row.rowBytes * (row.rowCount - last))
      } else {
        memset(bases[index], 0, row.rowBytes * row.rowCount)
      }
    }
    for index in spikes.indices { spikes[index].count = 0 }
    for block in lineBlocks { block?.count = 0 }
  }

  @inline(__always) func address(_ buffer: Int, tick: Int) -> UnsafeMutableRawPointer {
    bases[buffer] + rows[buffer].offset(tick: tick)
  }

  @inline(__always) func address(_ buffer: BufferID, tick: Int) -> UnsafeMutableRawPointer {
    address(Int(buffer.index), tick: tick)
  }
}

@inline(__always) func memset(_ pointer: UnsafeMutableRawPointer, _ byte: UInt8, _ count: Int) {
  pointer.initializeMemory(as: UInt8.self, repeating: byte, count: count)
}
