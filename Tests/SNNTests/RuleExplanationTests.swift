import Foundation
import SNN
import SNNCalculus
import Testing

/// The algorithm of each rule, as it is derived from the same two neurons: a current-based LIF neuron with a reset by
/// subtraction, and one with an adaptive threshold.
@Suite struct RuleExplanationTests {
  static let neurons = """
    neuron LIF {
      param tau_m = 20 ms
      param theta = 10 mV
      state U = 0 mV
      state I = 0 mV
      dU/dt = (I - U) / tau_m
      dI/dt = -I / 5 ms
      on input(w) { I += w }
      spike when U > theta
      on spike { U -= theta }
    }
    neuron ALIF {
      param alpha = exp(-dt / 20 ms)
      param rho = exp(-dt / 200 ms)
      param theta = 1
      param beta = 0.1
      state v = 0
      state a = 0
      next v = alpha * v - theta * spike
      next a = rho * a + spike
      on input(w) { v += w }
      spike when v > theta + beta * a
    }
    neuron Leaky {
      param kappa = exp(-dt / 20 ms)
      state y = 0
      next y = kappa * y
      on input(w) { y += w }
    }

    """
  static let network = """
    network N {
      step STEP
      input x : spikes[20]
      population h = KIND[10]
      population out = Leaky[2]
      connect x -> h as w_in { learnable weight ~ normal(ONE, ONE) }
      connect h -> h as w_rec { learnable weight ~ normal(ONE, ONE) }
      connect h -> out as w_out { learnable weight ~ normal(0, 0.3) }
    }
    task classify of N {
      data train = random_patterns(samples = 20, units = 20, steps = 50, rate = 20 Hz, classes = 2)
      feed x = direct(sample)
      run for 50 ms
      loss = cross_entropy(mean over time of out.y, label)
      learn by bptt { surrogate = fast_sigmoid(10, scale = ONE) }
      batch 10, epochs 2
    }
    """

  static let exact = """
    neuron LIF {
      param tau_m = 20 ms
      param tau_s = 5 ms
      param theta = 1
      state V = 0
      state I = 0
      dV/dt = (I - V) / tau_m
      dI/dt = -I / tau_s
      on input(w) { I += w }
      spike when V > theta
      on spike { V = 0 }
    }
    network N {
      step exact
      input x : spikes[4]
      population h = LIF[10]
      population out = LIF[2]
      connect x -> h as w_in { learnable weight ~ normal(2, 1) }
      connect h -> h as w_rec { learnable weight ~ normal(0, 0.1), delay = 1 ms }
      connect h -> out as w_out { learnable weight ~ normal(2, 0.3) }
    }
    task fit of N {
      data train = yin_yang(samples = 20, seed = 1)
      feed x = at(sample * 30 ms)
      run for 50 ms
      loss = mean over units of (first_spike(out) / 1 ms - 20)^2
      learn by eventprop
      batch 10, epochs 2
    }
    """

  private func explanation(_ kind: String, _ rule: String) throws -> String {
    let one = kind == "LIF" ? "1 mV" : "1"
    let source = (Self.neurons + Self.network).replacing("STEP", with: "1 ms").replacing("KIND", with: kind)
      .replacing("ONE", with: one)
    let model = try Reference.model(source, settings: ["rule": rule])
    return try model.explanation(style: .text).text
  }

  @Test(arguments: ["LIF", "ALIF"], ["bptt", "rtrl", "eprop", "superspike"])
  func transcript(_ kind: String, _ rule: String) throws {
    golden(try explanation(kind, rule), "rules/\(kind)-\(rule).explain")
  }

  @Test func events() throws {
    let model = try Reference.model(Self.exact)
    golden(try model.explanation(style: .text).text, "rules/eventprop.explain")
    let page = try model.explanation(style: .latex).latexDocument
    #expect(page.contains("\\lambda_{V}^{-}") && page.hasSuffix("\\end{document}\n"))
  }

  /// Bellec et al. 2020: e = ψ z̄ for LIF (eq. 22); e = ψ (z̄ - β ε_a) and ε_a' = ψ z̄ + (ρ - ψ β) ε_a with an adaptive
  /// threshold (eqs. 24, 25), whatever the names in the file.
  @Test func eligibilityIsBellecs() throws {
    let plain = try explanation("LIF", "eprop").split(separator: " ").joined(separator: " ")
    #expect(plain.contains("ε_S[n] = ψ[n] ε_U[n] [postsynaptic factor times presynaptic filters]"))
    #expect(plain.contains("the traces would be O(N)"))
    let adaptive = try explanation("ALIF", "eprop").split(separator: " ").joined(separator: " ")
    #expect(adaptive.contains("ε_S[n] = ψ[n] ε_v*[n] - ψ[n] beta ε_a[n] [one for each synapse]"))
    #expect(adaptive.contains("ε_v[n+1] = alpha ε_v*[n] [presynaptic filter, one for each source]"))
    #expect(adaptive.contains("ε_a[n+1] = ψ[n] ε_v*[n] + (rho - ψ[n] beta) ε_a[n] [one for each synapse]"))
    #expect(adaptive.contains("the traces would be O(N²): h.a"))
  }

  /// Of current-based LIF (Wunderlich & Pehle 2021): τ_m λ_V' = λ_V and τ_s λ_I' = λ_I - (τ_s/τ_m) λ_V in the direction
  /// of time, and λ_V jumps by the loss's growth over the speed of the crossing.
  @Test func adjointIsWunderlichsAndPehles() throws {
    let text = try Reference.model(Self.exact).explanation(style: .text).text.split(separator: " ")
      .joined(separator: " ")
    #expect(text.contains("dλ_V/dt = 1 / tau_m λ_V"), "\(text)")
    #expect(text.contains("g' = (I - V) / tau_m"))
    #expect(text.contains("λ_V⁻ = -D / g'"))
    #expect(text.contains("dL/dw_in = Σ_arrivals λ_I⁺"))
    #expect(!text.contains("tick"))
  }

  private func golden(_ text: String, _ name: String) {
    let file = TidyTests.root.appending(path: "Tests/SNNTests/Goldens/\(name)")
    if ProcessInfo.processInfo.environment["SNN_RECORD"] != nil {
      try? FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try? text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name)")
      return
    }
    #expect(text == (try? String(contentsOf: file, encoding: .utf8)), "\(name)")
  }

  /// Every `learn` line has its rule, over the parameters that it changes, after one set of forward equations.
  @Test func everyLearnLineIsDerived() throws {
    let source = (Self.neurons + Self.network).replacing("STEP", with: "1 ms").replacing("KIND", with: "ALIF")
      .replacing("ONE", with: "1")
      .replacing(
        "learn by bptt { surrogate = fast_sigmoid(10, scale = 1) }",
        with: """
          learn w_out by bptt { surrogate = fast_sigmoid(10) }
            learn w_in, w_rec by eprop { surrogate = fast_sigmoid(10), feedback = random }
          """)
    let titles = try Reference.model(source).explanation(style: .text).blocks.map(\.title)
    #expect(titles.count { $0 == "Forward: h" } == 1)
    let first = try #require(titles.firstIndex(of: "Learn w_out by bptt"))
    let second = try #require(titles.firstIndex(of: "Learn w_in, w_rec by eprop"))
    #expect(titles.firstIndex(of: "Rule: bptt").map { $0 > first && $0 < second } == true)
    #expect(titles.last == "Rule: eprop")
    let text = try Reference.model(source).explanation(style: .text).text
    let parts = text.components(separatedBy: "Learn w_in, w_rec by eprop")
    #expect(parts.count == 2 && parts[0].contains("dL/dw_out") && !parts[0].contains("dL/dw_rec"))
    #expect(parts[1].contains("w_rec") && !parts[1].contains("dL/dw_out"))
  }
}
