import Foundation
import SNN
import SNNIR
import SNNRuntime
import Testing

/// Exact spike times against closed forms, and their gradients against an independent event simulation
/// (`Fixtures/eventprop_small.json`).
@Suite struct ReferenceEventTests {
  static let lif = """
    neuron LIF {
      param tau_mem = 10 ms
      param tau_syn = 5 ms
      state V = 0
      state I = 0
      dV/dt = (I - V) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += w }
      spike when V > 1
      on spike { V = 0 }
    }

    """

  static func three(_ neuron: String, cell: String, weights: [Double], times: [Double], loss: String) -> String {
    let inputs = ["a", "b", "c"]
    let declared = inputs.map { "  input \($0) : spikes[1]\n" }.joined()
    let connected = zip(inputs, weights).map { "  connect \($0) -> cell as w_\($0) { learnable weight = \($1) }\n" }
    let fed = zip(inputs, times).map { "  feed \($0) = at(\($1) ms)\n" }
    return neuron + "network One {\n  step exact\n\(declared)  population cell = \(cell)[1]\n" + connected.joined()
      + "}\ntask T of One {\n" + fed.joined() + "  run for 20 ms\n  loss = \(loss)\n  learn by spike_time\n}\n"
  }

  /// `learning-rules` of the reference documentation, section 5: closed forms of Göltz et al. 2021 for tau_mem = 2
  /// tau_syn and for equal time constants.
  @Test(arguments: [("5 ms", 2.788854440206349), ("10 ms", 2.544357058268660)])
  func firstSpikeIsExact(_ tau: String, _ expected: Double) throws {
    let source = Self.three(
      Self.lif.replacing("param tau_syn = 5 ms", with: "param tau_syn = \(tau)"), cell: "LIF", weights: [3, 2.5, 1.5],
      times: [0, 1, 2], loss: "first_spike(cell)[0] / 1 ms")
    let model = try Reference.model(source)
    let found = try #require(try Session(model).run().loss)
    #expect(abs(found - expected) < 4e-15 * expected)
    for check in try GradientCheck.run(model) { #expect(check.worst < 1e-8, "\(check.parameter)") }
  }

  /// The non-leaky neuron of Mostafa 2018: z = e^t, z_out = Σ w z / (Σ w - 1) over the causal set, and its derivative
  /// ∂z_out/∂w_p = (z_p - z_out) / (Σ w - 1).
  @Test func nonLeakySpikeIsExact() throws {
    let neuron = """
      neuron NonLeaky {
        state V = 0
        state I = 0
        dV/dt = I / 1 ms
        dI/dt = -I / 1 ms
        on input(w) { I += w }
        spike when V > 1
        refractory 1 s hold V
      }

      """
    let source = Self.three(
      neuron, cell: "NonLeaky", weights: [1.2, 0.9, 0.5], times: [0, 0.3, 0.5], loss: "exp(first_spike(cell)[0] / 1 ms)"
    )
    let session = try Session(try Reference.model(source), gradient: true)
    let result = try session.gradients()
    let expected = 2.0245209763552916
    #expect(abs(result.loss - expected) < 1e-14)
    for (name, z) in [("w_a", 1.0), ("w_b", exp(0.3)), ("w_c", exp(0.5))] {
      let slope = (z - expected) / (1.2 + 0.9 + 0.5 - 1)
      #expect(abs((result.gradients[name]?.first ?? .nan) - slope) < 1e-13, "\(name)")
    }
  }

  /// tau 20 ms, input 2: intervals of tau ln 2, so 72.134752044 Hz, and a mean potential of 2 - 1 / ln 2 within each.
  @Test func rateOfConstantInput() throws {
    let model = try Reference.model(
      """
      neuron LIF {
        param tau = 20 ms
        state V = 0
        drive J
        dV/dt = (J - V) / tau
        spike when V > 1
        on spike { V = 0 }
      }
      network N {
        step exact
        population cell = LIF[1]
      }
      task T of N {
        feed cell.J = 2
        run for 1 s
        record cell.spike
        score mean_potential = mean over time in 0 ms ..< 200 ms of cell.V[0]
      }
      """)
    let session = try Session(model, records: try model.recordRequests(["cell.spike"]))
    let result = try session.run()
    let spikes = try #require(result.recordings.first?.exactSpikes).map(\.time)
    let interval = 20 * 0.693147180559945309
    #expect(spikes.count == 72)
    for (k, time) in spikes.enumerated() { #expect(abs(time - Double(k + 1) * interval) < 1e-11) }
    #expect(abs(1000 / ((spikes.last ?? 0) / 72) - 72.134752044) < 1e-8)
    // Up to t in an interval the integral is 2 t - 2 tau (1 - e^(-t / tau)).
    func integral(_ t: Double) -> Double { 2 * t - 40 * (1 - exp(-t / 20)) }
    let whole = (200 / interval).rounded(.down)
    let expected = (whole * integral(interval) + integral(200 - whole * interval)) / 200
    #expect(abs(result.scores[0] - expected) < 1e-12)
  }

  struct Golden: Decodable {
    var Win: [[Double]]
    var Wr: [[Double]]
    var inputs_t_i: [[Double]]
    var events: [Event]
    var loss: Double
    var gWin: [[Double]]
    var gWr: [[Double]]

    struct Event: Decodable {
      var isSpike: Bool
      var time: Double
      var unit: Int
      init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        isSpike = try row.decode(String.self) == "s"
        time = try row.decode(Double.self)
        unit = try row.decode(Int.self)
      }
    }
  }

  /// Four recurrent neurons, several spikes each; L = Σ_k (n_k + 1) sin(60 t_k) over all spikes.
  @Test(arguments: [1, 2]) func recurrentNetworkAgrees(threads: Int) throws {
    let data = try #require(FileManager.default.contents(atPath: Reference.fixture("eventprop_small.json")))
    let golden = try JSONDecoder().decode(Golden.self, from: data)
    let source =
      Self.lif.replacing("param tau_mem = 10 ms", with: "param tau_mem = 20 ms").replacing(
        "on spike { V = 0 }", with: "on spike { V -= 1 }") + """
        network N {
          step exact
          input x : spikes[5]
          population h = LIF[4]
          connect x -> h as Win { learnable weight = 0 }
          connect h -> h as Wr { learnable weight = 0 }
        }
        task T of N {
          run for 80 ms
          let phases = sum over time of h.spike * sin(60 * t / 1 s)
          loss = phases[0] + 2 * phases[1] + 3 * phases[2] + 4 * phases[3]
          learn by eventprop
        }
        """
    for reset in ["on spike { V -= 1 }", "on spike { V = 0 }"] {
      let text = source.replacing("on spike { V -= 1 }", with: reset)
      let program = Program.compile(text)
      let session = try Session(
        try program.model(), options: SessionOptions(threads: threads), gradient: true)
      try session.setParameter("Win", golden.Win.flatMap { $0 })
      try session.setParameter("Wr", golden.Wr.flatMap { $0 })
      let spikes = golden.inputs_t_i.sorted { $0[0] < $1[0] }
      let batch = Batch(
        sampleCount: 1,
        inputs: [
          .timed(
            Batch.TimedSpikes(
              offsets: [0, spikes.count], times: spikes.map { $0[0] * 1000 }, units: spikes.map { UInt32($0[1]) }))
        ])
      let result = try session.engine.run(batch, gradient: true, spikes: [0])
      let expected = golden.events.filter(\.isSpike)
      let found = result.timedSpikes[0] ?? []
      #expect(found.count == expected.count)
      for (a, b) in zip(found, expected) { #expect(Int(a.unit) == b.unit && abs(a.time - b.time * 1000) < 1e-8) }
      #expect(Set(expected.map(\.unit)).allSatisfy { unit in expected.count { $0.unit == unit } > 1 })
      #expect(abs((result.loss ?? .nan) - golden.loss) < 1e-9 * golden.loss)
      for (name, expected) in [("Win", golden.gWin), ("Wr", golden.gWr)] {
        let index = try #require(session.model.network.parameter(named: name))
        #expect(Reference.error(result.gradients[index], expected.flatMap { $0 }) < 1e-6, "\(name)")
      }
    }
  }
}
