import CSNNKernels
import SNNIR

/// Synapses that share a delay (nil: the connection's), by source.
struct SynapseList {
  var delay: Int?
  var rows: UnsafePointer<Int64>
  var targets: UnsafePointer<UInt32>
  /// Weight of each, where that is not its place.
  var order: UnsafePointer<UInt32>?
  /// Number of each in the relation, where that is not its place.
  var synapses: UnsafePointer<UInt32>?

  @inline(__always) func isEmpty(_ sources: Int) -> Bool { rows[0] == rows[sources] }

  /// By how many ticks its delay is shorter than the connection's.
  @inline(__always) func lead(_ connection: ConnectionCode) -> Int { delay.map { connection.delay - $0 } ?? 0 }

  func raw(isUniform: Bool = false) -> snn_synapses {
    snn_synapses(rows: rows, targets: targets, order: order, is_uniform: isUniform ? 1 : 0)
  }
}

/// The synapses of a sparse connection; the program's `storage` owns them and nothing changes them.
struct SparseCode: @unchecked Sendable {
  /// Of the weights.
  var count: Int
  /// By delay, ascending.
  var lists: UnsafeBufferPointer<SynapseList>
}

/// A connection as the kernels need it.
struct ConnectionCode: Sendable {
  var isInput: Bool
  var source: Int
  var low: Int
  var high: Int
  var targetLow: Int
  var targetCount: Int
  /// Lanes to add per spike: whole padded rows where all of the target takes part.
  var width: Int
  /// Lanes of a row of the weights: targets padded.
  var stride: Int
  var isOneToOne: Bool
  var sparse: SparseCode?
  var parameter: Int
  /// In ticks: the longest, where synapses have their own.
  var delay: Int
  /// Bytes from the start of the gradient slot.
  var gradientOffset = 0
  var needsTransposed = false
  var needsDense = false
  var hasOuter = false
  var sourceCount: Int { high - low }
  /// Lanes of the weight array.
  var weightLanes: Int { flatCount.map { padded($0) } ?? sourceCount * stride }
  /// Number of weights that are one list, in file order; nil for a matrix.
  var flatCount: Int? { sparse.map(\.count) ?? (isOneToOne ? targetCount : nil) }
}

/// A plan compiled for one precision and instruction set: code, and everything about memory that does not depend on
/// the batch.
final class Program: @unchecked Sendable {
  let plan: Plan
  let precision: Precision
  let lanes: KernelTable
  let tables: (f32: KernelTable, f64: KernelTable)
  var traits: [BufferTraits] = []
  var connections: [ConnectionCode] = []
  var sections: [[StepCode]] = []
  var rules: [RuleCode] = []
  var programs: [LaneProgram] = []
  /// Kernels whose memory `kernelPointers` owns.
  var kernels: [KernelCode] = []
  var influences: [InfluenceCode] = []
  /// Of those, how many do several ticks at once; number 0 is of the others.
  var lineBlockCount = 1
  /// Symbols that read a buffer, the state of a population first: what a fault is named after.
  var symbolOf: [BufferID: SymbolID] = [:]
  /// Connections whose delays are learned.
  var interpolated: [Int: InterpolatedCode] = [:]
  var gradientBytes = 0
  var maximumRegisters = 1
  var maximumSlots = 1
  var maximumOperands = 1
  var maximumTemporaries = 1
  var scalarBytes = 0
  /// Bytes of operands spread over the lanes: fixed ones, and per sample of capacity.
  var expansionBytes = 0
  var expansionBytesPerSample = 0
  var isGraded: [Bool] = []
  /// Paths of what is drawn at every tick, by stream.
  var streams: [String] = []
  /// `once` reads data of the batch, so it runs for every batch.
  var onceReadsSamples = false
  /// The same, for the inner loops: nothing is counted when they are read.
  var kernelTable = UnsafeBufferPointer<KernelCode>(start: nil, count: 0)
  var influenceTable = UnsafeBufferPointer<InfluenceCode>(start: nil, count: 0)
  var connectionTable = UnsafeBufferPointer<ConnectionCode>(start: nil, count: 0)
  /// Buffers that each kernel writes, with their tick offsets.
  var kernelOutputs: [[(BufferID, Int)]] = []
  /// Buffers bound to the time that have no row per tick.
  var timeBuffers: [Int] = []
  /// What a chunk ends with, in which a number that is not finite shows.
  var finalBuffers: [Int] = []
  /// Histories that a run in segments keeps for one segment only, and what else its ticks read and write.
  var windowed: [Int] = []
  var live: [Int] = []
  /// 0, 1, 2, … up to the largest source.
  var ascending: UnsafePointer<UInt32>
  let multiplyAdd: snn_lane_fn
  let storage = CodeStorage()
  /// Whether anything spikes by chance.
  private(set) var hasChance = false

  /// Samples change weights for those behind them: one after the other.
  var goesInOrder: Bool { !rules.isEmpty && plan.plasticity == .inOrder }

  var populationUnits: [Int] { plan.populations.map { plan.graph[$0].size } }

  init(plan: Plan, precision: Precision, instructionSet: InstructionSet, fuses: Bool) throws {
    guard let f32 = KernelTable(instructionSet, .f32), let f64 = KernelTable(instructionSet, .f64) else {
      throw RuntimeError.instructionSetUnavailable(instructionSet)
    }
    self.plan = plan
    self.precision = precision
    tables = (f32, f64)
    lanes = precision == .f32 ? f32 : f64
    multiplyAdd = lanes.lane(SNN_MUL_ADD, mode: 0)!
    let longest = (plan.connections.map(\.sourceRange.count).max() ?? 0) + 1
    ascending = storage.keep((0..<longest).map { UInt32($0) }).baseAddress!
    try makeTraits()
    try makeConnections()
    try makeRules(fuses: fuses)
    for section in Section.allCases { try compile(section, fuses: fuses) }
    finalBuffers = traits.indices.filter {
      (traits[$0].home == .workspace || traits[$0].home == .batch) && traits[$0].rows == .single && traits[$0].hasSample
    }
    kernelTable = storage.keep(kernels)
    connectionTable = storage.keep(connections)
    influenceTable = storage.keep(influences)
    timeBuffers = traits.indices.filter { plan.bindings[BufferID($0)] == .time && traits[$0].rows == .single }
      .filter { traits[$0].home != .nowhere }
    hasChance = plan.graph.nodes.contains { $0.opcode == .bernoulli }
    findSegments()
  }

  func table(_ elementBytes: Int) -> UnsafePointer<snn_kernels> {
    elementBytes == 8 ? tables.f64.raw : tables.f32.raw
  }

  /// Holds a state of a neuron: infinity is a fault there.
  func isState(_ buffer: BufferID) -> Bool {
    guard let symbol = symbolOf[buffer] else { return false }
    switch plan.graph[symbol].kind {
    case .state, .nextState: return true
    default: return false
    }
  }

  func malformed(_ reason: String) -> RuntimeError { .malformedPlan(reason) }
}
