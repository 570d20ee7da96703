import CSNNKernels
import SNNIR

/// How the parameters of a set lie in memory: as their connection's weights do, one row per source with the targets as
/// columns; or one row, as a list.
struct ParameterSetCode {
  var rows = 1
  var columns = 0
  var stride = 0
  /// Unit of column 0, where units follow columns.
  var low = 0
  /// Unit by column, where they do not.
  var units: UnsafePointer<Int32>?
  /// Source by column of a list, or of the first row; counted from the connection's first source.
  var sources: UnsafePointer<Int32>?
  /// Weight by column of a list, where synapses share weights.
  var slots: UnsafePointer<UInt32>?
  var lanes: Int { rows * stride }

  @inline(__always) func unit(_ column: Int) -> Int { units.map { Int($0[column]) } ?? low + column }
}

struct TermCode {
  /// -1: `number` stands for it.
  var coefficient: Int
  var number: Double
  var influence: Int
  /// One coefficient for all units of a sample.
  var isShared = false
  /// The influence has one number per source, for parameters that are synapses.
  var ofSources = false
  /// Of the influence; added to the tick.
  var offset = 0
  /// Their places in `InfluenceCode.kept`, or -1.
  var keptInfluence = -1
  var keptCoefficient = -1
}

struct RowCode {
  /// -1: the gradient.
  var destination: Int
  var terms: UnsafeBufferPointer<TermCode>
}

/// An `InfluenceStep` with everything resolved.
struct InfluenceCode {
  enum Kind: UInt8 { case spikes, signal, values, spread, pass, combine, collect, lines }
  var kind: Kind
  var set: ParameterSetCode
  /// Units of what is written (or collected); 0: diagonal.
  var units = 0
  var connection = -1
  /// Delay, or tick offset of what is read.
  var offset = 0
  var from = -1
  /// Units of what `spread` reads; 0: diagonal.
  var fromUnits = 0
  var into = -1
  /// Of `lines`: one after the other, on each line of the parameters.
  var rows = UnsafeBufferPointer<RowCode>(start: nil, count: 0)
  /// Of `lines` that do several ticks at once: how many, their number among those, and the buffers (with their offsets
  /// from the tick) that are kept of each tick meanwhile.
  var blockTicks = 1
  var block = 0
  var kept = UnsafeBufferPointer<Int>(start: nil, count: 0)
  var keptOffsets = UnsafeBufferPointer<Int>(start: nil, count: 0)
}

extension Program {
  /// Whether influences of synapses are carried, one number for each in every sample or more.
  var hasTraces: Bool {
    plan.buffers.contains { if case .synapses? = $0.influence { true } else { false } }
  }

  func setLanes(_ set: ParameterSet) -> Int {
    switch set {
    case .units(let population): return populationUnits[population]
    case .sources(let connection): return plan.connections[connection].sourceRange.count
    case .synapses(let index):
      let connection = plan.connections[index]
      return connection.pattern == .all
        ? connection.sourceRange.count * padded(connection.targetRange.count)
        : plan.relations[index]?.count ?? synapseCount(index)
    }
  }

  private func code(_ set: ParameterSet) -> ParameterSetCode {
    var code = ParameterSetCode()
    switch set {
    case .units(let population):
      code.columns = populationUnits[population]
      code.stride = code.columns
    case .sources(let index):
      code.rows = connections[index].sourceCount
      code.columns = 1
      code.stride = 1
    case .synapses(let index):
      let c = connections[index]
      guard let count = c.flatCount else {
        code.rows = c.sourceCount
        code.columns = c.targetCount
        code.stride = c.stride
        code.low = c.targetLow
        return code
      }
      code.columns = plan.relations[index]?.count ?? count
      code.stride = code.columns
      if let relation = plan.relations[index] {
        code.slots = relation.slots.map { UnsafePointer(storage.keep($0).baseAddress!) }
        code.units = storage.keep(relation.targets.map { Int32($0) + Int32(c.targetLow) }).baseAddress
        code.sources = storage.keep(relation.sources.map { Int32($0) }).baseAddress
      } else {
        code.low = c.targetLow
        code.sources = storage.keep((0..<count).map { Int32($0) }).baseAddress
      }
    }
    return code
  }

  private func fullUnits(_ buffer: BufferID) -> Int {
    guard plan[buffer].axes.contains(.unit), let extent = plan[buffer].extent else { return 0 }
    return plan.graph[extent].size
  }

  private func set(of buffer: BufferID) throws -> ParameterSet {
    guard let set = plan[buffer].influence else { throw malformed("\(plan[buffer].name) is no influence") }
    return set
  }

  private func row(_ destination: BufferID?, _ terms: [InfluenceTerm], of set: ParameterSet) -> RowCode {
    let codes = terms.map { term -> TermCode in
      var code = TermCode(coefficient: -1, number: 0, influence: Int(term.influence.index))
      if plan[term.influence].influence != set { code.ofSources = true }
      switch term.coefficient {
      case .number(let number): code.number = number
      case .buffer(let buffer): code.coefficient = Int(buffer.index)
      case .shared(let buffer): (code.coefficient, code.isShared) = (Int(buffer.index), true)
      }
      return code
    }
    return RowCode(destination: destination.map { Int($0.index) } ?? -1, terms: storage.keep(codes))
  }

  func lower(_ step: InfluenceStep) throws -> InfluenceCode {
    switch step {
    case .spikes(let connection, let delay, let into):
      return InfluenceCode(
        kind: .spikes, set: code(try set(of: into)), units: fullUnits(into), connection: connection, offset: delay,
        into: Int(into.index))
    case .signal(let connection, let source, let offset, let into):
      return InfluenceCode(
        kind: .signal, set: code(try set(of: into)), units: fullUnits(into), connection: connection, offset: offset,
        from: Int(source.index), into: Int(into.index))
    case .values(let values, let into):
      return InfluenceCode(
        kind: .values, set: code(try set(of: into)), units: fullUnits(into), from: Int(values.index),
        into: Int(into.index))
    case .spread(let connection, let from, let offset, let into):
      guard fullUnits(into) > 0 else { throw malformed("\(plan[into].name) has no room for other units") }
      return InfluenceCode(
        kind: .spread, set: code(try set(of: into)), units: fullUnits(into), connection: connection, offset: offset,
        from: Int(from.index), fromUnits: fullUnits(from), into: Int(into.index))
    case .pass(let from, let offset, let into):
      let set = try set(of: into)
      guard try self.set(of: from) == set, fullUnits(from) == 0, fullUnits(into) == 0 else {
        throw malformed("\(plan[from].name) is not of the same parameters as \(plan[into].name)")
      }
      return InfluenceCode(
        kind: .pass, set: code(set), offset: offset, from: Int(from.index), into: Int(into.index))
    case .combine(let rows):
      guard let first = rows.first else { throw malformed("an empty combination") }
      let set = try set(of: first.destination)
      return InfluenceCode(
        kind: .combine, set: code(set), units: fullUnits(first.destination),
        rows: storage.keep(rows.map { row($0.destination, $0.terms, of: set) }))
    case .collect(let terms, let set, let into):
      guard let first = terms.first else { throw malformed("nothing to collect") }
      var result = InfluenceCode(
        kind: .collect, set: code(set), units: fullUnits(first.influence), into: into.map { Int($0.index) } ?? -1,
        rows: storage.keep([row(nil, terms, of: set)]))
      if case .synapses(let connection) = set { result.connection = connection }
      return result
    }
  }

  /// Puts consecutive steps on the traces of the same synapses together, so that a line of them is in cache for all.
  func joinLines(_ code: [StepCode], _ steps: [PlanStep]) -> [StepCode] {
    var result: [StepCode] = []
    var open: (set: ParameterSet, rows: [RowCode])?
    var members: [Int] = []
    func close() {
      guard let lines = open, case .synapses(let connection) = lines.set else { return }
      var joined = InfluenceCode(
        kind: .lines, set: self.code(lines.set), connection: connection, rows: storage.keep(lines.rows))
      gather(&joined, lines.rows, others: otherBuffers(than: members))
      influences.append(joined)
      result.append(.influence(influences.count - 1))
      open = nil
      members = []
    }
    for (index, (step, code)) in zip(steps, code).enumerated() {
      guard let (set, rows) = lines(step) else {
        close()
        result.append(code)
        continue
      }
      if open?.set != set { close() }
      open = (set, (open?.rows ?? []) + rows)
      members.append(index)
    }
    close()
    return result
  }

  /// What the steps of all ticks but some of the backward section read and write.
  private func otherBuffers(than members: [Int]) -> Set<Int> {
    let steps = plan.tick + plan.reverseTick.enumerated().filter { !members.contains($0.offset) }.map(\.element)
    return Set(steps.flatMap { plan.reads(of: $0) + $0.writes }.map { Int($0.0.index) })
  }

  /// Lets lines do several ticks at once, where their traces are theirs alone: what else they read is kept of each tick.
  private func gather(_ code: inout InfluenceCode, _ rows: [RowCode], others: Set<Int>) {
    guard plan.carriesForward else { return }
    let own = Set(rows.map(\.destination).filter { $0 >= 0 })
    guard own.isDisjoint(with: others), own.allSatisfy({ traits[$0].rows == .single }) else { return }
    var kept: [(buffer: Int, offset: Int)] = []
    func keep(_ buffer: Int, _ offset: Int) -> Int {
      if let known = kept.firstIndex(where: { $0 == (buffer, offset) }) { return known }
      kept.append((buffer, offset))
      return kept.count - 1
    }
    var isFitting = true
    let gathered = rows.map { row in
      RowCode(
        destination: row.destination,
        terms: storage.keep(
          row.terms.map { term in
            var term = term
            if !own.contains(term.influence) {
              // Another matrix would be as much as what this saves.
              if !term.ofSources { isFitting = false }
              term.keptInfluence = keep(term.influence, term.offset)
            }
            if term.coefficient >= 0 { term.keptCoefficient = keep(term.coefficient, 0) }
            return term
          }))
    }
    let bytes = kept.reduce(0) { $0 + traits[$1.buffer].lanes * traits[$1.buffer].elementBytes }
    let span = plan.window ?? plan.ticks
    let most = min((12 << 10) / max(bytes, 1), 16, span)
    guard isFitting, most > 1 else { return }
    // Blocks of a window that are alike.
    let blocks = (span + most - 1) / most
    code.blockTicks = (span + blocks - 1) / blocks
    code.block = lineBlockCount
    code.rows = storage.keep(gathered)
    code.kept = storage.keep(kept.map(\.buffer))
    code.keptOffsets = storage.keep(kept.map(\.offset))
    lineBlockCount += 1
  }

  /// A step as lines that may be done one after the other; nil where it is none.
  private func lines(_ step: PlanStep) -> (ParameterSet, [RowCode])? {
    func own(_ buffer: BufferID) -> ParameterSet? {
      guard case .synapses(let connection)? = plan[buffer].influence, fullUnits(buffer) == 0,
        connections[connection].flatCount == nil
      else { return nil }
      return plan[buffer].influence
    }
    func fits(_ terms: [InfluenceTerm], _ more: Int) -> Bool { terms.count + more <= Int(SNN_LINE_TERMS) }
    func one(_ buffer: BufferID, _ offset: Int) -> TermCode {
      TermCode(coefficient: -1, number: 1, influence: Int(buffer.index), offset: offset)
    }
    switch step {
    case .zero(let buffer): return own(buffer).map { ($0, [row(buffer, [], of: $0)]) }
    case .influence(.pass(let from, let offset, let into)):
      guard let set = own(into) else { return nil }
      let terms = [one(into, 0), one(from, offset)]
      return (set, [RowCode(destination: Int(into.index), terms: storage.keep(terms))])
    case .influence(.collect(let terms, let set, nil)):
      guard fits(terms, 1), case .synapses(let connection) = set, connections[connection].flatCount == nil,
        terms.allSatisfy({ fullUnits($0.influence) == 0 })
      else { return nil }
      return (set, [row(nil, terms, of: set)])
    case .influence(.combine(let rows)):
      guard let set = rows.first.flatMap({ own($0.destination) }), rows.allSatisfy({ fits($0.terms, 0) }) else {
        return nil
      }
      // None may be written while another is still to read it.
      var left = rows
      var ordered: [InfluenceRow] = []
      while !left.isEmpty {
        let next = left.firstIndex { row in
          left.allSatisfy { other in other == row || !other.terms.contains { $0.influence == row.destination } }
        }
        guard let next else { return nil }
        ordered.append(left.remove(at: next))
      }
      return (set, ordered.map { row($0.destination, $0.terms, of: set) })
    default: return nil
    }
  }
}
