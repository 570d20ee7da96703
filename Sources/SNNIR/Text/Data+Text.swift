extension DataSource.Value: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .number(let number): names.call("number", (nil, number))
    case .text(let text): names.call("text", (nil, text))
    case .word(let word): names.call("word", (nil, word))
    case .list(let numbers): names.call("list", (nil, numbers))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "number": self = .number(try arguments.next())
    case "text": self = .text(try arguments.next())
    case "word": self = .word(try arguments.next())
    case "list": self = .list(try arguments.next())
    default: throw tree.unexpected("number, text, word or list")
    }
    try arguments.end()
  }
}

extension DataSource.Split: RecordForm {
  static var head: String { "split" }
  static var blank: DataSource.Split { DataSource.Split(fraction: 0, seed: 0) }
  static var fields: [TextField<Self>] { [TextField("fraction", \.fraction), TextField("seed", \.seed)] }
}

extension DataSource: RecordForm {
  static var head: String { "source" }
  static var blank: DataSource { DataSource(kind: "") }
  static var fields: [TextField<Self>] {
    [
      TextField("kind", \.kind), TextField("positional", \.positional), TextField("named", \.named),
      TextField("split", \.split), TextField("location", \.location),
    ]
  }
}

extension DataSet: RecordForm {
  static var head: String { "set" }
  static var blank: DataSet { DataSet(name: "", source: 0, part: nil) }
  static var fields: [TextField<Self>] {
    [TextField("name", \.name), TextField("source", \.source), TextField("part", \.part)]
  }
}

extension FieldTransform: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .standardise: names.call("standardise")
    case .repeatUnits(let count): names.call("repeatUnits", (nil, count))
    case .oneHot(let classes): names.call("oneHot", (nil, classes))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "standardise": self = .standardise
    case "repeatUnits": self = .repeatUnits(try arguments.next())
    case "oneHot": self = .oneHot(try arguments.next())
    default: throw tree.unexpected("a transform of a field")
    }
    try arguments.end()
  }
}

extension DataField: RecordForm {
  static var head: String { "field" }
  static var blank: DataField { DataField(name: "", symbol: SymbolID(0)) }
  static var fields: [TextField<Self>] {
    [TextField("name", \.name), TextField("transforms", \.transforms), TextField("symbol", \.symbol)]
  }
}

extension Encoder: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .latency(let value, let over, let threshold):
      names.call("latency", (nil, value), ("over", over), ("threshold", threshold))
    case .rate(let value, let isFrozen): names.call("rate", (nil, value), ("frozen", isFrozen))
    case .at(let value): names.call("at", (nil, value))
    case .direct(let value): names.call("direct", (nil, value))
    case .hold(let value, let every): names.call("hold", (nil, value), ("every", every))
    case .linear(let value, let every): names.call("linear", (nil, value), ("every", every))
    case .delta(let value, let threshold): names.call("delta", (nil, value), ("threshold", threshold))
    case .events(let isCount): names.call("events", ("count", isCount))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "latency":
      self = .latency(
        try arguments.next(), over: try arguments.next("over"), threshold: try arguments.next("threshold"))
    case "rate": self = .rate(try arguments.next(), frozen: try arguments.next("frozen"))
    case "at": self = .at(try arguments.next())
    case "direct": self = .direct(try arguments.next())
    case "hold": self = .hold(try arguments.next(), every: try arguments.next("every"))
    case "linear": self = .linear(try arguments.next(), every: try arguments.next("every"))
    case "delta": self = .delta(try arguments.next(), threshold: try arguments.next("threshold"))
    case "events": self = .events(count: try arguments.next("count"))
    default: throw tree.unexpected("an encoder")
    }
    try arguments.end()
  }
}

extension Feed.Target: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .input(let index): names.call("input", (nil, index))
    case .drive(let population, let drive): names.call("drive", (nil, population), (nil, drive))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "input": self = .input(try arguments.next())
    case "drive": self = .drive(population: try arguments.next(), drive: try arguments.next())
    default: throw tree.unexpected("input or drive")
    }
    try arguments.end()
  }
}

extension Feed: RecordForm {
  static var head: String { "feed" }
  static var blank: Feed { Feed(target: .input(0), encoder: .events(count: false)) }
  static var fields: [TextField<Self>] {
    [TextField("target", \.target), TextField("encoder", \.encoder), TextField("location", \.location)]
  }
}
