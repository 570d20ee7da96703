extension TracePanel {
  var verticalScale: Scale {
    var scale = Scale.containing(traces.lazy.flatMap(\.values))
    let isEmpty = !traces.contains { $0.values.contains { $0.isFinite } }
    for reference in references {
      // A level far outside (a threshold that is never approached) must not flatten the traces.
      let span = scale.upper - scale.lower
      if isEmpty || (reference.value > scale.lower - span && reference.value < scale.upper + span) {
        scale = Scale(
          lower: min(scale.lower, reference.value - 0.05 * span),
          upper: max(scale.upper, reference.value + 0.08 * span))
      }
    }
    if traces.contains(where: { !$0.spikes.isEmpty }) {
      scale.upper += 0.12 * (scale.upper - scale.lower)
    }
    return scale
  }

  var horizontalScale: Scale {
    let start = traces.map(\.start).min() ?? 0
    let end = traces.map(\.end).max() ?? 1
    return Scale(lower: start, upper: end > start ? end : start + 1)
  }

  var layout: PanelLayout {
    let vertical = Axis.linear(verticalScale, target: 5, label: axisTitle(quantity, unit))
    let labelWidth = vertical.ticks.map { textWidth($0.label, size: 10.5) }.max() ?? 0
    let names = traces.enumerated().filter { !$0.element.name.isEmpty }
    return PanelLayout(
      title: title,
      legend: names.map {
        .init(name: $1.name, colour: Palette.colour($0), dash: Palette.dash($0))
      },
      horizontal: horizontalScale, sharing: .time, vertical: vertical, height: 150,
      leftWidth: labelWidth + 30,
      draw: { canvas, frame in self.draw(&canvas, frame) })
  }

  private func draw(_ canvas: inout SVGCanvas, _ frame: PlotFrame) {
    for reference in references {
      let y = frame.py(reference.value)
      guard y >= frame.y - 1, y <= frame.bottom + 1 else { continue }
      canvas.line(frame.x, y, frame.right, y, colour: Palette.quiet, width: 1.2, dash: "5 4")
    }
    for (index, trace) in traces.enumerated() {
      canvas.path(
        Self.pathData(trace, frame), colour: Palette.colour(index), width: 1.6,
        dash: Palette.dash(index))
      var marks = ""
      var last = -Double.infinity
      for time in trace.spikes {
        let x = frame.px(time)
        if x - last < 0.5 { continue }
        last = x
        marks += "M\(number(x)) \(number(frame.y + 3))v9"
      }
      canvas.path(marks, colour: Palette.colour(index), width: 1.6)
    }
    for reference in references {
      let y = frame.py(reference.value)
      guard y >= frame.y - 1, y <= frame.bottom + 1 else { continue }
      canvas.text(
        reference.label, frame.right - 4, y - 4, size: 10.5, colour: Palette.quiet, anchor: .end,
        halo: true)
    }
  }

  /// A polyline; where several values share a column of pixels, their least and greatest in order.
  private static func pathData(_ trace: Trace, _ frame: PlotFrame) -> String {
    var data = ""
    var isDrawing = false
    let perColumn = max(1, Int(Double(trace.values.count) / max(1, frame.width * 1.5)))
    var index = 0
    while index < trace.values.count {
      let chunk = index..<min(index + perColumn, trace.values.count)
      index = chunk.upperBound
      for position in extremes(trace.values, chunk) {
        let value = trace.values[position]
        guard value.isFinite else {
          isDrawing = false
          continue
        }
        let x = frame.px(trace.start + trace.interval * Double(position))
        let y = min(max(frame.py(value), frame.y - 2), frame.bottom + 2)
        data += "\(isDrawing ? "L" : "M")\(number(x)) \(number(y))"
        isDrawing = true
      }
    }
    return data
  }

  private static func extremes(_ values: [Double], _ chunk: Range<Int>) -> [Int] {
    guard chunk.count > 1 else { return [chunk.lowerBound] }
    var low = chunk.lowerBound
    var high = chunk.lowerBound
    for position in chunk {
      if !values[position].isFinite { return [position] }
      if values[position] < values[low] { low = position }
      if values[position] > values[high] { high = position }
    }
    return low == high ? [low] : low < high ? [low, high] : [high, low]
  }
}
