import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// `standardise(sample)`, `repeat(sample, 32)`, `onehot(label)`, one inside the other.
  mutating func transformedField(_ id: ExprID, _ span: Span) -> Checked {
    var transforms: [FieldTransform] = []
    var current = id
    while true {
      switch expression(current).kind {
      case .parenthesised(let inner): current = inner
      case .name(let name):
        if lookup(name) == nil, TaskContext.fieldNames.contains(name) {
          return field(name, transforms.reversed(), id, span)
        }
        report(.transformsField(at: expression(current).span))
        return errorResult(span)
      case .call(let callee, let arguments):
        guard case .name(let name) = expression(callee).kind else {
          report(.transformsField(at: expression(current).span))
          return errorResult(span)
        }
        guard let (argument, transform) = transform(name, arguments, current) else { return errorResult(span) }
        transforms.append(transform)
        current = argument
      default:
        report(.transformsField(at: expression(current).span))
        return errorResult(span)
      }
    }
  }

  private mutating func transform(
    _ name: String, _ arguments: [Argument], _ id: ExprID
  ) -> (ExprID, FieldTransform)? {
    let span = expression(id).span
    switch name {
    case "standardise":
      guard let given = matched(arguments, name, ["field"], required: 1, span), let field = given["field"] else {
        return nil
      }
      return (field, .standardise)
    case "repeat":
      guard let given = matched(arguments, name, ["field", "count"], required: 2, span), let field = given["field"],
        let count = given["count"].flatMap({ wholeNumber($0, what: "the count of `repeat`", least: 1) })
      else { return nil }
      return (field, .repeatUnits(count))
    case "onehot":
      guard let given = matched(arguments, name, ["field", "classes"], required: 1, span), let field = given["field"]
      else { return nil }
      if let classes = given["classes"] {
        return wholeNumber(classes, what: "the number of classes", least: 1).map { (field, .oneHot($0)) }
      }
      let met = task.feedExtent ?? metExtents(id).first
      guard let size = met.map({ model.graph[$0].size }) ?? task.classes else {
        report(.classesUnknown(at: span))
        return nil
      }
      return (field, .oneHot(size))
    default:
      report(.transformsField(at: span))
      return nil
    }
  }

  /// The symbol of a field, with the axes that it has.
  mutating func field(_ name: String, _ transforms: [FieldTransform], _ id: ExprID, _ span: Span) -> Checked {
    let known = task.shapes[name]
    if known == nil, task.knowsShapes {
      report(.noField(name: name, known: task.shapes.keys.sorted(), at: span))
      return errorResult(span)
    }
    var units: Int??
    var term = DimensionTerm.one
    var unit: ResolvedUnit?
    if let known {
      units = .some(known.units)
      if let text = known.unit, let resolved = resolvedUnit(text) {
        unit = resolved
        term = DimensionTerm(resolved.dimension)
      }
    } else if name == "label" || name == "duration" {
      units = .some(nil)
    }
    for transform in transforms {
      switch transform {
      case .standardise: (term, unit) = (.one, nil)
      case .repeatUnits(let count): if case .some(let size) = units { units = .some((size ?? 1) * count) }
      case .oneHot(let classes):
        units = .some(classes)
        if let labels = task.classes, labels > classes {
          report(.tooManyClasses(classes: labels, units: classes, at: span))
          return errorResult(span)
        }
      }
    }
    var axes: Axes = [.sample]
    var extent: ExtentID?
    switch units {
    case .some(.some(let size)): extent = fieldExtent(size, id)
    case .some(.none): break
    case .none: extent = fieldExtent(nil, id)
    }
    if extent != nil {
      axes.insert(.unit)
      readWhole(span)
    }
    // Of data that a batch will stand in for nothing is known: inside a reduction over time a field varies in time.
    let varies =
      known.map { $0.steps != nil }
      ?? (!["label", "duration"].contains(name) && (task.assumesTime || isReducedOverTime(id)))
    if varies { axes.insert(.tick) }
    let domain = Domain(axes, extent: extent, phase: varies ? .tick : .once)
    // Samples that end before others have rows beyond their end.
    if task.place != .feed, let steps = known?.steps, task.ticks > 0,
      task.duration == nil ? steps != task.ticks : steps < task.ticks
    {
      report(.fieldLength(name: name, steps: steps, ticks: task.ticks, at: span))
      return errorResult(span)
    }
    if let place = task.fields.firstIndex(where: {
      $0.name == name && $0.transforms == transforms && model.graph[$0.symbol].domain == domain
    }) {
      return Checked(model.graph.load(task.fields[place].symbol), .number(term), span, unit: unit)
    }
    let symbol = model.graph.addSymbol(
      Symbol(
        Self.text(name, transforms), .data(task.fields.count), domain: domain, unit: unit?.display ?? .one,
        location: location(span)))
    task.fields.append(DataField(name: name, transforms: transforms, symbol: symbol))
    task.steps.append(known?.steps)
    return Checked(model.graph.load(symbol), .number(term), span, unit: unit)
  }

  private static func text(_ name: String, _ transforms: [FieldTransform]) -> String {
    transforms.reduce(name) { inner, transform in
      switch transform {
      case .standardise: "standardise(\(inner))"
      case .repeatUnits(let count): "repeat(\(inner), \(count))"
      case .oneHot(let classes): "onehot(\(inner), \(classes))"
      }
    }
  }

  /// The unit axis of a field: that of what it is fed to or meets, where the sizes agree, else its own.
  private mutating func fieldExtent(_ size: Int?, _ id: ExprID) -> ExtentID? {
    func fits(_ extent: ExtentID) -> Bool { size == nil || model.graph[extent].size == size }
    if let extent = task.feedExtent, fits(extent) { return extent }
    if let met = metExtents(id).first(where: fits) { return met }
    guard let size else { return task.feedExtent }
    for field in task.fields {
      if let extent = model.graph[field.symbol].domain.extent, fits(extent),
        !model.populations.contains(where: { $0.extent == extent }),
        !model.inputs.contains(where: { $0.extent == extent })
      {
        return extent
      }
    }
    return model.graph.addExtent(Extent(name: "sample", size: size))
  }

  private func isReducedOverTime(_ id: ExprID) -> Bool {
    var current = id
    while let parent = task.parents[current] {
      if case .reduction(_, .time, _, _, _) = expression(parent).kind { return true }
      current = parent
    }
    return false
  }

  /// Unit axes of what stands near an expression, nearest first.
  private func metExtents(_ id: ExprID) -> [ExtentID] {
    var result: [ExtentID] = []
    var current = id
    while let parent = task.parents[current] {
      for child in expression(parent).kind.children where child != current { result += extents(in: child) }
      current = parent
    }
    return result
  }

  private func extents(in root: ExprID) -> [ExtentID] {
    var result: [ExtentID] = []
    var stack = [root]
    while let id = stack.popLast() {
      let kind = expression(id).kind
      if case .reduction(_, .units, _, _, _) = kind { continue }
      if case .name(let name) = kind, let entity = lookup(name) {
        if entity.kind == .population, entity.index >= 0, entity.index < model.populations.count {
          result.append(model.populations[entity.index].extent)
        } else if let value = entity.value, model.graph[value].domain.axes.contains(.unit),
          let extent = model.graph[value].domain.extent
        {
          result.append(extent)
        }
      }
      stack.append(contentsOf: kind.children.reversed())
    }
    return result
  }

  /// A unit by its text, as files and messages write it.
  func resolvedUnit(_ text: String) -> ResolvedUnit? {
    var dimension = Dimension.one
    var decade = 0
    var factor = ""
    var isBelow = false
    func take(_ dimension: inout Dimension, _ decade: inout Int) -> Bool {
      if factor == "1" || factor.isEmpty { return true }
      let parts = factor.split(separator: "^", maxSplits: 1)
      guard let definition = UnitTable.units[String(parts[0])], !definition.isAffine else { return false }
      let written = parts.count == 2 ? Int(parts[1].filter { $0 != "(" && $0 != ")" }) : 1
      guard let written else { return false }
      let exponent = isBelow ? -written : written
      dimension = dimension * Dimension(definition.exponents).power(Rational(exponent))
      decade += exponent * definition.decade
      return true
    }
    for character in text {
      guard character == "*" || character == "/" else {
        factor.append(character)
        continue
      }
      guard take(&dimension, &decade) else { return nil }
      factor = ""
      isBelow = character == "/"
    }
    guard take(&dimension, &decade), let base = dimension.internalDecade else { return nil }
    return ResolvedUnit(text: text, dimension: dimension, decade: decade - base, offset: 0)
  }
}
