import SNNIR
import SNNSyntax
import Testing

@testable import SNNSema

@Suite struct PatternTests {
  private func program(_ items: String, ends: String = "a -> a") -> String {
    """
    neuron N {
      state V = 0 mV
      dV/dt = -V / 1 ms
      on input(w) { V += w }
      spike when V > 1 mV
    }
    network Net {
      step 1 ms
      population a = N[10]
      population b = N[4]
      connect \(ends) as w {
        \(items)
      }
    }
    """
  }

  private func connection(_ items: String, ends: String = "a -> a") throws -> (Connection, Parameter) {
    let (found, diagnostics) = checked(program(items, ends: ends))
    #expect(diagnostics.filter { $0.severity == .error }.isEmpty)
    let network = try #require(found.networks["Net"]?.network)
    let connection = try #require(network.connections.first)
    #expect(network.verify().isEmpty)
    return (connection, network.parameters[connection.weight])
  }

  @Test func patternsBecomeRules() throws {
    #expect(
      try connection("pattern random(p = 20 %), weight = 1 mV").0.pattern == .sparse(Sparsity(.random(0.2))))
    #expect(
      try connection("pattern fixed_indegree(k = 3), no self, weight = 1 mV").0.pattern
        == .sparse(Sparsity(.indegree(3), excludesSelf: true)))
    #expect(
      try connection("pattern fixed_outdegree(9, multapses = true), weight = 1 mV", ends: "a -> b").0.pattern
        == .sparse(Sparsity(.outdegree(9), allowsMultapses: true)))
    #expect(try connection("no self, weight = 1 mV").0.pattern == .sparse(Sparsity(.full, excludesSelf: true)))
    let delayed = try connection("delay ~ uniform(1 ms, 5 ms), weight = 1 mV").0
    #expect(delayed.sparsity?.delays == Distribution(.uniform, [1, 5]))
    #expect(try connection("pattern all, weight = 1 mV").0.pattern == .all)
    let learned = try connection("learnable delay ~ uniform(1.5 ms, 5 ms) in 1 ms .. 9 ms, weight = 1 mV").0
    #expect(learned.sparsity?.hasOwnDelays == true && learned.delayParameter == learned.weight + 1)
  }

  /// Every listed source is connected to every listed target; `no self` is about a population and itself.
  @Test func listsOfPopulations() throws {
    let (found, diagnostics) = checked(program("no self, weight = 1 mV", ends: "a[0 ..< 4], b -> a, b"))
    #expect(diagnostics.filter { $0.severity == .error }.isEmpty)
    let network = try #require(found.networks["Net"]?.network)
    #expect(network.connections.map(\.name) == ["w_a_a", "w_a_b", "w_b_a", "w_b_b"])
    #expect(network.connections.map(\.source) == [.population(0), .population(0), .population(1), .population(1)])
    #expect(network.connections.map(\.target) == [0, 1, 0, 1])
    #expect(network.connections.map(\.sourceRange) == [0..<4, 0..<4, 0..<4, 0..<4])
    let apart = Pattern.sparse(Sparsity(.full, excludesSelf: true))
    #expect(network.connections.map(\.pattern) == [apart, .all, .all, apart])
    let alone = checked(program("weight = 1 mV", ends: "a, b -> b")).0.networks["Net"]?.network
    #expect(alone?.connections.map(\.name) == ["w_a", "w_b"])
  }

  /// One message for one mistake, however many pairs there are.
  @Test func listsOfPopulationsWithMistakes() {
    func messages(_ items: String, _ ends: String) -> [String] {
      checked(program(items, ends: ends)).1.filter { $0.severity == .error }.map(\.headline)
    }
    #expect(messages("weight = 1 mV", "a, c -> a, b") == ["no population or input is called `c`"])
    #expect(messages("no self, weight = 1 mV", "a[0 ..< 2], a[2 ..< 4] -> b").count == 1)
  }

  @Test func signsBoundWeights() throws {
    let positive = try connection("sign positive, learnable weight ~ normal(0 mV, 1 mV)").1
    #expect(positive.lower == 0)
    #expect(positive.upper == nil)
    #expect(positive.initial == .draw(Distribution(.normal, [0, 1], sign: .positive)))
    let negative = try connection("sign negative, learnable weight = -1 mV in -2 mV .. 5 mV").1
    #expect(negative.lower == -2)
    #expect(negative.upper == 0)
  }

  /// `fan_in` is what a target receives on average.
  @Test func fansCountSynapses() throws {
    let weight = try connection("pattern random(p = 0.5), weight ~ normal(0 mV, 1 mV) / fan_in").1
    #expect(weight.initial == .draw(Distribution(.normal, [0, 1], scale: 0.2)))
  }

  @Test(arguments: [
    ("pattern random(p = 1.5)", "a -> a", "E0515 a probability lies between 0 and 1"),
    ("pattern random(p = -0.1)", "a -> a", "E0515 a probability lies between 0 and 1"),
    ("pattern random()", "a -> a", "E0515 `random` needs `p`"),
    ("pattern random", "a -> a", "E0515 `random` needs `p`"),
    ("pattern random(p = 1 ms)", "a -> a", "E0302 expected number, found time"),
    ("pattern random(k = 3)", "a -> a", "E0205 `random` has no argument `k`"),
    ("pattern fixed_indegree(k = 2.5)", "a -> a", "E0515 `k` counts synapses: a whole number of at least 0"),
    ("pattern fixed_indegree(p = 0.1)", "a -> a", "E0205 `fixed_indegree` has no argument `p`"),
    (
      "pattern fixed_indegree(k = 11)", "a -> a",
      "E0515 11 different sources cannot be chosen: `a` has 10"
    ),
    (
      "pattern fixed_indegree(k = 10), no self", "a -> a",
      "E0515 10 different sources cannot be chosen: `a` offers 9 besides the unit itself"
    ),
    (
      "pattern fixed_outdegree(k = 5)", "a -> b",
      "E0515 5 different targets cannot be chosen: `b` has 4"
    ),
    ("pattern fixed_outdegree(k = 2, multapses = 1)", "a -> a", "E0515 `multapses` is `true` or `false`"),
    ("no self", "a -> b", "E0516 `no self` between two populations"),
    ("sign up", "a -> a", "E0517 a sign is `positive` or `negative`, not `up`"),
    ("sign negative", "a -> a", "E0517 these weights cannot be negative"),
    ("delay ~ 1 ms * kaiming()", "a -> a", "E0508 delays cannot be drawn from `kaiming`"),
    ("learnable delay = 0.5 ms", "a -> a", "E0539 a learned delay starts with at least one `step`"),
    (
      "learnable delay = 2 ms in 0 ms .. 5 ms", "a -> a",
      "E0539 the range of a learned delay starts with at least one `step`"
    ),
    (
      "delay = 2 ms in 1 ms .. 5 ms", "a -> a",
      "E0209 a range of a delay that is not learned is not available in this version"
    ),
  ])
  func rejected(items: String, ends: String, finding: String) {
    let found = findings(program(items + ", weight = 1 mV", ends: ends))
    #expect(found.contains { $0.hasSuffix(finding) }, "\(found)")
  }
}
