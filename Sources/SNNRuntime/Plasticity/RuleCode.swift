import CSNNKernels
import SNNIR

/// The synapses of a connection that share a delay, as rules walk through them: those of source i are the places
/// `starts[i] ..< ends[i]`.
struct RuleList {
  /// nil: the connection's.
  var delay: Int?
  var starts: UnsafePointer<Int64>
  var ends: UnsafePointer<Int64>
  /// Target of each place, counted from the connection's first.
  var targets: UnsafePointer<UInt32>
  /// Where in the weights each place is; nil: the place itself.
  var slots: UnsafePointer<UInt32>?
}

/// A lane operand of a rule's kernel.
struct RuleOperandCode {
  var operand: SynapseOperand
  var isInput: Bool
  var isOutput: Bool
}

/// A number that all lanes of a call share.
enum RuleLeaf {
  case tickIndex
  case operand(SynapseOperand)
  case buffer(Int, offset: Int)
}

struct RuleSlot {
  enum Kind: UInt8 { case temporary, scalar, operand }
  var kind: Kind
  var index: Int
  /// Bytes to advance per lane.
  var stride: Int
}

/// A kernel of a rule as plain pointers.
struct RuleKernel {
  var event: SynapseEvent
  var leaves: UnsafeBufferPointer<RuleLeaf>
  var scalarInstructions: UnsafeBufferPointer<ScalarProgram.Instruction>
  var scalarPool: UnsafeBufferPointer<Int32>
  var scalarNodes: UnsafeBufferPointer<Node>
  var scalarResults: UnsafeBufferPointer<Int32>
  var slots: UnsafeBufferPointer<RuleSlot>
  var instructions: UnsafeBufferPointer<LaneInstruction>
  var operandSlots: UnsafeBufferPointer<Int32>
  var specials: UnsafeBufferPointer<SpecialCode>
  var operands: UnsafeBufferPointer<RuleOperandCode>
}

/// A rule compiled for one precision and instruction set.
struct RuleCode: @unchecked Sendable {
  var connection: Int
  var delay: Int
  /// Of the connection: its first source, the one after its last, its first target, and the target's population.
  var low: Int
  var high: Int
  var targetLow: Int
  var target: Int
  var states: [SynapseState]
  /// In the order of their phases.
  var kernels: UnsafeBufferPointer<RuleKernel>
  var starts = 0..<0
  var integrations = 0..<0
  var deliveries = 0..<0
  var lessons = 0..<0
  var lists: UnsafeBufferPointer<RuleList>
  /// Incoming synapses of each target: weights' slots, and sources (counted along all lists).
  var incoming: UnsafePointer<Int64>?
  var incomingSlots: UnsafePointer<UInt32>?
  var incomingSources: UnsafePointer<UInt32>?
  var sourceCount: Int
  var targetCount: Int
  /// Lanes of what is kept per synapse.
  var weightLanes: Int
  /// Most lanes of one call that gathers.
  var longest: Int
  var temporaries: Int
  var scalars: Int
  var registers: Int
  var slotCount: Int
  var operandCount: Int
  var laneBytes: Int
  var usesWeightSum: Bool

  func lanes(_ side: SynapseSide) -> Int {
    switch side {
    case .pre: sourceCount * lists.count
    case .post: targetCount
    case .synapse: weightLanes
    }
  }

  /// Puts kernels of one phase side by side, each phase's in the order in which they came.
  fileprivate mutating func place(_ kernels: inout [RuleKernel]) {
    func phase(_ kernel: RuleKernel) -> Int {
      switch kernel.event {
      case .start: 0
      case .integrate: 1
      case .deliver: 2
      case .pre, .post, .every: 3
      }
    }
    let phases = (0..<4).map { number in kernels.filter { phase($0) == number } }
    kernels = phases.flatMap { $0 }
    var ends: [Int] = [0]
    for phase in phases { ends.append(ends[ends.count - 1] + phase.count) }
    (starts, integrations, deliveries, lessons) = (
      ends[0]..<ends[1], ends[1]..<ends[2], ends[2]..<ends[3], ends[3]..<ends[4]
    )
  }

  /// Bytes that one run takes.
  var bytes: Int {
    states.reduce(0) { $0 + lanes($1.side) } * laneBytes + longest * operandCount * laneBytes
      + weightLanes * 12
  }
}

extension Program {
  func makeRules(fuses: Bool) throws {
    for rule in plan.rules {
      guard connections.indices.contains(rule.connection) else { throw malformed("rule \(rule.name) of nothing") }
      let c = connections[rule.connection]
      var code = RuleCode(
        connection: rule.connection, delay: plan.connections[rule.connection].delay, low: c.low, high: c.high,
        targetLow: c.targetLow, target: plan.connections[rule.connection].target, states: rule.states,
        kernels: UnsafeBufferPointer(start: nil, count: 0), lists: storage.keep(ruleLists(c)),
        sourceCount: c.sourceCount, targetCount: c.targetCount, weightLanes: padded(c.weightLanes), longest: 1,
        temporaries: 1, scalars: 1, registers: 1, slotCount: 1, operandCount: 1, laneBytes: precision.bytes,
        usesWeightSum: rule.operands.values.contains { if case .weightSum = $0 { true } else { false } })
      var kernels: [RuleKernel] = []
      var needsIncoming = false
      for kernel in rule.kernels {
        if case .post(.synapse) = kernel.event { needsIncoming = true }
        kernels.append(try lower(kernel, of: rule, fuses: fuses, &code))
      }
      code.place(&kernels)
      code.kernels = storage.keep(kernels)
      for list in code.lists {
        for source in 0..<c.sourceCount {
          code.longest = max(code.longest, Int(list.ends[source] - list.starts[source]))
        }
      }
      if needsIncoming { makeIncoming(&code) }
      code.longest = max(code.longest, c.sourceCount, c.targetCount)
      rules.append(code)
    }
  }

  private func ruleLists(_ c: ConnectionCode) -> [RuleList] {
    func keep(_ numbers: [Int64]) -> UnsafePointer<Int64> { UnsafePointer(storage.keep(numbers + [0]).baseAddress!) }
    func keep(_ numbers: [UInt32]) -> UnsafePointer<UInt32> { UnsafePointer(storage.keep(numbers + [0]).baseAddress!) }
    if let sparse = c.sparse {
      return sparse.lists.map {
        RuleList(delay: $0.delay, starts: $0.rows, ends: $0.rows + 1, targets: $0.targets, slots: $0.order)
      }
    }
    let sources = 0..<c.sourceCount
    if c.isOneToOne {
      return [
        RuleList(
          delay: nil, starts: keep(sources.map { Int64($0) }), ends: keep(sources.map { Int64($0 + 1) }),
          targets: keep(sources.map { UInt32($0) }), slots: nil)
      ]
    }
    var targets = [UInt32](repeating: 0, count: c.sourceCount * c.stride)
    for source in sources { for target in 0..<c.targetCount { targets[source * c.stride + target] = UInt32(target) } }
    return [
      RuleList(
        delay: nil, starts: keep(sources.map { Int64($0 * c.stride) }),
        ends: keep(sources.map { Int64($0 * c.stride + c.targetCount) }), targets: keep(targets), slots: nil)
    ]
  }

  /// Post → slot index: by target, then by delay, source and synapse ascending.
  private func makeIncoming(_ code: inout RuleCode) {
    var starts = [Int64](repeating: 0, count: code.targetCount + 1)
    func forEach(_ body: (_ list: Int, _ source: Int, _ place: Int, _ target: Int) -> Void) {
      for (index, list) in code.lists.enumerated() {
        for source in 0..<code.sourceCount {
          for place in Int(list.starts[source])..<Int(list.ends[source]) {
            body(index, source, place, Int(list.targets[place]))
          }
        }
      }
    }
    forEach { _, _, _, target in starts[target + 1] += 1 }
    for target in 0..<code.targetCount {
      code.longest = max(code.longest, Int(starts[target + 1]))
      starts[target + 1] += starts[target]
    }
    let count = Int(starts[code.targetCount])
    var slots = [UInt32](repeating: 0, count: count + 1)
    var sources = slots
    var next = starts
    let lists = code.lists
    let sourceCount = code.sourceCount
    forEach { list, source, place, target in
      let at = Int(next[target])
      slots[at] = lists[list].slots?[place] ?? UInt32(place)
      sources[at] = UInt32(list * sourceCount + source)
      next[target] += 1
    }
    code.incoming = UnsafePointer(storage.keep(starts).baseAddress!)
    code.incomingSlots = UnsafePointer(storage.keep(slots).baseAddress!)
    code.incomingSources = UnsafePointer(storage.keep(sources).baseAddress!)
  }

  private func lower(
    _ kernel: PlasticityKernel, of rule: PlasticityPlan, fuses: Bool, _ code: inout RuleCode
  ) throws -> RuleKernel {
    let program = try LaneCompiler.compile(
      kernel.kernel, plan: plan, lanes: precision, tables: tables, fuses: fuses)
    guard !program.isWide || precision == .f64 else { throw malformed("kernel \(kernel.kernel.name) is wide") }
    programs.append(program)
    var operands: [RuleOperandCode] = []
    func operand(_ buffer: BufferID, isOutput: Bool) throws -> Int {
      guard let found = rule.operands[buffer] else {
        throw malformed("kernel \(kernel.kernel.name): \(plan[buffer].name) is no operand of its rule")
      }
      if let known = operands.firstIndex(where: { $0.operand == found }) {
        if isOutput { operands[known].isOutput = true } else { operands[known].isInput = true }
        return known
      }
      operands.append(RuleOperandCode(operand: found, isInput: !isOutput, isOutput: isOutput))
      return operands.count - 1
    }
    let laneBytes = precision.bytes
    let slots = try program.slots.map { slot -> RuleSlot in
      switch slot {
      case .temporary(let index): RuleSlot(kind: .temporary, index: index, stride: 0)
      case .scalar(let index): RuleSlot(kind: .scalar, index: index, stride: 0)
      case .input(let index):
        RuleSlot(
          kind: .operand, index: try operand(kernel.kernel.inputs[index].buffer, isOutput: false), stride: laneBytes)
      case .output(let index):
        RuleSlot(
          kind: .operand, index: try operand(kernel.kernel.outputs[index].buffer, isOutput: true), stride: laneBytes)
      case .unitIndex: throw malformed("kernel \(kernel.kernel.name): a rule counts no units")
      }
    }
    let leaves = program.scalars.leaves.map { leaf -> RuleLeaf in
      guard case .input(let index) = leaf else { return .tickIndex }
      let input = kernel.kernel.inputs[index]
      if let found = rule.operands[input.buffer] { return .operand(found) }
      return .buffer(Int(input.buffer.index), offset: input.tickOffset)
    }
    code.temporaries = max(code.temporaries, program.temporaryCount)
    code.scalars = max(code.scalars, program.scalars.results.count)
    code.registers = max(code.registers, program.scalars.registerCount)
    code.slotCount = max(code.slotCount, slots.count)
    code.operandCount = max(code.operandCount, operands.count)
    return RuleKernel(
      event: kernel.event, leaves: storage.keep(leaves),
      scalarInstructions: storage.keep(program.scalars.instructions), scalarPool: storage.keep(program.scalars.pool),
      scalarNodes: storage.keep(program.scalars.nodes), scalarResults: storage.keep(program.scalars.results),
      slots: storage.keep(slots), instructions: storage.keep(program.instructions),
      operandSlots: storage.keep(program.operandSlots),
      specials: storage.keep(
        program.specials.map { SpecialCode(node: $0.node, arguments: storage.keep($0.arguments)) }),
      operands: storage.keep(operands))
  }
}
