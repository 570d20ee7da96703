import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// `log_likelihood(P.spike, target)`: the logarithm of the probability of just these spikes, summed over units and,
  /// unless a reduction over time stands around it, over time. P sends the target's spikes meanwhile: the probability of
  /// a spike is one given those before it.
  mutating func logLikelihood(_ arguments: [Argument], _ span: Span) -> Checked {
    let name = "log_likelihood"
    guard let given = matched(arguments, name, ["spikes", "target"], required: 2, span), let spikesID = given["spikes"],
      let targetID = given["target"]
    else { return errorResult(span) }
    guard let (population, target) = spikesAndTarget(name, spikesID, targetID, span) else { return errorResult(span) }
    let zero = model.graph.const(0)
    let isSpike = model.graph.compare(.ne, target.value, zero)
    let flags = model.graph.number(isSpike)
    if let other = task.forced.first(where: { $0.spikes.population == population }) {
      if other.spikes.spikes != flags {
        report(
          .forcedTwice(population: model.populations[population].name, at: target.span, first: other.span))
      }
    } else {
      task.forced.append((ForcedSpikes(population: population, spikes: flags), target.span))
    }
    var value = logProbability(of: isSpike, population, span)
    value = model.graph.reduce(.sum, over: .unit, value)
    if task.timeDepth == 0 { value = sumOverTime(value) }
    return Checked(value, .dimensionless, span)
  }

  /// By unit and tick: log P where it spikes, log (1 - P) where not.
  mutating func logProbability(of isSpike: ValueID, _ population: Int, _ span: Span) -> ValueID {
    let hazard = model.graph.load(recordedSymbol(.hazard, of: population, "hazard", span))
    // A spike that is impossible, or all but, has a finite logarithm and no gradient.
    let least = model.graph.const(1e-30)
    let held = model.graph.max(hazard, least)
    let chance = model.graph.neg(model.graph.unary(.expm1, model.graph.neg(held)))
    return model.graph.select(isSpike, model.graph.unary(.log, chance), model.graph.neg(hazard))
  }
}

extension TaskBuilder {
  /// Whether chance decides when a population spikes.
  private func isByChance(_ population: Int, _ mode: SpikeMode?, _ checker: ExpressionChecker) -> Bool {
    switch checker.model.populations[population].emission {
    case .probability: true
    case .counts, .graded: false
    case nil: checker.model.populations[population].guardCondition != nil && mode == .stochastic
    }
  }

  /// Asked how likely spikes are, a population must have had the choice.
  func checkForced(_ checker: inout ExpressionChecker) {
    let modes = task.rules.isEmpty ? [nil] : task.rules.map { Optional($0.spikes) }
    for (forced, span) in checker.task.forced {
      // With soft spikes nothing is left to chance, and the likelihood is what it was.
      let isFine = modes.allSatisfy { $0 == .soft || isByChance(forced.population, $0, checker) }
      if !isFine || checker.model.populations[forced.population].emission == nil && modes.contains(.soft) {
        let name = checker.model.populations[forced.population].name
        checker.report(.noChance(what: "`log_likelihood` asks how likely spikes are", population: name, at: span))
      }
    }
  }

  /// What `spikes = stochastic` and `mode = score` ask for.
  func checkChance(
    _ rule: LearningRule, _ learn: LearnDecl, _ written: [String: Span], _ checker: inout ExpressionChecker
  ) {
    func impossible(_ axis: String, _ what: String, _ reason: String, _ nearest: String) {
      checker.report(
        .impossible(what: what, reason: reason, nearest: nearest, at: written[axis] ?? learn.rule.span))
    }
    if rule.spikes == .stochastic {
      for (population, surrogate) in zip(checker.model.populations, rule.surrogates)
      where population.guardCondition != nil && !surrogate.isOfProbability {
        impossible(
          "surrogate", "`spikes = stochastic` with this surrogate of `\(population.name)`",
          "a neuron spikes with the probability that the surrogate is the derivative of; it must go from 0 to 1",
          "`sigmoid(k)`, `arctan(k)`, `gaussian(s)` or `boxcar(w)`")
        return
      }
    }
    guard rule.mode == .score else { return }
    guard checker.model.populations.indices.contains(where: { isByChance($0, rule.spikes, checker) }) else {
      checker.report(
        .noChance(what: "`\(rule.name)` learns from the likelihood of spikes", population: nil, at: learn.rule.span))
      return
    }
    if rule.spikes == .soft {
      impossible(
        "spikes", "soft spikes under a likelihood", "nothing is left to chance then", "`bptt { spikes = soft }`")
    } else if !rule.readouts.isEmpty || rule.feedback != .symmetric {
      impossible(
        rule.readouts.isEmpty ? "feedback" : "error", "`\(rule.name)` with an error of another kind",
        "the gradient of a likelihood goes through the equations as they are", "`\(rule.name)` without it")
    } else if readsOtherSamples(checker), !free(rule, checker).isEmpty {
      impossible(
        "", "`\(rule.name)` with a loss over samples",
        "a sample's spikes are weighed by what that sample has lost", "a loss of each sample")
    }
  }

  private func readsOtherSamples(_ checker: ExpressionChecker) -> Bool {
    guard let loss = task.loss else { return false }
    return checker.model.graph.reachable(from: [loss]).contains { value in
      let node = checker.model.graph[value]
      return node.opcode == .reduce && Reduction(aux: node.aux).axis == .sample
    }
  }

  /// Populations whose own spikes fall by chance.
  private func free(_ rule: LearningRule, _ checker: ExpressionChecker) -> [Int] {
    checker.model.populations.indices.filter { index in
      isByChance(index, rule.spikes, checker)
        && !checker.task.forced.contains { $0.spikes.population == index }
    }
  }

  /// The gradient of a mean over chance is the mean of the loss times the derivative of log P(spikes), beside what the
  /// loss says of the parameters at these spikes.
  func addScores(to rule: inout LearningRule, _ checker: inout ExpressionChecker) {
    guard let loss = task.loss, let span = lossSpan, checker.errorCount == 0 else { return }
    for population in free(rule, checker) {
      let spikes = checker.model.graph.load(checker.recordedSymbol(.spike, of: population, "spike", span))
      let zero = checker.model.graph.const(0)
      let isSpike = checker.model.graph.compare(.ne, spikes, zero)
      var score = checker.logProbability(of: isSpike, population, span)
      score = checker.model.graph.reduce(.sum, over: .unit, score)
      score = checker.sumOverTime(score)
      let weight = checker.model.graph.path(loss, PathTag(.detach))
      rule.localLosses.append(checker.model.graph.mul(weight, score))
    }
  }
}

extension Surrogate {
  /// Whether its primitive goes from 0 to 1, as a probability does.
  fileprivate var isOfProbability: Bool {
    switch shape {
    case .sigmoid, .arctan, .gaussian, .boxcar: true
    case .fastSigmoid(let slope): slope == 2
    case .piecewiseLinear(let gain, let width): gain * width == 1
    case .exponential(let gain, let slope): 2 * gain == slope
    case .leakyReLU(_, let leak): leak == 0
    case .custom(_, _, _, let isPrimitive): isPrimitive
    case .none, .superspike, .multiGaussian, .straightThrough, .tanh: false
    }
  }
}
