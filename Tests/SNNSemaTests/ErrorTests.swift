import SNNSyntax
import Testing

@testable import SNNSema

/// One line of a neuron that is wrong, in a neuron where the rest is right.
struct Wrong: Sendable, CustomStringConvertible {
  var line: String
  var finding: String
  var description: String { line }
  init(_ line: String, _ finding: String) {
    self.line = line
    self.finding = finding
  }
}

@Suite struct ErrorTests {
  @Test(arguments: [
    Wrong("dV/dt = (I_e - V) / tau", "9:12 E0301 cannot subtract a voltage from a current"),
    Wrong("dV/dt = (R * I_e - V)", "9:11 E0302 expected voltage per time, found voltage"),
    Wrong("dV/dt = (R * I_e - V) / tua", "9:27 E0201 unknown name `tua`"),
    Wrong("dV/dt = -V / tau + 1", "9:11 E0301 cannot add a number to a voltage per time"),
    Wrong("dV/dt = -V / tau * exp(V)", "9:26 E0303 `exp` needs a number, not a voltage"),
    Wrong("dV/dt = -V / tau * (if V then 1 else 0)", "9:26 E0304 expected a condition, found a voltage"),
    Wrong("dV/dt = -V / tau * (V / 1 mV)^(1 mV)", "9:33 E0305 an exponent must be a number, not a voltage"),
    Wrong("dV/dt = V^(V / 1 mV) / tau", "9:13 E0305 the power of a voltage needs a constant exponent"),
    Wrong("dV/dt = min(V, tau) / tau", "9:15 E0301 the arguments of `min` differ: a voltage and a time"),
    Wrong("dV/dt = (if V > 0 then V else tau) / tau", "9:26 E0301 the branches of `if` differ: a voltage and a time"),
    Wrong("dV/dt = ? / tau", "9:11 E0306 this hole needs: voltage (mV)"),
    Wrong("dV/dt = -V / tau + xi * V", "9:11 E0301 cannot add a quantity in mV/ms^(1/2) to a voltage per time"),
    Wrong("dV/dt = -V / tau + normal(0, 1) * V / tau", "9:22 E0417 `normal` is a distribution, not a value"),
    Wrong("dV/dt = -V / tau + (V as ms) / tau", "9:23 E0302 expected time, found voltage"),
    Wrong("dV/dt = -V(2) / tau", "9:12 E0204 `V` is a state, not a function"),
    Wrong("dV/dt = -(tau * dV) / tau", "9:19 E0201 the derivative of `V` cannot be read"),
    Wrong("dV/dt = -V / tau; on spike { R = 1 }", "9:32 E0404 `R` is a parameter, not a state"),
    Wrong("dV/dt = -V / tau; refractory 2", "9:32 E0302 expected time, found number"),
    Wrong("dV/dt = -V / tau; on exc(g) { V += g * g }", "9:33 E0407 what `on exc` does to `V` is not linear in `g`"),
    Wrong("dV/dt = -V / tau; on exc(g) { V += g + 1 mV }", "9:33 E0407 `on exc` changes `V` even when nothing arrives"),
    Wrong("dV/dt = -V / tau; integrate rk5", "9:31 E0411 unknown integrator `rk5`"),
    Wrong("dV/dt = -V / tau; integrate euler(substeps = 2)", "9:37 E0411 `euler` has no option `substeps`"),
  ])
  func equation(_ wrong: Wrong) {
    let text = """
      neuron N {
        param R = 100 MOhm
        param tau = 10 ms
        drive I_e : current
        state V = -65 mV
        spike when V > -50 mV
        on input(w) { V += w }

        \(wrong.line)
      }
      """
    #expect(findings(text) == [wrong.finding])
  }

  /// The example of the language page, section 10.
  @Test func mismatchKeepsItsThreeFacts() throws {
    let text = """
      // lif.snn


      neuron LIF {
        param tau_m = 10 ms
        param I_e = 100 pA
        param R = 100 MOhm
        param g = 1 nS


        state V = 0 mV
        dV/dt = (I_e - V) / tau_m
      }
      """
    let found = checked(text).diagnostics
    let first = try #require(found.first)
    #expect(found.count == 1)
    #expect(first.headline == "cannot subtract a voltage from a current")
    #expect(first.primary.text == "current (pA), from line 6")
    #expect(first.secondary.map(\.text) == ["voltage (mV)"])
    #expect(first.notes == ["dV/dt must be voltage per time"])
    #expect(first.help.map(\.message) == ["did you mean `R * I_e - V`? `R` is a resistance, line 7"])
    #expect(first.help[0].edits == [Edit(first.primary.span, "R * I_e")])
  }

  @Test func helpProposesTheDivisorAndTheUnit() {
    func help(_ line: String) -> [String] {
      checked("neuron N {\n  state V = -65 mV\n  \(line)\n}").diagnostics.flatMap { $0.help.map(\.message) }
    }
    #expect(help("dV/dt = exp(V) * 1 mV/ms") == ["divide by a reference value: `V / 1 mV`"])
    #expect(help("dV/dt = (V + 65) / 10 ms") == ["write its unit: `65 mV`"])
  }

  @Test(arguments: [
    Wrong("population a = M[1]", "4:18 E0502 unknown neuron `M`"),
    Wrong("population a = N[0.5]", "4:20 E0503 the size of `a` must be a whole number from 1 to 1e8"),
    Wrong("population a = N[1](tau = 5 mV)", "4:29 E0415 `tau` of `N` must be a time, not voltage"),
    Wrong("population a = N[1](tau = 500 ms)", "4:29 E0416 500 ms is outside the range of `tau`"),
    Wrong("population a = N[1](learnable tau = 1 ms)", "4:39 E0416 the first value of `tau`, 1 ms, lies on a bound"),
    Wrong("population a = N[1](tau ~ gauss(1 ms, 2 ms))", "4:29 E0417 unknown distribution `gauss`"),
    Wrong("population a = N[1](tau ~ uniform(1 mV, 2 mV))", "4:37 E0302 expected time, found voltage"),
    Wrong("population a = N[1]; population a = N[2]", "4:35 E0202 `a` is declared twice"),
    Wrong("population a = N[1]; connect a -> a { weight = 1 mV }", "4:50 E0302 expected number, found voltage"),
    Wrong(
      "population a = N[1]; connect a -> a { delay = 1.5 ms }",
      "4:49 E0410 a delay of 1.5 ms is no multiple of the step of 1 ms"),
    Wrong(
      "population a = N[1]; connect a -> a { learnable delay = 2 mV }",
      "4:59 E0302 expected time, found voltage"),
    Wrong(
      "population a = N[1]; connect a -> a { pattern distance(0.1) }",
      "4:32 E0532 `a` has no positions"),
    Wrong("population a = N[1]; connect a -> a; connect a -> a", "4:40 E0202 `a_to_a` is declared twice"),
    Wrong("population a = N[1]; connect a -> b", "4:37 E0504 no population or input is called `b`"),
  ])
  func network(_ wrong: Wrong) {
    let text = """
      neuron N { param tau = 5 ms in 1 ms .. 100 ms; state U = 0; dU/dt = -U / tau; on input(w) { U += w }; spike when U > 1 }
      network Net {
        step 1 ms
        \(wrong.line)
      }
      """
    #expect(findings(text) == [wrong.finding])
  }

  @Test func zeroDelayCyclesAreShownAsThePath() throws {
    func net(_ body: String, _ connections: String) -> String {
      """
      neuron N { state U = 0; state I = 0; dU/dt = (I - U) / 5 ms; dI/dt = -I / 5 ms; on input(w) { \(body) }; spike when U > 1 }
      network Net {
        step 1 ms
        population a = N[1]
        population b = N[1]
        \(connections)
      }
      """
    }
    let cycle = "connect a -> b { delay = 0 ms }; connect b -> a { delay = 0 ms }"
    let diagnostics = checked(net("U += w", cycle)).diagnostics
    #expect(diagnostics.map(\.id.code) == ["E0509"])
    #expect(diagnostics.first?.notes.first == "the cycle is a → b → a")
    // A body that the threshold does not read lets all deliver after all have been tested.
    #expect(findings(net("I += w", cycle)).isEmpty)
    #expect(findings(net("U += w", "connect a -> b { delay = 0 ms }; connect b -> a")).isEmpty)
  }

  @Test func settingsAreExpressions() throws {
    let (program, diagnostics) = checked(digits, set: ["n": "16", "hidden.tau_mem": "30 ms"])
    #expect(diagnostics.isEmpty)
    let model = try #require(program.lower(network: "Classifier")).network
    #expect(model.populations[0].size == 16)
    guard case .value(let tau) = model.parameters[0].initial else {
      Issue.record("tau_mem has no value")
      return
    }
    #expect(model.graph.constant(tau) == 30)
    #expect(findings(digits, set: ["m": "16"]) == ["- E0512 there is no parameter `m` to set"])
    #expect(findings(digits, set: ["n": "16 mV"]).count == 1)
  }

  @Test func libraryNamesComeThroughUse() {
    let library = SourceText(name: "std.neurons", text: lif)
    let network = "\nnetwork Net {\n  step 1 ms\n  population a = LIF[1]\n}"
    #expect(findings("use std.neurons" + network) { _ in library }.isEmpty)
    #expect(findings("use std.neurons.LIF" + network) { _ in library }.isEmpty)
    #expect(findings("use std.neurons" + network).first == "1:1 E0210 nothing found for `use std.neurons`")
    // The file's names hide those of `use`.
    let own = "use std.neurons\nneuron LIF { param k = 1 mV; state V = 0 mV; dV/dt = (k - V) / 1 ms }" + network
    #expect(findings(own) { _ in library }.isEmpty)
  }

  @Test func nextCycles() {
    let text = "neuron N { state a = 0; state b = 0; next a = next b; next b = next a }"
    #expect(findings(text).map { $0.prefix(10) } == ["1:43 E0406"])
    #expect(findings("neuron N { state a = 0; state b = 0; next a = next b; next b = a }").isEmpty)
  }

  @Test func allowancesSilenceLints() {
    let text = "neuron N {\n  // allow: unused-name\n  param a = 1\n  state V = 0\n  dV/dt = -V / 1 ms\n}"
    #expect(findings(text).isEmpty)
  }

  /// Doubling functions would square the size at each level; chains lean to the left as deep as they are long.
  @Test func sizeAndDepthAreBounded() {
    var text = "function f0(x) = x + x * x\n"
    for level in 1...40 { text += "function f\(level)(x) = f\(level - 1)(2 * x) + f\(level - 1)(x + 1)\n" }
    text += "neuron N { state V = 0; dV/dt = f40(V) / 1 ms }"
    #expect(findings(text).map { $0.contains("E0311") } == [true], "\(findings(text))")
    let chain = (0..<1000).map { _ in "1" }.joined(separator: " + ")
    #expect(findings("neuron N { state V = 0; dV/dt = (\(chain)) / 1 ms + V / 1 ms }").isEmpty)
    let powers = (0..<70).reduce("function g0(x) = x * x\n") { $0 + "function g\($1 + 1)(x) = g\($1)(x) * g\($1)(x)\n" }
    #expect(findings(powers).contains { $0.contains("E0305") })
  }
}
