import SNN

/// Where training stands: the one source of the live line, the plain line and the machine's line.
struct Progress: Hashable, Sendable {
  struct Named: Hashable, Sendable {
    var name: String
    var value: Double
  }
  /// From 1.
  var epoch: Int
  var epochs: Int
  /// In this epoch.
  var samplesDone: Int
  var samplesInEpoch: Int
  /// Samples of this run so far, over the seconds that they took.
  var samplesPerSecond: Double
  /// Mean over the samples of this epoch so far.
  var loss: Double
  var scores: [Named]
  /// Mean firing rate, Hz, by population.
  var rates: [Named]
  /// Loss and scores on the validation set, at the end of an epoch, by name of the set.
  var validation: [Named] = []
  var epochSeconds: Double

  var secondsLeft: Double {
    guard samplesPerSecond > 0 else { return .nan }
    let samples = (epochs - epoch) * samplesInEpoch + max(0, samplesInEpoch - samplesDone)
    return Double(samples) / samplesPerSecond
  }
}

extension Progress {
  /// While an epoch runs: a bar, rate, time left, loss, scores, firing rates; what does not fit in `width` is left out
  /// from the end.
  func liveLine(width: Int, style: Style) -> String {
    let fraction = samplesInEpoch > 0 ? Double(samplesDone) / Double(samplesInEpoch) : 0
    var line = Line(limit: width - 1, style: style)
    line.add(epochText, style.bold)
    line.add(Self.bar(fraction, width: max(6, min(24, width / 5))), style.cyan, separator: " ")
    line.add(Self.rateText(samplesPerSecond), style.faint, separator: " ")
    line.add(NumberText.duration(seconds: secondsLeft) + " left", style.faint)
    addMeasurements(to: &line)
    return line.text
  }

  /// At the end of an epoch. `width` nil: nothing is left out.
  func finishedLine(width: Int?, style: Style) -> String {
    var line = Line(limit: width.map { $0 - 1 } ?? .max, style: style)
    line.add(epochText, style.bold)
    addMeasurements(to: &line)
    line.add(Self.rateText(samplesPerSecond), style.faint)
    line.add(NumberText.duration(seconds: epochSeconds), style.faint)
    return line.text
  }

  var json: JSON {
    func members(_ values: [Named]) -> JSON {
      .object(values.map { JSON.Member(name: $0.name, value: .number($0.value)) })
    }
    var fields: [JSON.Member] = [
      .init(name: "event", value: "epoch"), .init(name: "epoch", value: .integer(epoch)),
      .init(name: "epochs", value: .integer(epochs)), .init(name: "loss", value: .number(loss)),
      .init(name: "scores", value: members(scores)), .init(name: "rates_hz", value: members(rates)),
    ]
    if !validation.isEmpty { fields.append(.init(name: "validation", value: members(validation))) }
    fields.append(.init(name: "samples_per_second", value: .number(samplesPerSecond)))
    fields.append(.init(name: "seconds", value: .number(epochSeconds)))
    return .object(fields)
  }

  private var epochText: String {
    let total = String(epochs)
    let number = String(epoch)
    return "epoch " + String(repeating: " ", count: max(0, total.count - number.count)) + number
      + "/" + total
  }

  private func addMeasurements(to line: inout Line) {
    line.add("loss " + NumberText.significant(loss, 3))
    for score in scores { line.add(score.name + " " + Self.scoreText(score.value)) }
    for value in validation {
      let isLoss = value.name.hasSuffix("loss")
      line.add(
        value.name + " "
          + (isLoss ? NumberText.significant(value.value, 3) : Self.scoreText(value.value)))
    }
    for rate in rates {
      let text = rate.value == 0 ? "silent" : NumberText.significant(rate.value, 3) + " Hz"
      line.add(rate.name + " " + text, rate.value == 0 ? line.style.yellow : line.style.faint)
    }
  }

  /// Scores between 0 and 1 are shares; others are shown as they are.
  static func scoreText(_ value: Double) -> String {
    value >= 0 && value <= 1 ? NumberText.percent(value) : NumberText.significant(value, 4)
  }

  static func rateText(_ samplesPerSecond: Double) -> String {
    guard samplesPerSecond.isFinite, samplesPerSecond > 0 else { return "-/s" }
    return samplesPerSecond >= 10
      ? NumberText.count(Int(min(1e15, samplesPerSecond.rounded()))) + "/s"
      : NumberText.significant(samplesPerSecond, 2) + "/s"
  }

  /// `━━━━━╸────`: halves of a cell are resolved.
  static func bar(_ fraction: Double, width: Int) -> String {
    let halves = Int(
      (min(1, max(0, fraction.isFinite ? fraction : 0)) * Double(width * 2)).rounded())
    let full = String(repeating: "━", count: halves / 2) + (halves % 2 == 1 ? "╸" : "")
    return full + String(repeating: "─", count: width - (halves + 1) / 2)
  }
}

/// Parts beside each other as long as they fit; later parts are left out first.
private struct Line {
  var limit: Int
  var style: Style
  private(set) var text = ""
  private var length = 0
  private var isFull = false

  init(limit: Int, style: Style) {
    self.limit = limit
    self.style = style
  }

  mutating func add(
    _ part: String, _ emphasis: (String) -> String = { $0 }, separator: String = "  "
  ) {
    guard !isFull else { return }
    let gap = length == 0 ? "" : separator
    guard length + gap.count + part.count <= limit else {
      isFull = true
      return
    }
    text += gap + emphasis(part)
    length += gap.count + part.count
  }
}
