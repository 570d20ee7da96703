/// One representative number for every parameter and initial state, as far as they are known before any draw: what
/// decisions of the compiler (substeps, lints) are made with.
public struct InitialValues {
  private var known: [SymbolID: Double] = [:]

  public init(_ network: NetworkModel) {
    known[network.stepSymbol] = network.step
    known[network.timeSymbol] = 0
    // Parameters may start from other parameters: a few rounds settle every order of declaration.
    for _ in 0..<8 {
      for parameter in network.parameters where known[parameter.symbol] == nil {
        known[parameter.symbol] = representative(parameter.initial, network.graph)
      }
    }
    for population in network.populations {
      known[population.flag] = 0
      for drive in population.drives { known[drive.symbol] = 0 }
      for draw in population.draws { known[draw.symbol] = 0 }
      for state in population.states { known[state.symbol] = representative(state.initial, network.graph) ?? 0 }
      for (index, symbol) in population.nextSymbols { known[symbol] = known[population.states[index].symbol] }
    }
  }

  public subscript(symbol: SymbolID) -> Double? { known[symbol] }

  private func representative(_ initial: Initial, _ graph: Graph) -> Double? {
    switch initial {
    case .value(let value): return Evaluate.values([value], in: graph) { known[$0] }[0]
    case .given(let values): return values.first
    case .draw(let distribution):
      let a = distribution.arguments
      switch distribution.kind {
      case .uniform where a.count == 2: return distribution.scale * (a[0] + a[1]) / 2
      case .lognormal where !a.isEmpty: return distribution.scale * (Evaluate.unary(.exp, a[0]) ?? 1)
      case .normal, .constant, .uniform, .lognormal: return distribution.scale * (a.first ?? 0)
      case .kaiming, .xavier, .orthogonal: return 0
      }
    }
  }
}
