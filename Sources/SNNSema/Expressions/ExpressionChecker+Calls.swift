import SNNIR
import SNNSyntax

/// The generalised type of a function: its terms' open variables are renamed at each use.
struct FunctionScheme: Sendable {
  var arguments: [ExpressionType]
  var result: ExpressionType
  var isErroneous: Bool
}

/// The same function of the same values is the same value; without this, nests of calls take exponential time.
struct InlinedCall: Hashable, Sendable {
  var function: Int
  var arguments: [ValueID?]
}

extension ExpressionChecker {
  mutating func checkCall(_ callee: ExprID, _ arguments: [Argument], _ span: Span) -> Checked {
    guard case .name(let name) = expression(callee).kind else {
      report(.notFunction(what: text(expression(callee).span), kind: nil, at: expression(callee).span))
      return errorResult(span)
    }
    let nameSpan = expression(callee).span
    for argument in arguments where argument.isDraw || argument.isLearnable || argument.perUnit {
      report(.misplacedForm(what: "`~`, `learnable` or `per unit`", at: expression(argument.value).span))
      return errorResult(span)
    }
    if name == "next" { return checkNext(arguments, span) }
    if let entity = lookup(name) {
      if let declared = entity.span { used.insert(declared) }
      report(.notFunction(what: name, kind: entity.kind, at: nameSpan))
      return errorResult(span)
    }
    if let index = program.names[file]?.functions[name] { return checkUserCall(index, arguments, nameSpan, span) }
    if let builtin = Builtin(rawValue: name) { return checkBuiltin(builtin, arguments, nameSpan, span) }
    if let kind = program.names[file]?.kind(of: name) {
      report(.notValue(name: name, kind: kind, at: nameSpan, declared: nil))
    } else if Distributions.names.contains(name) {
      report(.drawWanted(name: name, at: nameSpan))
    } else {
      let candidates = Builtin.allCases.map(\.rawValue) + Array((program.names[file]?.functions ?? [:]).keys)
      report(.unknownFunction(name: name, at: nameSpan, nearest: Spelling.nearest(to: name, among: candidates)))
    }
    return errorResult(span)
  }

  /// `next Y`: declared in scope as `next Y` by the neuron whose equation it is.
  private mutating func checkNext(_ arguments: [Argument], _ span: Span) -> Checked {
    guard arguments.count == 1, case .name(let name) = expression(arguments[0].value).kind else {
      report(.misplacedForm(what: "`next`", at: span))
      return errorResult(span)
    }
    guard let entity = lookup("next \(name)"), let value = entity.value else {
      report(.noNextValue(name: name, at: span))
      return errorResult(span)
    }
    if let declared = lookup(name)?.span { used.insert(declared) }
    return Checked(value, entity.type, span, unit: entity.unit, origin: entity.span)
  }

  // MARK: Built in

  private mutating func checkBuiltin(
    _ builtin: Builtin, _ arguments: [Argument], _ nameSpan: Span, _ span: Span
  ) -> Checked {
    let names = builtin.arguments
    let isVariadic = builtin == .min || builtin == .max
    guard arguments.count == names.count || (isVariadic && arguments.count > 2) else {
      report(.argumentCount(function: builtin.rawValue, expected: names, found: arguments.count, at: span))
      return errorResult(span)
    }
    var values: [Checked] = []
    for (place, argument) in arguments.enumerated() {
      if let label = argument.label, place >= names.count || label.text != names[place] {
        report(.unknownArgument(function: builtin.rawValue, name: label.text, at: label.span, known: names))
        return errorResult(span)
      }
      values.append(number(argument.value))
    }
    if values.contains(where: \.isError) { return errorResult(span) }
    return joined(values, span) { checker in
      checker.apply(builtin, values, span)
    }
  }

  private mutating func apply(_ builtin: Builtin, _ arguments: [Checked], _ span: Span) -> Checked {
    let x = arguments[0]
    guard let dimension = x.dimension else { return errorResult(span) }
    if let opcode = builtin.opcode {
      guard solver.unify(dimension, .one) else {
        report(
          .needsNumber(
            function: builtin.rawValue, found: describe(x), note: context.note, help: helpFor(x, needed: .one)))
        return errorResult(span)
      }
      return Checked(model.graph.unary(opcode, x.value), .dimensionless, span)
    }
    let zero = model.graph.const(0)
    switch builtin {
    case .sqrt:
      return Checked(model.graph.unary(.sqrt, x.value), .number(dimension.power(Rational(1, 2))), span)
    case .abs: return Checked(model.graph.unary(.abs, x.value), x.type, span, unit: x.unit)
    case .sign: return Checked(model.graph.unary(.sign, x.value), .dimensionless, span)
    case .relu: return Checked(model.graph.max(x.value, zero), x.type, span, unit: x.unit)
    default: break
    }
    for other in arguments.dropFirst() {
      guard let second = other.dimension, solver.unify(dimension, second) else {
        report(.argumentMismatch(function: builtin.rawValue, left: describe(x), right: describe(other)))
        return errorResult(span)
      }
    }
    var value = x.value
    if builtin == .clip {
      value = model.graph.max(value, arguments[1].value)
      value = model.graph.min(value, arguments[2].value)
    } else {
      for other in arguments.dropFirst() {
        value = builtin == .min ? model.graph.min(value, other.value) : model.graph.max(value, other.value)
      }
    }
    return Checked(value, x.type, span, unit: x.unit)
  }

  // MARK: The user's functions

  /// The type of a function, checked once on its own. Its messages are given where `reporting`, by whoever goes through
  /// the declarations.
  mutating func scheme(_ index: Int, reporting: Bool = false) -> FunctionScheme {
    if let known = schemes[index], !reporting { return known }
    let function = program.functions[index]
    if let start = callStack.firstIndex(of: index) {
      let names = (callStack[start...] + [index]).map { program.functions[$0].decl.name.text }
      reportCycle(Set(callStack[start...]), .recursion(names: names, at: function.decl.name.span))
      return FunctionScheme(arguments: function.decl.arguments.map { _ in .error }, result: .error, isErroneous: true)
    }
    let outer = (scopes, file, context, unknownNames, holes, muted)
    scopes = [scopes[0], Scope()]
    (file, context, unknownNames, holes) = (function.file, CheckingContext(), [], [])
    if reporting { reportsCycles = true } else { muted += 1 }
    callStack.append(index)
    let errors = errorCount
    var arguments: [ExpressionType] = []
    for (place, argument) in function.decl.arguments.enumerated() {
      var type = ExpressionType.number(solver.fresh())
      if let syntax = argument.type {
        if let resolved = resolve(syntax) { type = .number(resolved.term) } else { type = .error }
      }
      if let value = argument.defaultValue, case .number(let term) = type {
        _ = number(value, expecting: term, because: "the default of `\(argument.name.text)`")
      }
      arguments.append(type)
      let symbol = model.graph.addSymbol(Symbol(argument.name.text, .argument(place), domain: .constant))
      let value = model.graph.load(symbol)
      declare(Entity(argument.name.text, .argument, span: argument.name.span, type: type, value: value))
    }
    context.note = "in function `\(function.decl.name.text)`"
    let body = check(function.decl.value)
    var result = body.type
    if let syntax = function.decl.result {
      let words = solver.describe(resolve(syntax)?.term ?? .one)
      if let resolved = resolve(syntax) {
        let note = "`\(function.decl.name.text)` is declared to give \(words)"
        result = require(asNumber(body), resolved.term, because: note).type
      } else {
        result = .error
      }
    }
    finishDeclaration()
    callStack.removeLast()
    let isErroneous = errorCount > errors
    (scopes, file, context, unknownNames, holes, muted) = outer
    let scheme = FunctionScheme(
      arguments: arguments.map(resolved), result: isErroneous ? .error : resolved(result), isErroneous: isErroneous)
    schemes[index] = scheme
    if reporting { reportsCycles = false } else { errorCount = errors }
    return scheme
  }

  /// A cycle is met once for each function on it, muted or not; it is told once.
  private mutating func reportCycle(_ members: Set<Int>, _ message: SemaMessage) {
    errorCount += 1
    guard reportsCycles, reportedCycles.insert(members).inserted else { return }
    diagnostics.append(message.diagnostic)
  }

  private func resolved(_ type: ExpressionType) -> ExpressionType {
    if case .number(let term) = type { .number(solver.resolve(term)) } else { type }
  }

  private mutating func checkUserCall(
    _ index: Int, _ arguments: [Argument], _ nameSpan: Span, _ span: Span
  ) -> Checked {
    let function = program.functions[index]
    used.insert(function.decl.name.span)
    let known = scheme(index)
    if known.isErroneous, callStack.contains(index) { errorCount += 1 }
    guard let given = match(arguments, to: function.decl, span) else { return errorResult(span) }
    if known.isErroneous || given.contains(where: { $0?.isError == true }) {
      errorCount += 1
      return errorResult(span)
    }
    let types = known.arguments + [known.result]
    let terms = solver.instantiate(types.map { if case .number(let term) = $0 { term } else { .one } })
    for (place, argument) in given.enumerated() {
      guard let argument, case .number = known.arguments[place] else { continue }
      let name = function.decl.arguments[place].name.text
      let needed = terms[place]
      let note = "argument `\(name)` of `\(function.decl.name.text)`"
      if require(argument, needed, because: note).isError { return errorResult(span) }
    }
    return joined(given.compactMap { $0 }, span) { checker in
      var result = checker.inline(index, given, terms, span)
      if case .number = result.type, case .number = known.result { result.type = .number(terms[terms.count - 1]) }
      return result
    }
  }

  /// Arguments in order of declaration; nil where the default stands.
  private mutating func match(_ arguments: [Argument], to decl: FunctionDecl, _ span: Span) -> [Checked?]? {
    var given = [Checked?](repeating: nil, count: decl.arguments.count)
    let names = decl.arguments.map(\.name.text)
    var position = 0
    for argument in arguments {
      var place = position
      if let label = argument.label {
        guard let found = names.firstIndex(of: label.text) else {
          report(.unknownArgument(function: decl.name.text, name: label.text, at: label.span, known: names))
          return nil
        }
        place = found
      } else {
        position += 1
      }
      guard place < given.count, given[place] == nil else {
        report(.argumentCount(function: decl.name.text, expected: names, found: arguments.count, at: span))
        return nil
      }
      given[place] = number(argument.value)
    }
    for (place, value) in given.enumerated() where value == nil && decl.arguments[place].defaultValue == nil {
      report(.argumentCount(function: decl.name.text, expected: names, found: arguments.count, at: span))
      return nil
    }
    return given
  }

  /// The body with the arguments' values in place of its names.
  private mutating func inline(
    _ index: Int, _ given: [Checked?], _ terms: [DimensionTerm], _ span: Span
  ) -> Checked {
    let key = InlinedCall(function: index, arguments: given.map { $0?.value })
    if let known = inlined[key] {
      return Checked(known.value, known.isCondition ? .boolean : .number(.one), span)
    }
    guard enter(span) else { return errorResult(span) }
    defer { depth -= 1 }
    let function = program.functions[index]
    let outer = (scopes, file, context, unknownNames)
    scopes = [scopes[0], Scope()]
    (file, context, unknownNames) = (function.file, CheckingContext(), [])
    muted += 1
    let errors = errorCount
    for (place, argument) in function.decl.arguments.enumerated() {
      let value = given[place]?.value ?? argument.defaultValue.map { number($0).value } ?? model.graph.const(0)
      declare(
        Entity(
          argument.name.text, .argument, span: argument.name.span, type: .number(terms[place]), value: value))
    }
    var result = check(function.decl.value)
    result.span = span
    result.origin = nil
    result.unit = nil
    muted -= 1
    (scopes, file, context, unknownNames) = outer
    if errorCount > errors, !result.isError { return errorResult(span) }
    if !result.isError { inlined[key] = (result.value, result.type == .boolean) }
    return result
  }
}
