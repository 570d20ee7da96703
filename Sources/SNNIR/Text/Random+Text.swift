extension RandomDraw.Kind: TextForm {}

extension RandomDraw: RecordForm {
  static var head: String { "random" }
  static var blank: RandomDraw { RandomDraw(.uniform, path: "", symbol: SymbolID(0)) }
  static var fields: [TextField<Self>] {
    [TextField("kind", \.kind), TextField("path", \.path), TextField("symbol", \.symbol)]
  }
}

extension Emission: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .probability(let value, let uniform): names.call("probability", (nil, value), ("uniform", uniform))
    case .counts(let mean, let uniform): names.call("counts", (nil, mean), ("uniform", uniform))
    case .graded(let value): names.call("graded", (nil, value))
    }
  }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "probability": self = .probability(try arguments.next(), uniform: try arguments.next("uniform"))
    case "counts": self = .counts(mean: try arguments.next(), uniform: try arguments.next("uniform"))
    case "graded": self = .graded(try arguments.next())
    default: throw tree.unexpected("what a population sends")
    }
    try arguments.end()
  }
}
