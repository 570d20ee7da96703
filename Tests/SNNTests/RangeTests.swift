import RealModule
import SNNIR
import Testing

@testable import SNN

/// Ranges that weights and draws keep, and numbers that stop being numbers under a rule or by chance: what is told then,
/// and that the weights are those of before.
@Suite struct RangeTests {
  static func source(
    rule: String = "", weight: String = "0.5", more: String = "", chance: String = "", batch: String = ""
  ) -> String {
    """
    neuron Follower {
      state V = 0
      dV/dt = -V / 10 ms
      on input(w) { V += w }
      \(chance.isEmpty ? "spike when V > 100" : "spike with probability \(chance)")
    }
    synapse Own { \(rule) }
    network N {
      step 1 ms
      input lines : spikes[3]
      population a = Follower[2]
      connect lines -> a as w { weight = \(weight)\(more)\(rule.isEmpty ? "" : ", rule Own()") }
    }
    task go of N {
      data train = random_patterns(samples = 3, units = 3, steps = 20, rate = 400 Hz, seed = 2)
      feed lines = direct(sample)
      run for 20 ms
      score v = mean over time of (mean over units of a.V)
      \(batch)
    }
    """
  }

  private static func session(_ source: String, _ precision: Precision = .f64) throws -> Session {
    try Session(Reference.model(source), options: SessionOptions(precision: precision))
  }

  /// Every source fires often enough to drive each weight against its bound and past it, where nothing holds it.
  @Test(arguments: [
    ("on pre { weight += 0.4 }", " in 0 .. 1", 1.0), ("on pre { weight -= 0.4 }", ", sign positive", 0.0),
    ("on pre { weight -= 0.4 }", " in 0.25 .. 1", 0.25),
  ])
  func rulesKeepTheConnectionsRange(rule: String, more: String, expected: Double) throws {
    for setting in ["", "plasticity summed\n  batch 3"] {
      let session = try Self.session(Self.source(rule: rule, more: more, batch: setting))
      _ = try session.evaluate(0)
      #expect(session.parameter("w") == Array(repeating: expected, count: 6))
    }
  }

  /// The rule's range within the connection's: the narrower bound of each side.
  @Test func bothRangesHold() throws {
    let rule = "\n  on pre { weight += 0.4 }\n  weight in 0 .. 0.8\n"
    let session = try Self.session(Self.source(rule: rule, more: " in 0.1 .. 2"))
    _ = try session.evaluate(0)
    #expect(session.parameter("w") == Array(repeating: 0.8, count: 6))
  }

  /// The first arrival makes a weight infinite; the same run from the same weights says when, and leaves them.
  @Test(arguments: [Precision.f32, .f64]) func aRuleThatRunsAwayIsNamed(precision: Precision) throws {
    let session = try Self.session(Self.source(rule: "on pre { weight = weight / (weight - weight) }"), precision)
    do {
      _ = try session.evaluate(0)
      Issue.record("no fault")
    } catch let error as SNNError {
      #expect(error.text.contains("w.weight of rule Own became inf at tick "))
      #expect(error.text.contains("synapse from unit "))
    }
    #expect(session.parameter("w") == Array(repeating: 0.5, count: 6))
  }

  /// In a sample behind others that have changed the weights: from the weights with which the sample began.
  @Test func theTickIsThatOfTheRun() throws {
    let rule = "\n  state n = 0\n  on pre { n += 1; weight = if n > 1 then weight / 0.25 else weight }\n"
    let finite = try Self.session(Self.source(rule: rule, weight: "1e-200"))
    _ = try finite.evaluate(0)
    let weights = try #require(finite.parameter("w"))
    // From weights that overflow a few arrivals before the end of the last sample.
    let largest = try #require(weights.max())
    let start = Double.greatestFiniteMagnitude / (largest / 1e-200) * 2
    let session = try Self.session(Self.source(rule: rule, weight: "\(start)"))
    var message = ""
    do { _ = try session.evaluate(0) } catch let error as SNNError { message = error.text }
    #expect(message.contains("w.weight of rule Own became inf at tick "))
    // As the samples before have left them.
    #expect(session.parameter("w")?.allSatisfy(\.isFinite) == true)
  }

  @Test func aChanceThatIsNoNumberIsAFault() throws {
    let session = try Self.session(Self.source(weight: "0.3", chance: "0.1 * sqrt(0.5 - V)"))
    #expect {
      _ = try session.evaluate(0)
    } throws: { error in
      (error as? SNNError)?.text.contains("a.spike became NaN at tick ") == true
    }
  }

  /// Draws outside are drawn again: the mean of a normal distribution that is cut at its mean lies `sqrt(2 / pi)`
  /// deviations above it.
  @Test func drawsKeepTheirRange() throws {
    let source = """
      neuron N {
        param tau ~ normal(10 ms, 2 ms) in 10 ms .. 1 s
        state V = 0
        dV/dt = -V / tau
      }
      network Net {
        step 1 ms
        population a = N[20000]
      }
      task go of Net {
        run for 1 ms
        record a.V
      }
      """
    let values = try #require(Self.session(source).parameter("a.tau"))
    #expect(values.allSatisfy { $0 >= 10 && $0 <= 1000 })
    let mean = values.reduce(0, +) / Double(values.count)
    // The deviation of the cut distribution is 2 sqrt(1 - 2 / pi), of the mean that over sqrt(20000).
    let expected = 10 + 2 * (2 / Double.pi).squareRoot()
    let deviation = 2 * (1 - 2 / Double.pi).squareRoot() / Double(values.count).squareRoot()
    #expect(abs(mean - expected) < 4 * deviation)
    #expect(try Self.session(source).parameter("a.tau") == values)
  }
}
