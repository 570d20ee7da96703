import CSNNKernels
import SNNIR
import Synchronization

extension Engine {
  /// Runs a batch forward, and backward where `gradient`.
  ///
  /// - Parameters:
  ///   - records: whether the plan's recorded variables are returned.
  ///   - spikes: populations whose spikes are returned as events.
  /// - Throws: `RuntimeError`: wrong shapes, not enough memory, cancellation, numbers that are not finite.
  public func run(_ batch: Batch, gradient: Bool = false, records: Bool = false, spikes: [Int] = []) throws
    -> BatchResult
  {
    if gradient, !plan.hasGradient { throw RuntimeError.noGradient }
    var (result, arena) = try execute(batch, gradient: gradient, records: records, spikes: spikes)
    if gradient {
      let memory = gradientMemory()
      combine(arena.layout, into: memory)
      for (index, entry) in store.entries.enumerated() {
        var values = boundGradient(index, arena)
        if let connection = entry.connection, program.connections[connection].hasOuter {
          let outer = store.load(entry, memory.base + program.connections[connection].gradientOffset)
          values = values.map { zip($0, outer).map { $0 + $1 } } ?? outer
        }
        if let shared = interpolatedGradient(index, memory) {
          values = values.map { zip($0, shared).map { $0 + $1 } } ?? shared
        }
        result.gradients[index] = values
      }
      for (index, values) in result.gradients {
        if let unit = values.firstIndex(where: { !$0.isFinite }) {
          throw RuntimeError.fault(gradientFault(index, unit, values[unit]))
        }
      }
    }
    return result
  }

  func gradientFault(_ index: Int, _ element: Int, _ value: Double) -> RuntimeFault {
    let parameter = plan.parameters[index]
    return RuntimeFault(
      place: .gradient, variable: parameter.name, symbol: parameter.symbol, location: parameter.location,
      population: nil, tick: nil, unit: element, sample: nil, value: value)
  }

  /// The gradient that the plan itself computes for a parameter.
  func boundGradient(_ index: Int, _ arena: Arena) -> [Double]? {
    if events != nil { return eventGradients[index] }
    var result: [Double]?
    for (buffer, binding) in plan.bindings.sorted(by: { $0.key < $1.key }) where binding == .gradient(index) {
      let traits = program.traits[Int(buffer.index)]
      guard traits.home != .nowhere else { continue }
      let from = arena.global.address(buffer, tick: 0)
      let values = (0..<(traits.isScalar ? 1 : traits.units)).map {
        traits.elementBytes == 8
          ? from.assumingMemoryBound(to: Double.self)[$0] : Double(from.assumingMemoryBound(to: Float.self)[$0])
      }
      result = result.map { zip($0, values).map { $0 + $1 } } ?? values
    }
    return result
  }

  func gradientMemory() -> AlignedMemory {
    if let combined { return combined }
    let memory = AlignedMemory(byteCount: program.gradientBytes)
    combined = memory
    return memory
  }

  /// Adds the slots up in order, and clears them.
  func combine(_ layout: Layout, into memory: AlignedMemory) {
    guard program.gradientBytes > 0, let slots else { return }
    let lanes = program.gradientBytes / precision.bytes
    forEachBlock(lanes) { start, count in
      var pointers: [UnsafeMutableRawPointer?] = (0..<layout.slotCount).map {
        slots.base + $0 * self.program.gradientBytes + start * self.precision.bytes
      }
      self.program.lanes.raw.pointee.combine(
        memory.base + start * self.precision.bytes, &pointers, layout.slotCount, count)
    }
  }

  /// Splits lanes into fixed blocks, which the workers share.
  func forEachBlock(_ lanes: Int, _ body: @escaping (Int, Int) -> Void) {
    let block = 8192
    let blocks = (lanes + block - 1) / block
    if blocks < 4 || pool.count == 1 {
      let state = snn_flush_denormals()
      for index in 0..<blocks { body(index * block, min(block, lanes - index * block)) }
      snn_restore_denormals(state)
      return
    }
    let next = Atomic<Int>(0)
    pool.run { _ in
      let state = snn_flush_denormals()
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= blocks { break }
        body(index * block, min(block, lanes - index * block))
      }
      snn_restore_denormals(state)
    }
  }

  // MARK: One batch

  /// - Parameters:
  ///   - update: changes parameters at the end of each of the plan's windows; nil: gradients add up over the run.
  ///   - checks: look at everything that kernels write, to find where a number stopped being finite.
  func execute(
    _ batch: Batch, gradient: Bool, records: Bool, spikes: [Int] = [], checks: Bool = false,
    update: ((Arena) throws -> Void)? = nil
  ) throws -> (BatchResult, Arena) {
    guard batch.sampleCount > 0 else { throw RuntimeError.emptyBatch }
    guard spikes.isEmpty || plan.window == nil else {
      throw RuntimeError.malformedPlan("a run that changes its weights under way keeps no list of all spikes")
    }
    if let events {
      let result = try executeEvents(events, batch, gradient: gradient, records: records, spikes: spikes)
      return (result, try arena(batch.sampleCount, gradient: gradient))
    }
    try check(batch)
    let arena = try arena(batch.sampleCount, gradient: gradient)
    return try staged(batch) { inputs in
      // What is lent is given back.
      defer { for context in arena.contexts { context.inputs = [] } }
      prepare(batch, arena)
      let before = WeightsBefore(self)
      let run = ChunkRun(
        engine: self, batch: batch, arena: arena, inputs: inputs, gradient: gradient, records: records, spikes: spikes)
      return (try result(of: run, batch, arena, before, checks: checks, update: update), arena)
    }
  }

  private func result(
    of run: ChunkRun, _ batch: Batch, _ arena: Arena, _ before: WeightsBefore?, checks: Bool,
    update: ((Arena) throws -> Void)?
  ) throws -> BatchResult {
    let gradient = run.gradient
    if gradient, !plan.needsSync { arena.global.run(.batchEndReverse) }
    if gradient, let window = plan.window {
      for context in arena.contexts { context.checks = checks }
      defer { for context in arena.contexts { context.checks = false } }
      try run.phase(.begin)
      let length = max(update == nil ? plan.ticks : window, 1)
      for first in stride(from: 1, through: plan.ticks, by: length) {
        try run.phase(.ticks(first...min(first + length - 1, plan.ticks)))
        if checks, let fault = run.firstFault() { throw RuntimeError.fault(fault) }
        takeSums(arena)
        flushed { arena.global.run(.onceReverse) }
        guard let update else { continue }
        try update(arena)
        refresh(batch, arena)
      }
      try run.phase(.end)
      takeSums(arena)
      flushed { arena.global.run(.batchEnd) }
    } else if plan.needsSync {
      try run.phase(.forward)
      flushed { arena.global.run(.batchEnd) }
      if gradient {
        flushed { arena.global.run(.batchEndReverse) }
        try run.phase(.backward)
      }
      takeSums(arena)
    } else {
      try run.phase(.both)
      takeSums(arena)
      flushed { arena.global.run(.batchEnd) }
    }
    if gradient, plan.window == nil { flushed { arena.global.run(.onceReverse) } }
    if !run.hasFault { run.applyPlasticity() }
    var result = BatchResult()
    read(&result, arena)
    result.spikeCounts = run.spikeCounts()
    result.records = run.recorded()
    result.events = run.recordedEvents()
    result.carried = run.carried
    if run.hasFault || !(result.loss ?? 0).isFinite {
      throw RuntimeError.fault(run.findFault(loss: result.loss ?? .nan, before))
    }
    return result
  }

  private func flushed(_ body: () -> Void) {
    let state = snn_flush_denormals()
    body()
    snn_restore_denormals(state)
  }

  private func arena(_ samples: Int, gradient: Bool) throws -> Arena {
    let arena: Arena
    if let index = arenas.firstIndex(where: { $0.layout.samples == samples }) {
      arena = arenas[index]
    } else {
      let layout = layout(samples)
      if let limit = options.memoryLimit {
        let needed = Self.memoryForecast(program, layout, threads: threads)
        if needed > limit { throw RuntimeError.memory(needed: needed, limit: limit) }
      }
      arena = Arena(program, layout, contexts: Self.contextCount(program, layout, threads: threads))
      // The full batch and the last, smaller one.
      if arenas.count > 1 { retiredTimes.append(contentsOf: arenas.removeFirst().times) }
      if isProfiling { arena.startProfile() }
      arenas.append(arena)
    }
    let bytes = arena.layout.slotCount * program.gradientBytes
    if gradient, bytes > 0, (slots?.byteCount ?? 0) < bytes { slots = AlignedMemory(byteCount: bytes) }
    return arena
  }

  /// Fills what is bound from outside and shared, and brings `once` and the packed weights up to date.
  private func prepare(_ batch: Batch, _ arena: Arena) {
    let global = arena.global
    global.bind(
      firstSample: 0, samples: batch.sampleCount, shared: shared.base, batch: arena.batch.base, sums: nil)
    let passed = carried[.time]?.first ?? 0
    for (buffer, binding) in plan.bindings {
      let traits = program.traits[Int(buffer.index)]
      guard traits.home != .nowhere else { continue }
      let values: [Double]
      switch binding {
      case .stepSize: values = [plan.step]
      case .tickCount: values = [Double(plan.ticks)]
      case .batchCount: values = [Double(batch.sampleCount)]
      case .initialState where isStale: values = initialStates[buffer] ?? Array(repeating: 0, count: traits.units)
      case .data(let field) where !traits.hasSample && traits.rows == .single: values = batch.fields[field]
      case .time where traits.rows == .tick && traits.isScalar:
        for row in 0..<traits.rowCount {
          (global.bases[Int(buffer.index)] + row * global.rows[Int(buffer.index)].rowBytes)
            .assumingMemoryBound(to: Double.self).pointee = (passed + Double(row - traits.firstRow)) * plan.step
        }
        continue
      default: continue
      }
      write(values, to: global.address(buffer, tick: 0), traits)
    }
    refresh(batch, arena)
  }

  /// Brings what is made of the parameters up to date.
  private func refresh(_ batch: Batch, _ arena: Arena) {
    let global = arena.global
    if isStale {
      for (buffer, binding) in plan.bindings {
        let traits = program.traits[Int(buffer.index)]
        guard case .parameter(let index) = binding, traits.home != .nowhere else { continue }
        write(store.get(index), to: global.address(buffer, tick: 0), traits)
      }
      pack()
    }
    if isStale || program.onceReadsSamples || onceSamples != batch.sampleCount {
      if program.onceReadsSamples {
        for (buffer, binding) in plan.bindings {
          DataFill(program: program, batch: batch).fill(buffer, binding, global, 0..<batch.sampleCount)
        }
      }
      flushed { global.run(.once) }
    }
    isStale = false
    onceSamples = batch.sampleCount
  }

  /// One number or one per unit; the padding repeats the last, so that nothing singular is computed there.
  private func write(_ values: [Double], to pointer: UnsafeMutableRawPointer, _ traits: BufferTraits) {
    let lanes = traits.isScalar ? 1 : traits.rowLanes(samples: 1)
    for lane in 0..<lanes {
      let x = values.isEmpty ? 0 : values[min(lane, values.count - 1)]
      if traits.elementBytes == 8 {
        pointer.assumingMemoryBound(to: Double.self)[lane] = x
      } else {
        pointer.assumingMemoryBound(to: Float.self)[lane] = Float(x)
      }
    }
  }

  /// Packs the weights of products, once per change.
  func pack() {
    let panel = program.lanes.panel
    for (index, size) in plan.signs { takeSigns(index, size) }
    interpolate()
    for (index, c) in program.connections.enumerated() { uniform[index] = isUniform(index, c) }
    for (index, c) in program.connections.enumerated() where c.flatCount == nil {
      guard let memory = weights(index) else { continue }
      if c.needsTransposed {
        let bytes = padded(c.sourceCount, to: panel) * c.targetCount * precision.bytes
        if transposed[index] == nil { transposed[index] = AlignedMemory(byteCount: bytes) }
        program.lanes.raw.pointee.pack(transposed[index]!.base, memory.base, 1, c.stride, c.targetCount, c.sourceCount)
      }
      if c.needsDense {
        let bytes = padded(c.targetCount, to: panel) * c.sourceCount * precision.bytes
        if dense[index] == nil { dense[index] = AlignedMemory(byteCount: bytes) }
        program.lanes.raw.pointee.pack(dense[index]!.base, memory.base, c.stride, 1, c.sourceCount, c.targetCount)
      }
    }
  }

  /// Whether nothing changes the weights of a sparse connection while it runs and they are all alike, so that delivery
  /// need not read them one by one.
  private func isUniform(_ index: Int, _ connection: ConnectionCode) -> Bool {
    guard let count = connection.sparse?.count, count > 0, let memory = weights(index),
      !program.rules.contains(where: { $0.connection == index })
    else { return false }
    func isUniform<T: Equatable>(_: T.Type) -> Bool {
      let bits = UnsafeBufferPointer(start: memory.base.assumingMemoryBound(to: T.self), count: count)
      return bits.allSatisfy { $0 == bits[0] }
    }
    return precision == .f64 ? isUniform(UInt64.self) : isUniform(UInt32.self)
  }

  /// The weights of a connection as products take them.
  func weights(_ connection: Int) -> AlignedMemory? {
    signed[connection] ?? shares[connection] ?? store.entries[program.connections[connection].parameter].memory
  }

  private func takeSigns(_ connection: Int, _ size: Double) {
    let entry = store.entries[program.connections[connection].parameter]
    guard let memory = entry.memory else { return }
    let signs = signed[connection] ?? AlignedMemory(byteCount: entry.lanes * precision.bytes)
    signed[connection] = signs
    for lane in 0..<entry.rows * entry.stride {
      let x = store.lane(memory, lane)
      store.setLane(signs, lane, x > 0 ? size : x < 0 ? -size : 0)
    }
  }

  /// Adds up what the chunks summed, in order, in double precision.
  private func takeSums(_ arena: Arena) {
    for (index, traits) in program.traits.enumerated() where traits.home == .sum || traits.home == .first {
      let row = arena.layout.rows[index]
      let to = arena.global.bases[index]
      let chunks = traits.home == .first ? 1 : arena.layout.chunkCount
      for element in 0..<row.rowBytes / row.elementBytes * row.rowCount {
        var sum = 0.0
        for chunk in 0..<chunks {
          let from = arena.sums.base + chunk * arena.layout.sumBytes + arena.layout.offsets[index]
          sum +=
            row.elementBytes == 8
            ? from.assumingMemoryBound(to: Double.self)[element]
            : Double(from.assumingMemoryBound(to: Float.self)[element])
        }
        if row.elementBytes == 8 {
          to.assumingMemoryBound(to: Double.self)[element] = sum
        } else {
          to.assumingMemoryBound(to: Float.self)[element] = Float(sum)
        }
      }
    }
  }

  private func read(_ result: inout BatchResult, _ arena: Arena) {
    var scores: [Int: Double] = [:]
    for (buffer, binding) in plan.bindings {
      guard program.traits[Int(buffer.index)].isScalar, program.traits[Int(buffer.index)].home != .nowhere else {
        continue
      }
      let value = arena.global.address(buffer, tick: 0).assumingMemoryBound(to: Double.self)
      switch binding {
      case .loss: result.loss = value.pointee
      case .score(let index): scores[index] = value.pointee
      default: continue
      }
    }
    result.scores = (0..<((scores.keys.max() ?? -1) + 1)).map { scores[$0] ?? .nan }
  }
}
