import SNNIR
import SNNSyntax

extension TaskBuilder {
  static let settable = ["batch", "epochs", "seed", "checkpoint"]

  mutating func setting(_ key: Name, _ value: ExprID, _ checker: inout ExpressionChecker) {
    switch key.text {
    case _ where Self.settable.contains(key.text):
      let least = key.text == "seed" ? 0 : 1
      guard let number = checker.wholeNumber(value, what: "`\(key.text)`", least: least) else { return }
      assign(key.text, number)
    case "plasticity": plasticity(value, &checker)
    case "clip": break
    case "schedule": checker.report(.schedule(text: "schedule", at: key.span))
    default: checker.report(.unavailable(what: "`\(key.text)`", at: key.span))
    }
  }

  private mutating func assign(_ key: String, _ number: Int) {
    switch key {
    case "batch": task.batch = number
    case "epochs": task.epochs = number
    case "checkpoint": task.checkpoint = number
    default: task.seed = UInt64(number)
    }
  }

  /// `--set` for the task's numbers.
  mutating func takeSettings(_ checker: inout ExpressionChecker) {
    checker.settable += Self.settable
    for setting in checker.taskSettings where Self.settable.contains(setting.name) {
      checker.usedSettings.insert(setting.name)
      let outer = checker.file
      checker.file = setting.file
      let least = setting.name == "seed" ? 0 : 1
      if let number = checker.wholeNumber(setting.value, what: "`\(setting.name)`", least: least) {
        assign(setting.name, number)
      }
      checker.file = outer
    }
  }

  /// What `--set` gives for a name of the task.
  func setting(_ name: String, _ checker: inout ExpressionChecker) -> NetworkArgument? {
    checker.settable.append(name)
    guard let setting = checker.taskSettings.last(where: { $0.name == name }) else { return nil }
    checker.usedSettings.insert(name)
    return setting
  }

  /// The value that `--set` gives a number of the task.
  func given(_ name: String, _ checker: inout ExpressionChecker) -> Checked? {
    guard let setting = setting(name, &checker) else { return nil }
    let outer = checker.file
    checker.file = setting.file
    defer { checker.file = outer }
    return checker.number(setting.value)
  }

  mutating func buildRun(_ checker: inout ExpressionChecker) {
    defer { checker.file = file }
    for entry in items {
      guard case .run(let id, _) = entry.item else { continue }
      checker.file = entry.file
      let isOwn = runsForDuration(checker)
      let note = "`run for` takes a time" + (isOwn ? ": `duration * 1 ms` where the file has no unit" : "")
      checker.task.place = .feed
      defer { checker.task.place = .objective }
      let checked = checker.number(id, expecting: DimensionTerm(.time), because: note)
      if checked.isError { return }
      if isOwn { return runForDuration(checked, &checker) }
      guard let duration = checker.staticValue(checked, what: "the time to run") else { return }
      guard
        let ticks = checker.ticks(duration, what: "the time to run", unit: checked.unit, at: checked.span, least: 1)
      else { return }
      task.ticks = ticks
      return
    }
    checker.report(.noRun(task: name.text, at: name.span))
  }

  // MARK: Records

  mutating func buildRecords(_ checker: inout ExpressionChecker) {
    // A thousand rows, unless `every` says otherwise.
    if checker.model.isExact { task.recordEvery = max(1, task.ticks / 1000) }
    defer { checker.file = file }
    for entry in items {
      checker.file = entry.file
      switch entry.item {
      case .record(let items, let every, _):
        for item in items { task.records += requests(item, "record", &checker) }
        guard let every else { continue }
        let note = "`every` takes a time"
        let checked = checker.number(every, expecting: DimensionTerm(.time), because: note)
        guard let period = checker.staticValue(checked, what: "`every`") else { continue }
        if let ticks = checker.ticks(period, what: "`every`", unit: checked.unit, at: checked.span, least: 1) {
          task.recordEvery = ticks
        }
      case .plot(let items, _):
        for item in items { task.plots += requests(item, "plot", &checker) }
      default: continue
      }
    }
  }

  /// `pop.NAME`, `pop.NAME.before_reset`, `pop`, each `as UNIT`.
  private func requests(_ id: ExprID, _ what: String, _ checker: inout ExpressionChecker) -> [RecordRequest] {
    let expr = checker.expression(id)
    switch expr.kind {
    case .parenthesised(let inner): return requests(inner, what, &checker)
    case .asUnit(let inner, let syntax):
      var found = requests(inner, what, &checker)
      guard let unit = checker.resolve(syntax), found.count == 1 else {
        if found.count > 1 { checker.report(.misplacedForm(what: "`as` behind a population", at: expr.span)) }
        return []
      }
      let given = checker.resolvedUnit(found[0].unit.text)
      guard given == nil || given?.dimension == unit.dimension else {
        checker.report(
          .shownUnit(name: found[0].name, unit: unit.text, needed: found[0].unit.text, at: syntax.span))
        return []
      }
      found[0].unit = unit.display
      return found
    case .name(let name):
      guard let entity = checker.lookup(name) else { break }
      if let span = entity.span { checker.used.insert(span) }
      guard entity.kind == .population, entity.index >= 0 else { break }
      let population = checker.model.populations[entity.index]
      var names = population.states.map(\.name).filter { !$0.contains(".") }
      if population.spikes { names.append("spike") }
      if case .graded = population.emission { names.append("output") }
      return names.compactMap { request(Name($0, expr.span), of: entity.index, beforeReset: false, &checker) }
    case .member(let object, let name):
      if case .name(let base) = checker.expression(object).kind, let entity = checker.lookup(base),
        entity.kind == .population, entity.index >= 0
      {
        if let span = entity.span { checker.used.insert(span) }
        return request(name, of: entity.index, beforeReset: false, &checker).map { [$0] } ?? []
      }
      if name.text == "before_reset", case .member(let inner, let state) = checker.expression(object).kind,
        case .name(let base) = checker.expression(inner).kind, let entity = checker.lookup(base),
        entity.kind == .population, entity.index >= 0
      {
        return request(state, of: entity.index, beforeReset: true, &checker).map { [$0] } ?? []
      }
    default: break
    }
    if case .name(let name) = expr.kind, checker.lookup(name) == nil {
      _ = checker.check(id)
    } else {
      checker.report(.notRecordable(what: what, at: expr.span))
    }
    return []
  }

  private func request(
    _ name: Name, of population: Int, beforeReset: Bool, _ checker: inout ExpressionChecker
  ) -> RecordRequest? {
    guard let found = checker.recordable(name, of: population, beforeReset: beforeReset) else { return nil }
    let dimension = checker.solver.constant(found.term) ?? .one
    let unit = found.unit?.dimension == dimension ? found.unit : nil
    let text = "\(checker.model.populations[population].name).\(name.text)" + (beforeReset ? ".before_reset" : "")
    return RecordRequest(
      name: text, population: population, variable: found.variable, unit: (unit ?? dimension.displayUnit).display)
  }
}
