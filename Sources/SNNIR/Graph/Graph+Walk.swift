extension Graph {
  /// Every value that `roots` need, in order of evaluation.
  public func reachable(from roots: some Sequence<ValueID>) -> [ValueID] {
    var seen = Set<ValueID>()
    var stack = Array(roots)
    while let value = stack.popLast() {
      guard seen.insert(value).inserted else { continue }
      stack.append(contentsOf: arguments(value))
    }
    return seen.sorted()
  }

  /// As `reachable`, without what lies behind values that `isOpaque` holds for (which are themselves reached).
  public func reachable(from roots: some Sequence<ValueID>, isOpaque: (ValueID) -> Bool) -> [ValueID] {
    var seen = Set<ValueID>()
    var stack = Array(roots)
    while let value = stack.popLast() {
      guard seen.insert(value).inserted, !isOpaque(value) else { continue }
      stack.append(contentsOf: arguments(value))
    }
    return seen.sorted()
  }

  /// The symbols that `roots` load (not those that only name a value).
  public func loadedSymbols(_ roots: some Sequence<ValueID>) -> Set<SymbolID> {
    var result = Set<SymbolID>()
    for value in reachable(from: roots) where self[value].opcode == .load {
      result.insert(SymbolID(Int(self[value].aux)))
    }
    return result
  }

  /// `roots` with each loaded symbol of `map` replaced by a value.
  public mutating func substitute(_ roots: [ValueID], _ map: [SymbolID: ValueID]) -> [ValueID] {
    rewrite(roots) { graph, value in
      guard graph[value].opcode == .load else { return nil }
      return map[SymbolID(Int(graph[value].aux))]
    }
  }

  public mutating func substitute(_ root: ValueID, _ map: [SymbolID: ValueID]) -> ValueID {
    substitute([root], map)[0]
  }

  /// Rebuilds `roots` from the leaves up; where `replacement` gives a value for a node (as it was before), that value
  /// stands for it.
  public mutating func rewrite(
    _ roots: [ValueID], _ replacement: (inout Graph, ValueID) -> ValueID?
  ) -> [ValueID] {
    transform(roots) { graph, value, _ in replacement(&graph, value) }
  }

  /// As `rewrite`, where the replacement is made from the node's arguments as they are after theirs.
  public mutating func transform(
    _ roots: [ValueID], _ replacement: (inout Graph, ValueID, [ValueID]) -> ValueID?
  ) -> [ValueID] {
    var done: [ValueID: ValueID] = [:]
    for value in reachable(from: roots) {
      let old = Array(arguments(value))
      let new = old.map { done[$0]! }
      done[value] = replacement(&self, value, new) ?? (old == new ? value : rebuild(value, with: new))
    }
    return roots.map { done[$0]! }
  }
}
