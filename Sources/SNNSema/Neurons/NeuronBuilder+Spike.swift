import SNNIR
import SNNSyntax

extension NeuronBuilder {
  mutating func buildSpike(_ checker: inout ExpressionChecker) {
    guard let placed = blueprint.spike else { return }
    checker.file = placed.file
    switch placed.item {
    case .comparison(let left, let right, let isStrict, let span):
      buildGuard(left, right, isStrict: isStrict, isCrossing: false, span, &checker)
    case .crosses(let value, let level, let span):
      buildGuard(value, level, isStrict: true, isCrossing: true, span, &checker)
    case .rate(let rate, let span): buildChance(rate, isRate: true, span, &checker)
    case .probability(let probability, let span): buildChance(probability, isRate: false, span, &checker)
    case .other(let id, let span):
      if case .binary(let op, let left, let right, _) = checker.expression(id).kind, op == .less || op == .lessOrEqual {
        buildGuard(right, left, isStrict: op == .less, isCrossing: false, span, &checker)
      } else if !checker.check(id).isError {
        checker.report(.notComparison(at: checker.expression(id).span))
      }
    }
  }

  private mutating func buildGuard(
    _ leftID: ExprID, _ rightID: ExprID, isStrict: Bool, isCrossing: Bool, _ span: Span,
    _ checker: inout ExpressionChecker
  ) {
    let note = "`spike when` compares two values of one dimension"
    checker.context = CheckingContext(note: note)
    let left = checker.number(leftID)
    let right = checker.number(rightID)
    checker.context = CheckingContext()
    guard let l = left.dimension, let r = right.dimension else { return }
    guard checker.solver.unify(l, r) else {
      checker.context = CheckingContext(note: note, preferred: l)
      checker.reportMismatch(.greater, left, right, leftID, rightID)
      checker.context = CheckingContext()
      return
    }
    population.guardCondition = SpikeGuard(
      left: left.value, right: right.value, isStrict: isStrict, isCrossing: isCrossing,
      location: checker.location(span))
  }

  mutating func buildRefractory(_ checker: inout ExpressionChecker) {
    guard let placed = blueprint.refractory else { return }
    checker.file = placed.file
    let (time, hold, span) = placed.item
    guard blueprint.spike != nil else {
      checker.report(.resetWithoutSpike(what: "`refractory`", at: span))
      return
    }
    let checked = checker.number(time, expecting: DimensionTerm(.time), because: "`refractory` takes a duration")
    var held: [Int] = []
    for name in hold {
      if let index = stateIndex(name, &checker), !held.contains(index) { held.append(index) }
    }
    guard !checked.isError else { return }
    guard let duration = checker.staticValue(checked.value) else {
      // Alone, a neuron has no step yet, and `dt` no value.
      if checker.model.step > 0 || checker.dependsOnLearning(checked.value) || checker.level(checked) > .constant {
        checker.reportInstance(SemaMessage.notConstant(what: "the refractory time", at: checked.span).diagnostic)
      }
      return
    }
    guard
      let ticks = checker.ticks(
        duration, what: "the refractory time", unit: checked.unit, at: checked.span, least: 0)
    else { return }
    population.refractory = Refractory(ticks: ticks, held: held, location: checker.location(span))
    population.refractory?.duration = duration
  }

  mutating func buildIntegrator(_ checker: inout ExpressionChecker) {
    guard let placed = blueprint.integrator else { return }
    checker.file = placed.file
    let syntax = placed.item
    let methods: [String: Integrator] = [
      "auto": .auto, "exact": .exact, "exponential_euler": .exponentialEuler, "euler": .euler, "heun": .heun,
      "rk4": .rk4(substeps: nil),
    ]
    guard let method = methods[syntax.method.text] else {
      let nearest = Spelling.nearest(to: syntax.method.text, among: methods.keys)
      checker.report(.unknownIntegrator(name: syntax.method.text, at: syntax.method.span, nearest: nearest))
      return
    }
    population.integrator = method
    var given: Set<String> = []
    for argument in syntax.arguments {
      let name = argument.label?.text ?? "substeps"
      let span = argument.label?.span ?? checker.expression(argument.value).span
      let checked = checker.number(argument.value, expecting: .one, because: "an option of `\(syntax.method.text)`")
      guard let value = checker.staticValue(checked, what: "an option of the integrator") else { continue }
      switch (method, name) {
      case (.rk4, "substeps"):
        let most = Double(Stiffness.limit)
        if value >= 1, value <= most, value == value.rounded() {
          population.integrator = .rk4(substeps: Int(value))
        } else {
          let wants = "a whole number from 1 to \(Stiffness.limit)"
          checker.report(.integratorValue(name: name, wants: wants, at: checked.span))
        }
      case (.rk4, "tolerance"):
        if value > 0 {
          population.integrator = .rk4Tolerance(value, substeps: nil)
        } else {
          checker.report(.integratorValue(name: name, wants: "a number above 0", at: checked.span))
        }
      default: checker.report(.integratorOption(method: syntax.method.text, name: name, at: span))
      }
      given.insert(name)
    }
    if given.isSuperset(of: ["substeps", "tolerance"]) { checker.report(.integratorOptions(at: syntax.span)) }
    checkNoiseMethod(&checker)
    checkLinearFlows(&checker)
  }

  /// The propagator is of a system linear in all its states, exponential Euler of equations linear in their own.
  private func checkLinearFlows(_ checker: inout ExpressionChecker) {
    guard population.integrator == .exact || population.integrator == .exponentialEuler else { return }
    let isWhole = population.integrator == .exact
    let states = Set(population.flows.keys.map { population.states[$0].symbol })
    for (index, flow) in population.flows.sorted(by: { $0.key < $1.key }) {
      let own = population.states[index].symbol
      let degree = checker.model.graph.degree(of: flow) { isWhole ? states.contains($0) : $0 == own }
      if let degree, degree <= 1 { continue }
      let name = population.states[index].name
      let span = blueprint.equations.first { $0.item.state.text == name }?.item.span
      checker.report(.notLinearFlow(state: name, isWhole: isWhole, at: span ?? blueprint.name.span))
    }
  }
}

extension ExpressionChecker {
  func dependsOnLearning(_ value: ValueID) -> Bool {
    model.graph.loadedSymbols([value]).contains { symbol in
      guard case .parameter(let index) = model.graph[symbol].kind, index < model.parameters.count else { return false }
      return model.parameters[index].isLearnable
    }
  }

  /// A duration as a number of ticks. Within 1e-4 of a tick it counts as that tick (k · 0.1 ms divides inexactly).
  mutating func ticks(_ duration: Double, what: String, unit: ResolvedUnit?, at span: Span, least: Int) -> Int? {
    guard model.step > 0 else { return nil }
    if duration < 0 || duration.isNaN {
      reportInstance(.negativeDuration(what: what, at: span))
      return nil
    }
    let exact = duration / model.step
    let nearest = exact.rounded()
    // Nothing is rounded with exact spike times: ticks are only what durations are counted in.
    if model.isExact, nearest < 0x1p60 { return max(Int(nearest), least) }
    let unit = unit ?? Dimension.time.displayUnit
    func shown(_ ticks: Double) -> String { "\(formatted(unit.fromInternal(ticks * model.step))) \(unit.text)" }
    guard nearest < 1e9 else {
      reportInstance(.tooManySteps(what: what, value: shown(exact), step: shown(1), at: span))
      return nil
    }
    if abs(exact - nearest) <= 1e-4, Int(nearest) < least {
      reportInstance(.tooShort(what: what, least: shown(Double(least)), at: span))
      return nil
    }
    guard abs(exact - nearest) <= 1e-4 else {
      let below = max(exact.rounded(.down), Double(least))
      let above = max(exact.rounded(.up), below + 1)
      reportInstance(
        .notMultiple(
          what: what, value: shown(exact), step: shown(1), below: shown(below), above: shown(above), at: span))
      return nil
    }
    return Int(nearest)
  }
}
