import SNNIR

/// What a rule chooses, what it cuts, and what it costs.
extension Explain {
  /// Without time: error times surrogate, at the state that arrivals are added to.
  mutating func presentBlock(_ population: Int, _ feedback: [String]) -> Derivation.Block {
    let tick = planner.ticks[population]
    var lines: [Derivation.Line] = []
    if !feedback.isEmpty {
      lines.append(.equation("e[n]", feedback.joined(separator: " + "), note: "error from the output"))
    }
    let isLatex = style == .latex
    for port in tick.model.arrivals.indices {
      let arrival = tick.arrivalSymbols[port]
      let found =
        tick.directPorts[port]
        ?? tick.delivered.indices.first { index in
          arrival.map { planner.plan.graph.loadedSymbols([tick.delivered[index]]).contains($0) } ?? false
        }
      guard let state = found else { continue }
      let name = tick.model.states[state].name
      let left = isLatex ? "\\lambda_{\(MathName.write(name, style))}[n]" : "λ_\(name)[n]"
      if tick.margin == nil {
        let derivative = isLatex ? "\\sum_X \\frac{\\partial L}{\\partial X}[n]" : "Σ_X ∂L/∂X[n]"
        lines.append(.equation(left, derivative, note: "what the loss says of the neuron at this tick"))
      } else {
        let h = SurrogateTable.derivative(
          planner.context.surrogates[population], at: tick.delivered[state], in: &planner.plan.graph)
        lines.append(.equation(left, "e[n] (\(write(h)))", note: "surrogate of the current; 0 while refractory"))
      }
    }
    lines.append(.text("no trace, no path through time"))
    return Derivation.Block(title: "Error: \(ownName(population))", lines: lines)
  }

  func differenceBlock() -> Derivation.Block {
    let left = style == .latex ? "\\frac{dL}{d\\theta_q}" : "dL/dθ_q"
    let right =
      style == .latex
      ? "\\frac{L(\\theta + h_q) - L(\\theta - h_q)}{2 h_q}" : "(L(θ + h_q) - L(θ - h_q)) / (2 h_q)"
    return Derivation.Block(
      title: "Gradients",
      lines: [
        .equation(left, right, note: "for every single number that is learned: two runs each"),
        .text("h_q = 1e-5 (1e-3 in f32) times the larger of 0.1 and the number's size"),
      ])
  }

  func ruleBlock() -> Derivation.Block {
    var lines: [Derivation.Line] = []
    let network = planner.network
    let online = rule.updateEvery.map { "every \(MathName.number(Double($0) * network.step, .text)) ms" }
    lines.append(.text("mode: \(rule.mode.rawValue), update: \(online ?? "when the run is over")"))
    let reset = planner.models.flatMap { model in
      model.states.indices.filter {
        planner.context.cutPaths.contains(PathTag(.reset, population: model.population, index: $0))
      }.map { "\(network.populations[model.population].name).\(model.states[$0].name)" }
    }
    if rule.mode != .difference {
      lines.append(.text("reset: " + (reset.isEmpty ? "kept" : "own spike cut into \(reset.joined(separator: ", "))")))
      let loops = network.connections.enumerated().filter { index, connection in
        guard case .population(let source) = connection.source, case .spikes(let port) = connection.signal else {
          return false
        }
        return planner.closesLoop(
          Route(connection: index, source: source, target: connection.target, port: port, delay: connection.delay))
      }.map(\.element.name)
      if !loops.isEmpty {
        lines.append(.text("recurrence: \(rule.keepsRecurrence ? "kept" : "cut"), \(loops.joined(separator: ", "))"))
      }
      lines.append(.text("feedback: " + feedbackText))
    }
    lines += storage()
    return Derivation.Block(title: "Rule: \(rule.name)", lines: lines)
  }

  private var feedbackText: String {
    switch rule.feedback {
    case .symmetric: "the weights themselves, transposed"
    case .random: "fixed random numbers for the transposed weights, layer by layer"
    case .direct: "fixed random numbers, straight from the populations that the loss reads"
    case .file(let path): "the numbers of \(path) for the transposed weights"
    case .sign(let size): "the signs of the weights, times \(MathName.number(size, .text))"
    case .uniform(let size): "\(MathName.number(size, .text)) for every transposed weight"
    case .local: "none between populations; each has a readout and a loss of its own"
    }
  }

  /// Numbers that are kept, and the order of growth with N units and T ticks.
  private func storage() -> [Derivation.Line] {
    guard rule.mode != .difference else {
      return [.text("stored: nothing; cost: 2 runs for each of the learned numbers")]
    }
    var lines: [Derivation.Line] = []
    var task = planner.task
    task.learning = rule
    guard case .success(let plan) = Planner.plan(planner.network, task, planner.request) else { return [] }
    if planner.carriesInfluence {
      for (label, names) in [
        ("presynaptic filters", filters), ("one for each synapse", synapseTraces),
        ("one for each unit and weight", fullTraces),
      ] where !names.isEmpty { lines.append(.text("traces, \(label): \(names.joined(separator: ", "))")) }
      let isFull = plan.buffers.contains { $0.influence != nil && $0.axes.contains(.unit) }
      let isPerSynapse = plan.buffers.contains { if case .synapses = $0.influence { true } else { false } }
      lines.append(.text("stored: the traces of the present tick, whatever the length of the run"))
      lines.append(
        .text(
          isFull
            ? "cost: O(N³) traces, O(N⁴) operations a tick through recurrent weights"
            : isPerSynapse
              ? "cost: O(N²) traces and operations a tick" : "cost: O(N) traces, O(N²) operations a tick"))
      return lines
    }
    var kept: [(String, Int)] = []
    for (index, population) in plan.populations.enumerated() {
      let count = plan.buffers.count {
        $0.axes == [.tick, .sample, .unit] && $0.extent == population && $0.influence == nil
          && $0.name.hasPrefix("kept ")
      }
      if count > 0 { kept.append((planner.network.populations[index].name, count)) }
    }
    let list = kept.map { "\($0.1) number\($0.1 == 1 ? "" : "s") a tick for each unit of \($0.0)" }
    lines.append(.text("stored: " + (list.isEmpty ? "spikes" : list.joined(separator: ", ") + ", and spikes")))
    if rule.mode == .forward, rule.followsTime {
      if !synapseTraces.isEmpty || !filters.isEmpty {
        let order = synapseTraces.isEmpty ? "O(N)" : "O(N²): \(synapseTraces.joined(separator: ", "))"
        lines.append(.text("carried along the run, the traces would be \(order)"))
      }
      lines.append(
        .text(
          "cost: O(N T) numbers, one product a tick; one update at the end lets the learning signal be filtered "
            + "backward instead of every trace forward"))
    } else {
      lines.append(.text("cost: O(N T) numbers, O(N²) operations a tick"))
    }
    return lines
  }
}
