import SNNIR

/// Steps of the synapses' own rules, by the place in the tick that they take.
struct RuleSteps {
  var once: [PlanStep] = []
  /// After the populations' first values.
  var start: [PlanStep] = []
  /// Before the populations.
  var integrate: [PlanStep] = []
  /// After everything else.
  var learn: [PlanStep] = []
}

extension Planner {
  /// Variables of neurons that rules and modulators read are kept for the present tick.
  mutating func keepRuleInputs() {
    for rule in network.rules {
      for input in rule.inputs {
        switch input.source {
        case .neuron(let side, let variable):
          guard let population = population(side, of: rule) else { continue }
          _ = history(Recorded(population: population, variable: variable))
        case .modulator(let value):
          for symbol in plan.graph.loadedSymbols([value]).sorted(by: { $0.index < $1.index }) {
            guard case .recorded(let population, let variable) = plan.graph[symbol].kind else { continue }
            scheduler.bound[symbol] = history(Recorded(population: population, variable: variable))
          }
        case .weightSum: continue
        }
      }
    }
  }

  private func population(_ side: SynapseSide, of rule: SynapseRule) -> Int? {
    let link = network.connections[rule.connection]
    if side == .post { return link.target }
    if case .population(let source) = link.source { return source }
    return nil
  }

  /// Compiles the rules into `plan.rules`; `flows` are theirs, in order.
  mutating func planRules(_ flows: [RuleFlow]) -> RuleSteps {
    var steps = RuleSteps()
    guard !network.rules.isEmpty else { return steps }
    steps.start = firstHistories()
    let modulators = planModulators(&steps)
    for (index, rule) in network.rules.enumerated() {
      let compiled = compile(rule, flows[index], modulators)
      plan.rules.append(compiled)
      steps.start.append(.plasticity(rule: index, .start))
      if compiled.kernels.contains(where: { if case .integrate = $0.event { true } else { false } }) {
        steps.integrate.append(.plasticity(rule: index, .integrate))
      }
      steps.learn.append(.plasticity(rule: index, .learn))
    }
    return steps
  }

  /// What brings a connection's spikes to its target.
  func deliverStep(_ index: Int, into buffer: BufferID) -> PlanStep {
    if let rule = network.rules.firstIndex(where: { $0.connection == index }), network.rules[rule].deliver != nil {
      return .plasticity(rule: rule, .deliver(into: buffer))
    }
    return .deliver(connection: index, delay: network.connections[index].delay, into: buffer)
  }

  /// The kept variables at tick 0.
  private mutating func firstHistories() -> [PlanStep] {
    var outputs: [Int: [KernelOutput]] = [:]
    for (recorded, buffer) in histories.sorted(by: { $0.value < $1.value }) {
      let drives = driveValues(recorded.population, states: initialValues(recorded.population))
      let value = initialValue(recorded, drives: drives)
      outputs[recorded.population, default: []].append(KernelOutput(value: value, buffer: buffer))
    }
    return outputs.keys.sorted().map { population in
      .kernel(
        scheduler.kernel(
          named: "first \(network.populations[population].name)", axes: [.sample, .unit],
          extent: network.populations[population].extent, isWide: false, section: .start,
          outputs: outputs[population] ?? [], &plan))
    }
  }

  /// Buffers of the modulators' values, which are made at tick 0 and at the end of every tick.
  private mutating func planModulators(_ steps: inout RuleSteps) -> [ValueID: BufferID] {
    var buffers: [ValueID: BufferID] = [:]
    var own = Scheduler()
    own.bound = scheduler.bound
    defer { carryRows(of: buffers.values.sorted()) }
    for rule in network.rules {
      for case .modulator(let value) in rule.inputs.map(\.source) where buffers[value] == nil {
        let buffer = plan.addBuffer(
          Buffer(name: "modulator \(buffers.count)", axes: .sample, extent: nil, isWide: false))
        buffers[value] = buffer
        own.emit(value, into: buffer, section: .tick, &plan)
      }
    }
    let sections = own.flush(&plan)
    steps.once = sections[.once] ?? []
    steps.start += sections[.tick] ?? []
    steps.learn += sections[.tick] ?? []
    return buffers
  }

  // MARK: - One rule

  private mutating func compile(
    _ rule: SynapseRule, _ flow: RuleFlow, _ modulators: [ValueID: BufferID]
  ) -> PlasticityPlan {
    var operands = RuleOperands(rule: rule)
    for input in rule.inputs {
      switch input.source {
      case .neuron(let side, let variable):
        guard let population = population(side, of: rule),
          let buffer = histories[Recorded(population: population, variable: variable)]
        else { continue }
        operands.meaning[input.symbol] = .neuron(side, buffer)
      case .modulator(let value): operands.meaning[input.symbol] = modulators[value].map { .modulator($0) }
      case .weightSum(let side): operands.meaning[input.symbol] = .weightSum(side)
      }
    }
    var result = PlasticityPlan(
      name: rule.name, connection: rule.connection, states: rule.states, location: rule.location)
    func add(_ event: SynapseEvent, _ outputs: [(SymbolID, ValueID)], _ planner: inout Planner) {
      guard !outputs.isEmpty else { return }
      result.kernels.append(planner.kernel(rule, event, outputs, &operands))
    }
    for side in [SynapseSide.synapse, .pre, .post] {
      let first = rule.states.filter { $0.side == side }.map { state -> (SymbolID, ValueID) in
        if case .value(let value) = state.initial { return (state.symbol, value) }
        return (state.symbol, plan.graph.const(0))
      }
      add(.start(side), first, &self)
      let changes = flow.changes.filter { $0.side == side }
      add(
        .integrate(side),
        changes.map { (rule.symbol(of: $0.target), $0.target == .weight ? bounded($0.value, rule) : $0.value) }, &self)
    }
    if let deliver = rule.deliver {
      result.kernels.append(kernel(rule, .deliver, [(operands.delivery(&plan), deliver)], &operands))
    }
    for handler in rule.handlers {
      let changes = run(handler, rule)
      for side in [SynapseSide.synapse, .pre, .post] {
        let outputs = changes.filter { rule.side(of: $0.target) == side }
          .map { (rule.symbol(of: $0.target), $0.value) }
        switch handler.event {
        case .pre: add(.pre(side), outputs, &self)
        case .post: add(.post(side), outputs, &self)
        case .every(let ticks): add(.every(ticks: ticks, side), outputs, &self)
        }
      }
    }
    result.operands = operands.operands
    (result.lower, result.upper) = (rule.lower, rule.upper)
    return result
  }

  /// What a body changes, as values over what stands before it.
  private mutating func run(
    _ handler: SynapseHandler, _ rule: SynapseRule
  ) -> [(target: SynapseTarget, value: ValueID)] {
    var current: [SymbolID: ValueID] = [:]
    var order: [SynapseTarget] = []
    for assignment in handler.body {
      var value = plan.graph.substitute(assignment.value, current)
      if assignment.target == .weight { value = bounded(value, rule) }
      current[rule.symbol(of: assignment.target)] = value
      if !order.contains(assignment.target) { order.append(assignment.target) }
    }
    return order.map { ($0, current[rule.symbol(of: $0)]!) }
  }

  private mutating func bounded(_ value: ValueID, _ rule: SynapseRule) -> ValueID {
    var value = value
    if let lower = rule.lower { value = plan.graph.max(value, plan.graph.const(lower)) }
    if let upper = rule.upper { value = plan.graph.min(value, plan.graph.const(upper)) }
    return value
  }

  private mutating func kernel(
    _ rule: SynapseRule, _ event: SynapseEvent, _ outputs: [(SymbolID, ValueID)], _ operands: inout RuleOperands
  ) -> PlasticityKernel {
    var isIntegration = false
    if case .integrate = event { isIntegration = true }
    for symbol in plan.graph.loadedSymbols(outputs.map(\.1)) {
      guard let buffer = operands.buffer(of: symbol, in: event, &plan) else { continue }
      scheduler.bound[symbol] = buffer
    }
    let made = outputs.map { symbol, value in
      KernelOutput(value: spread(value, rule), buffer: operands.laneBuffer(of: symbol, &plan))
    }
    var kernel = scheduler.kernel(
      named: "\(network.connections[rule.connection].name) \(event.words)", axes: [.synapse, .sample],
      extent: ExtentID(rule.connection), isWide: false, section: .tick, outputs: made, &plan)
    kernel.axes = .synapse
    // Equations read the time of the tick they start from.
    for place in kernel.inputs.indices where isIntegration && plan.bindings[kernel.inputs[place].buffer] == .time {
      kernel.inputs[place].tickOffset = -1
    }
    return PlasticityKernel(event: event, kernel: kernel)
  }

  /// A value that loads nothing of the synapse is the same in all of them.
  private mutating func spread(_ value: ValueID, _ rule: SynapseRule) -> ValueID {
    let domain = Domain([.synapse, .sample, .tick], extent: ExtentID(rule.connection), phase: .tick)
    return plan.graph[value].domain.axes.contains(.synapse) ? value : plan.graph.broadcast(value, to: domain)
  }
}

extension SynapseEvent {
  var words: String {
    switch self {
    case .start(let side): "start \(side.rawValue)"
    case .integrate(let side): "integrate \(side.rawValue)"
    case .pre(let side): "on pre, \(side.rawValue)"
    case .post(let side): "on post, \(side.rawValue)"
    case .every(let ticks, let side): "every \(ticks), \(side.rawValue)"
    case .deliver: "deliver"
    }
  }
}

/// The buffers that name a rule's operands in its kernels.
private struct RuleOperands {
  let rule: SynapseRule
  /// Of the inputs.
  var meaning: [SymbolID: SynapseOperand] = [:]
  var operands: [BufferID: SynapseOperand] = [:]
  private var lanes: [SymbolID: BufferID] = [:]
  private var numbers: [SymbolID: BufferID] = [:]
  private var deliverySymbol: SymbolID?

  init(rule: SynapseRule) {
    self.rule = rule
    meaning[rule.weight] = .weight
    for (index, state) in rule.states.enumerated() { meaning[state.symbol] = .state(index) }
  }

  mutating func delivery(_ plan: inout Plan) -> SymbolID {
    if let deliverySymbol { return deliverySymbol }
    let symbol = plan.graph.addSymbol(Symbol("\(rule.name) delivers", .temporary, domain: .constant))
    meaning[symbol] = .delivery
    deliverySymbol = symbol
    return symbol
  }

  /// One number for a call where the event's own neuron has it, else one per lane; nil: not the rule's.
  mutating func buffer(of symbol: SymbolID, in event: SynapseEvent, _ plan: inout Plan) -> BufferID? {
    guard let operand = meaning[symbol] else { return nil }
    var side: SynapseSide?
    switch operand {
    case .state(let index): side = rule.states[index].side
    case .neuron(let own, _), .weightSum(let own): side = own
    case .weight, .delivery: side = .synapse
    case .modulator: side = nil
    }
    let isNumber =
      switch event {
      case .pre(.synapse), .deliver, .integrate(.synapse), .every(_, .synapse): side == nil || side == .pre
      case .post(.synapse): side == nil || side == .post
      default: side == nil
      }
    return isNumber ? numberBuffer(of: symbol, operand, &plan) : laneBuffer(of: symbol, &plan)
  }

  mutating func laneBuffer(of symbol: SymbolID, _ plan: inout Plan) -> BufferID {
    if let known = lanes[symbol] { return known }
    let buffer = plan.addBuffer(
      Buffer(name: plan.graph[symbol].name, axes: .synapse, extent: ExtentID(rule.connection), isWide: false))
    lanes[symbol] = buffer
    operands[buffer] = meaning[symbol]
    return buffer
  }

  private mutating func numberBuffer(
    of symbol: SymbolID, _ operand: SynapseOperand, _ plan: inout Plan
  ) -> BufferID {
    if let known = numbers[symbol] { return known }
    let buffer = plan.addBuffer(
      Buffer(name: plan.graph[symbol].name + " of the event", axes: [], extent: nil, isWide: true))
    numbers[symbol] = buffer
    operands[buffer] = operand
    return buffer
  }
}
