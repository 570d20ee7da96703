/// What a panel asks of the page, whatever its kind.
struct PanelLayout {
  enum Sharing: Hashable { case time, epochs, line, none }
  struct LegendEntry {
    var name: String
    var colour: String
    var dash: String
  }
  var title: String
  var legend: [LegendEntry] = []
  var horizontal: Scale
  var sharing: Sharing
  var horizontalLabel = ""
  var vertical: Axis
  var height: Double
  /// Room for what stands left and right of the frame.
  var leftWidth: Double
  var rightWidth: Double = 0
  /// Panels that draw their own vertical labels (names of populations).
  var hasVerticalTicks = true
  var hasGrid = true
  var draw: (inout SVGCanvas, PlotFrame) -> Void
}

/// A panel's rectangle on the page.
struct PlotFrame {
  var x: Double
  var y: Double
  var width: Double
  var height: Double
  var horizontal: Axis
  var vertical: Axis

  func px(_ value: Double) -> Double { x + horizontal.scale.position(value) * width }
  func py(_ value: Double) -> Double { y + (1 - vertical.scale.position(value)) * height }
  var right: Double { x + width }
  var bottom: Double { y + height }
}

extension Panel {
  var layout: PanelLayout {
    switch self {
    case .traces(let panel): panel.layout
    case .raster(let panel): panel.layout
    case .curves(let panel): panel.layout
    case .histogram(let panel): panel.layout
    case .bars(let panel): panel.layout
    }
  }
}

extension Figure {
  /// The picture as a self-contained SVG document.
  public func svg() -> String {
    let layouts = panels.map(\.layout)
    var canvas = SVGCanvas()
    let margin = 16.0
    var y = margin
    if !title.isEmpty {
      canvas.text(title, margin, y + 14, size: 16, isBold: true)
      y += 24
    }
    if !subtitle.isEmpty {
      canvas.text(subtitle, margin, y + 10, size: 11.5, colour: Palette.quiet)
      y += 20
    }
    let left = margin + (layouts.map(\.leftWidth).max() ?? 0)
    let right = margin + max(8, layouts.map(\.rightWidth).max() ?? 0)
    let frameWidth = max(80, width - left - right)

    for (index, layout) in layouts.enumerated() {
      let group = Self.group(of: index, in: layouts)
      let scale = Self.union(layouts[group].map(\.horizontal))
      let isLast = index == group.upperBound - 1
      y += drawHeading(layout, &canvas, x: left, right: left + frameWidth, y: y)
      let frame = PlotFrame(
        x: left, y: y, width: frameWidth, height: layout.height,
        horizontal: Self.horizontalAxis(layout, scale, target: max(2, Int(frameWidth / 75))),
        vertical: layout.vertical)
      Self.drawGrid(layout, frame, &canvas)
      layout.draw(&canvas, frame)
      Self.drawAxes(layout, frame, &canvas, isLast: isLast)
      y += layout.height + (isLast ? 42 : 15)
    }
    return canvas.document(width: width, height: y + 2, title: title)
  }

  /// Title at the left, legend at the right or, where there is no room, on a line of its own. Returns its height.
  private func drawHeading(
    _ layout: PanelLayout, _ canvas: inout SVGCanvas, x: Double, right: Double, y: Double
  ) -> Double {
    canvas.text(layout.title, x, y + 11, size: 12.5, isBold: true)
    let widths = layout.legend.map { 22 + textWidth($0.name, size: 11) + 12 }
    let total = widths.reduce(0, +)
    guard total > 0 else { return 20 }
    let fits = total < right - x - textWidth(layout.title, size: 12.5) - 20
    var cursor = fits ? right - total + 12 : x
    var line = fits ? y + 11 : y + 27
    for (entry, width) in zip(layout.legend, widths) {
      if !fits, cursor > x, cursor + width > right + 12 {
        cursor = x
        line += 15
      }
      canvas.line(
        cursor, line - 4, cursor + 16, line - 4, colour: entry.colour, width: 2.4, dash: entry.dash)
      canvas.text(entry.name, cursor + 21, line, size: 11)
      cursor += width
    }
    return line - y + 9
  }

  private static func drawGrid(_ layout: PanelLayout, _ frame: PlotFrame, _ canvas: inout SVGCanvas) {
    guard layout.hasGrid else { return }
    for tick in frame.horizontal.ticks {
      canvas.line(
        frame.px(tick.value), frame.y, frame.px(tick.value), frame.bottom, colour: Palette.grid)
    }
    for tick in frame.vertical.ticks where layout.hasVerticalTicks {
      canvas.line(
        frame.x, frame.py(tick.value), frame.right, frame.py(tick.value), colour: Palette.grid)
    }
  }

  private static func drawAxes(
    _ layout: PanelLayout, _ frame: PlotFrame, _ canvas: inout SVGCanvas, isLast: Bool
  ) {
    canvas.line(frame.x, frame.bottom, frame.right, frame.bottom, colour: Palette.axis)
    canvas.line(frame.x, frame.y, frame.x, frame.bottom, colour: Palette.axis)
    if layout.hasVerticalTicks {
      for tick in frame.vertical.ticks {
        canvas.line(
          frame.x - 4, frame.py(tick.value), frame.x, frame.py(tick.value), colour: Palette.axis)
        canvas.text(
          typographic(tick.label), frame.x - 7, frame.py(tick.value) + 3.8, size: 10.5, anchor: .end
        )
      }
      canvas.text(
        frame.vertical.label, frame.x - layout.leftWidth + 10, frame.y + frame.height / 2, size: 11,
        colour: Palette.quiet, anchor: .middle, rotated: true)
    }
    for tick in frame.horizontal.ticks {
      canvas.line(
        frame.px(tick.value), frame.bottom, frame.px(tick.value), frame.bottom + 4,
        colour: Palette.axis)
      guard isLast else { continue }
      canvas.text(
        typographic(tick.label), frame.px(tick.value), frame.bottom + 16, size: 10.5,
        anchor: .middle)
    }
    guard isLast else { return }
    canvas.text(
      frame.horizontal.label, frame.x + frame.width / 2, frame.bottom + 32, size: 11,
      colour: Palette.quiet,
      anchor: .middle)
  }

  static func horizontalAxis(_ layout: PanelLayout, _ scale: Scale, target: Int) -> Axis {
    switch layout.sharing {
    case .time: Axis.time(scale, target: target)
    case .epochs: Axis.linear(scale, target: target, label: "epoch", wholeSteps: true)
    case .line, .none: Axis.linear(scale, target: target, label: layout.horizontalLabel)
    }
  }

  /// The neighbouring panels whose horizontal axis panel `index` shares.
  static func group(of index: Int, in layouts: [PanelLayout]) -> Range<Int> {
    let sharing = layouts[index].sharing
    guard sharing != .none else { return index..<index + 1 }
    var first = index
    var last = index
    while first > 0, layouts[first - 1].sharing == sharing { first -= 1 }
    while last + 1 < layouts.count, layouts[last + 1].sharing == sharing { last += 1 }
    return first..<last + 1
  }

  static func union(_ scales: [Scale]) -> Scale {
    Scale(lower: scales.map(\.lower).min() ?? 0, upper: scales.map(\.upper).max() ?? 1)
  }
}
