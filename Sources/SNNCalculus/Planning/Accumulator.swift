import SNNIR

/// A reduction over time as running values: the extreme so far and the tick it was met at (the first wins), the first or
/// last that there was, or a sum.
struct Accumulator {
  let kind: Reduction.Kind
  let operand: ValueID
  let value: BufferID
  let index: BufferID?
  private let valueSymbol: SymbolID
  private let indexSymbol: SymbolID?

  init(_ kind: Reduction.Kind, operand: ValueID, _ plan: inout Plan) {
    self.kind = kind
    self.operand = operand
    let domain = plan.graph[operand].domain
    let axes = domain.axes.subtracting(.tick)
    func running(_ name: String, _ plan: inout Plan) -> (BufferID, SymbolID) {
      let buffer = plan.addBuffer(Buffer(name: name, axes: axes, extent: domain.extent, isWide: false))
      let symbol = plan.graph.addSymbol(
        Symbol(name, .temporary, domain: Domain(axes.union(.tick), extent: domain.extent, phase: .tick)))
      return (buffer, symbol)
    }
    (value, valueSymbol) = running("\(kind)\(operand.index)", &plan)
    if kind == .sum {
      index = nil
      indexSymbol = nil
    } else {
      let (buffer, symbol) = running("at\(operand.index)", &plan)
      index = buffer
      indexSymbol = symbol
    }
  }

  /// The graph nodes whose values it holds once the run is over.
  func nodes(_ graph: inout Graph) -> [(ValueID, BufferID)] {
    var result = [(graph.reduce(kind, over: .tick, operand), value)]
    if let index { result.append((graph.argreduce(kind, over: .tick, operand), index)) }
    return result
  }

  /// One tick: `operand` as it reads in the kernel that keeps the accumulator.
  func update(
    operand: ValueID, _ graph: inout Graph, bound: inout [SymbolID: BufferID]
  ) -> [KernelOutput] {
    bound[valueSymbol] = value
    let running = graph.load(valueSymbol)
    guard let index, let indexSymbol else {
      return [KernelOutput(value: graph.add(running, operand), buffer: value)]
    }
    bound[indexSymbol] = index
    let isBetter: ValueID
    let none = graph.const(-.infinity)
    switch kind {
    case .min: isBetter = graph.compare(.lt, operand, running)
    case .last: isBetter = graph.compare(.gt, operand, none)
    case .first: isBetter = graph.and(graph.compare(.gt, operand, none), graph.compare(.eq, running, none))
    case .max, .sum: isBetter = graph.compare(.gt, operand, running)
    }
    let tick = graph.select(isBetter, graph.tickIndex(), graph.load(indexSymbol))
    return [
      KernelOutput(value: graph.select(isBetter, operand, running), buffer: value),
      KernelOutput(value: tick, buffer: index),
    ]
  }

  func initialise(_ plan: inout Plan) -> [PlanStep] {
    var outputs: [KernelOutput] = []
    let start = kind == .sum ? 0 : (kind == .min ? Double.infinity : -.infinity)
    outputs.append(KernelOutput(value: plan.graph.const(start), buffer: value))
    if let index { outputs.append(KernelOutput(value: plan.graph.const(0), buffer: index)) }
    let buffer = plan[value]
    return [
      .kernel(
        Kernel(
          name: "initialise \(buffer.name)", axes: buffer.axes, extent: buffer.extent, isWide: false, inputs: [],
          outputs: outputs))
    ]
  }
}
