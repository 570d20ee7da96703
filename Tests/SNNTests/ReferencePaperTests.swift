import Foundation
import SNN
import SNNData
import SNNRuntime
import Testing

/// The discretised network of Neftci, Mostafa & Zenke (2019) against automatic differentiation in double precision
/// (`Fixtures/paper_network.h5`), through the shipped program and the files of `snn grad`.
@Suite struct ReferencePaperTests {
  struct Case: Sendable, CustomStringConvertible {
    var surrogate: String
    /// `subtract` or `zero`: the task of the program, too.
    var reset: String
    var isAttached: Bool
    var description: String { "\(surrogate), \(reset)-\(isAttached ? "attached" : "detached")" }
    var path: String { "/cases/\(surrogate)/\(reset)-\(isAttached ? "attached" : "detached")" }
  }

  static let cases: [Case] = [
    "arctan(2)", "exponential(1, 3)", "fast_sigmoid(10)", "fast_sigmoid(100)", "gaussian(0.5)",
    "piecewise_linear(0.3, 1)", "sigmoid(5)", "superspike(5)",
  ].flatMap { surrogate in
    ["subtract", "zero"].flatMap { reset in
      [true, false].map { Case(surrogate: surrogate, reset: reset, isAttached: $0) }
    }
  }

  static let records = ["hidden.U", "hidden.I", "hidden.spike", "output.U"]

  private func run(_ one: Case, _ precision: Precision, records: [String] = records) throws -> BlackBox.Results {
    let file = TidyTests.root.appending(path: "examples/paper_network.snn")
    let model = try Reference.model(
      String(contentsOf: file, encoding: .utf8), task: one.reset,
      settings: ["surrogate": one.surrogate, "reset": one.isAttached ? "keep" : "cut"])
    // The fixture has the layout of both files: `/parameters` and `/data`.
    let path = Reference.fixture("paper_network.h5")
    return try BlackBoxRun(
      model: model, options: SessionOptions(precision: precision), parameters: path, batch: path, records: records,
      wantsGradient: true
    ).run()
  }

  @Test(arguments: cases) func matches(_ one: Case) throws {
    let file = try HDF5File(reading: Reference.fixture("paper_network.h5"))
    let result = try run(one, .f64)
    let loss = try #require(try file.read("\(one.path)/loss").scalar)
    #expect(abs((result.loss ?? .nan) - loss) < 1e-9 * loss)
    #expect(result.gradients.keys.sorted() == ["w_in", "w_out", "w_rec"])
    for (name, gradient) in result.gradients {
      let expected = try file.read("\(one.path)/gradients/\(name)")
      #expect(gradient.shape == expected.shape)
      let error = Reference.error(gradient.doubles(), expected.doubles() ?? [])
      #expect(error < 1e-9, "\(name) of \(one): \(error)")
    }
    // Single precision: same spikes, same numbers to its rounding.
    let single = try run(one, .f32)
    guard single.records["hidden.spike"] == result.records["hidden.spike"] else { return }
    #expect(abs((single.loss ?? .nan) - loss) < 1e-3 * loss)
    for (name, gradient) in single.gradients {
      let error = Reference.error(gradient.doubles(), result.gradients[name]?.doubles() ?? [])
      #expect(error < 1e-3, "\(name) of \(one), single precision: \(error)")
    }
  }

  /// Rows of the file are ticks 0 … 49 (the readout's 0 … 50), records are ticks 1 … 50.
  @Test(arguments: ["subtract", "zero"]) func tracesMatch(_ reset: String) throws {
    let file = try HDF5File(reading: Reference.fixture("paper_network.h5"))
    let result = try run(Case(surrogate: "sigmoid(5)", reset: reset, isAttached: true), .f64)
    for (name, dataset) in [("hidden.U", "U"), ("hidden.I", "I"), ("hidden.spike", "s"), ("output.U", "Uo")] {
      let expected = try file.read("/forward/\(reset)/\(dataset)")
      let found = try #require(result.records[name])
      let (samples, rows, units) = (expected.shape[0], expected.shape[1], expected.shape[2])
      #expect(found.shape == [samples, 50, units])
      let (values, numbers) = (found.doubles() ?? [], expected.doubles() ?? [])
      var pairs: [(Double, Double)] = []
      for sample in 0..<samples {
        for tick in 1..<rows {
          for unit in 0..<units {
            pairs.append(
              (
                values[(sample * 50 + tick - 1) * units + unit],
                numbers[(sample * rows + tick) * units + unit]
              ))
          }
        }
      }
      let error = Reference.error(pairs.map(\.0), pairs.map(\.1))
      #expect(error < (name == "hidden.spike" ? 1e-300 : 1e-9), "\(name), \(reset): \(error)")
    }
  }
}
