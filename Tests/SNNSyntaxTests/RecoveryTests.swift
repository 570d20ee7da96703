import Testing

@testable import SNNSyntax

/// Each wrong program with the codes it gives and, where the help can be applied, what the safe edits make of it.
@Suite struct RecoveryTests {
  @Test(
    arguments: [
      (
        "neuron A {\n  state V = 0\n  V' = 2 ** 3 / 1 ms\n}\n", ["E0107"],
        "neuron A {\n  state V = 0\n  V' = 2 ^ 3 / 1 ms\n}\n"
      ),
      ("neuron A { param k == 3 }", ["E0111"], "neuron A { param k = 3 }"),
      ("neuron A { param k := 3 }", ["E0111"], "neuron A { param k = 3 }"),
      ("neuron A { let x = a&&b }", ["E0113"], "neuron A { let x = a and b }"),
      ("neuron A { let x = !a }", ["E0113"], "neuron A { let x = not a }"),
      ("neuron A { let x = a || b }", ["E0113"], "neuron A { let x = a or b }"),
      ("network N { connect A => B { weight = 1 } }", ["E0113"], "network N { connect A -> B { weight = 1 } }"),
      ("network N { connect A to B { weight = 1 } }", ["E0113"], "network N { connect A -> B { weight = 1 } }"),
      ("network N { connect A → B { weight = 1 } }", ["E0005"], "network N { connect A -> B { weight = 1 } }"),
      ("network N { connect A --> B { weight = 1 } }", ["E0113"], "network N { connect A -> B { weight = 1 } }"),
      ("network N { connect A -> B { one_to_one } }", ["E0124"], "network N { connect A -> B { pattern one_to_one } }"),
      ("task A of N { run 50 ms }", ["E0124"], "task A of N { run for 50 ms }"),
      ("task A of N { optimize adam() }", ["E0125"], "task A of N { optimise adam() }"),
      ("neuron A { param tau = 10ms }", ["E0007"], "neuron A { param tau = 10 ms }"),
      ("neuron A { param E = 65*mV }", ["E0122"], "neuron A { param E = 65 mV }"),
      ("neuron A { state V = 0\n  d(V)/dt = 1 }", ["E0118"], "neuron A { state V = 0\n  dV/dt = 1 }"),
      ("neuron A { state V = 0\n  d V/dt = 1 }", ["E0118"], "neuron A { state V = 0\n  dV/dt = 1 }"),
      ("neuron A { state V = 0\n  dV/dT = 1 }", ["E0118"], "neuron A { state V = 0\n  dV/dt = 1 }"),
      ("neuron A { spike if V > 1 }", ["E0125"], "neuron A { spike when V > 1 }"),
      ("neuron A { let x = if a = b then 1 else 0 }", ["E0112"], "neuron A { let x = if a == b then 1 else 0 }"),
      ("# note\nneuron A { }", ["E0008"], "// note\nneuron A { }"),
    ] as [(String, [String], String)])
  func slipsAreRepaired(_ text: String, _ expected: [String], _ fixed: String) {
    let diagnostics = parse(source(text)).1
    #expect(diagnostics.map(\.id.code) == expected)
    #expect(applying(diagnostics.safeEdits(in: FileID(0)), to: text) == fixed)
    #expect(codes(fixed) == [])
  }

  @Test(
    arguments: [
      ("neuron A:\n  state V = 0\n  dV/dt = 1\n\nneuron B {\n}\n", ["E0108"], 2),
      ("neuron A\n  state V = 0\n}\nneuron B {\n}\n", ["E0109"], 2),
      ("neuron A {\n  state V = 0\n\nneuron B {\n}\n", ["E0110"], 2),
      ("neuron A {\n  on spike {\n    V = 0\n  state W = 0\n}\nneuron B { }\n", ["E0110"], 2),
      ("neuron A { }\n}\nneuron B { }\n", ["E0104"], 2),
      ("def f(x) = x\nneuron B { }\n", ["E0114"], 2),
      ("class B { }\n", ["E0114"], 1),
      ("nueron B { state V = 0 }\nneuron C { }\n", ["E0123"], 1),
      (
        "neuron A {\n  param tau = (1 + \n  state V = 0\n  dV/dt = \n  param b = 3 3\n}\n",
        ["E0101", "E0101", "E0102"], 1
      ),
      ("neuron A {\n  param a = f(1,\n  state V = 0\n  V += 1\n}\n", ["E0103", "E0117"], 1),
      ("neuron A {\n  param dt = 1\n  param spike = 2\n}\n", ["E0115", "E0115"], 1),
      ("neuron A {\n  on input { I += w }\n  state V = 0\n}\n", ["E0101"], 1),
      ("neuron A {\n  V = 3\n  I += w\n  parm k = 1\n}\n", ["E0116", "E0117", "E0123"], 1),
      ("network N {\n  connect A -> B as w {\n    weight = 1\n  population C = LIF[3]\n}\n", ["E0110"], 1),
      ("task T of N {\n  learn by bptt {\n    reset = cut\n  loss = mse(a, b)\n}\n", ["E0110"], 1),
      ("task T of N {\n  batch 64 epochs 20\n  seed 1\n}\n", ["E0102"], 1),
      ("neuron 5 { state V = 0\n state = }\nneuron B { }\n", ["E0101", "E0101"], 1),
      ("neuron A { param tau = 10 msec, }\n", ["E0010", "E0102"], 1),
    ] as [(String, [String], Int)])
  func oneMessagePerCauseAndTheRestIsRead(_ text: String, _ expected: [String], _ declarations: Int) {
    let (tree, diagnostics) = parse(source(text))
    #expect(diagnostics.map(\.id.code) == expected, "\(text)")
    #expect(tree.declarations.count == declarations, "\(text)")
  }

  @Test func unitsAreProposed() {
    let proposals = ["mv", "msec", "MV/ms", "mohm", "hz", "Mohm"].map { unit in
      parse(source("neuron A { param k = 1 \(unit) }")).1.first?.help.first?.edits.first?.replacement
    }
    #expect(proposals == ["mV", "ms", nil, "mOhm", "Hz", "MOhm"])
  }

  @Test func declaredNamesMayBeCalledLikeUnits() {
    #expect(codes("neuron A { param mV = 3; let x = 65*mV }") == [])
  }
}
