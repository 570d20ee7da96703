import SNNIR
import Testing

@testable import SNNSema

/// Losses and reductions, lowered and evaluated over small arrays; the expected numbers are worked out from the
/// definitions in Swift arithmetic beside each.
@Suite struct TaskValueTests {
  static let ticks = 10
  static let samples = 2

  static func u(_ unit: Int, _ tick: Int, _ sample: Int) -> Double {
    Double((tick * 7 + unit * 3 + sample * 5) % 11) - 4
  }
  static func spike(_ unit: Int, _ tick: Int, _ sample: Int) -> Double {
    (tick + unit + sample) % 3 == 0 && unit < 2 ? 1 : 0
  }
  static let labels = [1.0, 0]
  static let weights = (0..<12).map { Double($0) * 0.25 - 1 }

  /// Value per sample of a score.
  func value(_ expression: String) throws -> [Double] {
    let found = checkTask(taskPreamble + "score s = \(expression)")
    try #require(found.diagnostics.isEmpty, "\(found.diagnostics.map(\.headline))")
    let model = try #require(found.lowered)
    let task = try #require(model.task)
    #expect(model.network.graph.verify().isEmpty)
    #expect(task.verify(in: model.network).isEmpty)
    var evaluator = SmallEvaluator(graph: model.network.graph, ticks: Self.ticks, samples: Self.samples) {
      symbol, tick, sample, unit in
      switch symbol.kind {
      case .recorded(_, .state), .recorded(_, .beforeReset): Self.u(unit, tick, sample)
      case .recorded(_, .letBinding): 2 * Self.u(unit, tick, sample)
      case .recorded(_, .spike): Self.spike(unit, tick, sample)
      case .data(let field):
        switch (task.fields[field].name, task.fields[field].transforms) {
        case ("label", []): Self.labels[sample]
        case ("label", _): Self.labels[sample] == Double(unit) ? 1 : 0
        default: Double(unit) * 0.5
        }
      case .batchCount: Double(Self.samples)
      case .time: Double(tick)
      case .stepSize: 1
      case .parameter: symbol.name == "w_in" ? Self.weights[unit] : 10
      default: .nan
      }
    }
    evaluator.synapses = [12, 6]
    return evaluator.perSample(task.scores[0].value)
  }

  func expect(_ expression: String, _ wanted: (Int) -> Double) throws {
    let found = try value(expression)
    for sample in 0..<Self.samples {
      let difference = abs(found[sample] - wanted(sample))
      #expect(
        difference <= 1e-12 * max(1, abs(wanted(sample))), "\(expression): \(found[sample]), not \(wanted(sample))")
    }
  }

  static let all = 1...ticks

  @Test func reductionsOverTime() throws {
    try expect("(max over time of output.U)[0]") { s in Self.all.map { Self.u(0, $0, s) }.max()! }
    try expect("(min over time of output.U)[1]") { s in Self.all.map { Self.u(1, $0, s) }.min()! }
    try expect("(mean over time of output.U)[1]") { s in Self.all.map { Self.u(1, $0, s) }.reduce(0, +) / 10 }
    try expect("(last over time of output.U)[0]") { s in Self.u(0, 10, s) }
    try expect("(first over time of output.U)[0]") { s in Self.u(0, 1, s) }
    try expect("(output.U at 4 ms)[1]") { s in Self.u(1, 4, s) }
    try expect("(integral over time of output.U)[0] / 2 ms") { s in
      Self.all.map { Self.u(0, $0, s) }.reduce(0, +) / 2
    }
    try expect("(sum over time of output.twice)[0]") { s in Self.all.map { 2 * Self.u(0, $0, s) }.reduce(0, +) }
    try expect("sum over units of hidden.U.before_reset at 3 ms") { s in (0..<3).map { Self.u($0, 3, s) }.reduce(0, +) }
  }

  /// `..` is closed, `..<` half-open; durations and whole ticks.
  @Test func windows() throws {
    try expect("(sum over time in 3 .. 5 of output.U)[0]") { s in (3...5).map { Self.u(0, $0, s) }.reduce(0, +) }
    try expect("(sum over time in 3 ..< 5 of output.U)[0]") { s in Self.u(0, 3, s) + Self.u(0, 4, s) }
    try expect("(mean over time in 2 ms ..< 6 ms of output.U)[0]") { s in
      (2...5).map { Self.u(0, $0, s) }.reduce(0, +) / 4
    }
    try expect("(last over time in 2 ms .. 6 ms of output.U)[0]") { s in Self.u(0, 6, s) }
    try expect("(max over time in 8 .. 10 of output.U)[1]") { s in (8...10).map { Self.u(1, $0, s) }.max()! }
    try expect("sum over units in 1 ..< 3 of (last over time of hidden.U)") { s in Self.u(1, 10, s) + Self.u(2, 10, s) }
  }

  @Test func conditions() throws {
    try expect("(sum over time where output.U > 0 of output.U)[0]") { s in
      Self.all.map { max(Self.u(0, $0, s), 0) }.reduce(0, +)
    }
    try expect("(mean over time where output.U > 0 of output.U)[0]") { s in
      let positive = Self.all.map { Self.u(0, $0, s) }.filter { $0 > 0 }
      return positive.reduce(0, +) / Double(positive.count)
    }
    try expect("(sum over time in 2 .. 9 where output.U > 0 of 1)[0]") { s in
      Double((2...9).filter { Self.u(0, $0, s) > 0 }.count)
    }
    // Booleans count 0 or 1.
    try expect("(sum over time of (output.U > 0))[1]") { s in Double(Self.all.filter { Self.u(1, $0, s) > 0 }.count) }
    try expect("mean over units of (sum over time of hidden.spike)") { s in
      (0..<3).flatMap { unit in Self.all.map { Self.spike(unit, $0, s) } }.reduce(0, +) / 3
    }
    // A mean over nothing is 0.
    try expect("(mean over time where output.U > 1000 of output.U)[0]") { _ in 0 }
  }

  @Test func samplesAndSynapses() throws {
    try expect("mean over synapses of w_in^2") { _ in Self.weights.map { $0 * $0 }.reduce(0, +) / 12 }
    try expect("mean over samples of (output.U at 3 ms)[0]") { _ in (Self.u(0, 3, 0) + Self.u(0, 3, 1)) / 2 }
    try expect("hidden.tau / 1 ms") { _ in 10 }
  }

  @Test func crossEntropy() throws {
    func entropy(_ logits: [Double], _ label: Int) -> Double {
      let sum = logits.map { Evaluate.unary(.exp, $0)! }.reduce(0, +)
      return Evaluate.unary(.log, sum)! - logits[label]
    }
    try expect("cross_entropy(max over time of output.U, label)") { s in
      entropy((0..<2).map { unit in Self.all.map { Self.u(unit, $0, s) }.max()! }, Int(Self.labels[s]))
    }
    // Logits of every tick give a loss of every tick.
    try expect("mean over time of cross_entropy(output.U, label)") { s in
      Self.all.map { tick in entropy((0..<2).map { Self.u($0, tick, s) }, Int(Self.labels[s])) }.reduce(0, +) / 10
    }
    // Where exp alone would overflow.
    try expect("cross_entropy(1000 * output.U at 4 ms, label)") { s in
      let logits = (0..<2).map { 1000 * Self.u($0, 4, s) }
      let top = logits.max()!
      return top + entropy(logits.map { $0 - top }, 0) + (logits[0] - top) - logits[Int(Self.labels[s])]
    }
    try expect("cross_entropy(output.U at 4 ms, onehot(label))") { s in
      entropy((0..<2).map { Self.u($0, 4, s) }, Int(Self.labels[s]))
    }
  }

  @Test func meanSquaredError() throws {
    try expect("mse(output.U at 2 ms, target)") { s in
      (0..<2).map { unit in
        let d = Self.u(unit, 2, s) - Double(unit) * 0.5
        return d * d
      }.reduce(0, +) / 2
    }
    func ofTick(_ tick: Int, _ s: Int) -> Double {
      (0..<2).map { unit in
        let d = Self.u(unit, tick, s) - Double(unit) * 0.5
        return d * d
      }.reduce(0, +) / 2
    }
    try expect("mse(output.U, target)") { s in Self.all.map { ofTick($0, s) }.reduce(0, +) / 10 }
    try expect("sum over time of mse(output.U, target)") { s in Self.all.map { ofTick($0, s) }.reduce(0, +) }
  }

  @Test func unitsByNumber() throws {
    try expect("(last over time of output.U)[label]") { s in Self.u(Int(Self.labels[s]), 10, s) }
    try expect("argmax(last over time of hidden.U)") { s in
      let values = (0..<3).map { Self.u($0, 10, s) }
      return Double(values.firstIndex(of: values.max()!)!)
    }
    try expect("argmax(max over time of output.U) == label") { s in
      let values = (0..<2).map { unit in Self.all.map { Self.u(unit, $0, s) }.max()! }
      return Double(values.firstIndex(of: values.max()!)!) == Self.labels[s] ? 1 : 0
    }
    // Unit 2 is silent: the end of the run.
    try expect("(first_spike(hidden))[2] / 1 ms") { _ in 10 }
    try expect("(first_spike(hidden))[0] / 1 ms") { s in Double(Self.all.first { Self.spike(0, $0, s) == 1 }!) }
  }

  @Test func functionsAndChoices() throws {
    try expect("relu((last over time of output.U)[0] - 1)^2") { s in
      let x = max(Self.u(0, 10, s) - 1, 0)
      return x * x
    }
    try expect("if (last over time of output.U)[0] > 0 then 2 else 3") { s in Self.u(0, 10, s) > 0 ? 2 : 3 }
  }
}
