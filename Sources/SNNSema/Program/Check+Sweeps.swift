import SNNSyntax

/// `sweep S of A { KEY in LIST | LO .. HI [log], seeds N }`, checked. Values are texts, as `--set` takes them.
public struct CheckedSweep: Hashable, Sendable {
  public struct Key: Hashable, Sendable {
    public enum Values: Hashable, Sendable {
      case list([String])
      /// Both ends included; whole where both ends are.
      case range(from: Double, to: Double, unit: String, isWhole: Bool, isLogarithmic: Bool)
    }
    public var name: String
    public var values: Values
  }
  public var name: String
  public var task: String
  public var keys: [Key]
  /// How many seeds, counted up from the task's own.
  public var seeds: Int
}

extension ProgramChecking {
  mutating func checkSweep(_ decl: SweepDecl, of tree: SyntaxTree) {
    guard let place = context.task(decl.task, of: tree.file, &diagnostics) else { return }
    checkTask(place)
    let task = decl.task.text
    // What is wrong with the task has been told.
    guard result.tasks[task] != nil else { return }
    let errors = diagnostics.count
    var sweep = CheckedSweep(name: decl.name.text, task: task, keys: [], seeds: 1)
    var first: [String: Span] = [:]
    for key in decl.keys {
      let span = tree[key.key].span
      let name = context.sources.text(span)
      if let old = first[name] {
        diagnostics.append(SemaMessage.duplicateName(name: name, at: span, first: old).diagnostic)
        continue
      }
      first[name] = span
      let settable = settableOfTask[place] ?? []
      let known = settable + Self.ruleSettings.filter { !settable.contains($0) }
      guard known.contains(name) else {
        diagnostics.append(
          SweepMessage.unknownKey(name: name, at: span, nearest: Spelling.nearest(to: name, among: known), known: known)
            .diagnostic)
        continue
      }
      if name == "seed" {
        diagnostics.append(SweepMessage.seedKey(at: span).diagnostic)
      } else if let values = values(key, tree) {
        sweep.keys.append(CheckedSweep.Key(name: name, values: values))
      }
    }
    if let seeds = decl.seeds {
      if case .number(let value, unit: nil, isInteger: true) = tree[seeds].kind, value >= 1, value <= 1e6 {
        sweep.seeds = Int(value)
      } else {
        diagnostics.append(SweepMessage.seeds(at: tree[seeds].span).diagnostic)
      }
    }
    if sweep.keys.isEmpty, sweep.seeds == 1, diagnostics.count == errors {
      diagnostics.append(SweepMessage.nothing(name: sweep.name, at: decl.name.span).diagnostic)
    }
    if diagnostics.count == errors { result.sweeps.append(sweep) }
  }

  /// Words of a `learn` line that can be replaced from outside.
  private static let ruleSettings = ["rule", "reset", "spikes", "rate"]

  private mutating func values(_ key: SweepKey, _ tree: SyntaxTree) -> CheckedSweep.Key.Values? {
    let expr = tree[key.values]
    switch expr.kind {
    case .list(let elements) where !elements.isEmpty && !key.isLogarithmic:
      return .list(elements.map { context.sources.text(tree[$0].span) })
    case .range(let low, let high, _):
      guard let from = literal(low, tree), let to = literal(high, tree), from.unit == to.unit, from.value < to.value,
        !key.isLogarithmic || from.value > 0
      else { break }
      return .range(
        from: from.value, to: to.value, unit: from.unit, isWhole: from.isWhole && to.isWhole && from.unit.isEmpty,
        isLogarithmic: key.isLogarithmic)
    default: break
    }
    diagnostics.append(SweepMessage.values(isLogarithmic: key.isLogarithmic, at: expr.span).diagnostic)
    return nil
  }

  /// A number as it is written, with the text of its unit.
  private func literal(_ id: ExprID, _ tree: SyntaxTree) -> (value: Double, unit: String, isWhole: Bool)? {
    switch tree[id].kind {
    case .number(let value, let unit, let isInteger):
      return (value, unit.map { context.sources.text($0.span) } ?? "", isInteger)
    case .unary(.negate, let inner): return literal(inner, tree).map { (-$0.value, $0.unit, $0.isWhole) }
    case .parenthesised(let inner): return literal(inner, tree)
    default: return nil
    }
  }
}
