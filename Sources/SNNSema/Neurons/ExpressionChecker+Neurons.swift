import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// Checks a neuron by itself, in a population of one unit that nobody sees, and reports what is wrong with it.
  mutating func checkNeuron(_ index: Int) -> (population: HybridPopulation, terms: NeuronTerms) {
    let plan = blueprint(index)
    let extent = model.graph.addExtent(Extent(name: plan.name.text, size: 1))
    var builder = builder(plan, index, nil, name: plan.name.text, shape: [1], extent: extent, place: 0)
    builder.build(&self)
    return (builder.population, builder.terms)
  }

  /// One population of a neuron that was found to be right. What goes wrong now is due to the values it is given.
  mutating func instantiate(_ index: Int, _ instance: NeuronInstance) -> (HybridPopulation, NeuronTerms)? {
    var plan: NeuronBlueprint?
    quietly { plan = $0.blueprint(index) }
    guard let plan else { return nil }
    let saved = (model, solver, schemes, inlined)
    let before = errorCount
    muted += 1
    var builder = builder(
      plan, index, instance, name: instance.population, shape: instance.shape, extent: instance.extent,
      place: instance.index)
    builder.build(&self)
    muted -= 1
    if errorCount == before { return (builder.population, builder.terms) }
    let shown = diagnostics.count
    let faults = errorCount
    (model, solver, schemes, inlined) = saved
    explain(plan, index, instance)
    errorCount = max(errorCount, faults)
    if diagnostics.count == shown, !diagnostics.contains(where: { $0.severity == .error }) {
      report(.cannotInstantiate(neuron: plan.name.text, at: instance.span))
    }
    return nil
  }

  private mutating func builder(
    _ plan: NeuronBlueprint, _ index: Int, _ instance: NeuronInstance?, name: String, shape: [Int], extent: ExtentID,
    place: Int
  ) -> NeuronBuilder {
    let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    let flagName = instance.map { "\($0.population).spike" } ?? "spike"
    let flag = model.graph.addSymbol(Symbol(flagName, .flag(population: place), domain: domain))
    var population = HybridPopulation(name: name, model: plan.name.text, shape: shape, extent: extent, flag: flag)
    population.location = location(instance?.span ?? plan.name.span)
    return NeuronBuilder(
      blueprint: plan, instance: instance, file: program.neurons[index].file, population: population)
  }

  /// Finds the given value, or the own value that does not fit the given ones, by adding them one by one to what the
  /// equations alone say.
  private mutating func explain(_ plan: NeuronBlueprint, _ index: Int, _ instance: NeuronInstance) {
    let saved = (model, solver, schemes, inlined, scopes, file)
    defer { (model, solver, schemes, inlined, scopes, file) = saved }
    var bare: NeuronTerms?
    quietly { checker in
      var builder = checker.builder(
        plan, index, instance, name: instance.population, shape: instance.shape, extent: instance.extent,
        place: instance.index)
      builder.usesInitialValues = false
      builder.build(&checker)
      bare = builder.terms
    }
    guard let bare else { return }
    for override in instance.overrides {
      guard let entry = bare[override.name.text, .parameter] else { continue }
      (scopes, file) = (instance.scopes, override.file)
      guard let found = overrideTerm(override, needing: entry.term) else { continue }
      guard let term = found.dimension, !solver.unify(term, entry.term) else { continue }
      report(
        .overrideDimension(
          parameter: override.name.text, neuron: plan.name.text, found: describe(found),
          expected: solver.constant(entry.term)?.phrase ?? solver.describe(entry.term), declared: entry.span))
      return
    }
    explainDefaults(plan, instance, bare)
  }

  /// The value's own type; nil where something else is wrong with it, which is then told.
  private mutating func overrideTerm(_ override: ParameterOverride, needing term: DimensionTerm) -> Checked? {
    if let checked = override.checked { return checked }
    if override.isDraw {
      _ = distribution(override.value, of: term, because: "the value of `\(override.name.text)`")
      return nil
    }
    let checked = number(override.value)
    return checked.isError ? nil : checked
  }

  private mutating func explainDefaults(_ plan: NeuronBlueprint, _ instance: NeuronInstance, _ bare: NeuronTerms) {
    let own =
      plan.parameters.map { (file: $0.file, name: $0.item.name, value: $0.item.initialiser) }
      + plan.states.map { (file: $0.file, name: $0.item.name, value: $0.item.initialiser) }
    for item in own {
      guard let value = item.value, !value.isDraw,
        let entry = bare.entries.first(where: { $0.name == item.name.text }),
        !instance.overrides.contains(where: { $0.name.text == item.name.text })
      else { continue }
      (scopes, file) = ([scopes[0]], item.file)
      var checked: Checked?
      quietly { checked = $0.number(value.value) }
      guard let checked, let term = checked.dimension, !solver.unify(term, entry.term) else { continue }
      report(
        .defaultDimension(
          neuron: plan.name.text, name: item.name.text, found: solver.describe(term),
          expected: solver.describe(entry.term), at: instance.span, declared: item.name.span))
      return
    }
  }

  /// Fixes what is still open and gives every symbol its unit.
  mutating func settle(_ population: inout HybridPopulation, _ terms: NeuronTerms) {
    for entry in terms.entries {
      let resolved = solver.resolve(entry.term)
      for variable in resolved.unknown.keys.sorted() { _ = solver.unify(DimensionTerm(variable), .one) }
      let dimension = solver.constant(entry.term) ?? .one
      let unit = (entry.unit?.dimension == dimension ? entry.unit : nil) ?? dimension.displayUnit
      let display = unit.display
      if let symbol = entry.symbol { model.graph.setUnit(display, of: symbol) }
      switch entry.kind {
      case .state:
        if let place = population.state(named: entry.name) {
          population.states[place].unit = display
          if let next = population.nextSymbols[place] { model.graph.setUnit(display, of: next) }
        }
      case .drive: if let place = population.drive(named: entry.name) { population.drives[place].unit = display }
      case .port: if let place = population.port(named: entry.name) { population.ports[place].unit = display }
      case .letBinding:
        if let place = population.lets.firstIndex(where: { $0.name == entry.name }) {
          population.lets[place].unit = display
        }
      case .parameter:
        if let symbol = entry.symbol, let place = model.parameters.firstIndex(where: { $0.symbol == symbol }) {
          model.parameters[place].unit = display
        }
      default: break
      }
    }
  }
}
