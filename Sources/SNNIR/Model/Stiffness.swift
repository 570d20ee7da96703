import RealModule
import SNNIR

/// The shortest time constant of a flow at its initial state, which decides how many Runge-Kutta substeps a tick needs.
struct Stiffness {
  /// Largest magnitude among the eigenvalues of the Jacobian, in 1/ms.
  var rate: Double
  /// An exponential of a state occurs: voltage-gated terms change quickly away from the initial state.
  var isVoltageGated: Bool

  /// Substeps of at most a quarter of the shortest time constant, an eighth with voltage-gated terms.
  func substeps(per dt: Double) -> Int {
    guard rate.isFinite else { return Stiffness.limit + 1 }
    let longest = (isVoltageGated ? 0.125 : 0.25) / rate
    guard rate > 0, longest < dt else { return 1 }
    return Int(min((dt / longest - 1e-9).rounded(.up), Double(Stiffness.limit + 1)))
  }

  /// More substeps than this in one tick are refused: the tick is far too long for the equations.
  static let limit = 200

  static func of(
    _ flows: [ValueID], states: [SymbolID], initial: (SymbolID) -> Double?, in graph: inout Graph
  ) -> Stiffness {
    let loads = states.map { graph.load($0) }
    let rows = graph.jacobian(of: flows, with: loads, DerivativeContext(surrogates: []))
    let zero = graph.const(0)
    let entries = rows.flatMap { row in loads.map { row[$0] ?? zero } }
    let values = Evaluate.values(entries, in: graph, initial).map { $0 ?? 0 }
    let loadSet = Set(states)
    let gated = graph.reachable(from: flows).contains { value in
      switch graph[value].opcode {
      case .exp, .expm1, .tanh, .sigmoid, .exprel, .pow:
        return !graph.loadedSymbols([value]).isDisjoint(with: loadSet)
      default: return false
      }
    }
    return Stiffness(rate: spectralRadius(values), isVoltageGated: gated)
  }

  /// The spectral radius of a small matrix, by repeated squaring: log ρ = lim 2^-k log ‖A^(2^k)‖ (Gelfand 1941).
  static func spectralRadius(_ matrix: [Double]) -> Double {
    let n = Int(Double(matrix.count).squareRoot().rounded())
    guard matrix.allSatisfy(\.isFinite) else { return .infinity }
    var power = matrix
    var logNorm = 0.0
    var weight = 1.0
    for _ in 0..<48 {
      let norm = power.map(abs).max() ?? 0
      guard norm > 0 else { return 0 }
      logNorm += weight * Double.log(norm)
      power = power.map { $0 / norm }
      var square = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        for k in 0..<n { for j in 0..<n { square[i * n + j] += power[i * n + k] * power[k * n + j] } }
      }
      power = square
      weight /= 2
    }
    return Double.exp(logNorm)
  }
}
