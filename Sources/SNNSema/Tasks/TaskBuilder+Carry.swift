import SNNIR
import SNNSyntax

/// States that survive from one sample to the next: `persistent state` of a neuron, `carry state NAMES` of a task.
extension TaskBuilder {
  mutating func buildCarried(_ checker: inout ExpressionChecker) {
    defer { checker.file = file }
    var place: Span?
    for entry in items {
      guard case .carry(let names, let span) = entry.item else { continue }
      checker.file = entry.file
      if names.isEmpty, task.goesOn, let place {
        checker.report(.repeated(what: "carry state", at: span, first: place))
        continue
      }
      place = place ?? span
      if names.isEmpty { carryAll(&checker) }
      for name in names {
        for (population, state) in states(named: name, &checker) {
          checker.model.populations[population].states[state].isPersistent = true
        }
      }
    }
    let found = checker.model.populations.lazy.compactMap { population in
      population.states.first { $0.isPersistent }.map { (name: "\(population.name).\($0.name)", location: $0.location) }
    }.first
    guard found != nil || task.goesOn else { return }
    let span = place ?? declared(found?.location ?? .unknown, checker)
    let name = found?.name ?? "t"
    let what = "`\(name)` going on from sample to sample"
    if checker.model.isExact {
      checker.report(
        .impossible(
          what: what + " with `step exact`", reason: "there a run begins with every neuron at its first values",
          nearest: "`step 0.1 ms`", at: span))
    } else if task.duration != nil {
      checker.report(
        .impossible(
          what: what + " where samples differ in length",
          reason: "it goes on from the end of the run, which is not that of the sample", nearest: "`run for` one time",
          at: span))
    } else if task.batch > 1 {
      let given = items.lazy.compactMap { entry -> Span? in
        if case .setting(let key, _, let span) = entry.item, key.text == "batch" { span } else { nil }
      }.first
      checker.report(.batchWithStates(batch: task.batch, state: name, at: given ?? span))
    }
  }

  /// All that there is; what connections draw for a sample holds for that sample.
  private mutating func carryAll(_ checker: inout ExpressionChecker) {
    task.goesOn = true
    for population in checker.model.populations.indices where !checker.model.populations[population].isRelay {
      for state in checker.model.populations[population].states.indices {
        checker.model.populations[population].states[state].isPersistent = true
      }
    }
  }

  /// `P.X`, or every state of P.
  private func states(named name: Name, _ checker: inout ExpressionChecker) -> [(Int, Int)] {
    for (index, population) in checker.model.populations.enumerated() where !population.isRelay {
      if name.text == population.name { return population.states.indices.map { (index, $0) } }
      guard name.text.hasPrefix(population.name + ".") else { continue }
      let own = String(name.text.dropFirst(population.name.count + 1))
      if let state = population.state(named: own) { return [(index, state)] }
    }
    let known = checker.model.populations.filter { !$0.isRelay }
      .flatMap { population in population.states.map { "\(population.name).\($0.name)" } }
    checker.report(
      .noSuchState(name: name.text, at: name.span, nearest: Spelling.nearest(to: name.text, among: known)))
    return []
  }

  private func declared(_ location: LocationID, _ checker: ExpressionChecker) -> Span {
    let index = Int(location.index)
    return checker.locations.indices.contains(index) ? checker.locations[index] : name.span
  }
}
