/// The standard normal distribution in fixed arithmetic.
public enum StandardNormal {
  /// The number that a standard normal variable stays below with probability `p`, for 0 < p < 1; relative error about
  /// 1e-16 (Wichura 1988, algorithm AS 241, PPND16). Outside (0, 1) the result is -inf, +inf or NaN.
  @inlinable
  public static func quantile(_ p: Double) -> Double {
    let q = p - 0.5
    if abs(q) <= 0.425 {
      let r = 0.180625 - q * q
      return q * ratio(r, central)
    }
    let tail = q < 0 ? p : 1 - p
    guard tail > 0 else { return tail == 0 ? (q < 0 ? -.infinity : .infinity) : .nan }
    let r = (-logarithm(tail)).squareRoot()
    let magnitude = r <= 5 ? ratio(r - 1.6, middle) : ratio(r - 5, far)
    return q < 0 ? -magnitude : magnitude
  }

  /// Numerator and denominator of a rational approximation, highest power first, one pair per power.
  @usableFromInline typealias Rational = (
    SIMD2<Double>, SIMD2<Double>, SIMD2<Double>, SIMD2<Double>,
    SIMD2<Double>, SIMD2<Double>, SIMD2<Double>, SIMD2<Double>
  )

  @inlinable static func ratio(_ r: Double, _ c: Rational) -> Double {
    var sum = c.0
    sum = sum * r + c.1
    sum = sum * r + c.2
    sum = sum * r + c.3
    sum = sum * r + c.4
    sum = sum * r + c.5
    sum = sum * r + c.6
    sum = sum * r + c.7
    return sum.x / sum.y
  }

  @inlinable static var central: Rational {
    (
      [2.5090809287301226727e+3, 5.2264952788528545610e+3],
      [3.3430575583588128105e+4, 2.8729085735721942674e+4],
      [6.7265770927008700853e+4, 3.9307895800092710610e+4],
      [4.5921953931549871457e+4, 2.1213794301586595867e+4],
      [1.3731693765509461125e+4, 5.3941960214247511077e+3],
      [1.9715909503065514427e+3, 6.8718700749205790830e+2],
      [1.3314166789178437745e+2, 4.2313330701600911252e+1], [3.3871328727963666080e+0, 1]
    )
  }

  @inlinable static var middle: Rational {
    (
      [7.74545014278341407640e-4, 1.05075007164441684324e-9],
      [2.27238449892691845833e-2, 5.47593808499534494600e-4],
      [2.41780725177450611770e-1, 1.51986665636164571966e-2],
      [1.27045825245236838258e+0, 1.48103976427480074590e-1],
      [3.64784832476320460504e+0, 6.89767334985100004550e-1],
      [5.76949722146069140550e+0, 1.67638483018380384940e+0],
      [4.63033784615654529590e+0, 2.05319162663775882187e+0], [1.42343711074968357734e+0, 1]
    )
  }

  @inlinable static var far: Rational {
    (
      [2.01033439929228813265e-7, 2.04426310338993978564e-15],
      [2.71155556874348757815e-5, 1.42151175831644588870e-7],
      [1.24266094738807843860e-3, 1.84631831751005468180e-5],
      [2.65321895265761230930e-2, 7.86869131145613259100e-4],
      [2.96560571828504891230e-1, 1.48753612908506148525e-2],
      [1.78482653991729133580e+0, 1.36929880922735805310e-1],
      [5.46378491116411436990e+0, 5.99832206555887937690e-1], [6.65790464350110377720e+0, 1]
    )
  }

  /// Natural logarithm of a positive normal number, within two units in the last place. A C library picks variants by
  /// processor that differ in the last bit; this one uses only +, -, x and /: with x = m 2^e and m in [√½, √2),
  /// log x = e log 2 + 2 artanh((m - 1) / (m + 1)).
  @inlinable static func logarithm(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var m = x.significand
    if m > 1.4142135623730951 {
      m *= 0.5
      exponent += 1
    }
    let s = (m - 1) / (m + 1)
    let z = s * s
    // |s| < 0.1716: the first term left out is z^11 / 23 < 1e-18.
    var sum = 1.0 / 21
    var k = 19.0
    while k >= 3 {
      sum = sum * z + 1 / k
      k -= 2
    }
    let artanh = s + s * (z * sum)
    let log2High = 0.693147180369123816490
    let log2Low = 1.90821492927058770002e-10
    return exponent * log2High + (2 * artanh + exponent * log2Low)
  }
}
