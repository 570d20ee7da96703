import SNNIR
import SNNSyntax

enum Distributions {
  static let names: Set<String> = ["normal", "uniform", "lognormal", "constant", "kaiming", "xavier", "orthogonal"]

  /// Names of the arguments, and how many must be given.
  static func arguments(_ kind: Distribution.Kind) -> (names: [String], required: Int) {
    switch kind {
    case .normal: (["mean", "deviation"], 2)
    case .uniform: (["low", "high"], 2)
    case .lognormal: (["location", "scale"], 2)
    case .constant: (["value"], 1)
    case .kaiming, .xavier, .orthogonal: (["gain"], 0)
    }
  }

  /// Whether the arguments carry the dimension of what is drawn.
  static func isDimensioned(_ kind: Distribution.Kind) -> Bool {
    kind == .normal || kind == .uniform || kind == .constant
  }
}

/// What is drawn: some distributions need more than single numbers.
enum DrawnShape {
  case numbers
  /// Weights of a connection, which have fans.
  case weights
  /// Weights that make a matrix.
  case matrix
}

/// A distribution with the unit its numbers were written in.
struct CheckedDistribution: Sendable {
  var distribution: Distribution
  var unit: ResolvedUnit?
}

extension ExpressionChecker {
  /// `~ D`: a distribution of `term`s, with factors such as `1 nA * kaiming()` or `normal(0, 1) / sqrt(fan_in)`.
  mutating func distribution(
    _ id: ExprID, of term: DimensionTerm, because note: String, draws shape: DrawnShape = .numbers
  ) -> CheckedDistribution? {
    var factors: [(id: ExprID, divides: Bool)] = []
    var negative = false
    var current = id
    while true {
      switch expression(current).kind {
      case .parenthesised(let inner):
        current = inner
        continue
      case .unary(.negate, let inner):
        negative.toggle()
        current = inner
        continue
      case .binary(.multiply, let left, let right, _):
        if mentionsDistribution(right) {
          factors.append((left, false))
          current = right
        } else {
          factors.append((right, false))
          current = left
        }
        continue
      case .binary(.divide, let left, let right, _):
        factors.append((right, true))
        current = left
        continue
      default: break
      }
      break
    }
    let expr = expression(current)
    guard case .call(let callee, let arguments) = expr.kind, case .name(let name) = expression(callee).kind else {
      report(.notDistribution(at: expression(id).span))
      return nil
    }
    guard let kind = Distribution.Kind(rawValue: name) else {
      let nearest = Spelling.nearest(to: name, among: Distributions.names)
      report(.unknownDistribution(name: name, at: expression(callee).span, nearest: nearest))
      return nil
    }
    switch (kind, shape) {
    case (.kaiming, .numbers), (.xavier, .numbers), (.orthogonal, .numbers):
      report(.drawNeedsWeights(name: name, needsMatrix: kind == .orthogonal, at: expr.span))
      return nil
    case (.orthogonal, .weights):
      report(.drawNeedsMatrix(at: expr.span))
      return nil
    default: break
    }
    var scale = negative ? -1.0 : 1.0
    var scaleTerm = DimensionTerm.one
    var unit: ResolvedUnit?
    for factor in factors {
      let checked = number(factor.id)
      guard let dimension = checked.dimension, let value = staticValue(checked, what: "a distribution's factor") else {
        return nil
      }
      scale = factor.divides ? scale / value : scale * value
      scaleTerm = factor.divides ? scaleTerm / dimension : scaleTerm * dimension
      if !factor.divides { unit = unit ?? checked.unit }
    }
    return drawn(kind, arguments, expr.span, scale, scaleTerm, unit, term, note)
  }

  private func mentionsDistribution(_ id: ExprID) -> Bool {
    !program.names(in: id, file: file).isDisjoint(with: Distributions.names)
  }

  private mutating func drawn(
    _ kind: Distribution.Kind, _ arguments: [Argument], _ span: Span, _ scale: Double, _ scaleTerm: DimensionTerm,
    _ factorUnit: ResolvedUnit?, _ term: DimensionTerm, _ note: String
  ) -> CheckedDistribution? {
    let (names, required) = Distributions.arguments(kind)
    guard arguments.count >= required, arguments.count <= names.count else {
      report(.argumentCount(function: kind.rawValue, expected: names, found: arguments.count, at: span))
      return nil
    }
    var unit = factorUnit
    var values = [Double](repeating: 0, count: arguments.count)
    let needed = Distributions.isDimensioned(kind) ? term / scaleTerm : .one
    for (position, argument) in arguments.enumerated() {
      var place = position
      if let label = argument.label {
        let short =
          ["sd": "deviation", "std": "deviation", "mu": "mean", "sigma": "deviation"][label.text] ?? label.text
        guard let found = names.firstIndex(of: short), found < values.count else {
          report(.unknownArgument(function: kind.rawValue, name: label.text, at: label.span, known: names))
          return nil
        }
        place = found
      }
      let checked = number(argument.value, expecting: needed, because: note)
      guard let value = staticValue(checked, what: "a distribution's argument") else { return nil }
      if factorUnit == nil { unit = unit ?? checked.unit }
      if kind == .normal, place == 1, value < 0 {
        report(.negativeDeviation(at: checked.span))
        return nil
      }
      values[place] = value
    }
    if !Distributions.isDimensioned(kind) {
      let whole = Checked(model.graph.const(scale), .number(scaleTerm), span)
      if require(whole, term, because: note).isError { return nil }
    }
    if kind == .uniform, values[1] < values[0] {
      report(.emptyRange(at: span))
      return nil
    }
    return CheckedDistribution(distribution: Distribution(kind, values, scale: scale), unit: unit)
  }

  /// A number known when compiled; parameters that are not learned stand for their values.
  mutating func staticValue(_ checked: Checked, what: String) -> Double? {
    if checked.isError { return nil }
    if let value = staticValue(checked.value) { return value }
    report(.notConstant(what: what, at: checked.span))
    return nil
  }

  func staticValue(_ value: ValueID) -> Double? {
    var current = value
    var graph = model.graph
    for _ in 0..<32 {
      if let number = graph.constant(current) { return number }
      guard graph[current].domain.axes.isEmpty else { return nil }
      var map: [SymbolID: ValueID] = [:]
      for symbol in graph.loadedSymbols([current]) {
        if symbol == model.stepSymbol {
          guard model.step > 0 else { return nil }
          map[symbol] = graph.const(model.step)
        } else if case .parameter(let index) = graph[symbol].kind, index < model.parameters.count {
          if model.parameters[index].isLearnable { return nil }
          switch model.parameters[index].initial {
          case .value(let first): map[symbol] = first
          case .given(let numbers) where numbers.count == 1: map[symbol] = graph.const(numbers[0])
          default: return nil
          }
        } else {
          return nil
        }
      }
      if map.isEmpty { return Evaluate.values([current], in: graph) { _ in nil }[0] }
      current = graph.substitute(current, map)
    }
    return nil
  }
}
