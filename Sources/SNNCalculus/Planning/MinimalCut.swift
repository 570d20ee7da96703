import SNNIR

/// What of a tick's forward values to keep for the backward pass: a cut of least cost through the tick's graph between
/// what is known at its start and what the backward kernel needs; everything behind the cut is computed again.
enum MinimalCut {
  /// - Parameters:
  ///   - needed: forward values that the backward kernel reads.
  ///   - isFree: values that are there anyway (constants, parameters, data): no cost, no path.
  ///   - cost: bytes, or any small number, per value.
  static func of(
    needed: [ValueID], in graph: Graph, isFree: (ValueID) -> Bool, cost: (ValueID) -> Int
  ) -> [ValueID] {
    var index: [ValueID: Int] = [:]
    var values: [ValueID] = []
    var stack = needed.filter { !isFree($0) }
    while let value = stack.popLast() {
      guard index[value] == nil else { continue }
      index[value] = values.count
      values.append(value)
      stack.append(contentsOf: graph.arguments(value).filter { !isFree($0) })
    }
    let n = values.count
    let source = 2 * n
    let sink = 2 * n + 1
    var flow = FlowNetwork(nodes: 2 * n + 2)
    let unlimited = Int.max / 4
    for (value, i) in index {
      flow.addEdge(2 * i, 2 * i + 1, cost(value))
      let arguments = graph.arguments(value).filter { !isFree($0) }
      if arguments.isEmpty { flow.addEdge(source, 2 * i, unlimited) }
      for argument in arguments { flow.addEdge(2 * index[argument]! + 1, 2 * i, unlimited) }
    }
    for value in needed { if let i = index[value] { flow.addEdge(2 * i + 1, sink, unlimited) } }
    flow.saturate(from: source, to: sink)
    let beyond = flow.reaching(sink)
    return values.filter { !beyond[2 * index[$0]!] && beyond[2 * index[$0]! + 1] }.sorted()
  }
}

/// Maximum flow by shortest augmenting paths (Edmonds & Karp 1972); the graphs have a few dozen nodes.
private struct FlowNetwork {
  private var target: [Int] = []
  private var capacity: [Int] = []
  private var edges: [[Int]]

  init(nodes: Int) { edges = Array(repeating: [], count: nodes) }

  mutating func addEdge(_ from: Int, _ to: Int, _ limit: Int) {
    edges[from].append(target.count)
    target.append(to)
    capacity.append(limit)
    edges[to].append(target.count)
    target.append(from)
    capacity.append(0)
  }

  mutating func saturate(from source: Int, to sink: Int) {
    while let path = augmentingPath(source, sink) {
      let amount = path.map { capacity[$0] }.min() ?? 0
      for edge in path {
        capacity[edge] -= amount
        capacity[edge ^ 1] += amount
      }
    }
  }

  private func augmentingPath(_ source: Int, _ sink: Int) -> [Int]? {
    var arrival = [Int?](repeating: nil, count: edges.count)
    var queue = [source]
    var head = 0
    while head < queue.count {
      let node = queue[head]
      head += 1
      for edge in edges[node] where capacity[edge] > 0 && arrival[target[edge]] == nil && target[edge] != source {
        arrival[target[edge]] = edge
        queue.append(target[edge])
      }
      if arrival[sink] != nil { break }
    }
    guard arrival[sink] != nil else { return nil }
    var path: [Int] = []
    var node = sink
    while node != source {
      let edge = arrival[node]!
      path.append(edge)
      node = target[edge ^ 1]
    }
    return path
  }

  /// Nodes from which the sink can still be reached.
  func reaching(_ sink: Int) -> [Bool] {
    var result = [Bool](repeating: false, count: edges.count)
    result[sink] = true
    var stack = [sink]
    while let node = stack.popLast() {
      for edge in edges[node] where !result[target[edge]] && capacity[edge ^ 1] > 0 {
        result[target[edge]] = true
        stack.append(target[edge])
      }
    }
    return result
  }
}
