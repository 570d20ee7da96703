import SNNIR
import SNNSyntax

extension TaskMessage {
  var runDiagnostic: Diagnostic {
    switch self {
    case .notWhole(let what, let least, let span):
      return Diagnostic(
        TaskID.setting, .error, "\(what) must be a whole number of at least \(least)", at: Label(span))
    case .notPositive(let what, let span):
      return Diagnostic(TaskID.setting, .error, "\(what) must be positive", at: Label(span))
    case .outOfRange(let what, let wanted, let span):
      return Diagnostic(TaskID.setting, .error, "\(what) must be \(wanted)", at: Label(span))
    case .noRun(let task, let span):
      return Diagnostic(
        TaskID.noRun, .error, "task `\(task)` does not say how long to run", at: Label(span),
        help: [FixIt("add `run for 100 ms`")]
      ).lookingFor("run")
    case .batchWithStates(let batch, let state, let span):
      return Diagnostic(
        TaskID.setting, .error, "\(batch) samples at once cannot follow one another", at: Label(span),
        notes: ["`\(state)` goes on from one sample into the next, in the order of the file"],
        help: [FixIt("write `batch 1`")])
    case .repeated(let what, let span, let first):
      return Diagnostic(
        TaskID.repeated, .error, "`\(what)` is given twice", at: Label(span, "again"),
        secondary: [Label(first, "first")])
    case .notRecordable(let what, let span):
      return Diagnostic(
        TaskID.record, .error, "`\(what)` takes variables of populations", at: Label(span),
        notes: ["such as `hidden.U`, `hidden.spike`, `hidden.U.before_reset`, or `hidden` for all of them"],
        help: [FixIt("give the expression a name in the neuron, `let y = …`, and \(what) that")])
    case .shownUnit(let name, let unit, let needed, let span):
      return Diagnostic(
        TaskID.record, .error, "`\(name)` cannot be shown in \(unit)", at: Label(span), notes: ["it is in \(needed)"])
    case .readsInput(let name, let span):
      return Diagnostic(
        TaskID.variable, .error, "the input `\(name)` cannot be read here", at: Label(span),
        notes: ["what is fed to it can: the fields of the data"])
    case .noSuchVariable(let population, let name, let span, let nearest, let known):
      let list = known.map { "`\($0)`" }.joined(separator: ", ")
      return Self.unknown(
        TaskID.variable, "`\(population)` has no variable `\(name)`", span,
        nearest.map { near in name == "spikes" && known.contains("spike") ? "spike" : near },
        note: known.isEmpty ? nil : "it has \(list)", replacing: name
      ).lookingFor(name)
    case .neverSpikes(let population, let span):
      return Diagnostic(
        TaskID.variable, .error, "`\(population)` never spikes", at: Label(span),
        notes: ["its neuron has no `spike when`"]
      ).lookingFor("spike")
    case .beforeResetOfNoState(let name, let span):
      return Diagnostic(
        TaskID.variable, .error, "`before_reset` is for states, and `\(name)` is none", at: Label(span))
    case .wantsPopulation(let function, let span):
      return Diagnostic(
        TaskID.variable, .error, "`\(function)` takes a population", at: Label(span),
        help: [FixIt("name it alone: `\(function)(output)`")])
    case .labelFirst(let label, let values, let span):
      return Diagnostic(
        TaskID.reductionAxis, .error, "`cross_entropy` takes the label last", at: Label(span, "not one value per unit"),
        help: [FixIt("write `cross_entropy(\(values), \(label))`")])
    case .unknownScore(let name, let span, let nearest, let known):
      return Self.unknown(
        TaskID.metric, "the task has no score `\(name)`", span, nearest,
        note: known.isEmpty
          ? "declare it: `score \(name) = …`" : "it has " + known.map { "`\($0)`" }.joined(separator: ", ")
      ).lookingFor(name)
    case .scoreWithoutSet(let name, let set, let span):
      return Diagnostic(
        TaskID.metric, .error, "on which data set is `\(name)` meant?", at: Label(span, "a score"),
        help: set.map { [FixIt("write `\(name)(\($0))`", edits: [Edit(span, "\(name)(\($0))")])] } ?? [])
    case .metricOutsideExpect(let name, let span):
      return Diagnostic(
        TaskID.metric, .error, "`\(name)` on a data set is known only after a run over it", at: Label(span),
        help: [FixIt("use it in `expect \(name)(test) …`")])
    case .expectReadsPopulation(let scores, let set, let span):
      let example = scores.first ?? ""
      return Diagnostic(
        TaskID.expectation, .error, "in a task with data, `expect` reads scores on a whole data set",
        at: Label(span, "one value per sample"),
        help: [
          FixIt(
            scores.isEmpty
              ? "declare `score NAME = …` and write `expect NAME(\(set)) …`" : "write `expect \(example)(\(set)) …`")
        ])
    default: return reductionDiagnostic
    }
  }

  private static func unknown(
    _ id: DiagnosticID, _ headline: String, _ span: Span, _ nearest: String?, note: String?, replacing name: String
  ) -> Diagnostic {
    var at = span
    // The span may be of the whole `population.name`.
    if span.length > name.utf8.count {
      at = Span(file: span.file, lower: Int(span.upper) - name.utf8.count, upper: Int(span.upper))
    }
    return unknown(id, headline, at, nearest, note: note)
  }

  private static func words(_ axis: ReductionAxis) -> String {
    switch axis {
    case .time: "time"
    case .units: "units"
    case .samples: "the samples"
    default: "synapses"
    }
  }

  private var reductionDiagnostic: Diagnostic {
    switch self {
    case .kindNeedsTime(let kind, let span):
      return Diagnostic(
        TaskID.reductionAxis, .error, "`\(kind.rawValue)` is over time", at: Label(span),
        help: [FixIt("write `\(kind.rawValue) over time of …`" + (kind == .integral ? "" : ", or choose one: `x[0]`"))])
    case .noAxis(let axis, let operand, let span, let isReduced, let has):
      let list = has.filter { $0 != .samples }
      var notes: [String] = []
      if isReduced { notes.append("it is a result of a reduction over time already") }
      if let other = list.first { notes.append("it has one value per \(Self.singular(other))") }
      var help: [FixIt] = []
      if axis == .units, list == [.synapses] { help = [FixIt("weights are reduced `over synapses`")] }
      if axis == .synapses, list.contains(.units) { help = [FixIt("write `over units`")] }
      let verb = axis == .time ? "does not vary with time" : "is not one value per \(Self.singular(axis))"
      return Diagnostic(
        TaskID.reductionAxis, .error, "`\(operand)` \(verb)", at: Label(span), notes: notes, help: help)
    case .twoPasses(let span):
      return Diagnostic(
        TaskID.twoPasses, .error, "this would need a second run", at: Label(span),
        notes: [
          "it uses the result of a reduction over time, known when the run is over, at every tick of that run",
          "the operand of a reduction ends at `+` and `-`: a sum wants parentheses",
        ],
        help: [FixIt("reduce first, then combine: `(sum over time of x^2) / n - (mean over time of x)^2`")])
    case .leftover(let axis, let text, let span):
      let isSimple = text.allSatisfy { $0.isLetter || $0.isNumber || "._".contains($0) }
      let reduced = "mean over \(axis.rawValue) of " + (isSimple ? text : "(\(text))")
      return Diagnostic(
        TaskID.leftover, .error, "one value per sample is needed, this is one per \(Self.singular(axis))",
        at: Label(span, "one value per \(Self.singular(axis))"),
        help: [FixIt("reduce it: `\(reduced)`", edits: [Edit(span, reduced)])])
    case .windowAxis(let axis, let span):
      return Diagnostic(
        TaskID.window, .error, "a reduction over \(Self.words(axis)) takes no window", at: Label(span),
        help: [FixIt("choose by a condition: `where …`")])
    case .notRange(let axis, let span):
      let example = axis == .time ? "in 10 ms ..< 20 ms" : "in 0 ..< 10"
      return Diagnostic(
        TaskID.window, .error, "a window is a range", at: Label(span), help: [FixIt("write `\(example)`")])
    case .emptyWindow(let span):
      return Diagnostic(
        TaskID.window, .error, "this window is empty", at: Label(span),
        notes: ["`a .. b` has both ends, `a ..< b` ends before b; time runs from tick 1"])
    case .windowOutside(let axis, let first, let last, let duration, let span):
      let what = axis == .time ? "the run" : "the units"
      let end = duration.map { " (\($0))" } ?? ""
      return Diagnostic(
        TaskID.window, .error, "this leaves \(what)", at: Label(span),
        notes: [axis == .time ? "ticks are \(first) … \(last)\(end)" : "units are \(first) … \(last)"])
    case .beyondSample(let shortest, let span):
      return Diagnostic(
        TaskID.window, .error, "some samples are over by then", at: Label(span),
        notes: ["the shortest lasts \(shortest)"],
        help: [FixIt("`last over time of …` is the value at the end of each, whenever that is")])
    case .sampleDuration(let sample, let lasts, let step, let place, let span):
      return Diagnostic(
        TaskID.noRun, .error, "sample \(sample) would run for \(lasts)", at: Label(span),
        notes: (place.map { [$0] } ?? []) + ["a run has from one step, \(step), to 2147483648"])
    case .initialState(let span):
      return Diagnostic(
        TaskID.initialState, .warning, "tick 0, the initial state, is not counted", at: Label(span),
        notes: ["reductions run over ticks 1 … T"], help: [FixIt("begin at `dt`", edits: [Edit(span, "dt")])])
    case .cannotReachThreshold(let population, let state, let rest, let threshold, let span):
      return Diagnostic(
        TaskID.silent, .warning, "`\(population)` cannot reach its threshold", at: Label(span, "constant"),
        notes: ["`\(state)` goes to \(rest) with this, the threshold is \(threshold), and nothing else arrives"])
    case .indexOutside(let found, let size, let span):
      return Diagnostic(
        TaskID.index, .error, "there is no unit \(found)", at: Label(span), notes: ["units are 0 … \(size - 1)"])
    default:
      guard case .oneIndex(let span) = self else {
        return Diagnostic(
          TaskID.index, .error, "this cannot stand here", at: Label(Span(file: FileID(0), lower: 0, upper: 0)))
      }
      return Diagnostic(
        TaskID.index, .error, "a unit is chosen by one number", at: Label(span),
        notes: ["units are counted in row-major order"])
    }
  }

  private static func singular(_ axis: ReductionAxis) -> String {
    switch axis {
    case .time: "tick"
    case .units: "unit"
    case .samples: "sample"
    default: "synapse"
    }
  }
}
