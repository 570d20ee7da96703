import SNNIR

extension NetworkBuilder {
  /// With exact spike times nothing may count ticks. Told once per population, at its declaration.
  func checkExact(_ checker: inout ExpressionChecker) {
    guard checker.model.isExact else { return }
    for (index, population) in checker.model.populations.enumerated() {
      guard index < lowered.populationSpans.count, let what = ticks(population, checker.model) else { continue }
      checker.report(
        .countsTicks(
          population: population.name, model: population.model, what: what, at: lowered.populationSpans[index]))
    }
  }

  private func ticks(_ population: HybridPopulation, _ model: NetworkModel) -> String? {
    switch population.emission {
    case .counts: return "a count of events for every tick"
    case .probability: return "spikes by chance, drawn at every tick"
    case .graded: return "an output for every tick (`emit`)"
    case nil: break
    }
    if population.draws.contains(where: { $0.kind == .normal }) { return "white noise, drawn at every tick" }
    switch population.integrator {
    case .auto, .exact: break
    default: return "a method that goes from tick to tick (`integrate`)"
    }
    if let state = population.updates.keys.min() {
      return "the difference equation `next \(population.states[state].name)`"
    }
    let outside =
      Array(population.flows.values) + population.ports.flatMap { $0.body.map(\.value) }
      + (population.guardCondition.map { [$0.left, $0.right] } ?? [])
    let everything = outside + population.reset.map(\.value) + population.lets.map(\.value)
    if model.graph.loadedSymbols(everything).contains(model.stepSymbol) { return "an equation that reads `dt`" }
    if model.graph.loadedSymbols(outside + population.lets.map(\.value)).contains(population.flag) {
      return "an equation that reads the flag `spike`, which stands in `on spike` only"
    }
    return nil
  }
}
