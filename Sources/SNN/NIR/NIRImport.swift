import SNNData
import SNNSyntax

/// A NIR graph as a program that a person can read, and its parameters as a file that `--params` takes.
public struct NIRImport: Sendable {
  public private(set) var program = ""
  public private(set) var parameters: [String: NDArray] = [:]
  /// What a reader should know.
  public private(set) var notes: [String] = []

  private let file: NIRFile
  private let step: Double
  private var names: [String: String] = [:]
  private var taken: Set<String> = []
  private var neurons: [(node: NIRFile.Node, size: Int, variant: String, lines: [String])] = []
  private var connections: [String] = []
  private var used: Set<String> = []
  private var variants: Set<String> = []

  /// - Parameters:
  ///   - step: the tick in ms; nil where the file says it itself.
  ///   - parameterFile: the name of the file with the parameters, for the program's first line.
  /// - Throws: `SNNError` where a node is none of those that are known, and where no step is known.
  public init(_ file: NIRFile, name: String, step: Double?, parameterFile: String) throws {
    guard let step = step ?? file.remarks["step"]?.doubles()?.first.map({ $0 * 1000 }) else {
      throw SNNError.model("NIR is of continuous time and this file says no step: give one, such as --step 0.1ms")
    }
    self.file = file
    self.step = step
    do { try build(name, parameterFile) } catch { throw SNNError.wrapping(error) }
  }

  /// Writes what `--params` takes.
  public func saveParameters(to path: String) throws {
    do { try ParameterFile.write(parameters, to: path) } catch { throw SNNError.wrapping(error) }
  }

  private static let known: [String: (drive: String, flow: String)] = [
    "LIF": ("I", "tau * dv/dt = v_leak - v + r * (I + bias)\n  next v_inf = v_leak + r * (I + bias)"),
    "LIFClocked": ("I", "tau * dv/dt = v_leak - v + r * (I + bias)"),
    "LI": ("I", "tau * dv/dt = v_leak - v + r * (I + bias)"),
    "IF": ("I", "dv/dt = r * (I + bias)"),
    "CubaLIF": ("S", "tau_syn * di/dt = w_in * (S + bias) - i"),
    "CubaLI": ("S", "tau_syn * di/dt = w_in * (S + bias) - i"),
  ]
  private static let passing: Set<String> = ["Linear", "Affine", "Scale", "Delay", "Flatten"]

  // MARK: Names

  /// A name of the language for a name of the graph, once for each.
  private mutating func identifier(_ wanted: String) -> String {
    var text = String(wanted.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
    if text.first.map({ !$0.isLetter }) ?? true { text = "n" + text }
    if Self.reserved.contains(text) { text += "_" }
    var result = text
    var number = 2
    while !taken.insert(result).inserted {
      result = "\(text)_\(number)"
      number += 1
    }
    return result
  }

  private static let reserved: Set<String> = [
    "t", "dt", "spike", "in", "over", "of", "if", "then", "else", "and", "or", "not", "true", "false", "pi", "xi",
    "fan_in", "fan_out", "input", "output",
  ]

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }

  private func refused(_ node: NIRFile.Node, _ why: String) -> SNNError {
    .model("node `\(node.name)` (\(node.kind)) \(why)")
  }

  // MARK: Building

  private mutating func build(_ name: String, _ parameterFile: String) throws {
    taken = Set(Self.known.keys)
    for node in file.nodes {
      let isKnown = Self.known[node.kind] != nil || Self.passing.contains(node.kind)
      guard isKnown || node.kind == "Input" || node.kind == "Output" else {
        throw refused(
          node, "has no counterpart here; known are LIF, CubaLIF, CubaLI, LI, IF, Linear, Affine, Scale, Delay")
      }
    }
    let network = identifier(name)
    var inputs: [String] = []
    for node in file.nodes where node.kind == "Input" {
      let own = identifier(node.name)
      names[node.name] = own
      let shape = try shape(of: node).map { String($0) }.joined(separator: ", ")
      inputs.append("  input \(own)[\(shape)] : 1")
    }
    for node in file.nodes where Self.known[node.kind] != nil { names[node.name] = identifier(node.name) }
    let targets = file.nodes.filter { Self.known[$0.kind] != nil }
    for node in targets { try add(neuron: node) }
    for node in targets { try connect(into: node) }
    let ends = file.edges.filter { self.node($0.target).kind == "Output" }.compactMap { names[$0.source] }
    write(network, inputs, ends, parameterFile)
  }

  private func node(_ name: String) -> NIRFile.Node { file.node(named: name) ?? .init(name, "?") }

  private func shape(of node: NIRFile.Node) throws -> [Int] {
    let sizes = node.arrays["shape"]?.doubles() ?? []
    guard !sizes.isEmpty, sizes.allSatisfy({ $0 >= 1 && $0 == $0.rounded() && $0 < 1e9 }) else {
      throw refused(node, "lacks a shape")
    }
    return sizes.map { Int($0) }
  }

  private func numbers(_ name: String, of node: NIRFile.Node) throws -> [Double] {
    guard let values = node.arrays[name]?.doubles(), !values.isEmpty else { throw refused(node, "lacks `\(name)`") }
    guard values.allSatisfy(\.isFinite) else { throw refused(node, "has a `\(name)` that is no number") }
    return values
  }

  private func matrix(_ node: NIRFile.Node) throws -> Matrix {
    guard let weight = node.arrays["weight"], weight.shape.count == 2 else {
      throw refused(node, "lacks a matrix `weight`")
    }
    return Matrix(rows: weight.shape[0], columns: weight.shape[1], values: try numbers("weight", of: node))
  }

  /// How many values leave a node.
  private func width(_ node: NIRFile.Node) throws -> Int {
    switch node.kind {
    case "Input", "Output": return try shape(of: node).reduce(1, *)
    case "Linear", "Affine": return try matrix(node).rows
    case "Scale": return try numbers("scale", of: node).count
    case "Delay": return try numbers("delay", of: node).count
    case "Flatten":
      guard let edge = file.edges.first(where: { $0.target == node.name }) else {
        throw refused(node, "is fed by nothing")
      }
      return try width(self.node(edge.source))
    default: return node.arrays.values.map(\.count).max() ?? 1
    }
  }

  // MARK: Neurons

  private mutating func add(neuron node: NIRFile.Node) throws {
    let incoming = try file.edges.filter { $0.target == node.name }.map { try width(self.node($0.source)) }
    let size = max(try width(node), incoming.max() ?? 1)
    guard incoming.allSatisfy({ $0 == size }) else { throw refused(node, "has \(size) units and is fed \(incoming)") }
    var kind = node.kind
    if kind == "LIF", case .text(let texts)? = node.remarks["reset"]?.elements, texts.first == "tick" {
      kind = "LIFClocked"
    }
    used.insert(kind)
    let bias = try bias(into: node.name, size)
    let own = names[node.name] ?? node.name
    let variant = bias == nil ? kind : kind + "WithBias"
    if bias != nil { variants.insert(kind) }
    var lines: [String] = []
    var stored: [String: NDArray] = [:]
    func give(_ name: String, _ values: [Double], _ scale: Double, _ unit: String) throws {
      guard values.count == 1 || values.count == size else {
        throw refused(node, "has \(values.count) values of `\(name)` for \(size) units")
      }
      let scaled = values.map { $0 * scale }
      let isOne = scaled.allSatisfy { $0 == scaled[0] }
      lines.append("\(name) = \(Self.number(scaled[0]))\(unit)" + (isOne ? "" : " per unit"))
      stored["\(own).\(name)"] = isOne ? NDArray(scaled[0]) : NDArray(scaled)
    }
    for name in ["tau", "tau_syn", "tau_mem"] where node.arrays[name] != nil {
      let values = try numbers(name, of: node)
      guard values.allSatisfy({ $0 > 0 }) else { throw refused(node, "has a `\(name)` that is not above 0") }
      try give(name, values, 1000, " ms")
    }
    let isRate = kind == "IF"
    try give("r", try numbers("r", of: node), isRate ? 1e-3 : 1, isRate ? " /ms" : "")
    for name in ["v_leak", "v_threshold", "v_reset", "w_in"] where node.arrays[name] != nil {
      try give(name, try numbers(name, of: node), 1, "")
    }
    if let bias { try give("bias", bias, 1, "") }
    parameters.merge(stored) { $1 }
    neurons.append((node, size, variant, lines))
  }

  /// What the biases on the way bring to a node at every tick; nil where that is nothing.
  private func bias(into name: String, _ size: Int) throws -> [Double]? {
    var sum = [Double](repeating: 0, count: size)
    for edge in file.edges where edge.target == name {
      guard let part = try bias(outOf: edge.source, 0) else { continue }
      guard part.count == size else { throw refused(node(edge.source), "has \(part.count) values for \(size) units") }
      for index in sum.indices { sum[index] += part[index] }
    }
    return sum.contains { $0 != 0 } ? sum : nil
  }

  private func bias(outOf name: String, _ depth: Int) throws -> [Double]? {
    let node = node(name)
    guard Self.passing.contains(node.kind) else { return nil }
    guard depth < 64 else { throw refused(node, "is in a loop without a neuron") }
    var before: [Double]?
    for edge in file.edges where edge.target == name {
      guard let part = try bias(outOf: edge.source, depth + 1) else { continue }
      before = before.map { zip($0, part).map(+) } ?? part
    }
    switch node.kind {
    case "Affine":
      let own = try numbers("bias", of: node)
      return try before.map { zip(try matrix(node).times($0), own).map(+) } ?? own
    case "Linear": return try before.map { try matrix(node).times($0) }
    case "Scale": return try before.map { zip($0, try numbers("scale", of: node)).map(*) }
    case "Delay":
      if before != nil { throw refused(node, "delays a bias, which begins with the run") }
      return nil
    default: return before
    }
  }

  // MARK: Connections

  /// A way from a node to a neuron, through those that only pass on.
  private struct Way {
    var source: String
    var passed: [NIRFile.Node] = []
  }

  private func ways(into name: String, _ passed: [NIRFile.Node] = []) throws -> [Way] {
    var result: [Way] = []
    for edge in file.edges where edge.target == name {
      let source = node(edge.source)
      if source.kind == "Output" { throw refused(source, "feeds something") }
      if Self.passing.contains(source.kind) {
        guard passed.count < 64 else { throw refused(source, "is in a loop without a neuron") }
        result += try ways(into: source.name, [source] + passed)
      } else {
        result.append(Way(source: source.name, passed: passed))
      }
    }
    return result
  }

  private mutating func connect(into target: NIRFile.Node) throws {
    for way in try ways(into: target.name) {
      let (source, end) = (names[way.source] ?? way.source, names[target.name] ?? target.name)
      var linear = Matrix.Chain(columns: try width(node(way.source)))
      var seconds = 0.0
      var ticks: Int?
      for node in way.passed {
        switch node.kind {
        case "Linear", "Affine":
          let matrix = try matrix(node)
          guard matrix.columns == linear.rows else {
            throw refused(node, "takes \(matrix.columns) values and gets \(linear.rows)")
          }
          linear.apply(matrix)
        case "Scale":
          let scale = try numbers("scale", of: node)
          guard scale.count == linear.rows else {
            throw refused(node, "takes \(scale.count) values and gets \(linear.rows)")
          }
          linear.apply(scale)
        case "Delay":
          let delays = try numbers("delay", of: node)
          guard delays.allSatisfy({ $0 == delays[0] }) else { throw refused(node, "has a delay for each unit") }
          seconds += delays[0]
        default: break
        }
        if let own = node.remarks["ticks"]?.doubles()?.first { ticks = Int(own) }
      }
      let steps = seconds * 1000 / step
      guard abs(steps - steps.rounded()) < 1e-4 else {
        throw SNNError.model("a delay of \(seconds * 1000) ms is no whole number of steps of \(step) ms")
      }
      let delay = ticks ?? (isImmediate(way.source, target.name) ? 0 : 1) + Int(steps.rounded())
      let labels = way.passed.filter { ["Linear", "Affine", "Scale"].contains($0.kind) }.map(\.name)
      let label = identifier(labels.isEmpty ? "\(source)_to_\(end)" : labels.joined(separator: "_"))
      var items = ["learnable weight ~ kaiming()"]
      switch linear.form {
      case .none:
        items = ["pattern one_to_one", "weight = 1"]
      case .diagonal(let values):
        items = ["pattern one_to_one", "learnable weight = 1"]
        parameters[label] = NDArray(values)
      case .matrix(let matrix):
        parameters[label] = try NDArray(shape: [matrix.rows, matrix.columns], matrix.values)
      }
      if delay != 1 { items.append(delay == 0 ? "delay = 0" : "delay = \(delay) dt") }
      let drive = Self.known[target.kind]?.drive ?? "I"
      let sent = ["LI", "CubaLI"].contains(node(way.source).kind) ? "\(source).v" : source
      connections.append("  connect \(sent) -> \(end).\(drive) as \(label) { \(items.joined(separator: ", ")) }")
    }
  }

  /// Whether an edge between neurons is in no loop.
  private func isImmediate(_ source: String, _ target: String) -> Bool {
    guard Self.known[node(source).kind] != nil else { return false }
    return !NIRFile.reaches(source, from: target, along: file.edges.map { ($0.source, $0.target) })
  }

  // MARK: Text

  private mutating func write(_ network: String, _ inputs: [String], _ ends: [String], _ parameterFile: String) {
    var text =
      "// From a graph of the Neuromorphic Intermediate Representation, version \(file.version). Weights and the\n"
    text += "// values of single units are in \(parameterFile): --params \(parameterFile)\n"
    for kind in used.sorted() { text += "use std.nir.\(kind)\n" }
    for kind in variants.sorted() {
      text += "\n/// `\(kind)` with a constant input.\nneuron \(kind)WithBias = \(kind) with {\n  param bias = 0\n  "
      text += (Self.known[kind]?.flow ?? "") + "\n}\n"
    }
    if !ends.isEmpty { text += "\n/// Its outputs: \(ends.joined(separator: ", "))." }
    text += "\nnetwork \(network) {\n  step \(Self.number(step)) ms\n"
    text += inputs.map { $0 + "\n" }.joined()
    for neuron in neurons {
      let own = names[neuron.node.name] ?? neuron.node.name
      text += "  population \(own) = \(neuron.variant)[\(neuron.size)](\n"
      text += "    \(neuron.lines.joined(separator: ", ")))\n"
    }
    if !connections.isEmpty { text += "\n" + connections.joined(separator: "\n") + "\n" }
    program = text + "}\n"
  }
}

/// Row-major.
struct Matrix {
  var rows: Int
  var columns: Int
  var values: [Double]

  func times(_ x: [Double]) -> [Double] {
    (0..<rows).map { row in (0..<columns).reduce(0) { $0 + values[row * columns + $1] * x[$1] } }
  }

  /// Matrices and factors one after the other.
  struct Chain {
    enum Form {
      case none
      case diagonal([Double])
      case matrix(Matrix)
    }
    private(set) var rows: Int
    private(set) var form = Form.none

    init(columns: Int) { rows = columns }

    mutating func apply(_ matrix: Matrix) {
      rows = matrix.rows
      switch form {
      case .none: form = .matrix(matrix)
      case .diagonal(let factors):
        var result = matrix
        for place in result.values.indices { result.values[place] *= factors[place % matrix.columns] }
        form = .matrix(result)
      case .matrix(let first):
        var result = Matrix(rows: matrix.rows, columns: first.columns, values: [])
        for row in 0..<matrix.rows {
          for column in 0..<first.columns {
            result.values.append(
              (0..<matrix.columns).reduce(0) {
                $0 + matrix.values[row * matrix.columns + $1] * first.values[$1 * first.columns + column]
              })
          }
        }
        form = .matrix(result)
      }
    }

    mutating func apply(_ factors: [Double]) {
      switch form {
      case .none: form = .diagonal(factors)
      case .diagonal(let first): form = .diagonal(zip(first, factors).map(*))
      case .matrix(var matrix):
        for place in matrix.values.indices { matrix.values[place] *= factors[place / matrix.columns] }
        form = .matrix(matrix)
      }
    }
  }
}
