extension Carried: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .state(let population, let state): names.call("state", (nil, population), (nil, state))
    case .flag(let population): names.call("flag", (nil, population))
    case .refractory(let population): names.call("refractory", (nil, population))
    case .above(let population): names.call("above", (nil, population))
    case .variable(let population, let variable): names.call("variable", (nil, population), (nil, variable))
    case .input(let index): names.call("input", (nil, index))
    case .modulator(let index): names.call("modulator", (nil, index))
    case .trace(let rule, let state): names.call("trace", (nil, rule), (nil, state))
    case .spikes(let population): names.call("spikes", (nil, population))
    case .inputSpikes(let index): names.call("inputSpikes", (nil, index))
    case .time: names.call("time")
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "state": self = .state(population: try arguments.next(), state: try arguments.next())
    case "flag": self = .flag(try arguments.next())
    case "refractory": self = .refractory(try arguments.next())
    case "above": self = .above(try arguments.next())
    case "variable": self = .variable(population: try arguments.next(), try arguments.next())
    case "input": self = .input(try arguments.next())
    case "modulator": self = .modulator(try arguments.next())
    case "trace": self = .trace(rule: try arguments.next(), state: try arguments.next())
    case "spikes": self = .spikes(population: try arguments.next())
    case "inputSpikes": self = .inputSpikes(try arguments.next())
    case "time": self = .time
    default: throw tree.unexpected("what goes on into the next sample")
    }
    try arguments.end()
  }
}

extension CarriedRows: TextForm {
  func text(_ names: TextNames) -> TextTree {
    names.call("rows", (nil, what), (nil, buffer), (nil, first), (nil, last))
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "rows" else { throw tree.unexpected("rows") }
    what = try arguments.next()
    buffer = try arguments.next()
    first = try arguments.next()
    last = try arguments.next()
    try arguments.end()
  }
}
