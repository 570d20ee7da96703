import SNNIR

/// The derivatives of everything that a tick computes with respect to what it computes it from: integration, arrivals,
/// threshold and reset, population by population. Every plan for learning is put together from these.
public enum LocalJacobians {
  /// nil where the equations cannot be integrated as asked.
  public static func derivation(_ network: NetworkModel, _ task: TaskModel, style: MathStyle) -> Derivation? {
    var integrate = Integrate(network)
    let (models, faults) = integrate.run()
    guard faults.isEmpty else { return nil }
    let unlearned = network.populations.map { _ in Surrogate(.none) }
    let context = DerivativeContext(surrogates: task.learning?.surrogates ?? unlearned)
    var result = Derivation()
    var writer = Writer(network: network, graph: integrate.network.graph, style: style, context: context)
    for model in models {
      let population = network.populations[model.population]
      result.blocks.append(writer.block(model, population))
    }
    return result
  }

  private struct Writer {
    let network: NetworkModel
    var graph: Graph
    let style: MathStyle
    let context: DerivativeContext
    var names: [SymbolID: String] = [:]

    mutating func block(_ model: StepModel, _ population: HybridPopulation) -> Derivation.Block {
      for state in model.states {
        names[state.present] = indexed(state.name, "n")
        names[state.integratedSymbol] = indexed(state.name + "⁻", "n+1")
        names[state.deliveredSymbol] = indexed(state.name + "*", "n+1")
      }
      names[model.flag] = "S[n]"
      names[model.newFlag] = "S[n+1]"
      for (symbol, drive) in zip(model.drives, population.drives) { names[symbol] = indexed(drive.name, "n") }
      for (symbol, port) in zip(model.arrivals, population.ports) { names[symbol] = indexed(port.name, "n+1") }
      let states = model.states
      var lines: [Derivation.Line] = []
      for state in states {
        lines += rows(
          of: state.integrated, called: indexed(state.name + "⁻", "n+1"),
          by: states.map(\.present) + [model.flag] + model.drives)
      }
      for state in states {
        lines += rows(
          of: state.delivered, called: indexed(state.name + "*", "n+1"),
          by: states.map(\.integratedSymbol) + [model.flag] + model.arrivals)
      }
      if let margin = model.margin { lines += rows(of: margin, called: "m[n+1]", by: states.map(\.deliveredSymbol)) }
      for state in states {
        lines += rows(
          of: state.final, called: indexed(state.name, "n+1"), by: states.map(\.deliveredSymbol) + [model.newFlag])
      }
      return Derivation.Block(title: "Local Jacobians: \(population.name)", lines: lines)
    }

    /// The derivatives of one value that are not 0.
    private mutating func rows(of value: ValueID, called name: String, by symbols: [SymbolID]) -> [Derivation.Line] {
      let targets = symbols.map { graph.load($0) }
      let row = graph.jacobian(of: [value], with: targets, context)[0]
      return zip(symbols, targets).compactMap { symbol, target in
        guard let derivative = row[target], graph.constant(derivative) != 0 else { return nil }
        let left =
          style == .latex
          ? "\\frac{\\partial \(name)}{\\partial \(display(symbol))}" : "∂\(name)/∂\(display(symbol))"
        return .equation(left, write(derivative), note: "")
      }
    }

    private func indexed(_ name: String, _ index: String) -> String { "\(MathName.write(name, style))[\(index)]" }

    private func display(_ symbol: SymbolID) -> String {
      if let name = names[symbol] { return name }
      return MathName.write(network.localName(graph[symbol].name), style)
    }

    private func write(_ value: ValueID) -> String {
      MathPrinter(graph, style: style) { display($0) }.print(value)
    }
  }
}
