import SNNIR

/// Synapses with rules of their own: what is kept where, how it goes over a tick, and what each event changes.
extension Explain {
  mutating func synapseBlock(_ index: Int) -> Derivation.Block {
    let rule = planner.network.rules[index]
    let connection = planner.network.connections[rule.connection]
    let weight = MathName.write(connection.name, style)
    for input in rule.inputs { names[input.symbol] = name(input, weight) }
    names[rule.weight] = weight
    for state in rule.states { names[state.symbol] = MathName.write(state.name, style) }
    var lines = keptLines(rule)
    lines += flowLines(rule, planner.ruleFlows[index], weight)
    lines += modulatorLines(rule)
    if let deliver = rule.deliver {
      lines.append(.equation(deliveredName(connection), write(deliver), note: "what a spike brings"))
    }
    for handler in rule.handlers { lines += handlerLines(handler, rule, connection, weight) }
    if let bounds = bounds(rule, connection) { lines.append(.text(bounds)) }
    return Derivation.Block(title: "Synapse: \(connection.name), rule \(rule.name)", lines: lines)
  }

  /// What stands for the weight where a spike brings something else.
  func deliveredName(_ connection: Connection) -> String { MathName.write("d_" + connection.name, style) }

  func deliversOtherwise(_ connection: Connection) -> Bool {
    planner.network.rules.contains {
      planner.network.connections[$0.connection].name == connection.name && $0.deliver != nil
    }
  }

  private func keptLines(_ rule: SynapseRule) -> [Derivation.Line] {
    let places: [(SynapseSide, String)] = [
      (.pre, "per source neuron"), (.post, "per target neuron"), (.synapse, "per synapse"),
    ]
    let parts = places.compactMap { side, words -> String? in
      let kept = rule.states.filter { $0.side == side }.map(\.name)
      return kept.isEmpty ? nil : "\(words) \(kept.joined(separator: ", "))"
    }
    return parts.isEmpty ? [] : [.text("kept: " + parts.joined(separator: "; "))]
  }

  /// The equations as they are written, and how they go over a tick.
  private mutating func flowLines(_ rule: SynapseRule, _ flow: RuleFlow, _ weight: String) -> [Derivation.Line] {
    func name(_ target: SynapseTarget) -> String {
      switch target {
      case .weight: weight
      case .state(let index): MathName.write(rule.states[index].name, style)
      }
    }
    let updates = rule.updates.map { equation in
      let own = name(equation.target)
      return Derivation.Line.equation(style == .latex ? "\(own)[n+1]" : "next \(own)", write(equation.value), note: "")
    }
    return rule.flows.map { equation in
      let name = name(equation.target)
      let left = style == .latex ? "\\frac{d \(name)}{dt}" : "d\(name)/dt"
      let choice = flow.choices.first { $0.side == rule.side(of: equation.target) }
      return .equation(left, write(equation.value), note: choice.map { describe($0.integrator) } ?? "")
    } + updates
  }

  private mutating func modulatorLines(_ rule: SynapseRule) -> [Derivation.Line] {
    rule.inputs.compactMap { input in
      guard case .modulator(let value) = input.source else { return nil }
      let outer = names
      defer { names = outer }
      for symbol in planner.plan.graph.loadedSymbols([value]) {
        guard case .recorded(let population, _) = planner.plan.graph[symbol].kind else { continue }
        let last = planner.network.localName(planner.plan.graph[symbol].name)
        names[symbol] = MathName.write("\(last)_\(planner.network.populations[population].name)", style)
      }
      return .equation(display(input.symbol), write(value), note: "modulator")
    }
  }

  private mutating func handlerLines(
    _ handler: SynapseHandler, _ rule: SynapseRule, _ connection: Connection, _ weight: String
  ) -> [Derivation.Line] {
    let title =
      switch handler.event {
      case .pre: "on pre, when a spike arrives:"
      case .post: "on post, when the target emits:"
      case .every(let ticks):
        "every \(ticks) tick\(ticks == 1 ? "" : "s") "
          + "(\(MathName.number(Double(ticks) * planner.network.step, .text)) ms):"
      }
    var lines: [Derivation.Line] = [.text(title)]
    for assignment in handler.body {
      let left =
        switch assignment.target {
        case .weight: weight
        case .state(let index): MathName.write(rule.states[index].name, style)
        }
      lines.append(.assignment(left, write(assignment.value)))
    }
    return lines
  }

  private func bounds(_ rule: SynapseRule, _ connection: Connection) -> String? {
    guard rule.lower != nil || rule.upper != nil else { return nil }
    let unit = planner.network.parameters[connection.weight].unit
    func text(_ bound: Double) -> String {
      let number = MathName.number((unit.fromInternal(bound) * 1e9).rounded() / 1e9, .text)
      return unit.text == "1" ? number : "\(number) \(unit.text)"
    }
    switch (rule.lower, rule.upper) {
    case (let lower?, let upper?): return "\(connection.name) stays in \(text(lower)) .. \(text(upper))"
    case (let lower?, nil): return "\(connection.name) stays at \(text(lower)) or more"
    case (nil, let upper?): return "\(connection.name) stays at \(text(upper)) or less"
    default: return nil
    }
  }

  private func name(_ input: SynapseInput, _ weight: String) -> String {
    switch input.source {
    case .neuron:
      let parts = planner.plan.graph[input.symbol].name.split(separator: ".").map(String.init)
      guard parts.count == 2 else { return MathName.write(parts.last ?? "", style) }
      return MathName.write("\(parts[1])_\(parts[0])", style)
    case .modulator:
      return MathName.write(planner.plan.graph[input.symbol].name.filter { $0 != "\u{1}" }, style)
    case .weightSum(let side):
      let axis = side == .post ? "pre" : "post"
      return style == .latex ? "\\sum_{\\mathrm{\(axis)}} \(weight)" : "(Σ_\(axis) \(weight))"
    }
  }
}
