import SNNIR

/// The synapses of a connection whose delays are learned, as lists by delay that are made anew when parameters change.
/// All lists share their columns: `rows` count from the start of those.
final class InterpolatedCode: @unchecked Sendable {
  let delays: InterpolatedDelays
  /// Of the relation, where every synapse stands twice.
  let count: Int
  let sources: Int
  private let owners: [UInt32]
  private let ends: [UInt32]
  private let rows: UnsafeMutablePointer<Int64>
  private let targets: UnsafeMutablePointer<UInt32>
  private let order: UnsafeMutablePointer<UInt32>

  init(_ relation: Relation, step: Double) {
    delays = InterpolatedDelays(step: step, longest: Int(relation.delays?.first ?? 2))
    count = relation.count
    sources = max(relation.rows.count - 1, 0)
    owners = relation.sources
    ends = relation.targets
    rows = .allocate(capacity: delays.longest * (sources + 1))
    rows.initialize(repeating: 0, count: delays.longest * (sources + 1))
    targets = .allocate(capacity: max(count, 1))
    targets.initialize(repeating: 0, count: max(count, 1))
    order = .allocate(capacity: max(count, 1))
    order.initialize(repeating: 0, count: max(count, 1))
    sort(Array(repeating: step, count: count / 2))
  }

  deinit {
    rows.deallocate()
    targets.deallocate()
    order.deallocate()
  }

  /// By delay from one tick on.
  var lists: [SynapseList] {
    (0..<delays.longest).map { place in
      SynapseList(
        delay: place + 1, rows: UnsafePointer(rows + place * (sources + 1)), targets: UnsafePointer(targets),
        order: UnsafePointer(order), synapses: UnsafePointer(order))
    }
  }

  /// Puts every share of a synapse into the list of its delay, in order of sources.
  func sort(_ values: [Double]) {
    let width = sources + 1
    var places = [Int](repeating: 0, count: count)
    var counts = [Int64](repeating: 0, count: delays.longest * width)
    for (synapse, delay) in values.enumerated() {
      let ticks = delays.split(delay).ticks
      for share in 0..<2 {
        let line = min(ticks + share, delays.longest) - 1
        places[2 * synapse + share] = line
        counts[line * width + Int(owners[2 * synapse])] += 1
      }
    }
    var sum: Int64 = 0
    for line in 0..<delays.longest {
      for source in 0..<width {
        rows[line * width + source] = sum
        if source < sources { sum += counts[line * width + source] }
      }
    }
    var next = (0..<delays.longest * width).map { rows[$0] }
    for share in 0..<count {
      let row = places[share] * width + Int(owners[share])
      targets[Int(next[row])] = ends[share]
      order[Int(next[row])] = UInt32(share)
      next[row] += 1
    }
  }
}

extension Engine {
  /// Lists and shares of the weights, where delays are learned.
  func interpolate() {
    for (index, code) in program.interpolated {
      guard let parameter = plan.connections[index].delayParameter else { continue }
      let (weights, delays) = (store.get(plan.connections[index].weight), store.get(parameter))
      code.sort(delays)
      let memory =
        shares[index] ?? AlignedMemory(byteCount: program.connections[index].weightLanes * precision.bytes)
      shares[index] = memory
      for share in 0..<code.count {
        var weight = weights[share / 2]
        if let size = plan.signs[index] { weight = weight > 0 ? size : weight < 0 ? -size : 0 }
        store.setLane(memory, share, weight * code.delays.share(delays[share / 2], later: share % 2 == 1))
      }
    }
  }

  /// The gradient that delivered shares have, as one of weights and one of delays; nil for other parameters.
  func interpolatedGradient(_ index: Int, _ memory: AlignedMemory) -> [Double]? {
    for (connection, code) in program.interpolated where program.connections[connection].hasOuter {
      let own = plan.connections[connection]
      guard let parameter = own.delayParameter, own.weight == index || parameter == index else { continue }
      let (weights, delays) = (store.get(own.weight), store.get(parameter))
      let first = program.connections[connection].gradientOffset / precision.bytes
      return weights.indices.map { synapse in
        let found = code.delays.gradient(
          weight: weights[synapse], delay: delays[synapse], store.lane(memory, first + 2 * synapse),
          store.lane(memory, first + 2 * synapse + 1))
        return own.weight == index ? found.weight : found.delay
      }
    }
    return nil
  }
}
