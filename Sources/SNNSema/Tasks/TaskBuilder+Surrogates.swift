import SNNIR
import SNNSyntax

extension TaskBuilder {
  /// Names of the arguments in order, each with its short form, and the value it has when left out (that of the paper
  /// the shape is from, where there is one).
  struct SurrogateKind: Sendable {
    var arguments: [(name: String, short: String, fallback: Double?)]
    var make: @Sendable ([Double]) -> Surrogate.Shape
  }

  static let surrogateKinds: [String: SurrogateKind] = [
    "none": SurrogateKind(arguments: []) { _ in .none },
    "straight_through": SurrogateKind(arguments: []) { _ in .straightThrough },
    "fast_sigmoid": SurrogateKind(arguments: [("slope", "k", nil)]) { .fastSigmoid(slope: $0[0]) },
    "superspike": SurrogateKind(arguments: [("beta", "B", 1)]) { .superspike(beta: $0[0]) },
    "sigmoid": SurrogateKind(arguments: [("slope", "k", nil)]) { .sigmoid(slope: $0[0]) },
    "piecewise_linear": SurrogateKind(arguments: [("gain", "g", 0.3), ("width", "w", 1)]) {
      .piecewiseLinear(gain: $0[0], width: $0[1])
    },
    "exponential": SurrogateKind(arguments: [("gain", "g", 1), ("slope", "k", 1)]) {
      .exponential(gain: $0[0], slope: $0[1])
    },
    "arctan": SurrogateKind(arguments: [("slope", "k", 2)]) { .arctan(slope: $0[0]) },
    "gaussian": SurrogateKind(arguments: [("deviation", "s", nil)]) { .gaussian(deviation: $0[0]) },
    "multi_gaussian": SurrogateKind(arguments: [("h", "h", nil), ("deviation", "s", nil)]) {
      .multiGaussian(h: $0[0], deviation: $0[1])
    },
    "boxcar": SurrogateKind(arguments: [("width", "w", 1)]) { .boxcar(width: $0[0]) },
    "leaky_relu": SurrogateKind(arguments: [("width", "w", 1), ("leak", "c", nil)]) {
      .leakyReLU(width: $0[0], leak: $0[1])
    },
    "tanh": SurrogateKind(arguments: [("slope", "k", nil)]) { .tanh(slope: $0[0]) },
  ]

  /// By population; `none` where nothing spikes.
  func surrogates(_ learn: LearnDecl, _ checker: inout ExpressionChecker) -> [Surrogate] {
    var general: ExprID?
    var own: [String: ExprID] = [:]
    for axis in learn.axes where axis.key.text == "surrogate" {
      guard let subject = axis.subject else {
        general = axis.value
        continue
      }
      let names = checker.model.populations.map(\.name)
      guard let place = checker.model.population(named: subject.text) else {
        checker.report(
          .noSuchPopulation(
            name: subject.text, at: subject.span, nearest: Spelling.nearest(to: subject.text, among: names)))
        continue
      }
      if !checker.model.populations[place].spikes {
        checker.report(.neverSpikes(population: subject.text, at: subject.span))
      }
      own[subject.text] = axis.value
    }
    let setting = setting("surrogate", &checker)
    var isUsed = setting != nil
    var result: [Surrogate] = []
    for (index, population) in checker.model.populations.enumerated() {
      guard population.guardCondition != nil else {
        result.append(Surrogate(.none))
        continue
      }
      if own[population.name] == nil, let setting {
        result.append(surrogate(setting, of: index, &checker) ?? Surrogate(.none))
        continue
      }
      guard let id = own[population.name] ?? general else {
        let isDimensioned = checker.marginDimension(index)?.isOne == false
        checker.report(
          .missingSurrogate(
            population: population.name, unit: isDimensioned ? checker.marginDimension(index)?.unitText : nil,
            rule: learn.rule.text, hasBraces: !learn.axes.isEmpty, at: learn.rule.span))
        result.append(Surrogate(.none))
        continue
      }
      isUsed = isUsed || own[population.name] == nil
      result.append(surrogate(id, of: index, &checker) ?? Surrogate(.none))
    }
    if let general, !isUsed {
      // Nothing uses it, yet it must be right.
      _ = surrogate(general, of: nil, &checker)
    }
    return result
  }

  /// From `--set`, in a file of its own.
  private func surrogate(
    _ setting: NetworkArgument, of population: Int, _ checker: inout ExpressionChecker
  ) -> Surrogate? {
    let outer = checker.file
    checker.file = setting.file
    defer { checker.file = outer }
    return surrogate(setting.value, of: population, &checker)
  }

  private func surrogate(_ id: ExprID, of population: Int?, _ checker: inout ExpressionChecker) -> Surrogate? {
    let expr = checker.expression(id)
    let name: String
    let nameSpan: Span
    var arguments: [Argument] = []
    switch expr.kind {
    case .name(let text): (name, nameSpan) = (text, expr.span)
    case .call(let callee, let given):
      guard case .name(let text) = checker.expression(callee).kind else {
        checker.report(.notSurrogate(at: expr.span))
        return nil
      }
      (name, nameSpan, arguments) = (text, checker.expression(callee).span, given)
    default:
      checker.report(.notSurrogate(at: expr.span))
      return nil
    }
    let declared = checker.program.names[file]?.surrogates[name]
    guard declared != nil || Self.surrogateKinds[name] != nil else {
      let known = Array(Self.surrogateKinds.keys) + Array((checker.program.names[file]?.surrogates ?? [:]).keys)
      checker.report(.unknownSurrogate(name: name, at: nameSpan, nearest: Spelling.nearest(to: name, among: known)))
      return nil
    }
    // The scale is apart from the shape's own arguments.
    let scaleID = arguments.first { $0.label?.text == "scale" }?.value
    arguments.removeAll { $0.label?.text == "scale" }
    let shape: Surrogate.Shape?
    if let declared {
      shape = custom(declared, arguments, expr.span, &checker)
    } else {
      shape = builtIn(name, arguments, expr.span, &checker)
    }
    guard let shape else { return nil }
    guard let scale = scale(scaleID, name, shape, population, expr.span, &checker) else { return nil }
    return Surrogate(shape, scale: scale)
  }

  private func builtIn(
    _ name: String, _ arguments: [Argument], _ span: Span, _ checker: inout ExpressionChecker
  ) -> Surrogate.Shape? {
    guard let kind = Self.surrogateKinds[name] else { return nil }
    var long = arguments
    for place in long.indices {
      guard let label = long[place].label, let known = kind.arguments.first(where: { $0.short == label.text }) else {
        continue
      }
      long[place].label = Name(known.name, label.span)
    }
    guard let given = checker.matched(long, name, kind.arguments.map(\.name), required: 0, span) else { return nil }
    var numbers: [Double] = []
    for argument in kind.arguments {
      guard let id = given[argument.name] else {
        guard let fallback = argument.fallback else {
          checker.report(.missingArgument(function: name, name: argument.name, at: span))
          return nil
        }
        numbers.append(fallback)
        continue
      }
      let mayBeZero = argument.name == "h" || argument.name == "leak"
      guard
        let value = number(
          id, "`\(argument.name)` of `\(name)`", least: 0, isOpen: !mayBeZero, &checker)
      else { return nil }
      numbers.append(value)
    }
    return kind.make(numbers)
  }

  /// A user's own: its first argument is z, the others are numbers.
  private func custom(
    _ index: Int, _ arguments: [Argument], _ span: Span, _ checker: inout ExpressionChecker
  ) -> Surrogate.Shape? {
    let declared = checker.program.surrogates[index]
    let decl = declared.decl
    guard let z = decl.arguments.first else {
      checker.report(.surrogateWithoutArgument(name: decl.name.text, at: decl.name.span))
      return nil
    }
    let rest = Array(decl.arguments.dropFirst())
    guard let given = checker.matched(arguments, decl.name.text, rest.map(\.name.text), required: 0, span) else {
      return nil
    }
    var entities: [Entity] = []
    for argument in rest {
      let value: Checked
      if let id = given[argument.name.text] {
        value = checker.number(id, expecting: .one, because: "a surrogate's arguments are numbers")
      } else if let id = argument.defaultValue {
        let outer = checker.file
        checker.file = declared.file
        value = checker.number(id, expecting: .one, because: "a surrogate's arguments are numbers")
        checker.file = outer
      } else {
        checker.report(.missingArgument(function: decl.name.text, name: argument.name.text, at: span))
        return nil
      }
      guard let number = checker.staticValue(value, what: "`\(argument.name.text)`") else { return nil }
      let constant = checker.model.graph.const(number)
      entities.append(
        Entity(argument.name.text, .argument, span: argument.name.span, type: .dimensionless, value: constant))
    }
    let outer = (checker.scopes, checker.file, checker.fallback)
    defer { (checker.scopes, checker.file, checker.fallback) = outer }
    checker.scopes = [checker.scopes[0], Scope()]
    checker.file = declared.file
    checker.fallback = nil
    let symbol = checker.model.graph.addSymbol(
      Symbol(z.name.text, .argument(0), domain: .constant, location: checker.location(z.name.span)))
    let loaded = checker.model.graph.load(symbol)
    checker.declare(Entity(z.name.text, .argument, span: z.name.span, type: .dimensionless, value: loaded))
    for entity in entities { checker.declare(entity) }
    let body = checker.number(decl.value, expecting: .one, because: "a surrogate is a number")
    if body.isError { return nil }
    let strange = checker.model.graph.loadedSymbols([body.value]).contains { $0 != symbol }
    if strange {
      checker.report(.notConstant(what: "what `\(decl.name.text)` reads besides its arguments", at: body.span))
      return nil
    }
    return .custom(name: decl.name.text, value: body.value, argument: symbol, isPrimitive: decl.isPrimitive)
  }

  /// Given, or 1 where the sides of `spike when` are numbers.
  private func scale(
    _ id: ExprID?, _ name: String, _ shape: Surrogate.Shape, _ population: Int?, _ span: Span,
    _ checker: inout ExpressionChecker
  ) -> Double? {
    guard let population else { return 1 }
    let dimension = checker.marginDimension(population)
    guard let id else {
      if shape == .none { return 1 }
      guard let dimension, !dimension.isOne else { return 1 }
      checker.report(
        .missingScale(
          name: name, population: checker.model.populations[population].name, dimension: dimension.phrase,
          unit: dimension.unitText, text: checker.text(span), at: span))
      return nil
    }
    let note =
      "the scale has the dimension of both sides of `spike when` in "
      + "`\(checker.model.populations[population].name)`"
    let checked: Checked
    if let dimension {
      checked = checker.number(id, expecting: DimensionTerm(dimension), because: note)
    } else {
      checked = checker.number(id)
    }
    guard let value = checker.staticValue(checked, what: "the scale") else { return nil }
    guard value > 0, value.isFinite else {
      checker.report(.notPositive(what: "the scale", at: checked.span))
      return nil
    }
    return value
  }
}

extension ExpressionChecker {
  /// The dimension of both sides of a population's `spike when`; nil where it does not spike.
  func marginDimension(_ population: Int) -> Dimension? {
    guard let condition = model.populations[population].guardCondition else { return nil }
    let sides = [condition.left, condition.right].map(dimension(of:))
    return sides.first { $0.isCertain }?.dimension ?? sides[0].dimension
  }

  /// The dimension of a checked value from the units of what it loads. Constants have lost theirs: a sum takes it from
  /// its other side, and a product with one is not certain.
  private func dimension(of root: ValueID) -> (dimension: Dimension, isCertain: Bool) {
    let graph = model.graph
    var known: [ValueID: (dimension: Dimension, isCertain: Bool)] = [:]
    for value in graph.reachable(from: [root]) {
      let node = graph[value]
      let operands = graph.arguments(value).map { known[$0] ?? (.one, false) }
      func firstCertain(_ entries: ArraySlice<(dimension: Dimension, isCertain: Bool)>) -> (Dimension, Bool) {
        if let certain = entries.first(where: { $0.isCertain }) { return (certain.dimension, true) }
        return (entries.first?.dimension ?? .one, false)
      }
      switch node.opcode {
      case .load, .named:
        let unit = graph[SymbolID(Int(node.aux))].unit.text
        if let resolved = resolvedUnit(unit) {
          known[value] = (resolved.dimension, true)
        } else {
          known[value] = operands.first ?? (.one, false)
        }
      case .const: known[value] = (.one, false)
      case .add, .sub, .min, .max: known[value] = firstCertain(operands[...])
      case .select, .blend: known[value] = firstCertain(operands.dropFirst())
      case .mul:
        known[value] = (operands[0].dimension * operands[1].dimension, operands[0].isCertain && operands[1].isCertain)
      case .div:
        known[value] = (operands[0].dimension / operands[1].dimension, operands[0].isCertain && operands[1].isCertain)
      case .sqrt: known[value] = (operands[0].dimension.power(Rational(1, 2)), operands[0].isCertain)
      case .neg, .abs, .path, .broadcast: known[value] = operands[0]
      default: known[value] = (.one, true)
      }
    }
    return known[root] ?? (.one, false)
  }
}
