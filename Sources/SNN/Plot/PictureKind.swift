import SNNData
import SNNIR

/// What `snn plot` draws.
public enum PictureKind: String, CaseIterable, Sendable {
  case raster, trace, loss, weights, rates, histogram, gradients, landscape
}

/// What a result file of `snn` holds that can be drawn: records, gradients, parameters, learning curves.
public struct ResultFile: Sendable {
  public var records: [String: NDArray] = [:]
  public var gradients: [String: NDArray] = [:]
  public var parameters: [String: NDArray] = [:]
  /// Rows of loss, scores and rates, one an epoch, with what the columns are called.
  public var history: [[Double]] = []
  public var columns: [String] = []
  public var scores = 0

  /// A checkpoint, a parameter file, or what `--out` wrote.
  /// - Throws: `SNNError.data`.
  public init(reading path: String) throws {
    do {
      let results = try BlackBox.Results(reading: path)
      records = results.records
      gradients = results.gradients
      if let checkpoint = try? Checkpoint(reading: path) {
        parameters = checkpoint.parameters
        let names = checkpoint.manifest.options["scores"].map { $0.split(separator: ",").map(String.init) } ?? []
        let populations =
          checkpoint.manifest.options["populations"].map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
          } ?? []
        columns = ["loss"] + names + populations
        scores = names.count
        if let array = checkpoint.state.arrays["history"], array.rank == 2, let values = array.doubles() {
          let width = array.shape[1]
          history = stride(from: 0, to: values.count, by: max(width, 1)).map { Array(values[$0..<$0 + width]) }
        }
      } else if records.isEmpty, gradients.isEmpty {
        parameters = try ParameterFile.read(path)
      }
    } catch { throw SNNError.wrapping(error) }
  }

  /// Kinds that there is something for.
  public var kinds: [PictureKind] {
    var kinds: [PictureKind] = []
    if records.keys.contains(where: { $0.hasSuffix(".spike") }) { kinds += [.raster, .rates] }
    if records.keys.contains(where: { !$0.hasSuffix(".spike") }) { kinds.append(.trace) }
    if !history.isEmpty { kinds.append(.loss) }
    if !parameters.isEmpty { kinds += [.weights, .histogram] }
    if !gradients.isEmpty { kinds.append(.gradients) }
    return kinds
  }

  /// - Parameter step: ms per tick, which result files do not say.
  public func panels(_ kind: PictureKind, step: Double) -> [Panel] {
    switch kind {
    case .raster: return run(step) { $0.isSpikes }
    case .trace: return run(step) { !$0.isSpikes }
    case .rates:
      let bars = recordings(step).filter(\.isSpikes).map { recording in
        let seconds = Double(recording.rows) * step * 1e-3 * Double(max(recording.size, 1))
        return BarPanel.Bar(name: recording.population, value: seconds > 0 ? Double(recording.spikeCount) / seconds : 0)
      }
      return [.bars(.rates(bars))]
    case .loss: return curves
    case .weights, .histogram: return histograms(parameters, quantity: kind == .weights ? "weight" : "value")
    case .gradients: return histograms(gradients, quantity: "gradient")
    // A file holds one end of a line and not the program.
    case .landscape: return []
    }
  }

  private func run(_ step: Double, _ isWanted: (Recording) -> Bool) -> [Panel] {
    let all = recordings(step).filter(isWanted)
    let end = all.map { Double($0.rows) * step }.max() ?? 0
    return Figure.run(title: "", recordings: all, end: end).panels
  }

  /// The first sample of each record.
  private func recordings(_ step: Double) -> [Recording] {
    records.keys.sorted().compactMap { name in
      guard let array = records[name], array.rank == 3, let values = array.doubles() else { return nil }
      return Recording(
        name: name, unit: array.unit ?? "1", size: array.shape[2], start: step, interval: step,
        values: Array(values.prefix(array.shape[1] * array.shape[2])), isSpikes: name.hasSuffix(".spike"))
    }
  }

  private var curves: [Panel] {
    func column(_ place: Int) -> [Double] { history.map { place < $0.count ? $0[place] : .nan } }
    let width = history.first?.count ?? 0
    var panels: [Panel] = [
      .curves(CurvePanel(title: "Loss", quantity: "loss", curves: [Curve(name: "train", values: column(0))]))
    ]
    func name(_ place: Int) -> String { place < columns.count ? columns[place] : "column \(place)" }
    for place in 1..<max(1, min(1 + scores, width)) {
      let values = column(place)
      let isShare = values.allSatisfy { !$0.isFinite || ($0 >= 0 && $0 <= 1) }
      panels.append(
        .curves(
          CurvePanel(
            title: name(place), quantity: name(place), curves: [Curve(name: "train", values: values)],
            scaling: isShare ? .fraction : .automatic)))
    }
    let shown = (1 + scores..<max(1 + scores, width)).filter { !name($0).isEmpty }
    let rates = shown.map { Curve(name: name($0), values: column($0)) }
    if !rates.isEmpty {
      panels.append(
        .curves(CurvePanel(title: "Firing rates", quantity: "rate", unit: "Hz", curves: rates, scaling: .linear)))
    }
    return panels
  }

  private func histograms(_ arrays: [String: NDArray], quantity: String) -> [Panel] {
    arrays.keys.sorted().compactMap { name in
      guard let array = arrays[name], array.count > 1, let values = array.doubles() else { return nil }
      return .histogram(
        HistogramPanel(
          title: name, quantity: quantity, unit: array.unit ?? "1", groups: [.init(name: "", values: values)]))
    }
  }
}
