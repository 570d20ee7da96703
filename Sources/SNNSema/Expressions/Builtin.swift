import SNNIR

/// The functions of the language.
public enum Builtin: String, CaseIterable, Sendable {
  case exp, log, sqrt, abs, sign, min, max, clip, relu, sigmoid, tanh, sin, cos, erf, exprel, floor

  /// Functions of one number without a dimension.
  var opcode: Opcode? {
    switch self {
    case .exp: .exp
    case .log: .log
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    case .sin: .sin
    case .cos: .cos
    case .erf: .erf
    case .exprel: .exprel
    case .floor: .floor
    default: nil
    }
  }

  /// Names of the arguments; `min` and `max` take two or more.
  var arguments: [String] {
    switch self {
    case .min, .max: ["a", "b"]
    case .clip: ["x", "low", "high"]
    default: ["x"]
    }
  }
}
