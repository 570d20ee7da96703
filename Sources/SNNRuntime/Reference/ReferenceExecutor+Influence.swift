import SNNIR

/// Influences in the most obvious way: by pairs of a unit and a parameter.
extension ReferenceExecutor {
  /// Parameters of a set, with the unit that each belongs to (of the connection's target, or itself), its source and its
  /// delay; and the weight, which several synapses may share.
  private struct Column {
    var unit: Int
    var source: Int
    var delay: Int?
    var weight = 0
  }

  private func columns(_ set: ParameterSet) -> [Column] {
    switch set {
    case .units(let population):
      return (0..<plan.graph[plan.populations[population]].size).map { Column(unit: $0, source: $0, delay: nil) }
    case .sources(let connection):
      // Without a unit: whoever reads them has its own.
      return plan.connections[connection].sourceRange.map { Column(unit: 0, source: $0, delay: nil) }
    case .synapses(let connection):
      var result: [Column] = []
      forEachSynapse(connection) { post, pre, index, delay in
        result.append(Column(unit: post, source: pre, delay: delay, weight: index))
      }
      return result
    }
  }

  /// Units of a full buffer, or nil of a diagonal one.
  private func unitCount(_ buffer: BufferID) -> Int? {
    let found = plan[buffer]
    guard found.axes.contains(.unit), let extent = found.extent else { return nil }
    return plan.graph[extent].size
  }

  private func place(_ buffer: BufferID, _ tick: Int, _ sample: Int, _ unit: Int, _ column: Int, _ count: Int) -> Int {
    unitCount(buffer) == nil
      ? element(buffer, tick, sample, column) : element(buffer, tick, sample, unit * count + column)
  }

  mutating func run(_ step: InfluenceStep, _ tick: Int) {
    switch step {
    case .spikes(let connection, let delay, let into):
      let source = sourceRows(connection, tick, delay)
      add(to: into, tick) { sample, column in source(sample, column.source, column.delay ?? delay) }
    case .signal(_, let buffer, let offset, let into):
      let executor = self
      add(to: into, tick) { executor.value(buffer, tick + offset, $0, $1.source) }
    case .values(let buffer, let into):
      let executor = self
      add(to: into, tick) { executor.value(buffer, tick, $0, $1.unit) }
    case .spread(let connection, let from, let offset, let into): spread(connection, from, offset, into, tick)
    case .pass(let from, let offset, let into):
      let executor = self
      for sample in 0..<sampleCount {
        for column in 0..<units(plan[into]) {
          let x = executor.value(from, executor.element(from, tick + offset, sample, column))
          add(x, to: into, element(into, tick, sample, column))
        }
      }
    case .combine(let rows): combine(rows, tick)
    case .collect(let terms, let set, let into): collect(terms, set, into, tick)
    }
  }

  private mutating func add(to into: BufferID, _ tick: Int, _ value: (Int, Column) -> Double) {
    guard let set = plan[into].influence else { return }
    let columns = columns(set)
    for sample in 0..<sampleCount {
      for (index, column) in columns.enumerated() {
        let target = place(into, tick, sample, column.unit, index, columns.count)
        add(value(sample, column), to: into, target)
      }
    }
  }

  private mutating func spread(_ connection: Int, _ from: BufferID, _ offset: Int, _ into: BufferID, _ tick: Int) {
    guard let set = plan[into].influence else { return }
    let columns = columns(set)
    let isFull = unitCount(from) != nil
    var links: [(post: Int, pre: Int, weight: Double, delay: Int?)] = []
    forEachSynapse(connection) { post, pre, index, delay in
      links.append((post, pre, weight(connection, index), delay))
    }
    for sample in 0..<sampleCount {
      for link in links {
        let at = link.delay.map { tick - $0 } ?? tick + offset
        for (index, column) in columns.enumerated() where isFull || column.unit == link.pre {
          let x = element(from, at, sample, isFull ? link.pre * columns.count + index : index)
          let target = place(into, tick, sample, link.post, index, columns.count)
          add(link.weight * value(from, x), to: into, target)
        }
      }
    }
  }

  /// Calls with (sample, unit, column, value of the sum of terms).
  private func forEachSum(
    _ terms: [InfluenceTerm], _ like: BufferID, _ columns: [Column], _ tick: Int,
    _ body: (Int, Int, Int, Double) -> Void
  ) {
    let units = unitCount(like)
    for sample in 0..<sampleCount {
      for unit in 0..<(units ?? 1) {
        for (index, column) in columns.enumerated() {
          let own = units == nil ? column.unit : unit
          var sum = 0.0
          for term in terms {
            var place = place(term.influence, tick, sample, own, index, columns.count)
            if case .sources(let connection) = plan[term.influence].influence {
              place = element(
                term.influence, tick, sample, column.source - plan.connections[connection].sourceRange.lowerBound)
            }
            let p = value(term.influence, place)
            switch term.coefficient {
            case .number(let number): sum += number * p
            case .buffer(let buffer): sum += value(buffer, tick, sample, own) * p
            case .shared(let buffer): sum += value(buffer, tick, sample, 0) * p
            }
          }
          body(sample, own, index, sum)
        }
      }
    }
  }

  private mutating func combine(_ rows: [InfluenceRow], _ tick: Int) {
    var results: [(BufferID, Int, Double)] = []
    for row in rows {
      guard let set = plan[row.destination].influence else { continue }
      let columns = columns(set)
      forEachSum(row.terms, row.destination, columns, tick) { sample, unit, index, sum in
        results.append((row.destination, place(row.destination, tick, sample, unit, index, columns.count), sum))
      }
    }
    for (buffer, index, value) in results { self.set(value, in: buffer, index) }
  }

  private mutating func collect(_ terms: [InfluenceTerm], _ set: ParameterSet, _ into: BufferID?, _ tick: Int) {
    guard let first = terms.first else { return }
    let columns = columns(set)
    var sums: [(sample: Int, column: Int, value: Double)] = []
    forEachSum(terms, first.influence, columns, tick) { sample, _, index, sum in sums.append((sample, index, sum)) }
    if let into {
      for sum in sums { add(sum.value, to: into, element(into, tick, sum.sample, sum.column)) }
    } else if case .synapses(let connection) = set {
      addGradient(connection, sums.map { (columns[$0.column].weight, $0.value) })
    }
  }
}
