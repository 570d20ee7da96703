extension OptimiserSpec.Kind: TextForm {}

extension OptimiserSpec: RecordForm {
  static var head: String { "optimiser" }
  static var blank: OptimiserSpec { OptimiserSpec(.sgd, rate: 0) }
  static var fields: [TextField<Self>] {
    [
      TextField("kind", \.kind), TextField("rate", \.rate), TextField("momentum", \.momentum),
      TextField("beta1", \.beta1), TextField("beta2", \.beta2), TextField("epsilon", \.epsilon),
      TextField("weightDecay", \.weightDecay), TextField("clip", \.clip),
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

extension TaskModel: RecordForm {
  static var head: String { "task" }
  static var blank: TaskModel { TaskModel(name: "") }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("sources", \.sources), TextField("dataSets", \.dataSets),
      TextField("fields", \.fields), TextField("feeds", \.feeds), TextField("ticks", \.ticks),
      TextField("loss", \.loss), TextField("lossLocation", \.lossLocation), TextField("scores", \.scores),
      TextField("learning", \.learning), TextField("furtherRules", \.furtherRules),
      TextField("optimiser", \.optimiser), TextField("batch", \.batch),
      TextField("epochs", \.epochs), TextField("seed", \.seed),
      TextField("checkpoint", \.checkpoint), TextField("records", \.records),
      TextField("recordEvery", \.recordEvery), TextField("plots", \.plots),
      TextField("expectations", \.expectations), TextField("batchCount", \.batchCount), TextField("frozen", \.frozen),
    ]
  }
}
