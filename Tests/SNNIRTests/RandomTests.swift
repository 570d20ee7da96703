import SNNIR
import Testing

@Suite struct RandomTests {
  /// Known answers of Random123's kat_vectors, philox4x32 with 10 rounds.
  @Test func philoxKnownAnswers() {
    let zero = Philox4x32.block(counter: (0, 0, 0, 0), key: (0, 0))
    #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let f = UInt32.max
    let ones = Philox4x32.block(counter: (f, f, f, f), key: (f, f))
    #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = Philox4x32.block(
      counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0)
    )
    #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  /// FNV-1a test vectors of Fowler, Noll and Vo.
  @Test func pathHash() {
    #expect(RandomStream.hash("") == 0xcbf2_9ce4_8422_2325)
    #expect(RandomStream.hash("a") == 0xaf63_dc4c_8601_ec8c)
    #expect(RandomStream.hash("foobar") == 0x8594_4171_f739_67e8)
  }

  @Test func drawsDependOnEveryPartOfTheirAddress() {
    let base = RandomStream(seed: 1, path: "net.w").bits(index: 3, sample: 5, tick: 7)
    #expect(RandomStream(seed: 1, path: "net.w").bits(index: 3, sample: 5, tick: 7) == base)
    let others = [
      RandomStream(seed: 1 << 40 | 1, path: "net.w").bits(index: 3, sample: 5, tick: 7),
      RandomStream(seed: 1, path: "net.v").bits(index: 3, sample: 5, tick: 7),
      RandomStream(seed: 1, path: "net.w", epoch: 1).bits(index: 3, sample: 5, tick: 7),
      RandomStream(seed: 1, path: "net.w").bits(index: 2, sample: 5, tick: 7),
      RandomStream(seed: 1, path: "net.w").bits(index: 3, sample: 7, tick: 5),
      RandomStream(seed: 1, path: "net.w").bits(index: 3, sample: 5, tick: 8),
    ]
    #expect(Set(others + [base]).count == 7)
  }

  @Test func wordsAreTheLanesOfTheirBlock() {
    let stream = RandomStream(seed: 9, path: "p")
    let block = stream.block(1, sample: 2, tick: 3)
    #expect(
      (4..<8).map { stream.word(index: $0, sample: 2, tick: 3) } == [
        block.0, block.1, block.2, block.3,
      ])
  }

  /// Quantiles of the standard normal distribution to 17 digits, computed with 50 digits.
  @Test(arguments: [
    (0.5000001, 2.506628273311648e-07),
    (0.6, 0.25334710313579974132),
    (0.925, 1.43953147093845622906),
    (0.93, 1.47579102817917109904),
    (0.1, -1.2815515655446004353),
    (0.01, -2.3263478740408410930),
    (0.0001, -3.7190164854556805522),
    (1e-09, -5.9978070150076868614),
    (1e-12, -7.0344838253011319326),
    (1.1102230246251565e-16, -8.2095361516013868556),
    (0.999, 3.09023230616781327775),
  ])
  func quantile(p: Double, x: Double) {
    #expect(abs(StandardNormal.quantile(p) - x) <= 1e-15 * abs(x))
  }

  @Test func quantileOutsideItsDomain() {
    #expect(StandardNormal.quantile(0) == -.infinity)
    #expect(StandardNormal.quantile(1) == .infinity)
    #expect(StandardNormal.quantile(-1).isNaN)
    #expect(StandardNormal.quantile(.nan).isNaN)
  }

  /// Moments within five standard errors: variance 1/n for the mean, 2/n for the variance, 24/n for the kurtosis.
  @Test func normalMoments() {
    let stream = RandomStream(seed: 0, path: "normal")
    let n = 40_000
    let draws = (0..<n).map { stream.normal(index: $0) }
    let mean = draws.reduce(0, +) / Double(n)
    let variance = draws.reduce(0) { $0 + $1 * $1 } / Double(n)
    let fourth = draws.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(n)
    #expect(abs(mean) < 5 * (1 / Double(n)).squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / Double(n)).squareRoot())
    #expect(abs(fourth - 3) < 5 * (96 / Double(n)).squareRoot())
  }

  @Test func uniformStaysInsideAndIsFlat() {
    let stream = RandomStream(seed: 0, path: "uniform")
    let n = 20_000
    var bins = [Int](repeating: 0, count: 10)
    for index in 0..<n {
      let u = stream.uniform(index: index)
      #expect(u >= 0 && u < 1)
      bins[Int(u * 10)] += 1
    }
    // Chi-squared with 9 degrees of freedom exceeds 33.7 with probability 1e-4.
    let expected = Double(n) / 10
    #expect(
      bins.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected } < 33.7)
  }

  @Test func integersStayBelowTheirBound() {
    let stream = RandomStream(seed: 3, path: "integer")
    let draws = (0..<200).map { stream.integer(below: 7, index: $0) }
    #expect(Set(draws) == Set(0..<7))
    #expect(stream.integer(below: 1, index: 0) == 0)
  }
}
