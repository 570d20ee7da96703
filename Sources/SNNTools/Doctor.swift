import SNN
import SNNIR

/// What is wrong with how a task learns, and what to change: one batch, looked at as someone who has trained many
/// spiking networks would (Zenke & Vogels 2021 on surrogate scales; Rossbroich, Gygax & Zenke 2022 on initial activity).
public struct Doctor: Sendable {
  public enum Severity: String, Sendable, Hashable { case problem, remark, fine }

  public struct Finding: Sendable, Hashable {
    public var severity: Severity
    /// `silent`, `saturated`, `narrow-surrogate`, `wide-surrogate`, `no-surrogate`, `vanishing`, `exploding`, `dead`,
    /// `step-size`, `quiet-input`, `healthy`.
    public var kind: String
    public var subject: String
    public var text: String
    public var advice: String
  }

  public let probe: LearningProbe

  public init(_ probe: LearningProbe) { self.probe = probe }

  /// Problems first.
  public var findings: [Finding] {
    var result: [Finding] = []
    for input in probe.quietInputs where input.share > 0.5 {
      result.append(
        Finding(
          severity: .remark, kind: "quiet-input", subject: input.name,
          text: "\(Self.percent(input.share)) of the units of input `\(input.name)` get no spike in the batch",
          advice: "check the encoder's threshold or rate; weights of those units do not learn"))
    }
    for population in probe.populations { result += activity(population) + surrogate(population) }
    result += gradients()
    result += steps()
    if !result.contains(where: { $0.severity == .problem }) {
      result.append(
        Finding(
          severity: .fine, kind: "healthy", subject: "", text: "nothing here keeps the network from learning",
          advice: ""))
    }
    let order: [Severity] = [.problem, .remark, .fine]
    return order.flatMap { severity in result.filter { $0.severity == severity } }
  }

  private func activity(_ population: LearningProbe.Population) -> [Finding] {
    let name = population.name
    let gap =
      population.margin.map { margin in
        ": on average \(Self.number(-margin.mean, population.unit)) below threshold, spread \(Self.number(margin.deviation, population.unit))"
      } ?? ""
    if population.silent == 1 {
      return [
        Finding(
          severity: .problem, kind: "silent", subject: name, text: "`\(name)` is silent" + gap,
          advice: Self.raise(population))
      ]
    }
    var result: [Finding] = []
    if population.silent > 0.5 {
      result.append(
        Finding(
          severity: .problem, kind: "silent", subject: name,
          text: "\(Self.percent(population.silent)) of the units of `\(name)` never fire in the batch" + gap,
          advice: Self.raise(population)))
    }
    if population.saturated > 0.25 || population.spikesPerTick > 0.4 {
      result.append(
        Finding(
          severity: .problem, kind: "saturated", subject: name,
          text: "`\(name)` fires in \(Self.percent(population.spikesPerTick)) of all ticks "
            + "(\(NumberText.significant(population.rate, 3)) Hz): its spikes carry little",
          advice: "smaller incoming weights, a higher threshold, a refractory time, or a loss on the rate: "
            + "`+ 1e-3 * mean over units of relu((sum over time of \(name).spike) - 10)^2`"))
    }
    return result
  }

  private static func raise(_ population: LearningProbe.Population) -> String {
    guard let margin = population.margin, margin.mean < 0, margin.deviation > 0 else {
      return "larger incoming weights, or a lower threshold"
    }
    // As wide as brings the threshold to two deviations.
    let factor = -margin.mean / margin.deviation / 2
    return factor > 1.05
      ? "incoming weights about \(NumberText.significant(factor, 2)) times as wide bring the threshold within two deviations; "
        + "or lower the threshold"
      : "incoming weights with a positive mean, or a lower threshold"
  }

  private func surrogate(_ population: LearningProbe.Population) -> [Finding] {
    let name = population.name
    if population.hasNoSurrogate {
      return [
        Finding(
          severity: .problem, kind: "no-surrogate", subject: name,
          text: "no gradient passes the spikes of `\(name)`: its surrogate is `none`",
          advice: "`learn by bptt { surrogate = fast_sigmoid(10) }`")
      ]
    }
    guard let width = population.surrogateWidth, let margin = population.margin, margin.deviation > 0 else { return [] }
    let ratio = width / margin.deviation
    let shown =
      "half its height at \(Self.number(width, population.unit)) from threshold, membranes spread by "
      + Self.number(margin.deviation, population.unit)
    if let reach = population.reach, reach < 0.03 {
      return [
        Finding(
          severity: reach < 0.003 ? .problem : .remark, kind: "narrow-surrogate", subject: name,
          text: "the surrogate of `\(name)` is felt in \(Self.percent(reach)) of all ticks: \(shown)",
          advice: "a surrogate about \(NumberText.significant(0.3 / ratio, 2)) times as wide (divide its slope by that)"
        )
      ]
    }
    if ratio < 0.02 {
      return [
        Finding(
          severity: .remark, kind: "narrow-surrogate", subject: name,
          text: "the surrogate of `\(name)` is narrow against its membranes: \(shown)",
          advice: "a slope about \(NumberText.significant(0.1 / ratio, 2)) times smaller")
      ]
    }
    if ratio > 3 {
      return [
        Finding(
          severity: .remark, kind: "wide-surrogate", subject: name,
          text:
            "the surrogate of `\(name)` is wide against its membranes: \(shown); the gradient hardly knows the spikes",
          advice: "a slope about \(NumberText.significant(ratio, 2)) times larger")
      ]
    }
    return []
  }

  private func gradients() -> [Finding] {
    var result: [Finding] = []
    let weights = probe.parameters.filter(\.isWeight)
    for parameter in probe.parameters {
      if !parameter.gradient.isFinite {
        result.append(
          Finding(
            severity: .problem, kind: "exploding", subject: parameter.name,
            text: "the gradient of `\(parameter.name)` is no number",
            advice: "`reset = cut`, a wider surrogate, smaller recurrent weights, or `clip = 1` in `optimise`"))
      } else if parameter.gradient == 0 {
        result.append(
          Finding(
            severity: .problem, kind: "vanishing", subject: parameter.name,
            text: "the gradient of `\(parameter.name)` is zero",
            advice: "what lies between it and the loss is silent or has no surrogate: see the populations above"))
      } else if parameter.dead > 0.5, parameter.isWeight {
        result.append(
          Finding(
            severity: .remark, kind: "dead", subject: parameter.name,
            text: "\(Self.percent(parameter.dead)) of the weights of `\(parameter.name)` get no gradient in the batch",
            advice: "sources that never fire in the batch, or a surrogate of compact support that misses"))
      }
    }
    let live = weights.filter { $0.gradient > 0 && $0.gradient.isFinite }
    guard let last = live.filter({ $0.depth == 0 }).map(\.gradient).max() else { return result }
    for parameter in live where parameter.depth > 0 {
      let ratio = parameter.gradient / last
      if ratio < 1e-4 {
        result.append(
          Finding(
            severity: .problem, kind: "vanishing", subject: parameter.name,
            text: "the gradient of `\(parameter.name)` is \(NumberText.significant(ratio, 2)) of that next to the loss",
            advice: "a wider surrogate, a scale that keeps the product of slope and weight near 1, or local losses"))
      } else if ratio > 1e4 {
        result.append(
          Finding(
            severity: .problem, kind: "exploding", subject: parameter.name,
            text:
              "the gradient of `\(parameter.name)` is \(NumberText.significant(ratio, 2)) times that next to the loss",
            advice: "`reset = cut`, smaller recurrent weights, or `clip = 1` in `optimise`"))
      }
    }
    return result
  }

  /// Adaptive optimisers move every weight by about their rate at first.
  private func steps() -> [Finding] {
    guard probe.optimiser.kind != .sgd else { return [] }
    return probe.parameters.compactMap { parameter in
      guard parameter.size > 0, parameter.gradient > 0 else { return nil }
      let share = probe.optimiser.rate / parameter.size
      guard share > 0.5 else { return nil }
      return Finding(
        severity: .remark, kind: "step-size", subject: parameter.name,
        text: "one step of \(probe.optimiser.kind.rawValue) moves `\(parameter.name)` by "
          + "\(Self.percent(share)) of its size (\(Self.number(parameter.size, parameter.unit)))",
        advice: "a rate below \(NumberText.significant(parameter.size * 0.05, 1))")
    }
  }

  // MARK: Text

  public var text: String {
    var rows = [["population", "rate", "silent", "from threshold", "surrogate half-width", "felt"]]
    for population in probe.populations {
      rows.append([
        "\(population.name)[\(population.units)]", NumberText.significant(population.rate, 3) + " Hz",
        Self.percent(population.silent),
        population.margin.map {
          "\(NumberText.significant($0.mean, 3)) ± \(Self.number($0.deviation, population.unit))"
        } ?? "-",
        population.surrogateWidth.map { Self.number($0, population.unit) } ?? "-",
        population.reach.map(Self.percent) ?? "-",
      ])
    }
    var text =
      "\(probe.samples) samples\(probe.ticks > 0 ? " of \(probe.ticks) ticks" : ""), loss \(NumberText.significant(probe.loss, 4))\n\n"
      + TextTable.text(rows) + "\n\n"
    rows = [["parameter", "size", "gradient", "zero"]]
    for parameter in probe.parameters {
      rows.append([
        "\(parameter.name)[\(parameter.count)]", Self.number(parameter.size, parameter.unit),
        NumberText.significant(parameter.gradient, 3), Self.percent(parameter.dead),
      ])
    }
    text += TextTable.text(rows) + "\n"
    for finding in findings {
      text += "\n\(finding.severity.rawValue): \(finding.text)\n"
      if !finding.advice.isEmpty { text += "  change: \(finding.advice)\n" }
    }
    return text
  }

  private static func percent(_ share: Double) -> String { NumberText.significant(100 * share, 3) + " %" }
  private static func number(_ value: Double, _ unit: String) -> String {
    NumberText.significant(value, 3) + (unit == "1" || unit.isEmpty ? "" : " " + unit)
  }
}
