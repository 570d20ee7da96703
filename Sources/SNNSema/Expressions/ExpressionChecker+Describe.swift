import SNNIR
import SNNSyntax

/// One operand of a message: what it is, where it stands, and where that was decided.
public struct OperandDescription: Hashable, Sendable {
  public var span: Span
  /// `voltage`, `number`, `condition`.
  public var words: String
  /// `a voltage`.
  public var phrase: String
  /// In the user's unit; nil for numbers and conditions.
  public var unit: String?
  /// Line of the declaration that says so, when it is another one.
  public var line: Int?
  public var text: String

  /// `current (pA), from line 6`.
  public var label: String {
    var label = words
    if let unit, unit != words { label += " (\(unit))" }
    if let line { label += ", from line \(line)" }
    return label
  }
}

extension ExpressionChecker {
  public func describe(_ checked: Checked) -> OperandDescription {
    let text = text(checked.span)
    var line: Int?
    if let origin = checked.origin, text != context.subject, origin.file == checked.span.file {
      let declared = program.line(origin)
      line = declared == program.line(checked.span) ? nil : declared
    }
    switch checked.type {
    case .error:
      return OperandDescription(span: checked.span, words: "erroneous", phrase: "an error", text: text)
    case .boolean:
      return OperandDescription(span: checked.span, words: "condition", phrase: "a condition", text: text)
    case .number(let term):
      guard let dimension = solver.constant(term) else {
        let words = solver.describe(term)
        return OperandDescription(span: checked.span, words: words, phrase: "a \(words)", line: line, text: text)
      }
      let unit = dimension.isOne ? nil : checked.unit?.text ?? dimension.unitText
      return OperandDescription(
        span: checked.span, words: dimension.words, phrase: dimension.phrase, unit: unit, line: line, text: text)
    }
  }

  mutating func reportMismatch(_ op: BinaryOperator, _ a: Checked, _ b: Checked, _ aID: ExprID, _ bID: ExprID) {
    report(
      .operandMismatch(
        op: op, left: describe(a), right: describe(b), note: context.note,
        help: helpForOperands(op, a, b, aID, bID)))
  }

  // MARK: Suggestions

  /// A factor or divisor among the names in scope that turns one dimension into another.
  private func conversion(
    from: Dimension, to: Dimension, avoiding: Set<String> = []
  ) -> (entity: Entity, divides: Bool)? {
    for scope in scopes.dropFirst().reversed() {
      for entity in scope.entities where entity.kind == .parameter || entity.kind == .argument {
        guard case .number(let term) = entity.type, let dimension = solver.constant(term), !dimension.isOne else {
          continue
        }
        // Voltages and currents are what equations are about; a product with one is hardly what was meant.
        if !to.isOne, [.voltage, .current].contains(dimension) { continue }
        if avoiding.contains(entity.name) { continue }
        if from * dimension == to { return (entity, false) }
        if from / dimension == to { return (entity, true) }
      }
    }
    return nil
  }

  private func needsParentheses(_ id: ExprID, divides: Bool) -> Bool {
    switch expression(id).kind {
    case .binary(let op, _, _, _): op == .multiply || op == .power ? false : op != .divide
    case .conditional: true
    default: false
    }
  }

  /// `R * I_e - V`: the first operand, or the one that is not what the equation is about, brought to the other's
  /// dimension.
  private func helpForOperands(
    _ op: BinaryOperator, _ a: Checked, _ b: Checked, _ aID: ExprID, _ bID: ExprID
  ) -> [FixIt] {
    guard let l = a.dimension.flatMap(solver.constant), let r = b.dimension.flatMap(solver.constant) else { return [] }
    let preferred = context.preferred.flatMap(solver.constant)
    let order = preferred == l ? [(b, bID, r, l), (a, aID, l, r)] : [(a, aID, l, r), (b, bID, r, l)]
    for (operand, id, from, to) in order {
      if let fix = unitFix(operand, from: from, to: to) { return [fix] }
      guard let (entity, divides) = conversion(from: from, to: to) else { continue }
      let inner = text(operand.span)
      let wrapped = needsParentheses(id, divides: divides) ? "(\(inner))" : inner
      let new = divides ? "\(wrapped) / \(entity.name)" : "\(entity.name) * \(wrapped)"
      let whole =
        operand.span == a.span ? "\(new) \(op.rawValue) \(text(b.span))" : "\(text(a.span)) \(op.rawValue) \(new)"
      return [suggestion(whole, entity, Edit(operand.span, new))]
    }
    return []
  }

  private func suggestion(_ whole: String, _ entity: Entity, _ edit: Edit) -> FixIt {
    var message = "did you mean `\(whole)`?"
    if case .number(let term) = entity.type, let dimension = solver.constant(term) {
      message += " `\(entity.name)` is \(dimension.phrase)"
      if let span = entity.span { message += ", line \(program.line(span))" }
    }
    return FixIt(message, edits: [edit])
  }

  /// A bare number where a quantity is needed: the unit is missing.
  private func unitFix(_ operand: Checked, from: Dimension, to: Dimension) -> FixIt? {
    guard from.isOne, !to.isOne, model.graph.constant(operand.value) != nil else { return nil }
    let text = text(operand.span)
    guard let last = text.last, last.isNumber || last == "." else { return nil }
    let unit = preferredUnit(to)
    return FixIt("write its unit: `\(text) \(unit)`", edits: [Edit(operand.span, "\(text) \(unit)")])
  }

  /// The unit that the user's own declarations use for a dimension.
  func preferredUnit(_ dimension: Dimension) -> String {
    for scope in scopes.dropFirst().reversed() {
      for entity in scope.entities {
        if let unit = entity.unit, unit.dimension == dimension { return unit.text }
      }
    }
    return dimension.unitText
  }

  /// What would make `checked` a `needed`.
  func helpFor(_ checked: Checked, needed: DimensionTerm) -> [FixIt] {
    guard let from = checked.dimension.flatMap(solver.constant), let to = solver.constant(needed) else { return [] }
    if let fix = unitFix(checked, from: from, to: to) { return [fix] }
    let inner = text(checked.span)
    let simple = inner.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    let bracketed =
      inner.hasPrefix("(") && inner.hasSuffix(")") && inner.dropFirst().dropLast().allSatisfy { $0 != "(" && $0 != ")" }
    let wrapped = simple || bracketed ? inner : "(\(inner))"
    if to.isOne, let number = literalNumber(inner) {
      return [FixIt("leave its unit out: `\(number)`", edits: [Edit(checked.span, number)])]
    }
    if to.isOne, from * .time == .one, let text = perStep(inner) {
      return [FixIt("a decay over one step is written with `dt`: `\(text)`", edits: [Edit(checked.span, text)])]
    }
    let words = Set(inner.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
    if let (entity, divides) = conversion(from: from, to: to, avoiding: words) {
      let new = divides ? "\(wrapped) / \(entity.name)" : "\(entity.name) * \(wrapped)"
      return [suggestion(new, entity, Edit(checked.span, new))]
    }
    if to.isOne {
      let divisor = "\(wrapped) / 1 \(preferredUnit(from))"
      return [FixIt("divide by a reference value: `\(divisor)`", edits: [Edit(checked.span, divisor)])]
    }
    guard let subject = context.subject, context.note?.hasPrefix("d\(subject)/dt") == true else { return [] }
    if from == to * .time { return [FixIt("divide by a time constant: `\(wrapped) / tau`")] }
    if from == .current, to * .time == .voltage {
      return [FixIt("a current charges a capacitance: `C * d\(subject)/dt = …`")]
    }
    return []
  }

  /// The number of `-64 ms`; nil where the text is anything but a number with a unit.
  private func literalNumber(_ text: String) -> String? {
    guard let blank = text.firstIndex(of: " "), Double(text[..<blank]) != nil,
      UnitTable.isUnit(String(text[text.index(after: blank)...]))
    else { return nil }
    return String(text[..<blank])
  }

  /// `-dt / tau` for `-1 / tau`.
  private func perStep(_ text: String) -> String? {
    for (old, new) in [("-1 / ", "-dt / "), ("1 / ", "dt / "), ("-1/", "-dt/"), ("1/", "dt/")] where text.hasPrefix(old)
    {
      return new + text.dropFirst(old.count)
    }
    return nil
  }
}
