import RealModule
import SNNIR

extension EventRun {
  /// One sample from its start to the end of the run.
  /// - Parameter inputs: spikes of the network's inputs: (time, input, unit, value).
  func forward(_ inputs: [InputSpike], records wantsHistory: Bool) {
    isRecording = wantsHistory
    reset()
    for k in program.populations.indices where frames[k].isSuperposed { beginSuperposition(frames + k) }
    for spike in inputs {
      for index in program.fromInput[spike.input] { emit(index, spike.unit, at: spike.time, spike: -1, spike.value) }
    }
    for (index, mark) in marks.enumerated() {
      if case .record = mark.kind, !keepsRows { continue }
      queue.push(mark.time, .mark, index)
    }
    for k in program.populations.indices where frames[k].hasThreshold {
      for unit in 0..<frames[k].units { predict(frames + k, unit) }
    }
    while let next = queue.first, next.time <= duration, hasFault == nil {
      if next.kind == .mark {
        marksNow.append(queue.pop().a)
        // Marks see the values after everything of their time.
        if let other = queue.first, other.time == next.time { continue }
        for k in 0..<marksNow.count { read(marks[Int(marksNow[k])]) }
        marksNow.removeAll()
        continue
      }
      instant(next.time)
      if marksNow.count > 0, queue.first.map({ $0.time > next.time }) ?? true {
        for k in 0..<marksNow.count { read(marks[Int(marksNow[k])]) }
        marksNow.removeAll()
      }
    }
    finish()
  }

  private func reset() {
    queue.clear()
    records.removeAll()
    kept.removeAll()
    contributions.removeAll()
    spikeTimes.removeAll()
    spikeUnits.removeAll()
    superpositions.removeAll()
    unseen.removeAll()
    (hasFault, isEndless) = (nil, false)
    for unit in 0..<program.units {
      time[unit] = 0
      isHeld[unit] = false
      spikedAt[unit] = -.infinity
      closeSpikes[unit] = 0
      releasedBy[unit] = -1
      lastRecord[unit] = -1
      spikeCount[unit] = 0
      firstSpike[unit] = -1
      version[unit] &+= 1
      tracks[unit]?.clear()
      tracks[unit]?.trial = 0
    }
    for code in program.populations {
      let from = parameters.initialStates[code.index]
      for k in 0..<code.n * code.units { x[stateBase[code.index] + k] = from[k] }
      if code.readsSample { fillOffsets(code) }
    }
    initialX.update(from: x, count: stateTotal)
    if keepsRows { rowStates.update(from: x, count: stateTotal) }
    for k in observed.indices { observed[k] = 0 }
    extremes.removeAll(keepingCapacity: true)
    for (index, observer) in program.observers.enumerated() {
      if case .extreme(let isMax, let from, _) = observer.kind {
        isWindowOpen[index] = from <= 0
        for unit in 0..<observer.units { observed[observer.base + unit] = isMax ? -.infinity : .infinity }
      }
      if case .firstSpike = observer.kind {
        for unit in 0..<observer.units { observed[observer.base + unit] = duration }
      }
    }
    extremes = Array(
      repeating: ExtremeCandidate(value: 0, time: 0, segment: -2, moving: -1, isAfter: false),
      count: program.observed)
  }

  /// Queues what a spike brings.
  func emit(_ index: Int, _ unit: Int, at time: Double, spike: Int, _ value: Double) {
    let connection = links + index
    let source = unit - connection.pointee.sourceLow
    guard source >= 0, source < connection.pointee.sourceCount else { return }
    let target = frames + connection.pointee.target
    let isSuperposed = target.pointee.isSuperposed
    let rows = connection.pointee.rows.baseAddress! + source
    guard let delays = parameters.delays[index] else {
      let when = time + connection.pointee.delay
      guard when <= duration else { return }
      if isSuperposed {
        superpose(target, index, Int(rows[0])..<Int(rows[1]), at: when, spike: spike, value)
      } else {
        queue.push(when, .arrival, index, source, spike, value: value)
      }
      return
    }
    for k in Int(rows[0])..<Int(rows[1]) {
      let when = time + delays[k]
      guard when <= duration else { continue }
      if isSuperposed {
        superpose(target, index, k..<k + 1, at: when, spike: spike, value)
      } else {
        queue.push(when, .synapse, index, k, spike, value: value)
      }
    }
  }

  // MARK: One instant

  /// Everything that happens at one time: all is delivered, thresholds are tested, resets run; spikes that arrive at
  /// once make another round, in which a neuron that has fired at this time does not fire again.
  private func instant(_ now: Double) {
    while let next = queue.first, next.time == now, hasFault == nil {
      touched.removeAll()
      firing.removeAll()
      arrivals.removeAll()
      while let event = queue.first, event.time == now {
        _ = queue.pop()
        switch event.kind {
        case .mark: marksNow.append(event.a)
        case .release: release(Int(event.a), Int(event.b), now)
        case .arrival: deliver(event)
        case .synapse: deliver(event)
        case .spike: if version[Int(event.a)] == event.b { firing.append(event.a) }
        case .horizon:
          guard version[Int(event.a)] == event.b else { continue }
          let p = frame(of: Int(event.a))
          // What has been looked ahead becomes part of the run, then comes the next stretch.
          advance(p, Int(event.a) - p.pointee.base, to: now, isEvent: false)
          predict(p, Int(event.a) - p.pointee.base)
        }
      }
      for k in 0..<touched.count { arrive(Int(touched[k]), now) }
      for k in 0..<firing.count where !isTouched[Int(firing[k])] { fire(Int(firing[k]), now, cause: -1) }
      for k in 0..<touched.count {
        let unit = Int(touched[k])
        isTouched[unit] = false
        let p = frame(of: unit)
        guard p.pointee.hasThreshold else { continue }
        var isCrossing = false
        for j in 0..<firing.count where firing[j] == Int32(unit) { isCrossing = true }
        test(p, unit, now, isCrossing)
      }
    }
  }

  @inline(__always) private func touch(_ unit: Int) {
    guard !isTouched[unit] else { return }
    isTouched[unit] = true
    firstContribution[unit] = -1
    touched.append(Int32(unit))
  }

  private func release(_ unit: Int, _ spike: Int, _ now: Double) {
    let p = frame(of: unit)
    advance(p, unit - p.pointee.base, to: now, isEvent: true)
    if isRecording { record(.release, p, unit - p.pointee.base, now, a: spike) }
    isHeld[unit] = false
    touch(unit)
    releasedBy[unit] = Int32(spike)
  }

  private func deliver(_ event: QueuedEvent) {
    let connection = links + Int(event.a)
    let p = frames + connection.pointee.target
    let ports = p.pointee.ports
    let low = connection.pointee.targetLow
    let base = p.pointee.base + low
    let sumsHere = p.pointee.sums + low * ports + connection.pointee.port
    let range: Range<Int>
    if event.kind == .synapse {
      range = Int(event.b)..<Int(event.b) + 1
    } else {
      let rows = connection.pointee.rows.baseAddress! + Int(event.b)
      range = Int(rows[0])..<Int(rows[1])
    }
    let weights = parameters.weights + connection.pointee.offset
    let targets = connection.pointee.targets.baseAddress!
    for k in range {
      let target = Int(targets[k])
      let unit = base + target
      touch(unit)
      sumsHere[target * ports] += weights[k] * event.value
      if isRecording {
        contributions.append(
          Contribution(
            connection: event.a, synapse: Int32(k), spike: event.c, next: firstContribution[unit], value: event.value))
        firstContribution[unit] = Int32(contributions.count - 1)
      }
    }
  }

  /// The port bodies of one unit, with the sums of this instant.
  private func arrive(_ unit: Int, _ now: Double) {
    let p = frame(of: unit)
    let (n, ports) = (p.pointee.n, p.pointee.ports)
    let local = unit - p.pointee.base
    // A unit that was only released has nothing to deliver.
    advance(p, local, to: now, isEvent: firstContribution[unit] >= 0 || !isRecording)
    let own = p.pointee.states + local * n
    if p.pointee.isCrossing { wasHolding[unit] = margin(p, local) > 0 }
    let sum = p.pointee.sums + local * ports
    let held = isHeld[unit] ? 1 : 0
    let before = isRecording && firstContribution[unit] >= 0 ? keep(n, own) : -1
    if let gains = p.pointee.gains {
      for port in 0..<ports where sum[port] != 0 {
        let gain = gains + (held * ports + port) * 2 * n
        for i in 0..<n { own[i] += gain[i] * sum[port] }
        sum[port] = 0
      }
    } else {
      let code = p.pointee.code
      for port in 0..<ports where sum[port] != 0 {
        code.ports[held][port].value.run(own, sum[port], constant(code, local), scratch, work)
        for i in 0..<n { own[i] = work[i] }
        // The adjoint needs the sums again.
        sum[port] = 0
      }
    }
    if before >= 0 {
      _ = keep(n, own)
      records.append(
        EventRecord(
          time: now, kind: .jump, isHeld: isHeld[unit], unit: Int32(unit), a: firstContribution[unit], b: 0,
          state: before))
      lastRecord[unit] = records.count - 1
    }
  }

  @inline(__always) func frame(of unit: Int) -> UnsafePointer<EventFrame> {
    UnsafePointer(frames + Int(population[unit]))
  }

  @inline(__always) func keep(_ n: Int, _ own: UnsafePointer<Double>) -> Int {
    let place = kept.extend(by: n)
    for i in 0..<n { kept.base[place + i] = own[i] }
    return place
  }

  func record(
    _ kind: EventRecord.Kind, _ p: UnsafePointer<EventFrame>, _ local: Int, _ now: Double, a: Int, b: Int = 0,
    jumps: Bool = false
  ) {
    let n = p.pointee.n
    let unit = p.pointee.base + local
    let own = p.pointee.states + local * n
    let place = keep(n, own)
    // Where nothing jumps the state after is that before; else the caller keeps it.
    if !jumps { _ = keep(n, own) }
    records.append(
      EventRecord(
        time: now, kind: kind, isHeld: isHeld[unit], unit: Int32(unit), a: Int32(a), b: Int32(b), state: place))
    lastRecord[unit] = records.count - 1
  }

  // MARK: Thresholds

  /// After arrivals or the end of a refractory time.
  private func test(_ p: UnsafePointer<EventFrame>, _ unit: Int, _ now: Double, _ crossesNow: Bool) {
    let local = unit - p.pointee.base
    if !isHeld[unit], spikedAt[unit] < now {
      let value = margin(p, local)
      let holds = p.pointee.isStrict ? value > 0 : value >= 0
      let isRelease = releasedBy[unit] >= 0
      if p.pointee.isCrossing, !crossesNow {
        // Only where it did not hold before: arrivals across the level.
        if holds, !isRelease, !wasHolding[unit] {
          fire(unit, now, cause: -2)
          return
        }
      } else if holds || crossesNow {
        fire(unit, now, cause: crossesNow && !holds ? -1 : (isRelease ? Int(releasedBy[unit]) : -2))
        return
      }
    }
    releasedBy[unit] = -1
    predict(p, local)
  }

  private func fire(_ unit: Int, _ now: Double, cause: Int) {
    let p = frame(of: unit)
    let (code, n) = (p.pointee.code, p.pointee.n)
    let local = unit - p.pointee.base
    advance(p, local, to: now, isEvent: true)
    let own = p.pointee.states + local * n
    let number = spikeTimes.count
    spikeTimes.append(now)
    spikeUnits.append(Int32(unit))
    if isRecording {
      record(.spike, p, local, now, a: number, b: cause, jumps: true)
    }
    if let reset = p.pointee.lines?.reset {
      AffineLines.apply(reset, n, n, own, work)
      for i in 0..<n { own[i] = work[i] }
    } else if let reset = code.reset {
      reset.value.run(own, 0, constant(code, local), scratch, work)
      for i in 0..<n { own[i] = work[i] }
    }
    if isRecording { _ = keep(n, own) }
    // A reset that leaves the threshold all but reached makes spikes without end.
    closeSpikes[unit] = now - spikedAt[unit] < 1e-6 ? closeSpikes[unit] + 1 : 0
    if closeSpikes[unit] > 1000 || spikeCount[unit] > 1_000_000, hasFault == nil {
      (hasFault, isEndless) = ((code.index, local, now), true)
    }
    spikedAt[unit] = now
    releasedBy[unit] = -1
    spikeCount[unit] += 1
    let isFirst = firstSpike[unit] < 0
    if isFirst { firstSpike[unit] = Int32(number) }
    observe(code, local, now, isFirst)
    if code.refractory > 0 {
      isHeld[unit] = true
      queue.push(now + code.refractory, .release, unit, number)
    }
    for index in code.outgoing { emit(index, local, at: now, spike: number, 1) }
    predict(p, local)
  }

  private func observe(_ code: EventPopulationCode, _ unit: Int, _ now: Double, _ isFirst: Bool) {
    for index in code.observers {
      let observer = program.observers[index]
      switch observer.kind {
      case .firstSpike: if isFirst { observed[observer.base + unit] = now }
      case .spikeSum(let from, let to) where now >= from && now < to || (now == duration && to >= duration):
        var t = now
        observer.map?.value.run(&t, 0, constant(code, unit), scratch, work)
        observed[observer.base + unit] += work[0]
      default: continue
      }
    }
  }

  /// The unit's next spike goes into the queue; what was queued before no longer counts.
  func predict(_ p: UnsafePointer<EventFrame>, _ local: Int) {
    let unit = p.pointee.base + local
    version[unit] &+= 1
    guard p.pointee.hasThreshold else { return }
    guard let table = p.pointee.table(local, isHeld[unit]) else {
      predictNumerically(p.pointee.code, local)
      return
    }
    guard !isHeld[unit] else { return }
    let when = nextCrossing(p, local, table.pointee)
    if when <= duration - time[unit] { queue.push(time[unit] + when, .spike, unit, Int(version[unit])) }
  }

  /// How long until the guard holds: it is a sum of modes, its gradient times theirs.
  private func nextCrossing(_ p: UnsafePointer<EventFrame>, _ local: Int, _ modes: ModeTable) -> Double {
    let n = p.pointee.n
    let unit = p.pointee.base + local
    let own = p.pointee.states + local * n
    let g = work + 2 * workSize
    let limit = duration - time[unit]
    let isFresh = spikedAt[unit] < time[unit]
    let offset = p.pointee.offset(local, 0)
    var rest: Double
    if let lines = p.pointee.lines, let margin = lines.margin, let modal = lines.modal {
      rest = margin[n]
      for m in 0..<modes.count {
        var sum = 0.0
        for j in 0..<n { sum += modal[m * n + j] * own[j] }
        if let offset { for i in 0..<n { sum += margin[i] * offset[i * modes.count + m] } }
        g[m] = sum
      }
      if let (constant, first, second) = lines.decays {
        if constant >= 0 { rest += g[constant] }
        return Crossing.decays(
          rest, g[first], modes.rates[first], g[second], modes.rates[second], limit: limit, isFresh: isFresh)
      }
    } else {
      let code = p.pointee.code
      guard let margin = code.margin else { return .infinity }
      let coefficients = work + workSize
      let constant = constant(code, local)
      margin.value.run(own, 0, constant, scratch, work)
      rest = work[0]
      margin.state.code.run(own, 0, constant, scratch, coefficients)
      for m in 0..<modes.count { g[m] = 0 }
      for k in 0..<margin.state.count {
        let i = Int(margin.state.columns[k])
        let slope = coefficients[k]
        rest -= slope * own[i]
        for m in 0..<modes.count {
          let row = modes.fromState + (i * modes.count + m) * n
          var c = offset.map { $0[i * modes.count + m] } ?? 0
          for j in 0..<n { c += row[j] * own[j] }
          g[m] += slope * c
        }
      }
    }
    return crossing(modes, g, rest, limit: limit, isFresh: isFresh)
  }

  /// The constant of the guard goes with the mode that is constant, or becomes one.
  private func crossing(
    _ modes: ModeTable, _ g: UnsafeMutablePointer<Double>, _ rest: Double, limit: Double, isFresh: Bool
  ) -> Double {
    let rates = work + 3 * workSize
    let powers = UnsafeMutableRawPointer(work + 4 * workSize).assumingMemoryBound(to: Int32.self)
    var count = 0
    var isPlaced = false
    let values = work + 5 * workSize
    for m in 0..<modes.count {
      var value = g[m]
      if modes.rates[m] == 0, modes.powers[m] == 0 {
        value += rest
        isPlaced = true
      } else if !isPlaced, modes.rates[m] >= 0 {
        (rates[count], powers[count], values[count]) = (0, 0, rest)
        count += 1
        isPlaced = true
      }
      (rates[count], powers[count], values[count]) = (modes.rates[m], modes.powers[m], value)
      count += 1
    }
    if !isPlaced {
      (rates[count], powers[count], values[count]) = (0, 0, rest)
      count += 1
    }
    return Crossing.first(
      rates: rates, powers: powers, values, count: count, limit: limit, isFresh: isFresh)
  }
}

/// A spike of an input.
struct InputSpike {
  var time: Double
  var input: Int
  var unit: Int
  var value: Double
}
