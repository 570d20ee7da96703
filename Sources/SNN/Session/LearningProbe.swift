import SNNCalculus
import SNNIR
import SNNRuntime

/// What one batch says about how well a task can learn: activity, distances from threshold, surrogates and gradients.
public struct LearningProbe: Sendable {
  /// One population with a threshold.
  public struct Population: Sendable {
    public var name: String
    public var units: Int
    /// Mean firing rate, Hz, and the share of ticks with a spike.
    public var rate: Double
    public var spikesPerTick: Double
    /// Shares of units that never fire in the batch, and that fire in more than half of all ticks.
    public var silent: Double
    public var saturated: Double
    /// Mean and standard deviation of what is tested minus its threshold, and the unit it is shown in; nil where the
    /// threshold is not one number.
    public var margin: (mean: Double, deviation: Double)?
    public var unit: String
    /// Half the width of the surrogate at half its height, as `margin`; nil without one or where it has no width.
    public var surrogateWidth: Double?
    /// Share of (unit, tick) at which the surrogate is above a hundredth of its height.
    public var reach: Double?
    /// Whether its surrogate is zero everywhere.
    public var hasNoSurrogate: Bool
  }

  public struct Parameter: Sendable {
    public var name: String
    public var unit: String
    public var count: Int
    /// Root mean square of the values as they are trained, and of the gradient.
    public var size: Double
    public var gradient: Double
    /// Share of entries whose gradient is exactly 0.
    public var dead: Double
    public var isWeight: Bool
    /// Connections between its gradient and the loss, at least: 0 for what feeds a population that the loss reads.
    public var depth: Int
  }

  public var samples: Int
  public var ticks: Int
  public var loss: Double
  public var populations: [Population]
  public var parameters: [Parameter]
  public var optimiser: OptimiserSpec
  /// Inputs with the share of their units that get no spike in the batch.
  public var quietInputs: [(name: String, share: Double)]

  /// Numbers kept of the membranes at most.
  private static let mostNumbers = 40_000_000

  /// Runs the first batch of the set that the task learns from.
  public static func measure(
    _ model: Model, options: SessionOptions, prepare: (Session) throws -> Void = { _ in }
  ) throws -> LearningProbe {
    guard model.isTrainable, let rule = model.task.learning else {
      throw SNNError.model("the task does not learn: it needs `loss`, `learn` and something learnable")
    }
    let network = model.network
    var requests: [RecordRequest] = []
    for index in model.spiking {
      let population = network.populations[index]
      if let state = Self.testedState(population, network.graph) {
        requests.append(
          RecordRequest(
            name: "\(population.name).\(population.states[state].name)", population: index,
            variable: .beforeReset(state),
            unit: population.states[state].unit))
      }
      requests.append(
        RecordRequest(name: "\(population.name).spike", population: index, variable: .spike, unit: .one))
    }
    let session = try Session(model, options: options, gradient: true, records: requests)
    try prepare(session)
    let (source, all) = session.samples(of: session.trainingSet)
    let ticks = session.engine.plan.ticks
    let perSample = max(requests.reduce(0) { $0 + network.populations[$1.population].size } * (ticks + 1), 1)
    let count = min(max(options.batch ?? model.task.batch, 1), all.count, max(1, mostNumbers / perSample))
    let batch = try session.batch(source: source, samples: Array(all.prefix(count)), epoch: nil)
    let result: BatchResult
    do { result = try session.engine.run(batch, gradient: true, records: true) } catch {
      throw SNNError.wrapping(session.fault(error))
    }
    // A source draws what it sends: nothing in it learns.
    let neurons = model.spiking.filter { index in
      if case .counts = network.populations[index].emission { false } else { true }
    }
    let populations = neurons.map { index in
      population(index, requests, result, session, rule, samples: count, ticks: ticks)
    }
    let depths = model.depths
    let parameters = model.learnable.map { index -> Parameter in
      let parameter = network.parameters[index]
      let gradient = (result.gradients[index] ?? []).map { $0 * parameter.unit.scale }
      let values = session.engine.parameter(index).map { parameter.unit.fromInternal($0) }
      var isWeight = false
      if case .synapses = parameter.shape { isWeight = true }
      return Parameter(
        name: parameter.name, unit: parameter.unit.text, count: values.count, size: rms(values),
        gradient: rms(gradient),
        dead: gradient.isEmpty ? 1 : Double(gradient.count { $0 == 0 }) / Double(gradient.count), isWeight: isWeight,
        depth: depths[index] ?? 0)
    }
    return LearningProbe(
      samples: count, ticks: ticks, loss: result.loss ?? .nan, populations: populations, parameters: parameters,
      optimiser: model.task.optimiser, quietInputs: quiet(batch, network))
  }

  /// The state that the threshold is about.
  private static func testedState(_ population: HybridPopulation, _ graph: Graph) -> Int? {
    guard let test = population.guardCondition, graph[test.left].opcode == .load, let symbol = graph.symbol(test.left)
    else { return nil }
    return population.states.firstIndex { $0.symbol == symbol || population.nextSymbols.values.contains(symbol) }
  }

  private static func population(
    _ index: Int, _ requests: [RecordRequest], _ result: BatchResult, _ session: Session, _ rule: LearningRule,
    samples: Int, ticks: Int
  ) -> Population {
    let population = session.model.network.populations[index]
    let units = population.size
    let first = samples * units
    let spikePlace = requests.firstIndex { $0.population == index && $0.variable == .spike } ?? 0
    let flags = (result.records[spikePlace] ?? []).dropFirst(first)
    var counts = [Double](repeating: 0, count: units)
    for (place, flag) in flags.enumerated() where flag != 0 { counts[place % units] += 1 }
    let chances = Double(max(ticks * samples, 1))
    let perTick = counts.reduce(0, +) / chances / Double(max(units, 1))
    var answer = Population(
      name: population.name, units: units, rate: perTick / session.model.network.step * 1000, spikesPerTick: perTick,
      silent: Double(counts.count { $0 == 0 }) / Double(max(units, 1)),
      saturated: Double(counts.count { $0 > chances / 2 }) / Double(max(units, 1)), unit: "1", hasNoSurrogate: false)
    let surrogate = rule.surrogates.indices.contains(index) ? rule.surrogates[index] : Surrogate(.none)
    // Where chance decides, the probability has a derivative of its own.
    if surrogate.shape == .none, population.guardCondition != nil { answer.hasNoSurrogate = true }
    guard let place = requests.firstIndex(where: { $0.population == index && $0.variable != .spike }),
      let threshold = session.thresholdLevel(index)
    else { return answer }
    let unit = requests[place].unit
    answer.unit = unit.text
    let margins = (result.records[place] ?? []).dropFirst(first).map { $0 - threshold }
    guard !margins.isEmpty else { return answer }
    let mean = margins.reduce(0, +) / Double(margins.count)
    let variance = margins.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(margins.count)
    answer.margin = (mean / unit.scale, variance.squareRoot() / unit.scale)
    let curve = SurrogateCurve(surrogate, session.model.network.graph)
    answer.surrogateWidth = curve.halfWidth.map { $0 / unit.scale }
    if let reach = curve.reach {
      answer.reach = Double(margins.count { $0.magnitude <= reach }) / Double(margins.count)
    }
    return answer
  }

  private static func rms(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  private static func quiet(_ batch: Batch, _ network: NetworkModel) -> [(name: String, share: Double)] {
    zip(network.inputs, batch.inputs).compactMap { input, data in
      guard input.isSpikes, case .spikes(let spikes) = data else { return nil }
      let active = Set(spikes.units).count
      return (input.name, 1 - Double(active) / Double(max(input.size, 1)))
    }
  }
}

/// Where a surrogate stops being felt, in internal units, found on a logarithmic grid.
private struct SurrogateCurve {
  /// |margin| at which it has half its height.
  var halfWidth: Double?
  /// |margin| beyond which it stays below a hundredth of its height.
  var reach: Double?

  init(_ surrogate: Surrogate, _ original: Graph) {
    guard surrogate.shape != .none, surrogate.shape != .straightThrough else { return }
    func height(_ margin: Double) -> Double {
      var graph = original
      let z = graph.const(margin / surrogate.scale)
      let value = SurrogateTable.shape(surrogate.shape, at: z, in: &graph)
      return Evaluate.values([value], in: graph) { _ in nil }[0] ?? .nan
    }
    let top = height(0)
    guard top > 0, top.isFinite else { return }
    var margin = surrogate.scale * 1e-4
    for _ in 0..<140 {
      let share = height(margin) / top
      if share < 0.5, halfWidth == nil { halfWidth = margin }
      if share >= 0.01 { reach = nil } else if reach == nil { reach = margin }
      margin *= 1.1
    }
  }
}

extension Session {
  /// The level that a population's threshold test compares with, in internal units; nil where it is not one number.
  func thresholdLevel(_ population: Int) -> Double? {
    guard let test = model.network.populations[population].guardCondition else { return nil }
    let graph = model.network.graph
    return Evaluate.values([test.right], in: graph) { symbol in
      guard case .parameter(let parameter) = graph[symbol].kind else { return nil }
      let values = engine.parameter(parameter)
      return values.count == 1 ? values[0] : nil
    }[0]
  }
}

extension Model {
  /// By learnable weight: how many connections its gradient passes at least after it.
  fileprivate var depths: [Int: Int] {
    let read = Set(
      [task.loss].compactMap { $0 }.flatMap { network.graph.loadedSymbols([$0]) }.compactMap { symbol -> Int? in
        if case .recorded(let population, _) = network.graph[symbol].kind { return population }
        return nil
      })
    var distance = [Int: Int](uniqueKeysWithValues: read.map { ($0, 0) })
    for _ in network.populations {
      for connection in network.connections {
        guard case .population(let source) = connection.source, let after = distance[connection.target] else {
          continue
        }
        distance[source] = min(distance[source] ?? .max, after + 1)
      }
    }
    var result: [Int: Int] = [:]
    for connection in network.connections { result[connection.weight] = distance[connection.target] }
    return result
  }
}
