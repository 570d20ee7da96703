import SNNIR
import SNNSyntax

/// The items of a connection: which pairs it joins, and the sides that weights keep to.
extension NetworkBuilder {
  struct Items {
    var weight: (isLearnable: Bool, type: TypeSyntax?, initialiser: Initialiser, range: BoundsSyntax?, span: Span)?
    var delay: (isLearnable: Bool, initialiser: Initialiser, range: BoundsSyntax?, span: Span)?
    var pattern: (name: Name, arguments: [Argument], span: Span)?
    var noSelf: Span?
    /// Weights of a list of synapses, as they stand in the file, and delays in ms.
    var listed: [Double]?
    var listedDelays: [Double]?
    var current: (value: ExprID, span: Span)?
    var rule: (name: Name, arguments: [Argument], span: Span)?
    var sign: (sign: Distribution.Sign, span: Span)?
    var dropout: (value: ExprID, span: Span)?
    var isRight = true
    var isPaired: Bool { pattern?.name.text == "one_to_one" }
  }

  static let patterns = [
    "all", "one_to_one", "random", "fixed_indegree", "fixed_outdegree", "distance", "conv2d", "pool2d", "from",
  ]

  mutating func items(_ connect: ConnectDecl, _ checker: inout ExpressionChecker) -> Items {
    var result = Items()
    for item in connect.items {
      switch item {
      case .weight(let isLearnable, let type, let initialiser, let range, let span):
        if let first = result.weight { checker.report(.secondItem(what: "`weight`", at: span, first: first.span)) }
        result.weight = (isLearnable, type, initialiser, range, span)
      case .delay(let isLearnable, let initialiser, let range, let span):
        if let first = result.delay { checker.report(.secondItem(what: "`delay`", at: span, first: first.span)) }
        result.delay = (isLearnable, initialiser, range, span)
        if !isLearnable, let range { unavailable("a range of a delay that is not learned", range.span, &checker) }
      case .pattern(let name, let arguments, let span):
        if let first = result.pattern {
          checker.report(.secondItem(what: "`pattern`", at: span, first: first.span))
        }
        result.pattern = (name, arguments, span)
        if Self.patterns.contains(name.text) { continue }
        result.isRight = false
        let nearest = Spelling.nearest(to: name.text, among: Self.patterns)
        checker.report(.unknownPattern(name: name.text, at: name.span, nearest: nearest))
      case .noSelf(let span): result.noSelf = span
      case .sign(let name, let span):
        if let first = result.sign { checker.report(.secondItem(what: "`sign`", at: span, first: first.span)) }
        if let sign = Distribution.Sign(rawValue: name.text), sign != .any {
          result.sign = (sign, span)
        } else {
          result.isRight = false
          checker.report(.unknownSign(name: name.text, at: name.span))
        }
      case .rule(let name, let arguments, let span):
        if let first = result.rule { checker.report(.secondItem(what: "`rule`", at: span, first: first.span)) }
        result.rule = (name, arguments, span)
      case .current(let value, let span):
        if let first = result.current { checker.report(.secondItem(what: "`current`", at: span, first: first.span)) }
        result.current = (value, span)
      case .dropout(let value, let span):
        if let first = result.dropout { checker.report(.secondItem(what: "`dropout`", at: span, first: first.span)) }
        result.dropout = (value, span)
      }
    }
    if let rule = result.rule, let weight = result.weight, weight.isLearnable {
      checker.report(.learnableWithRule(synapse: rule.name.text, at: rule.span, weight: weight.span))
      result.isRight = false
    }
    return result
  }

  // MARK: Which pairs

  /// nil after a message.
  mutating func pattern(
    _ items: inout Items, _ route: Route, _ source: End, _ target: End, _ checker: inout ExpressionChecker
  ) -> Pattern? {
    var result = Sparsity(.full)
    let name = items.pattern?.name.text ?? "all"
    if let span = items.noSelf {
      guard isWithin(source, target) else {
        checker.report(
          .uselessNoSelf(source: source.reference.base.text, target: target.reference.base.text, at: span))
        return nil
      }
      result.excludesSelf = true
    }
    switch name {
    case "random":
      guard let p = patternArgument(items, "p", &checker) else { return nil }
      guard p.value >= 0, p.value <= 1 else {
        checker.report(.badProbability(at: p.span))
        return nil
      }
      result.rule = .random(p.value)
    case "fixed_indegree", "fixed_outdegree":
      guard let k = patternArgument(items, "k", allowsMultapses: &result.allowsMultapses, &checker) else { return nil }
      let isIn = name == "fixed_indegree"
      let (own, others) = isIn ? (target, source) : (source, target)
      // Where a unit of the population is itself among those to choose from, it has one choice fewer.
      let meetsItself = result.excludesSelf && own.range.overlaps(others.range)
      let choices = others.range.count - (meetsItself ? 1 : 0)
      guard k.value >= 0, k.value == k.value.rounded(), k.value <= 1e9 else {
        checker.report(.badDegree(at: k.span))
        return nil
      }
      guard result.allowsMultapses ? (choices > 0 || k.value == 0) : k.value <= Double(choices) else {
        checker.report(
          .degreeTooLarge(
            degree: Int(k.value), choices: choices, population: others.reference.base.text, isIn: isIn,
            excludesSelf: meetsItself, at: k.span))
        return nil
      }
      result.rule = isIn ? .indegree(Int(k.value)) : .outdegree(Int(k.value))
    case "conv2d", "pool2d":
      guard let kernel = convolution(items, source, target, &checker) else { return nil }
      result.rule = .convolution(kernel)
    case "from":
      guard let table = list(&items, source, target, excludesSelf: result.excludesSelf, &checker) else { return nil }
      result.rule = .list(table)
    case "distance": break
    default:
      if let item = items.pattern, let first = item.arguments.first {
        let span = first.label?.span ?? checker.expression(first.value).span
        checker.report(.unknownArgument(function: name, name: first.label?.text ?? "1", at: span, known: []))
        return nil
      }
      result.rule = items.isPaired ? .pairs : .full
    }
    if needsDistance(items, checker) {
      guard let geometry = geometry(items, source, target, &checker) else { return nil }
      result.geometry = geometry
      if name == "distance" {
        guard let rule = distanceRule(items, geometry, &checker) else { return nil }
        result.rule = rule
      }
    }
    if let item = items.delay, item.initialiser.isDraw {
      guard
        let drawn = checker.distribution(
          item.initialiser.value, of: DimensionTerm(.time), because: "`delay` takes a time", draws: .matrix)
      else { return nil }
      guard [.normal, .uniform, .lognormal, .constant].contains(drawn.distribution.kind) else {
        checker.report(.delayDistribution(kind: drawn.distribution.kind.rawValue, at: item.span))
        return nil
      }
      // With exact spike times they are numbers of the network's, as learned ones are.
      if !checker.model.isExact { result.delays = drawn.distribution }
    }
    if let item = items.delay, item.isLearnable {
      guard learnsDelays(&result, items, name, &checker) else { return nil }
    }
    if case .continuous = route.signal, let item = items.delay, item.isLearnable {
      checker.report(PatternMessage.learnedDelayOfValues(target: route.targetName, at: item.span))
      return nil
    }
    let isPlain = !result.hasOwnDelays && !result.excludesSelf && result.geometry == nil
    switch result.rule {
    case .full where isPlain: return .all
    case .pairs where isPlain: return .oneToOne
    default: return .sparse(result)
    }
  }

  private func patternArgument(_ items: Items, _ name: String, _ checker: inout ExpressionChecker) -> Located? {
    var none: Bool?
    return patternArgument(items, name, &none, &checker)
  }

  private func patternArgument(
    _ items: Items, _ name: String, allowsMultapses: inout Bool, _ checker: inout ExpressionChecker
  ) -> Located? {
    var allows: Bool? = false
    defer { allowsMultapses = allows ?? false }
    return patternArgument(items, name, &allows, &checker)
  }

  struct Located {
    var value: Double
    var span: Span
  }

  /// The number `name = E` of a pattern's arguments, and `multapses` where there can be any; nil after a message.
  private func patternArgument(
    _ items: Items, _ name: String, _ multapses: inout Bool?, _ checker: inout ExpressionChecker
  ) -> Located? {
    guard let item = items.pattern else { return nil }
    var found: Located?
    let known = multapses == nil ? [name] : [name, "multapses"]
    for argument in item.arguments {
      let span = checker.expression(argument.value).span
      if argument.label?.text == "multapses", multapses != nil {
        guard case .boolean(let value) = checker.expression(argument.value).kind else {
          checker.report(.notBoolean(name: "multapses", at: span))
          return nil
        }
        multapses = value
        continue
      }
      if let label = argument.label, label.text != name {
        checker.report(.unknownArgument(function: item.name.text, name: label.text, at: label.span, known: known))
        return nil
      }
      guard found == nil else {
        checker.report(
          .argumentCount(
            function: item.name.text, expected: known, found: item.arguments.count, at: item.span))
        return nil
      }
      let checked = checker.number(
        argument.value, expecting: .one, because: "`\(name)` of `\(item.name.text)` is a number")
      guard let value = checker.staticValue(checked, what: "`\(name)` of a pattern") else { return nil }
      found = Located(value: value, span: span)
    }
    if found == nil { checker.report(.patternNeeds(pattern: item.name.text, name: name, at: item.span)) }
    return found
  }

  // MARK: Signs

  /// Weights that keep to one side of 0: what is drawn is turned there, what is learned stays there. False after a
  /// message.
  func bind(
    _ sign: (sign: Distribution.Sign, span: Span), _ initial: inout Initial,
    _ bounds: inout (lower: Double?, upper: Double?)?,
    _ weight: (isLearnable: Bool, type: TypeSyntax?, initialiser: Initialiser, range: BoundsSyntax?, span: Span),
    _ checker: inout ExpressionChecker
  ) -> Bool {
    let isPositive = sign.sign == .positive
    if case .value(let value) = initial, let number = checker.staticValue(value),
      isPositive ? number < 0 : number > 0
    {
      let span = checker.expression(weight.initialiser.value).span
      checker.report(.wrongSign(sign: sign.sign.rawValue, at: span, declared: sign.span))
      return false
    }
    guard weight.isLearnable else { return true }
    if isPositive {
      bounds = (max(bounds?.lower ?? 0, 0), bounds?.upper)
    } else {
      bounds = (bounds?.lower, min(bounds?.upper ?? 0, 0))
    }
    if let lower = bounds?.lower, let upper = bounds?.upper, lower >= upper {
      checker.report(.wrongSign(sign: sign.sign.rawValue, at: weight.range?.span ?? weight.span, declared: sign.span))
      return false
    }
    return true
  }
}
