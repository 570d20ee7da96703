import SNNIR
import SNNRuntime

/// A hand-built plan: input spikes → recurrent LIF layer (time constants per unit, reset to 0, cut) → leaky readout,
/// cross-entropy of the maximum over time, with its vector-Jacobian program.
///
/// `I[n]` holds the arrivals of tick n; `U[n+1] = b U[n] (1 - s[n]) + I[n]`, `I[n+1] = a I[n]`, `s = Θ(U - θ)`; readout
/// `V[n+1] = b' V[n] + J[n]`.
struct SpikingNetwork {
  var plan: Plan
  var inputs: Int
  var hidden: Int
  var outputs: Int
  var isRecurrent: Bool
  let tau = 3  // index of the parameter `hidden.tau`

  init(
    inputs: Int, hidden: Int, outputs: Int, ticks: Int, isRecurrent: Bool = true, delay: Int = 1,
    needsSync: Bool = false, records: Bool = false, learnsTau: Bool = true, slope: Double = 10,
    isGraded: Bool = false
  ) {
    self.inputs = inputs
    self.hidden = hidden
    self.outputs = outputs
    self.isRecurrent = isRecurrent
    var graph = Graph()
    let inputExtent = graph.addExtent(Extent(name: "pixels", size: inputs))
    let hiddenExtent = graph.addExtent(Extent(name: "hidden", size: hidden))
    let outputExtent = graph.addExtent(Extent(name: "output", size: outputs))
    plan = Plan(graph: graph, ticks: ticks, step: 1)
    plan.needsSync = needsSync
    plan.populations = [hiddenExtent, outputExtent]
    plan.inputs = [NetworkInput(name: "pixels", shape: [inputs], extent: inputExtent, isSpikes: true)]
    let builder = Builder(self.plan)
    let b = builder

    // Parameters and connections.
    for (index, name) in ["w_in", "w_rec", "w_out"].enumerated() {
      b.parameter(name, .synapses(connection: index), unit: .one)
    }
    b.parameter("hidden.tau", .perUnit(population: 0), unit: DisplayUnit("ms", scale: 1))
    b.connect("w_in", .input(0), inputs, 0, hidden, 0, 1)
    b.connect("w_rec", .population(0), hidden, 0, hidden, 1, delay)
    b.connect("w_out", .population(0), hidden, 1, outputs, 2, 0)

    let lanes: Axes = [.sample, .unit]
    let h = hiddenExtent
    let o = outputExtent
    let membrane = b.buffer("hidden.U", lanes, h, kind: .state(population: 0, index: 0))
    let current = b.buffer("hidden.I", lanes, h, kind: .state(population: 0, index: 1))
    let flags = b.buffer("hidden.spike", lanes, h)
    let readout = b.buffer("output.V", lanes, o, kind: .state(population: 1, index: 0))
    let readoutCurrent = b.buffer("output.J", lanes, o, kind: .state(population: 1, index: 1))
    let best = b.buffer("best", lanes, o)
    let at = b.buffer("at", lanes, o)
    let margin = b.buffer("kept margin", [.tick, .sample, .unit], h)
    let kept = b.buffer("kept U", [.tick, .sample, .unit], h)
    let tau = b.buffer("hidden.tau", .unit, h, wide: true, binding: .parameter(3))
    let dt = b.buffer("dt", [], nil, wide: true, binding: .stepSize)
    let decay = b.buffer("b", .unit, h, wide: true)
    let count = b.buffer("samples", [], nil, wide: true, binding: .batchCount)
    let label = b.buffer("label", .sample, nil, wide: true, binding: .data(0))
    let lossBuffer = b.buffer("loss", [], nil, wide: true, binding: .loss)
    let scoreBuffer = b.buffer("score", [], nil, wide: true, binding: .score(0))

    // Once.
    b.plan.once = [
      b.kernel("once", .unit, h, wide: true, [tau, dt]) { g, x in
        [(g.exp(g.neg(g.div(x[1], x[0]))), decay, false)]
      }
    ]
    // Start.
    b.plan.start = [
      b.kernel("start hidden", lanes, h, []) { g, _ in
        [(g.const(0), membrane, false), (g.const(0), current, false), (g.const(0), flags, false)]
      },
      b.kernel("start output", lanes, o, []) { g, _ in
        [
          (g.const(0), readout, false), (g.const(0), readoutCurrent, false), (g.const(-.infinity), best, false),
          (g.const(0), at, false),
        ]
      },
    ]
    // Tick.
    let a = 0.8
    let bOut = 0.9
    let theta = 1.0
    b.plan.tick = [
      .deliver(connection: 0, delay: 1, into: current.id)
    ]
    if isRecurrent { b.plan.tick.append(.deliver(connection: 1, delay: delay, into: current.id)) }
    b.plan.tick += [
      b.kernel("hidden", lanes, h, [membrane, current, decay]) { g, x in
        let m = g.sub(x[0], g.const(theta))
        let one = g.const(1)
        let yes = g.compare(.gt, one, g.const(0))
        let s: ValueID
        if isGraded {
          s = g.unary(.sigmoid, g.mul(g.const(slope), m))
        } else {
          s = g.spike(m, enable: yes, isStrict: true, population: 0)
        }
        let after = g.blend(s, g.const(0), x[0])
        return [
          (g.add(g.mul(x[2], after), x[1]), membrane, false), (g.mul(g.const(a), x[1]), current, false),
          (s, flags, false),
          (m, margin, false), (after, kept, false),
        ]
      },
      .extract(population: 0, flags: flags.id, isGraded: isGraded),
      .deliver(connection: 2, delay: 0, into: readoutCurrent.id),
      b.kernel("output", lanes, o, [readout, readoutCurrent, best, at]) { g, x in
        let better = g.compare(.gt, x[0], x[2])
        return [
          (g.add(g.mul(g.const(bOut), x[0]), x[1]), readout, false), (g.mul(g.const(a), x[1]), readoutCurrent, false),
          (g.select(better, x[0], x[2]), best, false), (g.select(better, g.tickIndex(), x[3]), at, false),
        ]
      },
    ]
    // Sample end: cross-entropy.
    let top = b.buffer("top", .sample, nil, wide: true)
    let e = b.buffer("e", lanes, o, wide: true)
    let z = b.buffer("Z", .sample, nil, wide: true)
    let nllUnit = b.buffer("nll by unit", lanes, o, wide: true)
    let nll = b.buffer("nll", .sample, nil, wide: true)
    let guess = b.buffer("guess", .sample, nil, wide: true)
    let hit = b.buffer("hit", .sample, nil, wide: true)
    let hits = b.buffer("hits", [], nil, wide: true)
    let total = b.buffer("total", [], nil, wide: true)
    b.plan.sampleEnd = [
      .reduce(Reduction(.max, over: .unit), source: best.id, destination: top.id, accumulates: false),
      .argreduce(Reduction(.max, over: .unit), source: best.id, destination: guess.id),
      b.kernel("e", lanes, o, wide: true, [best, top]) { g, x in [(g.exp(g.sub(x[0], x[1])), e, false)] },
      .reduce(Reduction(.sum, over: .unit), source: e.id, destination: z.id, accumulates: false),
      b.kernel("nll by unit", lanes, o, wide: true, [best, top, z, label]) { g, x in
        let hot = g.number(g.compare(.eq, g.unitIndex(o), x[3]))
        return [(g.mul(hot, g.sub(g.add(g.unary(.log, x[2]), x[1]), x[0])), nllUnit, false)]
      },
      .reduce(Reduction(.sum, over: .unit), source: nllUnit.id, destination: nll.id, accumulates: false),
      b.kernel("hit", .sample, nil, wide: true, [guess, label]) { g, x in
        [(g.number(g.compare(.eq, x[0], x[1])), hit, false)]
      },
    ]
    b.plan.batchEnd = [
      .reduce(Reduction(.sum, over: .sample), source: nll.id, destination: total.id, accumulates: false),
      .reduce(Reduction(.sum, over: .sample), source: hit.id, destination: hits.id, accumulates: false),
      b.kernel("means", [], nil, wide: true, [total, hits, count]) { g, x in
        // With sync the loss is the square of the mean, so that its gradient needs every sample.
        let mean = g.div(x[0], x[2])
        return [(needsSync ? g.mul(mean, mean) : mean, lossBuffer, false), (g.div(x[1], x[2]), scoreBuffer, false)]
      },
    ]
    // Backward.
    let lU = b.buffer("λ U", lanes, h)
    let lI = b.buffer("λ I", lanes, h)
    let lS = b.buffer("λ spike", lanes, h)
    let lV = b.buffer("λ V", lanes, o)
    let lJ = b.buffer("λ J", lanes, o)
    let dl = b.buffer("dl", lanes, o)
    let seed = b.buffer("seed", [], nil, wide: true)
    let bSum = b.buffer("λ b", lanes, h, wide: true)
    let bTotal = b.buffer("Σλ b", .unit, h, wide: true)
    let dTau = b.buffer("dτ", .unit, h, wide: true, binding: .gradient(3))
    b.plan.batchEndReverse = [
      b.kernel("seed", [], nil, wide: true, needsSync ? [count, total] : [count]) { g, x in
        let one = g.div(g.const(1), x[0])
        return [(needsSync ? g.mul(g.mul(g.const(2), g.div(x[1], x[0])), one) : one, seed, false)]
      }
    ]
    b.plan.sampleEndReverse = [lU, lI, lS, lV, lJ, bSum].map { .zero($0.id) }
    b.plan.sampleEndReverse.append(
      b.kernel("dl", lanes, o, wide: true, [e, z, label, seed]) { g, x in
        let hot = g.number(g.compare(.eq, g.unitIndex(o), x[2]))
        return [(g.mul(g.sub(g.div(x[0], x[1]), hot), x[3]), dl, false)]
      })
    // A delay beyond one tick reads the adjoint of the arrival from a ring.
    var ring: Builder.Handle?
    if isRecurrent, delay > 1 {
      ring = b.buffer("λ I ring", lanes, h, lifetime: .ring(length: delay))
      b.plan.sampleEndReverse.append(.zero(ring!.id))
    }
    if isRecurrent {
      b.plan.reverseTick.append(
        .deliverTransposed(
          connection: 1, from: ring?.id ?? lI.id, tickOffset: ring == nil ? 0 : delay, into: lS.id,
          accumulates: false))
    } else {
      b.plan.reverseTick.append(.zero(lS.id))
    }
    b.plan.reverseTick += [
      b.kernel("λ output", lanes, o, [lV, lJ, at, dl]) { g, x in
        let here = g.select(g.compare(.eq, x[2], g.tickIndex()), x[3], g.const(0))
        return [
          (g.add(g.mul(g.const(bOut), x[0]), here), lV, false), (g.add(g.mul(g.const(a), x[1]), x[0]), lJ, false),
        ]
      },
      .deliverTransposed(connection: 2, from: lJ.id, tickOffset: 0, into: lS.id, accumulates: true),
      b.kernel("λ hidden", lanes, h, [lU, lI, lS, margin, decay] + (learnsTau ? [kept] : [])) { g, x in
        let q = g.add(g.mul(g.const(slope), g.unary(.abs, x[3])), g.const(1))
        let psi = g.div(g.const(1), g.mul(q, q))
        let keep = g.select(g.compare(.gt, x[3], g.const(0)), g.const(0), g.mul(x[4], x[0]))
        let dI = g.add(g.mul(g.const(a), x[1]), x[0])
        var result = [(g.add(keep, g.mul(psi, x[2])), lU, false), (dI, lI, false)]
        if let ring { result.append((dI, ring, false)) }
        if learnsTau { result.append((g.mul(x[0], x[5]), bSum, true)) }
        return result
      },
      .outer(connection: 0, delay: 1, adjoint: lI.id),
      .outer(connection: 2, delay: 0, adjoint: lJ.id),
    ]
    if isRecurrent { b.plan.reverseTick.append(.outer(connection: 1, delay: delay, adjoint: lI.id)) }
    if learnsTau {
      b.plan.reverseEnd = [
        .reduce(Reduction(.sum, over: .sample), source: bSum.id, destination: bTotal.id, accumulates: false)
      ]
      b.plan.chunkSums = [bTotal.id]
      b.plan.onceReverse = [
        b.kernel("dτ", .unit, h, wide: true, [bTotal, decay, dt, tau]) { g, x in
          [(g.div(g.mul(g.mul(x[0], x[1]), x[2]), g.mul(x[3], x[3])), dTau, false)]
        }
      ]
    }
    if records {
      let record = b.buffer("record V", [.tick, .sample, .unit], o, binding: .record(0))
      b.plan.tick.append(
        b.kernel("record", lanes, o, [readout]) { _, x in [(x[0], record, false)] })
    }
    plan = b.plan
  }
}

/// Small helper for hand-built plans: each buffer has one symbol.
final class Builder {
  struct Handle {
    var id: BufferID
    var symbol: SymbolID
  }
  var plan: Plan

  init(_ plan: Plan) { self.plan = plan }

  func parameter(
    _ name: String, _ shape: Parameter.Shape, unit: DisplayUnit, lower: Double? = nil, upper: Double? = nil
  ) {
    let symbol = plan.graph.addSymbol(Symbol(name, .parameter(plan.parameters.count), domain: .constant))
    plan.parameters.append(
      Parameter(
        name: name, symbol: symbol, shape: shape, unit: unit, isLearnable: true,
        initial: .draw(Distribution(.normal, [0, 1])), lower: lower, upper: upper))
  }

  func connect(
    _ name: String, _ source: Endpoint, _ sources: Int, _ target: Int, _ targets: Int, _ weight: Int, _ delay: Int,
    sourceRange: Range<Int>? = nil, targetRange: Range<Int>? = nil, pattern: Pattern = .all,
    signal: SignalKind = .spikes(port: 0)
  ) {
    plan.connections.append(
      Connection(
        name: name, source: source, sourceRange: sourceRange ?? 0..<sources, target: target,
        targetRange: targetRange ?? 0..<targets, signal: signal, pattern: pattern, weight: weight, delay: delay))
  }

  func buffer(
    _ name: String, _ axes: Axes, _ extent: ExtentID?, wide: Bool = false, kind: SymbolKind = .temporary,
    binding: Binding? = nil, lifetime: Buffer.Lifetime = .chunk
  ) -> Handle {
    let id = plan.addBuffer(
      Buffer(name: name, axes: axes, extent: extent, isWide: wide, lifetime: lifetime), binding: binding)
    let domain = Domain(axes, extent: extent, phase: axes.contains(.sample) ? .tick : .once)
    return Handle(id: id, symbol: plan.graph.addSymbol(Symbol(name, kind, domain: domain)))
  }

  func kernel(
    _ name: String, _ axes: Axes, _ extent: ExtentID?, wide: Bool = false, _ inputs: [Handle], offsets: [Int] = [],
    _ body: (inout Graph, [ValueID]) -> [(ValueID, Handle, Bool)]
  ) -> PlanStep {
    let loads = inputs.map { plan.graph.load($0.symbol) }
    let outputs = body(&plan.graph, loads)
    let used = plan.graph.loadedSymbols(outputs.map(\.0))
    var bound: [KernelInput] = []
    for (index, handle) in inputs.enumerated() where used.contains(handle.symbol) {
      bound.append(
        KernelInput(symbol: handle.symbol, buffer: handle.id, tickOffset: index < offsets.count ? offsets[index] : 0))
    }
    return .kernel(
      Kernel(
        name: name, axes: axes, extent: extent, isWide: wide, inputs: bound,
        outputs: outputs.map { KernelOutput(value: $0.0, buffer: $0.1.id, accumulates: $0.2) }))
  }
}

/// Reproducible data for tests.
struct TestData {
  var stream: RandomStream
  init(_ seed: UInt64) { stream = RandomStream(seed: seed, path: "test") }

  func spikes(samples: Int, bins: Int, units: Int, rate: Double, graded: Bool = false) -> Batch.Spikes {
    var result = Batch.Spikes(bins: bins, offsets: [0], units: [], values: graded ? [] : nil)
    for sample in 0..<samples {
      for bin in 0..<bins {
        for unit in 0..<units where stream.uniform(index: unit, sample: sample, tick: bin) < rate {
          result.units.append(UInt32(unit))
          result.values?.append(Double(1 + (unit + bin) % 3) / 2)
        }
        result.offsets.append(result.units.count)
      }
    }
    return result
  }

  func normal(_ count: Int, _ deviation: Double, key: Int = 0) -> [Double] {
    (0..<count).map { stream.normal(index: $0, sample: key, tick: 12345) * deviation }
  }

  func batch(_ network: SpikingNetwork, samples: Int, rate: Double = 0.1) -> Batch {
    Batch(
      sampleCount: samples,
      inputs: [.spikes(spikes(samples: samples, bins: network.plan.ticks, units: network.inputs, rate: rate))],
      fields: [(0..<samples).map { Double(stream.integer(below: network.outputs, index: $0, tick: 777)) }])
  }

  func parameters(_ n: SpikingNetwork) -> [[Double]] {
    [
      normal(n.hidden * n.inputs, 1.2 / (Double(n.inputs) * 0.1).squareRoot(), key: 1),
      normal(n.hidden * n.hidden, 0.5 / Double(n.hidden).squareRoot(), key: 2),
      normal(n.outputs * n.hidden, 1 / Double(n.hidden).squareRoot(), key: 3),
      (0..<n.hidden).map { 5 + Double($0 % 7) },
    ]
  }
}
