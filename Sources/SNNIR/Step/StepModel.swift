/// One population after integration: everything that happens between tick n and tick n+1 as values over what is known
/// at tick n and what arrives. Made by `Integrate` from the hybrid stage.
///
/// The symbols (all of domain unit x sample x tick):
/// - `states[i].present`: X at tick n (all of step n done);
/// - `states[i].integrated`: X after step 1 (integration), what arrivals start from;
/// - `states[i].delivered`: X after step 2, what the threshold sees;
/// - `flag`: the spike flag of tick n (in `integrated`), `newFlag` that of tick n+1 (in `final`).
public struct StepModel: Sendable {
  public struct State: Sendable {
    public var name: String
    public var present: SymbolID
    public var integratedSymbol: SymbolID
    public var deliveredSymbol: SymbolID
    /// Over `present`, `flag`, drives, parameters (and `held` during refractoriness).
    public var integrated: ValueID
    /// Over `integratedSymbol` and arrivals.
    public var delivered: ValueID
    /// Over `deliveredSymbol` and `newFlag`.
    public var final: ValueID
    public var unit: DisplayUnit

    public init(
      name: String, present: SymbolID, integratedSymbol: SymbolID, deliveredSymbol: SymbolID, integrated: ValueID,
      delivered: ValueID, final: ValueID, unit: DisplayUnit
    ) {
      self.name = name
      self.present = present
      self.integratedSymbol = integratedSymbol
      self.deliveredSymbol = deliveredSymbol
      self.integrated = integrated
      self.delivered = delivered
      self.final = final
      self.unit = unit
    }
  }
  public var population: Int
  public var states: [State]
  public var flag: SymbolID
  public var newFlag: SymbolID
  public var arrivals: [SymbolID]
  public var drives: [SymbolID]
  /// left - right of `spike when`, over `deliveredSymbol`; nil where the neuron never spikes.
  public var margin: ValueID?
  /// What is sent where there is no margin, over `deliveredSymbol`.
  public var emission: Emission?
  public var draws: [RandomDraw] = []
  public var isStrict: Bool
  public var isCrossing: Bool
  /// Ticks without threshold test after a spike.
  public var refractoryTicks: Int
  /// Boolean over `refractoryCounter`: this step's held states are constants.
  public var refractoryCounter: SymbolID?
  /// States that make up the membrane (whose reset path `reset = cut` cuts).
  public var membrane: [Int]
  /// Which integrator was chosen and why, for `explain`.
  public var integrator: Integrator
  public var integratorReason: String

  public var sends: Bool { margin != nil || emission != nil }

  public init(
    population: Int, states: [State], flag: SymbolID, newFlag: SymbolID, arrivals: [SymbolID], drives: [SymbolID],
    margin: ValueID?, isStrict: Bool, isCrossing: Bool, refractoryTicks: Int, refractoryCounter: SymbolID?,
    membrane: [Int], integrator: Integrator, integratorReason: String
  ) {
    self.population = population
    self.states = states
    self.flag = flag
    self.newFlag = newFlag
    self.arrivals = arrivals
    self.drives = drives
    self.margin = margin
    self.isStrict = isStrict
    self.isCrossing = isCrossing
    self.refractoryTicks = refractoryTicks
    self.refractoryCounter = refractoryCounter
    self.membrane = membrane
    self.integrator = integrator
    self.integratorReason = integratorReason
  }
}
