extension StepModel.State: RecordForm {
  static var head: String { "state" }
  static var blank: StepModel.State {
    StepModel.State(
      name: "", present: SymbolID(0), integratedSymbol: SymbolID(0), deliveredSymbol: SymbolID(0),
      integrated: ValueID(0), delivered: ValueID(0), final: ValueID(0), unit: .one)
  }
  static var fields: [TextField<Self>] {
    [
      TextField("name", \.name), TextField("present", \.present), TextField("integratedSymbol", \.integratedSymbol),
      TextField("deliveredSymbol", \.deliveredSymbol), TextField("integrated", \.integrated),
      TextField("delivered", \.delivered), TextField("final", \.final), TextField("unit", \.unit),
    ]
  }
}

extension StepModel: RecordForm {
  static var head: String { "step" }
  static var blank: StepModel {
    StepModel(
      population: 0, states: [], flag: SymbolID(0), newFlag: SymbolID(0), arrivals: [], drives: [], margin: nil,
      isStrict: false, isCrossing: false, refractoryTicks: 0, refractoryCounter: nil, membrane: [], integrator: .auto,
      integratorReason: "")
  }
  static var fields: [TextField<Self>] {
    [
      TextField("population", \.population), TextField("integrator", \.integrator),
      TextField("integratorReason", \.integratorReason), TextField("flag", \.flag), TextField("newFlag", \.newFlag),
      TextField("arrivals", \.arrivals), TextField("drives", \.drives), TextField("states", \.states),
      TextField("margin", \.margin), TextField("emission", \.emission), TextField("draws", \.draws),
      TextField("isStrict", \.isStrict), TextField("isCrossing", \.isCrossing),
      TextField("refractoryTicks", \.refractoryTicks), TextField("refractoryCounter", \.refractoryCounter),
      TextField("membrane", \.membrane),
    ]
  }
}
