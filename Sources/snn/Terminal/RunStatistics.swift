import SNN

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What `snn run --stats` reports: how large the network is, and what building and running it took.
struct RunStatistics {
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private var built: ContinuousClock.Instant
  private var ended: ContinuousClock.Instant
  private var neurons = 0
  private var synapses = 0
  private var spikes = 0
  private var duration = 0.0
  private let before: Double
  private var forecast = 0.0

  init() {
    started = clock.now
    built = started
    ended = started
    before = Self.peakMemory
  }

  mutating func isBuilt() { built = clock.now }
  mutating func hasRun() { ended = clock.now }

  mutating func measure(_ session: Session, _ result: RunResult) {
    neurons = session.model.network.populations.map(\.size).reduce(0, +)
    synapses = session.synapseCount
    spikes = result.spikes
    duration = result.duration
    // What is shown of each history is one more copy, of which the engine's forecast has the longest.
    let shown = result.recordings.map { 8 * $0.values.count }
    let bytes =
      session.engine.memoryForecast(samples: 1, records: true) + shown.reduce(0, +) - (shown.max() ?? 0)
    forecast = before + Double(bytes) / 1_048_576
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
  private var construction: Double { Self.seconds(built - started) }
  private var run: Double { Self.seconds(ended - built) }

  /// Largest resident memory of the process so far, in MB.
  private static var peakMemory: Double {
    var usage = rusage()
    guard getrusage(RUSAGE_SELF_OF_PROCESS, &usage) == 0 else { return .nan }
    #if os(Linux)
      return Double(usage.ru_maxrss) / 1024
    #else
      return Double(usage.ru_maxrss) / 1_048_576
    #endif
  }

  var text: String {
    let pace =
      duration > 0 ? ", \(NumberText.significant(run / (duration * 1e-3), 3)) s for each second of the model" : ""
    return """
      \(NumberText.count(neurons)) neurons, \(NumberText.count(synapses)) synapses, \(NumberText.count(spikes)) spikes
      built in \(NumberText.significant(construction, 3)) s, ran in \(NumberText.significant(run, 3)) s\(pace)
      peak memory \(NumberText.significant(Self.peakMemory, 3)) MB, \(NumberText.significant(forecast, 3)) MB foreseen
      """
  }

  var json: JSON {
    .object([
      "event": "stats", "neurons": .integer(neurons), "synapses": .integer(synapses), "spikes": .integer(spikes),
      "construction_s": .number(construction), "run_s": .number(run), "peak_memory_mb": .number(Self.peakMemory),
      "forecast_memory_mb": .number(forecast),
    ])
  }
}

#if canImport(Glibc)
  private let RUSAGE_SELF_OF_PROCESS = __rusage_who_t(RUSAGE_SELF.rawValue)
#else
  private let RUSAGE_SELF_OF_PROCESS = RUSAGE_SELF
#endif
