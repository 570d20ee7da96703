import SNNIR

/// Values that are the same for every lane, computed once per call in `Double`.
struct ScalarProgram: Sendable {
  struct Instruction: Sendable {
    var opcode: Opcode
    var aux: Int32
    var destination: Int32
    /// Registers of the operands; those of variadic operations are in `pool` from `a` on, `b` many.
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    var number: Double = 0
  }

  /// Registers: first the leaves, in the order of `leaves`.
  enum Leaf: Hashable, Sendable {
    case input(Int)
    case tickIndex
  }

  var instructions: [Instruction] = []
  var pool: [Int32] = []
  /// Operations that `Evaluate` does, by the `c` of their instruction.
  var nodes: [Node] = []
  var leaves: [Leaf] = []
  var registerCount = 0
  /// Register of each value asked for, in the order in which they were asked.
  var results: [Int32] = []

  /// - Precondition: every value in `values` is scalar and arguments precede users (ids ascend).
  init(values: [ValueID], results wanted: [ValueID], graph: Graph, leaf: (ValueID) -> Leaf?) {
    var register: [ValueID: Int32] = [:]
    for value in values {
      if let leaf = leaf(value) {
        if let known = leaves.firstIndex(of: leaf) {
          register[value] = Int32(known)
        } else {
          register[value] = Int32(leaves.count)
          leaves.append(leaf)
        }
      }
    }
    var next = Int32(leaves.count)
    for value in values where register[value] == nil {
      let node = graph[value]
      let arguments = graph.arguments(value).map { register[$0]! }
      if [.named, .path, .broadcast, .number].contains(node.opcode) {
        register[value] = arguments[0]
        continue
      }
      var instruction = Instruction(opcode: node.opcode, aux: node.aux, destination: next, number: node.number)
      if ![.expdd, .expm, .expmFrechet].contains(node.opcode) {
        if arguments.count > 0 { instruction.a = arguments[0] }
        if arguments.count > 1 { instruction.b = arguments[1] }
        if arguments.count > 2 { instruction.c = arguments[2] }
      } else {
        instruction.a = Int32(pool.count)
        instruction.b = Int32(arguments.count)
        instruction.c = Int32(nodes.count)
        nodes.append(node)
        pool += arguments
      }
      instructions.append(instruction)
      register[value] = next
      next += 1
    }
    registerCount = Int(next)
    results = wanted.map { register[$0]! }
  }

  static func run(
    _ instructions: UnsafeBufferPointer<Instruction>, _ pool: UnsafeBufferPointer<Int32>,
    _ nodes: UnsafeBufferPointer<Node>, _ r: UnsafeMutablePointer<Double>
  ) {
    for i in instructions {
      let a = Int(i.a)
      let b = Int(i.b)
      let value: Double
      switch i.opcode {
      case .const: value = i.number
      case .add: value = r[a] + r[b]
      case .sub: value = r[a] - r[b]
      case .mul: value = r[a] * r[b]
      case .div: value = r[a] / r[b]
      case .neg: value = -r[a]
      case .min: value = r[b] < r[a] ? r[b] : r[a]
      case .max: value = r[b] > r[a] ? r[b] : r[a]
      case .lt: value = r[a] < r[b] ? 1 : 0
      case .le: value = r[a] <= r[b] ? 1 : 0
      case .gt: value = r[a] > r[b] ? 1 : 0
      case .ge: value = r[a] >= r[b] ? 1 : 0
      case .eq: value = r[a] == r[b] ? 1 : 0
      case .ne: value = r[a] != r[b] ? 1 : 0
      case .and: value = r[a] != 0 && r[b] != 0 ? 1 : 0
      case .or: value = r[a] != 0 || r[b] != 0 ? 1 : 0
      case .pow: value = Evaluate.pow(r[a], r[b])
      case .select: value = r[a] != 0 ? r[b] : r[Int(i.c)]
      case .spike: value = r[b] != 0 && (i.aux & 1 == 0 ? r[a] > 0 : r[a] >= 0) ? 1 : 0
      case .blend:
        let s = r[a]
        value = s == 1 ? r[b] : (s == 0 ? r[Int(i.c)] : s * r[b] + (1 - s) * r[Int(i.c)])
      case .expdd, .expm, .expmFrechet:
        value = Evaluate.elementwise(nodes[Int(i.c)], pool[a..<a + b].map { r[Int($0)] }) ?? .nan
      default: value = Evaluate.unary(i.opcode, r[a]) ?? .nan
      }
      r[Int(i.destination)] = value
    }
  }
}
