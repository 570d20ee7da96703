extension Parser {
  func parseTask(_ start: Span, _ documentation: String?) {
    advance()
    let name = parseName(.taskName, declares: true)
    var declaration = TaskDecl(
      name: name, network: nil, networkArguments: [], base: nil, items: [], span: start,
      documentation: documentation)
    if !isPanicking, acceptWord("of") {
      declaration.network = parseDottedName(.networkName)
      if !isPanicking, token.kind == .leftParenthesis {
        declaration.networkArguments = parseArguments()
      }
    }
    if !isPanicking, accept(.assign) {
      declaration.base = parseDottedName(.taskName)
      if !isPanicking { expectWord("with") }
    }
    var items: [TaskItem] = []
    parseBlock(of: "task \(name.text)", allowsComma: true) { parser in
      if let item = parser.parseTaskItem() { items.append(item) }
    }
    declaration.items = items
    declaration.span = span(from: start)
    if !name.text.isEmpty { tree.declarations.append(.task(declaration)) }
  }

  private func parseTaskItem() -> TaskItem? {
    let start = token.span
    switch token.isWord ? token.text : "" {
    case "data":
      advance()
      let names = parseNames(.dataName, declares: true)
      guard !isPanicking, expectAssign() else { return nil }
      let source = parseExpression()
      return isPanicking ? nil : .data(names: names, source: source, span: span(from: start))
    case "feed":
      advance()
      let target = parsePostfix()
      guard !isPanicking, expectAssign() else { return nil }
      let value = parseExpression()
      return isPanicking ? nil : .feed(target: target, value: value, span: span(from: start))
    case "run":
      advance()
      if !acceptWord("for") { report(.missingWord("for", before: token.span, "the time to run")) }
      let time = parseExpression()
      return isPanicking ? nil : .run(time, span: span(from: start))
    case "loss":
      advance()
      guard expectAssign() else { return nil }
      let value = parseExpression()
      return isPanicking ? nil : .loss(value, span: span(from: start))
    case "score":
      advance()
      let name = parseName(.scoreName, declares: true)
      guard !isPanicking, expectAssign() else { return nil }
      let value = parseExpression()
      return isPanicking ? nil : .score(name: name, value: value, span: span(from: start))
    case "let": return parseLet().map { .letBinding($0) }
    case "learn": return parseLearn(start).map { .learn($0) }
    case "optimise", "optimize":
      if token.text == "optimize" { report(.misplacedWord("optimize", start, "optimise")) }
      advance()
      let value = parsePostfix()
      return isPanicking ? nil : .optimise(value, span: span(from: start))
    case "record":
      advance()
      let items = parseExpressions()
      var every: ExprID?
      if !isPanicking, acceptWord("every") { every = parseExpression() }
      return isPanicking ? nil : .record(items: items, every: every, span: span(from: start))
    case "plot":
      advance()
      let items = parseExpressions()
      return isPanicking ? nil : .plot(items: items, span: span(from: start))
    case "carry":
      advance()
      guard expectWord("state") else { return nil }
      let names = token.isWord && !atNewLine ? parseDottedNames(.stateName) : []
      return isPanicking ? nil : .carry(names: names, span: span(from: start))
    case "freeze":
      advance()
      let names = parseDottedNames(.parameterName)
      return isPanicking ? nil : .freeze(names: names, span: span(from: start))
    case "validate": return parseValidate(start)
    case "start":
      advance()
      guard expectWord("from") else { return nil }
      let task = parseDottedName(.taskName)
      return isPanicking ? nil : .startFrom(task: task, span: span(from: start))
    case "expect": return parseExpectation(start).map { .expect($0) }
    case let word where Keywords.taskSettings.contains(word): return parseSetting(start)
    default:
      failUnknownItem(
        owner: "task", among: Keywords.taskItems + Keywords.taskSettings, expected: .taskItem)
      return nil
    }
  }

  /// Whether a setting (`batch 64`) begins `distance` tokens behind the cursor, so that a list in front of it ends.
  func atTaskSetting(_ distance: Int) -> Bool {
    let word = peek(distance)
    guard word.kind == .name, Keywords.taskSettings.contains(word.text) || word.text == "keep"
    else { return false }
    let next = peek(distance + 1)
    return next.isWord || next.kind == .number || next.kind == .assign
  }

  /// `E, …`; the comma before a setting belongs to the task.
  private func parseExpressions() -> [ExprID] {
    var items = [parseExpression()]
    while !isPanicking, token.kind == .comma, !atTaskSetting(1) {
      advance()
      items.append(parseExpression())
    }
    return items
  }

  private func parseDottedNames(_ expected: Expected) -> [Name] {
    var names = [parseDottedName(expected)]
    while !isPanicking, token.kind == .comma, !atTaskSetting(1) {
      advance()
      names.append(parseDottedName(expected))
    }
    return names
  }

  /// `learn [NAMES] [on DATA] by RULE [{ axis = value, … }]`.
  private func parseLearn(_ start: Span) -> LearnDecl? {
    advance()
    var learn = LearnDecl(names: [], data: nil, rule: Name("", start), axes: [], span: start)
    if !atNewLine, !isWord("on"), !isWord("by") {
      learn.names.append(parsePostfix())
      while !isPanicking, accept(.comma) { learn.names.append(parsePostfix()) }
    }
    if !isPanicking, acceptWord("on") { learn.data = parseName(.dataName) }
    guard !isPanicking, expectWord("by") else { return nil }
    learn.rule = parseName(.learningRule)
    if !isPanicking, token.kind == .leftBrace {
      var axes: [AxisSyntax] = []
      parseBlock(
        of: "learn", allowsComma: true,
        endsEarly: { $0.atDeclaration(except: ["surrogate"]) || $0.atTaskItem }
      ) { parser in
        if let axis = parser.parseAxis() { axes.append(axis) }
      }
      learn.axes = axes
    }
    if isPanicking { return nil }
    learn.span = span(from: start)
    return learn
  }

  private var atTaskItem: Bool {
    ["data", "feed", "run", "loss", "score", "learn", "optimise", "record", "expect"].contains(
      token.text)
      && token.startsLine && peek().kind != .assign && looksLikeStatement
  }

  /// `KEY [SUBJECT] = E`.
  private func parseAxis() -> AxisSyntax? {
    let start = token.span
    let key = parseName(.axisName)
    var subject: Name?
    if !isPanicking, token.isWord, !token.startsLine { subject = parseDottedName(.populationName) }
    guard !isPanicking, expectAssign() else { return nil }
    let value = parseSettingValue()
    return isPanicking
      ? nil : AxisSyntax(key: key, subject: subject, value: value, span: span(from: start))
  }

  /// `every TIME` becomes a call of `every`; anything else is an expression.
  private func parseSettingValue() -> ExprID {
    guard isWord("every"), peek().kind != .leftParenthesis, !peek().startsLine else {
      return parseExpression()
    }
    let name = make(.name("every"), token.span)
    advance()
    let time = parseExpression()
    let argument = Argument(
      label: nil, isLearnable: false, isDraw: false, perUnit: false, value: time)
    return make(.call(name, [argument]), span(from: spanOf(name)))
  }

  private func parseSetting(_ start: Span) -> TaskItem? {
    let key = Name(token.text, token.span)
    advance()
    _ = accept(.assign)
    let value = parseSettingValue()
    return isPanicking ? nil : .setting(key: key, value: value, span: span(from: start))
  }

  /// `validate on DATA [, keep best SCORE]`.
  private func parseValidate(_ start: Span) -> TaskItem? {
    advance()
    guard expectWord("on") else { return nil }
    let data = parseName(.dataName)
    var best: Name?
    if !isPanicking, token.kind == .comma, peek().isWord("keep") {
      advance()
      advance()
      guard expectWord("best") else { return nil }
      best = parseName(.scoreName)
    }
    return isPanicking ? nil : .validate(data: data, keepBest: best, span: span(from: start))
  }

  /// `expect E` or `expect X =~ TARGET +- TOLERANCE`.
  private func parseExpectation(_ start: Span) -> ExpectDecl? {
    advance()
    let condition = parseCondition()
    if isPanicking { return nil }
    var expectation = ExpectDecl(condition: condition, target: nil, tolerance: nil, span: start)
    if accept(.matches) {
      expectation.target = parseOperators(Precedence.sum)
      if isPanicking { return nil }
      guard accept(.plusMinus) else {
        fail(.expected(.token(.plusMinus), found))
        return nil
      }
      expectation.tolerance = parseOperators(Precedence.sum)
    }
    if isPanicking { return nil }
    expectation.span = span(from: start)
    return expectation
  }

  /// `sweep S of A { KEY in LIST | LO .. HI [log], seeds 5 }`.
  func parseSweep(_ start: Span) {
    advance()
    let name = parseName(.sweepName, declares: true)
    if !isPanicking { expectWord("of") }
    let task = isPanicking ? Name("", endOfPrevious) : parseDottedName(.taskName)
    var keys: [SweepKey] = []
    var seeds: ExprID?
    parseBlock(of: "sweep \(name.text)", allowsComma: true) { parser in
      if parser.isWord("seeds"), !parser.peek().isWord("in") {
        parser.advance()
        _ = parser.accept(.assign)
        seeds = parser.parseExpression()
        return
      }
      let key = parser.parsePostfix()
      guard !parser.isPanicking, parser.expectWord("in") else { return }
      let values = parser.parseOperators(Precedence.range)
      if parser.isPanicking { return }
      let isLogarithmic = parser.acceptWord("log")
      keys.append(SweepKey(key: key, values: values, isLogarithmic: isLogarithmic))
    }
    guard !name.text.isEmpty else { return }
    tree.declarations.append(
      .sweep(SweepDecl(name: name, task: task, keys: keys, seeds: seeds, span: span(from: start))))
  }
}
