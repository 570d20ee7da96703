extension SynapseSide: TextForm {}

extension SynapseState: RecordForm {
  static var head: String { "synapseState" }
  static var blank: SynapseState {
    SynapseState(name: "", symbol: SymbolID(0), side: .synapse, initial: .given([]))
  }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("symbol", \.symbol), TextField("side", \.side),
      TextField("initial", \.initial), TextField("unit", \.unit), TextField("location", \.location),
    ]
  }
}

extension SynapseTarget: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .weight: names.call("weight")
    case .state(let index): names.call("state", (nil, index))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "weight": self = .weight
    case "state": self = .state(try arguments.next())
    default: throw tree.unexpected("weight or state")
    }
    try arguments.end()
  }
}

extension SynapseAssignment: RecordForm {
  static var head: String { "assign" }
  static var blank: SynapseAssignment { SynapseAssignment(target: .weight, value: ValueID(0)) }
  static var fields: [TextField<Self>] {
    [TextField("target", \.target), TextField("value", \.value), TextField("location", \.location)]
  }
}

extension SynapseHandler.Event: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .pre: names.call("pre")
    case .post: names.call("post")
    case .every(let ticks): names.call("every", ("ticks", ticks))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "pre": self = .pre
    case "post": self = .post
    case "every": self = .every(ticks: try arguments.next("ticks"))
    default: throw tree.unexpected("pre, post or every")
    }
    try arguments.end()
  }
}

extension SynapseHandler: RecordForm {
  static var head: String { "on" }
  static var blank: SynapseHandler { SynapseHandler(event: .pre, body: []) }
  static var fields: [TextField<Self>] { [TextField("event", \.event), TextField("body", \.body)] }
}

extension SynapseInput: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch source {
    case .neuron(let side, let variable): names.call("neuron", (nil, symbol), (nil, side), (nil, variable))
    case .modulator(let value): names.call("modulator", (nil, symbol), (nil, value))
    case .weightSum(let side): names.call("weightSum", (nil, symbol), (nil, side))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    let symbol: SymbolID = try arguments.next()
    switch arguments.name {
    case "neuron": self.init(symbol: symbol, source: .neuron(try arguments.next(), try arguments.next()))
    case "modulator": self.init(symbol: symbol, source: .modulator(try arguments.next()))
    case "weightSum": self.init(symbol: symbol, source: .weightSum(try arguments.next()))
    default: throw tree.unexpected("neuron, modulator or weightSum")
    }
    try arguments.end()
  }
}

extension SynapseRule: RecordForm {
  static var head: String { "rule" }
  static var blank: SynapseRule { SynapseRule(name: "", connection: 0, weight: SymbolID(0)) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("connection", \.connection), TextField("weight", \.weight),
      TextField("states", \.states), TextField("inputs", \.inputs), TextField("flows", \.flows),
      TextField("updates", \.updates),
      TextField("handlers", \.handlers), TextField("deliver", \.deliver), TextField("lower", \.lower),
      TextField("upper", \.upper), TextField("location", \.location),
    ]
  }
}
