import RealModule

/// The obvious evaluator: one value at a time, in `Double`. It says what each opcode means; constants are folded with
/// it, and the tests hold the interpreter against it.
public enum Evaluate {
  /// Functions of one number; nil for opcodes that are not.
  public static func unary(_ opcode: Opcode, _ x: Double) -> Double? {
    switch opcode {
    case .neg: -x
    case .recip: 1 / x
    case .sqrt: x.squareRoot()
    case .abs: Swift.abs(x)
    case .floor: x.rounded(.down)
    case .sign: x > 0 ? 1 : (x < 0 ? -1 : 0)
    case .exp: Double.exp(x)
    case .expm1: Double.expMinusOne(x)
    case .log: Double.log(x)
    case .log1p: Double.log(onePlus: x)
    case .sin: Double.sin(x)
    case .cos: Double.cos(x)
    case .tanh: Double.tanh(x)
    case .sigmoid: x >= 0 ? 1 / (1 + Double.exp(-x)) : Double.exp(x) / (1 + Double.exp(x))
    case .erf: Double.erf(x)
    case .atan: Double.atan(x)
    case .exprel: x == 0 ? 1 : Double.expMinusOne(x) / x
    case .number, .path, .named, .broadcast: x
    case .not: x == 0 ? 1 : 0
    default: nil
    }
  }

  public static func pow(_ x: Double, _ y: Double) -> Double {
    if let n = Int(exactly: y) { return Double.pow(x, n) }
    return Double.pow(x, y)
  }

  /// The value of one elementwise node; booleans are 0 and 1. Reductions and leaves other than constants are nil.
  public static func elementwise(_ node: Node, _ x: [Double]) -> Double? {
    switch node.opcode {
    case .const: return node.number
    case .add: return x[0] + x[1]
    case .sub: return x[0] - x[1]
    case .mul: return x[0] * x[1]
    case .div: return x[0] / x[1]
    case .pow: return pow(x[0], x[1])
    case .min: return x[1] < x[0] ? x[1] : x[0]
    case .max: return x[1] > x[0] ? x[1] : x[0]
    case .lt: return x[0] < x[1] ? 1 : 0
    case .le: return x[0] <= x[1] ? 1 : 0
    case .gt: return x[0] > x[1] ? 1 : 0
    case .ge: return x[0] >= x[1] ? 1 : 0
    case .eq: return x[0] == x[1] ? 1 : 0
    case .ne: return x[0] != x[1] ? 1 : 0
    case .and: return x[0] != 0 && x[1] != 0 ? 1 : 0
    case .or: return x[0] != 0 || x[1] != 0 ? 1 : 0
    case .select: return x[0] != 0 ? x[1] : x[2]
    case .blend: return x[0] == 1 ? x[1] : (x[0] == 0 ? x[2] : x[0] * x[1] + (1 - x[0]) * x[2])
    case .spike: return x[1] != 0 && (node.aux & 1 == 0 ? x[0] > 0 : x[0] >= 0) ? 1 : 0
    case .bernoulli: return x[0].isNaN ? .nan : x[1] < x[0] && x[2] != 0 ? 1 : 0
    case .poisson: return PoissonQuantile.value(mean: x[0], x[1])
    case .expdd: return ExponentialDifferences.value(x)
    case .expm: return MatrixExponential.value(x)[Int(node.aux)]
    case .expmFrechet:
      let half = x.count / 2
      return MatrixExponential.derivative(Array(x[..<half]), along: Array(x[half...]))[Int(node.aux)]
    case .load, .unitIndex, .tickIndex, .reduce, .argreduce: return nil
    default: return unary(node.opcode, x[0])
    }
  }

  /// Values of `roots`, given those of the symbols they load; nil where one is missing or an axis is reduced.
  public static func values(_ roots: [ValueID], in graph: Graph, _ symbol: (SymbolID) -> Double?) -> [Double?] {
    var known: [ValueID: Double] = [:]
    for value in graph.reachable(from: roots) {
      let node = graph[value]
      if node.opcode == .load {
        known[value] = symbol(SymbolID(Int(node.aux)))
        continue
      }
      var arguments: [Double] = []
      for argument in graph.arguments(value) {
        guard let x = known[argument] else { break }
        arguments.append(x)
      }
      guard arguments.count == Int(node.argumentCount) else { continue }
      known[value] = elementwise(node, arguments)
    }
    return roots.map { known[$0] }
  }
}
