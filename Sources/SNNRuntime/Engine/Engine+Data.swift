import SNNIR

/// Copies what a batch gives into buffers.
struct DataFill {
  let program: Program
  let batch: Batch

  /// Fills a buffer bound to data for the samples `range`; the context's rows begin with the first of them.
  func fill(_ buffer: BufferID, _ binding: Binding, _ context: ExecutionContext, _ range: Range<Int>) {
    let traits = program.traits[Int(buffer.index)]
    guard traits.home != .nowhere, traits.hasSample || traits.rows == .tick else { return }
    switch binding {
    case .data(let field):
      let values = batch.fields[field]
      let rowCount = rowCount(values.count, traits)
      let hasTicks = traits.rows == .tick
      copy(values, buffer, traits, context, range, firstTick: hasTicks && rowCount == program.plan.ticks ? 1 : 0)
    case .drive(let population, let drive):
      guard let values = batch.drives[Batch.DriveKey(population: population, drive: drive)] else { return }
      copy(values, buffer, traits, context, range, firstTick: 0)
    case .input(let input):
      guard input < batch.inputs.count else { return }
      switch batch.inputs[input] {
      case .none, .timed: return
      case .dense(let values): copy(values, buffer, traits, context, range, firstTick: 0)
      case .spikes(let spikes): scatter(spikes, buffer, traits, context, range)
      }
    default: return
    }
  }

  private func rowCount(_ count: Int, _ traits: BufferTraits) -> Int {
    count / max(1, (traits.hasSample ? batch.sampleCount : 1) * (traits.hasUnit ? traits.units : 1))
  }

  private func copy(
    _ values: [Double], _ buffer: BufferID, _ traits: BufferTraits, _ context: ExecutionContext, _ range: Range<Int>,
    firstTick: Int
  ) {
    let units = traits.hasUnit ? traits.units : 1
    let samples = traits.hasSample ? batch.sampleCount : 1
    let range = traits.hasSample ? range : 0..<1
    let rows = traits.rows == .tick ? min(rowCount(values.count, traits), program.plan.ticks + 1 - firstTick) : 1
    values.withUnsafeBufferPointer { values in
      for row in 0..<rows {
        let to = context.address(buffer, tick: traits.rows == .tick ? row + firstTick : 0)
        for sample in range {
          let from = (row * samples + sample) * units
          let start = (sample - range.lowerBound) * traits.lanes
          if traits.elementBytes == 8 {
            let to = to.assumingMemoryBound(to: Double.self) + start
            for unit in 0..<units { to[unit] = values[from + unit] }
          } else {
            let to = to.assumingMemoryBound(to: Float.self) + start
            for unit in 0..<units { to[unit] = Float(values[from + unit]) }
          }
        }
      }
    }
  }

  private func scatter(
    _ spikes: Batch.Spikes, _ buffer: BufferID, _ traits: BufferTraits, _ context: ExecutionContext,
    _ range: Range<Int>
  ) {
    for tick in 0..<min(spikes.bins, program.plan.ticks + 1) {
      let to = context.address(buffer, tick: tick)
      let bytes = range.count * traits.lanes * traits.elementBytes
      memset(to, 0, bytes)
      for sample in range {
        let index = sample * spikes.bins + tick
        for spike in spikes.offsets[index]..<spikes.offsets[index + 1] {
          let lane = (sample - range.lowerBound) * traits.lanes + Int(spikes.units[spike])
          let x = spikes.values?[spike] ?? 1
          if traits.elementBytes == 8 {
            to.assumingMemoryBound(to: Double.self)[lane] += x
          } else {
            to.assumingMemoryBound(to: Float.self)[lane] += Float(x)
          }
        }
      }
    }
  }
}

extension Engine {
  /// The shapes of everything the plan reads of a batch.
  func check(_ batch: Batch) throws {
    let ticks = plan.ticks
    for (buffer, binding) in plan.bindings {
      let traits = program.traits[Int(buffer.index)]
      guard traits.home != .nowhere else { continue }
      let perRow = (traits.hasSample ? batch.sampleCount : 1) * (traits.hasUnit ? traits.units : 1)
      func checkCount(_ count: Int) throws {
        if traits.rows == .tick {
          guard count == perRow * ticks || count == perRow * (ticks + 1) else {
            throw RuntimeError.batchShape(what: plan[buffer].name, expected: perRow * ticks, found: count)
          }
        } else if count != perRow {
          throw RuntimeError.batchShape(what: plan[buffer].name, expected: perRow, found: count)
        }
      }
      switch binding {
      case .data(let field):
        guard field < batch.fields.count else { throw RuntimeError.missingData(what: plan[buffer].name) }
        try checkCount(batch.fields[field].count)
      case .drive(let population, let drive):
        guard let values = batch.drives[Batch.DriveKey(population: population, drive: drive)] else {
          throw RuntimeError.missingData(what: plan[buffer].name)
        }
        try checkCount(values.count)
      case .input(let input):
        guard input < batch.inputs.count else { throw RuntimeError.missingData(what: plan[buffer].name) }
        switch batch.inputs[input] {
        case .none, .timed: throw RuntimeError.missingData(what: plan[buffer].name)
        case .dense(let values): try checkCount(values.count)
        case .spikes(let spikes): try check(spikes, plan.inputs[input], batch.sampleCount)
        }
      default: continue
      }
    }
  }

  private func check(_ spikes: Batch.Spikes, _ input: NetworkInput, _ samples: Int) throws {
    let rows = samples * spikes.bins
    guard spikes.bins >= 0, spikes.offsets.count == rows + 1 else {
      throw RuntimeError.batchShape(what: input.name, expected: rows + 1, found: spikes.offsets.count)
    }
    var last = 0
    for offset in spikes.offsets {
      guard offset >= last, offset <= spikes.units.count else {
        throw RuntimeError.batchShape(what: input.name, expected: last, found: offset)
      }
      last = offset
    }
    if let values = spikes.values, values.count != spikes.units.count {
      throw RuntimeError.batchShape(what: input.name, expected: spikes.units.count, found: values.count)
    }
    let size = input.size
    if Int(spikes.greatest) >= size, let unit = spikes.units.first(where: { Int($0) >= size }) {
      throw RuntimeError.spikeOutOfRange(input: input.name, unit: Int(unit), size: size)
    }
  }

  /// Lends the spikes of every input that connections bring as events for the time of `body`; units ascend within a bin.
  func staged<Result>(_ batch: Batch, _ body: ([StagedSpikes?]) throws -> Result) throws -> Result {
    let needed = Set(
      program.connections.enumerated().compactMap { index, c -> Int? in
        guard c.isInput, case .spikes = plan.connections[index].signal else { return nil }
        return c.source
      })
    let inputs = try plan.inputs.indices.map { index -> Batch.Spikes? in
      guard needed.contains(index) else { return nil }
      guard index < batch.inputs.count else { throw RuntimeError.missingData(what: plan.inputs[index].name) }
      switch batch.inputs[index] {
      case .none, .timed: return nil
      case .spikes(let spikes):
        try check(spikes, plan.inputs[index], batch.sampleCount)
        return spikes.isOrdered ? spikes : spikes.ordered()
      case .dense(let values):
        let input = plan.inputs[index]
        let row = batch.sampleCount * input.size
        let bins = values.count / max(row, 1)
        guard bins * row == values.count, bins >= plan.ticks else {
          throw RuntimeError.batchShape(what: input.name, expected: row * plan.ticks, found: values.count)
        }
        return Self.events(values, samples: batch.sampleCount, units: input.size, bins: bins)
      }
    }
    return try lend(inputs[...], [], body)
  }

  private func lend<Result>(
    _ spikes: ArraySlice<Batch.Spikes?>, _ lent: [StagedSpikes?], _ body: ([StagedSpikes?]) throws -> Result
  ) rethrows -> Result {
    guard let next = spikes.first else { return try body(lent) }
    guard let next else { return try lend(spikes.dropFirst(), lent + [nil], body) }
    return try next.units.withUnsafeBufferPointer { units in
      try lend(spikes.dropFirst(), lent + [StagedSpikes(next, units: units.baseAddress, precision)], body)
    }
  }

  private static func events(_ values: [Double], samples: Int, units: Int, bins: Int) -> Batch.Spikes {
    var spikes = Batch.Spikes(bins: bins, offsets: [0], units: [], values: [])
    var isPlain = true
    for sample in 0..<samples {
      for bin in 0..<bins {
        let start = (bin * samples + sample) * units
        for unit in 0..<units where values[start + unit] != 0 {
          spikes.units.append(UInt32(unit))
          spikes.values?.append(values[start + unit])
          if values[start + unit] != 1 { isPlain = false }
        }
        spikes.offsets.append(spikes.units.count)
      }
    }
    if isPlain { spikes.values = nil }
    return spikes
  }
}
