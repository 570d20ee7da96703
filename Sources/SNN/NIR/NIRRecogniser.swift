import SNNIR

/// A population as one of NIR's neurons, found from its equations, whatever its names: constants of the flow are measured
/// at a few points and held against others.
struct NIRNeuron {
  var kind: String
  /// NIR's parameters by unit: times in seconds, the rest as the equations have it.
  var values: [String: [Double]] = [:]
  /// A constant input by unit.
  var bias: [Double]
  /// With a reset at the tick, and not at the crossing within it.
  var isClocked = false
  /// State that a unit that does not spike sends.
  var output: Int
}

/// Why a network is not one of NIR's.
struct NIRRefusal: Error {
  var reason: String
}

struct NIRRecogniser {
  let network: NetworkModel
  let population: HybridPopulation
  let index: Int
  /// The drive that connections feed, if any.
  let drive: Int?
  /// Values of all parameters of the network.
  let parameters: [[Double]]

  private func refused(_ why: String) -> NIRRefusal { NIRRefusal(reason: "population `\(population.name)` \(why)") }

  func neuron() throws -> NIRNeuron {
    guard population.emission == nil, population.draws.isEmpty else { throw refused("has chance or graded outputs") }
    guard population.refractory.map({ $0.ticks == 0 }) ?? true else { throw refused("has a refractory time") }
    let flows = population.flows.keys.sorted()
    guard flows.count == 1 || flows.count == 2 else {
      throw refused("has \(flows.count) equations; NIR's neurons have one or two")
    }
    let further = population.states.indices.filter { population.flows[$0] == nil }
    guard further.count <= 1, further.allSatisfy({ population.updates[$0] != nil }) else {
      throw refused("has states that no neuron of NIR has")
    }
    var result: NIRNeuron?
    for unit in 0..<population.size {
      let one = try flows.count == 1 ? simple(flows[0], unit, further.first) : cuba(flows, unit, further)
      guard var found = result else {
        result = one
        continue
      }
      guard found.kind == one.kind, found.isClocked == one.isClocked else { throw refused("has units of two kinds") }
      for (name, values) in one.values { found.values[name, default: []] += values }
      found.bias += one.bias
      result = found
    }
    guard let result else { throw refused("has no units") }
    return result
  }

  // MARK: Values

  private func value(_ id: ValueID, _ unit: Int, _ states: [Int: Double] = [:], _ input: Double = 0) throws -> Double {
    var known: [SymbolID: Double] = [network.stepSymbol: network.step, population.flag: 0]
    for (index, state) in population.states.enumerated() { known[state.symbol] = states[index] ?? 0 }
    for (index, symbol) in population.nextSymbols { known[symbol] = states[index] ?? 0 }
    for (index, own) in population.drives.enumerated() { known[own.symbol] = index == drive ? input : 0 }
    for (index, parameter) in network.parameters.enumerated() {
      let isOwn = parameter.shape == .perUnit(population: self.index)
      known[parameter.symbol] = isOwn ? parameters[index][unit] : parameters[index].first ?? 0
    }
    guard let found = Evaluate.values([id], in: network.graph, { known[$0] })[0], found.isFinite else {
      throw refused("has an equation that depends on time or on chance")
    }
    return found
  }

  private func agree(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * max(1, abs(a), abs(b)) }

  /// d(state)/dt = constant + slopes · states + gain · input.
  private func affine(_ state: Int, _ unit: Int) throws -> (constant: Double, slopes: [Int: Double], gain: Double) {
    guard let flow = population.flows[state] else { throw refused("lacks an equation") }
    let others = population.states.indices
    let constant = try value(flow, unit)
    var slopes: [Int: Double] = [:]
    for other in others { slopes[other] = try value(flow, unit, [other: 1]) - constant }
    let gain = try value(flow, unit, [:], 1) - constant
    let point = Dictionary(uniqueKeysWithValues: others.map { ($0, 1.75 - 0.625 * Double($0)) })
    let expected = constant + others.reduce(0) { $0 + slopes[$1]! * point[$1]! } - 0.375 * gain
    guard agree(try value(flow, unit, point, -0.375), expected) else {
      throw refused("has an equation that is not linear: d\(population.states[state].name)/dt")
    }
    return (constant, slopes, gain)
  }

  private func start(_ state: Int, _ unit: Int) throws -> Double {
    guard case .value(let id) = population.states[state].initial else { throw refused("draws its first values") }
    return try value(id, unit)
  }

  // MARK: One equation

  private func simple(_ v: Int, _ unit: Int, _ limit: Int?) throws -> NIRNeuron {
    let flow = try affine(v, unit)
    let slope = flow.slopes[v] ?? 0
    for (other, slope) in flow.slopes where other != v && slope != 0 {
      throw refused("lets `\(population.states[other].name)` flow into `\(population.states[v].name)`")
    }
    let first = try start(v, unit)
    var result = NIRNeuron(kind: "", bias: [0], output: v)
    if slope == 0 {
      guard population.guardCondition != nil else { throw refused("integrates without a leak and never spikes") }
      guard limit == nil, first == 0 else { throw refused("does not start at 0") }
      result.kind = "IF"
      result.values["r"] = [flow.gain * 1000]
      result.bias = [try bias(flow.constant, flow.gain)]
    } else {
      guard slope < 0 else { throw refused("grows by itself") }
      let tau = -1 / slope
      result.kind = population.guardCondition == nil ? "LI" : "LIF"
      result.values["tau"] = [tau / 1000]
      result.values["r"] = [flow.gain * tau]
      result.values["v_leak"] = [first]
      let rest = flow.constant * tau
      result.bias = [agree(rest, first) ? 0 : try bias(rest - first, flow.gain * tau)]
    }
    guard population.guardCondition != nil else {
      guard limit == nil else { throw refused("has states that no neuron of NIR has") }
      return result
    }
    let threshold = try threshold(v, unit)
    result.values["v_threshold"] = [threshold]
    if let limit {
      result.values["v_reset"] = [try resetAtCrossing(v, limit, unit, flow, -1 / slope, threshold)]
    } else {
      result.values["v_reset"] = [try reset(v, unit)]
      result.isClocked = true
    }
    return result
  }

  private func bias(_ constant: Double, _ gain: Double) throws -> Double {
    if constant == 0 { return 0 }
    guard gain != 0 else { throw refused("has a constant input and takes no other") }
    return constant / gain
  }

  // MARK: Two equations

  private func cuba(_ flows: [Int], _ unit: Int, _ further: [Int]) throws -> NIRNeuron {
    guard further.isEmpty else { throw refused("has states that no neuron of NIR has") }
    let both = try flows.map { try affine($0, unit) }
    guard let place = both.indices.first(where: { both[$0].slopes[flows[1 - $0]] == 0 }) else {
      throw refused("has two states that flow into each other")
    }
    let (i, v) = (flows[place], flows[1 - place])
    let (current, membrane) = (both[place], both[1 - place])
    guard membrane.gain == 0 else { throw refused("takes its input past the synaptic current") }
    guard let leak = current.slopes[i], leak < 0, let decay = membrane.slopes[v], decay < 0 else {
      throw refused("grows by itself")
    }
    let (synapse, tau) = (-1 / leak, -1 / decay)
    let rest = membrane.constant * tau
    guard try start(i, unit) == 0, agree(try start(v, unit), rest) else {
      throw refused("does not start at rest")
    }
    var result = NIRNeuron(
      kind: population.guardCondition == nil ? "CubaLI" : "CubaLIF",
      values: [
        "tau_syn": [synapse / 1000], "tau_mem": [tau / 1000], "r": [(membrane.slopes[i] ?? 0) * tau],
        "v_leak": [rest], "w_in": [current.gain * synapse],
      ], bias: [try bias(current.constant, current.gain)], isClocked: true, output: v)
    if population.guardCondition != nil {
      result.values["v_threshold"] = [try threshold(v, unit)]
      result.values["v_reset"] = [try reset(v, unit)]
    }
    return result
  }

  // MARK: Spikes

  private func threshold(_ v: Int, _ unit: Int) throws -> Double {
    guard let condition = population.guardCondition, condition.isStrict, !condition.isCrossing else {
      throw refused("tests its threshold by `>=` or at a crossing; NIR's neurons spike where v > v_threshold")
    }
    func margin(_ states: [Int: Double]) throws -> Double {
      try value(condition.left, unit, states) - value(condition.right, unit, states)
    }
    let base = try margin([:])
    let point = Dictionary(uniqueKeysWithValues: population.states.indices.map { ($0, 3.25 + Double($0)) })
    let slope = try margin([v: 1]) - base
    guard slope > 0, agree(try margin(point), base + slope * (point[v] ?? 0)) else {
      throw refused("has a threshold of more than `\(population.states[v].name)`")
    }
    return -base / slope
  }

  private func assigned(_ v: Int) throws -> ValueID {
    guard population.reset.count == 1, population.reset[0].state == v else {
      throw refused("resets something else than `\(population.states[v].name)` alone")
    }
    return population.reset[0].value
  }

  private func reset(_ v: Int, _ unit: Int) throws -> Double {
    let id = try assigned(v)
    let found = try value(id, unit)
    let point = Dictionary(uniqueKeysWithValues: population.states.indices.map { ($0, 2.5 - Double($0)) })
    guard agree(try value(id, unit, point), found) else {
      throw refused("does not reset to a value; NIR's neurons start again from v_reset")
    }
    return found
  }

  /// As `std.nir.LIF` has it: the second state is where v tends to.
  private func resetAtCrossing(
    _ v: Int, _ limit: Int, _ unit: Int, _ flow: (constant: Double, slopes: [Int: Double], gain: Double),
    _ tau: Double, _ threshold: Double
  ) throws -> Double {
    let id = try assigned(v)
    guard let update = population.updates[limit], try start(limit, unit) == (try start(v, unit)) else {
      throw refused("has states that no neuron of NIR has")
    }
    for input in [0.0, 1.5] where !agree(try value(update, unit, [:], input), (flow.constant + flow.gain * input) * tau)
    {
      throw refused("has states that no neuron of NIR has")
    }
    let found = try value(id, unit, [v: threshold, limit: threshold + 1])
    for (x, end) in [(threshold + 0.25, threshold + 2), (threshold + 0.5, threshold + 4)] {
      let expected = end + (found - end) * (x - end) / (threshold - end)
      guard agree(try value(id, unit, [v: x, limit: end]), expected) else {
        throw refused("does not reset to a value; NIR's neurons start again from v_reset")
      }
    }
    return found
  }
}
