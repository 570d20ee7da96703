import SNNIR

/// A run with exact spike times as mathematics: flow, events and jumps, and the adjoint that is derived from them
/// (Wunderlich & Pehle 2021, for any such equations).
public struct ExplainEvents {
  private let network: NetworkModel
  private let events: EventPlan
  private var graph: Graph
  private let style: MathStyle
  private let rule: LearningRule?
  private var names: [SymbolID: String] = [:]

  /// nil where the task cannot run with exact spike times.
  public init?(_ network: NetworkModel, _ task: TaskModel, style: MathStyle, learnable: [Int]? = nil) {
    self.network = network
    self.style = style
    rule = task.learning
    let learnable = learnable ?? network.parameters.indices.filter { network.parameters[$0].isLearnable }
    let wantsGradient = task.loss != nil && task.learning != nil
    let request = PlanRequest(gradient: wantsGradient, learnable: learnable)
    guard case .success(let plan) = EventPlanner.plan(network, task, request), let events = plan.events else {
      return nil
    }
    self.events = events
    graph = plan.graph
  }

  private var isLatex: Bool { style == .latex }

  private func write(_ value: ValueID) -> String {
    MathPrinter(graph, style: style) { symbol in
      if let name = names[symbol] { return name }
      return MathName.write(network.localName(graph[symbol].name), style)
    }.print(value)
  }

  /// What happens, in the order of time.
  public mutating func schedule() -> Derivation {
    let time = MathName.number(events.duration, .text)
    var lines: [Derivation.Line] = [
      .text("time is continuous, from 0 to \(time) ms; spike times are found to rounding"),
      .text("at an event: everything that arrives is delivered, thresholds are tested, neurons that spike are reset"),
    ]
    for population in network.populations {
      let size = population.shape.map(String.init).joined(separator: " x ")
      lines.append(.text("\(population.name): \(population.model)[\(size)]"))
    }
    for (connection, own) in zip(network.connections, events.connections) {
      let source =
        switch connection.source {
        case .input(let index): network.inputs[index].name
        case .population(let index): network.populations[index].name
        }
      let delay =
        own.delayParameter.map { "its delay \(network.parameters[$0].name)" }
        ?? "\(MathName.number(own.delay, .text)) ms"
      let target = network.populations[connection.target].name
      lines.append(.text("   \(connection.name): a spike of \(source) arrives at \(target) after \(delay)"))
    }
    return Derivation(blocks: [Derivation.Block(title: "Events", lines: lines)])
  }

  public mutating func forwardEquations() -> Derivation {
    var result = Derivation()
    for index in events.populations.indices { result.blocks.append(forward(index)) }
    return result
  }

  public mutating func ruleEquations() -> Derivation {
    var result = Derivation()
    guard events.hasGradient else { return result }
    for index in events.populations.indices.reversed() { result.blocks.append(adjoint(index)) }
    result.blocks.append(gradients())
    result.blocks.append(cost())
    return result
  }

  // MARK: - Names

  private func state(_ population: Int, _ index: Int) -> String {
    let symbol = events.populations[population].states[index]
    return network.localName(graph[symbol].name)
  }

  private func marked(_ name: String, _ mark: String) -> String {
    let base = MathName.write(name, style)
    return isLatex ? "{\(base)}^{\(mark)}" : base + (mark == "+" ? "⁺" : "⁻")
  }

  private func lambda(_ population: Int, _ index: Int, _ mark: String = "") -> String {
    let name = state(population, index)
    let base = isLatex ? "\\lambda_{\(MathName.write(name, style))}" : "λ_\(name)"
    guard !mark.isEmpty else { return base }
    return isLatex ? "\(base)^{\(mark)}" : base + (mark == "+" ? "⁺" : "⁻")
  }

  private func derivative(_ top: String) -> String { isLatex ? "\\frac{d\(top)}{dt}" : "d\(top)/dt" }

  /// Σ factor · coefficient, with signs and ones written as people do.
  private func sum(_ terms: [(factor: String, coefficient: ValueID)], negated: Bool = false) -> String {
    var copy = graph
    var parts: [String] = []
    for term in terms {
      let value = negated ? copy.neg(term.coefficient) : term.coefficient
      if copy.isZero(value) { continue }
      var text: String
      if copy.isOne(value) {
        text = term.factor
      } else if copy.constant(value) == -1 {
        text = "-\(term.factor)"
      } else {
        var writer = self
        writer.graph = copy
        let number = writer.write(value)
        let isSum = number.contains(" + ") || number.contains(" - ")
        text = (isSum ? "(\(number))" : number) + " " + term.factor
      }
      while text.hasPrefix("--") { text.removeFirst(2) }
      if !parts.isEmpty, text.hasPrefix("-") {
        text = "- " + text.dropFirst()
      } else if !parts.isEmpty {
        text = "+ " + text
      }
      parts.append(text)
    }
    return parts.isEmpty ? "0" : parts.joined(separator: " ")
  }

  private func isIdentity(_ value: ValueID, _ symbol: SymbolID) -> Bool {
    graph[value].opcode == .load && graph.symbol(value) == symbol
  }

  // MARK: - Forward

  private mutating func forward(_ index: Int) -> Derivation.Block {
    let population = events.populations[index]
    var lines: [Derivation.Line] = []
    for (place, value) in population.flow.outputs.enumerated() {
      let note = place >= population.ownStates ? "added: what the loss or an equation reads" : "between events"
      lines.append(.equation(derivative(MathName.write(state(index, place), style)), write(value), note: note))
    }
    if population.refractory > 0 {
      let list = population.held.map { state(index, $0) }.joined(separator: ", ")
      let rest = MathName.number(population.refractory, .text)
      lines.append(.text("for \(rest) ms after a spike no threshold" + (list.isEmpty ? "" : ", \(list) held")))
    }
    for (port, map) in population.ports.enumerated() {
      names[population.arrivals[port]] = "w"
      for (place, value) in map.outputs.enumerated() where !isIdentity(value, population.states[place]) {
        lines.append(
          .equation(
            marked(state(index, place), "+"), write(value),
            note: "arrival of weight w at \(network.populations[index].ports[port].name)"))
      }
    }
    if let test = population.threshold {
      let margin = write(test.margin.outputs[0])
      lines.append(.equation("g", margin, note: "a spike where it becomes positive"))
      for (place, value) in (population.reset?.outputs ?? []).enumerated()
      where !isIdentity(value, population.states[place]) {
        lines.append(.equation(marked(state(index, place), "+"), write(value), note: "at a spike"))
      }
    }
    return Derivation.Block(title: "Forward: \(population.name)", lines: lines)
  }

  // MARK: - Adjoint

  /// Columns of a map's Jacobian: by state X, Σ_Y λ_Y ∂(output Y)/∂X.
  private func column(_ map: EventMap, _ place: Int, _ population: Int, _ mark: String = "")
    -> [(factor: String, coefficient: ValueID)]
  {
    map.byState.enumerated().compactMap { row, entries in
      entries[place].map { (lambda(population, row, mark), $0) }
    }
  }

  private mutating func adjoint(_ index: Int) -> Derivation.Block {
    let population = events.populations[index]
    var lines: [Derivation.Line] = []
    let states = population.states.indices
    for place in states {
      lines.append(
        .equation(
          derivative(lambda(index, place)), sum(column(population.flow, place, index), negated: true),
          note: "between events, backward from 0 at the end"))
    }
    if population.refractory > 0, let held = population.heldFlow {
      for place in states
      where column(held, place, index).map(\.coefficient) != column(population.flow, place, index).map(\.coefficient) {
        lines.append(
          .equation(
            derivative(lambda(index, place)), sum(column(held, place, index), negated: true), note: "while refractory"))
      }
      lines.append(.text("the end of the refractory time is an arrival at the neuron itself"))
    }
    for (port, map) in population.ports.enumerated() {
      names[population.arrivals[port]] = "w"
      for place in states {
        let terms = column(map, place, index, "+")
        if terms.count == 1, graph.isOne(terms[0].coefficient), terms[0].factor == lambda(index, place, "+") {
          continue
        }
        lines.append(.equation(lambda(index, place, "-"), sum(terms), note: "at an arrival of weight w"))
      }
    }
    for (place, observer) in events.observers.enumerated() where observer.population == index {
      guard events.observerAdjoints[place] != nil, let map = observer.map else { continue }
      switch observer.kind {
      case .probe(let time):
        let at = "t = \(MathName.number(time, .text)) ms"
        for state in states { if let text = source(map, state) { lines.append(seed(index, state, text, at)) } }
      case .extreme(let isMax, _, _):
        for state in states {
          if let text = source(map, state) {
            lines.append(seed(index, state, text, "at the time of the \(isMax ? "maximum" : "minimum")"))
          }
        }
      default: continue
      }
    }
    if let test = population.threshold, let reset = population.reset {
      lines += jump(index, population, test, reset)
    }
    return Derivation.Block(title: "Adjoint: \(population.name) (λ_X = ∂L/∂X)", lines: lines)
  }

  private func source(_ map: EventMap, _ state: Int) -> String? {
    guard let value = map.byState.first?[state] else { return nil }
    let loss = isLatex ? "\\frac{\\partial L}{\\partial m}" : "∂L/∂m"
    return sum([(loss, value)])
  }

  private func seed(_ population: Int, _ state: Int, _ text: String, _ at: String) -> Derivation.Line {
    .equation(
      lambda(population, state, "-"), "\(lambda(population, state, "+")) + \(text)",
      note: "\(at), m: what the loss reads")
  }

  /// λ⁻ = r_xᵀ λ⁺ - g_xᵀ D / (g_x · f⁻), D what the loss loses when the spike comes later.
  private mutating func jump(
    _ index: Int, _ population: EventPopulation, _ test: EventPopulation.Guard, _ reset: EventMap
  ) -> [Derivation.Line] {
    var lines: [Derivation.Line] = []
    let flow = population.flow.outputs
    let later = population.refractory > 0 ? population.heldFlow?.outputs ?? flow : flow
    // r_x f⁻ - f⁺: the flow after the spike is read at what the reset gives.
    let own = lag(reset, index, later: later)
    var copy = graph
    var slope = copy.const(0)
    let guardRow = test.margin.byState[0]
    for (place, derivative) in guardRow.sorted(by: { $0.key < $1.key }) {
      slope = copy.add(slope, copy.mul(derivative, flow[place]))
    }
    graph = copy
    var parts = [sum(own)].filter { $0 != "0" }
    for connection in network.connections
    where connection.source == .population(index) {
      let target = network.populations[connection.target].name
      let weight = MathName.write(connection.name, style)
      let symbol = isLatex ? "\\sum_{\\mathrm{\(target)}} A_{\(weight)}" : "Σ_\(target) A_\(weight)"
      parts.append(symbol)
    }
    let reads = events.observers.enumerated().contains { place, observer in
      guard observer.population == index, events.observerAdjoints[place] != nil else { return false }
      switch observer.kind {
      case .firstSpike, .spikeSum: return true
      default: return false
      }
    }
    if reads { parts.append(isLatex ? "\\frac{\\partial L}{\\partial t_k}" : "∂L/∂t_k") }
    lines.append(.equation("D", parts.isEmpty ? "0" : parts.joined(separator: " + "), note: "at a spike, t_k"))
    let dot = isLatex ? "\\dot g" : "g'"
    lines.append(.equation(dot, write(slope), note: "speed at which the threshold is crossed, before the reset"))
    for place in population.states.indices {
      var text = sum(column(reset, place, index, "+"))
      if let derivative = guardRow[place] {
        let fraction = isLatex ? "\\frac{D}{\(dot)}" : "D / \(dot)"
        let part = sum([(fraction, derivative)], negated: true)
        text = text == "0" ? part : text + (part.hasPrefix("-") ? " - \(part.dropFirst())" : " + \(part)")
      }
      lines.append(.equation(lambda(index, place, "-"), text, note: "at a spike"))
    }
    return lines
  }

  /// λ⁺ (J f⁻ - f⁺) of a jump with Jacobian J, over the states before it; `later` is the flow after the jump.
  private mutating func lag(
    _ map: EventMap, _ index: Int, later: [ValueID]
  ) -> [(factor: String, coefficient: ValueID)] {
    let population = events.populations[index]
    var after: [SymbolID: ValueID] = [:]
    for (symbol, output) in zip(population.states, map.outputs) { after[symbol] = output }
    var terms: [(factor: String, coefficient: ValueID)] = []
    for (row, entries) in map.byState.enumerated() {
      var before = graph.const(0)
      for (place, derivative) in entries.sorted(by: { $0.key < $1.key }) {
        before = graph.add(before, graph.mul(derivative, population.flow.outputs[place]))
      }
      let flowAfter = graph.substitute(later[row], after)
      if before != flowAfter { terms.append((lambda(index, row, "+"), graph.sub(before, flowAfter))) }
    }
    return terms
  }

  // MARK: - Gradients

  private mutating func gradients() -> Derivation.Block {
    var lines: [Derivation.Line] = []
    func gradient(_ name: String) -> String {
      let written = MathName.write(name, style)
      return isLatex ? "\\frac{dL}{d \(written)}" : "dL/d\(written)"
    }
    let sign = isLatex ? "\\sum_{\\mathrm{arrivals}}" : "Σ_arrivals"
    for (connection, own) in zip(network.connections, events.connections) {
      let target = connection.target
      let population = events.populations[target]
      let map = population.ports[own.port]
      names[population.arrivals[own.port]] = "w"
      // J_y f⁻ - f⁺ of the receiving neuron: how much the arrival's being later changes.
      let shift = lag(map, target, later: population.flow.outputs)
      let moved = sum(shift)
      let weight = MathName.write(connection.name, style)
      if case .population = connection.source {
        lines.append(
          .equation(
            isLatex ? "A_{\(weight)}" : "A_\(weight)", moved,
            note: "at the arrival, λ and states of \(population.name), w the weight"))
      }
      if own.learnsWeights {
        let terms = map.byArrival.enumerated().compactMap { row, value in
          value.map { (factor: lambda(target, row, "+"), coefficient: $0) }
        }
        lines.append(.equation(gradient(connection.name), "\(sign) \(sum(terms))", note: "of the synapse's spikes"))
      }
      if let delay = own.delayParameter, events.learnable.contains(delay) {
        lines.append(
          .equation(gradient(network.parameters[delay].name), "\(sign) (\(moved))", note: "later by a longer delay"))
      }
    }
    for index in events.learnable {
      let parameter = network.parameters[index]
      if case .synapses = parameter.shape { continue }
      for (population, own) in events.populations.enumerated() {
        let terms = own.flow.byParameter.enumerated().compactMap { row, entries in
          entries[index].map { (factor: lambda(population, row), coefficient: $0) }
        }
        guard !terms.isEmpty else { continue }
        let integral = isLatex ? "\\int \(sum(terms)) \\, dt" : "∫ (\(sum(terms))) dt"
        lines.append(
          .equation(gradient(parameter.name), integral, note: "and through thresholds, jumps and initial values"))
      }
    }
    if events.firstSpikesOnly { lines.append(.text("only through the first spike of each neuron")) }
    if events.bump > 0 {
      let bump = MathName.number(events.bump, .text)
      lines.append(.text("weights into a neuron that is silent in a sample grow: their gradient is less by \(bump)"))
    }
    return Derivation.Block(title: "Gradients", lines: lines)
  }

  private func cost() -> Derivation.Block {
    Derivation.Block(
      title: "Rule: \(rule?.name ?? "eventprop")",
      lines: [
        .text("mode: adjoint of exact spike times, nothing cut, feedback by the weights themselves"),
        .text("stored: the events, with the states of the neurons they meet, before and after"),
        .text("cost: O(events) memory, O(arrivals) jumps; nothing is stored between events"),
      ])
  }
}
