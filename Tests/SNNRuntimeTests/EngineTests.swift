import SNNIR
import Testing

@testable import SNNRuntime

/// The engine against the obvious executor, and against itself in every way of running that must not matter.
@Suite struct EngineTests {
  let data = TestData(7)

  func engine(
    _ network: SpikingNetwork, _ precision: Precision, threads: Int = 1,
    _ change: (inout EngineOptions) -> Void = { _ in }
  ) throws -> Engine {
    var options = EngineOptions()
    change(&options)
    let engine = try Engine(plan: network.plan, precision: precision, threads: threads, options: options)
    for (index, values) in data.parameters(network).enumerated() { try engine.setParameter(index, values) }
    return engine
  }

  func difference(_ a: [Double], _ b: [Double]) -> Double {
    let scale = max(b.map(abs).max() ?? 0, 1e-30)
    return zip(a, b).map { abs($0 - $1) }.max().map { $0 / scale } ?? 0
  }

  @Test(arguments: [1, 3], [false, true]) func matchesTheReference(delay: Int, needsSync: Bool) throws {
    let network = SpikingNetwork(
      inputs: 21, hidden: 19, outputs: 5, ticks: 25, delay: delay, needsSync: needsSync, records: true)
    let batch = data.batch(network, samples: 9, rate: 0.2)
    var reference = ReferenceExecutor(plan: network.plan, parameters: data.parameters(network))
    let expected = try reference.run(batch, gradient: true)
    let result = try engine(network, .f64).run(batch, gradient: true, records: true)
    #expect(expected.spikeCounts[0] > 100)
    #expect(result.spikeCounts == expected.spikeCounts)
    #expect(result.scores == expected.scores)
    #expect(abs(result.loss! - expected.loss!) < 1e-12 * abs(expected.loss!))
    #expect(difference(result.records[0]!, expected.records[0]!) < 1e-12)
    #expect(result.gradients.keys.sorted() == [0, 1, 2, 3])
    for (index, gradient) in expected.gradients {
      #expect(gradient.contains { $0 != 0 })
      #expect(difference(result.gradients[index]!, gradient) < 1e-11, "parameter \(index)")
    }
    let single = try engine(network, .f32).run(batch, gradient: true, records: true)
    #expect(single.spikeCounts == expected.spikeCounts)
    for (index, gradient) in expected.gradients {
      #expect(difference(single.gradients[index]!, gradient) < 1e-4, "parameter \(index)")
    }
  }

  @Test func gradedSpikesMatchTheReference() throws {
    let network = SpikingNetwork(inputs: 7, hidden: 18, outputs: 3, ticks: 12, slope: 2, isGraded: true)
    var batch = data.batch(network, samples: 5)
    batch.inputs = [.spikes(data.spikes(samples: 5, bins: 12, units: 7, rate: 0.3, graded: true))]
    var reference = ReferenceExecutor(plan: network.plan, parameters: data.parameters(network))
    let expected = try reference.run(batch, gradient: true)
    let result = try engine(network, .f64).run(batch, gradient: true)
    #expect(result.spikeCounts == expected.spikeCounts)
    for (index, gradient) in expected.gradients {
      #expect(difference(result.gradients[index]!, gradient) < 1e-11, "parameter \(index)")
    }
  }

  @Test(arguments: [Precision.f32, .f64], [false, true])
  func threadsChangeNoBit(precision: Precision, needsSync: Bool) throws {
    let network = SpikingNetwork(inputs: 40, hidden: 33, outputs: 4, ticks: 20, needsSync: needsSync)
    let batch = data.batch(network, samples: 50)
    func run(_ threads: Int) throws -> BatchResult {
      try engine(network, precision, threads: threads) { $0.chunkSize = 3 }.run(batch, gradient: true)
    }
    let one = try run(1)
    for threads in [2, 3, 7] {
      let other = try run(threads)
      #expect(other.loss == one.loss)
      #expect(other.gradients == one.gradients)
      #expect(other.spikeCounts == one.spikeCounts)
    }
  }

  @Test(arguments: [Precision.f32, .f64]) func instructionSetsChangeNoBit(precision: Precision) throws {
    let network = SpikingNetwork(inputs: 40, hidden: 50, outputs: 4, ticks: 20)
    let batch = data.batch(network, samples: 11)
    let sets = InstructionSet.available
    var results: [BatchResult] = []
    for set in sets {
      let engine = try engine(network, precision) { $0.instructionSet = set }
      // The table that runs is the one that was asked for.
      #expect(engine.instructionSet == set)
      #expect(String(cString: engine.program.lanes.raw.pointee.name) == set.rawValue)
      results.append(try engine.run(batch, gradient: true))
    }
    let unfused = try engine(network, precision) { $0.fuses = false }.run(batch, gradient: true)
    for other in results + [unfused] {
      #expect(other.loss == results[0].loss)
      #expect(other.gradients == results[0].gradients)
    }
    #if arch(x86_64)
      #expect(sets.contains(.sse2))
    #endif
  }

  @Test(arguments: [false, true]) func chunkSizesAgree(needsSync: Bool) throws {
    let network = SpikingNetwork(inputs: 30, hidden: 20, outputs: 4, ticks: 20, needsSync: needsSync)
    let batch = data.batch(network, samples: 23)
    let whole = try engine(network, .f64) { $0.chunkSize = 23 }.run(batch, gradient: true)
    for size in [1, 7] {
      let other = try engine(network, .f64) { $0.chunkSize = size }.run(batch, gradient: true)
      #expect(abs(other.loss! - whole.loss!) < 1e-13 * abs(whole.loss!))
      for (index, gradient) in whole.gradients {
        #expect(difference(other.gradients[index]!, gradient) < 1e-12, "chunks of \(size)")
      }
    }
  }

  @Test func runsRepeatToTheBit() throws {
    let network = SpikingNetwork(inputs: 30, hidden: 20, outputs: 4, ticks: 20, delay: 2)
    let engine = try engine(network, .f32)
    let batch = data.batch(network, samples: 23)
    let small = data.batch(network, samples: 5)
    let first = try engine.run(batch, gradient: true)
    _ = try engine.run(small, gradient: true)
    _ = try engine.run(small)
    let again = try engine.run(batch, gradient: true)
    #expect(again.gradients == first.gradients)
    #expect(again.loss == first.loss)
    // Without the backward pass, the same forward pass.
    #expect(try engine.run(batch).loss == first.loss)
  }

  @Test func trainingLowersTheLoss() throws {
    let network = SpikingNetwork(inputs: 30, hidden: 40, outputs: 4, ticks: 20)
    let engine = try engine(network, .f32, threads: 2)
    let batch = data.batch(network, samples: 32)
    var losses: [Double] = []
    for _ in 0..<40 {
      losses.append(
        try engine.step(batch, optimiser: OptimiserSpec(.adam, rate: 1e-2), learnable: [0, 1, 2, 3]).loss)
    }
    #expect(losses.last! < 0.5 * losses[0])
  }

  @Test func snapshotsRestoreEveryBit() throws {
    let network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    let engine = try engine(network, .f32)
    let batch = data.batch(network, samples: 8)
    let optimiser = OptimiserSpec(.adam, rate: 1e-2)
    for _ in 0..<3 { _ = try engine.step(batch, optimiser: optimiser, learnable: [0, 1, 2, 3]) }
    let saved = engine.snapshot()
    var losses: [Double] = []
    for _ in 0..<3 { losses.append(try engine.step(batch, optimiser: optimiser, learnable: [0, 1, 2, 3]).loss) }
    let end = engine.snapshot()
    let other = try self.engine(network, .f32, threads: 3)
    try other.restore(saved)
    for loss in losses {
      #expect(try other.step(batch, optimiser: optimiser, learnable: [0, 1, 2, 3]).loss == loss)
    }
    #expect(other.snapshot() == end)
    #expect(throws: RuntimeError.self) { try self.engine(network, .f64).restore(saved) }
  }

  // MARK: What goes wrong is a typed error

  @Test func faultsSayWhere() throws {
    let network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    let engine = try engine(network, .f64)
    var weights = data.parameters(network)[0]
    // Unit 4 overflows as soon as input 2 spikes.
    weights[4 * 10 + 2] = .infinity
    try engine.setParameter(0, weights)
    var batch = data.batch(network, samples: 3)
    var offsets = [Int](repeating: 0, count: 3 * 15 + 1)
    for index in (1 * 15 + 6 + 1)..<offsets.count { offsets[index] = 1 }
    batch.inputs = [.spikes(Batch.Spikes(bins: 15, offsets: offsets, units: [2]))]
    do {
      _ = try engine.run(batch)
      Issue.record("no fault")
    } catch RuntimeError.fault(let fault) {
      // Bin 6 arrives at tick 7; I decays but stays infinite, so the kernel of tick 7 writes it.
      #expect(fault.sample == 1)
      #expect(fault.unit == 4)
      #expect(fault.tick == 7)
      #expect(fault.population == "hidden")
    }
  }

  /// Units may come in any order within a bin, with a number each or without.
  @Test(arguments: [false, true]) func unitsInAnyOrder(isGraded: Bool) throws {
    let network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    let engine = try engine(network, .f32)
    var batch = data.batch(network, samples: 5)
    let spikes = data.spikes(samples: 5, bins: 15, units: 10, rate: 0.4, graded: isGraded)
    var turned = spikes
    for row in 0..<(5 * 15) {
      let range = spikes.offsets[row]..<spikes.offsets[row + 1]
      turned.units.replaceSubrange(range, with: spikes.units[range].reversed())
      if let values = spikes.values { turned.values?.replaceSubrange(range, with: values[range].reversed()) }
    }
    #expect(turned != spikes)
    batch.inputs = [.spikes(spikes)]
    let one = try engine.run(batch, gradient: true)
    batch.inputs = [.spikes(turned)]
    let other = try engine.run(batch, gradient: true)
    #expect(one.loss?.bitPattern == other.loss?.bitPattern)
    #expect(one.gradients == other.gradients)
  }

  @Test func wrongShapesAreErrors() throws {
    let network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    let engine = try engine(network, .f64)
    var batch = data.batch(network, samples: 3)
    batch.fields[0].append(0)
    #expect(throws: RuntimeError.self) { try engine.run(batch) }
    batch = data.batch(network, samples: 3)
    if case .spikes(var spikes) = batch.inputs[0] {
      spikes.units[0] = 10
      batch.inputs[0] = .spikes(spikes)
    }
    #expect(throws: RuntimeError.spikeOutOfRange(input: "pixels", unit: 10, size: 10)) { try engine.run(batch) }
    #expect(throws: RuntimeError.emptyBatch) { try engine.run(Batch(sampleCount: 0)) }
    #expect(throws: RuntimeError.self) { try engine.setParameter(0, [1]) }
    var options = EngineOptions()
    options.memoryLimit = 1000
    let limited = try Engine(plan: network.plan, precision: .f32, options: options)
    #expect(throws: RuntimeError.self) { try limited.run(data.batch(network, samples: 3)) }
  }

  @Test func cancellationStops() throws {
    let network = SpikingNetwork(inputs: 10, hidden: 17, outputs: 3, ticks: 15)
    let engine = try engine(network, .f32)
    let batch = data.batch(network, samples: 8)
    let loss = try engine.run(batch, gradient: true)
    engine.cancellation.cancel()
    #expect(throws: RuntimeError.cancelled) { try engine.run(batch, gradient: true) }
    engine.cancellation.reset()
    #expect(try engine.run(batch, gradient: true).gradients == loss.gradients)
  }
}
