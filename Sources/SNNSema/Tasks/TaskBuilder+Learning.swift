import SNNIR
import SNNSyntax

extension TaskBuilder {
  mutating func buildLearning(_ checker: inout ExpressionChecker) {
    buildOptimiser(&checker)
    for entry in items {
      checker.file = entry.file
      switch entry.item {
      case .freeze(let names, _):
        for name in names {
          if let index = parameters(named: name.text, name.span, &checker) { task.frozen += index }
        }
      case .learn(let learn):
        if self.learn == nil { self.learn = learn }
        build(learn, &checker)
      default: continue
      }
    }
    checker.file = file
    shareParameters(&checker)
  }

  /// Several rules change parameters of their own; one without names takes what the others leave.
  private mutating func shareParameters(_ checker: inout ExpressionChecker) {
    let populations = checker.model.populations.count
    func complete(_ rule: inout LearningRule) {
      // Readouts of other rules.
      while rule.surrogates.count < populations { rule.surrogates.append(Surrogate(.none)) }
    }
    if var rule = task.learning {
      complete(&rule)
      task.learning = rule
    }
    for index in task.furtherRules.indices { complete(&task.furtherRules[index]) }
    guard !task.furtherRules.isEmpty, var first = task.learning else { return }
    var rules = [first] + task.furtherRules
    var owner: [Int: Int] = [:]
    for (place, rule) in rules.enumerated() {
      for parameter in rule.parameters {
        if let other = owner[parameter] {
          checker.report(
            .learnedTwice(
              parameter: checker.model.parameters[parameter].name, at: spans[place], first: spans[other]))
        }
        owner[parameter] = place
      }
    }
    let open = rules.indices.filter { rules[$0].parameters.isEmpty }
    let left = checker.model.parameters.indices.filter {
      checker.model.parameters[$0].isLearnable && owner[$0] == nil && !task.frozen.contains($0)
    }
    if open.count > 1 {
      checker.report(
        .learnedTwice(
          parameter: left.first.map { checker.model.parameters[$0].name } ?? "", at: spans[open[1]],
          first: spans[open[0]]))
    } else if let place = open.first {
      rules[place].parameters = left
    }
    first = rules[0]
    task.learning = first
    task.furtherRules = Array(rules.dropFirst()).filter { !$0.parameters.isEmpty }
  }

  /// `learn` under the rule that `--rule` asks for: what says how spikes are differentiated stays, the rest is as the
  /// rule has it.
  private func replaced(_ learn: LearnDecl, _ checker: inout ExpressionChecker) -> LearnDecl {
    guard let setting = checker.taskSettings.last(where: { $0.name == "rule" }) else { return learn }
    checker.usedSettings.insert("rule")
    let outer = checker.file
    defer { checker.file = outer }
    checker.file = setting.file
    let name = checker.text(checker.expression(setting.value).span)
    guard name != learn.rule.text else { return learn }
    var result = learn
    result.rule.text = name
    let isExact = RuleTable.events.contains(name)
    let kept = isExact ? [] : name == "finite_difference" ? ["surrogate", "spikes"] : ["surrogate", "reset", "spikes"]
    result.axes = learn.axes.filter { kept.contains($0.key.text) }
    return result
  }

  private mutating func build(_ written: LearnDecl, _ checker: inout ExpressionChecker) {
    let learn = replaced(written, &checker)
    guard var rule = RuleTable.preset(learn.rule.text) else {
      let asked = learn.rule.text == written.rule.text ? nil : checker.taskSettings.last { $0.name == "rule" }
      let known = RuleTable.names
      checker.report(
        .unknownRule(
          name: learn.rule.text, at: asked?.span ?? written.rule.span,
          nearest: Spelling.nearest(to: learn.rule.text, among: known), known: known))
      return
    }
    if lossSpan == nil { checker.report(.nothingToMinimise(at: learn.span)) }
    let isEvents = RuleTable.events.contains(learn.rule.text)
    if isEvents != checker.model.isExact {
      checker.report(
        .ruleAndStep(
          rule: learn.rule.text, isExact: checker.model.isExact, network: checker.model.name, at: learn.rule.span))
      return
    }
    rule.location = checker.location(learn.span)
    for id in learn.names {
      let span = checker.expression(id).span
      guard let found = parameters(named: checker.text(span), span, &checker) else { continue }
      let learnable = found.filter { checker.model.parameters[$0].isLearnable }
      if learnable.isEmpty { checker.report(.notLearnable(name: checker.text(span), at: span)) }
      rule.parameters += learnable.filter { !rule.parameters.contains($0) }
    }
    rule.dataSet = dataSet(learn, &checker)
    if isEvents {
      readEventAxes(learn, &rule, &checker)
      rule.surrogates = checker.model.populations.map { _ in Surrogate(.none) }
      return add(rule, learn)
    }
    let written = readAxes(learn, &rule, &checker)
    readSettings(&rule, &checker)
    rule.surrogates =
      rule.mode == .difference && rule.spikes == .hard
      ? checker.model.populations.map { _ in Surrogate(.none) } : surrogates(learn, &checker)
    checkCombination(rule, learn, written, &checker)
    checkChance(rule, learn, written, &checker)
    if rule.mode == .score { addScores(to: &rule, &checker) }
    add(rule, learn)
  }

  private mutating func add(_ rule: LearningRule, _ learn: LearnDecl) {
    spans.append(learn.span)
    if task.learning == nil { task.learning = rule } else { task.furtherRules.append(rule) }
  }

  /// A parameter by its name, or all of a population.
  private func parameters(named name: String, _ span: Span, _ checker: inout ExpressionChecker) -> [Int]? {
    if let index = checker.model.parameter(named: name) {
      if let entity = checker.lookup(name), let declared = entity.span { checker.used.insert(declared) }
      return [index]
    }
    if let entity = checker.lookup(name), entity.kind == .population || entity.kind == .part {
      return checker.model.parameters.indices.filter { checker.model.parameters[$0].name.hasPrefix(name + ".") }
    }
    if let entity = checker.lookup(name), entity.kind == .connection, entity.index >= 0 {
      return [checker.model.connections[entity.index].weight]
    }
    let known = checker.model.parameters.map(\.name)
    checker.report(
      .noSuchParameter(name: name, at: span, nearest: Spelling.nearest(to: name, among: known), known: known))
    return nil
  }

  /// `on DATA`; else the set called `train`, else the only one.
  private func dataSet(_ learn: LearnDecl, _ checker: inout ExpressionChecker) -> Int? {
    let names = task.dataSets.map(\.name)
    if let data = learn.data {
      if let index = names.firstIndex(of: data.text) { return index }
      checker.report(
        .noSuchDataSet(
          name: data.text, at: data.span, nearest: Spelling.nearest(to: data.text, among: names), known: names))
      return nil
    }
    if let train = names.firstIndex(of: "train") { return train }
    if names.count > 1 { checker.report(.whichData(names: names, at: learn.span)) }
    return names.isEmpty ? nil : 0
  }

  /// Takes the axes that are written out; gives where each stands.
  private mutating func readAxes(
    _ learn: LearnDecl, _ rule: inout LearningRule, _ checker: inout ExpressionChecker
  ) -> [String: Span] {
    var seen: [String: Span] = [:]
    for axis in learn.axes {
      let key = axis.key.text + (axis.subject.map { " \($0.text)" } ?? "")
      if let first = seen[key] { checker.report(.repeated(what: key, at: axis.span, first: first)) }
      seen[key] = axis.span
      if let subject = axis.subject, axis.key.text != "surrogate" {
        checker.report(.axisSubject(axis: axis.key.text, at: subject.span))
        continue
      }
      switch axis.key.text {
      case "surrogate": continue
      case "reset": if let path = resetPath(axis.value, &checker) { rule.reset = path }
      case "spikes": if let mode = spikeMode(axis.value, &checker) { rule.spikes = mode }
      case "mode": if let mode = mode(axis.value, &checker) { rule.mode = mode }
      case "recurrence": if let keeps = keepsRecurrence(axis.value, &checker) { rule.keepsRecurrence = keeps }
      case "feedback": if let feedback = feedback(axis.value, &checker) { rule.feedback = feedback }
      case "update": if let every = update(axis.value, &checker) { rule.updateEvery = every }
      case "error": continue
      default:
        checker.report(
          .unknownAxis(
            name: axis.key.text, at: axis.key.span,
            nearest: Spelling.nearest(to: axis.key.text, among: RuleTable.axes), known: RuleTable.axes))
      }
    }
    // Last, for it adds populations.
    for axis in learn.axes where axis.key.text == "error" && axis.subject == nil {
      buildLocalErrors(axis.value, &rule, &checker)
    }
    return seen
  }

  /// Exact derivatives leave nothing to choose but what becomes of silent neurons.
  private func readEventAxes(_ learn: LearnDecl, _ rule: inout LearningRule, _ checker: inout ExpressionChecker) {
    var seen: [String: Span] = [:]
    for axis in learn.axes {
      if let first = seen[axis.key.text] {
        checker.report(.repeated(what: axis.key.text, at: axis.span, first: first))
      }
      seen[axis.key.text] = axis.span
      guard axis.key.text == "bump", axis.subject == nil else {
        checker.report(
          .unknownAxis(
            name: axis.key.text, at: axis.key.span,
            nearest: Spelling.nearest(to: axis.key.text, among: RuleTable.eventAxes), known: RuleTable.eventAxes))
        continue
      }
      if let bump = number(axis.value, "`bump`", least: 0, isOpen: false, &checker) { rule.bump = bump }
    }
  }

  /// `reset` and `spikes` from `--set`.
  private func readSettings(_ rule: inout LearningRule, _ checker: inout ExpressionChecker) {
    let outer = checker.file
    defer { checker.file = outer }
    if let setting = setting("reset", &checker) {
      checker.file = setting.file
      if let path = resetPath(setting.value, &checker) { rule.reset = path }
    }
    if let setting = setting("spikes", &checker) {
      checker.file = setting.file
      if let mode = spikeMode(setting.value, &checker) { rule.spikes = mode }
    }
  }

  private func spikeMode(_ id: ExprID, _ checker: inout ExpressionChecker) -> SpikeMode? {
    let expr = checker.expression(id)
    switch expr.kind {
    case .name("hard"): return .hard
    case .name("soft"): return .soft
    case .name("stochastic"): return .stochastic
    default: checker.report(.axisValue(axis: "spikes", values: ["hard", "soft", "stochastic"], at: expr.span))
    }
    return nil
  }

  /// `cut`, `keep`, `cut(all)`, `cut(X, pop.Y)`.
  private func resetPath(_ id: ExprID, _ checker: inout ExpressionChecker) -> ResetPath? {
    let expr = checker.expression(id)
    switch expr.kind {
    case .name("cut"): return .cut
    case .name("keep"): return .keep
    case .call(let callee, let arguments):
      guard case .name("cut") = checker.expression(callee).kind, !arguments.isEmpty else { break }
      if arguments.count == 1, case .name("all") = checker.expression(arguments[0].value).kind { return .cutAll }
      var pairs: [[Int]] = []
      for argument in arguments {
        let span = checker.expression(argument.value).span
        let parts = checker.text(span).split(separator: ".").map(String.init)
        let found = checker.model.populations.enumerated().compactMap { index, population -> [Int]? in
          guard parts.count == 1 || (parts.count == 2 && parts[0] == population.name), let name = parts.last else {
            return nil
          }
          return population.state(named: name).map { [index, $0] }
        }
        if found.isEmpty {
          let states = checker.model.populations.flatMap { $0.states.map(\.name) }
          checker.report(
            .noSuchState(
              name: checker.text(span), at: span,
              nearest: Spelling.nearest(to: parts.last ?? "", among: states)))
          return nil
        }
        pairs += found
      }
      return .cutStates(pairs)
    default: break
    }
    checker.report(.axisValue(axis: "reset", values: ["cut", "keep", "cut(all)", "cut(X, …)"], at: expr.span))
    return nil
  }

  // MARK: Optimiser

  private mutating func buildOptimiser(_ checker: inout ExpressionChecker) {
    defer { checker.file = file }
    for entry in items {
      checker.file = entry.file
      guard case .optimise(let id, _) = entry.item, let spec = optimiser(id, &checker) else { continue }
      task.optimiser = spec
    }
    for entry in items {
      checker.file = entry.file
      guard case .setting(let key, let value, _) = entry.item, key.text == "clip" else { continue }
      if let clip = number(value, "`clip`", least: 0, isOpen: true, &checker) { task.optimiser.clip = clip }
    }
    checker.file = file
    guard let setting = setting("rate", &checker) else { return }
    checker.file = setting.file
    if let (rate, schedule) = rate(setting.value, &checker) {
      task.optimiser.rate = rate
      if !schedule.isEmpty { task.optimiser.schedule = schedule }
    }
  }

  private func optimiser(_ id: ExprID, _ checker: inout ExpressionChecker) -> OptimiserSpec? {
    let expr = checker.expression(id)
    guard case .call(let callee, let arguments) = expr.kind, case .name(let name) = checker.expression(callee).kind
    else {
      checker.report(.notOptimiser(at: expr.span))
      return nil
    }
    guard let kind = OptimiserSpec.Kind(rawValue: name) else {
      let known = OptimiserSpec.Kind.allCases.map(\.rawValue)
      checker.report(
        .unknownOptimiser(
          name: name, at: checker.expression(callee).span, nearest: Spelling.nearest(to: name, among: known),
          known: known))
      return nil
    }
    guard let given = checker.matched(arguments, name, Self.arguments(kind), required: 1, expr.span),
      let rateID = given["rate"]
    else { return nil }
    guard let (rate, schedule) = rate(rateID, &checker) else { return nil }
    var spec = OptimiserSpec(kind, rate: rate)
    spec.schedule = schedule
    // Defaults of PyTorch; gamma of rmaxprop as in Zenke & Ganguli 2018.
    switch kind {
    case .rmsprop: spec.momentum = 0.99
    case .rmaxprop: spec.momentum = 0.9
    case .adamw: spec.weightDecay = 0.01
    default: break
    }
    for (label, value) in given.sorted(by: { $0.key < $1.key }) where label != "rate" {
      let isFraction = ["momentum", "beta1", "beta2", "gamma"].contains(label)
      guard
        let number = number(
          value, "`\(label)`", least: 0, isOpen: label == "clip" || label == "epsilon", below: isFraction ? 1 : nil,
          &checker)
      else { return nil }
      switch label {
      case "momentum", "gamma": spec.momentum = number
      case "beta1": spec.beta1 = number
      case "beta2": spec.beta2 = number
      case "epsilon": spec.epsilon = number
      case "decay": spec.weightDecay = number
      default: spec.clip = number
      }
    }
    return spec
  }

  static func arguments(_ kind: OptimiserSpec.Kind) -> [String] {
    let own =
      switch kind {
      case .sgd: ["momentum", "decay"]
      case .adam, .adamax: ["beta1", "beta2", "epsilon"]
      case .adamw: ["beta1", "beta2", "epsilon", "decay"]
      case .rmsprop, .rmaxprop: ["gamma", "epsilon"]
      }
    return ["rate"] + own + ["clip"]
  }

  /// A number known when compiled, at least (open: above) `least`.
  func number(
    _ id: ExprID, _ what: String, least: Double, isOpen: Bool, below: Double? = nil, _ checker: inout ExpressionChecker
  ) -> Double? {
    let checked = checker.number(id, expecting: .one, because: "\(what) is a number")
    guard let value = checker.staticValue(checked, what: what) else { return nil }
    guard value.isFinite, isOpen ? value > least : value >= least, below.map({ value < $0 }) ?? true else {
      checker.report(
        .outOfRange(
          what: what,
          wanted: below.map { "from \(formatted(least)) to below \(formatted($0))" }
            ?? (isOpen ? "above \(formatted(least))" : "at least \(formatted(least))"), at: checked.span))
      return nil
    }
    return value
  }
}
