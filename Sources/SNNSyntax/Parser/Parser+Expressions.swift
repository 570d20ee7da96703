/// Binding strengths, weakest first.
enum Precedence {
  static let or = 1
  static let and = 2
  static let not = 3
  static let comparison = 4
  static let range = 5
  static let sum = 6
  static let product = 7
  static let clause = 8
  static let negation = 9
  static let power = 10
}

extension Parser {
  private enum Infix {
    case binary(BinaryOperator, Int)
    case range(isClosed: Bool)
    case at
    case asUnit

    var precedence: Int {
      switch self {
      case .binary(_, let precedence): precedence
      case .range: Precedence.range
      case .at, .asUnit: Precedence.clause
      }
    }
  }

  func parseExpression() -> ExprID { parseOperators(Precedence.or) }

  /// Precedence climbing: one call per nesting level keeps the stack small.
  func parseOperators(_ minimum: Int) -> ExprID {
    guard recursion < Self.maximumRecursion else {
      fail(.nestedTooDeeply(token.span, limit: Self.maximumNesting))
      return makeError()
    }
    recursion += 1
    defer { recursion -= 1 }
    var left = parsePrefix()
    while !isPanicking, let infix = infixAtCursor, infix.precedence >= minimum {
      left = parseInfix(infix, left)
    }
    return left
  }

  private func parseInfix(_ infix: Infix, _ left: ExprID) -> ExprID {
    let operatorToken = token
    reportForeignOperator()
    advance()
    let start = spanOf(left)
    switch infix {
    case .binary(let op, let precedence):
      let right = parseOperators(op == .power ? Precedence.negation : precedence + 1)
      let result = make(
        .binary(op, left, right, operatorSpan: operatorToken.span), span(from: start))
      if op.isComparison, let next = infixAtCursor, next.precedence == Precedence.comparison {
        fail(.chainedComparison(operatorToken.span, token.span))
      }
      return result
    case .range(let isClosed):
      let right = parseOperators(Precedence.sum)
      return make(.range(left, right, isClosed: isClosed), span(from: start))
    case .at:
      let time = parseOperators(Precedence.negation)
      return make(.at(left, time), span(from: start))
    case .asUnit:
      let unit = parseUnit(isType: false)
      return make(.asUnit(left, unit), span(from: start))
    }
  }

  private var infixAtCursor: Infix? {
    if mode == .prompt && atNewLine { return nil }
    switch token.kind {
    case .plus: return .binary(.add, Precedence.sum)
    case .minus: return .binary(.subtract, Precedence.sum)
    case .star: return .binary(.multiply, Precedence.product)
    case .slash: return .binary(.divide, Precedence.product)
    case .caret, .starStar: return .binary(.power, Precedence.power)
    case .less: return .binary(.less, Precedence.comparison)
    case .lessOrEqual: return .binary(.lessOrEqual, Precedence.comparison)
    case .greater: return .binary(.greater, Precedence.comparison)
    case .greaterOrEqual: return .binary(.greaterOrEqual, Precedence.comparison)
    case .equalEqual: return .binary(.equal, Precedence.comparison)
    case .notEqual: return .binary(.notEqual, Precedence.comparison)
    case .range: return .range(isClosed: true)
    case .tripleDot: return .range(isClosed: true)
    case .halfOpenRange: return .range(isClosed: false)
    case .ampersands: return .binary(.and, Precedence.and)
    case .bars: return .binary(.or, Precedence.or)
    case .reserved where token.text == "and": return .binary(.and, Precedence.and)
    case .reserved where token.text == "or": return .binary(.or, Precedence.or)
    case .name where token.text == "at" && isClause: return .at
    case .name where token.text == "as" && isClause: return .asUnit
    default: return nil
    }
  }

  /// `at` and `as` are names elsewhere: the label of an argument on a line of its own, the first word of a line.
  private var isClause: Bool {
    if !token.startsLine { return true }
    return openBrackets > 0 && ![.assign, .tilde, .comma, .dot].contains(peek().kind)
  }

  private func reportForeignOperator() {
    switch token.kind {
    case .starStar: report(.powerOperator(token.span))
    case .ampersands: report(.foreignOperator(token.span, "&&", "and"))
    case .bars: report(.foreignOperator(token.span, "||", "or"))
    case .tripleDot: report(.foreignOperator(token.span, "...", ".."))
    default: break
    }
  }

  private func parsePrefix() -> ExprID {
    let start = token.span
    if index > statementStart && looksLikeStatement {
      fail(.expected(.expression, found))
      return makeError()
    }
    switch token.kind {
    case .minus:
      advance()
      let operand = parseOperators(Precedence.power)
      return make(.unary(.negate, operand), span(from: start))
    case .reserved where token.text == "not":
      advance()
      let operand = parseOperators(Precedence.comparison)
      return make(.unary(.not, operand), span(from: start))
    case .bang:
      report(.foreignOperator(token.span, "!", "not "))
      advance()
      let operand = parseOperators(Precedence.power)
      return make(.unary(.not, operand), span(from: start))
    case .reserved where token.text == "if":
      return parseConditional()
    default:
      return parsePostfix()
    }
  }

  private func parseConditional() -> ExprID {
    let start = token.span
    advance()
    let condition = parseCondition()
    guard !isPanicking, expectWord("then") else { return makeError() }
    let then = parseExpression()
    guard !isPanicking, expectWord("else") else { return makeError() }
    let otherwise = parseExpression()
    return make(
      .conditional(condition: condition, then: then, otherwise: otherwise), span(from: start))
  }

  /// An expression that is asked whether it holds: `=` in it can only mean `==`.
  func parseCondition() -> ExprID {
    let left = parseExpression()
    guard !isPanicking, token.kind == .assign else { return left }
    let operatorSpan = token.span
    report(.assignmentInCondition(operatorSpan))
    advance()
    let right = parseOperators(Precedence.range)
    return make(.binary(.equal, left, right, operatorSpan: operatorSpan), span(from: spanOf(left)))
  }

  /// A primary with members, calls and indices. `(` and `[` count only on the same line.
  func parsePostfix() -> ExprID {
    var result = parsePrimary()
    while !isPanicking {
      let start = spanOf(result)
      switch token.kind {
      case .dot:
        advance()
        guard token.isWord else {
          fail(.expected(.memberName, found))
          return result
        }
        let name = Name(token.text, token.span)
        advance()
        result = make(.member(result, name), span(from: start))
      case .leftParenthesis where !token.startsLine:
        let arguments = parseArguments()
        result = make(.call(result, arguments), span(from: start))
      case .leftBracket where !token.startsLine:
        let indices = parseBracketedList()
        result = make(.index(result, indices), span(from: start))
      case .prime:
        guard allowsPrime, primed == nil, case .name(let name) = tree[result].kind else {
          fail(.primeInExpression(token.span))
          return result
        }
        primed = (Name(name, start), result)
        advance()
      default:
        return result
      }
    }
    return result
  }
}
