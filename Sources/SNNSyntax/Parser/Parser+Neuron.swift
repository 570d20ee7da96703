extension Parser {
  func parseNeuron(_ start: Span, _ documentation: String?) {
    advance()
    let name = parseName(.neuronName, declares: true)
    var declaration = NeuronDecl(
      name: name, base: nil, change: nil, items: [], span: start, documentation: documentation)
    if !isPanicking, accept(.assign) {
      declaration.base = parseDottedName(.neuronName)
      if isPanicking { return }
      if acceptWord("without") {
        guard expectWord("spike") else { return }
        declaration.change = .withoutSpike
      } else {
        guard expectWord("with") else { return }
        var alsoOnSpike = false
        let items = parseNeuronItems(of: "neuron \(name.text)", alsoOnSpike: &alsoOnSpike)
        declaration.change = .with(items, alsoOnSpike: alsoOnSpike)
      }
    } else {
      // Python writes `class LIF(Base):`, and the parameters of a network have no place here.
      if token.kind == .leftParenthesis { fail(.unexpected(found)) }
      var alsoOnSpike = false
      declaration.items = parseNeuronItems(of: "neuron \(name.text)", alsoOnSpike: &alsoOnSpike)
    }
    declaration.span = span(from: start)
    if !name.text.isEmpty { tree.declarations.append(.neuron(declaration)) }
  }

  private func parseNeuronItems(of owner: String, alsoOnSpike: inout Bool) -> [NeuronItem] {
    var items: [NeuronItem] = []
    var also = false
    parseBlock(of: owner) { parser in
      if let item = parser.parseNeuronItem(alsoOnSpike: &also) { items.append(item) }
    }
    alsoOnSpike = also
    return items
  }

  private func parseNeuronItem(alsoOnSpike: inout Bool) -> NeuronItem? {
    let documentation = documentation()
    let start = token.span
    if atEquation {
      return parseEquation().map {
        .flow(state: $0.state, coefficient: $0.coefficient, value: $0.value, span: $0.span)
      }
    }
    switch token.isWord ? token.text : "" {
    case "param", "learnable": return parseParameter().map { .parameter($0) }
    case "let": return parseLet().map { .letBinding($0) }
    case "state", "persistent":
      let isPersistent = acceptWord("persistent")
      guard expectWord("state") else { return nil }
      return parseState(from: start, isPersistent: isPersistent, documentation: documentation).map {
        .state($0)
      }
    case "next":
      return parseNext().map { .next(state: $0, value: $1, span: $2) }
    case "drive":
      advance()
      let name = parseName(.driveName, declares: true)
      let type = isPanicking ? nil : parseTypeAnnotation()
      return isPanicking ? nil : .drive(name: name, type: type, span: span(from: start))
    case "spike":
      advance()
      return parseSpikeCondition(start).map { .spikeWhen($0) }
    case "replace", "also":
      let isAddition = token.text == "also"
      advance()
      guard isWord("on") else {
        fail(.expected(.word("on"), found))
        return nil
      }
      if isAddition && peek().isWord("spike") { alsoOnSpike = true }
      return parseHandler(start, isAddition ? .also : .replace)
    case "on": return parseHandler(start, nil)
    case "refractory":
      advance()
      let time = parseExpression()
      var hold: [Name] = []
      if !isPanicking, acceptWord("hold") { hold = parseNames(.stateName) }
      return isPanicking ? nil : .refractory(time: time, hold: hold, span: span(from: start))
    case "integrate":
      advance()
      let method = parseName(.integrator)
      var arguments: [Argument] = []
      if !isPanicking, token.kind == .leftParenthesis, !token.startsLine {
        arguments = parseArguments()
      }
      if isPanicking { return nil }
      return .integrate(
        IntegratorSyntax(method: method, arguments: arguments, span: span(from: start)))
    case "emit":
      advance()
      let value = parseExpression()
      return isPanicking ? nil : .emit(value: value, span: span(from: start))
    default:
      failUnknownItem(owner: "neuron", among: Keywords.neuronItems, expected: .neuronItem)
      return nil
    }
  }

  func failUnknownItem(owner: String, among words: [String], expected: Expected) {
    if token.isWord {
      let text = token.text
      if ["for", "while", "return", "print"].contains(text) {
        return fail(.foreignKeyword(text, token.span, nil))
      }
      if owner == "network", peek().kind == .assign, !words.contains(text) {
        return fail(.unknownItem(text, token.span, owner: owner, "population " + text))
      }
      let aliases = [
        "parameter": "param", "parameters": "param", "var": "state", "variable": "state",
        "const": "param",
        "threshold": "spike", "fire": "spike", "reset": "on", "when": "spike",
        "connection": "connect",
        "synapse": "connect", "optimize": "optimise", "optimiser": "optimise",
        "optimizer": "optimise",
        "epoch": "epochs", "dataset": "data", "metric": "score", "assert": "expect",
        "train": "learn",
        "layer": "population", "pop": "population", "method": "integrate", "solver": "integrate",
        "dt": "step",
      ]
      let meant =
        aliases[text].flatMap { words.contains($0) ? $0 : nil }
        ?? Spelling.nearest(to: text, among: words)
      fail(.unknownItem(text, token.span, owner: owner, meant))
    } else {
      fail(.expected(expected, found))
    }
  }

  /// `next X = E`.
  func parseNext() -> (Name, ExprID, Span)? {
    let start = token.span
    advance()
    let name = parseName(.stateName)
    guard !isPanicking, expectAssign() else { return nil }
    let value = parseExpression()
    return isPanicking ? nil : (name, value, span(from: start))
  }

  /// `NAME, …`.
  func parseNames(_ expected: Expected, declares: Bool = false) -> [Name] {
    var names = [parseName(expected, declares: declares)]
    while !isPanicking, token.kind == .comma, peek().isWord, !atTaskSetting(1) {
      advance()
      names.append(parseName(expected, declares: declares))
    }
    return names
  }

  private func parseSpikeCondition(_ start: Span) -> SpikeCondition? {
    if acceptWord("with") {
      let isRate = isWord("rate")
      guard isRate || isWord("probability") else {
        fail(.expected(.rateOrProbability, found))
        return nil
      }
      advance()
      let value = parseExpression()
      if isPanicking { return nil }
      return isRate
        ? .rate(value, span: span(from: start)) : .probability(value, span: span(from: start))
    }
    if isWord("if") {
      report(.misplacedWord("if", token.span, "when"))
      advance()
    } else {
      guard expectWord("when") else { return nil }
    }
    let condition = parseCondition()
    if isPanicking { return nil }
    if acceptWord("crosses") {
      let level = parseOperators(Precedence.sum)
      return isPanicking ? nil : .crosses(value: condition, level: level, span: span(from: start))
    }
    switch tree[condition].kind {
    case .binary(.greater, let left, let right, _):
      return .comparison(left: left, right: right, isStrict: true, span: span(from: start))
    case .binary(.greaterOrEqual, let left, let right, _):
      return .comparison(left: left, right: right, isStrict: false, span: span(from: start))
    default: return .other(condition, span: span(from: start))
    }
  }

  /// `on spike { … }` or `on PORT(w) { … }`; the cursor is at `on`.
  private func parseHandler(_ start: Span, _ change: PortDecl.Change?) -> NeuronItem? {
    advance()
    if isWord("spike") {
      advance()
      let body = parseBody(of: "on spike")
      return .onSpike(body: body, span: span(from: start))
    }
    let name = parseName(.portName, declares: true)
    if !isPanicking, token.kind != .leftParenthesis { fail(.expected(.portBinder, found)) }
    if isPanicking {
      recoverHead()
      if !isPanicking { _ = parseBody(of: "on \(name.text)") }
      return nil
    }
    let opening = token
    advance()
    let binder = parseName(.portBinderName, declares: true)
    let type = isPanicking ? nil : parseTypeAnnotation()
    closeBracket(.rightParenthesis, opening: opening)
    let body = parseBody(of: "on \(name.text)")
    return .port(
      PortDecl(
        name: name, binder: binder, type: type, body: body, change: change, span: span(from: start)))
  }
}
