import SNNIR
import Testing

@testable import SNNRuntime

/// Compiled kernels against the obvious executor on random programs, and goldens of what fusion makes.
@Suite struct LaneProgramTests {
  /// A plan of one kernel over random operations, run for three ticks, with every kind of operand and output.
  static func randomPlan(_ seed: UInt64) -> Plan {
    let stream = RandomStream(seed: seed, path: "program")
    var draws = 0
    func pick(_ bound: Int) -> Int {
      draws += 1
      return stream.integer(below: bound, index: draws)
    }
    var graph = Graph()
    // Below a block, a block, and more lanes than one.
    let units = [5, 128, 530][pick(3)]
    let extent = graph.addExtent(Extent(name: "p", size: units))
    var plan = Plan(graph: graph, ticks: 3, step: 0.5)
    plan.populations = [extent]
    let b = Builder(plan)
    let lanes: Axes = [.sample, .unit]
    let state = b.buffer("x", lanes, extent)
    let other = b.buffer("y", lanes, extent)
    let wide = b.buffer("wide", lanes, extent, wide: true)
    let perUnit = b.buffer("u", .unit, extent, wide: true, binding: .initialState(population: 0, state: 0))
    let perSample = b.buffer("s", .sample, nil, wide: true, binding: .data(0))
    let scalar = b.buffer("c", [], nil, wide: true, binding: .stepSize)
    let ring = b.buffer("ring", lanes, extent, lifetime: .ring(length: 2))
    let history = b.buffer("record", [.tick, .sample, .unit], extent, binding: .record(0))
    let sum = b.buffer("record sum", [.tick, .sample, .unit], extent, binding: .record(1))
    let total = b.buffer("total", lanes, extent)
    b.plan.start = [
      b.kernel("start", lanes, extent, [perUnit, perSample]) { g, x in
        let mixed = g.unary(.sin, g.add(x[0], x[1]))
        return [(mixed, state, false), (g.unary(.cos, mixed), other, false), (mixed, wide, false)]
      },
      .zero(ring.id), .zero(total.id),
    ]
    let inputs = [state, other, wide, perUnit, perSample, scalar, ring, total]
    b.plan.tick = [
      b.kernel("random", lanes, extent, inputs, offsets: [0, 0, 0, 0, 0, 0, -1, 0]) { g, x in
        var numbers = Array(x.dropLast()) + [g.const(0.75), g.const(-1.5), g.tickIndex(), g.unitIndex(extent)]
        var booleans: [ValueID] = []
        func number(_ g: inout Graph) -> ValueID { numbers[numbers.count - 1 - pick(min(numbers.count, 14))] }
        for _ in 0..<(4 + pick(30)) {
          let (a, c) = (number(&g), number(&g))
          switch pick(24) {
          case 0...2: numbers.append(g.add(a, c))
          case 3, 4: numbers.append(g.sub(a, c))
          case 5...8: numbers.append(g.mul(a, c))
          case 9: numbers.append(g.div(a, g.add(g.const(1.5), g.unary(.abs, c))))
          case 10: numbers.append(g.max(a, c))
          case 11: numbers.append(g.min(a, c))
          case 12: booleans.append(g.compare([.lt, .le, .gt, .ge, .eq, .ne][pick(6)], a, c))
          case 13: booleans.append(g.compare(.gt, a, g.const(0)))
          case 14:
            let q = g.add(g.mul(g.const(3), g.unary(.abs, a)), g.const(1))
            numbers.append(g.div(g.const(1), g.mul(q, q)))
          case 15 where !booleans.isEmpty:
            numbers.append(g.select(booleans[pick(booleans.count)], a, c))
          case 16 where booleans.count > 1:
            let (p, q) = (booleans[pick(booleans.count)], booleans[pick(booleans.count)])
            booleans.append([g.and(p, q), g.or(p, q), g.not(p)][pick(3)])
          case 17 where !booleans.isEmpty: numbers.append(g.number(booleans[pick(booleans.count)]))
          case 18:
            let enable = booleans.isEmpty ? g.compare(.gt, g.const(1), g.const(0)) : booleans[pick(booleans.count)]
            let s = g.spike(a, enable: enable, isStrict: pick(2) == 0, population: 0)
            numbers.append(g.blend(s, c, a))
            numbers.append(s)
          case 19: numbers.append(g.unary([.tanh, .sigmoid, .erf, .atan, .sin, .floor][pick(6)], a))
          case 20: numbers.append(g.unary(.exp, g.neg(g.unary(.abs, a))))
          case 21: numbers.append(g.unary(.log1p, g.unary(.abs, a)))
          case 22: numbers.append(g.path(g.sub(a, g.const(0.5)), PathTag(.reset)))
          default: numbers.append(g.unary(.exprel, g.unary(.tanh, a)))
          }
        }
        func result(_ g: inout Graph) -> ValueID {
          g.broadcast(number(&g), to: Domain(lanes, extent: extent, phase: .tick))
        }
        let last = numbers[numbers.count - 1]
        // Squashed, so that nothing overflows over the ticks; both states are swapped through each other at times.
        let swap = pick(3) == 0
        return [
          (swap ? x[1] : g.unary(.tanh, result(&g)), state, false),
          (swap ? x[0] : g.unary(.tanh, result(&g)), other, false),
          (g.unary(.tanh, result(&g)), wide, true), (g.unary(.sin, result(&g)), ring, false),
          (last, history, false), (g.mul(g.const(0.5), last), total, true), (x[7], sum, false),
        ]
      }
    ]
    return b.plan
  }

  @Test(arguments: 0..<60) func randomProgramsMatchTheReference(seed: Int) throws {
    let plan = Self.randomPlan(UInt64(seed))
    let units = plan.graph[plan.populations[0]].size
    let batch = Batch(sampleCount: 3, fields: [[0.3, -1.1, 2.2]])
    let values = (0..<units).map { Double($0 % 13) / 7 - 0.6 }
    var reference = ReferenceExecutor(plan: plan, parameters: [])
    for (buffer, binding) in plan.bindings where binding == .initialState(population: 0, state: 0) {
      reference.initialStates[buffer] = values
    }
    let expected = try reference.run(batch)
    func run(_ precision: Precision, _ change: (inout EngineOptions) -> Void) throws -> BatchResult {
      var options = EngineOptions()
      change(&options)
      let engine = try Engine(plan: plan, precision: precision, options: options)
      try engine.setInitialState(population: 0, state: 0, values)
      return try engine.run(batch, records: true)
    }
    let result = try run(.f64) { _ in }
    for record in [0, 1] {
      for (a, b) in zip(result.records[record]!, expected.records[record]!) {
        #expect(abs(a - b) <= 1e-12 * max(1, abs(b)))
      }
    }
    for precision in [Precision.f32, .f64] {
      let plain = try run(precision) { $0.fuses = false }
      for set in InstructionSet.available {
        let other = try run(precision) { $0.instructionSet = set }
        #expect(KernelTests.same(other.records[0]!, plain.records[0]!), "\(set)")
        #expect(KernelTests.same(other.records[1]!, plain.records[1]!), "\(set)")
      }
    }
  }

  @Test func singlePrecisionFollowsOnSmoothPrograms() throws {
    // A smooth recurrence: single precision stays within its rounding.
    let network = SpikingNetwork(inputs: 7, hidden: 18, outputs: 3, ticks: 12, slope: 2, isGraded: true)
    let data = TestData(3)
    let batch = data.batch(network, samples: 4, rate: 0.3)
    func run(_ precision: Precision) throws -> BatchResult {
      let engine = try Engine(plan: network.plan, precision: precision)
      for (index, values) in data.parameters(network).enumerated() { try engine.setParameter(index, values) }
      return try engine.run(batch, gradient: true)
    }
    let (wide, narrow) = (try run(.f64), try run(.f32))
    #expect(abs(wide.loss! - narrow.loss!) < 2e-6 * abs(wide.loss!))
  }

  /// What a tick of the LIF network costs in passes over its lanes: more means slower.
  @Test func lanePassesAreFew() throws {
    let network = SpikingNetwork(inputs: 10, hidden: 20, outputs: 3, ticks: 5, learnsTau: false)
    let engine = try Engine(plan: network.plan, precision: .f32)
    let passes = Dictionary(engine.lanePasses.map { ($0.kernel, $0.passes) }, uniquingKeysWith: { a, _ in a })
    #expect(passes["hidden"] == 5)
    #expect(passes["λ hidden"] == 5)
    #expect(passes["output"] == 4)
    #expect(passes["λ output"] == 3)
    #expect(engine.bytecode.contains("fastSigmoid"))
  }

  @Test func malformedPlansAreErrors() {
    var graph = Graph()
    let extent = graph.addExtent(Extent(name: "p", size: 3))
    let b = Builder(Plan(graph: graph, ticks: 1, step: 1))
    b.plan.populations = [extent]
    let out = b.buffer("x", [.sample, .unit], extent)
    let loose = b.buffer("loose", [.sample, .unit], extent)
    guard case .kernel(var kernel) = b.kernel("k", [.sample, .unit], extent, [loose], { _, x in [(x[0], out, false)] })
    else { return }
    kernel.inputs = []
    b.plan.tick = [.kernel(kernel)]
    #expect(throws: RuntimeError.self) { try Engine(plan: b.plan) }
    b.plan.tick = [.deliver(connection: 0, delay: 1, into: out.id)]
    #expect(throws: RuntimeError.self) { try Engine(plan: b.plan) }
  }
}
