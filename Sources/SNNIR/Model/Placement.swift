import RealModule

/// Where the units of a population are, in the plane (or on a line, or in space), in µm. The middle of what is laid
/// out is the origin, so that sheets of different spacing lie on each other.
public enum Placement: Hashable, Sendable {
  /// Units in rows, the last axis fastest, `spacing` apart by axis. Where a population has more units than the grid
  /// has points, every point carries a column of them: unit u is at point u mod points (channels of one place).
  case grid(shape: [Int], spacing: [Double])
  /// Independent and uniform in a box with these sides; keyed by the path.
  case uniform(sides: [Double], path: String)

  public var dimensions: Int {
    switch self {
    case .grid(let shape, _): shape.count
    case .uniform(let sides, _): sides.count
    }
  }

  /// Sides of the box that is repeated where space is periodic.
  public var box: [Double] {
    switch self {
    case .grid(let shape, let spacing): zip(shape, spacing).map { Double($0) * $1 }
    case .uniform(let sides, _): sides
    }
  }

  /// `[unit][axis]`.
  public func positions(_ units: Range<Int>, seed: UInt64) -> [[Double]] {
    switch self {
    case .grid(let shape, let spacing):
      let points = max(shape.reduce(1, *), 1)
      return units.map { unit in
        var rest = unit % points
        var result = [Double](repeating: 0, count: shape.count)
        for axis in shape.indices.reversed() {
          result[axis] = (Double(rest % shape[axis]) - Double(shape[axis] - 1) / 2) * spacing[axis]
          rest /= shape[axis]
        }
        return result
      }
    case .uniform(let sides, let path):
      let stream = RandomStream(seed: seed, path: path)
      return units.map { unit in
        sides.indices.map { (stream.uniform(index: $0, sample: unit) - 0.5) * sides[$0] }
      }
    }
  }
}

/// How far apart the units of a connection are, and what of it depends on that.
public struct Geometry: Hashable, Sendable {
  public var sources: Placement
  public var targets: Placement
  /// Distances go round the box of the targets.
  public var isPeriodic: Bool
  /// Stands for the distance in `probability`, `delay` and the connection's weight.
  public var distance: SymbolID
  /// ms, rounded to ticks, at least 1; nil: the connection's delay.
  public var delay: ValueID?

  public init(
    sources: Placement, targets: Placement, isPeriodic: Bool = false, distance: SymbolID, delay: ValueID? = nil
  ) {
    self.sources = sources
    self.targets = targets
    self.isPeriodic = isPeriodic
    self.distance = distance
    self.delay = delay
  }

  /// Positions of both sides of a connection, to measure between.
  struct Measure {
    let sources: [[Double]]
    let targets: [[Double]]
    let box: [Double]?

    init(_ geometry: Geometry, _ connection: Connection, seed: UInt64) {
      sources = geometry.sources.positions(connection.sourceRange, seed: seed)
      targets = geometry.targets.positions(connection.targetRange, seed: seed)
      box = geometry.isPeriodic ? geometry.targets.box : nil
    }

    func callAsFunction(_ source: Int, _ target: Int) -> Double {
      var sum = 0.0
      for axis in sources[source].indices {
        var difference = sources[source][axis] - targets[target][axis]
        if let box, box[axis] > 0 { difference -= box[axis] * (difference / box[axis]).rounded() }
        sum += difference * difference
      }
      return sum.squareRoot()
    }
  }
}

/// An expression over one symbol, ready to be evaluated many times: equal arguments are computed once.
struct ScalarFunction {
  private let graph: Graph
  private let value: ValueID
  private let symbol: SymbolID
  private var known: [UInt64: Double] = [:]

  init(_ value: ValueID, of symbol: SymbolID, in graph: Graph) {
    (self.value, self.symbol, self.graph) = (value, symbol, graph)
  }

  mutating func callAsFunction(_ x: Double) -> Double {
    if let result = known[x.bitPattern] { return result }
    let result = Evaluate.values([value], in: graph) { $0 == symbol ? x : nil }[0] ?? .nan
    if known.count < 1 << 20 { known[x.bitPattern] = result }
    return result
  }
}
