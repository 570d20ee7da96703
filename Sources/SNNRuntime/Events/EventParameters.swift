import SNNIR

/// What follows from the parameters: constants, closed forms of the flows, weights in the engine's order. Made anew when
/// parameters change, shared by all workers.
final class EventParameters: @unchecked Sendable {
  let program: EventProgram
  /// Natural values in file order.
  let values: [[Double]]
  let weights: UnsafeMutablePointer<Double>
  /// By connection: a delay per synapse in the engine's order; nil where one is for all.
  let delays: [UnsafeMutablePointer<Double>?]
  /// By population and unit (or one for all), free and held; nil where steps are taken.
  let modes: [[[ExponentialModes]]?]
  /// `[population][unit][constant]`, without those of a sample.
  let constants: [UnsafeMutablePointer<Double>]
  /// By population: whether f(0) is not 0 somewhere, so that closed forms have a constant part.
  let hasOffset: [Bool]
  /// By population, `[held][port][state]`: what arrives per unit weight, and A times that, where ports add and neither
  /// depends on the unit; nil otherwise.
  let gains: [UnsafeMutablePointer<Double>?]
  /// By population: its maps where they are affine and the same for all units.
  let lines: [AffineLines?]
  let initialStates: [[Double]]

  init(_ program: EventProgram, values: [[Double]], initialStates: [[Int: [Double]]]) {
    self.program = program
    self.values = values
    weights = .allocate(capacity: max(program.synapses, 1))
    var delays: [UnsafeMutablePointer<Double>?] = []
    for connection in program.connections {
      let own = values[connection.weight]
      for k in 0..<connection.count { weights[connection.offset + k] = own[Int(connection.fileOrder[k])] }
      guard let parameter = connection.delayParameter else {
        delays.append(nil)
        continue
      }
      let memory = UnsafeMutablePointer<Double>.allocate(capacity: max(connection.count, 1))
      let given = values[parameter]
      // Draws from a distribution with a tail may be below 0.
      for k in 0..<connection.count { memory[k] = max(given[given.count == 1 ? 0 : Int(connection.fileOrder[k])], 0) }
      delays.append(memory)
    }
    self.delays = delays
    var constants: [UnsafeMutablePointer<Double>] = []
    var modes: [[[ExponentialModes]]?] = []
    var hasOffset: [Bool] = []
    var gains: [UnsafeMutablePointer<Double>?] = []
    var lines: [AffineLines?] = []
    var initial: [[Double]] = []
    for population in program.populations {
      let count = population.constants.count
      let memory = UnsafeMutablePointer<Double>.allocate(capacity: max(population.units * count, 1))
      for unit in 0..<population.units {
        for (k, constant) in population.constants.enumerated() {
          switch constant {
          case .parameter(let index):
            let own = values[index]
            memory[unit * count + k] = own.count == 1 ? own[0] : own[min(unit, own.count - 1)]
          case .unitIndex: memory[unit * count + k] = Double(unit)
          case .stepSize: memory[unit * count + k] = program.plan.step
          case .drive, .data: memory[unit * count + k] = 0
          }
        }
      }
      constants.append(memory)
      let work = Workspace(population)
      let found = Self.closedForms(population, memory, work)
      modes.append(found)
      hasOffset.append(population.readsSample || Self.hasOffset(population, memory, work))
      gains.append(found == nil ? nil : Self.gains(population, memory, work))
      lines.append(Self.lines(population, found, memory, work))
      initial.append(Self.initial(population, memory, work, given: initialStates[population.index]))
      work.free()
    }
    (self.constants, self.modes, self.hasOffset, self.gains) = (constants, modes, hasOffset, gains)
    self.lines = lines
    self.initialStates = initial
  }

  deinit {
    weights.deallocate()
    for pointer in delays { pointer?.deallocate() }
    for pointer in constants { pointer.deallocate() }
    for pointer in gains { pointer?.deallocate() }
    for line in lines { line?.free() }
  }

  /// Registers for the code of one population.
  struct Workspace {
    let scratch: UnsafeMutablePointer<Double>
    let out: UnsafeMutablePointer<Double>
    let zero: UnsafeMutablePointer<Double>
    let point: UnsafeMutablePointer<Double>
    let expected: UnsafeMutablePointer<Double>

    init(_ population: EventPopulationCode) {
      let size = population.largestCode
      scratch = .allocate(capacity: size)
      out = .allocate(capacity: size)
      zero = .allocate(capacity: size)
      zero.initialize(repeating: 0, count: size)
      point = .allocate(capacity: size)
      expected = .allocate(capacity: size)
    }

    func free() {
      scratch.deallocate()
      out.deallocate()
      zero.deallocate()
      point.deallocate()
      expected.deallocate()
    }
  }

  /// Whether constants differ between units.
  static func differsByUnit(_ population: EventPopulationCode, _ constants: UnsafePointer<Double>) -> Bool {
    let count = population.constants.count
    for unit in 1..<max(population.units, 1) {
      for k in 0..<count where constants[unit * count + k] != constants[k] { return true }
    }
    return false
  }

  /// A of the linear flow, row-major.
  private static func matrix(
    _ population: EventPopulationCode, held: Int, _ constants: UnsafePointer<Double>, _ work: Workspace
  ) -> [Double] {
    let n = population.n
    var a = [Double](repeating: 0, count: n * n)
    let jacobian = population.flow[held].state
    guard jacobian.count > 0 else { return a }
    jacobian.code.run(work.zero, 0, constants, work.scratch, work.out)
    for k in 0..<jacobian.count { a[Int(jacobian.rows[k]) * n + Int(jacobian.columns[k])] = work.out[k] }
    return a
  }

  private static func closedForms(
    _ population: EventPopulationCode, _ constants: UnsafePointer<Double>, _ work: Workspace
  ) -> [[ExponentialModes]]? {
    guard population.isLinear else { return nil }
    let units = differsByUnit(population, constants) ? population.units : 1
    var result: [[ExponentialModes]] = []
    for unit in 0..<units {
      let own = constants + unit * population.constants.count
      var pair: [ExponentialModes] = []
      for held in 0...1 {
        let a = matrix(population, held: held, own, work)
        guard let modes = ExponentialModes(a, n: population.n) else { return nil }
        pair.append(modes)
      }
      result.append(pair)
    }
    return result
  }

  private static func hasOffset(
    _ population: EventPopulationCode, _ constants: UnsafePointer<Double>, _ work: Workspace
  ) -> Bool {
    for unit in 0..<population.units {
      for held in 0...1 {
        population.flow[held].value.run(
          work.zero, 0, constants + unit * population.constants.count, work.scratch, work.out)
        for i in 0..<population.n where work.out[i] != 0 { return true }
      }
    }
    return false
  }

  private static func gains(
    _ population: EventPopulationCode, _ constants: UnsafePointer<Double>, _ work: Workspace
  ) -> UnsafeMutablePointer<Double>? {
    let portCount = population.ports[0].count
    guard portCount > 0, !population.readsSample, !differsByUnit(population, constants),
      population.isAdditive.allSatisfy({ $0.allSatisfy { $0 } })
    else { return nil }
    let n = population.n
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: 2 * portCount * 2 * n)
    for held in 0...1 {
      let a = matrix(population, held: held, constants, work)
      for port in 0..<portCount {
        let to = memory + (held * portCount + port) * 2 * n
        population.ports[held][port].arrival?.run(work.zero, 0, constants, work.scratch, work.out)
        for i in 0..<n { to[i] = work.out[i] }
        for i in 0..<n { to[n + i] = (0..<n).reduce(0) { $0 + a[i * n + $1] * to[$1] } }
      }
    }
    return memory
  }

  private static func initial(
    _ population: EventPopulationCode, _ constants: UnsafePointer<Double>, _ work: Workspace,
    given: [Int: [Double]]
  ) -> [Double] {
    var result: [Double] = []
    for unit in 0..<population.units {
      population.initial.value.run(
        work.zero, 0, constants + unit * population.constants.count, work.scratch, work.out)
      for state in 0..<population.n {
        let own = given[state]
        result.append(own.map { $0.count == 1 ? $0[0] : $0[unit] } ?? work.out[state])
      }
    }
    return result
  }
}

extension EventPopulationCode {
  /// Registers and results that any of its code needs.
  var largestCode: Int {
    var maps = flow + [margin, reset].compactMap { $0 } + ports[0] + ports[1] + [initial]
    maps += extraMaps
    return maps.reduce(2 * n + 8) { most, map in
      let codes = [map.value, map.state.code, map.parameter.code] + [map.arrival].compactMap { $0 }
      return codes.reduce(most) { Swift.max($0, $1.registerCount + $1.results.count + 8) }
    }
  }
}
