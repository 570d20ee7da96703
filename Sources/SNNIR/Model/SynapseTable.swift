/// The synapses of a connection as a list that somebody made: by source, then by target.
public struct SynapseTable: Hashable, Sendable {
  /// Counted from the first unit of the connection's ranges.
  public var pre: [UInt32]
  public var post: [UInt32]
  /// Ticks, at least 1; nil: the connection's one delay.
  public var delays: [Int32]?

  /// Sorts what comes in any order; rows of one pair keep theirs.
  ///
  /// - Returns: the table, and where each of its rows stood.
  public static func sorted(pre: [UInt32], post: [UInt32], delays: [Int32]?) -> (table: SynapseTable, order: [Int]) {
    let order = pre.indices.sorted { (pre[$0], post[$0], $0) < (pre[$1], post[$1], $1) }
    let table = SynapseTable(
      pre: order.map { pre[$0] }, post: order.map { post[$0] }, delays: delays.map { all in order.map { all[$0] } })
    return (table, order)
  }

  public init(pre: [UInt32], post: [UInt32], delays: [Int32]? = nil) {
    self.pre = pre
    self.post = post
    self.delays = delays
  }

  public var count: Int { pre.count }

  public func relation(sources: Int) -> Relation {
    var rows = [Int](repeating: 0, count: sources + 1)
    for source in pre where Int(source) < sources { rows[Int(source) + 1] += 1 }
    for source in 0..<sources { rows[source + 1] += rows[source] }
    return Relation(rows: rows, targets: post, delays: delays)
  }
}
