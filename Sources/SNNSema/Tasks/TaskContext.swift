import SNNIR
import SNNSyntax

/// What expressions of a task mean besides numbers: members of populations, fields of the data, reductions, losses.
/// It hangs in `ExpressionChecker.fallback` and is read and changed through `ExpressionChecker.task`.
struct TaskContext: ExpressionExtension {
  /// Where an expression stands.
  enum Place: Hashable, Sendable {
    /// Losses, scores and `let`: may read populations and data.
    case objective
    /// May read data and `t`.
    case feed
    /// May read scores on data sets, or populations.
    case expectation
  }

  /// The ticks of each sample, where a run takes as long as its sample does.
  struct OwnDuration {
    var symbol: SymbolID
    var shortest: Int
  }

  /// The numbers of the field `duration` of one source.
  struct Durations {
    var values: [Double]
    var column: DataShape.Column?

    /// Where a sample's stands and what it is; nil where no file has it.
    func place(of sample: Int) -> String? {
      guard let column, column.lines.indices.contains(sample) else { return nil }
      return "\(column.file):\(column.lines[sample]): column \(column.name) holds \(formatted(values[sample]))"
    }
  }

  struct RecordedKey: Hashable, Sendable {
    var population: Int
    var variable: RecordedVariable
  }

  /// nil only where no task is being checked.
  var network: LoweredNetwork?
  var place = Place.objective
  /// Length of the run.
  var ticks = 0
  /// Where samples differ in length.
  var duration: OwnDuration?
  var dataSets: [String] = []
  var scores: [String] = []
  var hasLoss = false
  /// By name, once a source has been looked into.
  var shapes: [String: FieldShape] = [:]
  var knowsShapes = false
  var classes: Int?
  /// Numbers of the field `duration`, of each source, in its unit.
  var durations: [Durations] = []
  var fields: [DataField] = []
  /// Length of the time axis, by field.
  var steps: [Int?] = []
  var batchCount: SymbolID?
  var recorded: [RecordedKey: SymbolID] = [:]
  /// What the feed being checked goes to.
  var feedExtent: ExtentID?
  /// Fields whose shape is unknown vary with time (`hold`, `linear`, `delta`).
  var assumesTime = false
  /// Enclosing expression, within the one being checked.
  var parents: [ExprID: ExprID] = [:]
  /// Reductions over time around the present expression.
  var timeDepth = 0
  /// What the operand of the innermost reduction over units reads of them; nil outside such a reduction.
  var slice: UnitSlice?
  var warnsInitialState = true
  /// What losses add to the task: filters of spikes, numbered, and what feeds them.
  var spikeFilters = 0
  var feeds: [Feed] = []
  /// Populations that send what the loss asks about, and where it asks.
  var forced: [(spikes: ForcedSpikes, span: Span)] = []

  init(network: LoweredNetwork?) { self.network = network }

  static let fieldNames = ["sample", "label", "target", "duration"]
  static let encoders = ["latency", "rate", "at", "direct", "hold", "linear", "delta", "events", "frozen"]
  static let calls = [
    "cross_entropy", "mse", "argmax", "argmin", "first_spike", "standardise", "repeat", "onehot",
    "log_likelihood", "van_rossum", "spike_time", "first_spike_cross_entropy",
  ]

  func check(_ id: ExprID, _ expression: Expr, in checker: inout ExpressionChecker) -> Checked? {
    switch expression.kind {
    case .name(let name): return checker.taskName(name, id, expression.span)
    case .member(let object, let name): return checker.taskMember(object, name, expression.span)
    case .call(let callee, let arguments):
      guard case .name(let name) = checker.expression(callee).kind else { return nil }
      return checker.taskCall(name, arguments, id, expression.span)
    case .reduction(let kind, let axis, let window, let filter, let operand):
      return checker.reduction(
        ReductionSyntax(kind: kind, axis: axis, window: window, filter: filter, operand: operand), expression.span)
    case .at(let operand, let time): return checker.valueAt(operand, time, expression.span)
    case .index(let base, let indices): return checker.unitChosen(base, indices, expression.span)
    default: return nil
    }
  }
}

extension ExpressionChecker {
  /// The task being checked. Only set while one is.
  var task: TaskContext {
    get { fallback as? TaskContext ?? TaskContext(network: nil) }
    set { fallback = newValue }
  }

  /// Makes the ancestors of everything in `root` known, for fields that look for the population they meet.
  mutating func enterExpression(_ root: ExprID) {
    var parents: [ExprID: ExprID] = [:]
    var stack = [root]
    while let id = stack.popLast() {
      expression(id).kind.forEachChild { child in
        parents[child] = id
        stack.append(child)
      }
    }
    task.parents = parents
  }

  /// Whether the file gives the name a meaning of its own, which hides the task's functions.
  func isHidden(_ name: String) -> Bool { program.names[file]?.functions[name] != nil || lookup(name) != nil }

  mutating func taskCall(_ name: String, _ arguments: [Argument], _ id: ExprID, _ span: Span) -> Checked? {
    if task.place == .expectation, let metric = metric(name, arguments, span) { return metric }
    if isHidden(name) { return nil }
    if task.place == .expectation, arguments.count == 1, case .name(let set) = expression(arguments[0].value).kind,
      task.dataSets.contains(set)
    {
      let known = task.scores + (task.hasLoss ? ["loss"] : [])
      guard case .call(let callee, _) = expression(id).kind else { return nil }
      report(
        .unknownScore(
          name: name, at: expression(callee).span, nearest: Spelling.nearest(to: name, among: known), known: known))
      return errorResult(span)
    }
    // These reduce over all units themselves.
    let outer = task.slice
    let whole = ["log_likelihood", "van_rossum", "spike_time", "first_spike_cross_entropy"]
    if whole.contains(name) || ["cross_entropy", "mse", "argmax", "argmin"].contains(name) { task.slice = nil }
    defer { task.slice = outer }
    switch name {
    case "cross_entropy": return crossEntropy(arguments, span)
    case "mse": return meanSquaredError(arguments, span)
    case "argmax": return extremeUnit(.max, name, arguments, span)
    case "argmin": return extremeUnit(.min, name, arguments, span)
    case "first_spike": return firstSpike(arguments, span)
    case "log_likelihood": return logLikelihood(arguments, span)
    case "van_rossum": return vanRossum(arguments, span)
    case "spike_time": return spikeTime(arguments, span)
    case "first_spike_cross_entropy": return firstSpikeCrossEntropy(arguments, span)
    case "standardise", "repeat", "onehot": return transformedField(id, span)
    default: break
    }
    if name == "loss" || task.scores.contains(name) {
      report(.metricOutsideExpect(name: name, at: span))
      return errorResult(span)
    }
    if TaskContext.encoders.contains(name) {
      report(.encoderInside(name: name, at: span))
      return errorResult(span)
    }
    return nil
  }
}
