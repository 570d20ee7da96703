import SNNData

extension NIRFile {
  /// Whether a way along directed edges leads from one node to another, or is none because they are the same: writing and
  /// reading must agree which edges are in loops, for these take a tick.
  static func reaches<Node: Hashable>(_ end: Node, from start: Node, along edges: [(Node, Node)]) -> Bool {
    var reached: Set<Node> = [start]
    var isSettled = false
    while !isSettled {
      isSettled = true
      for (source, target) in edges where reached.contains(source) {
        if reached.insert(target).inserted { isSettled = false }
      }
    }
    return reached.contains(end)
  }
}
