import SNNIR
import SNNSyntax

/// What goes wrong in `task` blocks: data, feeds, the run, reductions, expectations. Learning has `LearningMessage`.
public enum TaskMessage: Sendable {
  // Data.
  case unknownSource(name: String, at: Span, nearest: String?)
  case notSource(at: Span)
  case sourceArgument(source: String, name: String?, wanted: String, at: Span)
  case missingArgument(function: String, name: String, at: Span)
  case namesWithoutSplit(count: Int, source: String, at: Span)
  case splitNames(count: Int, at: Span)
  case splitFraction(at: Span)
  case unreadable(message: String, notes: [String], at: Span)
  case unclearAxes(field: String, shape: [Int], axes: [String], at: Span)
  case shapesDiffer(field: String, at: Span)
  case noField(name: String, known: [String], at: Span)
  case transformsField(at: Span)
  case classesUnknown(at: Span)
  case tooManyClasses(classes: Int, units: Int, at: Span)
  case fieldLength(name: String, steps: Int, ticks: Int, at: Span)
  case noSuchDataSet(name: String, at: Span, nearest: String?, known: [String])
  // Feeds.
  case feedTarget(name: String, at: Span, known: [String], nearest: String?)
  case feedsPopulation(population: String, drives: [String], at: Span)
  case noSuchDrive(population: String, name: String, drives: [String], at: Span, nearest: String?)
  case fedTwice(name: String, at: Span, first: Span)
  case feedReadsPopulation(at: Span)
  case feedSize(target: String, needed: Int, found: Int, text: String, at: Span)
  case encoderInside(name: String, at: Span)
  case encoderNeedsSpikes(encoder: String, target: String, at: Span)
  case encoderOverTime(encoder: String, at: Span)
  case encoderNeedsTime(encoder: String, at: Span)
  case frozenWhat(at: Span)
  case notEvents(source: String, at: Span)
  case dataTooShort(field: String, steps: Int, lasts: String, run: String, holds: Bool, at: Span)
  case dataUnused(field: String, lasts: String, run: String, at: Span)
  case unfedInput(input: String, task: String, at: Span)
  // Settings, run, records.
  case notWhole(what: String, least: Int, at: Span)
  case notPositive(what: String, at: Span)
  case outOfRange(what: String, wanted: String, at: Span)
  case noRun(task: String, at: Span)
  case batchWithStates(batch: Int, state: String, at: Span)
  case repeated(what: String, at: Span, first: Span)
  case notRecordable(what: String, at: Span)
  case shownUnit(name: String, unit: String, needed: String, at: Span)
  // Members and reductions.
  case readsInput(name: String, at: Span)
  case noSuchVariable(population: String, name: String, at: Span, nearest: String?, known: [String])
  case neverSpikes(population: String, at: Span)
  case beforeResetOfNoState(name: String, at: Span)
  case wantsPopulation(function: String, at: Span)
  case kindNeedsTime(kind: ReductionKind, at: Span)
  case noAxis(axis: ReductionAxis, operand: String, at: Span, isReduced: Bool, has: [ReductionAxis])
  case twoPasses(at: Span)
  case leftover(axis: ReductionAxis, text: String, at: Span)
  case windowAxis(axis: ReductionAxis, at: Span)
  case notRange(axis: ReductionAxis, at: Span)
  case emptyWindow(at: Span)
  case windowOutside(axis: ReductionAxis, first: Int, last: Int, duration: String?, at: Span)
  case beyondSample(shortest: String, at: Span)
  case sampleDuration(sample: Int, lasts: String, step: String, place: String?, at: Span)
  case initialState(at: Span)
  case cannotReachThreshold(population: String, state: String, rest: String, threshold: String, at: Span)
  case indexOutside(found: String, size: Int, at: Span)
  case oneIndex(at: Span)
  // Expectations.
  case labelFirst(label: String, values: String, at: Span)
  case unknownScore(name: String, at: Span, nearest: String?, known: [String])
  case scoreWithoutSet(name: String, set: String?, at: Span)
  case metricOutsideExpect(name: String, at: Span)
  case expectReadsPopulation(scores: [String], set: String, at: Span)
}

enum TaskID {
  static let source = DiagnosticID("E0601", "data-source")
  static let missingArgument = DiagnosticID("E0602", "missing-argument")
  static let split = DiagnosticID("E0603", "data-split")
  static let unreadable = DiagnosticID("E0604", "data-not-readable")
  static let axes = DiagnosticID("E0605", "data-axes")
  static let noField = DiagnosticID("E0606", "no-such-field")
  static let transform = DiagnosticID("E0607", "field-transform")
  static let classes = DiagnosticID("E0608", "class-count")
  static let length = DiagnosticID("E0609", "data-length")
  static let dataSet = DiagnosticID("E0610", "no-such-data-set")
  static let feedTarget = DiagnosticID("E0611", "feed-target")
  static let fedTwice = DiagnosticID("E0612", "fed-twice")
  static let feedValue = DiagnosticID("E0613", "feed-reads-population")
  static let feedSize = DiagnosticID("E0614", "feed-size")
  static let encoder = DiagnosticID("E0615", "encoder")
  static let setting = DiagnosticID("E0616", "bad-setting")
  static let noRun = DiagnosticID("E0617", "no-run")
  static let repeated = DiagnosticID("E0618", "repeated-item")
  static let record = DiagnosticID("E0619", "not-recordable")
  static let variable = DiagnosticID("E0620", "not-a-variable")
  static let reductionAxis = DiagnosticID("E0621", "nothing-to-reduce")
  static let twoPasses = DiagnosticID("E0622", "two-passes")
  static let leftover = DiagnosticID("E0623", "axis-left-over")
  static let window = DiagnosticID("E0624", "bad-window")
  static let index = DiagnosticID("E0625", "bad-unit-index")
  static let metric = DiagnosticID("E0626", "score-outside-expect")
  static let expectation = DiagnosticID("E0627", "expect-reads-population")

  static let dataUnused = DiagnosticID("W0601", "data-beyond-run")
  static let unfedInput = DiagnosticID("W0602", "input-never-fed")
  static let initialState = DiagnosticID("W0603", "initial-state-not-counted")
  static let silent = DiagnosticID("W0604", "cannot-reach-threshold")
}

extension ExpressionChecker {
  mutating func report(_ message: TaskMessage) { report(message.diagnostic) }
}

extension TaskMessage {
  public var diagnostic: Diagnostic {
    switch self {
    case .unknownSource(let name, let span, let nearest):
      return Self.unknown(
        TaskID.source, "unknown data source `\(name)`", span, nearest,
        note:
          "there are csv, hdf5, npy, events and generated sets (random_patterns, randman, yin_yang, …), each alone or in `split(…)`"
      )
    case .notSource(let span):
      return Diagnostic(
        TaskID.source, .error, "this is no data source", at: Label(span),
        help: [FixIt("write `csv(\"file.csv\", label = last)`, `hdf5(\"file.h5\")` or another source")])
    case .sourceArgument(let source, let name, let wanted, let span):
      let what = name.map { "`\($0)` of `\(source)`" } ?? "the first argument of `\(source)`"
      return Diagnostic(TaskID.source, .error, "\(what) is \(wanted)", at: Label(span))
    case .missingArgument(let function, let name, let span):
      return Diagnostic(
        TaskID.missingArgument, .error, "`\(function)` needs `\(name)`", at: Label(span, "not given here"))
    case .namesWithoutSplit(let count, let source, let span):
      return Diagnostic(
        TaskID.split, .error, "\(count) names for one data set", at: Label(span, "this is one set"),
        help: [
          FixIt("split it: `split(\(source), 80 %, seed = 0)`", edits: [Edit(span, "split(\(source), 80 %, seed = 0)")])
        ])
    case .splitNames(let count, let span):
      return Diagnostic(
        TaskID.split, .error, "a split gives two data sets, not \(count)", at: Label(span),
        help: [FixIt("write `data train, test = split(…)`")])
    case .splitFraction(let span):
      return Diagnostic(
        TaskID.split, .error, "the fraction of a split lies between 0 and 1", at: Label(span),
        help: [FixIt("write it as a percentage, such as `80 %`")])
    case .unreadable(let message, let notes, let span):
      return Diagnostic(TaskID.unreadable, .error, message, at: Label(span), notes: notes)
    case .unclearAxes(let field, let shape, let axes, let span):
      let text = "[" + shape.map(String.init).joined(separator: ", ") + "]"
      let named = axes.isEmpty ? "" : " with axes [\(axes.joined(separator: ", "))]"
      return Diagnostic(
        TaskID.axes, .error, "the axes of `\(field)`, of shape \(text)\(named), cannot be told", at: Label(span),
        notes: ["the shapes [sample], [sample, unit] and [sample, time, unit] need no names"],
        help: [FixIt("give the array an attribute `axes`, `sample` first")])
    case .shapesDiffer(let field, let span):
      return Diagnostic(
        TaskID.axes, .error, "`\(field)` has another shape here than in the data set before", at: Label(span))
    case .noField(let name, let known, let span):
      let list = known.map { "`\($0)`" }.joined(separator: ", ")
      let help =
        name == "label" ? [FixIt("say where the labels are: `label = last` for the last column of a table")] : []
      return Diagnostic(
        TaskID.noField, .error, "the data has no field `\(name)`", at: Label(span), notes: ["it has \(list)"],
        help: help
      ).lookingFor("data")
    case .transformsField(let span):
      return Diagnostic(
        TaskID.transform, .error, "`standardise`, `repeat` and `onehot` act on whole fields", at: Label(span),
        notes: ["the fields are `sample`, `label` and `target`"],
        help: [FixIt("do the arithmetic outside: `repeat(sample, 4) / 16`")])
    case .classesUnknown(let span):
      return Diagnostic(
        TaskID.classes, .error, "the number of classes is not known here", at: Label(span),
        help: [FixIt("say it: `onehot(label, 10)`")])
    case .tooManyClasses(let classes, let units, let span):
      return Diagnostic(
        TaskID.classes, .error,
        "the labels go up to \(classes - 1), but there \(units == 1 ? "is" : "are") only "
          + SemaMessage.count(units, "unit"), at: Label(span, SemaMessage.count(units, "unit")),
        help: [FixIt("give the output \(classes) units")])
    case .fieldLength(let name, let steps, let ticks, let span):
      return Diagnostic(
        TaskID.length, .error, "`\(name)` has \(steps) time steps, the run \(ticks)", at: Label(span),
        help: [FixIt("run for as many steps as the data has, or reduce it over time first")])
    case .noSuchDataSet(let name, let span, let nearest, let known):
      let list = known.isEmpty ? "the task has none" : "there are " + known.map { "`\($0)`" }.joined(separator: ", ")
      return Self.unknown(TaskID.dataSet, "`\(name)` is no data set", span, nearest, note: list).lookingFor("data")
    default: return feedDiagnostic
    }
  }

  static func unknown(
    _ id: DiagnosticID, _ headline: String, _ span: Span, _ nearest: String?, note: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      id, .error, headline, at: Label(span), notes: note.map { [$0] } ?? [],
      help: nearest.map { [FixIt("did you mean `\($0)`?", edits: [Edit(span, $0)])] } ?? [])
  }

  /// `repeat(x, 4)` for twice `repeat(x, 2)`.
  private static func repeated(_ text: String, _ times: Int) -> String {
    guard text.hasPrefix("repeat("), text.hasSuffix(")"), let comma = text.lastIndex(of: ","),
      let count = Int(text[text.index(after: comma)...].dropLast().drop { $0 == " " })
    else { return "repeat(\(text), \(times))" }
    return "\(text[..<comma]), \(count * times))"
  }

  private var feedDiagnostic: Diagnostic {
    switch self {
    case .feedTarget(let name, let span, let known, let nearest):
      let list =
        known.isEmpty ? "the network has no inputs" : "inputs are " + known.map { "`\($0)`" }.joined(separator: ", ")
      return Self.unknown(
        TaskID.feedTarget, "`\(name)` cannot be fed", span, nearest,
        note: list + "; drives are written `population.drive`")
    case .feedsPopulation(let population, let drives, let span):
      let first = drives.first
      return Diagnostic(
        TaskID.feedTarget, .error, "a population is fed through one of its drives", at: Label(span),
        notes: drives.isEmpty ? ["the neuron of `\(population)` has no `drive`"] : [],
        help: first.map { [FixIt("feed `\($0)`", edits: [Edit(span, $0)])] }
          ?? [FixIt("declare one in the neuron: `drive I_ext`, or feed an `input` that is connected to it")])
    case .noSuchDrive(let population, let name, let drives, let span, let nearest):
      let list = drives.isEmpty ? "it has none" : "it has " + drives.map { "`\($0)`" }.joined(separator: ", ")
      return Self.unknown(
        TaskID.feedTarget, "`\(population)` has no drive `\(name)`", span,
        nearest ?? (drives.count == 1 ? drives[0] : nil),
        note: list)
    case .fedTwice(let name, let span, let first):
      return Diagnostic(
        TaskID.fedTwice, .error, "`\(name)` is fed twice", at: Label(span, "fed again"),
        secondary: [Label(first, "fed here")], help: [FixIt("add both up in one `feed`")])
    case .feedReadsPopulation(let span):
      return Diagnostic(
        TaskID.feedValue, .error, "a feed cannot read a population",
        at: Label(span, "known only while the network runs"),
        notes: ["feeds are made of data and `t`, before the run"],
        help: [FixIt("connect the populations in the network: `connect A.V -> B.drive`")])
    case .feedSize(let target, let needed, let found, let text, let span):
      var help: [FixIt] = []
      if !target.contains(".") { help = [FixIt("declare `input \(target)` with \(SemaMessage.count(found, "unit"))")] }
      if found > 0, needed % found == 0 {
        help.append(FixIt("use each value \(needed / found) times: `\(Self.repeated(text, needed / found))`"))
      }
      return Diagnostic(
        TaskID.feedSize, .error,
        "`\(target)` has \(SemaMessage.count(needed, "unit")), the value fed to it \(found)",
        at: Label(span, "\(found) values"),
        help: help)
    case .encoderInside(let name, let span):
      return Diagnostic(
        TaskID.encoder, .error, "`\(name)` makes spikes and can only stand first in a `feed`", at: Label(span),
        help: [FixIt("do the arithmetic inside: `\(name)(2 * sample, …)`")])
    case .encoderNeedsSpikes(let encoder, let target, let span):
      return Diagnostic(
        TaskID.encoder, .error, "`\(encoder)` makes spikes, but `\(target)` takes numbers", at: Label(span),
        help: [
          FixIt(
            target.contains(".")
              ? "feed the value itself, or feed an `input NAME : spikes[…]` that is connected to the population"
              : "feed the value itself, or declare `input \(target) : spikes[…]`")
        ])
    case .encoderOverTime(let encoder, let span):
      return Diagnostic(
        TaskID.encoder, .error, "`\(encoder)` needs one value per sample and unit", at: Label(span, "varies with time"),
        help: [FixIt("reduce it over time, or feed it by `rate`, `direct` or `hold`")])
    case .encoderNeedsTime(let encoder, let span):
      return Diagnostic(
        TaskID.encoder, .error, "`\(encoder)` needs data with a time axis", at: Label(span, "does not vary with time"),
        notes: [
          "arrays are `[sample, time, unit]`; one of rank 2 is `[sample, unit]` unless its attribute `axes` says so"
        ],
        help: [FixIt("feed a constant by `direct`")])
    case .frozenWhat(let span):
      return Diagnostic(
        TaskID.encoder, .error, "`frozen` is for encoders that draw: `frozen(rate(…))`", at: Label(span))
    case .notEvents(let source, let span):
      return Diagnostic(
        TaskID.encoder, .error, "`events` feeds event lists, but the data is from `\(source)`", at: Label(span),
        help: [FixIt("feed arrays by `direct(sample)`")])
    case .dataTooShort(let field, let steps, let lasts, let run, let holds, let span):
      return Diagnostic(
        TaskID.length, .error, "`\(field)` has \(steps) time steps: \(lasts), but the run lasts \(run)",
        at: Label(span),
        help: [
          FixIt("write `run for \(lasts)`" + (holds ? "" : ", or hold each value: `hold(\(field), every = …)`"))
        ])
    case .dataUnused(let field, let lasts, let run, let span):
      return Diagnostic(
        TaskID.dataUnused, .warning, "`\(field)` lasts \(lasts), the run only \(run)",
        at: Label(span, "the rest is not used"),
        help: [FixIt("write `run for \(lasts)` to use all of it")])
    case .unfedInput(let input, let task, let span):
      return Diagnostic(
        TaskID.unfedInput, .warning, "nothing feeds the input `\(input)` in task `\(task)`", at: Label(span),
        notes: ["it stays silent unless a batch is given from outside"],
        help: [FixIt("add `feed \(input) = …`")])
    default: return runDiagnostic
    }
  }
}
