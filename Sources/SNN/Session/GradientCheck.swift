import SNNCalculus
import SNNIR
import SNNRuntime

/// Agreement of one parameter's gradient with central differences.
public struct GradientCheck: Sendable {
  public var parameter: String
  /// Elements compared.
  public var checked: Int
  public var elements: Int
  /// Largest |g - d| over the largest |d| among the elements compared.
  public var worst: Double
  public var isFine: Bool { worst <= GradientCheck.tolerance }

  /// Relative error up to which gradient and difference count as equal.
  public static let tolerance = 1e-6

  /// Checks every learnable parameter of a task with soft spikes and every reset path kept: then the loss is smooth
  /// and the gradient must be its derivative. In double precision.
  /// - Parameters:
  ///   - samples: how many samples of the training set.
  ///   - elements: how many elements of each array, those with the largest gradients.
  public static func run(
    _ model: Model, options: SessionOptions = SessionOptions(), samples count: Int = 4, elements limit: Int = 8,
    prepare: (Session) throws -> Void = { _ in }
  ) throws -> [GradientCheck] {
    var options = options
    options.precision = .f64
    var rule =
      model.task.learning
      ?? LearningRule(
        name: "bptt", surrogates: model.network.populations.map { _ in Surrogate(.sigmoid(slope: 10)) })
    rule.spikes = .soft
    // Without chance the score of the spikes is no part of the gradient.
    if rule.mode == .score { (rule.mode, rule.localLosses) = (.backward, []) }
    rule.reset = .keep
    let session = try Session(model, options: options, gradient: true, rule: rule)
    try prepare(session)
    let (source, all) = session.samples(of: model.task.dataSets.isEmpty ? nil : 0)
    let batch = try session.batch(source: source, samples: Array(all.prefix(count)), epoch: nil)
    return try check(session, batch, limit: limit)
  }

  /// The derivative by `extrapolated` from the first of several steps that settles by its own estimate of its error,
  /// else from the one that settles best. A kink nearby (the tick of a maximum changes, a branch is taken) spoils the
  /// wide steps only.
  private static func estimate(scale: Double, _ difference: (Double) throws -> Double) rethrows -> Double {
    var best = (value: Double.nan, error: Double.infinity)
    for step in [1e-3, 1e-4, 1e-5, 1e-6] {
      let found = try extrapolated(from: step * scale, difference)
      if found.error < best.error { best = found }
      if best.error <= 1e-8 * abs(best.value) { break }
    }
    return best.value
  }

  /// Ridders' method: the limit of central differences as their step is halved, by Neville's extrapolation in its
  /// square, stopped where rounding begins to count (Numerical Recipes, section 5.7).
  private static func extrapolated(
    from h: Double, _ difference: (Double) throws -> Double
  ) rethrows -> (value: Double, error: Double) {
    var row = [try difference(h)]
    var best = row[0]
    var error = Double.infinity
    var step = h
    for _ in 0..<7 {
      step /= 2
      var next = [try difference(step)]
      var factor = 4.0
      for (order, coarse) in row.enumerated() {
        next.append(next[order] + (next[order] - coarse) / (factor - 1))
        factor *= 4
        let change = max(abs(next[order + 1] - next[order]), abs(next[order + 1] - coarse))
        if change <= error { (error, best) = (change, next[order + 1]) }
      }
      if error <= 1e-9 * abs(best) || abs(next[next.count - 1] - row[row.count - 1]) > 2 * error { break }
      row = next
    }
    return (best, error)
  }

  static func check(_ session: Session, _ batch: Batch, limit: Int) throws -> [GradientCheck] {
    let engine = session.engine
    func loss() throws -> Double {
      guard let loss = try engine.run(batch).loss else { throw SNNError.model("the task has no loss") }
      return loss
    }
    do {
      let gradients = try engine.run(batch, gradient: true).gradients
      return try session.model.learnable.map { index in
        let values = engine.parameter(index)
        let gradient = gradients[index] ?? []
        // Elements of the largest gradients say most.
        let order = gradient.indices.sorted { (abs(gradient[$0]), $1) > (abs(gradient[$1]), $0) }
        var worst = 0.0
        var largest = 0.0
        var checked = 0
        for element in order.prefix(limit) {
          func difference(_ h: Double) throws -> Double {
            var moved = values
            moved[element] = values[element] + h
            try engine.setParameter(index, moved)
            let upper = try loss()
            moved[element] = values[element] - h
            try engine.setParameter(index, moved)
            return (upper - (try loss())) / (2 * h)
          }
          let estimate = try estimate(scale: max(abs(values[element]), 0.1), difference)
          worst = max(worst, abs(gradient[element] - estimate))
          largest = max(largest, abs(estimate))
          checked += 1
        }
        try engine.setParameter(index, values)
        return GradientCheck(
          parameter: session.model.network.parameters[index].name, checked: checked, elements: values.count,
          worst: largest > 0 ? worst / largest : worst)
      }
    } catch { throw SNNError.wrapping(session.fault(error)) }
  }
}
