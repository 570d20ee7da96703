import RealModule
import SNNIR

extension EventRun {
  /// Brings a unit's states to a time.
  /// - Parameter isEvent: something happens to the unit then, which may move.
  @inline(__always) func advance(_ p: UnsafePointer<EventFrame>, _ local: Int, to now: Double, isEvent: Bool) {
    let unit = p.pointee.base + local
    let length = now - time[unit]
    guard length > 0 else { return }
    let held = isHeld[unit]
    guard let modes = p.pointee.table(local, held) else {
      advanceNumerically(p.pointee.code, local, to: now, isEvent: isEvent)
      time[unit] = now
      return
    }
    if p.pointee.readsExtremes { scan(p, local, modes.pointee, length, isEvent) }
    let n = p.pointee.n
    let own = p.pointee.states + local * n
    modes.pointee.advance(
      own, transition(modes.pointee, length), p.pointee.offset(local, held ? 1 : 0), work + 7 * workSize)
    time[unit] = now
    for i in 0..<n where !own[i].isFinite { hasFault = hasFault ?? (p.pointee.code.index, local, now) }
  }

  // MARK: What is read

  /// Extremes between two events where the states have a closed form: at both ends, and where the slope vanishes.
  private func scan(
    _ p: UnsafePointer<EventFrame>, _ local: Int, _ modes: ModeTable, _ length: Double, _ isEvent: Bool
  ) {
    let code = p.pointee.code
    for index in code.observers {
      guard isWindowOpen[index], case .extreme(let isMax, _, _) = program.observers[index].kind,
        let map = program.observers[index].map
      else { continue }
      let slot = program.observers[index].base + local
      let unit = code.base + local
      let own = states(code, local)
      let constant = constant(code, local)
      let held = isHeld[unit] ? 1 : 0
      let slopes = work + workSize
      let g = work + 2 * workSize
      map.value.run(own, 0, constant, scratch, work)
      let start = work[0]
      var rest = start
      map.state.code.run(own, 0, constant, scratch, slopes)
      let offset = p.pointee.offset(local, held)
      for m in 0..<modes.count { g[m] = 0 }
      for k in 0..<map.state.count {
        let i = Int(map.state.columns[k])
        rest -= slopes[k] * own[i]
        for m in 0..<modes.count {
          let row = modes.fromState + (i * modes.count + m) * code.n
          var c = offset.map { $0[i * modes.count + m] } ?? 0
          for j in 0..<code.n { c += row[j] * own[j] }
          g[m] += slopes[k] * c
        }
      }
      let segment = lastRecord[unit]
      func consider(_ value: Double, at t: Double, moving: Int, isAfter: Bool) {
        guard isMax ? value > observed[slot] : value < observed[slot] else { return }
        observed[slot] = value
        extremes[slot] = ExtremeCandidate(
          value: value, time: time[unit] + t, segment: segment, moving: moving, isAfter: isAfter)
        let to = extremeStates + slot * mostStates
        for i in 0..<code.n { to[i] = own[i] }
        if t > 0 { modes.advance(to, transition(modes, t), offset, work + 7 * workSize) }
      }
      consider(start, at: 0, moving: segment, isAfter: true)
      let terms = Crossing.terms(modes.rates, modes.powers, g, modes.count)
      let turns = turningPoints(terms, length)
      for t in turns { consider(rest + Crossing.value(terms, t), at: t, moving: -1, isAfter: false) }
      consider(
        rest + Crossing.value(terms, length), at: length, moving: isEvent ? records.count : -1, isAfter: false)
    }
  }

  private func turningPoints(_ terms: [Crossing.Term], _ length: Double) -> [Double] {
    let moving = terms.filter { $0.rate != 0 || $0.coefficients.count > 1 }
    // Two exponentials turn at most once.
    if moving.count == 2, moving.allSatisfy({ $0.coefficients.count == 1 }) {
      let (p, q) = (moving[0].rate, moving[1].rate)
      let ratio = -(moving[0].coefficients[0] * p) / (moving[1].coefficients[0] * q)
      guard ratio > 0 else { return [] }
      let t = Double.log(ratio) / (q - p)
      return t > 0 && t < length ? [t] : []
    }
    let slope = Crossing.derivative(terms)
    return slope.isEmpty ? [] : Crossing.zeros(slope, length)
  }

  /// A mark: everything of its time has happened.
  func read(_ mark: Mark) {
    switch mark.kind {
    case .probe(let index): probe(index, at: mark.time)
    case .begin(let index), .end(let index):
      let observer = program.observers[index]
      let p = UnsafePointer(frames + observer.population)
      for local in 0..<observer.units {
        guard mark.time > time[p.pointee.base + local] else { continue }
        advance(p, local, to: mark.time, isEvent: false)
        // The segment is cut here, so that what lies in the window lies in segments of its own.
        if isRecording { record(.probe, p, local, mark.time, a: -1) }
        predict(p, local)
      }
      if case .begin = mark.kind { isWindowOpen[index] = true } else { isWindowOpen[index] = false }
    case .record(let row): keepRow(row, at: mark.time)
    }
  }

  private func probe(_ index: Int, at now: Double) {
    let observer = program.observers[index]
    let code = program.populations[observer.population]
    let p = UnsafePointer(frames + observer.population)
    guard let map = observer.map else { return }
    for local in 0..<observer.units {
      if now > time[code.base + local] {
        advance(p, local, to: now, isEvent: false)
        if now < duration { predict(p, local) }
      }
      map.value.run(states(code, local), 0, constant(code, local), scratch, work)
      observed[observer.base + local] = work[0]
      // What is superposed has no history of its own.
      if isRecording, !p.pointee.isSuperposed { record(.probe, p, local, now, a: index) }
    }
  }

  /// A row of what is recorded; the run itself is left as it is.
  private func keepRow(_ row: Int, at now: Double) {
    showSuperpositions(at: now)
    for (index, record) in program.records.enumerated() {
      guard let map = record.map else { continue }
      let code = program.populations[record.population]
      for local in 0..<record.units {
        let unit = code.base + local
        let copy = work + 8 * workSize
        let p = frames + record.population
        let isSuperposed = p.pointee.isSuperposed
        let own = isSuperposed ? rowStates + stateBase[code.index] + local * code.n : states(code, local)
        for i in 0..<code.n { copy[i] = own[i] }
        let length = now - time[unit]
        if length > 0, !isSuperposed {
          if let modes = p.pointee.table(local, isHeld[unit])?.pointee {
            modes.advance(
              copy, transition(modes, length), p.pointee.offset(local, isHeld[unit] ? 1 : 0), work + 7 * workSize)
          } else {
            lookAhead(code, local, to: now, copy)
          }
        }
        map.value.run(copy, 0, constant(code, local), scratch, work)
        recordRows[index][row * record.units + local] = work[0]
      }
    }
  }

  /// The end of the run: what is read there.
  func finish() {
    guard hasFault == nil else { return }
    for code in program.populations where frames[code.index].isSuperposed { finishSuperposition(frames + code.index) }
    for code in program.populations where !code.observers.isEmpty {
      let reads = code.observers.contains { index in
        switch program.observers[index].kind {
        case .extreme: return isWindowOpen[index]
        case .probe(let time): return time >= duration
        default: return false
        }
      }
      guard reads else { continue }
      for local in 0..<code.units { advance(frames + code.index, local, to: duration, isEvent: false) }
    }
    for (index, observer) in program.observers.enumerated() {
      if case .probe(let time) = observer.kind, time >= duration { probe(index, at: duration) }
    }
  }

  // MARK: Steps

  private func track(_ unit: Int) -> NumericTrack {
    if let known = tracks[unit] { return known }
    let made = NumericTrack()
    tracks[unit] = made
    return made
  }

  /// One step of the pair from `from`: states after it in `to`; gives the estimated error over the tolerance.
  /// The stages' slopes are left in `work` from 10 times its size on.
  @discardableResult
  func step(
    _ code: EventPopulationCode, _ local: Int, isHeld: Bool, _ from: UnsafePointer<Double>, _ h: Double,
    to: UnsafeMutablePointer<Double>
  ) -> Double {
    let n = code.n
    let flow = code.flow[isHeld ? 1 : 0].value
    let constant = constant(code, local)
    let slopes = work + 10 * workSize
    let y = work + 9 * workSize
    for stage in 0..<DormandPrince.stages {
      let row = DormandPrince.a[stage]
      for i in 0..<n {
        var sum = 0.0
        for k in 0..<row.count { sum += row[k] * slopes[k * n + i] }
        y[i] = from[i] + h * sum
      }
      flow.run(y, 0, constant, scratch, slopes + stage * n)
    }
    // The last stage is taken at the result.
    var worst = 0.0
    for i in 0..<n {
      var error = 0.0
      for k in 0..<DormandPrince.stages { error += DormandPrince.error[k] * slopes[k * n + i] }
      let scale = DormandPrince.absolute + DormandPrince.relative * max(abs(from[i]), abs(y[i]))
      worst = max(worst, abs(h * error) / scale)
      to[i] = y[i]
    }
    return worst.isFinite ? worst : .infinity
  }

  /// A step within the tolerance, at most up to `limit`; gives its length, and sets the next one to try.
  private func accepted(
    _ code: EventPopulationCode, _ local: Int, isHeld: Bool, _ from: UnsafePointer<Double>, limit: Double,
    to: UnsafeMutablePointer<Double>, _ track: NumericTrack
  ) -> Double {
    var h = track.trial > 0 ? track.trial : min(limit, 0.01)
    for _ in 0..<200 {
      let length = min(h, limit)
      let error = step(code, local, isHeld: isHeld, from, length, to: to)
      let factor = error > 0 ? min(4, max(0.1, 0.9 * Double.pow(error, -0.2))) : 4
      if error <= 1 {
        track.trial = length < h ? max(h, length * factor) : length * factor
        return length
      }
      h = length * (error.isFinite ? factor : 0.1)
      if h < 1e-13 { break }
    }
    hasFault = hasFault ?? (code.index, local, time[code.base + local])
    return limit
  }

  /// Looks ahead for the next spike, some steps at a time.
  func predictNumerically(_ code: EventPopulationCode, _ local: Int) {
    let unit = code.base + local
    let track = track(unit)
    track.clear()
    guard !isHeld[unit] else { return }
    let n = code.n
    let from = work + 20 * workSize
    let to = work + 21 * workSize
    let own = states(code, local)
    for i in 0..<n { from[i] = own[i] }
    var now = time[unit]
    var before = marginOf(code, local, from)
    var isBelow = before.value < 0 || (before.value == 0 && spikedAt[unit] < now)
    if spikedAt[unit] >= now, abs(before.value) < 1e-9 * (1 + abs(before.slope)) { isBelow = false }
    for _ in 0..<32 {
      guard now < duration, hasFault == nil else { break }
      var length = accepted(code, local, isHeld: false, from, limit: duration - now, to: to, track)
      var after = marginOf(code, local, to)
      // A hump within the step: the margin rises at its beginning, falls at its end, and the cubic between passes 0.
      var halvings = 0
      while isBelow, after.value < 0, before.slope > 0, after.slope < 0, halvings < 40,
        hump(before, after, length) > 0
      {
        length /= 2
        step(code, local, isHeld: false, from, length, to: to)
        after = marginOf(code, local, to)
        halvings += 1
      }
      if isBelow, after.value > 0 {
        length = crossingInStep(code, local, from, length, to)
        append(track, code, now, length, from)
        track.states += UnsafeBufferPointer(start: to, count: n)
        queue.push(now + length, .spike, unit, Int(version[unit]))
        return
      }
      append(track, code, now, length, from)
      now += length
      for i in 0..<n { from[i] = to[i] }
      before = after
      isBelow = after.value < 0
    }
    track.states += UnsafeBufferPointer(start: from, count: n)
    if now < duration { queue.push(now, .horizon, unit, Int(version[unit])) }
  }

  private func append(
    _ track: NumericTrack, _ code: EventPopulationCode, _ now: Double, _ length: Double,
    _ from: UnsafePointer<Double>
  ) {
    track.steps.append(NumericTrack.Step(time: now, length: length))
    track.states += UnsafeBufferPointer(start: from, count: code.n)
  }

  /// The margin and its slope along the flow.
  private func marginOf(
    _ code: EventPopulationCode, _ local: Int, _ y: UnsafePointer<Double>
  ) -> (value: Double, slope: Double) {
    guard let margin = code.margin else { return (-1, 0) }
    let constant = constant(code, local)
    margin.value.run(y, 0, constant, scratch, work)
    let value = work[0]
    margin.state.code.run(y, 0, constant, scratch, work)
    let flow = work + workSize
    code.flow[0].value.run(y, 0, constant, scratch, flow)
    var slope = 0.0
    for k in 0..<margin.state.count { slope += work[k] * flow[Int(margin.state.columns[k])] }
    return (value, slope)
  }

  /// The greatest value of the cubic through both ends with their slopes.
  private func hump(_ a: (value: Double, slope: Double), _ b: (value: Double, slope: Double), _ h: Double) -> Double {
    var most = -Double.infinity
    for k in 1..<8 {
      let s = Double(k) / 8
      let value =
        (1 + 2 * s) * (1 - s) * (1 - s) * a.value + s * (1 - s) * (1 - s) * h * a.slope + s * s * (3 - 2 * s) * b.value
        + s * s * (s - 1) * h * b.slope
      most = max(most, value)
    }
    // A hump that just fails to reach 0 by the cubic is looked at too.
    return most + 1e-3 * (abs(a.value) + abs(b.value))
  }

  /// The length of the step from `from` at whose end the margin is 0; the states there are left in `to`.
  private func crossingInStep(
    _ code: EventPopulationCode, _ local: Int, _ from: UnsafePointer<Double>, _ length: Double,
    _ to: UnsafeMutablePointer<Double>
  ) -> Double {
    var (low, high) = (0.0, length)
    var t = length
    for _ in 0..<100 {
      step(code, local, isHeld: false, from, t, to: to)
      let g = marginOf(code, local, to)
      if g.value == 0 { return t }
      if g.value < 0 { low = t } else { high = t }
      var next = t - g.value / g.slope
      if !(next > low && next < high) { next = low + (high - low) / 2 }
      if abs(next - t) <= 2e-16 * max(length, 1e-300) || high - low <= 2e-16 * length { return t }
      t = next
    }
    return t
  }

  /// Commits what has been looked ahead up to a time; the step that contains it is cut there.
  private func advanceNumerically(_ code: EventPopulationCode, _ local: Int, to now: Double, isEvent: Bool) {
    let unit = code.base + local
    let track = track(unit)
    let n = code.n
    let own = states(code, local)
    var at = time[unit]
    var k = 0
    let next = work + 22 * workSize
    while k < track.steps.count, at < now {
      let known = track.steps[k]
      let end = known.time + known.length
      let isWhole = end <= now
      let length = isWhole ? known.length : now - known.time
      if isWhole {
        for i in 0..<n { next[i] = track.states[(k + 1) * n + i] }
      } else {
        step(code, local, isHeld: isHeld[unit], own, length, to: next)
      }
      commit(code, local, at, length, next, isEvent: isEvent && !(isWhole && end < now))
      at = isWhole ? end : now
      k += 1
    }
    while at < now, hasFault == nil {
      let length = accepted(code, local, isHeld: isHeld[unit], own, limit: now - at, to: next, track)
      let isLast = length >= now - at
      commit(code, local, at, length, next, isEvent: isEvent && isLast)
      at = isLast ? now : at + length
    }
    track.clear()
  }

  /// One step becomes part of the run.
  private func commit(
    _ code: EventPopulationCode, _ local: Int, _ at: Double, _ length: Double, _ next: UnsafePointer<Double>,
    isEvent: Bool
  ) {
    let unit = code.base + local
    let own = states(code, local)
    if isRecording {
      let place = keep(code.n, own)
      let tail = kept.extend(by: code.n)
      for i in 0..<code.n { kept.base[tail + i] = next[i] }
      let size = kept.extend(by: 1)
      kept.base[size] = length
      records.append(
        EventRecord(
          time: at, kind: .step, isHeld: isHeld[unit], unit: Int32(unit), a: Int32(lastRecord[unit]), b: 0, state: place
        ))
    }
    if !code.observers.isEmpty { scanStep(code, local, at, length, next, isEvent) }
    for i in 0..<code.n { own[i] = next[i] }
    for i in 0..<code.n where !own[i].isFinite { hasFault = hasFault ?? (code.index, local, at) }
  }

  /// Extremes within one step: at its ends, and where the slope along the flow changes sign.
  private func scanStep(
    _ code: EventPopulationCode, _ local: Int, _ at: Double, _ length: Double, _ next: UnsafePointer<Double>,
    _ isEvent: Bool
  ) {
    let unit = code.base + local
    let own = states(code, local)
    let constant = constant(code, local)
    let held = isHeld[unit]
    for index in code.observers {
      guard isWindowOpen[index], case .extreme(let isMax, _, _) = program.observers[index].kind,
        let map = program.observers[index].map
      else { continue }
      let slot = program.observers[index].base + local
      func look(_ y: UnsafePointer<Double>) -> (value: Double, slope: Double) {
        map.value.run(y, 0, constant, scratch, work)
        let value = work[0]
        map.state.code.run(y, 0, constant, scratch, work)
        let flow = work + workSize
        code.flow[held ? 1 : 0].value.run(y, 0, constant, scratch, flow)
        var slope = 0.0
        for k in 0..<map.state.count { slope += work[k] * flow[Int(map.state.columns[k])] }
        return (value, slope)
      }
      func consider(_ y: UnsafePointer<Double>, _ value: Double, at t: Double, moving: Int, isAfter: Bool) {
        guard isMax ? value > observed[slot] : value < observed[slot] else { return }
        observed[slot] = value
        // The segment is the step just recorded.
        extremes[slot] = ExtremeCandidate(
          value: value, time: at + t, segment: records.count - 1, moving: moving, isAfter: isAfter)
        let to = extremeStates + slot * mostStates
        for i in 0..<code.n { to[i] = y[i] }
      }
      let (start, end) = (look(own), look(next))
      // The first step after an event begins at the state after it.
      let isFirst = lastRecord[unit] >= 0 && records[lastRecord[unit]].time == at
      consider(own, start.value, at: 0, moving: isFirst ? lastRecord[unit] : -1, isAfter: true)
      if isMax ? start.slope > 0 && end.slope < 0 : start.slope < 0 && end.slope > 0 {
        var (low, high) = (0.0, length)
        let y = work + 23 * workSize
        for _ in 0..<60 {
          let middle = low + (high - low) / 2
          step(code, local, isHeld: held, own, middle, to: y)
          let slope = look(y).slope
          if (slope > 0) == isMax { low = middle } else { high = middle }
          if high - low <= 1e-15 * length { break }
        }
        consider(y, look(y).value, at: low, moving: -1, isAfter: false)
      }
      consider(next, end.value, at: length, moving: isEvent ? records.count : -1, isAfter: false)
    }
  }

  /// States at a time that has been looked ahead, without changing the run.
  private func lookAhead(
    _ code: EventPopulationCode, _ local: Int, to now: Double, _ copy: UnsafeMutablePointer<Double>
  ) {
    let unit = code.base + local
    let track = track(unit)
    var at = time[unit]
    let n = code.n
    if let k = track.steps.lastIndex(where: { $0.time <= now }) {
      for i in 0..<n { copy[i] = track.states[k * n + i] }
      at = track.steps[k].time
    }
    let trial = track.trial
    let next = work + 22 * workSize
    while at < now, hasFault == nil {
      let length = accepted(code, local, isHeld: isHeld[unit], copy, limit: now - at, to: next, track)
      for i in 0..<n { copy[i] = next[i] }
      at = length >= now - at ? now : at + length
    }
    track.trial = trial
  }
}
