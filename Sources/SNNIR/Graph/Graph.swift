/// Index of a value in its `Graph`.
public struct ValueID: Hashable, Sendable, Comparable {
  public var index: Int32
  public init(_ index: Int) { self.index = Int32(index) }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// One operation: a trivial record; its arguments are a slice of the graph's pool.
public struct Node: Hashable, Sendable {
  public var opcode: Opcode
  public var aux: Int32
  public var number: Double
  public var firstArgument: Int32
  public var argumentCount: Int32
  public var domain: Domain
  public var isBoolean: Bool
}

/// A unit axis: a population or an input.
public struct Extent: Hashable, Sendable {
  public var name: String
  public var size: Int
  public init(name: String, size: Int) {
    self.name = name
    self.size = size
  }
}

/// An arena of scalar operations in SSA form, hash-consed: the same operation on the same values is one value.
/// Arguments always come before the value that uses them, so ascending order is an order of evaluation.
public struct Graph: Sendable {
  public private(set) var nodes: [Node] = []
  public private(set) var symbols: [Symbol] = []
  public private(set) var extents: [Extent] = []
  private var pool: [ValueID] = []
  private var known: [NodeKey: ValueID] = [:]

  public init() {}

  public subscript(value: ValueID) -> Node { nodes[Int(value.index)] }
  public subscript(symbol: SymbolID) -> Symbol { symbols[Int(symbol.index)] }
  public subscript(extent: ExtentID) -> Extent { extents[Int(extent.index)] }
  public var count: Int { nodes.count }

  public func arguments(_ value: ValueID) -> ArraySlice<ValueID> {
    let node = self[value]
    return pool[Int(node.firstArgument)..<Int(node.firstArgument + node.argumentCount)]
  }

  public func argument(_ value: ValueID, _ position: Int) -> ValueID { pool[Int(self[value].firstArgument) + position] }

  /// The symbol of a `load` or `named` node.
  public func symbol(_ value: ValueID) -> SymbolID? {
    let node = self[value]
    return node.opcode == .load || node.opcode == .named ? SymbolID(Int(node.aux)) : nil
  }

  public mutating func addExtent(_ extent: Extent) -> ExtentID {
    extents.append(extent)
    return ExtentID(extents.count - 1)
  }

  public mutating func addSymbol(_ symbol: Symbol) -> SymbolID {
    symbols.append(symbol)
    return SymbolID(symbols.count - 1)
  }

  /// Says in which unit a symbol is shown, once its dimension is known. Values are not touched.
  public mutating func setUnit(_ unit: DisplayUnit, of symbol: SymbolID) { symbols[Int(symbol.index)].unit = unit }

  /// Adds the operation as it is, without simplification, or finds it. Use the builders in `Graph+Build` instead.
  /// - Precondition: the domains of the arguments join (the type checker has seen to that).
  public mutating func intern(
    _ opcode: Opcode, _ arguments: [ValueID], aux: Int32 = 0, number: Double = 0, domain: Domain, isBoolean: Bool
  ) -> ValueID {
    let key = NodeKey(
      opcode: opcode, aux: aux, bits: number.bitPattern, arguments: arguments,
      domain: opcode == .broadcast ? domain : .constant)
    if let value = known[key] { return value }
    let node = Node(
      opcode: opcode, aux: aux, number: number, firstArgument: Int32(pool.count),
      argumentCount: Int32(arguments.count), domain: domain, isBoolean: isBoolean)
    pool.append(contentsOf: arguments)
    nodes.append(node)
    let value = ValueID(nodes.count - 1)
    known[key] = value
    return value
  }

  private struct NodeKey: Hashable, Sendable {
    var opcode: Opcode
    var aux: Int32
    var bits: UInt64
    var arguments: [ValueID]
    var domain: Domain
  }
}
