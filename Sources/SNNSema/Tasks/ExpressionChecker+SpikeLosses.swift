import SNNIR
import SNNSyntax

/// Losses of spike times and spike trains that are made of what the language has.
extension ExpressionChecker {
  /// `spike_time(P, target, scale)`: the mean over units of the squared distance of first spikes from their targets, in
  /// units of `scale`.
  mutating func spikeTime(_ arguments: [Argument], _ span: Span) -> Checked {
    let name = "spike_time"
    guard let given = matched(arguments, name, ["population", "target", "scale"], required: 3, span),
      let populationID = given["population"], let targetID = given["target"], let scaleID = given["scale"]
    else { return errorResult(span) }
    let first = firstSpike(name, of: populationID, span)
    let note = "first spikes are times"
    let target = number(targetID, expecting: DimensionTerm(.time), because: note)
    let scale = number(scaleID, expecting: DimensionTerm(.time), because: note)
    if first.isError || target.isError || scale.isError { return errorResult(span) }
    let extent = model.graph[first.value].domain.extent
    return joined([first, target, scale], span) { checker in
      let difference = checker.model.graph.sub(first.value, target.value)
      let ratio = checker.model.graph.div(difference, scale.value)
      let sum = checker.model.graph.reduce(.sum, over: .unit, checker.model.graph.mul(ratio, ratio))
      let count = checker.model.graph.const(Double(extent.map { checker.model.graph[$0].size } ?? 1))
      return Checked(checker.model.graph.div(sum, count), .dimensionless, span)
    }
  }

  /// `first_spike_cross_entropy(P, label, scale)`: the cross entropy of minus the first spike times, in units of `scale`
  /// (Göltz et al. 2021): who spikes first is the answer.
  mutating func firstSpikeCrossEntropy(_ arguments: [Argument], _ span: Span) -> Checked {
    let name = "first_spike_cross_entropy"
    guard let given = matched(arguments, name, ["population", "label", "scale"], required: 3, span),
      let populationID = given["population"], let labelID = given["label"], let scaleID = given["scale"]
    else { return errorResult(span) }
    let first = firstSpike(name, of: populationID, span)
    let scale = number(scaleID, expecting: DimensionTerm(.time), because: "first spikes are times")
    let label = number(labelID, expecting: .one, because: "a label is a number")
    if first.isError || scale.isError || label.isError { return errorResult(span) }
    guard let extent = model.graph[first.value].domain.extent else { return errorResult(span) }
    if let classes = task.classes, classes > model.graph[extent].size, isLabel(label.value) {
      report(.tooManyClasses(classes: classes, units: model.graph[extent].size, at: first.span))
      return errorResult(span)
    }
    return joined([first, scale, label], span) { checker in
      let logits = checker.model.graph.neg(checker.model.graph.div(first.value, scale.value))
      return checker.crossEntropy(logits, label.value, extent, span)
    }
  }

  /// Spikes of a population and the target they are held against; a message has been given where nil.
  mutating func spikesAndTarget(
    _ function: String, _ spikesID: ExprID, _ targetID: ExprID, extent wanted: ExtentID? = nil, _ span: Span
  ) -> (population: Int, target: Checked)? {
    let spikes = number(spikesID)
    if spikes.isError { return nil }
    guard model.graph[spikes.value].opcode == .load, let symbol = model.graph.symbol(spikes.value),
      case .recorded(let population, .spike) = model.graph[symbol].kind
    else {
      report(.notSpikes(function: function, at: spikes.span))
      return nil
    }
    if model.isExact {
      report(.unavailable(what: "`\(function)` under `step exact`", at: span))
      return nil
    }
    // Of data that a batch will stand in for: it varies as spikes do.
    let outer = (task.assumesTime, task.feedExtent)
    (task.assumesTime, task.feedExtent) = (true, wanted ?? task.feedExtent)
    let target = number(targetID, expecting: .one, because: "target spikes are 0 or 1")
    (task.assumesTime, task.feedExtent) = outer
    if target.isError { return nil }
    let extent = wanted ?? model.populations[population].extent
    let domain = model.graph[target.value].domain
    let isData = model.graph.loadedSymbols([target.value]).allSatisfy {
      if case .data = model.graph[$0].kind { true } else { false }
    }
    guard isData, domain.phase == .tick, domain.axes.contains(.unit), domain.extent == extent else {
      report(.targetSpikes(population: model.populations[population].name, at: target.span))
      return nil
    }
    return (population, target)
  }

  // MARK: van Rossum

  /// `van_rossum(P.spike, target, rise, decay)`: half the squared distance of two spike trains behind a filter, scaled so
  /// that a spike against none is ½, summed over units (van Rossum 2001). A rise of 0 is one exponential: two spikes are
  /// 1 - exp(-|Δt| / decay) apart.
  mutating func vanRossum(_ arguments: [Argument], _ span: Span) -> Checked {
    let name = "van_rossum"
    guard let given = matched(arguments, name, ["spikes", "target", "rise", "decay"], required: 4, span),
      let spikesID = given["spikes"], let targetID = given["target"], let riseID = given["rise"],
      let decayID = given["decay"]
    else { return errorResult(span) }
    guard let rise = duration(riseID, "`rise`", mayBeZero: true),
      let decay = duration(decayID, "`decay`", mayBeZero: false)
    else { return errorResult(span) }
    guard case .member(let object, _) = expression(spikesID).kind, case .name(let text) = expression(object).kind,
      let entity = lookup(text), entity.kind == .population, entity.index >= 0,
      model.populations.indices.contains(entity.index)
    else {
      let spikes = number(spikesID)
      if !spikes.isError { report(.notSpikes(function: name, at: spikes.span)) }
      return errorResult(span)
    }
    let owner = model.populations[entity.index]
    let count = task.spikeFilters
    task.spikeFilters += 1
    let own = "\(owner.name).\(name)" + (count == 0 ? "" : "\(count + 1)")
    let wanted = model.graph.addExtent(Extent(name: "\(own).target", size: owner.size))
    guard let (population, target) = spikesAndTarget(name, spikesID, targetID, extent: wanted, span) else {
      return errorResult(span)
    }
    let filter = addFilter(own, of: population, target.value, wanted, rise: rise, decay: decay, span)
    return distance(filter, rise: rise, decay: decay, span)
  }

  /// A time in ms, known when compiled.
  private mutating func duration(_ id: ExprID, _ what: String, mayBeZero: Bool) -> Double? {
    let checked = number(id, expecting: DimensionTerm(.time), because: "\(what) is a time")
    guard let value = staticValue(checked, what: what) else { return nil }
    guard value.isFinite, mayBeZero ? value >= 0 : value > 0 else {
      report(.outOfRange(what: what, wanted: mayBeZero ? "at least 0 ms" : "above 0 ms", at: checked.span))
      return nil
    }
    return value
  }

  /// A population that both trains drive with opposite signs, without delay: e' = (r - e) / decay, r' = -r / rise.
  private mutating func addFilter(
    _ name: String, of source: Int, _ target: ValueID, _ wanted: ExtentID, rise: Double, decay: Double, _ span: Span
  ) -> Int {
    let size = model.populations[source].size
    let index = model.populations.count
    let extent = model.graph.addExtent(Extent(name: name, size: size))
    let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    let place = location(span)
    func symbol(_ checker: inout ExpressionChecker, _ text: String, _ kind: SymbolKind, _ domain: Domain) -> SymbolID {
      checker.model.graph.addSymbol(Symbol("\(name).\(text)", kind, domain: domain, location: place))
    }
    let flag = symbol(&self, "spike", .flag(population: index), domain)
    var population = HybridPopulation(name: name, model: "filter", shape: [size], extent: extent, flag: flag)
    population.location = place
    let zero = model.graph.const(0)
    let names = rise > 0 ? ["e", "r"] : ["e"]
    for (state, text) in names.enumerated() {
      population.states.append(
        StateVariable(
          name: text, symbol: symbol(&self, text, .state(population: index, index: state), domain),
          initial: .value(zero), location: place))
    }
    let loads = population.states.map { model.graph.load($0.symbol) }
    let toward = rise > 0 ? model.graph.sub(loads[1], loads[0]) : model.graph.neg(loads[0])
    population.flows[0] = model.graph.mul(toward, model.graph.const(1 / decay))
    if rise > 0 { population.flows[1] = model.graph.mul(loads[1], model.graph.const(-1 / rise)) }
    let arrival = symbol(&self, "input", .arrival(population: index, port: 0), domain)
    let last = loads.count - 1
    let sum = model.graph.add(loads[last], model.graph.load(arrival))
    population.ports = [
      Port(name: "input", arrival: arrival, body: [StateAssignment(state: last, value: sum)], unit: .one)
    ]
    model.populations.append(population)
    let input = model.inputs.count
    model.inputs.append(
      NetworkInput(name: "\(name).target", shape: [size], extent: wanted, isSpikes: true, location: place))
    // Bin n of an input acts at tick n + 1, where a population's spike of that tick is seen at once.
    let ends: [(String, Endpoint, Double, Int)] = [
      ("spikes", .population(source), 1, 0), ("target", .input(input), -1, 1),
    ]
    for (text, end, weight, delay) in ends {
      let parameter = model.parameters.count
      let connection = model.connections.count
      let weights = symbol(
        &self, "w_\(text)", .parameter(parameter), Domain(.synapse, extent: ExtentID(connection)))
      model.parameters.append(
        Parameter(
          name: "\(name).w_\(text)", symbol: weights, shape: .synapses(connection: connection), unit: .one,
          isLearnable: false, initial: .draw(Distribution(.constant, [weight])), location: place))
      model.connections.append(
        Connection(
          name: "\(name).w_\(text)", source: end, sourceRange: 0..<size, target: index, targetRange: 0..<size,
          signal: .spikes(port: 0), pattern: .oneToOne, weight: parameter, delay: delay, location: place))
    }
    task.feeds.append(Feed(target: .input(input), encoder: .direct(target), location: place))
    return index
  }

  private mutating func exponential(_ x: Double) -> Double {
    let value = model.graph.exp(model.graph.const(x))
    return Evaluate.values([value], in: model.graph) { _ in nil }[0] ?? .nan
  }

  /// The integral of e² over all time. Between ticks the filter is linear, so that with x = (e, r) what is still to come
  /// is xᵀ M x, and a tick takes xᵀ (M - Pᵀ M P) x of it.
  private mutating func distance(_ filter: Int, rise: Double, decay: Double, _ span: Span) -> Checked {
    let step = model.step
    let (fall, lift) = (exponential(-step / decay), rise > 0 ? exponential(-step / rise) : 0)
    // What a unit of r adds to e within a tick.
    let passed =
      rise == 0
      ? 0 : abs(decay - rise) < 1e-9 * decay ? step / decay * fall : rise / (decay - rise) * (fall - lift)
    let rest = (
      ee: decay / 2, er: rise * decay / (2 * (decay + rise)), rr: rise * rise / (2 * (decay + rise))
    )
    let left = (
      ee: fall * fall * rest.ee, er: fall * (passed * rest.ee + lift * rest.er),
      rr: passed * passed * rest.ee + 2 * passed * lift * rest.er + lift * lift * rest.rr
    )
    // ∫ of the filter's own square is rr of a single spike, or ee without a rise.
    let scale = 1 / (2 * (rise > 0 ? rest.rr : rest.ee))
    let loads = model.populations[filter].states.indices.map { state in
      let name = model.populations[filter].states[state].name
      return model.graph.load(recordedSymbol(.state(state), of: filter, name, span))
    }
    func form(_ checker: inout ExpressionChecker, _ ee: Double, _ er: Double, _ rr: Double) -> ValueID {
      func term(_ a: ValueID, _ b: ValueID, _ factor: Double) -> ValueID {
        let number = checker.model.graph.const(factor * scale)
        return checker.model.graph.mul(number, checker.model.graph.mul(a, b))
      }
      let first = term(loads[0], loads[0], ee)
      guard loads.count == 2 else { return first }
      let mixed = checker.model.graph.add(first, term(loads[0], loads[1], 2 * er))
      return checker.model.graph.add(mixed, term(loads[1], loads[1], rr))
    }
    let within = form(&self, rest.ee - left.ee, rest.er - left.er, rest.rr - left.rr)
    let beyond = form(&self, rest.ee, rest.er, rest.rr)
    let isEnd = model.graph.compare(.eq, model.graph.tickIndex(), lastTick())
    let units = model.graph.reduce(.sum, over: .unit, model.graph.select(isEnd, beyond, within))
    return Checked(sumOverTime(units), .dimensionless, span)
  }
}
