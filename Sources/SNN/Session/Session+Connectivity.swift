import SNNData
import SNNIR

/// Which synapses weights belong to, in files: the weights of a pattern that is drawn or listed are one number per synapse,
/// and mean nothing on other pairs of neurons.
extension Session {
  /// By connection: `w/pre` and `w/post`, units of their populations by source and then by target, and `w/delay` in ticks
  /// where every synapse has its own and does not learn it.
  func connectivity() throws -> [String: NDArray] {
    var result: [String: NDArray] = [:]
    for (index, connection) in model.network.connections.enumerated() {
      guard let sparsity = connection.sparsity, sparsity.isDrawn || sparsity.isListed,
        let relation = engine.plan.relations[index]
      else { continue }
      let step = relation.isInterpolated ? 2 : 1
      let places = stride(from: 0, to: relation.count, by: step)
      let sources = relation.sources
      let (first, firstTarget) = (Int32(connection.sourceRange.lowerBound), Int32(connection.targetRange.lowerBound))
      func put(_ side: String, _ values: [Int32]) throws {
        result["\(connection.name)/\(side)"] = try NDArray(shape: [values.count], elements: .int32(values))
      }
      try put("pre", places.map { first + Int32(sources[$0]) })
      try put("post", places.map { firstTarget + Int32(relation.targets[$0]) })
      if let delays = relation.delays, !relation.isInterpolated { try put("delay", delays) }
    }
    return result
  }

  /// A file's weights must belong to the synapses there are here. What a file says of them is compared; a checkpoint that
  /// says nothing was drawn with its seed; files of other software that say nothing are taken as they are.
  func requireSameSynapses(_ path: String) throws {
    guard model.network.connections.contains(where: { $0.sparsity?.isDrawn == true || $0.sparsity?.isListed == true })
    else { return }
    let said = try ParameterFile.connectivity(path)
    let saved = try? Checkpoint(reading: path)
    let draw = saved.map { $0.state.seed == seed ? "" : "; it was drawn with seed \($0.state.seed), not \(seed)" } ?? ""
    let hint = saved.map { $0.state.seed == seed ? "" : "; use --seed \($0.state.seed)" } ?? ""
    if said.isEmpty {
      guard let saved, saved.state.seed != seed else { return }
      throw SNNError.data(
        "\(path): its sparse connections were drawn with seed \(saved.state.seed), not \(seed)\(hint)")
    }
    for (name, own) in try connectivity().sorted(by: { $0.key < $1.key }) {
      guard let theirs = said[name], theirs.integers() != own.integers() else { continue }
      let connection = name.split(separator: "/").dropLast().joined(separator: "/")
      let what = name.hasSuffix("/delay") ? "has other delays" : "joins other neurons"
      let counts = theirs.count == own.count ? "" : " (\(theirs.count) synapses, here \(own.count))"
      throw SNNError.data("\(path): `\(connection)` \(what) there\(counts)\(draw)\(hint)")
    }
  }
}
