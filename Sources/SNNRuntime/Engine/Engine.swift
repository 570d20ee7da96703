import CSNNKernels
import SNNIR
import Synchronization

/// Choices that change how fast a plan runs, never (but for `chunkSize`) what comes out.
public struct EngineOptions: Sendable {
  /// nil: the best of this machine.
  public var instructionSet: InstructionSet?
  /// Samples per chunk; nil: chosen from model and batch. Other sizes give other roundings.
  public var chunkSize: Int?
  /// Combine operations into superinstructions (the bits are the same).
  public var fuses = true
  /// What the reverse pass reads of the forward one: kept for all ticks, or made again from checkpoints.
  public var checkpoints = Checkpoints.automatic
  /// Bytes above which a run is refused; nil: no limit.
  public var memoryLimit: Int?

  public init() {}
}

/// Where a long run is kept at some ticks only, and what lies between is computed again by the reverse pass. The bits of
/// gradients do not depend on it.
public enum Checkpoints: Hashable, Sendable {
  /// Where what is kept of a chunk of samples would exceed 32 MiB.
  case automatic
  case never
  /// After every so many ticks.
  case every(Int)
}

/// Set from anywhere to make a run stop at its next chunk.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)
  public init() {}
  public func cancel() { flag.store(true, ordering: .relaxed) }
  public func reset() { flag.store(false, ordering: .relaxed) }
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

/// Executes one plan in one precision. Results are bitwise the same for any number of threads and any instruction set.
///
/// Not for use from several threads at once: one engine, one user.
public final class Engine {
  public let plan: Plan
  public let precision: Precision
  public let instructionSet: InstructionSet
  /// Workers, the caller's thread among them.
  public var threads: Int { pool.count }
  public let cancellation = Cancellation()

  let program: Program
  let options: EngineOptions
  let pool: WorkerPool
  let store: ParameterStore
  let shared: AlignedMemory
  var slots: AlignedMemory?
  /// Sums of the slots, where they are wanted as such.
  var combined: AlignedMemory?
  var arenas: [Arena] = []
  var isProfiling = false
  /// Measured in arenas that are no more.
  var retiredTimes: [[UInt64]] = []
  var initialStates: [BufferID: [Double]] = [:]
  /// First values of synapses' states that are drawn, by rule, state and lane.
  var drawnStates: [Int: [Int: [Double]]] = [:]
  /// What the next sample goes on from.
  public var carried: [Carried: [Double]] = [:]
  var transposed: [AlignedMemory?]
  var dense: [AlignedMemory?]
  /// By connection: whether it is sparse and all its weights are alike.
  var uniform: [Bool]
  /// By connection: signs of weights that stand for them.
  var signed: [Int: AlignedMemory] = [:]
  /// By connection whose delays are learned: what of each weight comes at the whole delay, and a tick later.
  var shares: [Int: AlignedMemory] = [:]
  /// `once` and the packed weights are out of date.
  var isStale = true
  /// Samples of the batch for which `once` ran last.
  var onceSamples = 0
  /// What runs with exact spike times, and the gradients of its last batch, in file order.
  let events: EventEngine?
  var eventGradients: [Int: [Double]] = [:]

  /// - Throws: `RuntimeError.malformedPlan`, `.instructionSetUnavailable`.
  public init(
    plan: Plan, precision: Precision = .f32, threads: Int = 1, options: EngineOptions = EngineOptions()
  ) throws {
    self.plan = plan
    self.precision = precision
    self.options = options
    instructionSet = options.instructionSet ?? .best
    program = try Program(plan: plan, precision: precision, instructionSet: instructionSet, fuses: options.fuses)
    store = try ParameterStore(program)
    shared = AlignedMemory(byteCount: Layout(program, samples: 1, chunkSize: 1).sharedBytes)
    transposed = Array(repeating: nil, count: program.connections.count)
    dense = transposed
    uniform = Array(repeating: false, count: program.connections.count)
    pool = WorkerPool(threads: threads)
    events = try plan.events.map { try EventEngine(plan, $0) }
  }

  // MARK: Parameters

  /// Natural values of a parameter in internal units: one, one per unit, or weights in file order (`[post, pre]`).
  /// - Throws: `RuntimeError.parameterShape`, `.initialOnBound`.
  public func setParameter(_ index: Int, _ values: [Double]) throws {
    try store.set(index, values)
    isStale = true
  }

  public func parameter(_ index: Int) -> [Double] { store.get(index) }

  /// Values of a state at tick 0, one per unit, where its initial value is drawn or given.
  public func setInitialState(population: Int, state: Int, _ values: [Double]) throws {
    if let events {
      events.initialStates[population][state] = values
      isStale = true
      return
    }
    for (buffer, binding) in plan.bindings
    where binding == .initialState(population: population, state: state) {
      let units = program.traits[Int(buffer.index)].units
      guard values.count == units || values.count == 1 else {
        throw RuntimeError.parameterShape(name: plan[buffer].name, expected: units, found: values.count)
      }
      initialStates[buffer] = values.count == units ? values : Array(repeating: values[0], count: units)
      isStale = true
    }
  }

  public func snapshot() -> Snapshot { store.snapshot(precision) }

  /// - Throws: `RuntimeError.snapshotMismatch`; nothing is changed then.
  public func restore(_ snapshot: Snapshot) throws {
    try store.restore(snapshot, precision)
    isStale = true
  }

  // MARK: Reports

  /// The lane code of every kernel, for `--dump bytecode`.
  public var bytecode: String { program.programs.map(\.dump).joined(separator: "\n\n") }

  /// Passes over the lanes of every kernel, by name: the measure of what a tick costs.
  public var lanePasses: [(kernel: String, passes: Int)] { program.programs.map { ($0.name, $0.passes) } }

  /// Bytes that the engine and a run of so many samples take. Spike lists grow with activity: 100 Hz are assumed, at most
  /// a tenth of all units at every tick.
  /// - Parameter records: with the histories that a run with `records` returns.
  public func memoryForecast(samples: Int, records: Bool = false) -> Int {
    let bytes = records ? recordBytes(samples: samples) : []
    // One of them is copied at a time.
    return Self.memoryForecast(program, layout(samples), threads: threads) + bytes.reduce(0, +) + (bytes.max() ?? 0)
  }

  /// Of each recorded history, in double precision.
  private func recordBytes(samples: Int) -> [Int] {
    if let events = plan.events {
      return events.records.map { record in
        guard record.map != nil else { return 0 }
        return (events.recordRows + 1) * samples * program.populationUnits[record.population] * 8
      }
    }
    return plan.bindings.compactMap { buffer, binding in
      guard case .record = binding else { return nil }
      return (plan.ticks + 1) * samples * program.traits[Int(buffer.index)].units * 8
    }
  }

  static func memoryForecast(_ program: Program, _ layout: Layout, threads: Int) -> Int {
    let contexts = contextCount(program, layout, threads: threads)
    var context = layout.workspaceBytes + layout.checkpointBytes + program.expansionBytes + program.scalarBytes
    context += program.expansionBytesPerSample * layout.capacity
    context += program.influences.reduce(0) { $0 + LineBlock.bytes($1, layout) }
    for (population, units) in program.populationUnits.enumerated() {
      let last = program.lastTicks(of: population)
      context += (last ?? program.plan.ticks + 2) * (layout.capacity + 1) * 8
      let spikes = last.map { $0 * layout.capacity * units }
      let active = min(0.1, 0.1 * program.plan.step) * Double(program.plan.ticks * layout.capacity * units)
      context += (spikes ?? max(1024, layout.capacity * units, Int(active))) * 4
    }
    context += program.rules.reduce(0) { $0 + $1.bytes }
    let run =
      contexts * context + layout.sharedBytes + layout.batchBytes + layout.chunkCount * layout.sumBytes
      + layout.slotCount * program.gradientBytes + PlasticWeights.bytes(program, slots: layout.slotCount)
      + WeightsBefore.bytes(program)
    let learned = program.connections.reduce(0) { $0 + learnedBytes($1, program) }
    // The numbers in double precision that weights are set from are gone before anything runs.
    let given = program.connections.reduce(0) { $0 + $1.weightLanes * MemoryLayout<Double>.size }
    return max(run + learned, given) + program.connections.reduce(0) { $0 + connectionBytes($1, program) }
  }

  /// What a connection's learned weights take besides themselves: two moments, and the trained numbers of those whose
  /// natural ones are a function of them.
  private static func learnedBytes(_ connection: ConnectionCode, _ program: Program) -> Int {
    let parameter = program.plan.parameters[connection.parameter]
    guard parameter.isLearnable else { return 0 }
    return connection.weightLanes * (Reparametrisation(parameter).isLinear ? 2 : 3) * program.precision.bytes
  }

  /// Of a connection's synapses: their weights, and which neurons they join, as drawn and as the kernels have it.
  private static func connectionBytes(_ connection: ConnectionCode, _ program: Program) -> Int {
    var bytes = connection.weightLanes * program.precision.bytes
    guard let sparse = connection.sparse else { return bytes }
    let synapses = sparse.lists.reduce(0) { $0 + Int($1.rows[connection.sourceCount] - $1.rows[0]) }
    let hasOrder = sparse.lists.contains { $0.order != nil }
    bytes += synapses * (hasOrder ? 4 : 2) * MemoryLayout<UInt32>.size
    bytes += (sparse.lists.count + 1) * (connection.sourceCount + 1) * MemoryLayout<Int64>.size
    return bytes
  }

  static func contextCount(_ program: Program, _ layout: Layout, threads: Int) -> Int {
    if program.goesInOrder, !program.plan.needsSync { return 1 }
    let goesTogether = program.plan.needsSync || program.plan.window != nil
    return goesTogether ? layout.chunkCount : min(threads, layout.slotCount)
  }

  func layout(_ samples: Int) -> Layout {
    // A rule's traces and states are one sample's.
    let size = program.rules.isEmpty ? options.chunkSize ?? Layout.chunkSize(program, samples: samples) : 1
    return Layout(
      program, samples: samples, chunkSize: max(1, min(size, samples)), checkpoints: options.checkpoints)
  }
}

/// The memory of one batch size.
final class Arena {
  let layout: Layout
  let batch: AlignedMemory
  let sums: AlignedMemory
  let contexts: [ExecutionContext]
  let global: ExecutionContext

  init(_ program: Program, _ layout: Layout, contexts count: Int) {
    self.layout = layout
    batch = AlignedMemory(byteCount: layout.batchBytes)
    sums = AlignedMemory(byteCount: layout.sumBytes * layout.chunkCount)
    contexts = (0..<count).map { _ in ExecutionContext(program, layout, isGlobal: false) }
    global = ExecutionContext(program, layout, isGlobal: true)
  }
}
