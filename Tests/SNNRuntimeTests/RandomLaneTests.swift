import CSNNKernels
import SNNIR
import Testing

@testable import SNNRuntime

/// Numbers drawn in lanes are those of `RandomStream`, in every instruction set and precision.
@Suite struct RandomLaneTests {
  private static func draw<T: BinaryFloatingPoint>(
    _ set: InstructionSet, _ precision: Precision, _ kind: snn_draw_kind, _ count: Int, _ stream: RandomStream,
    tick: Int,
    sample: Int, as type: T.Type
  ) throws -> [T] {
    let table = try #require(KernelTable(set, precision))
    var result = [T](repeating: -7, count: count + 1)
    result.withUnsafeMutableBytes { memory in
      table.raw.pointee.draw(
        kind, memory.baseAddress, count, stream.key0, stream.key1, UInt32(truncatingIfNeeded: tick),
        UInt32(truncatingIfNeeded: sample))
    }
    // Nothing is written beyond the end.
    #expect(result[count] == -7)
    return Array(result.dropLast())
  }

  @Test(arguments: InstructionSet.available) func lanesAreTheStream(_ set: InstructionSet) throws {
    let stream = RandomStream(seed: 11, path: "cells.V.xi", epoch: 3)
    for (count, tick, sample) in [
      (1, 0, 0), (2, 1, 5), (127, 17, 0), (128, 4, 1), (129, 9, 70_000), (1000, 1 << 30, 3),
    ] {
      for kind in RandomDraw.Kind.allCases {
        let raw = kind == .normal ? SNN_NORMAL : SNN_UNIFORM
        let expected = (0..<count).map {
          RandomDraw.value(kind, stream, unit: $0, sample: sample, tick: tick, epoch: 3)
        }
        let wide = try Self.draw(set, .f64, raw, count, stream, tick: tick, sample: sample, as: Double.self)
        #expect(wide == expected)
        let narrow = try Self.draw(set, .f32, raw, count, stream, tick: tick, sample: sample, as: Float.self)
        let rounding: FloatingPointRoundingRule = kind != .normal ? .towardZero : .toNearestOrEven
        #expect(narrow == expected.map { $0.rounded32(rounding) })
      }
    }
  }

  /// A million normal numbers: moments within five standard errors, and the share beyond ±3 (both tails of the quantile).
  @Test func normalNumbersAreNormal() throws {
    let stream = RandomStream(seed: 1, path: "moments")
    let count = 1_000_000
    let x = try Self.draw(.best, .f64, SNN_NORMAL, count, stream, tick: 0, sample: 0, as: Double.self)
    let n = Double(count)
    let root = n.squareRoot()
    let mean = x.reduce(0, +) / n
    let square = x.reduce(0) { $0 + $1 * $1 } / n
    let fourth = x.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
    #expect(abs(mean) < 5 / root)
    #expect(abs(square - 1) < 5 * 2.0.squareRoot() / root)
    #expect(abs(fourth - 3) < 5 * 96.0.squareRoot() / root)
    // 2 (1 - Φ(3)) = 0.0026998.
    let beyond = Double(x.count { abs($0) > 3 }) / n
    #expect(abs(beyond - 0.0026998) < 5 * 0.0026998.squareRoot() / root)
    // Neighbouring units, which share a block of Philox, are independent.
    let product = zip(x, x.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / n
    #expect(abs(product) < 5 / root)
  }

  /// Counts of lanes against the reference, and mean and variance of a Poisson variable: both are its parameter.
  @Test(arguments: [0.0, 0.002, 0.7, 4, 31, 255, 300, 4000]) func countsArePoisson(_ mean: Double) throws {
    let stream = RandomStream(seed: 5, path: "counts")
    let count = 40_000
    let u = try Self.draw(.best, .f64, SNN_UNIFORM, count, stream, tick: 0, sample: 0, as: Double.self)
    let expected = u.map { PoissonQuantile.value(mean: mean, $0) }
    for set in InstructionSet.available {
      let table = try #require(KernelTable(set, .f64))
      let found = KernelTests.apply(table, SNN_POISSON, [Array(repeating: mean, count: count), u])
      #expect(found == expected)
    }
    let n = Double(count)
    let average = expected.reduce(0, +) / n
    let variance = expected.reduce(0) { $0 + ($1 - average) * ($1 - average) } / n
    #expect(abs(average - mean) <= 5 * (mean / n).squareRoot())
    #expect(abs(variance - mean) <= 5 * ((mean + 2 * mean * mean) / n).squareRoot())
    #expect(expected.allSatisfy { $0 == $0.rounded() && $0 >= 0 })
  }

  /// P(count <= k) at k, from the sum of the series: the quantile steps exactly there.
  @Test func quantileStepsAtTheDistribution() {
    let mean = 2.5
    var term = 0.0820849986238988  // exp(-2.5)
    var sum = term
    for k in 0..<12 {
      #expect(PoissonQuantile.value(mean: mean, sum - 1e-9) == Double(k))
      #expect(PoissonQuantile.value(mean: mean, sum + 1e-9) == Double(k + 1))
      term *= mean / Double(k + 1)
      sum += term
    }
  }
}

extension Double {
  /// The number of single precision next to it in a direction.
  fileprivate func rounded32(_ rule: FloatingPointRoundingRule) -> Float {
    let nearest = Float(self)
    guard rule == .towardZero, Double(nearest).magnitude > magnitude else { return nearest }
    return nearest > 0 ? nearest.nextDown : nearest.nextUp
  }
}
