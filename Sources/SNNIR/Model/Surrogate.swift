/// A surrogate for the derivative of a spike: h(z) / scale with z = (left - right) / scale
/// (`learning-rules`, section 3 of the reference documentation; Zenke & Vogels 2021 on why the scale matters).
public struct Surrogate: Hashable, Sendable {
  public enum Shape: Hashable, Sendable {
    case none
    case fastSigmoid(slope: Double)
    case superspike(beta: Double)
    case sigmoid(slope: Double)
    case piecewiseLinear(gain: Double, width: Double)
    case exponential(gain: Double, slope: Double)
    case arctan(slope: Double)
    case gaussian(deviation: Double)
    case multiGaussian(h: Double, deviation: Double)
    case boxcar(width: Double)
    case straightThrough
    case leakyReLU(width: Double, leak: Double)
    case tanh(slope: Double)
    /// A user's own: `value` over the symbol `argument`; the derivative itself, or its primitive.
    case custom(name: String, value: ValueID, argument: SymbolID, isPrimitive: Bool)
  }
  public var shape: Shape
  /// In internal units of the sides of `spike when`.
  public var scale: Double

  public init(_ shape: Shape, scale: Double = 1) {
    self.shape = shape
    self.scale = scale
  }
}
