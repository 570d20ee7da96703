import CSNNKernels
import SNNIR

/// What a sample begins with that the sample before has left, laid out for one engine. Numbers not given are 0; what is
/// above a threshold is then found from the first values.
final class CarriedStart {
  /// Into whole buffers, before the first tick is made.
  private let numbers: [(buffer: BufferID, values: [Double]?, other: Double)]
  private let inputRows: [(rows: CarriedRows, values: [Double])]
  /// Into what the first tick has made.
  private let rows: [(rows: CarriedRows, values: [Double])]
  private let traces: [(rule: Int, state: Int, values: [Double])]
  /// Spikes that are still to arrive, by population and by input.
  let spikes: [PastSpikes?]
  let inputs: [PastSpikes?]
  /// Ticks that have passed.
  let ticks: Int

  init(_ program: Program, _ values: [Carried: [Double]]) {
    let plan = program.plan
    numbers = plan.bindings.sorted { $0.key < $1.key }.compactMap { buffer, binding in
      guard case .carriedIn(let what) = binding else { return nil }
      let units = program.traits[Int(buffer.index)].units
      let own = values[what].flatMap { $0.count == 1 || $0.count == units ? $0 : nil }
      if case .above = what { return (buffer, own, -1) }
      return (buffer, own, 0)
    }
    func isInput(_ rows: CarriedRows) -> Bool { if case .input = rows.what { true } else { false } }
    let known = plan.carriedRows.compactMap { rows in values[rows.what].map { (rows: rows, values: $0) } }
    inputRows = known.filter { isInput($0.rows) }
    rows = known.filter { !isInput($0.rows) }
    traces = plan.rules.enumerated().flatMap { rule, code in
      code.states.indices.compactMap { state in values[.trace(rule: rule, state: state)].map { (rule, state, $0) } }
    }
    spikes = plan.populations.indices.map { population in
      values[.spikes(population: population)].map {
        PastSpikes(
          $0, first: 1 - program.reach(.population(population)), units: program.populationUnits[population],
          isGraded: program.isGraded[population], program)
      }
    }
    inputs = plan.inputs.indices.map { input in
      values[.inputSpikes(input)].map {
        PastSpikes(
          $0, first: 1 - program.reach(.input(input)), units: plan.inputs[input].size, isGraded: false, program)
      }
    }
    ticks = values[.time]?.first.flatMap { Int(exactly: $0) } ?? 0
  }

  func begin(_ context: ExecutionContext) {
    for entry in numbers {
      let traits = context.program.traits[Int(entry.buffer.index)]
      guard traits.home != .nowhere else { continue }
      let to = context.address(entry.buffer, tick: 0)
      for sample in 0..<context.samples {
        for unit in 0..<traits.units {
          let x = entry.values.map { $0.count == 1 ? $0[0] : $0[unit] } ?? entry.other
          context.set(to, sample * traits.lanes + unit, x)
        }
      }
    }
    for entry in inputRows { entry.rows.fill(context, entry.values) }
  }

  func begun(_ context: ExecutionContext) {
    for entry in rows { entry.rows.fill(context, entry.values) }
    for entry in traces { context.plasticity?.set(entry.rule, entry.state, entry.values) }
  }

  /// What the last sample of a context leaves.
  static func left(_ context: ExecutionContext, into result: inout [Carried: [Double]]) {
    let program = context.program
    let plan = program.plan
    for (buffer, binding) in plan.bindings {
      guard case .carriedOut(let what) = binding else { continue }
      result[what] = context.lastSample(buffer, tick: plan.ticks)
    }
    guard plan.goesOn else { return }
    for rows in plan.carriedRows {
      let values = (rows.first...rows.last).flatMap { context.lastSample(rows.buffer, tick: plan.ticks + $0) }
      // What connections and rules both read, as far back as one of them does.
      if values.count > result[rows.what]?.count ?? 0 { result[rows.what] = values }
    }
    for (rule, code) in plan.rules.enumerated() {
      for state in code.states.indices {
        result[.trace(rule: rule, state: state)] = context.plasticity?.values(rule, state)
      }
    }
    for population in plan.populations.indices {
      let reach = program.reach(.population(population))
      if reach > 0 { result[.spikes(population: population)] = context.last(.population(population), 0..<reach) }
    }
    for input in plan.inputs.indices {
      let reach = program.reach(.input(input))
      if reach > 1 { result[.inputSpikes(input)] = context.last(.input(input), 1..<reach) }
    }
    result[.time] = [Double(context.before + plan.ticks)]
  }
}

extension Engine {
  /// Everything that a sample may leave for the next.
  public var carriedKeys: [Carried] {
    var result = plan.bindings.sorted { $0.key < $1.key }.compactMap { entry -> Carried? in
      if case .carriedOut(let what) = entry.value { what } else { nil }
    }
    guard plan.goesOn else { return result }
    result += plan.carriedRows.map(\.what)
    for (rule, code) in plan.rules.enumerated() {
      result += code.states.indices.map { .trace(rule: rule, state: $0) }
    }
    result += plan.populations.indices.map { .spikes(population: $0) } + plan.inputs.indices.map { .inputSpikes($0) }
    return result + [.time]
  }
}

extension CarriedRows {
  fileprivate func fill(_ context: ExecutionContext, _ values: [Double]) {
    let traits = context.program.traits[Int(buffer.index)]
    let perRow = traits.hasUnit ? traits.units : 1
    let needed = perRow * (last - first + 1)
    guard traits.home != .nowhere, values.count >= needed else { return }
    let values = Array(values.suffix(needed))
    for (place, row) in (first...last).enumerated() {
      let to = context.address(buffer, tick: row)
      for sample in 0..<context.samples {
        for unit in 0..<perRow { context.set(to, sample * traits.lanes + unit, values[place * perRow + unit]) }
      }
    }
  }
}

/// Spikes of ticks before the first, as connections read them.
final class PastSpikes {
  let first: Int
  private let units: UnsafeMutablePointer<UInt32>
  private let lists: StagedSpikes

  /// - Parameter numbers: ticks ago, unit and size of each, the oldest first and units ascending.
  init(_ given: [Double], first: Int, units: Int, isGraded: Bool, _ program: Program) {
    self.first = first
    // A file may say anything.
    let isKnown = stride(from: 0, to: given.count - 2, by: 3).allSatisfy {
      given[$0] >= 0 && given[$0] <= Double(-first) && (0..<Double(units)).contains(given[$0 + 1])
    }
    let numbers = isKnown ? given : []
    let count = numbers.count / 3
    let ticks = max(1 - first, 1)
    var spikes = Batch.Spikes(bins: ticks, offsets: [0], units: [], values: [])
    var place = 0
    for row in 0..<ticks {
      while place < count, -Int(numbers[3 * place]) == first + row {
        spikes.units.append(UInt32(numbers[3 * place + 1]))
        spikes.values?.append(numbers[3 * place + 2])
        place += 1
      }
      spikes.offsets.append(place)
    }
    self.units = .allocate(capacity: max(place, 1))
    self.units.initialize(from: spikes.units, count: place)
    lists = StagedSpikes(spikes, units: self.units, program.precision)
  }

  deinit { units.deallocate() }

  func list(_ tick: Int) -> snn_spikes? {
    guard tick >= first, tick <= 0 else { return nil }
    return snn_spikes(
      offsets: lists.offsets + (tick - first), stride: lists.bins, units: lists.units,
      values: lists.values.map { UnsafeRawPointer($0) })
  }
}

extension Program {
  /// The longest delay, in ticks, after which spikes of a source arrive.
  func reach(_ source: Endpoint) -> Int {
    var longest = 0
    for (connection, code) in zip(plan.connections, connections) where connection.source == source {
      guard case .spikes = connection.signal else { continue }
      longest = max(longest, connection.delay)
      for list in code.sparse.map({ Array($0.lists) }) ?? [] { longest = max(longest, list.delay ?? 0) }
    }
    return longest
  }
}

extension ExecutionContext {
  /// Ticks of earlier samples that the run goes on from.
  var before: Int { carried?.ticks ?? 0 }

  @inline(__always) fileprivate func set(_ to: UnsafeMutableRawPointer, _ lane: Int, _ x: Double) {
    if program.precision == .f64 {
      to.assumingMemoryBound(to: Double.self)[lane] = x
    } else {
      to.assumingMemoryBound(to: Float.self)[lane] = Float(x)
    }
  }

  fileprivate func lastSample(_ buffer: BufferID, tick: Int) -> [Double] {
    let traits = program.traits[Int(buffer.index)]
    guard traits.home != .nowhere else { return [] }
    let from = address(buffer, tick: tick)
    let start = (samples - 1) * traits.lanes
    return (start..<start + (traits.hasUnit ? traits.units : 1)).map {
      traits.elementBytes == 8
        ? from.assumingMemoryBound(to: Double.self)[$0] : Double(from.assumingMemoryBound(to: Float.self)[$0])
    }
  }

  /// The spikes of the last sample so many ticks before the end.
  fileprivate func last(_ source: Endpoint, _ ago: Range<Int>) -> [Double] {
    var result: [Double] = []
    for back in ago.reversed() {
      guard let list = spikes(of: source, tick: program.plan.ticks - back) else { continue }
      let row = (samples - 1) * Int(list.stride)
      for place in Int(list.offsets[row])..<Int(list.offsets[row + 1]) {
        let size = list.values.map {
          program.precision == .f64
            ? $0.assumingMemoryBound(to: Double.self)[place] : Double($0.assumingMemoryBound(to: Float.self)[place])
        }
        result += [Double(back), Double(list.units[place]), size ?? 1]
      }
    }
    return result
  }
}
