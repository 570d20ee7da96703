import Foundation
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// `next X = E` in synapses, against the recursion as a loop.
@Suite struct SynapseDifferenceTests {
  static let rule = """
    synapse Told {
      pre trace x = 0
      state y = 0
      state e = 0.1
      next x = 0.9 * x
      dy/dt = -y / 8 ms
      next e = 0.95 * e + 0.01 * x * y
      next weight = weight + 0.002 * e
      on pre { weight -= 0.003 * y; x += 1 }
      on post { weight += 0.004 * x; y += 1 }
    }
    """

  private static func source(_ delay: Int) -> String {
    SynapseRuleTests.source("Told", delay: delay).replacing("use std.synapses", with: rule)
  }

  /// `[source][target]`: step 1 takes what stands on the right from tick n; arrivals come before emissions, as in the file.
  private static func expected(_ delay: Int) -> [[Double]] {
    let (pre, post) = (SynapseRuleTests.pre.map { Set($0) }, SynapseRuleTests.post.map { Set($0) })
    let decay = exp(-SynapseRuleTests.step / 8)
    return pre.map { sent in
      post.map { emitted in
        var (x, y, e, w) = (0.0, 0.0, 0.1, 0.5)
        for tick in 1..<(SynapseRuleTests.ticks + 1) {
          (w, e, x, y) = (w + 0.002 * e, 0.95 * e + 0.01 * x * y, 0.9 * x, decay * y)
          // Bin k - 1 of the data arrives k - 1 + delay ticks after the start.
          if sent.contains(tick - delay + 1) {
            w -= 0.003 * y
            x += 1
          }
          if emitted.contains(tick) {
            w += 0.004 * x
            y += 1
          }
        }
        return w
      }
    }
  }

  @Test(arguments: [1, 4]) func aRecursion(_ delay: Int) throws {
    let found = try SynapseRuleTests.run(Self.source(delay), SynapseRuleTests.pre, SynapseRuleTests.post)
    let expected = Self.expected(delay)
    for (row, wanted) in zip(found.weights, expected) { #expect(Reference.error(row, wanted) < 1e-12) }
    #expect(Set(expected.joined()).count == SynapseRuleTests.sources * SynapseRuleTests.targets)
  }

  /// The slow oracle, single precision and other patterns.
  @Test func everywhereTheSame() throws {
    let session = try SynapseRuleTests.session(Self.source(2))
    let batch = SynapseRuleTests.batch(SynapseRuleTests.pre, SynapseRuleTests.post)
    let engine = session.engine
    #expect(engine.plan.verify().isEmpty)
    var oracle = ReferenceExecutor(
      plan: engine.plan, parameters: engine.plan.parameters.indices.map { engine.parameter($0) })
    let expected = try oracle.run(batch, gradient: false)
    let found = try engine.run(batch, records: true)
    for (index, values) in found.records {
      #expect(Reference.error(values, expected.records[index] ?? []) < 1e-10)
    }
    let narrow = try SynapseRuleTests.session(Self.source(2), .f32, threads: 2)
    _ = try narrow.engine.run(batch)
    let wide = try SynapseRuleTests.weights(session)
    for (row, wanted) in zip(try SynapseRuleTests.weights(narrow), wide) {
      #expect(Reference.error(row, wanted) < 1e-4)
    }
  }
}
