/// The way of one unit whose flow has no closed form, as far as it has been looked ahead: steps that an arrival may cut.
final class NumericTrack {
  struct Step {
    var time: Double
    var length: Double
  }
  var steps: [Step] = []
  /// States at the beginning of each step, then after the last.
  var states: [Double] = []
  /// The length to try next.
  var trial = 0.0

  func clear() {
    steps.removeAll(keepingCapacity: true)
    states.removeAll(keepingCapacity: true)
  }
}

/// The Runge-Kutta pair of Dormand & Prince (1980), order 5(4).
enum DormandPrince {
  static let stages = 7
  static let a: [[Double]] = [
    [],
    [1.0 / 5],
    [3.0 / 40, 9.0 / 40],
    [44.0 / 45, -56.0 / 15, 32.0 / 9],
    [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
    [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
    [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
  ]
  /// Order 5 minus order 4.
  static let error: [Double] = [
    71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
  ]
  static let relative = 1e-12
  static let absolute = 1e-13
}
