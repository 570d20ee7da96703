extension Surrogate.Shape: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .none: names.call("none")
    case .fastSigmoid(let slope): names.call("fastSigmoid", ("slope", slope))
    case .superspike(let beta): names.call("superspike", ("beta", beta))
    case .sigmoid(let slope): names.call("sigmoid", ("slope", slope))
    case .piecewiseLinear(let gain, let width): names.call("piecewiseLinear", ("gain", gain), ("width", width))
    case .exponential(let gain, let slope): names.call("exponential", ("gain", gain), ("slope", slope))
    case .arctan(let slope): names.call("arctan", ("slope", slope))
    case .gaussian(let deviation): names.call("gaussian", ("deviation", deviation))
    case .multiGaussian(let h, let deviation): names.call("multiGaussian", ("h", h), ("deviation", deviation))
    case .boxcar(let width): names.call("boxcar", ("width", width))
    case .straightThrough: names.call("straightThrough")
    case .leakyReLU(let width, let leak): names.call("leakyReLU", ("width", width), ("leak", leak))
    case .tanh(let slope): names.call("tanh", ("slope", slope))
    case .custom(let name, let value, let argument, let isPrimitive):
      names.call(
        "custom", (nil, name), ("value", value), ("argument", argument), ("isPrimitive", isPrimitive))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "none": self = .none
    case "fastSigmoid": self = .fastSigmoid(slope: try arguments.next("slope"))
    case "superspike": self = .superspike(beta: try arguments.next("beta"))
    case "sigmoid": self = .sigmoid(slope: try arguments.next("slope"))
    case "piecewiseLinear":
      self = .piecewiseLinear(gain: try arguments.next("gain"), width: try arguments.next("width"))
    case "exponential": self = .exponential(gain: try arguments.next("gain"), slope: try arguments.next("slope"))
    case "arctan": self = .arctan(slope: try arguments.next("slope"))
    case "gaussian": self = .gaussian(deviation: try arguments.next("deviation"))
    case "multiGaussian":
      self = .multiGaussian(h: try arguments.next("h"), deviation: try arguments.next("deviation"))
    case "boxcar": self = .boxcar(width: try arguments.next("width"))
    case "straightThrough": self = .straightThrough
    case "leakyReLU": self = .leakyReLU(width: try arguments.next("width"), leak: try arguments.next("leak"))
    case "tanh": self = .tanh(slope: try arguments.next("slope"))
    case "custom":
      self = .custom(
        name: try arguments.next(), value: try arguments.next("value"), argument: try arguments.next("argument"),
        isPrimitive: try arguments.next("isPrimitive"))
    default: throw tree.unexpected("a surrogate")
    }
    try arguments.end()
  }
}

extension Surrogate: RecordForm {
  static var head: String { "surrogate" }
  static var blank: Surrogate { Surrogate(.none) }
  static var fields: [TextField<Self>] { [TextField("shape", \.shape), TextField("scale", \.scale)] }
}
