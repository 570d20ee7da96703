import CSNNKernels
import SNNIR

/// Forward rules: influences of parameters on states, in the precision of the lanes. Every sum has a fixed order.
extension ExecutionContext {
  func run(_ code: InfluenceCode, tick: Int) {
    if program.precision == .f64 { run(code, tick, Double.self) } else { run(code, tick, Float.self) }
  }

  private func run<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    switch code.kind {
    case .spikes: spikes(code, tick, T.self)
    case .signal: signal(code, tick, T.self)
    case .values: values(code, tick, T.self)
    case .spread: spread(code, tick, T.self)
    case .pass: pass(code, tick, T.self)
    case .combine: combine(code, tick, T.self)
    case .collect: collect(code, tick, T.self)
    case .lines: lines(code, tick, T.self)
    }
  }

  @inline(__always)
  func lanes<T>(_ buffer: Int, _ tick: Int, _: T.Type) -> UnsafeMutablePointer<T> {
    address(buffer, tick: tick).assumingMemoryBound(to: T.self)
  }

  // MARK: - What a parameter does itself

  /// Adds `x` to the influence of every parameter of one source on its own unit.
  @inline(__always)
  private func add<T: BinaryFloatingPoint>(
    _ x: T, source: Int, _ code: InfluenceCode, _ to: UnsafeMutablePointer<T>, _ sample: Int
  ) {
    let set = code.set
    let units = max(code.units, 1)
    let base = to + sample * units * set.lanes + source * set.stride
    for column in 0..<set.columns {
      base[(code.units > 0 ? set.unit(column) * set.lanes : 0) + column] += x
    }
  }

  @inline(__always)
  private func add<T: BinaryFloatingPoint>(
    _ x: T, column: Int, _ code: InfluenceCode, _ to: UnsafeMutablePointer<T>, _ sample: Int
  ) {
    let set = code.set
    let units = max(code.units, 1)
    to[sample * units * set.lanes + (code.units > 0 ? set.unit(column) * set.lanes : 0) + column] += x
  }

  private func spikes<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    let c = program.connectionTable[code.connection]
    let to = lanes(code.into, tick, T.self)
    func forEach(_ delay: Int, _ body: (Int, Int, T) -> Void) {
      guard let list = list(c, tick: tick - delay) else { return }
      let values = list.values?.assumingMemoryBound(to: T.self)
      for sample in 0..<samples {
        let place = sample * Int(list.stride)
        for k in Int(list.offsets[place])..<Int(list.offsets[place + 1]) {
          let unit = Int(list.units[k])
          if unit >= c.low, unit < c.high { body(sample, unit - c.low, values?[k] ?? 1) }
        }
      }
    }
    if let sparse = c.sparse {
      for list in sparse.lists where !list.isEmpty(c.sourceCount) {
        forEach(list.delay ?? code.offset) { sample, source, x in
          for k in Int(list.rows[source])..<Int(list.rows[source + 1]) {
            add(x, column: list.synapses.map { Int($0[k]) } ?? k, code, to, sample)
          }
        }
      }
    } else if c.isOneToOne {
      forEach(code.offset) { add($2, column: $1, code, to, $0) }
    } else {
      forEach(code.offset) { add($2, source: $1, code, to, $0) }
    }
  }

  private func signal<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    let c = program.connectionTable[code.connection]
    let to = lanes(code.into, tick, T.self)
    let from = lanes(code.from, tick + code.offset, T.self)
    let width = rows[code.from].lanes
    for sample in 0..<samples {
      let x = from + sample * width + c.low
      if let sources = code.set.sources {
        for column in 0..<code.set.columns { add(x[Int(sources[column])], column: column, code, to, sample) }
      } else {
        for source in 0..<c.sourceCount { add(x[source], source: source, code, to, sample) }
      }
    }
  }

  private func values<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    let to = lanes(code.into, tick, T.self)
    let from = lanes(code.from, tick, T.self)
    let width = rows[code.from].lanes
    for sample in 0..<samples {
      for unit in 0..<code.set.columns { add(from[sample * width + unit], column: unit, code, to, sample) }
    }
  }

  // MARK: - From unit to unit

  private func spread<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    let c = program.connectionTable[code.connection]
    let w = weights[code.connection].assumingMemoryBound(to: T.self)
    withUnsafeTemporaryAllocation(of: T.self, capacity: max(c.targetCount * c.sourceCount, 1)) { matrix in
      func spread(_ offset: Int) {
        self.spread(code, c, matrix.baseAddress!, tick, lanes(code.from, tick + offset, T.self))
      }
      if let sparse = c.sparse {
        for list in sparse.lists where !list.isEmpty(c.sourceCount) {
          matrix.update(repeating: 0)
          for source in 0..<c.sourceCount {
            for k in Int(list.rows[source])..<Int(list.rows[source + 1]) {
              matrix[Int(list.targets[k]) * c.sourceCount + source] += w[list.order.map { Int($0[k]) } ?? k]
            }
          }
          spread(list.delay.map { -$0 } ?? code.offset)
        }
      } else if c.isOneToOne {
        matrix.update(repeating: 0)
        for k in 0..<c.targetCount { matrix[k * c.sourceCount + k] = w[k] }
        spread(code.offset)
      } else {
        for target in 0..<c.targetCount {
          for source in 0..<c.sourceCount {
            matrix[target * c.sourceCount + source] = w[source * c.stride + target]
          }
        }
        spread(code.offset)
      }
    }
  }

  /// `matrix` is `[target][source]` of those that take part.
  private func spread<T: BinaryFloatingPoint>(
    _ code: InfluenceCode, _ c: ConnectionCode, _ matrix: UnsafeMutablePointer<T>, _ tick: Int,
    _ from: UnsafeMutablePointer<T>
  ) {
    let set = code.set
    let into = lanes(code.into, tick, T.self)
    if code.fromUnits > 0 {
      for sample in 0..<samples {
        for target in 0..<c.targetCount {
          let to = into + (sample * code.units + c.targetLow + target) * set.lanes
          for source in 0..<c.sourceCount {
            let weight = matrix[target * c.sourceCount + source]
            if weight == 0 { continue }
            let x = from + (sample * code.fromUnits + c.low + source) * set.lanes
            for lane in 0..<set.lanes { to[lane] += weight * x[lane] }
          }
        }
      }
      return
    }
    withUnsafeTemporaryAllocation(of: T.self, capacity: max(set.columns, 1)) { line in
      for target in 0..<c.targetCount {
        for column in 0..<set.columns {
          let source = set.unit(column) - c.low
          line[column] = source >= 0 && source < c.sourceCount ? matrix[target * c.sourceCount + source] : 0
        }
        let weight = line.baseAddress!
        for sample in 0..<samples {
          for row in 0..<set.rows {
            let to = into + (sample * code.units + c.targetLow + target) * set.lanes + row * set.stride
            let x = from + sample * set.lanes + row * set.stride
            for column in 0..<set.columns { to[column] += weight[column] * x[column] }
          }
        }
      }
    }
  }

  private func pass<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    let to = lanes(code.into, tick, T.self)
    let from = lanes(code.from, tick + code.offset, T.self)
    for lane in 0..<samples * code.set.lanes { to[lane] += from[lane] }
  }

  // MARK: - Linear combinations

  /// Adds one term to a line of a row of parameters; with `unit`, all belong to that one.
  @inline(__always)
  private func add<T: BinaryFloatingPoint>(
    _ term: TermCode, _ code: InfluenceCode, _ at: LinePlace, unit: Int?, _ tick: Int, _ line: UnsafeMutablePointer<T>
  ) {
    let count = at.length
    let coefficients =
      term.coefficient < 0
      ? nil : lanes(term.coefficient, tick, T.self) + at.sample * rows[term.coefficient].lanes
    var number = T(term.number)
    if let coefficients, term.isShared || unit != nil {
      number = coefficients[term.isShared ? 0 : unit ?? 0]
      if number == 0 { return }
    }
    let isOne = coefficients == nil || term.isShared || unit != nil
    if term.ofSources {
      let x = lanes(term.influence, tick, T.self) + at.sample * rows[term.influence].lanes
      if let sources = code.set.sources {
        for column in 0..<count {
          let own = isOne ? number : coefficients![code.set.unit(column)]
          line[column] += own * x[Int(sources[column])]
        }
        return
      }
      let value = x[at.row]
      if value == 0 { return }
      if isOne {
        let product = number * value
        for column in 0..<count { line[column] += product }
      } else {
        let own = coefficients! + code.set.low
        for column in 0..<count { line[column] += own[column] * value }
      }
      return
    }
    let x = lanes(term.influence, tick, T.self) + at.place
    if isOne {
      for column in 0..<count { line[column] += number * x[column] }
    } else if let units = code.set.units {
      for column in 0..<count { line[column] += coefficients![Int(units[column])] * x[column] }
    } else {
      let own = coefficients! + code.set.low
      for column in 0..<count { line[column] += own[column] * x[column] }
    }
  }

  /// Calls with every line of the parameters: all at once for one unit of a full influence, else those of one source.
  @inline(__always)
  private func forEachLine(_ code: InfluenceCode, _ body: (LinePlace, Int?) -> Void) {
    let set = code.set
    let isFull = code.units > 0
    let isFlat = isFull || set.stride == 1 && set.units == nil
    let (count, length, stride) = isFlat ? (1, set.lanes, set.lanes) : (set.rows, set.columns, set.stride)
    for sample in 0..<samples {
      for unit in 0..<max(code.units, 1) {
        let first = (sample * max(code.units, 1) + unit) * set.lanes
        for row in 0..<count {
          body(
            LinePlace(sample: sample, row: row, place: first + row * stride, offset: row * stride, length: length),
            isFull ? unit : nil)
        }
      }
    }
  }

  private func combine<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    withUnsafeTemporaryAllocation(of: T.self, capacity: max(code.set.lanes * code.rows.count, 1)) { memory in
      let scratch = memory.baseAddress!
      forEachLine(code) { at, unit in
        scratch.update(repeating: 0, count: at.length * code.rows.count)
        for (index, row) in code.rows.enumerated() {
          for term in row.terms { add(term, code, at, unit: unit, tick, scratch + index * at.length) }
        }
        for (index, row) in code.rows.enumerated() {
          (lanes(row.destination, tick, T.self) + at.place).update(from: scratch + index * at.length, count: at.length)
        }
      }
    }
  }

  private func collect<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    withUnsafeTemporaryAllocation(of: T.self, capacity: max(code.set.lanes, 1)) { memory in
      let scratch = memory.baseAddress!
      forEachLine(code) { at, unit in
        scratch.update(repeating: 0, count: at.length)
        for term in code.rows[0].terms { add(term, code, at, unit: unit, tick, scratch) }
        if code.into >= 0 {
          let sum = lanes(code.into, tick, Double.self) + at.sample * rows[code.into].lanes
          for column in 0..<at.length { sum[column] += Double(scratch[column]) }
        } else if let slot {
          let offset = program.connectionTable[code.connection].gradientOffset
          let gradient = (slot + offset).assumingMemoryBound(to: T.self) + at.offset
          if let slots = code.set.slots {
            for column in 0..<at.length { gradient[Int(slots[column])] += scratch[column] }
            return
          }
          for column in 0..<at.length { gradient[column] += scratch[column] }
        }
      }
    }
  }
}

/// A line of parameters within an influence.
private struct LinePlace {
  var sample: Int
  var row: Int
  /// Of its first number, from the start of the influence.
  var place: Int
  /// The same, within one unit's parameters.
  var offset: Int
  var length: Int
}
