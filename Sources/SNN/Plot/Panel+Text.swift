/// Labels of a vertical axis on character rows: each tick at the row that its value falls into.
private func verticalLabels(_ axis: Axis, rows: Int) -> [String] {
  var labels = [String](repeating: "", count: rows)
  for tick in axis.ticks {
    let position = axis.scale.position(tick.value)
    guard position >= 0, position <= 1 else { continue }
    labels[min(rows - 1, max(0, Int((1 - position) * Double(rows))))] = tick.label
  }
  return labels
}

/// Where a value falls in dots, from the top; values outside stay outside.
private func dot(_ fraction: Double, _ count: Int) -> Int {
  guard fraction.isFinite else { return -1 }
  return Int((min(2, max(-1, fraction)) * Double(count - 1)).rounded())
}

extension BrailleCanvas {
  /// A line through the points, broken where a value is not finite.
  mutating func polyline(
    _ points: some Sequence<(x: Double, y: Double)>, _ horizontal: Scale, _ vertical: Scale,
    colour: UInt8
  ) {
    var previous: SIMD2<Int>?
    for point in points {
      guard point.y.isFinite else {
        previous = nil
        continue
      }
      let next = SIMD2(
        dot(horizontal.position(point.x), dotsAcross), dot(1 - vertical.position(point.y), dotsDown)
      )
      line(from: previous ?? next, to: next, colour: colour)
      previous = next
    }
  }

  /// Every third dot of a row.
  mutating func dashed(_ value: Double, _ vertical: Scale) {
    let y = dot(1 - vertical.position(value), dotsDown)
    for x in stride(from: 0, to: dotsAcross, by: 3) { set(x, y) }
  }
}

extension TracePanel {
  func text(width: Int, rows: Int, axis: Axis, ink: Ink) -> TextPanel {
    let vertical = Axis.linear(verticalScale, target: min(4, rows))
    var canvas = BrailleCanvas(width: width, height: rows)
    for reference in references { canvas.dashed(reference.value, vertical.scale) }
    for (index, trace) in traces.enumerated() {
      let colour = Palette.terminalColour(index)
      canvas.polyline(
        trace.values.enumerated().lazy.map { (trace.start + trace.interval * Double($0), $1) },
        axis.scale,
        vertical.scale, colour: colour)
      for time in trace.spikes {
        let x = dot(axis.scale.position(time), canvas.dotsAcross)
        for y in 0..<2 { canvas.set(x, y, colour: colour) }
      }
    }
    let labels = verticalLabels(vertical, rows: rows)
    var heading = axisTitle(quantity, unit)
    if !title.isEmpty, title != quantity { heading = "\(title): \(heading)" }
    let levels = references.map(\.label).filter { !$0.isEmpty }
    if !levels.isEmpty { heading += "  ┄ " + levels.joined(separator: ", ") }
    return TextPanel(
      title: heading, legend: traces.enumerated().map { ($1.name, Palette.terminalColour($0)) },
      rows: zip(labels, canvas.rows(coloured: ink.isOn)).map { .init(label: $0, plot: $1) },
      axis: axis,
      sharing: .time)
  }
}

extension RasterPanel {
  /// A dot per unit and bin where the rows allow, else neighbouring units share one.
  func text(width: Int, rows: Int, axis: Axis, ink: Ink) -> TextPanel {
    var lines: [TextPanel.Row] = []
    for (index, population) in populations.enumerated() {
      let height = population.spikes.isEmpty ? 1 : max(1, min(rows, (population.size + 3) / 4))
      var canvas = BrailleCanvas(width: width, height: height)
      let perUnit = min(1, Double(canvas.dotsDown) / Double(max(1, population.size)))
      for spike in population.spikes where spike.unit >= 0 && spike.unit < population.size {
        canvas.set(
          dot(axis.scale.position(spike.time), canvas.dotsAcross),
          canvas.dotsDown - 1 - Int(Double(spike.unit) * perUnit),
          colour: Palette.terminalColour(index))
      }
      let plots = canvas.rows(coloured: ink.isOn)
      let middle = (height - 1) / 2
      for (row, plot) in plots.enumerated() {
        guard row == middle else {
          lines.append(.init(label: "", plot: plot))
          continue
        }
        let isSilent = population.spikes.isEmpty
        let note = isSilent ? "silent" : NumberText.significant(rate(of: population), 3) + " Hz"
        lines.append(
          .init(
            label: "\(population.name)[\(population.size)]", plot: plot,
            note: isSilent ? ink.faint(note) : note))
      }
    }
    return TextPanel(title: title, rows: lines, axis: axis, sharing: .time)
  }
}

extension CurvePanel {
  func text(width: Int, rows: Int, axis: Axis, ink: Ink) -> TextPanel {
    let vertical = vertical
    var canvas = BrailleCanvas(width: width, height: rows)
    for reference in references { canvas.dashed(reference.value, vertical.scale) }
    var notes = [String](repeating: "", count: rows)
    for (index, curve) in curves.enumerated() {
      let colour = Palette.terminalColour(index)
      canvas.polyline(
        curve.values.enumerated().lazy.map { (place($0, in: curve), $1) }, axis.scale,
        vertical.scale,
        colour: colour)
      guard let last = curve.values.last(where: \.isFinite) else { continue }
      var row = min(rows - 1, max(0, Int((1 - vertical.scale.position(last)) * Double(rows))))
      while row + 1 < rows, !notes[row].isEmpty { row += 1 }
      while row > 0, !notes[row].isEmpty { row -= 1 }
      notes[row] = ink.colour(valueText(last), colour)
    }
    let labels = verticalLabels(vertical, rows: rows)
    let plots = canvas.rows(coloured: ink.isOn)
    return TextPanel(
      title: title.isEmpty ? vertical.label : title,
      legend: curves.enumerated().map { ($1.name, Palette.terminalColour($0)) },
      rows: (0..<rows).map { .init(label: labels[$0], plot: plots[$0], note: notes[$0]) },
      axis: axis,
      sharing: layout.sharing)
  }
}

extension HistogramPanel {
  func text(width: Int, rows: Int, axis: Axis, ink: Ink) -> TextPanel {
    let bins = bins
    let top = bins.fractions.flatMap(\.self).max() ?? 0
    var canvas = BrailleCanvas(width: width, height: rows)
    for (group, heights) in bins.fractions.enumerated() where top > 0 {
      for x in 0..<canvas.dotsAcross {
        let value =
          axis.scale.lower + (axis.scale.upper - axis.scale.lower) * (Double(x) + 0.5)
          / Double(canvas.dotsAcross)
        let bin = Int((bins.edges.position(value) * Double(bins.count)).rounded(.down))
        guard heights.indices.contains(bin), heights[bin] > 0 else { continue }
        let full = max(1, Int((heights[bin] / top * Double(canvas.dotsDown)).rounded()))
        // The first group is filled, later ones are outlines over it.
        for y in (group == 0 ? 0 : full - 1)..<full {
          canvas.set(x, canvas.dotsDown - 1 - y, colour: Palette.terminalColour(group))
        }
      }
    }
    let plots = canvas.rows(coloured: ink.isOn)
    return TextPanel(
      title: "\(title): \(axisTitle(quantity, unit))",
      legend: groups.enumerated().map {
        ("\($1.name) \(Self.summary($1.values))", Palette.terminalColour($0))
      },
      rows: plots.enumerated().map {
        .init(label: $0 == 0 && top > 0 ? NumberText.significant(100 * top, 2) + "%" : "", plot: $1)
      }, axis: axis, sharing: .none)
  }
}

extension BarPanel {
  func text(width: Int, ink: Ink) -> TextPanel {
    let most = bars.map(\.value.magnitude).filter(\.isFinite).max() ?? 0
    let room = max(4, width - 1 - (bars.map { valueText($0.value).count }.max() ?? 0))
    let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let rows = bars.enumerated().map { index, bar in
      let parts =
        most > 0 && bar.value.isFinite
        ? Int((bar.value.magnitude / most * Double(room * 8)).rounded()) : 0
      let block = String(repeating: "█", count: parts / 8) + eighths[parts % 8]
      return TextPanel.Row(
        label: bar.name,
        plot: ink.colour(block, Palette.terminalColour(index)) + (block.isEmpty ? "" : " ")
          + valueText(bar.value))
    }
    return TextPanel(
      title: title, rows: rows, axis: nil, sharing: .none)
  }
}
