import RealModule
import SNNIR

/// Initial values of parameters and of drawn states: in internal units and file order.
public enum ParameterInit {
  /// Natural values of a parameter. Draws are keyed by (seed, name, index in file order).
  ///
  /// - Parameters:
  ///   - known: value of a parameter's symbol, for initial values that are expressions over others; only single numbers
  ///     can be read.
  /// - Throws: `RuntimeError.distribution`, `.parameterShape`.
  public static func values(
    of parameter: Parameter, in plan: Plan, seed: UInt64, known: (SymbolID) -> Double? = { _ in nil }
  ) throws -> [Double] {
    let shape = shape(of: parameter, in: plan)
    return try values(
      parameter.initial, name: parameter.name, shape: shape, graph: plan.graph, seed: seed, known: known)
  }

  /// Every parameter of a plan, in order; expressions may read scalar parameters that stand before them.
  public static func all(_ plan: Plan, seed: UInt64) throws -> [[Double]] {
    var result: [[Double]] = []
    var numbers: [SymbolID: Double] = [:]
    for (index, symbol) in plan.graph.symbols.enumerated() where symbol.kind == .stepSize {
      numbers[SymbolID(index)] = plan.step
    }
    for parameter in plan.parameters {
      let values = try values(of: parameter, in: plan, seed: seed) { numbers[$0] }
      if values.count == 1 { numbers[parameter.symbol] = values[0] }
      result.append(values)
    }
    return result
  }

  /// The values of a state at tick 0, one per unit.
  public static func state(
    _ initial: Initial, name: String, units: Int, graph: Graph, seed: UInt64,
    known: (SymbolID) -> Double? = { _ in nil }
  ) throws -> [Double] {
    try values(
      initial, name: name, shape: Shape(rows: units, columns: 1), graph: graph, seed: seed, known: known)
  }

  /// `[post, pre]`, or one column.
  struct Shape {
    var rows: Int
    var columns: Int
    var isMatrix = false
    var count: Int { rows * columns }
  }

  static func shape(of parameter: Parameter, in plan: Plan) -> Shape {
    switch parameter.shape {
    case .scalar: return Shape(rows: 1, columns: 1)
    case .perUnit(let population): return Shape(rows: plan.graph[plan.populations[population]].size, columns: 1)
    case .synapses(let index):
      let connection = plan.connections[index]
      return connection.pattern == .oneToOne
        ? Shape(rows: connection.targetRange.count, columns: 1)
        : Shape(rows: connection.targetRange.count, columns: connection.sourceRange.count, isMatrix: true)
    }
  }

  private static func values(
    _ initial: Initial, name: String, shape: Shape, graph: Graph, seed: UInt64, known: (SymbolID) -> Double?
  ) throws -> [Double] {
    switch initial {
    case .given(let values):
      if values.count == shape.count { return values }
      guard values.count == 1 else {
        throw RuntimeError.parameterShape(name: name, expected: shape.count, found: values.count)
      }
      return Array(repeating: values[0], count: shape.count)
    case .value(let value):
      guard let x = Evaluate.values([value], in: graph, known)[0] else {
        throw RuntimeError.distribution(name: name, reason: "its value depends on something that has none yet")
      }
      return Array(repeating: x, count: shape.count)
    case .draw(let distribution):
      return try draw(distribution, name: name, shape: shape, stream: RandomStream(seed: seed, path: name))
    }
  }

  private static func draw(
    _ distribution: Distribution, name: String, shape: Shape, stream: RandomStream
  ) throws -> [Double] {
    let a = distribution.arguments
    func argument(_ index: Int, _ standard: Double) -> Double { index < a.count ? a[index] : standard }
    func each(_ value: (Int) -> Double) -> [Double] { (0..<shape.count).map { value($0) * distribution.scale } }
    // One input per unit where there is no matrix.
    let fanIn = Double(shape.isMatrix ? shape.columns : 1)
    let fanOut = Double(shape.isMatrix ? shape.rows : 1)
    switch distribution.kind {
    case .constant: return each { _ in argument(0, 0) }
    case .normal: return each { argument(0, 0) + argument(1, 1) * stream.normal(index: $0) }
    case .lognormal: return each { .exp(argument(0, 0) + argument(1, 1) * stream.normal(index: $0)) }
    case .uniform:
      let (low, high) = (argument(0, 0), argument(1, 1))
      return each { low + (high - low) * stream.uniform(index: $0) }
    case .kaiming:
      // He et al. 2015, eq. 10, with the fan of the incoming side.
      let deviation = argument(0, 2.0.squareRoot()) / fanIn.squareRoot()
      return each { deviation * stream.normal(index: $0) }
    case .xavier:
      // Glorot & Bengio 2010, eq. 16.
      let bound = argument(0, 1) * (6 / (fanIn + fanOut)).squareRoot()
      return each { bound * (2 * stream.uniform(index: $0) - 1) }
    case .orthogonal:
      guard shape.isMatrix else {
        throw RuntimeError.distribution(name: name, reason: "orthogonal needs a matrix")
      }
      return orthogonal(shape, argument(0, 1) * distribution.scale, stream)
    }
  }

  /// Rows (or, where there are more rows than columns, columns) that are orthonormal: Gram-Schmidt, done twice, on a
  /// normal matrix (Saxe, McClelland & Ganguli 2014).
  private static func orthogonal(_ shape: Shape, _ gain: Double, _ stream: RandomStream) -> [Double] {
    let isWide = shape.columns >= shape.rows
    let count = min(shape.rows, shape.columns)
    let length = max(shape.rows, shape.columns)
    func index(_ vector: Int, _ k: Int) -> Int {
      isWide ? vector * shape.columns + k : k * shape.columns + vector
    }
    var result = (0..<shape.count).map { stream.normal(index: $0) }
    for vector in 0..<count {
      for _ in 0..<2 {
        for earlier in 0..<vector {
          var product = 0.0
          for k in 0..<length { product += result[index(vector, k)] * result[index(earlier, k)] }
          for k in 0..<length { result[index(vector, k)] -= product * result[index(earlier, k)] }
        }
        var norm = 0.0
        for k in 0..<length { norm += result[index(vector, k)] * result[index(vector, k)] }
        norm = norm.squareRoot()
        for k in 0..<length { result[index(vector, k)] /= norm }
      }
    }
    return result.map { $0 * gain }
  }
}
