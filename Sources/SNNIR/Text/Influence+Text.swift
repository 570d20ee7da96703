extension ParameterSet: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .synapses(let connection): names.call("synapses", (nil, connection))
    case .sources(let connection): names.call("sources", (nil, connection))
    case .units(let population): names.call("units", (nil, population))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "synapses": self = .synapses(connection: try arguments.next())
    case "sources": self = .sources(connection: try arguments.next())
    case "units": self = .units(population: try arguments.next())
    default: throw tree.unexpected("synapses, sources or units")
    }
    try arguments.end()
  }
}

extension InfluenceTerm: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch coefficient {
    case .number(let value): names.call("scaled", (nil, value), (nil, influence))
    case .buffer(let buffer): names.call("times", (nil, buffer), (nil, influence))
    case .shared(let buffer): names.call("timesShared", (nil, buffer), (nil, influence))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "scaled": self.init(.number(try arguments.next()), try arguments.next())
    case "times": self.init(.buffer(try arguments.next()), try arguments.next())
    case "timesShared": self.init(.shared(try arguments.next()), try arguments.next())
    default: throw tree.unexpected("scaled(number, influence), times(buffer, influence) or timesShared")
    }
    try arguments.end()
  }
}

extension InfluenceRow: TextForm {
  func text(_ names: TextNames) -> TextTree { names.call("row", (nil, destination), (nil, terms)) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "row" else { throw tree.unexpected("row(destination, terms)") }
    self.init(try arguments.next(), try arguments.next())
    try arguments.end()
  }
}

extension InfluenceStep {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .spikes(let connection, let delay, let into):
      names.call("influenceOfSpikes", ("connection", connection), ("delay", delay), ("into", into))
    case .signal(let connection, let source, let offset, let into):
      names.call(
        "influenceOfSignal", ("connection", connection), ("source", source), ("at", offset), ("into", into))
    case .values(let values, let into): names.call("influenceOfValues", (nil, values), ("into", into))
    case .spread(let connection, let from, let offset, let into):
      names.call("spread", ("connection", connection), ("from", from), ("at", offset), ("into", into))
    case .pass(let from, let offset, let into): names.call("pass", ("from", from), ("at", offset), ("into", into))
    case .combine(let rows): names.call("combine", (nil, rows))
    case .collect(let terms, let set, let into):
      names.call("collect", (nil, terms), ("set", set), ("into", into))
    }
  }

  /// nil where the head is that of another step.
  init?(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "influenceOfSpikes":
      self = .spikes(
        connection: try arguments.next("connection"), delay: try arguments.next("delay"),
        into: try arguments.next("into"))
    case "influenceOfSignal":
      self = .signal(
        connection: try arguments.next("connection"), source: try arguments.next("source"),
        tickOffset: try arguments.next("at"), into: try arguments.next("into"))
    case "influenceOfValues": self = .values(try arguments.next(), into: try arguments.next("into"))
    case "spread":
      self = .spread(
        connection: try arguments.next("connection"), from: try arguments.next("from"),
        tickOffset: try arguments.next("at"), into: try arguments.next("into"))
    case "pass":
      self = .pass(
        from: try arguments.next("from"), tickOffset: try arguments.next("at"), into: try arguments.next("into"))
    case "combine": self = .combine(try arguments.next())
    case "collect":
      self = .collect(try arguments.next(), set: try arguments.next("set"), into: try arguments.next("into"))
    default: return nil
    }
    try arguments.end()
  }
}
