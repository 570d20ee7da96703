import SNNIR
import SNNSyntax

extension TaskBuilder {
  mutating func buildExpectations(_ checker: inout ExpressionChecker) {
    checker.task.place = .expectation
    defer {
      checker.task.place = .objective
      checker.file = file
    }
    for entry in items {
      guard case .expect(let expect) = entry.item else { continue }
      checker.file = entry.file
      checker.enterExpression(expect.condition)
      let result: (condition: ValueID, measured: Checked?)?
      if let target = expect.target {
        result = matches(expect, target, &checker)
      } else {
        result = condition(expect, &checker)
      }
      guard let (condition, measured) = result else { continue }
      let start = checker.expression(expect.condition).span
      let end = (expect.tolerance ?? expect.target).map { checker.expression($0).span } ?? start
      guard let value = settled(Checked(condition, .boolean, start), &checker) else { continue }
      var shown: ValueID?
      if let measured { shown = self.shown(measured, &checker) }
      task.expectations.append(
        Expectation(
          text: checker.text(start.union(end)), condition: value, measured: shown,
          location: checker.location(expect.span)))
    }
  }

  private func condition(
    _ expect: ExpectDecl, _ checker: inout ExpressionChecker
  ) -> (condition: ValueID, measured: Checked?)? {
    let checked = checker.condition(expect.condition)
    if checked.isError { return nil }
    let node = checker.model.graph[checked.value]
    guard [.lt, .le, .gt, .ge, .eq, .ne].contains(node.opcode) else { return (checked.value, nil) }
    let left = checker.model.graph.argument(checked.value, 0)
    let right = checker.model.graph.argument(checked.value, 1)
    // The side that was measured is the one that is no constant.
    let side = checker.constantValue(left) == nil ? left : right
    return (checked.value, Checked(side, .dimensionless, checked.span))
  }

  /// `X =~ T +- TOL`.
  private func matches(
    _ expect: ExpectDecl, _ targetID: ExprID, _ checker: inout ExpressionChecker
  ) -> (condition: ValueID, measured: Checked?)? {
    let value = checker.number(expect.condition)
    guard let term = value.dimension, let toleranceID = expect.tolerance else { return nil }
    let note = "`\(checker.text(value.span))` is compared with it"
    checker.enterExpression(targetID)
    let target = checker.number(targetID, expecting: term, because: note)
    let tolerance = checker.number(toleranceID, expecting: term, because: note)
    if value.isError || target.isError || tolerance.isError { return nil }
    if let number = checker.staticValue(tolerance.value), number < 0 {
      checker.report(.outOfRange(what: "a tolerance", wanted: "at least 0", at: tolerance.span))
      return nil
    }
    let result = checker.joined([value, target, tolerance], expect.span) { checker in
      let difference = checker.model.graph.sub(value.value, target.value)
      let distance = checker.model.graph.unary(.abs, difference)
      let holds = checker.model.graph.compare(.le, distance, tolerance.value)
      return Checked(holds, .boolean, expect.span)
    }
    return result.isError ? nil : (result.value, value)
  }

  /// What an expectation may read: scores on data sets, or, in a task without data, records.
  private func settled(_ checked: Checked, _ checker: inout ExpressionChecker) -> ValueID? {
    guard let value = checker.perSample(checked) else { return nil }
    let readsPopulations = checker.model.graph.loadedSymbols([value]).contains { symbol in
      switch checker.model.graph[symbol].kind {
      case .recorded, .data: true
      default: false
      }
    }
    guard readsPopulations, !task.dataSets.isEmpty else { return value }
    checker.report(
      .expectReadsPopulation(scores: task.scores.map(\.name), set: task.dataSets[0].name, at: checked.span))
    return nil
  }

  /// The measured value, with the same axes as its condition has.
  private func shown(_ checked: Checked, _ checker: inout ExpressionChecker) -> ValueID? {
    var value: ValueID?
    checker.quietly { value = $0.perSample(checked) }
    return value
  }
}

extension ExpressionChecker {
  /// `accuracy(test)`, `loss(test)`; nil where the name is no score.
  mutating func metric(_ name: String, _ arguments: [Argument], _ span: Span) -> Checked? {
    let score: Int
    if let index = task.scores.firstIndex(of: name) {
      score = index
    } else if name == "loss", task.hasLoss {
      score = -1
    } else {
      return nil
    }
    guard let given = matched(arguments, name, ["set"], required: 1, span), let id = given["set"] else {
      return errorResult(span)
    }
    guard case .name(let set) = expression(id).kind, let index = task.dataSets.firstIndex(of: set) else {
      let text = text(expression(id).span)
      report(
        .noSuchDataSet(
          name: text, at: expression(id).span, nearest: Spelling.nearest(to: text, among: task.dataSets),
          known: task.dataSets))
      return errorResult(span)
    }
    let kind = SymbolKind.metric(score: score, dataSet: index)
    if let known = model.graph.symbols.firstIndex(where: { $0.kind == kind }) {
      return Checked(model.graph.load(SymbolID(known)), .dimensionless, span)
    }
    let symbol = model.graph.addSymbol(
      Symbol("\(name)(\(set))", kind, domain: .constant, location: location(span)))
    return Checked(model.graph.load(symbol), .dimensionless, span)
  }
}
