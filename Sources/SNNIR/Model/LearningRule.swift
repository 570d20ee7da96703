/// Which of a neuron's own spikes' paths into its states the derivative follows.
public enum ResetPath: Hashable, Sendable {
  /// Cut into the membrane, kept into adaptation.
  case cut
  case keep
  /// Cut into every state.
  case cutAll
  /// Cut into these states only: (population, state).
  case cutStates([[Int]])
}

public enum SpikeMode: Hashable, Sendable {
  case hard, soft
  /// A threshold is a chance: a neuron spikes with the probability that its surrogate is the derivative of.
  case stochastic
}

/// In which direction of time a gradient is computed.
public enum CreditMode: String, Hashable, Sendable, CaseIterable {
  /// Adjoints from the last tick to the first.
  case backward
  /// The influence of every parameter carried along from the first tick to the last.
  case forward
  /// Central differences of the loss.
  case difference
  /// Adjoints from the last tick to the first at the spikes as they fell; what chance has to do with the parameters comes
  /// in by the derivative of the spikes' log-likelihood.
  case score
}

/// What stands for the transposed weights on the way of an error back from population to population. Paths from a
/// population to itself or around a loop are the business of `recurrence`.
public enum Feedback: Hashable, Sendable {
  /// The weights themselves.
  case symmetric
  /// Fixed random numbers, layer by layer; nil: drawn as the weights were. With a seed of their own, they do not change
  /// with that of the run (Lillicrap et al. 2016).
  case random(Distribution?, seed: UInt64?)
  /// Fixed random numbers from the populations that the loss reads straight to every other (Nøkland 2016).
  case direct(Distribution?, seed: UInt64?)
  /// The numbers of an HDF5 file, layer by layer: a dataset for each connection, called as its weights are.
  case file(String)
  /// The signs of the weights, times so much of the weights' unit.
  case sign(Double)
  /// The same number, in the weights' unit, for every synapse.
  case uniform(Double)
  /// Nothing but what readouts of their own bring.
  case local
}

/// A credit-assignment rule as a point in the space of choices.
public struct LearningRule: Hashable, Sendable {
  /// As written: `bptt`.
  public var name: String
  /// Parameters it changes; empty: every learnable one.
  public var parameters: [Int]
  /// By population.
  public var surrogates: [Surrogate]
  public var reset: ResetPath
  public var spikes: SpikeMode
  public var mode = CreditMode.backward
  /// Whether the derivative follows connections from a population to itself and around loops.
  public var keepsRecurrence = true
  public var feedback = Feedback.symmetric
  /// Populations that only read another for its local error; each is fed by that one alone.
  public var readouts: [Int] = []
  /// Losses beside the task's, which make gradients and are not reported.
  public var localLosses: [ValueID] = []
  /// Ticks between updates while the run goes on; nil: one update when it is over.
  public var updateEvery: Int?
  /// Whether the derivative follows states from tick to tick. Where not, the surrogate is a function of the state that
  /// arrivals are added to, the neuron's current (event-driven random back-propagation, Neftci et al. 2017).
  public var followsTime = true
  public var dataSet: Int?
  /// With exact spike times: what every weight into a silent neuron grows by, as a negative gradient per sample.
  public var bump = 0.0
  public var location: LocationID

  public init(
    name: String, parameters: [Int] = [], surrogates: [Surrogate], reset: ResetPath = .cut, spikes: SpikeMode = .hard,
    dataSet: Int? = nil, location: LocationID = .unknown
  ) {
    self.name = name
    self.parameters = parameters
    self.surrogates = surrogates
    self.reset = reset
    self.spikes = spikes
    self.dataSet = dataSet
    self.location = location
  }
}
