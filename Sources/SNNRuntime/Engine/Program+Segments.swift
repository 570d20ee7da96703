import SNNIR

/// Long runs are cut into segments: the forward pass keeps what the first tick of each begins with, and one segment's
/// histories; the reverse pass computes the other segments again, from the last to the first (Griewank & Walther 2000,
/// with checkpoints at equal distances). Numbers are drawn by tick, so that the repetition has the same bits.
extension Program {
  /// What a segment keeps and what its ticks need; nothing where ticks have effects that must not happen twice.
  func findSegments() {
    guard !plan.carriesForward, plan.window == nil, rules.isEmpty, !plan.reverseTick.isEmpty else { return }
    var touched = Set<Int>()
    var written = Set<Int>()
    for step in plan.tick {
      switch step {
      case .outer, .outerContinuous, .influence, .plasticity: return
      default: break
      }
      for (buffer, _) in step.writes { written.insert(Int(buffer.index)) }
      for (buffer, _) in step.reads + step.writes { touched.insert(Int(buffer.index)) }
    }
    var others = Set<Int>()
    for section in Section.allCases where section.isReverse || section.isGlobal {
      for step in plan.steps(section) { for (buffer, _) in step.writes { others.insert(Int(buffer.index)) } }
    }
    windowed = written.filter {
      traits[$0].rows == .tick && traits[$0].home == .workspace && !others.contains($0)
        && plan.bindings[BufferID($0)] == nil
    }.sorted()
    guard !windowed.isEmpty else { return }
    live = touched.filter {
      switch traits[$0].home {
      case .workspace, .batch, .sum, .first: traits[$0].rows != .tick
      case .shared, .dual, .nowhere: false
      }
    }.sorted()
  }
}

extension Layout {
  /// Bytes of a row of a buffer that belong to the samples of one chunk.
  static func chunkBytes(_ traits: BufferTraits, samples: Int) -> Int {
    traits.home == .batch
      ? traits.lanes * samples * traits.elementBytes
      : traits.rowLanes(samples: samples) * traits.elementBytes
  }

  /// Of one checkpoint: what ticks read and write, and the rows of histories that offsets reach.
  static func checkpointBytes(_ program: Program, chunkSize: Int) -> Int {
    var bytes = 0
    for index in program.live {
      let traits = program.traits[index]
      bytes += traits.rowCount * chunkBytes(traits, samples: chunkSize)
    }
    for index in program.windowed {
      let traits = program.traits[index]
      bytes += (traits.firstRow + 1) * chunkBytes(traits, samples: chunkSize)
    }
    return padded(bytes, to: 64)
  }

  /// Ticks of a segment: so that checkpoints and one segment take the least memory, where nobody says otherwise.
  static func segment(_ program: Program, chunkSize: Int, _ checkpoints: Checkpoints) -> Int? {
    let ticks = program.plan.ticks
    guard !program.windowed.isEmpty, ticks > 1 else { return nil }
    switch checkpoints {
    case .never: return nil
    case .every(let count): return max(1, min(count, ticks))
    case .automatic:
      let tick = program.windowed.reduce(0) { $0 + chunkBytes(program.traits[$1], samples: chunkSize) }
      guard tick * ticks > 32 << 20 else { return nil }
      let one = Double(checkpointBytes(program, chunkSize: chunkSize))
      return max(1, min(Int((Double(ticks) * one / Double(tick)).squareRoot().rounded()), ticks))
    }
  }
}
