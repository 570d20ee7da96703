extension Placement: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .grid(let shape, let spacing): names.call("grid", ("shape", shape), ("spacing", spacing))
    case .uniform(let sides, let path): names.call("uniform", ("sides", sides), ("path", path))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "grid": self = .grid(shape: try arguments.next("shape"), spacing: try arguments.next("spacing"))
    case "uniform": self = .uniform(sides: try arguments.next("sides"), path: try arguments.next("path"))
    default: throw tree.unexpected("grid or uniform")
    }
    try arguments.end()
  }
}

extension Geometry: TextForm {
  func text(_ names: TextNames) -> TextTree {
    names.call(
      "geometry", ("sources", sources), ("targets", targets), ("isPeriodic", isPeriodic), ("distance", distance),
      ("delay", delay))
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "geometry" else { throw tree.unexpected("geometry") }
    self.init(
      sources: try arguments.next("sources"), targets: try arguments.next("targets"),
      isPeriodic: try arguments.next("isPeriodic"), distance: try arguments.next("distance"),
      delay: try arguments.next("delay"))
    try arguments.end()
  }
}
