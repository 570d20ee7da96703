import SNNIR
import SNNSyntax
import Testing

@testable import SNNSema

let lif = """
  neuron LIF {
    param tau_mem = 10 ms in 1 ms .. 100 ms
    param tau_syn = 5 ms in 1 ms .. 100 ms
    param theta = 1
    state U = 0
    state I = 0

    dU/dt = -(U - I) / tau_mem
    dI/dt = -I / tau_syn

    on input(w) { I += w }
    spike when U > theta
    on spike { U -= theta }
  }
  """

let digits =
  lif + """

    neuron Readout {
      param tau_mem = 10 ms
      param tau_syn = 5 ms
      state U = 0
      state I = 0
      dU/dt = -(U - I) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += w }
    }

    network Classifier(n = 128) {
      step 1 ms
      input pixels : spikes[64]
      population hidden = LIF[n](tau_mem = 20 ms)
      population output = Readout[10]

      connect pixels -> hidden as w_in  { learnable weight ~ normal(0, 1) }
      connect hidden -> hidden as w_rec { learnable weight ~ normal(0, 0.1) }
      connect hidden -> output as w_out { learnable weight ~ normal(0, 0.5) }
    }
    """

@Suite struct ProgramTests {
  @Test func classifierOfTheLanguagePage() throws {
    let (program, diagnostics) = checked(digits)
    #expect(diagnostics.isEmpty, "\(diagnostics.map(\.headline))")
    let model = try #require(program.lower(network: "Classifier")).network
    #expect(model.step == 1)
    #expect(model.inputs.map(\.size) == [64])
    #expect(model.populations.map(\.size) == [128, 10])
    #expect(
      model.parameters.map(\.name) == [
        "hidden.tau_mem", "hidden.tau_syn", "hidden.theta", "output.tau_mem", "output.tau_syn", "w_in", "w_rec",
        "w_out",
      ])
  }
}
