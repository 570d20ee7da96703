import SNNIR
import Testing

/// Expected numbers: mpmath 1.3.0 with 60 digits (the corner of the exponential of Opitz' bidiagonal matrix) and
/// scipy 1.17.1 (`scipy.linalg.expm`, `expm_frechet`).
@Suite struct ExponentialTests {
  private func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-14) -> Bool {
    abs(a - b) <= tolerance * max(abs(b), .leastNormalMagnitude)
  }

  static let differences: [([Double], Double)] = [
    ([-0.1, -0.2], 0.86106664957977714494), ([-0.1, -0.1], 0.90483741803595957316),
    ([1, 1, 1], 1.3591409142295226177), ([0, -1, -2], 0.19978820044686402435),
    ([-0.1, -0.1, -0.2], 0.43770768456182428221), ([-0.1, -0.100001, -0.2, -0.3], 0.14000524685588720946),
    ([0, -50, -50.5], 0.0003960396039603960396), ([0, -2000, -2000], 2.5e-7),
    ([-45, -1445], 2.0446561289638526032e-23),
  ]

  @Test(arguments: 0..<differences.count) func dividedDifferences(_ index: Int) {
    let (arguments, expected) = Self.differences[index]
    // Squaring a bidiagonal matrix of norm 50 twenty times costs a few digits of the last place.
    let tolerance = arguments.contains { $0 < -10 } ? 1e-11 : 4e-15
    #expect(isClose(ExponentialDifferences.value(arguments), expected, tolerance))
    #expect(isClose(ExponentialDifferences.value(arguments.reversed()), expected, tolerance))
  }

  /// The propagator from synaptic current to membrane, `P21 = (dt / tau_mem) exp[-dt/tau_mem, -dt/tau_syn]`, at 1 ms:
  /// 10 and 5 ms, equal, and nearly equal time constants (mpmath as above).
  @Test func propagatorOfTheExactNeuron() {
    for (membrane, synapse, expected) in [
      (10.0, 5.0, 0.086106664957977714494), (10, 10, 0.090483741803595957316), (9.9999, 10, 0.090484601407301786225),
      (10, 9.9999, 0.090483696561287713207),
    ] {
      let value = ExponentialDifferences.value([-1 / membrane, -1 / synapse]) / membrane
      #expect(isClose(value, expected))
    }
  }

  /// Two half steps are one step: P21(h) = P11(h/2) P21(h/2) + P21(h/2) P22(h/2).
  @Test func halfStepsCompose() {
    func p21(_ h: Double) -> Double { h / 10 * ExponentialDifferences.value([-h / 10, -h / 5]) }
    let (a, b) = (MatrixExponential.value([-0.05])[0], MatrixExponential.value([-0.1])[0])
    #expect(isClose(a * p21(0.5) + p21(0.5) * b, p21(1)))
  }

  @Test func matrixExponential() {
    let a: [Double] = [-1, 2, 0.5, -2, -1, 0.25, 0.125, 0, -3]
    let expected = [
      -0.1493464087143921, 0.33853624834623824, 0.05083980666258758, -0.3364241073822399, -0.15357069064238837,
      -0.059065735228636, 0.004261387809653917, 0.016897127711985968, 0.05282542972292048,
    ]
    for (value, number) in zip(MatrixExponential.value(a), expected) { #expect(abs(value - number) < 5e-15) }
  }

  /// exp [[-a, 1], [0, -a]] = e^-a [[1, 1], [0, 1]]: a defective matrix is no special case.
  @Test func equalEigenvalues() {
    let value = MatrixExponential.value([-0.1, 1, 0, -0.1])
    let decay = 0.90483741803595957316
    for (entry, expected) in zip(value, [decay, decay, 0, decay]) { #expect(abs(entry - expected) < 4e-15) }
  }

  @Test func largeAndBrokenMatricesGiveNumbers() {
    #expect(MatrixExponential.value([-1e6, 0, 0, -1e9]) == [0, 0, 0, 0])
    #expect(MatrixExponential.value([.infinity]).allSatisfy { $0.isNaN })
    #expect(MatrixExponential.value([]) == [])
  }

  @Test func frechetDerivative() {
    let a: [Double] = [-1, 2, 0.5, -2, -1, 0.25, 0.125, 0, -3]
    let e: [Double] = [0, 1, 0, 0, 0, -1, 0.5, 0, 0]
    let expected = [
      -0.159579525411075, 0.02076374597908576, -0.14810223875555004, 0.14804789383297928, -0.17556368440095346,
      -0.03074290042090806, 0.011415902489918413, 0.07238519981550681, 0.00724187804909717,
    ]
    let derivative = MatrixExponential.derivative(a, along: e)
    let h = 1e-5
    let plus = MatrixExponential.value(zip(a, e).map { $0 + h * $1 })
    let minus = MatrixExponential.value(zip(a, e).map { $0 - h * $1 })
    for index in 0..<9 {
      #expect(abs(derivative[index] - expected[index]) < 5e-15)
      #expect(abs(derivative[index] - (plus[index] - minus[index]) / (2 * h)) < 1e-9)
    }
  }

  /// ∂ exp[x0, x1] / ∂x0 = exp[x0, x0, x1].
  @Test func differencesAreClosedUnderDifferentiation() {
    for (x, y) in [(-0.1, -0.2), (-0.1, -0.1), (-0.1, -0.1 - 1e-9), (0.5, -3)] {
      let h = 1e-5
      let numeric = (ExponentialDifferences.value([x + h, y]) - ExponentialDifferences.value([x - h, y])) / (2 * h)
      #expect(abs(ExponentialDifferences.value([x, x, y]) - numeric) < 1e-9)
    }
  }
}
