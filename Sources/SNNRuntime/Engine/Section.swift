import SNNIR

/// Sections of a plan, in order of execution.
enum Section: Int, CaseIterable, Sendable {
  case once, start, tick, sampleEnd, batchEnd, batchEndReverse, sampleEndReverse, reverseTick, reverseStart, reverseEnd
  case onceReverse

  /// Runs on the batch, not on a chunk.
  var isGlobal: Bool { self == .once || self == .batchEnd || self == .batchEndReverse || self == .onceReverse }
  var isLoop: Bool { self == .tick || self == .reverseTick }
  var isReverse: Bool { rawValue >= Section.batchEndReverse.rawValue }
}

extension Plan {
  func steps(_ section: Section) -> [PlanStep] {
    switch section {
    case .once: once
    case .start: start
    case .tick: tick
    case .sampleEnd: sampleEnd
    case .batchEnd: batchEnd
    case .batchEndReverse: batchEndReverse
    case .sampleEndReverse: sampleEndReverse
    case .reverseTick: reverseTick
    case .reverseStart: reverseStart
    case .reverseEnd: reverseEnd
    case .onceReverse: onceReverse
    }
  }
}

extension Plan {
  /// Buffers that a step reads, with the tick offset.
  func reads(of step: PlanStep) -> [(BufferID, Int)] {
    guard case .plasticity(let rule, let phase) = step, rules.indices.contains(rule) else { return step.reads }
    return rules[rule].reads(phase).map { ($0, 0) }
  }
}

extension PlanStep {
  /// Buffers read (with the tick offset) and written.
  var reads: [(BufferID, Int)] {
    switch self {
    case .kernel(let kernel): kernel.inputs.map { ($0.buffer, $0.tickOffset) }
    case .zero, .draw: []
    case .reduce(_, let source, let destination, let accumulates):
      accumulates ? [(source, 0), (destination, 0)] : [(source, 0)]
    case .argreduce(_, let source, _): [(source, 0)]
    case .extract(_, let flags, _): [(flags, 0)]
    case .deliver: []
    case .deliverContinuous(_, let source, let offset, _): [(source, offset)]
    case .deliverTransposed(_, let from, let offset, _, _): [(from, offset)]
    case .outer(_, _, let adjoint): [(adjoint, 0)]
    case .outerContinuous(_, let source, let offset, let adjoint): [(source, offset), (adjoint, 0)]
    case .influence(let step): step.reads
    // What a rule reads is known to the plan alone: `Plan.reads`.
    case .plasticity: []
    }
  }

  var writes: [(BufferID, Int)] {
    switch self {
    case .kernel(let kernel): kernel.outputs.map { ($0.buffer, $0.tickOffset) }
    case .zero(let buffer), .draw(_, _, _, let buffer): [(buffer, 0)]
    case .reduce(_, _, let destination, _), .argreduce(_, _, let destination): [(destination, 0)]
    case .extract, .outer, .outerContinuous: []
    case .influence(let step): step.writes
    case .plasticity(_, let phase): if case .deliver(let into) = phase { [(into, 0)] } else { [] }
    case .deliver(_, _, let into), .deliverContinuous(_, _, _, let into), .deliverTransposed(_, _, _, let into, _):
      [(into, 0)]
    }
  }
}
