import CSNNKernels
import SNNIR

/// What one update did.
public struct StepResult: Sendable {
  public var loss: Double
  public var scores: [Double]
  public var spikeCounts: [Int]
  /// What the last sample leaves for one that goes on from it.
  public var carried: [Carried: [Double]] = [:]
  /// Norm of all gradients of the trained numbers before clipping; nil where nothing asked for it.
  public var gradientNorm: Double?
}

extension Engine {
  /// Forward, backward and one update of the parameters `learnable`, in place.
  ///
  /// Rates, clipping, decay and ε act on the trained numbers (value over declared unit, mapped where there is a range).
  ///
  /// - Parameter gradients: found elsewhere, of natural values in internal units and file order, by parameter; nil: the
  ///   plan's own.
  /// - Throws: as `run`; parameters are unchanged then.
  public func step(
    _ batch: Batch, optimiser: OptimiserSpec, learnable: [Int], gradients: [Int: [Double]]? = nil
  ) throws -> StepResult {
    guard plan.hasGradient else { throw RuntimeError.noGradient }
    try store.prepare(optimiser.kind, momentum: optimiser.momentum, learnable)
    if plan.window != nil, gradients == nil { return try stepTogether(batch, optimiser, learnable) }
    let (result, arena) = try execute(batch, gradient: true, records: false)
    if gradients != nil { clearSlots() }
    let norm = try update(arena, optimiser, learnable, gradients)
    return StepResult(
      loss: result.loss ?? .nan, scores: result.scores, spikeCounts: result.spikeCounts,
      carried: result.carried, gradientNorm: norm)
  }

  /// A run whose weights change under way, every time by the gradients since the last time. Where it fails, nothing has
  /// changed.
  private func stepTogether(_ batch: Batch, _ optimiser: OptimiserSpec, _ learnable: [Int]) throws -> StepResult {
    let before = snapshot()
    var norm: Double?
    func run(checks: Bool) throws -> BatchResult {
      try execute(batch, gradient: true, records: false, checks: checks) { arena in
        let size = try self.update(arena, optimiser, learnable, nil)
        norm = size.map { max($0, norm ?? 0) }
      }.0
    }
    do {
      let result = try run(checks: false)
      return StepResult(
        loss: result.loss ?? .nan, scores: result.scores, spikeCounts: result.spikeCounts,
        carried: result.carried, gradientNorm: norm)
    } catch {
      clearSlots()
      try restore(before)
      // The same updates once more, to name the place.
      if case RuntimeError.fault = error {
        defer {
          clearSlots()
          try? restore(before)
        }
        _ = try run(checks: true)
      }
      throw error
    }
  }

  private func update(
    _ arena: Arena, _ optimiser: OptimiserSpec, _ learnable: [Int], _ gradients: [Int: [Double]]?
  ) throws -> Double? {
    let layout = arena.layout
    // Gradients of the trained numbers of what is no weight.
    var plain: [Int: [Double]] = [:]
    var lanes: [Int] = []
    var interpolated: [(index: Int, bound: [Double]?)] = []
    for index in learnable {
      let entry = store.entries[index]
      let bound = gradients.map { $0[index] } ?? boundGradient(index, arena)
      if gradients == nil, isInterpolated(index) {
        interpolated.append((index, bound))
      } else if entry.connection == nil {
        guard let bound else { continue }
        try take(bound, of: index, into: &plain)
      } else if program.connections[entry.connection!].hasOuter {
        if let bound { add(bound, entry) }
        lanes.append(index)
      }
    }
    for index in lanes { clearPadding(store.entries[index], layout) }
    var clip = 1.0
    var norm: Double?
    // There are none where no weight learns.
    var source = slots.map { slots in (0..<layout.slotCount).map { slots.base + $0 * program.gradientBytes } } ?? []
    let isMapped = lanes.contains { !store.entries[$0].map.isLinear }
    if optimiser.clip != nil || isMapped || !interpolated.isEmpty {
      let memory = gradientMemory()
      combine(layout, into: memory)
      source = [memory.base]
      for (index, bound) in interpolated {
        guard let shared = interpolatedGradient(index, memory) else { continue }
        let whole = bound.map { zip($0, shared).map { $0 + $1 } } ?? shared
        try take(whole, of: index, into: &plain)
      }
      for index in lanes where !store.entries[index].map.isLinear { applySlope(store.entries[index], memory) }
    }
    if let limit = optimiser.clip {
      var squares = 0.0
      for index in lanes {
        let entry = store.entries[index]
        let from = source[0] + program.connections[entry.connection!].gradientOffset
        let scale = entry.map.isLinear ? entry.parameter.unit.scale : 1
        squares += program.lanes.raw.pointee.sum_squares(from, entry.lanes) * scale * scale
      }
      for index in learnable { for x in plain[index] ?? [] { squares += x * x } }
      let size = squares.squareRoot()
      norm = size
      if !size.isFinite {
        clearSlots()
        throw RuntimeError.fault(
          RuntimeFault(
            place: .gradient, variable: "gradient", symbol: nil, location: .unknown, population: nil, tick: nil,
            unit: nil, sample: nil, value: size))
      }
      if size > limit { clip = limit / size }
    }
    store.steps += 1
    for index in lanes { updateLanes(index, optimiser, clip, source) }
    for index in learnable { if let gradient = plain[index] { updatePlain(index, gradient, optimiser, clip) } }
    // Weights that nothing trains leave their sums in the slots.
    let trained = Set(lanes.map { store.entries[$0].connection! })
    for (c, connection) in program.connections.enumerated() where connection.hasOuter && !trained.contains(c) {
      for slot in source {
        memset(slot + connection.gradientOffset, 0, connection.weightLanes * precision.bytes)
      }
    }
    isStale = true
    return norm
  }

  /// Turns a gradient of natural values into one of trained numbers.
  private func take(_ gradient: [Double], of index: Int, into plain: inout [Int: [Double]]) throws {
    let entry = store.entries[index]
    plain[index] = zip(gradient, entry.trained).map { $0 * entry.map.slope($1) }
    if let unit = gradient.firstIndex(where: { !$0.isFinite }) {
      clearSlots()
      throw RuntimeError.fault(gradientFault(index, unit, gradient[unit]))
    }
  }

  /// Whether a parameter's gradient is that of delivered shares.
  private func isInterpolated(_ index: Int) -> Bool {
    program.interpolated.keys.contains {
      plan.connections[$0].weight == index || plan.connections[$0].delayParameter == index
    }
  }

  func clearSlots() { if let slots { memset(slots.base, 0, slots.byteCount) } }

  private func settings(_ o: OptimiserSpec, clip: Double, unit: Double, gradientScale: Double) -> snn_optimiser {
    let kind: snn_optimiser_kind
    switch o.kind {
    case .sgd: kind = SNN_SGD
    case .adam: kind = SNN_ADAM
    case .adamw: kind = SNN_ADAMW
    case .adamax: kind = SNN_ADAMAX
    case .rmsprop: kind = SNN_RMSPROP
    case .rmaxprop: kind = SNN_RMAXPROP
    }
    let step = Double(store.steps)
    return snn_optimiser(
      kind: kind, rate: o.rate, momentum: o.momentum, beta1: o.beta1, beta2: o.beta2, epsilon: o.epsilon,
      decay: o.weightDecay, correction1: 1 / (1 - Evaluate.pow(o.beta1, step)),
      correction2: 1 / (1 - Evaluate.pow(o.beta2, step)), gradient_scale: gradientScale * clip, unit: unit)
  }

  private func updateLanes(
    _ index: Int, _ optimiser: OptimiserSpec, _ clip: Double, _ source: [UnsafeMutableRawPointer]
  ) {
    let entry = store.entries[index]
    guard let natural = entry.memory else { return }
    let unit = entry.map.isLinear ? entry.parameter.unit.scale : 1
    let settings = settings(optimiser, clip: clip, unit: unit, gradientScale: unit)
    let target = entry.trainedLanes ?? natural
    let offset = program.connections[entry.connection!].gradientOffset
    let bytes = precision.bytes
    let first = optimiser.kind == .sgd && optimiser.momentum == 0 ? nil : entry.firstLanes
    forEachBlock(entry.lanes) { start, count in
      var settings = settings
      var pointers: [UnsafeMutableRawPointer?] = source.map { $0 + offset + start * bytes }
      self.program.lanes.raw.pointee.update(
        target.base + start * bytes, first.map { $0.base + start * bytes },
        entry.secondLanes.map { $0.base + start * bytes }, &pointers, source.count, count, &settings)
    }
    guard let trained = entry.trainedLanes else { return }
    for row in 0..<entry.rows {
      for column in 0..<entry.columns {
        let lane = row * entry.stride + column
        store.setLane(natural, lane, entry.map.natural(store.lane(trained, lane)))
      }
    }
  }

  private func updatePlain(_ index: Int, _ gradient: [Double], _ optimiser: OptimiserSpec, _ clip: Double) {
    var settings = settings(optimiser, clip: clip, unit: 1, gradientScale: 1)
    var gradient = gradient
    let map = store.entries[index].map
    let count = gradient.count
    let usesFirst = optimiser.kind != .sgd || optimiser.momentum != 0
    var (trained, first, second) = (
      store.entries[index].trained, store.entries[index].first, store.entries[index].second
    )
    gradient.withUnsafeMutableBytes { g in
      trained.withUnsafeMutableBytes { w in
        first.withUnsafeMutableBytes { m in
          second.withUnsafeMutableBytes { v in
            var slots: [UnsafeMutableRawPointer?] = [g.baseAddress]
            program.tables.f64.raw.pointee.update(
              w.baseAddress, usesFirst && m.count > 0 ? m.baseAddress : nil, v.count > 0 ? v.baseAddress : nil, &slots,
              1, count, &settings)
          }
        }
      }
    }
    (store.entries[index].trained, store.entries[index].first, store.entries[index].second) = (trained, first, second)
    if map.isLinear, plan.connections.contains(where: { $0.delayParameter == index }) {
      // A delay below one tick, or below 0 with exact times, would be clipped, and nothing would move it any more.
      let least = map.trained(events == nil ? plan.step : 0) ?? 0
      for k in store.entries[index].trained.indices {
        store.entries[index].trained[k] = max(store.entries[index].trained[k], least)
      }
    }
    store.entries[index].natural = store.entries[index].trained.map { map.natural($0) }
  }

  // MARK: Gradients of weights by lane

  /// Adds what the plan computes itself (a penalty on weights) to the first slot.
  private func add(_ values: [Double], _ entry: ParameterStore.Entry) {
    guard let slots else { return }
    let base = slots.base + program.connections[entry.connection!].gradientOffset
    for row in 0..<entry.rows {
      for column in 0..<entry.columns {
        let lane = row * entry.stride + column
        let x = values[column * entry.rows + row]
        if precision == .f64 {
          base.assumingMemoryBound(to: Double.self)[lane] += x
        } else {
          base.assumingMemoryBound(to: Float.self)[lane] += Float(x)
        }
      }
    }
  }

  /// Whole rows of adjoints are added, whatever stands in their padding; none of it may reach a weight or a norm.
  private func clearPadding(_ entry: ParameterStore.Entry, _ layout: Layout) {
    guard entry.stride > entry.columns, let slots else { return }
    let bytes = precision.bytes
    for slot in 0..<layout.slotCount {
      let base =
        slots.base + slot * program.gradientBytes + program.connections[entry.connection!].gradientOffset
      for row in 0..<entry.rows {
        memset(base + (row * entry.stride + entry.columns) * bytes, 0, (entry.stride - entry.columns) * bytes)
      }
    }
  }

  private func applySlope(_ entry: ParameterStore.Entry, _ memory: AlignedMemory) {
    guard let trained = entry.trainedLanes else { return }
    let base = memory.base + program.connections[entry.connection!].gradientOffset
    for row in 0..<entry.rows {
      for column in 0..<entry.columns {
        let lane = row * entry.stride + column
        let slope = entry.map.slope(store.lane(trained, lane))
        if precision == .f64 {
          base.assumingMemoryBound(to: Double.self)[lane] *= slope
        } else {
          base.assumingMemoryBound(to: Float.self)[lane] *= Float(slope)
        }
      }
    }
  }
}
