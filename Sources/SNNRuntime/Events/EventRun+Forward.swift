import RealModule
import SNNIR

extension EventRun {
  /// One sample from its start to the end of the run.
  /// - Parameter inputs: spikes of the network's inputs: (time, input, unit, value).
  func forward(_ inputs: [InputSpike], records wantsHistory: Bool) {
    isRecording = wantsHistory
    reset()
    for spike in inputs {
      for index in program.fromInput[spike.input] { emit(index, spike.unit, at: spike.time, spike: -1, spike.value) }
    }
    for (index, mark) in marks.enumerated() {
      if case .record = mark.kind, !keepsRows { continue }
      queue.push(mark.time, .mark, index)
    }
    for code in program.populations {
      for unit in 0..<code.units {
        if code.margin != nil { predict(code, unit) }
      }
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
    hasFault = nil
    for unit in 0..<program.units {
      time[unit] = 0
      isHeld[unit] = false
      spikedAt[unit] = -.infinity
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
    let connection = program.connections[index]
    let source = unit - connection.sourceLow
    guard source >= 0, source < connection.sourceCount else { return }
    guard let delays = parameters.delays[index] else {
      let when = time + connection.delay
      if when <= duration { queue.push(when, .arrival, index, source, spike, value: value) }
      return
    }
    for k in Int(connection.rows[source])..<Int(connection.rows[source + 1]) {
      let when = time + delays[k]
      if when <= duration { queue.push(when, .synapse, index, k, spike, value: value) }
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
          let code = program.populations[Int(population[Int(event.a)])]
          // What has been looked ahead becomes part of the run, then comes the next stretch.
          advance(code, Int(event.a) - code.base, to: now, isEvent: false)
          predict(code, Int(event.a) - code.base)
        }
      }
      for k in 0..<touched.count { arrive(Int(touched[k]), now) }
      for k in 0..<firing.count where !isTouched[Int(firing[k])] { fire(Int(firing[k]), now, cause: -1) }
      for k in 0..<touched.count {
        let unit = Int(touched[k])
        isTouched[unit] = false
        let code = program.populations[Int(population[unit])]
        guard code.margin != nil else { continue }
        var isCrossing = false
        for j in 0..<firing.count where firing[j] == Int32(unit) { isCrossing = true }
        test(code, unit, now, isCrossing)
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
    let code = program.populations[Int(population[unit])]
    advance(code, unit - code.base, to: now, isEvent: true)
    if isRecording { record(.release, code, unit - code.base, now, a: spike) }
    isHeld[unit] = false
    touch(unit)
    releasedBy[unit] = Int32(spike)
  }

  private func deliver(_ event: QueuedEvent) {
    let index = Int(event.a)
    let connection = program.connections[index]
    let code = program.populations[connection.target]
    let ports = code.ports[0].count
    let base = code.base + connection.targetLow
    let sumsHere = sums + sumBase[code.index] + connection.targetLow * ports + connection.port
    let range: Range<Int>
    if event.kind == .synapse {
      range = Int(event.b)..<Int(event.b) + 1
    } else {
      range = Int(connection.rows[Int(event.b)])..<Int(connection.rows[Int(event.b) + 1])
    }
    let weights = parameters.weights + connection.offset
    for k in range {
      let target = Int(connection.targets[k])
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
    let code = program.populations[Int(population[unit])]
    let local = unit - code.base
    let ports = code.ports[0].count
    // A unit that was only released has nothing to deliver.
    advance(code, local, to: now, isEvent: firstContribution[unit] >= 0 || !isRecording)
    let own = states(code, local)
    if code.isCrossing { wasHolding[unit] = margin(code, local) > 0 }
    let sum = sums + sumBase[code.index] + local * ports
    let held = isHeld[unit] ? 1 : 0
    let before = isRecording && firstContribution[unit] >= 0 ? keep(code, own) : -1
    if let gains = parameters.gains[code.index] {
      for port in 0..<ports where sum[port] != 0 {
        let gain = gains + (held * ports + port) * 2 * code.n
        for i in 0..<code.n { own[i] += gain[i] * sum[port] }
        sum[port] = 0
      }
    } else {
      for port in 0..<ports where sum[port] != 0 {
        code.ports[held][port].value.run(own, sum[port], constant(code, local), scratch, work)
        for i in 0..<code.n { own[i] = work[i] }
        // The adjoint needs the sums again.
        sum[port] = 0
      }
    }
    if before >= 0 {
      _ = keep(code, own)
      records.append(
        EventRecord(
          time: now, kind: .jump, isHeld: isHeld[unit], unit: Int32(unit), a: firstContribution[unit], b: 0,
          state: before))
      lastRecord[unit] = records.count - 1
    }
  }

  @inline(__always) func keep(_ code: EventPopulationCode, _ own: UnsafePointer<Double>) -> Int {
    let place = kept.extend(by: code.n)
    for i in 0..<code.n { kept.base[place + i] = own[i] }
    return place
  }

  func record(
    _ kind: EventRecord.Kind, _ code: EventPopulationCode, _ unit: Int, _ now: Double, a: Int, b: Int = 0,
    jumps: Bool = false
  ) {
    let own = states(code, unit)
    let place = keep(code, own)
    // Where nothing jumps the state after is that before; else the caller keeps it.
    if !jumps { _ = keep(code, own) }
    records.append(
      EventRecord(
        time: now, kind: kind, isHeld: isHeld[code.base + unit], unit: Int32(code.base + unit), a: Int32(a),
        b: Int32(b), state: place))
    lastRecord[code.base + unit] = records.count - 1
  }

  // MARK: Thresholds

  /// Left side minus right side of `spike when`.
  @inline(__always) func margin(_ code: EventPopulationCode, _ unit: Int) -> Double {
    code.margin?.value.run(states(code, unit), 0, constant(code, unit), scratch, work)
    return work[0]
  }

  /// After arrivals or the end of a refractory time.
  private func test(_ code: EventPopulationCode, _ unit: Int, _ now: Double, _ crossesNow: Bool) {
    let local = unit - code.base
    if !isHeld[unit], spikedAt[unit] < now {
      let value = margin(code, local)
      let holds = code.isStrict ? value > 0 : value >= 0
      let isRelease = releasedBy[unit] >= 0
      if code.isCrossing, !crossesNow {
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
    predict(code, local)
  }

  private func fire(_ unit: Int, _ now: Double, cause: Int) {
    let code = program.populations[Int(population[unit])]
    let local = unit - code.base
    advance(code, local, to: now, isEvent: true)
    let own = states(code, local)
    let number = spikeTimes.count
    spikeTimes.append(now)
    spikeUnits.append(Int32(unit))
    if isRecording {
      record(.spike, code, local, now, a: number, b: cause, jumps: true)
    }
    if let reset = code.reset {
      reset.value.run(own, 0, constant(code, local), scratch, work)
      for i in 0..<code.n { own[i] = work[i] }
    }
    if isRecording { _ = keep(code, own) }
    spikedAt[unit] = now
    releasedBy[unit] = -1
    spikeCount[unit] += 1
    // A reset that leaves the threshold all but reached makes spikes without end.
    if spikeCount[unit] > 1_000_000 { hasFault = hasFault ?? (code.index, local, now) }
    let isFirst = firstSpike[unit] < 0
    if isFirst { firstSpike[unit] = Int32(number) }
    observe(code, local, now, isFirst)
    if code.refractory > 0 {
      isHeld[unit] = true
      queue.push(now + code.refractory, .release, unit, number)
    }
    for index in code.outgoing { emit(index, local, at: now, spike: number, 1) }
    predict(code, local)
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
  func predict(_ code: EventPopulationCode, _ local: Int) {
    let unit = code.base + local
    version[unit] &+= 1
    guard let margin = code.margin else { return }
    guard let modes = modes(code, local, isHeld[unit]) else {
      predictNumerically(code, local)
      return
    }
    guard !isHeld[unit] else { return }
    let own = states(code, local)
    let coefficients = work + workSize
    let g = work + 2 * workSize
    let constant = constant(code, local)
    // The guard as a sum of modes: its gradient times theirs.
    margin.value.run(own, 0, constant, scratch, work)
    var rest = work[0]
    margin.state.code.run(own, 0, constant, scratch, coefficients)
    let offset = offset(code, local, 0)
    for m in 0..<modes.count { g[m] = 0 }
    for k in 0..<margin.state.count {
      let i = Int(margin.state.columns[k])
      let slope = coefficients[k]
      rest -= slope * own[i]
      for m in 0..<modes.count {
        let row = modes.fromState + (i * modes.count + m) * code.n
        var c = offset.map { $0[i * modes.count + m] } ?? 0
        for j in 0..<code.n { c += row[j] * own[j] }
        g[m] += slope * c
      }
    }
    let when = crossing(modes, g, rest, limit: duration - time[unit], isFresh: spikedAt[unit] < time[unit])
    if when <= duration - time[unit] { queue.push(time[unit] + when, .spike, unit, Int(version[unit])) }
  }

  /// The constant of the guard goes with the mode that is constant, or becomes one.
  private func crossing(
    _ modes: ExponentialModes, _ g: UnsafeMutablePointer<Double>, _ rest: Double, limit: Double, isFresh: Bool
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
