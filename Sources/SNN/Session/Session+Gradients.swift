import SNNIR
import SNNRuntime

/// Loss and gradients of some samples.
public struct GradientResult: Sendable {
  public var loss: Double
  /// By parameter: of the mean loss, per declared unit of the parameter, row-major as `Session.parameter` gives it.
  public var gradients: [String: [Double]]
}

extension Session {
  /// Gradients of the mean loss over samples of a data set (nil: a task without data) under the task's rule. The
  /// session must have been made with `gradient: true`.
  /// - Parameter samples: positions in the set; nil: the first batch.
  /// - Throws: `SNNError`.
  public func gradients(dataSet: Int? = nil, samples wanted: Range<Int>? = nil) throws -> GradientResult {
    let (source, all) = samples(of: dataSet)
    let range = wanted ?? 0..<min(all.count, max(options.batch ?? model.task.batch, 1))
    guard !range.isEmpty, range.upperBound <= all.count else {
      throw SNNError.data("samples \(range) are asked for, the set has \(all.count)")
    }
    let batch = try batch(source: source, samples: Array(all[range]), epoch: nil)
    do {
      let result = try gradients(of: batch)
      var gradients: [String: [Double]] = [:]
      for (index, gradient) in result.gradients {
        let parameter = model.network.parameters[index]
        gradients[parameter.name] = gradient.map { $0 * parameter.unit.scale }
      }
      return GradientResult(loss: result.loss ?? .nan, gradients: gradients)
    } catch { throw SNNError.wrapping(fault(error)) }
  }

  /// Gradients of the first batch of the set that the task learns from.
  public func trainingGradients() throws -> GradientResult { try gradients(dataSet: trainingSet) }

  /// What happened to the data on the way in and does not stop a run, one sentence each.
  public var notes: [String] {
    encoder.dropped.sorted { $0.key < $1.key }.map { feed, count in
      "\(count) spike\(count == 1 ? "" : "s") of feed \(encoder.name(of: feed)) fell beyond the end of the run and "
        + (count == 1 ? "was" : "were") + " dropped"
    }
  }
}
