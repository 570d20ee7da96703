import SNNRuntime
import Testing

@testable import SNN

/// One neuron of the library on given inputs, in double precision.
struct LibraryRun {
  /// What to write after `population p = `.
  var population: String
  var use: String
  var step: String = "1 ms"
  /// An input by what it connects to (`p`, `p.exc`, `p.I`), the connection's braces, whether it is analog, and its bins.
  var inputs: [(target: String, braces: String, isAnalog: Bool, bins: [Double])]

  /// The records at ticks 1 … T, in declared units.
  func records(_ names: [String]) throws -> [[Double]] {
    let ticks = inputs.map(\.bins.count).max() ?? 0
    var lines = ["use \(use)", "network N {", "  step \(step)"]
    for (index, input) in inputs.enumerated() {
      lines.append(input.isAnalog ? "  input x\(index)[1] : 1" : "  input x\(index) : spikes[1]")
    }
    lines.append("  population p = \(population)")
    for (index, input) in inputs.enumerated() {
      lines.append("  connect x\(index) -> \(input.target) { \(input.braces) }")
    }
    lines.append("}")
    let program = SNN.Program.compile(lines.joined(separator: "\n"))
    let isSound = !program.hasErrors
    try #require(isSound, "\(program.rendered())")
    let model = try program.model().standingAlone(ticks: ticks)
    let requests = try model.recordRequests(names.map { "p.\($0)" })
    let session = try Session(model, options: SessionOptions(precision: .f64), records: requests)
    var batch = Batch(sampleCount: 1)
    batch.inputs = inputs.map { input in
      .dense(input.bins + [Double](repeating: 0, count: ticks - input.bins.count))
    }
    let result = try session.engine.run(batch, records: true)
    return requests.enumerated().map { index, request in
      let values = (result.records[index] ?? []).dropFirst()
      return request.variable == .spike ? Array(values) : values.map { request.unit.fromInternal($0) }
    }
  }

  /// A neuron whose input is one number a step, as the PyTorch libraries take it.
  static func stepped(_ use: String, _ population: String, _ bins: [Double], record: String) throws -> [[Double]] {
    try LibraryRun(population: population, use: use, inputs: [("p", "weight = 1", false, bins)])
      .records([record, "spike"])
  }
}
