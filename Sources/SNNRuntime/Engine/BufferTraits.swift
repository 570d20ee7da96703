import SNNIR

/// Where the memory of a buffer is.
enum BufferHome: UInt8, Sendable {
  /// One array for everybody: values without samples that the sections of the whole batch make.
  case shared
  /// One array per worker, for the samples of its chunk.
  case workspace
  /// One array for all samples of the batch; a chunk sees its own.
  case batch
  /// One array per chunk, which the runtime adds up into a shared one.
  case sum
  /// The same, but every chunk computes the same values: the first one's are taken.
  case first
  /// One per worker and a shared one (the time of the tick).
  case dual
  /// No step reads or writes it.
  case nowhere
}

/// How the tick chooses the row of a buffer.
enum RowMode: UInt8, Sendable { case single, tick, ring }

/// What is known of a buffer before the batch is.
struct BufferTraits: Sendable {
  var home = BufferHome.workspace
  var rows = RowMode.single
  /// Rows of a ring; of a history, one per tick plus those that offsets reach beyond.
  var rowCount = 1
  /// Row of tick 0.
  var firstRow = 0
  var elementBytes = 8
  var hasSample = false
  var hasUnit = false
  var hasSynapse = false
  var units = 1
  /// Lanes per sample: units padded to 16, or 1.
  var lanes = 1

  var isScalar: Bool { !hasSample && !hasUnit && !hasSynapse }

  /// Lanes of one row for `samples`.
  func rowLanes(samples: Int) -> Int {
    if hasSample { return padded(lanes * samples) }
    return isScalar ? 1 : padded(lanes)
  }
}

/// Address arithmetic of a buffer for one batch size; trivial, for the inner loops.
struct BufferRow: Sendable {
  var rowBytes = 0
  var rows = RowMode.single
  var firstRow = 0
  var rowCount = 1
  var lanes = 1
  var units = 1
  var elementBytes = 8

  @inline(__always) func offset(tick: Int) -> Int {
    switch rows {
    case .single: return 0
    case .tick: return (tick + firstRow) * rowBytes
    case .ring:
      let r = tick % rowCount
      return (r < 0 ? r + rowCount : r) * rowBytes
    }
  }
}
