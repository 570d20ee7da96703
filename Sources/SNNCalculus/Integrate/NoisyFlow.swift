import SNNIR

/// dX = f(X, t) dt + Σ_k g_k(X, t) dW_k in the sense of Itô: what flows with white noise `xi` mean. One number is drawn per
/// noise and tick; √dt times it is the increment dW.
struct NoisyFlow {
  /// State symbols, their drifts f, and by noise (its raw normal number) the amplitudes g in the order of the states.
  var symbols: [SymbolID]
  var drifts: [ValueID]
  var amplitudes: [(number: SymbolID, values: [ValueID])]
  var time: SymbolID

  /// Splits flows into drift and amplitudes. `noises` maps the symbols that flows load to the raw numbers.
  /// - Returns: nil with the first flow that is not linear in the noise.
  static func split(
    _ flows: [ValueID], symbols: [SymbolID], noises: [(symbol: SymbolID, number: SymbolID)], time: SymbolID,
    _ graph: inout Graph
  ) -> Result<NoisyFlow, NotLinear> {
    var result = NoisyFlow(symbols: symbols, drifts: [], amplitudes: [], time: time)
    let zero = graph.const(0)
    result.amplitudes = noises.map { ($0.number, []) }
    let loaded = Set(noises.map(\.symbol))
    for (index, flow) in flows.enumerated() {
      guard let form = AffineForm.of(flow, in: loaded, &graph) else { return .failure(NotLinear(index: index)) }
      result.drifts.append(form.rest)
      for (place, noise) in noises.enumerated() {
        result.amplitudes[place].values.append(form.coefficients[noise.symbol] ?? zero)
      }
    }
    return .success(result)
  }

  struct NotLinear: Error { var index: Int }

  private func evaluate(
    _ values: [ValueID], at x: [ValueID], offset: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph
  ) -> [ValueID] {
    var map = environment
    for (symbol, value) in zip(symbols, x) { map[symbol] = value }
    if !graph.isZero(offset) { map[time] = graph.add(map[time] ?? graph.load(time), offset) }
    return graph.substitute(values, map)
  }

  /// Σ_k g_k(x) √dt N_k by state; amplitudes are taken at the beginning of the tick.
  private func kicks(
    _ x: [ValueID], dt: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph
  ) -> [ValueID] {
    let zero = graph.const(0)
    let root = graph.unary(.sqrt, dt)
    var result = x.map { _ in zero }
    for (number, values) in amplitudes {
      let found = evaluate(values, at: x, offset: zero, environment, &graph)
      for index in x.indices where !graph.isZero(found[index]) {
        let increment = graph.mul(graph.mul(found[index], root), graph.load(number))
        result[index] = graph.add(result[index], increment)
      }
    }
    return result
  }

  /// Euler-Maruyama: x + f dt + g √dt N.
  func euler(_ x: [ValueID], dt: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph) -> [ValueID] {
    let slope = evaluate(drifts, at: x, offset: graph.const(0), environment, &graph)
    let kicks = kicks(x, dt: dt, environment, &graph)
    return x.indices.map { graph.add(graph.add(x[$0], graph.mul(dt, slope[$0])), kicks[$0]) }
  }

  /// Heun for the drift, with the noise in the predictor; amplitudes stay those of the beginning, so that the scheme is
  /// Itô's also where they depend on the state. Second order in the drift, for additive noise.
  func heun(_ x: [ValueID], dt: ValueID, _ environment: [SymbolID: ValueID], _ graph: inout Graph) -> [ValueID] {
    let k1 = evaluate(drifts, at: x, offset: graph.const(0), environment, &graph)
    let kicks = kicks(x, dt: dt, environment, &graph)
    let predicted = x.indices.map { graph.add(graph.add(x[$0], graph.mul(dt, k1[$0])), kicks[$0]) }
    let k2 = evaluate(drifts, at: predicted, offset: dt, environment, &graph)
    let half = graph.mul(dt, graph.const(0.5))
    return x.indices.map { graph.add(graph.add(x[$0], graph.mul(half, graph.add(k1[$0], k2[$0]))), kicks[$0]) }
  }
}
