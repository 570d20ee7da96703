import RealModule

/// The synapses of a sparse connection, in file order: by source, then by target.
public struct Relation: Hashable, Sendable {
  /// One more than the sources: the synapses of source i are `rows[i] ..< rows[i + 1]`.
  public var rows: [Int]
  /// Counted from the first unit of the connection's target range.
  public var targets: [UInt32]
  /// Ticks by synapse; nil where all have the connection's delay.
  public var delays: [Int32]?
  /// The weight of each synapse, where several share one; nil where each has its own.
  public private(set) var slots: [UInt32]?
  private var sharedCount = 0
  /// µm by synapse, where something depends on it.
  public private(set) var distances: [Double]?

  public init(rows: [Int], targets: [UInt32], delays: [Int32]? = nil) {
    self.rows = rows
    self.targets = targets
    self.delays = delays
  }

  /// Every synapse stands twice in a row, for the tick at or before its delay and for the one after it, and has a share
  /// of the weight in each: delays that are learned lie between ticks (`InterpolatedDelays`).
  public private(set) var isInterpolated = false

  public var count: Int { targets.count }
  public var synapseCount: Int { isInterpolated ? count / 2 : count }
  public var weightCount: Int { slots == nil ? synapseCount : sharedCount }

  /// - Parameter longest: the last tick at which anything may arrive.
  public mutating func interpolate(longest: Int) {
    isInterpolated = true
    rows = rows.map { 2 * $0 }
    targets = targets.flatMap { [$0, $0] }
    delays = Array(repeating: Int32(longest), count: targets.count)
  }

  /// Lets the synapses share `count` weights.
  public mutating func share(_ slots: [UInt32], among count: Int) {
    self.slots = slots
    sharedCount = count
  }

  /// Source of each synapse, counted from the first unit of the source range.
  public var sources: [UInt32] {
    (0..<max(rows.count - 1, 0)).flatMap { Array(repeating: UInt32($0), count: rows[$0 + 1] - rows[$0]) }
  }

  /// Draws the relation of a connection; nil where it is not sparse. Draws are keyed by (seed, name of the connection,
  /// unit that chooses, number of the choice), so that nothing else in the program changes them.
  ///
  /// - Parameters:
  ///   - step: the tick in ms.
  ///   - graph: what expressions of the distance are in.
  public init?(drawing connection: Connection, step: Double, seed: UInt64, graph: Graph = Graph()) {
    guard let sparsity = connection.sparsity else { return nil }
    let stream = RandomStream(seed: seed, path: connection.name + ".pattern")
    self.init(rows: [0], targets: [])
    let (sources, targets) = (connection.sourceRange, connection.targetRange)
    /// The unit of `others` that would be `unit` itself, where that is excluded.
    func loop(_ unit: Int, _ own: Range<Int>, _ others: Range<Int>) -> Int? {
      let same = own.lowerBound + unit
      return sparsity.excludesSelf && others.contains(same) ? same - others.lowerBound : nil
    }
    switch sparsity.rule {
    case .full:
      for source in 0..<sources.count {
        let own = loop(source, sources, targets)
        for target in 0..<targets.count where target != own { self.targets.append(UInt32(target)) }
        rows.append(self.targets.count)
      }
    case .pairs:
      for unit in 0..<min(sources.count, targets.count) {
        if loop(unit, sources, targets) != unit { self.targets.append(UInt32(unit)) }
        rows.append(self.targets.count)
      }
    case .random(let probability):
      for source in 0..<sources.count {
        append(chance: probability, of: targets.count, except: loop(source, sources, targets), stream, source)
      }
    case .outdegree(let count):
      for source in 0..<sources.count {
        self.targets += Self.choose(
          count, of: targets.count, except: loop(source, sources, targets), repeats: sparsity.allowsMultapses, stream,
          source)
        rows.append(self.targets.count)
      }
    case .indegree(let count):
      let chosen = (0..<targets.count).map {
        Self.choose(
          count, of: sources.count, except: loop($0, targets, sources), repeats: sparsity.allowsMultapses, stream, $0)
      }
      transpose(chosen, sources: sources.count)
    case .convolution(let convolution): self = convolution.relation
    case .list(let table): self = table.relation(sources: sources.count)
    case .distance(let probability, let radius):
      guard let geometry = sparsity.geometry else { break }
      let measure = Geometry.Measure(geometry, connection, seed: seed)
      var chance = probability.map { ScalarFunction($0, of: geometry.distance, in: graph) }
      for source in 0..<sources.count {
        let own = loop(source, sources, targets)
        for target in 0..<targets.count where target != own {
          let distance = measure(source, target)
          if let radius, distance > radius { continue }
          if let p = chance?(distance), !(stream.uniform(index: target, sample: source) < p) { continue }
          self.targets.append(UInt32(target))
        }
        rows.append(self.targets.count)
      }
    }
    if let geometry = sparsity.geometry { measure(geometry, connection, step: step, seed: seed, graph) }
    if let distribution = sparsity.delays { drawDelays(distribution, connection.name, step: step, seed: seed) }
  }

  /// One source's targets: the gaps between independent draws of equal chance are geometric.
  private mutating func append(
    chance p: Double, of count: Int, except own: Int?, _ stream: RandomStream, _ unit: Int
  ) {
    let scale = p < 1 ? 1 / Double.log(onePlus: -p) : 0
    var target = -1
    var draw = 0
    while p > 0 {
      let gap = p < 1 ? Double.log(onePlus: -stream.uniform(index: draw, sample: unit)) * scale : 0
      guard gap < Double(count - target - 1) else { break }
      target += 1 + Int(gap)
      draw += 1
      if target != own { targets.append(UInt32(target)) }
    }
    rows.append(targets.count)
  }

  /// `count` of the numbers below `size` but `own`, ascending; different ones (Floyd's algorithm) unless `repeats`.
  private static func choose(
    _ count: Int, of size: Int, except own: Int?, repeats: Bool, _ stream: RandomStream, _ unit: Int
  ) -> [UInt32] {
    let size = own == nil ? size : size - 1
    guard size > 0, count > 0 else { return [] }
    var chosen: [Int]
    if repeats {
      chosen = (0..<count).map { stream.integer(below: size, index: $0, sample: unit) }
    } else {
      var members = Set<Int>()
      for last in max(size - count, 0)..<size {
        let found = stream.integer(below: last + 1, index: last, sample: unit)
        if !members.insert(found).inserted { members.insert(last) }
      }
      chosen = Array(members)
    }
    chosen.sort()
    return chosen.map { place in
      if let own, place >= own { return UInt32(place + 1) }
      return UInt32(place)
    }
  }

  /// From the sources of every target to the targets of every source.
  private mutating func transpose(_ chosen: [[UInt32]], sources: Int) {
    rows = Array(repeating: 0, count: sources + 1)
    for list in chosen { for source in list { rows[Int(source) + 1] += 1 } }
    for source in 0..<sources { rows[source + 1] += rows[source] }
    targets = Array(repeating: 0, count: rows[sources])
    var next = rows
    for (target, list) in chosen.enumerated() {
      for source in list {
        targets[next[Int(source)]] = UInt32(target)
        next[Int(source)] += 1
      }
    }
  }

  private mutating func measure(
    _ geometry: Geometry, _ connection: Connection, step: Double, seed: UInt64, _ graph: Graph
  ) {
    let measure = Geometry.Measure(geometry, connection, seed: seed)
    let distances = zip(sources, targets).map { measure(Int($0), Int($1)) }
    self.distances = distances
    guard let delay = geometry.delay else { return }
    var function = ScalarFunction(delay, of: geometry.distance, in: graph)
    delays = distances.map { Self.ticks(function($0), step: step) }
  }

  /// A delay in ms as ticks, at least 1.
  private static func ticks(_ delay: Double, step: Double) -> Int32 {
    let ticks = (delay / step).rounded()
    return ticks > 1 ? Int32(min(ticks, 1e6)) : 1
  }

  private mutating func drawDelays(_ distribution: Distribution, _ name: String, step: Double, seed: UInt64) {
    let stream = RandomStream(seed: seed, path: name + ".delay")
    delays = targets.indices.map { Self.ticks(distribution.element($0, stream), step: step) }
  }
}

extension Distribution {
  /// The draw with this index, for distributions of independent elements with their own parameters (`kaiming` and
  /// `xavier` with the fans given); `orthogonal` has none.
  public func element(_ index: Int, _ stream: RandomStream, fanIn: Double = 1, fanOut: Double = 1) -> Double {
    func argument(_ place: Int, _ standard: Double) -> Double {
      place < arguments.count ? arguments[place] : standard
    }
    let value: Double
    switch kind {
    case .constant: value = argument(0, 0)
    case .normal: value = argument(0, 0) + argument(1, 1) * stream.normal(index: index)
    case .lognormal: value = .exp(argument(0, 0) + argument(1, 1) * stream.normal(index: index))
    case .uniform: value = argument(0, 0) + (argument(1, 1) - argument(0, 0)) * stream.uniform(index: index)
    case .kaiming:
      // He et al. 2015, eq. 10, with the fan of the incoming side.
      value = argument(0, 2.0.squareRoot()) / fanIn.squareRoot() * stream.normal(index: index)
    case .xavier:
      // Glorot & Bengio 2010, eq. 16.
      let bound = argument(0, 1) * (6 / (fanIn + fanOut)).squareRoot()
      value = bound * (2 * stream.uniform(index: index) - 1)
    case .orthogonal: value = 0
    }
    return signed(value * scale)
  }

  /// Whether a draw may lie within a range of natural values; nil: no bound.
  public func canFall(between lower: Double?, _ upper: Double?) -> Bool {
    let (low, high) = (lower ?? -.infinity, upper ?? .infinity)
    let ends: [Double]
    switch kind {
    case .uniform where arguments.count == 2: ends = arguments.map { signed($0 * scale) }
    case .constant where arguments.count == 1, .normal where arguments.count == 2 && arguments[1] == 0:
      ends = [signed(arguments[0] * scale)]
    case .lognormal: return scale > 0 ? high > 0 : low < 0
    default: return sign == .any || (sign == .positive ? high > 0 : low < 0)
    }
    return ends.min()! <= high && ends.max()! >= low
  }

  /// Turned to the side that `sign` names.
  public func signed(_ value: Double) -> Double {
    switch sign {
    case .any: value
    case .positive: abs(value)
    case .negative: -abs(value)
    }
  }
}

extension Plan {
  /// Draws the relations of all sparse connections, and makes room for the longest delay of those whose delays are
  /// drawn or learned. What executes a plan needs this done first.
  public mutating func draw(seed: UInt64) {
    var longest: [Int: Int] = [:]
    for index in connections.indices {
      guard var relation = Relation(drawing: connections[index], step: step, seed: seed, graph: graph) else { continue }
      if events == nil, let delay = connections[index].delayParameter {
        relation.interpolate(longest: longestDelay(parameters[delay]))
      }
      relations[index] = relation
      guard let delays = relation.delays else { continue }
      longest[index] = max(Int(delays.max() ?? 1), 2)
      connections[index].delay = longest[index]!
    }
    for case .influence(.spread(let connection, let from, _, _)) in reverseTick {
      guard let length = longest[connection], case .ring(let old) = self[from].lifetime else { continue }
      buffers[Int(from.index)].lifetime = .ring(length: max(old, length + 1))
    }
    for case .deliverTransposed(let connection, let from, _, _, _) in reverseTick {
      guard let length = longest[connection], case .ring(let old) = self[from].lifetime else { continue }
      buffers[Int(from.index)].lifetime = .ring(length: max(old, length))
    }
    stretch(longest)
  }

  /// The tick after the longest that a learned delay may become: what its range says, or the run's end.
  private func longestDelay(_ parameter: Parameter) -> Int {
    let end = ticks + 1
    guard let upper = parameter.upper, upper / step < Double(end) else { return max(end, 2) }
    return max(Int((upper / step).rounded(.up)) + 1, 2)
  }
}
