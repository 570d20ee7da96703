import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// Delays of continuous values that differ from synapse to synapse: to the bit what one connection for each delay brings.
@Suite struct ScatteredValuesTests {
  /// One synapse for each target and delay, so that sums have one order.
  private static let synapses: [(pre: Int, post: Int, weight: Double, delay: Int)] = (0..<3).flatMap { post in
    [1, 2, 5, 13].enumerated().map { place, delay in
      ((post + place) % 4, post, 0.2 + 0.11 * Double(place) - 0.05 * Double(post), delay)
    }
  }.sorted { ($0.pre, $0.post) < ($1.pre, $1.post) }

  private static func list(_ rows: [(pre: Int, post: Int, weight: Double, delay: Int)], delays: Bool) -> String {
    let head = "pre,post,weight" + (delays ? ",delay" : "") + "\n"
    return head
      + rows.map { "\($0.pre),\($0.post),\($0.weight)" + (delays ? ",\($0.delay)" : "") + "\n" }.joined()
  }

  private static func source(_ connections: String, rule: String = "bptt") -> String {
    """
    neuron Leaky {
      state U = 0.4
      drive I
      dU/dt = (I - U) / 6 ms
      on input(w) { U += w }
    }
    neuron Spiking {
      state U = 0.1
      drive I
      dU/dt = (I - U) / 6 ms
      on input(w) { U += w }
      spike when U > 0.5
      on spike { U -= 0.5 }
    }
    network N {
      step 1 ms
      input x[4] : 1
      population a = Leaky[4]
      population b = Leaky[3]
      population s = Spiking[2]
      connect x -> a { pattern one_to_one, weight ~ uniform(0.5, 1.5) }
      \(connections)
      connect b.U -> s.I as w_s { learnable weight ~ normal(0.5, 0.3) }
    }
    task follow of N {
      feed x = sin((t + 3 ms) / 4 ms) + 0.3
      run for 30 ms
      loss = mean over units of (mean over time of (b.U - 0.2)^2) + mean over units of (last over time of s.U)^2
      learn by \(rule) { surrogate = fast_sigmoid(4) }
      optimise sgd(rate = 0.1)
      seed 2
    }
    """
  }

  private struct Outcome {
    var records: [[Double]]
    var loss: Double
    var gradients: [[Double]]
  }

  private static func outcome(
    _ connections: String, _ names: [String], _ precision: Precision
  ) throws -> Outcome {
    let model = try Reference.model(source(connections))
    let records = try model.recordRequests(["a.U", "b.U", "s.U"])
    let session = try Session(
      model, options: SessionOptions(precision: precision), gradient: true, records: records)
    let result = try session.engine.run(
      session.batch(source: nil, samples: [0], epoch: nil), gradient: true, records: true)
    return Outcome(
      records: (0..<3).map { result.records[$0] ?? [] }, loss: try #require(result.loss),
      gradients: try names.map { result.gradients[try #require(model.network.parameter(named: $0))] ?? [] })
  }

  /// From a population, with its first value standing for what it has sent before; and from an input.
  @Test(arguments: [false, true], ["a.U", "x"])
  func oneConnectionForEachDelay(_ isDouble: Bool, _ from: String) throws {
    let precision: Precision = isDouble ? .f64 : .f32
    try Reference.withFolder { folder in
      func write(_ rows: [(pre: Int, post: Int, weight: Double, delay: Int)], _ name: String, delays: Bool) throws {
        try Self.list(rows, delays: delays).write(
          to: folder.appending(path: name), atomically: true, encoding: .utf8)
      }
      try write(Self.synapses, "all.csv", delays: true)
      let delays = [1, 2, 5, 13]
      for delay in delays {
        try write(Self.synapses.filter { $0.delay == delay }, "d\(delay).csv", delays: false)
      }
      func connection(_ file: String, _ name: String, _ delay: String = "") -> String {
        let path = folder.appending(path: file).path
        return "connect \(from) -> b.I as \(name) { pattern from csv(\"\(path)\"), learnable weight = listed\(delay) }"
      }
      let together = try Self.outcome(connection("all.csv", "w"), ["w", "w_s"], precision)
      let apart = try Self.outcome(
        delays.map { connection("d\($0).csv", "w\($0)", ", delay = \($0) ms") }.joined(separator: "\n"),
        delays.map { "w\($0)" } + ["w_s"], precision)
      #expect(together.records == apart.records)
      #expect(together.loss == apart.loss)
      #expect(Set(together.records[1].suffix(3)).count == 3)
      // Gradients of the synapses of one delay, in the order of the list.
      let order = Self.synapses.enumerated()
      for (place, delay) in delays.enumerated() {
        let own = order.filter { $0.element.delay == delay }.map { together.gradients[0][$0.offset] }
        #expect(own == apart.gradients[place], "delay \(delay)")
        #expect(own.contains { $0 != 0 })
      }
      #expect(Reference.error(together.gradients[1], apart.gradients[4]) < (precision == .f64 ? 1e-14 : 1e-6))
    }
  }
}
