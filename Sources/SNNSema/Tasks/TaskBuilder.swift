import SNNIR
import SNNSyntax

/// Checks a task and lowers it. Items are taken in the order in which they need one another, not that of the file:
/// settings, data, the run, abbreviations, feeds, losses and scores, records, learning, expectations.
struct TaskBuilder {
  let name: Name
  /// Of the task itself: items that it takes over may stand in another.
  let file: FileID
  let items: [TaskEntry]
  var task: TaskModel
  var learn: LearnDecl?
  /// Of the `learn` lines that made rules, in their order.
  var spans: [Span] = []
  var lossSpan: Span?

  init(_ written: WrittenTask) {
    name = written.name
    file = written.file
    items = written.items
    task = TaskModel(name: written.name.text)
  }

  mutating func build(_ checker: inout ExpressionChecker) {
    let errors = checker.errorCount
    checkRepeats(&checker)
    for entry in items {
      checker.file = entry.file
      if case .setting(let key, let value, _) = entry.item { setting(key, value, &checker) }
    }
    takeSettings(&checker)
    for entry in items {
      checker.file = entry.file
      if case .data(let names, let source, let span) = entry.item { data(names, source, span, &checker) }
    }
    checker.file = file
    buildRun(&checker)
    checker.task.ticks = task.ticks
    buildNames(&checker)
    buildLets(&checker)
    buildCarried(&checker)
    buildFeeds(&checker)
    buildObjective(&checker)
    buildRecords(&checker)
    buildLearning(&checker)
    buildValidation(&checker)
    checkPlasticity(&checker)
    buildExpectations(&checker)
    task.fields = checker.task.fields
    task.batchCount = checker.task.batchCount
    task.feeds += checker.task.feeds
    task.forced = checker.task.forced.map(\.spikes)
    checkForced(&checker)
    // A wrong rule or loss has been told; what it cannot reach says nothing new.
    if checker.errorCount == errors {
      lintReach(&checker)
      lintSilence(&checker)
    }
  }

  // MARK: What there is

  private func checkRepeats(_ checker: inout ExpressionChecker) {
    var seen: [String: Span] = [:]
    for entry in items {
      let single: (key: String, span: Span)?
      switch entry.item {
      case .run(_, let span): single = ("run", span)
      case .loss(_, let span): single = ("loss", span)
      case .optimise(_, let span): single = ("optimise", span)
      case .validate(_, _, let span): single = ("validate", span)
      case .startFrom(_, let span): single = ("start from", span)
      case .setting(let key, _, let span): single = (key.text, span)
      default: single = nil
      }
      guard let single else { continue }
      if let first = seen[single.key] {
        checker.report(.repeated(what: single.key, at: single.span, first: first))
      } else {
        seen[single.key] = single.span
      }
    }
  }

  /// Names that other items refer to.
  private mutating func buildNames(_ checker: inout ExpressionChecker) {
    for (index, set) in task.dataSets.enumerated() {
      checker.declare(Entity(set.name, .dataSet, span: dataSpan(set.name), index: index))
    }
    checker.task.dataSets = task.dataSets.map(\.name)
    for entry in items {
      switch entry.item {
      case .score(let name, _, _): checker.task.scores.append(name.text)
      case .loss: checker.task.hasLoss = true
      default: break
      }
    }
  }

  private func dataSpan(_ name: String) -> Span? {
    for entry in items {
      if case .data(let names, _, _) = entry.item, let found = names.first(where: { $0.text == name }) {
        return found.span
      }
    }
    return nil
  }

  private mutating func buildLets(_ checker: inout ExpressionChecker) {
    var bindings: [LetDecl] = []
    var homes: [FileID] = []
    for entry in items {
      guard case .letBinding(let binding) = entry.item else { continue }
      bindings.append(binding)
      homes.append(entry.file)
    }
    defer { checker.file = file }
    let names = bindings.map(\.name.text)
    let mentions = zip(bindings, homes).map { checker.program.names(in: $0.value, file: $1) }
    let (order, cycle) = orderByMention(names, mentions)
    if let first = cycle.first {
      checker.report(.parameterCycle(names: cycle.map { names[$0] }, at: bindings[first].name.span))
    }
    for place in order {
      let binding = bindings[place]
      checker.file = homes[place]
      var checked: Checked
      if let given = given(binding.name.text, &checker) {
        checked = given
      } else {
        checker.enterExpression(binding.value)
        checker.context = CheckingContext(note: "in `let \(binding.name.text)`")
        checked = checker.check(binding.value)
      }
      if let type = binding.type, let resolved = checker.resolve(type) {
        checked = checker.require(checked, resolved.term, because: "`\(binding.name.text)` is declared so")
      }
      checker.context = CheckingContext()
      checker.declare(
        Entity(
          binding.name.text, .letBinding, span: binding.name.span, type: checked.type, value: checked.value,
          unit: checked.unit))
    }
    for place in cycle {
      let name = bindings[place].name
      let value = checker.model.graph.const(1)
      checker.declare(Entity(name.text, .letBinding, span: name.span, type: .error, value: value))
    }
  }

  // MARK: Losses and scores

  private mutating func buildObjective(_ checker: inout ExpressionChecker) {
    var names: [String: Span] = [:]
    defer { checker.file = file }
    for entry in items {
      checker.file = entry.file
      switch entry.item {
      case .loss(let id, _):
        let span = checker.expression(id).span
        lossSpan = lossSpan ?? span
        guard let value = objective(id, "a loss must be a number", &checker), task.loss == nil else { continue }
        task.loss = value
        task.lossLocation = checker.location(span)
      case .score(let name, let id, let span):
        if let first = names[name.text] {
          checker.report(.duplicateName(name: name.text, at: name.span, first: first))
          continue
        }
        names[name.text] = name.span
        let value = objective(id, "a score must be a number", &checker)
        let fallback = checker.model.graph.const(0)
        task.scores.append(Score(name: name.text, value: value ?? fallback, location: checker.location(span)))
      default: continue
      }
    }
  }

  private func objective(_ id: ExprID, _ note: String, _ checker: inout ExpressionChecker) -> ValueID? {
    checker.enterExpression(id)
    checker.task.place = .objective
    checker.context = CheckingContext(note: note)
    defer { checker.context = CheckingContext() }
    var checked = checker.check(id)
    if checked.type != .boolean { checked = checker.require(checked, .one, because: note) }
    return checker.perSample(checked)
  }
}

extension ExpressionChecker {
  /// The value with no axis but `sample`. A unit axis of length 1 goes by itself; other axes left over are errors.
  mutating func perSample(_ checked: Checked) -> ValueID? {
    if checked.isError { return nil }
    var value = checked.value
    var domain = model.graph[value].domain
    if domain.axes.contains(.unit), let extent = domain.extent, model.graph[extent].size == 1 {
      let isBoolean = model.graph[value].isBoolean
      value = model.graph.reduce(.sum, over: .unit, isBoolean ? model.graph.number(value) : value)
      if isBoolean {
        let zero = model.graph.const(0)
        value = model.graph.compare(.ne, value, zero)
      }
      domain = model.graph[value].domain
    }
    if domain.axes.contains(.tick), domain.phase > .tick {
      report(.twoPasses(at: checked.span))
      return nil
    }
    let left = Self.axisWords(domain).filter { $0 != .samples }
    guard let axis = left.first else { return value }
    report(.leftover(axis: axis, text: text(checked.span), at: checked.span))
    return nil
  }
}
