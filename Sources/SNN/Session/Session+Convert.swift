import SNNData
import SNNIR
import SNNRuntime

/// Weights of a converted network, from the rates that another has learned. With λ the scale of a population, a weight from
/// s to t becomes w λ_s / λ_t and a bias b / λ_t; inputs and populations that were not replaced have λ = 1. A unit that is
/// linear up to its rectifier then sends a / λ instead of a, so that what is read at the end is the same (Diehl et al. 2015,
/// *Fast-classifying, high-accuracy spiking deep networks through weight and threshold balancing*; Rueckauer et al. 2017,
/// *Conversion of continuous-valued deep networks to efficient event-driven networks for image classification*).
extension Session {
  /// Takes over what `rates` has learned, normalised, and keeps the scales in `activationScales`.
  /// - Throws: `SNNError.data` where a scale is 0 or a population does not scale with its weights.
  func convert(_ rates: Session, _ conversion: Conversion) throws {
    let populations = conversion.populations
    var scales = Array(repeating: 1.0, count: model.network.populations.count)
    if conversion.normalisation != .none {
      let probe = try Session(
        rates.model, options: rates.options,
        records: populations.map {
          RecordRequest(
            name: model.network.populations[$0].name, population: $0, variable: .output, unit: .one)
        })
      try probe.takeParameters(of: rates)
      switch conversion.normalisation {
      case .data:
        let activations = try probe.activations(upTo: Self.mostActivations)
        for (place, population) in populations.enumerated() {
          scales[population] = percentile(conversion.percentile, of: activations[place])
        }
      case .model:
        let bounds = try rates.activationBounds()
        for population in populations { scales[population] = bounds[population] }
      case .none: break
      }
      for population in populations where !(scales[population] > 0 && scales[population].isFinite) {
        let name = model.network.populations[population].name
        let what =
          conversion.normalisation == .data
          ? "percentile \(NumberText.significant(conversion.percentile)) of its activations in `\(conversion.task)`"
          : "the sum of its positive weights in `\(conversion.task)`"
        throw SNNError.data(
          "`\(name)` cannot be converted: \(what) is 0, and nothing can be divided by it; take a larger `percentile`, "
            + "or train that task further")
      }
      try probe.requireScaling(by: scales, of: populations, rates)
    }
    try takeParameters(of: rates, times: rates.factors(for: scales))
    activationScales = populations.map { (model.network.populations[$0].name, scales[$0]) }
  }

  /// Takes over a file of what the rates have learned, normalised; false where the file is of something else.
  func convert(file path: String) throws -> Bool {
    guard let conversion = model.network.conversion, let origin = model.origin, origin.task.name == conversion.task,
      let saved = try? Checkpoint(reading: path), saved.manifest.options["task"] == conversion.task
    else { return false }
    let rates = try session(of: origin)
    try rates.loadParameters(path)
    try convert(rates, conversion)
    return true
  }

  /// Numbers looked at of one population at most.
  private static let mostActivations = 20_000_000

  /// By parameter, what its values are multiplied by under scales of the populations.
  private func factors(for scales: [Double]) -> [Double] {
    let network = model.network
    var factors = Array(repeating: 1.0, count: network.parameters.count)
    for connection in network.connections {
      var factor = 1 / scales[connection.target]
      if case .population(let source) = connection.source { factor *= scales[source] }
      factors[connection.weight] = factor
    }
    for population in network.populations.indices {
      for index in parameters(of: population) { factors[index] = 1 / scales[population] }
    }
    return factors
  }

  /// Those of its neurons, such as `hidden.bias`.
  private func parameters(of population: Int) -> [Int] {
    let prefix = model.network.populations[population].name + "."
    let weights = Set(model.network.connections.flatMap { [$0.weight, $0.delayParameter ?? $0.weight] })
    return model.network.parameters.indices.filter {
      model.network.parameters[$0].name.hasPrefix(prefix) && !weights.contains($0)
    }
  }

  /// What the recorded populations send, over ticks, samples of the training set and units.
  private func activations(upTo most: Int) throws -> [[Double]] {
    let (source, samples) = samples(of: trainingSet)
    let size = batchSize
    var result = Array(repeating: [Double](), count: records.count)
    for start in stride(from: 0, to: samples.count, by: size) {
      let part = Array(samples[start..<min(start + size, samples.count)])
      let batch = try batch(source: source, samples: part, epoch: nil)
      let run: BatchResult
      do { run = try engine.run(batch, records: true) } catch { throw SNNError.wrapping(fault(error)) }
      for (place, record) in records.enumerated() {
        // Row 0 is the initial state.
        let row = part.count * model.network.populations[record.population].size
        result[place] += (run.records[place] ?? []).dropFirst(row)
      }
      if result.contains(where: { $0.count >= most }) { break }
    }
    return result
  }

  /// By population: what no unit can be above while inputs are at most 1 and every unit passes on at most what arrives
  /// and its bias, in the order in which rates go through the network.
  private func activationBounds() throws -> [Double] {
    let network = model.network
    var bounds: [Double?] = Array(repeating: nil, count: network.populations.count)
    var missing = Array(network.populations.indices)
    while !missing.isEmpty {
      let ready = missing.filter { population in
        network.connections.allSatisfy { connection in
          guard connection.target == population, case .population(let source) = connection.source else { return true }
          return bounds[source] != nil
        }
      }
      guard !ready.isEmpty else {
        throw SNNError.data(
          "`normalise = model` needs layers that do not feed back into one another; use `normalise = data`")
      }
      for population in ready { bounds[population] = try bound(of: population, bounds) }
      missing.removeAll { ready.contains($0) }
    }
    return bounds.map { $0 ?? 0 }
  }

  private func bound(of population: Int, _ bounds: [Double?]) throws -> Double {
    let network = model.network
    let size = network.populations[population].size
    var sums = Array(repeating: 0.0, count: size)
    for (index, connection) in network.connections.enumerated() where connection.target == population {
      var most = 1.0
      if case .population(let source) = connection.source { most = bounds[source] ?? 0 }
      let weights = engine.parameter(connection.weight)
      let (first, sources, targets) = (
        connection.targetRange.lowerBound, connection.sourceRange.count, connection.targetRange.count
      )
      func weight(_ place: Int) -> Double { max(weights.count == 1 ? weights[0] : weights[place], 0) * most }
      switch connection.pattern {
      case .oneToOne: for unit in 0..<targets { sums[first + unit] += weight(unit) }
      case .all:
        for unit in 0..<targets {
          for source in 0..<sources { sums[first + unit] += weight(unit * sources + source) }
        }
      case .sparse:
        guard let relation = engine.plan.relations[index] else { continue }
        for (synapse, target) in relation.targets.enumerated() {
          sums[first + Int(target)] += weight(relation.slots.map { Int($0[synapse]) } ?? synapse)
        }
      }
    }
    // What a rectified unit has besides its inputs is added to them.
    for place in parameters(of: population) {
      let values = engine.parameter(place)
      for unit in 0..<size { sums[unit] += max(values.count == 1 ? values[0] : values[unit], 0) }
    }
    return sums.max() ?? 0
  }

  /// Runs one batch with normalised weights: activations must be those of before over their scales.
  private func requireScaling(by scales: [Double], of populations: [Int], _ rates: Session) throws {
    let before = try activations(upTo: 1)
    try takeParameters(of: rates, times: rates.factors(for: scales))
    let after = try activations(upTo: 1)
    let tolerance = options.precision == .f32 ? 1e-3 : 1e-9
    for (place, population) in populations.enumerated() {
      let name = model.network.populations[population].name
      let largest = before[place].reduce(scales[population]) { max($0, abs($1)) }
      let worst = zip(before[place], after[place]).reduce(0) { max($0, abs($1.0 - scales[population] * $1.1)) }
      guard worst <= tolerance * largest else {
        throw SNNError.data(
          "`\(name)` cannot be normalised: with weights and parameters divided by \(scales[population]) it does not send "
            + "that much less; its neuron must be linear up to a rectifier, as `emit relu(a)`, or `normalise = none`")
      }
    }
  }
}

/// By linear interpolation between the sorted values, as NumPy's default.
private func percentile(_ percent: Double, of values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  let place = percent / 100 * Double(sorted.count - 1)
  let low = min(Int(place), sorted.count - 1)
  let high = min(low + 1, sorted.count - 1)
  return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
}
