import SNNData
import SNNIR

extension SourceLoader {
  /// A generated set with its arguments; nil where there is none of that name.
  /// - Parameter step: ms per tick.
  func generated(_ source: DataSource, step: Double) throws -> Dataset? {
    func size(_ name: String, _ standard: Int? = nil) throws -> Int {
      try integer(source, name, default: standard)
    }
    // Frequencies are held per ms.
    func rate(_ name: String, _ standard: Double? = nil) throws -> Double {
      try number(source, name, default: standard.map { $0 / 1000 }) * 1000
    }
    let seed = UInt64(try size("seed", source.kind == "yin_yang" ? 42 : 0))
    switch source.kind {
    case "random_patterns":
      return try GeneratedSets.randomPatterns(
        samples: try size("samples"), units: try size("units"), steps: try size("steps"), rate: try rate("rate"),
        step: step, classes: try size("classes", 2), seed: seed)
    case "poisson":
      return try GeneratedSets.poisson(
        samples: try size("samples", 1), units: try size("units"), steps: try size("steps"), rate: try rate("rate"),
        step: step, seed: seed)
    case "spike_target":
      return try GeneratedSets.spikeTarget(
        units: try size("units"), steps: try size("steps"), rate: try rate("rate"), spikes: try size("spikes"),
        step: step, seed: seed)
    case "pattern_generation":
      return try GeneratedSets.patternGeneration(
        samples: try size("samples", 1), units: try size("units"), steps: try size("steps"), rate: try rate("rate"),
        outputs: try size("outputs", 3), step: step, seed: seed)
    case "evidence":
      func time(_ name: String, _ standard: Double) throws -> Double {
        try number(source, name, default: standard)
      }
      let times = GeneratedSets.EvidenceTimes(
        cue: try time("cue", 100), gap: try time("gap", 50), delay: try time("delay", 1000),
        recall: try time("recall", 150))
      return try GeneratedSets.evidence(
        samples: try size("samples"), units: try size("units", 40), cues: try size("cues", 7), times: times,
        rate: try rate("rate", 40), noise: try rate("noise", 10), step: step, seed: seed)
    case "yin_yang": return try GeneratedSets.yinYang(samples: try size("samples"), seed: seed)
    case "xor_in_time":
      return try GeneratedSets.xorInTime(
        early: try number(source, "early", default: 0), late: try number(source, "late"))
    case "randman":
      return try GeneratedSets.randman(
        samples: try size("samples"), units: try size("units"), classes: try size("classes"),
        dimensions: try size("dimensions", 1), alpha: try number(source, "alpha", default: 1),
        duration: try number(source, "duration"), seed: seed)
    default: return nil
    }
  }
}
