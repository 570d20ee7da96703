extension OptimiserSpec.Kind: TextForm {}

extension Plasticity: TextForm {}

extension RateSchedule: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .cosine(let floor): names.call("cosine", ("floor", floor))
    case .stepDecay(let factor, let every): names.call("stepDecay", ("factor", factor), ("every", every))
    case .warmup(let over): names.call("warmup", ("over", over))
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "cosine": self = .cosine(floor: try arguments.next("floor"))
    case "stepDecay": self = .stepDecay(factor: try arguments.next("factor"), every: try arguments.next("every"))
    case "warmup": self = .warmup(over: try arguments.next("over"))
    default: throw tree.unexpected("a schedule")
    }
    try arguments.end()
  }
}

extension Validation.Kept: TextForm {
  func text(_ names: TextNames) -> TextTree {
    switch self {
    case .last: names.call("last")
    case .best(let score): names.call("best", ("score", score))
    case .leastLoss: names.call("leastLoss")
    }
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    switch arguments.name {
    case "last": self = .last
    case "best": self = .best(score: try arguments.next("score"))
    case "leastLoss": self = .leastLoss
    default: throw tree.unexpected("last, best or leastLoss")
    }
    try arguments.end()
  }
}

extension Validation: RecordForm {
  static var head: String { "validation" }
  static var blank: Validation { Validation(dataSet: 0) }
  static var fields: [TextField<Self>] { [TextField("dataSet", \.dataSet), TextField("keeps", \.keeps)] }
}

extension OptimiserSpec: RecordForm {
  static var head: String { "optimiser" }
  static var blank: OptimiserSpec { OptimiserSpec(.sgd, rate: 0) }
  static var fields: [TextField<Self>] {
    [
      TextField("kind", \.kind), TextField("rate", \.rate), TextField("momentum", \.momentum),
      TextField("beta1", \.beta1), TextField("beta2", \.beta2), TextField("epsilon", \.epsilon),
      TextField("weightDecay", \.weightDecay), TextField("clip", \.clip),
      TextField("schedule", \.schedule),
    ]
  }
}

extension Score: RecordForm {
  static var head: String { "score" }
  static var blank: Score { Score(name: "", value: ValueID(0)) }
  static var fields: [TextField<Self>] {
    [TextField("name", \.name), TextField("value", \.value), TextField("location", \.location)]
  }
}

extension RecordRequest: RecordForm {
  static var head: String { "record" }
  static var blank: RecordRequest { RecordRequest(name: "", population: 0, variable: .spike, unit: .one) }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("population", \.population), TextField("variable", \.variable),
      TextField("unit", \.unit),
    ]
  }
}

extension Expectation: RecordForm {
  static var head: String { "expect" }
  static var blank: Expectation { Expectation(text: "", condition: ValueID(0)) }
  static var fields: [TextField<Self>] {
    [
      TextField("text", \.text), TextField("condition", \.condition), TextField("measured", \.measured),
      TextField("location", \.location),
    ]
  }
}

extension ForcedSpikes: RecordForm {
  static var head: String { "forced" }
  static var blank: ForcedSpikes { ForcedSpikes(population: 0, spikes: ValueID(0)) }
  static var fields: [TextField<Self>] {
    [TextField("population", \.population), TextField("spikes", \.spikes)]
  }
}

extension SampleDuration: RecordForm {
  static var head: String { "duration" }
  static var blank: SampleDuration { SampleDuration(value: ValueID(0), field: 0) }
  static var fields: [TextField<Self>] { [TextField("value", \.value), TextField("field", \.field)] }
}

extension TaskModel: RecordForm {
  static var head: String { "task" }
  static var blank: TaskModel { TaskModel(name: "") }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("sources", \.sources), TextField("dataSets", \.dataSets),
      TextField("fields", \.fields), TextField("feeds", \.feeds), TextField("ticks", \.ticks),
      TextField("duration", \.duration),
      TextField("loss", \.loss), TextField("lossLocation", \.lossLocation), TextField("scores", \.scores),
      TextField("learning", \.learning), TextField("furtherRules", \.furtherRules),
      TextField("optimiser", \.optimiser), TextField("batch", \.batch),
      TextField("epochs", \.epochs), TextField("seed", \.seed),
      TextField("checkpoint", \.checkpoint), TextField("records", \.records),
      TextField("recordEvery", \.recordEvery), TextField("plots", \.plots),
      TextField("expectations", \.expectations), TextField("batchCount", \.batchCount), TextField("frozen", \.frozen),
      TextField("validation", \.validation), TextField("startFrom", \.startFrom),
      TextField("forced", \.forced), TextField("goesOn", \.goesOn),
      TextField("plasticity", \.plasticity),
    ]
  }
}
