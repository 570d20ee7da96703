import SNNIR

/// Explicit one-step methods for x' = f(x, t): the equations are instantiated stage by stage.
struct NonlinearFlow {
  /// State symbols and their flows, in one order.
  var symbols: [SymbolID]
  var flows: [ValueID]
  var time: SymbolID

  /// A division by what does not change in time becomes a product with its reciprocal, which is made once: a method of
  /// finite order does not care for the last bit, and stages divide again and again.
  init(symbols: [SymbolID], flows: [ValueID], time: SymbolID, _ graph: inout Graph) {
    self.symbols = symbols
    self.time = time
    self.flows = graph.transform(flows) { graph, value, arguments in
      guard graph[value].opcode == .div, graph[value].domain.phase != .once,
        graph[arguments[1]].domain.phase == .once
      else { return nil }
      return graph.mul(arguments[0], graph.div(graph.const(1), arguments[1]))
    }
  }

  private func evaluate(
    _ x: [ValueID], offset: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph
  ) -> [ValueID] {
    var map = environment
    for (symbol, value) in zip(symbols, x) { map[symbol] = value }
    if !graph.isZero(offset) { map[time] = graph.add(map[time] ?? graph.load(time), offset) }
    return graph.substitute(flows, map)
  }

  private func step(
    _ x: [ValueID], _ slope: [ValueID], _ h: ValueID, _ graph: inout Graph
  ) -> [ValueID] {
    zip(x, slope).map { value, slope in
      let (factor, rest) = Self.factored(slope, &graph)
      return graph.add(value, graph.mul(graph.mul(h, factor), rest))
    }
  }

  /// A slope as what does not change in time and the rest, so that a stage multiplies once.
  private static func factored(_ slope: ValueID, _ graph: inout Graph) -> (factor: ValueID, rest: ValueID) {
    let node = graph[slope]
    switch node.opcode {
    case .neg:
      let (factor, rest) = factored(graph.argument(slope, 0), &graph)
      return (graph.neg(factor), rest)
    case .mul:
      let (a, b) = (graph.argument(slope, 0), graph.argument(slope, 1))
      if graph[a].domain.phase == .once, graph[b].domain.phase != .once { return (a, b) }
      if graph[b].domain.phase == .once, graph[a].domain.phase != .once { return (b, a) }
    default: break
    }
    return (graph.const(1), slope)
  }

  func euler(_ x: [ValueID], dt: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph) -> [ValueID] {
    step(x, evaluate(x, offset: graph.const(0), environment, &graph), dt, &graph)
  }

  func heun(_ x: [ValueID], dt: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph) -> [ValueID] {
    let k1 = evaluate(x, offset: graph.const(0), environment, &graph)
    let k2 = evaluate(step(x, k1, dt, &graph), offset: dt, environment, &graph)
    let half = graph.mul(dt, graph.const(0.5))
    return step(x, zip(k1, k2).map { graph.add($0, $1) }, half, &graph)
  }

  /// The classical Runge-Kutta method, `substeps` times in a tick.
  func rk4(
    _ x: [ValueID], dt: ValueID, substeps: Int, _ environment: [SymbolID: ValueID], _ graph: inout Graph
  ) -> [ValueID] {
    let h = graph.mul(dt, graph.const(1 / Double(substeps)))
    let half = graph.mul(h, graph.const(0.5))
    let sixth = graph.mul(h, graph.const(1 / 6.0))
    let two = graph.const(2)
    var x = x
    for substep in 0..<substeps {
      let start = graph.mul(h, graph.const(Double(substep)))
      let middle = graph.add(start, half)
      let k1 = evaluate(x, offset: start, environment, &graph)
      let k2 = evaluate(step(x, k1, half, &graph), offset: middle, environment, &graph)
      let k3 = evaluate(step(x, k2, half, &graph), offset: middle, environment, &graph)
      let k4 = evaluate(step(x, k3, h, &graph), offset: graph.add(start, h), environment, &graph)
      let slope = x.indices.map { i in
        let parts = [k1[i], k2[i], k3[i], k4[i]].map { Self.factored($0, &graph) }
        let isShared = parts.allSatisfy { $0.factor == parts[0].factor }
        let k = isShared ? parts.map(\.rest) : [k1[i], k2[i], k3[i], k4[i]]
        let sum = graph.add(graph.add(k[0], graph.mul(two, graph.add(k[1], k[2]))), k[3])
        return isShared ? graph.mul(parts[0].factor, sum) : sum
      }
      x = step(x, slope, sixth, &graph)
    }
    return x
  }

  /// x' = a x + b per state with a and b frozen at the start of the tick. nil for a state whose flow is not linear in
  /// itself.
  func exponentialEuler(
    _ x: [ValueID], dt: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph
  ) -> [ValueID]? {
    var map = environment
    for (symbol, value) in zip(symbols, x) { map[symbol] = value }
    var result: [ValueID] = []
    for (i, flow) in flows.enumerated() {
      guard let form = AffineForm.of(flow, in: [symbols[i]], &graph) else { return nil }
      let parts = graph.substitute([form.coefficients[symbols[i]] ?? graph.const(0), form.rest], map)
      let exponent = graph.mul(parts[0], dt)
      let kept = graph.mul(graph.exp(exponent), x[i])
      let added = graph.mul(graph.mul(dt, graph.unary(.exprel, exponent)), parts[1])
      result.append(graph.add(kept, added))
    }
    return result
  }
}
