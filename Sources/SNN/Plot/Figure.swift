/// One picture of several panels under each other. Neighbouring panels against time share the time axis, neighbouring
/// panels against epochs the axis of epochs. `svg()` gives a self-contained file, `text(width:)` a terminal picture.
public struct Figure: Hashable, Sendable {
  public var title: String
  /// A line of smaller text below the title: task, seed, test score.
  public var subtitle: String
  public var panels: [Panel]
  /// In pixels; the height follows from the panels.
  public var width: Double

  public init(title: String, subtitle: String = "", panels: [Panel], width: Double = 760) {
    self.title = title
    self.subtitle = subtitle
    self.panels = panels
    self.width = width
  }
}

public enum Panel: Hashable, Sendable {
  case traces(TracePanel)
  case raster(RasterPanel)
  case curves(CurvePanel)
  case histogram(HistogramPanel)
  case bars(BarPanel)
}

/// A variable of one unit against time.
public struct Trace: Hashable, Sendable {
  public var name: String
  /// Time of the first value, ms.
  public var start: Double
  /// Time between values, ms.
  public var interval: Double
  /// In the unit of the panel; NaN leaves a gap.
  public var values: [Double]
  /// Times of the unit's spikes, ms: marks above the trace.
  public var spikes: [Double]

  public init(
    name: String, start: Double = 0, interval: Double, values: [Double], spikes: [Double] = []
  ) {
    self.name = name
    self.start = start
    self.interval = interval
    self.values = values
    self.spikes = spikes
  }

  var end: Double { start + interval * Double(max(0, values.count - 1)) }
}

/// A level to compare with, drawn dashed across the panel: a threshold, chance level.
public struct ReferenceLine: Hashable, Sendable {
  public var value: Double
  public var label: String

  public init(_ value: Double, label: String) {
    self.value = value
    self.label = label
  }
}

/// Traces of one variable, in one unit.
public struct TracePanel: Hashable, Sendable {
  public var title: String
  public var quantity: String
  /// As shown at the axis: `mV`; `1` or empty for a plain number.
  public var unit: String
  public var traces: [Trace]
  public var references: [ReferenceLine]

  public init(
    title: String, quantity: String, unit: String = "1", traces: [Trace],
    references: [ReferenceLine] = []
  ) {
    self.title = title
    self.quantity = quantity
    self.unit = unit
    self.traces = traces
    self.references = references
  }

  /// From an array `[time, unit]`, row-major: the first `most` units, and the title says how many there are.
  public init(
    title: String, quantity: String, unit: String = "1", values: [Double], units: Int,
    start: Double,
    interval: Double, references: [ReferenceLine] = [], most: Int = 4
  ) {
    let shown = max(0, min(units, most))
    let ticks = units > 0 ? values.count / units : 0
    let traces = (0..<shown).map { unit in
      Trace(
        name: units == 1 ? "" : "unit \(unit)", start: start, interval: interval,
        values: (0..<ticks).map { values[$0 * units + unit] })
    }
    self.init(
      title: shown < units ? "\(title), \(shown) of \(units) units" : title, quantity: quantity,
      unit: unit,
      traces: traces, references: references)
  }
}

public struct SpikeMark: Hashable, Sendable {
  /// ms.
  public var time: Double
  public var unit: Int

  public init(time: Double, unit: Int) {
    self.time = time
    self.unit = unit
  }
}

/// The spikes of one population; shown with its name even when there are none.
public struct RasterPopulation: Hashable, Sendable {
  public var name: String
  public var size: Int
  public var spikes: [SpikeMark]

  public init(name: String, size: Int, spikes: [SpikeMark]) {
    self.name = name
    self.size = size
    self.spikes = spikes
  }

  /// From flags `[time, unit]`, row-major; row 0 is at `start` ms.
  public init(name: String, size: Int, flags: [Double], start: Double, interval: Double) {
    var spikes: [SpikeMark] = []
    for (index, flag) in flags.enumerated() where flag != 0 && size > 0 {
      spikes.append(SpikeMark(time: start + interval * Double(index / size), unit: index % size))
    }
    self.init(name: name, size: size, spikes: spikes)
  }
}

public struct RasterPanel: Hashable, Sendable {
  public var title: String
  /// The whole run in ms, so that silence at the end is seen too.
  public var start: Double
  public var end: Double
  public var populations: [RasterPopulation]

  public init(
    title: String = "Spikes", start: Double = 0, end: Double, populations: [RasterPopulation]
  ) {
    self.title = title
    self.start = start
    self.end = end
    self.populations = populations
  }

  /// Spikes per unit and second.
  func rate(of population: RasterPopulation) -> Double {
    end > start && population.size > 0
      ? Double(population.spikes.count) / Double(population.size) / ((end - start) * 1e-3) : 0
  }
}

/// A number per epoch: a loss, a score, a firing rate.
public struct Curve: Hashable, Sendable {
  public var name: String
  /// NaN where it was not measured.
  public var values: [Double]
  /// The epoch that `values[0]` belongs to.
  public var firstEpoch: Int

  public init(name: String, values: [Double], firstEpoch: Int = 1) {
    self.name = name
    self.values = values
    self.firstEpoch = firstEpoch
  }
}

public struct CurvePanel: Hashable, Sendable {
  public enum Scaling: Hashable, Sendable {
    case linear
    /// Where every value is positive and the largest is more than 30 times the smallest.
    case automatic
    /// Between 0 and 1, shown in per cent.
    case fraction
  }
  /// Evenly spaced places of something else than epochs.
  public struct Spacing: Hashable, Sendable {
    public var label: String
    /// Of a curve's first value.
    public var first: Double
    public var interval: Double

    public init(label: String, first: Double, interval: Double) {
      self.label = label
      self.first = first
      self.interval = interval
    }
  }
  public var title: String
  public var quantity: String
  public var unit: String
  public var curves: [Curve]
  public var references: [ReferenceLine]
  public var scaling: Scaling
  /// nil: the values belong to epochs.
  public var spacing: Spacing?

  public init(
    title: String, quantity: String, unit: String = "1", curves: [Curve],
    references: [ReferenceLine] = [],
    scaling: Scaling = .automatic
  ) {
    self.title = title
    self.quantity = quantity
    self.unit = unit
    self.curves = curves
    self.references = references
    self.scaling = scaling
  }
}

/// How often values occur: the weights of a connection, before and after.
public struct HistogramPanel: Hashable, Sendable {
  public struct Group: Hashable, Sendable {
    public var name: String
    public var values: [Double]
    public init(name: String, values: [Double]) {
      self.name = name
      self.values = values
    }
  }
  public var title: String
  public var quantity: String
  public var unit: String
  public var groups: [Group]

  public init(title: String, quantity: String, unit: String = "1", groups: [Group]) {
    self.title = title
    self.quantity = quantity
    self.unit = unit
    self.groups = groups
  }
}

/// One number per name: firing rates of the populations.
public struct BarPanel: Hashable, Sendable {
  public struct Bar: Hashable, Sendable {
    public var name: String
    public var value: Double
    /// Drawn as a line on both sides of the end; 0: none.
    public var deviation: Double
    public init(name: String, value: Double, deviation: Double = 0) {
      self.name = name
      self.value = value
      self.deviation = deviation
    }
  }
  public var title: String
  public var quantity: String
  public var unit: String
  public var bars: [Bar]

  public init(title: String, quantity: String, unit: String, bars: [Bar]) {
    self.title = title
    self.quantity = quantity
    self.unit = unit
    self.bars = bars
  }

  /// Mean firing rates in Hz.
  public static func rates(_ bars: [Bar]) -> BarPanel {
    BarPanel(title: "Firing rates", quantity: "spikes per unit and second", unit: "Hz", bars: bars)
  }
}
