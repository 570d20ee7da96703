import CSNNKernels
import SNNIR
import Testing

@testable import SNNRuntime

/// Every lane kernel of every instruction set against `Evaluate`, and all instruction sets against each other.
@Suite struct KernelTests {
  static let unary: [(Opcode, snn_op)] = [
    (.neg, SNN_NEG), (.recip, SNN_RECIP), (.sqrt, SNN_SQRT), (.abs, SNN_ABS), (.floor, SNN_FLOOR), (.sign, SNN_SIGN),
    (.not, SNN_NOT), (.exp, SNN_EXP), (.expm1, SNN_EXPM1), (.log, SNN_LOG), (.log1p, SNN_LOG1P), (.sin, SNN_SIN),
    (.cos, SNN_COS), (.tanh, SNN_TANH), (.sigmoid, SNN_SIGMOID), (.erf, SNN_ERF), (.atan, SNN_ATAN),
    (.exprel, SNN_EXPREL),
  ]
  static let binary: [(Opcode, snn_op)] = [
    (.add, SNN_ADD), (.sub, SNN_SUB), (.mul, SNN_MUL), (.div, SNN_DIV), (.pow, SNN_POW), (.min, SNN_MIN),
    (.max, SNN_MAX), (.lt, SNN_LT), (.le, SNN_LE), (.gt, SNN_GT), (.ge, SNN_GE), (.eq, SNN_EQ), (.ne, SNN_NE),
    (.and, SNN_AND), (.or, SNN_OR),
  ]

  /// Ordinary, tiny, huge and special numbers.
  static let numbers: [Double] = {
    let stream = RandomStream(seed: 3, path: "numbers")
    var result: [Double] = [
      0, -0.0, 1, -1, 0.5, 2, -2, 3, 1e-7, -1e-7, 1e-20, 1e20, -1e20, 1e30, 87, 88.5, -87, -103, 104,
    ]
    result += [.infinity, -.infinity, .nan, 0.41421357, 2.4142137, 1.4142135, 1.9999999, 2.0000002, 3.9, 4.1, 1e6, 2e6]
    for k in 0..<700 { result.append(stream.normal(index: k) * 3) }
    for k in 0..<300 { result.append(stream.normal(index: k, sample: 1) * 60) }
    for k in 0..<300 { result.append(.exp2(stream.normal(index: k, sample: 2) * 10)) }
    return result
  }()

  /// Applies an operation of the table to columns; single numbers where the mode says so.
  static func apply<T: BinaryFloatingPoint>(
    _ table: KernelTable, _ operation: snn_op, _ columns: [[T]], mode: Int = 0, shift: Int = 0
  ) -> [T]? {
    guard let function = table.lane(operation, mode: mode) else { return nil }
    let count = columns[0].count
    let memory = columns.map { column in
      let memory = UnsafeMutablePointer<T>.allocate(capacity: count + 16)
      for k in 0..<count { memory[shift + k] = column[k] }
      return memory
    }
    let result = UnsafeMutablePointer<T>.allocate(capacity: count + 16)
    var pointers: [UnsafeMutableRawPointer?] = [UnsafeMutableRawPointer(result + shift)]
    pointers += memory.map { UnsafeMutableRawPointer($0 + shift) }
    function(&pointers, count)
    defer {
      memory.forEach { $0.deallocate() }
      result.deallocate()
    }
    return (0..<count).map { result[shift + $0] }
  }

  static func tables(_ precision: Precision) -> [KernelTable] {
    InstructionSet.available.compactMap { KernelTable($0, precision) }
  }

  static func same<T: BinaryFloatingPoint>(_ a: [T], _ b: [T]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0 == $1 && $0.sign == $1.sign || $0.isNaN && $1.isNaN }
  }

  @Test func singlePrecisionIsWithinOneUnit() {
    for (opcode, operation) in Self.unary {
      let x = Self.numbers.map { Float($0) }
      let results = Self.tables(.f32).map { Self.apply($0, operation, [x])! }
      let shifted = Self.tables(.f32).map { Self.apply($0, operation, [x], shift: 3)! }
      for other in results + shifted { #expect(Self.same(other, results[0]), "\(opcode)") }
      for (x, y) in zip(x, results[0]) where opcode != .exprel || x < .infinity || x.isNaN {
        // (exprel of infinity is infinity here and NaN by its formula.) Beyond 1e6 the reduction of angles is the C library's.
        let exact = Evaluate.unary(opcode, Double(x))!
        let expected = Float(exact)
        let isClose =
          y == expected || y.isNaN && expected.isNaN || abs(Double(y) - exact) <= Double(expected.ulp) * 1.001
        #expect(isClose, "\(opcode)(\(x)) = \(y), not \(expected)")
      }
    }
  }

  @Test func doublePrecisionIsTheLibrary() {
    for (opcode, operation) in Self.unary {
      let results = Self.tables(.f64).map { Self.apply($0, operation, [Self.numbers])! }
      for other in results { #expect(Self.same(other, results[0]), "\(opcode)") }
      for (x, y) in zip(Self.numbers, results[0]) {
        let expected = Evaluate.unary(opcode, x)!
        #expect(y == expected || y.isNaN && expected.isNaN || abs(y - expected) <= expected.ulp, "\(opcode)(\(x))")
      }
    }
  }

  @Test(arguments: [0, 1, 2]) func operationsOfTwo(mode: Int) {
    let a = Self.numbers
    let b = Array(Self.numbers.dropFirst(5)) + Array(Self.numbers.prefix(5))
    for (opcode, operation) in Self.binary {
      let results = Self.tables(.f64).map { Self.apply($0, operation, [a, b], mode: mode)! }
      let narrow = Self.tables(.f32).map {
        Self.apply($0, operation, [a.map { Float($0) }, b.map { Float($0) }], mode: mode)!
      }
      for other in results { #expect(Self.same(other, results[0]), "\(opcode)") }
      for other in narrow { #expect(Self.same(other, narrow[0]), "\(opcode)") }
      for k in a.indices {
        let x = mode == 1 ? a[0] : a[k]
        let y = mode == 2 ? b[0] : b[k]
        // Powers of negative numbers where one of the two is huge differ between libraries.
        if opcode == .pow, x < 0, !(abs(x) < .infinity && abs(y) < 1e15) { continue }
        let expected = Evaluate.elementwise(Self.node(opcode), [x, y])!
        let got = results[0][k]
        #expect(got == expected || got.isNaN && expected.isNaN, "\(opcode)(\(x), \(y)) = \(got), not \(expected)")
      }
    }
  }

  static func node(_ opcode: Opcode) -> Node {
    var graph = Graph()
    let value = graph.intern(opcode, [], domain: .constant, isBoolean: false)
    return graph[value]
  }

  @Test func superinstructionsRoundLikeWhatTheyReplace() {
    let stream = RandomStream(seed: 5, path: "fused")
    let columns = (0..<4).map { c in (0..<100).map { Float(stream.normal(index: $0, sample: c)) } }
    typealias Rule = (Float, Float, Float, Float) -> Float
    let rules: [(snn_op, Rule)] = [
      (SNN_MUL_ADD, { a, b, c, _ in a * b + c }), (SNN_MUL_SUB, { a, b, c, _ in a * b - c }),
      (SNN_SUB_MUL, { a, b, c, _ in c - a * b }), (SNN_ADD_ADD, { a, b, c, _ in (a + b) + c }),
      (SNN_MUL_MUL, { a, b, c, _ in (a * b) * c }), (SNN_SUB_DIV, { a, b, c, _ in (a - b) / c }),
      (SNN_MUL_MUL_ADD, { a, b, c, d in a * b + c * d }), (SNN_MUL_MUL_SUB, { a, b, c, d in a * b - c * d }),
      (SNN_ABS_MUL_ADD, { a, b, c, _ in abs(a) * b + c }), (SNN_DIV_SQUARE, { a, b, _, _ in b / (a * a) }),
      (SNN_SELECT, { a, b, c, _ in a != 0 ? b : c }), (SNN_SELECT_GT, { a, b, c, _ in a > 0 ? b : c }),
      (SNN_SELECT_GE, { a, b, c, _ in a >= 0 ? b : c }), (SNN_SELECT_EQ, { a, b, c, d in a == b ? c : d }),
      (SNN_SELECT_LT, { a, b, c, d in a < b ? c : d }), (SNN_SPIKE_GT, { a, _, _, _ in a > 0 ? 1 : 0 }),
      (SNN_SPIKE_GE, { a, _, _, _ in a >= 0 ? 1 : 0 }), (SNN_SPIKE_GT_IF, { a, b, _, _ in a > 0 && b != 0 ? 1 : 0 }),
      (SNN_SPIKE_GE_IF, { a, b, _, _ in a >= 0 && b != 0 ? 1 : 0 }),
      (SNN_DIFFERENCE_MUL_ADD, { a, b, c, d in (a - b) * c + d }),
      (SNN_BERNOULLI, { a, b, c, _ in a.isNaN ? a : b < a && c != 0 ? 1 : 0 }),
      (SNN_BLEND, { a, b, c, _ in a == 1 ? b : (a == 0 ? c : a * b + (1 - a) * c) }),
    ]
    for (operation, rule) in rules {
      let arity = Int(snn_arity(operation))
      var modes = 0
      for mode in 0..<16 {
        for table in Self.tables(.f32) {
          guard let got = Self.apply(table, operation, Array(columns.prefix(arity)), mode: mode) else { continue }
          modes += 1
          for k in 0..<100 {
            func operand(_ index: Int) -> Float { columns[index][mode & 1 << index == 0 ? k : 0] }
            let expected = rule(operand(0), operand(1), operand(2), operand(3))
            #expect(got[k] == expected, "operation \(operation.rawValue), mode \(mode)")
          }
        }
      }
      #expect(modes > 0)
    }
  }

  /// In double precision as it is written; in single precision close to it, from the largest to the smallest slope, with
  /// equal bits everywhere.
  @Test func theSlopeOfTheFastSigmoidIsWithinFourUnits() {
    let distances = Self.numbers + (0..<1000).map { Double($0) / 500 - 1 } + [1e-20, 1e12, .infinity, .nan]
    func operands<T: BinaryFloatingPoint>(_ x: [T]) -> [[T]] {
      let numbers: [T] = [100, 1, 3]
      return [x] + numbers.map { Array(repeating: $0, count: x.count) }
    }
    let x = distances.map { Float($0) }
    let results = Self.tables(.f32).map { Self.apply($0, SNN_FAST_SIGMOID, operands(x), mode: 14)! }
    for other in results { #expect(Self.same(other, results[0])) }
    for (x, y) in zip(x, results[0]) {
      let denominator = abs(Double(x)) * 100 + 1
      let exact = 3 / (denominator * denominator)
      // What is below the smallest normal number may be 0.
      let isClose = abs(Double(y) - exact) <= 4 * exact * Double(Float.ulpOfOne) || exact < 1.2e-38 && y < 1.2e-38
      #expect(isClose || y.isNaN && x.isNaN, "\(x): \(y), not \(exact)")
    }
    for table in Self.tables(.f64) {
      let y = Self.apply(table, SNN_FAST_SIGMOID, operands(distances), mode: 14)!
      let exact = distances.map { (x: Double) -> Double in
        let denominator = abs(x) * 100 + 1
        return 3 / (denominator * denominator)
      }
      #expect(Self.same(y, exact))
    }
  }

  /// Values on both sides of the threshold and on it, counters that run, end and have ended; results go where the
  /// operands were.
  @Test(arguments: [Precision.f32, .f64]) func firingIsThresholdResetAndCounterInOne(precision: Precision) {
    let lanes = 45
    let values = (0..<lanes).map { [-49.5, -50, -50.5][$0 % 3] }
    let counters = (0..<lanes).map { [0.0, 1, 3][$0 / 3 % 3] }
    for table in Self.tables(precision) {
      for (function, isStrict) in [(table.raw.pointee.fire_gt!, true), (table.raw.pointee.fire_ge!, false)] {
        let memory = (0..<6).map { _ in AlignedMemory(byteCount: lanes * precision.bytes) }
        let (flag, value, counter) = (memory[0], memory[1], memory[2])
        for lane in 0..<lanes {
          Self.set(value, lane, values[lane], precision)
          Self.set(counter, lane, counters[lane], precision)
        }
        for (place, number) in [-50.0, -60, 20].enumerated() { Self.set(memory[3 + place], 0, number, precision) }
        let order = [flag, value, counter, value, memory[3], counter, memory[4], memory[5]]
        let operands = order.map { Optional($0.base) }
        withExtendedLifetime(memory) { operands.withUnsafeBufferPointer { function($0.baseAddress!, lanes) } }
        for lane in 0..<lanes {
          let fires = (isStrict ? values[lane] > -50 : values[lane] >= -50) && counters[lane] <= 0
          #expect(Self.get(flag, lane, precision) == (fires ? 1 : 0))
          #expect(Self.get(value, lane, precision) == (fires ? -60 : values[lane]))
          #expect(Self.get(counter, lane, precision) == (fires ? 20 : max(counters[lane] - 1, 0)))
        }
      }
    }
  }

  // MARK: Spikes and products

  /// Traces over several ticks at once, against loops that do one tick after the other: numbers, vectors and numbers by
  /// row as factors, lines of none to three terms, one that reads what another is about to change, lanes beside vectors.
  @Test(arguments: [21, 32, 112]) func linesOfSeveralTicksFollowOneAnother(lanes: Int) {
    let (ticks, samples, rows) = (3, 2, 4)
    let stream = RandomStream(seed: 5, path: "lines")
    func numbers(_ count: Int, _ first: Int) -> [Double] { (0..<count).map { stream.normal(index: first + $0) } }
    let matrix = samples * rows * lanes
    let start = [numbers(matrix, 0), numbers(matrix, 10_000), numbers(matrix, 20_000)]
    let (vector, source) = (numbers(ticks * samples * lanes, 30_000), numbers(ticks * samples * rows, 40_000))
    let constant = [0.9]
    for table in Self.tables(.f64) {
      var (first, second, third) = (start[0], start[1], start[2])
      var expected = start
      first.withUnsafeMutableBufferPointer { x in
        second.withUnsafeMutableBufferPointer { y in
          third.withUnsafeMutableBufferPointer { z in
            vector.withUnsafeBufferPointer { vector in
              source.withUnsafeBufferPointer { source in
                constant.withUnsafeBufferPointer { constant in
                  func term(_ factor: Int, _ trace: UnsafeMutableBufferPointer<Double>?) -> snn_line_term {
                    let isVector = factor == 1
                    return snn_line_term(
                      factor: isVector ? vector.baseAddress! : constant.baseAddress!,
                      factor_sample: isVector ? lanes : 0, factor_tick: isVector ? samples * lanes : 0,
                      factor_is_vector: isVector ? 1 : 0,
                      x: trace.map { UnsafeRawPointer($0.baseAddress!) } ?? UnsafeRawPointer(source.baseAddress!),
                      x_sample: trace == nil ? rows : rows * lanes, x_row: trace == nil ? 1 : lanes,
                      x_tick: trace == nil ? samples * rows : 0, x_is_vector: trace == nil ? 0 : 1)
                  }
                  // z = .9 z + v y; y = .9 y + v s + .9 s; x = v x + .9 z.
                  let terms = [
                    term(0, z), term(1, y), term(0, y), term(1, nil), term(0, nil), term(1, x), term(0, z),
                  ]
                  terms.withUnsafeBufferPointer { terms in
                    let lines = [(z, 0, 2), (y, 2, 3), (x, 5, 2)].map {
                      snn_line(
                        to: $0.0.baseAddress!, to_sample: rows * lanes, to_row: lanes, terms: terms.baseAddress! + $0.1,
                        count: $0.2)
                    }
                    lines.withUnsafeBufferPointer {
                      table.raw.pointee.lines($0.baseAddress!, 3, ticks, samples, rows, lanes)
                    }
                  }
                }
              }
            }
          }
        }
      }
      for tick in 0..<ticks {
        for sample in 0..<samples {
          for row in 0..<rows {
            for lane in 0..<lanes {
              let place = (sample * rows + row) * lanes + lane
              let v = vector[(tick * samples + sample) * lanes + lane]
              let s = source[(tick * samples + sample) * rows + row]
              expected[2][place] = 0.9 * expected[2][place] + v * expected[1][place]
              expected[1][place] = 0.9 * expected[1][place] + s * v + 0.9 * s
              expected[0][place] = v * expected[0][place] + 0.9 * expected[2][place]
            }
          }
        }
      }
      #expect([first, second, third] == expected)
    }
  }

  /// Lines of which each takes the next one as it was, the last a vector or a number times a number of its row: with
  /// numbers and vectors as factors, the line's own term first or second, the first line shared by all samples, as a
  /// gradient is.
  @Test(arguments: [1, 2, 3, 4, 5]) func chainsOfLinesFollowTheirDefinition(count: Int) {
    let (ticks, samples, rows) = (3, 2, 4)
    let stream = RandomStream(seed: 6, path: "chains")
    func memory(_ count: Int, _ first: Int) -> AlignedMemory {
      let made = AlignedMemory(byteCount: count * 8)
      for index in 0..<count { Self.set(made, index, stream.normal(index: first + index), .f64) }
      return made
    }
    for lanes in [5, 21, 32, 112] {
      for table in Self.tables(.f64) {
        let traces = (0..<count).map { memory(samples * rows * lanes, 10_000 * $0) }
        let vector = memory(ticks * samples * lanes, 60_000)
        let source = memory(ticks * samples * rows, 70_000)
        let constant = memory(1, 80_000)
        var expected = traces.map { trace in
          (0..<samples * rows * lanes).map { Self.get(trace, $0, .f64) }
        }
        func term(_ isVector: Bool, _ line: Int?) -> snn_line_term {
          snn_line_term(
            factor: isVector ? vector.base : constant.base, factor_sample: isVector ? lanes : 0,
            factor_tick: isVector ? samples * lanes : 0, factor_is_vector: isVector ? 1 : 0,
            x: line.map { UnsafeRawPointer(traces[$0].base) } ?? UnsafeRawPointer(source.base),
            x_sample: line.map { $0 == 0 ? 0 : rows * lanes } ?? rows, x_row: line == nil ? 1 : lanes,
            x_tick: line == nil ? samples * rows : 0, x_is_vector: line == nil ? 0 : 1)
        }
        var terms: [snn_line_term] = []
        for k in 0..<count {
          let pair = [term(k % 3 == 1, k), term(k % 2 == 0, k + 1 < count ? k + 1 : nil)]
          terms += k == 1 ? pair.reversed() : pair
        }
        terms.withUnsafeBufferPointer { terms in
          let lines = (0..<count).map { k in
            snn_line(
              to: traces[k].base, to_sample: k == 0 ? 0 : rows * lanes, to_row: lanes,
              terms: terms.baseAddress! + 2 * k, count: 2)
          }
          lines.withUnsafeBufferPointer {
            table.raw.pointee.lines($0.baseAddress!, count, ticks, samples, rows, lanes)
          }
        }
        for sample in 0..<samples {
          for tick in 0..<ticks {
            for (row, lane) in (0..<rows).flatMap({ row in (0..<lanes).map { (row, $0) } }) {
              func place(_ k: Int) -> Int { ((k == 0 ? 0 : sample) * rows + row) * lanes + lane }
              let v = Self.get(vector, (tick * samples + sample) * lanes + lane, .f64)
              let c = Self.get(constant, 0, .f64)
              for k in 0..<count {
                let next =
                  k + 1 < count
                  ? expected[k + 1][place(k + 1)] : Self.get(source, (tick * samples + sample) * rows + row, .f64)
                expected[k][place(k)] = (k % 3 == 1 ? v : c) * expected[k][place(k)] + (k % 2 == 0 ? v : c) * next
              }
            }
          }
        }
        for k in 0..<count {
          #expect((0..<expected[k].count).allSatisfy { Self.get(traces[k], $0, .f64) == expected[k][$0] })
        }
      }
    }
  }

  /// With weights that are all alike, whole and graded spikes of two samples into targets that several synapses share.
  @Test(arguments: [Precision.f32, .f64]) func uniformSynapsesAddOneNumber(precision: Precision) {
    let rows: [Int64] = [0, 3, 3, 8]
    let targets: [UInt32] = [4, 0, 4, 1, 2, 4, 4, 6]
    let offsets: [Int64] = [0, 2, 3]
    let units: [UInt32] = [5, 7, 7]
    for table in Self.tables(precision) {
      for grades in [nil, [0.5, -2, 3]] {
        let memory = (0..<3).map { _ in AlignedMemory(byteCount: 64 * precision.bytes) }
        for lane in 0..<16 { Self.set(memory[0], lane, Double(lane), precision) }
        Self.set(memory[1], 0, 1.25, precision)
        Self.set(memory[1], 1, .nan, precision)
        for (place, grade) in (grades ?? []).enumerated() { Self.set(memory[2], place, grade, precision) }
        var expected = (0..<16).map(Double.init)
        for sample in 0..<2 {
          for spike in Int(offsets[sample])..<Int(offsets[sample + 1]) {
            let source = Int(units[spike]) - 5
            for k in Int(rows[source])..<Int(rows[source + 1]) {
              expected[sample * 8 + Int(targets[k])] += 1.25 * (grades?[spike] ?? 1)
            }
          }
        }
        withExtendedLifetime(memory) {
          rows.withUnsafeBufferPointer { rows in
            targets.withUnsafeBufferPointer { targets in
              offsets.withUnsafeBufferPointer { offsets in
                units.withUnsafeBufferPointer { units in
                  var synapses = snn_synapses(
                    rows: rows.baseAddress, targets: targets.baseAddress, order: nil, is_uniform: 1)
                  var spikes = snn_spikes(
                    offsets: offsets.baseAddress, stride: 1, units: units.baseAddress,
                    values: grades == nil ? nil : UnsafeRawPointer(memory[2].base))
                  table.raw.pointee.deliver_sparse(memory[0].base, 8, memory[1].base, &synapses, &spikes, 5, 8, 2)
                }
              }
            }
          }
        }
        #expect((0..<16).map { Self.get(memory[0], $0, precision) } == expected)
      }
    }
  }

  @Test(arguments: [Precision.f32, .f64], [5, 16, 37, 100, 200])
  func productsAreTransposesOfEachOther(precision: Precision, units: Int) {
    let stream = RandomStream(seed: 9, path: "products")
    let (samples, sources, bytes) = (7, 45, precision.bytes)
    let stride = padded(units)
    for table in Self.tables(precision) {
      let kernels = table.raw.pointee
      func column(_ count: Int, _ f: (Int) -> Double) -> AlignedMemory {
        let memory = AlignedMemory(byteCount: count * bytes)
        for k in 0..<count { Self.set(memory, k, f(k), precision) }
        return memory
      }
      let w = column(sources * stride) { $0 % stride < units ? stream.normal(index: $0) : 0 }
      let lambda = column(samples * stride) { stream.normal(index: $0, sample: 1) }
      var offsets: [Int64] = [0]
      var list: [UInt32] = []
      for s in 0..<samples {
        for u in 0..<sources where stream.uniform(index: u, sample: s, tick: 5) < 0.3 { list.append(UInt32(u)) }
        offsets.append(Int64(list.count))
      }
      let values = column(list.count) { stream.normal(index: $0, sample: 2) }
      let into = column(samples * stride) { _ in 0 }
      let gradient = column(sources * stride) { _ in 0 }
      let back = column(samples * padded(sources)) { _ in 0 }
      let panels = AlignedMemory(byteCount: padded(sources, to: kernels.panel) * units * bytes)
      offsets.withUnsafeBufferPointer { offsets in
        list.withUnsafeBufferPointer { list in
          var spikes = snn_spikes(
            offsets: offsets.baseAddress, stride: 1, units: list.baseAddress, values: values.base)
          kernels.deliver(into.base, stride, w.base, stride, &spikes, 0, sources, samples, units)
          kernels.outer(gradient.base, stride, lambda.base, stride, &spikes, 0, sources, samples, units)
        }
      }
      kernels.pack(panels.base, w.base, 1, stride, units, sources)
      kernels.gemm(back.base, padded(sources), lambda.base, stride, 1, panels.base, samples, sources, units, 0)
      // <λ, W s> = <Wᵀ λ, s> = <λ sᵀ, W>.
      var (a, b, c) = (0.0, 0.0, 0.0)
      for s in 0..<samples {
        for u in 0..<units {
          a += Self.get(lambda, s * stride + u, precision) * Self.get(into, s * stride + u, precision)
        }
        for e in Int(offsets[s])..<Int(offsets[s + 1]) {
          b += Self.get(back, s * padded(sources) + Int(list[e]), precision) * Self.get(values, e, precision)
        }
      }
      for k in 0..<sources * stride { c += Self.get(gradient, k, precision) * Self.get(w, k, precision) }
      let tolerance = (precision == .f32 ? 1e-5 : 1e-13) * max(abs(a), 1)
      #expect(abs(a) > 1e-3)
      #expect(abs(a - b) < tolerance && abs(a - c) < tolerance, "\(a) \(b) \(c)")
    }
  }

  static func set(_ memory: AlignedMemory, _ k: Int, _ x: Double, _ precision: Precision) {
    if precision == .f64 {
      memory.base.assumingMemoryBound(to: Double.self)[k] = x
    } else {
      memory.base.assumingMemoryBound(to: Float.self)[k] = Float(x)
    }
  }

  static func get(_ memory: AlignedMemory, _ k: Int, _ precision: Precision) -> Double {
    precision == .f64
      ? memory.base.assumingMemoryBound(to: Double.self)[k]
      : Double(memory.base.assumingMemoryBound(to: Float.self)[k])
  }

  @Test func productBitsDependOnNothing() {
    let stream = RandomStream(seed: 11, path: "gemm")
    let (rows, columns, depth) = (9, 77, 53)
    func product(_ table: KernelTable, rows: Range<Int>) -> [Double] {
      let a = AlignedMemory(byteCount: 9 * depth * 4)
      let w = AlignedMemory(byteCount: depth * columns * 4)
      let c = AlignedMemory(byteCount: 9 * columns * 4)
      for k in 0..<9 * depth { Self.set(a, k, stream.normal(index: k), .f32) }
      for k in 0..<depth * columns { Self.set(w, k, stream.normal(index: k, sample: 1), .f32) }
      let panels = AlignedMemory(byteCount: padded(columns, to: table.panel) * depth * 4)
      table.raw.pointee.pack(panels.base, w.base, columns, 1, depth, columns)
      table.raw.pointee.gemm(
        c.base + rows.lowerBound * columns * 4, columns, a.base + rows.lowerBound * depth * 4, depth, 1, panels.base,
        rows.count, columns, depth, 0)
      return (0..<9 * columns).map { Self.get(c, $0, .f32) }
    }
    let whole = product(Self.tables(.f32)[0], rows: 0..<9)
    // k ascending, each product and sum rounded: the definition.
    var sum: Float = 0
    for k in 0..<depth {
      sum += Float(stream.normal(index: 4 * depth + k)) * Float(stream.normal(index: k * columns + 70, sample: 1))
    }
    #expect(Double(sum) == whole[4 * columns + 70])
    for table in Self.tables(.f32) {
      #expect(product(table, rows: 0..<9) == whole)
      for row in [0, 3, 8] {
        let one = product(table, rows: row..<row + 1)
        #expect(one[row * columns..<(row + 1) * columns] == whole[row * columns..<(row + 1) * columns])
      }
    }
    _ = rows
  }

  @Test func extractionListsWhatIsNotZero() {
    for precision in [Precision.f32, .f64] {
      for table in Self.tables(precision) {
        for count in [0, 1, 7, 16, 33, 100] {
          let flags = AlignedMemory(byteCount: padded(count) * 8)
          // The padding is set, and must not be seen.
          for k in 0..<padded(count) { Self.set(flags, k, k >= count ? 1 : (k % 3 == 1 ? Double(k) : 0), precision) }
          var units = [UInt32](repeating: 0, count: count + 1)
          let values = AlignedMemory(byteCount: (count + 1) * 8)
          let found = table.raw.pointee.extract(flags.base, count, &units, values.base)
          let expected = (0..<count).filter { $0 % 3 == 1 }
          #expect(units.prefix(found).map { Int($0) } == expected)
          #expect((0..<found).map { Self.get(values, $0, precision) } == expected.map { Double($0) })
        }
      }
    }
  }

  @Test func sumsHaveOneOrder() {
    let stream = RandomStream(seed: 13, path: "sum")
    for count in [0, 1, 15, 16, 17, 333] {
      let x = (0..<count).map { Float(stream.normal(index: $0)) }
      let sums = Self.tables(.f32).map { $0.raw.pointee.sum(x, count) }
      #expect(sums.allSatisfy { $0 == sums[0] })
      #expect(abs(sums[0] - x.reduce(0) { $0 + Double($1) }) < 1e-10)
    }
    let x: [Double] = [1, 3, 3, -2, -2]
    let table = Self.tables(.f64)[0].raw.pointee
    #expect(table.first_maximum(x, 5) == 1)
    #expect(table.first_minimum(x, 5) == 3)
  }

  // MARK: Updates

  /// Three updates from w = 1 with gradients 0.5, -0.2, 0.1 and rate 0.1 (β 0.9 and 0.999, momentum and γ 0.9),
  /// computed with NumPy from the published formulas: Kingma & Ba 2015, Loshchilov & Hutter 2019, Hinton's lecture 6e,
  /// Zenke & Ganguli 2018 (RMaxProp); PyTorch's placement of ε.
  static let updates: [(snn_optimiser_kind, Double, [Double])] = [
    (SNN_SGD, 0, [0.95, 0.9249999999999999, 0.8925]),
    (SNN_ADAM, 0, [0.9000000019999999, 0.8654394181165107, 0.8275002408356955]),
    (SNN_ADAM, 0.1, [0.9000000016666666, 0.8475190629593702, 0.790162183431194]),
    (SNN_ADAMW, 0.1, [0.8900000019999998, 0.8465394180965107, 0.8001348466347303]),
    (SNN_ADAMAX, 0, [0.900000002, 0.8736578709215531, 0.8496245890183348]),
    (SNN_RMSPROP, 0, [0.6837722539831608, 0.8066312698027817, 0.7431951258573711]),
    (SNN_RMAXPROP, 0, [0.900000002, 0.9421637032466895, 0.9199414815182945]),
  ]

  @Test func updatesFollowTheirFormulas() {
    let gradients = [0.5, -0.2, 0.1]
    for (kind, decay, expected) in Self.updates {
      for precision in [Precision.f32, .f64] {
        for table in Self.tables(precision) {
          let arrays = (0..<4).map { _ in AlignedMemory(byteCount: 21 * 8) }
          for k in 0..<21 { Self.set(arrays[0], k, 1, precision) }
          for (step, g) in gradients.enumerated() {
            // The gradient is the sum of two slots, which are cleared.
            let other = AlignedMemory(byteCount: 21 * 8)
            for k in 0..<21 {
              Self.set(arrays[3], k, g / 2, precision)
              Self.set(other, k, g / 2, precision)
            }
            let n = Double(step + 1)
            var o = snn_optimiser(
              kind: kind, rate: 0.1, momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: decay,
              correction1: 1 / (1 - Evaluate.pow(0.9, n)), correction2: 1 / (1 - Evaluate.pow(0.999, n)),
              gradient_scale: 1, unit: 1)
            var slots: [UnsafeMutableRawPointer?] = [arrays[3].base, other.base]
            table.raw.pointee.update(arrays[0].base, arrays[1].base, arrays[2].base, &slots, 2, 21, &o)
            #expect(Self.get(arrays[3], 20, precision) == 0 && Self.get(other, 0, precision) == 0)
            for k in [0, 20] {
              let error = abs(Self.get(arrays[0], k, precision) - expected[step])
              #expect(error < (precision == .f32 ? 1e-6 : 1e-14), "kind \(kind.rawValue), step \(step)")
            }
          }
        }
      }
    }
  }
}
