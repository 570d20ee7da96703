/// Collects faults while a model is walked; every look-up is checked, so that a broken model gives faults and never a
/// trap.
struct Verification {
  let graph: Graph
  private(set) var faults: [IRFault] = []
  /// Faults of values are reported once, by the graph; a model's own checks skip values that do not exist.

  init(_ graph: Graph) {
    self.graph = graph
    faults = graph.verify()
  }

  /// Walks through operands are possible only when operands exist.
  var isGraphSound: Bool { !faults.contains { if case .argumentNotBefore = $0.kind { true } else { false } } }

  mutating func report(_ place: String, _ kind: IRFault.Kind) { faults.append(IRFault(place, kind)) }

  mutating func check(_ condition: Bool, _ place: String, _ kind: @autoclosure () -> IRFault.Kind) {
    if !condition { report(place, kind()) }
  }

  mutating func index(_ index: Int, of count: Int, _ what: String, _ place: String) -> Bool {
    let isThere = index >= 0 && index < count
    check(isThere, place, .index(what, index))
    return isThere
  }

  mutating func symbol(_ id: SymbolID, _ place: String) -> Symbol? {
    guard index(Int(id.index), of: graph.symbols.count, "symbol", place) else { return nil }
    return graph[id]
  }

  mutating func symbol(_ id: SymbolID, is kind: SymbolKind, _ place: String) {
    guard let found = symbol(id, place)?.kind, found != kind else { return }
    report(place, .symbolKind(expected: kind, found: found))
  }

  mutating func unique(_ names: [String], _ place: String) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted { report(place, .sameName(name)) }
  }

  /// The value exists, is of the type, varies only along what `within` has and is known by its phase, and loads only
  /// what `mayLoad` admits.
  mutating func value(
    _ id: ValueID, _ place: String, isBoolean: Bool? = false, within: Domain? = nil,
    mayLoad: ((Symbol) -> Bool)? = nil
  ) {
    guard index(Int(id.index), of: graph.count, "value", place) else { return }
    let node = graph[id]
    if let isBoolean { check(node.isBoolean == isBoolean, place, .expectedBoolean(isBoolean)) }
    if let within {
      let found = node.domain
      let isInside =
        found.axes.isSubset(of: within.axes) && found.phase <= within.phase
        && (found.extent == nil || found.extent == within.extent)
      check(isInside, place, .stratum(allowed: within, found: found))
    }
    guard let mayLoad, isGraphSound else { return }
    for symbol in graph.loadedSymbols([id]).sorted(by: { $0.index < $1.index })
    where graph.symbols.indices.contains(Int(symbol.index)) && !mayLoad(graph[symbol]) {
      report(place, .loadsUnavailable(symbol))
    }
  }
}
