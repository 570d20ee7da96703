import SNNIR

/// Prints values as formulas in the user's symbols, with as few brackets as precedence allows.
public struct MathPrinter {
  public let style: MathStyle
  let graph: Graph
  /// Name of a loaded or named symbol, index included (`U[n]`).
  let name: (SymbolID) -> String
  /// Whether a `named` value is printed as its name; else as its definition.
  let stopsAtNames: Bool

  public init(
    _ graph: Graph, style: MathStyle, stopsAtNames: Bool = true, name: @escaping (SymbolID) -> String
  ) {
    self.graph = graph
    self.style = style
    self.stopsAtNames = stopsAtNames
    self.name = name
  }

  /// Formulas longer than this many values are cut off: they say nothing to a reader.
  private static let longest = 400

  public func print(_ value: ValueID) -> String {
    let order = printed(value)
    // What is shared is written each time.
    var lengths: [ValueID: Int] = [:]
    for node in order {
      let length = graph.arguments(node).reduce(1) { $0 + (lengths[$1] ?? 0) }
      lengths[node] = min(length, Self.longest + 1)
    }
    guard lengths[value] ?? 0 <= Self.longest else {
      return style == .text ? "… (\(order.count) operations)" : "\\ldots"
    }
    var known: [ValueID: Formula] = [:]
    for node in order { known[node] = formula(node, known) }
    return known[value]?.text ?? ""
  }

  private struct Formula {
    var text: String
    var precedence: Int
    /// Numerator and denominator of a quotient in a line, so that factors that follow join the numerator.
    var fraction: (String, String)?
  }

  private enum Precedence {
    static let choice = 0
    static let or = 1
    static let and = 2
    static let comparison = 3
    static let sum = 4
    static let product = 5
    static let sign = 6
    static let power = 7
    static let atom = 8
  }

  /// The values to be written, arguments first; the walk stops at names.
  private func printed(_ root: ValueID) -> [ValueID] {
    var seen = Set<ValueID>()
    var stack = [root]
    while let value = stack.popLast() {
      guard seen.insert(value).inserted else { continue }
      if graph[value].opcode == .named, stopsAtNames, value != root { continue }
      stack.append(contentsOf: graph.arguments(value))
    }
    return seen.sorted()
  }

  private func bracket(_ formula: Formula, _ least: Int) -> String {
    guard formula.precedence < least else { return formula.text }
    return style == .latex ? "\\left(\(formula.text)\\right)" : "(\(formula.text))"
  }

  private func call(_ function: String, _ arguments: [Formula]) -> Formula {
    let list = arguments.map(\.text).joined(separator: ", ")
    let text =
      style == .latex ? "\\operatorname{\(function)}\\left(\(list)\\right)" : "\(function)(\(list))"
    return Formula(text: text, precedence: Precedence.atom)
  }

  private func formula(_ value: ValueID, _ known: [ValueID: Formula]) -> Formula {
    let node = graph[value]
    let x = graph.arguments(value).map { known[$0] ?? Formula(text: "?", precedence: Precedence.atom) }
    let isLatex = style == .latex
    func infix(_ symbol: String, _ level: Int, rightLevel: Int? = nil) -> Formula {
      let text = bracket(x[0], level) + symbol + bracket(x[1], rightLevel ?? level)
      return Formula(text: text, precedence: level)
    }
    switch node.opcode {
    case .const:
      let isNegative = node.number < 0
      return Formula(
        text: MathName.number(node.number, style), precedence: isNegative ? Precedence.sign : Precedence.atom)
    case .load: return Formula(text: name(SymbolID(Int(node.aux))), precedence: Precedence.atom)
    case .named:
      if x.isEmpty || graph.arguments(value).allSatisfy({ known[$0] == nil }) {
        return Formula(text: name(SymbolID(Int(node.aux))), precedence: Precedence.atom)
      }
      return x[0]
    case .path, .broadcast, .number: return x[0]
    case .add: return infix(" + ", Precedence.sum)
    case .sub:
      guard let right = graph.arguments(value).last.map({ graph[$0] }), right.opcode == .const, right.number < 0 else {
        return infix(" - ", Precedence.sum, rightLevel: Precedence.product)
      }
      let text = bracket(x[0], Precedence.sum) + " + " + MathName.number(-right.number, style)
      return Formula(text: text, precedence: Precedence.sum)
    case .mul: return product(x[0], x[1])
    case .div:
      return quotient(
        x[0].text, bracket(x[0], Precedence.product), isLatex ? x[1].text : bracket(x[1], Precedence.sign))
    case .neg:
      guard let (numerator, denominator) = x[0].fraction else {
        return Formula(text: "-" + bracket(x[0], Precedence.product), precedence: Precedence.sign)
      }
      return quotient("-" + numerator, "-" + numerator, denominator)
    case .pow:
      let exponent = isLatex ? "^{\(x[1].text)}" : "^" + bracket(x[1], Precedence.atom)
      return Formula(text: bracket(x[0], Precedence.atom) + exponent, precedence: Precedence.power)
    case .abs: return Formula(text: "|\(x[0].text)|", precedence: Precedence.atom)
    case .sqrt where isLatex: return Formula(text: "\\sqrt{\(x[0].text)}", precedence: Precedence.atom)
    case .exp where isLatex: return Formula(text: "e^{\(x[0].text)}", precedence: Precedence.power)
    case .lt: return infix(" < ", Precedence.comparison, rightLevel: Precedence.sum)
    case .le: return infix(isLatex ? " \\le " : " <= ", Precedence.comparison, rightLevel: Precedence.sum)
    case .gt: return infix(" > ", Precedence.comparison, rightLevel: Precedence.sum)
    case .ge: return infix(isLatex ? " \\ge " : " >= ", Precedence.comparison, rightLevel: Precedence.sum)
    case .eq: return infix(isLatex ? " = " : " == ", Precedence.comparison, rightLevel: Precedence.sum)
    case .ne: return infix(isLatex ? " \\ne " : " != ", Precedence.comparison, rightLevel: Precedence.sum)
    case .and: return infix(isLatex ? " \\land " : " and ", Precedence.and)
    case .or: return infix(isLatex ? " \\lor " : " or ", Precedence.or)
    case .not: return Formula(text: (isLatex ? "\\lnot " : "not ") + bracket(x[0], Precedence.atom), precedence: 3)
    case .select, .blend: return choice(x, isBlend: node.opcode == .blend)
    case .spike:
      let function = isLatex ? "\\Theta" : "Θ"
      return Formula(text: "\(function)(\(x[0].text))", precedence: Precedence.atom)
    case .reduce, .argreduce: return reduction(node, x[0])
    case .unitIndex: return Formula(text: "k", precedence: Precedence.atom)
    case .tickIndex: return Formula(text: "n", precedence: Precedence.atom)
    default: return call(node.opcode.name, x)
    }
  }

  /// - Parameter factor: the numerator as a factor of a product.
  private func quotient(_ numerator: String, _ factor: String, _ denominator: String) -> Formula {
    let fraction = (factor, denominator)
    guard style == .latex else {
      return Formula(text: "\(factor) / \(denominator)", precedence: Precedence.product, fraction: fraction)
    }
    return Formula(text: "\\frac{\(numerator)}{\(denominator)}", precedence: Precedence.atom, fraction: fraction)
  }

  /// `(a / b) c` would read as `a / (b c)` without a sign between factors: it becomes `a c / b`.
  private func product(_ left: Formula, _ right: Formula) -> Formula {
    let separator = style == .latex ? " \\, " : " "
    // A sign inside a product would read as a difference.
    let factor = bracket(right, right.text.hasPrefix("-") ? Precedence.atom : Precedence.product)
    guard let (numerator, denominator) = left.fraction else {
      return Formula(text: bracket(left, Precedence.product) + separator + factor, precedence: Precedence.product)
    }
    let joined =
      switch numerator {
      case "1": factor
      case "-1": "-" + factor
      default: numerator + separator + factor
      }
    return quotient(joined, joined, denominator)
  }

  private func choice(_ x: [Formula], isBlend: Bool) -> Formula {
    let condition = isBlend ? bracket(x[0], Precedence.sum) + " = 1" : x[0].text
    if style == .latex {
      let rows = "\(x[1].text) & \(condition) \\\\ \(x[2].text) & \\text{else}"
      return Formula(text: "\\begin{cases}\(rows)\\end{cases}", precedence: Precedence.atom)
    }
    return Formula(text: "if \(condition) then \(x[1].text) else \(x[2].text)", precedence: Precedence.choice)
  }

  private func reduction(_ node: Node, _ operand: Formula) -> Formula {
    let reduction = Reduction(aux: node.aux)
    let index =
      switch reduction.axis {
      case .tick: "n"
      case .unit: "k"
      case .sample: "sample"
      default: "synapse"
      }
    let operation =
      switch reduction.kind {
      case .sum: style == .latex ? "\\sum" : "Σ"
      case .max: style == .latex ? "\\max" : "max"
      case .min: style == .latex ? "\\min" : "min"
      case .first: style == .latex ? "\\operatorname{first}" : "first"
      case .last: style == .latex ? "\\operatorname{last}" : "last"
      }
    let name = node.opcode == .argreduce ? (style == .latex ? "\\arg\(operation)" : "arg\(operation)") : operation
    let subscripted = style == .latex ? "\(name)_{\(index)}" : "\(name)_\(index)"
    return Formula(text: "\(subscripted) \(bracket(operand, Precedence.product))", precedence: Precedence.product)
  }
}
