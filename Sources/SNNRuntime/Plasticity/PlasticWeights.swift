import SNNIR

/// Weights that rules change, where each sample of a batch has its own: a copy for each slot of samples, and what these
/// have added to them. Slots are few, and as many whatever the number of threads, so that no sum depends on that.
final class PlasticWeights {
  private struct Part {
    let rule: PlasticityPlan
    let lanes: Int
    let first: AlignedMemory
    /// By slot: what a worker writes is its slot's alone.
    let copies: [AlignedMemory]
    /// In double precision.
    let changes: [AlignedMemory]
  }
  private let parts: [Part]
  private let store: ParameterStore
  private let isSummed: Bool
  static let mostSlots = 8

  /// Of the copies and sums.
  static func bytes(_ program: Program, slots: Int) -> Int {
    guard program.plan.plasticity != .inOrder else { return 0 }
    let lanes = program.rules.reduce(0) { $0 + $1.weightLanes }
    return lanes * slots * (program.precision.bytes + (program.plan.plasticity == .summed ? 8 : 0))
  }

  /// - Returns: nil where samples share their weights.
  init?(_ engine: Engine, slots: Int) {
    let plan = engine.plan
    guard plan.plasticity != .inOrder, !plan.rules.isEmpty else { return nil }
    store = engine.store
    isSummed = plan.plasticity == .summed
    let isSummed = isSummed
    parts = plan.rules.compactMap { rule in
      let entry = engine.store.entries[engine.program.connections[rule.connection].parameter]
      guard let memory = entry.memory else { return nil }
      return Part(
        rule: rule, lanes: entry.lanes, first: memory,
        copies: (0..<slots).map { _ in AlignedMemory(byteCount: memory.byteCount) },
        changes: isSummed ? (0..<slots).map { _ in AlignedMemory(byteCount: entry.lanes * 8) } : [])
    }
  }

  /// Gives a slot its weights as they were before the batch.
  func begin(_ slot: Int, _ weights: inout [UnsafeMutableRawPointer]) {
    for part in parts {
      let copy = part.copies[slot]
      copy.base.copyMemory(from: part.first.base, byteCount: part.first.byteCount)
      weights[part.rule.connection] = copy.base
    }
  }

  func end(_ slot: Int) {
    guard isSummed else { return }
    for part in parts {
      let (copy, changes) = (part.copies[slot], part.changes[slot].base.assumingMemoryBound(to: Double.self))
      for lane in 0..<part.lanes { changes[lane] += store.lane(copy, lane) - store.lane(part.first, lane) }
    }
  }

  /// Behind the batch.
  func apply() {
    guard isSummed else { return }
    for part in parts {
      for lane in 0..<part.lanes {
        var x = part.changes.reduce(store.lane(part.first, lane)) {
          $0 + $1.base.assumingMemoryBound(to: Double.self)[lane]
        }
        if let lower = part.rule.lower { x = max(x, lower) }
        if let upper = part.rule.upper { x = min(x, upper) }
        store.setLane(part.first, lane, x)
      }
    }
  }
}
