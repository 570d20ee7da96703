import RealModule

/// Exponential of small dense matrices in `Double`, row-major.
public enum MatrixExponential {
  /// exp(A) by scaling and squaring with a Taylor series that is carried to rounding: for the few states of a neuron
  /// accuracy matters and time does not.
  public static func value(_ a: [Double]) -> [Double] {
    let n = Int(Double(a.count).squareRoot().rounded())
    let norm = (0..<n).map { i in (0..<n).reduce(0) { $0 + Swift.abs(a[i * n + $1]) } }.max() ?? 0
    guard norm.isFinite else { return Array(repeating: .nan, count: a.count) }
    let squarings = norm > 0.25 ? Swift.max(0, Int(Double.log2(norm / 0.25).rounded(.up))) : 0
    let scaled = a.map { Double.scale($0, by: -squarings) }
    var term = identity(n)
    var sum = term
    for k in 1...24 {
      term = multiply(term, scaled, n).map { $0 / Double(k) }
      for i in sum.indices { sum[i] += term[i] }
    }
    for _ in 0..<squarings { sum = multiply(sum, sum, n) }
    return sum
  }

  /// The Fréchet derivative of exp at A in direction E: the upper right block of exp [[A, E], [0, A]]
  /// (Van Loan 1978; Najfeld & Havel 1995).
  public static func derivative(_ a: [Double], along e: [Double]) -> [Double] {
    let n = Int(Double(a.count).squareRoot().rounded())
    var block = [Double](repeating: 0, count: 4 * n * n)
    for i in 0..<n {
      for j in 0..<n {
        block[i * 2 * n + j] = a[i * n + j]
        block[(i + n) * 2 * n + j + n] = a[i * n + j]
        block[i * 2 * n + j + n] = e[i * n + j]
      }
    }
    let exponential = value(block)
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n { for j in 0..<n { result[i * n + j] = exponential[i * 2 * n + j + n] } }
    return result
  }

  static func identity(_ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n { result[i * n + i] = 1 }
    return result
  }

  static func multiply(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for k in 0..<n where a[i * n + k] != 0 {
        for j in 0..<n { result[i * n + j] += a[i * n + k] * b[k * n + j] }
      }
    }
    return result
  }
}

extension Double {
  static func scale(_ x: Double, by exponent: Int) -> Double {
    x * Double(sign: .plus, exponent: exponent, significand: 1)
  }
}

/// Divided differences of exp, accurate for equal and nearly equal arguments (McCurdy, Ng & Parlett 1984).
public enum ExponentialDifferences {
  /// `exp[x0, …, xk]`. Two arguments have a closed form without cancellation; more are the corner entry of the
  /// exponential of the bidiagonal matrix with the arguments on its diagonal and ones above it (Opitz 1964), after
  /// subtraction of the largest, which keeps it accurate where they coincide and finite where they lie far apart.
  public static func value(_ x: [Double]) -> Double {
    switch x.count {
    case 1: return Double.exp(x[0])
    case 2:
      // e^high (1 - e^-d) / d, with d the distance down from the higher.
      let distance = Swift.abs(x[0] - x[1])
      return Double.exp(Swift.max(x[0], x[1])) * (distance == 0 ? 1 : -Double.expMinusOne(-distance) / distance)
    default:
      let n = x.count
      let sorted = x.sorted(by: >)
      let largest = sorted.first ?? 0
      var matrix = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        matrix[i * n + i] = sorted[i] - largest
        if i + 1 < n { matrix[i * n + i + 1] = 1 }
      }
      return Double.exp(largest) * MatrixExponential.value(matrix)[n - 1]
    }
  }
}
