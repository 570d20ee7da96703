import SNNIR
import SNNSyntax

/// `pattern from csv("edges.csv")`, `pattern from hdf5("net.h5", pre = "sources", …)`.
extension NetworkBuilder {
  func isListed(_ initialiser: Initialiser, _ checker: ExpressionChecker) -> Bool {
    guard !initialiser.isDraw, case .name("listed") = checker.expression(initialiser.value).kind else { return false }
    return checker.lookup("listed") == nil
  }

  /// The synapses of a file; nil after a message. Keeps its weights in `items`, in the order of the synapses.
  func list(
    _ items: inout Items, _ source: End, _ target: End, excludesSelf: Bool, _ checker: inout ExpressionChecker
  ) -> SynapseTable? {
    guard let call = items.pattern?.arguments.first?.value else { return nil }
    let span = checker.expression(call).span
    guard case .call(let callee, let arguments) = checker.expression(call).kind,
      case .name(let kind) = checker.expression(callee).kind, kind == "csv" || kind == "hdf5",
      let first = arguments.first, first.label == nil, case .string(let path) = checker.expression(first.value).kind
    else {
      checker.report(PatternMessage.listSource(at: span))
      return nil
    }
    var request = DataSource(kind: kind, positional: [.text(path)])
    var allowsMultapses = false
    let known = ["pre", "post", "weight", "delay", "multapses"]
    for argument in arguments.dropFirst() {
      let value = checker.expression(argument.value)
      guard let label = argument.label, known.contains(label.text) else {
        checker.report(
          .unknownArgument(
            function: kind, name: argument.label?.text ?? checker.text(value.span),
            at: argument.label?.span ?? value.span,
            known: known))
        return nil
      }
      switch value.kind {
      case .boolean(let flag) where label.text == "multapses": allowsMultapses = flag
      case .string(let column) where label.text != "multapses": request.named[label.text] = .text(column)
      case .number(let column, unit: nil, isInteger: true) where kind == "csv" && label.text != "multapses":
        request.named[label.text] = .number(column)
      default:
        if label.text == "multapses" {
          checker.report(.notBoolean(name: "multapses", at: value.span))
        } else {
          checker.report(
            .sourceArgument(
              source: kind, name: label.text, wanted: kind == "csv" ? "a column, by name or number" : "a dataset",
              at: value.span))
        }
        return nil
      }
    }
    guard let reader = checker.synapses else { return SynapseTable(pre: [], post: []) }
    let rows: SynapseRows
    switch reader(request) {
    case .success(let found): rows = found
    case .failure(let fault):
      let place = checker.expression(first.value).span
      checker.report(PatternMessage.unreadableList(message: fault.message, notes: fault.notes, at: place))
      return nil
    }
    return table(rows, &items, source, target, excludesSelf, allowsMultapses, span, &checker)
  }

  private func table(
    _ rows: SynapseRows, _ items: inout Items, _ source: End, _ target: End, _ excludesSelf: Bool,
    _ allowsMultapses: Bool, _ span: Span, _ checker: inout ExpressionChecker
  ) -> SynapseTable? {
    let place = rows.place
    func indices(_ values: [Double], _ side: String, _ end: End, _ checker: inout ExpressionChecker) -> [UInt32]? {
      var result: [UInt32] = []
      result.reserveCapacity(values.count)
      for (row, value) in values.enumerated() {
        guard let unit = Int(exactly: value), end.range.contains(unit) else {
          checker.report(
            PatternMessage.listIndex(
              side: side, found: formatted(value), place: place(row), population: end.reference.base.text,
              range: end.range, at: span))
          return nil
        }
        result.append(UInt32(unit - end.range.lowerBound))
      }
      return result
    }
    guard let pre = indices(rows.pre, "pre", source, &checker), let post = indices(rows.post, "post", target, &checker)
    else { return nil }
    if excludesSelf {
      let (low, high) = (source.range.lowerBound, target.range.lowerBound)
      if let row = pre.indices.first(where: { Int(pre[$0]) + low == Int(post[$0]) + high }) {
        checker.report(PatternMessage.listSelf(unit: Int(pre[row]) + low, place: place(row), at: span))
        return nil
      }
    }
    var delays: [Int32]?
    if let listed = rows.delays, items.delay.map({ isListed($0.initialiser, checker) }) ?? true, checker.model.step > 0
    {
      var ticks: [Int32] = []
      for (row, delay) in listed.enumerated() {
        guard delay > 0, delay / checker.model.step < 1e6 else {
          checker.report(
            PatternMessage.listDelay(found: formatted(delay), place: place(row), at: span))
          return nil
        }
        ticks.append(max(Int32((delay / checker.model.step).rounded()), 1))
      }
      delays = ticks
    }
    let (table, order) = SynapseTable.sorted(pre: pre, post: post, delays: delays)
    if !allowsMultapses {
      for k in order.indices.dropFirst() where table.pre[k] == table.pre[k - 1] && table.post[k] == table.post[k - 1] {
        checker.report(
          PatternMessage.listTwice(
            pre: Int(table.pre[k]) + source.range.lowerBound, post: Int(table.post[k]) + target.range.lowerBound,
            place: place(order[k]), first: place(order[k - 1]), at: span))
        return nil
      }
    }
    if let weights = rows.weights { items.listed = order.map { weights[$0] } }
    if delays != nil, let listed = rows.delays { items.listedDelays = order.map { listed[$0] } }
    return table
  }
}
