import SNNIR
import SNNSyntax

/// A value that a population gives a neuron's parameter, with the file it is written in.
struct ParameterOverride: Sendable {
  var name: Name
  var isLearnable: Bool
  var isDraw: Bool
  var perUnit: Bool
  var value: ExprID
  var file: FileID
  /// Constants given from outside the source are values already.
  var checked: Checked?
}

/// What a population makes of a neuron. `nil` where a neuron is checked on its own.
struct NeuronInstance: Sendable {
  var population: String
  var shape: [Int]
  var extent: ExtentID
  var index: Int
  var overrides: [ParameterOverride]
  /// The network's names, for the overrides' expressions.
  var scopes: [Scope]
  var file: FileID
  var span: Span
}

/// The dimensions of a neuron's names, in the checker's solver.
struct NeuronTerms: Sendable {
  struct Entry: Sendable {
    var name: String
    var kind: EntityKind
    var term: DimensionTerm
    var unit: ResolvedUnit?
    var span: Span
    var symbol: SymbolID?
    var level: Level = .perTime
  }
  var entries: [Entry] = []

  subscript(name: String, kind: EntityKind) -> Entry? { entries.first { $0.name == name && $0.kind == kind } }
}

/// Checks a neuron and lowers it to the hybrid stage, once by itself and once for each population.
struct NeuronBuilder {
  let blueprint: NeuronBlueprint
  let instance: NeuronInstance?
  /// The neuron's file, whose top-level names its items see.
  let file: FileID
  /// Off to learn what the equations alone say about the dimensions.
  var usesInitialValues = true
  var population: HybridPopulation
  var terms = NeuronTerms()
  var populationIndex: Int { instance?.index ?? 0 }

  /// Fills `population` and the model's parameters.
  mutating func build(_ checker: inout ExpressionChecker) {
    let outer = (checker.scopes, checker.file, checker.context)
    checker.scopes = [outer.0[0], Scope()]
    checker.file = file
    checker.steps = 0
    declareStates(&checker)
    buildDrives(&checker)
    buildParameters(&checker)
    buildInitialValues(&checker)
    declarePorts(&checker)
    declareFlag(&checker)
    buildLets(&checker)
    buildEquations(&checker)
    buildPorts(&checker)
    buildSpike(&checker)
    buildEmit(&checker)
    buildReset(&checker)
    buildRefractory(&checker)
    buildIntegrator(&checker)
    holdDrives(&checker)
    checkStatesDriven(&checker)
    checker.finishDeclaration()
    checker.steps = 0
    (checker.scopes, checker.file, checker.context) = outer
  }

  /// Axes of what changes with the neuron's state.
  var dynamic: Domain { Domain([.unit, .sample, .tick], extent: population.extent, phase: .tick) }

  func qualified(_ name: String) -> String { instance.map { "\($0.population).\(name)" } ?? name }

  mutating func dimension(
    _ type: TypeSyntax?, _ checker: inout ExpressionChecker
  ) -> (type: ExpressionType, term: DimensionTerm, unit: ResolvedUnit?) {
    guard let type else {
      let term = checker.solver.fresh()
      return (.number(term), term, nil)
    }
    guard let resolved = checker.resolve(type) else { return (.error, checker.solver.fresh(), nil) }
    return (.number(resolved.term), resolved.term, resolved.unit)
  }

  // MARK: States, drives, ports, flag

  private mutating func declareStates(_ checker: inout ExpressionChecker) {
    let zero = checker.model.graph.const(0)
    for placed in blueprint.states {
      checker.file = placed.file
      let decl = placed.item
      let (type, term, unit) = dimension(decl.type, &checker)
      let location = checker.location(decl.name.span)
      let symbol = checker.model.graph.addSymbol(
        Symbol(
          qualified(decl.name.text), .state(population: populationIndex, index: population.states.count),
          domain: dynamic, location: location))
      population.states.append(
        StateVariable(
          name: decl.name.text, symbol: symbol, initial: .value(zero), isPersistent: decl.isPersistent,
          location: location))
      terms.entries.append(
        .init(name: decl.name.text, kind: .state, term: term, unit: unit, span: decl.name.span, symbol: symbol))
      checker.declare(
        Entity(
          decl.name.text, .state, span: decl.name.span, type: type, value: checker.model.graph.load(symbol), unit: unit,
          index: population.states.count - 1))
    }
  }

  private mutating func buildInitialValues(_ checker: inout ExpressionChecker) {
    guard usesInitialValues else { return }
    let names = blueprint.states.map(\.item.name.text)
    let mentions = blueprint.states.map { placed in
      placed.item.initialiser.map { checker.program.names(in: $0.value, file: placed.file) } ?? []
    }
    let (order, cycle) = orderByMention(names, mentions)
    if let first = cycle.first {
      checker.report(.parameterCycle(names: cycle.map { names[$0] }, at: blueprint.states[first].item.name.span))
    }
    // `state u = b * v` starts at b times the first value of v.
    var first: [SymbolID: ValueID] = [:]
    for index in order {
      let placed = blueprint.states[index]
      let symbol = population.states[index].symbol
      guard let initialiser = placed.item.initialiser else {
        first[symbol] = checker.model.graph.const(0)
        continue
      }
      checker.file = placed.file
      let name = placed.item.name.text
      guard let entry = terms.entries.firstIndex(where: { $0.span == placed.item.name.span }) else { continue }
      let term = terms.entries[entry].term
      let note = "the first value of `\(name)`"
      var unit: ResolvedUnit?
      if initialiser.isDraw {
        guard let drawn = checker.distribution(initialiser.value, of: term, because: note) else { continue }
        population.states[index].initial = .draw(drawn.distribution)
        unit = drawn.unit
      } else {
        var checked = checker.number(initialiser.value, expecting: term, because: note)
        if checked.isError { continue }
        checked.value = checker.model.graph.substitute(checked.value, first)
        if checker.level(checked) > .constant {
          checker.report(.notConstant(what: note, at: checked.span))
          continue
        }
        first[symbol] = checked.value
        population.states[index].initial = .value(checked.value)
        unit = checked.unit
      }
      guard let unit else { continue }
      terms.entries[entry].unit = unit
      if var entity = checker.lookup(name), entity.span == placed.item.name.span {
        entity.unit = unit
        checker.update(entity)
      }
    }
  }

  private mutating func buildDrives(_ checker: inout ExpressionChecker) {
    for placed in blueprint.drives {
      checker.file = placed.file
      let (type, term, unit) = dimension(placed.item.type, &checker)
      let name = placed.item.name
      let symbol = checker.model.graph.addSymbol(
        Symbol(
          qualified(name.text), .drive(population: populationIndex, index: population.drives.count), domain: dynamic,
          location: checker.location(name.span)))
      population.drives.append(Drive(name: name.text, symbol: symbol, unit: .one))
      terms.entries.append(
        .init(name: name.text, kind: .drive, term: term, unit: unit, span: name.span, symbol: symbol))
      checker.declare(
        Entity(
          name.text, .drive, span: name.span, type: type, value: checker.model.graph.load(symbol), unit: unit,
          index: population.drives.count - 1))
    }
  }

  private mutating func declarePorts(_ checker: inout ExpressionChecker) {
    for port in blueprint.ports {
      let typed = port.bodies.first { $0.type != nil }
      if let typed { checker.file = typed.file }
      let (_, term, unit) = dimension(typed?.type, &checker)
      let binder = port.bodies.first?.binder.text ?? "w"
      let symbol = checker.model.graph.addSymbol(
        Symbol(
          qualified(port.name.text == "input" ? binder : "\(port.name.text).\(binder)"),
          .arrival(population: populationIndex, port: population.ports.count), domain: dynamic,
          location: checker.location(port.name.span)))
      population.ports.append(Port(name: port.name.text, arrival: symbol, body: [], unit: .one))
      terms.entries.append(
        .init(name: port.name.text, kind: .port, term: term, unit: unit, span: port.name.span, symbol: symbol))
    }
  }

  private mutating func declareFlag(_ checker: inout ExpressionChecker) {
    guard blueprint.spike != nil else { return }
    checker.declare(
      Entity("spike", .spike, type: .dimensionless, value: checker.model.graph.load(population.flag)))
  }

  private mutating func buildLets(_ checker: inout ExpressionChecker) {
    let names = blueprint.lets.map(\.item.name.text)
    let mentions = blueprint.lets.map { checker.program.names(in: $0.item.value, file: $0.file) }
    let (order, cycle) = orderByMention(names, mentions)
    if let first = cycle.first {
      checker.report(.parameterCycle(names: cycle.map { names[$0] }, at: blueprint.lets[first].item.name.span))
    }
    for (place, placed) in blueprint.lets.enumerated() where !order.contains(place) {
      checker.declare(
        Entity(
          names[place], .letBinding, span: placed.item.name.span, type: .error,
          value: checker.model.graph.const(1)))
    }
    for place in order {
      let placed = blueprint.lets[place]
      checker.file = placed.file
      let decl = placed.item
      checker.context = CheckingContext(note: "in `let \(decl.name.text)`")
      var checked = checker.number(decl.value)
      var unit = checked.unit
      if let syntax = decl.type, let resolved = checker.resolve(syntax) {
        checked = checker.require(checked, resolved.term, because: "`\(decl.name.text)` is declared so")
        unit = unit ?? resolved.unit
      }
      let term = checked.dimension ?? checker.solver.fresh()
      let symbol = checker.model.graph.addSymbol(
        Symbol(
          qualified(decl.name.text), .alias, domain: checker.model.graph[checked.value].domain,
          location: checker.location(decl.name.span)))
      let value = checked.isError ? checked.value : checker.model.graph.named(checked.value, symbol)
      population.lets.append(LetBinding(name: decl.name.text, symbol: symbol, value: value, unit: .one))
      terms.entries.append(
        .init(
          name: decl.name.text, kind: .letBinding, term: term, unit: unit, span: decl.name.span, symbol: symbol,
          level: checker.level(checked)))
      checker.declare(
        Entity(decl.name.text, .letBinding, span: decl.name.span, type: checked.type, value: value, unit: unit))
    }
    checker.context = CheckingContext()
  }
}
