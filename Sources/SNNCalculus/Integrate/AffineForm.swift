import SNNIR

/// A value as a linear form over chosen symbols: Σ coefficient · symbol + rest. Read off the structure, so that a
/// function that merely has a zero derivative (floor, sign, a comparison) is never mistaken for a constant.
struct AffineForm {
  var coefficients: [SymbolID: ValueID] = [:]
  var rest: ValueID

  /// nil where `value` is not affine in `symbols`.
  static func of(_ value: ValueID, in symbols: Set<SymbolID>, _ graph: inout Graph) -> AffineForm? {
    var forms: [ValueID: AffineForm] = [:]
    let zero = graph.const(0)
    for node in graph.reachable(from: [value]) {
      let x = Array(graph.arguments(node))
      if graph[node].opcode == .load {
        let symbol = SymbolID(Int(graph[node].aux))
        forms[node] =
          symbols.contains(symbol)
          ? AffineForm(coefficients: [symbol: graph.const(1)], rest: zero) : AffineForm(rest: node)
        continue
      }
      let arguments = x.map { forms[$0] }
      guard !arguments.contains(where: { $0 == nil }) else { return nil }
      let a = arguments.map { $0! }
      if a.allSatisfy(\.coefficients.isEmpty) {
        forms[node] = AffineForm(rest: node)
        continue
      }
      guard let form = combined(graph[node].opcode, a, x, &graph) else { return nil }
      forms[node] = form
    }
    return forms[value]
  }

  private static func combined(
    _ opcode: Opcode, _ a: [AffineForm], _ x: [ValueID], _ graph: inout Graph
  ) -> AffineForm? {
    switch opcode {
    case .named, .path: return a[0]
    case .neg: return a[0].mapped { graph.neg($0) }
    case .add: return a[0].merged(a[1], &graph) { $2.add($0, $1) }
    case .sub: return a[0].merged(a[1], &graph) { $2.sub($0, $1) }
    case .mul where a[0].coefficients.isEmpty: return a[1].mapped { graph.mul(x[0], $0) }
    case .mul where a[1].coefficients.isEmpty: return a[0].mapped { graph.mul($0, x[1]) }
    case .div where a[1].coefficients.isEmpty: return a[0].mapped { graph.div($0, x[1]) }
    case .select where a[0].coefficients.isEmpty:
      return a[1].merged(a[2], &graph) { $2.select(x[0], $0, $1) }
    default: return nil
    }
  }

  private func mapped(_ transform: (ValueID) -> ValueID) -> AffineForm {
    var result = self
    // In order, so that the graph is the same in every process.
    for symbol in coefficients.keys.sorted(by: { $0.index < $1.index }) {
      result.coefficients[symbol] = coefficients[symbol].map(transform)
    }
    result.rest = transform(rest)
    return result
  }

  private func merged(
    _ other: AffineForm, _ graph: inout Graph, _ combine: (ValueID, ValueID, inout Graph) -> ValueID
  ) -> AffineForm {
    let zero = graph.const(0)
    var result = AffineForm(rest: combine(rest, other.rest, &graph))
    let symbols = Set(coefficients.keys).union(other.coefficients.keys).sorted { $0.index < $1.index }
    for symbol in symbols {
      result.coefficients[symbol] = combine(coefficients[symbol] ?? zero, other.coefficients[symbol] ?? zero, &graph)
    }
    return result
  }
}
