import RealModule

/// Zeros of sums of polynomials times exponentials, g(t) = Σ c_m t^p_m e^(λ_m t), all of them, on an interval from 0.
///
/// Between two neighbouring zeros of the derivative g has at most one zero. Divided by one of the exponentials, the sum
/// has a derivative with one term fewer; so the zeros follow by recursion, and none is missed.
enum Crossing {
  struct Term {
    var rate: Double
    /// By power of t.
    var coefficients: [Double]
  }

  /// The first time after 0, up to `limit`, at which g goes from below 0 to above; infinity where there is none.
  /// - Parameter isFresh: g may start at 0 and count as below; false right after a spike, where a value of 0 up to
  ///   rounding is the crossing that has just been.
  static func first(
    rates: UnsafePointer<Double>, powers: UnsafePointer<Int32>, _ g: UnsafePointer<Double>, count: Int,
    limit: Double, isFresh: Bool
  ) -> Double {
    // A constant and one or two decaying exponentials, the usual case.
    var constant = 0.0
    var (a, b, p, q) = (0.0, 0.0, 0.0, 0.0)
    var number = 0
    for m in 0..<count where g[m] != 0 {
      if powers[m] != 0 || rates[m] > 0 { number = 3 }
      if rates[m] == 0, powers[m] == 0 {
        constant += g[m]
        continue
      }
      number += 1
      if number == 1 { (a, p) = (g[m], rates[m]) } else { (b, q) = (g[m], rates[m]) }
    }
    guard number <= 2 else { return general(rates, powers, g, count, limit, isFresh) }
    return decays(constant, a, p, b, q, limit: limit, isFresh: isFresh)
  }

  /// As `first` for c + a e^(p t) + b e^(q t) with p, q < 0.
  static func decays(
    _ constant: Double, _ a: Double, _ p: Double, _ b: Double, _ q: Double, limit: Double, isFresh: Bool
  ) -> Double {
    let most = constant + max(a, 0) + max(b, 0)
    if most <= 0 { return .infinity }
    let slack = isFresh ? 0 : 1e-12 * (abs(constant) + abs(a) + abs(b))
    let start = constant + a + b
    var turn = Double.infinity
    var atTurn = 0.0
    if a != 0, b != 0 {
      let ratio = -(a * p) / (b * q)
      if ratio > 0 {
        let t = Double.log(ratio) / (q - p)
        if t > 0, t < limit {
          turn = t
          // There e^((q - p) t) is the ratio.
          let x = Double.exp(p * t)
          atTurn = constant + x * (a + b * ratio)
        }
      }
    }
    let isBelow = start < -slack || (isFresh && start == 0)
    if turn < limit {
      if isBelow, atTurn > 0 { return start == 0 ? 0 : root(constant, a, p, b, q, 0, turn) }
      guard atTurn < 0 else { return .infinity }
    } else if !isBelow {
      return .infinity
    }
    let last = constant + a * Double.exp(p * limit) + b * Double.exp(q * limit)
    guard last > 0 else { return .infinity }
    if turn < limit { return root(constant, a, p, b, q, turn, limit) }
    return start == 0 ? 0 : root(constant, a, p, b, q, 0, limit)
  }

  /// The zero between `low`, where the sum is below 0, and `high`, where it is above: by Halley's method kept inside the
  /// bracket, whose error goes with the third power of the last step.
  private static func root(
    _ constant: Double, _ a: Double, _ p: Double, _ b: Double, _ q: Double, _ low: Double, _ high: Double
  ) -> Double {
    var (low, high) = (low, high)
    var t = low
    for _ in 0..<200 {
      let (x, y) = (a * Double.exp(p * t), b * Double.exp(q * t))
      let g = constant + x + y
      if g == 0 { return t }
      if g < 0 { low = t } else { high = t }
      let slope = p * x + q * y
      let bend = p * p * x + q * q * y
      let newton = g / slope
      let curvature = newton * bend / slope
      var next = t - newton / (1 - 0.5 * curvature)
      let isInside = next > low && next < high
      if !isInside { next = low + (high - low) / 2 }
      let change = abs(next - t)
      if next == t || next <= low && next >= high { return t }
      t = next
      if change <= 2e-16 * max(t, 1e-300) { return t }
      if isInside, abs(curvature) < 1e-6, change * max(-p, -q) < 1e-6 { return t }
      if high - low <= 2e-16 * high { return high }
    }
    return t
  }

  /// The zero between `low`, where g < 0, and `high`, where g > 0, by Newton's method kept inside the bracket.
  @inline(__always) static func root(
    _ low: Double, _ high: Double, _ at: (Double) -> (value: Double, slope: Double)
  ) -> Double {
    var (low, high) = (low, high)
    var t = low
    var (g, slope) = at(t)
    if g >= 0 { return t }
    for _ in 0..<200 {
      let step = g / slope
      var next = t - step
      if !(next > low && next < high) { next = low + (high - low) / 2 }
      if next == t || next <= low && next >= high { return t }
      let change = abs(next - t)
      t = next
      (g, slope) = at(t)
      if g == 0 || change <= 2e-16 * max(abs(t), 1e-300) { return t }
      if g < 0 { low = t } else { high = t }
      if high - low <= 2e-16 * high { return high }
    }
    return t
  }

  // MARK: Any number of terms

  private static func general(
    _ rates: UnsafePointer<Double>, _ powers: UnsafePointer<Int32>, _ g: UnsafePointer<Double>, _ count: Int,
    _ limit: Double, _ isFresh: Bool
  ) -> Double {
    let terms = terms(rates, powers, g, count)
    let points = [0] + zeros(terms, limit) + [limit]
    let size = terms.reduce(0) { $0 + $1.coefficients.reduce(0) { $0 + abs($1) } }
    let slack = isFresh ? 0 : 1e-12 * size
    for k in 0..<points.count - 1 {
      let before = k == 0 ? value(terms, 0) : value(terms, (points[k - 1] + points[k]) / 2)
      let after = value(terms, (points[k] + points[k + 1]) / 2)
      if k == 0 {
        if isFresh, before == 0, after > 0 { return 0 }
        continue
      }
      if before < 0, after > 0, k > 1 || value(terms, 0) < -slack { return points[k] }
    }
    return .infinity
  }

  static func terms(
    _ rates: UnsafePointer<Double>, _ powers: UnsafePointer<Int32>, _ g: UnsafePointer<Double>, _ count: Int
  ) -> [Term] {
    var result: [Term] = []
    for m in 0..<count where g[m] != 0 {
      if result.last?.rate != rates[m] { result.append(Term(rate: rates[m], coefficients: [])) }
      let power = Int(powers[m])
      let k = result.count - 1
      while result[k].coefficients.count <= power { result[k].coefficients.append(0) }
      result[k].coefficients[power] += g[m]
    }
    return result
  }

  static func value(_ terms: [Term], _ t: Double) -> Double {
    var sum = 0.0
    for term in terms {
      var polynomial = 0.0
      for c in term.coefficients.reversed() { polynomial = polynomial * t + c }
      sum += polynomial * (term.rate == 0 ? 1 : Double.exp(term.rate * t))
    }
    return sum
  }

  static func derivative(_ terms: [Term]) -> [Term] {
    terms.compactMap { term in
      var c = term.coefficients.map { $0 * term.rate }
      for k in 1..<max(term.coefficients.count, 1) { c[k - 1] += Double(k) * term.coefficients[k] }
      while let last = c.last, last == 0 { c.removeLast() }
      return c.isEmpty ? nil : Term(rate: term.rate, coefficients: c)
    }
  }

  /// Every sign change in 0 < t < `limit`, ascending.
  static func zeros(_ terms: [Term], _ limit: Double) -> [Double] {
    guard let slowest = terms.map(\.rate).max(), terms.count > 1 || terms[0].coefficients.count > 1 else { return [] }
    let shifted = terms.map { Term(rate: $0.rate - slowest, coefficients: $0.coefficients) }
    let slopes = derivative(shifted)
    let points = [0] + zeros(slopes, limit) + [limit]
    var result: [Double] = []
    for (low, high) in zip(points, points.dropFirst()) where low < high {
      let (a, b) = (value(shifted, low), value(shifted, high))
      if a == 0, low > 0 { result.append(low) }
      if a < 0, b > 0 {
        result.append(root(low, high) { (value(shifted, $0), value(slopes, $0)) })
      } else if a > 0, b < 0 {
        result.append(root(low, high) { (-value(shifted, $0), -value(slopes, $0)) })
      }
    }
    return result
  }
}
