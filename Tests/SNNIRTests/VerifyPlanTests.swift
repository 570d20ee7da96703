import Testing

@testable import SNNIR

@Suite struct VerifyPlanTests {
  typealias Break = @Sendable (inout Plan) -> Void

  /// The plan's central kernel, changed.
  private static func kernel(_ change: @escaping @Sendable (inout Kernel) -> Void) -> Break {
    { plan in
      for (index, step) in plan.tick.enumerated() {
        guard case .kernel(var kernel) = step else { continue }
        change(&kernel)
        plan.tick[index] = .kernel(kernel)
      }
    }
  }

  private static func buffer(_ name: String, _ plan: Plan) -> BufferID {
    BufferID(plan.buffers.firstIndex { $0.name == name } ?? -1)
  }

  static let cases: [(String, Break)] = [
    ("number", { $0.ticks = -1 }),
    ("index", { $0.tick.append(.zero(BufferID(99))) }),
    ("index", { $0.tick.append(.deliver(connection: 7, delay: 1, into: BufferID(0))) }),
    ("index", { $0.tick.append(.extract(population: -1, flags: BufferID(0), isGraded: false)) }),
    ("index", { $0.chunkSums = [BufferID(-1)] }),
    ("index", { $0.connections[0].weight = 50 }),
    ("index", { $0.connections[0].source = .population(9) }),
    ("index", { $0.populations = [ExtentID(12)] }),
    ("index", { $0.buffers[2].extent = nil }),
    ("index", { $0.bindings[BufferID(0)] = .parameter(9) }),
    ("index", kernel { $0.outputs[0].value = ValueID(9999) }),
    ("index", kernel { $0.inputs[0].buffer = BufferID(-4) }),
    ("inputMissing", kernel { $0.inputs.removeFirst() }),
    ("inputTwice", kernel { $0.inputs.append($0.inputs[0]) }),
    ("outputTwice", kernel { $0.outputs.append($0.outputs[0]) }),
    ("kernelTick", kernel { $0.axes.insert(.tick) }),
    (
      "reductionInKernel",
      { plan in
        guard case .kernel(var kernel) = plan.tick[2] else { return }
        kernel.outputs[0].value = plan.graph.reduce(.sum, over: .unit, kernel.outputs[0].value)
        plan.tick[2] = .kernel(kernel)
      }
    ),
    ("bufferType", { $0.buffers[Int(buffer("spike", $0).index)].isBoolean = true }),
    ("bufferAxes", { $0.buffers[Int(buffer("I", $0).index)].axes = [.unit] }),
    ("bufferAxes", { $0.buffers[0].axes = [] }),
    (
      "bufferAxes",
      {
        $0.sampleEnd = [
          .reduce(
            Reduction(.sum, over: .unit), source: buffer("I", $0), destination: buffer("loss", $0), accumulates: false)
        ]
      }
    ),
    ("bufferExtent", { $0.buffers[Int(buffer("U", $0).index)].extent = ExtentID(0) }),
    ("bufferExtent", { $0.tick.append(.deliver(connection: 0, delay: 1, into: buffer("pixels", $0))) }),
    ("bufferOutsideTime", { $0.batchEnd.append(.zero(buffer("U", $0))) }),
    ("bufferOutsideTime", { $0.reverseEnd.append(.zero(buffer("spike", $0))) }),
    ("bufferOutsideChunk", { $0.once.append(.zero(buffer("I", $0))) }),
    ("stratum", { $0.once.append($0.tick[2]) }),
    ("tickOffset", kernel { $0.inputs[1].tickOffset = -1 }),
    ("tickOffset", kernel { $0.outputs[1].tickOffset = 3 }),
    ("neverWritten", { $0.once = [] }),
    ("writesBound", { $0.tick.append(.zero(buffer("pixels", $0))) }),
    ("boundUnwritten", { $0.bindings[$0.addBuffer($0.buffers[2])] = .record(1) }),
    ("boundTwice", { $0.bindings[buffer("decay", $0)] = .parameter(0) }),
    ("ringLength", { $0.buffers[Int(buffer("spike", $0).index)].lifetime = .ring(length: 0) }),
    (
      "reducesMissingAxis",
      {
        $0.sampleEnd.append(
          .argreduce(
            Reduction(.max, over: .unit), source: buffer("loss of sample", $0), destination: buffer("loss", $0)))
      }
    ),
    ("delayBelow", { $0.tick.append(.outer(connection: 0, delay: -1, adjoint: buffer("adjoint", $0))) }),
  ]

  @Test(arguments: 0..<cases.count) func eachBreakIsFound(_ index: Int) {
    var plan = Plan.fixture()
    let (slug, breakIt) = Self.cases[index]
    breakIt(&plan)
    let faults = plan.verify()
    #expect(slugs(faults).contains(slug), "\(slug): \(faults)")
    #expect(faults.allSatisfy { !$0.description.isEmpty })
  }
}
