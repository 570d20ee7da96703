import SNN
import SNNIR
import SNNRuntime
import Testing

/// A leaky neuron with a refractory period and currents that decay is one pass over its lanes, with the bits of the
/// operations it replaces.
@Suite struct LeakPassTests {
  static func source(currents: Int, spike: String = ">") -> String {
    let names = ["a", "b"].prefix(currents)
    let states = names.map { "  state \($0) = 0 mV\n  d\($0)/dt = -\($0) / \($0 == "a" ? 5 : 10) ms" }
    let input = currents == 0 ? "V += w" : "a += w"
    return """
      neuron LIF {
        state V = -55 mV
      \(states.joined(separator: "\n"))
        dV/dt = (\((names + [""]).joined(separator: " + ")) 3 mV - (V + 49 mV)) / 20 ms
        on input(w) { \(input) }
        \(currents == 2 ? "on other(w) { b += w }" : "")
        spike when V \(spike) -50 mV
        on spike { V = -60 mV }
        refractory 2 ms hold V
      }
      network N {
        step 0.1 ms
        population p = LIF[333]
        connect p -> p.input { pattern random(p = 5 %), weight = 2 mV }
        \(currents == 2 ? "connect p -> p.other as inhibition { pattern random(p = 5 %), weight = -3 mV }" : "")
      }
      task trial of N {
        run for 40 ms
        record p.V, p.spike
      }
      """
  }

  private func records(
    _ source: String, _ precision: Precision, _ change: (inout EngineOptions) -> Void = { _ in }
  ) throws -> (records: [Int: [UInt64]], spikes: Int, passes: Int) {
    let model = try Reference.model(source)
    let session = try Session(model, options: SessionOptions(precision: precision))
    var options = EngineOptions()
    change(&options)
    let plan = session.engine.plan
    let engine = try Engine(plan: plan, precision: precision, options: options)
    for index in model.network.parameters.indices {
      try engine.setParameter(index, session.engine.parameter(index))
    }
    let result = try engine.run(Batch(sampleCount: 1, inputs: [], fields: []), records: true)
    return (
      result.records.mapValues { $0.map(\.bitPattern) }, result.spikeCounts[0],
      engine.lanePasses.first { $0.kernel == "p" }?.passes ?? 0
    )
  }

  @Test(arguments: [0, 1, 2], ["f32", "f64"]) func isOnePassWithTheSameBits(currents: Int, name: String) throws {
    let precision = try #require(Precision(rawValue: name))
    for spike in [">", ">="] {
      let source = Self.source(currents: currents, spike: spike)
      let unfused = try records(source, precision) { $0.fuses = false }
      #expect(unfused.spikes > 100)
      #expect(unfused.passes > 5)
      for set in InstructionSet.available {
        let fused = try records(source, precision) { $0.instructionSet = set }
        // Weights that go into the potential itself come before.
        #expect(fused.passes == (currents == 0 ? 3 : 1), "\(currents) currents, \(set)")
        #expect(fused.records == unfused.records)
        #expect(fused.spikes == unfused.spikes)
      }
    }
  }
}
