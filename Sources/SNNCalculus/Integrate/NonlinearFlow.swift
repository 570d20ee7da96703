import SNNIR

/// Explicit one-step methods for x' = f(x, t): the equations are instantiated stage by stage.
struct NonlinearFlow {
  /// State symbols and their flows, in one order.
  var symbols: [SymbolID]
  var flows: [ValueID]
  var time: SymbolID

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
    zip(x, slope).map { graph.add($0, graph.mul(h, $1)) }
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
        graph.add(graph.add(k1[i], graph.mul(two, graph.add(k2[i], k3[i]))), k4[i])
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
