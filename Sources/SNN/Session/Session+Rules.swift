import SNNIR
import SNNRuntime

/// A learning rule with the engine that runs its plan. Each has all parameters; those of others are copied over after
/// every update.
struct RuleEngine {
  let rule: LearningRule?
  let engine: Engine
  /// Parameters that it changes.
  let learnable: [Int]
}

extension Session {
  /// One update: every rule computes its gradient at the same parameters, then each changes its own.
  /// - Parameter optimiser: the task's, at the rate that it has now.
  func step(_ batch: Batch, _ optimiser: OptimiserSpec) throws -> StepResult {
    var result: StepResult?
    for entry in rules {
      let made = try step(batch, entry, optimiser)
      result = result ?? made
    }
    try share()
    guard let result else { throw SNNError.model("nothing in the network is `learnable`") }
    return result
  }

  private func step(_ batch: Batch, _ entry: RuleEngine, _ optimiser: OptimiserSpec) throws -> StepResult {
    let gradients = entry.rule?.mode == .difference ? try differences(batch, entry) : nil
    return try entry.engine.step(batch, optimiser: optimiser, learnable: entry.learnable, gradients: gradients)
  }

  /// Copies what each rule changed to the others.
  private func share() throws {
    guard rules.count > 1 else { return }
    for (place, owner) in rules.enumerated() {
      for parameter in owner.learnable {
        let values = owner.engine.parameter(parameter)
        for (other, entry) in rules.enumerated() where other != place {
          try entry.engine.setParameter(parameter, values)
        }
      }
    }
  }

  /// Gradients of a batch, by every rule for its own parameters, of natural values in internal units.
  func gradients(of batch: Batch) throws -> BatchResult {
    var result: BatchResult?
    for entry in rules {
      var own: BatchResult
      if entry.rule?.mode == .difference {
        own = try entry.engine.run(batch)
        own.gradients = try differences(batch, entry)
      } else {
        own = try entry.engine.run(batch, gradient: true)
      }
      guard var known = result else {
        result = own
        continue
      }
      for parameter in entry.learnable { known.gradients[parameter] = own.gradients[parameter] }
      result = known
    }
    guard let result else { throw SNNError.model("nothing in the network is `learnable`") }
    return result
  }

  /// Central differences of the loss with respect to every element of every parameter: the definition, and the slowest
  /// way there is.
  private func differences(_ batch: Batch, _ entry: RuleEngine) throws -> [Int: [Double]] {
    let engine = entry.engine
    let step = engine.precision == .f64 ? 1e-5 : 1e-3
    func loss() throws -> Double { try engine.run(batch).loss ?? .nan }
    var result: [Int: [Double]] = [:]
    for parameter in entry.learnable {
      let values = engine.parameter(parameter)
      defer { try? engine.setParameter(parameter, values) }
      result[parameter] = try values.indices.map { element in
        let h = step * max(abs(values[element]), 0.1)
        var moved = values
        moved[element] = values[element] + h
        try engine.setParameter(parameter, moved)
        let above = engine.parameter(parameter)[element]
        let upper = try loss()
        moved[element] = values[element] - h
        try engine.setParameter(parameter, moved)
        let below = engine.parameter(parameter)[element]
        // The step as the precision has it.
        return (upper - (try loss())) / (above - below)
      }
    }
    return result
  }

  // MARK: - Checkpoints

  /// What training changes, each parameter as the rule has it that changes it.
  func snapshot() -> Snapshot {
    var result = rules[0].engine.snapshot()
    result.parameters = Array(result.parameters.prefix(model.network.parameters.count))
    for entry in rules.dropFirst() {
      let own = entry.engine.snapshot()
      for parameter in entry.learnable { result.parameters[parameter] = own.parameters[parameter] }
    }
    return result
  }

  /// Fixed numbers of a rule's own, which follow from the seed, stay.
  func restore(_ snapshot: Snapshot) throws {
    for entry in rules {
      var own = snapshot
      own.parameters += entry.engine.snapshot().parameters.dropFirst(model.network.parameters.count)
      try entry.engine.restore(own)
    }
  }
}
