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

  /// What is wrong with the arguments of a generated set: the one that is to blame, and what it has to be. Each number by
  /// itself has its dimension here already, and counts are whole and at least 1.
  func unfit(_ source: DataSource, step: Double) -> (name: String, wanted: String)? {
    func number(_ name: String) -> Double? {
      if case .number(let value)? = source.named[name] { return value }
      return nil
    }
    for rate in ["rate", "noise"] {
      // A spike in a step has the probability rate * dt.
      if let value = number(rate), !(value >= 0 && value * step <= 1) {
        return (rate, "a rate from 0 Hz to one spike a step, \(formatted(1000 / step)) Hz")
      }
    }
    for time in ["cue", "gap", "delay", "recall", "early"] {
      if let value = number(time), !(value >= 0 && value.isFinite) { return (time, "a time of at least 0 ms") }
    }
    for size in ["alpha", "duration"] {
      if let value = number(size), !(value > 0 && value.isFinite) { return (size, "more than 0") }
    }
    switch source.kind {
    case "spike_target":
      if let spikes = number("spikes"), let steps = number("steps"), spikes > steps {
        return ("spikes", "at most one in each of the \(formatted(steps)) steps")
      }
    case "evidence":
      if let cues = number("cues"), cues.truncatingRemainder(dividingBy: 2) == 0 {
        return ("cues", "an odd number, so that one side has more")
      }
      if let units = number("units"), units.truncatingRemainder(dividingBy: 4) != 0 {
        return ("units", "a multiple of 4: left, right, recall and noise have as many each")
      }
    case "xor_in_time":
      if let late = number("late"), !(late > number("early") ?? 0 && late.isFinite) {
        return ("late", "a time after `early`")
      }
    default: break
    }
    return nil
  }
}
