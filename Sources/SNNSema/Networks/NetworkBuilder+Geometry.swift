import SNNIR
import SNNSyntax

/// Positions of populations, and what depends on the distance between units.
extension NetworkBuilder {
  /// `at grid(10, 10, spacing = 50 um)`, `at uniform(1 mm, 1 mm)`.
  mutating func place(_ name: Name, _ shape: [Int], _ id: ExprID, _ checker: inout ExpressionChecker) {
    let errors = checker.errorCount
    if let placement = placement(name, shape, id, &checker) { placements[name.text] = placement }
    if checker.errorCount > errors { isComplete = false }
  }

  private func placement(
    _ name: Name, _ shape: [Int], _ id: ExprID, _ checker: inout ExpressionChecker
  ) -> Placement? {
    let expr = checker.expression(id)
    guard case .call(let callee, let arguments) = expr.kind, case .name(let kind) = checker.expression(callee).kind,
      kind == "grid" || kind == "uniform"
    else {
      checker.report(PatternMessage.badPlacement(at: expr.span))
      return nil
    }
    let plain = arguments.filter { $0.label == nil }
    for argument in arguments {
      guard let label = argument.label, label.text != "spacing" || kind != "grid" else { continue }
      checker.report(
        .unknownArgument(function: kind, name: label.text, at: label.span, known: kind == "grid" ? ["spacing"] : []))
      return nil
    }
    if kind == "uniform" {
      guard (1...3).contains(plain.count) else {
        checker.report(PatternMessage.badPlacement(at: expr.span))
        return nil
      }
      guard let sides = lengths(plain.map(\.value), &checker) else { return nil }
      return .uniform(sides: sides, path: prefix + name.text + ".positions")
    }
    guard let spacing = arguments.first(where: { $0.label != nil }) else {
      checker.report(
        PatternMessage.needs(pattern: "grid", name: "spacing", example: "grid(spacing = 50 um)", at: expr.span))
      return nil
    }
    var sides = shape.count > 2 ? Array(shape.suffix(2)) : shape
    if !plain.isEmpty {
      sides = []
      for argument in plain {
        guard let side = checker.wholeNumber(argument.value, what: "a side of a grid", least: 1) else { return nil }
        sides.append(side)
      }
    }
    let size = shape.reduce(1, *)
    let points = sides.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard sides.count <= 3, points > 0, size % points == 0 else {
      checker.report(PatternMessage.gridSize(population: name.text, size: size, points: points, at: expr.span))
      return nil
    }
    var parts = [ExprID](repeating: spacing.value, count: sides.count)
    if case .list(let elements) = checker.expression(spacing.value).kind, elements.count == sides.count {
      parts = elements
    }
    return lengths(parts, &checker).map { .grid(shape: sides, spacing: $0) }
  }

  private func lengths(_ ids: [ExprID], _ checker: inout ExpressionChecker) -> [Double]? {
    var result: [Double] = []
    for id in ids {
      let checked = checker.number(id, expecting: DimensionTerm(.length), because: "positions are lengths")
      guard let value = checker.staticValue(checked, what: "a length of a placement") else { return nil }
      guard value > 0, value.isFinite else {
        checker.report(PatternMessage.placementNumber(what: "lengths of a placement are positive", at: checked.span))
        return nil
      }
      result.append(value)
    }
    return result
  }

  // MARK: Distances

  func distanceEntity(_ symbol: SymbolID, _ graph: inout Graph) -> Entity {
    Entity(
      "distance", .ambient, type: .number(DimensionTerm(.length)), value: graph.load(symbol),
      unit: Dimension.length.displayUnit)
  }

  /// Whether something of the connection reads `distance`.
  func needsDistance(_ items: Items, _ checker: ExpressionChecker) -> Bool {
    if items.pattern?.name.text == "distance" { return true }
    guard checker.lookup("distance") == nil else { return false }
    let read = [items.weight?.initialiser, items.delay?.initialiser].compactMap { $0 }.filter { !$0.isDraw }
    return read.contains { checker.program.names(in: $0.value, file: checker.file).contains("distance") }
  }

  /// nil after a message.
  func geometry(
    _ items: Items, _ source: End, _ target: End, _ checker: inout ExpressionChecker
  ) -> Geometry? {
    var found: [Placement] = []
    for end in [source, target] {
      let name = end.reference.base.text
      guard let placement = placements[name] else {
        checker.report(PatternMessage.noPositions(population: name, size: end.range.count, at: end.reference.span))
        return nil
      }
      found.append(placement)
    }
    guard found[0].dimensions == found[1].dimensions else {
      checker.report(
        PatternMessage.axesDiffer(
          source: source.reference.base.text, sourceAxes: found[0].dimensions, target: target.reference.base.text,
          targetAxes: found[1].dimensions, at: source.reference.span))
      return nil
    }
    let symbol = checker.model.graph.addSymbol(
      Symbol("distance", .temporary, domain: .constant, unit: Dimension.length.displayUnit.display))
    var result = Geometry(sources: found[0], targets: found[1], distance: symbol)
    if let argument = items.pattern?.arguments.first(where: { $0.label?.text == "periodic" }) {
      guard case .boolean(let value) = checker.expression(argument.value).kind else {
        checker.report(.notBoolean(name: "periodic", at: checker.expression(argument.value).span))
        return nil
      }
      result.isPeriodic = value
    }
    if let delay = items.delay, !delay.initialiser.isDraw,
      checker.program.names(in: delay.initialiser.value, file: checker.file).contains("distance")
    {
      guard
        let value = ofDistance(
          delay.initialiser.value, symbol, DimensionTerm(.time), because: "`delay` takes a time", what: "a delay",
          &checker)
      else { return nil }
      result.delay = value
    }
    return result
  }

  /// `distance(p = E, radius = R)`.
  func distanceRule(
    _ items: Items, _ geometry: Geometry, _ checker: inout ExpressionChecker
  ) -> Sparsity.Rule? {
    guard let item = items.pattern else { return nil }
    var chance: ValueID?
    var radius: Double?
    let known = ["p", "radius", "periodic"]
    for argument in item.arguments {
      let span = checker.expression(argument.value).span
      switch argument.label?.text {
      case "p":
        guard
          let value = ofDistance(
            argument.value, geometry.distance, .one, because: "`p` is a probability", what: "a probability", &checker)
        else { return nil }
        if let number = checker.model.graph.constant(value), !(number >= 0 && number <= 1) {
          checker.report(.badProbability(at: span))
          return nil
        }
        chance = value
      case "radius":
        let checked = checker.number(
          argument.value, expecting: DimensionTerm(.length), because: "`radius` is a length")
        guard let value = checker.staticValue(checked, what: "`radius`") else { return nil }
        guard value >= 0 else {
          checker.report(PatternMessage.placementNumber(what: "a radius is not negative", at: span))
          return nil
        }
        radius = value
      case "periodic": break
      default:
        checker.report(
          .unknownArgument(
            function: "distance", name: argument.label?.text ?? "1", at: argument.label?.span ?? span, known: known))
        return nil
      }
    }
    guard chance != nil || radius != nil else {
      checker.report(
        PatternMessage.needs(
          pattern: "distance", name: "p` or `radius",
          example: "distance(p = exp(-distance / 100 um), radius = 500 um)", at: item.span))
      return nil
    }
    return .distance(chance, radius: radius)
  }

  /// An expression that may read `distance` and what is known when compiled; nil after a message.
  private func ofDistance(
    _ id: ExprID, _ symbol: SymbolID, _ term: DimensionTerm, because note: String, what: String,
    _ checker: inout ExpressionChecker
  ) -> ValueID? {
    var scope = Scope()
    scope.set(distanceEntity(symbol, &checker.model.graph))
    checker.scopes.append(scope)
    let checked = checker.number(id, expecting: term, because: note)
    checker.scopes.removeLast()
    if checked.isError { return nil }
    var value = checked.value
    for _ in 0..<32 {
      var map: [SymbolID: ValueID] = [:]
      for read in checker.model.graph.loadedSymbols([value]) where read != symbol {
        let load = checker.model.graph.load(read)
        guard let number = checker.staticValue(load) else {
          checker.report(PatternMessage.distanceNotConstant(what: what, at: checked.span))
          return nil
        }
        map[read] = checker.model.graph.const(number)
      }
      if map.isEmpty { return value }
      value = checker.model.graph.substitute(value, map)
    }
    return value
  }
}
