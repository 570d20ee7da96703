import Foundation
import SNNIR
import Testing

@testable import SNN

/// `integrate rk4(tolerance = …)`, and the tick against the shortest time constant.
@Suite struct ToleranceTests {
  static func decay(_ method: String, step: String = "1 ms") -> String {
    """
    neuron Decay {
      state V = 1
      dV/dt = -V / 1 ms
      integrate \(method)
    }
    network N {
      step \(step)
      population a = Decay[2]
    }
    """
  }

  private static func substeps(_ source: String) throws -> Int {
    let text = try Reference.model(source).explanation(style: .text, scheduleOnly: true).text
    let word = try #require(text.split(separator: "RK4, ").dropFirst().first?.split(separator: " ").first)
    return try #require(Int(word))
  }

  /// A tick of n substeps multiplies by R(z / n)^n with R(z) = 1 - z + z²/2 - z³/6 + z⁴/24 (Hairer, Nørsett & Wanner,
  /// Solving Ordinary Differential Equations I, II.1), which should be e^-z. From 1 the state goes to 0: its range is 1.
  @Test(arguments: [1e-2, 1e-4, 1e-6, 1e-8]) func theFewestSubstepsOfADecay(_ tolerance: Double) throws {
    func error(_ n: Int) -> Double {
      let z = 1 / Double(n)
      return abs(pow(1 - z + z * z / 2 - pow(z, 3) / 6 + pow(z, 4) / 24, Double(n)) - exp(-1))
    }
    let expected = try #require((1...200).first { error($0) <= tolerance })
    #expect(try Self.substeps(Self.decay("rk4(tolerance = \(tolerance))")) == expected)
  }

  static func axon(_ method: String, more: String = "") -> String {
    """
    use std.neurons.HodgkinHuxley
    neuron Axon = HodgkinHuxley with {
      integrate \(method)
    }
    network N {
      step 0.25 ms
      population a = Axon[1]
    }
    task probe of N {
      feed a.I_e = 10 uA/cm^2
      run for 20 ms
      record a.V
      \(more)
    }
    """
  }

  private static func potential(_ method: String) throws -> [Double] {
    let model = try Reference.model(axon(method))
    let session = try Session(
      model, options: SessionOptions(precision: .f64), records: try model.recordRequests(["a.V"]))
    let batch = try session.batch(source: nil, samples: [0], epoch: nil)
    return try #require(try session.engine.run(batch, records: true).records[0])
  }

  /// Without its current the axon rests; from the threshold the search goes through an action potential. Against 150
  /// substeps, one alone is far off, and what a tolerance of a tick allows has grown little over 80 ticks.
  @Test func anActionPotentialKeepsTheTolerance() throws {
    let exact = try Self.potential("rk4(substeps = 150)")
    let range = try #require(exact.max()) - (try #require(exact.min()))
    #expect(range > 80)
    func deviation(_ method: String) throws -> Double {
      zip(try Self.potential(method), exact).map { abs($0 - $1) }.max()! / range
    }
    #expect(try deviation("rk4(tolerance = 1e-7)") < 1e-4)
    #expect(try deviation("rk4(tolerance = 1e-3)") > 1e-4)
    #expect(try Self.substeps(Self.axon("rk4(tolerance = 1e-7)")) > Self.substeps(Self.axon("rk4(tolerance = 1e-3)")))
  }

  @Test(arguments: [
    ("euler", "1.9 ms", []), ("euler", "2.1 ms", ["W0403"]), ("heun", "2.1 ms", ["W0403"]),
    ("rk4", "2.7 ms", []), ("rk4", "2.9 ms", ["W0403"]), ("rk4(substeps = 2)", "5.5 ms", []),
    ("rk4(substeps = 2)", "5.6 ms", ["W0403"]), ("auto", "1 s", []), ("exponential_euler", "1 s", []),
  ])
  func stepsAgainstTheTimeConstant(_ method: String, _ step: String, _ codes: [String]) {
    let program = Program.compile(Self.decay(method, step: step))
    #expect(program.diagnostics.map(\.id.code) == codes, "\(program.rendered())")
  }

  /// What a system of two states allows is in neither of its equations alone: the eigenvalues of [-1 4; 4 -1] are 3, -5.
  @Test func eigenvaluesDecide() {
    func program(_ step: String) -> Program {
      Program.compile(
        """
        neuron Pair {
          state x = 1
          state y = 1
          dx/dt = (4 * y - x) / 1 ms
          dy/dt = (4 * x - y) / 1 ms
          integrate euler
        }
        network N {
          step \(step)
          population a = Pair[2]
        }
        """)
    }
    #expect(program("0.39 ms").diagnostics.isEmpty)
    #expect(program("0.41 ms").diagnostics.map(\.id.code) == ["W0403"])
  }
}
