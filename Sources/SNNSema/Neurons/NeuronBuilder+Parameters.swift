import SNNIR
import SNNSyntax

extension NeuronBuilder {
  /// A parameter with the value that counts here: the population's, else its own.
  private struct Effective {
    var decl: Placed<ParameterDecl>
    var override: ParameterOverride?
    var initialiser: (id: ExprID, isDraw: Bool, file: FileID)?
    var isLearnable: Bool
    var perUnit: Bool
  }

  mutating func buildParameters(_ checker: inout ExpressionChecker) {
    let effective = blueprint.parameters.map { placed -> Effective in
      let override = instance?.overrides.last { $0.name.text == placed.item.name.text }
      var result = Effective(
        decl: placed, override: override, initialiser: nil, isLearnable: placed.item.isLearnable,
        perUnit: placed.item.perUnit)
      if let override {
        result.isLearnable = result.isLearnable || override.isLearnable
        result.perUnit = result.perUnit || override.perUnit
        result.initialiser = (override.value, override.isDraw, override.file)
      } else if let own = placed.item.initialiser {
        result.initialiser = (own.value, own.isDraw, placed.file)
      }
      result.perUnit = result.perUnit || (result.initialiser?.isDraw ?? false)
      return result
    }
    let names = effective.map(\.decl.item.name.text)
    // Only own values can mention other parameters of the neuron.
    let mentions = effective.map { item -> Set<String> in
      guard item.override == nil, let own = item.initialiser else { return [] }
      return checker.program.names(in: own.id, file: own.file)
    }
    let (order, cycle) = orderByMention(names, mentions)
    if let first = cycle.first {
      checker.report(.parameterCycle(names: cycle.map { names[$0] }, at: effective[first].decl.item.name.span))
    }
    // Names are declared in the order of the file, so that a duplicate is the later one; values follow.
    for item in effective {
      let name = item.decl.item.name
      checker.declare(
        Entity(name.text, .parameter, span: name.span, type: .error, value: checker.model.graph.const(1)))
    }
    var firsts: [String: Int] = [:]
    for (place, name) in names.enumerated() where firsts[name] == nil { firsts[name] = place }
    for place in order where firsts[names[place]] == place {
      build(effective[place], mentionsParameters: !mentions[place].isDisjoint(with: names), &checker)
    }
  }

  private mutating func build(
    _ item: Effective, mentionsParameters: Bool, _ checker: inout ExpressionChecker
  ) {
    let decl = item.decl.item
    let name = decl.name.text
    checker.file = item.decl.file
    let (type, term, typeUnit) = dimension(decl.type, &checker)
    let note = "the value of `\(name)`"
    var initial: Initial?
    var unit = typeUnit
    var computed: ValueID?
    // Not before the equations have decided the dimension, where a wrong value is looked for.
    if usesInitialValues, let given = item.override?.checked {
      let checked = checker.require(given, term, because: note)
      initial = .value(checked.value)
      unit = given.unit ?? unit
    } else if let own = item.initialiser, usesInitialValues {
      evaluate(item, own, term, note, mentionsParameters, &initial, &unit, &computed, &checker)
    } else if usesInitialValues, let instance {
      checker.reportInstance(
        .withoutValue(parameter: name, neuron: blueprint.name.text, at: instance.span, declared: decl.name.span))
    }
    let location = checker.location(decl.name.span)
    let domain = item.perUnit ? Domain([.unit], extent: population.extent) : .constant
    let value: ValueID
    let symbol: SymbolID
    if let computed {
      symbol = checker.model.graph.addSymbol(
        Symbol(qualified(name), .alias, domain: checker.model.graph[computed].domain, location: location))
      value = checker.model.graph.named(computed, symbol)
    } else {
      symbol = checker.model.graph.addSymbol(
        Symbol(qualified(name), .parameter(checker.model.parameters.count), domain: domain, location: location))
      let one = checker.model.graph.const(1)
      var parameter = Parameter(
        name: qualified(name), symbol: symbol,
        shape: item.perUnit ? .perUnit(population: populationIndex) : .scalar, unit: .one,
        isLearnable: item.isLearnable, initial: initial ?? .value(one), location: location)
      checkRange(decl, item, term, &parameter, unit, &checker)
      checker.model.parameters.append(parameter)
      value = checker.model.graph.load(symbol)
    }
    let level = Level(checker.model.graph[value].domain)
    terms.entries.append(
      .init(name: name, kind: .parameter, term: term, unit: unit, span: decl.name.span, symbol: symbol, level: level))
    checker.update(
      Entity(name, .parameter, span: decl.name.span, type: type, value: value, unit: unit))
  }

  private mutating func evaluate(
    _ item: Effective, _ own: (id: ExprID, isDraw: Bool, file: FileID), _ term: DimensionTerm, _ note: String,
    _ mentionsParameters: Bool, _ initial: inout Initial?, _ unit: inout ResolvedUnit?, _ computed: inout ValueID?,
    _ checker: inout ExpressionChecker
  ) {
    let outer = (checker.scopes, checker.file)
    if item.override != nil, let instance { checker.scopes = instance.scopes }
    checker.file = own.file
    defer { (checker.scopes, checker.file) = outer }
    if own.isDraw {
      guard let drawn = checker.distribution(own.id, of: term, because: note) else { return }
      initial = .draw(drawn.distribution)
      unit = drawn.unit ?? unit
      return
    }
    let checked = checker.number(own.id, expecting: term, because: note)
    if checked.isError { return }
    guard checker.level(checked) == .constant else {
      checker.report(.notConstant(what: note, at: checked.span))
      return
    }
    unit = checked.unit ?? unit
    let loadsParameters = checker.model.graph.loadedSymbols([checked.value]).contains {
      if case .parameter = checker.model.graph[$0].kind { true } else { false }
    }
    if mentionsParameters || loadsParameters, !item.isLearnable, !item.perUnit {
      computed = checked.value
    } else {
      initial = .value(checked.value)
    }
  }

  /// `in LO .. HI`: both of the parameter's dimension; the first value inside.
  private func checkRange(
    _ decl: ParameterDecl, _ item: Effective, _ term: DimensionTerm, _ parameter: inout Parameter,
    _ unit: ResolvedUnit?, _ checker: inout ExpressionChecker
  ) {
    guard let range = decl.range else { return }
    checker.file = item.decl.file
    guard let bounds = checker.bounds(range, of: term, name: decl.name.text) else { return }
    parameter.lower = bounds.lower
    parameter.upper = bounds.upper
    guard item.initialiser != nil, usesInitialValues else { return }
    let span = item.initialiser.map { checker.program.expression($0.id, in: $0.file)?.span ?? decl.name.span }
    if case .draw(let distribution) = parameter.initial, !distribution.canFall(between: bounds.lower, bounds.upper) {
      checker.report(.drawsOutside(range: range.span, at: span ?? decl.name.span))
    }
    guard case .value(let first) = parameter.initial else { return }
    checker.checkInside(
      first, bounds, what: decl.name.text, isLearnable: item.isLearnable, at: span ?? decl.name.span,
      range: range.span, unit: unit)
  }
}

extension ExpressionChecker {
  mutating func bounds(
    _ range: BoundsSyntax, of term: DimensionTerm, name: String
  ) -> (lower: Double?, upper: Double?)? {
    var sides: [Double?] = []
    for side in [range.lower, range.upper] {
      guard let side else {
        sides.append(nil)
        continue
      }
      let checked = number(side, expecting: term, because: "a bound of `\(name)`")
      guard let value = staticValue(checked, what: "a bound") else { return nil }
      sides.append(value)
    }
    if let low = sides[0], let high = sides[1], low >= high {
      report(.emptyRange(at: range.span))
      return nil
    }
    return (sides[0], sides[1])
  }

  mutating func checkInside(
    _ value: ValueID, _ bounds: (lower: Double?, upper: Double?), what: String, isLearnable: Bool, at span: Span,
    range: Span, unit: ResolvedUnit?
  ) {
    guard let number = staticValue(value) else { return }
    let below = bounds.lower.map { number < $0 } ?? false
    let above = bounds.upper.map { number > $0 } ?? false
    let onBound = isLearnable && (bounds.lower == number || bounds.upper == number)
    guard below || above || onBound else { return }
    let shown = unit.map { formatted($0.fromInternal(number)) + ($0.text == "1" ? "" : " \($0.text)") }
    reportInstance(
      .outsideRange(
        what: what, value: shown ?? formatted(number), at: span, range: range, onBound: onBound && !below && !above))
  }
}

/// Up to six significant digits, as a person would write it.
func formatted(_ number: Double) -> String {
  guard number.isFinite, abs(number) < 1e15 else {
    // Without what was rounded on the way to internal units and back.
    let short = Double((number as Double).description.prefix { $0 != "e" }).map { ($0 * 1e6).rounded() / 1e6 }
    guard let short, let power = number.description.split(separator: "e").dropFirst().first else { return "\(number)" }
    let (digits, exponent) = abs(short) < 10 ? (short, Int(power) ?? 0) : (short / 10, (Int(power) ?? 0) + 1)
    return "\(formatted(digits))e\(exponent < 0 ? "" : "+")\(exponent)"
  }
  if number == number.rounded() { return "\(Int(number))" }
  let magnitude = abs(number)
  var digits = 6
  var bound = 1.0
  while bound < magnitude, digits > 0 {
    bound *= 10
    digits -= 1
  }
  if magnitude < 1e-4 { return "\(number)" }
  var factor = 1.0
  for _ in 0..<max(digits, 1) + 3 { factor *= 10 }
  return "\((number * factor).rounded() / factor)"
}
