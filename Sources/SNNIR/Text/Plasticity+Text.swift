extension SynapseOperand: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .weight: names.call("weight")
    case .state(let index): names.call("state", (nil, index))
    case .neuron(let side, let buffer): names.call("neuron", (nil, side), (nil, buffer))
    case .modulator(let buffer): names.call("modulator", (nil, buffer))
    case .weightSum(let side): names.call("weightSum", (nil, side))
    case .delivery: names.call("delivery")
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "weight": self = .weight
    case "state": self = .state(try arguments.next())
    case "neuron": self = .neuron(try arguments.next(), try arguments.next())
    case "modulator": self = .modulator(try arguments.next())
    case "weightSum": self = .weightSum(try arguments.next())
    case "delivery": self = .delivery
    default: throw tree.unexpected("an operand of a rule")
    }
    try arguments.end()
  }
}

extension SynapseEvent: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .start(let side): names.call("start", (nil, side))
    case .integrate(let side): names.call("integrate", (nil, side))
    case .pre(let side): names.call("pre", (nil, side))
    case .post(let side): names.call("post", (nil, side))
    case .every(let ticks, let side): names.call("every", ("ticks", ticks), (nil, side))
    case .deliver: names.call("deliver")
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "start": self = .start(try arguments.next())
    case "integrate": self = .integrate(try arguments.next())
    case "pre": self = .pre(try arguments.next())
    case "post": self = .post(try arguments.next())
    case "every": self = .every(ticks: try arguments.next("ticks"), try arguments.next())
    case "deliver": self = .deliver
    default: throw tree.unexpected("an event of a rule")
    }
    try arguments.end()
  }
}

extension PlasticityKernel: RecordForm {
  static var head: String { "on" }
  static var blank: PlasticityKernel {
    PlasticityKernel(event: .deliver, kernel: Kernel.blank)
  }
  static var fields: [TextField<Self>] { [TextField("event", \.event), TextField("kernel", \.kernel)] }
}

/// `bind(@STDP.x, state(0))`.
private struct OperandEntry: TextForm {
  var buffer: BufferID
  var operand: SynapseOperand

  func text(_ names: TextNames) -> TextTree { names.call("bind", (nil, buffer), (nil, operand)) }
  init(_ buffer: BufferID, _ operand: SynapseOperand) { (self.buffer, self.operand) = (buffer, operand) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "bind" else { throw tree.unexpected("bind(buffer, operand)") }
    (buffer, operand) = (try arguments.next(), try arguments.next())
    try arguments.end()
  }
}

extension PlasticityPlan: RecordForm {
  static var head: String { "plasticity" }
  static var blank: PlasticityPlan { PlasticityPlan(name: "", connection: 0) }
  private var entries: [OperandEntry] {
    get { operands.sorted { $0.key < $1.key }.map { OperandEntry($0.key, $0.value) } }
    set { operands = Dictionary(newValue.map { ($0.buffer, $0.operand) }) { $1 } }
  }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("connection", \.connection), TextField("states", \.states),
      TextField("operands", \.entries), TextField("kernels", \.kernels),
      TextField("lower", \.lower), TextField("upper", \.upper), TextField("location", \.location),
    ]
  }
}

extension PlasticityPhase: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .start: names.call("start")
    case .integrate: names.call("integrate")
    case .deliver(let into): names.call("deliver", ("into", into))
    case .learn: names.call("learn")
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "start": self = .start
    case "integrate": self = .integrate
    case "deliver": self = .deliver(into: try arguments.next("into"))
    case "learn": self = .learn
    default: throw tree.unexpected("a phase of a rule")
    }
    try arguments.end()
  }
}
