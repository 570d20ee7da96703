import RealModule

/// The Poisson distribution, for sources of independent events.
public enum PoissonQuantile {
  /// The least k with P(count <= k) > u: by its sum up to a mean of 256, beyond that by the normal quantile with its
  /// first correction (Cornish & Fisher 1938), whose error is far below one count. Lanes compute the same.
  public static func value(mean: Double, _ u: Double) -> Double {
    guard mean > 0 else { return mean.isNaN ? mean : 0 }
    if mean <= 256 {
      var term = Double.exp(-mean)
      var sum = term
      var k = 0.0
      while u >= sum, k < 4096 {
        k += 1
        term *= mean / k
        sum += term
        if term == 0 { break }
      }
      return k
    }
    let z = StandardNormal.quantile(max(u, 0x1p-53))
    return max(0, (mean + mean.squareRoot() * z + (z * z - 1) / 6 + 0.5).rounded(.down))
  }
}
