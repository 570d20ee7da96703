import SNNIR

/// Values over the states of one unit, what arrives, and constants (parameters, drives, data): scalar code in `Double`.
struct EventCode: @unchecked Sendable {
  let instructions: UnsafeBufferPointer<ScalarProgram.Instruction>
  let pool: UnsafeBufferPointer<Int32>
  let nodes: UnsafeBufferPointer<Node>
  /// Place of each leaf: states, then the arrival, then constants.
  let leaves: UnsafeBufferPointer<Int32>
  let results: UnsafeBufferPointer<Int32>
  let registerCount: Int
  let stateCount: Int
  /// Whether any value reads a state or the arrival.
  let readsStates: Bool

  /// - Parameter place: where a leaf is found; nil for what is no leaf.
  init(
    _ values: [ValueID], in graph: Graph, states: Int, storage: CodeStorage, place: (ValueID) throws -> Int?
  ) throws {
    let order = graph.reachable(from: values)
    var leaf: [ValueID: ScalarProgram.Leaf] = [:]
    for value in order { if let index = try place(value) { leaf[value] = .input(index) } }
    let program = ScalarProgram(values: order, results: values, graph: graph) { leaf[$0] }
    let places = program.leaves.map { leaf -> Int32 in
      if case .input(let index) = leaf { return Int32(index) }
      return 0
    }
    instructions = storage.keep(program.instructions)
    pool = storage.keep(program.pool)
    nodes = storage.keep(program.nodes)
    leaves = storage.keep(places)
    results = storage.keep(program.results)
    registerCount = program.registerCount
    stateCount = states
    readsStates = places.contains { $0 <= states }
  }

  @inline(__always) func run(
    _ x: UnsafePointer<Double>, _ arrival: Double, _ constants: UnsafePointer<Double>,
    _ scratch: UnsafeMutablePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) {
    for k in 0..<leaves.count {
      let leaf = Int(leaves[k])
      scratch[k] = leaf < stateCount ? x[leaf] : (leaf == stateCount ? arrival : constants[leaf - stateCount - 1])
    }
    ScalarProgram.run(instructions, pool, nodes, scratch)
    for k in 0..<results.count { out[k] = scratch[Int(results[k])] }
  }
}

/// The nonzero entries of a Jacobian.
struct JacobianCode: @unchecked Sendable {
  let rows: UnsafeBufferPointer<Int32>
  let columns: UnsafeBufferPointer<Int32>
  let code: EventCode
  var count: Int { rows.count }

  /// `vᵀ J` is added to `into`; `scratch` holds the registers, `entries` the values.
  @inline(__always) func pull(
    _ v: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ arrival: Double, _ constants: UnsafePointer<Double>,
    _ scratch: UnsafeMutablePointer<Double>, _ entries: UnsafeMutablePointer<Double>,
    into: UnsafeMutablePointer<Double>
  ) {
    guard count > 0 else { return }
    code.run(x, arrival, constants, scratch, entries)
    for k in 0..<count { into[Int(columns[k])] += v[Int(rows[k])] * entries[k] }
  }
}

/// A map with its derivatives by states, by learned parameters (their columns are places in `EventProgram.learned`) and
/// by what arrives.
struct MapCode: @unchecked Sendable {
  let value: EventCode
  let state: JacobianCode
  let parameter: JacobianCode
  let arrival: EventCode?
}
