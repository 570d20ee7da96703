import SNNIR

/// Evaluates an expression over data fields and `t` for one sample: `[time][unit]`, with a time axis of 1 where nothing
/// depends on time.
struct SampleEvaluator {
  struct Values {
    var numbers: [Double]
    var times: Int
    var units: Int

    @inline(__always) func at(_ time: Int, _ unit: Int) -> Double {
      numbers[(times == 1 ? 0 : time) * units + (units == 1 ? 0 : unit)]
    }
  }

  let graph: Graph
  let root: ValueID
  private let order: [ValueID]
  private let dependsOnTime: Bool

  init(_ graph: Graph, _ root: ValueID) {
    self.graph = graph
    self.root = root
    order = graph.reachable(from: [root])
    dependsOnTime = order.contains { value in
      guard graph[value].opcode == .load else { return false }
      return graph[SymbolID(Int(graph[value].aux))].kind == .time
    }
  }

  /// - Parameters:
  ///   - ticks: length of the run, for expressions of `t`.
  ///   - step: ms per tick.
  ///   - before: ticks that have passed before the run.
  ///   - symbol: values of a field of this sample, or of a constant.
  func values(ticks: Int, step: Double, before: Int = 0, _ symbol: (SymbolID) -> Values?) -> Values? {
    var known: [ValueID: Values] = [:]
    for value in order {
      let node = graph[value]
      if node.opcode == .load {
        let id = SymbolID(Int(node.aux))
        switch graph[id].kind {
        case .time:
          known[value] = Values(numbers: (before..<before + ticks).map { Double($0) * step }, times: ticks, units: 1)
        case .stepSize: known[value] = Values(numbers: [step], times: 1, units: 1)
        case .tickCount: known[value] = Values(numbers: [Double(ticks)], times: 1, units: 1)
        default: known[value] = symbol(id)
        }
      } else {
        let arguments = graph.arguments(value).map { known[$0] }
        guard !arguments.contains(where: { $0 == nil }) else { return nil }
        known[value] = combine(node, arguments.map { $0! }, ticks)
      }
      if known[value] == nil { return nil }
    }
    return known[root]
  }

  private func combine(_ node: Node, _ arguments: [Values], _ ticks: Int) -> Values? {
    if node.opcode == .tickIndex { return Values(numbers: (0..<ticks).map(Double.init), times: ticks, units: 1) }
    let times = arguments.map(\.times).max() ?? 1
    let units = arguments.map(\.units).max() ?? 1
    for x in arguments where (x.times != 1 && x.times != times) || (x.units != 1 && x.units != units) { return nil }
    var result = Values(numbers: [], times: times, units: units)
    result.numbers.reserveCapacity(times * units)
    for time in 0..<times {
      for unit in 0..<units {
        guard let number = Evaluate.elementwise(node, arguments.map { $0.at(time, unit) }) else { return nil }
        result.numbers.append(number)
      }
    }
    return result
  }
}
