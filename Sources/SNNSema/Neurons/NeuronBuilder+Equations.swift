import SNNIR
import SNNSyntax

extension NeuronBuilder {
  /// The state that an equation or assignment names; says what the name is otherwise.
  func stateIndex(_ name: Name, _ checker: inout ExpressionChecker) -> Int? {
    if let index = population.state(named: name.text) { return index }
    let nearest = Spelling.nearest(to: name.text, among: population.states.map(\.name))
    let kind = checker.lookup(name.text)?.kind
    // An undeclared name is told once, wherever it stands.
    guard kind != nil || checker.unknownNames.insert(name.text).inserted else {
      checker.errorCount += 1
      return nil
    }
    checker.report(.notState(name: name.text, kind: kind, at: name.span, nearest: nearest))
    return nil
  }

  func stateTerm(_ index: Int) -> DimensionTerm {
    terms[population.states[index].name, .state]?.term ?? .one
  }

  /// Marks each read of the own spike flag as a path into `state`, which learning rules may cut.
  func tagged(_ value: ValueID, state: Int, _ checker: inout ExpressionChecker) -> ValueID {
    let flag = population.flag
    let tag = PathTag(.reset, population: populationIndex, index: state)
    return checker.model.graph.rewrite([value]) { graph, node in
      guard graph[node].opcode == .load, graph.symbol(node) == flag else { return nil }
      return graph.path(node, tag)
    }[0]
  }

  mutating func buildEquations(_ checker: inout ExpressionChecker) {
    for placed in blueprint.equations where placed.item.isFlow { buildFlow(placed, &checker) }
    let updates = blueprint.equations.filter { !$0.item.isFlow }
    if updates.isEmpty { return }
    checker.scopes.append(Scope())
    for equation in blueprint.equations { declareNext(equation.item.state, &checker) }
    for placed in updates { buildUpdate(placed, &checker) }
    checker.scopes.removeLast()
    checker.context = CheckingContext()
    checkNextCycles(&checker)
  }

  private mutating func buildFlow(_ placed: Placed<StateEquation>, _ checker: inout ExpressionChecker) {
    let equation = placed.item
    checker.file = placed.file
    guard let index = stateIndex(equation.state, &checker) else {
      _ = checker.number(equation.value)
      return
    }
    let name = equation.state.text
    let term = stateTerm(index)
    var needed = term / DimensionTerm(.time)
    var left = "d\(name)/dt"
    var coefficient: Checked?
    if let id = equation.coefficient {
      let checked = checker.number(id)
      coefficient = checked
      needed = checked.dimension.map { $0 * needed } ?? checker.solver.fresh()
      left = "\(checker.text(checked.span)) * \(left)"
    }
    let words =
      checker.solver.constant(needed).map(\.words) ?? "that of `\(name)` per time"
    let note = "\(left) must be \(words)"
    checker.context = CheckingContext(note: note, subject: name, preferred: term)
    let value = withNoise(name, &checker) { $0.number(equation.value, expecting: needed, because: note) }
    checker.context = CheckingContext()
    if !value.isError { checkNoiseIsLinear(value.value, name, value.span, &checker) }
    guard !value.isError, coefficient?.isError != true else { return }
    var flow = value.value
    if let coefficient {
      let parts = checker.joined([coefficient, value], equation.span) { inner in
        Checked(inner.model.graph.div(value.value, coefficient.value), value.type, equation.span)
      }
      flow = parts.value
    }
    population.flows[index] = tagged(flow, state: index, &checker)
  }

  private mutating func declareNext(_ state: Name, _ checker: inout ExpressionChecker) {
    guard let index = population.state(named: state.text) else { return }
    let symbol =
      population.nextSymbols[index]
      ?? checker.model.graph.addSymbol(
        Symbol(
          "next \(qualified(state.text))", .nextState(population: populationIndex, index: index), domain: dynamic,
          location: population.states[index].location))
    population.nextSymbols[index] = symbol
    let term = stateTerm(index)
    checker.declare(
      Entity(
        "next \(state.text)", .state, type: .number(term), value: checker.model.graph.load(symbol),
        unit: terms[state.text, .state]?.unit))
  }

  private mutating func buildUpdate(_ placed: Placed<StateEquation>, _ checker: inout ExpressionChecker) {
    let equation = placed.item
    checker.file = placed.file
    guard let index = stateIndex(equation.state, &checker) else {
      _ = checker.number(equation.value)
      return
    }
    let name = equation.state.text
    let term = stateTerm(index)
    let words = checker.solver.constant(term).map(\.words) ?? "what `\(name)` is"
    let note = "next \(name) must be \(words)"
    checker.context = CheckingContext(note: note, subject: name, preferred: term)
    let value = checker.number(equation.value, expecting: term, because: note)
    guard !value.isError else { return }
    population.updates[index] = tagged(value.value, state: index, &checker)
  }

  private mutating func checkNextCycles(_ checker: inout ExpressionChecker) {
    let order = population.updates.keys.sorted()
    let names = order.map { population.states[$0].name }
    let mentions = order.map { index -> Set<String> in
      guard let value = population.updates[index] else { return [] }
      let loaded = checker.model.graph.loadedSymbols([value])
      return Set(
        order.filter { population.nextSymbols[$0].map(loaded.contains) ?? false }.map {
          population.states[$0].name
        })
    }
    let (_, cycle) = orderByMention(names, mentions)
    guard let first = cycle.first,
      let equation = blueprint.equations.first(where: { !$0.item.isFlow && $0.item.state.text == names[first] })
    else { return }
    checker.report(.nextCycle(names: cycle.map { names[$0] }, at: equation.item.state.span))
  }

  // MARK: Bodies

  /// The assignments of a body, in sequence, compound forms written out.
  func assignments(_ body: [Assignment], _ checker: inout ExpressionChecker) -> [StateAssignment]? {
    var result: [StateAssignment] = []
    var isComplete = true
    for assignment in body {
      guard let index = stateIndex(assignment.target, &checker) else {
        _ = checker.number(assignment.value)
        isComplete = false
        continue
      }
      let symbol = population.states[index].symbol
      guard let value = checker.assigned(assignment, to: symbol, stateTerm(index)) else {
        isComplete = false
        continue
      }
      result.append(StateAssignment(state: index, value: value, location: checker.location(assignment.span)))
    }
    return isComplete ? result : nil
  }

  mutating func buildPorts(_ checker: inout ExpressionChecker) {
    for (place, port) in blueprint.ports.enumerated() where place < population.ports.count {
      let symbol = population.ports[place].arrival
      var body: [StateAssignment] = []
      var isComplete = true
      for part in port.bodies {
        checker.file = part.file
        checker.scopes.append(Scope())
        let entry = terms[port.name.text, .port]
        checker.declare(
          Entity(
            part.binder.text, .binder, span: part.binder.span, type: .number(entry?.term ?? .one),
            value: checker.model.graph.load(symbol), unit: entry?.unit))
        if let found = assignments(part.body, &checker) { body += found } else { isComplete = false }
        checker.scopes.removeLast()
      }
      for index in body.indices { body[index].value = tagged(body[index].value, state: body[index].state, &checker) }
      population.ports[place].body = body
      if isComplete { checkLinear(place, port.name, port.bodies, &checker) }
    }
  }

  /// The whole body must map the states s and the arrival w to s + w f(s): only then may arrivals be summed before it
  /// runs, and only then does nothing happen where nothing arrives.
  private func checkLinear(_ place: Int, _ name: Name, _ bodies: [PortBody], _ checker: inout ExpressionChecker) {
    let arrival = population.ports[place].arrival
    var graph = checker.model.graph
    var current: [SymbolID: ValueID] = [:]
    for assignment in population.ports[place].body {
      current[population.states[assignment.state].symbol] = graph.substitute(assignment.value, current)
    }
    let zero = graph.const(0)
    for (index, state) in population.states.enumerated() {
      guard let final = current[state.symbol] else { continue }
      let writes = bodies.flatMap(\.body).filter { $0.target.text == population.states[index].name }
      let span = writes.last?.span ?? name.span
      let binder = bodies.first?.binder.text ?? "w"
      let degree = graph.degree(of: final) { $0 == arrival }
      guard let degree, degree <= 1 else {
        checker.report(.notLinear(port: name.text, binder: binder, state: state.name, at: span))
        continue
      }
      let silent = graph.substitute(final, [arrival: zero])
      if silent != graph.load(state.symbol) {
        checker.report(.notHomogeneous(port: name.text, binder: binder, state: state.name, at: span))
      }
    }
  }

  mutating func buildReset(_ checker: inout ExpressionChecker) {
    guard let span = blueprint.resetSpan, !blueprint.resets.isEmpty else { return }
    guard blueprint.spike != nil else {
      checker.report(.resetWithoutSpike(what: "`on spike`", at: span))
      return
    }
    let flag = population.flag
    let one = checker.model.graph.const(1)
    for body in blueprint.resets {
      checker.file = body.file
      for var assignment in assignments(body.item, &checker) ?? [] {
        // Where the body runs, the flag is set.
        assignment.value = checker.model.graph.substitute(assignment.value, [flag: one])
        population.reset.append(assignment)
      }
    }
  }

  func checkStatesDriven(_ checker: inout ExpressionChecker) {
    let targets = Set(
      blueprint.equations.map(\.item.state.text)
        + blueprint.ports.flatMap { $0.bodies.flatMap { $0.body.map(\.target.text) } }
        + blueprint.resets.flatMap { $0.item.map(\.target.text) })
    for placed in blueprint.states where !targets.contains(placed.item.name.text) {
      checker.report(.undrivenState(name: placed.item.name.text, at: placed.item.name.span))
    }
  }
}

extension ExpressionChecker {
  /// The new value of a quantity, compound forms written out over the old one; nil where it has been complained about.
  mutating func assigned(_ assignment: Assignment, to symbol: SymbolID, _ term: DimensionTerm) -> ValueID? {
    let name = assignment.target.text
    let scales = assignment.op == .multiply || assignment.op == .divide
    let words = scales ? "a number" : solver.constant(term).map(\.words) ?? "what `\(name)` is"
    let note = "\(name) \(assignment.op.rawValue) … needs \(words)"
    context = CheckingContext(note: note, subject: name, preferred: term)
    let checked = number(assignment.value, expecting: scales ? .one : term, because: note)
    context = CheckingContext()
    if let declared = lookup(name)?.span, assignment.op != .set { used.insert(declared) }
    guard !checked.isError else { return nil }
    let old = model.graph.load(symbol)
    return switch assignment.op {
    case .set: checked.value
    case .add: model.graph.add(old, checked.value)
    case .subtract: model.graph.sub(old, checked.value)
    case .multiply: model.graph.mul(old, checked.value)
    case .divide: model.graph.div(old, checked.value)
    }
  }
}
