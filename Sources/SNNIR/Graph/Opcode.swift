/// Every scalar operation there is. The table below (`Opcode.info`) gives name and arity; the derivative rules are in
/// `SNNCalculus/Derivatives`, the lane kernels in `SNNRuntime`, the reference values in `Evaluate`.
public enum Opcode: UInt8, CaseIterable, Hashable, Sendable {
  // Leaves.
  /// A number: `Node.number`.
  case const
  /// The value of symbol `Node.aux`.
  case load
  /// `named(x)`: the identity; its value is printed as symbol `Node.aux`, whose definition is `x`.
  case named

  // Arithmetic.
  case add, sub, mul, div, neg, recip, sqrt, pow, abs, min, max
  /// Largest whole number not above; sign in {-1, 0, 1}.
  case floor, sign

  // Functions.
  case exp, expm1, log, log1p, sin, cos, tanh, sigmoid, erf, atan
  /// `exprel(x) = (e^x - 1) / x`, 1 at 0: the divided difference `expdd(0, x)`.
  case exprel
  /// `expdd(x0, …, xk)`: the divided difference of exp at the k + 1 arguments, repeated ones included.
  case expdd
  /// `expm(a11, a12, …, ann)`: entry `Node.aux = row * n + column` of the exponential of the n x n matrix.
  case expm
  /// `expmFrechet(a11…ann, e11…enn)`: entry `aux` of the derivative of the matrix exponential at A in direction E.
  case expmFrechet

  // Choice. Comparisons give booleans and have no derivative.
  case lt, le, gt, ge, eq, ne, and, or, not
  /// `select(c, a, b)`: a where c holds, else b; not arithmetic, so the branch not taken may be anything.
  case select
  /// 1 where the boolean holds, else 0; no derivative.
  case number

  // Spikes.
  /// `spike(x, enable)`: 1 where x > 0 (aux bit 0 set: x >= 0) and enabled, else 0. `aux >> 1` is the population, whose
  /// surrogate stands for the derivative.
  case spike
  /// `bernoulli(p, u, enable)`: 1 where the uniform number u is below p and enabled, else 0. Its derivative by p is 1, that
  /// of its mean.
  case bernoulli
  /// `poisson(m, u)`: the count that a Poisson variable of mean m stays at or below with probability u; no derivative.
  case poisson
  /// What an `on spike` assignment lowers to: a where s = 1 (a choice), else b; soft spikes mix: `s a + (1 - s) b`.
  case blend
  /// The identity forward; aux is a `PathTag`, which a learning rule keeps, cuts or replaces in the derivative.
  case path

  // Axes.
  /// `broadcast(x)` to the domain of the node.
  case broadcast
  /// `reduce(x)`: sum, max or min over one axis: aux is a `Reduction`.
  case reduce
  /// `argreduce(x)`: the first index at which the extreme is met; no derivative.
  case argreduce
  /// Index of the lane along the unit axis, the tick number, the sample's index in the batch.
  case unitIndex, tickIndex
}

public struct OpcodeInfo: Sendable {
  public let name: String
  /// nil: any number of arguments.
  public let arity: Int?
  public let isBoolean: Bool
}

extension Opcode {
  public var name: String { String(describing: self) }

  /// What `info` says too, without the name, which takes longer than the rest of building an operation.
  var isBoolean: Bool {
    switch self {
    case .lt, .le, .gt, .ge, .eq, .ne, .and, .or, .not: true
    default: false
    }
  }

  public var info: OpcodeInfo {
    switch self {
    case .const, .load, .unitIndex, .tickIndex: OpcodeInfo(name: name, arity: 0, isBoolean: false)
    case .lt, .le, .gt, .ge, .eq, .ne, .and, .or: OpcodeInfo(name: name, arity: 2, isBoolean: true)
    case .not: OpcodeInfo(name: name, arity: 1, isBoolean: true)
    case .select, .blend, .bernoulli: OpcodeInfo(name: name, arity: 3, isBoolean: false)
    case .add, .sub, .mul, .div, .pow, .min, .max, .spike, .poisson: OpcodeInfo(name: name, arity: 2, isBoolean: false)
    case .expdd, .expm, .expmFrechet: OpcodeInfo(name: name, arity: nil, isBoolean: false)
    case .named, .neg, .recip, .sqrt, .abs, .floor, .sign, .exp, .expm1, .log, .log1p, .sin, .cos, .tanh, .sigmoid,
      .erf, .atan, .exprel, .number, .path, .broadcast, .reduce, .argreduce:
      OpcodeInfo(name: name, arity: 1, isBoolean: false)
    }
  }
}

/// Which path a derivative takes through the model; a learning rule is a table from these to keep, cut or replace.
public struct PathTag: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable {
    /// The neuron's own spike into state `index`.
    case reset
    /// Spikes through a connection from a population to itself or back.
    case lateral
    /// Error back through a connection.
    case feedback
    /// Never differentiated (a shift that cancels, a value used as a constant).
    case detach
  }
  public var kind: Kind
  public var population: Int
  public var index: Int

  public init(_ kind: Kind, population: Int = 0, index: Int = 0) {
    self.kind = kind
    self.population = population
    self.index = index
  }

  public var aux: Int32 { Int32(kind.rawValue) | Int32(population) << 2 | Int32(index) << 18 }
  public init(aux: Int32) {
    kind = Kind(rawValue: UInt8(aux & 3))!
    population = Int(aux >> 2) & 0xFFFF
    index = Int(aux >> 18)
  }
}

/// What a `reduce` or `argreduce` node does.
public struct Reduction: Hashable, Sendable {
  /// `first` and `last` are over time only: of the values that are more than -∞, which stands for none.
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable { case sum, max, min, first, last }
  public var kind: Kind
  public var axis: Axes

  public init(_ kind: Kind, over axis: Axes) {
    self.kind = kind
    self.axis = axis
  }

  public var aux: Int32 { Int32(kind.rawValue) | Int32(axis.rawValue) << 3 }
  public init(aux: Int32) {
    kind = Kind(rawValue: UInt8(aux & 7))!
    axis = Axes(rawValue: UInt8(aux >> 3))
  }
}
