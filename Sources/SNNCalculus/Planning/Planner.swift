import SNNIR

/// Why a task cannot be turned into a plan.
public enum PlanFault: Hashable, Sendable {
  case integration(population: Int, IntegrationFault)
  /// Connections of delay 0 (or continuous ones) that make a cycle, as population indices.
  case zeroDelayCycle([Int])
  /// `spikes = soft` or `stochastic` with a surrogate that has no primitive.
  case noPrimitive(population: Int)
  /// A gradient is wanted, but there is no loss.
  case noLoss
  /// A reduction over time reads the result of another.
  case needsTwoPasses
  /// What has no meaning with exact spike times.
  case events(EventFault)
  /// The equations of a synapse's rule.
  case rule(Int, IntegrationFault)
  /// A gradient is wanted through weights that change by a rule of their own while time runs.
  case gradientOfRules
}

/// What a plan is for.
public struct PlanRequest: Sendable {
  /// Compute gradients too.
  public var gradient: Bool
  /// Parameters whose gradients are wanted.
  public var learnable: [Int]
  public var records: [RecordRequest]
  /// Overrides the task's rule (for `gradcheck`).
  public var rule: LearningRule?

  public init(gradient: Bool, learnable: [Int] = [], records: [RecordRequest] = [], rule: LearningRule? = nil) {
    self.gradient = gradient
    self.learnable = learnable
    self.records = records
    self.rule = rule
  }
}

/// The pass step → plan, with the rule's table of paths.
public struct Planner {
  let network: NetworkModel
  let models: [StepModel]
  let task: TaskModel
  let request: PlanRequest
  let rule: LearningRule
  let mode: SpikeMode
  let context: DerivativeContext
  var plan: Plan
  var scheduler = Scheduler()
  var ticks: [PopulationTick] = []
  /// Connections that feed a drive, and drives fed by the task: the symbols their sums are loaded with.
  var driveInputs: [DriveKey: [DriveInput]] = [:]
  var continuousInputs: [ContinuousInput] = []
  /// What populations send through continuous connections, kept as far back as delays ask for.
  var sentValues: [Recorded: BufferID] = [:]
  /// Their adjoints, where a gradient goes back through such connections.
  var sentAdjoints: [Recorded: (symbol: SymbolID, buffer: BufferID)] = [:]
  /// How error comes from population to population under the rule.
  var routes: [Route] = []
  /// Recorded variables kept for every tick: by population and variable.
  var histories: [Recorded: BufferID] = [:]
  /// Buffers that a tick's own kernel fills for the backward section of the same tick.
  var keptBuffers: Set<BufferID> = []
  /// Symbols of drawn or given initial states, by name.
  var initialSymbols: [String: SymbolID] = [:]
  /// Connections on circles of delay 0, which deliver when all populations there have been tested.
  let lateConnections: Set<Int>
  /// By rule of the network.
  var ruleFlows: [RuleFlow] = []

  struct DriveKey: Hashable {
    var population: Int
    var drive: Int
  }

  /// A sum that is loaded, times a factor of the population's own.
  struct DriveInput {
    var symbol: SymbolID
    var factor: ValueID?
  }

  struct Recorded: Hashable {
    var population: Int
    var variable: RecordedVariable
  }

  /// A connection into a drive, from an analog input or from a variable of a population.
  struct ContinuousInput {
    var connection: Int
    var symbol: SymbolID
    var sum: BufferID
    var source: BufferID
    var sent: Recorded?
  }

  /// The plan, or why there is none.
  public static func plan(
    _ network: NetworkModel, _ task: TaskModel, _ request: PlanRequest
  ) -> Result<Plan, PlanFailure> {
    if network.isExact { return EventPlanner.plan(network, task, request) }
    return prepare(network, task, request).flatMap { prepared in
      var planner = prepared.planner
      return planner.run(prepared.order)
    }
  }

  struct Prepared {
    var planner: Planner
    /// Those of a circle of delay 0 in one group.
    var order: [[Int]]
  }

  /// Everything before the sections are made: integration, order, buffers, and each population's tick.
  static func prepare(
    _ network: NetworkModel, _ task: TaskModel, _ request: PlanRequest
  ) -> Result<Prepared, PlanFailure> {
    var integrate = Integrate(network)
    let (models, faults) = integrate.run()
    if let first = faults.first {
      return .failure(PlanFailure(.integration(population: first.population, first.fault)))
    }
    if request.gradient, task.loss == nil { return .failure(PlanFailure(.noLoss)) }
    let rule = request.rule ?? task.learning ?? LearningRule(name: "bptt", surrogates: [])
    if request.gradient, !network.rules.isEmpty { return .failure(PlanFailure(.gradientOfRules)) }
    var advanced = integrate.network
    var flows: [RuleFlow] = []
    for (index, rule) in network.rules.enumerated() {
      switch RuleFlow.of(rule, in: &advanced) {
      case .success(let flow): flows.append(flow)
      case .failure(let failure): return .failure(PlanFailure(.rule(index, failure.fault)))
      }
    }
    var planner = Planner(advanced, models, task, request, rule)
    planner.ruleFlows = flows
    if let fault = planner.check(rule) { return .failure(PlanFailure(fault)) }
    let order = network.groupsInOrder
    if let fault = planner.checkCircles(order) { return .failure(PlanFailure(fault)) }
    planner.bindLeaves()
    planner.ticks = network.populations.indices.map { planner.makeTick($0) }
    if request.gradient { planner.makeRoutes() }
    return .success(Prepared(planner: planner, order: order))
  }

  private init(
    _ network: NetworkModel, _ models: [StepModel], _ task: TaskModel, _ request: PlanRequest, _ rule: LearningRule
  ) {
    self.network = network
    self.models = models
    lateConnections = network.lateConnections
    self.task = task
    self.request = request
    self.rule = rule
    mode = rule.spikes
    var surrogates = rule.surrogates
    while surrogates.count < network.populations.count { surrogates.append(Surrogate(.none)) }
    context = DerivativeContext(
      surrogates: surrogates, cutPaths: rule.cutPaths(models), followsChance: rule.mode != .score)
    plan = Plan(graph: network.graph, ticks: task.ticks, step: network.step)
    plan.connections = network.connections
    plan.parameters = network.parameters
    plan.inputs = network.inputs
    plan.populations = network.populations.map(\.extent)
    plan.goesOn = task.goesOn
    plan.plasticity = task.plasticity
  }

  private func check(_ rule: LearningRule) -> PlanFault? {
    guard rule.spikes != .hard else { return nil }
    var scratch = plan.graph
    for (index, model) in models.enumerated() {
      guard let margin = model.margin else { continue }
      if SurrogateTable.primitive(context.surrogates[index], at: margin, in: &scratch) == nil {
        return .noPrimitive(population: index)
      }
    }
    return nil
  }

  /// Circles of delay 0 are of spikes whose arrivals no threshold reads: the checker has told of others.
  private func checkCircles(_ order: [[Int]]) -> PlanFault? {
    let isWrong = lateConnections.contains { index in
      guard case .spikes(let port) = network.connections[index].signal else { return true }
      return network.populations[network.connections[index].target].tests(arrivalsAt: [port], in: network.graph)
    }
    return isWrong ? .zeroDelayCycle(order.first { $0.count > 1 } ?? order.first ?? []) : nil
  }

  /// Whether a population is on a circle of delay 0.
  func isLate(_ population: Int) -> Bool { !latePorts(of: population).isEmpty }

  /// Where such connections end.
  func latePorts(of population: Int) -> Set<Int> {
    Set(
      lateConnections.compactMap { index in
        let connection = network.connections[index]
        guard connection.target == population, case .spikes(let port) = connection.signal else { return nil }
        return port
      })
  }

  private mutating func run(_ order: [[Int]]) -> Result<Plan, PlanFailure> {
    let objective = makeObjective()
    guard objective.outputs.allSatisfy({ plan.graph[$0.value].domain.phase <= .batchEnd }) else {
      return .failure(PlanFailure(.needsTwoPasses))
    }
    if request.gradient, carriesInfluence { plan.window = window(objective) }
    keepHistories(objective)
    keepRuleInputs()
    var outputs = keptOutputs(objective)
    carryRows()
    var backward = Backward()
    if request.gradient {
      backward =
        carriesInfluence
        ? planInfluence(order, objective, &outputs) : planBackward(order, objective, &outputs)
    }
    planForward(order, outputs, backward, objective)
    return .success(plan)
  }
}

public struct PlanFailure: Error, Hashable, Sendable {
  public var fault: PlanFault
  init(_ fault: PlanFault) { self.fault = fault }
}

extension LearningRule {
  /// The reset paths that this rule cuts.
  func cutPaths(_ models: [StepModel]) -> Set<PathTag> {
    var result = Set<PathTag>()
    for model in models {
      for state in model.states.indices {
        let isCut: Bool
        switch reset {
        case .keep: isCut = false
        case .cutAll: isCut = true
        case .cut: isCut = model.membrane.contains(state)
        case .cutStates(let pairs): isCut = pairs.contains([model.population, state])
        }
        if isCut { result.insert(PathTag(.reset, population: model.population, index: state)) }
      }
    }
    return result
  }
}
