import CSNNKernels
import SNNIR
import Synchronization

/// One batch on its way through the chunks. Workers take whole gradient slots, whose chunks they run in order, so that
/// no sum depends on who does what.
final class ChunkRun: @unchecked Sendable {
  enum Phase: Equatable {
    case forward, backward, both
    /// Parts of a run whose weights change under way: up to tick 0, some ticks with their gradients, and what is left.
    case begin, ticks(ClosedRange<Int>), end
  }

  let engine: Engine
  let program: Program
  let arena: Arena
  let batch: Batch
  let inputs: [StagedSpikes?]
  let gradient: Bool
  private let streams: [RandomStream]
  private let fills: [(BufferID, Binding)]
  private let start: CarriedStart
  /// Where each sample has weights of its own.
  private let plastic: PlasticWeights?
  /// Of the batch's last sample: written by the chunk that has it.
  private(set) var carried: [Carried: [Double]] = [:]
  private var records: [(index: Int, buffer: BufferID, memory: AlignedMemory)]
  /// `[chunk][population]`.
  private let counts: UnsafeMutablePointer<Int>
  /// Chunks in which something stopped being finite.
  private let faults: UnsafeMutablePointer<Bool>
  /// What a rule was first found to have left, at a time that is not known.
  private var unplaced: RuntimeFault?
  private let populations: Int
  /// Populations whose spikes are kept, and `[chunk][place in there]`.
  private let eventPopulations: [Int]
  private let events: UnsafeMutablePointer<[SpikeEvent]>

  init(
    engine: Engine, batch: Batch, arena: Arena, inputs: [StagedSpikes?], gradient: Bool, records wantsRecords: Bool,
    spikes: [Int] = []
  ) {
    self.engine = engine
    self.program = engine.program
    self.batch = batch
    self.arena = arena
    self.inputs = inputs
    self.gradient = gradient
    streams = engine.program.streams.map { RandomStream(seed: batch.seed, path: $0, epoch: batch.epoch) }
    let bindings = engine.plan.bindings.sorted { $0.key < $1.key }
    fills = bindings.filter {
      switch $0.value {
      case .data, .input, .drive: true
      default: false
      }
    }
    start = CarriedStart(engine.program, engine.carried)
    plastic = PlasticWeights(engine, slots: arena.layout.slotCount)
    var records: [(index: Int, buffer: BufferID, memory: AlignedMemory)] = []
    for (buffer, binding) in bindings where wantsRecords {
      guard case .record(let index) = binding else { continue }
      let traits = engine.program.traits[Int(buffer.index)]
      let count = (engine.plan.ticks + 1) * batch.sampleCount * traits.units
      records.append((index, buffer, AlignedMemory(byteCount: count * 8)))
    }
    self.records = records
    populations = engine.plan.populations.count
    counts = .allocate(capacity: arena.layout.chunkCount * populations + 1)
    counts.initialize(repeating: 0, count: arena.layout.chunkCount * populations + 1)
    eventPopulations = spikes.filter { engine.plan.populations.indices.contains($0) }
    events = .allocate(capacity: arena.layout.chunkCount * eventPopulations.count + 1)
    events.initialize(repeating: [], count: arena.layout.chunkCount * eventPopulations.count + 1)
    faults = .allocate(capacity: arena.layout.chunkCount)
    faults.initialize(repeating: false, count: arena.layout.chunkCount)
  }

  deinit {
    counts.deallocate()
    faults.deallocate()
    events.deinitialize(count: arena.layout.chunkCount * eventPopulations.count + 1)
    events.deallocate()
  }

  func phase(_ phase: Phase) throws {
    let layout = arena.layout
    let next = Atomic<Int>(0)
    let cancellation = engine.cancellation
    let contexts = arena.contexts
    let isPerChunk = engine.plan.needsSync || engine.plan.window != nil
    // Samples in their order change the weights.
    let workers = program.goesInOrder ? 1 : isPerChunk ? engine.pool.count : contexts.count
    engine.pool.run { worker in
      guard worker < workers else { return }
      let state = snn_flush_denormals()
      while true {
        let slot = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if slot >= layout.slotCount { break }
        for chunk in stride(from: slot, to: layout.chunkCount, by: layout.slotCount) {
          if cancellation.isCancelled { break }
          self.run(chunk, slot: slot, contexts[isPerChunk ? chunk : worker], phase)
        }
      }
      snn_restore_denormals(state)
    }
    if cancellation.isCancelled {
      if let slots = engine.slots { memset(slots.base, 0, slots.byteCount) }
      throw RuntimeError.cancelled
    }
  }

  private func bind(_ chunk: Int, slot: Int, _ context: ExecutionContext) {
    let layout = arena.layout
    let first = chunk * layout.capacity
    context.bind(
      firstSample: first, samples: min(layout.capacity, layout.samples - first), shared: engine.shared.base,
      batch: arena.batch.base, sums: arena.sums.base + chunk * layout.sumBytes)
    context.inputs = inputs
    context.streams = streams
    context.isTraining = batch.epoch > 0
    context.carried = start
    context.cancellation = engine.cancellation
    context.sampleNumbers = batch.numbers
    context.weights = program.connections.indices.map { engine.weights($0)?.base ?? engine.shared.base }
    context.uniform = engine.uniform
    context.transposed = engine.transposed.map { $0?.base }
    context.dense = engine.dense.map { $0?.base }
    context.slot = gradient ? engine.slots.map { $0.base + slot * program.gradientBytes } : nil
  }

  private func run(_ chunk: Int, slot: Int, _ context: ExecutionContext, _ phase: Phase) {
    bind(chunk, slot: slot, context)
    switch phase {
    case .begin: begin(context)
    case .ticks(let range):
      context.run(.sampleEndReverse)
      context.together(range)
      context.run(.reverseEnd)
    case .end: end(chunk, context)
    case .forward, .backward, .both:
      if phase != .backward {
        plastic?.begin(slot, &context.weights)
        begin(context)
        context.run(.tick)
        end(chunk, context)
        plastic?.end(slot)
      }
      if gradient, phase != .forward {
        context.run(.sampleEndReverse)
        context.run(.reverseTick)
        context.run(.reverseStart)
        context.run(.reverseEnd)
      }
    }
    if context.hasFault() {
      faults[chunk] = true
    } else if let found = context.plasticity?.firstFault(context, tick: nil) {
      faults[chunk] = true
      if program.goesInOrder, unplaced == nil { unplaced = program.fault(found) }
    }
  }

  /// Adds what samples have changed of weights of their own.
  func applyPlasticity() { plastic?.apply() }

  private func begin(_ context: ExecutionContext) {
    context.clear()
    let fill = DataFill(program: program, batch: batch)
    let samples = context.firstSample..<context.firstSample + context.samples
    for (buffer, binding) in fills where program.traits[Int(buffer.index)].home != .shared {
      fill.fill(buffer, binding, context, samples)
    }
    start.begin(context)
    context.run(.start)
    context.plasticity?.setDrawn(engine.drawnStates)
    start.begun(context)
  }

  private func end(_ chunk: Int, _ context: ExecutionContext) {
    context.run(.sampleEnd)
    for population in 0..<populations {
      counts[chunk * populations + population] = context.spikes[population].count
    }
    for (place, population) in eventPopulations.enumerated() {
      events[chunk * eventPopulations.count + place] = self.events(of: population, context)
    }
    for record in records { keep(record.buffer, record.memory, context) }
    guard context.firstSample + context.samples == batch.sampleCount else { return }
    CarriedStart.left(context, into: &carried)
  }

  /// Copies a recorded history of a chunk to its place in the batch.
  private func keep(_ buffer: BufferID, _ memory: AlignedMemory, _ context: ExecutionContext) {
    let traits = program.traits[Int(buffer.index)]
    let to = memory.base.assumingMemoryBound(to: Double.self)
    for tick in 0...program.plan.ticks {
      let from = context.address(buffer, tick: tick)
      for sample in 0..<context.samples {
        let place = (tick * batch.sampleCount + context.firstSample + sample) * traits.units
        for unit in 0..<traits.units {
          let lane = sample * traits.lanes + unit
          to[place + unit] =
            traits.elementBytes == 8
            ? from.assumingMemoryBound(to: Double.self)[lane] : Double(from.assumingMemoryBound(to: Float.self)[lane])
        }
      }
    }
  }

  private func events(of population: Int, _ context: ExecutionContext) -> [SpikeEvent] {
    let list = context.spikes[population]
    var result: [SpikeEvent] = []
    result.reserveCapacity(list.count)
    for tick in 1..<(program.plan.ticks + 1) {
      let offsets = list.offsets(tick)
      for sample in 0..<context.samples {
        for place in Int(offsets[sample])..<Int(offsets[sample + 1]) {
          result.append(
            SpikeEvent(
              tick: Int32(tick), sample: Int32(context.firstSample + sample), unit: Int32(list.units[place])))
        }
      }
    }
    return result
  }

  func recordedEvents() -> [Int: [SpikeEvent]] {
    var result: [Int: [SpikeEvent]] = [:]
    for (place, population) in eventPopulations.enumerated() {
      result[population] = (0..<arena.layout.chunkCount).flatMap { events[$0 * eventPopulations.count + place] }
    }
    return result
  }

  /// Gives the histories away: one at a time is there twice.
  func recorded() -> [Int: [Double]] {
    var result: [Int: [Double]] = [:]
    while let record = records.popLast() {
      let traits = program.traits[Int(record.buffer.index)]
      let count = (program.plan.ticks + 1) * batch.sampleCount * traits.units
      let values = record.memory.base.assumingMemoryBound(to: Double.self)
      result[record.index] = Array(UnsafeBufferPointer(start: values, count: count))
    }
    return result
  }

  func spikeCounts() -> [Int] {
    (0..<populations).map { population in
      (0..<arena.layout.chunkCount).reduce(0) { $0 + counts[$1 * populations + population] }
    }
  }

  // MARK: Faults

  var hasFault: Bool { (0..<arena.layout.chunkCount).contains { faults[$0] } }

  /// What the first context to have stopped has found.
  func firstFault() -> RuntimeFault? { arena.contexts.lazy.compactMap { self.fault(of: $0) }.first }

  private func fault(of context: ExecutionContext) -> RuntimeFault? {
    if let found = context.ruleFault { return program.fault(found) }
    guard let found = context.fault else { return nil }
    let plan = engine.plan
    // What a source sends is loaded by nobody: its buffer is known by name alone.
    let name = plan[found.buffer].name
    let symbol =
      program.symbolOf[found.buffer]
      ?? plan.graph.symbols.firstIndex { $0.name == name }.map { SymbolID($0) }
    let extent = plan[found.buffer].extent
    return RuntimeFault(
      place: .state, variable: symbol.map { plan.graph[$0].name } ?? plan[found.buffer].name, symbol: symbol,
      location: symbol.map { plan.graph[$0].location } ?? .unknown, population: extent.map { plan.graph[$0].name },
      tick: found.tick, unit: found.unit, sample: found.sample, value: found.value)
  }

  /// Runs the first bad chunk again, looking at everything each kernel writes; where samples change weights for those
  /// behind them, all up to it, from the weights before the batch, which are left then.
  func findFault(loss: Double, _ before: WeightsBefore?) -> RuntimeFault {
    before?.restore()
    defer { before?.restore() }
    var chunks = (0..<arena.layout.chunkCount).filter { faults[$0] }
    if program.goesInOrder {
      if before == nil, let unplaced { return unplaced }
      if let first = chunks.first { chunks = Array(0...first) }
    }
    let context = arena.contexts[0]
    context.checks = true
    defer { context.checks = false }
    if let slots = engine.slots { memset(slots.base, 0, slots.byteCount) }
    for chunk in chunks.isEmpty ? Array(0..<arena.layout.chunkCount) : chunks {
      (context.fault, context.ruleFault, context.hasStrayChance) = (nil, nil, false)
      let state = snn_flush_denormals()
      run(chunk, slot: 0, context, .both)
      snn_restore_denormals(state)
      if let slots = engine.slots { memset(slots.base, 0, slots.byteCount) }
      if let found = self.fault(of: context) { return found }
    }
    return RuntimeFault(
      place: .loss, variable: "loss", symbol: nil, location: .unknown, population: nil, tick: nil, unit: nil,
      sample: nil, value: loss)
  }
}

extension ExecutionContext {
  /// Whether anything that a chunk ends with stopped being a finite number (NaN alone where infinity is a start value).
  func hasFault() -> Bool {
    if hasStrayChance { return true }
    for index in program.finalBuffers where firstFault(BufferID(index), tick: 0) != nil { return true }
    return false
  }
}
