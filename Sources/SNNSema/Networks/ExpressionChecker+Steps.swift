import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// The tick against the shortest time constant of each population, and the substeps that keep a tolerance.
  mutating func checkSteps() {
    checkDivisors()
    guard model.step > 0, !model.isExact else { return }
    let initial = InitialValues(model)
    for index in model.populations.indices where !model.populations[index].flows.isEmpty {
      let population = model.populations[index]
      guard population.location.index >= 0 else { continue }
      let span = locations[Int(population.location.index)]
      if case .rk4Tolerance(let tolerance, _) = population.integrator {
        let search = ToleranceSearch(population, index, in: model, initial: initial, tolerance: tolerance)
        model.populations[index].integrator = .rk4Tolerance(tolerance, substeps: search.substeps)
        if search.substeps > Stiffness.limit {
          report(
            .tolerance(
              population: population.name, tolerance: tolerance, limit: Stiffness.limit, reached: search.error, at: span
            ))
        }
        continue
      }
      let stiffness = Stiffness(of: population, in: model.graph, initial: initial)
      guard stiffness.rate > 0 else { continue }
      check(population, stiffness, at: span)
    }
  }

  /// Parameters by which equations divide: 0 makes no number, and a time below 0 makes growth of what should decay.
  private mutating func checkDivisors() {
    let initial = InitialValues(model)
    for population in model.populations where population.location.index >= 0 {
      let span = locations[Int(population.location.index)]
      for (index, flow) in population.flows.sorted(by: { $0.key < $1.key }) {
        checkDivisors(of: flow, "\(population.name).\(population.states[index].name)", initial, at: span)
      }
    }
    for rule in model.rules where rule.location.index >= 0 {
      let span = locations[Int(rule.location.index)]
      let connection = model.connections[rule.connection].name
      for flow in rule.flows {
        let name: String
        switch flow.target {
        case .weight: name = "\(connection).weight"
        case .state(let index): name = "\(connection).\(rule.states[index].name)"
        }
        checkDivisors(of: flow.value, name, initial, at: span)
      }
    }
  }

  private static let times: Set<String> = ["s", "ms", "us", "µs", "ns", "min", "h"]

  private mutating func checkDivisors(of flow: ValueID, _ state: String, _ initial: InitialValues, at span: Span) {
    for value in model.graph.reachable(from: [flow]) where model.graph[value].opcode == .div {
      let divisor = model.graph.argument(value, 1)
      let symbols = model.graph.loadedSymbols([divisor])
      let parameters = symbols.filter { if case .parameter = model.graph[$0].kind { true } else { false } }
      guard symbols.count == 1, let symbol = parameters.first,
        let number = Evaluate.values([divisor], in: model.graph, { initial[$0] })[0]
      else { continue }
      let (name, unit) = (model.graph[symbol].name, model.graph[symbol].unit)
      // Only what is the parameter itself; sums and powers of it may be below 0 for good reasons.
      if number == 0 {
        report(.zeroDivisor(state: state, parameter: name, at: span))
      } else if number < 0, initial[symbol] == number, Self.times.contains(unit.text) {
        report(
          .negativeTime(
            state: state, parameter: name, value: "\(formatted(unit.fromInternal(number))) \(unit.text)", at: span))
      }
    }
  }

  private mutating func check(_ population: HybridPopulation, _ stiffness: Stiffness, at span: Span) {
    let hasNoise = !population.flowNoises(model.graph).isEmpty
    let states = Set(population.flows.keys.map { population.states[$0].symbol })
    let isLinear = population.flows.values.allSatisfy { flow in
      model.graph.degree(of: flow) { states.contains($0) }.map { $0 <= 1 } ?? false
    }
    // How many of the shortest time constants an explicit step may last: where |1 + z + …| passes 1 on the negative axis.
    let (method, bound): (String, Double)
    switch population.integrator {
    case .euler: (method, bound) = ("explicit Euler", 2)
    case .heun: (method, bound) = ("Heun's method", 2)
    case .auto where hasNoise: (method, bound) = ("Heun's method", 2)
    case .rk4(let substeps):
      let number = substeps ?? 1
      (method, bound) = (number == 1 ? "RK4" : "RK4 with \(number) substeps", 2.785 * Double(number))
    case .auto where !isLinear:
      let substeps = stiffness.substeps(per: model.step)
      guard substeps > Stiffness.limit else { return }
      report(
        .tooStiff(
          population: population.name, step: shown(model.step), shortest: shown(1 / stiffness.rate),
          limit: Stiffness.limit, at: span))
      return
    case .auto, .exact, .exponentialEuler, .rk4Tolerance: return
    }
    guard model.step * stiffness.rate > bound * (1 + 1e-6) else { return }
    let state = "\(population.name).\(population.states[stiffness.fastest].name)"
    report(
      .unstable(
        method: method, state: state, step: shown(model.step),
        shortest: shown(1 / stiffness.rate), longest: shown(bound / stiffness.rate),
        isError: hasNoise && population.integrator == .auto, at: span))
  }

  private func shown(_ time: Double) -> String { "\(rough(time)) ms" }
}
