import Foundation
import Testing

@testable import SNNSyntax

/// Compares with a file beside the tests. `SNN_RECORD=1` writes it, and the run that writes fails.
func expectGolden(_ text: String, _ name: String) {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens/\(name)")
  if ProcessInfo.processInfo.environment["SNN_RECORD"] != nil {
    try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? text.write(to: file, atomically: true, encoding: .utf8)
    Issue.record("recorded \(name)")
    return
  }
  let expected = try? String(contentsOf: file, encoding: .utf8)
  #expect(text == expected, "\(name)")
}

@Suite struct GoldenTests {
  @Test func trees() {
    expectGolden(dumpTree(parsed(digitsProgram)), "digits.tree")
    expectGolden(dumpTree(parsed(everythingProgram)), "everything.tree")
  }

  @Test func tokens() { expectGolden(dumpTokens(source(digitsProgram)), "digits.tokens") }

  /// The transcript of a program with one of each beginner's mistake.
  @Test func messages() {
    let text = """
      # my first neuron
      neuron LIF:
        param tau = 10msec
        param tau2 = 10ms
        param E = -65*mV
        V = 0
        state V = 0
        d(V)/dt = (E - V)**2 / tau
        V += 3
        on input { V += w }
        spike if V >= 1 && true
        on spike { V = 0

      network Net(n = 3 {
        population a = LIF[n]
        population b = LIF[3](tau = 3 ms tau2 = 4 ms)
        connect a => b { one_to_one, weight 3 }
        input dt : spikes[3]
        conect a -> b { weight = 1 }
      }

      task t of Net {
        los = 3
        loss = maximum over time of a.V
        run 50 ms
        learn by bptt { surrogate fast_sigmoid(10) }
        batch 64 epochs 20
        expect 1 < 2 < 3
        let x = (3 + 4
        let y = "abc

      """
    var sources = SourceMap()
    let id = sources.add(name: "first.snn", text: text)
    expectGolden(TextRenderer(sources).render(parse(sources[id]).1), "first.messages")
  }
}
