import RealModule

/// The shortest time constant of a flow at its initial state, which decides how many Runge-Kutta substeps a tick needs.
public struct Stiffness: Sendable {
  /// Largest magnitude among the eigenvalues of the Jacobian, in 1/ms.
  public var rate: Double
  /// An exponential of a state occurs: voltage-gated terms change quickly away from the initial state.
  public var isVoltageGated: Bool
  /// The state that changes fastest by itself, by index into the population's states.
  public var fastest: Int

  /// Substeps of at most a quarter of the shortest time constant, an eighth with voltage-gated terms.
  public func substeps(per dt: Double) -> Int {
    guard rate.isFinite else { return Stiffness.limit + 1 }
    let longest = (isVoltageGated ? 0.125 : 0.25) / rate
    guard rate > 0, longest < dt else { return 1 }
    // The Jacobian is known to rounding of its differences: what is a whole number stays one.
    return Int(min((dt / longest - 1e-6).rounded(.up), Double(Stiffness.limit + 1)))
  }

  /// More substeps than this in one tick are refused: the tick is far too long for the equations.
  public static let limit = 200

  public init(of population: HybridPopulation, in graph: Graph, initial: InitialValues) {
    let indices = population.flows.keys.sorted()
    let states = indices.map { population.states[$0].symbol }
    let flows = indices.map { population.flows[$0]! }
    let slopes = NumericValues(flows, in: graph, of: states) { initial[$0] }
    let loadSet = Set(states)
    let gated = graph.reachable(from: flows).contains { value in
      switch graph[value].opcode {
      case .exp, .expm1, .tanh, .sigmoid, .exprel, .pow:
        return !graph.loadedSymbols([value]).isDisjoint(with: loadSet)
      default: return false
      }
    }
    let jacobian = slopes.jacobian(at: states.map { initial[$0] ?? 0 })
    rate = Self.spectralRadius(jacobian)
    isVoltageGated = gated
    fastest =
      indices.enumerated().max {
        abs(jacobian[$0.offset * indices.count + $0.offset]) < abs(jacobian[$1.offset * indices.count + $1.offset])
      }?.element ?? 0
  }

  /// The spectral radius of a small matrix, by repeated squaring: log ρ = lim 2^-k log ‖A^(2^k)‖ (Gelfand 1941).
  public static func spectralRadius(_ matrix: [Double]) -> Double {
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
