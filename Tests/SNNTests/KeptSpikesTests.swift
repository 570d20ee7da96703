import SNNIR
import Testing

@testable import SNN

@Suite struct KeptSpikesTests {
  /// Unit numbers beyond two bytes are kept as well as those that fit.
  @Test(arguments: [[UInt32(0), 65535, 7], [0, 65536, 7], []]) func units(_ units: [UInt32]) {
    let kept = KeptSpikes(SampleSpikes(offsets: [0, Int32(units.count)], units: units, values: nil))
    #expect(kept.count == units.count && kept.offsets == [0, Int32(units.count)])
    let copy = [UInt32](unsafeUninitializedCapacity: units.count) { target, count in
      kept.copyUnits(to: UnsafeMutableBufferPointer(rebasing: target[0..<units.count]))
      count = units.count
    }
    #expect(copy == units)
  }
}
