import CSNNKernels

/// The spikes of one population over a run, for the samples of a chunk: units in ascending order by (tick, sample).
struct SpikeLists {
  /// `[tick][sample]`, one more per tick: where the lists begin.
  var offsets: UnsafeMutablePointer<Int64>
  var units: UnsafeMutablePointer<UInt32>
  var values: UnsafeMutableRawPointer?
  var capacity: Int
  var count = 0
  let stride: Int
  let laneBytes: Int

  init(ticks: Int, samples: Int, units unitCount: Int, isGraded: Bool, laneBytes: Int) {
    stride = samples + 1
    self.laneBytes = laneBytes
    capacity = max(1024, samples * unitCount)
    offsets = UnsafeMutablePointer<Int64>.allocate(capacity: (ticks + 2) * stride)
    offsets.initialize(repeating: 0, count: (ticks + 2) * stride)
    units = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
    values = isGraded ? UnsafeMutableRawPointer.allocate(byteCount: capacity * laneBytes, alignment: 64) : nil
  }

  func deallocate() {
    offsets.deallocate()
    units.deallocate()
    values?.deallocate()
  }

  /// Room for `more` spikes at the end.
  mutating func reserve(_ more: Int) {
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
