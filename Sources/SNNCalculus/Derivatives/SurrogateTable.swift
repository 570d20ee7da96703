import SNNIR

/// One entry per surrogate: its derivative h(z), and the primitive whose derivative that is (what soft spikes use).
/// All are written so that they stay finite for |z| up to 1e6 and beyond.
public enum SurrogateTable {
  /// d spike / d margin = h(margin / scale) / scale.
  static func derivative(_ surrogate: Surrogate, at margin: ValueID, in graph: inout Graph) -> ValueID {
    let z = surrogate.scale == 1 ? margin : graph.mul(margin, graph.const(1 / surrogate.scale))
    let h = shape(surrogate.shape, at: z, in: &graph)
    return surrogate.scale == 1 ? h : graph.mul(h, graph.const(1 / surrogate.scale))
  }

  /// h over z.
  public static func shape(_ shape: Surrogate.Shape, at z: ValueID, in graph: inout Graph) -> ValueID {
    let one = graph.const(1)
    let zero = graph.const(0)
    func magnitude(_ graph: inout Graph) -> ValueID { graph.unary(.abs, z) }
    switch shape {
    case .none: return zero
    case .fastSigmoid(let k):
      let base = graph.add(graph.mul(graph.const(k), magnitude(&graph)), one)
      return graph.div(one, graph.mul(base, base))
    case .superspike(let beta):
      let base = graph.add(graph.mul(graph.const(beta), magnitude(&graph)), one)
      return graph.div(graph.const(beta), graph.mul(base, base))
    case .sigmoid(let k):
      let s = graph.unary(.sigmoid, graph.mul(graph.const(k), z))
      return graph.mul(graph.const(k), graph.mul(s, graph.sub(one, s)))
    case .piecewiseLinear(let gain, let width):
      let ramp = graph.sub(one, graph.mul(magnitude(&graph), graph.const(1 / width)))
      return graph.mul(graph.const(gain), graph.max(ramp, zero))
    case .exponential(let gain, let k):
      return graph.mul(graph.const(gain), graph.exp(graph.mul(graph.const(-k), magnitude(&graph))))
    case .arctan(let k):
      let u = graph.mul(graph.const(.pi * k / 2), z)
      return graph.div(graph.const(k / 2), graph.add(one, graph.mul(u, u)))
    case .gaussian(let s): return bell(z, deviation: s, in: &graph)
    case .multiGaussian(let h, let s):
      let centre = graph.mul(graph.const(1 + h), bell(z, deviation: s, in: &graph))
      let right = bell(graph.sub(z, graph.const(s)), deviation: 6 * s, in: &graph)
      let left = bell(graph.add(z, graph.const(s)), deviation: 6 * s, in: &graph)
      return graph.sub(centre, graph.mul(graph.const(h), graph.add(left, right)))
    case .boxcar(let width):
      let inside = graph.compare(.le, magnitude(&graph), graph.const(width / 2))
      return graph.select(inside, graph.const(1 / width), zero)
    case .straightThrough: return one
    case .leakyReLU(let width, let leak):
      let inside = graph.compare(.le, magnitude(&graph), graph.const(width / 2))
      return graph.select(inside, graph.const(1 / width), graph.const(leak))
    case .tanh(let k):
      let t = graph.unary(.tanh, graph.mul(graph.const(k), z))
      return graph.mul(graph.const(k), graph.sub(one, graph.mul(t, t)))
    case .custom(_, let value, let argument, let isPrimitive):
      guard isPrimitive else { return graph.substitute(value, [argument: z]) }
      // A user's primitive is differentiated once, over its own argument.
      let context = DerivativeContext(surrogates: [])
      let argumentValue = graph.load(argument)
      let seed = graph.const(1)
      let adjoints = graph.adjoints(of: [(value, seed)], with: [argumentValue], context)
      return graph.substitute(adjoints[argumentValue] ?? zero, [argument: z])
    }
  }

  /// A soft spike: a primitive of the derivative over the margin, 0 far below the threshold where it has a limit there.
  /// nil: the shape has none in closed form (a user's own derivative).
  public static func primitive(_ surrogate: Surrogate, at margin: ValueID, in graph: inout Graph) -> ValueID? {
    let z = surrogate.scale == 1 ? margin : graph.mul(margin, graph.const(1 / surrogate.scale))
    let one = graph.const(1)
    let zero = graph.const(0)
    let half = graph.const(0.5)
    switch surrogate.shape {
    case .none: return nil
    case .fastSigmoid(let k):
      let base = graph.add(graph.mul(graph.const(k), graph.unary(.abs, z)), one)
      return graph.add(graph.div(z, base), graph.const(1 / k))
    case .superspike(let beta):
      let u = graph.mul(graph.const(beta), z)
      return graph.add(graph.div(u, graph.add(graph.unary(.abs, u), one)), one)
    case .sigmoid(let k): return graph.unary(.sigmoid, graph.mul(graph.const(k), z))
    case .piecewiseLinear(let gain, let width):
      // With u = z / w held in [-1, 1]: g w (u - u|u|/2 + 1/2).
      let u = graph.max(graph.min(graph.mul(z, graph.const(1 / width)), one), graph.const(-1))
      let bend = graph.mul(half, graph.mul(u, graph.unary(.abs, u)))
      return graph.mul(graph.const(gain * width), graph.add(graph.sub(u, bend), half))
    case .exponential(let gain, let k):
      let tail = graph.exp(graph.mul(graph.const(-k), graph.unary(.abs, z)))
      let below = graph.compare(.lt, z, zero)
      return graph.mul(graph.const(gain / k), graph.select(below, tail, graph.sub(graph.const(2), tail)))
    case .arctan(let k):
      let angle = graph.unary(.atan, graph.mul(graph.const(.pi * k / 2), z))
      return graph.add(graph.mul(graph.const(1 / .pi), angle), half)
    case .gaussian(let s): return cumulative(z, deviation: s, in: &graph)
    case .multiGaussian(let h, let s):
      let centre = graph.mul(graph.const(1 + h), cumulative(z, deviation: s, in: &graph))
      let right = cumulative(graph.sub(z, graph.const(s)), deviation: 6 * s, in: &graph)
      let left = cumulative(graph.add(z, graph.const(s)), deviation: 6 * s, in: &graph)
      return graph.sub(centre, graph.mul(graph.const(h), graph.add(left, right)))
    case .boxcar(let width):
      let u = graph.add(graph.mul(z, graph.const(1 / width)), half)
      return graph.max(graph.min(u, one), zero)
    case .straightThrough: return z
    case .leakyReLU(let width, let leak):
      let inner = graph.max(graph.min(z, graph.const(width / 2)), graph.const(-width / 2))
      let outer = graph.sub(z, inner)
      let sum = graph.add(graph.mul(inner, graph.const(1 / width)), graph.mul(outer, graph.const(leak)))
      return graph.add(sum, half)
    case .tanh(let k): return graph.add(graph.unary(.tanh, graph.mul(graph.const(k), z)), one)
    case .custom(_, let value, let argument, let isPrimitive):
      return isPrimitive ? graph.substitute(value, [argument: z]) : nil
    }
  }

  private static func bell(_ x: ValueID, deviation s: Double, in graph: inout Graph) -> ValueID {
    let u = graph.mul(x, graph.const(1 / s))
    let density = graph.exp(graph.mul(graph.const(-0.5), graph.mul(u, u)))
    return graph.mul(graph.const(1 / (s * (2 * Double.pi).squareRoot())), density)
  }

  private static func cumulative(_ x: ValueID, deviation s: Double, in graph: inout Graph) -> ValueID {
    let u = graph.unary(.erf, graph.mul(x, graph.const(1 / (s * 2.0.squareRoot()))))
    return graph.mul(graph.const(0.5), graph.add(graph.const(1), u))
  }
}
