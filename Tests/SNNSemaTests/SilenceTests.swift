import SNNSyntax
import Testing

/// The lint of populations that a constant drive cannot bring to their threshold: told where it is proved, and never where
/// anything could make them spike.
@Suite struct SilenceTests {
  /// V goes to 1 mV per 10 pA above rest, the threshold is 20 mV above: the rheobase is 200 pA.
  static func program(
    _ feed: String, param: String = "param tau = 10 ms", noise: String = "", start: String = "-70 mV",
    test: String = "V > -50 mV", more: String = ""
  ) -> String {
    """
    neuron Cell {
      \(param)
      state V = \(start)
      state w = 0 mV
      drive I : current
      dV/dt = (-70 mV - V - w + 100 MOhm * I) / tau\(noise)
      dw/dt = -w / 50 ms
      on input(x) { V += x }
      spike when \(test)
      on spike { V = -70 mV; w += 1 mV }
    }
    network Net {
      step 0.1 ms
      population cell = Cell[2]
      population other = Cell[2]
      \(more)
    }
    task run of Net {
      feed cell.I = \(feed)
      feed other.I = 500 pA
      run for 50 ms
      record cell.V, other.V
    }
    """
  }

  private static func told(_ text: String) -> [String] {
    let found = checked(text).diagnostics
    #expect(!found.contains { $0.severity == .error }, "\(found.map(\.headline))")
    return found.filter { $0.id.code == "W0604" }.flatMap(\.notes)
  }

  @Test func belowTheRheobase() {
    #expect(
      Self.told(Self.program("190 pA")) == [
        "`V` goes to -51 mV with this, the threshold is -50 mV, and nothing else arrives"
      ])
    #expect(Self.told(Self.program("2 * 60 pA")).count == 1)
    // `>` is never reached from below, but rounding might.
    #expect(Self.told(Self.program("200 pA")).isEmpty)
    #expect(Self.told(Self.program("201 pA")).isEmpty)
  }

  @Test(arguments: [
    program("190 pA", param: "learnable param tau = 10 ms"),
    program("190 pA", param: "param tau ~ uniform(5 ms, 10 ms)"),
    program("190 pA", noise: " + 1 mV * sqrt(2 / tau) * xi"),
    program("190 pA", start: "-40 mV"),
    program("190 pA", start: "-70 mV - 1 mV * 0", more: "connect other -> cell { weight = 1 mV }"),
    program("190 pA", more: "connect poisson(rate = 10 Hz) -> cell { weight = 1 mV }"),
    program("190 pA * (1 + sin(t / 3 ms))"), program("0 pA"),
    program("190 pA", test: "V > -50 mV - w"),
  ]) func whatMightSpikeIsLeftAlone(_ text: String) { #expect(Self.told(text).isEmpty) }
}
