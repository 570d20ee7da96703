extension HistogramPanel {
  struct Bins {
    var edges: Scale
    /// By group, then by bin; fractions of the group's values.
    var fractions: [[Double]]
    var count: Int { fractions.first?.count ?? 0 }
  }

  /// Equal bins over all groups; their width by Freedman & Diaconis (1981), 2 IQR n^(-1/3), between 10 and 60 of them.
  var bins: Bins {
    let all = groups.flatMap(\.values).filter(\.isFinite).sorted()
    guard let low = all.first, let high = all.last else {
      return Bins(
        edges: Scale(lower: 0, upper: 1),
        fractions: groups.map { _ in [Double](repeating: 0, count: 10) })
    }
    guard high > low else {
      let half = low == 0 ? 0.5 : low.magnitude * 0.05
      return binned(Scale(lower: low - half, upper: high + half), count: 11)
    }
    let quartiles = all[all.count * 3 / 4] - all[all.count / 4]
    var total = 1.0
    while total * total * total < Double(all.count) { total += 1 }
    let width = 2 * quartiles / total
    let count = width > 0 ? Int(min(60, max(10, ((high - low) / width).rounded(.up)))) : 20
    return binned(Scale(lower: low, upper: high), count: count)
  }

  private func binned(_ edges: Scale, count: Int) -> Bins {
    let fractions = groups.map { group in
      var heights = [Double](repeating: 0, count: count)
      let values = group.values.filter(\.isFinite)
      for value in values {
        heights[min(count - 1, max(0, Int(edges.position(value) * Double(count))))] += 1
      }
      return values.isEmpty ? heights : heights.map { $0 / Double(values.count) }
    }
    return Bins(edges: edges, fractions: fractions)
  }

  var layout: PanelLayout {
    let bins = bins
    let top = bins.fractions.flatMap(\.self).max() ?? 0
    let vertical = Axis.linear(
      Scale(lower: 0, upper: top > 0 ? top * 1.08 : 1), target: 5, label: "share (%)", factor: 100)
    let labelWidth = vertical.ticks.map { textWidth($0.label, size: 10.5) }.max() ?? 0
    return PanelLayout(
      title: title,
      legend: groups.enumerated().map { index, group in
        .init(
          name: "\(group.name) \(Self.summary(group.values))", colour: Palette.colour(index),
          dash: "")
      },
      horizontal: Scale.containing([bins.edges.lower, bins.edges.upper], air: 0.02), sharing: .none,
      horizontalLabel: axisTitle(quantity, unit), vertical: vertical, height: 140,
      leftWidth: labelWidth + 30,
      draw: { canvas, frame in Self.draw(bins, &canvas, frame) })
  }

  /// Mean ± standard deviation, and how many.
  static func summary(_ values: [Double]) -> String {
    let finite = values.filter(\.isFinite)
    guard !finite.isEmpty else { return "(none)" }
    let mean = finite.reduce(0, +) / Double(finite.count)
    let variance = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(finite.count)
    let deviation = variance.squareRoot()
    // The mean is worth no more decimals than the deviation.
    let decimals = max(0, 2 - NumberText.decimalExponent(deviation > 0 ? deviation : mean))
    let shown = decimals < 7 ? NumberText.fixed(mean, decimals) : NumberText.significant(mean, 3)
    let spread = NumberText.significant(deviation, 3)
    return "\(typographic(shown)) ± \(spread), n = \(NumberText.count(finite.count))"
  }

  private static func draw(_ bins: Bins, _ canvas: inout SVGCanvas, _ frame: PlotFrame) {
    let width = (bins.edges.upper - bins.edges.lower) / Double(max(1, bins.count))
    for (index, heights) in bins.fractions.enumerated() {
      var outline = "M\(number(frame.px(bins.edges.lower))) \(number(frame.bottom))"
      for (bin, height) in heights.enumerated() {
        let x = frame.px(bins.edges.lower + Double(bin) * width)
        let next = frame.px(bins.edges.lower + Double(bin + 1) * width)
        let y = frame.py(height)
        canvas.rectangle(
          x, y, next - x, frame.bottom - y, fill: Palette.colour(index), opacity: 0.28)
        outline += "L\(number(x)) \(number(y))L\(number(next)) \(number(y))"
      }
      outline += "L\(number(frame.px(bins.edges.upper))) \(number(frame.bottom))"
      canvas.path(outline, colour: Palette.colour(index), width: 1.5)
    }
    if bins.edges.lower < 0, bins.edges.upper > 0 {
      canvas.line(
        frame.px(0), frame.y, frame.px(0), frame.bottom, colour: Palette.quiet, dash: "4 4")
    }
  }
}
