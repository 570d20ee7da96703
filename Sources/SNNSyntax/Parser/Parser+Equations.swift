/// `coefficient * d(state)/dt = value` as parsed.
struct FlowEquation {
  var state: Name
  var coefficient: ExprID?
  var value: ExprID
  var span: Span
}

extension Parser {
  /// Whether the first word of a statement is the left side of an equation and no keyword (`state' = …`, `emit * …`).
  var atEquation: Bool {
    if token.kind == .leftParenthesis || token.kind == .number { return true }
    guard token.isWord, !peek().startsLine else { return false }
    if !Self.statementHeads.contains(token.text), [.leftParenthesis, .leftBracket, .dot].contains(peek().kind) {
      return true
    }
    // `d(V)/dt` and `d V/dt`, to be repaired.
    if token.text == "d", peek().kind == .leftParenthesis || peek(2).kind == .slash { return true }
    switch peek().kind {
    // `state = 0` lacks a name; `batch' = …` is about a state that is called like a keyword.
    case .assign where Self.statementHeads.contains(token.text) && !declared.contains(token.text): return false
    case .prime, .slash, .star, .assign, .equalEqual, .colonAssign, .addAssign, .subtractAssign,
      .multiplyAssign,
      .divideAssign, .caret:
      return true
    default: return false
    }
  }

  /// `dX/dt = E`, `X' = E`, `C * dX/dt = E`. The known slips are reported and repaired.
  func parseEquation() -> FlowEquation? {
    let start = token.span
    // `d V/dt`
    if token.text == "d", peek().isWord, !peek().startsLine, peek(2).kind == .slash {
      let name = Name(peek().text, peek().span)
      let from = token.span
      advance()
      advance()
      advance()
      report(.misspeltDerivative(span(from: from).union(token.span), name.text))
      advance()
      return parseFlowValue(name, nil, start)
    }
    allowsPrime = true
    primed = nil
    let left = parseOperators(Precedence.product)
    allowsPrime = false
    let primed = primed
    self.primed = nil
    if isPanicking { return nil }
    if let primed {
      if left == primed.expression { return parseFlowValue(primed.name, nil, start) }
      if case .binary(.multiply, let factor, primed.expression, _) = tree[left].kind {
        return parseFlowValue(primed.name, factor, start)
      }
      fail(.derivativeNotLast(span(from: start), primed.name.text))
      return nil
    }
    if let (state, factor) = derivative(in: left) { return parseFlowValue(state, factor, start) }
    return failBareEquation(left, start)
  }

  private func parseFlowValue(_ state: Name, _ factor: ExprID?, _ start: Span)
    -> FlowEquation?
  {
    guard expectAssign() else { return nil }
    let value = parseExpression()
    if isPanicking { return nil }
    return FlowEquation(state: state, coefficient: factor, value: value, span: span(from: start))
  }

  /// Takes `dX/dt` or `C * dX/dt` apart.
  private func derivative(in left: ExprID) -> (Name, ExprID?)? {
    guard case .binary(.divide, let top, let bottom, _) = tree[left].kind,
      case .name(let denominator) = tree[bottom].kind
    else {
      // `dV/dt * C`
      if case .binary(let op, let inner, _, _) = tree[left].kind, op == .multiply || op == .divide,
        let (state, _) = derivative(in: inner)
      {
        fail(.derivativeNotLast(spanOf(left), state.text))
      }
      return nil
    }
    var factor: ExprID?
    var numerator = top
    if case .binary(.multiply, let coefficient, let last, _) = tree[top].kind {
      factor = coefficient
      numerator = last
    }
    let place = spanOf(numerator)
    switch tree[numerator].kind {
    case .name(let text) where text.count > 1 && (text.hasPrefix("d") || text.hasPrefix("D")):
      let isRight = denominator == "dt" && text.hasPrefix("d")
      guard isRight || ["dt", "t", "dT", "Dt", "DT"].contains(denominator) else { return nil }
      let name = String(text.dropFirst())
      if !isRight { report(.misspeltDerivative(place.union(spanOf(bottom)), name)) }
      return (
        Name(name, Span(file: file.id, lower: Int(place.lower) + 1, upper: Int(place.upper))),
        factor
      )
    case .call(let callee, let arguments):
      guard denominator == "dt", tree[callee].kind == .name("d"), arguments.count == 1,
        case .name(let name) = tree[arguments[0].value].kind
      else { return nil }
      report(.misspeltDerivative(place.union(spanOf(bottom)), name))
      return (Name(name, spanOf(arguments[0].value)), factor)
    default: return nil
    }
  }

  /// Whether the file declares such a state, perhaps further down.
  private func isState(_ name: String) -> Bool {
    tokens.indices.dropLast().contains { tokens[$0].isWord("state") && tokens[$0 + 1].text == name }
  }

  private func failBareEquation(_ left: ExprID, _ start: Span) -> FlowEquation? {
    guard case .name(let name) = tree[left].kind else {
      fail(
        .expected(
          .equation, FoundToken(description: "`\(file.text(spanOf(left)))`", span: spanOf(left))))
      return nil
    }
    switch token.kind {
    case .assign, .equalEqual, .colonAssign:
      fail(.bareEquation(name, spanOf(left), isDeclared: isState(name)))
    case .addAssign, .subtractAssign, .multiplyAssign, .divideAssign:
      fail(.jumpOutsideBody(name, span(from: start).union(token.span)))
    default:
      fail(.expected(.equation, found))
    }
    return nil
  }
}
