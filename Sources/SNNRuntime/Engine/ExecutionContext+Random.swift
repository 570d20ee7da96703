import CSNNKernels
import SNNIR

extension ExecutionContext {
  /// One number per sample and unit, keyed by the sample's number and the tick.
  func draw(_ kind: RandomDraw.Kind, _ stream: Int, _ keyTick: Int, _ into: BufferID, _ tick: Int) {
    let row = rows[Int(into.index)]
    let to = address(into, tick: tick)
    if kind == .training, !isTraining { return fill(to, with: 1, row.lanes * samples) }
    let stream = streams[stream]
    let raw = kind == .normal ? SNN_NORMAL : SNN_UNIFORM
    let function = program.lanes.raw.pointee.draw!
    for sample in 0..<samples {
      let place = firstSample + sample
      let number = place < sampleNumbers.count ? sampleNumbers[place] : place
      function(
        raw, to + sample * row.lanes * row.elementBytes, row.units, stream.key0, stream.key1,
        UInt32(truncatingIfNeeded: keyTick), UInt32(truncatingIfNeeded: number))
    }
  }
}

extension ExecutionContext {
  private func fill(_ to: UnsafeMutableRawPointer, with x: Float, _ count: Int) {
    if program.precision == .f64 {
      to.assumingMemoryBound(to: Double.self).update(repeating: Double(x), count: count)
    } else {
      to.assumingMemoryBound(to: Float.self).update(repeating: x, count: count)
    }
  }
}

extension Program {
  /// Adds the stream of a draw, and gives its place.
  func stream(_ path: String, _ into: BufferID) throws -> Int {
    let t = traits[Int(into.index)]
    guard t.hasSample, t.hasUnit, t.elementBytes == precision.bytes else {
      throw malformed("\(plan[into].name) is not one lane per sample and unit")
    }
    streams.append(path)
    return streams.count - 1
  }
}
