import CSNNKernels
import SNNIR

/// The stored parameters of a plan: weights in the layout and precision of the lanes (`[pre][padded post]`), the rest
/// in double precision; with their trained numbers and the optimiser's moments.
final class ParameterStore: @unchecked Sendable {
  struct Entry {
    var parameter: Parameter
    var map: Reparametrisation
    /// Values in file order.
    var count: Int
    /// Of a weight: index of the connection.
    var connection: Int?
    var columns = 1
    var rows = 1
    var stride = 1
    /// Natural values of what is no weight.
    var natural: [Double] = []
    /// Trained numbers: of everything but linear weights, whose natural values stand for them.
    var trained: [Double] = []
    var memory: AlignedMemory?
    /// Trained numbers of weights with a range, by lane.
    var trainedLanes: AlignedMemory?
    var first: [Double] = []
    var second: [Double] = []
    var firstLanes: AlignedMemory?
    var secondLanes: AlignedMemory?
    var lanes: Int { connection == nil ? count : padded(rows * stride) }
  }

  var entries: [Entry]
  let laneBytes: Int
  /// Updates done so far.
  var steps = 0

  init(_ program: Program) throws {
    laneBytes = program.precision.bytes
    entries = []
    for (index, parameter) in program.plan.parameters.enumerated() {
      var entry = Entry(parameter: parameter, map: Reparametrisation(parameter), count: 1)
      switch parameter.shape {
      case .scalar: break
      case .perUnit(let population):
        guard population < program.populationUnits.count else { throw program.malformed("parameter \(parameter.name)") }
        entry.count = program.populationUnits[population]
      case .synapses(let connection):
        guard connection < program.connections.count else { throw program.malformed("parameter \(parameter.name)") }
        let c = program.connections[connection]
        if let relation = program.plan.relations[connection], relation.isInterpolated {
          // What the lanes see is made of weights and delays together.
          entry.count = relation.weightCount
          break
        }
        if program.plan.connections[connection].delayParameter == index {
          // Lanes know nothing of the delays of exact spike times.
          entry.count = c.flatCount ?? c.sourceCount * c.targetCount
          break
        }
        entry.connection = connection
        entry.columns = c.flatCount ?? c.targetCount
        entry.rows = c.flatCount == nil ? c.sourceCount : 1
        entry.stride = c.flatCount.map { padded($0) } ?? c.stride
        entry.count = entry.rows * entry.columns
        entry.memory = AlignedMemory(byteCount: padded(entry.rows * entry.stride) * program.precision.bytes)
      }
      if entry.connection == nil {
        entry.natural = Array(repeating: 0, count: entry.count)
        entry.trained = entry.natural
      }
      entries.append(entry)
    }
  }

  func check(_ index: Int, _ count: Int) throws {
    let entry = entries[index]
    guard count == entry.count else {
      throw RuntimeError.parameterShape(name: entry.parameter.name, expected: entry.count, found: count)
    }
  }

  func set(_ index: Int, _ values: [Double]) throws {
    try check(index, values.count)
    let map = entries[index].map
    let parameter = entries[index].parameter
    if parameter.isLearnable, !map.isLinear {
      for value in values where map.trained(value) == nil {
        throw RuntimeError.initialOnBound(name: parameter.name, value: parameter.unit.fromInternal(value))
      }
    }
    if let memory = entries[index].memory {
      store(values, entries[index], memory)
      entries[index].trainedLanes = nil
    } else {
      entries[index].natural = values
      entries[index].trained = values.map { map.trained($0) ?? .nan }
    }
  }

  func get(_ index: Int) -> [Double] {
    guard let memory = entries[index].memory else { return entries[index].natural }
    return load(entries[index], memory)
  }

  /// From `[post, pre]` in file order to lanes.
  func store(_ values: [Double], _ entry: Entry, _ memory: AlignedMemory) {
    for row in 0..<entry.rows {
      for column in 0..<entry.columns {
        let x = values[column * entry.rows + row]
        if laneBytes == 8 {
          memory.base.assumingMemoryBound(to: Double.self)[row * entry.stride + column] = x
        } else {
          memory.base.assumingMemoryBound(to: Float.self)[row * entry.stride + column] = Float(x)
        }
      }
    }
  }

  func load(_ entry: Entry, _ memory: AlignedMemory) -> [Double] {
    load(entry, memory.base)
  }

  func load(_ entry: Entry, _ base: UnsafeMutableRawPointer) -> [Double] {
    var values = [Double](repeating: 0, count: entry.count)
    for row in 0..<entry.rows {
      for column in 0..<entry.columns {
        values[column * entry.rows + row] =
          laneBytes == 8
          ? base.assumingMemoryBound(to: Double.self)[row * entry.stride + column]
          : Double(base.assumingMemoryBound(to: Float.self)[row * entry.stride + column])
      }
    }
    return values
  }

  @inline(__always) func lane(_ memory: AlignedMemory, _ index: Int) -> Double {
    laneBytes == 8
      ? memory.base.assumingMemoryBound(to: Double.self)[index]
      : Double(memory.base.assumingMemoryBound(to: Float.self)[index])
  }

  @inline(__always) func setLane(_ memory: AlignedMemory, _ index: Int, _ x: Double) {
    if laneBytes == 8 {
      memory.base.assumingMemoryBound(to: Double.self)[index] = x
    } else {
      memory.base.assumingMemoryBound(to: Float.self)[index] = Float(x)
    }
  }

  // MARK: Moments

  /// Makes room for the moments an optimiser keeps.
  func prepare(_ kind: OptimiserSpec.Kind, momentum: Double, _ indices: [Int]) throws {
    let needsFirst = kind == .adam || kind == .adamw || kind == .adamax || (kind == .sgd && momentum != 0)
    let needsSecond = kind != .sgd
    for index in indices {
      let entry = entries[index]
      if entry.connection == nil {
        if needsFirst, entry.first.isEmpty { entries[index].first = Array(repeating: 0, count: entry.count) }
        if needsSecond, entry.second.isEmpty { entries[index].second = Array(repeating: 0, count: entry.count) }
        for value in entry.trained where value.isNaN && !entry.map.isLinear {
          throw RuntimeError.initialOnBound(name: entry.parameter.name, value: entry.natural.first ?? value)
        }
        continue
      }
      let bytes = entry.lanes * laneBytes
      if needsFirst, entry.firstLanes == nil { entries[index].firstLanes = AlignedMemory(byteCount: bytes) }
      if needsSecond, entry.secondLanes == nil { entries[index].secondLanes = AlignedMemory(byteCount: bytes) }
      if !entry.map.isLinear, entry.trainedLanes == nil {
        let trained = AlignedMemory(byteCount: bytes)
        for row in 0..<entry.rows {
          for column in 0..<entry.columns {
            let natural = lane(entry.memory!, row * entry.stride + column)
            guard let x = entry.map.trained(natural) else {
              throw RuntimeError.initialOnBound(name: entry.parameter.name, value: natural)
            }
            setLane(trained, row * entry.stride + column, x)
          }
        }
        entries[index].trainedLanes = trained
      }
    }
  }
}
