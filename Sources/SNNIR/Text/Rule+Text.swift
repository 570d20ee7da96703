extension ResetPath: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .cut: names.call("cut")
    case .keep: names.call("keep")
    case .cutAll: names.call("cutAll")
    case .cutStates(let pairs): names.call("cutStates", (nil, pairs))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "cut": self = .cut
    case "keep": self = .keep
    case "cutAll": self = .cutAll
    case "cutStates": self = .cutStates(try arguments.next())
    default: throw tree.unexpected("a reset path")
    }
    try arguments.end()
  }
}

extension SpikeMode: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .hard: names.call("hard")
    case .soft: names.call("soft")
    case .stochastic: names.call("stochastic")
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    let arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "hard": self = .hard
    case "soft": self = .soft
    case "stochastic": self = .stochastic
    default: throw tree.unexpected("hard, soft or stochastic")
    }
    try arguments.end()
  }
}

extension CreditMode: TextForm {
  static var absent: CreditMode? { .backward }
}

extension Feedback: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .symmetric: names.call("symmetric")
    case .random(let distribution, let seed): names.call("random", (nil, distribution), ("seed", seed))
    case .direct(let distribution, let seed): names.call("direct", (nil, distribution), ("seed", seed))
    case .file(let path): names.call("file", (nil, path))
    case .sign(let size): names.call("sign", (nil, size))
    case .uniform(let size): names.call("uniform", (nil, size))
    case .local: names.call("local")
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "symmetric": self = .symmetric
    case "random": self = .random(try arguments.next(), seed: try arguments.next("seed"))
    case "direct": self = .direct(try arguments.next(), seed: try arguments.next("seed"))
    case "file": self = .file(try arguments.next())
    case "sign": self = .sign(try arguments.next())
    case "uniform": self = .uniform(try arguments.next())
    case "local": self = .local
    default: throw tree.unexpected("a kind of feedback")
    }
    try arguments.end()
  }
  static var absent: Feedback? { .symmetric }
}

extension LearningRule: RecordForm {
  // Written where they differ from what is usual.
  fileprivate var cutsRecurrence: Bool {
    get { !keepsRecurrence }
    set { keepsRecurrence = !newValue }
  }
  fileprivate var stopsTime: Bool {
    get { !followsTime }
    set { followsTime = !newValue }
  }
  static var head: String { "learn" }
  static var blank: LearningRule { LearningRule(name: "", surrogates: []) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("parameters", \.parameters), TextField("surrogates", \.surrogates),
      TextField("reset", \.reset), TextField("spikes", \.spikes), TextField("dataSet", \.dataSet),
      TextField("bump", \.bump),
      TextField("mode", \.mode), TextField("cutsRecurrence", \.cutsRecurrence), TextField("feedback", \.feedback),
      TextField("readouts", \.readouts), TextField("localLosses", \.localLosses),
      TextField("updateEvery", \.updateEvery), TextField("stopsTime", \.stopsTime), TextField("location", \.location),
    ]
  }
}
