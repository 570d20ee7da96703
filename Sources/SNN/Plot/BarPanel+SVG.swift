extension BarPanel {
  private static let row = 24.0

  var horizontalScale: Scale {
    let values = bars.flatMap { [$0.value - $0.deviation, $0.value + $0.deviation] }.filter(\.isFinite)
    let low = min(0, values.min() ?? 0)
    let high = max(0, values.max() ?? 0)
    return Scale(lower: low, upper: high > low ? high + 0.12 * (high - low) : low + 1)
  }

  func valueText(_ value: Double) -> String {
    let number = typographic(NumberText.significant(value, 3))
    let text = unit.isEmpty || unit == "1" ? number : "\(number) \(unit)"
    return value == 0 && unit == "Hz" ? text + " (silent)" : text
  }

  var layout: PanelLayout {
    PanelLayout(
      title: title, horizontal: horizontalScale, sharing: .none,
      horizontalLabel: axisTitle(quantity, unit),
      vertical: Axis(scale: Scale(lower: 0, upper: 1), ticks: [], label: ""),
      height: max(1, Double(bars.count)) * Self.row + 6,
      leftWidth: (bars.map { textWidth($0.name, size: 11) }.max() ?? 0) + 14, rightWidth: 30,
      hasVerticalTicks: false, draw: { canvas, frame in self.draw(&canvas, frame) })
  }

  private func draw(_ canvas: inout SVGCanvas, _ frame: PlotFrame) {
    for (index, bar) in bars.enumerated() {
      let top = frame.y + 3 + Double(index) * Self.row
      let zero = frame.px(0)
      let end = bar.value.isFinite ? frame.px(bar.value) : zero
      canvas.rectangle(
        min(zero, end), top + 3, (end - zero).magnitude, Self.row - 6, fill: Palette.colour(index),
        opacity: 0.85)
      if bar.deviation > 0, bar.deviation.isFinite, bar.value.isFinite {
        let middle = top + Self.row / 2
        canvas.line(
          frame.px(bar.value - bar.deviation), middle, frame.px(bar.value + bar.deviation), middle, colour: Palette.ink)
      }
      canvas.text(
        bar.name, frame.x - 8, top + Self.row / 2 + 4, size: 11, colour: Palette.colour(index),
        anchor: .end,
        isBold: true)
      canvas.text(
        valueText(bar.value), max(zero, bar.deviation.isFinite ? frame.px(bar.value + bar.deviation) : end, end) + 6,
        top + Self.row / 2 + 4, size: 10.5,
        colour: bar.value == 0 ? Palette.quiet : Palette.ink, isItalic: bar.value == 0, halo: true)
    }
  }
}
