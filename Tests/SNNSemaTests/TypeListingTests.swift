import SNNSyntax
import Testing

@testable import SNNSema

/// What `--dump types` prints.
@Suite struct TypeListingTests {
  @Test func classifier() {
    let expected = """
      neuron LIF
        tau_mem           : parameter, time (ms), constant
        tau_syn           : parameter, time (ms), constant
        theta             : parameter, 1, constant
        U                 : state, 1, per time
        I                 : state, 1, per time
        input             : port, 1, per time
      neuron Readout
        tau_mem           : parameter, time (ms), constant
        tau_syn           : parameter, time (ms), constant
        U                 : state, 'a, per time
        I                 : state, 'a, per time
        input             : port, 'a, per time
      network Classifier, step 1 ms
        pixels[64]        : spikes
        hidden[128]       : population of LIF
          tau_mem         : parameter, time (ms), constant
          tau_syn         : parameter, time (ms), constant
          theta           : parameter, 1, constant
          U               : state, 1, per time
          I               : state, 1, per time
          input           : port, 1, per time
        output[10]        : population of Readout
          tau_mem         : parameter, time (ms), constant
          tau_syn         : parameter, time (ms), constant
          U               : state, 1, per time
          I               : state, 1, per time
          input           : port, 1, per time
        w_in              : weight, 1, in 1, delay 1, learnable
        w_rec             : weight, 1, in 1, delay 1, learnable
        w_out             : weight, 1, in 1, delay 1, learnable

      """
    #expect(checked(digits).program.typeListing == expected)
  }

  @Test func functionsAreGeneralised() {
    let text = """
      function ratio(a, b) = a / b
      function norm(x, y) = sqrt(x^2 + y^2)
      function decay(tau : time) = exp(-dt / tau)
      function gate(v, half, k) = 1 / (1 + exp((half - v) / k))
      function larger(a, b) = a > b
      """
    let expected = """
      function ratio(a: 'a, b: 'b): 'a * 'b^-1
      function norm(x: 'a, y: 'a): 'a
      function decay(tau: time): number
      function gate(v: 'a, half: 'a, k: 'a): number
      function larger(a: 'a, b: 'a): condition

      """
    let (program, diagnostics) = checked(text)
    #expect(diagnostics.isEmpty)
    #expect(program.typeListing == expected)
  }

  @Test func unitsAreTheUsers() {
    let text = """
      neuron N {
        param C = 200 pF
        param g_L : nS = 10 nS
        param k = 2 nA/V
        drive I_e : current
        state V = -0.07 V
        state w = 0
        let i_syn = g_L * (V - -70 mV)
        C * dV/dt = -i_syn - w + I_e
        dw/dt = (k * V - w) / 100 ms
      }
      """
    let expected = """
      neuron N
        C                 : parameter, capacitance (pF), constant
        g_L               : parameter, conductance (nS), constant
        k                 : parameter, conductance (nA/V), constant
        I_e               : drive, current (pA), per time
        V                 : state, voltage (V), per time
        w                 : state, current (pA), per time
        i_syn             : abbreviation, current (pA), per time

      """
    #expect(checked(text).program.typeListing == expected)
  }
}
