import SNNIR

/// Data sets that are computed, not read. Each depends on its arguments and its seed only.
public enum GeneratedSets {
  /// Random spike patterns with random labels (the companion task of Neftci, Mostafa & Zenke 2019): every unit fires
  /// as a Poisson process, at most once per step, and every sample is given one of `classes` labels.
  /// - Parameters:
  ///   - rate: spikes per second of each unit.
  ///   - step: milliseconds per step; a step has a spike with probability `rate * step / 1000`.
  /// - Returns: `sample` of shape `[sample, time, unit]`, 0 or 1 in bytes; `label`.
  public static func randomPatterns(
    samples: Int, units: Int, steps: Int, rate: Double, step: Double = 1, classes: Int = 2,
    seed: UInt64
  ) throws(DataError) -> Dataset {
    for (name, value) in [
      ("samples", samples), ("units", units), ("steps", steps), ("classes", classes),
    ]
    where value < 1 {
      throw .badArgument(
        name: "`\(name)` of random_patterns", found: "\(value)", expected: "at least 1")
    }
    let shape = [samples, steps, units]
    guard let count = NDArray.count(of: shape), count <= FileBytes.memory / 4 else {
      throw .tooLarge(file: "random_patterns", name: "sample", shape: shape)
    }
    let probability = rate * step / 1000
    guard probability >= 0, probability <= 1 else {
      throw .badArgument(
        name: "`rate` of random_patterns", found: "\(rate) Hz, \(probability) spikes per step",
        expected: "at most one spike per step")
    }
    let spikes = RandomStream(seed: seed, path: "random_patterns.sample")
    let bound = probability * 0x1p32
    var flags = [UInt8](repeating: 0, count: count)
    for sample in 0..<samples {
      for tick in 0..<steps {
        let row = (sample * steps + tick) * units
        for unit in 0..<units
        where Double(spikes.word(index: unit, sample: sample, tick: tick)) < bound {
          flags[row + unit] = 1
        }
      }
    }
    let draws = RandomStream(seed: seed, path: "random_patterns.label")
    let labels = (0..<samples).map {
      Int32(truncatingIfNeeded: draws.integer(below: classes, index: $0))
    }
    return try Dataset(
      source: "random_patterns",
      fields: [
        ("sample", NDArray(unchecked: shape, .uint8(flags), axes: ["sample", "time", "unit"])),
        ("label", NDArray(unchecked: [samples], .int32(labels), axes: ["sample"])),
      ])
  }
}
