extension Distribution.Kind: TextForm {}
extension Distribution.Sign: TextForm {}

extension Distribution: TextForm {
  func text(_ names: TextNames) -> TextTree {
    if sign != .any { return names.call("\(kind)", (nil, arguments), ("scale", scale), ("sign", sign)) }
    return scale == 1
      ? names.call("\(kind)", (nil, arguments)) : names.call("\(kind)", (nil, arguments), ("scale", scale))
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    let kind = try Kind(.word(arguments.name), names)
    self.init(
      kind, try arguments.next(), scale: tree.items.count > 1 ? try arguments.next("scale") : 1,
      sign: tree.items.count > 2 ? try arguments.next("sign") : .any)
    try arguments.end()
  }
}

extension Initial: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .value(let value): names.call("value", (nil, value))
    case .draw(let distribution): names.call("draw", (nil, distribution))
    case .given(let numbers): names.call("given", (nil, numbers))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "value": self = .value(try arguments.next())
    case "draw": self = .draw(try arguments.next())
    case "given": self = .given(try arguments.next())
    default: throw tree.unexpected("value, draw or given")
    }
    try arguments.end()
  }
}

extension Parameter.Shape: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .scalar: names.call("scalar")
    case .perUnit(let population): names.call("perUnit", ("population", population))
    case .synapses(let connection): names.call("synapses", ("connection", connection))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "scalar": self = .scalar
    case "perUnit": self = .perUnit(population: try arguments.next("population"))
    case "synapses": self = .synapses(connection: try arguments.next("connection"))
    default: throw tree.unexpected("scalar, perUnit or synapses")
    }
    try arguments.end()
  }
}

extension Parameter: RecordForm {
  static var head: String { "parameter" }
  static var blank: Parameter {
    Parameter(
      name: "", symbol: SymbolID(0), shape: .scalar, unit: .one, isLearnable: false, initial: .given([]))
  }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("symbol", \.symbol), TextField("shape", \.shape), TextField("unit", \.unit),
      TextField("isLearnable", \.isLearnable), TextField("initial", \.initial), TextField("lower", \.lower),
      TextField("upper", \.upper), TextField("location", \.location),
    ]
  }
}

extension NetworkInput: RecordForm {
  static var head: String { "input" }
  static var blank: NetworkInput { NetworkInput(name: "", shape: [], extent: ExtentID(0), isSpikes: false) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("shape", \.shape), TextField("extent", \.extent),
      TextField("isSpikes", \.isSpikes), TextField("unit", \.unit), TextField("location", \.location),
    ]
  }
}

extension Endpoint: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .input(let index): names.call("input", (nil, index))
    case .population(let index): names.call("population", (nil, index))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "input": self = .input(try arguments.next())
    case "population": self = .population(try arguments.next())
    default: throw tree.unexpected("input or population")
    }
    try arguments.end()
  }
}

extension Pattern: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .all: names.call("all")
    case .oneToOne: names.call("oneToOne")
    case .sparse(let sparsity):
      names.call(
        "sparse", (nil, sparsity.rule), ("excludesSelf", sparsity.excludesSelf),
        ("allowsMultapses", sparsity.allowsMultapses), ("delays", sparsity.delays), ("geometry", sparsity.geometry))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "all": self = .all
    case "oneToOne": self = .oneToOne
    case "sparse":
      self = .sparse(
        Sparsity(
          try arguments.next(), excludesSelf: try arguments.next("excludesSelf"),
          allowsMultapses: try arguments.next("allowsMultapses"), delays: try arguments.next("delays"),
          geometry: try arguments.next("geometry")))
    default: throw tree.unexpected("a pattern")
    }
    try arguments.end()
  }
}

extension Sparsity.Rule: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .full: names.call("full")
    case .pairs: names.call("pairs")
    case .random(let probability): names.call("random", (nil, probability))
    case .indegree(let count): names.call("indegree", (nil, count))
    case .outdegree(let count): names.call("outdegree", (nil, count))
    case .convolution(let c):
      names.call(
        c.isPooling ? "pooling" : "convolution", ("source", c.source), ("target", c.target), ("kernel", c.kernel),
        ("stride", c.stride), ("padding", c.padding))
    case .distance(let probability, let radius): names.call("distance", (nil, probability), ("radius", radius))
    case .list(let table):
      names.call(
        "list", ("pre", table.pre.map { Int($0) }), ("post", table.post.map { Int($0) }),
        ("delays", table.delays.map { $0.map { Int($0) } }))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "full": self = .full
    case "pairs": self = .pairs
    case "random": self = .random(try arguments.next())
    case "indegree": self = .indegree(try arguments.next())
    case "outdegree": self = .outdegree(try arguments.next())
    case "convolution", "pooling":
      self = .convolution(
        Convolution(
          source: try arguments.next("source"), target: try arguments.next("target"),
          kernel: try arguments.next("kernel"), stride: try arguments.next("stride"),
          padding: try arguments.next("padding"), isPooling: arguments.name == "pooling"))
    case "distance": self = .distance(try arguments.next(), radius: try arguments.next("radius"))
    case "list":
      let pre: [Int] = try arguments.next("pre")
      let post: [Int] = try arguments.next("post")
      let delays: [Int]? = try arguments.next("delays")
      self = .list(
        SynapseTable(
          pre: pre.map { UInt32(clamping: $0) }, post: post.map { UInt32(clamping: $0) },
          delays: delays.map { $0.map { Int32(clamping: $0) } }))
    default: throw tree.unexpected("a rule of a pattern")
    }
    try arguments.end()
  }
}

extension SignalKind: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .spikes(let port): names.call("spikes", ("port", port))
    case .continuous(let variable, let drive): names.call("continuous", (nil, variable), ("drive", drive))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "spikes": self = .spikes(port: try arguments.next("port"))
    case "continuous": self = .continuous(try arguments.next(), drive: try arguments.next("drive"))
    default: throw tree.unexpected("spikes or continuous")
    }
    try arguments.end()
  }
}

extension CurrentTerm: RecordForm {
  static var head: String { "term" }
  static var blank: CurrentTerm { CurrentTerm(sent: .spike) }
  static var fields: [TextField<Self>] { [TextField("sent", \.sent), TextField("factor", \.factor)] }
}

extension Connection: RecordForm {
  static var head: String { "connection" }
  static var blank: Connection {
    Connection(
      name: "", source: .input(0), sourceRange: 0..<0, target: 0, targetRange: 0..<0, signal: .spikes(port: 0),
      pattern: .all, weight: 0, delay: 0)
  }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("source", \.source), TextField("sourceRange", \.sourceRange),
      TextField("target", \.target), TextField("targetRange", \.targetRange), TextField("signal", \.signal),
      TextField("currents", \.currents),
      TextField("pattern", \.pattern), TextField("weight", \.weight), TextField("delay", \.delay),
      TextField("exactDelay", \.exactDelay), TextField("delayParameter", \.delayParameter),
      TextField("location", \.location),
    ]
  }
}

extension NetworkModel {
  /// What stands beside the graph: `network { … }`.
  static var head: String { "network" }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("step", \.step), TextField("isExact", \.isExact),
      TextField("timeSymbol", \.timeSymbol),
      TextField("stepSymbol", \.stepSymbol), TextField("parameters", \.parameters), TextField("inputs", \.inputs),
      TextField("populations", \.populations), TextField("connections", \.connections),
      TextField("rules", \.rules), TextField("conversion", \.conversion),
    ]
  }
}

extension Conversion: RecordForm {
  static var head: String { "conversion" }
  static var blank: Conversion { Conversion(task: "", normalisation: .data, percentile: 0) }
  static var fields: [TextField<Self>] {
    [
      TextField("task", \.task), TextField("normalisation", \.normalisation), TextField("percentile", \.percentile),
      TextField("populations", \.populations),
    ]
  }
}

extension Conversion.Normalisation: TextForm {}

extension NetworkModel: RecordForm {
  static var blank: NetworkModel { NetworkModel(name: "", step: 0) }
}
