import SNNIR
import SNNSyntax

/// The units that the operand of a reduction reads, where it reads a slice of them.
struct UnitSlice: Sendable {
  var units: Range<Int>?
  var span: Span?
  /// Something that stands there with all of its units.
  var whole: Span?
  /// Inside of what is sliced, or of what one unit is chosen.
  var depth = 0
}

extension ExpressionChecker {
  /// `out.U[label]`, `hidden.U[3]`, `hidden.U[0 ..< 10]`; `read` is what stands before the brackets.
  mutating func unitChosen(
    _ baseID: ExprID, _ indices: [ExprID], _ span: Span, read: ((inout ExpressionChecker) -> Checked)? = nil
  ) -> Checked {
    if read == nil, case .name(let name) = expression(baseID).kind, lookup(name)?.kind == .population {
      report(SliceMessage.population(name: name, at: span))
      return errorResult(span)
    }
    guard indices.count == 1 else {
      report(.oneIndex(at: span))
      return errorResult(span)
    }
    // One unit is chosen among all.
    let outer = task.slice
    let isSlice = if case .range = expression(indices[0]).kind { true } else { false }
    if isSlice { task.slice?.depth += 1 } else { task.slice = nil }
    let base = read.map { $0(&self) } ?? number(baseID)
    if isSlice { task.slice?.depth -= 1 } else { task.slice = outer }
    if base.isError { return errorResult(span) }
    let domain = model.graph[base.value].domain
    guard domain.axes.contains(.unit), let extent = domain.extent else {
      report(
        .noAxis(axis: .units, operand: text(base.span), at: base.span, isReduced: false, has: Self.axisWords(domain)))
      return errorResult(span)
    }
    let size = model.graph[extent].size
    if case .range(let low, let high, let isClosed) = expression(indices[0]).kind {
      guard let lower = unit(low), let top = unit(high) else { return errorResult(span) }
      return sliced(base, lower..<max(isClosed ? top + 1 : top, lower), of: size, expression(indices[0]).span, span)
    }
    let index = number(indices[0], expecting: .one, because: "a unit is chosen by its number")
    if index.isError { return errorResult(span) }
    if let number = staticValue(index.value) {
      guard let whole = Int(exactly: number), whole >= 0, whole < size else {
        report(.indexOutside(found: formatted(number), size: size, at: index.span))
        return errorResult(span)
      }
      let place = model.graph.const(Double(whole))
      return Checked(single(place, .unit, domain, base.value), base.type, span, unit: base.unit)
    }
    guard !model.graph[index.value].domain.axes.contains(.unit) else {
      report(.oneIndex(at: index.span))
      return errorResult(span)
    }
    return Checked(chosen(base.value, index.value, extent), base.type, span, unit: base.unit)
  }

  /// A bound of a slice.
  private mutating func unit(_ id: ExprID) -> Int? {
    let checked = number(id, expecting: .one, because: "units are counted from 0")
    guard !checked.isError, let value = staticValue(checked, what: "a bound") else { return nil }
    guard let whole = Int(exactly: value), whole >= 0 else {
      report(.notWhole(what: "a bound", least: 0, at: checked.span))
      return nil
    }
    return whole
  }

  /// The value itself: the reduction around it takes these units only.
  private mutating func sliced(
    _ base: Checked, _ units: Range<Int>, of size: Int, _ place: Span, _ span: Span
  ) -> Checked {
    guard var slice = task.slice else {
      report(SliceMessage.outsideReduction(text: text(span), at: span))
      return errorResult(span)
    }
    guard !units.isEmpty, units.upperBound <= size else {
      report(SliceMessage.range(size: size, at: place))
      return errorResult(span)
    }
    if let other = slice.units, let first = slice.span, other != units {
      report(SliceMessage.differ(at: span, first: first))
      return errorResult(span)
    }
    slice.units = units
    slice.span = slice.span ?? span
    task.slice = slice
    var result = base
    result.span = span
    return result
  }

  /// Notes that something is read with all of its units.
  mutating func readWhole(_ span: Span) {
    guard let slice = task.slice, slice.depth == 0, slice.whole == nil else { return }
    task.slice?.whole = span
  }

  /// Whether everything in the operand has the same units; a message has been given where not.
  mutating func isRight(_ slice: UnitSlice, _ syntax: ReductionSyntax) -> Bool {
    guard slice.units != nil, let span = slice.span else { return true }
    if let whole = slice.whole {
      report(SliceMessage.differ(at: whole, first: span))
      return false
    }
    if let window = syntax.window {
      report(SliceMessage.window(at: expression(window).span, slice: span))
      return false
    }
    return true
  }
}
