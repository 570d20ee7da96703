import SNNIR

/// Pseudorandom choices that are the same in every run (SplitMix64, Steele, Lea & Flood 2014).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func number(_ range: ClosedRange<Double> = -2...2) -> Double { Double.random(in: range, using: &self) }
  mutating func index(_ count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &self) }
  mutating func one(in chances: Int) -> Bool { index(chances) == 0 }
}

extension Graph {
  /// A sound graph of random operations over scalars, one population and one input.
  static func random(_ seed: UInt64, operations: Int = 60) -> Graph {
    var random = Seeded(seed)
    var graph = Graph()
    let hidden = graph.addExtent(Extent(name: "hidden", size: 5))
    let lane = Domain([.unit, .sample, .tick], extent: hidden, phase: .tick)
    let domains = [Domain.constant, Domain([.unit], extent: hidden), Domain([.sample]), lane]
    var numbers: [ValueID] = []
    var booleans: [ValueID] = []
    for number in 0..<6 {
      // Names that are plain, shared, and neither.
      let name = ["U", "U", "τ_mem", "a b", "0", "x\"\\\n"][number]
      let symbol = Symbol(
        name, number == 5 ? .temporary : .state(population: 0, index: number),
        domain: domains[random.index(domains.count)],
        unit: random.one(in: 2) ? .one : DisplayUnit("degC", scale: 1, offset: 273.15),
        location: random.one(in: 2) ? .unknown : LocationID(random.index(100)))
      numbers.append(graph.load(graph.addSymbol(symbol)))
    }
    booleans.append(graph.load(graph.addSymbol(Symbol("on", .temporary, domain: lane, isBoolean: true))))
    numbers.append(graph.const(random.number()))
    numbers.append(graph.unitIndex(hidden))
    numbers.append(graph.tickIndex())
    for _ in 0..<operations { graph.addRandom(&numbers, &booleans, &random) }
    return graph
  }

  private mutating func addRandom(_ numbers: inout [ValueID], _ booleans: inout [ValueID], _ random: inout Seeded) {
    func pick(_ values: [ValueID], _ random: inout Seeded) -> ValueID { values[random.index(values.count)] }
    let (a, b) = (pick(numbers, &random), pick(numbers, &random))
    let (c, d) = (pick(booleans, &random), pick(booleans, &random))
    let axis = [Axes.unit, .sample, .tick][random.index(3)]
    switch random.index(20) {
    case 0: numbers.append(add(a, b))
    case 1: numbers.append(sub(a, b))
    case 2: numbers.append(mul(a, b))
    case 3: numbers.append(div(a, b))
    case 4: numbers.append(pow(a, const([0.5, 2, 3, -1][random.index(4)])))
    case 5: numbers.append(min(a, b))
    case 6: numbers.append(max(a, b))
    case 7:
      let functions = Opcode.allCases.filter {
        $0.info.arity == 1 && !$0.info.isBoolean && Evaluate.unary($0, 0.5) != nil
          && ![.number, .path, .named, .broadcast].contains($0)
      }
      numbers.append(unary(functions[random.index(functions.count)], a))
    case 8: booleans.append(compare([.lt, .le, .gt, .ge, .eq, .ne][random.index(6)], a, b))
    case 9: booleans.append(random.one(in: 2) ? and(c, d) : or(c, d))
    case 10: booleans.append(not(c))
    case 11: numbers.append(select(c, a, b))
    case 12: numbers.append(number(c))
    case 13: numbers.append(spike(a, enable: c, isStrict: random.one(in: 2), population: random.index(3)))
    case 14: numbers.append(blend(a, b, pick(numbers, &random)))
    case 15:
      let kind = [PathTag.Kind.reset, .lateral, .feedback, .detach][random.index(4)]
      numbers.append(path(a, PathTag(kind, population: random.index(9), index: random.index(9))))
    case 16 where self[a].domain.axes.contains(axis):
      let kind = [Reduction.Kind.sum, .max, .min][random.index(3)]
      numbers.append(random.one(in: 3) ? argreduce(kind, over: axis, a) : reduce(kind, over: axis, a))
    case 17: numbers.append(expdd(random.one(in: 2) ? [a, b] : [a, b, pick(numbers, &random)]))
    case 18: numbers.append(expm([a, b, b, a], size: 2, row: random.index(2), column: random.index(2)))
    case 19: numbers.append(broadcast(a, to: self[b].domain))
    default: numbers.append(named(a, SymbolID(random.index(symbols.count))))
    }
  }
}

/// A network of one input and one population of the current-based LIF neuron, with everything that a model can hold.
struct LIFFixture {
  var network = NetworkModel(name: "Net", step: 1)
  var task = TaskModel(name: "digits")
  var step: StepModel
  var stepGraph: Graph

  init() {
    let lif = LIFFixture.population(&network)
    network.populations = [lif]
    LIFFixture.connect(&network)
    LIFFixture.fill(&task, &network)
    (step, stepGraph) = LIFFixture.step(network)
  }

  static let mV = DisplayUnit("mV", scale: 1)
  static let ms = DisplayUnit("ms", scale: 1)

  static func population(_ network: inout NetworkModel) -> HybridPopulation {
    let pixels = network.graph.addExtent(Extent(name: "pixels", size: 3))
    network.inputs = [NetworkInput(name: "pixels", shape: [3], extent: pixels, isSpikes: true)]
    let extent = network.graph.addExtent(Extent(name: "hidden", size: 4))
    let lane = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    func add(_ name: String, _ kind: SymbolKind, _ domain: Domain, _ unit: DisplayUnit) -> SymbolID {
      network.graph.addSymbol(Symbol(name, kind, domain: domain, unit: unit))
    }
    let tau = add("hidden.tau_mem", .parameter(0), Domain([.unit], extent: extent), ms)
    let (u, i) = (
      add("U", .state(population: 0, index: 0), lane, mV), add("I", .state(population: 0, index: 1), lane, mV)
    )
    let flag = add("spike", .flag(population: 0), lane, .one)
    let w = add("w", .arrival(population: 0, port: 0), lane, mV)
    let x = add("x", .drive(population: 0, index: 0), lane, mV)
    let r = add("R", .state(population: 0, index: 2), lane, .one)
    let nextR = add("next R", .nextState(population: 0, index: 2), lane, .one)
    network.parameters = [
      Parameter(
        name: "hidden.tau_mem", symbol: tau, shape: .perUnit(population: 0), unit: ms, isLearnable: true,
        initial: .draw(Distribution(.uniform, [5, 20])), lower: 1, upper: 100, location: LocationID(4))
    ]
    var g = network.graph
    var lif = HybridPopulation(name: "hidden", model: "LIF", shape: [2, 2], extent: extent, flag: flag)
    let zero = g.const(0)
    let (loadU, loadI, loadTau) = (g.load(u), g.load(i), g.load(tau))
    let (loadX, loadW, loadFlag) = (g.load(x), g.load(w), g.load(flag))
    lif.states = [
      StateVariable(name: "U", symbol: u, initial: .value(zero), unit: mV, location: LocationID(7)),
      StateVariable(name: "I", symbol: i, initial: .given([0, 1, 2, 3]), isPersistent: true, unit: mV),
      StateVariable(name: "R", symbol: r, initial: .draw(Distribution(.normal, [0, 1], scale: 0.5))),
    ]
    let leak = g.sub(loadI, loadU)
    lif.flows = [0: g.div(g.add(leak, loadX), loadTau), 1: g.div(g.neg(loadI), g.const(5))]
    lif.updates = [2: g.add(g.mul(g.load(r), g.const(0.5)), loadFlag)]
    lif.nextSymbols = [2: nextR]
    lif.ports = [
      Port(name: "input", arrival: w, body: [StateAssignment(state: 1, value: g.add(loadI, loadW))], unit: mV)
    ]
    lif.drives = [Drive(name: "x", symbol: x, unit: mV)]
    lif.guardCondition = SpikeGuard(left: loadU, right: g.const(1), isStrict: true, location: LocationID(9))
    lif.reset = [StateAssignment(state: 0, value: g.sub(loadU, g.const(1)))]
    lif.refractory = Refractory(ticks: 2, held: [0])
    lif.integrator = .rk4(substeps: nil)
    let total = g.addSymbol(Symbol("total", .alias, domain: lane))
    lif.lets = [LetBinding(name: "total", symbol: total, value: g.named(g.add(loadU, loadI), total), unit: mV)]
    network.graph = g
    return lif
  }

  static func connect(_ network: inout NetworkModel) {
    for (index, source) in [Endpoint.input(0), .population(0)].enumerated() {
      let name = ["w_in", "w_rec"][index]
      let symbol = network.graph.addSymbol(
        Symbol(name, .parameter(index + 1), domain: Domain([.synapse], extent: ExtentID(index)), unit: mV))
      network.parameters.append(
        Parameter(
          name: name, symbol: symbol, shape: .synapses(connection: index), unit: mV, isLearnable: true,
          initial: .draw(Distribution(.kaiming, []))))
      network.connections.append(
        Connection(
          name: name, source: source, sourceRange: index == 0 ? 0..<3 : 1..<3, target: 0,
          targetRange: index == 0 ? 0..<4 : 2..<4,
          signal: index == 0 ? .spikes(port: 0) : .continuous(.beforeReset(0), drive: 0),
          pattern: index == 0 ? .all : .oneToOne, weight: index + 1, delay: index + 1))
    }
  }

  static func fill(_ task: inout TaskModel, _ network: inout NetworkModel) {
    var g = network.graph
    let extent = network.populations[0].extent
    let lane = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    let sample = g.addSymbol(Symbol("sample", .data(0), domain: Domain([.unit, .sample], extent: ExtentID(0))))
    let label = g.addSymbol(Symbol("label", .data(1), domain: Domain([.sample])))
    let u = g.addSymbol(Symbol("hidden.U", .recorded(population: 0, .state(0)), domain: lane))
    let accuracy = g.addSymbol(Symbol("accuracy(test)", .metric(score: 0, dataSet: 1), domain: .constant))
    let z = g.addSymbol(Symbol("z", .argument(0), domain: .constant))
    task.sources = [
      DataSource(
        kind: "csv", positional: [.text("data/\"digits\".csv"), .list([1, 2])],
        named: ["label": .word("last"), "scale": .number(0.5)], split: .init(fraction: 0.8, seed: .max),
        location: LocationID(1))
    ]
    task.dataSets = [DataSet(name: "train", source: 0, part: 0), DataSet(name: "test", source: 0, part: 1)]
    task.fields = [
      DataField(name: "sample", transforms: [.standardise, .repeatUnits(2), .oneHot(3)], symbol: sample),
      DataField(name: "label", symbol: label),
    ]
    let scaled = g.div(g.load(sample), g.const(16))
    task.feeds = [
      Feed(target: .input(0), encoder: .latency(scaled, over: 20, threshold: 0.2)),
      Feed(target: .drive(population: 0, drive: 0), encoder: .rate(g.load(sample), frozen: true)),
    ]
    task.ticks = 50
    let peak = g.reduce(.max, over: .tick, g.load(u))
    task.loss = g.reduce(.sum, over: .unit, peak)
    let choice = g.argreduce(.max, over: .unit, peak)
    task.scores = [Score(name: "accuracy", value: g.compare(.eq, choice, g.load(label)))]
    let loadZ = g.load(z)
    let custom = g.div(g.const(1), g.add(g.const(1), g.mul(loadZ, loadZ)))
    task.learning = LearningRule(
      name: "bptt", parameters: [1, 2],
      surrogates: [
        Surrogate(.custom(name: "mine", value: custom, argument: z, isPrimitive: false), scale: 0.5)
      ],
      reset: .cutStates([[0, 0], [0, 1]]), spikes: .soft, dataSet: 0)
    task.optimiser = OptimiserSpec(.adamax, rate: 5e-3, clip: 1)
    (task.batch, task.epochs, task.seed, task.recordEvery) = (64, 20, 1, 2)
    task.records = [RecordRequest(name: "hidden.U", population: 0, variable: .state(0), unit: mV)]
    task.plots = [RecordRequest(name: "hidden.spike", population: 0, variable: .spike, unit: .one)]
    let measured = g.load(accuracy)
    task.expectations = [
      Expectation(
        text: "accuracy(test) >= 0.93", condition: g.compare(.ge, measured, g.const(0.93)), measured: measured)
    ]
    task.batchCount = g.addSymbol(Symbol("batch", .batchCount, domain: .constant))
    task.frozen = [0]
    network.graph = g
  }

  static func step(_ network: NetworkModel) -> (StepModel, Graph) {
    var g = network.graph
    let lane = Domain([.unit, .sample, .tick], extent: network.populations[0].extent, phase: .tick)
    let population = network.populations[0]
    let (later, newest) = (
      g.addSymbol(Symbol("U'", .temporary, domain: lane)), g.addSymbol(Symbol("U''", .temporary, domain: lane))
    )
    let newFlag = g.addSymbol(Symbol("spike'", .temporary, domain: lane))
    let present = population.states[0].symbol
    let state = StepModel.State(
      name: "U", present: present, integratedSymbol: later, deliveredSymbol: newest,
      integrated: g.mul(g.load(present), g.const(0.9)),
      delivered: g.add(g.load(later), g.load(population.ports[0].arrival)),
      final: g.blend(g.load(newFlag), g.const(0), g.load(newest)), unit: mV)
    let step = StepModel(
      population: 0, states: [state], flag: population.flag, newFlag: newFlag,
      arrivals: [population.ports[0].arrival], drives: population.drives.map(\.symbol),
      margin: g.sub(g.load(newest), g.const(1)), isStrict: true, isCrossing: false, refractoryTicks: 2,
      refractoryCounter: g.addSymbol(Symbol("refractory", .temporary, domain: lane)), membrane: [0],
      integrator: .exact, integratorReason: "the whole system is linear")
    return (step, g)
  }
}

extension Plan {
  /// A plan that decays, delivers, resets and reverses one population: every kind of step once.
  static func fixture() -> Plan {
    let network = LIFFixture().network
    var g = network.graph
    let (input, hidden) = (ExtentID(0), ExtentID(1))
    let lane = Domain([.unit, .sample, .tick], extent: hidden, phase: .tick)
    let (u, i) = (
      g.addSymbol(Symbol("U", .temporary, domain: lane)), g.addSymbol(Symbol("I", .temporary, domain: lane))
    )
    let tau = network.parameters[0].symbol
    let decay = g.addSymbol(Symbol("decay", .temporary, domain: Domain([.unit], extent: hidden)))
    let propagator = g.exp(g.div(g.const(-1), g.load(tau)))
    let next = g.add(g.mul(g.load(decay), g.load(u)), g.load(i))
    let flag = g.spike(g.sub(next, g.const(1)), enable: g.const(1), isStrict: true, population: 0)

    var plan = Plan(graph: g, ticks: 10, step: 1)
    plan.parameters = network.parameters
    plan.inputs = network.inputs
    plan.connections = network.connections
    plan.populations = [hidden]
    plan.needsSync = true
    func buffer(_ name: String, _ axes: Axes, _ extent: ExtentID?, wide: Bool = false, ring: Int? = nil) -> Buffer {
      Buffer(
        name: name, axes: axes, extent: extent, isWide: wide, lifetime: ring.map { .ring(length: $0) } ?? .chunk)
    }
    let bufferTau = plan.addBuffer(buffer("tau", [.unit], hidden, wide: true), binding: .parameter(0))
    let bufferDecay = plan.addBuffer(buffer("decay", [.unit], hidden, wide: true))
    let bufferU = plan.addBuffer(buffer("U", [.unit, .sample, .tick], hidden))
    let bufferI = plan.addBuffer(buffer("I", [.unit, .sample], hidden))
    let spikes = plan.addBuffer(buffer("spike", [.unit, .sample], hidden, ring: 3))
    let adjoint = plan.addBuffer(buffer("adjoint", [.unit, .sample], hidden))
    let toInput = plan.addBuffer(buffer("adjoint", [.unit, .sample], input))
    let perSample = plan.addBuffer(buffer("loss of sample", [.sample], nil, wide: true))
    let loss = plan.addBuffer(buffer("loss", [], nil, wide: true), binding: .loss)
    let gradient = plan.addBuffer(buffer("gradient", [.unit], hidden, wide: true), binding: .gradient(0))
    let analog = plan.addBuffer(buffer("pixels", [.unit, .sample, .tick], input), binding: .input(0))
    let record = plan.addBuffer(buffer("record", [.unit, .sample, .tick], hidden), binding: .record(0))
    plan.once = [
      .kernel(
        Kernel(
          name: "propagators", axes: [.unit], extent: hidden, isWide: true,
          inputs: [KernelInput(symbol: tau, buffer: bufferTau)],
          outputs: [KernelOutput(value: propagator, buffer: bufferDecay)]))
    ]
    plan.start = [.zero(bufferU), .zero(bufferI), .zero(spikes), .zero(perSample)]
    plan.tick = [
      .deliver(connection: 0, delay: 1, into: bufferI),
      .deliverContinuous(connection: 0, source: analog, tickOffset: -1, into: bufferI),
      .kernel(
        Kernel(
          name: "hidden", axes: [.unit, .sample], extent: hidden, isWide: false,
          inputs: [
            KernelInput(symbol: u, buffer: bufferU, tickOffset: -1), KernelInput(symbol: i, buffer: bufferI),
            KernelInput(symbol: decay, buffer: bufferDecay),
          ],
          outputs: [
            KernelOutput(value: next, buffer: bufferU), KernelOutput(value: flag, buffer: spikes),
            KernelOutput(value: next, buffer: record, accumulates: true),
          ])),
      .extract(population: 0, flags: spikes, isGraded: false),
    ]
    plan.sampleEnd = [.reduce(Reduction(.sum, over: .unit), source: bufferI, destination: perSample, accumulates: true)]
    plan.batchEnd = [.reduce(Reduction(.sum, over: .sample), source: perSample, destination: loss, accumulates: false)]
    plan.batchEndReverse = [
      .argreduce(Reduction(.max, over: .sample), source: perSample, destination: loss)
    ]
    plan.sampleEndReverse = [.zero(adjoint)]
    plan.reverseTick = [
      .deliverTransposed(connection: 0, from: adjoint, tickOffset: 0, into: toInput, accumulates: true),
      .outer(connection: 0, delay: 1, adjoint: adjoint),
      .outerContinuous(connection: 0, source: analog, tickOffset: -1, adjoint: adjoint),
    ]
    plan.reverseStart = [.zero(toInput)]
    plan.reverseEnd = [
      .reduce(Reduction(.sum, over: .sample), source: adjoint, destination: gradient, accumulates: true)
    ]
    plan.onceReverse = [.zero(gradient)]
    plan.chunkSums = [gradient]
    return plan
  }
}
