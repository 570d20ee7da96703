/// Where a quantity of a synapse's rule is kept: one per source neuron, per target neuron, or per synapse.
public enum SynapseSide: String, Hashable, Sendable { case pre, post, synapse }

/// What becomes of the weights that rules change, from sample to sample.
public enum Plasticity: String, Hashable, Sendable, CaseIterable {
  /// Each sample goes on with the weights that the one before has left: they come one at a time, as in the file.
  case inOrder
  /// Each sample of a batch begins with the batch's weights, and the changes of all are added behind it.
  case summed
  /// Each sample begins with the first weights, and what it makes of them ends with it.
  case perSample
}

/// A trace or state of a rule.
public struct SynapseState: Hashable, Sendable {
  public var name: String
  public var symbol: SymbolID
  /// Where it is kept: as declared, or, of a plain `state`, wherever all that it depends on is.
  public var side: SynapseSide
  public var initial: Initial
  public var unit: DisplayUnit
  public var location: LocationID

  public init(
    name: String, symbol: SymbolID, side: SynapseSide, initial: Initial, unit: DisplayUnit = .one,
    location: LocationID = .unknown
  ) {
    self.name = name
    self.symbol = symbol
    self.side = side
    self.initial = initial
    self.unit = unit
    self.location = location
  }
}

/// What an equation or an assignment of a rule changes.
public enum SynapseTarget: Hashable, Sendable {
  case weight
  case state(Int)
}

/// `X = E` in a rule; compound forms are already written out. E loads what stands before it in the body as changed.
public struct SynapseAssignment: Hashable, Sendable {
  public var target: SynapseTarget
  public var value: ValueID
  public var location: LocationID

  public init(target: SynapseTarget, value: ValueID, location: LocationID = .unknown) {
    self.target = target
    self.value = value
    self.location = location
  }
}

/// `on pre`, `on post`, `on every TIME`.
public struct SynapseHandler: Hashable, Sendable {
  public enum Event: Hashable, Sendable {
    /// A spike arrives; the target emits; every so many ticks.
    case pre, post
    case every(ticks: Int)
  }
  public var event: Event
  public var body: [SynapseAssignment]

  public init(event: Event, body: [SynapseAssignment]) {
    self.event = event
    self.body = body
  }
}

/// What a rule reads from outside the synapse.
public struct SynapseInput: Hashable, Sendable {
  public enum Source: Hashable, Sendable {
    /// `pre.X`, `post.X`.
    case neuron(SynapseSide, RecordedVariable)
    /// A modulator: a value over `recorded` symbols that all synapses share.
    case modulator(ValueID)
    /// `sum over pre of weight` (kept per target) or `over post` (per source).
    case weightSum(SynapseSide)
  }
  public var symbol: SymbolID
  public var source: Source

  public init(symbol: SymbolID, source: Source) {
    self.symbol = symbol
    self.source = source
  }

  /// Where it is known; nil: the same everywhere.
  public var side: SynapseSide? {
    switch source {
    case .neuron(let side, _), .weightSum(let side): side
    case .modulator: nil
    }
  }
}

/// A `synapse` at work on one connection. All its symbols vary along the synapses of that connection.
public struct SynapseRule: Hashable, Sendable {
  /// Name of the synapse that it instantiates.
  public var name: String
  public var connection: Int
  /// The weight of the present tick, which equations and bodies load.
  public var weight: SymbolID
  public var states: [SynapseState] = []
  public var inputs: [SynapseInput] = []
  /// dX/dt and dweight/dt in internal units per ms.
  public var flows: [SynapseAssignment] = []
  /// `next X`: the value at tick n + 1 over those of tick n.
  public var updates: [SynapseAssignment] = []
  /// In the order of the file.
  public var handlers: [SynapseHandler] = []
  /// What arrives for a spike; nil: the weight.
  public var deliver: ValueID?
  /// `weight in LO .. HI`, internal units: held after every change.
  public var lower: Double?
  public var upper: Double?
  public var location: LocationID = .unknown

  public init(name: String, connection: Int, weight: SymbolID) {
    self.name = name
    self.connection = connection
    self.weight = weight
  }

  public func state(named name: String) -> Int? { states.firstIndex { $0.name == name } }
}

extension SynapseRule {
  /// Side of everything a value loads: `pre` or `post` where all of it is kept there, `synapse` where it is not, nil
  /// where the value is the same everywhere.
  public func side(of value: ValueID, in graph: Graph) -> SynapseSide? {
    var result: SynapseSide?
    for symbol in graph.loadedSymbols([value]) {
      var found: SynapseSide?
      if symbol == weight {
        found = .synapse
      } else if let state = states.first(where: { $0.symbol == symbol }) {
        found = state.side
      } else if let input = inputs.first(where: { $0.symbol == symbol }) {
        found = input.side
      }
      guard let found else { continue }
      if let known = result, known != found { return .synapse }
      result = found
    }
    return result
  }

  /// Moves each of the `free` states (indices) to the neurons where everything that changes it is known there, in
  /// events of that side alone. The largest such set: states may depend on each other.
  public mutating func liftStates(_ free: Set<Int>, in graph: Graph) {
    for side in [SynapseSide.pre, .post] {
      var candidates = free.filter { index in
        guard states[index].side == .synapse else { return false }
        if case .draw = states[index].initial { return false }
        return true
      }
      for index in candidates { states[index].side = side }
      var isSettled = false
      while !isSettled {
        isSettled = true
        for index in candidates.sorted() where !staysOnSide(index, side, graph) {
          states[index].side = .synapse
          candidates.remove(index)
          isSettled = false
        }
      }
    }
  }

  /// Whether a state kept on a side is changed there alone, by what is known there.
  private func staysOnSide(_ index: Int, _ side: SynapseSide, _ graph: Graph) -> Bool {
    func isKnown(_ value: ValueID) -> Bool {
      let found = self.side(of: value, in: graph)
      return found == nil || found == side
    }
    for flow in flows + updates where flow.target == .state(index) && !isKnown(flow.value) { return false }
    for handler in handlers {
      for assignment in handler.body where assignment.target == .state(index) {
        switch handler.event {
        case .pre where side != .pre, .post where side != .post: return false
        default: if !isKnown(assignment.value) { return false }
        }
      }
    }
    return true
  }
}
