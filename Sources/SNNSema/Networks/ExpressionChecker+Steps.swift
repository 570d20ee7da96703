import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// The tick against the shortest time constant of each population, and the substeps that keep a tolerance.
  mutating func checkSteps() {
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
