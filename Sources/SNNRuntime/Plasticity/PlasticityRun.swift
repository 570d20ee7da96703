import CSNNKernels
import SNNIR

/// The synapses' own rules at work on one sample: traces, states, and the scratch memory of their kernels. Weights
/// belong to the engine.
final class PlasticityRun {
  let runs: UnsafeMutableBufferPointer<RuleRun>

  init(_ program: Program) {
    runs = .allocate(capacity: program.rules.count)
    _ = runs.initialize(from: program.rules.map { RuleRun($0) })
  }

  deinit {
    for run in runs { run.deallocate() }
    runs.deinitialize()
    runs.deallocate()
  }

  func run(_ rule: Int, _ phase: PlasticityPhase, _ tick: Int, _ context: ExecutionContext) {
    let run = runs.baseAddress! + rule
    run.pointee.run(phase, tick, context, context.weights[run.pointee.code.connection])
  }

  /// What is drawn for every synapse or neuron before the run.
  func setDrawn(_ values: [Int: [Int: [Double]]]) {
    for (rule, states) in values { for (state, lanes) in states { set(rule, state, lanes) } }
  }

  /// A trace or state as memory has it.
  func values(_ rule: Int, _ state: Int) -> [Double] {
    let code = runs[rule].code
    let from = runs[rule].states[state]
    return (0..<code.lanes(code.states[state].side)).map {
      code.laneBytes == 8
        ? from.assumingMemoryBound(to: Double.self)[$0] : Double(from.assumingMemoryBound(to: Float.self)[$0])
    }
  }

  func set(_ rule: Int, _ state: Int, _ values: [Double]) {
    let code = runs[rule].code
    let to = runs[rule].states[state]
    for (lane, x) in values.prefix(code.lanes(code.states[state].side)).enumerated() {
      if code.laneBytes == 8 {
        to.assumingMemoryBound(to: Double.self)[lane] = x
      } else {
        to.assumingMemoryBound(to: Float.self)[lane] = Float(x)
      }
    }
  }
}

/// One rule's memory; trivial, for the inner loops.
struct RuleRun {
  let code: RuleCode
  /// Base address of each state.
  let states: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// Operands of the running call.
  let operands: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// A row per operand, for what is gathered.
  let gathered: UnsafeMutableRawPointer
  let temporaries: UnsafeMutableRawPointer
  let scalars: UnsafeMutableRawPointer
  let registers: UnsafeMutablePointer<Double>
  let current: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// Neurons of an event, along all lists.
  let chosen: UnsafeMutablePointer<UInt32>
  /// `sum over pre of weight` by target, `over post` by source.
  let sums: UnsafeMutableRawPointer
  let rowBytes: Int

  init(_ code: RuleCode) {
    self.code = code
    let bytes = code.laneBytes
    func memory(_ count: Int) -> UnsafeMutableRawPointer {
      let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(count, 64), alignment: 64)
      pointer.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 64))
      return pointer
    }
    states = .allocate(capacity: max(code.states.count, 1))
    for (index, state) in code.states.enumerated() {
      (states + index).initialize(to: memory(padded(code.lanes(state.side)) * bytes))
    }
    rowBytes = padded(code.longest) * bytes
    gathered = memory(rowBytes * code.operandCount)
    temporaries = memory(code.temporaries * LaneProgram.block * bytes)
    scalars = memory(code.scalars * 8)
    sums = memory(code.usesWeightSum ? (code.targetCount + code.sourceCount) * bytes : 64)
    operands = .allocate(capacity: code.operandCount)
    operands.initialize(repeating: gathered, count: code.operandCount)
    registers = .allocate(capacity: code.registers)
    registers.initialize(repeating: 0, count: code.registers)
    current = .allocate(capacity: code.slotCount)
    current.initialize(repeating: gathered, count: code.slotCount)
    arguments = .allocate(capacity: LaneInstruction.mostOperands)
    arguments.initialize(repeating: nil, count: LaneInstruction.mostOperands)
    let most = max(code.sourceCount, code.targetCount, 1)
    chosen = .allocate(capacity: most)
    chosen.initialize(repeating: 0, count: most)
  }

  func deallocate() {
    for index in code.states.indices { states[index].deallocate() }
    states.deallocate()
    gathered.deallocate()
    temporaries.deallocate()
    scalars.deallocate()
    sums.deallocate()
    operands.deallocate()
    registers.deallocate()
    current.deallocate()
    arguments.deallocate()
    chosen.deallocate()
  }

  // MARK: Phases

  func run(
    _ phase: PlasticityPhase, _ tick: Int, _ context: ExecutionContext, _ weights: UnsafeMutableRawPointer
  ) {
    let kernels: Range<Int>
    switch phase {
    case .start: kernels = code.starts
    case .integrate: kernels = code.integrations
    case .deliver: kernels = code.deliveries
    case .learn:
      kernels = code.lessons
      // What arrives is dealt with first: time for the memory.
      for place in 0..<Self.ahead { prefetch(emission: place, tick, context, weights) }
    }
    for index in kernels {
      let kernel = code.kernels.baseAddress! + index
      switch kernel.pointee.event {
      case .start(let side), .integrate(let side): runAll(kernel, side, tick, context, weights)
      case .every(let ticks, let side):
        guard (context.before + tick) % ticks == 0 else { continue }
        if code.usesWeightSum { sumWeights(weights) }
        runAll(kernel, side, tick, context, weights)
      case .deliver: if case .deliver(let into) = phase { deliver(kernel, into, tick, context, weights) }
      case .pre(let side):
        for list in code.lists.indices { runArrivals(kernel, side, list, tick, context, weights) }
      case .post(let side): runEmissions(kernel, side, tick, context, weights)
      }
    }
  }

  /// Over everything that is kept on a side.
  private func runAll(
    _ kernel: UnsafePointer<RuleKernel>, _ side: SynapseSide, _ tick: Int, _ context: ExecutionContext,
    _ weights: UnsafeMutableRawPointer
  ) {
    switch side {
    case .synapse:
      for list in code.lists.indices {
        for source in 0..<code.sourceCount { runRow(kernel, list, source, tick, context, weights) }
      }
    case .pre:
      for list in code.lists.indices {
        bindDirect(kernel, first: list * code.sourceCount, tick, context)
        runLanes(kernel, code.sourceCount, neuron: 0, tick, context)
      }
    case .post:
      bindDirect(kernel, first: 0, tick, context)
      runLanes(kernel, code.targetCount, neuron: 0, tick, context)
    }
  }

  /// The spikes that arrive at a tick through a list.
  private func arrivals(_ list: Int, _ tick: Int, _ context: ExecutionContext) -> snn_spikes? {
    context.list(
      context.program.connectionTable[code.connection], tick: tick - (code.lists[list].delay ?? code.delay))
  }

  private func runArrivals(
    _ kernel: UnsafePointer<RuleKernel>, _ side: SynapseSide, _ list: Int, _ tick: Int, _ context: ExecutionContext,
    _ weights: UnsafeMutableRawPointer
  ) {
    guard let spikes = arrivals(list, tick, context) else { return }
    var count = 0
    for place in Int(spikes.offsets[0])..<Int(spikes.offsets[1]) {
      let unit = Int(spikes.units[place])
      guard unit >= code.low, unit < code.high else { continue }
      if side == .synapse {
        runRow(kernel, list, unit - code.low, tick, context, weights)
        continue
      }
      // A unit that comes twice in a bin has its body run twice.
      if count > 0, chosen[count - 1] == UInt32(unit - code.low) {
        runChosen(kernel, count, base: list * code.sourceCount, tick, context)
        count = 0
      }
      chosen[count] = UInt32(unit - code.low)
      count += 1
    }
    if count > 0 { runChosen(kernel, count, base: list * code.sourceCount, tick, context) }
  }

  private func runEmissions(
    _ kernel: UnsafePointer<RuleKernel>, _ side: SynapseSide, _ tick: Int, _ context: ExecutionContext,
    _ weights: UnsafeMutableRawPointer
  ) {
    guard tick >= 1 else { return }
    let list = context.spikes[code.target]
    let offsets = list.offsets(tick)
    var count = 0
    for place in Int(offsets[0])..<Int(offsets[1]) {
      let unit = Int(list.units[place]) - code.targetLow
      guard unit >= 0, unit < code.targetCount else { continue }
      if side == .synapse {
        prefetch(emission: place - Int(offsets[0]) + Self.ahead, tick, context, weights)
        runIncoming(kernel, unit, tick, context, weights)
      } else {
        chosen[count] = UInt32(unit)
        count += 1
      }
    }
    if count > 0 { runChosen(kernel, count, base: 0, tick, context) }
  }

  /// Spikes for whose incoming synapses weights are asked ahead.
  private static let ahead = 2

  /// Asks for the weights of the synapses into the neuron of one of the tick's spikes: each lies in a line of its own.
  private func prefetch(
    emission: Int, _ tick: Int, _ context: ExecutionContext, _ weights: UnsafeMutableRawPointer
  ) {
    guard let incoming = code.incoming, let places = code.incomingSlots, tick >= 1 else { return }
    let list = context.spikes[code.target]
    let offsets = list.offsets(tick)
    guard emission < Int(offsets[1] - offsets[0]) else { return }
    let unit = Int(list.units[Int(offsets[0]) + emission]) - code.targetLow
    guard unit >= 0, unit < code.targetCount else { return }
    let start = Int(incoming[unit])
    snn_prefetch(weights, places + start, Int(incoming[unit + 1]) - start, code.laneBytes)
  }

  private func deliver(
    _ kernel: UnsafePointer<RuleKernel>, _ into: BufferID, _ tick: Int, _ context: ExecutionContext,
    _ weights: UnsafeMutableRawPointer
  ) {
    let row = context.rows[Int(into.index)]
    let to = context.address(into, tick: tick) + code.targetLow * row.elementBytes
    guard let delivered = kernel.pointee.operands.firstIndex(where: { $0.operand == .delivery }) else { return }
    for list in code.lists.indices {
      guard let spikes = arrivals(list, tick, context) else { continue }
      for place in Int(spikes.offsets[0])..<Int(spikes.offsets[1]) {
        let unit = Int(spikes.units[place])
        guard unit >= code.low, unit < code.high else { continue }
        runRow(kernel, list, unit - code.low, tick, context, weights)
        let start = Int(code.lists[list].starts[unit - code.low])
        let count = Int(code.lists[list].ends[unit - code.low]) - start
        let targets = code.lists[list].targets + start
        let from = gathered + delivered * rowBytes
        if code.laneBytes == 4 {
          Self.add(to, from, targets, count, spikes.values.map { $0.assumingMemoryBound(to: Float.self)[place] } ?? 1)
        } else {
          Self.add(to, from, targets, count, spikes.values.map { $0.assumingMemoryBound(to: Double.self)[place] } ?? 1)
        }
      }
    }
  }

  // MARK: Calls

  /// The synapses of one source in a list.
  private func runRow(
    _ kernel: UnsafePointer<RuleKernel>, _ list: Int, _ source: Int, _ tick: Int, _ context: ExecutionContext,
    _ weights: UnsafeMutableRawPointer
  ) {
    let lists = code.lists[list]
    let start = Int(lists.starts[source])
    let count = Int(lists.ends[source]) - start
    if count == 0 { return }
    let bytes = code.laneBytes
    let targets = lists.targets + start
    let places = lists.slots.map { $0 + start }
    for (index, operand) in kernel.pointee.operands.enumerated() {
      let row = gathered + index * rowBytes
      operands[index] = row
      switch operand.operand {
      case .weight, .state:
        let (base, isSynapse) = memory(operand.operand, weights)
        if !isSynapse {
          gather(row, base, targets, count)
        } else if let places {
          if operand.isInput { gather(row, base, places, count) }
        } else {
          operands[index] = base + start * bytes
        }
      case .neuron(_, let buffer): gather(row, neurons(buffer, .post, tick, context), targets, count)
      case .weightSum: gather(row, sums, targets, count)
      case .delivery, .modulator: continue
      }
    }
    runLanes(kernel, count, neuron: list * code.sourceCount + source, tick, context)
    guard let places else { return }
    for (index, operand) in kernel.pointee.operands.enumerated() where operand.isOutput && operand.operand != .delivery
    {
      scatter(memory(operand.operand, weights).base, operands[index], places, count)
    }
  }

  /// The incoming synapses of one target.
  private func runIncoming(
    _ kernel: UnsafePointer<RuleKernel>, _ target: Int, _ tick: Int, _ context: ExecutionContext,
    _ weights: UnsafeMutableRawPointer
  ) {
    guard let incoming = code.incoming, let allPlaces = code.incomingSlots, let allSources = code.incomingSources else {
      return
    }
    let start = Int(incoming[target])
    let count = Int(incoming[target + 1]) - start
    if count == 0 { return }
    let places = allPlaces + start
    let sources = allSources + start
    for (index, operand) in kernel.pointee.operands.enumerated() {
      let row = gathered + index * rowBytes
      operands[index] = row
      guard operand.isInput else { continue }
      switch operand.operand {
      case .weight, .state:
        let (base, isSynapse) = memory(operand.operand, weights)
        gather(row, base, isSynapse ? places : sources, count)
      case .neuron(_, let buffer):
        gatherSources(row, neurons(buffer, .pre, tick, context), sources, count)
      case .weightSum, .delivery, .modulator: continue
      }
    }
    runLanes(kernel, count, neuron: target, tick, context)
    for (index, operand) in kernel.pointee.operands.enumerated() where operand.isOutput {
      scatter(memory(operand.operand, weights).base, operands[index], places, count)
    }
  }

  /// The `chosen` neurons of one side.
  private func runChosen(
    _ kernel: UnsafePointer<RuleKernel>, _ count: Int, base: Int, _ tick: Int, _ context: ExecutionContext
  ) {
    bindDirect(kernel, first: base, tick, context)
    for (index, operand) in kernel.pointee.operands.enumerated() {
      let row = gathered + index * rowBytes
      if operand.isInput { gather(row, operands[index], chosen, count) }
      operands[index] = row
    }
    runLanes(kernel, count, neuron: 0, tick, context)
    for (index, operand) in kernel.pointee.operands.enumerated() where operand.isOutput {
      guard case .state(let state) = operand.operand else { continue }
      scatter(states[state] + base * code.laneBytes, operands[index], chosen, count)
    }
  }

  /// Operands of a side's neurons where they are: the state of neuron `first` and those after it.
  private func bindDirect(_ kernel: UnsafePointer<RuleKernel>, first: Int, _ tick: Int, _ context: ExecutionContext) {
    for (index, operand) in kernel.pointee.operands.enumerated() {
      switch operand.operand {
      case .state(let state): operands[index] = states[state] + first * code.laneBytes
      case .neuron(let side, let buffer): operands[index] = neurons(buffer, side, tick, context)
      case .weightSum(.pre): operands[index] = sums + code.targetCount * code.laneBytes
      case .weightSum: operands[index] = sums
      case .weight, .delivery, .modulator: operands[index] = gathered + index * rowBytes
      }
    }
  }

  private func memory(
    _ operand: SynapseOperand, _ weights: UnsafeMutableRawPointer
  ) -> (base: UnsafeMutableRawPointer, isSynapse: Bool) {
    guard case .state(let index) = operand else { return (weights, true) }
    return (states[index], code.states[index].side == .synapse)
  }

  /// The kept variable of a connection's first source or target.
  private func neurons(
    _ buffer: BufferID, _ side: SynapseSide, _ tick: Int, _ context: ExecutionContext
  ) -> UnsafeMutableRawPointer {
    let low = side == .post ? code.targetLow : code.low
    return context.address(buffer, tick: tick) + low * code.laneBytes
  }
}
