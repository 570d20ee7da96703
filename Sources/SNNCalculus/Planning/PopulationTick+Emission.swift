import SNNIR

extension Planner {
  /// What a population without a threshold sends at a tick. With soft spikes chance is replaced by its mean.
  mutating func emitted(_ emission: Emission, at tested: [SymbolID: ValueID], _ tick: PopulationTick) -> ValueID {
    let value = plan.graph.substitute(emission.value, tested)
    switch emission {
    case .graded: return value
    case .counts(_, let uniform): return mode == .soft ? value : plan.graph.poisson(value, plan.graph.load(uniform))
    case .probability(_, let uniform):
      let zero = plan.graph.const(0)
      let free = tick.counterSymbol.map { plan.graph.compare(.le, plan.graph.load($0), zero) }
      if mode == .soft { return free.map { plan.graph.select($0, value, zero) } ?? value }
      return plan.graph.bernoulli(value, plan.graph.load(uniform), enable: free ?? plan.graph.const(1))
    }
  }

  /// Numbers that a population draws, for the step that begins at the present tick and the test at its end; noise of a
  /// driven population is that of the step that ends there.
  func drawSteps(of population: Int) -> [PlanStep] {
    let noise = isDriven(population) ? -1 : 0
    return ticks[population].draws.map { draw, buffer in
      .draw(draw.kind, path: draw.path, tickOffset: draw.kind == .normal ? noise : 0, into: buffer)
    }
  }

  /// What a population sends is a number, not a flag.
  func isGraded(_ population: Int) -> Bool {
    mode == .soft || models[population].emission.map { !$0.isBinary } ?? false
  }
}
