import SNNIR
import SNNRuntime

/// What a network with exact spike times is fed: events at their own times, not in bins.
extension BatchEncoder {
  /// Spikes of one sample, in order of time.
  struct TimedSample: Sendable {
    var times: [Double] = []
    var units: [UInt32] = []
    var values: [Double] = []
    /// Spikes beyond the end of the run.
    var dropped = 0
  }

  /// Sorts by time, then unit; what lies outside the run is counted and left out.
  func timed(_ events: [(time: Double, unit: Int)]) -> TimedSample {
    let duration = Double(task.ticks) * network.step
    let inside = events.filter { $0.time <= duration }.sorted { ($0.time, $0.unit) < ($1.time, $1.unit) }
    return TimedSample(
      times: inside.map(\.time), units: inside.map { UInt32($0.unit) }, values: [],
      dropped: events.count - inside.count)
  }

  func timedSpikes(
    _ encoder: Encoder, _ x: SampleEvaluator.Values, units: Int, stream: RandomStream, sample: Int
  ) -> TimedSample {
    var events: [(time: Double, unit: Int)] = []
    switch encoder {
    case .at:
      for row in 0..<x.times {
        for unit in 0..<x.units {
          let time = x.at(row, unit)
          if time >= 0, time.isFinite { events.append((time, unit)) }
        }
      }
    case .latency(_, let over, let threshold):
      for unit in 0..<x.units {
        let value = x.at(0, unit)
        guard value > threshold, let log = Evaluate.unary(.log, value / (value - threshold)) else { continue }
        events.append((over * log, unit))
      }
    case .rate:
      // A Poisson process: independent exponential intervals.
      let duration = Double(task.ticks) * network.step
      for unit in 0..<units {
        let rate = x.at(0, unit)
        guard rate > 0 else { continue }
        var time = 0.0
        var draw = 0
        while true {
          let interval = Evaluate.unary(.log1p, -stream.uniform(index: unit, sample: sample, tick: draw)) ?? .nan
          time -= interval / rate
          guard time <= duration else { break }
          events.append((time, unit))
          draw += 1
        }
      }
    default: break
    }
    return timed(events)
  }
}
