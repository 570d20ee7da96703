import Foundation
import SNN
import Testing

/// NIR's LIF as its back-ends recorded it (`Fixtures/nir_lif`: tau 2.5 ms, r 1, threshold 0.1, bins of 0.1 ms): not one
/// spike bin different, voltages to 1e-6. Each file holds the back-end's own scaling of the potential.
@Suite struct LibraryNIRTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var file: String
    var use: String
    var population: String
    var record: String
    var target = "p"
    /// What one input of 1 weighs.
    var weight = "1"
    var testDescription: String { file }
  }

  static let cases = [
    Case(
      file: "lif_exact", use: "std.nir.LIF", population: "LIF[1](tau = 2.5 ms, v_threshold = 0.1)", record: "v",
      target: "p.I"),
    Case(
      file: "lif_norse", use: "std.norse.LIFBox", population: "LIFBox[1](tau_mem_inv = 400 Hz, v_th = 0.1)",
      record: "v"),
    // beta = 1 - dt/tau, threshold and input divided by dt/tau.
    Case(
      file: "lif_snntorch", use: "std.snntorch.LeakyZeroAtOnce",
      population: "LeakyZeroAtOnce[1](beta = 0.96, threshold = 2.5)", record: "mem"),
    Case(
      file: "lif_rockpool", use: "std.rockpool.LIFMembrane",
      population: "LIFMembrane[1](tau_mem = 2.5 ms, threshold = 0.1)", record: "vmem"),
    // Nengo's threshold is 1: the input is divided by NIR's.
    Case(
      file: "lif_nengo", use: "std.nengo.LIF", population: "LIF[1](tau_rc = 2.5 ms, tau_ref = 0 ms)",
      record: "voltage", target: "p.J", weight: "10"),
  ]

  @Test(arguments: cases) func traceIsReproduced(_ one: Case) throws {
    let text = try String(contentsOfFile: Reference.fixture("nir_lif/\(one.file).csv"), encoding: .utf8)
    let rows = text.split(whereSeparator: \.isNewline).map { row in
      row.split(separator: ",").compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
    }
    try #require(rows.count == 1000 && rows.allSatisfy { $0.count == 3 })
    let run = LibraryRun(
      population: one.population, use: one.use, step: "0.1 ms",
      inputs: [(one.target, "weight = \(one.weight)", one.target != "p", rows.map { $0[0] })])
    let found = try run.records([one.record, "spike"])
    #expect(found[1] == rows.map { $0[2] })
    #expect(rows.map { $0[2] }.reduce(0, +) == 4)
    let error = zip(found[0], rows).map { abs($0 - $1[1]) }.max() ?? .infinity
    #expect(error < 1e-6, "\(error)")
  }
}
