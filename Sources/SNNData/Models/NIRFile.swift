/// A graph of the Neuromorphic Intermediate Representation as HDF5 files hold it: `/node/nodes/NAME/type` with the arrays
/// of the node beside it, and `/node/edges`, pairs of names.
public struct NIRFile: Equatable, Sendable {
  public struct Node: Equatable, Sendable {
    public var name: String
    /// `LIF`, `Affine`, …
    public var kind: String
    public var arrays: [String: NDArray] = [:]
    /// What NIR leaves to whoever writes the file: `metadata`.
    public var remarks: [String: NDArray] = [:]

    public init(_ name: String, _ kind: String, _ arrays: [String: NDArray] = [:]) {
      self.name = name
      self.kind = kind
      self.arrays = arrays
    }
  }

  public struct Edge: Hashable, Sendable {
    public var source: String
    public var target: String

    public init(_ source: String, _ target: String) {
      self.source = source
      self.target = target
    }
  }

  public var version = "1.0"
  /// In ascending order of names where it was read.
  public var nodes: [Node] = []
  public var edges: [Edge] = []
  /// Of the whole graph.
  public var remarks: [String: NDArray] = [:]

  public init() {}

  public func node(named name: String) -> Node? { nodes.first { $0.name == name } }

  /// - Throws: `missing`, `wrongShape`, `wrongType`, and what `HDF5File` throws.
  public init(reading path: String) throws(DataError) {
    let file = try HDF5File(reading: path)
    if file.contains("/version") { version = try Self.text("/version", file) }
    let root = "/node/nodes"
    for entry in try file.entries(under: root) {
      let parts = entry.path.dropFirst(root.count + 1).split(separator: "/").map(String.init)
      if parts.count == 1 {
        nodes.append(Node(parts[0], try Self.text("\(entry.path)/type", file)))
      } else if entry.isDataset, let last = nodes.indices.last, nodes[last].name == parts[0] {
        if parts.count == 2, parts[1] != "type" { nodes[last].arrays[parts[1]] = try file.read(entry.path) }
        if parts.count == 3, parts[1] == "metadata" { nodes[last].remarks[parts[2]] = try file.read(entry.path) }
      }
    }
    if file.contains("/node/metadata") {
      for name in try file.datasetNames(under: "/node/metadata") {
        remarks[name] = try file.read("/node/metadata/\(name)")
      }
    }
    try readEdges(file)
  }

  private mutating func readEdges(_ file: HDF5File) throws(DataError) {
    let pairs = try file.read("/node/edges")
    guard pairs.shape.count == 2, pairs.shape[1] == 2 else {
      throw .wrongShape(
        file: file.path, name: "/node/edges", found: pairs.shape, expected: [pairs.shape.first ?? 0, 2])
    }
    guard case .text(let names) = pairs.elements else {
      throw .wrongType(file: file.path, name: "/node/edges", found: "numbers", expected: "names of nodes")
    }
    for place in stride(from: 0, to: names.count, by: 2) { edges.append(Edge(names[place], names[place + 1])) }
    for name in names where node(named: name) == nil {
      throw .missing(file: file.path, kind: "node", name: name, available: nodes.map(\.name))
    }
  }

  private static func text(_ name: String, _ file: HDF5File) throws(DataError) -> String {
    guard case .text(let values) = try file.read(name).elements, let first = values.first else {
      throw .wrongType(file: file.path, name: name, found: "numbers", expected: "text")
    }
    return first
  }

  /// Writes the file atomically.
  public func save(to path: String) throws(DataError) {
    var document = HDF5Document()
    document.put(NDArray(version), at: "/version")
    document.put(NDArray("NIRGraph"), at: "/node/type")
    for node in nodes {
      let place = "/node/nodes/\(node.name)"
      document.put(NDArray(node.kind), at: "\(place)/type")
      for (name, array) in node.arrays { document.put(array, at: "\(place)/\(name)") }
      for (name, array) in node.remarks { document.put(array, at: "\(place)/metadata/\(name)") }
    }
    for (name, array) in remarks { document.put(array, at: "/node/metadata/\(name)") }
    document.put(
      try NDArray(shape: [edges.count, 2], elements: .text(edges.flatMap { [$0.source, $0.target] })), at: "/node/edges"
    )
    try document.save(to: path)
  }
}
