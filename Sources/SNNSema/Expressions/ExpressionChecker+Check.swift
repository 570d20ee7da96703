import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// Checks any expression. Conditions come back as booleans; use `number` where a number is needed.
  public mutating func check(_ id: ExprID) -> Checked {
    let expr = expression(id)
    guard enter(expr.span) else { return errorResult(expr.span) }
    defer { depth -= 1 }
    if mayBeExtended(expr.kind), let fallback, let result = fallback.check(id, expr, in: &self) { return result }
    switch expr.kind {
    case .number(let value, let unit, _): return literal(value, unit, expr.span)
    case .boolean(let flag): return booleanLiteral(flag, expr.span)
    case .name(let name): return checkName(name, id, expr)
    case .unary(let op, let operand): return checkUnary(op, operand, expr.span)
    case .binary: return checkBinary(id)
    case .conditional(let condition, let then, let otherwise):
      return checkConditional(condition, then, otherwise, expr.span)
    case .call(let callee, let arguments): return checkCall(callee, arguments, expr.span)
    case .asUnit(let operand, let unit): return checkAs(operand, unit, expr.span)
    case .hole:
      let term = solver.fresh()
      holes.append((expr.span, term))
      return Checked(model.graph.const(1), .number(term), expr.span)
    case .parenthesised(let inner):
      var result = check(inner)
      result.span = expr.span
      return result
    case .error: return errorResult(expr.span)
    case .member(let object, let name): return misplacedMember(object, name, expr.span)
    case .string, .list, .range, .index, .reduction, .at:
      report(.misplacedForm(what: Self.describeForm(expr.kind), at: expr.span))
      return errorResult(expr.span)
    }
  }

  private func mayBeExtended(_ kind: ExprKind) -> Bool {
    switch kind {
    case .member, .index, .call, .reduction, .at, .list, .range, .string: true
    case .name(let name): lookup(name)?.value == nil
    default: false
    }
  }

  /// Depth is bounded, so that no nesting of the user's, inlined functions included, exhausts the stack.
  mutating func enter(_ span: Span) -> Bool {
    steps += 1
    guard depth < Self.maximumDepth, steps < Self.maximumSteps, model.graph.count < Self.maximumValues else {
      // Told even inside functions, which are muted where they are written out.
      if !isTooLarge { diagnostics.append(SemaMessage.tooLarge(at: span).diagnostic) }
      isTooLarge = true
      errorCount += 1
      return false
    }
    depth += 1
    return true
  }

  static func describeForm(_ kind: ExprKind) -> String {
    switch kind {
    case .string: "a text"
    case .list: "a list"
    case .range: "a range"
    case .index: "an index"
    case .reduction: "a reduction"
    case .at: "`at`"
    default: "this"
    }
  }

  /// A number; conditions count 0 or 1.
  public mutating func number(_ id: ExprID) -> Checked { asNumber(check(id)) }

  public mutating func asNumber(_ checked: Checked) -> Checked {
    guard case .boolean = checked.type else { return checked }
    return Checked(model.graph.number(checked.value), .dimensionless, checked.span)
  }

  /// A number of the given dimension. `because` says why, as in `dV/dt must be voltage per time`.
  public mutating func number(_ id: ExprID, expecting term: DimensionTerm, because note: String) -> Checked {
    let saved = context
    if context.note == nil { context.note = note }
    let result = number(id)
    context = saved
    return require(result, term, because: note)
  }

  public mutating func require(_ checked: Checked, _ term: DimensionTerm, because note: String) -> Checked {
    guard let found = checked.dimension else {
      if checked.type == .boolean { return require(asNumber(checked), term, because: note) }
      return errorResult(checked.span)
    }
    if solver.unify(found, term) { return checked }
    // What both leave open divides out: nobody has to read of `'a`.
    let (open, other) = (solver.resolve(found).unknown, solver.resolve(term).unknown)
    var described = describe(checked)
    var expected = solver.describe(term)
    if !open.isEmpty, open == other {
      let known = solver.resolve(found).known
      (described.words, described.phrase) = (known.words, known.phrase)
      expected = solver.resolve(term).known.words
    }
    report(
      .unexpectedDimension(
        found: described, expected: expected, note: note,
        help: helpFor(checked, needed: term)))
    return errorResult(checked.span)
  }

  /// A boolean value: a comparison, or a 0/1 number such as `spike`.
  public mutating func condition(_ id: ExprID) -> Checked {
    let checked = check(id)
    switch checked.type {
    case .boolean, .error: return checked
    case .number(let term):
      guard isFlag(checked.value) else {
        report(.notCondition(found: describe(checked)))
        return errorResult(checked.span)
      }
      _ = solver.unify(term, .one)
      let zero = model.graph.const(0)
      return Checked(model.graph.compare(.ne, checked.value, zero), .boolean, checked.span)
    }
  }

  /// Numbers that are 0 or 1 by construction may stand as conditions.
  private func isFlag(_ value: ValueID) -> Bool {
    var value = value
    while model.graph[value].opcode == .path || model.graph[value].opcode == .named {
      value = model.graph.argument(value, 0)
    }
    if model.graph[value].opcode == .number { return true }
    guard let symbol = model.graph.symbol(value) else { return false }
    switch model.graph[symbol].kind {
    case .flag, .recorded(_, .spike): return true
    default: return false
    }
  }

  public func level(_ checked: Checked) -> Level { Level(model.graph[checked.value].domain) }

  /// A number known when compiled, in internal units.
  public mutating func constant(_ checked: Checked, what: String) -> Double? {
    if checked.isError { return nil }
    if let number = constantValue(checked.value) { return number }
    report(.notConstant(what: what, at: checked.span))
    return nil
  }

  /// The number where the value is one; `dt` counts as known once the step is.
  public func constantValue(_ value: ValueID) -> Double? {
    if let number = model.graph.constant(value) { return number }
    let (step, symbol) = (model.step, model.stepSymbol)
    guard model.graph[value].domain.axes.isEmpty else { return nil }
    return Evaluate.values([value], in: model.graph) { $0 == symbol && step > 0 ? step : nil }[0]
  }
}
