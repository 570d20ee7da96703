import SNNIR
import SNNSyntax

/// A connection's `rule NAME(…)`, until every name of the network is known.
struct PendingRule {
  var connection: Int
  var name: Name
  var arguments: [Argument]
  var span: Span
  var term: DimensionTerm
  var unit: ResolvedUnit?
  var weight: (initialiser: Initialiser, span: Span)?
  /// What the connection itself says of its weights: `in LO .. HI` and `sign`.
  var range: WeightRange?
}

/// A range of weights, in internal units, and where it is written.
struct WeightRange: Sendable {
  var lower: Double?
  var upper: Double?
  var span: Span
}

extension ExpressionChecker {
  /// What is found wrong inside a library's synapse, which is right by itself, comes from its use: the argument that the
  /// place inside mentions, or the use as a whole.
  fileprivate mutating func blame(_ use: PendingRule, for messages: Range<Int>, of synapse: Span) {
    guard synapse.file != use.span.file else { return }
    for index in messages {
      let inside = diagnostics[index].primary
      guard inside.span.file == synapse.file, inside.span.lower >= synapse.lower, inside.span.upper <= synapse.upper
      else { continue }
      let words = text(inside.span).split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
      let labels = use.arguments.compactMap(\.label)
      let guilty = labels.first { words.contains($0.text) } ?? (labels.count == 1 ? labels[0] : use.name)
      diagnostics[index].primary = Label(guilty.span, "with what is given here")
      diagnostics[index].secondary.insert(inside, at: 0)
      // A library is not edited for it.
      diagnostics[index].help.removeAll { !$0.edits.isEmpty }
    }
  }
}

extension NetworkBuilder {
  /// `signal NAME = E`: one number at a time, over the network's populations.
  func buildSignals(_ checker: inout ExpressionChecker) {
    let outer = checker.fallback
    defer { checker.fallback = outer }
    checker.fallback = TaskContext(network: lowered)
    for item in decl.items {
      guard case .signal(let name, let id, _) = item else { continue }
      var checked = checker.number(id)
      if !checked.isError, !checker.isSignal(checked.value) {
        checker.report(.notScalar(what: "a signal", at: checked.span))
        checked.type = .error
      }
      checker.declare(
        Entity(
          name.text, .signal, span: name.span, type: checked.type, value: checked.value, unit: checked.unit))
    }
  }

  mutating func buildRules(_ checker: inout ExpressionChecker) {
    for pending in pendingRules {
      let names = checker.program.names[file] ?? GlobalNames()
      guard let index = names.synapses[pending.name.text] else {
        checker.report(
          .unknownSynapse(
            name: pending.name.text, kind: names.kind(of: pending.name.text), at: pending.name.span,
            nearest: Spelling.nearest(to: pending.name.text, among: names.synapses.keys)))
        isComplete = false
        continue
      }
      let declared = checker.program.synapses[index]
      guard let arguments = arguments(pending, declared.decl, &checker) else {
        isComplete = false
        continue
      }
      // What is wrong with the synapse itself is told there.
      if checker.faultySynapses.contains(index) {
        isComplete = false
        continue
      }
      let link = SynapseLink(
        index: pending.connection, name: checker.model.connections[pending.connection].name, network: lowered,
        weightTerm: pending.term, weightUnit: pending.unit)
      var first: (value: ValueID, span: Span)?
      let weight = checker.model.parameters[checker.model.connections[pending.connection].weight]
      if case .value(let value) = weight.initial {
        first = (value, pending.weight.map { checker.expression($0.initialiser.value).span } ?? pending.span)
      }
      var builder = SynapseBuilder(
        declared,
        RuleInstance(
          link: link, arguments: arguments, scopes: checker.scopes, span: pending.name.span, first: first,
          range: pending.range))
      let (errors, told) = (checker.errorCount, checker.diagnostics.count)
      builder.build(&checker)
      if checker.errorCount > errors { isComplete = false }
      checker.blame(pending, for: told..<checker.diagnostics.count, of: declared.decl.span)
      let place = checker.model.rules.count
      checker.model.rules.append(builder.rule)
      ruleTerms += builder.terms.map { (place, $0.target, $0.term, $0.unit) }
    }
  }

  private mutating func arguments(
    _ pending: PendingRule, _ synapse: SynapseDecl, _ checker: inout ExpressionChecker
  ) -> [RuleArgument]? {
    let known = synapse.items.compactMap { item -> String? in
      switch item {
      case .parameter(let parameter): parameter.name.text
      case .modulator(let name, _, _): name.text
      default: nil
      }
    }
    let name = synapse.name.text
    var result: [RuleArgument] = []
    var isRight = true
    for argument in pending.arguments {
      let span = argument.label?.span ?? checker.expression(argument.value).span
      guard let label = argument.label else {
        checker.report(.unlabelledArgument(synapse: name, at: span))
        isRight = false
        continue
      }
      guard known.contains(label.text) else {
        checker.report(
          .unknownArgument(
            name: label.text, synapse: name, at: span, nearest: Spelling.nearest(to: label.text, among: known),
            known: known))
        isRight = false
        continue
      }
      if argument.isDraw || argument.isLearnable || argument.perUnit {
        checker.report(.drawnArgument(name: label.text, synapse: name, at: span))
        isRight = false
        continue
      }
      if let first = result.first(where: { $0.name.text == label.text }) {
        checker.report(.duplicateName(name: label.text, at: span, first: first.name.span))
        isRight = false
        continue
      }
      result.append(RuleArgument(name: label, value: argument.value, file: file, checked: nil))
    }
    let prefix = checker.model.connections[pending.connection].name + "."
    for setting in settings where setting.name.hasPrefix(prefix) {
      let own = String(setting.name.dropFirst(prefix.count))
      guard known.contains(own) else { continue }
      usedSettings.insert(setting.name)
      result.removeAll { $0.name.text == own }
      checker.file = setting.file
      let checked = checker.number(setting.value)
      checker.file = file
      if checked.isError { isRight = false }
      result.append(
        RuleArgument(name: Name(own, setting.span), value: setting.value, file: setting.file, checked: checked))
    }
    return isRight ? result : nil
  }

  /// Fixes what is open in the rules' dimensions and gives everything its unit.
  func settleRules(_ checker: inout ExpressionChecker) {
    for (place, target, term, written) in ruleTerms {
      for variable in checker.solver.resolve(term).unknown.keys.sorted() {
        _ = checker.solver.unify(DimensionTerm(variable), .one)
      }
      let dimension = checker.solver.constant(term) ?? .one
      let unit = ((written?.dimension == dimension ? written : nil) ?? dimension.displayUnit).display
      switch target {
      case .state(let index):
        checker.model.rules[place].states[index].unit = unit
        checker.model.graph.setUnit(unit, of: checker.model.rules[place].states[index].symbol)
      case .parameter(let index):
        checker.model.parameters[index].unit = unit
        checker.model.graph.setUnit(unit, of: checker.model.parameters[index].symbol)
      }
    }
    for rule in checker.model.rules {
      let weight = checker.model.parameters[checker.model.connections[rule.connection].weight]
      checker.model.graph.setUnit(weight.unit, of: rule.weight)
    }
  }
}
