extension NetworkModel {
  /// Populations that a population's spikes or values come to in the same tick.
  private var reachedAtOnce: [Set<Int>] {
    var edges = [[Int]](repeating: [], count: populations.count)
    for connection in connections where connection.delay == 0 {
      if case .population(let source) = connection.source { edges[source].append(connection.target) }
    }
    return edges.map { first in
      var reached = Set<Int>()
      var stack = first
      while let next = stack.popLast() { if reached.insert(next).inserted { stack += edges[next] } }
      return reached
    }
  }

  /// Connections of delay 0 that lie on a circle of such: all populations of a circle test their thresholds before any
  /// of these delivers.
  public var lateConnections: Set<Int> {
    let reached = reachedAtOnce
    return Set(
      connections.indices.filter { index in
        guard connections[index].delay == 0, case .population(let source) = connections[index].source else {
          return false
        }
        return reached[connections[index].target].contains(source) || source == connections[index].target
      })
  }

  /// Populations in an order in which connections of delay 0 go forward; those of a circle are together, in one group.
  public var groupsInOrder: [[Int]] {
    let reached = reachedAtOnce
    func group(_ population: Int) -> [Int] {
      populations.indices.filter {
        $0 == population || reached[population].contains($0) && reached[$0].contains(population)
      }
    }
    var order: [[Int]] = []
    var remaining = Set(populations.indices)
    while let ready = remaining.sorted().first(where: { target in
      let own = group(target)
      return !remaining.contains { source in !own.contains(source) && !reached[source].isDisjoint(with: own) }
    }) {
      order.append(group(ready))
      remaining.subtract(order[order.count - 1])
    }
    return order
  }
}

extension HybridPopulation {
  /// States that arrivals at some ports change, by themselves or through what later lines read of them.
  public func states(changedBy arriving: Set<Int>, in graph: Graph) -> Set<Int> {
    var changed = Set<Int>()
    for (index, port) in ports.enumerated() {
      for line in port.body {
        let loaded = graph.loadedSymbols([line.value])
        let reads = changed.contains { loaded.contains(states[$0].symbol) }
        if reads || arriving.contains(index) && loaded.contains(port.arrival) { changed.insert(line.state) }
      }
    }
    return changed
  }

  /// Whether what the population sends at a tick depends on what arrives at some ports in the same tick.
  public func tests(arrivalsAt arriving: Set<Int>, in graph: Graph) -> Bool {
    let tested = (guardCondition.map { [$0.left, $0.right] } ?? []) + (emission.map { [$0.value] } ?? [])
    let read = graph.loadedSymbols(tested)
    return states(changedBy: arriving, in: graph).contains { read.contains(states[$0].symbol) }
  }
}
