/// How values of one direction map to the unit interval.
struct Scale: Hashable, Sendable {
  var lower: Double
  var upper: Double
  var isLogarithmic = false

  func position(_ value: Double) -> Double {
    if isLogarithmic {
      let low = NumberText.logarithm(lower)
      return (NumberText.logarithm(max(value, lower * 1e-3)) - low)
        / (NumberText.logarithm(upper) - low)
    }
    return (value - lower) / (upper - lower)
  }

  /// A range that holds `values`, is never empty, and has some air at both ends.
  static func containing(_ values: some Sequence<Double>, air: Double = 0.06) -> Scale {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return Scale(lower: 0, upper: 1) }
    if low == high {
      let half = low == 0 ? 1 : low.magnitude * 0.1
      return Scale(lower: low - half, upper: high + half)
    }
    let margin = (high - low) * air
    return Scale(lower: low - margin, upper: high + margin)
  }
}

struct Tick: Hashable, Sendable {
  var value: Double
  var label: String
}

struct Axis: Hashable, Sendable {
  var scale: Scale
  var ticks: [Tick]
  var label: String

  /// Ticks at multiples of 1, 2 or 5 times a power of ten, all with the same number of decimals; about `target` of
  /// them. `factor` converts stored values to shown ones (ms to s).
  static func linear(
    _ scale: Scale, target: Int, label: String = "", factor: Double = 1, wholeSteps: Bool = false
  )
    -> Axis
  {
    let span = (scale.upper - scale.lower) * factor
    guard span > 0, span.isFinite else { return Axis(scale: scale, ticks: [], label: label) }
    var step = niceStep(span / Double(max(1, target)))
    if wholeSteps { step = max(1, step.rounded()) }
    let decimals = max(0, -NumberText.decimalExponent(step))
    let first = (scale.lower * factor / step - 1e-9).rounded(.up)
    let last = (scale.upper * factor / step + 1e-9).rounded(.down)
    let largest = max(first.magnitude, last.magnitude) * step
    let isWide = largest >= 1e6 || (largest > 0 && largest < 1e-3)
    var ticks: [Tick] = []
    var index = first
    while index <= last, ticks.count < 100 {
      let shown = index * step
      let label = isWide ? NumberText.significant(shown, 3) : NumberText.fixed(shown, decimals)
      ticks.append(Tick(value: shown / factor, label: label))
      index += 1
    }
    return Axis(scale: scale, ticks: ticks, label: label)
  }

  /// Ticks at powers of ten, and at 2 and 5 times them where the range is short.
  static func logarithmic(_ scale: Scale, label: String = "") -> Axis {
    let low = NumberText.decimalExponent(scale.lower)
    let high = NumberText.decimalExponent(scale.upper)
    let factors: [Double] = high - low > 2 ? [1] : [1, 2, 5]
    let stride = max(1, (high - low) / 6)
    var ticks: [Tick] = []
    var exponent = low
    while exponent <= high {
      for factor in factors {
        let value = factor * NumberText.powerOfTen(exponent)
        if value >= scale.lower * (1 - 1e-9), value <= scale.upper * (1 + 1e-9) {
          ticks.append(Tick(value: value, label: NumberText.significant(value, 3)))
        }
      }
      exponent += stride
    }
    return Axis(scale: scale, ticks: ticks, label: label)
  }

  /// Time stored in ms, shown in the unit that fits the span.
  static func time(_ scale: Scale, target: Int) -> Axis {
    let span = scale.upper - scale.lower
    if span > 600_000 {
      return linear(scale, target: target, label: "time (min)", factor: 1 / 60_000)
    }
    if span > 5000 { return linear(scale, target: target, label: "time (s)", factor: 1e-3) }
    if span < 0.5 { return linear(scale, target: target, label: "time (µs)", factor: 1e3) }
    return linear(scale, target: target, label: "time (ms)")
  }

  static func niceStep(_ rough: Double) -> Double {
    let power = NumberText.powerOfTen(NumberText.decimalExponent(rough))
    let mantissa = rough / power
    let nice: Double =
      mantissa <= 1.0000001 ? 1 : mantissa <= 2.0000001 ? 2 : mantissa <= 5.0000001 ? 5 : 10
    return nice * power
  }
}

/// `V (mV)`, and just `V` for a plain number.
func axisTitle(_ quantity: String, _ unit: String) -> String {
  unit.isEmpty || unit == "1" ? quantity : quantity.isEmpty ? "(\(unit))" : "\(quantity) (\(unit))"
}
