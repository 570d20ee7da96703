/// One variable of one population over a run, as it is plotted.
public struct Recording: Hashable, Sendable {
  /// `hidden.U`, `hidden.spike`.
  public var name: String
  public var unit: String
  /// Units of the population.
  public var size: Int
  /// Time of the first row and between rows, ms.
  public var start: Double
  public var interval: Double
  /// `[time, unit]`, row-major.
  public var values: [Double]
  public var isSpikes: Bool
  /// Whether spike times are not those of ticks.
  public var isExact = false
  /// Spikes that are kept as such, in order of time; `values` is empty then.
  public var events: Events?

  public struct Spike: Hashable, Sendable {
    public var row: Int
    public var unit: Int
  }

  public struct Events: Hashable, Sendable {
    /// Rows that there would be.
    public var ticks: Int
    public var spikes: [Spike]
    /// Where spike times are exact: those of `spikes`, in ms; else empty.
    public var times: [Double] = []
  }

  /// The threshold of this variable, in its unit, where it is a constant.
  public var threshold: Double?

  public init(
    name: String, unit: String = "1", size: Int, start: Double, interval: Double, values: [Double], isSpikes: Bool,
    threshold: Double? = nil
  ) {
    self.name = name
    self.unit = unit
    self.size = size
    self.start = start
    self.interval = interval
    self.values = values
    self.isSpikes = isSpikes
    self.threshold = threshold
  }

  var population: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name }
  var variable: String { name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name }
  public var rows: Int { events?.ticks ?? (size > 0 ? values.count / size : 0) }

  /// `[time, unit]`, row-major, written out where spikes are kept as events.
  public var dense: [Double] {
    guard let events else { return values }
    var result = [Double](repeating: 0, count: events.ticks * size)
    for spike in events.spikes { result[spike.row * size + spike.unit] = 1 }
    return result
  }

  /// Spikes at exact times (ms), in order; nil where they are in ticks.
  public var exactSpikes: [(time: Double, unit: Int)]? {
    guard let events, isExact else { return nil }
    return zip(events.times, events.spikes).map { ($0, $1.unit) }
  }

  public var spikeCount: Int { events?.spikes.count ?? values.count { $0 != 0 } }

  /// Mean over the units of the coefficient of variation of their intervals between spikes, of units with at least three
  /// spikes; nil where there is none.
  public var intervalVariation: Double? {
    guard isSpikes else { return nil }
    var last = [Int](repeating: -1, count: size)
    var sums = [(count: Double, sum: Double, squares: Double)](repeating: (0, 0, 0), count: size)
    for mark in marks {
      if last[mark.unit] >= 0 {
        let interval = Double(mark.row - last[mark.unit])
        sums[mark.unit].count += 1
        sums[mark.unit].sum += interval
        sums[mark.unit].squares += interval * interval
      }
      last[mark.unit] = mark.row
    }
    let variations = sums.filter { $0.count >= 2 }.map { entry in
      let mean = entry.sum / entry.count
      return max(entry.squares / entry.count - mean * mean, 0).squareRoot() / mean
    }
    return variations.isEmpty ? nil : variations.reduce(0, +) / Double(variations.count)
  }

  /// What fired, in order of time.
  var marks: [Spike] {
    if let events { return events.spikes }
    return values.enumerated().compactMap { index, flag in
      flag != 0 ? Spike(row: index / size, unit: index % size) : nil
    }
  }

  /// Spike times of one unit, ms.
  func times(ofUnit unit: Int) -> [Double] {
    if let events, !events.times.isEmpty {
      return zip(events.spikes, events.times).filter { $0.0.unit == unit }.map(\.1)
    }
    if let events { return events.spikes.filter { $0.unit == unit }.map { start + interval * Double($0.row) } }
    return (0..<rows).filter { values[$0 * size + unit] != 0 }.map { start + interval * Double($0) }
  }
}

extension Figure {
  /// The states against time, each population's spikes marked on its traces, and below them one raster of everything
  /// that spikes. `end` is the end of the run, ms.
  public static func run(title: String, subtitle: String = "", recordings: [Recording], end: Double) -> Figure {
    let spiking = recordings.filter(\.isSpikes)
    var panels: [Panel] = []
    for recording in recordings where !recording.isSpikes {
      var panel = TracePanel(
        title: recording.name, quantity: recording.variable, unit: recording.unit, values: recording.values,
        units: recording.size, start: recording.start, interval: recording.interval,
        references: recording.threshold.map { [ReferenceLine($0, label: "threshold")] } ?? [])
      // Marks say when it fired, which a reset within the tick hides; only where the trace is what is compared.
      if recording.threshold != nil, let spikes = spiking.first(where: { $0.population == recording.population }) {
        for unit in panel.traces.indices where unit < spikes.size {
          panel.traces[unit].spikes = spikes.times(ofUnit: unit)
        }
      }
      panels.append(.traces(panel))
    }
    if !spiking.isEmpty {
      let populations = spiking.map { recording in
        RasterPopulation(
          name: recording.population, size: recording.size,
          spikes: recording.marks.map {
            SpikeMark(time: recording.start + recording.interval * Double($0.row), unit: $0.unit)
          })
      }
      panels.append(.raster(RasterPanel(end: end, populations: populations)))
    }
    return Figure(title: title, subtitle: subtitle, panels: panels)
  }

  /// What happened while training: losses, one panel per score, firing rates, and the weights before and after. Curves
  /// of one quantity on several sets (`train`, `test`) come together.
  public static func training(
    title: String, subtitle: String = "", losses: [Curve], scores: [(name: String, curves: [Curve])],
    rates: [Curve] = [], weights: [HistogramPanel] = []
  ) -> Figure {
    var panels: [Panel] = [.curves(CurvePanel(title: "Loss", quantity: "loss", curves: losses))]
    for score in scores {
      let isShare = score.curves.allSatisfy { $0.values.allSatisfy { !$0.isFinite || ($0 >= 0 && $0 <= 1) } }
      panels.append(
        .curves(
          CurvePanel(
            title: score.name, quantity: score.name, curves: score.curves, scaling: isShare ? .fraction : .automatic)))
    }
    if !rates.isEmpty {
      panels.append(
        .curves(CurvePanel(title: "Firing rates", quantity: "rate", unit: "Hz", curves: rates, scaling: .linear)))
    }
    panels += weights.map(Panel.histogram)
    return Figure(title: title, subtitle: subtitle, panels: panels)
  }
}
