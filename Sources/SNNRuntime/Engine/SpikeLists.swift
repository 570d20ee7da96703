import CSNNKernels

/// The spikes of one population, for the samples of a chunk: units in ascending order by (tick, sample). Those of every
/// tick of a run are kept one behind the other, or those of the last few, each tick in a place of its own.
struct SpikeLists {
  /// `[row of the tick][sample]`, one more per tick: where the lists begin.
  var offsets: UnsafeMutablePointer<Int64>
  var units: UnsafeMutablePointer<UInt32>
  var values: UnsafeMutableRawPointer?
  var capacity: Int
  /// Spikes since the run began.
  var count = 0
  let stride: Int
  let laneBytes: Int
  /// Ticks that are kept, where not all are.
  let last: Int?
  /// Most spikes of a tick.
  private let most: Int

  /// - Parameter last: number of ticks to keep; nil: all.
  init(ticks: Int, last: Int?, samples: Int, units unitCount: Int, isGraded: Bool, laneBytes: Int) {
    stride = samples + 1
    self.laneBytes = laneBytes
    self.last = last
    let most = samples * unitCount
    self.most = most
    capacity = last.map { $0 * most } ?? max(1024, most)
    let rows = last ?? ticks + 2
    offsets = UnsafeMutablePointer<Int64>.allocate(capacity: rows * stride)
    offsets.initialize(repeating: 0, count: rows * stride)
    units = UnsafeMutablePointer<UInt32>.allocate(capacity: max(capacity, 1))
    values = isGraded ? UnsafeMutableRawPointer.allocate(byteCount: capacity * laneBytes, alignment: 64) : nil
  }

  func deallocate() {
    offsets.deallocate()
    units.deallocate()
    values?.deallocate()
  }

  /// Of the samples of a tick.
  @inline(__always) func offsets(_ tick: Int) -> UnsafeMutablePointer<Int64> {
    offsets + (last.map { tick % $0 } ?? tick) * stride
  }

  /// Where the spikes of a tick begin; there is room for all that there can be.
  mutating func begin(_ tick: Int) -> Int {
    if let last { return tick % last * most }
    reserve(most)
    return count
  }

  /// Room for `more` spikes at the end.
  private mutating func reserve(_ more: Int) {
    guard count + more > capacity else { return }
    let grown = max(capacity * 2, count + more)
    let moved = UnsafeMutablePointer<UInt32>.allocate(capacity: grown)
    moved.update(from: units, count: count)
    units.deallocate()
    units = moved
    if let old = values {
      let moved = UnsafeMutableRawPointer.allocate(byteCount: grown * laneBytes, alignment: 64)
      moved.copyMemory(from: old, byteCount: count * laneBytes)
      old.deallocate()
      values = moved
    }
    capacity = grown
  }
}
