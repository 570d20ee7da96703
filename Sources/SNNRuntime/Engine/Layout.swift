import SNNIR

/// Where everything is for one batch size: offsets into arenas, and the address arithmetic of every buffer.
struct Layout: Sendable {
  let samples: Int
  /// Most samples of a chunk.
  let capacity: Int
  let chunkCount: Int
  /// Gradient slots.
  let slotCount: Int
  private(set) var rows: [BufferRow] = []
  /// Byte offset of row 0 of the buffer in its arena, and in the shared arena where it has two homes.
  private(set) var offsets: [Int] = []
  private(set) var sharedOffsets: [Int] = []
  private(set) var sharedBytes = 0
  private(set) var workspaceBytes = 0
  private(set) var batchBytes = 0
  private(set) var sumBytes = 0
  /// Ticks between checkpoints; nil: histories are kept whole.
  let segment: Int?
  /// Of one worker.
  private(set) var checkpointBytes = 0

  init(_ program: Program, samples: Int, chunkSize: Int, checkpoints: Checkpoints = .never) {
    segment = Self.segment(program, chunkSize: chunkSize, checkpoints)
    self.samples = samples
    capacity = chunkSize
    chunkCount = (samples + chunkSize - 1) / chunkSize
    // Where samples have weights of their own, a slot has a copy of them.
    slotCount =
      program.rules.isEmpty || program.goesInOrder
      ? Self.slots(chunks: chunkCount, gradientBytes: program.gradientBytes)
      : min(chunkCount, PlasticWeights.mostSlots)
    for traits in program.traits {
      let columns = traits.home == .batch ? samples : chunkSize
      var row = BufferRow()
      row.rowBytes = traits.rowLanes(samples: columns) * traits.elementBytes
      row.rows = traits.rows
      row.firstRow = traits.firstRow
      row.rowCount = traits.rowCount
      if let segment, program.windowed.contains(rows.count) {
        // A segment, and the ticks beside it that offsets reach.
        row.rows = .ring
        row.rowCount = segment + 2 * traits.firstRow + 1
      }
      row.lanes = traits.lanes
      row.units = traits.units
      row.elementBytes = traits.elementBytes
      let bytes = padded(row.rowBytes * row.rowCount, to: 64)
      var offset = 0
      var shared = 0
      switch traits.home {
      case .shared:
        offset = sharedBytes
        sharedBytes += bytes
      case .workspace:
        offset = workspaceBytes
        workspaceBytes += bytes
      case .batch:
        offset = batchBytes
        batchBytes += bytes
      case .sum, .first:
        offset = sumBytes
        sumBytes += bytes
        shared = sharedBytes
        sharedBytes += bytes
      case .dual:
        offset = workspaceBytes
        workspaceBytes += bytes
        shared = sharedBytes
        sharedBytes += bytes
      case .nowhere: break
      }
      rows.append(row)
      offsets.append(offset)
      sharedOffsets.append(shared)
    }
    if let segment {
      let count = (program.plan.ticks + segment - 1) / segment
      checkpointBytes = (count + 1) * Self.checkpointBytes(program, chunkSize: chunkSize)
    }
  }

  /// Gradients go into few slots so that they stay in cache; their number may depend on the model and the batch alone,
  /// never on threads.
  static func slots(chunks: Int, gradientBytes: Int) -> Int {
    if gradientBytes == 0 { return chunks }
    return chunks * gradientBytes <= 256 << 10 ? min(chunks, 64) : min(chunks, 8)
  }

  /// Samples per chunk: enough lanes that the fixed cost of a step vanishes, few enough that a chunk's states stay in
  /// cache and the batch makes several chunks; bounded by the memory of the histories.
  static func chunkSize(_ program: Program, samples: Int) -> Int {
    var bytesPerSample = 0
    var widest = 16
    for traits in program.traits where traits.hasSample && traits.home == .workspace {
      bytesPerSample += traits.lanes * traits.rowCount * traits.elementBytes
      widest = max(widest, traits.lanes)
    }
    var size = min(max(4096 / widest, 16), 64)
    let limit = 64 << 20
    size = min(size, max(limit / max(bytesPerSample, 1), 1))
    // Whole tiles of the product's rows; several chunks, where that leaves each enough lanes.
    let quarter = padded((samples + 3) / 4, to: 4)
    size = min(size, max(quarter, padded(1600 / widest, to: 4), 4))
    // Traces of synapses are most of the work: everyone gets some.
    if program.hasTraces { size = min(size, quarter) }
    return max(1, min(size, samples))
  }
}
