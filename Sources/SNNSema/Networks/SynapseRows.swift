import SNNIR

/// A list of synapses as a file has it.
public struct SynapseRows: Hashable, Sendable {
  public var pre: [Double]
  public var post: [Double]
  /// In the unit of the weight; nil where the file has no such column.
  public var weights: [Double]?
  /// In ms; nil where the file has no such column.
  public var delays: [Double]?
  /// `edges.csv:7`: where a row stands.
  public var place: @Sendable (Int) -> String

  public init(
    pre: [Double], post: [Double], weights: [Double]? = nil, delays: [Double]? = nil,
    place: @escaping @Sendable (Int) -> String
  ) {
    self.pre = pre
    self.post = post
    self.weights = weights
    self.delays = delays
    self.place = place
  }

  public static func == (a: SynapseRows, b: SynapseRows) -> Bool {
    a.pre == b.pre && a.post == b.post && a.weights == b.weights && a.delays == b.delays
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(pre)
    hasher.combine(post)
  }
}

/// Reads a list of synapses. Checking itself touches no files.
public typealias SynapseReader = @Sendable (DataSource) -> Result<SynapseRows, DataShapeFault>
