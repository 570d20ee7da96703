import SNNIR
import SNNSyntax

/// `error = local(readout[10] ~ D, loss = E, burn_in = T)`: for every population that spikes and learns, a readout
/// `y = G s` with G fixed and random, and a loss of it (Mostafa, Ramesh & Cauwenberghs 2018; Kaiser, Mostafa & Neftci
/// 2020).
extension TaskBuilder {
  private struct LocalError {
    var size: Int
    var weights: ExprID
    var loss: ExprID
    var burnIn = 0
  }

  mutating func buildLocalErrors(_ id: ExprID, _ rule: inout LearningRule, _ checker: inout ExpressionChecker) {
    let expr = checker.expression(id)
    if case .name("global") = expr.kind {
      rule.feedback = rule.feedback == .local ? .symmetric : rule.feedback
      return
    }
    guard let local = localError(id, &checker) else { return }
    rule.feedback = .local
    rule.keepsRecurrence = false
    let populations = checker.model.populations.indices.filter { population in
      checker.model.populations[population].guardCondition != nil
        && checker.model.connections.contains {
          $0.target == population && checker.model.parameters[$0.weight].isLearnable
        }
    }
    for population in populations {
      guard let made = addReadout(of: population, local, &checker) else { return }
      guard let loss = loss(of: made, local, &checker) else { return }
      rule.readouts.append(made)
      rule.localLosses.append(loss)
    }
  }

  private func localError(_ id: ExprID, _ checker: inout ExpressionChecker) -> LocalError? {
    let expr = checker.expression(id)
    func wrong() {
      checker.report(
        .axisValue(axis: "error", values: ["global", "local(readout[N] ~ D, loss = E, burn_in = T)"], at: expr.span))
    }
    guard case .call(let callee, let arguments) = expr.kind, case .name("local") = checker.expression(callee).kind
    else {
      wrong()
      return nil
    }
    var size: Int?
    var weights: ExprID?
    var loss: ExprID?
    var burnIn = 0
    for argument in arguments {
      switch argument.label?.text {
      case "readout":
        guard argument.isDraw, argument.shape.count == 1 else { break }
        guard let count = checker.wholeNumber(argument.shape[0], what: "the readout's size", least: 1) else {
          return nil
        }
        (size, weights) = (count, argument.value)
      case "loss": loss = argument.value
      case "burn_in":
        let checked = checker.number(argument.value, expecting: DimensionTerm(.time), because: "`burn_in` is a time")
        guard let time = checker.staticValue(checked, what: "`burn_in`"),
          let ticks = checker.ticks(time, what: "`burn_in`", unit: checked.unit, at: checked.span, least: 0)
        else { return nil }
        burnIn = min(ticks, max(task.ticks - 1, 0))
      default: break
      }
    }
    guard let size, let weights, let loss else {
      wrong()
      return nil
    }
    return LocalError(size: size, weights: weights, loss: loss, burnIn: burnIn)
  }

  /// The population `y = G s` behind another: one state without memory, which its port adds to in the same tick.
  private mutating func addReadout(
    of source: Int, _ local: LocalError, _ checker: inout ExpressionChecker
  ) -> Int? {
    let owner = checker.model.populations[source]
    let name = owner.name + ".readout"
    let note = "a readout's weights are numbers"
    let index = checker.model.populations.count
    let connection = checker.model.connections.count
    let extent = checker.model.graph.addExtent(Extent(name: name, size: local.size))
    let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    let place = checker.location(checker.expression(local.weights).span)
    func symbol(_ text: String, _ kind: SymbolKind, _ domain: Domain) -> SymbolID {
      checker.model.graph.addSymbol(Symbol(text, kind, domain: domain, location: place))
    }
    guard let drawn = checker.distribution(local.weights, of: .one, because: note, draws: .matrix) else { return nil }
    let y = symbol(name + ".y", .state(population: index, index: 0), domain)
    let arrival = symbol(name + ".input", .arrival(population: index, port: 0), domain)
    var population = HybridPopulation(
      name: name, model: "readout", shape: [local.size], extent: extent,
      flag: symbol(name + ".spike", .flag(population: index), domain))
    let zero = checker.model.graph.const(0)
    population.location = place
    population.states = [StateVariable(name: "y", symbol: y, initial: .value(zero), location: place)]
    population.updates[0] = zero
    let loaded = checker.model.graph.load(y)
    let sum = checker.model.graph.add(loaded, checker.model.graph.load(arrival))
    population.ports = [
      Port(name: "input", arrival: arrival, body: [StateAssignment(state: 0, value: sum)], unit: .one)
    ]
    checker.model.populations.append(population)
    let weight = checker.model.parameters.count
    checker.model.parameters.append(
      Parameter(
        name: name, symbol: symbol(name, .parameter(weight), Domain(.synapse, extent: ExtentID(connection))),
        shape: .synapses(connection: connection), unit: .one, isLearnable: false, initial: .draw(drawn.distribution),
        location: place))
    checker.model.connections.append(
      Connection(
        name: name, source: .population(source), sourceRange: 0..<owner.size, target: index,
        targetRange: 0..<local.size, signal: .spikes(port: 0), pattern: .all, weight: weight, delay: 0,
        location: place))
    return index
  }

  /// The mean over time, behind the burn-in, of the loss of one readout; `y` is its value.
  private mutating func loss(
    of readout: Int, _ local: LocalError, _ checker: inout ExpressionChecker
  ) -> ValueID? {
    let population = checker.model.populations[readout]
    let span = checker.expression(local.loss).span
    let domain = Domain([.unit, .sample, .tick], extent: population.extent, phase: .tick)
    let symbol = checker.model.graph.addSymbol(
      Symbol(
        population.name + ".y", .recorded(population: readout, .state(0)), domain: domain,
        location: checker.location(span)))
    let value = checker.model.graph.load(symbol)
    let outer = checker.scopes
    let depth = checker.task.timeDepth
    defer {
      checker.scopes = outer
      checker.task.timeDepth = depth
      checker.context = CheckingContext()
    }
    checker.scopes.append(Scope())
    checker.declare(Entity("y", .letBinding, span: span, type: .dimensionless, value: value))
    checker.used.insert(span)
    checker.enterExpression(local.loss)
    checker.task.place = .objective
    checker.task.timeDepth = depth + 1
    checker.context = CheckingContext(note: "a local loss must be a number")
    let checked = checker.require(checker.check(local.loss), .one, because: "a local loss must be a number")
    if checked.isError { return nil }
    let found = checker.model.graph[checked.value].domain
    guard found.phase == .tick, found.axes.contains(.tick), !found.axes.contains(.unit) else {
      checker.report(
        .impossible(
          what: "this local loss", reason: "it must be one number at every tick, made of `y`",
          nearest: "`mse(y, onehot(label))` or `cross_entropy(y, label)`", at: span))
      return nil
    }
    let zero = checker.model.graph.const(0)
    let start = checker.model.graph.const(Double(local.burnIn))
    let isLate = checker.model.graph.compare(.gt, checker.model.graph.tickIndex(), start)
    let term = local.burnIn == 0 ? checked.value : checker.model.graph.select(isLate, checked.value, zero)
    let burnIn = checker.model.graph.const(Double(local.burnIn))
    let one = checker.model.graph.const(1)
    let count = checker.model.graph.max(checker.model.graph.sub(checker.lastTick(), burnIn), one)
    return checker.model.graph.div(checker.sumOverTime(term), count)
  }
}
