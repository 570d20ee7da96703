/// Neurons that never spike, are linear and are read at the end alone, the usual readout: their states there are the sum
/// of what each arrival leaves until then, x(T) = Φ(T) x(0) + Σ w Φ(T - t) k. Nothing has to happen when it arrives; one
/// vector per spike serves all targets, and its time derivative -Φ(T - t) A k the adjoint. A hundred hidden spikes into
/// three readouts would else be three hundred events.
extension EventRun {
  /// One spike through one connection.
  struct Superposition {
    var connection: Int32
    var spike: Int32
    /// Synapses.
    var low: Int
    var high: Int
    var value: Double
    /// When it arrives.
    var time: Double
    /// Of its two vectors in `kept`.
    var vectors: Int
  }

  /// Whether a population is of this kind, apart from what its parameters say.
  static func isSuperposable(_ code: EventPopulationCode, _ program: EventProgram) -> Bool {
    guard code.margin == nil, code.isLinear, !code.learnsFlow, !code.observers.isEmpty, !code.readsSample else {
      return false
    }
    return code.observers.allSatisfy { index in
      if case .probe(let time) = program.observers[index].kind { time >= program.events.duration } else { false }
    }
  }

  /// What a spike adds to the states at the end.
  func superpose(
    _ p: UnsafePointer<EventFrame>, _ index: Int, _ synapses: Range<Int>, at when: Double, spike: Int, _ value: Double
  ) {
    let connection = links + index
    let n = p.pointee.n
    guard let modes = p.pointee.modes, let gains = p.pointee.gains else { return }
    let phi = transition(modes[0], duration - when).matrix
    let gain = gains + connection.pointee.port * 2 * n
    let place = kept.extend(by: 2 * n)
    let vector = kept.base + place
    for i in 0..<n {
      var (state, slope) = (0.0, 0.0)
      for j in 0..<n {
        state += phi[i * n + j] * gain[j]
        slope -= phi[i * n + j] * gain[n + j]
      }
      vector[i] = state
      vector[n + i] = slope
    }
    let weights = parameters.weights + connection.pointee.offset
    let targets = connection.pointee.targets.baseAddress!
    let states = p.pointee.states + connection.pointee.targetLow * n
    for k in synapses {
      let own = states + Int(targets[k]) * n
      let size = weights[k] * value
      for i in 0..<n { own[i] += size * vector[i] }
    }
    let isShown = keepsRows && p.pointee.isRecorded
    if isRecording || isShown {
      superpositions.append(
        Superposition(
          connection: Int32(index), spike: Int32(spike), low: synapses.lowerBound, high: synapses.upperBound,
          value: value, time: when, vectors: place))
      if isShown { unseen.append(Int32(superpositions.count - 1)) }
    } else {
      kept.removeLast(2 * n)
    }
  }

  /// The states at the end without arrivals.
  func beginSuperposition(_ p: UnsafeMutablePointer<EventFrame>) {
    guard let modes = p.pointee.modes else { return }
    p.pointee.rowTime = 0
    let phi = transition(modes[0], duration)
    for local in 0..<p.pointee.units {
      let offset = p.pointee.offset(local, 0)
      modes[0].advance(p.pointee.states + local * p.pointee.n, phi, offset, work)
    }
  }

  /// What rows of a recording show lives beside the sums, so that recording changes nothing: states of the last row,
  /// brought to this one, and all that has arrived in between.
  func showSuperpositions(at now: Double) {
    for code in program.populations where frames[code.index].isSuperposed && frames[code.index].isRecorded {
      let p = frames + code.index
      guard let modes = p.pointee.modes, now > p.pointee.rowTime else { continue }
      let phi = transition(modes[0], now - p.pointee.rowTime)
      p.pointee.rowTime = now
      for local in 0..<code.units {
        modes[0].advance(rowStates + stateBase[code.index] + local * code.n, phi, p.pointee.offset(local, 0), work)
      }
    }
    var left = 0
    for k in 0..<unseen.count {
      let added = superpositions[Int(unseen[k])]
      guard added.time <= now else {
        unseen[left] = unseen[k]
        left += 1
        continue
      }
      let connection = links + Int(added.connection)
      let p = frames + connection.pointee.target
      guard let modes = p.pointee.modes, let gains = p.pointee.gains else { continue }
      let n = p.pointee.n
      let vector = work + workSize
      let gain = gains + connection.pointee.port * 2 * n
      for i in 0..<n { vector[i] = gain[i] }
      modes[0].advance(vector, transition(modes[0], now - added.time), nil, work)
      let states = rowStates + stateBase[connection.pointee.target] + connection.pointee.targetLow * n
      for k in added.low..<added.high {
        let own = states + Int(connection.pointee.targets[k]) * n
        let size = parameters.weights[connection.pointee.offset + k] * added.value
        for i in 0..<n { own[i] += size * vector[i] }
      }
    }
    unseen.removeLast(unseen.count - left)
  }

  func finishSuperposition(_ p: UnsafePointer<EventFrame>) {
    let n = p.pointee.n
    for local in 0..<p.pointee.units {
      time[p.pointee.base + local] = duration
      let own = p.pointee.states + local * n
      for i in 0..<n where !own[i].isFinite { hasFault = hasFault ?? (p.pointee.code.index, local, duration) }
    }
  }

  /// The adjoint of all that was added, before anything else is undone.
  func undoSuperpositions(_ sink: inout Sink) {
    for k in 0..<superpositions.count {
      let added = superpositions[k]
      let connection = links + Int(added.connection)
      let p = frames + connection.pointee.target
      let n = p.pointee.n
      let vector = kept.base + added.vectors
      let weights = parameters.weights + connection.pointee.offset
      let gradients = sink.weights + connection.pointee.offset
      let targets = connection.pointee.targets.baseAddress!
      let adjoints = p.pointee.adjoints + connection.pointee.targetLow * n
      let delays = connection.pointee.delayParameter == nil ? nil : sink.delays.map { $0 + connection.pointee.offset }
      var total = 0.0
      for k in added.low..<added.high {
        let own = adjoints + Int(targets[k]) * n
        var (direct, moved) = (0.0, 0.0)
        for i in 0..<n {
          direct += own[i] * vector[i]
          moved += own[i] * vector[n + i]
        }
        gradients[k] += direct * added.value
        let timed = moved * weights[k] * added.value
        total += timed
        delays?[k] += timed
      }
      if added.spike >= 0 { spikeAdjoint[Int(added.spike)] += total }
    }
  }
}
