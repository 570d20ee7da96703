extension RecordedVariable: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .state(let index): names.call("state", (nil, index))
    case .letBinding(let index): names.call("let", (nil, index))
    case .spike: names.call("spike")
    case .beforeReset(let index): names.call("beforeReset", (nil, index))
    case .drive(let index): names.call("drive", (nil, index))
    case .output: names.call("output")
    case .hazard: names.call("hazard")
    }
  }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "state": self = .state(try arguments.next())
    case "let": self = .letBinding(try arguments.next())
    case "spike": self = .spike
    case "beforeReset": self = .beforeReset(try arguments.next())
    case "drive": self = .drive(try arguments.next())
    case "output": self = .output
    case "hazard": self = .hazard
    default: throw tree.unexpected("a recorded variable")
    }
    try arguments.end()
  }
}

extension SymbolKind: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .parameter(let index): names.call("parameter", (nil, index))
    case .alias: names.call("alias")
    case .state(let population, let index): names.call("state", (nil, population), (nil, index))
    case .nextState(let population, let index): names.call("nextState", (nil, population), (nil, index))
    case .flag(let population): names.call("flag", (nil, population))
    case .arrival(let population, let port): names.call("arrival", (nil, population), (nil, port))
    case .drive(let population, let index): names.call("drive", (nil, population), (nil, index))
    case .random(let population, let index): names.call("random", (nil, population), (nil, index))
    case .time: names.call("time")
    case .stepSize: names.call("stepSize")
    case .tickCount: names.call("tickCount")
    case .batchCount: names.call("batchCount")
    case .data(let index): names.call("data", (nil, index))
    case .recorded(let population, let variable): names.call("recorded", (nil, population), (nil, variable))
    case .metric(let score, let dataSet): names.call("metric", ("score", score), ("dataSet", dataSet))
    case .argument(let index): names.call("argument", (nil, index))
    case .temporary: names.call("temporary")
    }
  }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "parameter": self = .parameter(try arguments.next())
    case "alias": self = .alias
    case "state": self = .state(population: try arguments.next(), index: try arguments.next())
    case "nextState": self = .nextState(population: try arguments.next(), index: try arguments.next())
    case "flag": self = .flag(population: try arguments.next())
    case "arrival": self = .arrival(population: try arguments.next(), port: try arguments.next())
    case "drive": self = .drive(population: try arguments.next(), index: try arguments.next())
    case "random": self = .random(population: try arguments.next(), index: try arguments.next())
    case "time": self = .time
    case "stepSize": self = .stepSize
    case "tickCount": self = .tickCount
    case "batchCount": self = .batchCount
    case "data": self = .data(try arguments.next())
    case "recorded": self = .recorded(population: try arguments.next(), try arguments.next())
    case "metric": self = .metric(score: try arguments.next("score"), dataSet: try arguments.next("dataSet"))
    case "argument": self = .argument(try arguments.next())
    case "temporary": self = .temporary
    default: throw tree.unexpected("a kind of symbol")
    }
    try arguments.end()
  }
}

extension Reduction: TextForm {
  func text(_ names: TextNames) -> TextTree { .word("\(kind)[\(axis.text)]") }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .list, let kind = Kind.allCases.first(where: { "\($0)" == tree.text }) else {
      throw tree.unexpected("sum[axis], max[axis], min[axis], first[axis] or last[axis]")
    }
    self.init(kind, over: try Axes(words: tree.items))
  }
}
