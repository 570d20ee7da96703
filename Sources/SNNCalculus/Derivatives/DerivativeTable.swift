import SNNIR

/// What a learning rule says about derivatives: which surrogate each population uses and which paths are cut.
public struct DerivativeContext: Sendable {
  /// By population.
  public var surrogates: [Surrogate]
  public var cutPaths: Set<PathTag>
  /// Whether a spike by chance has the derivative of its probability. Where not, it is a number like those of the data.
  public var followsChance = true

  public init(surrogates: [Surrogate], cutPaths: Set<PathTag> = [], followsChance: Bool = true) {
    self.surrogates = surrogates
    self.cutPaths = cutPaths
    self.followsChance = followsChance
  }

  func cuts(_ tag: PathTag) -> Bool { tag.kind == .detach || cutPaths.contains(tag) }
}

/// The derivative table: for each opcode, what the adjoint of its value adds to the adjoints of its arguments.
/// One entry per opcode; those without a derivative say so here and nowhere else.
enum DerivativeTable {
  /// Whether any derivative passes through the operation at all.
  static func isDifferentiable(_ opcode: Opcode) -> Bool {
    switch opcode {
    case .lt, .le, .gt, .ge, .eq, .ne, .and, .or, .not, .number, .floor, .sign, .argreduce, .const, .load, .unitIndex,
      .tickIndex, .expmFrechet, .poisson:
      false
    default: true
    }
  }

  /// Contributions to the arguments of `value`, given its adjoint; zero entries are left out.
  static func contributions(
    of value: ValueID, adjoint g: ValueID, in graph: inout Graph, _ context: DerivativeContext
  ) -> [(argument: ValueID, adjoint: ValueID)] {
    let node = graph[value]
    let x = Array(graph.arguments(value))
    let zero = graph.const(0)
    switch node.opcode {
    case .add: return [(x[0], g), (x[1], g)]
    case .sub: return [(x[0], g), (x[1], graph.neg(g))]
    case .mul: return [(x[0], graph.mul(g, x[1])), (x[1], graph.mul(g, x[0]))]
    case .div: return [(x[0], graph.div(g, x[1])), (x[1], graph.neg(graph.div(graph.mul(g, value), x[1])))]
    case .neg: return [(x[0], graph.neg(g))]
    case .recip: return [(x[0], graph.neg(graph.mul(g, graph.mul(value, value))))]
    case .sqrt: return [(x[0], graph.div(graph.mul(g, graph.const(0.5)), value))]
    case .pow:
      let lower = graph.pow(x[0], graph.sub(x[1], graph.const(1)))
      var result = [(x[0], graph.mul(g, graph.mul(x[1], lower)))]
      if graph.constant(x[1]) == nil {
        result.append((x[1], graph.mul(g, graph.mul(value, graph.unary(.log, x[0])))))
      }
      return result
    case .abs: return [(x[0], graph.mul(g, graph.unary(.sign, x[0])))]
    case .min:
      let first = graph.compare(.lt, x[0], x[1])
      return [(x[0], graph.select(first, g, zero)), (x[1], graph.select(first, zero, g))]
    case .max:
      let first = graph.compare(.gt, x[0], x[1])
      return [(x[0], graph.select(first, g, zero)), (x[1], graph.select(first, zero, g))]
    case .exp: return [(x[0], graph.mul(g, value))]
    case .expm1: return [(x[0], graph.mul(g, graph.exp(x[0])))]
    case .log: return [(x[0], graph.div(g, x[0]))]
    case .log1p: return [(x[0], graph.div(g, graph.add(graph.const(1), x[0])))]
    case .sin: return [(x[0], graph.mul(g, graph.unary(.cos, x[0])))]
    case .cos: return [(x[0], graph.neg(graph.mul(g, graph.unary(.sin, x[0]))))]
    case .tanh: return [(x[0], graph.mul(g, graph.sub(graph.const(1), graph.mul(value, value))))]
    case .sigmoid: return [(x[0], graph.mul(g, graph.mul(value, graph.sub(graph.const(1), value))))]
    case .erf:
      let bell = graph.exp(graph.neg(graph.mul(x[0], x[0])))
      return [(x[0], graph.mul(g, graph.mul(graph.const(2 / Double.pi.squareRoot()), bell)))]
    case .atan: return [(x[0], graph.div(g, graph.add(graph.const(1), graph.mul(x[0], x[0]))))]
    case .exprel: return [(x[0], graph.mul(g, exprelDerivative(x[0], value, in: &graph)))]
    case .expdd:
      // d/dx_i of a divided difference repeats x_i.
      return x.indices.map { (x[$0], graph.mul(g, graph.expdd(x + [x[$0]]))) }
    case .expm: return expmContributions(x, entry: node.aux, adjoint: g, in: &graph)
    case .select: return [(x[1], graph.select(x[0], g, zero)), (x[2], graph.select(x[0], zero, g))]
    case .blend:
      return [
        (x[0], graph.mul(g, graph.sub(x[1], x[2]))), (x[1], graph.blend(x[0], g, zero)),
        (x[2], graph.blend(x[0], zero, g)),
      ]
    case .spike:
      let surrogate = context.surrogates[Int(node.aux >> 1)]
      let h = SurrogateTable.derivative(surrogate, at: x[0], in: &graph)
      let product = graph.mul(g, h)
      return [(x[0], graph.constant(x[1]) == 1 ? product : graph.select(x[1], product, zero))]
    case .bernoulli:
      guard context.followsChance else { return [] }
      return [(x[0], graph.constant(x[2]) == 1 ? g : graph.select(x[2], g, zero))]
    case .path: return context.cuts(PathTag(aux: node.aux)) ? [] : [(x[0], g)]
    case .named, .broadcast: return [(x[0], g)]
    case .reduce: return reduceContributions(value, x[0], adjoint: g, in: &graph)
    case .lt, .le, .gt, .ge, .eq, .ne, .and, .or, .not, .number, .floor, .sign, .argreduce, .const, .load, .unitIndex,
      .tickIndex, .expmFrechet, .poisson:
      return []
    }
  }

  /// exprel'(x) = (e^x - exprel(x)) / x, by its series where that cancels.
  private static func exprelDerivative(_ x: ValueID, _ value: ValueID, in graph: inout Graph) -> ValueID {
    if graph[x].domain.phase == .once { return graph.expdd([graph.const(0), x, x]) }
    // The coefficients 1 / (k! (k + 2)); at |x| = 0.1 the first one left out is below rounding.
    let coefficients = [2.0, 3, 8, 30, 144, 840, 5760, 45360, 403_200].map { 1 / $0 }
    var series = graph.const(coefficients.last!)
    for coefficient in coefficients.dropLast().reversed() {
      series = graph.add(graph.mul(series, x), graph.const(coefficient))
    }
    let direct = graph.div(graph.sub(graph.exp(x), value), x)
    let isSmall = graph.compare(.lt, graph.unary(.abs, x), graph.const(0.1))
    return graph.select(isSmall, series, direct)
  }

  /// The adjoint of one entry (r, c) of exp(A) is the Fréchet derivative at Aᵀ in the direction that has a 1 at (r, c):
  /// one block exponential for all entries of A.
  private static func expmContributions(
    _ matrix: [ValueID], entry: Int32, adjoint g: ValueID, in graph: inout Graph
  ) -> [(argument: ValueID, adjoint: ValueID)] {
    let n = Int(Double(matrix.count).squareRoot().rounded())
    var transposed = matrix
    for i in 0..<n { for j in 0..<n { transposed[i * n + j] = matrix[j * n + i] } }
    var direction = Array(repeating: graph.const(0), count: n * n)
    direction[Int(entry)] = graph.const(1)
    return matrix.indices.compactMap { k in
      guard graph.constant(matrix[k]) == nil else { return nil }
      return (matrix[k], graph.mul(g, graph.expmFrechet(transposed, direction, entry: Int32(k))))
    }
  }

  private static func reduceContributions(
    _ value: ValueID, _ x: ValueID, adjoint g: ValueID, in graph: inout Graph
  ) -> [(argument: ValueID, adjoint: ValueID)] {
    let reduction = Reduction(aux: graph[value].aux)
    let spread = graph.broadcast(g, to: graph[x].domain)
    guard reduction.kind != .sum else { return [(x, spread)] }
    let index: ValueID
    switch reduction.axis {
    case .tick: index = graph.tickIndex()
    case .unit:
      guard let extent = graph[x].domain.extent else { return [] }
      index = graph.unitIndex(extent)
    default: return []
    }
    let winner = graph.argreduce(reduction.kind, over: reduction.axis, x)
    return [(x, graph.select(graph.compare(.eq, index, winner), spread, graph.const(0)))]
  }
}
