import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// Names without a value of their own: connections stand for their weights, fields for the current batch.
  mutating func taskName(_ name: String, _ id: ExprID, _ span: Span) -> Checked? {
    if let entity = lookup(name) {
      guard entity.kind == .connection, entity.index >= 0, entity.index < model.connections.count else { return nil }
      if let declared = entity.span { used.insert(declared) }
      let parameter = model.parameters[model.connections[entity.index].weight]
      let terms = task.network?.connectionTerms ?? []
      let term = entity.index < terms.count ? terms[entity.index] : .one
      return Checked(model.graph.load(parameter.symbol), .number(term), span, origin: entity.span)
    }
    if TaskContext.fieldNames.contains(name) { return field(name, [], id, span) }
    if task.place == .expectation, task.scores.contains(name) {
      report(.scoreWithoutSet(name: name, set: task.dataSets.last, at: span))
      return errorResult(span)
    }
    return nil
  }

  mutating func taskMember(_ object: ExprID, _ name: Name, _ span: Span) -> Checked? {
    switch expression(object).kind {
    case .name(let base):
      guard let entity = lookup(base) else { return nil }
      if entity.kind == .input {
        report(.readsInput(name: base, at: span))
        return errorResult(span)
      }
      guard entity.kind == .population, entity.index >= 0 else { return nil }
      if let declared = entity.span { used.insert(declared) }
      return variable(name, of: entity.index, span)
    case .member(let inner, let state) where name.text == "before_reset":
      guard case .name(let base) = expression(inner).kind, let entity = lookup(base), entity.kind == .population,
        entity.index >= 0
      else { return nil }
      if let declared = entity.span { used.insert(declared) }
      guard let (variable, _, _) = recordable(state, of: entity.index, beforeReset: true) else {
        return errorResult(span)
      }
      return load(variable, of: entity.index, state.text, span)
    case .index(let base, let indices):
      guard case .name(let text) = expression(base).kind, let entity = lookup(text), entity.kind == .population,
        entity.index >= 0
      else { return nil }
      if let declared = entity.span { used.insert(declared) }
      return unitChosen(base, indices, span) { $0.variable(name, of: entity.index, span) }
    default: return nil
    }
  }

  private mutating func variable(_ name: Name, of population: Int, _ span: Span) -> Checked {
    let model = model.populations[population]
    if let entry = task.network?.variable(population, name.text), entry.kind == .parameter {
      guard let value = parameterValue("\(model.name).\(name.text)") else {
        report(.noSuchVariable(population: model.name, name: name.text, at: span, nearest: nil, known: []))
        return errorResult(span)
      }
      return Checked(value, .number(entry.term), span, unit: entry.unit, origin: entry.span)
    }
    guard let (variable, _, _) = recordable(name, of: population, beforeReset: false) else { return errorResult(span) }
    return load(variable, of: population, name.text, span)
  }

  /// A stored parameter, or one computed from others.
  private mutating func parameterValue(_ name: String) -> ValueID? {
    if let place = model.parameter(named: name) { return model.graph.load(model.parameters[place].symbol) }
    for index in model.graph.nodes.indices.reversed() {
      let node = model.graph.nodes[index]
      guard node.opcode == .named else { continue }
      let symbol = model.graph[SymbolID(Int(node.aux))]
      if symbol.name == name, symbol.kind == .alias { return ValueID(index) }
    }
    return nil
  }

  /// What `record`, `plot` and expressions may read; a message has been given where nil.
  mutating func recordable(
    _ name: Name, of population: Int, beforeReset: Bool
  ) -> (variable: RecordedVariable, term: DimensionTerm, unit: ResolvedUnit?)? {
    let hybrid = model.populations[population]
    if name.text == "spike", !beforeReset {
      guard hybrid.spikes else {
        report(.neverSpikes(population: hybrid.name, at: name.span))
        return nil
      }
      return (.spike, .one, .one)
    }
    guard let entry = task.network?.variable(population, name.text), entry.kind != .parameter else {
      let known = (task.network?.variableNames(population) ?? []).filter {
        $0 != "spike" || hybrid.spikes
      }
      report(
        .noSuchVariable(
          population: hybrid.name, name: name.text, at: name.span,
          nearest: Spelling.nearest(to: name.text, among: known), known: known))
      return nil
    }
    if let state = hybrid.state(named: name.text), entry.kind == .state {
      return (beforeReset ? .beforeReset(state) : .state(state), entry.term, entry.unit)
    }
    if name.text == "output", case .graded = hybrid.emission, !beforeReset { return (.output, entry.term, entry.unit) }
    if beforeReset {
      report(.beforeResetOfNoState(name: name.text, at: name.span))
      return nil
    }
    if let binding = hybrid.lets.firstIndex(where: { $0.name == name.text }) {
      return (.letBinding(binding), entry.term, entry.unit)
    }
    if let drive = hybrid.drive(named: name.text) { return (.drive(drive), entry.term, entry.unit) }
    return nil
  }

  private mutating func load(
    _ variable: RecordedVariable, of population: Int, _ name: String, _ span: Span
  ) -> Checked {
    if task.place == .feed {
      report(.feedReadsPopulation(at: span))
      return errorResult(span)
    }
    readWhole(span)
    let entry = variable == .spike ? nil : task.network?.variable(population, name)
    return Checked(
      model.graph.load(recordedSymbol(variable, of: population, name, span)), .number(entry?.term ?? .one), span,
      unit: entry?.unit, origin: entry?.span)
  }

  /// The symbol of a variable as losses and scores read it.
  mutating func recordedSymbol(
    _ variable: RecordedVariable, of population: Int, _ name: String, _ span: Span
  ) -> SymbolID {
    let entry = variable == .spike || variable == .hazard ? nil : task.network?.variable(population, name)
    let hybrid = model.populations[population]
    let key = TaskContext.RecordedKey(population: population, variable: variable)
    let symbol: SymbolID
    if let known = task.recorded[key] {
      symbol = known
    } else {
      let domain = Domain([.unit, .sample, .tick], extent: hybrid.extent, phase: .tick)
      let suffix = if case .beforeReset = variable { ".before_reset" } else { "" }
      let dimension = entry.flatMap { solver.constant($0.term) } ?? .one
      let unit = (entry?.unit ?? dimension.displayUnit).display
      symbol = model.graph.addSymbol(
        Symbol(
          "\(hybrid.name).\(name)\(suffix)", .recorded(population: population, variable), domain: domain, unit: unit,
          location: location(span)))
      task.recorded[key] = symbol
    }
    return symbol
  }
}
