import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// Slices of units in expressions, and means over synapses that chance joins, against sums written here.
@Suite struct SliceTests {
  static func source(_ loss: String) -> String {
    """
    neuron N {
      param v0 = 1
      state V = v0
      state W = 0
      dV/dt = -V / 10 ms
      dW/dt = (V - W) / 5 ms
      spike when V > 1.5
    }
    network Net {
      step 1 ms
      population a = N[6](learnable v0 ~ uniform(0.5, 2))
      population b = N[4]
      connect a -> a as w { pattern random(p = 0.4), learnable weight ~ normal(1, 1) }
    }
    task T of Net {
      run for 10 ms
      loss = \(loss)
      learn by bptt { surrogate = fast_sigmoid(10) }
    }
    """.replacing("  spike when", with: "  on input(w) { W += w }\n  spike when")
  }

  private func run(_ loss: String) throws -> (loss: Double, gradient: [Double], session: Session) {
    let model = try Reference.model(Self.source(loss))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let result = try session.engine.run(try session.batch(source: nil, samples: [0], epoch: 0), gradient: true)
    let place = try #require(model.network.parameter(named: "a.v0"))
    return (try #require(result.loss), result.gradients[place] ?? [], session)
  }

  /// A slice is the window `in A ..< B` of the reduction around it, wherever in the operand it stands.
  @Test(arguments: [
    ("mean over time of mean over units of a.V[1 ..< 4]", "mean over time of mean over units in 1 ..< 4 of a.V"),
    ("mean over time of sum over units of a[1 .. 3].V", "mean over time of sum over units in 1 .. 3 of a.V"),
    (
      "mean over units of relu(mean over time of a.V[2 ..< 6])",
      "mean over units in 2 ..< 6 of relu(mean over time of a.V)"
    ),
    (
      "max over units of (max over time of (a.V[0 ..< 3] + a.W[0 ..< 3]))",
      "max over units in 0 ..< 3 of (max over time of (a.V + a.W))"
    ),
    (
      "mean over time of mean over units where a.V[1 ..< 4] > 0.5 of a.V[1 ..< 4]",
      "mean over time of mean over units in 1 ..< 4 where a.V > 0.5 of a.V"
    ),
    (
      "mean over time of mean over units of (a.V[1 ..< 4] - a.V[0])^2",
      "mean over time of mean over units in 1 ..< 4 of (a.V - a.V[0])^2"
    ),
  ])
  func slicesAreWindows(_ sliced: String, _ window: String) throws {
    let (one, other) = (try run(sliced), try run(window))
    #expect(one.loss == other.loss && one.gradient == other.gradient && one.gradient.contains { $0 != 0 })
  }

  /// V decays by exp(-dt / τ) from its first value: the mean over units 1 to 3 and ticks 1 to 10.
  @Test func sliceOfADecay() throws {
    let found = try run("mean over time of mean over units of a.V[1 ..< 4]")
    let place = try #require(found.session.engine.plan.parameters.firstIndex { $0.name == "a.v0" })
    let first = found.session.engine.parameter(place)
    let decay = (1...10).reduce(0.0) { $0 + Double.exp(-Double($1) / 10) } / 10
    #expect(abs(found.loss - decay * (first[1] + first[2] + first[3]) / 3) < 1e-12)
    #expect(zip(found.gradient, [0, 1, 1, 1, 0, 0]).allSatisfy { abs($0 - $1 * decay / 3) < 1e-12 })
  }

  /// The divisor is how many synapses there are.
  @Test func meanOverSynapsesOfARandomPattern() throws {
    let model = try Reference.model(Self.source("mean over synapses of w^2"))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let result = try session.engine.run(try session.batch(source: nil, samples: [0], epoch: 0), gradient: true)
    let place = try #require(model.network.parameter(named: "w"))
    let weights = session.engine.parameter(place)
    #expect(weights.count > 4 && weights.count < 30)
    let expected = weights.reduce(0) { $0 + $1 * $1 } / Double(weights.count)
    #expect(abs(try #require(result.loss) - expected) < 1e-12)
    let gradient = try #require(result.gradients[place])
    #expect(zip(gradient, weights).allSatisfy { abs($0 - 2 * $1 / Double(weights.count)) < 1e-12 })
  }
}
