extension CurvePanel {
  var isLogarithmic: Bool {
    guard scaling == .automatic else { return false }
    let values = curves.flatMap(\.values).filter(\.isFinite)
    guard let low = values.min(), let high = values.max(), low > 0 else { return false }
    return high > 30 * low
  }

  var vertical: Axis {
    let label = axisTitle(quantity, scaling == .fraction ? "%" : unit)
    let values = curves.flatMap(\.values) + references.map(\.value)
    if isLogarithmic {
      let positive = values.filter { $0.isFinite && $0 > 0 }
      let scale = Scale(
        lower: (positive.min() ?? 0.1) / 1.15, upper: (positive.max() ?? 1) * 1.15,
        isLogarithmic: true)
      return .logarithmic(scale, label: label)
    }
    var scale = Scale.containing(values)
    if scaling == .fraction {
      // Never above 100 %, and never so close that noise looks like news.
      scale = Scale(lower: max(0, min(scale.lower, 0.9)), upper: min(1.02, max(scale.upper, 0.1)))
      return .linear(scale, target: 5, label: label, factor: 100)
    }
    if scale.lower > 0, scale.lower < 0.4 * scale.upper { scale.lower = 0 }
    return .linear(scale, target: 5, label: label)
  }

  /// Where a value of a curve stands on the horizontal axis.
  func place(_ offset: Int, in curve: Curve) -> Double {
    spacing.map { $0.first + $0.interval * Double(offset) } ?? Double(curve.firstEpoch + offset)
  }

  var horizontalScale: Scale {
    if let spacing {
      let count = curves.map(\.values.count).max() ?? 1
      return Scale(lower: spacing.first, upper: spacing.first + spacing.interval * Double(max(count - 1, 1)))
    }
    let first = curves.map(\.firstEpoch).min() ?? 1
    let last = curves.map { $0.firstEpoch + max(1, $0.values.count) - 1 }.max() ?? 2
    return Scale(lower: Double(first), upper: Double(max(last, first + 1)))
  }

  func valueText(_ value: Double) -> String {
    scaling == .fraction ? NumberText.percent(value) : NumberText.significant(value, 3)
  }

  var layout: PanelLayout {
    let vertical = vertical
    let labelWidth = vertical.ticks.map { textWidth($0.label, size: 10.5) }.max() ?? 0
    return PanelLayout(
      title: title,
      legend: curves.enumerated().filter { !$1.name.isEmpty }.map {
        .init(name: $1.name, colour: Palette.colour($0), dash: Palette.dash($0))
      },
      horizontal: horizontalScale, sharing: spacing == nil ? .epochs : .line,
      horizontalLabel: spacing?.label ?? "", vertical: vertical, height: 150,
      leftWidth: labelWidth + 30,
      rightWidth: 52, draw: { canvas, frame in self.draw(&canvas, frame) })
  }

  private func draw(_ canvas: inout SVGCanvas, _ frame: PlotFrame) {
    for reference in references {
      let y = frame.py(reference.value)
      guard y >= frame.y - 1, y <= frame.bottom + 1 else { continue }
      canvas.line(frame.x, y, frame.right, y, colour: Palette.quiet, width: 1.2, dash: "5 4")
      canvas.text(
        reference.label, frame.x + 6, y - 4, size: 10.5, colour: Palette.quiet, halo: true)
    }
    var endLabels: [(y: Double, text: String, colour: String)] = []
    for (index, curve) in curves.enumerated() {
      var data = ""
      var isDrawing = false
      var last: (x: Double, y: Double, value: Double)?
      let hasDots = curve.values.count <= 40
      for (offset, value) in curve.values.enumerated() {
        guard value.isFinite else {
          isDrawing = false
          continue
        }
        let x = frame.px(place(offset, in: curve))
        let y = min(max(frame.py(value), frame.y), frame.bottom)
        data += "\(isDrawing ? "L" : "M")\(number(x)) \(number(y))"
        isDrawing = true
        last = (x, y, value)
        if hasDots { canvas.circle(x, y, radius: 2.2, fill: Palette.colour(index)) }
      }
      canvas.path(data, colour: Palette.colour(index), width: 1.8, dash: Palette.dash(index))
      if let last { endLabels.append((last.y, valueText(last.value), Palette.colour(index))) }
    }
    // The last values at the right edge, pushed apart where they would overlap.
    var previous = frame.y - 20
    for label in endLabels.sorted(by: { $0.y < $1.y }) {
      let y = max(label.y + 3.8, previous + 12)
      previous = y
      canvas.text(label.text, frame.right + 6, y, size: 10.5, colour: label.colour, isBold: true)
    }
  }
}
