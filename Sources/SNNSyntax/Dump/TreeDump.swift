/// `--dump tree`: one item a line, expressions in prefix form. Parentheses of the source leave no trace, so two texts
/// with one meaning have one dump.
public func dumpTree(_ tree: SyntaxTree) -> String {
  var dump = TreeDump(tree)
  for declaration in tree.declarations { dump.declaration(declaration) }
  return dump.text
}

/// One expression in prefix form.
public func dumpExpression(_ id: ExprID, in tree: SyntaxTree) -> String { TreeDump(tree).expression(id) }

struct TreeDump {
  let tree: SyntaxTree
  private(set) var text = ""
  private var depth = 0

  init(_ tree: SyntaxTree) { self.tree = tree }

  mutating func line(_ parts: String?...) {
    text += String(repeating: "  ", count: depth) + parts.compactMap { $0 }.joined(separator: " ") + "\n"
  }

  mutating func documentation(_ lines: String?) {
    guard let lines else { return }
    for part in lines.split(separator: "\n", omittingEmptySubsequences: false) { line("///", String(part)) }
  }

  mutating func nested(_ body: (inout TreeDump) -> Void) {
    depth += 1
    body(&self)
    depth -= 1
  }

  // MARK: Pieces

  func expression(_ id: ExprID?) -> String? { id.map { expression($0) } }

  func expression(_ id: ExprID) -> String {
    switch tree[id].kind {
    case .number(let value, let unit, let isInteger):
      let number = isInteger && abs(value) < 1e15 ? String(Int(value)) : String(value)
      return unit.map { "(unit \(number) \(Self.unit($0)))" } ?? number
    case .boolean(let value): return String(value)
    case .string(let text): return JSONRenderer.quote(text)
    case .name(let name): return name
    case .member(let base, let name): return "(. \(expression(base)) \(name.text))"
    case .call(let callee, let arguments): return group(["call", expression(callee)] + arguments.map(argument))
    case .index(let base, let indices): return group(["index", expression(base)] + indices.map { expression($0) })
    case .list(let elements): return group(["list"] + elements.map { expression($0) })
    case .unary(let op, let operand): return group([op == .negate ? "neg" : "not", expression(operand)])
    case .binary(let op, let left, let right, _): return group([op.rawValue, expression(left), expression(right)])
    case .range(let lower, let upper, let isClosed):
      return group([isClosed ? ".." : "..<", expression(lower), expression(upper)])
    case .conditional(let condition, let then, let otherwise):
      return group(["if", expression(condition), expression(then), expression(otherwise)])
    case .reduction(let kind, let axis, let window, let filter, let operand):
      var parts = [kind.rawValue, "over", axis.rawValue]
      if let window { parts += ["in", expression(window)] }
      if let filter { parts += ["where", expression(filter)] }
      return group(parts + [expression(operand)])
    case .at(let value, let time): return group(["at", expression(value), expression(time)])
    case .asUnit(let value, let unit): return group(["as", expression(value), Self.unit(unit)])
    case .hole: return "?"
    case .parenthesised(let inner): return expression(inner)
    case .error: return "<error>"
    }
  }

  private func group(_ parts: [String]) -> String { "(" + parts.joined(separator: " ") + ")" }

  func argument(_ argument: Argument) -> String {
    var parts: [String] = []
    if argument.isLearnable { parts.append("learnable") }
    if let label = argument.label { parts.append(label.text + shape(argument.shape)) }
    if argument.label != nil { parts.append(argument.isDraw ? "~" : "=") }
    parts.append(expression(argument.value))
    if argument.perUnit { parts.append("per unit") }
    return parts.joined(separator: " ")
  }

  func arguments(_ list: [Argument]) -> String { list.isEmpty ? "" : group(list.map(argument)) }

  func shape(_ shape: [ExprID]) -> String {
    shape.isEmpty ? "" : "[" + shape.map { expression($0) }.joined(separator: ", ") + "]"
  }

  static func unit(_ unit: UnitSyntax) -> String {
    if unit.factors.isEmpty { return "1" }
    return unit.factors.map { $0.exponent == 1 ? $0.name.text : "\($0.name.text)^\($0.exponent)" }
      .joined(separator: "*")
  }

  func type(_ type: TypeSyntax?) -> String? {
    guard let type else { return nil }
    switch type.kind {
    case .dimension(let unit): return ": " + Self.unit(unit)
    case .spikes(let dimensions): return ": spikes" + shape(dimensions)
    case .hole: return ": ?"
    case .error: return ": <error>"
    }
  }

  func initialiser(_ value: Initialiser?) -> String? {
    value.map { ($0.isDraw ? "~ " : "= ") + expression($0.value) }
  }

  func bounds(_ range: BoundsSyntax?) -> String? {
    range.map { "in (.. \(expression($0.lower) ?? "_") \(expression($0.upper) ?? "_"))" }
  }

  func names(_ names: [Name]) -> String? { names.isEmpty ? nil : names.map(\.text).joined(separator: ", ") }

  func parameters(_ list: [FunctionArgument]) -> String? {
    if list.isEmpty { return nil }
    let parts = list.map { argument in
      ([argument.name.text, type(argument.type), expression(argument.defaultValue).map { "= " + $0 }] as [String?])
        .compactMap { $0 }.joined(separator: " ")
    }
    return "(" + parts.joined(separator: ", ") + ")"
  }

  mutating func body(_ assignments: [Assignment]) {
    nested { dump in
      for assignment in assignments {
        dump.line(assignment.target.text, assignment.op.rawValue, dump.expression(assignment.value))
      }
    }
  }
}
