extension TaskModel {
  /// Every broken invariant of the task; `network.verify()` speaks for the network and the graph.
  public func verify(in network: NetworkModel) -> [IRFault] {
    var check = Verification(network.graph)
    let inherited = check.faults.count
    let place = "task \(name)"
    for (what, value) in [("its ticks", ticks), ("epochs", epochs), ("checkpoint", checkpoint)] {
      check.check(value >= 0, place, .number(what, Double(value)))
    }
    for (what, value) in [("batch", batch), ("record every", recordEvery)] {
      check.check(value >= 1, place, .number(what, Double(value)))
    }
    check.unique(dataSets.map(\.name), "\(place), data sets")
    for set in dataSets {
      if check.index(set.source, of: sources.count, "source", "set \(set.name)"), let part = set.part {
        _ = check.index(part, of: 2, "part", "set \(set.name)")
      }
    }
    for (index, field) in fields.enumerated() { check.symbol(field.symbol, is: .data(index), "field \(field.name)") }
    verifyFeeds(network, &check)
    verifyValues(network, &check)
    for request in records + plots {
      let place = "record \(request.name)"
      guard check.index(request.population, of: network.populations.count, "population", place) else { continue }
      check.variable(request.variable, of: network.populations[request.population], place)
    }
    if let learning { verify(learning, network, &check) }
    for parameter in frozen { _ = check.index(parameter, of: network.parameters.count, "parameter", "freeze") }
    if let validation {
      _ = check.index(validation.dataSet, of: dataSets.count, "set", "validation")
      if case .best(let score) = validation.keeps { _ = check.index(score, of: scores.count, "score", "validation") }
    }
    for forced in forced {
      let place = "forced spikes"
      guard check.index(forced.population, of: network.populations.count, "population", place) else { continue }
      let extent = network.populations[forced.population].extent
      let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
      check.value(forced.spikes, place, within: domain) { symbol in
        switch symbol.kind {
        case .data, .alias: true
        default: false
        }
      }
    }
    if let duration, check.index(duration.field, of: fields.count, "field", "run for") {
      check.value(duration.value, "run for", within: Domain(.sample, phase: .once)) { symbol in
        switch symbol.kind {
        case .data, .stepSize, .parameter, .alias: true
        default: false
        }
      }
    }
    if let batchCount { check.symbol(batchCount, is: .batchCount, place) }
    check.check(optimiser.rate.isFinite, "optimiser", .number("the rate", optimiser.rate))
    return Array(check.faults.dropFirst(inherited))
  }

  private func verifyFeeds(_ network: NetworkModel, _ check: inout Verification) {
    for (number, feed) in feeds.enumerated() {
      let place = "feed \(number)"
      switch feed.target {
      case .input(let input): _ = check.index(input, of: network.inputs.count, "input", place)
      case .drive(let population, let drive):
        if check.index(population, of: network.populations.count, "population", place) {
          _ = check.index(drive, of: network.populations[population].drives.count, "drive", place)
        }
      }
      switch feed.encoder {
      case .latency(let value, _, _), .rate(let value, _), .at(let value), .direct(let value), .hold(let value, _),
        .linear(let value, _), .delta(let value, _):
        check.value(value, place) { symbol in
          switch symbol.kind {
          case .data, .time, .stepSize, .tickCount, .parameter, .alias, .temporary: true
          default: false
          }
        }
      case .events: break
      }
    }
  }

  private func verifyValues(_ network: NetworkModel, _ check: inout Verification) {
    let perSample = Domain([.sample], phase: .batchEnd)
    func mayLoad(_ symbol: Symbol) -> Bool {
      switch symbol.kind {
      case .recorded, .data, .parameter, .time, .stepSize, .tickCount, .batchCount, .alias, .temporary: true
      default: false
      }
    }
    if let loss { check.value(loss, "loss", within: perSample, mayLoad: mayLoad) }
    for score in scores {
      check.value(score.value, "score \(score.name)", isBoolean: nil, within: perSample, mayLoad: mayLoad)
    }
    for expectation in expectations {
      let place = "expect \(expectation.text)"
      check.value(expectation.condition, place, isBoolean: true)
      if let measured = expectation.measured { check.value(measured, place, isBoolean: nil) }
    }
  }

  private func verify(_ rule: LearningRule, _ network: NetworkModel, _ check: inout Verification) {
    let place = "learn by \(rule.name)"
    for parameter in rule.parameters {
      _ = check.index(parameter, of: network.parameters.count, "parameter", place)
    }
    let (expected, found) = (network.populations.count, rule.surrogates.count)
    check.check(found == expected, place, .count("surrogates", expected: expected, found: found))
    if let set = rule.dataSet { _ = check.index(set, of: dataSets.count, "data set", place) }
    for surrogate in rule.surrogates {
      check.check(surrogate.scale.isFinite && surrogate.scale > 0, place, .number("the scale", surrogate.scale))
      if case .custom(_, let value, let argument, _) = surrogate.shape {
        _ = check.symbol(argument, place)
        check.value(value, place)
      }
    }
    if case .cutStates(let pairs) = rule.reset {
      for pair in pairs {
        check.check(pair.count == 2, place, .count("indices", expected: 2, found: pair.count))
        guard pair.count == 2, check.index(pair[0], of: network.populations.count, "population", place) else {
          continue
        }
        _ = check.index(pair[1], of: network.populations[pair[0]].states.count, "state", place)
      }
    }
  }
}
