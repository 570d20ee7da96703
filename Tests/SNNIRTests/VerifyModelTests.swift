import Testing

@testable import SNNIR

@Suite struct VerifyModelTests {
  @Test func theFixturesAreSound() {
    let fixture = LIFFixture()
    #expect(fixture.network.verify().map(\.description) == [])
    #expect(fixture.task.verify(in: fixture.network).map(\.description) == [])
    #expect(fixture.step.verify(fixture.stepGraph).map(\.description) == [])
    #expect(Plan.fixture().verify().map(\.description) == [])
  }

  typealias NetworkBreak = @Sendable (inout NetworkModel) -> Void
  static let networks: [(String, NetworkBreak)] = [
    ("number", { $0.step = 0 }),
    ("symbolKind", { $0.timeSymbol = $0.stepSymbol }),
    ("symbolKind", { $0.populations[0].states[0].symbol = $0.populations[0].states[1].symbol }),
    ("symbolKind", { $0.populations[0].flag = $0.populations[0].ports[0].arrival }),
    ("symbolKind", { $0.parameters[0].symbol = $0.parameters[1].symbol }),
    ("index", { $0.populations[0].states[0].symbol = SymbolID(999) }),
    ("index", { $0.populations[0].states[0].initial = .value(ValueID(999)) }),
    ("index", { $0.populations[0].flows[7] = $0.populations[0].flows[0] }),
    ("index", { $0.populations[0].ports[0].body[0].state = -1 }),
    ("index", { $0.populations[0].reset[0].state = 3 }),
    ("index", { $0.populations[0].refractory?.held = [5] }),
    ("index", { $0.connections[0].weight = 12 }),
    ("index", { $0.connections[0].weight = 2 }),
    ("index", { $0.connections[0].source = .input(1) }),
    ("index", { $0.connections[0].signal = .spikes(port: 1) }),
    ("index", { $0.connections[1].signal = .continuous(.letBinding(1), drive: 0) }),
    ("index", { $0.connections[0].target = 1 }),
    ("sameName", { $0.parameters[1].name = $0.parameters[0].name }),
    ("sameName", { $0.populations[0].states[1].name = "U" }),
    ("extentSize", { $0.populations[0].shape = [5] }),
    ("extentSize", { $0.inputs[0].shape = [.max, .max] }),
    ("emptyRange", { $0.parameters[0].lower = 200 }),
    ("count", { $0.populations[0].states[1].initial = .given([1, 2]) }),
    ("count", { $0.parameters[0].initial = .draw(Distribution(.uniform, [5])) }),
    ("rangeOutside", { $0.connections[0].sourceRange = 0..<5 }),
    ("oneToOneSizes", { $0.connections[1].sourceRange = 0..<4 }),
    ("delayBelow", { $0.connections[0].delay = 0 }),
    ("equationTwice", { $0.populations[0].updates[0] = $0.populations[0].flows[0] }),
    ("loadsUnavailable", { $0.populations[0].flows[0] = $0.populations[0].ports[0].body[0].value }),
    (
      "expectedBoolean",
      { network in
        let flow = network.populations[0].flows[0] ?? ValueID(0)
        network.populations[0].flows[0] = network.graph.compare(.lt, flow, network.graph.const(0))
      }
    ),
    (
      "stratum",
      { network in
        let flow = network.populations[0].flows[0] ?? ValueID(0)
        network.populations[0].flows[0] = network.graph.reduce(.sum, over: .tick, flow)
      }
    ),
    ("stratum", { $0.populations[0].states[0].initial = .value($0.graph.tickIndex()) }),
  ]

  @Test(arguments: 0..<networks.count) func brokenNetworks(_ index: Int) {
    var network = LIFFixture().network
    let (slug, breakIt) = Self.networks[index]
    breakIt(&network)
    let faults = network.verify()
    #expect(slugs(faults).contains(slug), "\(faults)")
    #expect(faults.allSatisfy { !$0.description.isEmpty })
  }

  typealias TaskBreak = @Sendable (inout TaskModel, inout NetworkModel) -> Void
  static let tasks: [(String, TaskBreak)] = [
    ("number", { task, _ in task.batch = 0 }),
    ("number", { task, _ in task.learning?.surrogates[0].scale = 0 }),
    ("number", { task, _ in task.optimiser.rate = .nan }),
    ("index", { task, _ in task.dataSets[0].source = 3 }),
    ("index", { task, _ in task.dataSets[0].part = 2 }),
    ("index", { task, _ in task.loss = ValueID(-3) }),
    ("index", { task, _ in task.records[0].population = 4 }),
    ("index", { task, _ in task.records[0].variable = .state(9) }),
    ("index", { task, _ in task.feeds[0].target = .input(2) }),
    ("index", { task, _ in task.frozen = [-1] }),
    ("index", { task, _ in task.learning?.reset = .cutStates([[0, 5]]) }),
    ("count", { task, _ in task.learning?.reset = .cutStates([[0]]) }),
    ("count", { task, _ in task.learning?.surrogates = [] }),
    ("sameName", { task, _ in task.dataSets[1].name = "train" }),
    ("symbolKind", { task, network in task.fields[0].symbol = network.timeSymbol }),
    ("expectedBoolean", { task, _ in task.expectations[0].condition = task.loss ?? ValueID(0) }),
    (
      "loadsUnavailable",
      { task, network in
        let flow = network.graph.load(network.populations[0].flag)
        task.loss = network.graph.reduce(.sum, over: .unit, network.graph.reduce(.sum, over: .tick, flow))
      }
    ),
    ("stratum", { task, network in task.loss = network.graph.tickIndex() }),
  ]

  @Test(arguments: 0..<tasks.count) func brokenTasks(_ index: Int) {
    let fixture = LIFFixture()
    var (network, task) = (fixture.network, fixture.task)
    let (slug, breakIt) = Self.tasks[index]
    breakIt(&task, &network)
    let faults = task.verify(in: network)
    #expect(slugs(faults).contains(slug), "\(faults)")
  }

  @Test func lossesMayCountTheBatch() {
    let fixture = LIFFixture()
    var (network, task) = (fixture.network, fixture.task)
    task.loss = network.graph.load(task.batchCount ?? SymbolID(0))
    #expect(task.verify(in: network) == [])
  }

  typealias StepBreak = @Sendable (inout StepModel, inout Graph) -> Void
  static let steps: [(String, StepBreak)] = [
    ("sameSymbol", { step, _ in step.newFlag = step.flag }),
    ("sameName", { step, _ in step.states.append(step.states[0]) }),
    ("index", { step, _ in step.membrane = [1] }),
    ("index", { step, _ in step.flag = SymbolID(-1) }),
    ("index", { step, _ in step.margin = ValueID(4000) }),
    ("number", { step, _ in step.refractoryTicks = -1 }),
    ("loadsUnavailable", { step, _ in step.states[0].integrated = step.states[0].delivered }),
    ("loadsUnavailable", { step, _ in step.states[0].delivered = step.states[0].final }),
    ("loadsUnavailable", { step, graph in step.margin = graph.load(step.newFlag) }),
    ("expectedBoolean", { step, graph in step.margin = graph.compare(.lt, graph.const(0), graph.const(1)) }),
  ]

  @Test(arguments: 0..<steps.count) func brokenSteps(_ index: Int) {
    let fixture = LIFFixture()
    var (step, graph) = (fixture.step, fixture.stepGraph)
    let (slug, breakIt) = Self.steps[index]
    breakIt(&step, &graph)
    let faults = step.verify(graph)
    #expect(slugs(faults).contains(slug), "\(faults)")
  }
}
