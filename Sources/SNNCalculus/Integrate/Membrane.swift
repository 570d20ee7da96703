import SNNIR

/// The membrane of a neuron: the states on the greater side of `spike when` that ports or drives reach through the
/// equations. A state fed by the neuron's own spike only is adaptation, in whichever way the threshold is spelled.
enum Membrane {
  static func states(of population: HybridPopulation, in graph: Graph) -> [Int] {
    guard let condition = population.guardCondition else { return [] }
    let reached = reachedByInput(population, graph)
    let greater = stateIndices(loadedBy: [condition.left], population, graph)
    return population.states.indices.filter { greater.contains($0) && reached.contains($0) }
  }

  private static func stateIndices(
    loadedBy values: [ValueID], _ population: HybridPopulation, _ graph: Graph
  ) -> Set<Int> {
    let symbols = graph.loadedSymbols(values)
    return Set(
      population.states.indices.filter {
        symbols.contains(population.states[$0].symbol)
          || population.nextSymbols[$0].map(symbols.contains) ?? false
      })
  }

  private static func reachedByInput(_ population: HybridPopulation, _ graph: Graph) -> Set<Int> {
    let drives = Set(population.drives.map(\.symbol))
    var equations: [Int: [ValueID]] = [:]
    for (state, value) in population.flows { equations[state, default: []].append(value) }
    for (state, value) in population.updates { equations[state, default: []].append(value) }
    var reached = Set<Int>()
    for port in population.ports {
      for assignment in port.body {
        reached.insert(assignment.state)
        equations[assignment.state, default: []].append(assignment.value)
      }
    }
    for (state, values) in equations where !graph.loadedSymbols(values).isDisjoint(with: drives) {
      reached.insert(state)
    }
    while true {
      let new = equations.filter { state, values in
        !reached.contains(state)
          && !stateIndices(loadedBy: values, population, graph).subtracting([state]).isDisjoint(with: reached)
      }
      if new.isEmpty { return reached }
      reached.formUnion(new.keys)
    }
  }
}
