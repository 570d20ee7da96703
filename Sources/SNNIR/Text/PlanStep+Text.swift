extension PlanStep: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .kernel(let kernel): kernel.text(names)
    case .zero(let buffer): names.call("zero", (nil, buffer))
    case .reduce(let reduction, let source, let destination, let accumulates):
      names.call(
        "reduce", (nil, reduction), (nil, source), ("into", destination), ("accumulates", accumulates))
    case .argreduce(let reduction, let source, let destination):
      names.call("argreduce", (nil, reduction), (nil, source), ("into", destination))
    case .draw(let kind, let path, let tickOffset, let into):
      names.call("draw", (nil, kind), (nil, path), ("at", tickOffset), ("into", into))
    case .extract(let population, let flags, let isGraded):
      names.call("extract", ("population", population), ("flags", flags), ("isGraded", isGraded))
    case .deliver(let connection, let delay, let into):
      names.call("deliver", ("connection", connection), ("delay", delay), ("into", into))
    case .deliverContinuous(let connection, let source, let tickOffset, let into):
      names.call(
        "deliverContinuous", ("connection", connection), ("source", source), ("at", tickOffset), ("into", into))
    case .deliverTransposed(let connection, let from, let tickOffset, let into, let accumulates):
      names.call(
        "deliverTransposed", ("connection", connection), ("from", from), ("at", tickOffset), ("into", into),
        ("accumulates", accumulates))
    case .outer(let connection, let delay, let adjoint):
      names.call("outer", ("connection", connection), ("delay", delay), ("adjoint", adjoint))
    case .outerContinuous(let connection, let source, let tickOffset, let adjoint):
      names.call(
        "outerContinuous", ("connection", connection), ("source", source), ("at", tickOffset), ("adjoint", adjoint))
    case .influence(let step): step.text(names)
    case .plasticity(let rule, let phase): names.call("plasticity", ("rule", rule), (nil, phase))
    }
  }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    if tree.form == .record {
      self = .kernel(try Kernel(tree, names))
      return
    }
    if let step = try InfluenceStep(tree, names) {
      self = .influence(step)
      return
    }
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "zero": self = .zero(try arguments.next())
    case "reduce":
      self = .reduce(
        try arguments.next(), source: try arguments.next(), destination: try arguments.next("into"),
        accumulates: try arguments.next("accumulates"))
    case "argreduce":
      self = .argreduce(try arguments.next(), source: try arguments.next(), destination: try arguments.next("into"))
    case "draw":
      self = .draw(
        try arguments.next(), path: try arguments.next(), tickOffset: try arguments.next("at"),
        into: try arguments.next("into"))
    case "extract":
      self = .extract(
        population: try arguments.next("population"), flags: try arguments.next("flags"),
        isGraded: try arguments.next("isGraded"))
    case "deliver":
      self = .deliver(
        connection: try arguments.next("connection"), delay: try arguments.next("delay"),
        into: try arguments.next("into"))
    case "deliverContinuous":
      self = .deliverContinuous(
        connection: try arguments.next("connection"), source: try arguments.next("source"),
        tickOffset: try arguments.next("at"), into: try arguments.next("into"))
    case "deliverTransposed":
      self = .deliverTransposed(
        connection: try arguments.next("connection"), from: try arguments.next("from"),
        tickOffset: try arguments.next("at"), into: try arguments.next("into"),
        accumulates: try arguments.next("accumulates"))
    case "outer":
      self = .outer(
        connection: try arguments.next("connection"), delay: try arguments.next("delay"),
        adjoint: try arguments.next("adjoint"))
    case "outerContinuous":
      self = .outerContinuous(
        connection: try arguments.next("connection"), source: try arguments.next("source"),
        tickOffset: try arguments.next("at"), adjoint: try arguments.next("adjoint"))
    case "plasticity": self = .plasticity(rule: try arguments.next("rule"), try arguments.next())
    default: throw tree.unexpected("a step of a plan")
    }
    try arguments.end()
  }
}
