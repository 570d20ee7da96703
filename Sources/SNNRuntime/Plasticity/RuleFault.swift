import CSNNKernels
import SNNIR

/// A weight, state or trace of a rule that stopped being a finite number.
struct RuleFault {
  var rule: Int
  /// nil: the weight.
  var state: Int?
  var lane: Int
  var value: Double
  var tick: Int?
  var sample: Int
}

extension PlasticityRun {
  /// The first of all that rules keep which is no finite number.
  func firstFault(_ context: ExecutionContext, tick: Int?) -> RuleFault? {
    for (index, run) in runs.enumerated() {
      let code = run.code
      let connection = context.program.connections[code.connection]
      let (rows, columns, stride) =
        connection.flatCount.map { (1, $0, $0) } ?? (connection.sourceCount, connection.targetCount, connection.stride)
      func found(_ state: Int?, _ base: UnsafeMutableRawPointer, _ rows: Int, _ columns: Int, _ stride: Int)
        -> RuleFault?
      {
        for row in 0..<rows {
          let from = base + row * stride * code.laneBytes
          let lane = context.program.lanes.raw.pointee.first_fault(from, columns, 0)
          guard lane >= 0 else { continue }
          return RuleFault(
            rule: index, state: state, lane: row * stride + lane, value: run.element(from, lane), tick: tick,
            sample: context.firstSample)
        }
        return nil
      }
      if let fault = found(nil, context.weights[code.connection], rows, columns, stride) { return fault }
      for (place, state) in code.states.enumerated() {
        let lanes = code.lanes(state.side)
        let fault =
          state.side == .synapse
          ? found(place, run.states[place], rows, columns, stride) : found(place, run.states[place], 1, lanes, lanes)
        if let fault { return fault }
      }
    }
    return nil
  }
}

extension Program {
  /// The fault in the words of the plan.
  func fault(_ found: RuleFault) -> RuntimeFault {
    let rule = plan.rules[found.rule]
    let connection = plan.connections[rule.connection]
    let code = connections[rule.connection]
    let state = found.state.map { rule.states[$0] }
    var result = RuntimeFault(
      place: .state, variable: "\(connection.name).\(state?.name ?? "weight") of rule \(rule.name)", symbol: nil,
      location: rule.location, population: nil, tick: found.tick, unit: nil, sample: found.sample, value: found.value)
    switch state?.side ?? .synapse {
    case .pre: result.unit = connection.sourceRange.lowerBound + found.lane % max(code.sourceCount, 1)
    case .post: result.unit = connection.targetRange.lowerBound + found.lane
    case .synapse:
      let pair: (Int, Int)?
      if code.flatCount == nil {
        pair = (found.lane / code.stride, found.lane % code.stride)
      } else if let relation = plan.relations[rule.connection] {
        let source = relation.rows.firstIndex { $0 > found.lane }.map { $0 - 1 }
        pair =
          relation.targets.count == relation.weightCount ? source.map { ($0, Int(relation.targets[found.lane])) } : nil
      } else {
        pair = (found.lane, found.lane)
      }
      result.synapse = pair.map {
        .init(source: connection.sourceRange.lowerBound + $0.0, target: connection.targetRange.lowerBound + $0.1)
      }
    }
    return result
  }
}

/// The weights of rules as they were before a batch: where a run fails it is repeated from them, and they come back.
struct WeightsBefore {
  private let copies: [(memory: AlignedMemory, copy: AlignedMemory)]
  /// More is not copied; where a run fails then, nobody knows when.
  static let mostBytes = 256 << 20

  static func bytes(_ program: Program) -> Int {
    guard program.goesInOrder else { return 0 }
    let bytes = program.rules.reduce(0) { $0 + $1.weightLanes } * program.precision.bytes
    return bytes <= mostBytes ? bytes : 0
  }

  /// - Returns: nil where nothing is to come back, or it would be too much.
  init?(_ engine: Engine) {
    guard Self.bytes(engine.program) > 0 else { return nil }
    copies = engine.program.rules.compactMap { rule in
      guard let memory = engine.weights(rule.connection) else { return nil }
      let copy = AlignedMemory(byteCount: memory.byteCount)
      copy.base.copyMemory(from: memory.base, byteCount: memory.byteCount)
      return (memory, copy)
    }
  }

  func restore() {
    for (memory, copy) in copies { memory.base.copyMemory(from: copy.base, byteCount: copy.byteCount) }
  }
}
