import SNNIR

extension GeneratedSets {
  /// The Yin-Yang set (Kriener, Göltz & Petrovici 2022): points of a disc in three classes (0 yin, 1 yang, 2 dot), drawn
  /// with NumPy's legacy generator, so that seeds 42, 41 and 40 with 5000, 1000 and 1000 samples are the published
  /// training, validation and test sets.
  /// - Returns: `sample` of shape `[sample, unit]`: x, y, 1 - x, 1 - y, each in 0 … 1; `label`.
  public static func yinYang(samples: Int, seed: UInt64) throws(DataError) -> Dataset {
    try check("yin_yang", ["samples": samples], shape: [samples, 4])
    guard let seed = UInt32(exactly: seed) else {
      throw .badArgument(name: "`seed` of yin_yang", found: "\(seed)", expected: "at most 4294967295")
    }
    let (small, big) = (0.1, 0.5)
    var random = MersenneTwister(seed: seed)
    func distance(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
    func kind(_ x: Double, _ y: Double) -> UInt32 {
      let right = distance(x - 1.5 * big, y - big)
      let left = distance(x - 0.5 * big, y - big)
      if right < small || left < small { return 2 }
      let isYin = right <= small || (left > small && left <= 0.5 * big) || (y > big && right > 0.5 * big)
      return isYin ? 1 : 0
    }
    var points: [Double] = []
    var labels: [Int32] = []
    for _ in 0..<samples {
      // The class first, then points until one is of that class.
      let goal = random.integer(below: 3)
      while true {
        let x = random.uniform() * 2 * big
        let y = random.uniform() * 2 * big
        if distance(x - big, y - big) > big || kind(x, y) != goal { continue }
        points += [x, y, 1 - x, 1 - y]
        labels.append(Int32(goal))
        break
      }
    }
    return try labelled("yin_yang", [samples, 4], points, labels)
  }

  /// The four cases of XOR in spike times (Mostafa 2018): a unit that is 0 fires `early`, one that is 1 fires `late`;
  /// a third unit always fires `early`, the reference for the other two.
  /// - Returns: `sample` of shape `[4, 3]`, times in ms; `label`: 1 where exactly one of the two is late.
  public static func xorInTime(early: Double, late: Double) throws(DataError) -> Dataset {
    guard early >= 0, late > early, late.isFinite else {
      throw .badArgument(
        name: "`early` and `late` of xor_in_time", found: "\(early) ms, \(late) ms", expected: "0 <= early < late")
    }
    let cases = [(0, 0), (0, 1), (1, 0), (1, 1)]
    let times = cases.flatMap { [$0.0 == 0 ? early : late, $0.1 == 0 ? early : late, early] }
    return try labelled("xor_in_time", [4, 3], times, cases.map { $0.0 == $0.1 ? 0 : 1 }, unit: "ms")
  }

  /// Spike times on smooth random manifolds, one per class (Zenke & Vogels 2021): every unit fires once, at a smooth
  /// random function of the sample's place on its class's manifold, scaled to 0 … `duration` by class and unit. The
  /// functions are products over the dimensions of sums of sines whose amplitudes fall as frequency^-alpha.
  /// - Returns: `sample` of shape `[sample, unit]`, times in ms; `label`; samples of the classes take turns.
  public static func randman(
    samples: Int, units: Int, classes: Int, dimensions: Int, alpha: Double, duration: Double, seed: UInt64
  ) throws(DataError) -> Dataset {
    try check(
      "randman", ["samples": samples, "units": units, "classes": classes, "dimensions": dimensions],
      shape: [samples, units])
    guard alpha > 0, alpha.isFinite, duration > 0, duration.isFinite else {
      throw .badArgument(
        name: "`alpha` and `duration` of randman", found: "\(alpha), \(duration) ms", expected: "above 0")
    }
    // Higher frequencies have less than a thousandth of the amplitude of the lowest.
    let frequencies = min(1000, Int(Evaluate.pow(1e-3, -1 / alpha).rounded(.up)))
    let places = RandomStream(seed: seed, path: "randman.place")
    let sines = RandomStream(seed: seed, path: "randman.manifold")
    let scale = (0..<frequencies).map { 1 / Evaluate.pow(Double($0 + 1), alpha) }
    var times = [Double](repeating: 0, count: samples * units)
    for own in 0..<min(classes, samples) {
      let members = Array(stride(from: own, to: samples, by: classes))
      let place = members.map { sample in
        (0..<dimensions).map { places.uniform(index: $0, sample: sample) }
      }
      for unit in 0..<units {
        var values = [Double](repeating: 1, count: members.count)
        for dimension in 0..<dimensions {
          let row = ((own * units + unit) * dimensions + dimension) * frequencies
          var sums = [Double](repeating: 0, count: members.count)
          for frequency in 0..<frequencies {
            let amplitude = sines.uniform(index: 3 * (row + frequency)) * scale[frequency]
            let slope = Double(frequency) * sines.uniform(index: 3 * (row + frequency) + 1)
            let phase = sines.uniform(index: 3 * (row + frequency) + 2)
            for k in members.indices {
              sums[k] += amplitude * sine(2 * .pi * (slope * place[k][dimension] + phase))
            }
          }
          for k in members.indices { values[k] *= sums[k] }
        }
        let low = values.min() ?? 0
        let width = (values.max() ?? 0) - low
        for (k, sample) in members.enumerated() {
          times[sample * units + unit] = width > 0 ? (values[k] - low) / width * duration : duration / 2
        }
      }
    }
    let labels = (0..<samples).map { Int32(truncatingIfNeeded: $0 % classes) }
    return try labelled("randman", [samples, units], times, labels, unit: "ms")
  }

  // MARK: Pieces

  static func sine(_ x: Double) -> Double { Evaluate.unary(.sin, x) ?? .nan }

  /// Sizes of at least 1, and an array that fits into memory.
  static func check(_ set: String, _ sizes: [String: Int], shape: [Int]) throws(DataError) {
    for (name, value) in sizes.sorted(by: { $0.key < $1.key }) where value < 1 {
      throw .badArgument(name: "`\(name)` of \(set)", found: "\(value)", expected: "at least 1")
    }
    guard let count = NDArray.count(of: shape), count <= FileBytes.memory / 16 else {
      throw .tooLarge(file: set, name: "sample", shape: shape)
    }
  }

  private static func labelled(
    _ set: String, _ shape: [Int], _ values: [Double], _ labels: [Int32], unit: String? = nil
  ) throws(DataError) -> Dataset {
    try Dataset(
      source: set,
      fields: [
        ("sample", try NDArray(shape: shape, values, axes: ["sample", "unit"], unit: unit)),
        ("label", NDArray(unchecked: [shape[0]], .int32(labels), axes: ["sample"])),
      ])
  }
}
