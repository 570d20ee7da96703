import Foundation
import Testing

/// `snn compare`: several rules on one task.
@Suite struct CompareTests {
  private func rows(_ output: String) throws -> [[String: Any]] {
    try output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test func rulesAreHeldAgainstBackPropagation() throws {
    let folder = try Programs.folder()
    let rules = "bptt,rtrl,feedback_alignment,finite_difference,eventprop,local_errors"
    let outcome = try BuiltCommand.shell(
      "snn compare kinds.snn --rules \(rules) --epochs 2 --json --threads 1", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let found = try rows(outcome.output)
    #expect(found.compactMap { $0["rule"] as? String } == rules.split(separator: ",").map(String.init))
    // The same gradient forward and backward; another through fixed random numbers, where the readout's is the same.
    #expect(try #require(found[0]["angle"] as? Double) == 0)
    #expect(try #require(found[1]["angle"] as? Double) < 1e-5)
    let angle = try #require(found[2]["angle"] as? Double)
    #expect(angle > 0.01 && angle < 180)
    let angles = try #require(found[2]["angles"] as? [String: Any])
    #expect(try #require(angles["w_out"] as? Double) < 1e-5)
    #expect(try #require(angles["w_in"] as? Double) > 0.01)
    for row in found[..<3] {
      #expect(try #require(row["ms_per_step"] as? Double) > 0 && #require(row["memory"] as? Int) > 0)
      let scores = try #require(row["scores"] as? [String: Double])
      #expect(scores.values.allSatisfy { 0...1 ~= $0 } && !scores.isEmpty)
    }
    // The same gradient makes the same steps, but for rounding.
    let losses = try found[..<2].map { try #require($0["loss"] as? Double) }
    #expect(abs(losses[0] - losses[1]) < 1e-3 * abs(losses[0]))
    // Rules that cannot be used say why.
    #expect((found[4]["reason"] as? String)?.contains("exact spike times") == true)
    #expect((found[5]["reason"] as? String)?.contains("readout") == true)
  }

  @Test func peopleGetATable() throws {
    let folder = try Programs.folder()
    let outcome = try BuiltCommand.shell("snn compare kinds.snn --rules bptt,eprop,eventprop --epochs 1", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[0].hasPrefix("rule") && lines[0].contains("ms/step") && lines[0].contains("∠ w_in"))
    #expect(lines[1].hasPrefix("bptt ") && lines[1].contains("0.0°"))
    #expect(lines[3].hasPrefix("eventprop: `eventprop` needs exact spike times"))
    let wrong = try BuiltCommand.shell("snn compare kinds.snn --rules bptt,epropp", in: folder)
    #expect(wrong.status == 2 && wrong.errors.contains("epropp"))
  }
}
