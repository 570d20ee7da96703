import SNNSyntax
import Testing

@testable import SNNSema

/// Whatever the text, checking ends, gives diagnostics in order, and every diagnostic points into a source.
@Suite struct RobustnessTests {
  /// A small generator, so that a failure is the same failure again.
  private struct Generator {
    var state: UInt64
    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(truncatingIfNeeded: state >> 33) % max(bound, 1)
    }
  }

  private static let seeds = [
    digits,
    """
    function f(x, k = 2) = x / (1 + abs(x))^k
    neuron N {
      param C = 100 pF
      param tau = 10 ms
      param beta = exp(-dt / tau)
      drive I : current
      state V = -65 mV
      state g : conductance = 0
      let i_syn = g * (0 mV - V)
      C * dV/dt = -10 nS * (V + 65 mV) + i_syn + I
      dg/dt = -g / tau
      on exc(w) { g += w }
      spike when V >= f(beta) * -50 mV
      on spike { V = -65 mV }
      refractory 2 ms hold V
      integrate rk4(substeps = 4)
    }
    neuron M = N with { spike when V > -40 mV; also on spike { g = g / 2 } }
    network Net(n = 3) {
      step 0.1 ms
      input x : spikes[n]
      input y[2] : current
      population a = N[n](learnable tau ~ uniform(5 ms, 20 ms))
      population b = M[2]
      connect x -> a.exc as w { learnable weight ~ 1 nS * kaiming(), delay = 2 * dt }
      connect a -> a, b { pattern all; weight = 2 nS }
      connect y[0] -> a.I { weight = 1 }
      connect y -> b.I { pattern one_to_one; weight = 1 }
    }
    """,
  ]

  @Test func mutatedTokensNeverCrash() {
    for seed in 0..<120 { mutate(seed) }
  }

  private func mutate(_ seed: Int) {
    var generator = Generator(state: UInt64(seed) &* 2_654_435_761 &+ 17)
    let text = Self.seeds[seed % Self.seeds.count]
    var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    for _ in 0...generator.next(4) {
      let place = generator.next(words.count)
      switch generator.next(4) {
      case 0: words.remove(at: place)
      case 1: words.insert(words[generator.next(words.count)], at: place)
      case 2:
        words[place] =
          ["?", "0", "1e400", "mV", "-", "{", "(", "spike", "next", "dt", "1 mV^9", "/"][generator.next(12)]
      default: words.swapAt(place, generator.next(words.count))
      }
      if words.isEmpty { words = ["neuron"] }
    }
    let (program, diagnostics) = checked(words.joined(separator: " "))
    for diagnostic in diagnostics {
      #expect(Int(diagnostic.primary.span.file.rawValue) < program.sources.files.count)
      #expect(diagnostic.primary.span.lower <= diagnostic.primary.span.upper)
    }
  }

  @Test func unmutatedSeedsAreRight() {
    for seed in Self.seeds { #expect(findings(seed).isEmpty, "\(findings(seed))") }
  }

  @Test(arguments: [
    "", "\u{0}\u{1}\u{2}", "neuron", "network N { step 1 ms }", "neuron A = A with {}", "task t of N {}",
  ])
  func oddTexts(_ text: String) {
    _ = checked(text)
  }

  @Test func hugeNumbersAndShapes() {
    let cell =
      "neuron N { state V = 0; dV/dt = -V / 1 ms; on input(w) { V += w }; spike when V > 1; refractory 1e300 s }\n"
    _ = checked(cell + "network A { step 1e-300 s; population a = N[1e30] }")
    _ = checked(cell + "network A { step 1e-300 s; population a = N[10]; connect a -> a { delay = 1e300 s } }")
    _ = checked(cell + "network A { step 1 ms; population a = N[1e8, 1e8]; connect a[1e30 .. -1e30] -> a }")
    _ = checked("neuron N { state V = 0; dV/dt = (V / 1 ms)^1e9 + 1 mV^999 + 1 mV^-999; spike when 1e999 > V }")
  }
}
