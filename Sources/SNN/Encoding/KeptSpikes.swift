/// The spikes of a sample as they are kept from epoch to epoch: unit numbers in two bytes where all fit.
struct KeptSpikes: Sendable {
  /// Where each tick's spikes begin; one more entry than ticks.
  let offsets: [Int32]
  let values: [Float]?
  private let units: Units

  private enum Units: Sendable {
    case narrow([UInt16])
    case wide([UInt32])
  }

  init(_ spikes: SampleSpikes) {
    offsets = spikes.offsets
    values = spikes.values
    let fits = spikes.units.allSatisfy { $0 <= UInt16.max }
    units = fits ? .narrow(spikes.units.map { UInt16(truncatingIfNeeded: $0) }) : .wide(spikes.units)
  }

  var count: Int {
    switch units {
    case .narrow(let units): units.count
    case .wide(let units): units.count
    }
  }

  /// Fills memory for as many numbers as there are spikes.
  func copyUnits(to target: UnsafeMutableBufferPointer<UInt32>) {
    switch units {
    case .narrow(let units): for index in units.indices { target[index] = UInt32(units[index]) }
    case .wide(let units): _ = target.update(fromContentsOf: units)
    }
  }
}
