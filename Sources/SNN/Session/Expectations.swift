import SNNIR
import SNNRuntime

/// How one `expect` line came out.
public struct ExpectationResult: Sendable, Equatable {
  /// As written.
  public var text: String
  /// `file:line:column`.
  public var place: String?
  public var holds: Bool
  /// What was measured, where the line compares something.
  public var measured: Double?
}

extension Session {
  /// Evaluates the task's `expect` lines: scores of data sets, or reductions of a run without data.
  public func expectations(isCancelled: () -> Bool = { false }) throws -> [ExpectationResult] {
    var evaluations: [Int: Evaluation] = [:]
    let graph = model.network.graph
    var results: [ExpectationResult] = []
    for expectation in model.task.expectations {
      let roots = [expectation.condition] + [expectation.measured].compactMap { $0 }
      var values: [Double?]
      let sets = metricSets(roots, graph)
      if sets.isEmpty {
        values = try measure(roots)
      } else {
        for set in sets where evaluations[set] == nil {
          evaluations[set] = try evaluate(set, isCancelled: isCancelled)
        }
        values = Evaluate.values(roots, in: graph) { symbol in
          guard case .metric(let score, let set) = graph[symbol].kind else { return nil }
          return score < 0 ? evaluations[set]?.loss : evaluations[set]?.scores[score]
        }
      }
      results.append(
        ExpectationResult(
          text: expectation.text, place: model.place(expectation.location), holds: values[0] == 1,
          measured: values.count > 1 ? values[1] : nil))
    }
    return results
  }

  private func metricSets(_ roots: [ValueID], _ graph: Graph) -> [Int] {
    let sets = graph.loadedSymbols(roots).compactMap { symbol -> Int? in
      if case .metric(_, let set) = graph[symbol].kind { return set }
      return nil
    }
    return Set(sets).sorted()
  }

  /// Values of a run without data, as scores of a plan of its own.
  private func measure(_ roots: [ValueID]) throws -> [Double?] {
    var probe = model
    probe.task.loss = nil
    probe.task.scores = roots.map { Score(name: "expect", value: $0) }
    let session = try Session(probe, options: options)
    for index in model.network.parameters.indices {
      try session.engine.setParameter(index, engine.parameter(index))
    }
    let (source, samples) = session.samples(of: model.task.dataSets.isEmpty ? nil : 0)
    let batch = try session.batch(source: source, samples: samples, epoch: nil)
    do { return try session.engine.run(batch).scores } catch { throw SNNError.wrapping(fault(error)) }
  }
}
