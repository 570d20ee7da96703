/// A panel made of character rows: labels at the left, a plot of a given width, and perhaps something at the right.
struct TextPanel {
  struct Row {
    var label: String
    var plot: String
    var note: String = ""
  }
  var title: String
  var legend: [(name: String, colour: UInt8)] = []
  var rows: [Row]
  /// Below the rows, where the panel has a horizontal axis; shown for the last panel of those that share it.
  var axis: Axis?
  var sharing: PanelLayout.Sharing
}

/// Terminal colours as escape sequences, or nothing.
struct Ink {
  var isOn: Bool
  func colour(_ text: String, _ index: UInt8) -> String {
    isOn ? "\u{1B}[38;5;\(index)m\(text)\u{1B}[0m" : text
  }
  func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
  func faint(_ text: String) -> String { isOn ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}

extension Figure {
  /// The picture in characters: braille dots, at most `width` columns wide; `rows` for each plot. `coloured` adds
  /// terminal colours. Lines end in a newline.
  public func text(width: Int, rows: Int = 8, coloured: Bool = false) -> String {
    let layouts = panels.map(\.layout)
    let gutter = min(max(8, width / 3), panels.map(\.textGutter).max() ?? 8)
    let notes = panels.map(\.textNoteWidth).max() ?? 0
    let plotWidth = max(10, width - gutter - 2 - notes)
    let ink = Ink(isOn: coloured)
    var text =
      title.isEmpty
      ? "" : ink.bold(title) + (subtitle.isEmpty ? "\n" : "  " + ink.faint(subtitle) + "\n")
    for (index, panel) in panels.enumerated() {
      let group = Self.group(of: index, in: layouts)
      let scale = Self.union(layouts[group].map(\.horizontal))
      let axis = Self.horizontalAxis(layouts[index], scale, target: max(2, plotWidth / 12))
      let part = panel.text(width: plotWidth, rows: max(2, rows), axis: axis, ink: ink)
      text += Self.heading(part, ink)
      for row in part.rows {
        text += Self.padded(row.label, gutter) + ink.faint(" │") + row.plot
        text += row.note.isEmpty ? "\n" : " " + row.note + "\n"
      }
      if index == group.upperBound - 1, let axis = part.axis {
        text += Self.axisText(axis, width: plotWidth, gutter: gutter, ink: ink)
      }
    }
    return text
  }

  private static func heading(_ panel: TextPanel, _ ink: Ink) -> String {
    var text = ink.bold(panel.title)
    for entry in panel.legend where !entry.name.isEmpty {
      text += "  " + ink.colour("━ " + entry.name, entry.colour)
    }
    return text + "\n"
  }

  /// Right-aligned; too long a label keeps its end, which tells `net.hidden` from `net.output`.
  private static func padded(_ label: String, _ width: Int) -> String {
    label.count > width
      ? "…" + label.suffix(width - 1) : String(repeating: " ", count: width - label.count) + label
  }

  static func axisText(_ axis: Axis, width: Int, gutter: Int, ink: Ink) -> String {
    var line = [Character](repeating: "─", count: width)
    var labels = [Character](repeating: " ", count: width)
    var free = 0
    for tick in axis.ticks {
      let column = min(
        width - 1, max(0, Int((axis.scale.position(tick.value) * Double(width - 1)).rounded())))
      let start = min(max(0, column - tick.label.count / 2), width - tick.label.count)
      guard start >= free, start >= 0 else { continue }
      line[column] = "┬"
      for (offset, character) in tick.label.enumerated() { labels[start + offset] = character }
      free = start + tick.label.count + 1
    }
    let margin = String(repeating: " ", count: gutter + 2)
    let name = axis.label
    var last = String(labels)
    if let end = last.lastIndex(where: { $0 != " " }) { last = String(last[...end]) }
    // The axis' name goes after the last label where it fits, else on a line of its own.
    if last.count + name.count + 2 <= width {
      last += String(repeating: " ", count: width - last.count - name.count) + name
    } else {
      last += "\n" + margin + String(repeating: " ", count: max(0, width - name.count)) + name
    }
    return String(repeating: " ", count: gutter) + ink.faint(" └" + String(line)) + "\n" + margin
      + last + "\n"
  }
}

extension Panel {
  /// Characters that the labels need.
  var textGutter: Int {
    switch self {
    case .traces(let panel):
      Axis.linear(panel.verticalScale, target: 4).ticks.map(\.label.count).max() ?? 4
    case .curves(let panel): panel.vertical.ticks.map(\.label.count).max() ?? 4
    case .raster(let panel):
      panel.populations.map { $0.name.count + 2 + String($0.size).count + 1 }.max() ?? 4
    case .bars(let panel): panel.bars.map(\.name.count).max() ?? 4
    case .histogram: 4
    }
  }

  var textNoteWidth: Int {
    switch self {
    case .raster: 10
    case .curves: 8
    case .traces, .histogram, .bars: 0
    }
  }

  func text(width: Int, rows: Int, axis: Axis, ink: Ink) -> TextPanel {
    switch self {
    case .traces(let panel): panel.text(width: width, rows: rows, axis: axis, ink: ink)
    case .raster(let panel): panel.text(width: width, rows: rows, axis: axis, ink: ink)
    case .curves(let panel): panel.text(width: width, rows: rows, axis: axis, ink: ink)
    case .histogram(let panel): panel.text(width: width, rows: rows, axis: axis, ink: ink)
    case .bars(let panel): panel.text(width: width, ink: ink)
    }
  }
}
