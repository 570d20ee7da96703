extension Parser {
  func parseSynapse(_ start: Span, _ documentation: String?) {
    advance()
    let name = parseName(.synapseName, declares: true)
    var items: [SynapseItem] = []
    parseBlock(of: "synapse \(name.text)") { parser in
      if let item = parser.parseSynapseItem() { items.append(item) }
    }
    guard !name.text.isEmpty else { return }
    tree.declarations.append(
      .synapse(
        SynapseDecl(name: name, items: items, span: span(from: start), documentation: documentation)
      ))
  }

  private func parseSynapseItem() -> SynapseItem? {
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
    case "pre", "post":
      let side = Name(token.text, token.span)
      advance()
      guard acceptWord("trace") || expectWord("state") else { return nil }
      return parseState(from: start, isPersistent: false, documentation: documentation).map {
        .state(side: side, $0)
      }
    case "state", "trace":
      advance()
      return parseState(from: start, isPersistent: false, documentation: documentation).map {
        .state(side: nil, $0)
      }
    case "next": return parseNext().map { .next(state: $0, value: $1, span: $2) }
    case "on":
      advance()
      let event = parseName(.synapseEvent)
      var period: ExprID?
      if !isPanicking, event.text == "every" { period = parseExpression() }
      if !isPanicking, !["pre", "post", "every"].contains(event.text) {
        fail(.expected(.synapseEvent, FoundToken(description: "`\(event.text)`", span: event.span)))
        recoverHead()
        if !isPanicking { _ = parseBody(of: "on \(event.text)") }
        return nil
      }
      let body = parseBody(of: "on \(event.text)")
      return .handler(event: event, period: period, body: body, span: span(from: start))
    case "deliver":
      advance()
      let value = parseExpression()
      return isPanicking ? nil : .deliver(value, span: span(from: start))
    case "weight":
      advance()
      guard let bounds = parseBounds() else {
        if !isPanicking { fail(.expected(.word("in"), found)) }
        return nil
      }
      return .bounds(bounds, span: span(from: start))
    case "modulator":
      advance()
      let name = parseName(.modulatorName, declares: true)
      let type = isPanicking ? nil : parseTypeAnnotation()
      return isPanicking ? nil : .modulator(name: name, type: type, span: span(from: start))
    default:
      failUnknownItem(owner: "synapse", among: Keywords.synapseItems, expected: .synapseItem)
      return nil
    }
  }
}
