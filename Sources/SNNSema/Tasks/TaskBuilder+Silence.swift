import SNNIR
import SNNSyntax

/// A population that cannot reach its threshold, where that can be proved: nothing arrives, chance has no part, and a
/// constant drive, or a constant in the equation, takes the one state that the threshold reads to a value below it, along an exponential.
extension TaskBuilder {
  func lintSilence(_ checker: inout ExpressionChecker) {
    for index in checker.model.populations.indices {
      let population = checker.model.populations[index]
      guard let proof = restingBelow(index, &checker) else { continue }
      let state = population.states[proof.state]
      let term = checker.task.network?.variable(index, state.name)
      let unit = term.flatMap { checker.solver.constant($0.term) }?.displayUnit.display ?? .one
      func shown(_ value: Double) -> String {
        let number = formatted((unit.fromInternal(value) * 1e6).rounded() / 1e6)
        return unit.text == "1" ? number : "\(number) \(unit.text)"
      }
      let feed = task.feeds.first { feed in
        if case .drive(index, _) = feed.target { true } else { false }
      }
      guard let location = population.drives.isEmpty ? population.location : feed?.location,
        checker.locations.indices.contains(Int(location.index))
      else { continue }
      checker.report(
        .cannotReachThreshold(
          population: population.name, state: state.name, rest: shown(proof.rest), threshold: shown(proof.threshold),
          at: checker.locations[Int(location.index)]))
    }
  }

  private func restingBelow(
    _ index: Int, _ checker: inout ExpressionChecker
  ) -> (state: Int, rest: Double, threshold: Double)? {
    let population = checker.model.populations[index]
    guard let test = population.guardCondition, population.draws.isEmpty, population.updates.isEmpty,
      !checker.model.connections.contains(where: { $0.target == index }),
      let read = checker.model.graph.symbol(test.left), checker.model.graph[test.left].opcode == .load,
      let state = population.states.firstIndex(where: { $0.symbol == read }), let flow = population.flows[state],
      let threshold = checker.staticValue(test.right), let drives = constantDrives(index, checker)
    else { return nil }
    // Nobody has spiked before the first spike.
    var map: [SymbolID: ValueID] = [population.flag: checker.model.graph.const(0)]
    for (drive, value) in zip(population.drives, drives) { map[drive.symbol] = checker.model.graph.const(value) }
    var first: [Double] = []
    for own in population.states {
      guard case .value(let initial) = own.initial, let value = checker.staticValue(initial) else { return nil }
      first.append(value)
    }
    // Other states that the flow reads must stay where they begin.
    for (other, own) in population.states.enumerated() where other != state {
      guard checker.model.graph.loadedSymbols([flow]).contains(own.symbol) else { continue }
      if let rate = population.flows[other] {
        let symbols = checker.model.graph.loadedSymbols([rate])
        guard
          !population.states.enumerated().contains(where: { $0.offset != other && symbols.contains($0.element.symbol) })
        else { return nil }
        var still = map
        still[own.symbol] = checker.model.graph.const(first[other])
        let change = checker.model.graph.substitute(rate, still)
        guard checker.staticValue(change) == 0 else { return nil }
      }
      map[own.symbol] = checker.model.graph.const(first[other])
    }
    guard checker.model.graph.degree(of: flow, in: { $0 == read }) == 1 else { return nil }
    func slope(at value: Double) -> Double? {
      map[read] = checker.model.graph.const(value)
      let rate = checker.model.graph.substitute(flow, map)
      return checker.staticValue(rate)
    }
    guard let rest = slope(at: 0), let sum = slope(at: 1) else { return nil }
    let rate = sum - rest
    guard rate < 0, rate.isFinite, rest.isFinite else { return nil }
    // Explicit steps longer than the time constant go beyond where they lead to.
    if case .auto = population.integrator {} else if rate * checker.model.step < -1 { return nil }
    let end = -rest / rate
    // Without a drive and at rest nothing was meant to happen yet.
    if population.drives.isEmpty, abs(end - first[state]) <= 1e-9 * abs(end) { return nil }
    let highest = max(first[state], end)
    // What is within rounding of the threshold is nobody's proof.
    guard highest < threshold - 1e-6 * max(abs(threshold), abs(end - first[state])) else { return nil }
    return (state, end, threshold)
  }

  /// What the task feeds to each drive, where that is one number throughout; at least one of them is fed.
  private func constantDrives(_ index: Int, _ checker: ExpressionChecker) -> [Double]? {
    var result = [Double](repeating: 0, count: checker.model.populations[index].drives.count)
    var isFed = result.isEmpty
    for feed in task.feeds {
      guard case .drive(index, let drive) = feed.target else { continue }
      guard case .direct(let value) = feed.encoder, let number = checker.staticValue(value) else { return nil }
      result[drive] = number
      isFed = isFed || number != 0
    }
    return isFed ? result : nil
  }
}
