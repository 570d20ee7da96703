import SNNIR

/// Gradients of one worker's samples: weights by synapse in the engine's order, delays likewise, other parameters by
/// place.
struct EventGradients {
  var weights: [Double]
  var delays: [Double]
  var parameters: [[Double]]

  init(_ program: EventProgram, _ parameters: EventParameters) {
    weights = Array(repeating: 0, count: program.synapses)
    delays = program.connections.contains { $0.delayParameter != nil } ? weights : []
    self.parameters = program.learned.map { Array(repeating: 0, count: parameters.values[$0].count) }
  }

  mutating func add(_ other: EventGradients) {
    for k in weights.indices { weights[k] += other.weights[k] }
    for k in delays.indices { delays[k] += other.delays[k] }
    for p in parameters.indices { for k in parameters[p].indices { parameters[p][k] += other.parameters[p][k] } }
  }
}

/// The adjoint of the run that `forward` left behind: λ = ∂L/∂x runs back along each unit's states, λ' = -f_xᵀ λ, and
/// jumps at each event (Wunderlich & Pehle 2021, for any flow, guard, reset and port body). With the state before and
/// after an event x⁻ and x⁺ = r(x⁻), and τ = ∂L/∂t of its time,
///
///     τ  = λ⁺·(r_x f⁻ - f⁺) + Σ over its arrivals λ_y⁺·(J_y f_y⁻ - f_y⁺) + ∂L/∂t directly,
///     λ⁻ = r_xᵀ λ⁺ - g_xᵀ τ / (g_x·f⁻)   where the flow brought the guard g to 0,
///     λ⁻ = r_xᵀ λ⁺, and τ goes to what caused it, where an arrival or the end of a refractory time did.
///
/// A learned parameter is a state that rests: its adjoint collects λᵀ f_p along the way, r_p and g_p at events.
extension EventRun {
  /// - Parameters:
  ///   - observed: dL/d(what was observed), by number.
  ///   - gradients: added to.
  func backward(_ observed: [Double], into gradients: inout EventGradients) {
    observerAdjoint = observed
    for k in 0..<stateTotal { adjoint[k] = 0 }
    for unit in 0..<program.units {
      backTime[unit] = duration
      jumpTime[unit] = 0
    }
    spikeAdjoint.removeAll()
    let spikes = spikeAdjoint.extend(by: spikeTimes.count)
    for k in 0..<spikeTimes.count { spikeAdjoint[spikes + k] = 0 }
    attachExtremes()
    gradients.weights.withUnsafeMutableBufferPointer { weights in
      gradients.delays.withUnsafeMutableBufferPointer { delays in
        var sink = Sink(
          weights: weights.baseAddress ?? work, delays: delays.baseAddress, parameters: gradients.parameters)
        for code in program.populations where frames[code.index].isSuperposed { readSuperposed(code, &sink) }
        undoSuperpositions(&sink)
        for index in stride(from: records.count - 1, through: 0, by: -1) { undo(index, &sink) }
        for code in program.populations { begin(code, &sink) }
        bump(&sink)
        gradients.parameters = sink.parameters
      }
    }
  }

  /// Where gradients are added.
  struct Sink {
    let weights: UnsafeMutablePointer<Double>
    let delays: UnsafeMutablePointer<Double>?
    var parameters: [[Double]]

    @inline(__always) mutating func add(_ place: Int, _ unit: Int, _ value: Double) {
      parameters[place][parameters[place].count == 1 ? 0 : unit] += value
    }
  }

  private func attachExtremes() {
    extremesBySegment.removeAll(keepingCapacity: true)
    extremesByEvent.removeAll(keepingCapacity: true)
    for (index, observer) in program.observers.enumerated() {
      guard case .extreme = observer.kind else { continue }
      for local in 0..<observer.units where observerAdjoint[observer.base + local] != 0 {
        let slot = observer.base + local
        let found = extremes[slot]
        guard found.segment >= -1 else { continue }
        let entry = AttachedExtreme(observer: index, slot: slot, local: local)
        let code = program.populations[observer.population]
        if found.segment >= 0 {
          records.base[found.segment].hasExtremes = true
          extremesBySegment[found.segment, default: []].append(entry)
        } else {
          extremesBySegment[-1 - code.base - local, default: []].append(entry)
        }
        if found.moving >= 0, found.moving < records.count {
          records.base[found.moving].hasExtremes = true
          extremesByEvent[found.moving, default: []].append(entry)
        }
      }
    }
    for key in extremesBySegment.keys {
      extremesBySegment[key]?.sort { extremes[$0.slot].time > extremes[$1.slot].time }
    }
  }

  struct AttachedExtreme {
    var observer: Int
    var slot: Int
    var local: Int
  }

  @inline(__always) private func adjoints(_ code: EventPopulationCode, _ unit: Int) -> UnsafeMutablePointer<Double> {
    adjoint + stateBase[code.index] + unit * code.n
  }

  /// Adds `vᵀ ∂(map)/∂p` to the parameters' gradients.
  private func pullParameters(
    _ jacobian: JacobianCode, _ v: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ arrival: Double,
    _ code: EventPopulationCode, _ local: Int, _ factor: Double, _ sink: inout Sink
  ) {
    guard jacobian.count > 0 else { return }
    let entries = work + 24 * workSize
    jacobian.code.run(y, arrival, constant(code, local), scratch, entries)
    for k in 0..<jacobian.count {
      sink.add(Int(jacobian.columns[k]), local, factor * v[Int(jacobian.rows[k])] * entries[k])
    }
  }

  // MARK: Between events

  /// The adjoints of a unit at an earlier time; `start` are its states at the beginning of the segment.
  private func rewind(
    _ p: UnsafePointer<EventFrame>, _ local: Int, to now: Double, isHeld: Bool, start: UnsafePointer<Double>,
    from begin: Double, _ sink: inout Sink
  ) {
    let unit = p.pointee.base + local
    let length = backTime[unit] - now
    guard length > 0 else { return }
    defer { backTime[unit] = now }
    let n = p.pointee.n
    let own = p.pointee.adjoints + local * n
    var isZero = true
    for i in 0..<n where own[i] != 0 { isZero = false }
    guard !isZero, let modes = p.pointee.table(local, isHeld)?.pointee else { return }
    if p.pointee.learnsFlow {
      integrate(p, local, modes, isHeld, start, from: begin, now, length, own, &sink)
    }
    modes.pull(own, transition(modes, length), work + 7 * workSize)
  }

  /// ∫ λᵀ f_p dt by Gauss-Legendre on panels of about one time constant: exact to rounding for sums of exponentials.
  private func integrate(
    _ p: UnsafePointer<EventFrame>, _ local: Int, _ modes: ModeTable, _ isHeld: Bool,
    _ start: UnsafePointer<Double>, from begin: Double, _ now: Double, _ length: Double, _ own: UnsafePointer<Double>,
    _ sink: inout Sink
  ) {
    let code = p.pointee.code
    let flow = code.flow[isHeld ? 1 : 0]
    guard flow.parameter.count > 0 else { return }
    var fastest = 0.0
    for m in 0..<modes.count { fastest = max(fastest, abs(modes.rates[m])) }
    let panels = min(10_000, max(1, Int((length * fastest).rounded(.up))))
    let width = length / Double(panels)
    let y = work + 25 * workSize
    let v = work + 26 * workSize
    let offset = p.pointee.offset(local, isHeld ? 1 : 0)
    for panel in 0..<panels {
      for (node, weight) in zip(GaussLegendre.nodes, GaussLegendre.weights) {
        let s = (Double(panel) + 0.5 + 0.5 * node) * width
        for i in 0..<code.n {
          y[i] = start[i]
          v[i] = own[i]
        }
        modes.advance(y, transition(modes, now + s - begin), offset, work + 7 * workSize)
        modes.pull(v, transition(modes, length - s), work + 7 * workSize)
        pullParameters(flow.parameter, v, y, 0, code, local, 0.5 * width * weight, &sink)
      }
    }
  }

  /// Back to the beginning of a segment, with the extremes that lie in it.
  private func rewindSegment(
    _ p: UnsafePointer<EventFrame>, _ local: Int, to begin: Double, isHeld: Bool, start: UnsafePointer<Double>,
    key: Int, hasExtremes: Bool, _ sink: inout Sink
  ) {
    if hasExtremes, let found = extremesBySegment[key] {
      for entry in found {
        let extreme = extremes[entry.slot]
        rewind(p, local, to: extreme.time, isHeld: isHeld, start: start, from: begin, &sink)
        addExtreme(entry, p.pointee.code, &sink)
      }
    }
    rewind(p, local, to: begin, isHeld: isHeld, start: start, from: begin, &sink)
  }

  private func addExtreme(_ entry: AttachedExtreme, _ code: EventPopulationCode, _ sink: inout Sink) {
    guard let map = program.observers[entry.observer].map else { return }
    addValue(map, observerAdjoint[entry.slot], extremeStates + entry.slot * mostStates, code, entry.local, &sink)
  }

  /// λ += c ∂(map)/∂x, and the same for parameters.
  private func addValue(
    _ map: MapCode, _ c: Double, _ y: UnsafePointer<Double>, _ code: EventPopulationCode, _ local: Int,
    _ sink: inout Sink
  ) {
    var one = c
    map.state.pull(
      &one, y, 0, constant(code, local), scratch, work + 24 * workSize, into: adjoints(code, local))
    pullParameters(map.parameter, &one, y, 0, code, local, 1, &sink)
  }

  /// c E_x · f of the extremes that move with an event, by side.
  private func movingExtremes(
    _ index: Int, _ record: EventRecord, _ code: EventPopulationCode, _ local: Int,
    flowBefore: UnsafePointer<Double>, flowAfter: UnsafePointer<Double>
  ) -> Double {
    guard record.hasExtremes, let found = extremesByEvent[index] else { return 0 }
    var sum = 0.0
    let slopes = work + 27 * workSize
    for entry in found {
      guard let map = program.observers[entry.observer].map else { continue }
      for i in 0..<code.n { slopes[i] = 0 }
      var c = observerAdjoint[entry.slot]
      map.state.pull(
        &c, extremeStates + entry.slot * mostStates, 0, constant(code, local), scratch, work + 24 * workSize,
        into: slopes)
      let flow = extremes[entry.slot].isAfter ? flowAfter : flowBefore
      for i in 0..<code.n { sum += slopes[i] * flow[i] }
    }
    return sum
  }

  // MARK: Events

  private func undo(_ index: Int, _ sink: inout Sink) {
    let record = records[index]
    let unit = Int(record.unit)
    let p = frame(of: unit)
    let local = unit - p.pointee.base
    let n = p.pointee.n
    let before = UnsafePointer(kept.base + record.state)
    let after = UnsafePointer(kept.base + record.state + n)
    if record.kind == .step {
      undoStep(index, record, p.pointee.code, local, before, after, &sink)
      return
    }
    // After the event; a spike begins a refractory time, the end of one lies behind it.
    let heldAfter =
      record.kind == .spike ? p.pointee.refractory > 0 : (record.kind == .release ? false : record.isHeld)
    rewindSegment(
      p, local, to: record.time, isHeld: heldAfter, start: after, key: index, hasExtremes: record.hasExtremes, &sink)
    switch record.kind {
    case .probe:
      guard record.a >= 0 else { return }
      let observer = program.observers[Int(record.a)]
      let c = observerAdjoint[observer.base + local]
      if c != 0, let map = observer.map { addValue(map, c, before, p.pointee.code, local, &sink) }
    case .jump: undoJump(index, record, p, local, before, after, &sink)
    case .release:
      let own = p.pointee.adjoints + local * n
      let (f, g) = (work + 28 * workSize, work + 29 * workSize)
      flow(p, local, 1, before, f)
      flow(p, local, 0, before, g)
      var sum = jumpTime[unit] + movingExtremes(index, record, p.pointee.code, local, flowBefore: f, flowAfter: g)
      jumpTime[unit] = 0
      for i in 0..<n { sum += own[i] * (f[i] - g[i]) }
      spikeAdjoint[Int(record.a)] += sum
    case .spike: undoSpike(index, record, p, local, before, after, &sink)
    case .step: return
    }
  }

  private func undoSpike(
    _ index: Int, _ record: EventRecord, _ p: UnsafePointer<EventFrame>, _ local: Int, _ before: UnsafePointer<Double>,
    _ after: UnsafePointer<Double>, _ sink: inout Sink
  ) {
    let (code, n) = (p.pointee.code, p.pointee.n)
    let unit = p.pointee.base + local
    let own = p.pointee.adjoints + local * n
    let constant = constant(code, local)
    let number = Int(record.a)
    let isFirst = firstSpike[unit] == record.a
    if program.events.firstSpikesOnly, !isFirst {
      for i in 0..<n { own[i] = 0 }
      return
    }
    let (f, g, pulled) = (work + 28 * workSize, work + 29 * workSize, work + 30 * workSize)
    flow(p, local, 0, before, f)
    flow(p, local, p.pointee.refractory > 0 ? 1 : 0, after, g)
    if let reset = code.reset {
      for i in 0..<n { pulled[i] = 0 }
      if let line = p.pointee.lines?.reset {
        AffineLines.pull(line, n, n, own, into: pulled)
      } else {
        reset.state.pull(own, before, 0, constant, scratch, work + 24 * workSize, into: pulled)
      }
      pullParameters(reset.parameter, own, before, 0, code, local, 1, &sink)
    } else {
      for i in 0..<n { pulled[i] = own[i] }
    }
    var total = spikeAdjoint[number] + direct(code, local, record.time, isFirst, &sink)
    total += movingExtremes(index, record, code, local, flowBefore: f, flowAfter: g)
    for i in 0..<n { total += pulled[i] * f[i] - own[i] * g[i] }
    for i in 0..<n { own[i] = pulled[i] }
    if record.b >= 0 || record.b == -2 {
      jumpTime[unit] += total
      return
    }
    guard total != 0, let margin = code.margin else { return }
    let slopes = work + 27 * workSize
    for i in 0..<n { slopes[i] = 0 }
    var one = 1.0
    if let line = p.pointee.lines?.margin {
      for i in 0..<n { slopes[i] = line[i] }
    } else {
      margin.state.pull(&one, before, 0, constant, scratch, work + 24 * workSize, into: slopes)
    }
    var rate = 0.0
    for i in 0..<n { rate += slopes[i] * f[i] }
    let factor = -total / rate
    for i in 0..<n { own[i] += factor * slopes[i] }
    pullParameters(margin.parameter, &one, before, 0, code, local, factor, &sink)
  }

  /// What the loss says of a spike's time itself.
  private func direct(
    _ code: EventPopulationCode, _ local: Int, _ now: Double, _ isFirst: Bool, _ sink: inout Sink
  ) -> Double {
    var sum = 0.0
    for index in code.observers {
      let observer = program.observers[index]
      let c = observerAdjoint[observer.base + local]
      guard c != 0 else { continue }
      switch observer.kind {
      case .firstSpike: if isFirst { sum += c }
      case .spikeSum(let from, let to):
        guard now >= from && now < to || (now == duration && to >= duration), let map = observer.map else { continue }
        var t = now
        var (slope, factor) = (0.0, c)
        map.state.pull(&factor, &t, 0, constant(code, local), scratch, work + 24 * workSize, into: &slope)
        pullParameters(map.parameter, &factor, &t, 0, code, local, 1, &sink)
        sum += slope
      default: continue
      }
    }
    return sum
  }

  private func undoJump(
    _ index: Int, _ record: EventRecord, _ p: UnsafePointer<EventFrame>, _ local: Int, _ before: UnsafePointer<Double>,
    _ after: UnsafePointer<Double>, _ sink: inout Sink
  ) {
    let n = p.pointee.n
    let unit = p.pointee.base + local
    let own = p.pointee.adjoints + local * n
    let held = record.isHeld ? 1 : 0
    let ports = p.pointee.ports
    let pending = jumpTime[unit]
    jumpTime[unit] = 0
    if let gains = p.pointee.gains, pending == 0, !record.hasExtremes {
      // Arrivals add w k: dL/dw = λ·k, and moving them changes the states by -A k w.
      var next = record.a
      while next >= 0 {
        let arrival = contributions[Int(next)]
        next = arrival.next
        let connection = links + Int(arrival.connection)
        let gain = gains + (held * ports + connection.pointee.port) * 2 * n
        var direct = 0.0
        var moved = 0.0
        for i in 0..<n {
          direct += own[i] * gain[i]
          moved -= own[i] * gain[n + i]
        }
        let synapse = connection.pointee.offset + Int(arrival.synapse)
        sink.weights[synapse] += direct * arrival.value
        let timed = moved * parameters.weights[synapse] * arrival.value
        if arrival.spike >= 0 { spikeAdjoint[Int(arrival.spike)] += timed }
        if connection.pointee.delayParameter != nil, let delays = sink.delays { delays[synapse] += timed }
      }
      return
    }
    undoBodies(index, record, p.pointee.code, local, before, after, pending, &sink)
  }

  /// Port bodies of any kind: each in turn from the last, with what has arrived there.
  private func undoBodies(
    _ index: Int, _ record: EventRecord, _ code: EventPopulationCode, _ local: Int, _ before: UnsafePointer<Double>,
    _ after: UnsafePointer<Double>, _ pending: Double, _ sink: inout Sink
  ) {
    let n = code.n
    let own = adjoints(code, local)
    let held = record.isHeld ? 1 : 0
    let ports = code.ports[0].count
    let constant = constant(code, local)
    var sums = [Double](repeating: 0, count: ports)
    var next = record.a
    while next >= 0 {
      let arrival = contributions[Int(next)]
      next = arrival.next
      let connection = program.connections[Int(arrival.connection)]
      sums[connection.port] += parameters.weights[connection.offset + Int(arrival.synapse)] * arrival.value
    }
    // States before each port.
    var stages = [Double](UnsafeBufferPointer(start: before, count: n))
    for port in 0..<ports {
      let last = Array(stages[(port * n)...])
      if sums[port] == 0 {
        stages += last
        continue
      }
      code.ports[held][port].value.run(last, sums[port], constant, scratch, work)
      stages += UnsafeBufferPointer(start: work, count: n)
    }
    let (f, g, pulled) = (work + 28 * workSize, work + 29 * workSize, work + 30 * workSize)
    code.flow[held].value.run(before, 0, constant, scratch, f)
    code.flow[held].value.run(after, 0, constant, scratch, g)
    let extreme = movingExtremes(index, record, code, local, flowBefore: f, flowAfter: g)
    var byWeight = [Double](repeating: 0, count: ports)
    var moved = [Double](repeating: 0, count: ports)
    var flow = [Double](UnsafeBufferPointer(start: f, count: n))
    // How the flow before is carried through the bodies, port by port: J f⁻ - f⁺ of each.
    var change: [[Double]] = []
    for port in 0..<ports {
      let here = Array(stages[(port * n)..<((port + 1) * n)])
      let there = Array(stages[((port + 1) * n)..<((port + 2) * n)])
      var fThere = [Double](repeating: 0, count: n)
      code.flow[held].value.run(there, 0, constant, scratch, &fThere)
      var carried = [Double](repeating: 0, count: n)
      if sums[port] == 0 {
        carried = flow
      } else {
        let jacobian = code.ports[held][port].state
        let entries = work + 24 * workSize
        jacobian.code.run(here, sums[port], constant, scratch, entries)
        for k in 0..<jacobian.count { carried[Int(jacobian.rows[k])] += entries[k] * flow[Int(jacobian.columns[k])] }
      }
      change.append((0..<n).map { carried[$0] - fThere[$0] })
      flow = fThere
    }
    for port in stride(from: ports - 1, through: 0, by: -1) {
      for i in 0..<n { moved[port] += own[i] * change[port][i] }
      let map = code.ports[held][port]
      let here = Array(stages[(port * n)..<((port + 1) * n)])
      if let arrival = map.arrival {
        arrival.run(here, sums[port], constant, scratch, work)
        for i in 0..<n { byWeight[port] += own[i] * work[i] }
      }
      guard sums[port] != 0 else { continue }
      pullParameters(map.parameter, own, here, sums[port], code, local, 1, &sink)
      for i in 0..<n { pulled[i] = 0 }
      map.state.pull(own, here, sums[port], constant, scratch, work + 24 * workSize, into: pulled)
      for i in 0..<n { own[i] = pulled[i] }
    }
    // What moves with all of the arrivals is shared out by weight.
    let total = sums.reduce(0) { $0 + abs($1) }
    next = record.a
    while next >= 0 {
      let arrival = contributions[Int(next)]
      next = arrival.next
      let connection = program.connections[Int(arrival.connection)]
      let port = connection.port
      let synapse = connection.offset + Int(arrival.synapse)
      let size = parameters.weights[synapse] * arrival.value
      sink.weights[synapse] += byWeight[port] * arrival.value
      var timed = sums[port] != 0 ? moved[port] * size / sums[port] : 0
      if total > 0, sums[port] != 0 { timed += (pending + extreme) * (size / sums[port]) * (abs(sums[port]) / total) }
      if arrival.spike >= 0 { spikeAdjoint[Int(arrival.spike)] += timed }
      if connection.delayParameter != nil, let delays = sink.delays { delays[synapse] += timed }
    }
  }

  /// The adjoint of a Runge-Kutta step: its stages again, then from the last to the first.
  private func undoStep(
    _ index: Int, _ record: EventRecord, _ code: EventPopulationCode, _ local: Int, _ before: UnsafePointer<Double>,
    _ after: UnsafePointer<Double>, _ sink: inout Sink
  ) {
    let n = code.n
    let own = adjoints(code, local)
    let length = kept[record.state + 2 * n]
    let found = record.hasExtremes ? extremesBySegment[index] ?? [] : []
    let early = work + 31 * workSize
    for i in 0..<n { early[i] = 0 }
    for entry in found {
      // A value within the step: pulled back through the part of the step before it.
      let extreme = extremes[entry.slot]
      let saved = [Double](UnsafeBufferPointer(start: own, count: n))
      for i in 0..<n { own[i] = 0 }
      addExtreme(entry, code, &sink)
      let part = extreme.time - record.time
      if part > 0 { pullStep(code, local, record.isHeld, before, min(part, length), &sink) }
      for i in 0..<n {
        early[i] += own[i]
        own[i] = saved[i]
      }
    }
    backTime[code.base + local] = record.time
    pullStep(code, local, record.isHeld, before, length, &sink)
    for i in 0..<n { own[i] += early[i] }
  }

  private func pullStep(
    _ code: EventPopulationCode, _ local: Int, _ isHeld: Bool, _ before: UnsafePointer<Double>, _ h: Double,
    _ sink: inout Sink
  ) {
    let n = code.n
    let own = adjoints(code, local)
    var isZero = true
    for i in 0..<n where own[i] != 0 { isZero = false }
    if isZero { return }
    step(code, local, isHeld: isHeld, before, h, to: work + 32 * workSize)
    let slopes = work + 10 * workSize
    let flow = code.flow[isHeld ? 1 : 0]
    let y = work + 9 * workSize
    // Adjoints of the stages' states.
    let stage = work + 33 * workSize
    let slope = work + 34 * workSize
    let last = DormandPrince.stages - 1
    for l in stride(from: last - 1, through: 0, by: -1) {
      for i in 0..<n {
        var sum = DormandPrince.a[last][l] * own[i]
        for m in (l + 1)..<last { sum += DormandPrince.a[m][l] * stage[m * n + i] }
        slope[i] = h * sum
        y[i] = before[i]
        for k in 0..<l { y[i] += h * DormandPrince.a[l][k] * slopes[k * n + i] }
        stage[l * n + i] = 0
      }
      flow.state.pull(
        slope, y, 0, constant(code, local), scratch, work + 24 * workSize, into: stage + l * n)
      pullParameters(flow.parameter, slope, y, 0, code, local, 1, &sink)
    }
    for i in 0..<n { for l in 0..<last { own[i] += stage[l * n + i] } }
  }

  // MARK: The start

  private func begin(_ code: EventPopulationCode, _ sink: inout Sink) {
    // What reaches the start matters to learned initial values, to learned flows, and on the way to extremes.
    guard code.initial.parameter.count > 0 || code.learnsFlow || frames[code.index].readsExtremes else { return }
    for local in 0..<code.units {
      let unit = code.base + local
      let start = UnsafePointer(initialX + stateBase[code.index] + local * code.n)
      let key = -1 - unit
      rewindSegment(
        frames + code.index, local, to: 0, isHeld: false, start: start, key: key,
        hasExtremes: extremesBySegment[key] != nil, &sink)
      pullParameters(code.initial.parameter, adjoints(code, local), start, 0, code, local, 1, &sink)
    }
  }

  /// What is read of a superposed population at the end.
  private func readSuperposed(_ code: EventPopulationCode, _ sink: inout Sink) {
    for index in code.observers {
      let observer = program.observers[index]
      guard let map = observer.map else { continue }
      for local in 0..<observer.units where observerAdjoint[observer.base + local] != 0 {
        addValue(map, observerAdjoint[observer.base + local], states(code, local), code, local, &sink)
      }
    }
  }

  /// Weights into neurons that stayed silent grow, so that they come to fire (Göltz et al. 2021).
  private func bump(_ sink: inout Sink) {
    guard program.events.bump > 0 else { return }
    for connection in program.connections where connection.learnsWeights {
      let code = program.populations[connection.target]
      guard code.margin != nil else { continue }
      for k in 0..<connection.count
      where spikeCount[code.base + connection.targetLow + Int(connection.targets[k])] == 0 {
        sink.weights[connection.offset + k] -= program.events.bump / Double(batchSize)
      }
    }
  }
}

/// Nodes and weights on -1 … 1.
enum GaussLegendre {
  static let nodes: [Double] = [
    -0.9739065285171717, -0.8650633666889845, -0.6794095682990244, -0.4333953941292472, -0.1488743389816312,
    0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717,
  ]
  static let weights: [Double] = [
    0.0666713443086881, 0.1494513491505806, 0.2190863625159820, 0.2692667193099963, 0.2955242247147529,
    0.2955242247147529, 0.2692667193099963, 0.2190863625159820, 0.1494513491505806, 0.0666713443086881,
  ]
}
