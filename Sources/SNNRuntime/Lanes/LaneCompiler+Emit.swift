import CSNNKernels
import SNNIR

extension LaneCompiler {
  /// Whether both sides may be the same row of the same buffer.
  private func overlap(_ a: (BufferID, Int), _ b: (BufferID, Int)) -> Bool {
    guard a.0 == b.0 else { return false }
    let buffer = plan[a.0]
    if case .ring(let length) = buffer.lifetime { return (a.1 - b.1) % max(length, 1) == 0 }
    return !buffer.axes.contains(.tick) || a.1 == b.1
  }

  private func overlapsInput(_ output: Int, _ input: Int) -> Bool {
    let o = kernel.outputs[output]
    let i = kernel.inputs[input]
    return overlap((o.buffer, o.tickOffset), (i.buffer, i.tickOffset))
  }

  /// The order of execution: ascending, but a result that goes into an output waits until every other reader of that
  /// memory has run. Where readers wait for each other, the result goes through a temporary, copied at the end.
  private mutating func schedule() -> [Int] {
    markDead()
    let alive = operations.indices.filter { !operations[$0].isDead }
    var dependents: [Int: [Int]] = [:]
    var missing: [Int: Int] = [:]
    var readers: [Int: [Int]] = [:]
    var pendingReaders: [Int: Int] = [:]
    for index in alive {
      for case .operation(let source) in Set(operations[index].arguments) {
        dependents[source, default: []].append(index)
        missing[index, default: 0] += 1
      }
      guard let destination = operations[index].destination else { continue }
      // Outputs to the same memory keep their order.
      for other in alive where other != index {
        guard let earlier = operations[other].destination, earlier < destination else { continue }
        let a = kernel.outputs[earlier]
        let b = kernel.outputs[destination]
        if overlap((a.buffer, a.tickOffset), (b.buffer, b.tickOffset)) {
          dependents[other, default: []].append(index)
          missing[index, default: 0] += 1
        }
      }
      for other in alive where other != index {
        let reads = operations[other].arguments.contains {
          if case .input(let input) = $0 { return overlapsInput(destination, input) }
          return false
        }
        if reads {
          readers[other, default: []].append(index)
          pendingReaders[index, default: 0] += 1
        }
      }
    }
    var order: [Int] = []
    var copies: [Int] = []
    var ready = alive.filter { missing[$0, default: 0] == 0 }
    while !ready.isEmpty {
      let position = ready.firstIndex { pendingReaders[$0, default: 0] == 0 } ?? 0
      let index = ready.remove(at: position)
      if pendingReaders[index, default: 0] > 0, let destination = operations[index].destination {
        operations[index].destination = nil
        copies.append(operations.count)
        // The copy belongs after everything; an accumulating operation reads the old output until then.
        operations.append(
          Operation(code: .lane(SNN_COPY.rawValue), arguments: [.operation(index)], destination: destination))
      }
      order.append(index)
      for other in readers[index] ?? [] { pendingReaders[other, default: 0] -= 1 }
      for other in dependents[index] ?? [] {
        missing[other, default: 0] -= 1
        if missing[other] == 0 {
          let place = ready.firstIndex { $0 > other } ?? ready.count
          ready.insert(other, at: place)
        }
      }
    }
    return order + copies
  }

  /// Operations whose result nobody reads any more after fusion.
  private mutating func markDead() {
    var needed = [Bool](repeating: false, count: operations.count)
    var stack = operations.indices.filter { !operations[$0].isDead && operations[$0].destination != nil }
    while let index = stack.popLast() {
      guard !needed[index] else { continue }
      needed[index] = true
      for case .operation(let source) in operations[index].arguments { stack.append(source) }
    }
    for index in operations.indices { operations[index].isDead = !needed[index] }
  }

  mutating func emit(_ values: [ValueID]) throws -> LaneProgram {
    let order = schedule()
    var program = LaneProgram(
      name: kernel.name, isWide: isWide, access: access, scalars: scalarProgram(values, scalarValues))
    program.scalarCount = scalarValues.count
    var slotIndex: [LaneProgram.Slot: Int32] = [:]
    func slot(_ slot: LaneProgram.Slot) -> Int32 {
      if let known = slotIndex[slot] { return known }
      slotIndex[slot] = Int32(program.slots.count)
      program.slots.append(slot)
      switch slot {
      case .input(let input):
        let isOwnType = access[input] == .converted
        program.slotLaneBytes.append(isOwnType ? elementBytes(plan[kernel.inputs[input].buffer]) : laneBytes)
      case .output(let output): program.slotLaneBytes.append(elementBytes(plan[kernel.outputs[output].buffer]))
      case .temporary, .scalar, .unitIndex: program.slotLaneBytes.append(laneBytes)
      }
      return Int32(program.slots.count - 1)
    }
    var lastUse: [Int: Int] = [:]
    for (position, index) in order.enumerated() {
      for case .operation(let source) in operations[index].arguments { lastUse[source] = position }
    }
    var free: [Int] = []
    var temporaryOf: [Int: Int] = [:]
    func takeTemporary() -> Int {
      if let temporary = free.popLast() { return temporary }
      program.temporaryCount += 1
      return program.temporaryCount - 1
    }
    func place(_ argument: Argument) throws -> LaneProgram.Slot {
      switch argument {
      case .operation(let source):
        if let temporary = temporaryOf[source] { return .temporary(temporary) }
        if let destination = operations[source].destination { return .output(destination) }
        throw malformed("a value is used before it is computed")
      case .input(let input): return .input(input)
      case .output(let output): return .output(output)
      case .scalar(let scalar): return .scalar(scalar)
      case .unitIndex: return .unitIndex
      }
    }
    func release(_ arguments: [Argument], at position: Int) {
      for argument in Set(arguments) {
        if case .operation(let source) = argument, lastUse[source] == position, let t = temporaryOf[source] {
          free.append(t)
        }
      }
    }
    func destination(of index: Int) -> LaneProgram.Slot {
      if let output = operations[index].destination { return .output(output) }
      let temporary = takeTemporary()
      temporaryOf[index] = temporary
      return .temporary(temporary)
    }
    var position = 0
    while position < order.count {
      let index = order[position]
      let operation = operations[index]
      if let neuron = neuron(order[position...]) {
        let end = position + neuron.count
        let places = try neuron.arguments.map(place)
        let results = neuron.results.map { destination(of: $0) }
        append(
          &program, neuron.function(of: table.raw.pointee), (results + places).map { slot($0) },
          results: results.count, special: -1, name: neuron.name)
        for step in position..<end { release(operations[order[step]].arguments, at: step) }
        position = end
        continue
      }
      var places = try operation.arguments.map(place)
      var scratch: [Int] = []
      let function = try callable(operation, &places) {
        // No mode for a number here: spread it over a block first.
        let temporary = takeTemporary()
        scratch.append(temporary)
        let fill = table.lane(SNN_COPY, mode: 1)!
        let operands = [slot(.temporary(temporary)), slot($0)]
        append(&program, fill, operands, special: -1, name: "copy")
        return .temporary(temporary)
      }
      release(operation.arguments, at: position)
      free += scratch
      let operands = [slot(destination(of: index))] + places.map { slot($0) }
      var special: Int32 = -1
      if case .special(let node) = operation.code {
        special = Int32(program.specials.count)
        program.specials.append(LaneProgram.Special(node: node, arguments: Array(operands.dropFirst())))
      }
      append(&program, function, special >= 0 ? [operands[0]] : operands, special: special, name: name(operation.code))
      position += 1
    }
    return program
  }

  /// The function for an operation with its operands in these places; places without a mode are replaced.
  private func callable(
    _ operation: Operation, _ places: inout [LaneProgram.Slot],
    spread: (LaneProgram.Slot) -> LaneProgram.Slot
  ) throws -> snn_lane_fn {
    let raw: UInt32
    switch operation.code {
    case .widen: return converter!.raw.pointee.widen
    case .narrow: return converter!.raw.pointee.narrow
    case .widenAdd: return converter!.raw.pointee.widen_add
    case .narrowAdd: return converter!.raw.pointee.narrow_add
    case .special: return table.lane(SNN_COPY, mode: 0)!
    case .lane(let code): raw = code
    }
    var mode = 0
    for (k, place) in places.enumerated() { if case .scalar = place { mode |= 1 << k } }
    let code = snn_op(rawValue: raw)
    if let function = table.lane(code, mode: mode) { return function }
    // Spread as few numbers as possible, from the last on.
    for k in places.indices.reversed() where mode & 1 << k != 0 {
      if let function = table.lane(code, mode: mode & ~(1 << k)) {
        places[k] = spread(places[k])
        return function
      }
    }
    for k in places.indices where mode & 1 << k != 0 { places[k] = spread(places[k]) }
    guard let function = table.lane(code, mode: 0) else { throw malformed("no kernel for operation \(raw)") }
    return function
  }

  private func append(
    _ program: inout LaneProgram, _ function: snn_lane_fn, _ operands: [Int32], results: Int = 1, special: Int32,
    name: String
  ) {
    program.instructions.append(
      LaneInstruction(
        function: function, first: Int32(program.operandSlots.count), count: Int32(operands.count), special: special))
    program.operandSlots += operands
    let shown = special >= 0 ? operands + program.specials[Int(special)].arguments : operands
    let words = shown.map { describe(program.slots[Int($0)]) }
    program.text.append(
      "\(words.prefix(results).joined(separator: ", ")) = \(name) \(words.dropFirst(results).joined(separator: ", "))")
  }

  private func describe(_ slot: LaneProgram.Slot) -> String {
    switch slot {
    case .input(let input):
      let input = kernel.inputs[input]
      return plan.graph[input.symbol].name + (input.tickOffset == 0 ? "" : "[\(input.tickOffset)]")
    case .output(let output):
      let output = kernel.outputs[output]
      return "@" + plan[output.buffer].name + (output.tickOffset == 0 ? "" : "[\(output.tickOffset)]")
    case .temporary(let index): return "t\(index)"
    case .scalar(let index):
      if let number = plan.graph.constant(scalarValues[index]) { return "\(number)" }
      return plan.graph.symbol(scalarValues[index]).map { plan.graph[$0].name } ?? "s\(index)"
    case .unitIndex: return "unit"
    }
  }

  private func name(_ code: Code) -> String {
    switch code {
    case .widen: return "widen"
    case .narrow: return "narrow"
    case .widenAdd: return "widenAdd"
    case .narrowAdd: return "narrowAdd"
    case .special(let node): return node.opcode.name
    case .lane(let raw): return Self.names[Int(raw)]
    }
  }

  /// In the order of `snn_op`.
  private static let names = [
    "copy", "neg", "recip", "sqrt", "abs", "floor", "sign", "not", "exp", "expm1", "log", "log1p", "sin", "cos",
    "tanh", "sigmoid", "erf", "atan", "exprel", "spikeGT", "spikeGE", "add", "sub", "mul", "div", "pow", "poisson",
    "min", "max", "lt",
    "le", "gt", "ge", "eq", "ne", "and", "or", "spikeGTIf", "spikeGEIf", "select", "blend", "bernoulli",
    "mulAdd", "mulSub",
    "subMul", "addAdd", "mulMul", "subDiv", "mulMulAdd", "mulMulSub", "absMulAdd", "divSquare", "fastSigmoid",
    "selectGT", "selectGE", "selectEQ", "selectLT", "differenceMul", "gateGT", "mulAddGate",
    "mulAddAdd", "differenceMulAdd", "countDown", "spikeGTFree", "spikeGEFree", "differenceGTFree", "differenceGEFree",
  ]
}
