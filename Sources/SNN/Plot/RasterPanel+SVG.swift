extension RasterPanel {
  private static let gap = 5.0

  private func bandHeight(_ size: Int) -> Double {
    max(24, min(130, 10 + 10 * Double(max(0, size)).squareRoot()))
  }

  var layout: PanelLayout {
    let names = populations.map {
      max(textWidth($0.name, size: 11), textWidth(sizeLabel($0), size: 9.5))
    }
    let bands = populations.map { bandHeight($0.size) + Self.gap }.reduce(0, +)
    return PanelLayout(
      title: title, horizontal: Scale(lower: start, upper: end > start ? end : start + 1),
      sharing: .time,
      vertical: Axis(scale: Scale(lower: 0, upper: 1), ticks: [], label: ""),
      height: max(24, bands),
      leftWidth: (names.max() ?? 0) + 14, rightWidth: 58, hasVerticalTicks: false,
      draw: { canvas, frame in self.draw(&canvas, frame) })
  }

  private func sizeLabel(_ population: RasterPopulation) -> String {
    population.size == 1 ? "1 unit" : "\(NumberText.count(population.size)) units"
  }

  private func draw(_ canvas: inout SVGCanvas, _ frame: PlotFrame) {
    var y = frame.y
    for (index, population) in populations.enumerated() {
      let height = bandHeight(population.size)
      let colour = Palette.colour(index)
      canvas.rectangle(frame.x, y, frame.width, height, fill: Palette.band, opacity: 0.8)
      let middle = y + height / 2
      canvas.text(
        population.name, frame.x - 8, middle, size: 11, colour: colour, anchor: .end, isBold: true)
      canvas.text(
        sizeLabel(population), frame.x - 8, middle + 12, size: 9.5, colour: Palette.quiet,
        anchor: .end)
      if population.spikes.isEmpty {
        canvas.text(
          "silent", frame.x + frame.width / 2, middle + 4, size: 11, colour: Palette.quiet,
          anchor: .middle,
          isItalic: true)
      } else {
        drawSpikes(population, colour, &canvas, frame, top: y, height: height)
      }
      canvas.text(
        NumberText.significant(rate(of: population), 3) + " Hz", frame.right + 7, middle + 4,
        size: 10.5,
        colour: Palette.ink)
      y += height + Self.gap
    }
  }

  /// One path per population; marks that would fall on the same half pixel are drawn once.
  private func drawSpikes(
    _ population: RasterPopulation, _ colour: String, _ canvas: inout SVGCanvas, _ frame: PlotFrame,
    top: Double,
    height: Double
  ) {
    let row = (height - 2) / Double(max(1, population.size))
    let mark = max(2.2, min(row * 0.85, 14))
    var seen: Set<SIMD2<Int32>> = []
    var data = ""
    for spike in population.spikes where spike.unit >= 0 && spike.unit < population.size {
      let x = (frame.px(spike.time) * 2).rounded() / 2
      guard x >= frame.x - 1, x <= frame.right + 1 else { continue }
      // Unit 0 at the bottom, like every other axis.
      let centre = top + height - 1 - row * (Double(spike.unit) + 0.5)
      let y = ((centre - mark / 2) * 2).rounded() / 2
      guard seen.insert(SIMD2(Int32(x * 2), Int32(y * 2))).inserted else { continue }
      data += "M\(number(x)) \(number(y))v\(number(mark))"
    }
    canvas.path(data, colour: colour, width: seen.count > 4000 ? 1.1 : 1.7)
  }
}
