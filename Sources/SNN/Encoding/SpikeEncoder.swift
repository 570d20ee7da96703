import SNNIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The spikes of one sample into one input: per tick the units that fire, with their values where any is not 1.
public struct SampleSpikes: Equatable, Sendable {
  /// Where each tick's spikes begin; one more entry than ticks.
  public var offsets: [Int32]
  public var units: [UInt32]
  public var values: [Float]?
  /// Spikes that fell beyond the run.
  public var dropped = 0
}

/// Turns numbers into spikes in bins of one tick. Bin n acts on the step from tick n to n + 1.
struct SpikeEncoder {
  let ticks: Int
  /// ms per tick.
  let step: Double

  /// The bin of an event at `time` ms: one within 1e-4 of a tick counts as that tick, since k · 0.1 ms does not divide
  /// exactly.
  func bin(_ time: Double) -> Int { Int((time / step + 1e-4).rounded(.down)) }

  /// Events in any order; those beyond the run are counted and dropped, several in a bin add up or count once.
  func spikes(_ events: [(bin: Int, unit: Int, value: Float)], counts: Bool = true) -> SampleSpikes {
    var result = SampleSpikes(offsets: [0], units: [], values: nil)
    var values: [Float] = []
    let inside = events.filter { $0.bin >= 0 && $0.bin < ticks }.sorted { ($0.bin, $0.unit) < ($1.bin, $1.unit) }
    result.dropped = events.count - inside.count
    // The lists are kept from epoch to epoch.
    result.units.reserveCapacity(inside.count)
    result.offsets.reserveCapacity(ticks + 1)
    var next = 0
    for tick in 0..<ticks {
      while next < inside.count, inside[next].bin == tick {
        let event = inside[next]
        if let last = result.units.last, result.offsets.last! < Int32(result.units.count), last == UInt32(event.unit) {
          if counts { values[values.count - 1] += event.value }
        } else {
          result.units.append(UInt32(event.unit))
          values.append(event.value)
        }
        next += 1
      }
      result.offsets.append(Int32(result.units.count))
    }
    if values.contains(where: { $0 != 1 }) { result.values = values }
    return result
  }

  /// One spike at `over · ln(x / (x - threshold))`, none at or below the threshold.
  func latency(_ x: SampleEvaluator.Values, over: Double, threshold: Double) -> SampleSpikes {
    var events: [(bin: Int, unit: Int, value: Float)] = []
    for unit in 0..<x.units {
      let value = x.at(0, unit)
      guard value > threshold else { continue }
      events.append((bin(over * log(value / (value - threshold))), unit, 1))
    }
    return spikes(events)
  }

  /// Independent draws per tick and unit with probability rate · dt.
  func rate(_ x: SampleEvaluator.Values, units: Int, stream: RandomStream, sample: Int) -> SampleSpikes {
    var result = SampleSpikes(offsets: [0], units: [], values: nil)
    for tick in 0..<ticks {
      let time = x.times == 1 ? 0 : min(tick, x.times - 1)
      for unit in 0..<units {
        let probability = x.at(time, unit) * step
        guard probability > 0 else { continue }
        if stream.uniform(index: unit, sample: sample, tick: tick) < probability { result.units.append(UInt32(unit)) }
      }
      result.offsets.append(Int32(result.units.count))
    }
    return result
  }

  /// Every number that is not 0 is a spike of that value in its bin; what has no time axis comes again at every tick.
  func direct(_ x: SampleEvaluator.Values) -> SampleSpikes {
    var events: [(bin: Int, unit: Int, value: Float)] = []
    for bin in 0..<(x.times == 1 ? ticks : x.times) {
      let time = x.times == 1 ? 0 : bin
      for unit in 0..<x.units where x.at(time, unit) != 0 { events.append((bin, unit, Float(x.at(time, unit)))) }
    }
    return spikes(events)
  }

  /// Spikes at times in ms; negative or not finite: none.
  func at(_ x: SampleEvaluator.Values) -> SampleSpikes {
    var events: [(bin: Int, unit: Int, value: Float)] = []
    for time in 0..<x.times {
      for unit in 0..<x.units {
        let when = x.at(time, unit)
        if when >= 0, when.isFinite { events.append((bin(min(when, 1e15)), unit, 1)) }
      }
    }
    return spikes(events)
  }

  /// Up and down crossings of a level that follows the signal in steps of `threshold`: units 2k and 2k + 1.
  func delta(_ x: SampleEvaluator.Values, threshold: Double) -> SampleSpikes {
    var events: [(bin: Int, unit: Int, value: Float)] = []
    for unit in 0..<x.units {
      var level = x.at(0, unit)
      for time in 1..<max(x.times, 1) {
        let change = x.at(time, unit) - level
        let steps = (abs(change) / threshold).rounded(.down)
        guard steps >= 1 else { continue }
        level += (change > 0 ? 1 : -1) * steps * threshold
        events.append((time, 2 * unit + (change > 0 ? 0 : 1), Float(steps)))
      }
    }
    return spikes(events)
  }
}
