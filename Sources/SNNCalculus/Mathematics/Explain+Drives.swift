import SNNIR

/// What flows into drives: inputs and states of other populations, weighted, and currents as the products that are
/// summed over synapses.
extension Explain {
  mutating func driveLines(_ population: Int) -> [Derivation.Line] {
    var lines: [Derivation.Line] = []
    for (index, drive) in planner.network.populations[population].drives.enumerated() {
      let inputs = planner.driveInputs[.init(population: population, drive: index)] ?? []
      guard !inputs.isEmpty else { continue }
      var isCurrent = false
      var terms: [String] = []
      for input in inputs {
        guard let found = planner.continuousInputs.first(where: { $0.symbol == input.symbol }) else {
          terms.append(indexed(planner.plan.graph[input.symbol].name, "n"))
          continue
        }
        let connection = planner.network.connections[found.connection]
        isCurrent = isCurrent || !connection.currents.isEmpty
        let sum = sent(connection, found.sent?.variable)
        terms.append(input.factor.map { factor($0) + product + sum } ?? sum)
      }
      lines.append(
        .equation(
          indexed(drive.name, "n"), terms.joined(separator: " + "),
          note: isCurrent ? "current: \(terms.count) product\(terms.count == 1 ? "" : "s")" : "held over the step"))
    }
    return lines
  }

  private var product: String { style == .latex ? " \\, " : " " }

  /// What the target has of its own, as a factor.
  private mutating func factor(_ value: ValueID) -> String {
    let text = write(value)
    guard text.contains(" ") || text.hasPrefix("-") else { return text }
    return style == .latex ? "\\left(\(text)\\right)" : "(\(text))"
  }

  /// A sum over the sources of each target.
  private mutating func sent(_ connection: Connection, _ variable: RecordedVariable?) -> String {
    var tick = connection.delay == 1 ? "n" : connection.delay == 0 ? "n+1" : "n+1-\(connection.delay)"
    if case .sparse(let sparsity) = connection.pattern, sparsity.hasOwnDelays { tick = "n+1-d" }
    let weight = isOne(connection.weight) ? "" : MathName.write(connection.name, style) + product
    let source: Int
    switch connection.source {
    case .input(let input): return weight + indexed(planner.network.inputs[input].name, tick)
    case .population(let index): source = index
    }
    let owner = planner.network.populations[source]
    let sum = style == .latex ? "\\sum_{\\mathrm{\(owner.name)}} " : "Σ_\(owner.name) "
    switch variable {
    case .state(let index): return sum + weight + indexed(foreign(owner.states[index].name, owner), tick)
    case .letBinding(let index):
      let own = names
      for state in owner.states { names[state.symbol] = indexed(foreign(state.name, owner), tick) }
      defer { names = own }
      return sum + weight + factor(owner.lets[index].value)
    case .drive(let index): return sum + weight + indexed(foreign(owner.drives[index].name, owner), tick)
    default: return sum + weight + indexed("S_" + owner.name, tick)
    }
  }

  private func foreign(_ name: String, _ owner: HybridPopulation) -> String { "\(name)_\(owner.name)" }

  /// A weight that nobody wrote: the expression has everything.
  private func isOne(_ parameter: Int) -> Bool {
    let weight = planner.network.parameters[parameter]
    guard !weight.isLearnable, case .value(let value) = weight.initial else { return false }
    return planner.network.graph.constant(value) == 1
  }
}
