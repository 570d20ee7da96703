import SNNIR

extension GeneratedSets {
  /// Poisson spikes without labels: `sample` of shape `[sample, time, unit]`, 0 or 1.
  /// - Parameters:
  ///   - rate: spikes per second of each unit.
  ///   - step: ms per step.
  public static func poisson(
    samples: Int, units: Int, steps: Int, rate: Double, step: Double, seed: UInt64
  ) throws(DataError) -> Dataset {
    try check("poisson", ["samples": samples, "units": units, "steps": steps], shape: [samples, steps, units])
    return try Dataset(
      source: "poisson",
      fields: [("sample", try spikes("poisson", samples, steps, units, step, seed) { _, _, _ in rate })])
  }

  /// A frozen Poisson input and a target spike train of one unit with evenly spaced spikes (the single neuron of Zenke &
  /// Ganguli 2018, figure 2): `sample` of shape `[1, time, unit]` and `target` of shape `[1, time, 1]`, 0 or 1.
  /// - Parameter spikes: number of target spikes; spike k is in the middle of the k-th of as many equal parts.
  public static func spikeTarget(
    units: Int, steps: Int, rate: Double, spikes count: Int, step: Double, seed: UInt64
  ) throws(DataError) -> Dataset {
    try check("spike_target", ["units": units, "steps": steps, "spikes": count], shape: [1, steps, units])
    guard count <= steps else {
      throw .badArgument(name: "`spikes` of spike_target", found: "\(count)", expected: "at most one per step")
    }
    var target = [UInt8](repeating: 0, count: steps)
    for k in 0..<count { target[(2 * k + 1) * steps / (2 * count)] = 1 }
    return try Dataset(
      source: "spike_target",
      fields: [
        ("sample", try spikes("spike_target", 1, steps, units, step, seed) { _, _, _ in rate }),
        ("target", NDArray(unchecked: [1, steps, 1], .uint8(target), axes: ["sample", "time", "unit"])),
      ])
  }

  /// A frozen Poisson input and analog targets, each a sum of sines of 1, 2, 3 and 5 Hz with random amplitudes
  /// (0.5 … 2) and phases, scaled to ±1 (the pattern generation of Bellec et al. 2020): `sample` of shape
  /// `[sample, time, unit]`, `target` of shape `[sample, time, outputs]`; row n is the value at the step's end.
  public static func patternGeneration(
    samples: Int, units: Int, steps: Int, rate: Double, outputs: Int, step: Double, seed: UInt64
  ) throws(DataError) -> Dataset {
    try check(
      "pattern_generation", ["samples": samples, "units": units, "steps": steps, "outputs": outputs],
      shape: [samples, steps, max(units, outputs)])
    let draws = RandomStream(seed: seed, path: "pattern_generation.target")
    var target = [Double](repeating: 0, count: samples * steps * outputs)
    for sample in 0..<samples {
      for output in 0..<outputs {
        var most = 0.0
        for tick in 0..<steps {
          let time = Double(tick + 1) * step / 1000
          var value = 0.0
          for (k, frequency) in [1.0, 2, 3, 5].enumerated() {
            let amplitude = 0.5 + 1.5 * draws.uniform(index: 8 * output + 2 * k, sample: sample)
            let phase = draws.uniform(index: 8 * output + 2 * k + 1, sample: sample)
            value += amplitude * sine(2 * .pi * (frequency * time + phase))
          }
          target[(sample * steps + tick) * outputs + output] = value
          most = max(most, abs(value))
        }
        guard most > 0 else { continue }
        for tick in 0..<steps { target[(sample * steps + tick) * outputs + output] /= most }
      }
    }
    return try Dataset(
      source: "pattern_generation",
      fields: [
        ("sample", try spikes("pattern_generation", samples, steps, units, step, seed) { _, _, _ in rate }),
        (
          "target",
          try NDArray(shape: [samples, steps, outputs], target, axes: ["sample", "time", "unit"])
        ),
      ])
  }

  /// Times of the evidence task, in ms.
  public struct EvidenceTimes: Hashable, Sendable {
    public var cue: Double
    /// After each cue.
    public var gap: Double
    public var delay: Double
    public var recall: Double

    public init(cue: Double, gap: Double, delay: Double, recall: Double) {
      (self.cue, self.gap, self.delay, self.recall) = (cue, gap, delay, recall)
    }

    /// Steps of a sample with so many cues.
    public func steps(cues: Int, step: Double) -> Int {
      Int(((Double(cues) * (cue + gap) + delay + recall) / step).rounded())
    }
  }

  /// Evidence accumulation (Morcos & Harvey 2016, as in Bellec et al. 2020): `cues` cues left or right, a delay, a recall
  /// signal; which side had more? The first quarter of the units fires during left cues, the second during right ones,
  /// the third at the recall, the last as noise all along.
  /// - Parameters:
  ///   - cues: odd, so that one side has more. One side of each sample is likelier, by chance 0.7.
  ///   - rate: Hz of the units of a cue and of the recall; `noise`: of the last quarter.
  /// - Returns: `sample` of shape `[sample, time, unit]`, 0 or 1; `label`: 0 left, 1 right.
  public static func evidence(
    samples: Int, units: Int, cues: Int, times: EvidenceTimes, rate: Double, noise: Double, step: Double, seed: UInt64
  ) throws(DataError) -> Dataset {
    for (name, value) in [
      ("cue", times.cue), ("gap", times.gap), ("delay", times.delay), ("recall", times.recall),
    ] where !(value >= 0 && value.isFinite) {
      throw .badArgument(name: "`\(name)` of evidence", found: "\(value) ms", expected: "a time")
    }
    guard cues % 2 == 1, cues > 0, units >= 4, units % 4 == 0 else {
      throw .badArgument(
        name: "`cues` and `units` of evidence", found: "\(cues), \(units)",
        expected: "an odd number of cues, and four equal groups of units")
    }
    let steps = times.steps(cues: cues, step: step)
    try check("evidence", ["samples": samples, "steps": steps], shape: [samples, steps, units])
    let draws = RandomStream(seed: seed, path: "evidence.cue")
    let sides = (0..<samples).map { sample in
      let likelier = draws.uniform(index: cues, sample: sample) < 0.5
      return (0..<cues).map { (draws.uniform(index: $0, sample: sample) < 0.7) == likelier }
    }
    let period = times.cue + times.gap
    let recallFrom = Double(cues) * period + times.delay
    let array = try spikes("evidence", samples, steps, units, step, seed) { sample, tick, unit in
      let time = (Double(tick) + 0.5) * step
      switch unit * 4 / units {
      case 3: return noise
      case 2: return time >= recallFrom ? rate : 0
      case let group:
        let index = period > 0 ? Int(time / period) : cues
        guard index < cues, time - Double(index) * period < times.cue else { return 0 }
        return sides[sample][index] == (group == 1) ? rate : 0
      }
    }
    let labels = sides.map { Int32($0.filter { $0 }.count * 2 > cues ? 1 : 0) }
    return try Dataset(
      source: "evidence",
      fields: [("sample", array), ("label", NDArray(unchecked: [samples], .int32(labels), axes: ["sample"]))])
  }

  /// A spike in a step with probability rate · step.
  private static func spikes(
    _ set: String, _ samples: Int, _ steps: Int, _ units: Int, _ step: Double, _ seed: UInt64,
    rate: (_ sample: Int, _ tick: Int, _ unit: Int) -> Double
  ) throws(DataError) -> NDArray {
    let stream = RandomStream(seed: seed, path: set + ".sample")
    var flags = [UInt8](repeating: 0, count: samples * steps * units)
    for sample in 0..<samples {
      for tick in 0..<steps {
        for unit in 0..<units {
          let chance = rate(sample, tick, unit) * step / 1000
          guard chance >= 0, chance <= 1 else {
            throw .badArgument(
              name: "a rate of \(set)", found: "\(chance) spikes per step", expected: "from 0 to 1 spike per step")
          }
          guard chance > 0, stream.uniform(index: unit, sample: sample, tick: tick) < chance else { continue }
          flags[(sample * steps + tick) * units + unit] = 1
        }
      }
    }
    return NDArray(unchecked: [samples, steps, units], .uint8(flags), axes: ["sample", "time", "unit"])
  }
}
