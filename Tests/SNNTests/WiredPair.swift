import Foundation
import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// Two populations joined by synapses that a test lists: unit i of `a` spikes where its input bin is large enough, and
/// `b` leaks by a known factor a tick. What runs and its gradient are recursions over the list, written out.
struct WiredPair {
  struct Synapse {
    var pre: Int
    var post: Int
    /// The weight it has, where several share one.
    var slot: Int
    var delay = 1
  }

  var sources: Int
  var targets: Int
  var synapses: [Synapse]
  var weights: [Double]
  var ticks: Int
  var samples = 3
  var factor = exp(-0.05)
  let inWeight = 1.1
  /// `[tick][sample][unit]`: nothing, too little for a spike, or enough.
  let bins: [Double]

  init(sources: Int, targets: Int, _ synapses: [Synapse], weights: [Double], ticks: Int = 25, rate: Double = 0.15) {
    (self.sources, self.targets, self.synapses) = (sources, targets, synapses)
    (self.weights, self.ticks) = (weights, ticks)
    var state: UInt64 = 7
    bins = (0..<ticks * samples * sources).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let draw = Double(state >> 40) / Double(1 << 24)
      return draw < rate ? 1 : draw < 2 * rate ? 0.3 : 0
    }
  }

  /// `a` and `b` with shapes in brackets, the connections between them, and more after a name (`at grid(…)`).
  func source(
    _ connections: [String], shapes: (a: String, b: String)? = nil, places: (a: String, b: String) = ("", ""),
    integrator: String = "exact", isReversed: Bool = false, rule: String = "bptt"
  ) -> String {
    let populations = [
      "population a = A[\(shapes?.a ?? "\(sources)")]\(places.a)",
      "population b = B[\(shapes?.b ?? "\(targets)")]\(places.b)",
    ]
    let lines = ["connect x -> a as w_in { pattern one_to_one, learnable weight = \(inWeight) }"] + connections
    let items = isReversed ? populations.reversed() + lines.reversed() : populations + lines
    return """
      neuron A {
        state V = 0
        next V = 0
        on input(w) { V += w }
        spike when V > 0.5
      }
      neuron B {
        state V = 0
        dV/dt = -V / 20 ms
        on input(w) { V += w }
        integrate \(integrator)
      }
      network Net {
        step 1 ms
        input x : spikes[\(shapes?.a ?? "\(sources)")]
        \(items.joined(separator: "\n  "))
      }
      task T of Net {
        run for \(ticks) ms
        loss = mean over time of mean over units of b.V^2
        learn by \(rule) { surrogate = fast_sigmoid(10) }
      }
      """
  }

  struct Expected {
    /// `[tick 1 … T][sample][unit]` of `b.V`.
    var potentials: [Double]
    var inGradient: [Double]
    var gradient: [Double]
  }

  var expected: Expected {
    var result = Expected(
      potentials: Array(repeating: 0, count: ticks * samples * targets),
      inGradient: Array(repeating: 0, count: sources), gradient: Array(repeating: 0, count: weights.count))
    let scale = Double(ticks * targets * samples)
    for sample in 0..<samples {
      // Bin n acts on the step that ends at tick n + 1.
      func bin(_ tick: Int, _ unit: Int) -> Double { bins[(tick * samples + sample) * sources + unit] }
      func isSpike(_ tick: Int, _ unit: Int) -> Bool { tick > 0 && inWeight * bin(tick - 1, unit) > 0.5 }
      func place(_ tick: Int, _ unit: Int) -> Int { (tick - 1) * samples * targets + sample * targets + unit }
      for synapse in synapses where synapse.delay < ticks {
        for tick in synapse.delay + 1...ticks where isSpike(tick - synapse.delay, synapse.pre) {
          result.potentials[place(tick, synapse.post)] += weights[synapse.slot]
        }
      }
      var back = [Double](repeating: 0, count: (ticks + 2) * targets)
      for unit in 0..<targets {
        for tick in 1...ticks where tick > 1 {
          result.potentials[place(tick, unit)] += factor * result.potentials[place(tick - 1, unit)]
        }
        for tick in (1...ticks).reversed() {
          back[tick * targets + unit] =
            2 * result.potentials[place(tick, unit)] / scale + factor * back[(tick + 1) * targets + unit]
        }
      }
      for synapse in synapses where synapse.delay < ticks {
        for tick in 1...ticks - synapse.delay {
          let arrived = back[(tick + synapse.delay) * targets + synapse.post]
          if isSpike(tick, synapse.pre) { result.gradient[synapse.slot] += arrived }
          let sent = bin(tick - 1, synapse.pre)
          let slope = 1 / pow(10 * abs(inWeight * sent - 0.5) + 1, 2)
          result.inGradient[synapse.pre] += sent * slope * weights[synapse.slot] * arrived
        }
      }
    }
    return result
  }

  struct Run {
    /// As `Expected.potentials`.
    var potentials: [Double]
    /// By parameter.
    var gradients: [String: [Double]]
  }

  /// - Parameter given: values of parameters, by name, in place of the program's.
  func run(
    _ source: String, given: [String: [Double]] = [:], precision: Precision = .f64, threads: Int = 1
  ) throws -> Run {
    let model = try Reference.model(source)
    let session = try Session(
      model, options: SessionOptions(precision: precision), gradient: true,
      records: try model.recordRequests(["b.V"]))
    let plan = session.engine.plan
    // Something for every thread to do.
    var options = EngineOptions()
    options.chunkSize = threads > 1 ? 1 : samples
    let engine = try Engine(plan: plan, precision: precision, threads: threads, options: options)
    for (index, parameter) in plan.parameters.enumerated() {
      try engine.setParameter(index, given[parameter.name] ?? session.engine.parameter(index))
    }
    let batch = Batch(sampleCount: samples, inputs: [.dense(bins)])
    let result = try engine.run(batch, gradient: true, records: true)
    var gradients: [String: [Double]] = [:]
    for (index, gradient) in result.gradients { gradients[plan.parameters[index].name] = gradient }
    return Run(
      potentials: Array((result.records[0] ?? []).dropFirst(samples * targets)), gradients: gradients)
  }

  /// Compares a run of `source` with what is expected: potentials, of which those before the first arrival are 0 to the
  /// bit, and the gradients of `w_in` and of the named weights, one after the other in the order of `weights`.
  ///
  /// - Parameter areGiven: the weights are set from `weights` before the run; else the program has them.
  func check(
    _ source: String, weights names: [String], areGiven: Bool = false, precision: Precision = .f64, threads: Int = 1,
    tolerance: Double = 1e-12
  ) throws {
    let given = areGiven ? [names[0]: weights] : [:]
    let run = try run(source, given: given, precision: precision, threads: threads)
    let expected = expected
    #expect(Reference.error(run.potentials, expected.potentials) < tolerance)
    #expect(zip(run.potentials, expected.potentials).allSatisfy { ($0 == 0) == ($1 == 0) })
    #expect(Reference.error(run.gradients["w_in"], expected.inGradient) < tolerance)
    if names.isEmpty { return }
    #expect(expected.gradient.contains { $0 != 0 })
    #expect(Reference.error(names.flatMap { run.gradients[$0] ?? [] }, expected.gradient) < tolerance)
  }
}
