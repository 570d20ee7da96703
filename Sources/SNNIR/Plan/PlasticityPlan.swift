/// What an operand of a rule's kernels is: memory that the runtime keeps for the rule, or finds through a synapse's
/// source or target.
public enum SynapseOperand: Hashable, Sendable {
  case weight
  /// Index into `PlasticityPlan.states`; its side says how many there are.
  case state(Int)
  /// A variable of the source's or target's population: a buffer over its units, complete at the present tick.
  case neuron(SynapseSide, BufferID)
  /// A number that all synapses of a sample share: a buffer over samples.
  case modulator(BufferID)
  case weightSum(SynapseSide)
  /// What a spike brings to its target, times the spike.
  case delivery
}

/// When a kernel of a rule runs, and over what.
public enum SynapseEvent: Hashable, Sendable {
  /// Tick 0: initial values.
  case start(SynapseSide)
  /// Step 1 of every tick, over all that is kept on a side; reads the values of the tick before.
  case integrate(SynapseSide)
  /// A spike arrives: over the synapses of its source (`synapse`), or over the sources themselves (`pre`).
  case pre(SynapseSide)
  /// The target emits: over its incoming synapses, or over the targets themselves.
  case post(SynapseSide)
  case every(ticks: Int, SynapseSide)
  /// Step 2, for each arriving spike over the synapses of its source.
  case deliver
}

/// A kernel of a rule. Its lanes are synapses or neurons, as the event says; its buffers are names of operands only, one
/// number per lane (axis `synapse`), or one for all lanes of a call (no axis) where an event's own neuron is meant.
/// What is no operand is a number of the plan.
public struct PlasticityKernel: Hashable, Sendable {
  public var event: SynapseEvent
  public var kernel: Kernel

  public init(event: SynapseEvent, kernel: Kernel) {
    self.event = event
    self.kernel = kernel
  }
}

/// A rule after integration: what the runtime executes in each phase of a tick.
public struct PlasticityPlan: Hashable, Sendable {
  public var name: String
  public var connection: Int
  public var states: [SynapseState]
  public var operands: [BufferID: SynapseOperand]
  /// In the order in which they run; a body is one kernel for its synapses and one for its neurons, which see the values
  /// from before the body where they read each other's.
  public var kernels: [PlasticityKernel]
  /// The range of the weight.
  public var lower: Double?
  public var upper: Double?
  public var location: LocationID

  public init(
    name: String, connection: Int, states: [SynapseState] = [], operands: [BufferID: SynapseOperand] = [:],
    kernels: [PlasticityKernel] = [], location: LocationID = .unknown
  ) {
    self.name = name
    self.connection = connection
    self.states = states
    self.operands = operands
    self.kernels = kernels
    self.location = location
  }
}

/// The parts of a tick at which a rule acts.
public enum PlasticityPhase: Hashable, Sendable {
  /// Tick 0: traces and states get their initial values.
  case start
  /// Traces, states and weights go on by one tick.
  case integrate
  /// Arriving spikes add what the rule delivers into a buffer over the target's units.
  case deliver(into: BufferID)
  /// Bodies run for arrivals and emissions of the present tick, and the periodic ones.
  case learn
}

extension PlasticityPlan {
  /// Buffers of the plan that a phase reads at the present tick.
  public func reads(_ phase: PlasticityPhase) -> [BufferID] {
    var result: [BufferID] = []
    for kernel in kernels {
      let belongs =
        switch (kernel.event, phase) {
        case (.start, .start), (.integrate, .integrate), (.deliver, .deliver), (.pre, .learn), (.post, .learn),
          (.every, .learn):
          true
        default: false
        }
      guard belongs else { continue }
      for input in kernel.kernel.inputs {
        switch operands[input.buffer] {
        case .neuron(_, let buffer), .modulator(let buffer): result.append(buffer)
        case nil: result.append(input.buffer)
        default: continue
        }
      }
    }
    return result
  }
}
