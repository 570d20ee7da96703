/// Index of a buffer in its `Plan`.
public struct BufferID: Hashable, Sendable, Comparable {
  public var index: Int32
  public init(_ index: Int) { self.index = Int32(index) }
  public static func < (a: BufferID, b: BufferID) -> Bool { a.index < b.index }
}

/// A named array. Its axes say its shape: `[tick][sample][unit]` with the axes it lacks left out; `sample` counts the
/// samples of the chunk that is being worked on, `unit` is padded by the runtime as it likes.
public struct Buffer: Hashable, Sendable {
  public enum Lifetime: Hashable, Sendable {
    /// One array, overwritten tick by tick. With the axis `tick` in `axes`: one row per tick 0 … T, all kept.
    case chunk
    /// The rows of the last `length` ticks (reached by tick offset, both directions of time).
    case ring(length: Int)
  }
  public var name: String
  public var axes: Axes
  public var extent: ExtentID?
  /// In `Double` whatever the precision of the lanes.
  public var isWide: Bool
  public var isBoolean: Bool
  public var lifetime: Lifetime
  /// Of influences: the parameters that are one more axis, the innermost. Only `InfluenceStep`s touch such buffers.
  public var influence: ParameterSet?

  public init(
    name: String, axes: Axes, extent: ExtentID?, isWide: Bool, isBoolean: Bool = false, lifetime: Lifetime = .chunk,
    influence: ParameterSet? = nil
  ) {
    self.name = name
    self.axes = axes
    self.extent = extent
    self.isWide = isWide
    self.isBoolean = isBoolean
    self.lifetime = lifetime
    self.influence = influence
  }
}

/// Where a kernel's leaf comes from. A buffer with fewer axes than the kernel is broadcast.
public struct KernelInput: Hashable, Sendable {
  public var symbol: SymbolID
  public var buffer: BufferID
  /// Added to the current tick for buffers with a tick axis and for rings.
  public var tickOffset: Int

  public init(symbol: SymbolID, buffer: BufferID, tickOffset: Int = 0) {
    self.symbol = symbol
    self.buffer = buffer
    self.tickOffset = tickOffset
  }
}

public struct KernelOutput: Hashable, Sendable {
  public var value: ValueID
  public var buffer: BufferID
  /// Add to what is there instead of replacing it.
  public var accumulates: Bool
  public var tickOffset: Int

  public init(value: ValueID, buffer: BufferID, accumulates: Bool = false, tickOffset: Int = 0) {
    self.value = value
    self.buffer = buffer
    self.accumulates = accumulates
    self.tickOffset = tickOffset
  }
}

/// One straight-line block over every lane of its axes (`sample` x `unit` of `extent`, `unit` alone, `sample` alone,
/// `synapse` of a connection in file order, or none). All inputs are read before any output is written, so an output
/// may be the buffer of an input.
public struct Kernel: Hashable, Sendable {
  public var name: String
  public var axes: Axes
  public var extent: ExtentID?
  /// Computed in `Double`; else in the precision of the lanes.
  public var isWide: Bool
  public var inputs: [KernelInput]
  public var outputs: [KernelOutput]

  public init(
    name: String, axes: Axes, extent: ExtentID?, isWide: Bool, inputs: [KernelInput], outputs: [KernelOutput]
  ) {
    self.name = name
    self.axes = axes
    self.extent = extent
    self.isWide = isWide
    self.inputs = inputs
    self.outputs = outputs
  }
}

public enum PlanStep: Hashable, Sendable {
  case kernel(Kernel)
  case zero(BufferID)
  /// `destination = reduction of source over axis` (unit or sample, or synapse); `accumulates` adds to it.
  case reduce(Reduction, source: BufferID, destination: BufferID, accumulates: Bool)
  case argreduce(Reduction, source: BufferID, destination: BufferID)
  /// A number per sample and unit of the present tick + offset, keyed by the path: see `RandomDraw`.
  case draw(RandomDraw.Kind, path: String, tickOffset: Int, into: BufferID)
  /// Units whose flag is not 0 at the present tick go into the spike list of their population (with their value where
  /// `isGraded`, as soft spikes need it).
  case extract(population: Int, flags: BufferID, isGraded: Bool)
  /// Adds, for every spike of the source at the present tick - delay, the row of its weights to `into`
  /// (axes sample x unit of the target). Where delays are drawn per synapse, they stand for `delay` (and for the offset
  /// of `deliverTransposed`). Source ticks below 0 (inputs) or 1 (populations) bring nothing.
  case deliver(connection: Int, delay: Int, into: BufferID)
  /// `into += W source` for continuous signals; `source` at the present tick + offset.
  case deliverContinuous(connection: Int, source: BufferID, tickOffset: Int, into: BufferID)
  /// `into (+)= Wᵀ from`: the adjoint of `deliver`; `from` is the adjoint of the target's arrival at the present tick +
  /// offset, `into` that of the source's flags.
  case deliverTransposed(connection: Int, from: BufferID, tickOffset: Int, into: BufferID, accumulates: Bool)
  /// Adds to the gradient of the connection's weights: adjoint of the arrival times the source's spikes at the present
  /// tick - delay.
  case outer(connection: Int, delay: Int, adjoint: BufferID)
  case outerContinuous(connection: Int, source: BufferID, tickOffset: Int, adjoint: BufferID)
  /// Of forward rules.
  case influence(InfluenceStep)
  /// A phase of a synapse's own rule (index into `Plan.rules`).
  case plasticity(rule: Int, PlasticityPhase)
}

/// What a buffer is filled with from outside, or read for.
public enum Binding: Hashable, Sendable {
  /// Natural value of a parameter, internal units: axes none, unit, or synapse (file order).
  case parameter(Int)
  /// Its gradient, as above. Weights' own gradients from `outer` are kept by the runtime and added to this.
  case gradient(Int)
  /// Initial value of a state where it is drawn per unit (axes unit): population, state.
  case initialState(population: Int, state: Int)
  /// What the sample before has left, and what this one leaves for the next (axes sample x unit).
  case carriedIn(Carried)
  case carriedOut(Carried)
  /// A field of the data.
  case data(Int)
  /// Analog input or fed drive: axes tick x sample x unit; row n acts on the step from n to n+1.
  case input(Int)
  case drive(population: Int, drive: Int)
  /// `t` in ms (of the present tick, or a row per tick), `dt`, number of ticks, number of samples in the batch.
  case time, stepSize, tickCount, batchCount
  /// Mean loss of the batch; score k's mean.
  case loss
  case score(Int)
  /// Recorded variables: axes tick x sample x unit.
  case record(Int)
}

/// A whole algorithm as data: what the interpreter executes. Sections run in the order of declaration; those from
/// `start` to `reverseStart` once per chunk of samples, `once`, `batchEnd…` and `onceReverse` once per batch.
/// Where `needsSync`, every chunk finishes `sampleEnd` before `batchEnd` and its reverse run on the whole batch's
/// buffers (those with axis sample that `batchEnd` touches hold all samples then); otherwise a chunk goes forward and
/// backward in one piece and `batchEnd` (the means of loss and scores) runs last.
public struct Plan: Sendable {
  public var graph: Graph
  public var buffers: [Buffer] = []
  public var bindings: [BufferID: Binding] = [:]
  /// Number of ticks T.
  public var ticks: Int
  public var needsSync = false
  /// `reverseTick` runs for n = 1 … T: influences are carried forward over what the forward ticks have kept.
  public var carriesForward = false
  /// A sample goes on from the one before in all that it is.
  public var goesOn = false
  /// Rows for ticks before the first that the sample before fills; those of inputs before `start`, others after it.
  public var carriedRows: [CarriedRows] = []
  /// Ticks after which gradients are applied and the run goes on: `reverseTick` of each tick follows its `tick`, which
  /// keeps nothing for later. nil: backward sections run when the forward ones are over.
  public var window: Int?
  /// Parameters to what the lanes load: propagators, reparametrised values.
  public var once: [PlanStep] = []
  /// Tick 0: initial values, first integration.
  public var start: [PlanStep] = []
  /// For n = 1 … T.
  public var tick: [PlanStep] = []
  public var sampleEnd: [PlanStep] = []
  public var batchEnd: [PlanStep] = []
  public var batchEndReverse: [PlanStep] = []
  public var sampleEndReverse: [PlanStep] = []
  /// For n = T … 1, or 1 … T where `carriesForward`.
  public var reverseTick: [PlanStep] = []
  public var reverseStart: [PlanStep] = []
  /// Per chunk: sums adjoints of once values over its samples (the runtime adds chunks in order).
  public var reverseEnd: [PlanStep] = []
  public var onceReverse: [PlanStep] = []
  /// Buffers that the chunks' `reverseEnd` add up and `onceReverse` reads.
  public var chunkSums: [BufferID] = []
  /// Weight layout and endpoints, by connection.
  public var connections: [Connection] = []
  /// Connections of which a product takes the signs of the weights, times this, in place of the weights.
  public var signs: [Int: Double] = [:]
  /// Parameters that are drawn from a seed of their own, whatever that of the run is.
  public var ownSeeds: [Int: UInt64] = [:]
  public var rules: [PlasticityPlan] = []
  public var plasticity = Plasticity.inOrder
  /// Synapses of sparse connections, once drawn; no part of the plan's text.
  public var relations: [Int: Relation] = [:]
  public var parameters: [Parameter] = []
  public var inputs: [NetworkInput] = []
  /// Extent of each population.
  public var populations: [ExtentID] = []
  /// Flag buffer of each population that spikes.
  public var step: Double
  /// The run with exact spike times, which has no sections; nil for one in ticks.
  public var events: EventPlan?

  public init(graph: Graph, ticks: Int, step: Double) {
    self.graph = graph
    self.ticks = ticks
    self.step = step
  }

  public var hasGradient: Bool { events?.hasGradient ?? (!reverseTick.isEmpty || !onceReverse.isEmpty) }

  public subscript(buffer: BufferID) -> Buffer { buffers[Int(buffer.index)] }

  public mutating func addBuffer(_ buffer: Buffer, binding: Binding? = nil) -> BufferID {
    buffers.append(buffer)
    let id = BufferID(buffers.count - 1)
    if let binding { bindings[id] = binding }
    return id
  }
}
