import SNNIR

/// A spike of a run with exact times.
public struct TimedSpike: Hashable, Sendable {
  /// In ms.
  public var time: Double
  public var sample: Int32
  public var unit: Int32
}

/// What happened to a unit, in order, for the adjoint.
struct EventRecord {
  enum Kind: UInt8 {
    /// Arrivals at one instant: `a` the first contribution.
    case jump
    /// A spike: `a` its number, `b` what made the threshold hold: -1 the flow, -2 arrivals, else the number of the spike
    /// whose refractory time ended.
    case spike
    /// End of a refractory time: `a` the spike.
    case release
    /// A value read at a fixed time: `a` the observer.
    case probe
    /// A Runge-Kutta step from `time`; its length follows its state.
    case step
  }
  var time: Double
  var kind: Kind
  var isHeld: Bool
  /// Extremes lie in the segment that begins here, or move with this event.
  var hasExtremes = false
  var unit: Int32
  var a: Int32
  var b: Int32
  /// Where the states before and after are kept.
  var state: Int
}

/// One spike through one synapse.
struct Contribution {
  var connection: Int32
  var synapse: Int32
  /// -1: of an input.
  var spike: Int32
  var next: Int32
  var value: Double
}

/// An extreme found so far: of an observer and unit.
struct ExtremeCandidate {
  var value: Double
  var time: Double
  /// Record that begins the segment it lies in; -1: the start of the run.
  var segment: Int
  /// Record of the event that it moves with; -1: none.
  var moving: Int
  /// Before (false) or after that event.
  var isAfter: Bool
}

/// The memory and the work of one worker: one sample at a time, forward and backward.
final class EventRun: @unchecked Sendable {
  let program: EventProgram
  var parameters: EventParameters
  let duration: Double
  var isRecording = false
  var queue = EventQueue()

  // By unit of all populations.
  let time: UnsafeMutablePointer<Double>
  let version: UnsafeMutablePointer<Int32>
  let isHeld: UnsafeMutablePointer<Bool>
  let spikedAt: UnsafeMutablePointer<Double>
  /// Spikes one behind the other within a nanosecond each.
  let closeSpikes: UnsafeMutablePointer<Int32>
  /// Spike whose refractory time has ended at this instant, else -1.
  let releasedBy: UnsafeMutablePointer<Int32>
  /// Whether the threshold held before the arrivals of this instant (of populations that test crossings).
  let wasHolding: UnsafeMutablePointer<Bool>
  let isTouched: UnsafeMutablePointer<Bool>
  let firstContribution: UnsafeMutablePointer<Int32>
  let lastRecord: UnsafeMutablePointer<Int>
  let spikeCount: UnsafeMutablePointer<Int32>
  let firstSpike: UnsafeMutablePointer<Int32>
  let population: UnsafeMutablePointer<Int32>
  /// States and adjoints; `stateBase` by population.
  let x: UnsafeMutablePointer<Double>
  let adjoint: UnsafeMutablePointer<Double>
  let initialX: UnsafeMutablePointer<Double>
  var stateBase: [Int] = []
  let stateTotal: Int
  /// By population: constants `[unit][k]`, and contributions of f(0) to the closed forms, `[unit][held][i][m]`.
  var constants: [UnsafeMutablePointer<Double>] = []
  var offsets: [UnsafeMutablePointer<Double>?] = []
  var offsetSizes: [Int] = []
  /// Sums of what arrives at this instant: `[unit][port]`.
  let sums: UnsafeMutablePointer<Double>
  var sumBase: [Int] = []
  var tracks: [NumericTrack?]

  // Lists of the present instant.
  var touched = GrowingBuffer<Int32>()
  var firing = GrowingBuffer<Int32>()
  var arrivals = GrowingBuffer<QueuedEvent>()
  var marksNow = GrowingBuffer<Int32>()

  // The run's history.
  var records = GrowingBuffer<EventRecord>(4096)
  var kept = GrowingBuffer<Double>(16384)
  var contributions = GrowingBuffer<Contribution>(4096)
  var spikeTimes = GrowingBuffer<Double>(1024)
  var spikeUnits = GrowingBuffer<Int32>(1024)
  var superpositions = GrowingBuffer<Superposition>(1024)
  /// Those that no row of a recording shows yet.
  var unseen = GrowingBuffer<Int32>()
  let rowStates: UnsafeMutablePointer<Double>
  var observed: [Double]
  var extremes: [ExtremeCandidate]
  /// States at each extreme, `[number][state]`.
  let extremeStates: UnsafeMutablePointer<Double>
  let mostStates: Int
  var isWindowOpen: [Bool]
  var marks: [Mark] = []
  var recordRows: [[Double]] = []

  /// A fixed time at which something is read.
  struct Mark {
    enum Kind { case probe(Int), begin(Int), end(Int), record(Int) }
    var time: Double
    var kind: Kind
  }

  // Workspace.
  /// By population.
  let frames: UnsafeMutablePointer<EventFrame>
  let links: UnsafeMutablePointer<EventConnectionCode>
  private var transitions: TransitionCache
  let scratch: UnsafeMutablePointer<Double>
  let work: UnsafeMutablePointer<Double>
  let workSize: Int
  var hasFault: (population: Int, unit: Int, time: Double)?
  /// Whether that is a neuron that spikes without end.
  var isEndless = false

  // Backward.
  let backTime: UnsafeMutablePointer<Double>
  let jumpTime: UnsafeMutablePointer<Double>
  var spikeAdjoint = GrowingBuffer<Double>(1024)
  var observerAdjoint: [Double] = []
  /// Extremes by the record that begins their segment (-1 - unit: the start of the run), and by the event they move with.
  var extremesBySegment: [Int: [AttachedExtreme]] = [:]
  var extremesByEvent: [Int: [AttachedExtreme]] = [:]
  var batchSize = 1
  var keepsRows = false

  init(_ program: EventProgram, _ parameters: EventParameters) {
    self.program = program
    self.parameters = parameters
    duration = program.events.duration
    let units = max(program.units, 1)
    time = .allocate(capacity: units)
    version = .allocate(capacity: units)
    isHeld = .allocate(capacity: units)
    spikedAt = .allocate(capacity: units)
    closeSpikes = .allocate(capacity: units)
    releasedBy = .allocate(capacity: units)
    isTouched = .allocate(capacity: units)
    firstContribution = .allocate(capacity: units)
    lastRecord = .allocate(capacity: units)
    spikeCount = .allocate(capacity: units)
    firstSpike = .allocate(capacity: units)
    population = .allocate(capacity: units)
    backTime = .allocate(capacity: units)
    jumpTime = .allocate(capacity: units)
    version.initialize(repeating: 0, count: units)
    isTouched.initialize(repeating: false, count: units)
    firstContribution.initialize(repeating: -1, count: units)
    var states = 0
    var sumCount = 0
    var size = 64
    var tracks: [NumericTrack?] = []
    for code in program.populations {
      stateBase.append(states)
      states += code.n * code.units
      sumBase.append(sumCount)
      sumCount += code.units * code.ports[0].count
      size = max(size, code.largestCode, 16 * code.n + 64)
      for unit in 0..<code.units { population[code.base + unit] = Int32(code.index) }
      tracks += Array(repeating: nil, count: code.units)
      let memory = UnsafeMutablePointer<Double>.allocate(capacity: max(code.units * code.constants.count, 1))
      constants.append(memory)
      offsets.append(nil)
    }
    self.tracks = tracks
    stateTotal = states
    x = .allocate(capacity: max(states, 1))
    adjoint = .allocate(capacity: max(states, 1))
    initialX = .allocate(capacity: max(states, 1))
    rowStates = .allocate(capacity: max(states, 1))
    sums = .allocate(capacity: max(sumCount, 1))
    sums.initialize(repeating: 0, count: max(sumCount, 1))
    workSize = size
    scratch = .allocate(capacity: size)
    work = .allocate(capacity: 40 * size)
    observed = Array(repeating: 0, count: program.observed)
    mostStates = program.populations.map(\.n).max() ?? 0
    extremeStates = .allocate(capacity: max(program.observed * mostStates, 1))
    wasHolding = .allocate(capacity: units)
    frames = .allocate(capacity: max(program.populations.count, 1))
    for (k, code) in program.populations.enumerated() {
      (frames + k).initialize(
        to: EventFrame(
          code, states: x + stateBase[k], adjoints: adjoint + stateBase[k], sums: sums + sumBase[k], program: program))
    }
    links = .allocate(capacity: max(program.connections.count, 1))
    for (k, connection) in program.connections.enumerated() { (links + k).initialize(to: connection) }
    transitions = TransitionCache(states: mostStates, modes: (mostStates + 1) * (mostStates + 1))
    extremes = []
    isWindowOpen = program.observers.map { _ in false }
    makeMarks()
    take(parameters)
  }

  deinit {
    for pointer in [time, spikedAt, backTime, jumpTime, x, adjoint, initialX, sums, scratch, work] {
      pointer.deallocate()
    }
    for pointer in [version, releasedBy, firstContribution, spikeCount, firstSpike, population] { pointer.deallocate() }
    isHeld.deallocate()
    isTouched.deallocate()
    wasHolding.deallocate()
    extremeStates.deallocate()
    lastRecord.deallocate()
    for frame in 0..<program.populations.count { frames[frame].modes?.deallocate() }
    frames.deallocate()
    links.deallocate()
    transitions.free()
    superpositions.free()
    unseen.free()
    rowStates.deallocate()
    for pointer in constants { pointer.deallocate() }
    for pointer in offsets { pointer?.deallocate() }
    touched.free()
    firing.free()
    arrivals.free()
    marksNow.free()
    records.free()
    kept.free()
    contributions.free()
    spikeTimes.free()
    spikeUnits.free()
    spikeAdjoint.free()
    queue.heap.free()
  }

  private func makeMarks() {
    for (index, observer) in program.observers.enumerated() {
      switch observer.kind {
      case .probe(let time) where time < duration: marks.append(Mark(time: time, kind: .probe(index)))
      case .extreme(_, let from, let to):
        if from > 0 { marks.append(Mark(time: from, kind: .begin(index))) }
        if to < duration { marks.append(Mark(time: to, kind: .end(index))) }
      default: continue
      }
    }
    let interval = program.events.recordInterval
    guard !program.records.isEmpty else { return }
    for row in 0...program.events.recordRows {
      marks.append(Mark(time: min(Double(row) * interval, duration), kind: .record(row)))
    }
  }

  func take(_ parameters: EventParameters) {
    self.parameters = parameters
    transitions.clear()
    offsetSizes = parameters.modes.map { $0?.flatMap { $0 }.map { $0.n * $0.count }.max() ?? 0 }
    for code in program.populations {
      let count = code.units * code.constants.count
      constants[code.index].update(from: parameters.constants[code.index], count: count)
      offsets[code.index]?.deallocate()
      offsets[code.index] = nil
      guard parameters.modes[code.index] != nil, parameters.hasOffset[code.index] else { continue }
      offsets[code.index] = .allocate(capacity: max(code.units * 2 * offsetSizes[code.index], 1))
      if !code.readsSample { fillOffsets(code) }
    }
    for code in program.populations { fillFrame(code) }
  }

  private func fillFrame(_ code: EventPopulationCode) {
    let frame = frames + code.index
    frame.pointee.modes?.deallocate()
    frame.pointee.modes = nil
    if let modes = parameters.modes[code.index] {
      let tables = UnsafeMutablePointer<ModeTable>.allocate(capacity: 2 * modes.count)
      for (unit, pair) in modes.enumerated() {
        for held in 0...1 { (tables + 2 * unit + held).initialize(to: pair[held].table) }
      }
      frame.pointee.modes = tables
      frame.pointee.modeStride = modes.count == 1 ? 0 : 2
    }
    frame.pointee.offsets = offsets[code.index]
    frame.pointee.offsetSize = offsetSizes[code.index]
    frame.pointee.gains = parameters.gains[code.index]
    frame.pointee.lines = parameters.lines[code.index]
    frame.pointee.isSuperposed =
      parameters.modes[code.index] != nil && parameters.gains[code.index] != nil
      && Self.isSuperposable(code, program)
  }

  func fillOffsets(_ code: EventPopulationCode) {
    guard let modes = parameters.modes[code.index], let memory = offsets[code.index] else { return }
    let size = offsetSizes[code.index]
    let zero = work
    for i in 0..<code.n { zero[i] = 0 }
    for unit in 0..<code.units {
      for held in 0...1 {
        let system = modes[modes.count == 1 ? 0 : unit][held]
        let b = work + workSize
        code.flow[held].value.run(zero, 0, constants[code.index] + unit * code.constants.count, scratch, b)
        let to = memory + (unit * 2 + held) * size
        for i in 0..<code.n {
          for m in 0..<system.count {
            var sum = 0.0
            for j in 0..<code.n { sum += system.fromOffset[(i * system.count + m) * code.n + j] * b[j] }
            to[i * system.count + m] = sum
          }
        }
      }
    }
  }

  @inline(__always) func transition(_ modes: ModeTable, _ length: Double) -> TransitionCache.Entry {
    transitions(modes, length)
  }

  // MARK: Maps

  @inline(__always) func flow(
    _ p: UnsafePointer<EventFrame>, _ local: Int, _ held: Int, _ x: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>
  ) {
    let n = p.pointee.n
    if let lines = p.pointee.lines {
      AffineLines.apply(lines.flow + held * n * (n + 1), n, n, x, out)
    } else {
      p.pointee.code.flow[held].value.run(x, 0, constant(p.pointee.code, local), scratch, out)
    }
  }

  /// Left side minus right side of `spike when`.
  @inline(__always) func margin(_ p: UnsafePointer<EventFrame>, _ local: Int) -> Double {
    let n = p.pointee.n
    if let margin = p.pointee.lines?.margin {
      AffineLines.apply(margin, 1, n, p.pointee.states + local * n, work)
    } else {
      let code = p.pointee.code
      code.margin?.value.run(states(code, local), 0, constant(code, local), scratch, work)
    }
    return work[0]
  }

  @inline(__always) func states(_ code: EventPopulationCode, _ unit: Int) -> UnsafeMutablePointer<Double> {
    x + stateBase[code.index] + unit * code.n
  }

  @inline(__always) func constant(_ code: EventPopulationCode, _ unit: Int) -> UnsafePointer<Double> {
    UnsafePointer(constants[code.index] + unit * code.constants.count)
  }
}
