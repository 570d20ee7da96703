import SNN
import SNNIR

/// Values of one expression along units, synapses and ticks: the reference evaluator applied element by element.
struct ArrayEvaluator {
  /// Row-major `[tick][lane]`; a lane is a unit or a synapse.
  struct Value {
    var rows: Int
    var lanes: Int
    var numbers: [Double]

    func at(_ row: Int, _ lane: Int) -> Double {
      numbers[(rows == 1 ? 0 : row) * lanes + (lanes == 1 ? 0 : lane)]
    }

    /// The last row.
    var now: [Double] { Array(numbers.suffix(lanes)) }
  }

  enum Fault: Error {
    /// A leaf that has no value here, by name.
    case missing(String)
    case tooLarge
  }

  let graph: Graph
  /// Ticks of the run: rows are ticks 1 … T.
  let ticks: Int
  /// A leaf's numbers, in internal units.
  let leaf: (Symbol) -> [Double]?

  static let mostNumbers = 50_000_000

  func value(_ root: ValueID) throws(Fault) -> Value {
    var known: [ValueID: Value] = [:]
    for id in graph.reachable(from: [root]) {
      known[id] = try value(of: id, known)
    }
    return known[root] ?? Value(rows: 1, lanes: 1, numbers: [.nan])
  }

  private func value(of id: ValueID, _ known: [ValueID: Value]) throws(Fault) -> Value {
    let node = graph[id]
    let arguments = graph.arguments(id).compactMap { known[$0] }
    switch node.opcode {
    case .load:
      let symbol = graph[SymbolID(Int(node.aux))]
      guard let numbers = leaf(symbol), !numbers.isEmpty else { throw .missing(symbol.name) }
      let rows = symbol.domain.axes.contains(.tick) ? max(ticks, 1) : 1
      return Value(rows: rows, lanes: max(numbers.count / rows, 1), numbers: numbers)
    case .unitIndex:
      let size = node.domain.extent.map { graph[$0].size } ?? 1
      return Value(rows: 1, lanes: size, numbers: (0..<size).map(Double.init))
    case .tickIndex: return Value(rows: max(ticks, 1), lanes: 1, numbers: (0..<max(ticks, 1)).map { Double($0 + 1) })
    case .broadcast: return arguments[0]
    case .reduce, .argreduce: return reduced(node, arguments[0])
    default:
      let rows = arguments.map(\.rows).max() ?? 1
      let lanes = arguments.map(\.lanes).max() ?? 1
      guard rows * lanes <= Self.mostNumbers else { throw .tooLarge }
      var numbers = [Double](repeating: 0, count: rows * lanes)
      var operands = [Double](repeating: 0, count: arguments.count)
      for row in 0..<rows {
        for lane in 0..<lanes {
          for place in arguments.indices { operands[place] = arguments[place].at(row, lane) }
          numbers[row * lanes + lane] = Evaluate.elementwise(node, operands) ?? .nan
        }
      }
      return Value(rows: rows, lanes: lanes, numbers: numbers)
    }
  }

  private func reduced(_ node: Node, _ value: Value) -> Value {
    let reduction = Reduction(aux: node.aux)
    let isTime = reduction.axis == .tick
    if reduction.axis == .sample { return value }
    let outer = isTime ? value.lanes : value.rows
    let inner = isTime ? value.rows : value.lanes
    var numbers: [Double] = []
    for o in 0..<outer {
      var best = 0
      var result = isTime ? value.at(0, o) : value.at(o, 0)
      for i in 1..<max(inner, 1) {
        let x = isTime ? value.at(i, o) : value.at(o, i)
        switch reduction.kind {
        case .sum: result += x
        case .max: if x > result { (result, best) = (x, i) }
        case .min: if x < result { (result, best) = (x, i) }
        case .first: if result == -.infinity { (result, best) = (x, i) }
        case .last: if x > -.infinity { (result, best) = (x, i) }
        }
      }
      numbers.append(node.opcode == .argreduce ? Double(best) : result)
    }
    return isTime
      ? Value(rows: 1, lanes: value.lanes, numbers: numbers) : Value(rows: value.rows, lanes: 1, numbers: numbers)
  }
}
