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

  /// The spikes that the loss asks about stand for a population's own.
  mutating func sent(_ forced: ForcedSpikes) -> ValueID {
    // Above and below the half decides between 1 and 0, as between a draw and its probability.
    let half = plan.graph.const(0.5)
    return plan.graph.bernoulli(forced.spikes, half, enable: plan.graph.const(1))
  }

  /// Minus the logarithm of the probability of no spike; 0 while refractory.
  mutating func hazard(_ emission: Emission, at tested: [SymbolID: ValueID], _ tick: PopulationTick) -> ValueID? {
    guard case .probability(let value, _) = emission else { return nil }
    let zero = plan.graph.const(0)
    let probability = plan.graph.substitute(value, tested)
    let own = mean(probability) ?? hazard(probability: probability)
    guard let counter = tick.counterSymbol else { return own }
    return plan.graph.select(plan.graph.compare(.le, plan.graph.load(counter), zero), own, zero)
  }

  /// A probability that rounds to 1 is held below it, so that what did not happen has a finite likelihood.
  mutating func hazard(probability: ValueID) -> ValueID {
    let most = plan.graph.const(1 - 0x1p-24)
    return plan.graph.neg(plan.graph.unary(.log1p, plan.graph.neg(plan.graph.min(probability, most))))
  }

  /// The `m` of 1 - exp(-m), as a rate makes it.
  private func mean(_ probability: ValueID) -> ValueID? {
    let graph = plan.graph
    guard graph[probability].opcode == .neg else { return nil }
    let inner = graph.argument(probability, 0)
    guard graph[inner].opcode == .expm1, graph[graph.argument(inner, 0)].opcode == .neg else { return nil }
    return graph.argument(graph.argument(inner, 0), 0)
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
