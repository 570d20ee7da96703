import SNNIR
import SNNRuntime

/// Values of the learnable parameters, in internal units: a point of the space that learning moves in.
public struct ParameterPoint: Sendable, Equatable {
  /// By index in the network.
  var values: [Int: [Double]]
}

/// The loss of one batch along the straight line from one point of the parameters to another: 0 at the start, 1 at the
/// end. The session's own parameters end up where the last question asked.
public struct LossLine {
  private let session: Session
  private let batch: Batch
  private let end: ParameterPoint
  private let direction: [Int: [Double]]

  /// - Parameters:
  ///   - session: made with `gradient: true`; the rule of its task gives the slope.
  ///   - moving: parameters that change along the line; the others are where the line ends. nil: all.
  ///   - samples: how many samples of the training set; nil: a batch as the task says.
  /// - Throws: `SNNError`.
  public init(
    _ session: Session, from start: ParameterPoint, to end: ParameterPoint, moving names: [String]? = nil,
    samples count: Int? = nil
  ) throws {
    let network = session.model.network
    let learnable = session.model.learnable
    for name in names ?? [] where !learnable.contains(where: { network.parameters[$0].name == name }) {
      let known = learnable.map { network.parameters[$0].name }.joined(separator: ", ")
      throw SNNError.model("`\(name)` is nothing that the task learns; it learns \(known)")
    }
    let moving = learnable.filter { names?.contains(network.parameters[$0].name) ?? true }
    self.session = session
    self.end = end
    direction = [Int: [Double]](
      uniqueKeysWithValues: moving.map { index in
        (index, zip(start.values[index] ?? [], end.values[index] ?? []).map { $1 - $0 })
      })
    guard direction.values.contains(where: { $0.contains { $0 != 0 } }) else {
      throw SNNError.model("the line has no length: its two ends have the same parameters")
    }
    let (source, all) = session.samples(of: session.trainingSet)
    let wanted = count ?? max(session.options.batch ?? session.model.task.batch, 1)
    batch = try session.batch(source: source, samples: Array(all.prefix(wanted)), epoch: nil)
  }

  /// - Throws: `SNNError`.
  public func loss(at position: Double) throws -> Double {
    try move(to: position)
    do {
      guard let loss = try session.engine.run(batch).loss else { throw SNNError.model("the task has no `loss`") }
      return loss
    } catch { throw SNNError.wrapping(session.fault(error)) }
  }

  /// The derivative of the loss along the line as the learning rule has it: its gradient times the direction.
  /// - Throws: `SNNError`.
  public func slope(at position: Double) throws -> Double {
    try move(to: position)
    do {
      let gradients = try session.gradients(of: batch).gradients
      return direction.keys.sorted().reduce(0) { sum, index in
        zip(gradients[index] ?? [], direction[index] ?? []).reduce(sum) { $0 + $1.0 * $1.1 }
      }
    } catch { throw SNNError.wrapping(session.fault(error)) }
  }

  private func move(to position: Double) throws {
    var point = end
    for (index, way) in direction {
      // From the end, so that it is met exactly.
      point.values[index] = zip(end.values[index] ?? [], way).map { $0 + (position - 1) * $1 }
    }
    try session.set(point)
  }
}

extension Session {
  /// Where the learnable parameters are now.
  public var point: ParameterPoint {
    var result = ParameterPoint(values: [:])
    for entry in rules {
      for index in entry.learnable { result.values[index] = entry.engine.parameter(index) }
    }
    return result
  }

  func set(_ point: ParameterPoint) throws {
    do {
      for entry in rules {
        for (index, values) in point.values { try entry.engine.setParameter(index, values) }
      }
    } catch { throw SNNError.wrapping(error) }
  }
}
