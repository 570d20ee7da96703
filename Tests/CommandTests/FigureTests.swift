import Foundation
import Testing

@testable import SNN

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Collects the texts of a drawing; parsing it proves that it is well-formed.
private final class TextCollector: NSObject, XMLParserDelegate {
  var texts: [String] = []
  var elements: [String: Int] = [:]
  private var current = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    elements[name, default: 0] += 1
    current = ""
  }
  func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }
  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "text" { texts.append(current) }
    current = ""
  }

  static func read(_ svg: String) -> TextCollector? {
    let collector = TextCollector()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = collector
    return parser.parse() ? collector : nil
  }
}

@Suite struct FigureTests {
  let raster = RasterPanel(
    end: 100,
    populations: [
      RasterPopulation(
        name: "hidden", size: 4, flags: [1, 0, 0, 0, 0, 0, 0, 1], start: 1, interval: 1),
      RasterPopulation(name: "quiet", size: 3, spikes: []),
    ])

  @Test func silentPopulationsAreShownToo() throws {
    let svg = try #require(TextCollector.read(Figure(title: "f", panels: [.raster(raster)]).svg()))
    #expect(svg.texts.contains("quiet"))
    #expect(svg.texts.contains("silent"))
    // 2 spikes of 4 units in 0.1 s.
    #expect(svg.texts.contains("5 Hz"))
    #expect(svg.texts.contains("time (ms)"))
  }

  @Test func flagsBecomeTimesAndUnits() {
    #expect(
      raster.populations[0].spikes == [SpikeMark(time: 1, unit: 0), SpikeMark(time: 2, unit: 3)])
  }

  @Test func panelsAgainstTimeShareOneAxis() throws {
    let trace = TracePanel(
      title: "V", quantity: "V", unit: "mV",
      traces: [Trace(name: "", interval: 1, values: [0, 1, 2])],
      references: [ReferenceLine(1.5, label: "threshold")])
    let svg = try #require(
      TextCollector.read(
        Figure(title: "f", panels: [.traces(trace), .raster(raster), .traces(trace)]).svg()))
    #expect(svg.texts.filter { $0 == "time (ms)" }.count == 1)
    #expect(svg.texts.filter { $0 == "V (mV)" }.count == 2)
    #expect(svg.texts.contains("threshold"))
    // The trace ends at 2 ms, the axis at the raster's 100.
    #expect(svg.texts.contains("100"))
  }

  @Test func namesAreEscaped() throws {
    let bars = BarPanel.rates([.init(name: "a<b>&\"c\"\u{1}", value: 0)])
    let svg = try #require(TextCollector.read(Figure(title: "<t>", panels: [.bars(bars)]).svg()))
    #expect(svg.texts.contains("<t>"))
    #expect(svg.texts.contains("a<b>&\"c\" "))
    #expect(svg.texts.contains("0 Hz (silent)"))
  }

  @Test func nothingToShowIsStillAPicture() {
    let figure = Figure(
      title: "",
      panels: [
        .traces(TracePanel(title: "", quantity: "x", traces: [])),
        .traces(
          TracePanel(
            title: "", quantity: "x",
            traces: [Trace(name: "n", interval: 0, values: [.nan, .infinity])])),
        .raster(RasterPanel(end: 0, populations: [])),
        .curves(CurvePanel(title: "", quantity: "loss", curves: [Curve(name: "", values: [.nan])])),
        .histogram(
          HistogramPanel(title: "", quantity: "w", groups: [.init(name: "", values: [.nan])])),
        .bars(BarPanel.rates([.init(name: "", value: .nan)])),
      ])
    #expect(TextCollector.read(figure.svg()) != nil)
    #expect(!figure.svg().contains("nan\""))
    #expect(!figure.text(width: 1, rows: 0).isEmpty)
  }

  @Test func longTracesAreThinnedButKeepTheirPeaks() {
    var values = [Double](repeating: 0, count: 200_000)
    values[123_457] = 1
    let panel = TracePanel(
      title: "", quantity: "x", traces: [Trace(name: "", interval: 0.1, values: values)])
    let svg = Figure(title: "", panels: [.traces(panel)]).svg()
    #expect(svg.utf8.count < 60_000)
    let peak = panel.layout.vertical.scale.position(1)
    #expect(svg.contains(" \(number(16 + 20 + (1 - peak) * 150))L"))
  }

  @Test func lossesOverDecadesAreLogarithmic() {
    #expect(
      CurvePanel(title: "", quantity: "loss", curves: [Curve(name: "", values: [2, 0.01])])
        .isLogarithmic)
    #expect(
      !CurvePanel(title: "", quantity: "loss", curves: [Curve(name: "", values: [2, 0.1])])
        .isLogarithmic)
    #expect(
      !CurvePanel(title: "", quantity: "loss", curves: [Curve(name: "", values: [2, 0])])
        .isLogarithmic)
  }

  @Test func histogramCountsEveryValueOnce() {
    let panel = HistogramPanel(
      title: "", quantity: "w",
      groups: [
        .init(name: "a", values: (0..<1000).map { Double($0) / 999 }),
        .init(name: "b", values: [0.5, .nan]),
      ])
    let bins = panel.bins
    #expect(bins.count >= 10)
    for fractions in bins.fractions { #expect(abs(fractions.reduce(0, +) - 1) < 1e-12) }
  }

  @Test func manyUnitsAreSampled() {
    let panel = TracePanel(
      title: "U", quantity: "U", values: (0..<20).map(Double.init), units: 10, start: 1, interval: 1
    )
    #expect(panel.title == "U, 4 of 10 units")
    #expect(panel.traces.map(\.values) == [[0, 10], [1, 11], [2, 12], [3, 13]])
  }
}

@Suite struct RecordingTests {
  let potential = Recording(
    name: "net.hidden.V", unit: "mV", size: 2, start: 1, interval: 1, values: [-65, -65, -50, -60], isSpikes: false,
    threshold: -50)
  let spikes = Recording(
    name: "net.hidden.spike", size: 2, start: 1, interval: 1, values: [0, 0, 1, 0], isSpikes: true)

  @Test func statesFirstThenOneRaster() {
    let figure = Figure.run(title: "", recordings: [spikes, potential], end: 2)
    #expect(figure.panels.count == 2)
    guard case .traces(let traces) = figure.panels[0], case .raster(let raster) = figure.panels[1] else {
      Issue.record("expected traces and a raster")
      return
    }
    #expect(traces.quantity == "V")
    #expect(traces.traces.map(\.spikes) == [[2], []])
    #expect(
      raster.populations == [RasterPopulation(name: "net.hidden", size: 2, spikes: [SpikeMark(time: 2, unit: 0)])])
  }

  @Test func sharesAreShownInPerCent() {
    let figure = Figure.training(
      title: "", losses: [Curve(name: "train", values: [1, 0.5])],
      scores: [
        ("accuracy", [Curve(name: "train", values: [0.5, .nan])]), ("count", [Curve(name: "train", values: [3])]),
      ])
    let scalings = figure.panels.compactMap { if case .curves(let panel) = $0 { panel.scaling } else { nil } }
    #expect(scalings == [.automatic, .fraction, .automatic])
  }
}
