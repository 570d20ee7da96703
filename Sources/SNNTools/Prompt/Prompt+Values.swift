import SNN
import SNNIR
import SNNSema
import SNNSyntax

extension Prompt {
  /// `x = E`, or `net = Classifier(n = 8)`.
  mutating func assign(_ name: String, _ text: String) throws -> String {
    guard name.first?.isNumber == false else { throw PromptError.text("`\(name)` is no name") }
    guard !Keywords.reserved.contains(name) else { throw PromptError.text("`\(name)` is a word of the language") }
    let callee = String(text.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    let arguments = text.dropFirst(callee.count).trimmed
    let isSubject = program.networkNames.contains(callee) || program.taskNames.contains(callee)
    if isSubject, arguments.isEmpty || (arguments.hasPrefix("(") && arguments.hasSuffix(")")) {
      return try make(name, callee, String(arguments.dropFirst().dropLast()))
    }
    if let kind = program.declaration(named: name)?.keyword {
      throw PromptError.text("`\(name)` is a \(kind); a number needs another name")
    }
    let value = try valueOfOne(text)
    remember()
    state.values.removeAll { $0.name == name }
    state.values.append(PromptValue(name: name, value: value.number, dimension: value.dimension, unit: value.unit))
    return "\(name) = \(Self.text(value.number, value.dimension, value.unit))"
  }

  struct One {
    var number: Double
    var dimension: Dimension
    var unit: ResolvedUnit?
  }

  private func valueOfOne(_ text: String) throws -> One {
    let (expression, value) = try evaluated(text)
    guard value.now.count == 1 else {
      throw PromptError.text("a name stands for one number; this has \(value.now.count)")
    }
    return One(number: value.now[0], dimension: expression.dimension, unit: expression.unit)
  }

  /// The value of an expression with its unit; `_` is the last one.
  mutating func show(_ text: String) throws -> String {
    let (expression, value) = try evaluated(text)
    if expression.isCondition {
      return value.now.map { $0 != 0 ? "true" : "false" }.prefix(8).joined(separator: " ")
        + (value.now.count > 8 ? " … (\(value.now.count { $0 != 0 }) of \(value.now.count) true)" : "")
    }
    if value.now.count == 1 {
      state.values.removeAll { $0.name == "_" }
      state.values.append(
        PromptValue(name: "_", value: value.now[0], dimension: expression.dimension, unit: expression.unit))
    }
    return Self.text(value.now, expression.dimension, expression.unit)
  }

  /// The expression checked, without its value.
  func checked(_ text: String) throws -> PromptExpression {
    let instance = state.current.flatMap { state.instances[$0] }
    var network: String?
    switch instance?.subject ?? subjectByDefault {
    case .network(let name)?: network = name
    case .task(let name)?: network = program.checked.networkOfTask[name]
    case nil: break
    }
    let used = UsedTexts(folder: state.document.folder, surroundings: surroundings)
    let settings = state.document.settings.merging(instance?.settings ?? [:]) { $1 }
    var sources = SourceMap()
    let file = sources.add(name: "prompt", text: state.document.text)
    let (tree, _) = parse(sources[file])
    let (expression, all, problems) = checkExpression(
      text, in: tree, sources: sources,
      context: PromptContext(
        network: network, ticks: instance?.ticks ?? 0, values: measured(instance, beside: network) + state.values),
      options: CheckOptions(set: settings, isQuiet: true, library: Library.texts), use: used.load)
    guard let expression else { throw PromptError.text(rendered(problems, all)) }
    return expression
  }

  /// The loss and the scores of what has run, under their names, unless the network calls something so.
  private func measured(_ instance: Instance?, beside network: String?) -> [PromptValue] {
    guard let instance, let result = instance.result, instance.model.hasTask else { return [] }
    let taken = Set(program.checked.types.filter { $0.owner == network }.map { $0.name.prefix { $0 != "[" } })
    let scores = zip(instance.model.task.scores.map(\.name), result.scores).map { ($0, $1) }
    return ((result.loss.map { [("loss", $0)] } ?? []) + scores).filter { !taken.contains($0.0[...]) }.map {
      PromptValue(name: $0.0, value: $0.1, dimension: .one, unit: nil)
    }
  }

  private func evaluated(_ text: String) throws -> (PromptExpression, ArrayEvaluator.Value) {
    let expression = try checked(text)
    let needsInstance = !expression.graph.loadedSymbols([expression.value]).isEmpty
    let instance = needsInstance ? try currentInstance() : nil
    var notRun = false
    let evaluator = ArrayEvaluator(graph: expression.graph, ticks: instance?.ticks ?? 0) { symbol in
      if case .recorded = symbol.kind, instance?.result == nil { notRun = true }
      return instance?.leaf(symbol, seed: state.seed, threads: surroundings.threads)
    }
    do { return (expression, try evaluator.value(expression.value)) } catch {
      switch error {
      case .missing(let name) where notRun:
        throw PromptError.text("`\(name)` has no value before something has run: `run 100 ms`")
      case .missing(let name): throw PromptError.text("`\(name)` has no value at the prompt")
      case .tooLarge: throw PromptError.text("that is more than \(ArrayEvaluator.mostNumbers) numbers")
      }
    }
  }

  // MARK: Text

  static func text(_ number: Double, _ dimension: Dimension, _ unit: ResolvedUnit?) -> String {
    text([number], dimension, unit)
  }

  static func text(_ numbers: [Double], _ dimension: Dimension, _ unit: ResolvedUnit?) -> String {
    let unit = unit ?? dimension.displayUnit
    let shown = numbers.map { unit.fromInternal($0) }
    let suffix = unit.text == "1" || unit.text.isEmpty ? "" : " " + unit.text
    let most = 8
    if shown.count <= most {
      return shown.map { NumberText.significant($0, 6) }.joined(separator: " ") + suffix
    }
    let finite = shown.filter(\.isFinite)
    let mean = finite.reduce(0, +) / Double(max(finite.count, 1))
    return shown.prefix(most).map { NumberText.significant($0, 4) }.joined(separator: " ") + " …" + suffix
      + "\n\(shown.count) values: \(NumberText.significant(finite.min() ?? .nan, 4)) to "
      + "\(NumberText.significant(finite.max() ?? .nan, 4)), mean \(NumberText.significant(mean, 4))\(suffix)"
  }
}

extension Program {
  /// The declaration of a name in the program itself.
  func declaration(named name: String) -> Declaration? { tree.declarations.first { $0.name?.text == name } }
}
