import Testing

@testable import SNN

@Suite struct TerminalPictureTests {
  @Test func dotsOfACell() {
    // Unicode 16.0, chapter 21.1: dots 1-3 and 7 go down the left column, 4-6 and 8 down the right one.
    var canvas = BrailleCanvas(width: 4, height: 1)
    canvas.set(0, 0)
    canvas.set(2, 3)
    canvas.set(5, 0)
    for y in 0..<4 { for x in 6..<8 { canvas.set(x, y) } }
    canvas.set(8, 0)
    canvas.set(0, -1)
    #expect(canvas.rows(coloured: false) == ["⠁⡀⠈⣿"])
  }

  @Test func aRisingLine() {
    let panel = TracePanel(
      title: "", quantity: "V", unit: "mV",
      traces: [Trace(name: "", interval: 1, values: (0...20).map(Double.init))])
    let text = Figure(title: "", panels: [.traces(panel)]).text(width: 30, rows: 4)
    #expect(
      text == """
        V (mV)
        20 │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⣀⣀⡠⠔⠒⠒
           │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢀⣀⠤⠒⠒⠊⠉⠀⠀⠀⠀⠀⠀
        10 │⠀⠀⠀⠀⠀⠀⣀⠤⠤⠔⠒⠉⠉⠁⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
         0 │⠤⠤⠒⠊⠉⠉⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
           └┬────────────┬───────────┬
            0           10          20
                             time (ms)

        """)
  }

  @Test func everyPopulationHasARow() {
    let panel = RasterPanel(
      end: 10,
      populations: [
        RasterPopulation(name: "a", size: 4, spikes: (0..<4).map { SpikeMark(time: 0, unit: $0) }),
        RasterPopulation(name: "b", size: 100, spikes: []),
      ])
    let lines = Figure(title: "", panels: [.raster(panel)]).text(width: 40).split(separator: "\n")
    #expect(lines[1].hasPrefix("   a[4] │⡇⠀"))
    #expect(lines[1].hasSuffix(" 100 Hz"))
    #expect(lines[2].contains("b[100] │⠀"))
    #expect(lines[2].hasSuffix(" silent"))
  }

  @Test func coloursOnlyWhenWanted() {
    let panel = BarPanel.rates([.init(name: "a", value: 1)])
    let figure = Figure(title: "t", panels: [.bars(panel)])
    #expect(!figure.text(width: 60).contains("\u{1B}"))
    #expect(figure.text(width: 60, coloured: true).contains("\u{1B}[38;5;32m"))
  }
}
