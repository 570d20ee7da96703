/// Builders that simplify as they go: constants are folded, neutral and absorbing elements vanish. They never
/// reassociate, so a user's expression keeps its roundings.
extension Graph {
  public mutating func const(_ number: Double) -> ValueID {
    intern(.const, [], number: number, domain: .constant, isBoolean: false)
  }

  public mutating func load(_ symbol: SymbolID) -> ValueID {
    let declared = self[symbol]
    return intern(.load, [], aux: symbol.index, domain: declared.domain, isBoolean: declared.isBoolean)
  }

  /// Gives `value` the name of `symbol` in everything printed.
  public mutating func named(_ value: ValueID, _ symbol: SymbolID) -> ValueID {
    intern(.named, [value], aux: symbol.index, domain: self[value].domain, isBoolean: self[value].isBoolean)
  }

  public func constant(_ value: ValueID) -> Double? {
    let node = self[value]
    return node.opcode == .const ? node.number : nil
  }

  public func isZero(_ value: ValueID) -> Bool { constant(value) == 0 }
  public func isOne(_ value: ValueID) -> Bool { constant(value) == 1 }

  private mutating func elementwise(
    _ opcode: Opcode, _ arguments: [ValueID], aux: Int32 = 0, isBoolean: Bool? = nil
  ) -> ValueID {
    var domain = Domain.constant
    for argument in arguments { domain = domain.joined(self[argument].domain) ?? domain }
    return intern(opcode, arguments, aux: aux, domain: domain, isBoolean: isBoolean ?? opcode.isBoolean)
  }

  public mutating func add(_ a: ValueID, _ b: ValueID) -> ValueID {
    if isZero(a) { return b }
    if isZero(b) { return a }
    if let x = constant(a), let y = constant(b) { return const(x + y) }
    if self[b].opcode == .neg { return sub(a, argument(b, 0)) }
    if self[a].opcode == .neg { return sub(b, argument(a, 0)) }
    return complementary(a, b) ?? complementary(b, a) ?? elementwise(.add, [a, b])
  }

  /// As `oneChoice`, also where one of the two halves is a term of a sum; one half is 0 in every lane, so the sum
  /// keeps its roundings.
  private mutating func complementary(_ a: ValueID, _ b: ValueID) -> ValueID? {
    if let choice = oneChoice(a, b) ?? oneChoice(b, a) { return choice }
    guard self[b].opcode == .add else { return nil }
    let (first, second) = (argument(b, 0), argument(b, 1))
    if let choice = oneChoice(a, first) ?? oneChoice(first, a) { return add(choice, second) }
    if let choice = oneChoice(a, second) ?? oneChoice(second, a) { return add(first, choice) }
    return nil
  }

  /// `select(c, x, 0) + select(c, 0, y)` is a choice between x and y; so are two such blends. Derivatives of choices
  /// are made of these.
  private mutating func oneChoice(_ a: ValueID, _ b: ValueID) -> ValueID? {
    let opcode = self[a].opcode
    guard opcode == .select || opcode == .blend, self[b].opcode == opcode, argument(a, 0) == argument(b, 0),
      isZero(argument(a, 2)), isZero(argument(b, 1))
    else { return nil }
    return opcode == .select
      ? select(argument(a, 0), argument(a, 1), argument(b, 2)) : blend(argument(a, 0), argument(a, 1), argument(b, 2))
  }

  public mutating func sub(_ a: ValueID, _ b: ValueID) -> ValueID {
    if isZero(b) { return a }
    if isZero(a) { return neg(b) }
    if a == b, self[a].domain.phase == .once { return const(0) }
    if let x = constant(a), let y = constant(b) { return const(x - y) }
    if self[b].opcode == .neg { return add(a, argument(b, 0)) }
    return elementwise(.sub, [a, b])
  }

  public mutating func mul(_ a: ValueID, _ b: ValueID) -> ValueID {
    if isZero(a) || isZero(b) { return const(0) }
    if isOne(a) { return b }
    if isOne(b) { return a }
    if let x = constant(a), let y = constant(b) { return const(x * y) }
    if constant(a) == -1 { return neg(b) }
    if constant(b) == -1 { return neg(a) }
    if self[a].opcode == .neg { return neg(mul(argument(a, 0), b)) }
    if self[b].opcode == .neg { return neg(mul(a, argument(b, 0))) }
    return elementwise(.mul, [a, b])
  }

  public mutating func div(_ a: ValueID, _ b: ValueID) -> ValueID {
    if isZero(a) { return const(0) }
    if isOne(b) { return a }
    if let x = constant(a), let y = constant(b), y != 0 { return const(x / y) }
    if self[a].opcode == .neg { return neg(div(argument(a, 0), b)) }
    return elementwise(.div, [a, b])
  }

  public mutating func neg(_ a: ValueID) -> ValueID {
    if let x = constant(a) { return const(-x) }
    if self[a].opcode == .neg { return argument(a, 0) }
    if self[a].opcode == .sub { return sub(argument(a, 1), argument(a, 0)) }
    return elementwise(.neg, [a])
  }

  public mutating func pow(_ a: ValueID, _ b: ValueID) -> ValueID {
    switch constant(b) {
    case 0: return const(1)
    case 1: return a
    case 2: return mul(a, a)
    case -1: return div(const(1), a)
    case 0.5: return unary(.sqrt, a)
    default: break
    }
    if let x = constant(a), let y = constant(b) { return const(Evaluate.pow(x, y)) }
    return elementwise(.pow, [a, b])
  }

  /// Any elementwise function of one argument.
  public mutating func unary(_ opcode: Opcode, _ a: ValueID) -> ValueID {
    if opcode == .neg { return neg(a) }
    if let x = constant(a), let y = Evaluate.unary(opcode, x) { return const(y) }
    return elementwise(opcode, [a])
  }

  public mutating func exp(_ a: ValueID) -> ValueID { unary(.exp, a) }

  public mutating func min(_ a: ValueID, _ b: ValueID) -> ValueID {
    if let x = constant(a), let y = constant(b) { return const(Swift.min(x, y)) }
    return a == b ? a : elementwise(.min, [a, b])
  }

  public mutating func max(_ a: ValueID, _ b: ValueID) -> ValueID {
    if let x = constant(a), let y = constant(b) { return const(Swift.max(x, y)) }
    return a == b ? a : elementwise(.max, [a, b])
  }

  public mutating func compare(_ opcode: Opcode, _ a: ValueID, _ b: ValueID) -> ValueID {
    elementwise(opcode, [a, b])
  }

  public mutating func not(_ a: ValueID) -> ValueID {
    self[a].opcode == .not ? argument(a, 0) : elementwise(.not, [a])
  }

  public mutating func and(_ a: ValueID, _ b: ValueID) -> ValueID { a == b ? a : elementwise(.and, [a, b]) }
  public mutating func or(_ a: ValueID, _ b: ValueID) -> ValueID { a == b ? a : elementwise(.or, [a, b]) }

  /// A choice between booleans is one.
  public mutating func select(_ condition: ValueID, _ a: ValueID, _ b: ValueID) -> ValueID {
    a == b ? a : elementwise(.select, [condition, a, b], isBoolean: self[a].isBoolean || self[b].isBoolean)
  }

  public mutating func number(_ condition: ValueID) -> ValueID { elementwise(.number, [condition]) }

  public mutating func spike(_ x: ValueID, enable: ValueID, isStrict: Bool, population: Int) -> ValueID {
    elementwise(.spike, [x, enable], aux: Int32(population) << 1 | (isStrict ? 0 : 1))
  }

  /// A spike with probability `p`; `uniform` decides.
  public mutating func bernoulli(_ p: ValueID, _ uniform: ValueID, enable: ValueID) -> ValueID {
    elementwise(.bernoulli, [p, uniform, enable])
  }

  public mutating func poisson(_ mean: ValueID, _ uniform: ValueID) -> ValueID {
    elementwise(.poisson, [mean, uniform])
  }

  public mutating func blend(_ s: ValueID, _ a: ValueID, _ b: ValueID) -> ValueID {
    a == b ? a : elementwise(.blend, [s, a, b])
  }

  public mutating func path(_ x: ValueID, _ tag: PathTag) -> ValueID {
    constant(x) != nil ? x : elementwise(.path, [x], aux: tag.aux)
  }

  /// `x` with every axis of `domain`.
  public mutating func broadcast(_ x: ValueID, to domain: Domain) -> ValueID {
    guard let joined = self[x].domain.joined(domain), joined.axes != self[x].domain.axes else { return x }
    return intern(.broadcast, [x], domain: joined, isBoolean: self[x].isBoolean)
  }

  public mutating func reduce(_ kind: Reduction.Kind, over axis: Axes, _ x: ValueID) -> ValueID {
    intern(
      .reduce, [x], aux: Reduction(kind, over: axis).aux, domain: self[x].domain.reduced(over: axis), isBoolean: false)
  }

  public mutating func argreduce(_ kind: Reduction.Kind, over axis: Axes, _ x: ValueID) -> ValueID {
    intern(
      .argreduce, [x], aux: Reduction(kind, over: axis).aux, domain: self[x].domain.reduced(over: axis),
      isBoolean: false)
  }

  /// The index along the unit axis of `extent`, from 0.
  public mutating func unitIndex(_ extent: ExtentID) -> ValueID {
    intern(.unitIndex, [], aux: extent.index, domain: Domain([.unit], extent: extent), isBoolean: false)
  }

  /// The number of the tick whose values are recorded.
  public mutating func tickIndex() -> ValueID {
    intern(.tickIndex, [], domain: Domain([.tick], phase: .tick), isBoolean: false)
  }

  /// `expdd(x0, …, xk)` over the given arguments, in ascending order of id (it is symmetric).
  public mutating func expdd(_ arguments: [ValueID]) -> ValueID {
    if arguments.count == 1 { return exp(arguments[0]) }
    if arguments.count == 2, isZero(arguments[0]) { return unary(.exprel, arguments[1]) }
    if arguments.count == 2, isZero(arguments[1]) { return unary(.exprel, arguments[0]) }
    return elementwise(.expdd, arguments.sorted())
  }

  public mutating func expm(_ matrix: [ValueID], size: Int, row: Int, column: Int) -> ValueID {
    elementwise(.expm, matrix, aux: Int32(row * size + column))
  }

  public mutating func expmFrechet(_ matrix: [ValueID], _ direction: [ValueID], entry: Int32) -> ValueID {
    elementwise(.expmFrechet, matrix + direction, aux: entry)
  }

  /// The same operation on other arguments, simplified anew: what substitution and passes rebuild nodes with.
  public mutating func rebuild(_ value: ValueID, with arguments: [ValueID]) -> ValueID {
    let node = self[value]
    switch node.opcode {
    case .const, .load, .unitIndex, .tickIndex: return value
    case .named: return named(arguments[0], SymbolID(Int(node.aux)))
    case .add: return add(arguments[0], arguments[1])
    case .sub: return sub(arguments[0], arguments[1])
    case .mul: return mul(arguments[0], arguments[1])
    case .div: return div(arguments[0], arguments[1])
    case .neg: return neg(arguments[0])
    case .pow: return pow(arguments[0], arguments[1])
    case .min: return min(arguments[0], arguments[1])
    case .max: return max(arguments[0], arguments[1])
    case .not: return not(arguments[0])
    case .and: return and(arguments[0], arguments[1])
    case .or: return or(arguments[0], arguments[1])
    case .select: return select(arguments[0], arguments[1], arguments[2])
    case .blend: return blend(arguments[0], arguments[1], arguments[2])
    case .path: return path(arguments[0], PathTag(aux: node.aux))
    case .broadcast: return broadcast(arguments[0], to: node.domain)
    case .reduce:
      let reduction = Reduction(aux: node.aux)
      return reduce(reduction.kind, over: reduction.axis, arguments[0])
    case .argreduce:
      let reduction = Reduction(aux: node.aux)
      return argreduce(reduction.kind, over: reduction.axis, arguments[0])
    case .expdd: return expdd(arguments)
    case .lt, .le, .gt, .ge, .eq, .ne, .spike, .number, .expm, .expmFrechet, .bernoulli, .poisson:
      return elementwise(node.opcode, arguments, aux: node.aux)
    case .recip, .sqrt, .abs, .floor, .sign, .exp, .expm1, .log, .log1p, .sin, .cos, .tanh, .sigmoid, .erf, .atan,
      .exprel:
      return unary(node.opcode, arguments[0])
    }
  }
}
