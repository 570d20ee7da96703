import SNNIR

extension Program {
  func makeTraits() throws {
    var chunkWrites = Set<BufferID>()
    var globalWrites = Set<BufferID>()
    var batchTouched = Set<BufferID>()
    var chunkTouched = Set<BufferID>()
    var reach = [Int](repeating: 0, count: plan.buffers.count)
    for section in Section.allCases {
      for step in plan.steps(section) {
        for (buffer, offset) in plan.reads(of: step) + step.writes {
          guard Int(buffer.index) < plan.buffers.count else { throw malformed("a step names an unknown buffer") }
          reach[Int(buffer.index)] = max(reach[Int(buffer.index)], abs(offset))
          if section.isGlobal { batchTouched.insert(buffer) } else { chunkTouched.insert(buffer) }
        }
        for (buffer, _) in step.writes {
          if section.isGlobal { globalWrites.insert(buffer) } else { chunkWrites.insert(buffer) }
        }
        if case .kernel(let kernel) = step {
          for input in kernel.inputs {
            let symbol = plan.graph[input.symbol]
            if symbolOf[input.buffer] == nil { symbolOf[input.buffer] = input.symbol }
            if case .state = symbol.kind { symbolOf[input.buffer] = input.symbol }
          }
          if section == .once, kernel.axes.contains(.sample) { onceReadsSamples = true }
        }
      }
    }
    let sums = Set(plan.chunkSums)
    let globalReads = batchTouched
    for (index, buffer) in plan.buffers.enumerated() {
      let id = BufferID(index)
      var t = BufferTraits()
      t.hasSample = buffer.axes.contains(.sample)
      t.hasUnit = buffer.axes.contains(.unit)
      t.hasSynapse = buffer.axes.contains(.synapse)
      if let set = buffer.influence {
        guard t.hasSample, !t.hasSynapse else {
          throw malformed("influence \(buffer.name) has no samples")
        }
        var lanes = setLanes(set)
        if t.hasUnit, let extent = buffer.extent { lanes *= plan.graph[extent].size }
        t.hasUnit = true
        t.units = lanes
        t.lanes = lanes
      }
      if t.hasUnit, buffer.influence == nil {
        guard let extent = buffer.extent else { throw malformed("buffer \(buffer.name) has units of nothing") }
        t.units = plan.graph[extent].size
        t.lanes = padded(t.units)
      }
      if t.hasSynapse {
        guard let extent = buffer.extent, Int(extent.index) < plan.connections.count, !t.hasSample, !t.hasUnit else {
          throw malformed("buffer \(buffer.name) has synapses of nothing")
        }
        t.units = synapseCount(Int(extent.index))
        t.lanes = t.units
      }
      t.elementBytes = t.isScalar || buffer.isWide ? 8 : precision.bytes
      switch buffer.lifetime {
      case .ring(let length):
        guard length > 0 else { throw malformed("ring \(buffer.name) has no rows") }
        t.rows = .ring
        t.rowCount = length
      case .chunk where buffer.axes.contains(.tick):
        t.rows = .tick
        t.firstRow = reach[index] + 1
        t.rowCount = plan.ticks + 1 + 2 * t.firstRow
      case .chunk: break
      }
      if !batchTouched.contains(id), !chunkTouched.contains(id), !Self.isResult(plan.bindings[id]) {
        t.home = .nowhere
      } else if t.hasSample {
        t.home = batchTouched.contains(id) ? .batch : .workspace
      } else if sums.contains(id) {
        t.home = .sum
      } else if plan.bindings[id] == .time, t.rows == .single {
        t.home = .dual
      } else if chunkWrites.contains(id) {
        guard !globalWrites.contains(id) else {
          throw malformed("\(buffer.name) is written by sections of the batch and of a chunk")
        }
        t.home = globalReads.contains(id) ? .first : .workspace
      } else {
        t.home = .shared
      }
      traits.append(t)
    }
  }

  private static func isResult(_ binding: Binding?) -> Bool {
    switch binding {
    case .loss, .score, .gradient, .record, .carriedOut: true
    default: false
    }
  }

  /// Weights of a connection.
  func synapseCount(_ index: Int) -> Int {
    let connection = plan.connections[index]
    switch connection.pattern {
    case .all: return connection.targetRange.count * connection.sourceRange.count
    case .oneToOne: return connection.targetRange.count
    case .sparse: return plan.relations[index]?.weightCount ?? 0
    }
  }
}
