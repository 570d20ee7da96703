import SNNIR

/// Derives and writes out, in the user's symbols, what a task computes: the step in its order, and the backward
/// equations of the rule as they come out of the derivative table.
public struct Explain {
  var planner: Planner
  let order: [Int]
  let style: MathStyle
  let rule: LearningRule
  /// Printed names of symbols, index included.
  var names: [SymbolID: String] = [:]
  /// States by how many traces they need, as they are found while traces are written down.
  var filters: [String] = []
  var synapseTraces: [String] = []
  var fullTraces: [String] = []

  /// - Parameter learnable: what the rule changes; nil: everything that can be learned.
  public init?(_ network: NetworkModel, _ task: TaskModel, style: MathStyle, learnable: [Int]? = nil) {
    self.style = style
    rule = task.learning ?? LearningRule(name: "bptt", surrogates: [])
    var forward = task
    forward.learning = rule
    let learnable = learnable ?? network.parameters.indices.filter { network.parameters[$0].isLearnable }
    let request = PlanRequest(gradient: task.loss != nil, learnable: learnable)
    guard case .success(let prepared) = Planner.prepare(network, forward, request) else { return nil }
    planner = prepared.planner
    order = prepared.order.flatMap { $0 }
  }

  /// The step order: populations with their integrators, connections with their latencies.
  public mutating func schedule() -> Derivation {
    var result = Derivation()
    let network = planner.network
    var lines: [Derivation.Line] = [
      .text("tick dt = \(MathName.number(network.step, .text)) ms, \(planner.task.ticks) ticks")
    ]
    for (position, population) in order.enumerated() {
      let model = planner.models[population]
      let name = network.populations[population].name
      let size = network.populations[population].shape.map(String.init).joined(separator: " x ")
      lines.append(.text("\(position + 1). \(name): \(network.populations[population].model)[\(size)]"))
      lines.append(.text("   integrate: \(describe(model.integrator)) (\(model.integratorReason))"))
      for (index, connection) in network.connections.enumerated() where connection.target == population {
        let isLate = planner.lateConnections.contains(index)
        let order = isLate ? ", when all on its circle have been tested" : ""
        lines.append(.text("   deliver:   \(describe(connection))\(order)"))
      }
      if let emission = model.emission {
        lines.append(.text("   send:      " + describe(emission, model)))
      }
      if model.margin != nil {
        lines.append(.text("   threshold, reset" + (model.refractoryTicks > 0 ? refractoryText(model) : "")))
      }
    }
    result.blocks.append(Derivation.Block(title: "Step order, tick n to n + 1", lines: lines))
    return result
  }

  /// Forward equations of every population.
  public mutating func forwardEquations() -> Derivation {
    var result = Derivation()
    for population in order {
      result.blocks.append(forwardBlock(population))
      let propagators = propagatorBlock(population)
      if !propagators.lines.isEmpty { result.blocks.append(propagators) }
    }
    for rule in planner.network.rules.indices { result.blocks.append(synapseBlock(rule)) }
    return result
  }

  /// What the rule makes of them, and the gradients. The forward equations have given the symbols their names.
  public mutating func ruleEquations() -> Derivation {
    var result = Derivation()
    guard planner.request.gradient else { return result }
    let objective = planner.makeObjective()
    if rule.mode == .difference {
      result.blocks.append(differenceBlock())
    } else if rule.mode == .forward, rule.followsTime {
      result.blocks += forwardRule(objective)
    } else {
      for population in order.reversed() { result.blocks.append(backwardBlock(population, objective)) }
      result.blocks.append(gradientBlock())
    }
    result.blocks.append(ruleBlock())
    return result
  }

  // MARK: - Words

  func describe(_ integrator: Integrator) -> String {
    switch integrator {
    case .auto, .exact: "exact"
    case .exponentialEuler: "exponential Euler"
    case .euler: "explicit Euler"
    case .heun: "Heun"
    case .rk4(let substeps): "RK4, \(substeps ?? 1) substep\(substeps == 1 ? "" : "s")"
    case .rk4Tolerance(let tolerance, _): "RK4, tolerance \(tolerance)"
    }
  }

  private func describe(_ connection: Connection) -> String {
    let source =
      switch connection.source {
      case .input(let index): planner.network.inputs[index].name
      case .population(let index): planner.network.populations[index].name
      }
    let delay = MathName.number(Double(connection.delay) * planner.network.step, .text)
    let what = connection.delay == 1 ? "1 tick" : "\(connection.delay) ticks"
    let pattern = describe(connection.pattern, connection)
    let mode = if case .continuous = connection.signal { ", held over the step" } else { "" }
    let latency =
      connection.delayParameter != nil
      ? "latency \(connection.name).delay of each synapse, between ticks"
      : connection.sparsity?.hasOwnDelays == true ? "latency of each synapse" : "latency \(what) (\(delay) ms)"
    return "\(connection.name) from \(source), \(latency)\(pattern)\(mode)"
  }

  private func describe(_ pattern: Pattern, _ connection: Connection) -> String {
    guard case .sparse(let sparsity) = pattern else { return pattern == .oneToOne ? ", one to one" : "" }
    let rule =
      switch sparsity.rule {
      case .full: "all to all"
      case .pairs: "one to one"
      case .random(let probability): "random, p = \(MathName.number(probability, .text))"
      case .indegree(let count): "\(count) sources for every target"
      case .outdegree(let count): "\(count) targets for every source"
      case .convolution(let kernel):
        "\(kernel.isPooling ? "pooling" : "convolution") \(kernel.kernel[0]) x \(kernel.kernel[1]), "
          + "stride \(kernel.stride[0]) x \(kernel.stride[1]), padding \(kernel.padding[0]) x \(kernel.padding[1]), "
          + "\(kernel.weightCount) weights"
      case .distance(_, let radius):
        "by distance" + (radius.map { ", at most \(MathName.number($0, .text)) um" } ?? "")
      case .list: "as listed"
      }
    let expected = sparsity.expectedCount(sources: connection.sourceRange, targets: connection.targetRange)
    let count = "\(sparsity.hasFixedCount ? "" : "some ")\(Int(expected.rounded())) synapses"
    let twice = sparsity.allowsMultapses ? ", multapses" : ""
    return ", \(rule)\(sparsity.excludesSelf ? " but itself" : "")\(twice): \(count)"
  }

  func refractoryText(_ model: StepModel) -> String {
    ", refractory \(model.refractoryTicks) tick\(model.refractoryTicks == 1 ? "" : "s")"
  }

  // MARK: - Names

  func indexed(_ name: String, _ index: String) -> String {
    let base = MathName.write(name, style)
    return index.isEmpty ? base : "\(base)[\(index)]"
  }

  func display(_ symbol: SymbolID) -> String {
    if let name = names[symbol] { return name }
    let declared = planner.plan.graph[symbol]
    let last = planner.network.localName(declared.name)
    switch declared.kind {
    case .parameter, .alias: return MathName.write(last, style)
    case .time: return "t"
    case .recorded: return indexed(last, "n")
    default: return MathName.write(declared.kind == .temporary ? declared.name : last, style)
    }
  }

  mutating func load(_ symbol: SymbolID) -> ValueID { planner.plan.graph.load(symbol) }

  func write(_ value: ValueID) -> String {
    MathPrinter(planner.plan.graph, style: style) { display($0) }.print(value)
  }

  // MARK: - Forward

  private mutating func forwardBlock(_ population: Int) -> Derivation.Block {
    let model = planner.models[population]
    let hybrid = planner.network.populations[population]
    var lines: [Derivation.Line] = []
    for state in hybrid.states { names[state.symbol] = indexed(state.name, "n") }
    for state in model.states {
      names[state.present] = indexed(state.name, "n")
      names[state.integratedSymbol] = indexed(state.name + "⁻", "n+1")
      names[state.deliveredSymbol] = indexed(state.name + "*", "n+1")
    }
    for draw in model.draws { names[draw.symbol] = drawName(draw) }
    names[model.flag] = "S[n]"
    names[model.newFlag] = "S[n+1]"
    for drive in hybrid.drives { names[drive.symbol] = indexed(drive.name, "n") }
    var nothing: [SymbolID: ValueID] = [:]
    for (port, symbol) in model.arrivals.enumerated() {
      let terms = planner.network.connections.filter { $0.target == population && $0.signal == .spikes(port: port) }
        .map { arrivalTerm($0) }
      if terms.isEmpty { nothing[symbol] = planner.plan.graph.const(0) }
      names[symbol] = terms.count == 1 ? terms[0] : "(" + terms.joined(separator: " + ") + ")"
    }
    if let counter = model.refractoryCounter { names[counter] = "r[n+1]" }
    lines += driveLines(population)
    lines += abbreviations(model, hybrid) + integrationLines(model, hybrid)
    for state in model.states {
      let delivered = planner.plan.graph.substitute(state.delivered, nothing)
      guard !isLoad(delivered, of: state.integratedSymbol) else {
        names[state.deliveredSymbol] = names[state.integratedSymbol]
        continue
      }
      lines.append(.equation(indexed(state.name + "*", "n+1"), write(delivered), note: "arrivals"))
    }
    if let forced = forcedLine(population) {
      lines.append(forced)
    } else if let emission = model.emission {
      lines.append(emissionLine(emission))
    } else if let margin = model.margin, let chance = chanceLine(population, margin) {
      lines.append(chance)
    } else if let margin = model.margin {
      let step = style == .latex ? "\\Theta\\left(\(write(margin))\\right)" : "Θ(\(write(margin)))"
      lines.append(.equation("S[n+1]", step, note: model.isStrict ? "spike where > 0" : "spike where >= 0"))
    }
    for state in model.states {
      let left = indexed(state.name, "n+1")
      lines.append(
        .equation(left, write(state.final), note: isLoad(state.final, of: state.deliveredSymbol) ? "" : "reset"))
    }
    return Derivation.Block(title: "Forward: \(hybrid.name)", lines: lines)
  }

  /// One tick of each state. The stages of Runge-Kutta say nothing to a reader: there the equation itself is written.
  private func integrationLines(_ model: StepModel, _ hybrid: HybridPopulation) -> [Derivation.Line] {
    model.states.enumerated().flatMap { index, state -> [Derivation.Line] in
      let left = indexed(state.name + "⁻", "n+1")
      guard case .rk4 = model.integrator, let flow = hybrid.flows[index] else {
        return [.equation(left, write(state.integrated), note: "integrate")]
      }
      let name = MathName.write(state.name, style)
      let (slope, integral) =
        style == .latex
        ? ("\\frac{d\(name)}{dt}", "\\int_n^{n+1} \\frac{d\(name)}{dt}\\,dt") : ("d\(name)/dt", "∫ d\(name)/dt dt")
      return [
        .equation(slope, write(flow), note: ""),
        .equation(left, "\(indexed(state.name, "n")) + \(integral)", note: describe(model.integrator)),
      ]
    }
  }

  /// What the neuron's own `let` names stand for in equations that are written as they are.
  private func abbreviations(_ model: StepModel, _ hybrid: HybridPopulation) -> [Derivation.Line] {
    guard case .rk4 = model.integrator else { return [] }
    let graph = planner.plan.graph
    let read = Set(graph.reachable(from: Array(hybrid.flows.values)).filter { graph[$0].opcode == .named })
    return hybrid.lets.compactMap { binding in
      guard let value = read.first(where: { graph.symbol($0) == binding.symbol }) else { return nil }
      return .equation(display(binding.symbol), write(graph.argument(value, 0)), note: "")
    }
  }

  private func isLoad(_ value: ValueID, of symbol: SymbolID) -> Bool {
    planner.plan.graph[value].opcode == .load && planner.plan.graph.symbol(value) == symbol
  }

  private func arrivalTerm(_ connection: Connection) -> String {
    let source =
      switch connection.source {
      case .input(let index): planner.network.inputs[index].name
      case .population(let index): "S_" + planner.network.populations[index].name
      }
    let tick = connection.delay == 1 ? "n" : (connection.delay == 0 ? "n+1" : "n+1-\(connection.delay)")
    let separator = style == .latex ? " \\, " : " "
    let weight = deliversOtherwise(connection) ? deliveredName(connection) : MathName.write(connection.name, style)
    return weight + separator + indexed(source, tick)
  }

  private mutating func propagatorBlock(_ population: Int) -> Derivation.Block {
    let graph = planner.plan.graph
    let model = planner.models[population]
    var lines: [Derivation.Line] = []
    let initial = InitialValues(planner.network)
    for value in graph.reachable(from: model.states.map(\.integrated)) where graph[value].opcode == .named {
      guard graph[value].domain.phase == .once, let symbol = graph.symbol(value) else { continue }
      let number = Evaluate.values([value], in: graph) { initial[$0] }[0]
      let note = number.map { "at the start " + MathName.number(($0 * 1e6).rounded() / 1e6, .text) } ?? ""
      lines.append(.equation(display(symbol), write(value), note: note))
    }
    let name = planner.network.populations[population].name
    return Derivation.Block(title: "Constants of a tick: \(name)", lines: lines)
  }

  // MARK: - Backward

  mutating func backwardBlock(_ population: Int, _ objective: Objective) -> Derivation.Block {
    let tick = planner.ticks[population]
    let model = tick.model
    let hybrid = planner.network.populations[population]
    let graph = { (explain: Explain) in explain.planner.plan.graph }
    let domain = Domain([.sample, .unit, .tick], extent: tick.extent, phase: .reverseTick)
    var lines: [Derivation.Line] = []

    func symbol(_ explain: inout Explain, _ text: String) -> ValueID {
      let id = explain.planner.plan.graph.addSymbol(Symbol(text, .temporary, domain: domain))
      explain.names[id] = text
      return explain.planner.plan.graph.load(id)
    }
    let lambda = style == .latex ? "\\lambda" : "λ"
    func adjointName(_ name: String, _ index: String) -> String {
      style == .latex ? "\\lambda_{\(MathName.write(name, style))}[\(index)]" : "λ_\(name)[\(index)]"
    }
    var seeds: [(value: ValueID, seed: ValueID)] = []
    for (value, state) in zip(tick.integrated, model.states) {
      seeds.append((value, symbol(&self, adjointName(state.name, "n+1"))))
    }
    let feedback = feedbackTerms(population, lambda)
    if !feedback.isEmpty { seeds.append((tick.spike, symbol(&self, "e[n]"))) }
    for (recorded, _) in objective.adjoints.sorted(by: { $0.key.index < $1.key.index }) {
      guard case .recorded(population, let variable) = graph(self)[recorded].kind, let value = tick.recorded[variable]
      else { continue }
      let short = graph(self)[recorded].name.split(separator: ".").last.map(String.init) ?? "?"
      let derivative =
        style == .latex ? "\\frac{\\partial L}{\\partial \(MathName.write(short, style))}[n]" : "∂L/∂\(short)[n]"
      seeds.append((value, symbol(&self, derivative)))
    }
    for (index, carried) in tick.carriedSymbols.enumerated() {
      // Arrivals of direct ports are already in the carried value; those of others are added in the tick.
      let mark = tick.directPorts.contains(index) ? "*" : "⁻"
      names[carried] = indexed(model.states[index].name + mark, "n")
    }
    for (arrival, text) in zip(tick.arrivalSymbols, hybrid.ports.map(\.name)) {
      if let arrival { names[arrival] = indexed(text, "n") }
    }
    let carried = tick.carriedSymbols.map { planner.plan.graph.load($0) }
    let arrivals = tick.arrivalSymbols.map { $0.map { planner.plan.graph.load($0) } }
    let targets = Set(carried + arrivals.compactMap { $0 })
    if !rule.followsTime { return presentBlock(population, feedback) }
    let adjoints = planner.plan.graph.adjoints(of: seeds, with: targets, unreduced: targets, planner.context)
    var map: [ValueID: ValueID] = [tick.spike: symbol(&self, "S[n]")]
    if let margin = tick.margin, rule.spikes != .soft, rule.mode != .score || rule.spikes == .hard {
      let surrogate = planner.context.surrogates[population]
      let h = SurrogateTable.derivative(surrogate, at: margin, in: &planner.plan.graph)
      if planner.plan.graph.constant(h) == nil { map[h] = symbol(&self, style == .latex ? "\\psi[n]" : "ψ[n]") }
      let marginText = style == .latex ? "$\(write(margin))$" : write(margin)
      lines.append(
        .equation(style == .latex ? "\\psi[n]" : "ψ[n]", write(h), note: "surrogate derivative at \(marginText)"))
    }
    lines += hazardLines(population, objective)
    let zero = planner.plan.graph.const(0)
    let results = carried.map { adjoints[$0] ?? zero } + arrivals.map { $0.flatMap { adjoints[$0] } ?? zero }
    let printed = planner.plan.graph.rewrite(results) { _, value in map[value] }
    if !feedback.isEmpty {
      lines.append(.equation("e[n]", feedback.joined(separator: " + "), note: "error from targets"))
    }
    for (state, value) in zip(model.states, printed) {
      lines.append(.equation(adjointName(state.name, "n"), write(value), note: ""))
    }
    for (port, value) in zip(hybrid.ports.indices, printed.dropFirst(carried.count)) where arrivals[port] != nil {
      lines.append(.equation(adjointName(hybrid.ports[port].name, "n"), write(value), note: "of the arrival"))
    }
    let cut = model.states.indices.filter {
      planner.context.cutPaths.contains(PathTag(.reset, population: population, index: $0))
    }
    if model.sends, !(model.emission.map { !$0.isBinary } ?? false) {
      let list = cut.map { model.states[$0].name }.joined(separator: ", ")
      lines.append(.text(cut.isEmpty ? "no reset path is cut" : "cut: own spike into \(list)"))
    }
    return Derivation.Block(
      title: "Backward: \(hybrid.name) (λ = ∂L/∂ state after integration and arrivals)", lines: lines)
  }

  /// By way on which error comes back to this population: what stands for the transposed weights, times the adjoint of
  /// the arrival.
  func feedbackTerms(_ population: Int, _ lambda: String) -> [String] {
    planner.routes.filter { $0.source == population }.map { route in
      let index = route.delay == 0 ? "n" : "n+\(route.delay)"
      let weight = matrixName(route)
      let target = arrivalAdjoint(route.target, route.port)
      return style == .latex ? "\(weight)^{\\top} \(target)[\(index)]" : "\(weight)ᵀ \(target)[\(index)]"
    }
  }

  /// Name of the adjoint of what arrives at a port: that of the state it is added to, or the port's own.
  func arrivalAdjoint(_ population: Int, _ port: Int) -> String {
    let tick = planner.ticks[population]
    let name =
      tick.directPorts[port].map { tick.model.states[$0].name }
      ?? planner.network.populations[population].ports[port].name
    let owner = planner.network.populations[population].name
    return style == .latex ? "\\lambda_{\(MathName.write(name, style))}^{\\mathrm{\(owner)}}" : "λ_\(owner).\(name)"
  }

  mutating func gradientBlock() -> Derivation.Block {
    var lines: [Derivation.Line] = []
    let sum = style == .latex ? "\\sum_n" : "Σ_n"
    let top = style == .latex ? "^{\\top}" : "ᵀ"
    for connection in planner.network.connections {
      guard planner.learnsSynapses(connection), case .spikes(let port) = connection.signal else { continue }
      let source =
        switch connection.source {
        case .input(let index): planner.network.inputs[index].name
        case .population(let index): "S_" + planner.network.populations[index].name
        }
      if connection.delayParameter != nil {
        lines += delayLines(connection, arrivalAdjoint(connection.target, port), source)
        continue
      }
      let index = connection.delay == 0 ? "n" : "n-\(connection.delay)"
      let weight = MathName.write(connection.name, style)
      let left = style == .latex ? "\\frac{dL}{d \(weight)}" : "dL/d\(weight)"
      let right = "\(sum) \(arrivalAdjoint(connection.target, port))[n] \(indexed(source, index))\(top)"
      lines.append(.equation(left, right, note: "over spikes only"))
    }
    for index in planner.request.learnable where rule.followsTime {
      let parameter = planner.network.parameters[index]
      if case .synapses = parameter.shape { continue }
      lines.append(.text("\(parameter.name): through every use in the equations above, summed over ticks and samples"))
    }
    return Derivation.Block(title: "Gradients", lines: lines)
  }

  /// Of a synapse whose delay is learned: what is sent arrives in two parts.
  private func delayLines(_ connection: Connection, _ adjoint: String, _ source: String) -> [Derivation.Line] {
    let (sum, weight) = (style == .latex ? "\\sum_n" : "Σ_n", MathName.write(connection.name, style))
    let delay = style == .latex ? "d_{\(weight)}" : "\(connection.name).delay"
    func gradient(_ name: String) -> String { style == .latex ? "\\frac{dL}{d \(name)}" : "dL/d\(name)" }
    let (now, later) = (indexed(source, "n-k"), indexed(source, "n-k-1"))
    var lines: [Derivation.Line] = []
    if planner.request.learnable.contains(connection.weight) {
      let right = "\(sum) \(adjoint)[n] ((1 - f) \(now) + f \(later))"
      lines.append(.equation(gradient(weight), right, note: "over spikes only; k + f = \(connection.name).delay / dt"))
    }
    if let own = connection.delayParameter, planner.request.learnable.contains(own) {
      let right = "\(weight) / dt \(sum) \(adjoint)[n] (\(later) - \(now))"
      lines.append(.equation(gradient(delay), right, note: "k + f = \(connection.name).delay / dt"))
    }
    return lines
  }
}
