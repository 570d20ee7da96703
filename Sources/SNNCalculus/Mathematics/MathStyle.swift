/// How formulas are written.
public enum MathStyle: Hashable, Sendable { case text, latex }

/// A symbol's name as mathematics.
struct MathName {
  private static let greek: Set<String> = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Phi", "Psi", "Omega",
  ]
  private static let letters: [Character: String] = [
    "α": "\\alpha", "β": "\\beta", "γ": "\\gamma", "δ": "\\delta", "ε": "\\varepsilon", "η": "\\eta", "θ": "\\theta",
    "κ": "\\kappa", "λ": "\\lambda", "μ": "\\mu", "ν": "\\nu", "ξ": "\\xi", "π": "\\pi", "ρ": "\\rho",
    "σ": "\\sigma", "τ": "\\tau", "φ": "\\varphi", "χ": "\\chi", "ψ": "\\psi", "ω": "\\omega", "Θ": "\\Theta",
    "Σ": "\\Sigma", "Δ": "\\Delta", "Ω": "\\Omega", "⁻": "^{-}", "*": "^{*}", "∂": "\\partial ",
  ]

  /// `tau_mem` → `\tau_{\mathrm{mem}}`; in text the name itself.
  static func write(_ name: String, _ style: MathStyle) -> String {
    guard style == .latex else { return name }
    let parts = name.split(separator: "_", omittingEmptySubsequences: true).map(String.init)
    guard let head = parts.first else { return name }
    let subscripts = parts.dropFirst().map { "\\mathrm{\($0)}" }.joined(separator: ",")
    let base = greek.contains(head) ? "\\" + head : head.map { letters[$0] ?? String($0) }.joined()
    let plain = head.count > 1 && !greek.contains(head) && head.allSatisfy { $0.isLetter && $0.isASCII }
    let body = plain ? "\\mathrm{\(head)}" : base
    return subscripts.isEmpty ? body : "\(body)_{\(subscripts)}"
  }

  static func number(_ x: Double, _ style: MathStyle) -> String {
    if let whole = Int(exactly: x), abs(x) < 1e9 { return String(whole) }
    let text = "\(x)"
    guard style == .latex, let e = text.firstIndex(where: { $0 == "e" }) else { return text }
    return "\(text[..<e]) \\cdot 10^{\(text[text.index(after: e)...])}"
  }
}
