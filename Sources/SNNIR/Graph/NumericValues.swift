/// Values of a graph as a function of a few of its symbols, for decisions that a compiler makes with numbers: the order
/// is found once, and evaluated again and again.
public struct NumericValues: Sendable {
  private struct Step {
    var node: Node
    var target: Int
    var arguments: [Int]
  }

  private var steps: [Step] = []
  private var slots: [Double] = []
  private var variables: [Int?] = []
  /// nil for a value that needs a symbol nobody knows, or reduces an axis.
  private var roots: [Int?] = []

  /// - Parameters:
  ///   - variables: the symbols that are given anew each time, in the order of the arguments.
  ///   - known: what the others are.
  public init(_ roots: [ValueID], in graph: Graph, of variables: [SymbolID], known: (SymbolID) -> Double?) {
    var places: [ValueID: Int] = [:]
    var loaded: [SymbolID: Int] = [:]
    for value in graph.reachable(from: roots) {
      let node = graph[value]
      if node.opcode == .load {
        let symbol = SymbolID(Int(node.aux))
        guard let number = variables.contains(symbol) ? 0 : known(symbol) else { continue }
        places[value] = slots.count
        loaded[symbol] = slots.count
        slots.append(number)
        continue
      }
      let arguments = graph.arguments(value).compactMap { places[$0] }
      let sample = [Double](repeating: 0.5, count: arguments.count)
      guard arguments.count == Int(node.argumentCount), Evaluate.elementwise(node, sample) != nil else { continue }
      places[value] = slots.count
      steps.append(Step(node: node, target: slots.count, arguments: arguments))
      slots.append(0)
    }
    self.variables = variables.map { loaded[$0] }
    self.roots = roots.map { places[$0] }
  }

  /// nil where a value is not known.
  public func values(at x: [Double]) -> [Double?] {
    var slots = slots
    for (variable, value) in zip(variables, x) { if let variable { slots[variable] = value } }
    for step in steps {
      slots[step.target] = Evaluate.elementwise(step.node, step.arguments.map { slots[$0] }) ?? .nan
    }
    return roots.map { $0.map { slots[$0] } }
  }

  /// Row by row, by central differences; entries of values that are not known are 0. Conditions are constants to a
  /// derivative: where the two sides of `x` differ, the flatter one counts, and a jump is not taken for a slope.
  public func jacobian(at x: [Double]) -> [Double] {
    let here = values(at: x).map { $0 ?? 0 }
    func slopes(_ j: Int, _ h: Double) -> [Double] {
      var moved = x
      moved[j] += h
      let width = moved[j] - x[j]
      return zip(values(at: moved), here).map { (($0 ?? 0) - $1) / width }
    }
    let columns = x.indices.map { j -> [Double] in
      let h = 6e-6 * max(1, abs(x[j]))
      return zip(slopes(j, h), slopes(j, -h)).map { above, below in
        let isSmooth = abs(above - below) <= 1e-3 * max(abs(above), abs(below))
        return isSmooth || above.isNaN ? (above + below) / 2 : (abs(above) < abs(below) ? above : below)
      }
    }
    return roots.indices.flatMap { row in columns.map { $0[row] } }
  }
}
