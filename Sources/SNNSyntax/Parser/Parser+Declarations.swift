extension Parser {
  func parseDeclaration() {
    let documentation = documentation()
    let start = token.span
    switch token.kind == .name ? token.text : "" {
    case "use": parseUse(start)
    case "function": parseFunction(start, documentation)
    case "surrogate": parseSurrogate(start, documentation)
    case "neuron": parseNeuron(start, documentation)
    case "synapse": parseSynapse(start, documentation)
    case "network": parseNetwork(start, documentation)
    case "task": parseTask(start, documentation)
    case "sweep": parseSweep(start)
    case "def" where endsInColon, "class" where endsInColon && peek(2).kind == .leftParenthesis:
      fail(.foreignKeyword(token.text, start, nil))
      skipToDeclaration()
    case "def", "func", "fn":
      report(.foreignKeyword(token.text, start, "function"))
      parseFunction(start, documentation)
    case "class", "model", "struct":
      report(.foreignKeyword(token.text, start, "neuron"))
      parseNeuron(start, documentation)
    case "import", "from":
      failOnce(.foreignKeyword(token.text, start, nil), about: "import")
    default:
      if token.kind == .rightBrace {
        // One brace too many is told where it is noticed first.
        if !isBehindBlock { report(.strayBrace(start)) }
        isBehindBlock = false
        advance()
      } else {
        let meant =
          token.kind == .name && peek().isWord
          ? Spelling.nearest(to: token.text, among: Keywords.declarations) : nil
        if token.isWord {
          if Self.statementHeads.contains(token.text) {
            if isBehindBlock { isPanicking = true }
            isBehindBlock = true
          }
          fail(.unknownItem(token.text, start, owner: "file", meant))
        } else {
          fail(.expected(.declaration, found))
        }
      }
    }
  }

  /// Whether the line ends with a colon, as heads of Python's blocks do.
  private var endsInColon: Bool {
    var place = index + 1
    while place < tokens.count - 1, !tokens[place].startsLine { place += 1 }
    return tokens[place - 1].kind == .colon
  }

  private func parseUse(_ start: Span) {
    advance()
    if token.kind == .string, !atNewLine {
      let file = token.text
      advance()
      tree.declarations.append(.use(UseDecl(path: [], file: file, span: span(from: start))))
      return
    }
    var path = [parseName(.usePath)]
    while !isPanicking, accept(.dot) { path.append(parseName(.memberName)) }
    if isPanicking { return }
    tree.declarations.append(.use(UseDecl(path: path, file: nil, span: span(from: start))))
  }

  /// `( NAME [: TYPE] [= E], … )`.
  func parseParameterList() -> [FunctionArgument] {
    var result: [FunctionArgument] = []
    parseSeparated(by: .rightParenthesis) { parser in
      let name = parser.parseName(.argumentName, declares: true)
      var argument = FunctionArgument(name: name, type: nil, defaultValue: nil)
      if !parser.isPanicking { argument.type = parser.parseTypeAnnotation() }
      if !parser.isPanicking, parser.accept(.assign) {
        argument.defaultValue = parser.parseExpression()
      }
      result.append(argument)
    }
    return result
  }

  private func parseFunction(_ start: Span, _ documentation: String?) {
    advance()
    let name = parseName(.functionName, declares: true)
    var arguments: [FunctionArgument] = []
    if !isPanicking {
      if token.kind == .leftParenthesis {
        arguments = parseParameterList()
      } else {
        fail(.expected(.token(.leftParenthesis), found))
      }
    }
    let result = isPanicking ? nil : parseTypeAnnotation()
    guard !isPanicking, expectAssign() else { return }
    let value = parseExpression()
    if isPanicking { return }
    tree.declarations.append(
      .function(
        FunctionDecl(
          name: name, arguments: arguments, result: result, value: value, span: span(from: start),
          documentation: documentation)))
  }

  private func parseSurrogate(_ start: Span, _ documentation: String?) {
    advance()
    let name = parseName(.surrogateName, declares: true)
    var arguments: [FunctionArgument] = []
    if !isPanicking {
      if token.kind == .leftParenthesis {
        arguments = parseParameterList()
      } else {
        fail(.expected(.token(.leftParenthesis), found))
      }
    }
    if isPanicking { return }
    let isPrimitive = acceptWord("from")
    guard isPrimitive || expectAssign() else { return }
    let value = parseExpression()
    if isPanicking { return }
    tree.declarations.append(
      .surrogate(
        SurrogateDecl(
          name: name, arguments: arguments, isPrimitive: isPrimitive, value: value,
          span: span(from: start),
          documentation: documentation)))
  }

  // MARK: Items shared by neurons, synapses and networks

  /// `(= E | ~ D)`, if there is one.
  func parseInitialiser() -> Initialiser? {
    guard !isPanicking else { return nil }
    switch token.kind {
    case .tilde:
      advance()
      return Initialiser(isDraw: true, value: parseExpression())
    case .assign, .equalEqual, .colonAssign:
      expectAssign()
      return Initialiser(isDraw: false, value: parseExpression())
    default: return nil
    }
  }

  /// `in LO .. HI`, `in LO ..`, `in .. HI`, if there is one.
  func parseBounds() -> BoundsSyntax? {
    guard !isPanicking, isWord("in") else { return nil }
    let start = token.span
    advance()
    var lower: ExprID?
    var upper: ExprID?
    if token.kind != .range { lower = parseOperators(Precedence.sum) }
    if isPanicking { return nil }
    switch token.kind {
    case .range: advance()
    case .tripleDot, .halfOpenRange:
      report(.foreignOperator(token.span, token.kind.rawValue, ".."))
      advance()
    default:
      fail(.expected(.token(.range), found))
      return nil
    }
    let ends: Set<TokenKind> = [.comma, .semicolon, .rightBrace, .rightParenthesis, .endOfFile]
    if lower == nil || !(token.startsLine || ends.contains(token.kind)) {
      upper = parseOperators(Precedence.sum)
    }
    return BoundsSyntax(lower: lower, upper: upper, span: span(from: start))
  }

  /// `[learnable] param NAME [: TYPE] [(= E | ~ D)] [per unit] [in LO .. HI]`; the cursor is at the first word.
  func parseParameter() -> ParameterDecl? {
    let documentation = documentation()
    let start = token.span
    let isLearnable = acceptWord("learnable")
    guard expectWord("param") else { return nil }
    let name = parseName(.parameterName, declares: true)
    let type = isPanicking ? nil : parseTypeAnnotation()
    let initialiser = parseInitialiser()
    var perUnit = false
    if !isPanicking, acceptWord("per") { perUnit = expectWord("unit") }
    let range = parseBounds()
    if !isPanicking, !perUnit, acceptWord("per") { perUnit = expectWord("unit") }
    if isPanicking { return nil }
    return ParameterDecl(
      name: name, isLearnable: isLearnable, type: type, initialiser: initialiser, perUnit: perUnit,
      range: range,
      span: span(from: start), documentation: documentation)
  }

  func parseLet() -> LetDecl? {
    let documentation = documentation()
    let start = token.span
    advance()
    let name = parseName(.letName, declares: true)
    let type = isPanicking ? nil : parseTypeAnnotation()
    guard !isPanicking, expectAssign() else { return nil }
    let value = parseExpression()
    if isPanicking { return nil }
    return LetDecl(
      name: name, type: type, value: value, span: span(from: start), documentation: documentation)
  }

  /// `[persistent] state NAME [: TYPE] (= E | ~ D)`; the cursor is behind the word `state` or `trace`.
  func parseState(from start: Span, isPersistent: Bool, documentation: String?)
    -> StateDecl?
  {
    let name = parseName(.stateName, declares: true)
    let type = isPanicking ? nil : parseTypeAnnotation()
    let initialiser = parseInitialiser()
    if isPanicking { return nil }
    return StateDecl(
      name: name, isPersistent: isPersistent, type: type, initialiser: initialiser,
      span: span(from: start),
      documentation: documentation)
  }

  /// `{ X = E; Y += E }`.
  func parseBody(of owner: String) -> [Assignment] {
    var body: [Assignment] = []
    parseBlock(of: owner, endsEarly: { $0.atDeclaration() || $0.looksLikeStatement }) { parser in
      if let assignment = parser.parseAssignment() { body.append(assignment) }
    }
    return body
  }

  private func parseAssignment() -> Assignment? {
    let start = token.span
    let target = parseDottedName(.assignmentTarget)
    if isPanicking { return nil }
    let op: AssignmentOperator
    switch token.kind {
    case .addAssign: op = .add
    case .subtractAssign: op = .subtract
    case .multiplyAssign: op = .multiply
    case .divideAssign: op = .divide
    case .assign: op = .set
    case .equalEqual, .colonAssign:
      report(.notAssignment(token.span, token.kind.rawValue))
      op = .set
    default:
      fail(.expected(.assignment, found))
      return nil
    }
    advance()
    let value = parseExpression()
    if isPanicking { return nil }
    return Assignment(target: target, op: op, value: value, span: span(from: start))
  }
}
