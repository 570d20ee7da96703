/// `\tau` for `τ`, as prompts of mathematical languages have it.
public enum GreekLetters {
  public static let letters: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "Ohm": "Ω", "micro": "µ", "degC": "degC",
  ]

  /// The text with every `\name` replaced that is a letter's name; inside quotes nothing is.
  public static func expanded(_ text: String) -> String {
    var result = ""
    var rest = Substring(text)
    var isQuoted = false
    while let character = rest.first {
      if character == "\"" { isQuoted.toggle() }
      if character == "\\", !isQuoted {
        let name = rest.dropFirst().prefix { $0.isASCII && $0.isLetter }
        if let letter = letters[String(name)] {
          result += letter
          rest = rest.dropFirst(name.count + 1)
          continue
        }
      }
      result.append(character)
      rest = rest.dropFirst()
    }
    return result
  }
}
