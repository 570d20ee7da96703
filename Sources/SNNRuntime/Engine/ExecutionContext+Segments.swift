import SNNIR

/// Checkpoints of one chunk, and what its reverse pass holds meanwhile.
final class CheckpointMemory {
  let segment: Int
  let ticks: Int
  let bytes: Int
  let memory: AlignedMemory
  /// By checkpoint: spikes of each population until then.
  var spikes: [[Int]]
  var count: Int { (ticks + segment - 1) / segment }

  init?(_ program: Program, _ layout: Layout) {
    guard let segment = layout.segment else { return nil }
    self.segment = segment
    ticks = program.plan.ticks
    bytes = Layout.checkpointBytes(program, chunkSize: layout.capacity)
    memory = AlignedMemory(byteCount: layout.checkpointBytes)
    spikes = Array(repeating: [], count: (ticks + segment - 1) / segment + 1)
  }

  /// Ticks of a segment; its checkpoint is what the tick before them leaves.
  func range(_ index: Int) -> ClosedRange<Int> { (index * segment + 1)...min((index + 1) * segment, ticks) }
}

extension ExecutionContext {
  /// The forward pass of a run in segments.
  func advance(_ checkpoints: CheckpointMemory) {
    for index in 0..<checkpoints.count {
      let range = checkpoints.range(index)
      exchange(checkpoints, index, tick: range.lowerBound - 1, saves: true)
      loop(.tick, range)
      if isStopped { return }
    }
    // What offsets reach beyond the end is zero.
    for index in program.windowed {
      for tick in (checkpoints.ticks + 1)...(checkpoints.ticks + program.traits[index].firstRow) {
        memset(address(index, tick: tick), 0, rows[index].rowBytes)
      }
    }
  }

  /// The reverse pass: every segment but the last, whose histories are still there, is computed again first.
  func retreat(_ checkpoints: CheckpointMemory) {
    for index in (0..<checkpoints.count).reversed() {
      let range = checkpoints.range(index)
      if index < checkpoints.count - 1 {
        // What the run has ended with, which sections of the reverse pass may read, makes room meanwhile.
        exchange(checkpoints, checkpoints.count, tick: nil, saves: true)
        exchange(checkpoints, index, tick: range.lowerBound - 1, saves: false)
        loop(.tick, range)
        exchange(checkpoints, checkpoints.count, tick: nil, saves: false)
        if isStopped { return }
      }
      loop(.reverseTick, range, backward: true)
      if isStopped { return }
    }
  }

  private var isStopped: Bool { (checks && fault != nil) || cancellation?.isCancelled == true }

  /// Copies what ticks read and write to a checkpoint, or back; with a tick, the rows of histories up to it too.
  private func exchange(_ checkpoints: CheckpointMemory, _ index: Int, tick: Int?, saves: Bool) {
    var place = checkpoints.memory.base + index * checkpoints.bytes
    func copy(_ pointer: UnsafeMutableRawPointer, _ bytes: Int) {
      if saves {
        place.copyMemory(from: pointer, byteCount: bytes)
      } else {
        pointer.copyMemory(from: place, byteCount: bytes)
      }
      place += bytes
    }
    for buffer in program.live {
      let traits = program.traits[buffer]
      let bytes = Layout.chunkBytes(traits, samples: traits.home == .batch ? samples : capacity)
      for row in 0..<traits.rowCount { copy(bases[buffer] + row * rows[buffer].rowBytes, bytes) }
    }
    if let tick {
      for buffer in program.windowed {
        for row in (tick - program.traits[buffer].firstRow)...tick {
          copy(address(buffer, tick: row), rows[buffer].rowBytes)
        }
      }
    }
    if saves {
      checkpoints.spikes[index] = spikes.map(\.count)
    } else {
      for population in spikes.indices { spikes[population].count = checkpoints.spikes[index][population] }
    }
  }
}
