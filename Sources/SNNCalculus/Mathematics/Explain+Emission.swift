import SNNIR

extension Explain {
  func describe(_ emission: Emission, _ model: StepModel) -> String {
    switch emission {
    case .probability: "a spike by chance, then reset" + (model.refractoryTicks > 0 ? refractoryText(model) : "")
    case .counts: "a Poisson count"
    case .graded: "a graded output"
    }
  }

  /// `hidden.V.xi` is N_xi[n], a standard normal number; what decides a spike is u[n], uniform.
  func drawName(_ draw: RandomDraw) -> String {
    guard draw.kind == .normal else { return "u[n+1]" }
    let name = draw.path.split(separator: ".").last.map(String.init) ?? draw.path
    return style == .latex ? "N_{\\mathrm{\(name)}}[n]" : "N_\(name)[n]"
  }

  mutating func emissionLine(_ emission: Emission) -> Derivation.Line {
    let value = write(emission.value)
    let isLatex = style == .latex
    switch emission {
    case .graded: return .equation("S[n+1]", value, note: "output")
    case .counts(_, let uniform):
      let function = isLatex ? "F^{-1}" : "F⁻¹"
      return .equation(
        "S[n+1]", "\(function)(\(write(load(uniform))); \(value))", note: "Poisson count of this mean; u uniform")
    case .probability(_, let uniform):
      let step = isLatex ? "\\Theta" : "Θ"
      return .equation(
        "S[n+1]", "\(step)(\(value) - \(write(load(uniform))))",
        note: "spike with this probability, u uniform; \(chanceNote)")
    }
  }

  private var chanceNote: String { rule.mode == .score ? "no derivative" : "dS/dP = 1" }

  /// A threshold that is a chance.
  mutating func chanceLine(_ population: Int, _ margin: ValueID) -> Derivation.Line? {
    guard rule.spikes == .stochastic else { return nil }
    let surrogate = planner.context.surrogates[population]
    guard let probability = SurrogateTable.primitive(surrogate, at: margin, in: &planner.plan.graph) else { return nil }
    let step = style == .latex ? "\\Theta" : "Θ"
    return .equation(
      "S[n+1]", "\(step)(\(write(probability)) - u[n+1])", note: "spike with this probability, u uniform; \(chanceNote)"
    )
  }

  /// Spikes that the loss asks about are sent as they are given.
  func forcedLine(_ population: Int) -> Derivation.Line? {
    guard let forced = planner.task.forced.first(where: { $0.population == population }) else { return nil }
    let graph = planner.plan.graph
    let names = graph.loadedSymbols([forced.spikes]).map { graph[$0].name }
    return .equation(
      "S[n+1]", indexed(names.first ?? "target", "n+1"), note: "given: the spikes whose likelihood is asked for")
  }

  /// What log P(S) is made of, where the loss or the rule reads it.
  mutating func hazardLines(_ population: Int, _ objective: Objective) -> [Derivation.Line] {
    let isRead = objective.adjoints.keys.contains {
      if case .recorded(population, .hazard) = planner.plan.graph[$0].kind { true } else { false }
    }
    guard isRead, let hazard = planner.ticks[population].hazard else { return [] }
    let isForced = planner.task.forced.contains { $0.population == population }
    var lines: [Derivation.Line] = [
      .equation(indexed("hazard", "n"), write(hazard), note: "-log P(no spike)")
    ]
    if isForced || rule.mode == .score {
      let isLatex = style == .latex
      let left = isLatex ? "\\frac{\\partial \\log P}{\\partial hazard}[n]" : "∂log P/∂hazard[n]"
      let right =
        isLatex
        ? "S[n] \\frac{e^{-hazard[n]}}{1 - e^{-hazard[n]}} - (1 - S[n])"
        : "S[n] exp(-hazard[n]) / (1 - exp(-hazard[n])) - (1 - S[n])"
      lines.append(
        .equation(
          left, right,
          note: isForced ? "of the given spikes" : "score of the spikes; ∂L/∂hazard is the sample's loss times it"))
    }
    return lines
  }
}
