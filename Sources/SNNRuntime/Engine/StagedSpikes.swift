/// The spikes of one input for the whole batch, checked and in order of units, as kernels read them. The batch lends its
/// unit numbers: at high rates they are most of the memory of a step.
final class StagedSpikes: @unchecked Sendable {
  let bins: Int
  let offsets: UnsafeMutablePointer<Int64>
  let units: UnsafePointer<UInt32>?
  /// In the precision of the lanes; nil where every spike counts 1.
  let values: UnsafeMutableRawPointer?

  init(_ spikes: Batch.Spikes, units: UnsafePointer<UInt32>?, _ precision: Precision) {
    bins = spikes.bins
    self.units = units
    offsets = .allocate(capacity: spikes.offsets.count)
    for (row, offset) in spikes.offsets.enumerated() { (offsets + row).initialize(to: Int64(offset)) }
    guard let own = spikes.values, own.contains(where: { $0 != 1 }) else {
      values = nil
      return
    }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: own.count * precision.bytes, alignment: 64)
    for (place, x) in own.enumerated() {
      if precision == .f64 {
        memory.storeBytes(of: x, toByteOffset: place * 8, as: Double.self)
      } else {
        memory.storeBytes(of: Float(x), toByteOffset: place * 4, as: Float.self)
      }
    }
    values = memory
  }

  deinit {
    offsets.deallocate()
    values?.deallocate()
  }
}

extension Batch.Spikes {
  /// The greatest unit number; 0 where nothing fires.
  var greatest: UInt32 {
    units.withUnsafeBufferPointer { units in
      var greatest: UInt32 = 0
      for unit in units { greatest = max(greatest, unit) }
      return greatest
    }
  }

  /// Whether units ascend within every bin.
  var isOrdered: Bool {
    units.withUnsafeBufferPointer { units in
      // Without a way out in the middle a loop takes many at once.
      var falls: UInt32 = 0
      for row in 0..<max(offsets.count - 1, 0) {
        var place = offsets[row] + 1
        while place < offsets[row + 1] {
          falls |= units[place] < units[place - 1] ? 1 : 0
          place += 1
        }
      }
      return falls == 0
    }
  }

  /// The same with ascending units; equal ones keep their order.
  func ordered() -> Batch.Spikes {
    var result = self
    for row in 0..<max(offsets.count - 1, 0) {
      let range = offsets[row]..<offsets[row + 1]
      let sorted = range.sorted { (units[$0], $0) < (units[$1], $1) }
      for (place, spike) in zip(range, sorted) {
        result.units[place] = units[spike]
        if let values { result.values?[place] = values[spike] }
      }
    }
    return result
  }
}
