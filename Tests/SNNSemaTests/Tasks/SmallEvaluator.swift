import SNNIR

/// The slow, obvious meaning of a graph with reductions: every value is an array over the axes of its domain.
struct SmallEvaluator {
  let graph: Graph
  let ticks: Int
  let samples: Int
  /// Number of synapses, by connection.
  var synapses: [Int] = []
  /// Value of a symbol at (tick from 1, sample, unit or synapse).
  var symbol: (Symbol, _ tick: Int, _ sample: Int, _ unit: Int) -> Double

  struct Place: Hashable {
    var tick = 0
    var sample = 0
    var unit = 0
  }

  private func size(_ domain: Domain) -> Int {
    guard let extent = domain.extent else { return 1 }
    return domain.axes.contains(.synapse) ? synapses[Int(extent.index)] : graph[extent].size
  }

  private func places(_ domain: Domain) -> [Place] {
    let ticks = domain.axes.contains(.tick) ? Array(1...self.ticks) : [0]
    let samples = domain.axes.contains(.sample) ? self.samples : 1
    return ticks.flatMap { tick in
      (0..<samples).flatMap { sample in (0..<size(domain)).map { Place(tick: tick, sample: sample, unit: $0) } }
    }
  }

  private func project(_ place: Place, _ domain: Domain) -> Place {
    Place(
      tick: domain.axes.contains(.tick) ? place.tick : 0, sample: domain.axes.contains(.sample) ? place.sample : 0,
      unit: domain.extent == nil ? 0 : place.unit)
  }

  /// By place; `[Place()]` where the value has no axes.
  func values(_ root: ValueID) -> [Place: Double] {
    var known: [ValueID: [Place: Double]] = [:]
    for value in graph.reachable(from: [root]) {
      let node = graph[value]
      let arguments = Array(graph.arguments(value))
      func read(_ argument: ValueID, _ place: Place) -> Double {
        known[argument]![project(place, graph[argument].domain)]!
      }
      var result: [Place: Double] = [:]
      for place in places(node.domain) {
        switch node.opcode {
        case .load: result[place] = symbol(graph[SymbolID(Int(node.aux))], place.tick, place.sample, place.unit)
        case .unitIndex: result[place] = Double(place.unit)
        case .tickIndex: result[place] = Double(place.tick)
        case .reduce, .argreduce:
          let reduction = Reduction(aux: node.aux)
          let inner = places(graph[arguments[0]].domain).filter { project($0, node.domain) == place }
          let numbers = inner.map { read(arguments[0], $0) }
          let best: Double
          switch reduction.kind {
          case .sum: best = numbers.reduce(0, +)
          case .max: best = numbers.max()!
          case .min: best = numbers.min()!
          case .first: best = numbers.first { $0 > -.infinity } ?? -.infinity
          case .last: best = numbers.last { $0 > -.infinity } ?? -.infinity
          }
          if node.opcode == .reduce {
            result[place] = best
          } else {
            let first = inner[numbers.firstIndex(of: best)!]
            result[place] = Double(reduction.axis == .tick ? first.tick : first.unit)
          }
        default: result[place] = Evaluate.elementwise(node, arguments.map { read($0, place) })!
        }
      }
      known[value] = result
    }
    return known[root]!
  }

  /// Of each sample.
  func perSample(_ root: ValueID) -> [Double] {
    let found = values(root)
    return (0..<samples).map { found[Place(sample: $0)] ?? found[Place()]! }
  }
}
