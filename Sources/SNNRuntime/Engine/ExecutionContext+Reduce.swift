import CSNNKernels
import SNNIR

extension ExecutionContext {
  private func table(_ row: BufferRow) -> UnsafePointer<snn_kernels> { program.table(row.elementBytes) }

  @inline(__always)
  private func read(_ pointer: UnsafeMutableRawPointer, _ index: Int, _ row: BufferRow) -> Double {
    row.elementBytes == 8
      ? pointer.assumingMemoryBound(to: Double.self)[index]
      : Double(pointer.assumingMemoryBound(to: Float.self)[index])
  }

  @inline(__always)
  private func write(
    _ x: Double, _ pointer: UnsafeMutableRawPointer, _ index: Int, _ row: BufferRow, _ accumulates: Bool
  ) {
    if row.elementBytes == 8 {
      let to = pointer.assumingMemoryBound(to: Double.self)
      to[index] = accumulates ? to[index] + x : x
    } else {
      let to = pointer.assumingMemoryBound(to: Float.self)
      to[index] = Float(accumulates ? Double(to[index]) + x : x)
    }
  }

  /// The reduction of `count` lanes that lie side by side.
  private func reduced(_ kind: Reduction.Kind, _ from: UnsafeMutableRawPointer, _ count: Int, _ row: BufferRow)
    -> Double
  {
    switch kind {
    case .sum: return table(row).pointee.sum(from, count)
    case .max, .first, .last:
      // Those over time are kept by kernels.
      return count == 0 ? -.infinity : read(from, table(row).pointee.first_maximum(from, count), row)
    case .min: return count == 0 ? .infinity : read(from, table(row).pointee.first_minimum(from, count), row)
    }
  }

  func reduce(_ reduction: Reduction, _ source: BufferID, _ destination: BufferID, _ accumulates: Bool, _ tick: Int) {
    let traits = program.traits[Int(source.index)]
    let (s, d) = (rows[Int(source.index)], rows[Int(destination.index)])
    let from = address(source, tick: tick)
    let to = address(destination, tick: tick)
    switch (reduction.axis, traits.hasSample, traits.hasUnit) {
    case (.unit, true, _):
      for sample in 0..<samples {
        let x = reduced(reduction.kind, from + sample * s.lanes * s.elementBytes, s.units, s)
        write(x, to, sample, d, accumulates)
      }
    case (.sample, _, false): write(reduced(reduction.kind, from, samples, s), to, 0, d, accumulates)
    case (.sample, _, true):
      var columns = [Double](repeating: 0, count: s.units)
      if reduction.kind == .sum {
        table(s).pointee.column_sums(&columns, from, s.lanes, samples, s.units)
      } else {
        for unit in 0..<s.units {
          columns[unit] = read(from, column(reduction.kind, from, unit, s) * s.lanes + unit, s)
        }
      }
      for unit in 0..<s.units { write(columns[unit], to, unit, d, accumulates) }
    default: write(reduced(reduction.kind, from, s.units, s), to, 0, d, accumulates)
    }
  }

  /// The first sample at which a unit's extreme is met.
  private func column(_ kind: Reduction.Kind, _ from: UnsafeMutableRawPointer, _ unit: Int, _ row: BufferRow) -> Int {
    var best = 0
    for sample in 1..<max(samples, 1) {
      let (x, y) = (read(from, sample * row.lanes + unit, row), read(from, best * row.lanes + unit, row))
      if kind == .max ? x > y : x < y { best = sample }
    }
    return best
  }

  func argreduce(_ reduction: Reduction, _ source: BufferID, _ destination: BufferID, _ tick: Int) {
    let traits = program.traits[Int(source.index)]
    let (s, d) = (rows[Int(source.index)], rows[Int(destination.index)])
    let from = address(source, tick: tick)
    let to = address(destination, tick: tick)
    let first = reduction.kind == .max ? table(s).pointee.first_maximum! : table(s).pointee.first_minimum!
    switch (reduction.axis, traits.hasSample, traits.hasUnit) {
    case (.unit, true, _):
      for sample in 0..<samples {
        write(Double(first(from + sample * s.lanes * s.elementBytes, s.units)), to, sample, d, false)
      }
    case (.sample, _, false): write(Double(first(from, samples)), to, 0, d, false)
    case (.sample, _, true):
      for unit in 0..<s.units { write(Double(column(reduction.kind, from, unit, s)), to, unit, d, false) }
    default: write(Double(first(from, s.units)), to, 0, d, false)
    }
  }

  // MARK: Faults

  /// Looks for the first number that is not finite in what a kernel wrote. Accumulators of extremes start from
  /// infinity, so that only NaN counts where no state is held.
  func check(_ outputs: [(BufferID, Int)], tick: Int) {
    guard fault == nil, ruleFault == nil else { return }
    for (buffer, offset) in outputs {
      if let found = firstFault(buffer, tick: tick + offset) {
        fault = (buffer, tick, found.unit, found.sample, found.value)
        return
      }
    }
  }

  func firstFault(_ buffer: BufferID, tick: Int) -> (unit: Int?, sample: Int?, value: Double)? {
    let index = Int(buffer.index)
    let traits = program.traits[index]
    let row = rows[index]
    let from = address(buffer, tick: tick)
    let nanOnly: Int32 = program.isState(buffer) ? 0 : 1
    let function = table(row).pointee.first_fault!
    if traits.hasSample {
      let (rowCount, count) = traits.hasUnit ? (samples, row.units) : (1, samples)
      for sample in 0..<rowCount {
        let lane = function(from + sample * row.lanes * row.elementBytes, count, nanOnly)
        guard lane >= 0 else { continue }
        let value = read(from, traits.hasUnit ? sample * row.lanes + lane : lane, row)
        return (traits.hasUnit ? lane : nil, firstSample + (traits.hasUnit ? sample : lane), value)
      }
      return nil
    }
    let lane = function(from, row.units, nanOnly)
    return lane < 0 ? nil : (traits.isScalar ? nil : lane, nil, read(from, lane, row))
  }
}
