import Testing

@testable import SNNIR

@Suite struct TextTests {
  private func expectSame(_ a: Graph, _ b: Graph) {
    #expect(a.count == b.count)
    // A number that is none is not equal to itself.
    for (x, y) in zip(a.nodes, b.nodes) where !(x.number.isNaN && y.number.isNaN) { #expect(x == y) }
    #expect(a.symbols == b.symbols)
    #expect(a.extents == b.extents)
    for index in a.nodes.indices where index < b.nodes.count {
      #expect(a.arguments(ValueID(index)) == b.arguments(ValueID(index)))
    }
  }

  @Test func aGraphReads() throws {
    let text = """
      graph {
        extent "hidden" 128
        symbol "U" state(0, 0) : real[unit,sample,tick @tick #hidden] unit("mV", 1.0) location(3)
        symbol "U" temporary : bool
        symbol "tau" parameter(0) : real[unit #hidden]
        %0 = load $U~0 : real[unit,sample,tick @tick #hidden]
        %1 = load $tau : real[unit #hidden]
        %2 = const 0.5 : real
        %3 = mul %0, %2 : real[unit,sample,tick @tick #hidden]
        %4 = spike{gt 2} %3, %2 : real[unit,sample,tick @tick #hidden]
        %5 = path{reset 1 2} %4 : real[unit,sample,tick @tick #hidden]
        %6 = reduce{max over tick} %5 : real[unit,sample @sampleEnd #hidden]
        %7 = unitIndex #hidden : real[unit #hidden]
        %8 = named $tau, %1 : real[unit #hidden]
        %9 = expm{3} %2, %2, %2, %2 : real
      }

      """
    let graph = try IRText.graph(from: text)
    #expect(IRText.text(of: graph) == text)
    #expect(graph.extents == [Extent(name: "hidden", size: 128)])
    #expect(graph.symbols[0].unit == DisplayUnit("mV", scale: 1))
    #expect(graph[ValueID(4)].aux == 2 << 1)
    #expect(PathTag(aux: graph[ValueID(5)].aux) == PathTag(.reset, population: 1, index: 2))
    #expect(Reduction(aux: graph[ValueID(6)].aux) == Reduction(.max, over: .tick))
    #expect(graph[ValueID(9)].aux == 3)
  }

  @Test func labelsMayBeAnyAndCommentsCount() throws {
    let graph = try IRText.graph(
      from: """
        graph { // a comment
          %half = const 0.5 : real
          %again = const 0.5 : real // the same value
          %sum = add %half %again : real
        }
        """)
    #expect(graph.count == 2)
    #expect(graph.arguments(ValueID(1)) == [ValueID(0), ValueID(0)])
  }

  @Test(arguments: [0.1, -0.0, .infinity, -.infinity, Double.leastNonzeroMagnitude, 1.7976931348623157e308, 1 / 3])
  func numbersKeepEveryBit(_ number: Double) throws {
    var graph = Graph()
    _ = graph.const(number)
    let read = try IRText.graph(from: IRText.text(of: graph))
    #expect(read[ValueID(0)].number.bitPattern == number.bitPattern)
  }

  @Test(arguments: 0..<40) func randomGraphsComeBack(_ seed: Int) throws {
    let graph = Graph.random(UInt64(seed))
    let text = IRText.text(of: graph)
    let read = try IRText.graph(from: text)
    expectSame(graph, read)
    #expect(IRText.text(of: read) == text)
  }

  @Test func networkAndTaskComeBack() throws {
    let fixture = LIFFixture()
    let text = IRText.text(of: fixture.network, tasks: [fixture.task])
    let (network, tasks) = try IRText.network(from: text)
    #expect(IRText.text(of: network, tasks: tasks) == text)
    expectSame(network.graph, fixture.network.graph)
    #expect(network.name == "Net")
    #expect(network.parameters == fixture.network.parameters)
    #expect(network.inputs == fixture.network.inputs)
    #expect(network.connections == fixture.network.connections)
    let (old, new) = (fixture.network.populations[0], network.populations[0])
    #expect(new.states == old.states)
    #expect(new.flows == old.flows)
    #expect(new.updates == old.updates)
    #expect(new.nextSymbols == old.nextSymbols)
    #expect(new.ports == old.ports)
    #expect(new.guardCondition == old.guardCondition)
    #expect(new.reset == old.reset)
    #expect(new.refractory == old.refractory)
    #expect(new.integrator == old.integrator)
    #expect(new.lets == old.lets)
    #expect(tasks[0].sources == fixture.task.sources)
    #expect(tasks[0].learning == fixture.task.learning)
    #expect(tasks[0].optimiser == fixture.task.optimiser)
    #expect(tasks[0].expectations == fixture.task.expectations)
    #expect(tasks[0].seed == 1)
  }

  @Test func stepsComeBack() throws {
    let fixture = LIFFixture()
    let text = IRText.text(of: [fixture.step], in: fixture.stepGraph)
    let (steps, graph) = try IRText.steps(from: text)
    #expect(IRText.text(of: steps, in: graph) == text)
    #expect(steps[0].integratorReason == fixture.step.integratorReason)
    #expect(steps[0].states[0].final == fixture.step.states[0].final)
    #expect(steps[0].margin == fixture.step.margin)
  }

  @Test func plansComeBack() throws {
    let plan = Plan.fixture()
    let text = IRText.text(of: plan)
    let read = try IRText.plan(from: text)
    #expect(IRText.text(of: read) == text)
    #expect(read.buffers == plan.buffers)
    #expect(read.bindings == plan.bindings)
    #expect(read.once == plan.once)
    #expect(read.tick == plan.tick)
    #expect(read.reverseTick == plan.reverseTick)
    #expect(read.chunkSums == plan.chunkSums)
    #expect(read.needsSync)
    expectSame(read.graph, plan.graph)
  }

  /// Random steps over random buffers: sound or not, they must come back.
  @Test(arguments: 0..<20) func randomPlansComeBack(_ seed: Int) throws {
    var random = Seeded(UInt64(seed) &+ 1000)
    var plan = Plan(graph: Graph.random(UInt64(seed)), ticks: random.index(100), step: random.number(0.1...1))
    for number in 0..<8 {
      let buffer = Buffer(
        name: ["U", "U", "I", "a b", ""][random.index(5)], axes: Axes(rawValue: UInt8(random.index(16))),
        extent: random.one(in: 2) ? ExtentID(random.index(9)) : nil, isWide: random.one(in: 2),
        isBoolean: random.one(in: 2), lifetime: random.one(in: 2) ? .chunk : .ring(length: random.index(9)))
      _ = plan.addBuffer(buffer, binding: random.one(in: 2) ? .record(number) : nil)
    }
    func buffer() -> BufferID { BufferID(random.index(plan.buffers.count)) }
    let graph = plan.graph
    func step() -> PlanStep {
      switch random.index(11) {
      case 0: return .zero(buffer())
      case 10:
        return .draw(
          random.one(in: 2) ? .uniform : .normal, path: "a.V.xi", tickOffset: random.index(2) - 1, into: buffer())
      case 1:
        return .reduce(
          Reduction(.max, over: .unit), source: buffer(), destination: buffer(), accumulates: random.one(in: 2))
      case 2: return .argreduce(Reduction(.min, over: .sample), source: buffer(), destination: buffer())
      case 3: return .extract(population: random.index(3), flags: buffer(), isGraded: random.one(in: 2))
      case 4: return .deliver(connection: random.index(3), delay: random.index(3), into: buffer())
      case 5: return .outer(connection: random.index(3), delay: random.index(3), adjoint: buffer())
      case 6:
        return .deliverContinuous(connection: 1, source: buffer(), tickOffset: random.index(5) - 2, into: buffer())
      case 7:
        return .deliverTransposed(
          connection: 1, from: buffer(), tickOffset: -1, into: buffer(), accumulates: random.one(in: 2))
      case 8: return .outerContinuous(connection: 0, source: buffer(), tickOffset: 1, adjoint: buffer())
      default:
        let inputs = (0..<random.index(4)).map { _ in
          KernelInput(
            symbol: SymbolID(random.index(graph.symbols.count)), buffer: buffer(), tickOffset: random.index(3) - 1)
        }
        let outputs = (0..<random.index(4)).map { _ in
          KernelOutput(
            value: ValueID(random.index(graph.count)), buffer: buffer(), accumulates: random.one(in: 2),
            tickOffset: random.index(3) - 1)
        }
        return .kernel(
          Kernel(name: "k", axes: [.unit], extent: ExtentID(0), isWide: false, inputs: inputs, outputs: outputs))
      }
    }
    plan.tick = (0..<12).map { _ in step() }
    plan.reverseTick = (0..<12).map { _ in step() }
    let text = IRText.text(of: plan)
    let read = try IRText.plan(from: text)
    #expect(read.tick == plan.tick)
    #expect(read.reverseTick == plan.reverseTick)
    #expect(read.buffers == plan.buffers)
    #expect(read.bindings == plan.bindings)
    #expect(IRText.text(of: read) == text)
    // Unsound plans give faults, never a trap.
    _ = read.verify().map(\.description)
  }

  /// A stored property that no field writes would be lost without a word.
  @Test func everyStoredPropertyIsWritten() {
    func stored<T: RecordForm>(_ type: T.Type, besides: Int = 0) {
      #expect(Mirror(reflecting: T.blank).children.count == T.fields.count + besides, "\(T.self)")
    }
    stored(Parameter.self)
    stored(NetworkInput.self)
    stored(Connection.self)
    stored(NetworkModel.self, besides: 1)  // graph
    stored(StateVariable.self)
    stored(LetBinding.self)
    stored(StateAssignment.self)
    stored(Port.self)
    stored(Drive.self)
    stored(SpikeGuard.self)
    stored(Refractory.self)
    stored(HybridPopulation.self)
    stored(Surrogate.self)
    stored(DataSource.self)
    stored(DataSource.Split.self)
    stored(DataSet.self)
    stored(DataField.self)
    stored(Feed.self)
    stored(LearningRule.self)
    stored(OptimiserSpec.self)
    stored(Score.self)
    stored(RecordRequest.self)
    stored(Expectation.self)
    stored(TaskModel.self)
    stored(StepModel.self)
    stored(StepModel.State.self)
    stored(Buffer.self, besides: 1)  // axes and extent are written as one
    stored(Kernel.self, besides: 1)
    stored(Plan.self, besides: 4)  // graph, buffers, relations, and plans of exact spike times, which have no text
  }
}

extension TextTests {
  @Test(arguments: [Sparsity.Rule.full, .pairs, .random(0.02), .indegree(2), .outdegree(1)])
  func sparsePatternsRead(rule: Sparsity.Rule) throws {
    let delays = Distribution(.uniform, [1, 5], scale: 2, sign: .positive)
    for sparsity in [Sparsity(rule), Sparsity(rule, excludesSelf: true, allowsMultapses: true, delays: delays)] {
      let names = TextNames()
      let pattern = Pattern.sparse(sparsity)
      #expect(try Pattern(pattern.text(names), names) == pattern)
    }
  }
}
