extension Sweep {
  /// One combination of settings: means over its seeds.
  public struct Summary: Sendable {
    public var settings: [Setting]
    /// Runs that are done.
    public var seeds: Int
    public var loss: Measure?
    /// By score of the task.
    public var scores: [Measure]
  }

  public struct Measure: Sendable {
    public var mean: Double
    /// Of one run (the square root of the unbiased variance); nil for a single one.
    public var deviation: Double?

    init(_ values: [Double]) {
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      guard values.count > 1 else { return }
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      deviation = (squares / Double(values.count - 1)).squareRoot()
    }
  }

  /// In the order of the runs.
  public static func summaries(_ outcomes: [Outcome]) -> [Summary] {
    var result: [Summary] = []
    var place = 0
    while place < outcomes.count {
      let group = outcomes[place...].prefix { $0.run.settings == outcomes[place].run.settings }
      let losses = group.compactMap(\.loss)
      result.append(
        Summary(
          settings: outcomes[place].run.settings, seeds: group.count, loss: losses.isEmpty ? nil : Measure(losses),
          scores: outcomes[place].scores.indices.map { score in Measure(group.map { $0.scores[score] }) }))
      place += group.count
    }
    return result
  }
}

extension Figure {
  /// A sweep: for every score, then the loss, a bar for each combination, with the deviation of one run over seeds.
  /// - Parameter scores: names of the task's scores.
  public static func sweep(_ sweep: Sweep, outcomes: [Sweep.Outcome], scores: [String]) -> Figure {
    let summaries = Sweep.summaries(outcomes)
    func panel(_ quantity: String, _ measure: (Sweep.Summary) -> Sweep.Measure?) -> Panel? {
      let bars = summaries.compactMap { summary in
        measure(summary).map { measure in
          BarPanel.Bar(
            name: summary.settings.map { "\($0.name) = \($0.value)" }.joined(separator: ", "), value: measure.mean,
            deviation: measure.deviation ?? 0)
        }
      }
      return bars.isEmpty ? nil : .bars(BarPanel(title: quantity, quantity: quantity, unit: "1", bars: bars))
    }
    let seeds = summaries.map(\.seeds).max() ?? 0
    let set = outcomes.first?.dataSet.map { " on \($0)" } ?? ""
    let bars = seeds > 1 ? "means of \(seeds) seeds\(set), with the deviation of one run" : "one seed each\(set)"
    return Figure(
      title: sweep.name, subtitle: "\(sweep.task), \(bars)",
      panels: scores.indices.compactMap { score in panel(scores[score]) { $0.scores[score] } }
        + [panel("loss") { $0.loss }].compactMap { $0 })
  }
}
