import SNNIR
import SNNSyntax

/// `KIND over AXIS [in WINDOW] [where FILTER] of OPERAND`.
struct ReductionSyntax: Sendable {
  var kind: ReductionKind
  var axis: ReductionAxis
  var window: ExprID?
  var filter: ExprID?
  var operand: ExprID

  var axes: Axes {
    switch axis {
    case .time: .tick
    case .units: .unit
    case .samples: .sample
    case .synapses, .pre, .post: .synapse
    }
  }
}

extension ExpressionChecker {
  mutating func reduction(_ syntax: ReductionSyntax, _ span: Span) -> Checked {
    guard syntax.axis != .pre, syntax.axis != .post else {
      report(.misplacedForm(what: "`over \(syntax.axis.rawValue)`", at: span))
      return errorResult(span)
    }
    if syntax.axis == .time { task.timeDepth += 1 }
    let outer = task.slice
    if syntax.axis == .units { task.slice = UnitSlice() }
    let operand = number(syntax.operand)
    let filter = syntax.filter.map { condition($0) }
    if syntax.axis == .time { task.timeDepth -= 1 }
    let slice = syntax.axis == .units ? task.slice : nil
    if syntax.axis == .units { task.slice = outer }
    if operand.isError || filter?.isError == true { return errorResult(span) }
    if let slice, !isRight(slice, syntax) { return errorResult(span) }
    if syntax.kind == .integral, syntax.axis != .time {
      report(.kindNeedsTime(kind: syntax.kind, at: span))
      return errorResult(span)
    }
    return joined([operand] + (filter.map { [$0] } ?? []), span) { checker in
      checker.reduce(syntax, operand, filter, slice?.units, span)
    }
  }

  private mutating func reduce(
    _ syntax: ReductionSyntax, _ operand: Checked, _ filter: Checked?, _ slice: Range<Int>?, _ span: Span
  ) -> Checked {
    let axis = syntax.axes
    var domain = model.graph[operand.value].domain
    if let filter { domain = domain.joined(model.graph[filter.value].domain) ?? domain }
    guard domain.axes.contains(axis) else {
      report(
        .noAxis(
          axis: syntax.axis, operand: text(operand.span), at: operand.span,
          isReduced: axis == .tick && domain.phase > .tick, has: Self.axisWords(domain)))
      return errorResult(span)
    }
    if domain.axes.contains(.tick), domain.phase > .tick {
      report(.twoPasses(at: operand.span))
      return errorResult(span)
    }
    guard isExactReduction(syntax, operand, span), var range = range(syntax, domain) else { return errorResult(span) }
    if let slice { range.window = slice }
    var conditions: [ValueID] = filter.map { [$0.value] } ?? []
    if let window = range.window { conditions += inside(window, of: range.full, axis, domain) }
    if axis == .tick, let isOwn = isOwnTick() { conditions.append(isOwn) }
    switch syntax.kind {
    case .first, .last:
      guard axis == .tick || axis == .unit else {
        report(.kindNeedsTime(kind: syntax.kind, at: span))
        return errorResult(span)
      }
      if filter != nil {
        let value = chosen(syntax.kind, operand.value, conditions, axis, domain)
        return Checked(value, operand.type, span, unit: operand.unit)
      }
      let window = range.window ?? range.full
      let place = syntax.kind == .first ? window.lowerBound : window.upperBound - 1
      var number = model.graph.const(Double(place))
      if axis == .tick, syntax.kind == .last { number = withinSample(number) }
      return Checked(single(number, axis, domain, operand.value), operand.type, span, unit: operand.unit)
    case .max, .min:
      let neutral = model.graph.const(syntax.kind == .max ? -.infinity : .infinity)
      let masked = masked(operand.value, conditions, neutral, axis, domain)
      let value = model.graph.reduce(syntax.kind == .max ? .max : .min, over: axis, masked)
      return Checked(value, operand.type, span, unit: operand.unit)
    case .sum, .mean, .integral:
      let zero = model.graph.const(0)
      let masked = masked(operand.value, conditions, zero, axis, domain)
      let sum = model.graph.reduce(.sum, over: axis, masked)
      if syntax.kind == .sum { return Checked(sum, operand.type, span, unit: operand.unit) }
      if syntax.kind == .integral {
        let step = model.graph.load(model.stepSymbol)
        let term = (operand.dimension ?? .one) * DimensionTerm(.time)
        return Checked(model.graph.mul(sum, step), .number(solver.resolve(term)), span)
      }
      let divisor =
        filter == nil && !isCountDrawn(syntax, domain)
        ? number(of: axis, range.window ?? range.full) : counted(conditions, axis, domain)
      return Checked(model.graph.div(sum, divisor), operand.type, span, unit: operand.unit)
    }
  }

  /// How many values a mean is over.
  private mutating func number(of axis: Axes, _ window: Range<Int>) -> ValueID {
    if axis == .sample { return batchCount() }
    guard axis == .tick, task.duration != nil else { return model.graph.const(Double(window.count)) }
    let before = model.graph.const(Double(window.lowerBound - 1))
    let last = model.graph.const(Double(window.upperBound - 1))
    let one = model.graph.const(1)
    return model.graph.max(model.graph.sub(withinSample(last), before), one)
  }

  /// The number of samples in the batch.
  mutating func batchCount() -> ValueID {
    if let symbol = task.batchCount { return model.graph.load(symbol) }
    let symbol = model.graph.addSymbol(Symbol("samples", .batchCount, domain: .constant))
    task.batchCount = symbol
    return model.graph.load(symbol)
  }

  /// How often the conditions hold. A mean over nothing is 0, so that a batch without a case says nothing.
  private mutating func counted(_ conditions: [ValueID], _ axis: Axes, _ domain: Domain) -> ValueID {
    let one = model.graph.const(1)
    let flag = conditions.isEmpty ? one : model.graph.number(all(conditions))
    return model.graph.max(model.graph.reduce(.sum, over: axis, spread(flag, axis, domain)), one)
  }

  private mutating func all(_ conditions: [ValueID]) -> ValueID {
    conditions.dropFirst().reduce(conditions[0]) { model.graph.and($0, $1) }
  }

  private mutating func masked(
    _ operand: ValueID, _ conditions: [ValueID], _ neutral: ValueID, _ axis: Axes, _ domain: Domain
  ) -> ValueID {
    let value = conditions.isEmpty ? operand : model.graph.select(all(conditions), operand, neutral)
    return spread(value, axis, domain)
  }

  /// `value` with the axis that is reduced, where only a condition has it.
  private mutating func spread(_ value: ValueID, _ axis: Axes, _ domain: Domain) -> ValueID {
    if model.graph[value].domain.axes.contains(axis) { return value }
    let extent = axis == .unit || axis == .synapse ? domain.extent : nil
    return model.graph.broadcast(value, to: Domain(axis, extent: extent, phase: axis == .tick ? .tick : .once))
  }

  private mutating func place(_ axis: Axes, _ domain: Domain) -> ValueID {
    if axis == .tick { return model.graph.tickIndex() }
    return model.graph.unitIndex(domain.extent ?? ExtentID(0))
  }

  private mutating func inside(
    _ window: Range<Int>, of full: Range<Int>, _ axis: Axes, _ domain: Domain
  ) -> [ValueID] {
    let index = place(axis, domain)
    var result: [ValueID] = []
    if window.lowerBound > full.lowerBound {
      let bound = model.graph.const(Double(window.lowerBound))
      result.append(model.graph.compare(.ge, index, bound))
    }
    if window.upperBound < full.upperBound {
      let bound = model.graph.const(Double(window.upperBound - 1))
      result.append(model.graph.compare(.le, index, bound))
    }
    return result
  }

  /// The value where the conditions hold for the first or last time, or of the first or last unit; 0 where they never do,
  /// as a mean over nothing is.
  private mutating func chosen(
    _ kind: ReductionKind, _ operand: ValueID, _ conditions: [ValueID], _ axis: Axes, _ domain: Domain
  ) -> ValueID {
    let zero = model.graph.const(0)
    if axis == .tick {
      let none = model.graph.const(-.infinity)
      let given = masked(operand, conditions, none, axis, domain)
      let found = model.graph.reduce(kind == .first ? .first : .last, over: axis, given)
      return model.graph.select(model.graph.compare(.gt, found, none), found, zero)
    }
    let out = model.graph.const(kind == .first ? .infinity : -.infinity)
    let places = masked(place(axis, domain), conditions, out, axis, domain)
    return single(model.graph.reduce(kind == .first ? .min : .max, over: axis, places), axis, domain, operand)
  }

  /// The value at one tick or of one unit.
  mutating func single(_ place: ValueID, _ axis: Axes, _ domain: Domain, _ operand: ValueID) -> ValueID {
    let index = self.place(axis, domain)
    let zero = model.graph.const(0)
    let chosen = model.graph.select(model.graph.compare(.eq, index, place), operand, zero)
    return model.graph.reduce(.sum, over: axis, chosen)
  }

  // MARK: Windows

  /// What the axis counts, and the part of it that the window leaves.
  private mutating func range(_ syntax: ReductionSyntax, _ domain: Domain) -> (full: Range<Int>, window: Range<Int>?)? {
    let full: Range<Int>
    switch syntax.axis {
    case .time: full = 1..<(task.ticks + 1)
    case .units: full = 0..<(domain.extent.map { model.graph[$0].size } ?? 0)
    case .samples: full = 0..<0
    default:
      full = 0..<synapses(domain.extent)
    }
    guard let id = syntax.window else { return (full, nil) }
    let span = expression(id).span
    guard syntax.axis == .time || syntax.axis == .units else {
      report(.windowAxis(axis: syntax.axis, at: span))
      return nil
    }
    var inner = id
    while case .parenthesised(let next) = expression(inner).kind { inner = next }
    guard case .range(let low, let high, let isClosed) = expression(inner).kind else {
      report(.notRange(axis: syntax.axis, at: span))
      return nil
    }
    guard var lower = bound(low, syntax.axis), let top = bound(high, syntax.axis) else { return nil }
    var upper = isClosed ? top + 1 : top
    if model.isExact, syntax.axis == .time {
      // From the end of tick A to the end of tick B, whichever way the range is written.
      (lower, upper) = (lower + 1, top + 1)
    }
    if syntax.axis == .time, lower == 0, upper > 1 {
      if task.warnsInitialState { report(.initialState(at: expression(low).span)) }
      lower = 1
    }
    guard lower < upper else {
      report(.emptyWindow(at: span))
      return nil
    }
    guard lower >= full.lowerBound, upper <= full.upperBound else {
      report(
        .windowOutside(
          axis: syntax.axis, first: full.lowerBound, last: full.upperBound - 1,
          duration: syntax.axis == .time ? shownTime(full.upperBound - 1) : nil, at: span))
      return nil
    }
    if syntax.axis == .time, isBeyondSamples(lower, span) { return nil }
    return (full, lower..<upper)
  }

  /// How many pairs chance joins is known when a session draws them.
  private func isCountDrawn(_ syntax: ReductionSyntax, _ domain: Domain) -> Bool {
    guard syntax.axis == .synapses, let extent = domain.extent, Int(extent.index) < model.connections.count else {
      return false
    }
    return model.connections[Int(extent.index)].sparsity?.hasFixedCount == false
  }

  func shownTime(_ ticks: Int) -> String { "\(formatted(Double(ticks) * model.step)) ms" }

  /// A bound: a whole number, or over time a duration.
  private mutating func bound(_ id: ExprID, _ axis: ReductionAxis) -> Int? {
    let checked = number(id)
    guard let dimension = checked.dimension else { return nil }
    let isNumber = solver.constant(dimension)?.isOne ?? false
    if axis == .time, !isNumber {
      let term = DimensionTerm(.time)
      let time = require(checked, term, because: "bounds over time are durations, or whole numbers of ticks")
      guard let duration = staticValue(time, what: "a bound") else { return nil }
      return ticks(duration, what: "a bound", unit: checked.unit, at: checked.span, least: 0)
    }
    guard !require(checked, .one, because: "bounds are whole numbers").isError,
      let value = staticValue(checked, what: "a bound")
    else { return nil }
    guard let whole = Int(exactly: value), whole >= 0, whole < 1 << 40 else {
      report(.notWhole(what: "a bound", least: 0, at: checked.span))
      return nil
    }
    return whole
  }

  /// Number of synapses of a connection.
  func synapses(_ connection: ExtentID?) -> Int {
    guard let connection, Int(connection.index) < model.connections.count else { return 0 }
    let found = model.connections[Int(connection.index)]
    switch found.pattern {
    case .sparse(let sparsity):
      if let kernel = sparsity.convolution { return kernel.weightCount }
      return Int(sparsity.expectedCount(sources: found.sourceRange, targets: found.targetRange).rounded())
    case .all: return found.sourceRange.count * found.targetRange.count
    case .oneToOne: return found.targetRange.count
    }
  }

  // MARK: One tick, one unit

  /// `E at TIME`.
  mutating func valueAt(_ operandID: ExprID, _ timeID: ExprID, _ span: Span) -> Checked {
    task.timeDepth += 1
    let operand = number(operandID)
    task.timeDepth -= 1
    guard let tick = bound(timeID, .time), !operand.isError else { return errorResult(span) }
    let domain = model.graph[operand.value].domain
    guard domain.axes.contains(.tick) else {
      report(
        .noAxis(
          axis: .time, operand: text(operand.span), at: operand.span, isReduced: domain.phase > .tick,
          has: Self.axisWords(domain)))
      return errorResult(span)
    }
    if domain.phase > .tick {
      report(.twoPasses(at: operand.span))
      return errorResult(span)
    }
    guard tick >= 1, tick <= task.ticks else {
      report(
        .windowOutside(
          axis: .time, first: 1, last: task.ticks, duration: shownTime(task.ticks), at: expression(timeID).span))
      return errorResult(span)
    }
    if isBeyondSamples(tick, expression(timeID).span) { return errorResult(span) }
    let place = model.graph.const(Double(tick))
    return Checked(single(place, .tick, domain, operand.value), operand.type, span, unit: operand.unit)
  }

  /// The unit that a value per sample names.
  mutating func chosen(_ values: ValueID, _ index: ValueID, _ extent: ExtentID) -> ValueID {
    let unit = model.graph.unitIndex(extent)
    let zero = model.graph.const(0)
    let isIt = model.graph.compare(.eq, unit, index)
    return model.graph.reduce(.sum, over: .unit, model.graph.select(isIt, values, zero))
  }

  static func axisWords(_ domain: Domain) -> [ReductionAxis] {
    var result: [ReductionAxis] = []
    if domain.axes.contains(.tick) { result.append(.time) }
    if domain.axes.contains(.unit) { result.append(.units) }
    if domain.axes.contains(.synapse) { result.append(.synapses) }
    if domain.axes.contains(.sample) { result.append(.samples) }
    return result
  }
}
