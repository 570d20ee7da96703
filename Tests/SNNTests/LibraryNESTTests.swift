import Foundation
import SNN
import SNNData
import Testing

/// Neurons of `std.nest` against NEST 3.10 (`Fixtures/nest.h5`): every spike time, and voltages to 1e-9 relative where
/// the update is exact; elsewhere to 1e-2 mV before and 3e-2 mV after the first spike, since NEST resets within a step.
@Suite struct LibraryNESTTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var model: String
    var parameters = ""
    var unit: String
    /// Both receptors are one port, or one each.
    var ports = ["p.exc", "p.inh"]
    var resolution: String
    var isExact = false
    var testDescription: String { "\(model) at \(resolution) ms" }
  }

  static let cases = ["0.1", "1.0"].flatMap { resolution in
    [
      Case(
        model: "iaf_psc_exp",
        parameters: "C_m = 10 pF, tau_syn_ex = 5 ms, E_L = 0 mV, V_th = 15 mV, V_reset = 0 mV", unit: "pA",
        resolution: resolution, isExact: true),
      Case(
        model: "iaf_psc_alpha", parameters: "C_m = 10 pF, E_L = 0 mV, V_th = 15 mV, V_reset = 0 mV", unit: "pA",
        resolution: resolution, isExact: true),
      Case(
        model: "iaf_psc_delta", parameters: "C_m = 10 pF, E_L = 0 mV, V_th = 15 mV, V_reset = 0 mV", unit: "mV",
        ports: ["p", "p"], resolution: resolution, isExact: true),
      Case(model: "izhikevich", unit: "mV", ports: ["p", "p"], resolution: resolution, isExact: true),
      Case(model: "iaf_cond_exp", parameters: "g_L = 16.7 nS", unit: "nS", resolution: resolution),
      Case(model: "aeif_cond_alpha", unit: "nS", resolution: resolution),
      Case(model: "hh_psc_alpha", parameters: "I_e = 650 pA", unit: "pA", resolution: resolution),
    ]
  }

  @Test(arguments: cases) func traceIsReproduced(_ one: Case) throws {
    let file = try HDF5File(reading: Reference.fixture("nest.h5"))
    func numbers(_ name: String) throws -> [Double] {
      let path = "\(one.model)/\(one.resolution)/\(name)"
      return try #require(try file.read(path).doubles(), "\(path) holds no numbers")
    }
    let step = try #require(Double(one.resolution))
    let expected = try numbers("V")
    func bins(_ times: String, _ weights: String, sign: Double) throws -> [Double] {
      var result = [Double](repeating: 0, count: expected.count)
      for (time, weight) in zip(try numbers(times), try numbers(weights)) {
        let bin = Int((time / step).rounded())
        if bin < result.count { result[bin] += sign * weight }
      }
      return result
    }
    let braces = "weight = 1 \(one.unit), delay = 1 ms"
    let run = LibraryRun(
      population: "\(one.model)[1](\(one.parameters))", use: "std.nest.\(one.model)", step: "\(one.resolution) ms",
      inputs: [
        (one.ports[0], braces, false, try bins("te", "we", sign: 1)),
        (one.ports[1], braces, false, try bins("ti", "wi", sign: one.unit == "nS" ? -1 : 1)),
      ])
    let found = try run.records(["V_m", "spike"])
    let spikes = found[1].indices.filter { found[1][$0] > 0 }.map { $0 + 1 }
    let expectedSpikes = try numbers("spikes").map { Int(($0 / step).rounded()) }.filter { $0 <= expected.count }
    #expect(spikes == expectedSpikes)
    let first = (expectedSpikes.first ?? expected.count + 1) - 1
    for (tick, (a, b)) in zip(found[0], expected).enumerated() {
      let limit = one.isExact ? 1e-9 * max(abs(b), 1e-3) : tick < first ? 1e-2 : 3e-2
      guard abs(a - b) <= limit else {
        Issue.record("tick \(tick + 1): \(a) mV, NEST has \(b)")
        return
      }
    }
  }
}
