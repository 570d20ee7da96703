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
        note: "spike with this probability, u uniform; dS/dP = 1")
    }
  }
}
