import Foundation
import SNN
import SNNCalculus
import Testing

/// Synapses' rules and currents as mathematics, held against the papers that they come from.
@Suite struct SynapseExplanationTests {
  private func explanation(_ network: String, uses: String, style: MathStyle = .text) throws -> String {
    let source = """
      \(uses)
      neuron Clock {
        state n = 0
        next n = n + 1
        spike when n >= 10
        on spike { n = 0 }
      }
      neuron Leaky {
        state V = 0
        drive I
        dV/dt = (I - V) / 20 ms
        on input(w) { V += w }
        spike when V > 1
        on spike { V = 0 }
      }
      network N {
        step 1 ms
        population a = Clock[3]
        population b = Leaky[2]
        population c = Leaky[2]
        \(network)
      }
      """
    let derivation = try Reference.model(source).explanation(style: style)
    return style == .text
      ? derivation.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") : derivation.latexDocument
  }

  /// Song, Miller & Abbott (2000): x and y decay; a source's spike takes a_minus y off, a target's adds a_plus x.
  @Test func pairsOfSpikes() throws {
    let text = try explanation(
      "connect a -> b as w { weight = 0.5, rule STDP() }", uses: "use std.synapses.STDP")
    #expect(text.contains("Synapse: w, rule STDP kept: per source neuron x; per target neuron y"))
    #expect(text.contains("dx/dt = -x / tau_plus [exact] dy/dt = -y / tau_minus [exact]"))
    #expect(text.contains("on pre, when a spike arrives: w ← w - a_minus w_max y x ← x + 1 on post"))
    #expect(text.contains("on post, when the target emits: w ← w + a_plus w_max x y ← y + 1"))
    #expect(text.contains("w stays in 0 .. 1"))
    let page = try explanation(
      "connect a -> b as w { weight = 0.5, rule STDP() }", uses: "use std.synapses.STDP", style: .latex)
    #expect(page.contains("\\frac{d x}{dt} &= \\frac{-x}{\\tau_{\\mathrm{plus}}}"), "\(page)")
    #expect(page.contains("w &\\leftarrow w + a_{\\mathrm{plus}} \\, w_{\\mathrm{max}} \\, x"))
  }

  /// Tsodyks, Pawelzik & Markram (1998): what arrives is w (u + U (1 - u)) x, of which x then loses its part.
  @Test func whatASpikeBrings() throws {
    let text = try explanation(
      "connect a -> b as w { weight = 0.5, rule TsodyksMarkram() }", uses: "use std.synapses.TsodyksMarkram")
    #expect(text.contains("kept: per source neuron x, u"))
    #expect(text.contains("V*[n+1] = V⁻[n+1] + d_w S_a[n]"))
    #expect(text.contains("d_w = w (u + U (1 - u)) x [what a spike brings]"))
    #expect(text.contains("x ← x - (u + U (1 - u)) x u ← u + U (1 - u)"))
  }

  @Test func neuronsModulatorsAndSums() throws {
    let text = try explanation(
      """
      signal reward = mean over units of c.V
        connect a -> b as w { weight = 0.5, rule Own(R = reward) }
      """,
      uses: """
        synapse Own {
          modulator R : 1
          state z = 0
          dz/dt = (R - z) / 100 ms
          on post { weight += 0.1 * z * post.V }
          on every 10 ms { weight = weight / (sum over pre of weight) }
        }
        """)
    #expect(text.contains("dz/dt = (R - z) / 100"))
    #expect(text.contains("R = Σ_k V_c / 2 [modulator]"))
    #expect(text.contains("w ← w + 0.1 z V_post"))
    #expect(text.contains("every 10 ticks (10 ms): w ← w / (Σ_pre w)"))
  }

  /// g Σ (V_b - V): what is sent is summed, and what the target has of its own stands before a sum over nothing else.
  @Test func currents() throws {
    let text = try explanation("connect b -> c.I { current = 0.5 * (pre.V - post.V) }", uses: "")
    #expect(text.contains("I[n] = 0.5 Σ_b V_b[n] + (-0.5 V[n]) Σ_b 1 [current: 2 products]"), "\(text)")
    let weighted = try explanation("connect b -> c.I as g { weight = 0.3, current = weight * pre.V }", uses: "")
    #expect(weighted.contains("I[n] = Σ_b g V_b[n] [current: 1 product]"), "\(weighted)")
    let held = try explanation("connect b.V -> c.I as g { weight = 0.3, delay = 2 ms }", uses: "")
    #expect(held.contains("I[n] = Σ_b g V_b[n+1-2] [held over the step]"), "\(held)")
  }
}
