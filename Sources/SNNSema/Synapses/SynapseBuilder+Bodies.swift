import SNNIR
import SNNSyntax

extension SynapseBuilder {
  /// What an equation or assignment changes; says what the name is otherwise.
  private func target(_ name: Name, _ checker: inout ExpressionChecker) -> SynapseTarget? {
    if name.text == "weight" { return .weight }
    if let index = rule.state(named: name.text) { return .state(index) }
    let kind: String
    if name.text.hasPrefix("pre.") || name.text.hasPrefix("post.") {
      kind = "a neuron's"
    } else if let entity = checker.lookup(name.text) {
      kind = entity.kind == .ambient ? "a built-in name" : "a \(entity.kind.rawValue)"
    } else {
      kind = "not declared"
      guard checker.unknownNames.insert(name.text).inserted else {
        checker.errorCount += 1
        return nil
      }
    }
    let nearest = Spelling.nearest(to: name.text, among: rule.states.map(\.name) + ["weight"])
    checker.report(.notOfSynapse(name: name.text, kind: kind, at: name.span, nearest: nearest))
    return nil
  }

  private func term(of target: SynapseTarget) -> DimensionTerm {
    switch target {
    case .weight: weightTerm
    case .state(let index): terms[index].term
    }
  }

  /// The rule's range, and within it that of the connection.
  mutating func buildBounds(_ checker: inout ExpressionChecker) {
    var first: Span?
    defer { narrow(first, &checker) }
    for item in decl.items {
      guard case .bounds(let syntax, let span) = item else { continue }
      if let first {
        checker.report(.secondOf(what: "`weight in`", at: span, first: first))
        continue
      }
      first = span
      if instance == nil {
        // Bounds may be parameters without a value yet.
        for side in [syntax.lower, syntax.upper].compactMap({ $0 }) {
          _ = checker.number(side, expecting: weightTerm, because: "a bound of the weight")
        }
        continue
      }
      guard let bounds = checker.bounds(syntax, of: weightTerm, name: "weight") else { continue }
      (rule.lower, rule.upper) = (bounds.lower, bounds.upper)
      guard let start = instance?.first, let number = checker.staticValue(start.value) else { continue }
      if bounds.lower.map({ number < $0 }) ?? false || bounds.upper.map({ number > $0 }) ?? false {
        let unit = instance?.link.weightUnit
        let shown = formatted(unit?.fromInternal(number) ?? number) + (unit.map { " \($0.text)" } ?? "")
        checker.report(.outsideBounds(value: shown, at: start.span, bounds: syntax.span))
      }
    }
  }

  private mutating func narrow(_ declared: Span?, _ checker: inout ExpressionChecker) {
    guard let range = instance?.range else { return }
    if let lower = range.lower { rule.lower = max(rule.lower ?? lower, lower) }
    if let upper = range.upper { rule.upper = min(rule.upper ?? upper, upper) }
    if let lower = rule.lower, let upper = rule.upper, lower > upper, let declared {
      checker.report(.rangesApart(at: range.span, bounds: declared))
    }
  }

  mutating func buildFlows(_ checker: inout ExpressionChecker) {
    enum Kind { case flow, update }
    var seen: [String: Span] = [:]
    var kinds: [String: Kind] = [:]
    for item in decl.items {
      if case .next(let name, let value, let span) = item {
        let isMixed = kinds[name.text] == .flow
        if let first = seen[name.text] {
          checker.report(.twoEquations(state: name.text, at: span, first: first, mixed: isMixed))
          continue
        }
        (seen[name.text], kinds[name.text]) = (span, .update)
        buildUpdate(name, value, span, &checker)
        continue
      }
      guard case .flow(let name, let coefficient, let value, let span) = item else { continue }
      if let first = seen[name.text] {
        checker.report(
          .twoEquations(state: name.text, at: span, first: first, mixed: kinds[name.text] == .update))
        continue
      }
      (seen[name.text], kinds[name.text]) = (span, .flow)
      guard let target = target(name, &checker) else {
        _ = checker.number(value)
        continue
      }
      var needed = term(of: target) / DimensionTerm(.time)
      var left = "d\(name.text)/dt"
      var factor: Checked?
      if let coefficient {
        let checked = checker.number(coefficient)
        factor = checked
        needed = checked.dimension.map { $0 * needed } ?? checker.solver.fresh()
        left = "\(checker.text(checked.span)) * \(left)"
      }
      let words = checker.solver.constant(needed).map(\.words) ?? "that of `\(name.text)` per time"
      let note = "\(left) must be \(words)"
      checker.context = CheckingContext(note: note, subject: name.text, preferred: term(of: target))
      let checked = checker.number(value, expecting: needed, because: note)
      checker.context = CheckingContext()
      guard !checked.isError, factor?.isError != true else { continue }
      let flow = factor.map { checker.model.graph.div(checked.value, $0.value) } ?? checked.value
      rule.flows.append(SynapseAssignment(target: target, value: flow, location: checker.location(span)))
    }
  }

  /// `next X = E`, with the values of the present tick.
  private mutating func buildUpdate(_ name: Name, _ value: ExprID, _ span: Span, _ checker: inout ExpressionChecker) {
    guard let target = target(name, &checker) else {
      _ = checker.number(value)
      return
    }
    let note = "the next value of `\(name.text)`"
    checker.context = CheckingContext(note: note, subject: name.text, preferred: term(of: target))
    let checked = checker.number(value, expecting: term(of: target), because: note)
    checker.context = CheckingContext()
    if checked.isError { return }
    rule.updates.append(SynapseAssignment(target: target, value: checked.value, location: checker.location(span)))
  }

  mutating func buildHandlers(_ checker: inout ExpressionChecker) {
    for item in decl.items {
      guard case .handler(let event, let period, let body, _) = item else { continue }
      let kind: SynapseHandler.Event
      if let period {
        guard let ticks = self.period(period, &checker) else { continue }
        kind = .every(ticks: ticks)
        checker.synapse?.allowsSums = true
      } else {
        kind = event.text == "pre" ? .pre : .post
      }
      if kind == .post, let instance,
        checker.model.populations.indices.contains(
          checker.model.connections[instance.link.index].target)
      {
        let population = checker.model.populations[checker.model.connections[instance.link.index].target]
        if population.guardCondition == nil {
          checker.report(.silentSource(name: population.name, at: instance.span))
        }
      }
      var handler = SynapseHandler(event: kind, body: [])
      for assignment in body { build(assignment, into: &handler, event.text, &checker) }
      checker.synapse?.allowsSums = false
      rule.handlers.append(handler)
    }
  }

  private func period(_ id: ExprID, _ checker: inout ExpressionChecker) -> Int? {
    let checked = checker.number(id, expecting: DimensionTerm(.time), because: "`on every` takes a time")
    if checked.isError { return nil }
    guard instance != nil else { return 1 }
    guard let duration = checker.staticValue(checked, what: "a period") else { return nil }
    return checker.ticks(duration, what: "a period", unit: checked.unit, at: checked.span, least: 1)
  }

  private mutating func build(
    _ assignment: Assignment, into handler: inout SynapseHandler, _ event: String, _ checker: inout ExpressionChecker
  ) {
    guard let target = target(assignment.target, &checker) else {
      _ = checker.number(assignment.value)
      return
    }
    let symbol =
      switch target {
      case .weight: rule.weight
      case .state(let index): rule.states[index].symbol
      }
    guard let value = checker.assigned(assignment, to: symbol, term(of: target)) else { return }
    if case .state(let index) = target {
      let side = rule.states[index].side
      if side != .synapse, handler.event == .pre && side == .post || handler.event == .post && side == .pre {
        checker.report(
          .wrongEvent(
            state: assignment.target.text, side: side.rawValue, event: event, at: assignment.target.span,
            declared: stateSpans[index]))
        return
      }
    }
    handler.body.append(
      SynapseAssignment(target: target, value: value, location: checker.location(assignment.span)))
  }

  mutating func buildDelivery(_ checker: inout ExpressionChecker) {
    var first: Span?
    for item in decl.items {
      guard case .deliver(let id, let span) = item else { continue }
      if let first {
        checker.report(.deliversTwice(at: span, first: first))
        continue
      }
      first = span
      let checked = checker.number(
        id, expecting: weightTerm, because: "what is delivered has the dimension of the weight")
      if !checked.isError { rule.deliver = checked.value }
    }
  }

  func checkDriven(_ checker: inout ExpressionChecker) {
    var changed = Set((rule.flows + rule.updates).map(\.target))
    for handler in rule.handlers { changed.formUnion(handler.body.map(\.target)) }
    // An equation with a mistake has been told.
    let named = Set(
      decl.items.flatMap { item -> [String] in
        switch item {
        case .flow(let name, _, _, _): [name.text]
        case .handler(_, _, let body, _): body.map(\.target.text)
        case .next(let name, _, _): [name.text]
        default: []
        }
      })
    for (index, state) in rule.states.enumerated()
    where !changed.contains(.state(index)) && !named.contains(state.name) {
      // One that is drawn differs from synapse to synapse, as no parameter does.
      if case .draw = state.initial { continue }
      checker.report(.noEquation(name: state.name, at: stateSpans[index]))
    }
  }

  /// A trace of one side may not depend on what single synapses or the other side know.
  func checkSides(_ checker: inout ExpressionChecker) {
    let changes = rule.flows + rule.updates + rule.handlers.flatMap(\.body)
    var told = Set<Int>()
    for change in changes {
      guard case .state(let index) = change.target, rule.states[index].side != .synapse, !free.contains(index),
        let found = rule.side(of: change.value, in: checker.model.graph), found != rule.states[index].side,
        told.insert(index).inserted
      else { continue }
      let span = checker.locations[Int(change.location.index)]
      checker.report(
        .wrongSide(
          state: rule.states[index].name, side: rule.states[index].side.rawValue, at: span, declared: stateSpans[index])
      )
    }
  }
}

extension ExpressionChecker {
  /// Checks a synapse by itself, on a connection that nobody sees.
  mutating func checkSynapse(_ index: Int) -> SynapseBuilder {
    let declared = program.synapses[index]
    var builder = SynapseBuilder(declared, nil)
    builder.build(&self)
    return builder
  }
}
