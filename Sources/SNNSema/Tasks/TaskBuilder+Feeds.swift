import SNNIR
import SNNSyntax

extension TaskBuilder {
  /// Where a feed goes.
  private struct Destination {
    var target: Feed.Target
    var name: String
    var extent: ExtentID
    var isSpikes: Bool
    var term: DimensionTerm
  }

  mutating func buildFeeds(_ checker: inout ExpressionChecker) {
    var fed: [Feed.Target: Span] = [:]
    let errors = checker.errorCount
    checker.task.place = .feed
    defer {
      checker.task.place = .objective
      checker.task.feedExtent = nil
      checker.task.assumesTime = false
      checker.file = file
    }
    for entry in items {
      guard case .feed(let targetID, let valueID, let span) = entry.item else { continue }
      checker.file = entry.file
      guard let destination = destination(targetID, &checker) else { continue }
      if let first = fed[destination.target] {
        checker.report(.fedTwice(name: destination.name, at: span, first: first))
        continue
      }
      fed[destination.target] = span
      checker.enterExpression(valueID)
      checker.task.feedExtent = destination.extent
      guard let encoder = encoder(valueID, destination, &checker) else { continue }
      task.feeds.append(Feed(target: destination.target, encoder: encoder, location: checker.location(span)))
    }
    // A feed that went wrong may have been meant for it.
    for (index, input) in checker.model.inputs.enumerated()
    where fed[.input(index)] == nil && checker.errorCount == errors {
      checker.report(.unfedInput(input: input.name, task: name.text, at: name.span))
    }
  }

  private func destination(_ id: ExprID, _ checker: inout ExpressionChecker) -> Destination? {
    let expr = checker.expression(id)
    switch expr.kind {
    case .name(let name):
      guard let entity = checker.lookup(name) else { break }
      if let span = entity.span { checker.used.insert(span) }
      if entity.kind == .input, entity.index >= 0 {
        let input = checker.model.inputs[entity.index]
        let terms = checker.task.network?.inputs ?? []
        return Destination(
          target: .input(entity.index), name: name, extent: input.extent, isSpikes: input.isSpikes,
          term: entity.index < terms.count ? terms[entity.index].term : .one)
      }
      if entity.kind == .population, entity.index >= 0 {
        if case .counts = checker.model.populations[entity.index].emission {
          checker.report(SourceMessage.fed(source: name, at: expr.span))
          return nil
        }
        let drives = checker.model.populations[entity.index].drives.map { "\(name).\($0.name)" }
        checker.report(.feedsPopulation(population: name, drives: drives, at: expr.span))
        return nil
      }
    case .member(let object, let drive):
      guard case .name(let base) = checker.expression(object).kind, let entity = checker.lookup(base),
        entity.kind == .population, entity.index >= 0
      else { break }
      if let span = entity.span { checker.used.insert(span) }
      let population = checker.model.populations[entity.index]
      guard let place = population.drive(named: drive.text),
        let entry = checker.task.network?.variable(entity.index, drive.text)
      else {
        let drives = population.drives.map(\.name)
        checker.report(
          .noSuchDrive(
            population: base, name: drive.text, drives: drives, at: drive.span,
            nearest: Spelling.nearest(to: drive.text, among: drives)))
        return nil
      }
      return Destination(
        target: .drive(population: entity.index, drive: place), name: "\(base).\(drive.text)",
        extent: population.extent, isSpikes: false, term: entry.term)
    default: break
    }
    let known = checker.model.inputs.map(\.name)
    let nearest = Spelling.nearest(to: checker.text(expr.span), among: known)
    checker.report(.feedTarget(name: checker.text(expr.span), at: expr.span, known: known, nearest: nearest))
    return nil
  }

  // MARK: Encoders

  private func encoder(
    _ id: ExprID, _ destination: Destination, _ checker: inout ExpressionChecker
  ) -> Encoder? {
    var inner = id
    while case .parenthesised(let next) = checker.expression(inner).kind { inner = next }
    let span = checker.expression(inner).span
    guard case .call(let callee, let arguments) = checker.expression(inner).kind,
      case .name(let name) = checker.expression(callee).kind, TaskContext.encoders.contains(name),
      !checker.isHidden(name)
    else {
      if checker.model.isExact, destination.isSpikes {
        checker.report(.tickEncoder(encoder: "direct", at: span))
        return nil
      }
      return direct(inner, destination, &checker)
    }
    if checker.model.isExact, ["hold", "linear", "delta"].contains(name) || (name == "direct" && destination.isSpikes) {
      checker.report(.tickEncoder(encoder: name, at: span))
      return nil
    }
    switch name {
    case "latency": return latency(arguments, span, destination, &checker)
    case "rate": return rate(arguments, span, destination, isFrozen: false, &checker)
    case "frozen": return frozen(arguments, span, destination, &checker)
    case "at":
      guard let id = checker.matched(arguments, name, ["times"], required: 1, span)?["times"] else { return nil }
      let note = "`at` takes the times of spikes"
      let times = checker.number(id, expecting: DimensionTerm(.time), because: note)
      guard needsSpikes(name, span, destination, &checker), fits(times, destination, &checker),
        isTimeless(times, name, &checker)
      else { return nil }
      return .at(times.value)
    case "direct":
      guard let id = checker.matched(arguments, name, ["x"], required: 1, span)?["x"] else { return nil }
      return direct(id, destination, &checker)
    case "hold", "linear":
      guard let given = checker.matched(arguments, name, ["x", "every"], required: 2, span), let id = given["x"],
        let every = given["every"], let period = duration(every, "`every` of `\(name)`", &checker)
      else { return nil }
      checker.task.assumesTime = true
      let value = matching(id, destination, &checker)
      checker.task.assumesTime = false
      let steps = period / checker.model.step
      guard fits(value, destination, &checker), hasTime(value, name, &checker),
        hasLength(value, ticksPerStep: steps, named: name, destination, &checker)
      else { return nil }
      return name == "hold" ? .hold(value.value, every: period) : .linear(value.value, every: period)
    case "delta":
      guard let given = checker.matched(arguments, name, ["x", "threshold"], required: 2, span), let id = given["x"],
        let thresholdID = given["threshold"], needsSpikes(name, span, destination, &checker)
      else { return nil }
      checker.task.assumesTime = true
      let value = checker.number(id)
      checker.task.assumesTime = false
      guard let threshold = positive(thresholdID, like: value, "the threshold", &checker),
        fits(value, destination, factor: 2, &checker), hasTime(value, name, &checker)
      else { return nil }
      return .delta(value.value, threshold: threshold)
    default: return events(arguments, span, destination, &checker)
    }
  }

  private func latency(
    _ arguments: [Argument], _ span: Span, _ destination: Destination, _ checker: inout ExpressionChecker
  ) -> Encoder? {
    guard let given = checker.matched(arguments, "latency", ["x", "over", "threshold"], required: 3, span),
      let id = given["x"], let overID = given["over"], let thresholdID = given["threshold"],
      needsSpikes("latency", span, destination, &checker)
    else { return nil }
    let value = checker.number(id)
    let over = duration(overID, "`over` of `latency`", &checker)
    let threshold = positive(thresholdID, like: value, "the threshold", &checker)
    guard let over, let threshold, fits(value, destination, &checker), isTimeless(value, "latency", &checker) else {
      return nil
    }
    return .latency(value.value, over: over, threshold: threshold)
  }

  private func rate(
    _ arguments: [Argument], _ span: Span, _ destination: Destination, isFrozen: Bool,
    _ checker: inout ExpressionChecker
  ) -> Encoder? {
    guard let given = checker.matched(arguments, "rate", ["x", "max"], required: 1, span), let id = given["x"],
      needsSpikes("rate", span, destination, &checker)
    else { return nil }
    let frequency = DimensionTerm(.frequency)
    guard let top = given["max"] else {
      let note = "without `max`, `rate` takes a frequency"
      let value = checker.number(id, expecting: frequency, because: note)
      guard isRate(value, "a rate", &checker), fits(value, destination, &checker),
        hasLength(value, named: "rate", destination, &checker)
      else {
        return nil
      }
      return .rate(value.value, frozen: isFrozen)
    }
    let value = checker.number(id, expecting: .one, because: "with `max`, `rate` takes numbers from 0 to 1")
    let most = checker.number(top, expecting: frequency, because: "`max` of `rate` is a frequency")
    guard !value.isError, isRate(most, "`max` of `rate`", &checker), fits(value, destination, &checker),
      hasLength(value, named: "rate", destination, &checker)
    else { return nil }
    return .rate(checker.model.graph.mul(value.value, most.value), frozen: isFrozen)
  }

  private func frozen(
    _ arguments: [Argument], _ span: Span, _ destination: Destination, _ checker: inout ExpressionChecker
  ) -> Encoder? {
    guard let id = checker.matched(arguments, "frozen", ["encoder"], required: 1, span)?["encoder"] else { return nil }
    guard case .call(let callee, let inner) = checker.expression(id).kind,
      case .name("rate") = checker.expression(callee).kind
    else {
      checker.report(.frozenWhat(at: checker.expression(id).span))
      return nil
    }
    return rate(inner, checker.expression(id).span, destination, isFrozen: true, &checker)
  }

  private func events(
    _ arguments: [Argument], _ span: Span, _ destination: Destination, _ checker: inout ExpressionChecker
  ) -> Encoder? {
    guard let given = checker.matched(arguments, "events", ["x", "bin"], required: 1, span),
      needsSpikes("events", span, destination, &checker)
    else { return nil }
    if let source = task.sources.first(where: { $0.kind != "events" }) {
      checker.report(.notEvents(source: source.kind, at: span))
      return nil
    }
    guard let bin = given["bin"] else { return .events(count: false) }
    switch checker.expression(bin).kind {
    case .name("flag"): return .events(count: false)
    case .name("count"): return .events(count: true)
    default:
      checker.report(
        .sourceArgument(source: "events", name: "bin", wanted: "`flag` or `count`", at: checker.expression(bin).span))
      return nil
    }
  }

  private func direct(
    _ id: ExprID, _ destination: Destination, _ checker: inout ExpressionChecker
  ) -> Encoder? {
    let value = matching(id, destination, &checker)
    guard fits(value, destination, &checker), hasLength(value, named: "direct", destination, &checker) else {
      return nil
    }
    // A drive is constant over a sample where nothing steps in time.
    if checker.model.isExact,
      checker.model.graph[value.value].domain.axes.contains(.tick)
        || checker.model.graph.loadedSymbols([value.value]).contains(checker.model.timeSymbol)
    {
      checker.report(.tickEncoder(encoder: checker.text(value.span), at: value.span))
      return nil
    }
    return .direct(value.value)
  }

  /// A value of the target's dimension.
  private func matching(
    _ id: ExprID, _ destination: Destination, _ checker: inout ExpressionChecker
  ) -> Checked {
    let dimension = checker.solver.constant(destination.term)
    let what = dimension.map { $0.isOne ? "numbers" : $0.phrase } ?? "numbers"
    checker.context = CheckingContext(note: "`\(destination.name)` takes \(what)")
    defer { checker.context = CheckingContext() }
    return checker.number(id, expecting: destination.term, because: "`\(destination.name)` takes \(what)")
  }

  // MARK: Checks

  private func needsSpikes(
    _ encoder: String, _ span: Span, _ destination: Destination, _ checker: inout ExpressionChecker
  ) -> Bool {
    if destination.isSpikes { return true }
    checker.report(.encoderNeedsSpikes(encoder: encoder, target: destination.name, at: span))
    return false
  }

  private func duration(_ id: ExprID, _ what: String, _ checker: inout ExpressionChecker) -> Double? {
    let checked = checker.number(id, expecting: DimensionTerm(.time), because: "\(what) is a time")
    guard let value = checker.staticValue(checked, what: what) else { return nil }
    guard value > 0, value.isFinite else {
      checker.report(.notPositive(what: what, at: checked.span))
      return nil
    }
    return value
  }

  private func positive(
    _ id: ExprID, like value: Checked, _ what: String, _ checker: inout ExpressionChecker
  ) -> Double? {
    guard let term = value.dimension else {
      _ = checker.number(id)
      return nil
    }
    let checked = checker.number(id, expecting: term, because: "\(what) is compared with `\(checker.text(value.span))`")
    guard let number = checker.staticValue(checked, what: what) else { return nil }
    guard number > 0, number.isFinite else {
      checker.report(.notPositive(what: what, at: checked.span))
      return nil
    }
    return number
  }

  /// Whether a rate may be one: those that are known now are not negative.
  private func isRate(_ value: Checked, _ what: String, _ checker: inout ExpressionChecker) -> Bool {
    if value.isError { return false }
    guard let number = checker.staticValue(value.value), !(number >= 0 && number.isFinite) else { return true }
    checker.report(.outOfRange(what: what, wanted: "a frequency of at least 0 Hz", at: value.span))
    return false
  }

  /// Whether the units of a value are those of the target: one for all, or as many.
  private func fits(
    _ value: Checked, _ destination: Destination, factor: Int = 1, _ checker: inout ExpressionChecker
  ) -> Bool {
    if value.isError { return false }
    let domain = checker.model.graph[value.value].domain
    guard domain.axes.contains(.unit) else { return true }
    guard !domain.axes.contains(.synapse), let extent = domain.extent else { return false }
    let found = checker.model.graph[extent].size * factor
    let needed = checker.model.graph[destination.extent].size
    // Of the target's own axis with a factor, the field's size was not known.
    if found == needed || (factor > 1 && extent == destination.extent) { return true }
    checker.report(
      .feedSize(target: destination.name, needed: needed, found: found, text: checker.text(value.span), at: value.span))
    return false
  }

  private func isTimeless(_ value: Checked, _ encoder: String, _ checker: inout ExpressionChecker) -> Bool {
    guard checker.model.graph[value.value].domain.axes.contains(.tick) else { return true }
    checker.report(.encoderOverTime(encoder: encoder, at: value.span))
    return false
  }

  private func hasTime(_ value: Checked, _ encoder: String, _ checker: inout ExpressionChecker) -> Bool {
    guard !value.isError, !checker.model.graph[value.value].domain.axes.contains(.tick) else { return !value.isError }
    checker.report(.encoderNeedsTime(encoder: encoder, at: value.span))
    return false
  }

  /// Whether the time axis of the data lasts as long as the run.
  private func hasLength(
    _ value: Checked, ticksPerStep: Double = 1, named name: String, _ destination: Destination,
    _ checker: inout ExpressionChecker
  ) -> Bool {
    guard !value.isError, task.ticks > 0 else { return !value.isError }
    for symbol in checker.model.graph.loadedSymbols([value.value]) {
      guard case .data(let index) = checker.model.graph[symbol].kind, let steps = checker.task.steps[index] else {
        continue
      }
      let length = Double(steps) * ticksPerStep
      let field = checker.task.fields[index].name
      let lasts = checker.shownTime(Int(min(length, 1e15).rounded()))
      let run = checker.shownTime(task.ticks)
      if length < Double(task.ticks) - 1e-4 {
        checker.report(
          .dataTooShort(field: field, steps: steps, lasts: lasts, run: run, holds: name != "direct", at: value.span))
        return false
      }
      if length > Double(task.ticks) + 1e-4, task.duration == nil {
        checker.report(.dataUnused(field: field, lasts: lasts, run: run, at: value.span))
      }
    }
    return true
  }
}
