import SNNData
import SNNIR
import SNNRuntime

/// `persistent state` and `carry state`: states that go on from the end of one sample to the beginning of the next. A
/// pass over a data set (an epoch, an evaluation) begins with their first values, so that what it gives does not depend
/// on what ran before.
extension Session {
  var carried: [StateKey] {
    model.network.populations.indices.flatMap { population in
      model.network.populations[population].states.indices
        .filter { model.network.populations[population].states[$0].isPersistent }
        .map { StateKey(population: population, state: $0) }
    }
  }

  /// Samples at once: one where one sample begins with what another has left.
  var batchSize: Int { carried.isEmpty ? max(options.batch ?? model.task.batch, 1) : 1 }

  func restartStates() throws {
    for key in carried { try set(key, firstValues(of: key)) }
  }

  func carry(_ states: [StateKey: [Double]]) throws {
    for (key, values) in states { try set(key, values) }
  }

  private func set(_ key: StateKey, _ values: [Double]) throws {
    do {
      for entry in rules {
        try entry.engine.setInitialState(population: key.population, state: key.state, values)
      }
    } catch { throw SNNError.wrapping(error) }
  }

  /// By unit, at the parameters as they are.
  private func firstValues(of key: StateKey) throws -> [Double] {
    let population = model.network.populations[key.population]
    let state = population.states[key.state]
    guard case .value(let value) = state.initial else {
      return try ParameterInit.state(
        state.initial, name: "\(population.name).\(state.name)", units: population.size, graph: engine.plan.graph,
        seed: seed)
    }
    let graph = model.network.graph
    var known: [SymbolID: [Double]] = [model.network.stepSymbol: [model.network.step]]
    for symbol in graph.loadedSymbols([value]) {
      if case .parameter(let index) = graph[symbol].kind { known[symbol] = engine.parameter(index) }
    }
    return (0..<population.size).map { unit in
      let found = Evaluate.values([value], in: graph) { symbol in
        known[symbol].map { $0.count == 1 ? $0[0] : $0[unit] }
      }
      return found[0] ?? .nan
    }
  }

  // MARK: Checkpoints

  /// Where states have got to within an epoch, by name.
  func carriedArrays(_ states: [StateKey: [Double]]) -> [String: NDArray] {
    var result: [String: NDArray] = [:]
    for (key, values) in states { result["carried/" + name(of: key)] = NDArray(values) }
    return result
  }

  func carriedStates(_ arrays: [String: NDArray]) -> [StateKey: [Double]] {
    var result: [StateKey: [Double]] = [:]
    for key in carried { result[key] = arrays["carried/" + name(of: key)]?.doubles() }
    return result
  }

  private func name(of key: StateKey) -> String {
    let population = model.network.populations[key.population]
    return "\(population.name).\(population.states[key.state].name)"
  }
}
