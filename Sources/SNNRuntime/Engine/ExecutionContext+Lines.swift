import CSNNKernels
import SNNIR

/// What `lines` of some ticks read besides the traces themselves, until they are done together.
final class LineBlock {
  let memory: AlignedMemory
  /// Ticks kept so far.
  var count = 0
  /// Byte offset of the first tick of each of `InfluenceCode.kept`.
  let offsets: [Int]

  init(_ code: InfluenceCode, _ layout: Layout) {
    var bytes = 0
    var offsets: [Int] = []
    for buffer in code.kept {
      offsets.append(bytes)
      bytes += layout.rows[buffer].rowBytes * code.blockTicks
    }
    self.offsets = offsets
    memory = AlignedMemory(byteCount: max(bytes, 64))
  }

  static func bytes(_ code: InfluenceCode, _ layout: Layout) -> Int {
    code.kept.reduce(0) { $0 + layout.rows[$1].rowBytes * code.blockTicks }
  }
}

/// The traces of a matrix of synapses: everything that a tick does to them, a line after the other. Nothing but the
/// gradient is made of them, so that a line does several ticks at once while it is in the first cache.
extension ExecutionContext {
  func lines<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ tick: Int, _: T.Type) {
    guard let block = lineBlocks[code.block] else { return run(code, nil, tick, T.self) }
    for (place, kept) in code.kept.enumerated() {
      let bytes = rows[kept].rowBytes
      (block.memory.base + block.offsets[place] + block.count * bytes).copyMemory(
        from: address(kept, tick: tick + code.keptOffsets[place]), byteCount: bytes)
    }
    block.count += 1
    if block.count == code.blockTicks { run(code, block, tick, T.self) }
  }

  /// Does what is left, so that the gradient is whole.
  func finishLines() {
    for code in program.influenceTable where code.kind == .lines {
      guard let block = lineBlocks[code.block], block.count > 0 else { continue }
      if program.precision == .f64 { run(code, block, 0, Double.self) } else { run(code, block, 0, Float.self) }
    }
  }

  private func run<T: BinaryFloatingPoint>(_ code: InfluenceCode, _ block: LineBlock?, _ tick: Int, _: T.Type) {
    let ticks = block?.count ?? 1
    block?.count = 0
    guard let slot else { return }
    let set = code.set
    let count = code.rows.count
    let most = Int(SNN_LINE_TERMS)
    withUnsafeTemporaryAllocation(of: T.self, capacity: count * most) { numbers in
      withUnsafeTemporaryAllocation(of: snn_line_term.self, capacity: count * most) { terms in
        withUnsafeTemporaryAllocation(of: snn_line.self, capacity: count) { lines in
          for (index, row) in code.rows.enumerated() {
            let first = index * most
            var place = first
            let to: UnsafeMutableRawPointer
            if row.destination < 0 {
              to = slot + program.connectionTable[code.connection].gradientOffset
              numbers[place] = 1
              terms[place] = snn_line_term(
                factor: numbers.baseAddress! + place, factor_sample: 0, factor_tick: 0, factor_is_vector: 0, x: to,
                x_sample: 0, x_row: set.stride, x_tick: 0, x_is_vector: 1)
              place += 1
            } else {
              to = address(row.destination, tick: tick)
            }
            for term in row.terms {
              numbers[place] = T(term.number)
              terms[place] = self.term(term, code, block, tick, numbers.baseAddress! + place, T.self)
              place += 1
            }
            lines[index] = snn_line(
              to: to, to_sample: row.destination < 0 ? 0 : set.lanes, to_row: set.stride,
              terms: terms.baseAddress! + first, count: place - first)
          }
          // Whole padded rows, where coefficients are as long.
          let isWhole = set.stride == program.connectionTable[code.connection].width
          program.lanes.raw.pointee.lines(
            lines.baseAddress!, count, ticks, samples, set.rows, isWhole ? set.stride : set.columns)
        }
      }
    }
  }

  /// Where a buffer's numbers are: its own memory, or the ticks of a block with so many lanes from one to the next.
  private func place(_ buffer: Int, _ kept: Int, _ block: LineBlock?, _ tick: Int) -> (UnsafeRawPointer, stride: Int) {
    guard let block, kept >= 0 else { return (UnsafeRawPointer(address(buffer, tick: tick)), 0) }
    let row = rows[buffer]
    return (UnsafeRawPointer(block.memory.base + block.offsets[kept]), row.rowBytes / row.elementBytes)
  }

  private func term<T: BinaryFloatingPoint>(
    _ term: TermCode, _ code: InfluenceCode, _ block: LineBlock?, _ tick: Int, _ number: UnsafePointer<T>, _: T.Type
  ) -> snn_line_term {
    let (x, stride) = place(term.influence, term.keptInfluence, block, tick + term.offset)
    var result = snn_line_term(
      factor: number, factor_sample: 0, factor_tick: 0, factor_is_vector: 0, x: x,
      x_sample: rows[term.influence].lanes, x_row: term.ofSources ? 1 : code.set.stride, x_tick: stride,
      x_is_vector: term.ofSources ? 0 : 1)
    guard term.coefficient >= 0 else { return result }
    let (factor, step) = place(term.coefficient, term.keptCoefficient, block, tick)
    result.factor_sample = rows[term.coefficient].lanes
    result.factor_tick = step
    result.factor_is_vector = term.isShared ? 0 : 1
    result.factor = factor + (term.isShared ? 0 : code.set.low) * MemoryLayout<T>.stride
    return result
  }
}
