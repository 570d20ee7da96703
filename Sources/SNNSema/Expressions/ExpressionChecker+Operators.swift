import SNNIR
import SNNSyntax

extension ExpressionChecker {
  mutating func checkUnary(_ op: UnaryOperator, _ operand: ExprID, _ span: Span) -> Checked {
    switch op {
    case .negate:
      var result = number(operand)
      if result.isError { return errorResult(span) }
      result.value = model.graph.neg(result.value)
      result.span = span
      return result
    case .not:
      let inner = condition(operand)
      if inner.isError { return errorResult(span) }
      return Checked(model.graph.not(inner.value), .boolean, span)
    }
  }

  /// A chain such as `a + b + … + z` leans to the left as deep as it is long, so its spine is walked in a loop.
  mutating func checkBinary(_ id: ExprID) -> Checked {
    var spine: [(op: BinaryOperator, left: ExprID, right: ExprID, opSpan: Span, span: Span)] = []
    var current = id
    while case .binary(let op, let left, let right, let opSpan) = expression(current).kind {
      spine.append((op, left, right, opSpan, expression(current).span))
      current = left
    }
    var result = check(current)
    for step in spine.reversed() {
      result = combine(step.op, result, left: step.left, right: step.right, step.opSpan, step.span)
    }
    return result
  }

  private mutating func combine(
    _ op: BinaryOperator, _ left: Checked, left leftID: ExprID, right rightID: ExprID, _ opSpan: Span, _ span: Span
  ) -> Checked {
    switch op {
    case .and, .or:
      let a = asCondition(left)
      let b = condition(rightID)
      if a.isError || b.isError { return errorResult(span) }
      let value = op == .and ? model.graph.and(a.value, b.value) : model.graph.or(a.value, b.value)
      return joined([a, b], span) { _ in Checked(value, .boolean, span) }
    case .power: return checkPower(asNumber(left), rightID, span)
    default: break
    }
    let a = asNumber(left)
    let b = number(rightID)
    guard let l = a.dimension, let r = b.dimension else { return errorResult(span) }
    return joined([a, b], span) { checker in
      checker.arithmetic(op, a, l, b, r, leftID: leftID, rightID: rightID, opSpan, span)
    }
  }

  private mutating func asCondition(_ checked: Checked) -> Checked {
    if checked.isError || checked.type == .boolean { return checked }
    let zero = model.graph.const(0)
    if let symbol = model.graph.symbol(checked.value), case .flag = model.graph[symbol].kind {
      return Checked(model.graph.compare(.ne, checked.value, zero), .boolean, checked.span)
    }
    if model.graph[checked.value].opcode == .path || model.graph[checked.value].opcode == .number {
      return Checked(model.graph.compare(.ne, checked.value, zero), .boolean, checked.span)
    }
    report(.notCondition(found: describe(checked)))
    return errorResult(checked.span)
  }

  private mutating func arithmetic(
    _ op: BinaryOperator, _ a: Checked, _ l: DimensionTerm, _ b: Checked, _ r: DimensionTerm, leftID: ExprID,
    rightID: ExprID, _ opSpan: Span, _ span: Span
  ) -> Checked {
    switch op {
    case .multiply: return bounded(model.graph.mul(a.value, b.value), l * r, span)
    case .divide:
      if model.graph.isZero(b.value) {
        report(.divisionByZero(at: b.span))
        return errorResult(span)
      }
      return bounded(model.graph.div(a.value, b.value), l / r, span)
    default: break
    }
    guard solver.unify(l, r) else {
      reportMismatch(op, a, b, leftID, rightID)
      return errorResult(span)
    }
    if (a.unit?.offset ?? 0) != 0, (b.unit?.offset ?? 0) != 0, op == .add {
      report(.absoluteTemperatures(left: a.span, right: b.span))
      return errorResult(span)
    }
    let unit = a.unit ?? b.unit
    switch op {
    case .add: return Checked(model.graph.add(a.value, b.value), a.type, span, unit: unit)
    case .subtract: return Checked(model.graph.sub(a.value, b.value), a.type, span, unit: unit)
    default:
      return Checked(model.graph.compare(Self.opcode(op), a.value, b.value), .boolean, span)
    }
  }

  static func opcode(_ op: BinaryOperator) -> Opcode {
    switch op {
    case .less: .lt
    case .lessOrEqual: .le
    case .greater: .gt
    case .greaterOrEqual: .ge
    case .equal: .eq
    default: .ne
    }
  }

  /// A product's value; its exponents must stay in range.
  private mutating func bounded(_ value: ValueID, _ term: DimensionTerm, _ span: Span) -> Checked {
    let term = solver.resolve(term)
    guard term.isValid else {
      report(.exponentRange(at: span))
      return errorResult(span)
    }
    return Checked(value, .number(term), span)
  }

  /// Runs `body` where the index sets of the operands agree.
  public mutating func joined(
    _ operands: [Checked], _ span: Span, _ body: (inout ExpressionChecker) -> Checked
  ) -> Checked {
    var first: (domain: Domain, span: Span)?
    for operand in operands where !operand.isError {
      let domain = model.graph[operand.value].domain
      guard let known = first else {
        first = (domain, operand.span)
        continue
      }
      guard let both = known.domain.joined(domain) else {
        report(
          .indexSets(
            left: known.span, leftSet: extentName(known.domain), right: operand.span, rightSet: extentName(domain)))
        return errorResult(span)
      }
      first = (both, known.domain.extent == nil ? operand.span : known.span)
    }
    return body(&self)
  }

  func extentName(_ domain: Domain) -> String {
    guard let extent = domain.extent, Int(extent.index) < model.graph.extents.count else { return "units" }
    return model.graph[extent].name
  }

  private mutating func checkPower(_ base: Checked, _ exponentID: ExprID, _ span: Span) -> Checked {
    let exponent = number(exponentID)
    guard let dimension = base.dimension, let power = exponent.dimension else { return errorResult(span) }
    guard solver.unify(power, .one) else {
      report(.exponentDimension(found: describe(exponent)))
      return errorResult(span)
    }
    return joined([base, exponent], span) { checker in
      let value = checker.model.graph.pow(base.value, exponent.value)
      if let constant = checker.model.graph.constant(exponent.value), let rational = Rational(constant) {
        return checker.bounded(value, checker.solver.resolve(dimension).power(rational), span)
      }
      guard checker.solver.unify(dimension, .one) else {
        checker.report(.exponentNotConstant(base: checker.describe(base), exponent: exponent.span))
        return checker.errorResult(span)
      }
      return Checked(value, .dimensionless, span)
    }
  }

  mutating func checkConditional(_ conditionID: ExprID, _ thenID: ExprID, _ elseID: ExprID, _ span: Span) -> Checked {
    let test = condition(conditionID)
    let first = check(thenID)
    let second = check(elseID)
    if test.isError || first.isError || second.isError { return errorResult(span) }
    return joined([test, first, second], span) { checker in
      if first.type == .boolean, second.type == .boolean {
        return checker.booleanChoice(test.value, first.value, second.value, span)
      }
      let a = checker.asNumber(first)
      let b = checker.asNumber(second)
      guard let l = a.dimension, let r = b.dimension, checker.solver.unify(l, r) else {
        checker.report(.branches(left: checker.describe(a), right: checker.describe(b)))
        return checker.errorResult(span)
      }
      return Checked(checker.model.graph.select(test.value, a.value, b.value), a.type, span, unit: a.unit ?? b.unit)
    }
  }

  private mutating func booleanChoice(_ test: ValueID, _ a: ValueID, _ b: ValueID, _ span: Span) -> Checked {
    let yes = model.graph.and(test, a)
    let inverted = model.graph.not(test)
    let no = model.graph.and(inverted, b)
    return Checked(model.graph.or(yes, no), .boolean, span)
  }
}
