import CSNNKernels
import SNNIR

extension ExecutionContext {
  /// Runs a section, at every tick where it is one of the loops. Tick 0 belongs to `start` and `reverseStart`, tick T
  /// to the sections of a sample's end.
  func run(_ section: Section) {
    let steps = program.sections[section.rawValue]
    if steps.isEmpty { return }
    let ticks = program.plan.ticks
    if section.isLoop, ticks < 1 { return }
    switch section {
    case .tick: if let checkpoints { advance(checkpoints) } else { loop(.tick, 1...ticks) }
    // Done with the forward ticks.
    case .reverseTick where program.plan.window != nil: return
    case .reverseTick:
      if let checkpoints {
        retreat(checkpoints)
      } else {
        loop(.reverseTick, 1...ticks, backward: !program.plan.carriesForward)
      }
    case .once, .start, .reverseStart: run(section, steps, tick: 0)
    case .sampleEnd, .batchEnd, .batchEndReverse, .sampleEndReverse, .reverseEnd, .onceReverse:
      run(section, steps, tick: ticks)
    }
  }

  private func run(_ section: Section, _ steps: [StepCode], tick: Int) {
    setTime(tick)
    if !times.isEmpty { return runTimed(steps, section, tick: tick) }
    steps.withUnsafeBufferPointer { for step in $0 { run(step, tick: tick) } }
  }

  /// Runs a loop's section at every tick of a range, until something wants it to stop.
  func loop(_ section: Section, _ range: ClosedRange<Int>, backward: Bool = false) {
    let steps = program.sections[section.rawValue]
    prepareLoop(section)
    for place in 0..<range.count {
      let tick = backward ? range.upperBound - place : range.lowerBound + place
      run(section, steps, tick: tick)
      if checks, fault != nil || ruleFault != nil { return }
      if tick & 1023 == 0, cancellation?.isCancelled == true { return }
    }
    if section == .reverseTick { finishLines() }
  }

  /// Runs ticks forward, each with its part of the backward section behind it, until something wants it to stop.
  func together(_ range: ClosedRange<Int>) {
    prepareLoop(.tick)
    prepareLoop(.reverseTick)
    let forward = program.sections[Section.tick.rawValue]
    let backward = program.sections[Section.reverseTick.rawValue]
    for tick in range {
      run(.tick, forward, tick: tick)
      run(.reverseTick, backward, tick: tick)
      if checks, fault != nil { return }
      if tick & 1023 == 0, cancellation?.isCancelled == true { return }
    }
    finishLines()
  }

  private func setTime(_ tick: Int) {
    for index in program.timeBuffers {
      bases[index].assumingMemoryBound(to: Double.self).pointee = Double(before + tick) * program.plan.step
    }
  }

  func run(_ step: StepCode, tick: Int) {
    switch step {
    case .kernel(let index):
      run(program.kernelTable[index], tick: tick)
      if checks { check(program.kernelOutputs[index], tick: tick) }
    case .draw(let kind, let stream, let offset, let into): draw(kind, stream, tick + offset, into, tick)
    case .zero(let buffer, let wholeHistory):
      let row = rows[Int(buffer.index)]
      if row.rows == .single || !wholeHistory {
        zero(address(buffer, tick: tick), buffer)
      } else {
        memset(bases[Int(buffer.index)], 0, row.rowBytes * row.rowCount)
      }
    case .reduce(let reduction, let source, let destination, let accumulates):
      reduce(reduction, source, destination, accumulates, tick)
    case .argreduce(let reduction, let source, let destination):
      argreduce(reduction, source, destination, tick)
    case .extract(let population, let flags, let graded): extract(population, flags, graded, tick)
    case .deliver(let c, let delay, let into): deliver(c, delay, into, tick)
    case .deliverContinuous(let c, let source, let offset, let into): deliverContinuous(c, source, offset, into, tick)
    case .deliverTransposed(let c, let from, let offset, let into, let accumulates):
      deliverTransposed(c, from, offset, into, accumulates, tick)
    case .outer(let c, let delay, let adjoint): outer(c, delay, adjoint, tick)
    case .outerContinuous(let c, let source, let offset, let adjoint): outerContinuous(c, source, offset, adjoint, tick)
    case .influence(let index): run(program.influenceTable[index], tick: tick)
    case .plasticity(let rule, let phase):
      plasticity?.run(rule, phase, tick, self)
      if checks, fault == nil, ruleFault == nil { ruleFault = plasticity?.firstFault(self, tick: tick) }
    }
  }

  /// Clears the samples of this chunk alone: the others belong to other workers.
  private func zero(_ pointer: UnsafeMutableRawPointer, _ buffer: BufferID) {
    let traits = program.traits[Int(buffer.index)]
    let lanes = traits.hasSample ? traits.lanes * samples : traits.rowLanes(samples: 1)
    memset(pointer, 0, lanes * traits.elementBytes)
  }

  private func extract(_ population: Int, _ flags: BufferID, _ graded: Bool, _ tick: Int) {
    let row = rows[Int(flags.index)]
    let from = address(flags, tick: tick)
    let function = program.lanes.raw.pointee.extract!
    var count = spikes[population].begin(tick)
    let list = spikes[population]
    let offsets = list.offsets(tick)
    let first = count
    for s in 0..<samples {
      offsets[s] = Int64(count)
      let values = list.values.map { $0 + count * list.laneBytes }
      count += function(from + s * row.lanes * row.elementBytes, row.units, list.units + count, graded ? values : nil)
    }
    offsets[samples] = Int64(count)
    spikes[population].count += count - first
    // A chance that is no number lasts as long as what made it one; a state may never hear of it.
    guard program.hasChance, !hasStrayChance else { return }
    hasStrayChance = (0..<samples).contains {
      program.table(row.elementBytes).pointee.first_fault(from + $0 * row.lanes * row.elementBytes, row.units, 1) >= 0
    }
  }

  /// The spikes a connection brings at a tick, if there can be any.
  func list(_ c: ConnectionCode, tick: Int) -> snn_spikes? {
    spikes(of: c.isInput ? .input(c.source) : .population(c.source), tick: tick)
  }

  /// The spikes of a tick, of the sample before where that is what the run goes on from.
  func spikes(of source: Endpoint, tick: Int) -> snn_spikes? {
    switch source {
    case .input(let input):
      guard tick >= 0 else { return carried?.inputs[input]?.list(tick) }
      guard input < inputs.count, let staged = inputs[input], tick < staged.bins else { return nil }
      return snn_spikes(
        offsets: staged.offsets + firstSample * staged.bins + tick, stride: staged.bins, units: staged.units,
        values: staged.values.map { UnsafeRawPointer($0) })
    case .population(let population):
      guard tick >= 1 else { return carried?.spikes[population]?.list(tick) }
      guard tick <= program.plan.ticks else { return nil }
      let list = spikes[population]
      return snn_spikes(
        offsets: list.offsets(tick), stride: 1, units: list.units,
        values: list.values.map { UnsafeRawPointer($0) })
    }
  }

  private func deliver(_ index: Int, _ delay: Int, _ into: BufferID, _ tick: Int) {
    let c = program.connectionTable[index]
    if let sparse = c.sparse { return deliver(sparse, c, index, delay, into, tick) }
    guard var spikes = list(c, tick: tick - delay) else { return }
    let row = rows[Int(into.index)]
    let to = address(into, tick: tick) + c.targetLow * row.elementBytes
    if c.isOneToOne {
      program.lanes.raw.pointee.deliver_one(to, row.lanes, weights[index], &spikes, c.low, c.high, samples)
    } else {
      program.lanes.raw.pointee.deliver(
        to, row.lanes, weights[index], c.stride, &spikes, c.low, c.high, samples, c.width)
    }
  }

  private func outer(_ index: Int, _ delay: Int, _ adjoint: BufferID, _ tick: Int) {
    let c = program.connectionTable[index]
    if let sparse = c.sparse { return outer(sparse, c, delay, adjoint, tick) }
    guard var spikes = list(c, tick: tick - delay), let slot else { return }
    let row = rows[Int(adjoint.index)]
    let from = address(adjoint, tick: tick) + c.targetLow * row.elementBytes
    let gradient = slot + c.gradientOffset
    if c.isOneToOne {
      program.lanes.raw.pointee.outer_one(gradient, from, row.lanes, &spikes, c.low, c.high, samples)
    } else {
      program.lanes.raw.pointee.outer(gradient, c.stride, from, row.lanes, &spikes, c.low, c.high, samples, c.width)
    }
  }

  private func deliverContinuous(_ index: Int, _ source: BufferID, _ offset: Int, _ into: BufferID, _ tick: Int) {
    let c = program.connectionTable[index]
    let (s, t) = (rows[Int(source.index)], rows[Int(into.index)])
    let from = address(source, tick: tick + offset) + c.low * s.elementBytes
    let to = address(into, tick: tick) + c.targetLow * t.elementBytes
    if let sparse = c.sparse {
      for own in sparse.lists where !own.isEmpty(c.sourceCount) {
        let from = address(source, tick: tick + offset + own.lead(c)) + c.low * s.elementBytes
        forEachSample(from, s, c.sourceCount) { sample, list in
          var synapses = own.raw(isUniform: self.uniform[index])
          self.program.lanes.raw.pointee.deliver_sparse(
            to + sample * t.lanes * t.elementBytes, t.lanes, self.weights[index], &synapses, &list, 0, c.sourceCount, 1)
        }
      }
    } else if c.isOneToOne {
      multiplyRows(to, t.lanes, from, s.lanes, weights[index], c.targetCount)
    } else if let panels = dense[index] {
      program.lanes.raw.pointee.gemm(
        to, t.lanes, from, s.lanes, 1, panels, samples, c.targetCount, c.sourceCount, 1)
    }
  }

  private func deliverTransposed(
    _ index: Int, _ from: BufferID, _ offset: Int, _ into: BufferID, _ accumulates: Bool, _ tick: Int
  ) {
    let c = program.connectionTable[index]
    let (s, t) = (rows[Int(from.index)], rows[Int(into.index)])
    let source = address(from, tick: tick + offset) + c.targetLow * s.elementBytes
    let row = address(into, tick: tick)
    let isWhole = c.sourceCount == t.units
    if !accumulates, !isWhole || c.flatCount != nil { zero(row, into) }
    let to = row + c.low * t.elementBytes
    if let sparse = c.sparse {
      for list in sparse.lists where !list.isEmpty(c.sourceCount) {
        // At tick 0: what arrived so many ticks later, through delays that reach back before it.
        if tick == 0, let delay = list.delay, delay < offset { continue }
        var synapses = list.raw()
        let later = tick == 0 ? offset : list.delay ?? offset
        let source = address(from, tick: tick + later) + c.targetLow * s.elementBytes
        program.lanes.raw.pointee.transposed_sparse(
          to, t.lanes, source, s.lanes, weights[index], &synapses, c.sourceCount, samples)
      }
    } else if c.isOneToOne {
      multiplyRows(to, t.lanes, source, s.lanes, weights[index], c.targetCount)
    } else if let panels = transposed[index] {
      program.lanes.raw.pointee.gemm(
        to, t.lanes, source, s.lanes, 1, panels, samples, c.sourceCount, c.targetCount, accumulates || !isWhole ? 1 : 0)
    }
  }

  private func outerContinuous(_ index: Int, _ source: BufferID, _ offset: Int, _ adjoint: BufferID, _ tick: Int) {
    let c = program.connectionTable[index]
    guard let slot else { return }
    let (s, a) = (rows[Int(source.index)], rows[Int(adjoint.index)])
    let x = address(source, tick: tick + offset) + c.low * s.elementBytes
    let y = address(adjoint, tick: tick) + c.targetLow * a.elementBytes
    let gradient = slot + c.gradientOffset
    if c.isOneToOne {
      for sample in 0..<samples {
        multiplyRows(
          gradient, 0, x + sample * s.lanes * s.elementBytes, 0, y + sample * a.lanes * a.elementBytes, c.targetCount,
          rowCount: 1)
      }
      return
    }
    if let sparse = c.sparse {
      for own in sparse.lists where !own.isEmpty(c.sourceCount) {
        let x = address(source, tick: tick + offset + own.lead(c)) + c.low * s.elementBytes
        forEachSample(x, s, c.sourceCount) { sample, list in
          var synapses = own.raw()
          self.program.lanes.raw.pointee.outer_sparse(
            gradient, y + sample * a.lanes * a.elementBytes, a.lanes, &synapses, &list, 0, c.sourceCount, 1)
        }
      }
      return
    }
    // One row of the gradient per source unit.
    forEachSample(x, s, c.sourceCount) { sample, list in
      self.program.lanes.raw.pointee.outer(
        gradient, c.stride, y + sample * a.lanes * a.elementBytes, a.lanes, &list, 0, c.sourceCount, 1, c.width)
    }
  }

  /// The units of every sample, ascending, as a list of graded spikes.
  private func forEachSample(
    _ values: UnsafeMutableRawPointer, _ row: BufferRow, _ units: Int, _ body: (Int, inout snn_spikes) -> Void
  ) {
    for sample in 0..<samples {
      var offsets: (Int64, Int64) = (0, Int64(units))
      withUnsafePointer(to: &offsets) { pointer in
        pointer.withMemoryRebound(to: Int64.self, capacity: 2) { offsets in
          var list = snn_spikes(
            offsets: offsets, stride: 1, units: program.ascending,
            values: UnsafeRawPointer(values + sample * row.lanes * row.elementBytes))
          body(sample, &list)
        }
      }
    }
  }

  /// `to[s][j] += from[s][j] * w[j]`.
  private func multiplyRows(
    _ to: UnsafeMutableRawPointer, _ ldTo: Int, _ from: UnsafeMutableRawPointer, _ ldFrom: Int,
    _ w: UnsafeMutableRawPointer, _ count: Int, rowCount: Int? = nil
  ) {
    let bytes = program.precision.bytes
    let function = program.multiplyAdd
    for s in 0..<(rowCount ?? samples) {
      operands[0] = to + s * ldTo * bytes
      operands[1] = from + s * ldFrom * bytes
      operands[2] = w
      operands[3] = operands[0]
      function(operands, count)
    }
  }
}
