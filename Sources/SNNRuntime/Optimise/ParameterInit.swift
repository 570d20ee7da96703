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
    if case .synapses(let index) = parameter.shape, case .value(let value) = parameter.initial,
      let geometry = plan.connections[index].sparsity?.geometry, let distances = plan.relations[index]?.distances,
      plan.graph.loadedSymbols([value]).contains(geometry.distance)
    {
      // Neurons on a grid are often equally far apart.
      var values: [Double: Double] = [:]
      return try distances.map { distance in
        if let x = values[distance] { return x }
        let x = Evaluate.values([value], in: plan.graph) { $0 == geometry.distance ? distance : known($0) }[0]
        guard let x else {
          throw RuntimeError.distribution(
            name: parameter.name, reason: "its value depends on something that has none yet")
        }
        values[distance] = x
        return x
      }
    }
    let values = try values(
      parameter.initial, name: parameter.name, shape: shape, graph: plan.graph, seed: seed, known: known)
    guard case .draw(let distribution) = parameter.initial else { return values }
    return try confined(values, of: parameter, distribution, shape, seed: seed)
  }

  /// What was drawn outside the parameter's range is drawn again, each element by itself, until it falls inside: the
  /// distribution is truncated. A learned value may not lie on a bound, not even rounded to single precision.
  private static func confined(
    _ values: [Double], of parameter: Parameter, _ distribution: Distribution, _ shape: Shape, seed: UInt64
  ) throws -> [Double] {
    let (lower, upper) = (parameter.lower ?? -.infinity, parameter.upper ?? .infinity)
    if lower == -.infinity, upper == .infinity { return values }
    func isInside(_ x: Double) -> Bool {
      parameter.isLearnable
        ? x > lower && x < upper && (Float(x) > Float(lower) || lower == -.infinity)
          && (Float(x) < Float(upper) || upper == .infinity)
        : x >= lower && x <= upper
    }
    if distribution.kind == .orthogonal {
      guard values.allSatisfy(isInside) else {
        throw RuntimeError.distribution(
          name: parameter.name, reason: "an orthogonal matrix has elements outside the range")
      }
      return values
    }
    let most = 1000
    var result = values
    for index in values.indices where !isInside(values[index]) {
      var attempt = 0
      repeat {
        attempt += 1
        guard attempt <= most else {
          throw RuntimeError.distribution(
            name: parameter.name, reason: "none of \(most) draws falls into its range")
        }
        let stream = RandomStream(seed: seed, path: "\(parameter.name), draw \(attempt + 1)")
        result[index] = distribution.element(index, stream, fanIn: shape.fanIn, fanOut: shape.fanOut)
      } while !isInside(result[index])
    }
    return result
  }

  /// Every parameter of a plan, in order; expressions may read scalar parameters that stand before them.
  public static func all(_ plan: Plan, seed: UInt64) throws -> [[Double]] {
    var result: [[Double]] = []
    var numbers: [SymbolID: Double] = [:]
    for (index, symbol) in plan.graph.symbols.enumerated() where symbol.kind == .stepSize {
      numbers[SymbolID(index)] = plan.step
    }
    for (index, parameter) in plan.parameters.enumerated() {
      let values = try values(of: parameter, in: plan, seed: plan.ownSeeds[index] ?? seed) { numbers[$0] }
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
    var fanIn = 1.0
    var fanOut = 1.0
    var count: Int { rows * columns }
  }

  static func shape(of parameter: Parameter, in plan: Plan) -> Shape {
    switch parameter.shape {
    case .scalar: return Shape(rows: 1, columns: 1)
    case .perUnit(let population): return Shape(rows: plan.graph[plan.populations[population]].size, columns: 1)
    case .synapses(let index):
      let connection = plan.connections[index]
      let fans = connection.fans
      switch connection.pattern {
      case .all:
        return Shape(
          rows: connection.targetRange.count, columns: connection.sourceRange.count, isMatrix: true, fanIn: fans.into,
          fanOut: fans.outOf)
      case .oneToOne: return Shape(rows: connection.targetRange.count, columns: 1)
      case .sparse:
        // A kernel is orthogonal as the matrix [out, in x height x width], as deep-learning frameworks have it.
        if let kernel = connection.sparsity?.convolution, !kernel.isPooling {
          return Shape(
            rows: kernel.target[0], columns: kernel.weightCount / max(kernel.target[0], 1), isMatrix: true,
            fanIn: fans.into, fanOut: fans.outOf)
        }
        return Shape(
          rows: plan.relations[index]?.weightCount ?? 0, columns: 1, fanIn: fans.into, fanOut: fans.outOf)
      }
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
    switch distribution.kind {
    case .constant, .normal, .lognormal, .uniform, .kaiming, .xavier:
      return (0..<shape.count).map {
        distribution.element($0, stream, fanIn: shape.fanIn, fanOut: shape.fanOut)
      }
    case .orthogonal:
      guard shape.isMatrix else {
        throw RuntimeError.distribution(name: name, reason: "orthogonal needs a matrix")
      }
      let gain = (distribution.arguments.first ?? 1) * distribution.scale
      return orthogonal(shape, gain, stream).map(distribution.signed)
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
