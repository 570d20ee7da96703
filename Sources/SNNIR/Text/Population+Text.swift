extension StateVariable: RecordForm {
  static var head: String { "state" }
  static var blank: StateVariable { StateVariable(name: "", symbol: SymbolID(0), initial: .given([])) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("symbol", \.symbol), TextField("initial", \.initial),
      TextField("isPersistent", \.isPersistent), TextField("unit", \.unit), TextField("location", \.location),
    ]
  }
}

extension LetBinding: RecordForm {
  static var head: String { "let" }
  static var blank: LetBinding { LetBinding(name: "", symbol: SymbolID(0), value: ValueID(0), unit: .one) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("symbol", \.symbol), TextField("value", \.value), TextField("unit", \.unit),
    ]
  }
}

extension StateAssignment: RecordForm {
  static var head: String { "assign" }
  static var blank: StateAssignment { StateAssignment(state: 0, value: ValueID(0)) }
  static var fields: [TextField<Self>] {
    [TextField("state", \.state), TextField("value", \.value), TextField("location", \.location)]
  }
}

extension Port: RecordForm {
  static var head: String { "port" }
  static var blank: Port { Port(name: "", arrival: SymbolID(0), body: [], unit: .one) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("arrival", \.arrival), TextField("body", \.body), TextField("unit", \.unit),
    ]
  }
}

extension Drive: RecordForm {
  static var head: String { "drive" }
  static var blank: Drive { Drive(name: "", symbol: SymbolID(0), unit: .one) }
  static var fields: [TextField<Self>] {
    [TextField("name", \.name), TextField("symbol", \.symbol), TextField("unit", \.unit)]
  }
}

extension SpikeGuard: RecordForm {
  static var head: String { "guard" }
  static var blank: SpikeGuard { SpikeGuard(left: ValueID(0), right: ValueID(0), isStrict: false) }
  static var fields: [TextField<Self>] {
    [
      TextField("left", \.left), TextField("right", \.right), TextField("isStrict", \.isStrict),
      TextField("isCrossing", \.isCrossing), TextField("location", \.location),
    ]
  }
}

extension Refractory: RecordForm {
  static var head: String { "refractory" }
  static var blank: Refractory { Refractory(ticks: 0, held: []) }
  static var fields: [TextField<Self>] {
    [
      TextField("ticks", \.ticks), TextField("duration", \.duration), TextField("held", \.held),
      TextField("location", \.location),
    ]
  }
}

extension Integrator: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .auto: names.call("auto")
    case .exact: names.call("exact")
    case .exponentialEuler: names.call("exponentialEuler")
    case .euler: names.call("euler")
    case .heun: names.call("heun")
    case .rk4(let substeps): names.call("rk4", ("substeps", substeps))
    case .rk4Tolerance(let tolerance, let substeps):
      names.call("rk4Tolerance", (nil, tolerance), ("substeps", substeps))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "auto": self = .auto
    case "exact": self = .exact
    case "exponentialEuler": self = .exponentialEuler
    case "euler": self = .euler
    case "heun": self = .heun
    case "rk4": self = .rk4(substeps: try arguments.next("substeps"))
    case "rk4Tolerance": self = .rk4Tolerance(try arguments.next(), substeps: try arguments.next("substeps"))
    default: throw tree.unexpected("an integrator")
    }
    try arguments.end()
  }
}

extension HybridPopulation: RecordForm {
  static var head: String { "population" }
  static var blank: HybridPopulation {
    HybridPopulation(name: "", model: "", shape: [], extent: ExtentID(0), flag: SymbolID(0))
  }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("model", \.model), TextField("shape", \.shape),
      TextField("extent", \.extent), TextField("states", \.states), TextField("lets", \.lets),
      TextField("flows", \.flows), TextField("updates", \.updates), TextField("nextSymbols", \.nextSymbols),
      TextField("ports", \.ports), TextField("drives", \.drives), TextField("flag", \.flag),
      TextField("guardCondition", \.guardCondition), TextField("emission", \.emission), TextField("draws", \.draws),
      TextField("reset", \.reset),
      TextField("refractory", \.refractory), TextField("integrator", \.integrator), TextField("isRelay", \.isRelay),
      TextField("location", \.location),
    ]
  }
}
