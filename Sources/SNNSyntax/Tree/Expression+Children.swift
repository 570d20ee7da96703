extension ExprKind {
  /// Calls `body` on each direct operand, in source order. Walkers that need no order by kind are built on this.
  public func forEachChild(_ body: (ExprID) -> Void) {
    switch self {
    case .number, .boolean, .string, .name, .hole, .error: break
    case .member(let base, _), .unary(_, let base), .asUnit(let base, _), .parenthesised(let base):
      body(base)
    case .call(let callee, let arguments):
      body(callee)
      for argument in arguments {
        argument.shape.forEach(body)
        body(argument.value)
      }
    case .index(let base, let indices):
      body(base)
      indices.forEach(body)
    case .list(let elements): elements.forEach(body)
    case .binary(_, let left, let right, _), .range(let left, let right, _),
      .at(let left, let right):
      body(left)
      body(right)
    case .conditional(let condition, let then, let otherwise):
      body(condition)
      body(then)
      body(otherwise)
    case .reduction(_, _, let window, let filter, let operand):
      if let window { body(window) }
      if let filter { body(filter) }
      body(operand)
    }
  }

  public var children: [ExprID] {
    var result: [ExprID] = []
    forEachChild { result.append($0) }
    return result
  }
}
