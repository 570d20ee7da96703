import ArgumentParser
import SNN
import SNNTools

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train by several learning rules and hold them against one another.",
    discussion: """
      Every rule begins with the same parameters and sees the same batches. The angle is between its gradient of the \
      first batch and that of back-propagation (with exact spike times: that of the first rule). A rule that cannot be \
      used here says why.
      """)

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("The rules, by name.", valueName: "rule,…"))
  var rules: String

  @Option(parsing: .unconditional, help: ArgumentHelp("Epochs, instead of the task's.", valueName: "number"))
  var epochs: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Samples in a batch, instead of the task's.", valueName: "number"))
  var batch: Int?

  private var names: [String] { rules.split(separator: ",").map { $0.filter { $0 != " " } } }

  func validate() throws {
    if names.isEmpty { throw ValidationError("--rules takes names, such as bptt,eprop.") }
    if let epochs, epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
    if let batch, batch < 1 { throw ValidationError("--batch must be at least 1.") }
  }

  func run() throws {
    try common.reporting {
      // What is wrong whatever the rule is told first.
      _ = try common.model()
      Interruption.watch()
      let comparison: RuleComparison
      do {
        comparison = try RuleComparison.run(
          names, task: common.task, options: common.sessionOptions(batch: batch, epochs: epochs),
          compile: { try common.with(rule: $0).quietProgram() }, isCancelled: { Interruption.isRequested })
      } catch SNNError.program(let errors) {
        let notes = errors.first?.notes.first.map { "; " + $0 } ?? ""
        throw Failure(.commandLineWrong, (errors.first?.headline ?? "no such rule") + notes)
      }
      common.json ? showJSON(comparison) : showTable(comparison)
      if comparison.entries.allSatisfy({ $0.reason != nil }) {
        throw Failure(.modelWrong, "none of these rules suits the task")
      }
    }
  }

  private func member(_ name: String, _ value: JSON) -> JSON.Member { JSON.Member(name: name, value: value) }

  private func showJSON(_ comparison: RuleComparison) {
    for entry in comparison.entries {
      var fields = [member("rule", .string(entry.rule))]
      if let reason = entry.reason {
        fields.append(member("reason", .string(reason)))
      } else {
        fields += [
          member("epochs", .integer(comparison.epochs)), member("loss", .number(entry.loss)),
          member("set", entry.dataSet.map { .string($0) } ?? .null),
          member("scores", .object(entry.scores.map { member($0.name, .number($0.value)) })),
          member("ms_per_step", .number(entry.millisecondsPerStep)),
          member("memory", entry.memory.map { .integer($0) } ?? .null),
          member("angle", entry.angle.map { .number($0) } ?? .null),
          member("angles", .object(entry.angles.map { member($0.parameter, $0.degrees.map { .number($0) } ?? .null) })),
        ]
      }
      common.terminal.print(JSON.object(fields).text)
    }
  }

  private func showTable(_ comparison: RuleComparison) {
    let ran = comparison.entries.filter { $0.reason == nil }
    let scores = ran.first?.scores.map(\.name) ?? []
    let parameters = ran.reduce(into: [String]()) { names, entry in
      for angle in entry.angles where !names.contains(angle.parameter) { names.append(angle.parameter) }
    }
    func angle(_ degrees: Double?) -> String { degrees.map { NumberText.fixed($0, 1) + "°" } ?? "-" }
    var rows = [["rule", "loss"] + scores + ["ms/step", "memory", "angle"] + parameters.map { "∠ " + $0 }]
    for entry in ran {
      rows.append(
        [entry.rule, NumberText.significant(entry.loss, 4)] + entry.scores.map { NumberText.significant($0.value, 4) }
          + [
            NumberText.significant(entry.millisecondsPerStep, 3), entry.memory.map(Self.bytes) ?? "-",
            angle(entry.angle),
          ]
          + parameters.map { name in angle(entry.angles.first { $0.parameter == name }.flatMap(\.degrees)) })
    }
    if !ran.isEmpty { Table.lines(rows).forEach { common.terminal.print($0) } }
    for entry in comparison.entries {
      if let reason = entry.reason { common.terminal.print("\(entry.rule): \(reason)") }
    }
    if let set = ran.first?.dataSet {
      let epochs = "\(comparison.epochs) epoch" + (comparison.epochs == 1 ? "" : "s")
      common.terminal.print(
        "loss of the last of \(epochs); scores on \(set); angles to \(comparison.reference) at the first batch")
    }
  }

  private static func bytes(_ count: Int) -> String {
    count < 1 << 20 ? "\((count + 1023) >> 10) kB" : NumberText.significant(Double(count) / 1048576, 3) + " MB"
  }
}
