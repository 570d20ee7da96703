import SNNData
import SNNIR
import SNNRuntime

/// `persistent state` and `carry state`: what goes on from the end of one sample to the beginning of the next. A pass over
/// a data set (an epoch, an evaluation) begins with first values, so that what it gives does not depend on what ran
/// before.
extension Session {
  private var persistent: [(population: Int, state: Int)] {
    model.network.populations.indices.flatMap { population in
      model.network.populations[population].states.indices
        .filter { model.network.populations[population].states[$0].isPersistent }.map { (population, $0) }
    }
  }

  var carriesStates: Bool { model.task.goesOn || !persistent.isEmpty }

  /// Samples at once: one where one sample begins with what another has left.
  var batchSize: Int { carriesStates ? 1 : max(options.batch ?? model.task.batch, 1) }

  func restartStates() throws {
    guard carriesStates else { return }
    var first: [Carried: [Double]] = [:]
    for (population, state) in persistent {
      do { first[.state(population: population, state: state)] = try firstValues(population, state) } catch {
        throw SNNError.wrapping(error)
      }
    }
    carry(first)
  }

  func carry(_ carried: [Carried: [Double]]) {
    for entry in rules { entry.engine.carried = carried }
  }

  /// Ticks that have passed before the next sample.
  var ticksBefore: Int { Int(engine.carried[.time]?.first ?? 0) }

  /// By unit, at the parameters as they are.
  private func firstValues(_ index: Int, _ place: Int) throws -> [Double] {
    let population = model.network.populations[index]
    let state = population.states[place]
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
  func carriedArrays(_ carried: [Carried: [Double]]) -> [String: NDArray] {
    Dictionary(uniqueKeysWithValues: carried.map { ("carried/" + name(of: $0), NDArray($1)) })
  }

  func carriedStates(_ arrays: [String: NDArray]) -> [Carried: [Double]] {
    var result: [Carried: [Double]] = [:]
    for key in engine.carriedKeys { result[key] = arrays["carried/" + name(of: key)]?.doubles() }
    return result
  }

  private func name(of key: Carried) -> String {
    let network = model.network
    func name(_ population: Int) -> String { network.populations[population].name }
    switch key {
    case .state(let population, let state):
      return "\(name(population)).\(network.populations[population].states[state].name)"
    case .flag(let population): return name(population) + ".spike"
    case .refractory(let population): return name(population) + ".refractory"
    case .above(let population): return name(population) + ".above"
    case .variable(let population, let variable): return "\(name(population)) \(variable)"
    case .input(let index): return network.inputs[index].name
    case .inputSpikes(let index): return network.inputs[index].name + " spikes"
    case .modulator(let index): return "modulator \(index)"
    case .trace(let rule, let state):
      let own = network.rules[rule]
      return "\(network.connections[own.connection].name) \(own.states[state].name)"
    case .spikes(let population): return name(population) + " spikes"
    case .time: return "t"
    }
  }
}
