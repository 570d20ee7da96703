extension Parser {
  func parsePrimary() -> ExprID {
    let start = token
    switch token.kind {
    case .number: return parseNumber()
    case .string:
      advance()
      return make(.string(start.text), start.span)
    case .question:
      advance()
      return make(.hole, start.span)
    case .leftParenthesis:
      guard enterNesting() else { return makeError() }
      defer { leaveNesting() }
      advance()
      let inner = parseExpression()
      closeBracket(.rightParenthesis, opening: start)
      return make(.parenthesised(inner), span(from: start.span))
    case .leftBracket:
      let elements = parseBracketedList()
      return make(.list(elements), span(from: start.span))
    case .reserved where ["t", "dt", "spike"].contains(token.text):
      advance()
      return make(.name(start.text), start.span)
    case .reserved where token.text == "true" || token.text == "false":
      advance()
      return make(.boolean(start.text == "true"), start.span)
    case .name:
      if peek().isWord("over") && !peek().startsLine { return parseReduction() }
      if token.text == "lambda", peek().kind == .name || peek().kind == .colon {
        fail(.foreignKeyword("lambda", token.span, nil))
        return makeError()
      }
      advance()
      if start.text == "next", token.kind == .name, !token.startsLine, !Keywords.afterNumber.contains(token.text) {
        return parseNextValue(start)
      }
      return make(.name(start.text), start.span)
    case .unit:
      fail(.unexpected(found))
      return makeError()
    default:
      fail(.expected(.expression, found))
      return makeError()
    }
  }

  /// `next Y` on the right of a `next` equation: a call of `next` with the state's name.
  private func parseNextValue(_ start: Token) -> ExprID {
    let callee = make(.name(start.text), start.span)
    let state = make(.name(token.text), token.span)
    advance()
    let argument = Argument(label: nil, isLearnable: false, isDraw: false, perUnit: false, value: state)
    return make(.call(callee, [argument]), span(from: start.span))
  }

  private func parseNumber() -> ExprID {
    let start = token
    advance()
    if token.kind == .percent && !atNewLine {
      advance()
      return make(.number(start.value / 100, unit: nil, isInteger: false), span(from: start.span))
    }
    if token.kind == .unit {
      let unit = parseUnitToken()
      return make(
        .number(start.value, unit: unit, isInteger: start.isInteger), span(from: start.span))
    }
    // `2 dt`: so many steps.
    if token.isWord("dt"), !atNewLine {
      let count = make(.number(start.value, unit: nil, isInteger: start.isInteger), start.span)
      let step = make(.name("dt"), token.span)
      advance()
      let span = span(from: start.span)
      return make(.binary(.multiply, count, step, operatorSpan: span), span)
    }
    if isMistypedUnit {
      let name = token.text
      let gap = token.span.lower == endOfPrevious.upper ? " " : ""
      report(.unknownUnit(name, token.span, Parser.unitMeant(by: name).map { gap + $0 }))
      advance()
      return make(.error, span(from: start.span))
    }
    return make(.number(start.value, unit: nil, isInteger: start.isInteger), start.span)
  }

  private var isMistypedUnit: Bool {
    guard token.kind == .name, !token.startsLine, !Keywords.afterNumber.contains(token.text),
      !Keywords.taskSettings.contains(token.text), !Keywords.sweepItems.contains(token.text)
    else { return false }
    if Self.statementHeads.contains(token.text) && peek().isWord { return false }
    switch peek().kind {
    case .assign, .tilde, .colon, .leftParenthesis, .prime: return false
    default: return true
    }
  }

  private static let unitsOfOtherTools: [String: String] = [
    "sec": "s", "second": "s", "seconds": "s", "msec": "ms", "msecond": "ms", "millisecond": "ms",
    "milliseconds": "ms", "usec": "us", "volt": "V", "volts": "V", "mvolt": "mV", "millivolt": "mV",
    "amp": "A",
    "namp": "nA", "pamp": "pA", "siemens": "S", "nsiemens": "nS", "farad": "F", "pfarad": "pF",
    "ufarad": "uF",
    "ohm": "Ohm", "Mohm": "MOhm", "mohm": "mOhm", "Gohm": "GOhm", "kohm": "kOhm", "hertz": "Hz",
    "hz": "Hz",
    "HZ": "Hz", "degree": "degC", "celsius": "degC", "molar": "M", "metre": "m", "meter": "m",
    "kelvin": "K",
  ]

  static func unitMeant(by name: String) -> String? {
    unitsOfOtherTools[name] ?? Spelling.nearest(to: name, among: UnitTable.units.keys)
  }

  /// Closes a round or square bracket; the message points at the opening one too.
  func closeBracket(_ kind: TokenKind, opening: Token) {
    if isPanicking { return }
    if accept(kind) { return }
    if token.kind == .question { return fail(.ternary(token.span)) }
    fail(.unclosedBracket(opening.kind, opening.span, found))
  }

  /// `[ E, … ]`, separated by commas or newlines.
  func parseBracketedList() -> [ExprID] {
    var elements: [ExprID] = []
    parseSeparated(by: .rightBracket) { parser in elements.append(parser.parseExpression()) }
    return elements
  }

  /// `( [learnable] [LABEL (= | ~)] E [per unit], … )`, separated by commas or newlines.
  func parseArguments() -> [Argument] {
    var arguments: [Argument] = []
    parseSeparated(by: .rightParenthesis) { parser in arguments.append(parser.parseArgument()) }
    return arguments
  }

  func parseSeparated(by closing: TokenKind, item: (Parser) -> Void) {
    let opening = token
    guard enterNesting() else { return }
    defer { leaveNesting() }
    advance()
    while !isPanicking {
      if accept(closing) { return }
      if token.kind == .endOfFile || token.kind == .rightBrace || looksLikeStatement {
        fail(.unclosedBracket(opening.kind, opening.span, found))
        return
      }
      let before = index
      item(self)
      if isPanicking { return }
      if accept(.comma) { continue }
      if token.kind == closing { continue }
      if token.startsLine && index > before && token.kind != .endOfFile && token.kind != .rightBrace {
        continue
      }
      if token.kind == .endOfFile || token.kind == .rightBrace {
        fail(.unclosedBracket(opening.kind, opening.span, found))
      } else {
        fail(.expected(.separatorOrClosing(closing), found))
      }
      return
    }
  }

  private func parseArgument() -> Argument {
    var argument = Argument(
      label: nil, isLearnable: false, isDraw: false, perUnit: false, value: ExprID(0))
    if isWord("learnable"), peek().isWord {
      argument.isLearnable = true
      advance()
    }
    if token.isWord, [.assign, .tilde, .colonAssign].contains(peek().kind) {
      argument.label = Name(token.text, token.span)
      advance()
      argument.isDraw = token.kind == .tilde
      if token.kind == .colonAssign { report(.notAssignment(token.span, ":=")) }
      advance()
      argument.value = parseExpression()
    } else {
      argument.value = parseExpression()
      if !isPanicking, token.kind == .tilde,
        case .index(let base, let shape) = tree[argument.value].kind,
        case .name(let text) = tree[base].kind
      {
        advance()
        argument.label = Name(text, spanOf(base))
        argument.shape = shape
        argument.isDraw = true
        argument.value = parseExpression()
      }
    }
    if !isPanicking, isWord("per"), peek().isWord("unit") {
      argument.perUnit = true
      advance()
      advance()
    }
    return argument
  }

  /// `KIND over AXIS [in WINDOW] [where FILTER] of PRODUCT`.
  private func parseReduction() -> ExprID {
    let start = token
    let kind = ReductionKind(rawValue: token.text)
    if kind == nil {
      let known = ReductionKind.allCases.map(\.rawValue)
      let meant = ["average": "mean", "avg": "mean", "total": "sum", "maximum": "max", "minimum": "min"][token.text]
      report(
        .unknownReduction(
          token.text, token.span, meant ?? Spelling.nearest(to: token.text, among: known)))
    }
    advance()
    advance()
    guard token.isWord, !atNewLine else {
      fail(.expected(.reductionAxis, found))
      return makeError()
    }
    let axis = ReductionAxis(rawValue: token.text)
    if axis == nil {
      let known = ReductionAxis.allCases.map(\.rawValue)
      let meant = [
        "unit": "units", "neurons": "units", "sample": "samples", "batch": "samples", "t": "time",
      ]
      report(
        .unknownReductionAxis(
          token.text, token.span,
          meant[token.text] ?? Spelling.nearest(to: token.text, among: known)))
    }
    advance()
    var window: ExprID?
    var filter: ExprID?
    if acceptWord("in") { window = parseOperators(Precedence.range) }
    if !isPanicking, acceptWord("where") { filter = parseCondition() }
    guard !isPanicking, expectWord("of") else { return makeError() }
    let operand = parseOperators(Precedence.product)
    guard let kind, let axis else { return make(.error, span(from: start.span)) }
    return make(
      .reduction(kind, axis, window: window, filter: filter, operand: operand),
      span(from: start.span))
  }
}
