import SNNIR
import Testing

@testable import SNN

/// `first|last over … where`: against loops over the records.
@Suite struct FirstLastTests {
  static let source = """
    neuron Leak {
      state U = 0
      next U = 0.8 * U
      on input(w) { U += w }
      spike when U > 0.9
      on spike { U -= 0.5 }
    }
    network N {
      step 1 ms
      input x : spikes[6]
      population a = Leak[5]
      connect x -> a as w { learnable weight ~ uniform(-0.2, 0.5) }
    }
    task probe of N {
      data train = random_patterns(samples = 3, units = 6, steps = 40, rate = 200 Hz)
      feed x = direct(sample)
      run for 40 ms
      record a.U, a.spike
      score last = mean over units of (last over time where a.spike > 0 of a.U)
      score first = mean over units of (first over time where a.U > 0.6 of a.U)
      score window = mean over units of (last over time in 5 ms ..< 20 ms where a.U < 0.3 of a.U)
      score never = mean over units of (first over time where a.U > 100 of a.U)
      score unit = mean over time of (last over units where a.U < 0.3 of a.U)
      loss = (mean over units of (last over time where a.U > 0.6 of a.U)) ^ 2
      learn by bptt { surrogate = fast_sigmoid(5) }
      batch 3
    }
    """

  @Test(arguments: [(Precision.f64, 1, 1e-12), (.f64, 2, 1e-12), (.f32, 1, 1e-5)])
  func agreeWithLoops(_ precision: Precision, _ threads: Int, _ tolerance: Double) throws {
    let model = try Reference.model(Self.source)
    let session = try Session(
      model, options: SessionOptions(precision: precision, threads: threads),
      records: try model.recordRequests(["a.U", "a.spike"]))
    let batch = try session.batch(source: 0, samples: [0, 1, 2], epoch: nil)
    let result = try session.engine.run(batch, records: true)
    let (U, spike) = (try #require(result.records[0]), try #require(result.records[1]))
    func at(_ values: [Double], _ tick: Int, _ sample: Int, _ unit: Int) -> Double {
      values[(tick * 3 + sample) * 5 + unit]
    }
    func mean(_ value: (Int, Int) -> Double) -> Double {
      var sum = 0.0
      for sample in 0..<3 { for unit in 0..<5 { sum += value(sample, unit) } }
      return sum / 15
    }
    let ticks = Array(1...40)
    let last = mean { s, u in ticks.last { at(spike, $0, s, u) > 0 }.map { at(U, $0, s, u) } ?? 0 }
    let first = mean { s, u in ticks.first { at(U, $0, s, u) > 0.6 }.map { at(U, $0, s, u) } ?? 0 }
    let window = mean { s, u in (5..<20).last { at(U, $0, s, u) < 0.3 }.map { at(U, $0, s, u) } ?? 0 }
    var unit = 0.0
    for sample in 0..<3 {
      for tick in ticks {
        guard let place = (0..<5).last(where: { at(U, tick, sample, $0) < 0.3 }) else { continue }
        unit += at(U, tick, sample, place) / 120
      }
    }
    #expect(last != 0 && first > 0 && window != 0 && unit != 0)
    let expected: [Double] = [last, first, window, 0, unit]
    #expect(Reference.error(result.scores, expected) < tolerance)
  }

  /// Segments that are computed again leave what was found last as it was.
  @Test func checkpointsChangeNothing() throws {
    func gradient(_ more: String) throws -> [Double]? {
      let model = try Reference.model(Self.source.replacing("batch 3", with: "batch 3\n  \(more)"))
      return try Session(model, options: SessionOptions(precision: .f64), gradient: true)
        .gradients(dataSet: 0).gradients["w"]
    }
    let whole = try gradient("")
    #expect(whole?.contains { $0 != 0 } == true)
    #expect(try gradient("checkpoint 7") == whole)
  }
}
