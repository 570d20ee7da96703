extension Buffer.Lifetime: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .chunk: names.call("chunk")
    case .ring(let length): names.call("ring", ("length", length))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "chunk": self = .chunk
    case "ring": self = .ring(length: try arguments.next("length"))
    default: throw tree.unexpected("chunk or ring")
    }
    try arguments.end()
  }
}

extension Buffer: RecordForm {
  fileprivate var span: TextSpan {
    get { TextSpan(axes: axes, extent: extent) }
    set { (axes, extent) = (newValue.axes, newValue.extent) }
  }
  static var head: String { "buffer" }
  static var blank: Buffer { Buffer(name: "", axes: [], extent: nil, isWide: false) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("over", \.span), TextField("isWide", \.isWide),
      TextField("isBoolean", \.isBoolean), TextField("lifetime", \.lifetime), TextField("influence", \.influence),
    ]
  }
}

/// `$U = @hidden.U` would need marks of its own: `in($U, @hidden.U, at: -1)`.
extension KernelInput: TextForm {
  func text(_ names: TextNames) -> TextTree {
    tickOffset == 0
      ? names.call("in", (nil, symbol), (nil, buffer))
      : names.call("in", (nil, symbol), (nil, buffer), ("at", tickOffset))
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "in" else { throw tree.unexpected("in(symbol, buffer)") }
    self.init(
      symbol: try arguments.next(), buffer: try arguments.next(),
      tickOffset: tree.items.count > 2 ? try arguments.next("at") : 0)
    try arguments.end()
  }
}

/// `out(%3, @hidden.U)` replaces, `add(%3, @hidden.U)` accumulates.
extension KernelOutput: TextForm {
  func text(_ names: TextNames) -> TextTree {
    let name = accumulates ? "add" : "out"
    return tickOffset == 0
      ? names.call(name, (nil, value), (nil, buffer))
      : names.call(name, (nil, value), (nil, buffer), ("at", tickOffset))
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "out" || arguments.name == "add" else {
      throw tree.unexpected("out(value, buffer) or add(value, buffer)")
    }
    self.init(
      value: try arguments.next(), buffer: try arguments.next(), accumulates: tree.text == "add",
      tickOffset: tree.items.count > 2 ? try arguments.next("at") : 0)
    try arguments.end()
  }
}

extension Kernel: RecordForm {
  fileprivate var span: TextSpan {
    get { TextSpan(axes: axes, extent: extent) }
    set { (axes, extent) = (newValue.axes, newValue.extent) }
  }
  static var head: String { "kernel" }
  static var blank: Kernel { Kernel(name: "", axes: [], extent: nil, isWide: false, inputs: [], outputs: []) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("over", \.span), TextField("isWide", \.isWide),
      TextField("inputs", \.inputs), TextField("outputs", \.outputs),
    ]
  }
}

extension Binding: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .parameter(let index): names.call("parameter", (nil, index))
    case .gradient(let index): names.call("gradient", (nil, index))
    case .initialState(let population, let state): names.call("initialState", (nil, population), (nil, state))
    case .carriedIn(let what): names.call("carriedIn", (nil, what))
    case .carriedOut(let what): names.call("carriedOut", (nil, what))
    case .data(let index): names.call("data", (nil, index))
    case .input(let index): names.call("input", (nil, index))
    case .drive(let population, let drive): names.call("drive", (nil, population), (nil, drive))
    case .time: names.call("time")
    case .stepSize: names.call("stepSize")
    case .tickCount: names.call("tickCount")
    case .batchCount: names.call("batchCount")
    case .loss: names.call("loss")
    case .score(let index): names.call("score", (nil, index))
    case .record(let index): names.call("record", (nil, index))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "parameter": self = .parameter(try arguments.next())
    case "gradient": self = .gradient(try arguments.next())
    case "initialState": self = .initialState(population: try arguments.next(), state: try arguments.next())
    case "carriedIn": self = .carriedIn(try arguments.next())
    case "carriedOut": self = .carriedOut(try arguments.next())
    case "data": self = .data(try arguments.next())
    case "input": self = .input(try arguments.next())
    case "drive": self = .drive(population: try arguments.next(), drive: try arguments.next())
    case "time": self = .time
    case "stepSize": self = .stepSize
    case "tickCount": self = .tickCount
    case "batchCount": self = .batchCount
    case "loss": self = .loss
    case "score": self = .score(try arguments.next())
    case "record": self = .record(try arguments.next())
    default: throw tree.unexpected("a binding")
    }
    try arguments.end()
  }
}

extension Plan: RecordForm {
  static var head: String { "plan" }
  static var blank: Plan { Plan(graph: Graph(), ticks: 0, step: 0) }
  static var fields: [TextField<Self>] {
    [
      TextField("ticks", \.ticks), TextField("step", \.step), TextField("needsSync", \.needsSync),
      TextField("carriesForward", \.carriesForward), TextField("goesOn", \.goesOn),
      TextField("carriedRows", \.carriedRows), TextField("window", \.window),
      TextField("parameters", \.parameters), TextField("inputs", \.inputs), TextField("populations", \.populations),
      TextField("connections", \.connections), TextField("signs", \.signs), TextField("ownSeeds", \.ownSeeds),
      TextField("rules", \.rules), TextField("plasticity", \.plasticity), TextField("bindings", \.bindings),
      TextField("once", \.once),
      TextField("start", \.start), TextField("tick", \.tick), TextField("sampleEnd", \.sampleEnd),
      TextField("batchEnd", \.batchEnd), TextField("batchEndReverse", \.batchEndReverse),
      TextField("sampleEndReverse", \.sampleEndReverse), TextField("reverseTick", \.reverseTick),
      TextField("reverseStart", \.reverseStart), TextField("reverseEnd", \.reverseEnd),
      TextField("chunkSums", \.chunkSums), TextField("onceReverse", \.onceReverse),
    ]
  }
}
