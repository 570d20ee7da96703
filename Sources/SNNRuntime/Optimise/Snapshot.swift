import SNNIR

/// Everything training changes, exact to the bit: values, trained numbers, moments, and the number of updates.
public struct Snapshot: Hashable, Sendable {
  /// Bit patterns (of `Float` in single precision, widened) of one parameter's arrays; empty where there is none.
  public struct Parameter: Hashable, Sendable {
    public var name: String
    public var natural: [UInt64]
    public var trained: [UInt64]
    public var first: [UInt64]
    public var second: [UInt64]

    public init(name: String, natural: [UInt64], trained: [UInt64], first: [UInt64], second: [UInt64]) {
      self.name = name
      self.natural = natural
      self.trained = trained
      self.first = first
      self.second = second
    }
  }
  public var precision: Precision
  public var steps: Int
  public var parameters: [Parameter]

  public init(precision: Precision, steps: Int, parameters: [Parameter]) {
    self.precision = precision
    self.steps = steps
    self.parameters = parameters
  }
}

extension ParameterStore {
  private func bits(_ memory: AlignedMemory?, _ entry: Entry) -> [UInt64] {
    guard let memory else { return [] }
    return (0..<entry.rows * entry.columns).map {
      let index = $0 / entry.columns * entry.stride + $0 % entry.columns
      return laneBytes == 8
        ? memory.base.assumingMemoryBound(to: UInt64.self)[index]
        : UInt64(memory.base.assumingMemoryBound(to: UInt32.self)[index])
    }
  }

  private func memory(_ bits: [UInt64], _ entry: Entry) -> AlignedMemory? {
    guard bits.count == entry.rows * entry.columns else { return nil }
    let memory = AlignedMemory(byteCount: entry.lanes * laneBytes)
    for (position, value) in bits.enumerated() {
      let index = position / entry.columns * entry.stride + position % entry.columns
      if laneBytes == 8 {
        memory.base.assumingMemoryBound(to: UInt64.self)[index] = value
      } else {
        memory.base.assumingMemoryBound(to: UInt32.self)[index] = UInt32(truncatingIfNeeded: value)
      }
    }
    return memory
  }

  func snapshot(_ precision: Precision) -> Snapshot {
    Snapshot(
      precision: precision, steps: steps,
      parameters: entries.map { entry in
        guard entry.connection != nil else {
          return Snapshot.Parameter(
            name: entry.parameter.name, natural: entry.natural.map(\.bitPattern),
            trained: entry.trained.map(\.bitPattern), first: entry.first.map(\.bitPattern),
            second: entry.second.map(\.bitPattern))
        }
        return Snapshot.Parameter(
          name: entry.parameter.name, natural: bits(entry.memory, entry), trained: bits(entry.trainedLanes, entry),
          first: bits(entry.firstLanes, entry), second: bits(entry.secondLanes, entry))
      })
  }

  /// - Throws: `RuntimeError.snapshotMismatch`; nothing is changed then.
  func restore(_ snapshot: Snapshot, _ precision: Precision) throws {
    guard snapshot.precision == precision else {
      throw RuntimeError.snapshotMismatch("its precision is \(snapshot.precision.rawValue)")
    }
    guard snapshot.parameters.count == entries.count else {
      throw RuntimeError.snapshotMismatch("it has \(snapshot.parameters.count) parameters, not \(entries.count)")
    }
    for (entry, saved) in zip(entries, snapshot.parameters) {
      guard saved.name == entry.parameter.name, saved.natural.count == entry.count,
        [saved.trained, saved.first, saved.second].allSatisfy({ $0.isEmpty || $0.count == entry.count })
      else { throw RuntimeError.snapshotMismatch("\(saved.name) does not fit \(entry.parameter.name)") }
    }
    for (index, saved) in snapshot.parameters.enumerated() {
      let entry = entries[index]
      if entry.connection == nil {
        entries[index].natural = saved.natural.map(Double.init(bitPattern:))
        entries[index].trained = saved.trained.map(Double.init(bitPattern:))
        entries[index].first = saved.first.map(Double.init(bitPattern:))
        entries[index].second = saved.second.map(Double.init(bitPattern:))
      } else {
        entries[index].memory = memory(saved.natural, entry)
        entries[index].trainedLanes = memory(saved.trained, entry)
        entries[index].firstLanes = memory(saved.first, entry)
        entries[index].secondLanes = memory(saved.second, entry)
      }
    }
    steps = snapshot.steps
  }
}
