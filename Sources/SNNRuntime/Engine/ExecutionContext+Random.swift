import CSNNKernels
import SNNIR

extension ExecutionContext {
  /// One number per sample and unit, keyed by the sample's number and the tick.
  func draw(_ kind: snn_draw_kind, _ stream: Int, _ keyTick: Int, _ into: BufferID, _ tick: Int) {
    let row = rows[Int(into.index)]
    let to = address(into, tick: tick)
    let stream = streams[stream]
    let function = program.lanes.raw.pointee.draw!
    for sample in 0..<samples {
      let place = firstSample + sample
      let number = place < sampleNumbers.count ? sampleNumbers[place] : place
      function(
        kind, to + sample * row.lanes * row.elementBytes, row.units, stream.key0, stream.key1,
        UInt32(truncatingIfNeeded: keyTick), UInt32(truncatingIfNeeded: number))
    }
  }
}

extension Program {
  /// Adds the stream of a draw.
  func stream(_ kind: RandomDraw.Kind, _ path: String, _ into: BufferID) throws -> snn_draw_kind {
    let t = traits[Int(into.index)]
    guard t.hasSample, t.hasUnit, t.elementBytes == precision.bytes else {
      throw malformed("\(plan[into].name) is not one lane per sample and unit")
    }
    streams.append(path)
    return kind == .uniform ? SNN_UNIFORM : SNN_NORMAL
  }
}
