import SNNIR

/// Sets that are computed, not read: their arguments, and what they hold.
extension TaskBuilder {
  static let generated: [String: SourceKind] = [
    "random_patterns": SourceKind(
      isFile: false,
      numbers: ["samples": .one, "units": .one, "steps": .one, "rate": .frequency, "classes": .one, "seed": .one],
      required: ["samples", "units", "steps", "rate"]),
    "poisson": SourceKind(
      isFile: false, numbers: ["samples": .one, "units": .one, "steps": .one, "rate": .frequency, "seed": .one],
      required: ["units", "steps", "rate"]),
    "spike_target": SourceKind(
      isFile: false, numbers: ["units": .one, "steps": .one, "rate": .frequency, "spikes": .one, "seed": .one],
      required: ["units", "steps", "rate", "spikes"]),
    "pattern_generation": SourceKind(
      isFile: false,
      numbers: ["samples": .one, "units": .one, "steps": .one, "rate": .frequency, "outputs": .one, "seed": .one],
      required: ["units", "steps", "rate"]),
    "evidence": SourceKind(
      isFile: false,
      numbers: [
        "samples": .one, "units": .one, "cues": .one, "cue": .time, "gap": .time, "delay": .time, "recall": .time,
        "rate": .frequency, "noise": .frequency, "seed": .one,
      ], required: ["samples"]),
    "yin_yang": SourceKind(isFile: false, numbers: ["samples": .one, "seed": .one], required: ["samples"]),
    "xor_in_time": SourceKind(isFile: false, numbers: ["early": .time, "late": .time], required: ["late"]),
    "randman": SourceKind(
      isFile: false,
      numbers: [
        "samples": .one, "units": .one, "classes": .one, "dimensions": .one, "alpha": .one, "duration": .time,
        "seed": .one,
      ], required: ["samples", "units", "classes", "duration"], fractions: ["alpha"]),
  ]

  /// Shapes of a generated set, without making it; nil for files.
  /// - Parameter step: the network's, in ms.
  func generatedShape(_ source: DataSource, step: Double) -> DataShape? {
    func number(_ name: String, _ standard: Double) -> Double {
      if case .number(let value)? = source.named[name] { return value }
      return standard
    }
    func size(_ name: String, _ standard: Double = 1) -> Int { Int(min(number(name, standard), 1e15)) }
    let samples = size("samples")
    func shape(_ sample: [Int], unit: String? = nil, target: [Int]? = nil, classes: Int? = nil) -> DataShape {
      var fields = [DataShape.Field(name: "sample", shape: sample, unit: unit)]
      if let target { fields.append(.init(name: "target", shape: target)) }
      if classes != nil { fields.append(.init(name: "label", shape: [sample[0]])) }
      return DataShape(fields: fields, classes: classes)
    }
    switch source.kind {
    case "random_patterns":
      return shape([samples, size("steps"), size("units")], classes: size("classes", 2))
    case "poisson": return shape([samples, size("steps"), size("units")])
    case "spike_target": return shape([1, size("steps"), size("units")], target: [1, size("steps"), 1])
    case "pattern_generation":
      return shape(
        [samples, size("steps"), size("units")], target: [samples, size("steps"), size("outputs", 3)])
    case "evidence":
      let period = number("cue", 100) + number("gap", 50)
      let duration = number("cues", 7) * period + number("delay", 1000) + number("recall", 150)
      let steps = step > 0 ? Int(min((duration / step).rounded(), 1e15)) : 1
      return shape([samples, steps, size("units", 40)], classes: 2)
    case "yin_yang": return shape([samples, 4], classes: 3)
    case "xor_in_time": return shape([4, 3], unit: "ms", classes: 2)
    case "randman": return shape([samples, size("units")], unit: "ms", classes: size("classes"))
    default: return nil
    }
  }
}
