import Foundation
import SNN
import SNNData
import Testing

/// A recurrent network with a target at every tick against a derivation of its own (`Fixtures/sg_bptt_small.json`):
/// backward and forward mode agreed there, and finite differences where spikes are smooth.
@Suite struct ReferenceSmallTests {
  struct File: Decodable {
    struct Result: Decodable {
      var loss: Double
      var gW: [[Double]]
      var gV: [[Double]]
      var gO: [[Double]]
    }
    var W: [[Double]]
    var V: [[Double]]
    var O: [[Double]]
    var X: [[Double]]
    var Y: [[Double]]
    var results: [String: Result]
  }

  static let file: File? = {
    guard let data = FileManager.default.contents(atPath: Reference.fixture("sg_bptt_small.json")) else { return nil }
    return try? JSONDecoder().decode(File.self, from: data)
  }()

  static func program(isSubtractive: Bool, isSoft: Bool, isKept: Bool) -> String {
    """
    neuron Cell {
      param alpha = exp(-1 / 5)
      param beta = exp(-1 / 10)
      state U = 0
      state I = 0
      next U = \(isSubtractive ? "beta * U + I - spike" : "(beta * U + I) * (1 - spike)")
      next I = alpha * I
      on input(w) { I += w }
      spike when U > 1
    }
    neuron Readout {
      param alpha = exp(-1 / 5)
      param beta = exp(-1 / 10)
      state r = 0
      state q = 0
      next r = beta * r + q
      next q = alpha * q
      on input(w) { q += w }
    }
    network N {
      step 1 ms
      input x : spikes[4]
      population hidden = Cell[6]
      population output = Readout[2]
      connect x -> hidden as W { learnable weight = 0 }
      connect hidden -> hidden as V { learnable weight = 0 }
      connect hidden -> output as O { learnable weight = 0 }
    }
    task follow of N {
      loss = 0.5 * sum over time of (sum over units of (output.r - target)^2)
      run for 41 ms
      learn by bptt {
        surrogate = \(isSoft ? "sigmoid(5)" : "fast_sigmoid(5)")
        reset = \(isKept ? "keep" : "cut")
        spikes = \(isSoft ? "soft" : "hard")
      }
    }
    """
  }

  static let variants = ["spike", "smooth"].flatMap { spikes in
    ["sub", "mult"].flatMap { reset in ["full", "detached"].map { "\(spikes)-\(reset)-\($0)" } }
  }

  private static func matrix(_ rows: [[Double]]) throws -> NDArray {
    try NDArray(shape: [rows.count, rows.first?.count ?? 0], rows.flatMap { $0 })
  }

  @Test(arguments: variants) func matches(_ variant: String) throws {
    let file = try #require(Self.file)
    let expected = try #require(file.results[variant])
    let model = try Reference.model(
      Self.program(
        isSubtractive: variant.contains("-sub-"), isSoft: variant.hasPrefix("smooth"), isKept: variant.hasSuffix("full")
      ))
    let result = try Reference.withFolder { folder in
      let parameters = folder.appending(path: "p.h5").path
      try Reference.write(
        [
          "/parameters/W": Self.matrix(file.W), "/parameters/V": Self.matrix(file.V),
          "/parameters/O": Self.matrix(file.O),
        ], to: parameters)
      // An empty tick in front: from tick 1 on both systems test the threshold.
      let batch = folder.appending(path: "b.h5").path
      let inputs = [[0, 0, 0, 0]] + file.X
      let targets = [[0, 0]] + file.Y
      try Reference.write(
        [
          "/data/x": NDArray(shape: [1, 41, 4], inputs.flatMap { $0 }),
          "/data/target": NDArray(shape: [1, 41, 2], targets.flatMap { $0 }),
        ], to: batch)
      return try BlackBoxRun(
        model: model, options: SessionOptions(precision: .f64), parameters: parameters, batch: batch,
        wantsGradient: true
      ).run()
    }
    #expect(abs((result.loss ?? .nan) - expected.loss) < 1e-9 * expected.loss)
    for (name, gradient) in [("W", expected.gW), ("V", expected.gV), ("O", expected.gO)] {
      let error = Reference.error(result.gradients[name]?.doubles(), gradient.flatMap { $0 })
      #expect(error < 1e-9, "\(name) of \(variant): \(error)")
    }
  }
}
