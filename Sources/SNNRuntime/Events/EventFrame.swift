/// The closed form of a flow as plain memory; `ExponentialModes` owns it.
struct ModeTable {
  let n: Int
  let count: Int
  let rates: UnsafeMutablePointer<Double>
  let powers: UnsafeMutablePointer<Int32>
  let fromState: UnsafeMutablePointer<Double>
}

/// One population as the inner loops see it: numbers and addresses alone, so that no reference is counted per event.
struct EventFrame {
  /// The program owns it, and outlives the run.
  unowned(unsafe) let code: EventPopulationCode
  let n: Int
  /// Of the first unit among those of all populations.
  let base: Int
  let units: Int
  let ports: Int
  let refractory: Double
  let hasThreshold: Bool
  let isStrict: Bool
  let isCrossing: Bool
  let readsExtremes: Bool
  let learnsFlow: Bool
  /// Of the first unit: `[unit][state]`, `[unit][port]`.
  let states: UnsafeMutablePointer<Double>
  let adjoints: UnsafeMutablePointer<Double>
  let sums: UnsafeMutablePointer<Double>
  /// Its states at the end are sums over all that arrives: see `EventRun+Superposition`.
  var isSuperposed = false
  let isRecorded: Bool
  /// Time of the last row of a recording, where superposed.
  var rowTime = 0.0
  /// `[unit or one for all][free, held]`; nil where steps are taken.
  var modes: UnsafeMutablePointer<ModeTable>?
  /// 0 where one closed form is for all.
  var modeStride = 0
  var offsets: UnsafeMutablePointer<Double>?
  var offsetSize = 0
  var gains: UnsafeMutablePointer<Double>?
  var lines: AffineLines?

  init(
    _ code: EventPopulationCode, states: UnsafeMutablePointer<Double>, adjoints: UnsafeMutablePointer<Double>,
    sums: UnsafeMutablePointer<Double>, program: EventProgram
  ) {
    self.code = code
    (n, base, units, ports, refractory) = (code.n, code.base, code.units, code.ports[0].count, code.refractory)
    (hasThreshold, isStrict, isCrossing) = (code.margin != nil, code.isStrict, code.isCrossing)
    learnsFlow = code.learnsFlow
    readsExtremes = code.observers.contains { index in
      if case .extreme = program.observers[index].kind { true } else { false }
    }
    isRecorded = program.records.contains { $0.population == code.index && $0.map != nil }
    (self.states, self.adjoints, self.sums) = (states, adjoints, sums)
  }

  @inline(__always) func table(_ local: Int, _ isHeld: Bool) -> UnsafeMutablePointer<ModeTable>? {
    modes.map { $0 + local * modeStride + (isHeld ? 1 : 0) }
  }

  @inline(__always) func offset(_ local: Int, _ held: Int) -> UnsafePointer<Double>? {
    offsets.map { UnsafePointer($0 + (local * 2 + held) * offsetSize) }
  }
}

/// Maps of a population that are affine in its states, with coefficients that are the same for all its units.
struct AffineLines {
  /// `[free, held][state][A…, b]`: x' = A x + b.
  let flow: UnsafeMutablePointer<Double>
  /// `[slope…, constant]` of the guard's margin.
  let margin: UnsafeMutablePointer<Double>?
  /// The margin's modes per state, `[m][state]`; free.
  let modal: UnsafeMutablePointer<Double>?
  /// `[state][R…, c]`: what a spike makes of the states.
  let reset: UnsafeMutablePointer<Double>?
  /// Modes of a margin that is a constant and two decays: `(constant, first, second)` by number, -1 where none.
  let decays: (constant: Int, first: Int, second: Int)?

  @inline(__always) static func apply(
    _ map: UnsafePointer<Double>, _ rows: Int, _ n: Int, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<rows {
      let row = map + i * (n + 1)
      var sum = row[n]
      for j in 0..<n { sum += row[j] * x[j] }
      out[i] = sum
    }
  }

  /// `vᵀ M` is added to `into`.
  @inline(__always) static func pull(
    _ map: UnsafePointer<Double>, _ rows: Int, _ n: Int, _ v: UnsafePointer<Double>,
    into: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<rows where v[i] != 0 {
      let row = map + i * (n + 1)
      for j in 0..<n { into[j] += v[i] * row[j] }
    }
  }

  func free() {
    flow.deallocate()
    margin?.deallocate()
    modal?.deallocate()
    reset?.deallocate()
  }
}

extension EventParameters {
  /// nil where a flow has no closed form, or constants differ between units or samples.
  static func lines(
    _ population: EventPopulationCode, _ modes: [[ExponentialModes]]?, _ constants: UnsafePointer<Double>,
    _ work: Workspace
  ) -> AffineLines? {
    guard let modes, modes.count == 1, !population.readsSample, !differsByUnit(population, constants) else {
      return nil
    }
    let n = population.n
    /// Whether a constant derivative is all of it: that of `floor` is not.
    func affine(_ map: MapCode, _ rows: Int, _ to: UnsafeMutablePointer<Double>) -> Bool {
      for k in 0..<rows * (n + 1) { to[k] = 0 }
      map.value.run(work.zero, 0, constants, work.scratch, work.out)
      for i in 0..<rows { to[i * (n + 1) + n] = work.out[i] }
      if map.state.count > 0 {
        map.state.code.run(work.zero, 0, constants, work.scratch, work.out)
        for k in 0..<map.state.count {
          to[Int(map.state.rows[k]) * (n + 1) + Int(map.state.columns[k])] = work.out[k]
        }
      }
      for i in 0..<n { work.point[i] = 0.7548776662 * Double(i + 1) - 0.2451223338 * Double(n) }
      map.value.run(work.point, 0, constants, work.scratch, work.out)
      AffineLines.apply(to, rows, n, work.point, work.expected)
      return (0..<rows).allSatisfy { abs(work.out[$0] - work.expected[$0]) <= 1e-9 * max(1, abs(work.expected[$0])) }
    }
    let flow = UnsafeMutablePointer<Double>.allocate(capacity: 2 * n * (n + 1))
    var isAffine = true
    for held in 0...1 where !affine(population.flow[held], n, flow + held * n * (n + 1)) { isAffine = false }
    var margin: UnsafeMutablePointer<Double>?
    var modal: UnsafeMutablePointer<Double>?
    var decays: (constant: Int, first: Int, second: Int)?
    if let map = population.margin {
      let line = UnsafeMutablePointer<Double>.allocate(capacity: n + 1)
      if !affine(map, 1, line) { isAffine = false }
      let free = modes[0][0]
      let rows = UnsafeMutablePointer<Double>.allocate(capacity: max(free.count * n, 1))
      for m in 0..<free.count {
        for j in 0..<n {
          rows[m * n + j] = (0..<n).reduce(0) { $0 + line[$1] * free.fromState[($1 * free.count + m) * n + j] }
        }
      }
      (margin, modal, decays) = (line, rows, self.decays(free))
    }
    var reset: UnsafeMutablePointer<Double>?
    if let map = population.reset, !map.state.code.readsStates {
      let memory = UnsafeMutablePointer<Double>.allocate(capacity: n * (n + 1))
      if affine(map, n, memory) { reset = memory } else { memory.deallocate() }
    }
    let lines = AffineLines(flow: flow, margin: margin, modal: modal, reset: reset, decays: decays)
    if isAffine { return lines }
    lines.free()
    return nil
  }

  private static func decays(_ modes: ExponentialModes) -> (constant: Int, first: Int, second: Int)? {
    var result = (constant: -1, first: -1, second: -1)
    for m in 0..<modes.count {
      guard modes.powers[m] == 0, modes.rates[m] <= 0 else { return nil }
      if modes.rates[m] == 0 {
        result.constant = m
      } else if result.first < 0 {
        result.first = m
      } else if result.second < 0 {
        result.second = m
      } else {
        return nil
      }
    }
    return result.second < 0 ? nil : result
  }
}

/// Φ(t) of closed forms at the times asked for last: all targets of one spike, and the adjoint later, ask the same.
struct TransitionCache {
  /// Of one entry: its time, the address of its rates, Φ `[i][j]`, and the functions of time.
  private let memory: UnsafeMutablePointer<Double>
  private let size: Int
  private let matrix: Int
  static let entries = 128

  init(states: Int, modes: Int) {
    matrix = states * states
    size = 2 + matrix + modes
    memory = .allocate(capacity: Self.entries * size)
    clear()
  }

  func free() { memory.deallocate() }

  func clear() { for k in 0..<Self.entries { memory[k * size] = -1 } }

  struct Entry {
    let matrix: UnsafePointer<Double>
    let functions: UnsafePointer<Double>
  }

  @inline(__always) func callAsFunction(_ modes: ModeTable, _ length: Double) -> Entry {
    let owner = UInt(bitPattern: modes.rates)
    let hash = (length.bitPattern ^ UInt64(owner)) &* 0x9E37_79B9_7F4A_7C15
    let entry = memory + Int(hash >> 57) * size
    let functions = entry + 2 + matrix
    if entry[0] != length || entry[1].bitPattern != UInt64(owner) {
      fill(modes, length, entry)
      entry[1] = Double(bitPattern: UInt64(owner))
    }
    return Entry(matrix: UnsafePointer(entry + 2), functions: UnsafePointer(functions))
  }

  private func fill(_ modes: ModeTable, _ length: Double, _ entry: UnsafeMutablePointer<Double>) {
    entry[0] = length
    let functions = entry + 2 + matrix
    modes.basis(length, functions)
    let n = modes.n
    for i in 0..<n {
      for j in 0..<n {
        var sum = 0.0
        for m in 0..<modes.count { sum += modes.fromState[(i * modes.count + m) * n + j] * functions[m] }
        entry[2 + i * n + j] = sum
      }
    }
  }
}
