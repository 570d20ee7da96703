import SNNIR
import SNNSyntax

/// Samples of different length: the run goes on to the end of the longest, and what is measured of a sample ends with it.
extension ExpressionChecker {
  /// Whether the present tick is one of the sample's own; nil where all samples are as long as the run.
  mutating func isOwnTick() -> ValueID? {
    guard let own = task.duration else { return nil }
    return model.graph.compare(.le, model.graph.tickIndex(), model.graph.load(own.symbol))
  }

  /// A tick, or a sample's last one where that comes before it.
  mutating func withinSample(_ tick: ValueID) -> ValueID {
    guard let own = task.duration else { return tick }
    return model.graph.min(tick, model.graph.load(own.symbol))
  }

  /// A sample's last tick.
  mutating func lastTick() -> ValueID {
    task.duration.map { model.graph.load($0.symbol) } ?? model.graph.const(Double(task.ticks))
  }

  /// The sum of a value over a sample's ticks.
  mutating func sumOverTime(_ value: ValueID) -> ValueID {
    guard let isOwn = isOwnTick() else { return model.graph.reduce(.sum, over: .tick, value) }
    return model.graph.reduce(.sum, over: .tick, model.graph.select(isOwn, value, model.graph.const(0)))
  }

  /// Says so where some samples are over at a tick.
  mutating func isBeyondSamples(_ tick: Int, _ span: Span) -> Bool {
    guard let own = task.duration, own.shortest > 0, tick > own.shortest else { return false }
    report(.beyondSample(shortest: shownTime(own.shortest), at: span))
    return true
  }
}

extension TaskBuilder {
  /// Whether the data says how long a sample is.
  func runsForDuration(_ checker: ExpressionChecker) -> Bool {
    items.contains { entry in
      guard case .run(let id, _) = entry.item else { return false }
      return checker.program.names(in: id, file: entry.file).contains("duration") && checker.lookup("duration") == nil
    }
  }

  /// `run for duration`, or for another time made of it.
  mutating func runForDuration(_ checked: Checked, _ checker: inout ExpressionChecker) {
    func impossible(_ reason: String, _ nearest: String) {
      checker.report(
        .impossible(
          what: "`run for` a time of each sample's own", reason: reason, nearest: nearest, at: checked.span))
    }
    if checker.model.isExact {
      return impossible("with `step exact` all samples of a batch end together", "`run for` the longest")
    }
    if !checker.model.rules.isEmpty {
      return impossible("synapses with rules would go on learning behind a sample's end", "`run for` the longest")
    }
    var map: [SymbolID: ValueID] = [:]
    var field: SymbolID?
    for symbol in checker.model.graph.loadedSymbols([checked.value]).sorted(by: { $0.index < $1.index }) {
      if case .data(let index) = checker.model.graph[symbol].kind {
        guard checker.task.fields[index].name == "duration",
          checker.model.graph[symbol].domain.axes.isSubset(of: .sample)
        else { return impossible("it is known before anything else of a sample", "`run for duration`") }
        field = symbol
      } else if let value = checker.staticValue(checker.model.graph.load(symbol)) {
        map[symbol] = checker.model.graph.const(value)
      } else {
        checker.report(.notConstant(what: "the time to run", at: checked.span))
        return
      }
    }
    let step = checker.model.step
    guard let field else {
      // `duration * 0 ms` no longer knows of the data.
      checker.report(
        .sampleDuration(sample: 0, lasts: "0 ms", step: "\(formatted(step)) ms", place: nil, at: checked.span))
      return
    }
    let value = checker.model.graph.substitute(checked.value, map)
    let scale = checker.model.graph[field].unit.scale
    var ticks: [Int] = []
    for source in checker.task.durations {
      for (sample, duration) in source.values.enumerated() {
        let lasts =
          Evaluate.values([value], in: checker.model.graph) { $0 == field ? duration * scale : nil }[0] ?? .nan
        let found = SampleDuration.ticks(lasts, step: step)
        guard found >= 1, found <= Double(1 << 31) else {
          checker.report(
            .sampleDuration(
              sample: sample, lasts: lasts.isFinite ? "\(formatted(lasts)) ms" : "\(lasts)",
              step: "\(formatted(step)) ms", place: source.place(of: sample), at: checked.span))
          return
        }
        ticks.append(Int(found))
      }
    }
    task.ticks = ticks.max() ?? 0
    let own = checker.model.graph.addSymbol(
      Symbol(
        "duration in ticks", .data(checker.task.fields.count), domain: Domain(.sample),
        location: checker.location(checked.span)))
    task.duration = SampleDuration(value: value, field: checker.task.fields.count)
    checker.task.fields.append(DataField(name: "duration in ticks", symbol: own))
    checker.task.steps.append(nil)
    checker.task.duration = TaskContext.OwnDuration(symbol: own, shortest: ticks.min() ?? 0)
  }
}
