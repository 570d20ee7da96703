import Foundation
import SNN
import SNNData
import SNNIR
import Testing

@testable import SNNRuntime

/// Weights of drawn and listed connections, in files: they come back to the synapses they belong to, or not at all.
@Suite struct SavedConnectivityTests {
  private func model(_ pattern: String) throws -> Model {
    try Reference.model(
      """
      neuron N {
        state V = 0
        dV/dt = -V / 10 ms
        on input(w) { V += w }
        spike when V > 1
      }
      network Net {
        step 1 ms
        population a = N[12]
        population b = N[9]
        connect a[2 ..< 12] -> b as w { pattern \(pattern), weight ~ normal(0, 1) }
      }
      task T of Net { run for 5 ms }
      """)
  }

  private func session(_ pattern: String, seed: UInt64 = 3) throws -> Session {
    try Session(try model(pattern), options: SessionOptions(seed: seed))
  }

  private func saved(_ pattern: String, seed: UInt64 = 3, in folder: URL) throws -> String {
    let path = folder.appending(path: "\(UUID().uuidString).h5").path
    try session(pattern, seed: seed).saveParameters(path)
    return path
  }

  /// What a file says is what was drawn, in units of the populations.
  @Test func filesSayWhichSynapses() throws {
    try Reference.withFolder { folder in
      let path = try saved("fixed_outdegree(k = 4), delay ~ uniform(1 ms, 9 ms)", in: folder)
      let said = try ParameterFile.connectivity(path)
      #expect(Set(said.keys) == ["w/pre", "w/post", "w/delay"])
      let (pre, post) = (said["w/pre"]?.integers() ?? [], said["w/post"]?.integers() ?? [])
      #expect(pre == (2..<12).flatMap { Array(repeating: $0, count: 4) })
      #expect(post.count == 40 && post.allSatisfy { (0..<9).contains($0) })
      for source in 0..<10 { #expect(Set(post[4 * source..<4 * source + 4]).count == 4) }
      #expect(said["w/delay"]?.integers()?.allSatisfy { (1...9).contains($0) } == true)
      #expect(try ParameterFile.connectivity(try saved("all", in: folder)).isEmpty)
    }
  }

  @Test(arguments: [
    "random(p = 0.3)", "fixed_indegree(k = 3)", "fixed_outdegree(k = 4, multapses = true)",
    "fixed_indegree(k = 3), delay ~ uniform(1 ms, 9 ms)",
  ]) func theSameSynapsesComeBack(_ pattern: String) throws {
    try Reference.withFolder { folder in
      let path = try saved(pattern, in: folder)
      let other = try session(pattern)
      let weights = other.parameter("w")
      try other.setParameter("w", Array(repeating: 0, count: weights?.count ?? 0))
      try other.loadParameters(path)
      #expect(other.parameter("w") == weights)
      // The same number of synapses on other pairs.
      #expect(throws: SNNError.self) { try session(pattern, seed: 4).loadParameters(path) }
    }
  }

  private func refusal(_ saved: String, _ read: String, seed: UInt64 = 3) throws -> String {
    var text = ""
    try Reference.withFolder { folder in
      let path = try self.saved(saved, in: folder)
      do { try session(read, seed: seed).loadParameters(path) } catch let error as SNNError { text = error.text }
      text = text.replacing(path, with: "FILE")
    }
    return text
  }

  @Test func refusalsSayWhy() throws {
    let pattern = "fixed_indegree(k = 3)"
    #expect(
      try refusal(pattern, pattern, seed: 4)
        == "FILE: `w` joins other neurons there; it was drawn with seed 3, not 4; use --seed 3")
    // The same seed, and a pattern that joins as many.
    #expect(try refusal("random(p = 0.3)", pattern).hasPrefix("FILE: `w` joins other neurons there"))
    #expect(try refusal("random(p = 0.2)", "random(p = 0.7)").contains("synapses, here"))
    #expect(
      try refusal("\(pattern), delay ~ uniform(1 ms, 9 ms)", "\(pattern), delay ~ uniform(1 ms, 30 ms)")
        == "FILE: `w` has other delays there")
  }

  /// Files of other software that say nothing are taken as they are; those that say something are held to it.
  @Test func filesOfOtherSoftware() throws {
    try Reference.withFolder { folder in
      let own = try session("fixed_indegree(k = 3)")
      let path = folder.appending(path: "foreign.h5").path
      let weights = (0..<27).map { Double($0) }
      var arrays = ["parameters/w": NDArray(weights)]
      try Reference.write(arrays, to: path)
      try own.loadParameters(path)
      #expect(own.parameter("w")?.map { Double(Float($0)) } == weights)
      arrays["connectivity/w/pre"] = NDArray(Array(repeating: 2, count: 27))
      try Reference.write(arrays, to: path)
      #expect(throws: SNNError.self) { try own.loadParameters(path) }
    }
  }
}
