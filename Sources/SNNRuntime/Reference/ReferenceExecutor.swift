import SNNIR

/// Executes a plan in the most obvious way: `Double` throughout, all samples together, one lane at a time through
/// `Evaluate`, every connection as the list of its synapses. Slow; what the engine is held against.
public struct ReferenceExecutor {
  public let plan: Plan
  /// Natural values in internal units and file order.
  public var parameters: [[Double]]
  public var initialStates: [BufferID: [Double]] = [:]
  /// States that the sample before has left.
  public var carried: [Carried: [Double]] = [:]

  var memory: [[Double]] = []
  var shapes: [Shape] = []
  /// Spikes `[tick][sample][unit]` of each population, 0 where there is none.
  var spikes: [[Double]] = []
  private var counts: [Int] = []
  private var weightGradients: [Int: [Double]] = [:]
  var batch = Batch(sampleCount: 0)
  /// Traces and states of the synapses' rules: by rule, state and element.
  var ruleStates: [[[Double]]] = []

  struct Shape {
    var samples: Int
    var units: Int
    var rows: Int
    var firstRow: Int
    var isRing: Bool
    var hasTick: Bool
    var hasSample: Bool
    var row: Int { samples * units }
  }

  public init(plan: Plan, parameters: [[Double]]) {
    self.plan = plan
    self.parameters = parameters
  }

  /// - Throws: `RuntimeError.malformedPlan`, `.missingData`.
  public mutating func run(_ batch: Batch, gradient: Bool = false) throws -> BatchResult {
    self.batch = batch
    guard plan.rules.isEmpty || batch.sampleCount == 1 else {
      throw RuntimeError.malformedPlan("where synapses have rules the reference runs one sample at a time")
    }
    allocate()
    try bind()
    for section in Section.allCases {
      if section.isReverse, !gradient { continue }
      if plan.window != nil, gradient, section.isLoop {
        if section == .tick {
          try run(.sampleEndReverse)
          for tick in 1..<(plan.ticks + 1) {
            try run(plan.tick, at: tick, inLoop: true)
            try run(plan.reverseTick, at: tick, inLoop: true)
          }
        }
        continue
      }
      if plan.window != nil, section == .sampleEndReverse { continue }
      try run(section)
    }
    return result(gradient: gradient)
  }

  func units(_ buffer: Buffer) -> Int {
    if let set = buffer.influence {
      let count =
        switch set {
        case .synapses(let connection): plan.relations[connection]?.count ?? synapses(connection)
        case .sources(let connection): plan.connections[connection].sourceRange.count
        case .units(let population): plan.graph[plan.populations[population]].size
        }
      guard buffer.axes.contains(.unit), let extent = buffer.extent else { return count }
      return count * plan.graph[extent].size
    }
    guard let extent = buffer.extent else { return 1 }
    if buffer.axes.contains(.synapse) { return synapses(Int(extent.index)) }
    return buffer.axes.contains(.unit) ? plan.graph[extent].size : 1
  }

  func synapses(_ index: Int) -> Int {
    let c = plan.connections[index]
    switch c.pattern {
    case .all: return c.targetRange.count * c.sourceRange.count
    case .oneToOne: return c.targetRange.count
    case .sparse: return plan.relations[index]?.weightCount ?? 0
    }
  }

  private mutating func allocate() {
    shapes = plan.buffers.map { buffer in
      var shape = Shape(
        samples: buffer.axes.contains(.sample) ? batch.sampleCount : 1, units: units(buffer), rows: 1, firstRow: 0,
        isRing: false, hasTick: buffer.axes.contains(.tick), hasSample: buffer.axes.contains(.sample))
      if case .ring(let length) = buffer.lifetime {
        shape.isRing = true
        shape.rows = length
      } else if shape.hasTick {
        shape.firstRow = 64
        shape.rows = plan.ticks + 1 + 128
      }
      return shape
    }
    memory = shapes.map { Array(repeating: 0, count: $0.row * $0.rows) }
    spikes = plan.populations.map {
      Array(repeating: 0, count: (plan.ticks + 1) * batch.sampleCount * plan.graph[$0].size)
    }
    counts = Array(repeating: 0, count: plan.populations.count)
    weightGradients = [:]
    ruleStates = plan.rules.map { rule in rule.states.map { Array(repeating: 0, count: elements(of: rule, $0.side)) } }
  }

  /// Index of the first element of a row.
  func start(_ buffer: BufferID, _ tick: Int) -> Int {
    let shape = shapes[Int(buffer.index)]
    if shape.isRing { return ((tick % shape.rows) + shape.rows) % shape.rows * shape.row }
    return shape.hasTick ? (tick + shape.firstRow) * shape.row : 0
  }

  private mutating func bind() throws {
    for (buffer, binding) in plan.bindings {
      let index = Int(buffer.index)
      let shape = shapes[index]
      func history(_ values: [Double], _ firstTick: Int) {
        for row in 0..<min(values.count / shape.row, plan.ticks + 1 - firstTick) {
          for k in 0..<shape.row {
            memory[index][start(buffer, row + firstTick) + k] = values[row * shape.row + k]
          }
        }
      }
      switch binding {
      case .parameter(let parameter): memory[index] = parameters[parameter]
      case .initialState: memory[index] = initialStates[buffer] ?? memory[index]
      case .carriedIn(let what):
        guard let values = carried[what] else { continue }
        let units = shapes[index].units
        for k in memory[index].indices { memory[index][k] = values.count == 1 ? values[0] : values[k % units] }
      case .stepSize: memory[index][0] = plan.step
      case .tickCount: memory[index][0] = Double(plan.ticks)
      case .batchCount: memory[index][0] = Double(batch.sampleCount)
      case .time where shape.hasTick:
        for tick in -64...plan.ticks + 64 { memory[index][start(buffer, tick)] = Double(tick) * plan.step }
      case .data(let field):
        guard field < batch.fields.count else { throw RuntimeError.missingData(what: plan[buffer].name) }
        let values = batch.fields[field]
        if shape.hasTick {
          history(values, values.count / shape.row == plan.ticks ? 1 : 0)
        } else {
          memory[index] = values
        }
      case .drive(let population, let drive):
        history(batch.drives[Batch.DriveKey(population: population, drive: drive)] ?? [], 0)
      case .input(let input): history(dense(input), 0)
      default: continue
      }
    }
  }

  /// An input as `[tick][sample][unit]`.
  private func dense(_ input: Int) -> [Double] {
    guard input < batch.inputs.count else { return [] }
    let size = plan.inputs[input].size
    switch batch.inputs[input] {
    case .none, .timed: return []
    case .dense(let values): return values
    case .spikes(let s):
      var values = [Double](repeating: 0, count: s.bins * batch.sampleCount * size)
      for sample in 0..<batch.sampleCount {
        for bin in 0..<s.bins {
          for k in s.offsets[sample * s.bins + bin]..<s.offsets[sample * s.bins + bin + 1] {
            values[(bin * batch.sampleCount + sample) * size + Int(s.units[k])] += s.values?[k] ?? 1
          }
        }
      }
      return values
    }
  }

  private mutating func run(_ section: Section) throws {
    let steps = plan.steps(section)
    let ticks: [Int]
    switch section {
    case .tick: ticks = Array(1..<(plan.ticks + 1))
    case .reverseTick where plan.carriesForward: ticks = Array(1..<(plan.ticks + 1))
    case .reverseTick: ticks = (1..<(plan.ticks + 1)).reversed()
    case .once, .start, .reverseStart: ticks = [0]
    default: ticks = [plan.ticks]
    }
    for tick in ticks { try run(steps, at: tick, inLoop: section.isLoop) }
  }

  private mutating func run(_ steps: [PlanStep], at tick: Int, inLoop: Bool) throws {
    for (buffer, binding) in plan.bindings where binding == .time && !shapes[Int(buffer.index)].hasTick {
      memory[Int(buffer.index)][0] = Double(tick) * plan.step
    }
    for step in steps { try run(step, tick, inLoop: inLoop) }
  }

  private mutating func run(_ step: PlanStep, _ tick: Int, inLoop: Bool) throws {
    switch step {
    case .kernel(let kernel): try run(kernel, tick)
    case .zero(let buffer):
      let index = Int(buffer.index)
      if inLoop {
        for k in 0..<shapes[index].row { memory[index][start(buffer, tick) + k] = 0 }
      } else {
        memory[index] = Array(repeating: 0, count: memory[index].count)
      }
    case .reduce(let reduction, let source, let destination, let accumulates):
      reduce(reduction, source, destination, accumulates, tick, wantsIndex: false)
    case .argreduce(let reduction, let source, let destination):
      reduce(reduction, source, destination, false, tick, wantsIndex: true)
    case .draw(let kind, let path, let offset, let into):
      let stream = RandomStream(seed: batch.seed, path: path, epoch: batch.epoch)
      for s in 0..<batch.sampleCount {
        let number = s < batch.numbers.count ? batch.numbers[s] : s
        for k in 0..<shapes[Int(into.index)].units {
          memory[Int(into.index)][element(into, tick, s, k)] = RandomDraw.value(
            kind, stream, unit: k, sample: number, tick: tick + offset, epoch: batch.epoch)
        }
      }
    case .extract(let population, let flags, _):
      let size = plan.graph[plan.populations[population]].size
      for k in 0..<batch.sampleCount * size {
        let x = memory[Int(flags.index)][start(flags, tick) + k]
        spikes[population][tick * batch.sampleCount * size + k] = x
        if x != 0 { counts[population] += 1 }
      }
    case .deliver(let c, let delay, let into):
      let source = sourceRows(c, tick, delay)
      forEachSynapse(c) { post, pre, w, own in
        for s in 0..<batch.sampleCount {
          let x = source(s, pre, own ?? delay)
          if x != 0 {
            memory[Int(into.index)][element(into, tick, s, post)] += x * weight(c, w)
          }
        }
      }
    case .deliverContinuous(let c, let source, let offset, let into):
      forEachSynapse(c) { post, pre, w, own in
        let lead = own.map { plan.connections[c].delay - $0 } ?? 0
        for s in 0..<batch.sampleCount {
          memory[Int(into.index)][element(into, tick, s, post)] +=
            memory[Int(source.index)][element(source, tick + offset + lead, s, pre)]
            * parameters[plan.connections[c].weight][w]
        }
      }
    case .deliverTransposed(let c, let from, let offset, let into, let accumulates):
      if !accumulates {
        let index = Int(into.index)
        for k in 0..<shapes[index].row { memory[index][start(into, tick) + k] = 0 }
      }
      forEachSynapse(c) { post, pre, w, own in
        if tick == 0, let own, own < offset { return }
        let later = tick == 0 ? offset : own ?? offset
        for s in 0..<batch.sampleCount {
          memory[Int(into.index)][element(into, tick, s, pre)] +=
            memory[Int(from.index)][element(from, tick + later, s, post)] * weight(c, w)
        }
      }
    case .outer(let c, let delay, let adjoint):
      accumulateOuter(c, delay, sourceRows(c, tick, delay), adjoint, tick)
    case .outerContinuous(let c, let source, let offset, let adjoint):
      let values = memory[Int(source.index)]
      let longest = plan.connections[c].delay
      var rows: [Int: [Int]] = [:]
      for delay in Set(delays(c) ?? [longest]) {
        rows[delay] = (0..<batch.sampleCount).map { element(source, tick + offset + longest - delay, $0, 0) }
      }
      accumulateOuter(c, longest, { s, pre, delay in values[rows[delay]![s] + pre] }, adjoint, tick)
    case .influence(let step): run(step, tick)
    case .plasticity(let rule, let phase): run(plan.rules[rule], rule, phase, tick)
    }
  }

  var sampleCount: Int { batch.sampleCount }

  func value(_ buffer: BufferID, _ element: Int) -> Double { memory[Int(buffer.index)][element] }

  func value(_ buffer: BufferID, _ tick: Int, _ sample: Int, _ unit: Int) -> Double {
    value(buffer, element(buffer, tick, sample, unit))
  }

  mutating func set(_ value: Double, in buffer: BufferID, _ element: Int) { memory[Int(buffer.index)][element] = value }

  mutating func add(_ value: Double, to buffer: BufferID, _ element: Int) {
    memory[Int(buffer.index)][element] += value
  }

  mutating func addGradient(_ c: Int, _ terms: [(element: Int, value: Double)]) {
    let parameter = plan.connections[c].weight
    if let (delays, values) = interpolated(c), let own = plan.connections[c].delayParameter {
      var sums = [[Double]](repeating: Array(repeating: 0, count: values.count), count: 2)
      for term in terms { sums[term.element % 2][term.element / 2] += term.value }
      for (k, delay) in values.enumerated() {
        let found = delays.gradient(weight: parameters[parameter][k], delay: delay, sums[0][k], sums[1][k])
        weightGradients[parameter, default: Array(repeating: 0, count: values.count)][k] += found.weight
        weightGradients[own, default: Array(repeating: 0, count: values.count)][k] += found.delay
      }
      return
    }
    var gradient = weightGradients[parameter] ?? Array(repeating: 0, count: parameters[parameter].count)
    for term in terms { gradient[term.element] += term.value }
    weightGradients[parameter] = gradient
  }

  /// A weight as products see it.
  func weight(_ c: Int, _ index: Int) -> Double {
    let delays = interpolated(c)
    var value = parameters[plan.connections[c].weight][delays == nil ? index : index / 2]
    if let size = plan.signs[c] { value = value > 0 ? size : value < 0 ? -size : 0 }
    guard let (delays, values) = delays else { return value }
    return value * delays.share(values[index / 2], later: index % 2 == 1)
  }

  /// How learned delays lie between ticks, and what they are.
  func interpolated(_ c: Int) -> (InterpolatedDelays, [Double])? {
    guard let relation = plan.relations[c], relation.isInterpolated, let own = plan.connections[c].delayParameter else {
      return nil
    }
    let longest = Int(relation.delays?.first ?? 2)
    return (InterpolatedDelays(step: plan.step, longest: longest), parameters[own])
  }

  /// Delays of a relation's synapses, in ticks.
  func delays(_ c: Int) -> [Int]? {
    guard let (delays, values) = interpolated(c) else { return plan.relations[c]?.delays?.map { Int($0) } }
    return values.flatMap { value in
      let ticks = delays.split(value).ticks
      return [ticks, min(ticks + 1, delays.longest)]
    }
  }

  private mutating func accumulateOuter(
    _ c: Int, _ delay: Int, _ source: (Int, Int, Int) -> Double, _ adjoint: BufferID, _ tick: Int
  ) {
    var terms: [(element: Int, value: Double)] = []
    forEachSynapse(c) { post, pre, w, own in
      for s in 0..<batch.sampleCount {
        let value = source(s, pre, own ?? delay) * memory[Int(adjoint.index)][element(adjoint, tick, s, post)]
        terms.append((w, value))
      }
    }
    addGradient(c, terms)
  }

  func element(_ buffer: BufferID, _ tick: Int, _ sample: Int, _ unit: Int) -> Int {
    start(buffer, tick) + sample * shapes[Int(buffer.index)].units + unit
  }

  /// The source's flags at a tick.
  func sourceRow(_ c: Int, _ tick: Int) -> (Int, Int) -> Double {
    let samples = batch.sampleCount
    switch plan.connections[c].source {
    case .input(let input):
      let size = plan.inputs[input].size
      let values = dense(input)
      guard tick >= 0, (tick + 1) * samples * size <= values.count else { return { _, _ in 0 } }
      return { values[(tick * samples + $0) * size + $1] }
    case .population(let population):
      let size = plan.graph[plan.populations[population]].size
      guard tick >= 1, tick <= plan.ticks else { return { _, _ in 0 } }
      let values = spikes[population]
      return { values[(tick * samples + $0) * size + $1] }
    }
  }

  /// The source's flags (sample, unit, delay) at a tick less each delay that occurs.
  func sourceRows(_ c: Int, _ tick: Int, _ delay: Int) -> (Int, Int, Int) -> Double {
    guard let delays = delays(c) else {
      let row = sourceRow(c, tick - delay)
      return { s, pre, _ in row(s, pre) }
    }
    var rows: [Int: (Int, Int) -> Double] = [:]
    for delay in Set(delays) { rows[delay] = sourceRow(c, tick - delay) }
    return { s, pre, delay in rows[delay]?(s, pre) ?? 0 }
  }

  /// (target unit, source unit, index of the weight, delay of its own).
  func forEachSynapse(_ index: Int, _ body: (Int, Int, Int, Int?) -> Void) {
    let c = plan.connections[index]
    if let relation = plan.relations[index] {
      let delays = delays(index)
      for source in 0..<c.sourceRange.count {
        for synapse in relation.rows[source]..<relation.rows[source + 1] {
          body(
            c.targetRange.lowerBound + Int(relation.targets[synapse]), c.sourceRange.lowerBound + source,
            relation.slots.map { Int($0[synapse]) } ?? synapse, delays?[synapse])
        }
      }
      return
    }
    if c.pattern == .oneToOne {
      for k in 0..<c.targetRange.count { body(c.targetRange.lowerBound + k, c.sourceRange.lowerBound + k, k, nil) }
      return
    }
    for i in 0..<c.targetRange.count {
      for j in 0..<c.sourceRange.count {
        body(c.targetRange.lowerBound + i, c.sourceRange.lowerBound + j, i * c.sourceRange.count + j, nil)
      }
    }
  }

  private mutating func run(_ kernel: Kernel, _ tick: Int) throws {
    let axes = kernel.axes
    let samples = axes.contains(.sample) ? batch.sampleCount : 1
    var unitCount = 1
    if let extent = kernel.extent, axes.contains(.unit) { unitCount = plan.graph[extent].size }
    if let extent = kernel.extent, axes.contains(.synapse) { unitCount = synapses(Int(extent.index)) }
    let order = plan.graph.reachable(from: kernel.outputs.map(\.value))
    var place: [ValueID: Int] = [:]
    for (position, value) in order.enumerated() { place[value] = position }
    var inputs: [SymbolID: KernelInput] = [:]
    for input in kernel.inputs { inputs[input.symbol] = input }
    var results = kernel.outputs.map { _ in [Double]() }
    var known = [Double](repeating: 0, count: order.count)
    for sample in 0..<samples {
      for unit in 0..<unitCount {
        for (position, value) in order.enumerated() {
          let node = plan.graph[value]
          switch node.opcode {
          case .load:
            guard let input = inputs[SymbolID(Int(node.aux))] else {
              throw RuntimeError.malformedPlan("kernel \(kernel.name): an unbound symbol")
            }
            let shape = shapes[Int(input.buffer.index)]
            let index =
              start(input.buffer, tick + input.tickOffset) + (shape.hasSample ? sample * shape.units : 0)
              + (shape.units > 1 ? unit : 0)
            known[position] = memory[Int(input.buffer.index)][index]
          case .unitIndex: known[position] = Double(unit)
          case .tickIndex: known[position] = Double(tick)
          default:
            let arguments = plan.graph.arguments(value).map { known[place[$0]!] }
            guard let x = Evaluate.elementwise(node, arguments) else {
              throw RuntimeError.malformedPlan("kernel \(kernel.name): \(node.opcode.name)")
            }
            known[position] = x
          }
        }
        for (k, output) in kernel.outputs.enumerated() { results[k].append(known[place[output.value]!]) }
      }
    }
    for (k, output) in kernel.outputs.enumerated() {
      let index = Int(output.buffer.index)
      let first = start(output.buffer, tick + output.tickOffset)
      for (lane, value) in results[k].enumerated() {
        memory[index][first + lane] = output.accumulates ? memory[index][first + lane] + value : value
      }
    }
  }

  private mutating func reduce(
    _ reduction: Reduction, _ source: BufferID, _ destination: BufferID, _ accumulates: Bool, _ tick: Int,
    wantsIndex: Bool
  ) {
    let shape = shapes[Int(source.index)]
    let values = memory[Int(source.index)]
    let isSample = reduction.axis == .sample
    for outer in 0..<(isSample ? shape.units : shape.samples) {
      let lanes = (0..<(isSample ? shape.samples : shape.units)).map { inner in
        values[start(source, tick) + (isSample ? inner * shape.units + outer : outer * shape.units + inner)]
      }
      var best = 0
      for (k, x) in lanes.enumerated() where reduction.kind == .max ? x > lanes[best] : x < lanes[best] { best = k }
      let x = wantsIndex ? Double(best) : (reduction.kind == .sum ? lanes.reduce(0, +) : lanes[best])
      let index = start(destination, tick) + outer
      memory[Int(destination.index)][index] = accumulates ? memory[Int(destination.index)][index] + x : x
    }
  }

  private func result(gradient: Bool) -> BatchResult {
    var result = BatchResult()
    var scores: [Int: Double] = [:]
    if gradient { result.gradients = weightGradients }
    for (buffer, binding) in plan.bindings.sorted(by: { $0.key < $1.key }) {
      let values = memory[Int(buffer.index)]
      switch binding {
      case .loss: result.loss = values[0]
      case .score(let index): scores[index] = values[0]
      case .gradient(let parameter) where gradient:
        let old = result.gradients[parameter] ?? Array(repeating: 0, count: values.count)
        result.gradients[parameter] = zip(old, values).map { $0 + $1 }
      case .carriedOut(let what): result.carried[what] = Array(values.suffix(shapes[Int(buffer.index)].units))
      case .record(let index):
        let first = start(buffer, 0)
        result.records[index] = Array(values[first..<first + (plan.ticks + 1) * shapes[Int(buffer.index)].row])
      default: continue
      }
    }
    result.scores = (0..<((scores.keys.max() ?? -1) + 1)).map { scores[$0] ?? .nan }
    result.spikeCounts = counts
    return result
  }
}
