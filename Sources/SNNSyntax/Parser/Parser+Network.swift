extension Parser {
  func parseNetwork(_ start: Span, _ documentation: String?) {
    advance()
    let name = parseName(.networkName, declares: true)
    var declaration = NetworkDecl(
      name: name, parameters: [], items: [], conversion: nil, span: start,
      documentation: documentation)
    if !isPanicking, token.kind == .leftParenthesis {
      declaration.parameters = parseParameterList()
    }
    if !isPanicking, accept(.assign) {
      declaration.conversion = parseExpression()
      if isPanicking { return }
    } else {
      var items: [NetworkItem] = []
      parseBlock(of: "network \(name.text)") { parser in
        if let item = parser.parseNetworkItem() { items.append(item) }
      }
      declaration.items = items
    }
    declaration.span = span(from: start)
    if !name.text.isEmpty { tree.declarations.append(.network(declaration)) }
  }

  private func parseNetworkItem() -> NetworkItem? {
    let documentation = documentation()
    let start = token.span
    switch token.isWord ? token.text : "" {
    case "step":
      advance()
      if acceptWord("exact") { return .step(.exact, span: span(from: start)) }
      _ = accept(.assign)
      let time = parseExpression()
      return isPanicking ? nil : .step(.time(time), span: span(from: start))
    case "input": return parseInput(start, documentation).map { .input($0) }
    case "population":
      advance()
      let name = parseName(.populationName, declares: true)
      guard !isPanicking, expectAssign() else { return nil }
      let model = parseDottedName(.neuronName)
      var shape: [ExprID] = []
      var arguments: [Argument] = []
      if !isPanicking, token.kind == .leftBracket, !token.startsLine {
        shape = parseBracketedList()
      }
      if !isPanicking, token.kind == .leftParenthesis, !token.startsLine {
        arguments = parseArguments()
      }
      var placement: ExprID?
      if !isPanicking, !token.startsLine, acceptWord("at") { placement = parsePostfix() }
      if isPanicking { return nil }
      return .population(
        PopulationDecl(
          name: name, model: model, shape: shape, arguments: arguments, placement: placement, span: span(from: start),
          documentation: documentation))
    case "connect": return parseConnect(start).map { .connect($0) }
    case "part":
      advance()
      let name = parseName(.partName, declares: true)
      guard !isPanicking, expectAssign() else { return nil }
      let network = parseDottedName(.networkName)
      var arguments: [Argument] = []
      if !isPanicking, token.kind == .leftParenthesis, !token.startsLine {
        arguments = parseArguments()
      }
      return isPanicking
        ? nil : .part(name: name, network: network, arguments: arguments, span: span(from: start))
    case "signal":
      advance()
      let name = parseName(.signalName, declares: true)
      guard !isPanicking, expectAssign() else { return nil }
      let value = parseExpression()
      return isPanicking ? nil : .signal(name: name, value: value, span: span(from: start))
    case "param", "learnable": return parseParameter().map { .parameter($0) }
    case "let": return parseLet().map { .letBinding($0) }
    default:
      failUnknownItem(owner: "network", among: Keywords.networkItems, expected: .networkItem)
      return nil
    }
  }

  /// `input NAME : spikes[SHAPE] [= SOURCE]` or `input NAME[SHAPE] : TYPE [= SOURCE]`.
  private func parseInput(_ start: Span, _ documentation: String?) -> InputDecl? {
    advance()
    let name = parseName(.inputName, declares: true)
    var input = InputDecl(
      name: name, shape: [], isSpikes: false, type: nil, source: nil, placement: nil, span: start,
      documentation: documentation)
    if !isPanicking, token.kind == .leftBracket, !token.startsLine {
      input.shape = parseBracketedList()
    }
    guard !isPanicking else { return nil }
    guard let type = parseTypeAnnotation() else {
      fail(.expected(.inputType, found))
      return nil
    }
    if case .spikes(let shape) = type.kind {
      input.isSpikes = true
      if !shape.isEmpty { input.shape = shape }
    } else {
      input.type = type
    }
    if !isPanicking, !token.startsLine, acceptWord("at") { input.placement = parsePostfix() }
    if !isPanicking, token.kind == .assign { input.source = parseInitialiser()?.value }
    if isPanicking { return nil }
    input.span = span(from: start)
    return input
  }

  private func parseConnect(_ start: Span) -> ConnectDecl? {
    advance()
    var sources = [parsePostfix()]
    while !isPanicking, accept(.comma) { sources.append(parsePostfix()) }
    if isPanicking { return nil }
    switch token.kind {
    case .arrow: advance()
    case .fatArrow, .longArrow:
      report(.foreignOperator(token.span, token.kind.rawValue, "->"))
      advance()
    case .greater, .tilde, .minus:
      let wrong = token.span
      advance()
      if token.kind == .greater { advance() }
      report(.foreignOperator(span(from: wrong), file.text(span(from: wrong)), "->"))
    case .name where token.text == "to":
      report(.foreignOperator(token.span, "to", "->"))
      advance()
    default:
      fail(.expected(.token(.arrow), found))
      return nil
    }
    var targets = [parsePostfix()]
    while !isPanicking, accept(.comma) { targets.append(parsePostfix()) }
    var name: Name?
    if !isPanicking, acceptWord("as") { name = parseName(.connectionName, declares: true) }
    var items: [ConnectItem] = []
    let bodyFollows =
      !atNewLine && token.kind != .rightBrace && token.kind != .semicolon
      && token.kind != .endOfFile
    if isPanicking || bodyFollows || token.kind == .leftBrace {
      parseBlock(
        of: "connect", allowsComma: true, endsEarly: { $0.atDeclaration() || $0.atNetworkItem }
      ) { parser in
        if let item = parser.parseConnectItem() { items.append(item) }
      }
    }
    if isPanicking { return nil }
    return ConnectDecl(
      sources: sources, targets: targets, name: name, items: items, span: span(from: start))
  }

  private var atNetworkItem: Bool {
    ["step", "input", "population", "connect", "part", "signal"].contains(token.text)
      && looksLikeStatement
  }

  private static let patterns = [
    "all", "one_to_one", "random", "fixed_indegree", "fixed_outdegree", "distance", "conv2d",
    "pool2d",
  ]

  private func parseConnectItem() -> ConnectItem? {
    let start = token.span
    switch token.isWord ? token.text : "" {
    case "pattern":
      advance()
      return parsePattern(start)
    case let word where Self.patterns.contains(word):
      report(.missingWord("pattern", before: start, "the pattern of a connection"))
      return parsePattern(start)
    case "no":
      advance()
      return expectWord("self") ? .noSelf(span: span(from: start)) : nil
    case "learnable", "weight", "delay":
      let isLearnable = acceptWord("learnable")
      let isWeight = isWord("weight")
      guard isWeight || isWord("delay") else {
        fail(.expected(.weightOrDelay, found))
        return nil
      }
      advance()
      let type = isWeight ? parseTypeAnnotation() : nil
      guard !isPanicking else { return nil }
      guard let initialiser = parseInitialiser() else {
        fail(.expected(.initialiser, found))
        return nil
      }
      let range = parseBounds()
      if isPanicking { return nil }
      return isWeight
        ? .weight(
          isLearnable: isLearnable, type: type, initialiser: initialiser, range: range,
          span: span(from: start))
        : .delay(
          isLearnable: isLearnable, initialiser: initialiser, range: range, span: span(from: start))
    case "sign":
      advance()
      let sign = parseName(.sign)
      return isPanicking ? nil : .sign(sign, span: span(from: start))
    case "rule":
      advance()
      let name = parseDottedName(.synapseName)
      var arguments: [Argument] = []
      if !isPanicking, token.kind == .leftParenthesis, !token.startsLine {
        arguments = parseArguments()
      }
      return isPanicking ? nil : .rule(name: name, arguments: arguments, span: span(from: start))
    case "current":
      advance()
      guard expectAssign() else { return nil }
      let value = parseExpression()
      return isPanicking ? nil : .current(value, span: span(from: start))
    case "dropout":
      advance()
      _ = accept(.assign)
      let value = parseExpression()
      return isPanicking ? nil : .dropout(value, span: span(from: start))
    default:
      failUnknownItem(owner: "connection", among: Keywords.connectItems, expected: .connectItem)
      return nil
    }
  }

  private func parsePattern(_ start: Span) -> ConnectItem? {
    let name = parseName(.pattern)
    var arguments: [Argument] = []
    if isPanicking { return nil }
    if name.text == "from" {
      let value = parsePostfix()
      arguments = [
        Argument(label: nil, isLearnable: false, isDraw: false, perUnit: false, value: value)
      ]
    } else if token.kind == .leftParenthesis, !token.startsLine {
      arguments = parseArguments()
    }
    return isPanicking ? nil : .pattern(name: name, arguments: arguments, span: span(from: start))
  }
}
