import SNNIR

/// x' = A x + b with A constant during a run: one tick takes x to exp(A dt) x + ∫ exp(A s) ds b, exactly.
struct LinearFlow {
  /// State indices, in the order of rows.
  var states: [Int]
  /// Row-major, in 1/ms; phase `once`.
  var matrix: [ValueID]
  /// b by row; may change from tick to tick (drives).
  var rest: [ValueID]

  private var size: Int { states.count }

  /// The states after one tick. `names` gives each propagator entry (row, column) the symbol that is printed for it.
  func advance(
    _ present: [ValueID], dt: ValueID, _ graph: inout Graph, names: (inout Graph, Int, Int, ValueID) -> ValueID
  ) -> [ValueID] {
    let n = size
    let scaled = matrix.map { graph.mul($0, dt) }
    let sources = rest.indices.filter { !graph.isZero(rest[$0]) }
    let order = triangularOrder(graph)
    let full = order == nil ? FullExponential(scaled, size: n, sources: sources, &graph) : nil
    return (0..<n).map { i in
      var sum = graph.const(0)
      for j in 0..<n {
        let entry =
          full?.propagator(i, j, &graph) ?? pathSum(scaled, from: i, to: j, endsAtInput: false, &graph)
        guard !graph.isZero(entry) else { continue }
        let factor = graph.isOne(entry) ? entry : names(&graph, i, j, entry)
        sum = graph.add(sum, graph.mul(factor, present[j]))
      }
      for j in sources {
        let entry = full?.input(i, j, &graph) ?? pathSum(scaled, from: i, to: j, endsAtInput: true, &graph)
        sum = graph.add(sum, graph.mul(graph.mul(dt, entry), rest[j]))
      }
      return sum
    }
  }

  /// Rows in an order in which each depends only on itself and later ones; nil where states depend on each other in
  /// a cycle.
  private func triangularOrder(_ graph: Graph) -> [Int]? {
    var order: [Int] = []
    var remaining = Set(0..<size)
    while !remaining.isEmpty {
      let next = remaining.sorted().first { i in
        remaining.allSatisfy { j in i == j || graph.isZero(matrix[j * size + i]) }
      }
      guard let next else { return nil }
      order.append(next)
      remaining.remove(next)
    }
    return order
  }

  /// exp(D)_ij of a triangular D: over every path i → … → j of nonzero couplings, their product times the divided
  /// difference of exp at the diagonal entries met (Higham 2008, section 4.6). With `endsAtInput` one more argument 0:
  /// the integral of the propagator over the tick, in units of the tick.
  private func pathSum(
    _ d: [ValueID], from i: Int, to j: Int, endsAtInput: Bool, _ graph: inout Graph
  ) -> ValueID {
    let n = size
    let zero = graph.const(0)
    var sum = zero
    var stack: [(node: Int, product: ValueID, diagonal: [ValueID])] = [(i, graph.const(1), [d[i * n + i]])]
    while let (node, product, diagonal) = stack.popLast() {
      if node == j {
        let arguments = endsAtInput ? [zero] + diagonal : diagonal
        sum = graph.add(sum, graph.mul(product, graph.expdd(arguments)))
      }
      for next in 0..<n where next != node && !graph.isZero(d[node * n + next]) {
        stack.append((next, graph.mul(product, d[node * n + next]), diagonal + [d[next * n + next]]))
      }
    }
    return sum
  }
}

/// The propagator of a system whose states depend on each other in a cycle: entries of one matrix exponential, of the
/// system augmented by a constant input per source.
private struct FullExponential {
  private let matrix: [ValueID]
  private let augmented: Int
  private let size: Int
  private let sources: [Int]

  init(_ scaled: [ValueID], size n: Int, sources: [Int], _ graph: inout Graph) {
    let m = n + sources.count
    var matrix = Array(repeating: graph.const(0), count: m * m)
    for i in 0..<n { for j in 0..<n { matrix[i * m + j] = scaled[i * n + j] } }
    for (k, source) in sources.enumerated() { matrix[source * m + n + k] = graph.const(1) }
    self.matrix = matrix
    augmented = m
    size = n
    self.sources = sources
  }

  func propagator(_ i: Int, _ j: Int, _ graph: inout Graph) -> ValueID {
    graph.expm(matrix, size: augmented, row: i, column: j)
  }

  func input(_ i: Int, _ source: Int, _ graph: inout Graph) -> ValueID {
    let column = size + (sources.firstIndex(of: source) ?? 0)
    return graph.expm(matrix, size: augmented, row: i, column: column)
  }
}
