import SNN

/// What a run left, in a few lines or as JSON.
struct RunSummary {
  let result: RunResult
  let model: Model

  init(_ result: RunResult, _ model: Model) {
    self.result = result
    self.model = model
  }

  var text: String {
    var lines = result.recordings.map { recording in
      let unit = recording.unit == "1" ? "" : " " + recording.unit
      let size = recording.size == 1 ? "" : "[\(recording.size)]"
      if recording.isSpikes {
        let count = recording.spikeCount
        let seconds = result.duration * 1e-3 * Double(max(recording.size, 1))
        let rate = seconds > 0 ? NumberText.significant(Double(count) / seconds, 3) : "0"
        // One neuron's regularity says little; a population's is what a theory of its state predicts.
        let variation = recording.size >= 100 ? recording.intervalVariation : nil
        return "\(recording.name)\(size): \(count) spike\(count == 1 ? "" : "s"), \(rate) Hz"
          + (variation.map { ", interval CV " + NumberText.significant($0, 3) } ?? "")
      }
      guard let least = recording.values.min(), let most = recording.values.max() else {
        return "\(recording.name)\(size): nothing"
      }
      return "\(recording.name)\(size): \(NumberText.significant(least, 4)) to "
        + "\(NumberText.significant(most, 4))\(unit)"
    }
    var measured = model.named(result.scores).map { "\($0.name) " + NumberText.significant($0.value, 4) }
    if let loss = result.loss { measured.append("loss " + NumberText.significant(loss, 4)) }
    if !measured.isEmpty { lines.append(measured.joined(separator: ", ")) }
    return lines.isEmpty ? "nothing is recorded" : lines.joined(separator: "\n")
  }

  var json: JSON {
    .object([
      "event": "run", "duration_ms": .number(result.duration), "loss": result.loss.map(JSON.number) ?? .null,
      "scores": Measurements.members(model.named(result.scores)),
      "rates_hz": Measurements.members(model.namedRates(result.rates)),
      "records": .array(result.recordings.map(Self.json)),
    ])
  }

  private static func json(_ recording: Recording) -> JSON {
    .object([
      "name": .string(recording.name), "unit": .string(recording.unit), "size": .integer(recording.size),
      "start_ms": .number(recording.start), "interval_ms": .number(recording.interval),
      "values": .array(
        recording.exactSpikes.map { $0.flatMap { [JSON.number($0.time), JSON.number(Double($0.unit))] } }
          ?? recording.dense.map(JSON.number)),
    ])
  }
}

extension BlackBox.Results {
  /// The records of one sample, `[1, time, unit]`.
  init(_ result: RunResult) throws {
    self.init(loss: result.loss)
    for recording in result.recordings {
      if let exact = recording.exactSpikes {
        // One row per spike: its time in ms and its unit.
        records[recording.name] = try NDArray(
          shape: [exact.count, 2], exact.flatMap { [$0.time, Double($0.unit)] }, axes: ["spike", "field"])
        continue
      }
      records[recording.name] = try NDArray(
        shape: [1, recording.rows, recording.size], recording.dense, axes: ["sample", "time", "unit"],
        unit: recording.unit)
    }
  }

  func write(to path: String) throws {
    do { try save(to: path) } catch { throw SNNError.wrapping(error) }
  }

  /// What a black-box run came to, in a line.
  func show(_ common: CommonOptions, out: String?) {
    if common.json {
      let names = { (arrays: [String: NDArray]) in JSON.array(arrays.keys.sorted().map(JSON.string)) }
      common.terminal.print(
        JSON.object([
          "loss": loss.map(JSON.number) ?? .null, "gradients": names(gradients), "records": names(records),
          "file": out.map(JSON.string) ?? .null,
        ]).text)
      return
    }
    if let loss { common.terminal.print("loss \(loss)") }
    if let out { common.terminal.print("wrote \(out)") }
  }
}
