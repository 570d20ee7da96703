import SNNIR
import Testing

@testable import SNNRuntime

/// Sparse connections against the obvious executor and against a matrix whose missing weights are 0.
@Suite struct SparseTests {
  private let data = TestData(11)

  /// The recurrent connection of a `SpikingNetwork`, and its inputs, joined by rules.
  private func network(_ recurrent: Sparsity, _ input: Sparsity = Sparsity(.random(0.5))) -> SpikingNetwork {
    var result = SpikingNetwork(
      inputs: 20, hidden: 17, outputs: 3, ticks: 25, delay: recurrent.delays == nil ? 1 : 2, records: true)
    result.plan.connections[0].pattern = .sparse(input)
    result.plan.connections[1].pattern = .sparse(recurrent)
    result.plan.draw(seed: 5)
    return result
  }

  private func parameters(_ network: SpikingNetwork) -> [[Double]] {
    var result = data.parameters(network)
    for (index, relation) in network.plan.relations {
      result[index] = data.normal(relation.count, index == 0 ? 0.8 : 0.2, key: index)
    }
    return result
  }

  private func engine(
    _ network: SpikingNetwork, _ parameters: [[Double]], _ precision: Precision = .f64, threads: Int = 1
  ) throws -> Engine {
    var options = EngineOptions()
    options.chunkSize = 3
    let engine = try Engine(plan: network.plan, precision: precision, threads: threads, options: options)
    for (index, values) in parameters.enumerated() { try engine.setParameter(index, values) }
    return engine
  }

  private func largest(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) }.max() ?? 0
  }

  static let rules = [
    Sparsity(.random(0.4)), Sparsity(.indegree(5), excludesSelf: true), Sparsity(.outdegree(4)), Sparsity(.pairs),
    Sparsity(.full, excludesSelf: true), Sparsity(.indegree(30), allowsMultapses: true),
    Sparsity(.random(0.6), delays: Distribution(.uniform, [0, 9])), Sparsity(.random(0)),
  ]

  @Test(arguments: rules) func agreesWithTheListOfSynapses(rule: Sparsity) throws {
    let network = network(rule)
    let parameters = parameters(network)
    let batch = data.batch(network, samples: 8, rate: 0.2)
    let found = try engine(network, parameters).run(batch, gradient: true, records: true)
    var reference = ReferenceExecutor(plan: network.plan, parameters: parameters)
    let expected = try reference.run(batch, gradient: true)
    #expect(found.spikeCounts == expected.spikeCounts)
    #expect(found.spikeCounts[0] > 50)
    #expect(abs(found.loss! - expected.loss!) < 1e-12)
    #expect(largest(found.records[0]!, expected.records[0]!) < 1e-12)
    for (index, gradient) in expected.gradients {
      #expect(found.gradients[index]!.count == gradient.count)
      #expect(largest(found.gradients[index]!, gradient) < 1e-12, "parameter \(index)")
    }
    if case .random(0) = rule.rule { return }
    #expect(found.gradients[1]!.contains { $0 != 0 })
  }

  /// The gradient exists only where a synapse is, and is what the whole matrix has there; weights that are all alike are
  /// not read one by one.
  @Test(arguments: [false, true]) func agreesWithAMatrixOfZeros(isUniform: Bool) throws {
    let sparse = network(Sparsity(.random(0.4)))
    let relation = sparse.plan.relations[1]!
    var parameters = parameters(sparse)
    if isUniform { parameters[1] = Array(repeating: 0.11, count: relation.count) }
    var dense = SpikingNetwork(inputs: 20, hidden: 17, outputs: 3, ticks: 25)
    dense.plan.connections[0] = sparse.plan.connections[0]
    dense.plan.relations[0] = sparse.plan.relations[0]
    var full = parameters
    full[1] = Array(repeating: 0, count: 17 * 17)
    let places = zip(relation.sources, relation.targets).map { Int($1) * 17 + Int($0) }
    for (synapse, place) in places.enumerated() { full[1][place] = parameters[1][synapse] }
    let batch = data.batch(sparse, samples: 8, rate: 0.2)
    let engine = try engine(sparse, parameters)
    let found = try engine.run(batch, gradient: true)
    #expect(engine.uniform[1] == isUniform)
    let expected = try self.engine(dense, full).run(batch, gradient: true)
    #expect(found.spikeCounts == expected.spikeCounts)
    #expect(largest(found.gradients[1]!, places.map { expected.gradients[1]![$0] }) < 1e-13)
    for index in [0, 2, 3] { #expect(largest(found.gradients[index]!, expected.gradients[index]!) < 1e-13) }
  }

  /// One synapse of delay d carries a spike of tick k to tick k + d.
  @Test(arguments: [1, 2, 7, 300]) func aSpikeActsAfterItsDelay(delay: Int) throws {
    var network = SpikingNetwork(inputs: 1, hidden: 2, outputs: 1, ticks: 310, delay: 2)
    network.plan.connections[1].pattern = .sparse(
      Sparsity(.full, delays: Distribution(.constant, [Double(delay)])))
    network.plan.draw(seed: 0)
    var spikes = Batch.Spikes(bins: 310, offsets: [0], units: [0])
    spikes.offsets += Array(repeating: 1, count: 310)
    let batch = Batch(sampleCount: 1, inputs: [.spikes(spikes)], fields: [[0]])
    // The input makes unit 0 fire once; unit 0 makes unit 1 fire.
    let engine = try engine(network, [[2, 0], [0, 5, 0, 0], [1, 1], [1, 1]])
    let events = try engine.run(batch, spikes: [0]).events[0]!
    let first = try #require(events.first { $0.unit == 0 })
    let second = try #require(events.first { $0.unit == 1 })
    // The arrival is in the current at k + d, in the membrane one tick later.
    #expect(Int(second.tick - first.tick) == delay + 1)
  }

  @Test(arguments: [Precision.f32, .f64]) func threadsChangeNoBit(precision: Precision) throws {
    let network = network(Self.rules[6])
    let parameters = parameters(network)
    let batch = data.batch(network, samples: 30, rate: 0.2)
    let one = try engine(network, parameters, precision).run(batch, gradient: true, spikes: [0])
    for threads in [2, 3] {
      let other = try engine(network, parameters, precision, threads: threads)
        .run(batch, gradient: true, spikes: [0])
      #expect(other.loss == one.loss)
      #expect(other.gradients == one.gradients)
      #expect(other.events == one.events)
    }
    #expect(one.events[0]!.count == one.spikeCounts[0])
  }

  /// A synapse is foreseen with its weight, its gradient and its target, as drawn and as the kernels have it; a learned
  /// one with two moments. (The numbers in double precision that weights are set from are gone before a run.)
  @Test(arguments: [(false, 4 + 4 + 8), (true, 4 + 4 + 8 + 8)])
  func memoryIsForeseenBySynapse(isLearned: Bool, bytes: Int) throws {
    func forecast(_ sources: Int) throws -> Int {
      var network = network(Sparsity(.indegree(sources)))
      network.plan.parameters[1].isLearnable = isLearned
      return try Engine(plan: network.plan, precision: .f32).memoryForecast(samples: 1)
    }
    // Sixteen for each of 17 neurons: whole lines of memory.
    #expect(try forecast(16) - forecast(0) == 16 * 17 * bytes)
  }

  @Test func trainingLowersTheLoss() throws {
    let network = network(Sparsity(.indegree(6)))
    let engine = try engine(network, parameters(network), .f32, threads: 2)
    let batch = data.batch(network, samples: 30)
    var losses: [Double] = []
    for _ in 0..<40 {
      losses.append(
        try engine.step(batch, optimiser: OptimiserSpec(.adam, rate: 1e-2, clip: 1), learnable: [0, 1, 2, 3]).loss)
    }
    #expect(losses.last! < 0.7 * losses[0])
  }

  @Test func aPlanMustBeDrawn() {
    var network = SpikingNetwork(inputs: 2, hidden: 2, outputs: 1, ticks: 2)
    network.plan.connections[0].pattern = .sparse(Sparsity(.full))
    #expect(throws: RuntimeError.self) { try Engine(plan: network.plan) }
  }
}
