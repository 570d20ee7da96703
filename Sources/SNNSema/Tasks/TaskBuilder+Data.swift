import SNNIR
import SNNSyntax

extension TaskBuilder {
  /// Arguments of each kind of source: those of a file are names of datasets and columns.
  struct SourceKind {
    var isFile: Bool
    var texts: [String] = []
    var columns: [String] = []
    var lists: [String] = []
    var numbers: [String: Dimension] = [:]
    var required: [String] = []
    /// Numbers that need not be whole.
    var fractions: [String] = []
  }

  static let kinds: [String: SourceKind] = [
    "csv": SourceKind(isFile: true, columns: ["label", "duration"], lists: ["units", "columns"]),
    "npy": SourceKind(
      isFile: false, texts: ["sample", "label", "target", "duration"], lists: ["units"], required: ["sample"]),
    "hdf5": SourceKind(isFile: true, texts: ["sample", "label", "target", "duration"], lists: ["units"]),
    "events": SourceKind(isFile: true),
  ].merging(generated) { first, _ in first }

  /// `data train, test = split(SOURCE, 80 %, seed = 0)`, `data train = SOURCE`.
  mutating func data(_ names: [Name], _ id: ExprID, _ span: Span, _ checker: inout ExpressionChecker) {
    for name in names {
      if let old = task.dataSets.first(where: { $0.name == name.text }) {
        _ = old
        checker.report(.duplicateName(name: name.text, at: name.span, first: self.name.span))
        return
      }
    }
    let expr = checker.expression(id)
    if case .call(let callee, let arguments) = expr.kind, case .name("split") = checker.expression(callee).kind {
      split(names, arguments, expr.span, &checker)
      return
    }
    guard let source = source(id, &checker) else { return }
    guard names.count == 1 else {
      checker.report(.namesWithoutSplit(count: names.count, source: checker.text(expr.span), at: expr.span))
      return
    }
    add(source, &checker, at: expr.span)
    task.dataSets.append(DataSet(name: names[0].text, source: task.sources.count - 1, part: nil))
  }

  private mutating func split(
    _ names: [Name], _ arguments: [Argument], _ span: Span, _ checker: inout ExpressionChecker
  ) {
    guard let given = checker.matched(arguments, "split", ["source", "fraction", "seed"], required: 2, span),
      let sourceID = given["source"], let fractionID = given["fraction"]
    else { return }
    let note = "the fraction of a split is a number"
    let checked = checker.number(fractionID, expecting: .one, because: note)
    let seed = given["seed"].map { checker.wholeNumber($0, what: "the seed of a split", least: 0) } ?? 0
    guard var source = source(sourceID, &checker),
      let fraction = checker.staticValue(checked, what: "the fraction of a split"), let seed
    else { return }
    guard fraction > 0, fraction < 1 else {
      checker.report(.splitFraction(at: checked.span))
      return
    }
    guard names.count == 2 else {
      checker.report(.splitNames(count: names.count, at: names.first.map { $0.span.union(names.last!.span) } ?? span))
      return
    }
    source.split = DataSource.Split(fraction: fraction, seed: UInt64(seed))
    add(source, &checker, at: checker.expression(sourceID).span)
    for part in 0...1 {
      task.dataSets.append(DataSet(name: names[part].text, source: task.sources.count - 1, part: part))
    }
  }

  /// A source whose arguments fit one another too.
  private func source(_ id: ExprID, _ checker: inout ExpressionChecker) -> DataSource? {
    guard let source = named(id, &checker) else { return nil }
    guard let fault = unfit(source, step: checker.model.step) else { return source }
    let place = argument(fault.name, at: checker.expression(id).span, checker)
    checker.report(.outOfRange(what: "`\(fault.name)` of `\(source.kind)`", wanted: fault.wanted, at: place))
    return nil
  }

  private func named(_ id: ExprID, _ checker: inout ExpressionChecker) -> DataSource? {
    let expr = checker.expression(id)
    if case .parenthesised(let inner) = expr.kind { return named(inner, &checker) }
    guard case .call(let callee, let arguments) = expr.kind, case .name(let kind) = checker.expression(callee).kind
    else {
      checker.report(.notSource(at: expr.span))
      return nil
    }
    guard let rules = Self.kinds[kind] else {
      checker.report(
        .unknownSource(
          name: kind, at: checker.expression(callee).span,
          nearest: Spelling.nearest(to: kind, among: Array(Self.kinds.keys) + ["split"])))
      return nil
    }
    var result = DataSource(kind: kind, location: checker.location(expr.span))
    for argument in arguments {
      guard let value = value(argument, kind, rules, &checker) else { return nil }
      if let label = argument.label {
        result.named[label.text] = value
      } else {
        result.positional.append(value)
      }
    }
    if rules.isFile, result.positional.isEmpty {
      checker.report(.missingArgument(function: kind, name: "file", at: expr.span))
      return nil
    }
    if let missing = rules.required.first(where: { result.named[$0] == nil }) {
      checker.report(.missingArgument(function: kind, name: missing, at: expr.span))
      return nil
    }
    return result
  }

  private func value(
    _ argument: Argument, _ kind: String, _ rules: SourceKind, _ checker: inout ExpressionChecker
  ) -> DataSource.Value? {
    let expr = checker.expression(argument.value)
    guard let label = argument.label else {
      if rules.isFile, case .string(let path) = expr.kind { return .text(path) }
      checker.report(
        .sourceArgument(
          source: kind, name: nil, wanted: rules.isFile ? "a file name in quotes" : "a name", at: expr.span))
      return nil
    }
    let known = (rules.texts + rules.columns + rules.lists + rules.numbers.keys).sorted()
    guard known.contains(label.text) else {
      checker.report(.unknownArgument(function: kind, name: label.text, at: label.span, known: known))
      return nil
    }
    func wrong(_ wanted: String, _ checker: inout ExpressionChecker) -> DataSource.Value? {
      checker.report(.sourceArgument(source: kind, name: label.text, wanted: wanted, at: expr.span))
      return nil
    }
    if let dimension = rules.numbers[label.text] {
      let note = "`\(label.text)` of `\(kind)`"
      if dimension.isOne, !rules.fractions.contains(label.text) {
        return checker.wholeNumber(argument.value, what: note, least: label.text == "seed" ? 0 : 1)
          .map { .number(Double($0)) }
      }
      let checked = checker.number(argument.value, expecting: DimensionTerm(dimension), because: note)
      return checker.staticValue(checked, what: note).map { .number($0) }
    }
    if rules.lists.contains(label.text) {
      guard case .list(let elements) = expr.kind, !elements.isEmpty else {
        return wrong("a list of numbers, such as `[1, 2, 6]`", &checker)
      }
      var numbers: [Double] = []
      for element in elements {
        guard let number = checker.wholeNumber(element, what: "an entry of `\(label.text)`", least: 0) else {
          return nil
        }
        numbers.append(Double(number))
      }
      return .list(numbers)
    }
    switch expr.kind {
    case .string(let text): return .text(text)
    case .name(let word) where rules.columns.contains(label.text) && (word == "last" || word == "first"):
      return .word(word)
    case .number(let number, unit: nil, isInteger: true) where rules.columns.contains(label.text):
      return .number(number)
    default:
      return wrong(
        rules.columns.contains(label.text)
          ? "a column: `last`, `first`, a number or a name in quotes" : "a name in quotes", &checker)
    }
  }

  /// Looks into the source, and keeps what the task's expressions need of it.
  private mutating func add(_ source: DataSource, _ checker: inout ExpressionChecker, at span: Span) {
    task.sources.append(source)
    let shape: DataShape
    if let made = generatedShape(source, step: checker.model.step) {
      shape = made
    } else {
      guard let reader = checker.dataShapes else { return }
      switch reader(source) {
      case .success(let found): shape = found
      case .failure(let fault):
        let place = argument(blamedBy: fault.message, at: span, checker)
        checker.report(.unreadable(message: fault.message, notes: fault.notes, at: place))
        return
      }
    }
    if let field = shape.fields.first(where: { $0.name == "duration" }), let known = field.values {
      // A list of events lasts to the end of the bin of the last.
      let values = source.kind == "events" ? known.map { $0 + checker.model.step } : known
      checker.task.durations.append(TaskContext.Durations(values: values, column: field.column))
    }
    // Lists of spikes have no array that an expression could read, but for how long they last.
    guard source.kind != "events" else {
      checker.task.classes = [checker.task.classes, shape.classes].compactMap { $0 }.max()
      checker.task.shapes["duration"] = shape.fields.first { $0.name == "duration" }.flatMap { FieldShape($0) }
      return
    }
    keep(shape, &checker, at: span)
  }

  /// What stands in a call, found by where the call is.
  private func arguments(at span: Span, _ checker: ExpressionChecker) -> [Argument] {
    guard let tree = checker.program.trees[checker.file],
      let call = tree.expressions.last(where: { expr in
        if case .call = expr.kind { return expr.span == span }
        return false
      }), case .call(_, let arguments) = call.kind
    else { return [] }
    return arguments
  }

  private func argument(_ name: String, at span: Span, _ checker: ExpressionChecker) -> Span {
    let given = arguments(at: span, checker).first { $0.label?.text == name }
    return given.map { checker.expression($0.value).span } ?? span
  }

  /// The argument that a reader's message is about, as far as the message names it; else the file's name.
  private func argument(blamedBy message: String, at span: Span, _ checker: ExpressionChecker) -> Span {
    let arguments = arguments(at: span, checker)
    for argument in arguments {
      guard let label = argument.label else { continue }
      let value = checker.expression(argument.value)
      let isNamed: Bool =
        switch value.kind {
        case .string(let text): message.contains("`\(text)`") || message.contains("`/\(text)`")
        case .list: message.contains("`\(label.text.dropLast())`")
        case .number(let number, _, _): Int(exactly: number).map { message.contains("index \($0)") } ?? false
        default: false
        }
      if isNamed { return value.span }
    }
    return arguments.first { $0.label == nil }.map { checker.expression($0.value).span } ?? span
  }

  private func keep(_ shape: DataShape, _ checker: inout ExpressionChecker, at span: Span) {
    let isFirst = !checker.task.knowsShapes
    checker.task.knowsShapes = true
    checker.task.classes = [checker.task.classes, shape.classes].compactMap { $0 }.max()
    for field in shape.fields {
      guard let axes = FieldShape(field) else {
        checker.report(.unclearAxes(field: field.name, shape: field.shape, axes: field.axes, at: span))
        continue
      }
      if let known = checker.task.shapes[field.name] {
        if known.units != axes.units || known.steps != axes.steps {
          checker.report(.shapesDiffer(field: field.name, at: span))
        }
      } else if isFirst {
        checker.task.shapes[field.name] = axes
      }
    }
  }
}
