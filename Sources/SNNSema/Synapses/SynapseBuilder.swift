import SNNIR
import SNNSyntax

/// A value that a connection gives a parameter or modulator of its rule.
struct RuleArgument: Sendable {
  var name: Name
  var value: ExprID
  var file: FileID
  /// Values from outside the source.
  var checked: Checked?
}

/// A synapse at work: `rule NAME(…)` of a connection.
struct RuleInstance: Sendable {
  var link: SynapseLink
  var arguments: [RuleArgument]
  /// The network's names, for the arguments' expressions.
  var scopes: [Scope]
  /// Of the use.
  var span: Span
  /// The weight's first value, where it is one number, and where it is written.
  var first: (value: ValueID, span: Span)?
  /// In which the connection wants its weights.
  var range: WeightRange?
}

/// Checks a synapse and lowers it, once by itself and once for each connection that uses it.
struct SynapseBuilder {
  let decl: SynapseDecl
  let file: FileID
  let instance: RuleInstance?
  var rule: SynapseRule
  /// Dimensions to settle: of states (by index) and of parameters of the model.
  var terms: [(target: SettleTarget, term: DimensionTerm, unit: ResolvedUnit?)] = []
  var weightTerm = DimensionTerm.one
  /// States whose side the compiler chooses.
  var free: Set<Int> = []
  /// Names of the states, as declared.
  private(set) var stateSpans: [Span] = []

  enum SettleTarget: Sendable {
    case state(Int)
    case parameter(Int)
  }

  init(_ declared: Declared<SynapseDecl>, _ instance: RuleInstance?) {
    decl = declared.decl
    file = declared.file
    self.instance = instance
    rule = SynapseRule(name: declared.decl.name.text, connection: instance?.link.index ?? 0, weight: SymbolID(0))
  }

  /// Fills `rule` and the model's parameters.
  mutating func build(_ checker: inout ExpressionChecker) {
    let outer = (checker.scopes, checker.file, checker.context, checker.fallback)
    checker.scopes = [outer.0[0], Scope()]
    checker.file = file
    checker.steps = 0
    let domain = Domain([.synapse, .sample, .tick], extent: ExtentID(rule.connection), phase: .tick)
    weightTerm = instance?.link.weightTerm ?? checker.solver.fresh()
    rule.location = checker.location(instance?.span ?? decl.name.span)
    rule.weight = checker.model.graph.addSymbol(
      Symbol(qualified("weight"), .temporary, domain: domain, unit: instance?.link.weightUnit?.display ?? .one))
    checker.fallback = SynapseContext(
      link: instance?.link, domain: domain, weight: rule.weight, weightTerm: weightTerm)
    checker.declare(
      Entity(
        "weight", .weight, type: .number(weightTerm), value: checker.model.graph.load(rule.weight),
        unit: instance?.link.weightUnit))
    declareStates(domain, &checker)
    buildModulators(&checker)
    buildParameters(&checker)
    buildInitialValues(&checker)
    buildLets(&checker)
    buildBounds(&checker)
    buildFlows(&checker)
    buildHandlers(&checker)
    buildDelivery(&checker)
    checkDriven(&checker)
    rule.inputs = checker.synapse?.inputs ?? []
    rule.liftStates(free, in: checker.model.graph)
    checkSides(&checker)
    checker.finishDeclaration()
    checker.steps = 0
    (checker.scopes, checker.file, checker.context, checker.fallback) = outer
  }

  func qualified(_ name: String) -> String { instance.map { "\($0.link.name).\(name)" } ?? name }

  private func dimension(
    _ type: TypeSyntax?, _ checker: inout ExpressionChecker
  ) -> (type: ExpressionType, term: DimensionTerm, unit: ResolvedUnit?) {
    guard let type else {
      let term = checker.solver.fresh()
      return (.number(term), term, nil)
    }
    guard let resolved = checker.resolve(type) else { return (.error, checker.solver.fresh(), nil) }
    return (.number(resolved.term), resolved.term, resolved.unit)
  }

  // MARK: Names

  private var stateDecls: [(side: Name?, decl: StateDecl)] {
    decl.items.compactMap { if case .state(let side, let state) = $0 { (side, state) } else { nil } }
  }

  private mutating func declareStates(_ domain: Domain, _ checker: inout ExpressionChecker) {
    let zero = checker.model.graph.const(0)
    for (side, state) in stateDecls {
      if state.name.text == "weight" { checker.report(.ownWeight(at: state.name.span)) }
      let (type, term, unit) = dimension(state.type, &checker)
      let location = checker.location(state.name.span)
      let symbol = checker.model.graph.addSymbol(
        Symbol(qualified(state.name.text), .temporary, domain: domain, location: location))
      let index = rule.states.count
      if side == nil { free.insert(index) }
      rule.states.append(
        SynapseState(
          name: state.name.text, symbol: symbol, side: side.flatMap { SynapseSide(rawValue: $0.text) } ?? .synapse,
          initial: .value(zero), location: location))
      stateSpans.append(state.name.span)
      terms.append((.state(index), term, unit))
      checker.declare(
        Entity(
          state.name.text, .state, span: state.name.span, type: type, value: checker.model.graph.load(symbol),
          unit: unit, index: index))
    }
  }

  private mutating func buildInitialValues(_ checker: inout ExpressionChecker) {
    for (index, item) in stateDecls.enumerated() {
      guard let initialiser = item.decl.initialiser else { continue }
      let note = "the first value of `\(item.decl.name.text)`"
      if initialiser.isDraw {
        guard
          let drawn = checker.distribution(initialiser.value, of: terms[index].term, because: note, draws: .matrix)
        else {
          rule.states[index].initial = .draw(Distribution(.constant, [0]))
          continue
        }
        rule.states[index].initial = .draw(drawn.distribution)
        guard drawn.distribution.kind != .orthogonal else {
          checker.report(.orthogonalState(name: item.decl.name.text, at: checker.expression(initialiser.value).span))
          continue
        }
        terms[index].unit = terms[index].unit ?? drawn.unit
        continue
      }
      let checked = checker.number(initialiser.value, expecting: terms[index].term, because: note)
      if checked.isError { continue }
      guard checker.level(checked) == .constant else {
        checker.report(.notConstant(what: note, at: checked.span))
        continue
      }
      rule.states[index].initial = .value(checked.value)
      terms[index].unit = terms[index].unit ?? checked.unit
    }
  }

  private mutating func buildModulators(_ checker: inout ExpressionChecker) {
    for item in decl.items {
      guard case .modulator(let name, let type, _) = item else { continue }
      let (declaredType, term, unit) = dimension(type, &checker)
      guard let source = source(name, term, &checker) else {
        // Told; what uses it says nothing new.
        checker.declare(
          Entity(name.text, .signal, span: name.span, type: .error, value: checker.model.graph.const(0)))
        continue
      }
      let checked = checker.input("\u{1}\(name.text)", source, declaredType, unit, name.span)
      checker.declare(
        Entity(name.text, .signal, span: name.span, type: declaredType, value: checked.value, unit: unit))
    }
  }

  /// What a modulator is in this use; nil where it is missing or wrong.
  private func source(
    _ name: Name, _ term: DimensionTerm, _ checker: inout ExpressionChecker
  ) -> SynapseInput.Source? {
    guard let instance else { return .modulator(checker.model.graph.const(0)) }
    guard let argument = instance.arguments.first(where: { $0.name.text == name.text }) else {
      checker.report(
        .modulatorMissing(name: name.text, synapse: decl.name.text, at: instance.span, declared: name.span))
      return nil
    }
    return modulator(argument, name, term, &checker).map { .modulator($0) }
  }

  /// One number at a time, in the network's names.
  private func modulator(
    _ argument: RuleArgument, _ name: Name, _ term: DimensionTerm, _ checker: inout ExpressionChecker
  ) -> ValueID? {
    guard let instance else { return nil }
    let outer = (checker.scopes, checker.file, checker.fallback)
    defer { (checker.scopes, checker.file, checker.fallback) = outer }
    (checker.scopes, checker.file) = (instance.scopes, argument.file)
    checker.fallback = TaskContext(network: instance.link.network)
    let note = "the modulator `\(name.text)`"
    let checked =
      argument.checked.map { checker.require($0, term, because: note) }
      ?? checker.number(argument.value, expecting: term, because: note)
    if checked.isError { return nil }
    guard checker.isSignal(checked.value) else {
      checker.report(.notScalar(what: "a modulator", at: checked.span))
      return nil
    }
    return checked.value
  }

  private mutating func buildParameters(_ checker: inout ExpressionChecker) {
    let decls = decl.items.compactMap { item -> ParameterDecl? in
      if case .parameter(let parameter) = item { return parameter }
      return nil
    }
    let names = decls.map(\.name.text)
    let mentions = decls.map { parameter -> Set<String> in
      guard let own = parameter.initialiser, argument(parameter.name.text) == nil else { return [] }
      return checker.program.names(in: own.value, file: file)
    }
    let (order, cycle) = orderByMention(names, mentions)
    if let first = cycle.first {
      checker.report(.parameterCycle(names: cycle.map { names[$0] }, at: decls[first].name.span))
    }
    for parameter in decls {
      checker.declare(
        Entity(
          parameter.name.text, .parameter, span: parameter.name.span, type: .error,
          value: checker.model.graph.const(1)))
    }
    for place in order where names.firstIndex(of: names[place]) == place { build(decls[place], &checker) }
  }

  private func argument(_ name: String) -> RuleArgument? { instance?.arguments.last { $0.name.text == name } }

  private mutating func build(_ parameter: ParameterDecl, _ checker: inout ExpressionChecker) {
    let name = parameter.name.text
    if parameter.isLearnable {
      checker.report(.unavailable(what: "a learnable parameter of a synapse", at: parameter.span))
    }
    if parameter.perUnit { checker.report(.misplacedForm(what: "`per unit`", at: parameter.span)) }
    let (type, term, typeUnit) = dimension(parameter.type, &checker)
    let note = "the value of `\(name)`"
    var checked: Checked?
    if let argument = argument(name), let instance {
      let outer = (checker.scopes, checker.file, checker.fallback)
      (checker.scopes, checker.file) = (instance.scopes, argument.file)
      checker.fallback = nil
      checked =
        argument.checked.map { checker.require($0, term, because: note) }
        ?? checker.number(argument.value, expecting: term, because: note)
      (checker.scopes, checker.file, checker.fallback) = outer
    } else if let own = parameter.initialiser {
      if own.isDraw {
        checker.report(.drawnArgument(name: name, synapse: decl.name.text, at: parameter.span))
        return
      }
      checked = checker.number(own.value, expecting: term, because: note)
    } else if let instance {
      checker.report(
        .withoutValue(name: name, synapse: decl.name.text, at: instance.span, declared: parameter.name.span))
      return
    }
    if let found = checked, !found.isError, checker.level(found) > .constant {
      checker.report(.notConstant(what: note, at: found.span))
      return
    }
    if checked?.isError == true { return }
    let unit = checked?.unit ?? typeUnit
    let location = checker.location(parameter.name.span)
    let value: ValueID
    let loaded = checked.map { checker.model.graph.loadedSymbols([$0.value]) } ?? []
    let isComputed = loaded.contains {
      if case .parameter = checker.model.graph[$0].kind { true } else { false }
    }
    if isComputed, let checked {
      let symbol = checker.model.graph.addSymbol(
        Symbol(qualified(name), .alias, domain: checker.model.graph[checked.value].domain, location: location))
      value = checker.model.graph.named(checked.value, symbol)
    } else {
      let index = checker.model.parameters.count
      let symbol = checker.model.graph.addSymbol(
        Symbol(qualified(name), .parameter(index), domain: .constant, location: location))
      let one = checker.model.graph.const(1)
      checker.model.parameters.append(
        Parameter(
          name: qualified(name), symbol: symbol, shape: .scalar, unit: .one, isLearnable: false,
          initial: .value(checked?.value ?? one), location: location))
      terms.append((.parameter(index), term, unit))
      value = checker.model.graph.load(symbol)
    }
    if let range = parameter.range, let bounds = checker.bounds(range, of: term, name: name), let checked {
      checker.checkInside(
        checked.value, bounds, what: name, isLearnable: false, at: checked.span, range: range.span, unit: unit)
    }
    checker.update(Entity(name, .parameter, span: parameter.name.span, type: type, value: value, unit: unit))
  }

  private mutating func buildLets(_ checker: inout ExpressionChecker) {
    let lets = decl.items.compactMap { item -> LetDecl? in
      if case .letBinding(let binding) = item { return binding }
      return nil
    }
    let names = lets.map(\.name.text)
    let (order, cycle) = orderByMention(
      names, lets.map { checker.program.names(in: $0.value, file: file) })
    if let first = cycle.first {
      checker.report(.parameterCycle(names: cycle.map { names[$0] }, at: lets[first].name.span))
    }
    for place in order {
      let binding = lets[place]
      var checked = checker.number(binding.value)
      if let syntax = binding.type, let resolved = checker.resolve(syntax) {
        checked = checker.require(checked, resolved.term, because: "`\(binding.name.text)` is declared so")
      }
      checker.declare(
        Entity(
          binding.name.text, .letBinding, span: binding.name.span, type: checked.type, value: checked.value,
          unit: checked.unit))
    }
  }
}

extension ExpressionChecker {
  /// Whether a value is one number at each tick of a sample.
  func isSignal(_ value: ValueID) -> Bool {
    let domain = model.graph[value].domain
    return domain.axes.isSubset(of: [.sample, .tick]) && domain.phase <= .tick
  }
}
