import Foundation
import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// Continuous connections between populations, and currents such as those of gap junctions: against recursions written
/// here, theory, and finite differences.
@Suite struct ContinuousTests {
  private func record(_ source: String, _ names: [String], threads: Int = 1) throws -> [[Double]] {
    let model = try Reference.model(source)
    let session = try Session(
      model, options: SessionOptions(precision: .f64, threads: threads), records: try model.recordRequests(names))
    return try session.run().recordings.map(\.values)
  }

  // MARK: Delays

  /// `next V = I`: V[n+1] is the weighted value of the source at tick n + 1 - d; before tick 0 that is its initial value.
  @Test(arguments: [0, 1, 2, 7], [1, 3]) func valuesActAfterTheDelay(_ there: Int, _ back: Int) throws {
    let source = """
      neuron K {
        param v0 = 0 mV
        drive I : voltage
        state V : voltage = v0
        let twice = 2 * V
        next V = I
      }
      network Net {
        step 1 ms
        population a = K[1](v0 = 1 mV)
        population b = K[1](v0 = 3 mV)
        connect a.V -> b.I { weight = 0.5, delay = \(there) ms }
        connect b.twice -> a.I { weight = -0.75, delay = \(back) ms }
      }
      task look of Net { run for 30 ms }
      """
    let found = try record(source, ["a.V", "b.V"])
    var (a, b) = ([1.0], [3.0])
    func value(_ x: [Double], _ tick: Int) -> Double { tick < 0 ? x[0] : x[tick] }
    for tick in 1...30 {
      let nextA = -0.75 * 2 * value(b, tick - back)
      a.append(nextA)
      b.append(0.5 * value(a, tick - there))
    }
    #expect(found[0] == Array(a.dropFirst()) && found[1] == Array(b.dropFirst()))
  }

  /// Refractoriness, reset, noise, port and `t` where a population is driven by another: with a weight of 0 it must do what
  /// it does alone, up to the rounding of `t`.
  @Test func drivenPopulationsKeepTheOrderOfTheStep() throws {
    func source(_ connection: String) -> String {
      """
      neuron N {
        drive I : voltage
        state V : voltage = 0 mV
        state g : voltage = 0 mV
        dV/dt = (15 mV * (1 + 0.3 * sin(t / 4 ms)) + I + g - V - 2 mV * spike) / (10 ms) + 0.5 mV * xi / sqrt(1 ms)
        dg/dt = -g / (3 ms)
        integrate heun
        on input(w) { g += w }
        spike when V > 10 mV
        on spike { V = 0 mV }
        refractory 3 ms hold V
      }
      network Net {
        step 0.5 ms
        population a = N[5]
        connect a -> a { weight = 0.4 mV, delay = 1.5 ms }
        \(connection)
      }
      task look of Net { run for 100 ms }
      """
    }
    let alone = try record(source(""), ["a.V", "a.spike"])
    let driven = try record(source("connect a.V -> a.I as coupling { weight = 0 }"), ["a.V", "a.spike"])
    #expect(alone[1] == driven[1] && alone[1].contains(1))
    #expect(zip(alone[0], driven[0]).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  // MARK: Gradients

  static func coupled(there: Int, back: Int, extra: String = "") -> String {
    """
    neuron N {
      learnable param tau = 10 ms
      learnable param v0 = 1 mV per unit
      drive I : voltage
      state V : voltage = v0
      state W : voltage = 0 mV
      let y = V + 0.5 * W
      dV/dt = (I - V + 0.1 * W) / tau
      dW/dt = (V - W) / (20 ms)
    }
    neuron M {
      learnable param tau = 8 ms
      drive I : voltage
      state V : voltage = 0.3 mV
      dV/dt = (I - V - V^3 / (1 mV^2) * (1 + 0.1 * sin(2 * pi * t / 10 ms))) / tau
      on input(w) { V += w }
      spike when V > 1 mV
      on spike { V -= 0.5 mV }
    }
    network Net {
      step 1 ms
      input x[2] : voltage
      population a = N[3]
      population b = M[2]
      connect x -> b.I as w_x { learnable weight ~ normal(0, 1) }
      connect a.y -> b.I as w_ab { learnable weight ~ normal(0, 1), delay = \(there) ms }
      connect b.V -> a.I as w_ba { learnable weight ~ normal(0, 1), delay = \(back) ms }
      connect a.V -> a.I as w_aa { pattern random(p = 0.5), no self, learnable weight ~ normal(0, 1) }
      connect b.V -> b.I as w_bb { pattern one_to_one, learnable weight ~ normal(0, 1), delay = 3 ms }
      connect a[0 ..< 2].V -> b.I as w_part { learnable weight ~ normal(0, 1) }
      connect b -> b as w_spikes { learnable weight ~ normal(0.2 mV, 0.1 mV), delay = 2 ms }
      \(extra)
    }
    task learn of Net {
      feed x = 1 mV * sin(t / 3 ms)
      run for 20 ms
      loss = mean over time of (mean over units of (a.V / 1 mV)^2 + mean over units of (b.V / 1 mV)^2)
      learn by bptt { surrogate = sigmoid(5, scale = 1 mV) }
    }
    """
  }

  /// With soft spikes the loss is smooth, and the gradient its derivative: to 1e-6, sparse patterns, slices, delays and
  /// initial values too.
  @Test(arguments: [(1, 1), (4, 2), (0, 1), (1, 0), (5, 0)])
  func gradientIsTheDerivative(_ there: Int, _ back: Int) throws {
    let checks = try GradientCheck.run(try Reference.model(Self.coupled(there: there, back: back)))
    #expect(checks.count >= 10)
    for check in checks { #expect(check.isFine, "\(check.parameter) \(check.worst)") }
  }

  /// The same bits whatever the threads, and where the run is computed again from checkpoints; the slow oracle agrees.
  @Test func threadsAndCheckpointsChangeNothing() throws {
    let model = try Reference.model(Self.coupled(there: 4, back: 1))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let batch = try session.batch(source: nil, samples: [0], epoch: 0)
    func bits(threads: Int, _ options: EngineOptions) throws -> [[UInt64]] {
      let engine = try Engine(plan: session.engine.plan, precision: .f64, threads: threads, options: options)
      for index in engine.plan.parameters.indices { try engine.setParameter(index, session.engine.parameter(index)) }
      let result = try engine.run(batch, gradient: true)
      return result.gradients.sorted { $0.key < $1.key }.map { $0.value.map(\.bitPattern) }
    }
    let plain = try bits(threads: 1, EngineOptions())
    #expect(try bits(threads: 3, EngineOptions()) == plain)
    for every in [1, 6, 7] {
      var options = EngineOptions()
      options.checkpoints = .every(every)
      #expect(try bits(threads: 1, options) == plain, "every \(every)")
    }
    let plan = session.engine.plan
    var reference = ReferenceExecutor(
      plan: plan, parameters: plan.parameters.indices.map { session.engine.parameter($0) })
    let expected = try reference.run(batch, gradient: true)
    let result = try session.engine.run(batch, gradient: true)
    for (parameter, gradient) in expected.gradients {
      #expect(Reference.error(result.gradients[parameter], gradient) < 1e-10, "\(plan.parameters[parameter].name)")
    }
  }

  // MARK: Currents

  /// Two leaky cells joined by a conductance, by Euler steps written here: V_i += dt (-V_i + R g (V_j[n+1-d] - V_i[n])) / τ.
  @Test(arguments: [1, 4]) func gapJunctionOfTwoCells(_ delay: Int) throws {
    let source = """
      neuron Cell {
        param v0 = 0 mV
        drive gap : current
        state V : voltage = v0
        10 ms * dV/dt = -V + 100 MOhm * gap
        integrate euler
      }
      network Net(g = 5 nS) {
        step 1 ms
        population a = Cell[1](v0 = 8 mV)
        population b = Cell[1](v0 = -2 mV)
        connect a -> b.gap { delay = \(delay) ms, current = g * (pre.V - post.V) }
        connect b -> a.gap { delay = \(delay) ms, weight = 5 nS, current = weight * (pre.V - post.V) }
      }
      task look of Net { run for 40 ms }
      """
    let found = try record(source, ["a.V", "b.V"])
    var (a, b) = ([8.0], [-2.0])
    let h = 0.1
    let gain = 0.1 * 5
    for tick in 0..<40 {
      let (x, y) = (a[max(tick + 1 - delay, 0)], b[max(tick + 1 - delay, 0)])
      let next = (a[tick] + h * (-a[tick] + gain * (y - a[tick])), b[tick] + h * (-b[tick] + gain * (x - b[tick])))
      a.append(next.0)
      b.append(next.1)
    }
    for (mine, theirs) in [(a, found[0]), (b, found[1])] {
      #expect(zip(mine.dropFirst(), theirs).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  /// Learnable and sparse weights, a parameter, delays, several products: against differences to 1e-6.
  @Test func gradientOfCurrents() throws {
    let source = """
      neuron N {
        learnable param tau = 10 ms
        learnable param v0 = 1 mV per unit
        drive I : current
        state V : voltage = v0
        state W : voltage = 0 mV
        let s = 1 / (1 + (V / 1 mV)^2)
        dV/dt = (100 MOhm * I - V + 0.1 * W) / tau
        dW/dt = (V - W) / (20 ms)
      }
      network Net {
        step 1 ms
        learnable param g = 2 nS
        population a = N[4](v0 ~ normal(0 mV, 3 mV))
        population b = N[3](v0 ~ normal(1 mV, 2 mV))
        connect a -> a.I as junction {
          pattern random(p = 0.6), no self, learnable weight ~ uniform(0 nS, 3 nS), current = weight * (pre.V - post.V)
        }
        connect a -> b.I as slow { delay = 3 ms, current = g * pre.s * (pre.V - 2 * post.W) }
        connect b -> a.I as graded {
          learnable weight ~ normal(0 nS, 1 nS), current = weight * (pre.V - post.V) * (1 + pre.s)
        }
      }
      task learn of Net {
        run for 20 ms
        loss = mean over time of (mean over units of (a.V / 1 mV)^2 + mean over units of (b.V / 1 mV)^2)
        learn by bptt
      }
      """
    let checks = try GradientCheck.run(try Reference.model(source))
    #expect(Set(checks.map(\.parameter)) == ["g", "a.tau", "a.v0", "b.tau", "b.v0", "junction", "graded"])
    for check in checks { #expect(check.isFine, "\(check.parameter) \(check.worst)") }
  }

  /// What a task feeds a drive acts on the step from its tick on, whether or not a population feeds the drive too, and
  /// so does its gradient.
  @Test func aFedDriveBesideAConnection() throws {
    func outcome(_ connection: String) throws -> (records: [Double], gradient: [Double]) {
      let model = try Reference.model(
        """
        neuron Leaky {
          learnable param tau = 10 ms
          drive I
          state U = 0
          dU/dt = (I - U) / tau
        }
        network Net {
          step 1 ms
          population a = Leaky[1]
          population b = Leaky[1]
          \(connection)
        }
        task follow of Net {
          feed a.I = 0.5
          feed b.I = if t < 3 ms then 0 else t / 1 ms
          run for 8 ms
          loss = mean over time of (mean over units of (b.U - 1)^2)
          learn by bptt
          record b.U
        }
        """)
      let session = try Session(
        model, options: SessionOptions(precision: .f64), gradient: true, records: try model.recordRequests(["b.U"]))
      let result = try session.engine.run(
        session.batch(source: nil, samples: [0], epoch: nil), gradient: true, records: true)
      let tau = try #require(model.network.parameter(named: "b.tau"))
      return (result.records[0] ?? [], result.gradients[tau] ?? [])
    }
    let (plain, beside) = (try outcome(""), try outcome("connect a.U -> b.I { weight = 0 }"))
    // By hand: the step from 3 to 4 ms is the first that sees anything.
    var U = [0.0]
    for n in 0..<8 { U.append(U[n] * exp(-0.1) + (n < 3 ? 0 : Double(n)) * (1 - exp(-0.1))) }
    #expect(Reference.error(plain.records, U) < 1e-14)
    #expect(Reference.error(beside.records, U) < 1e-14)
    #expect(Reference.error(beside.gradient, plain.gradient) < 1e-12)
  }
}
