import SNNIR

extension Engine {
  /// A batch with exact spike times: gradients go where the optimisers look for them.
  func executeEvents(
    _ events: EventEngine, _ batch: Batch, gradient: Bool, records: Bool, spikes: [Int]
  ) throws -> BatchResult {
    guard batch.sampleCount > 0 else { throw RuntimeError.emptyBatch }
    try check(batch)
    if isStale {
      events.invalidate()
      isStale = false
    }
    let outcome = try events.run(
      batch, values: store.entries.indices.map { store.get($0) }, pool: pool, gradient: gradient, records: records,
      spikes: spikes, cancellation: cancellation)
    if let fault = outcome.fault {
      let population = events.program.events.populations[fault.population]
      if fault.isEndless {
        throw RuntimeError.endlessSpikes(
          population: population.name, unit: fault.unit, sample: fault.sample, time: fault.time, population.location)
      }
      throw RuntimeError.fault(
        RuntimeFault(
          place: .state, variable: population.name, symbol: population.states.first, location: population.location,
          population: population.name, tick: Int(fault.time / plan.step), unit: fault.unit, sample: fault.sample,
          value: .nan))
    }
    if let loss = outcome.result.loss, !loss.isFinite {
      throw RuntimeError.fault(
        RuntimeFault(
          place: .loss, variable: "loss", symbol: nil, location: .unknown, population: nil, tick: nil, unit: nil,
          sample: nil, value: loss))
    }
    eventGradients = outcome.gradients
    return outcome.result
  }
}
