extension Plan {
  /// Continuous connections are planned with a delay of 2 ticks where every synapse has its own, and read as far back as
  /// the longest once it is known. Steps hold the offset of the longest; the runtime takes each list of synapses by its
  /// own delay. At tick 0 of the reverse pass an offset says how many ticks later something arrived: of the synapses
  /// whose delay is at least as long.
  mutating func stretch(_ longest: [Int: Int]) {
    var sources: [BufferID: Int] = [:]
    func isContinuous(_ connection: Int) -> Bool {
      if case .continuous = connections[connection].signal { longest[connection] != nil } else { false }
    }
    guard longest.keys.contains(where: isContinuous) else { return }
    func stretched(_ step: PlanStep) -> PlanStep {
      switch step {
      case .deliverContinuous(let connection, let source, let offset, let into) where isContinuous(connection):
        let length = longest[connection] ?? 2
        sources[source] = max(sources[source] ?? 0, length)
        return .deliverContinuous(connection: connection, source: source, tickOffset: offset + 2 - length, into: into)
      case .outerContinuous(let connection, let source, let offset, let adjoint) where isContinuous(connection):
        let length = longest[connection] ?? 2
        return .outerContinuous(
          connection: connection, source: source, tickOffset: offset + 2 - length, adjoint: adjoint)
      default: return step
      }
    }
    start = start.map(stretched)
    tick = tick.map(stretched)
    reverseTick = reverseTick.map(stretched)
    reverseStart = reverseStart.flatMap { step -> [PlanStep] in
      guard case .deliverTransposed(let connection, let from, 2, let into, let accumulates) = step,
        isContinuous(connection)
      else { return [stretched(step)] }
      let length = longest[connection] ?? 2
      if case .ring(let old) = self[from].lifetime {
        buffers[Int(from.index)].lifetime = .ring(length: max(old, length + 1))
      }
      return (2..<length + 1).map {
        .deliverTransposed(
          connection: connection, from: from, tickOffset: $0, into: into, accumulates: accumulates || $0 > 2)
      }
    }
    for (source, length) in sources {
      if case .ring(let old) = self[source].lifetime {
        buffers[Int(source.index)].lifetime = .ring(length: max(old, length + 1))
      }
    }
    // What was sent before the first tick is the first value.
    for place in start.indices {
      guard case .kernel(var kernel) = start[place] else { continue }
      for output in kernel.outputs where output.tickOffset == 0 {
        guard let length = sources[output.buffer] else { continue }
        let known = kernel.outputs.filter { $0.buffer == output.buffer }.count
        for tick in known..<max(length, known) {
          kernel.outputs.append(KernelOutput(value: output.value, buffer: output.buffer, tickOffset: -tick))
        }
      }
      start[place] = .kernel(kernel)
    }
    for place in carriedRows.indices {
      guard let length = sources[carriedRows[place].buffer] else { continue }
      let first = if case .input = carriedRows[place].what { -length } else { 1 - length }
      carriedRows[place].first = min(carriedRows[place].first, first)
    }
  }
}
