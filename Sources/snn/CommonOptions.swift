import ArgumentParser
import SNN

/// `--set hidden.tau_mem="20 ms"`: a parameter of the network or the task, with the text of its value.
struct Setting: ExpressibleByArgument, Hashable, Sendable {
  var name: String
  var value: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
    name = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
    if value.isEmpty { return nil }
  }

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

enum PrecisionOption: String, ExpressibleByArgument, CaseIterable, Sendable { case f32, f64 }

/// What every verb takes.
struct CommonOptions: ParsableArguments {
  @Argument(help: "The .snn file; - reads standard input.", completion: .file(extensions: ["snn"]))
  var file: String

  @Option(help: ArgumentHelp("The task, where the file has several.", valueName: "name"))
  var task: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set a parameter of the network or the task; may be repeated.", valueName: "name=value"))
  var settings: [Setting] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of the random numbers, instead of the task's.", valueName: "number"))
  var seed: UInt64?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Worker threads; results do not depend on it.", valueName: "count"))
  var threads: Int?

  @Option(help: ArgumentHelp("Floating-point numbers of the simulation: f32 or f64.", valueName: "f32|f64"))
  var precision: PrecisionOption?

  @Flag(help: "Print JSON for machines.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 || threads > 1024 {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
  }

  /// With another learning rule than the task's.
  func with(rule: String?) -> CommonOptions {
    var result = self
    if let rule { result.settings.append(Setting("rule", rule)) }
    return result
  }
}
