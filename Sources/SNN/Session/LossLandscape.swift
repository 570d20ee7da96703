/// The loss at evenly spaced places of a line, and two slopes between neighbours: what the loss does, and what the
/// learning rule says.
public struct LossLandscape: Sendable {
  /// At 0, 1 / steps, … 1.
  public var losses: [Double]
  /// Differences of neighbouring losses over their distance, one for each step.
  public var differences: [Double]
  /// The rule's derivative in the middle of each step.
  public var slopes: [Double]
  public var steps: Int { slopes.count }

  /// - Throws: `SNNError`.
  public init(_ line: LossLine, steps: Int, isCancelled: () -> Bool = { false }) throws {
    let steps = max(steps, 1)
    let width = 1 / Double(steps)
    losses = [try line.loss(at: 0)]
    differences = []
    slopes = []
    for step in 0..<steps {
      if isCancelled() { throw SNNError.cancelled }
      losses.append(try line.loss(at: Double(step + 1) * width))
      differences.append((losses[step + 1] - losses[step]) / width)
      slopes.append(try line.slope(at: (Double(step) + 0.5) * width))
    }
  }

  /// Share of the line on which the loss does not change at all.
  public var flatShare: Double { Self.zeros(differences) }

  /// Share of the line on which the rule gives no slope.
  public var deadShare: Double { Self.zeros(slopes) }

  /// Steps over which `smoothed` averages: a twentieth of the line.
  private var window: Int { max(1, steps / 20) }

  /// Means over a twentieth of the line, one for each place of the window that lies on it.
  public func smoothed(_ values: [Double]) -> [Double] {
    guard values.count >= window else { return values }
    return (0...(values.count - window)).map { start in
      values[start..<(start + window)].reduce(0, +) / Double(window)
    }
  }

  /// Share of the line on which both slopes, smoothed, have one sign. A place that is flat even so counts for neither.
  public var agreement: Double {
    let pairs = zip(smoothed(differences), smoothed(slopes)).filter { $0.0 != 0 }
    guard !pairs.isEmpty else { return .nan }
    return Double(pairs.count { $0.0 * $0.1 > 0 }) / Double(pairs.count)
  }

  private static func zeros(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : Double(values.count { $0 == 0 }) / Double(values.count)
  }

  // MARK: - Drawn

  /// The loss, both slopes as they are, and both smoothed.
  public var panels: [Panel] {
    let width = 1 / Double(steps)
    func panel(_ title: String, _ quantity: String, _ curves: [Curve], from first: Double) -> Panel {
      var panel = CurvePanel(title: title, quantity: quantity, curves: curves, scaling: .linear)
      panel.spacing = CurvePanel.Spacing(label: "position between the two ends", first: first, interval: width)
      return .curves(panel)
    }
    let middle = width / 2
    return [
      panel("Loss", "loss", [Curve(name: "", values: losses)], from: 0),
      panel("Finite differences of the loss", "slope", [Curve(name: "", values: differences)], from: middle),
      panel("Slope by the learning rule", "slope", [Curve(name: "", values: slopes)], from: middle),
      panel(
        "Both, over a twentieth of the line", "slope",
        [
          Curve(name: "finite differences", values: smoothed(differences)),
          Curve(name: "learning rule", values: smoothed(slopes)),
        ], from: width * Double(window) / 2),
    ]
  }
}
