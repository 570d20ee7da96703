import SNN

/// Loss, scores and firing rates of one data set, as verbs report them at their end.
struct Measurements {
  /// Name of the data set, or of the task where it has no data.
  var set: String
  var samples: Int
  var loss: Double?
  var scores: [Progress.Named]
  var rates: [Progress.Named]

  init(_ set: String, _ evaluation: Evaluation, _ model: Model) {
    self.set = set
    samples = evaluation.samples
    loss = evaluation.loss
    scores = model.named(evaluation.scores)
    rates = model.namedRates(evaluation.rates)
  }

  /// `test accuracy 0.956, loss 0.213, hidden 14.2 Hz`
  var line: String {
    var parts = scores.map { "\($0.name) " + NumberText.significant($0.value, 4) }
    if let loss { parts.append("loss " + NumberText.significant(loss, 4)) }
    parts += rates.map { "\($0.name) " + ($0.value == 0 ? "silent" : NumberText.significant($0.value, 3) + " Hz") }
    return set + " " + parts.joined(separator: ", ")
  }

  var json: JSON {
    .object([
      "set": .string(set), "samples": .integer(samples), "loss": loss.map(JSON.number) ?? .null,
      "scores": Self.members(scores), "rates_hz": Self.members(rates),
    ])
  }

  static func members(_ values: [Progress.Named]) -> JSON {
    .object(values.map { JSON.Member(name: $0.name, value: .number($0.value)) })
  }

  /// Of every data set of the task, in its order, or of the one called `only`.
  static func all(
    _ session: Session, only: Int? = nil, isCancelled: () -> Bool = { Interruption.isRequested }
  ) throws -> [Measurements] {
    let sets = session.model.task.dataSets
    guard !sets.isEmpty else {
      let evaluation = try session.evaluate(nil, isCancelled: isCancelled)
      return [Measurements(session.model.task.name, evaluation, session.model)]
    }
    return try (only.map { [$0] } ?? Array(sets.indices)).map { index in
      Measurements(sets[index].name, try session.evaluate(index, isCancelled: isCancelled), session.model)
    }
  }
}
