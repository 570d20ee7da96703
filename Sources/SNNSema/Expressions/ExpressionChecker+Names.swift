import SNNIR
import SNNSyntax

extension ExpressionChecker {
  mutating func checkName(_ name: String, _ id: ExprID, _ expr: Expr) -> Checked {
    guard let entity = lookup(name) else { return unknownName(name, expr.span) }
    if let span = entity.span { used.insert(span) }
    guard let value = entity.value else {
      if entity.type != .error || entity.kind != .parameter {
        report(.notValue(name: name, kind: entity.kind, at: expr.span, declared: entity.span))
      }
      return errorResult(expr.span)
    }
    if entity.type == .error { return errorResult(expr.span) }
    return Checked(value, entity.type, expr.span, unit: entity.unit, origin: entity.span)
  }

  mutating func unknownName(_ name: String, _ span: Span) -> Checked {
    if let kind = program.names[file]?.kind(of: name) {
      report(.notValue(name: name, kind: kind, at: span, declared: nil))
    } else if Self.isNoise(name) {
      return whiteNoise(name, span)
    } else if name == "spike" {
      report(.resetWithoutSpike(what: "`spike`", at: span))
    } else if Distributions.names.contains(name) {
      report(.drawWanted(name: name, at: span))
    } else if Builtin(rawValue: name) != nil {
      report(.notValue(name: name, kind: .function, at: span, declared: nil))
    } else if unknownNames.contains(name) {
      errorCount += 1
    } else if name.hasPrefix("d"), lookup(String(name.dropFirst()))?.kind == .state {
      report(.derivativeRead(state: String(name.dropFirst()), at: span))
    } else if name == "fan_in" || name == "fan_out" {
      report(.fanOutside(name: name, at: span))
    } else if name.unicodeScalars.count > 1, UnitTable.isUnit(name) {
      report(.bareUnit(name: name, at: span))
    } else if let power = Self.unitPower(name) {
      report(.unknownName(name: name, at: span, nearest: power))
    } else if unknownNames.insert(name).inserted {
      // Beyond what is shown nobody reads suggestions, which cost a look at every name.
      let isShown = diagnostics.count <= Diagnostic.limit
      let candidates = isShown ? scopes.flatMap { $0.entities.map(\.name) } + Builtin.allCases.map(\.rawValue) : []
      report(.unknownName(name: name, at: span, nearest: Spelling.nearest(to: name, among: candidates)))
    } else {
      errorCount += 1
    }
    return errorResult(span)
  }

  /// `cm^2` for `cm2`.
  private static func unitPower(_ name: String) -> String? {
    guard let last = name.last, ["2", "3"].contains(last), UnitTable.isUnit(String(name.dropLast())) else { return nil }
    return "\(name.dropLast())^\(last)"
  }

  mutating func misplacedMember(_ object: ExprID, _ name: Name, _ span: Span) -> Checked {
    if case .name(let base) = expression(object).kind {
      guard let entity = lookup(base) else {
        if program.names[file]?.kind(of: base) == nil { return unknownName(base, expression(object).span) }
        report(.noMember(object: base, member: name.text, at: span))
        return errorResult(span)
      }
      if let declared = entity.span { used.insert(declared) }
      report(.noMember(object: base, member: name.text, at: span))
    } else {
      report(.misplacedForm(what: "a member", at: span))
    }
    return errorResult(span)
  }

  // MARK: Literals and units

  mutating func literal(_ number: Double, _ unit: UnitSyntax?, _ span: Span) -> Checked {
    guard let unit, !unit.factors.isEmpty else {
      let type = number == 0 && unit == nil ? ExpressionType.number(solver.fresh()) : .dimensionless
      return Checked(model.graph.const(number), type, span)
    }
    guard let resolved = resolve(unit) else { return errorResult(span) }
    if let clash = ambiguousFactor(unit, span) {
      report(clash)
      return errorResult(span)
    }
    let value = model.graph.const(resolved.toInternal(number))
    return Checked(value, .number(DimensionTerm(resolved.dimension)), span, unit: resolved)
  }

  /// `10 mV/s` beside a parameter `s` can be read both ways; a state counts only where equations may read it.
  private func ambiguousFactor(_ unit: UnitSyntax, _ span: Span) -> SemaMessage? {
    for (place, factor) in unit.factors.enumerated() where place > 0 || factor.exponent < 0 {
      guard let entity = lookup(factor.name.text), let declared = entity.span, declared.file == span.file,
        entity.kind == .parameter || entity.kind == .argument || context.subject != nil
      else { continue }
      return .ambiguousUnit(name: factor.name.text, kind: entity.kind, at: factor.name.span, declared: declared)
    }
    return nil
  }

  mutating func booleanLiteral(_ flag: Bool, _ span: Span) -> Checked {
    let zero = model.graph.const(0)
    let other = model.graph.const(flag ? 0 : 1)
    return Checked(model.graph.compare(.eq, zero, other), .boolean, span)
  }

  /// A unit as written; unknown names are reported.
  public mutating func resolve(_ unit: UnitSyntax) -> ResolvedUnit? {
    var dimension = Dimension.one
    var si = Rational.zero
    var offset = 0.0
    for factor in unit.factors {
      if factor.name.text == "1" { continue }
      guard let definition = UnitTable.units[factor.name.text] else {
        let nearest = Spelling.nearest(to: factor.name.text, among: UnitTable.units.keys)
        report(.unknownUnit(name: factor.name.text, at: factor.name.span, nearest: nearest))
        return nil
      }
      if definition.isAffine {
        guard unit.factors.count == 1, factor.exponent == 1 else {
          report(.affineUnit(at: unit.span))
          return nil
        }
        offset = definition.offset
      }
      let exponent = Rational(factor.exponent)
      dimension = dimension * Dimension(definition.exponents).power(exponent)
      si = si + exponent * Rational(definition.decade)
    }
    guard let decade = si.asInteger, let base = dimension.internalDecade, dimension.isValid, abs(decade) < 300 else {
      report(.exponentRange(at: unit.span))
      return nil
    }
    return ResolvedUnit(text: Self.text(of: unit), dimension: dimension, decade: decade - base, offset: offset)
  }

  /// The unit as it was written.
  static func text(of unit: UnitSyntax) -> String {
    var text = ""
    for (place, factor) in unit.factors.enumerated() {
      let isBelow = factor.exponent < 0 && (place > 0 || unit.factors.count > 1 || factor.exponent == -1)
      let exponent = isBelow ? -factor.exponent : factor.exponent
      text += isBelow ? "/" : (place > 0 ? "*" : "")
      text += exponent == 1 ? factor.name.text : "\(factor.name.text)^\(exponent)"
    }
    return text.isEmpty ? "1" : text
  }

  /// The dimension of a type annotation, with its unit where units are named; a hole gives a variable and a report.
  public mutating func resolve(_ type: TypeSyntax) -> (term: DimensionTerm, unit: ResolvedUnit?)? {
    switch type.kind {
    case .error: return nil
    case .hole:
      let term = solver.fresh()
      holes.append((type.span, term))
      return (term, nil)
    case .spikes:
      report(.spikesType(at: type.span))
      return nil
    case .dimension(let syntax):
      var dimension = Dimension.one
      var hasWords = false
      for factor in syntax.factors where factor.name.text != "1" {
        let exponents: SIExponents
        if let named = UnitTable.dimensions[factor.name.text] {
          exponents = named
          hasWords = true
        } else if let unit = UnitTable.units[factor.name.text], !unit.isAffine {
          exponents = unit.exponents
        } else {
          let candidates = Array(UnitTable.dimensions.keys) + Array(UnitTable.units.keys)
          let nearest = Spelling.nearest(to: factor.name.text, among: candidates)
          report(.unknownDimension(name: factor.name.text, at: factor.name.span, nearest: nearest))
          return nil
        }
        dimension = dimension * Dimension(exponents).power(Rational(factor.exponent))
      }
      guard dimension.isValid else {
        report(.exponentRange(at: type.span))
        return nil
      }
      let unit = hasWords || syntax.factors.isEmpty ? nil : resolve(syntax)
      return (DimensionTerm(dimension), unit)
    }
  }

  mutating func checkAs(_ operand: ExprID, _ unit: UnitSyntax, _ span: Span) -> Checked {
    guard let resolved = resolve(unit) else {
      _ = check(operand)
      return errorResult(span)
    }
    var result = require(
      number(operand), DimensionTerm(resolved.dimension),
      because: "`as \(resolved.text)` shows \(resolved.dimension.phrase)")
    if result.isError { return result }
    result.unit = resolved
    result.span = span
    return result
  }
}
