import SNNIR
import Testing

@testable import SNN

/// Connections of delay 0 that go round: all integrate, all test, all deliver, all reset.
@Suite struct ZeroDelayCircleTests {
  /// Spikes change a current, which the threshold does not read at that tick. The populations' names decide which comes
  /// first in the file.
  static func source(_ names: [String] = ["a", "b", "o"], rule: String = "bptt") -> String {
    """
    neuron Cell {
      state U = 0
      state I = 0
      next U = 0.9 * U + I - spike
      next I = 0.8 * I
      on input(w) { I += w }
      spike when U > 1
    }
    neuron Sum {
      state V = 0
      next V = 0.7 * V
      on input(w) { V += w }
    }
    network N {
      step 1 ms
      input x : spikes[5]
      population \(names[0]) = \(names[0] == "o" ? "Sum" : "Cell")[3]
      population \(names[1]) = \(names[1] == "o" ? "Sum" : "Cell")[3]
      population \(names[2]) = \(names[2] == "o" ? "Sum" : "Cell")[3]
      connect x -> a as w_x { learnable weight ~ uniform(0, 0.6) }
      connect a -> b as w_ab { learnable weight ~ uniform(0, 0.9), delay = 0 ms }
      connect b -> a as w_ba { learnable weight ~ uniform(-0.2, 0.4), delay = 0 ms }
      connect a -> a as w_aa { learnable weight ~ uniform(-0.3, 0.3), delay = 0 ms }
      connect b -> o as w_bo { learnable weight ~ normal(0, 1), delay = 0 ms }
    }
    task probe of N {
      data train = random_patterns(samples = 4, units = 5, steps = 30, rate = 300 Hz)
      feed x = direct(sample)
      run for 30 ms
      loss = mean over time of (mean over units of o.V ^ 2)
      learn by \(rule) { surrogate = fast_sigmoid(5) }
      batch 4
    }
    """
  }

  /// `[sample][tick][unit]` of o.V, and how many spikes b has, by loops over the step's order.
  private static func byHand(_ session: Session, _ bins: [[[Double]]]) throws -> (potentials: [Double], spikes: Int) {
    func weights(_ name: String) throws -> [Double] { try #require(session.parameter(name)) }
    let (x, ab, ba) = (try weights("w_x"), try weights("w_ab"), try weights("w_ba"))
    let (aa, bo) = (try weights("w_aa"), try weights("w_bo"))
    var result: [Double] = []
    var count = 0
    for sample in bins {
      var (aU, aI, aS) = ([0.0, 0, 0], [0.0, 0, 0], [0.0, 0, 0])
      var (bU, bI, bS, V) = ([0.0, 0, 0], [0.0, 0, 0], [0.0, 0, 0], [0.0, 0, 0])
      for bin in sample {
        for i in 0..<3 {
          (aU[i], aI[i]) = (0.9 * aU[i] + aI[i] - aS[i], 0.8 * aI[i])
          (bU[i], bI[i]) = (0.9 * bU[i] + bI[i] - bS[i], 0.8 * bI[i])
          V[i] *= 0.7
          for j in 0..<5 { aI[i] += x[i * 5 + j] * bin[j] }
        }
        for i in 0..<3 { (aS[i], bS[i]) = (aU[i] > 1 ? 1 : 0, bU[i] > 1 ? 1 : 0) }
        for i in 0..<3 {
          for j in 0..<3 {
            aI[i] += aa[i * 3 + j] * aS[j] + ba[i * 3 + j] * bS[j]
            bI[i] += ab[i * 3 + j] * aS[j]
            V[i] += bo[i * 3 + j] * bS[j]
          }
          count += Int(bS[i])
        }
        result += V
      }
    }
    return (result, count)
  }

  @Test(arguments: [["a", "b", "o"], ["o", "b", "a"], ["b", "o", "a"]])
  func isTheStepOfLoops(_ names: [String]) throws {
    let model = try Reference.model(Self.source(names))
    let bins = try Self.bins(model)
    for (precision, threads, tolerance) in [(Precision.f64, 1, 1e-12), (.f64, 3, 1e-12), (.f32, 2, 1e-5)] {
      let session = try Session(
        model, options: SessionOptions(precision: precision, threads: threads),
        records: try model.recordRequests(["o.V"]))
      let (expected, spikes) = try Self.byHand(session, bins)
      #expect(spikes > 10)
      let batch = try session.batch(source: 0, samples: Array(0..<4), epoch: nil)
      let found = try #require(try session.engine.run(batch, records: true).records[0])
      // Records are `[tick, sample, unit]`, from tick 0.
      var sorted: [Double] = []
      for sample in 0..<4 { for tick in 1...30 { sorted += (0..<3).map { found[(tick * 4 + sample) * 3 + $0] } } }
      #expect(Reference.error(sorted, expected) < tolerance)
    }
  }

  private static func bins(_ model: Model) throws -> [[[Double]]] {
    let session = try Session(model, options: SessionOptions(precision: .f64))
    let batch = try session.batch(source: 0, samples: Array(0..<4), epoch: nil)
    guard case .spikes(let spikes) = batch.inputs[0] else { return [] }
    return (0..<4).map { sample in
      (0..<30).map { bin in
        var row = [Double](repeating: 0, count: 5)
        for place in spikes.offsets[sample * 30 + bin]..<spikes.offsets[sample * 30 + bin + 1] {
          row[Int(spikes.units[place])] += spikes.values?[place] ?? 1
        }
        return row
      }
    }
  }

  /// Without time, error would go round a circle for ever.
  @Test func rulesWithoutTimeAreRefused() {
    let source = Self.source(rule: "random_error_bp")
    let program = Program.compile(source.replacing("fast_sigmoid(5)", with: "fast_sigmoid(5), recurrence = keep"))
    #expect(program.diagnostics.map(\.id.code) == ["E0720"], "\(program.rendered())")
  }
}
