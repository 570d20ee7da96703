import RealModule

/// The solution of x' = A x + b where A is triangular (in some order of the states) with real diagonal:
/// x_i(t) = Σ_m c_im t^p_m e^(λ_m t), with c linear in x(0) and b. Equal diagonal entries give powers of t.
final class ExponentialModes: @unchecked Sendable {
  let n: Int
  let count: Int
  let rates: UnsafeMutablePointer<Double>
  let powers: UnsafeMutablePointer<Int32>
  /// `[i][m][j]`: c_im per x_j(0), and per b_j.
  let fromState: UnsafeMutablePointer<Double>
  let fromOffset: UnsafeMutablePointer<Double>

  /// Diagonal entries closer than this, relative to the larger, lose too many digits.
  private static let separation = 1e-5

  private struct Mode: Hashable {
    var rate: Double
    var power: Int
  }

  /// nil where the states cannot be ordered, or two rates lie too close: then time steps are taken instead.
  /// - Parameter a: row-major.
  init?(_ a: [Double], n: Int) {
    guard a.allSatisfy(\.isFinite), let order = Self.order(a, n) else { return nil }
    for i in 0..<n {
      for j in 0..<i {
        let (p, q) = (a[i * n + i], a[j * n + j])
        let gap = abs(p - q)
        if gap != 0, gap < Self.separation * max(abs(p), abs(q)) { return nil }
      }
    }
    // Sums of modes with coefficients over (x(0), b).
    var solution = [[Mode: [Double]]](repeating: [:], count: n)
    for i in order {
      let own = a[i * n + i]
      var sum: [Mode: [Double]] = [:]
      func add(_ mode: Mode, _ factor: Double, _ vector: [Double]) {
        var old = sum[mode] ?? Array(repeating: 0, count: 2 * n)
        for k in 0..<2 * n { old[k] += factor * vector[k] }
        sum[mode] = old
      }
      var unit = [Double](repeating: 0, count: 2 * n)
      unit[i] = 1
      add(Mode(rate: own, power: 0), 1, unit)
      var sources: [Mode: [Double]] = [:]
      for j in 0..<n where j != i && a[i * n + j] != 0 {
        for (mode, vector) in solution[j] {
          var old = sources[mode] ?? Array(repeating: 0, count: 2 * n)
          for k in 0..<2 * n { old[k] += a[i * n + j] * vector[k] }
          sources[mode] = old
        }
      }
      var offset = sources[Mode(rate: 0, power: 0)] ?? Array(repeating: 0, count: 2 * n)
      offset[n + i] += 1
      sources[Mode(rate: 0, power: 0)] = offset
      for (mode, vector) in sources.sorted(by: { ($0.key.rate, $0.key.power) < ($1.key.rate, $1.key.power) }) {
        if mode.rate == own {
          add(Mode(rate: own, power: mode.power + 1), 1 / Double(mode.power + 1), vector)
          continue
        }
        // ∫ e^(own (t - s)) s^p e^(rate s) ds by parts, from the highest power down.
        var factor = 1 / (mode.rate - own)
        for power in stride(from: mode.power, through: 0, by: -1) {
          add(Mode(rate: mode.rate, power: power), factor, vector)
          if power == 0 {
            add(Mode(rate: own, power: 0), -factor, vector)
          } else {
            factor *= -Double(power) / (mode.rate - own)
          }
        }
      }
      solution[i] = sum.filter { $0.value.contains { $0 != 0 } }
    }
    let modes = Set(solution.flatMap(\.keys)).sorted { ($0.rate, $0.power) < ($1.rate, $1.power) }
    self.n = n
    count = modes.count
    rates = .allocate(capacity: max(count, 1))
    powers = .allocate(capacity: max(count, 1))
    fromState = .allocate(capacity: max(n * count * n, 1))
    fromOffset = .allocate(capacity: max(n * count * n, 1))
    for (m, mode) in modes.enumerated() {
      rates[m] = mode.rate
      powers[m] = Int32(mode.power)
      for i in 0..<n {
        let vector = solution[i][mode] ?? Array(repeating: 0, count: 2 * n)
        for j in 0..<n {
          fromState[(i * count + m) * n + j] = vector[j]
          fromOffset[(i * count + m) * n + j] = vector[n + j]
        }
      }
    }
  }

  deinit {
    rates.deallocate()
    powers.deallocate()
    fromState.deallocate()
    fromOffset.deallocate()
  }

  /// An order in which each state depends on earlier ones only; nil where they depend on one another.
  private static func order(_ a: [Double], _ n: Int) -> [Int]? {
    var order: [Int] = []
    var rest = Array(0..<n)
    while !rest.isEmpty {
      guard let next = rest.first(where: { i in rest.allSatisfy { $0 == i || a[i * n + $0] == 0 } }) else { return nil }
      order.append(next)
      rest.removeAll { $0 == next }
    }
    return order
  }

  var table: ModeTable { ModeTable(n: n, count: count, rates: rates, powers: powers, fromState: fromState) }
}

extension ModeTable {
  /// The functions of time themselves.
  @inline(__always) func basis(_ t: Double, _ out: UnsafeMutablePointer<Double>) {
    for m in 0..<count {
      let rate = rates[m]
      if m > 0, rate == rates[m - 1] {
        out[m] = out[m - 1] * (powers[m] > powers[m - 1] ? Double.pow(t, Int(powers[m] - powers[m - 1])) : 1)
        continue
      }
      let e = rate == 0 ? 1 : Double.exp(rate * t)
      out[m] = powers[m] == 0 ? e : e * (powers[m] == 1 ? t : Double.pow(t, Int(powers[m])))
    }
  }

  /// States after a time, in place. `offsets`: contributions `[i][m]` of b; nil where b is 0.
  @inline(__always) func advance(
    _ x: UnsafeMutablePointer<Double>, _ transition: TransitionCache.Entry, _ offsets: UnsafePointer<Double>?,
    _ scratch: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<n {
      var sum = 0.0
      for j in 0..<n { sum += transition.matrix[i * n + j] * x[j] }
      if let offsets { for m in 0..<count { sum += offsets[i * count + m] * transition.functions[m] } }
      scratch[i] = sum
    }
    for i in 0..<n { x[i] = scratch[i] }
  }

  /// Adjoints before a time, in place: Φ(t)ᵀ λ.
  @inline(__always) func pull(
    _ adjoint: UnsafeMutablePointer<Double>, _ transition: TransitionCache.Entry,
    _ scratch: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<n {
      var sum = 0.0
      for i in 0..<n { sum += transition.matrix[i * n + j] * adjoint[i] }
      scratch[j] = sum
    }
    for j in 0..<n { adjoint[j] = scratch[j] }
  }
}
