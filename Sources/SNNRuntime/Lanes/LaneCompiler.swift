import CSNNKernels
import SNNIR

/// Makes a `LaneProgram` of a kernel: selects operations (with superinstructions), orders them so that results go
/// straight into outputs that are also inputs, and gives the rest temporaries by linear scan.
struct LaneCompiler {
  enum Argument: Hashable {
    case operation(Int)
    case input(Int)
    case output(Int)
    case scalar(Int)
    case unitIndex
  }

  enum Code: Hashable {
    case lane(UInt32)
    case widen, narrow, widenAdd, narrowAdd
    case special(Node)
  }

  struct Operation {
    var code: Code
    var arguments: [Argument]
    /// Index of the kernel's output that the result goes to.
    var destination: Int?
    var isDead = false
  }

  let plan: Plan
  let kernel: Kernel
  /// Of the lanes of this kernel.
  let table: KernelTable
  /// Functions between single and double precision; nil where the lanes are double anyway.
  let converter: KernelTable?
  let isWide: Bool
  /// Does not change while the section loops.
  let isInvariant: (BufferID) -> Bool

  var access: [LaneAccess] = []
  var inputOf: [SymbolID: Int] = [:]
  var isScalar: [ValueID: Bool] = [:]
  var root: [ValueID: ValueID] = [:]
  var uses: [ValueID: Int] = [:]
  var operations: [Operation] = []
  /// Where the value is computed, and which value an operation computes.
  var operationOf: [ValueID: Int] = [:]
  var valueOf: [Int: ValueID] = [:]
  var scalarIndex: [ValueID: Int] = [:]
  var scalarValues: [ValueID] = []
  var convertedInput: [Int: Int] = [:]

  /// - Throws: `RuntimeError.malformedPlan`.
  static func compile(
    _ kernel: Kernel, plan: Plan, lanes precision: Precision, tables: (f32: KernelTable, f64: KernelTable),
    fuses: Bool = true, isInvariant: @escaping (BufferID) -> Bool = { _ in false }
  ) throws -> LaneProgram {
    let isWide = kernel.isWide || precision == .f64
    var compiler = LaneCompiler(
      plan: plan, kernel: kernel, table: isWide ? tables.f64 : tables.f32,
      converter: precision == .f32 ? tables.f32 : nil, isWide: isWide, isInvariant: isInvariant)
    return try compiler.compile(fuses: fuses)
  }

  private init(
    plan: Plan, kernel: Kernel, table: KernelTable, converter: KernelTable?, isWide: Bool,
    isInvariant: @escaping (BufferID) -> Bool
  ) {
    self.isInvariant = isInvariant
    self.plan = plan
    self.kernel = kernel
    self.table = table
    self.converter = converter
    self.isWide = isWide
  }

  /// Bytes of an element of a buffer: numbers without a lane axis are always `Double`.
  func elementBytes(_ buffer: Buffer) -> Int { buffer.isWide || converter == nil ? 8 : 4 }
  var laneBytes: Int { isWide ? 8 : 4 }
  var laneAxes: Axes { kernel.axes.intersection([.unit, .sample, .synapse]) }

  private mutating func compile(fuses: Bool) throws -> LaneProgram {
    try classifyInputs()
    let values = plan.graph.reachable(from: kernel.outputs.map(\.value))
    try classify(values)
    countUses(values)
    if laneAxes.isEmpty { return try scalarOnly(values) }
    for value in values where isScalar[value] == false && root[value] == value {
      try select(value)
      if fuses { fuse(value) } else { fuseSlope(value) }
    }
    try addStores(fuses: fuses)
    return try emit(values)
  }

  func malformed(_ reason: String) -> RuntimeError { .malformedPlan("kernel \(kernel.name): \(reason)") }

  private mutating func classifyInputs() throws {
    for (index, input) in kernel.inputs.enumerated() {
      let buffer = plan[input.buffer]
      let axes = buffer.axes.intersection([.unit, .sample, .synapse])
      inputOf[input.symbol] = index
      if axes.isEmpty {
        access.append(.scalar)
      } else if axes == laneAxes {
        let isKept = isInvariant(input.buffer) && laneAxes == [.unit, .sample]
        access.append(
          elementBytes(buffer) == laneBytes ? .lanes : (isKept ? .convertedOnce : .converted))
      } else if laneAxes == [.unit, .sample], axes == .unit {
        access.append(.perUnit)
      } else if laneAxes == [.unit, .sample], axes == .sample {
        access.append(.perSample)
      } else {
        throw malformed("input \(buffer.name) has an axis that the kernel lacks")
      }
    }
    for output in kernel.outputs {
      let buffer = plan[output.buffer]
      guard buffer.axes.intersection([.unit, .sample, .synapse]) == laneAxes else {
        throw malformed("output \(buffer.name) does not have the kernel's axes")
      }
    }
  }

  private mutating func classify(_ values: [ValueID]) throws {
    let graph = plan.graph
    for value in values {
      let node = graph[value]
      switch node.opcode {
      case .const, .tickIndex: isScalar[value] = true
      case .load:
        let symbol = SymbolID(Int(node.aux))
        guard let input = inputOf[symbol] else { throw malformed("nothing is bound to \(graph[symbol].name)") }
        isScalar[value] = access[input] == .scalar
      case .unitIndex: isScalar[value] = !laneAxes.contains(.unit)
      case .reduce, .argreduce: throw malformed("a reduction stands in an elementwise kernel")
      default: isScalar[value] = graph.arguments(value).allSatisfy { isScalar[$0] == true }
      }
      let isIdentity = [.named, .path, .broadcast, .number].contains(node.opcode)
      root[value] = isIdentity ? root[graph.argument(value, 0)]! : value
    }
  }

  private mutating func countUses(_ values: [ValueID]) {
    for value in values where root[value] == value {
      for argument in plan.graph.arguments(value) { uses[root[argument]!, default: 0] += 1 }
    }
    for output in kernel.outputs { uses[root[output.value]!, default: 0] += 1 }
  }

  private func scalarOnly(_ values: [ValueID]) throws -> LaneProgram {
    LaneProgram(
      name: kernel.name, isWide: true, access: access, scalars: scalarProgram(values, kernel.outputs.map(\.value)))
  }

  func scalarProgram(_ values: [ValueID], _ results: [ValueID]) -> ScalarProgram {
    let needed = Set(plan.graph.reachable(from: results))
    return ScalarProgram(
      values: values.filter { needed.contains($0) }, results: results, graph: plan.graph,
      leaf: { value in
        let node = plan.graph[value]
        switch node.opcode {
        case .load: return .input(inputOf[SymbolID(Int(node.aux))]!)
        case .tickIndex: return .tickIndex
        default: return nil
        }
      })
  }

  // MARK: Selection

  mutating func argument(_ value: ValueID) -> Argument {
    let value = root[value]!
    if isScalar[value] == true {
      if let known = scalarIndex[value] { return .scalar(known) }
      scalarIndex[value] = scalarValues.count
      scalarValues.append(value)
      return .scalar(scalarValues.count - 1)
    }
    let node = plan.graph[value]
    if node.opcode == .unitIndex { return .unitIndex }
    if node.opcode == .load {
      let input = inputOf[SymbolID(Int(node.aux))]!
      guard access[input] == .converted else { return .input(input) }
      if let known = convertedInput[input] { return .operation(known) }
      operations.append(Operation(code: isWide ? .widen : .narrow, arguments: [.input(input)]))
      convertedInput[input] = operations.count - 1
      return .operation(operations.count - 1)
    }
    return .operation(operationOf[value]!)
  }

  mutating func select(_ value: ValueID) throws {
    let node = plan.graph[value]
    if node.opcode == .load || node.opcode == .unitIndex { return }
    let graphArguments = Array(plan.graph.arguments(value))
    var arguments = graphArguments.map { argument($0) }
    let code: snn_op
    switch node.opcode {
    case .add: code = SNN_ADD
    case .sub: code = SNN_SUB
    case .mul: code = SNN_MUL
    case .div: code = SNN_DIV
    case .neg: code = SNN_NEG
    case .recip: code = SNN_RECIP
    case .sqrt: code = SNN_SQRT
    case .pow: code = SNN_POW
    case .abs: code = SNN_ABS
    case .min: code = SNN_MIN
    case .max: code = SNN_MAX
    case .floor: code = SNN_FLOOR
    case .sign: code = SNN_SIGN
    case .exp: code = SNN_EXP
    case .expm1: code = SNN_EXPM1
    case .log: code = SNN_LOG
    case .log1p: code = SNN_LOG1P
    case .sin: code = SNN_SIN
    case .cos: code = SNN_COS
    case .tanh: code = SNN_TANH
    case .sigmoid: code = SNN_SIGMOID
    case .erf: code = SNN_ERF
    case .atan: code = SNN_ATAN
    case .exprel: code = SNN_EXPREL
    case .lt: code = SNN_LT
    case .le: code = SNN_LE
    case .gt: code = SNN_GT
    case .ge: code = SNN_GE
    case .eq: code = SNN_EQ
    case .ne: code = SNN_NE
    case .and: code = SNN_AND
    case .or: code = SNN_OR
    case .not: code = SNN_NOT
    case .select: code = SNN_SELECT
    case .blend: code = SNN_BLEND
    case .spike:
      let isStrict = node.aux & 1 == 0
      if let enable = plan.graph.constant(root[graphArguments[1]]!), enable != 0 {
        arguments.removeLast()
        code = isStrict ? SNN_SPIKE_GT : SNN_SPIKE_GE
      } else if alwaysHolds(graphArguments[1]) {
        arguments.removeLast()
        code = isStrict ? SNN_SPIKE_GT : SNN_SPIKE_GE
      } else {
        code = isStrict ? SNN_SPIKE_GT_IF : SNN_SPIKE_GE_IF
      }
    case .poisson: code = SNN_POISSON
    case .bernoulli:
      code = SNN_BERNOULLI
    case .expdd, .expm, .expmFrechet:
      record(value, Operation(code: .special(node), arguments: arguments))
      return
    case .const, .load, .named, .number, .path, .broadcast, .reduce, .argreduce, .unitIndex, .tickIndex:
      throw malformed("unexpected \(node.opcode.name)")
    }
    record(value, Operation(code: .lane(code.rawValue), arguments: arguments))
  }

  /// A comparison of constants, which the graph does not fold: how `true` is written.
  private func alwaysHolds(_ value: ValueID) -> Bool {
    let value = root[value]!
    guard plan.graph.loadedSymbols([value]).isEmpty, isScalar[value] == true else { return false }
    guard !plan.graph.reachable(from: [value]).contains(where: { plan.graph[$0].opcode == .tickIndex }) else {
      return false
    }
    return Evaluate.values([value], in: plan.graph, { _ in nil })[0].map { $0 != 0 } ?? false
  }

  private mutating func record(_ value: ValueID, _ operation: Operation) {
    operations.append(operation)
    operationOf[value] = operations.count - 1
    valueOf[operations.count - 1] = value
  }

  // MARK: Stores

  private mutating func addStores(fuses: Bool) throws {
    var stored = Set<Int>()
    for (index, output) in kernel.outputs.enumerated() {
      let bytes = elementBytes(plan[output.buffer])
      let value = root[output.value]!
      let source = argument(value)
      if bytes != laneBytes {
        let code: Code =
          isWide ? (output.accumulates ? .narrowAdd : .narrow) : (output.accumulates ? .widenAdd : .widen)
        operations.append(Operation(code: code, arguments: [materialised(source)], destination: index))
      } else if output.accumulates {
        if fuses, case .operation(let producer) = source, uses[value] == 1, operations[producer].destination == nil,
          operations[producer].code == .lane(SNN_MUL.rawValue)
        {
          operations[producer].isDead = true
          operations.append(
            Operation(
              code: .lane(SNN_MUL_ADD.rawValue), arguments: operations[producer].arguments + [.output(index)],
              destination: index))
        } else {
          operations.append(
            Operation(code: .lane(SNN_ADD.rawValue), arguments: [.output(index), source], destination: index))
        }
      } else if case .operation(let producer) = source, valueOf[producer] != nil, stored.insert(producer).inserted {
        operations[producer].destination = index
      } else {
        operations.append(Operation(code: .lane(SNN_COPY.rawValue), arguments: [source], destination: index))
      }
    }
  }

  /// Conversions have no mode for single numbers.
  private mutating func materialised(_ argument: Argument) -> Argument {
    guard case .scalar = argument else { return argument }
    operations.append(Operation(code: .lane(SNN_COPY.rawValue), arguments: [argument]))
    return .operation(operations.count - 1)
  }
}
