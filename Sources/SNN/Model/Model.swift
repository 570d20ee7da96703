import SNNCalculus
import SNNIR
import SNNSema
import SNNSyntax

/// A network with a task on it, ready to be planned.
public struct Model: Sendable {
  public let network: NetworkModel
  /// Of a network without a task: nothing fed, nothing recorded, no duration.
  public internal(set) var task: TaskModel
  public let hasTask: Bool
  /// The task whose trained parameters this one starts from, if there is one.
  public var origin: Model? { origins.first }
  private let origins: [Model]
  let sources: SourceMap
  let locations: [Span]
  let folder: String
  let data: DataCache
  /// A fixed hash of the program's text, of what it uses and of settings: a checkpoint belongs to it.
  public let programHash: String

  init(_ lowered: LoweredModel, program: Program) {
    // Checking made sure that tasks do not start from one another in a circle.
    let origin = lowered.task == nil ? lowered.network.conversion?.task : lowered.task?.startFrom
    origins = [origin.flatMap { program.checked.lower(task: $0) }].compactMap { origin in
      origin.map { Model($0, program: program) }
    }
    network = lowered.network
    task = lowered.task ?? TaskModel(name: lowered.network.name)
    hasTask = lowered.task != nil
    sources = program.sources
    locations = lowered.locations
    folder = program.folder
    data = program.data
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    // Files that it uses count, wherever they are; of settings the name counts too, since it is all they are known by.
    for file in program.sources.files {
      add(file.utf8)
      add(file.name.hasPrefix("--set ") ? Array(file.name.utf8) : [0])
    }
    programHash = String(hash, radix: 16)
  }

  /// The program line by line, each after the name of its file and its number, settings by their names: what tells two
  /// programs apart. The library's own texts change with its version only, and very long lines are cut.
  var programLines: [String] {
    sources.files.flatMap { file -> [String] in
      if file.name.hasPrefix("--set ") { return ["\(file.name)=\(String(decoding: file.utf8, as: UTF8.self))"] }
      if file.name.hasPrefix("std.") { return [] }
      let name = file.name.split(separator: "/").last ?? ""
      return String(decoding: file.utf8, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated().map { "\(name):\($0 + 1): " + $1.trimmingPrefix(while: \.isWhitespace).prefix(240) }
    }
  }

  /// Parameters that training may change, by index into `network.parameters`.
  public var learnable: [Int] {
    let rules = task.rules
    guard rules.count > 1 else { return learnable(of: rules.first) }
    return Set(rules.flatMap { learnable(of: $0) }).sorted()
  }

  /// Those that one rule may change.
  func learnable(of rule: LearningRule?) -> [Int] {
    let named = Set(rule?.parameters ?? [])
    return network.parameters.indices.filter {
      network.parameters[$0].isLearnable && (named.isEmpty || named.contains($0)) && !task.frozen.contains($0)
    }
  }

  /// Populations that can spike at all: the others have no rate to speak of.
  public var spiking: [Int] {
    network.populations.indices.filter { network.populations[$0].sends && !network.populations[$0].isRelay }
  }

  /// `file:line:column` of a place in the program.
  public func place(_ location: LocationID) -> String? {
    guard location.index >= 0, Int(location.index) < locations.count else { return nil }
    let span = locations[Int(location.index)]
    let file = sources[span.file]
    let (line, column) = file.position(of: Int(span.lower))
    return "\(file.name):\(line):\(column)"
  }

  /// The text of the line that a place is on, without its indentation: an equation, as a rule.
  func line(_ location: LocationID) -> String? {
    guard location.index >= 0, Int(location.index) < locations.count else { return nil }
    let span = locations[Int(location.index)]
    let file = sources[span.file]
    let number = file.position(of: Int(span.lower)).line - 1
    let start = file.lineStarts[number]
    let end = number + 1 < file.lineStarts.count ? file.lineStarts[number + 1] - 1 : file.utf8.count
    let text = String(decoding: file.utf8[start..<max(start, end)], as: UTF8.self)
    return String(text.drop { $0 == " " || $0 == "\t" })
  }

  /// The algorithm as data.
  /// - Throws: `SNNError.model` with the reason and the place.
  public func plan(_ request: PlanRequest) throws -> Plan {
    switch Planner.plan(network, task, request) {
    case .success(let plan): return plan
    case .failure(let failure): throw SNNError.model(describe(failure.fault))
    }
  }

  /// The step order, and the derived equations unless `scheduleOnly`.
  public func explanation(style: MathStyle, scheduleOnly: Bool = false) throws -> Derivation {
    var parts: [(rule: LearningRule?, parts: ExplainedRule)] = []
    for rule in task.rules.isEmpty ? [nil] : task.rules.map(Optional.some) {
      parts.append((rule, try explained(rule, style)))
      if scheduleOnly { break }
    }
    var result = parts[0].parts.schedule
    guard !scheduleOnly else { return result }
    if let block = conversionBlock { result.blocks.append(block) }
    result.blocks += parts[0].parts.forward.blocks
    for (rule, part) in parts {
      if parts.count > 1, let rule {
        let names = learnable(of: rule).map { network.parameters[$0].name }
        result.blocks.append(
          Derivation.Block(title: "Learn \(names.joined(separator: ", ")) by \(rule.name)", lines: []))
      }
      result.blocks += part.rule.blocks
    }
    return result
  }

  private struct ExplainedRule {
    var schedule: Derivation
    var forward: Derivation
    var rule: Derivation
  }

  /// The task under one of its rules, for the parameters that this rule changes.
  private func explained(_ rule: LearningRule?, _ style: MathStyle) throws -> ExplainedRule {
    var own = task
    own.learning = rule
    own.furtherRules = []
    let changed = rule.map { self.learnable(of: $0) }
    if network.isExact, var explain = ExplainEvents(network, own, style: style, learnable: changed) {
      let (schedule, forward) = (explain.schedule(), explain.forwardEquations())
      return ExplainedRule(schedule: schedule, forward: forward, rule: explain.ruleEquations())
    }
    if !network.isExact, var explain = Explain(network, own, style: style, learnable: changed) {
      let (schedule, forward) = (explain.schedule(), explain.forwardEquations())
      return ExplainedRule(schedule: schedule, forward: forward, rule: explain.ruleEquations())
    }
    _ = try plan(PlanRequest(gradient: false))
    throw SNNError.model("the task cannot be explained")
  }

  private func describe(_ fault: PlanFault) -> String {
    switch fault {
    case .integration(let population, let fault):
      let owner = network.populations[population]
      let place = place(owner.location).map { " (\($0))" } ?? ""
      return "population `\(owner.name)`\(place): " + describe(fault)
    case .zeroDelayCycle(let populations):
      let names = populations.map { network.populations[$0].name }
      return "connections with `delay = 0` make a cycle: " + (names + names.prefix(1)).joined(separator: " -> ")
    case .noPrimitive(let population):
      return "`spikes = soft` needs a surrogate with a primitive for `\(network.populations[population].name)`; "
        + "`none` and a user's own derivative have none"
    case .rule(let rule, let fault):
      let owner = network.rules[rule]
      let place = place(owner.location).map { " (\($0))" } ?? ""
      return "synapse `\(owner.name)` of `\(network.connections[owner.connection].name)`\(place): " + describe(fault)
    case .gradientOfRules:
      return "there is no gradient through weights that a `rule` changes while time runs"
    case .noLoss: return "the task has no loss"
    case .needsTwoPasses: return "a reduction over time reads the result of another: that would need a second run"
    case .events(let fault): return describe(fault)
    }
  }

  private func describe(_ fault: EventFault) -> String {
    func name(_ population: Int) -> String {
      let owner = network.populations[population]
      return "population `\(owner.name)`" + (place(owner.location).map { " (\($0))" } ?? "")
    }
    switch fault {
    case .ticks(let population, let state):
      return "\(name(population)): `\(state)` counts ticks, and `step exact` has none; write continuous equations"
    case .flag(let population):
      return "\(name(population)): with `step exact`, `spike` stands in `on spike` only"
    case .continuous(let connection):
      return "connection `\(network.connections[connection].name)`: with `step exact`, connections carry spikes only"
    case .measure(let what):
      return
        "\(what) has no meaning with exact spike times: a sum over time is over spikes (`sum over time of P.spike`), "
        + "the rest are `integral`, `mean`, `max`, `min`, `last`, `at TIME` and `first_spike`, each of one population"
    case .notFirstSpikes:
      return "`spike_time` needs a loss over first spikes; use `eventprop`, or `first_spike(P)` in the loss"
    }
  }

  private func describe(_ fault: IntegrationFault) -> String {
    switch fault {
    case .notLinear(let state):
      "`integrate exact` needs linear equations with constant coefficients; that of `\(state)` is not"
    case .notLinearInItself(let state):
      "`integrate exponential_euler` needs equations linear in their own state; that of `\(state)` is not"
    case .tooStiff(let substeps, let shortest):
      "the shortest time constant is \(shortest) ms: \(substeps) Runge-Kutta substeps a tick; use a shorter `step`"
    case .noiseMethod(let method): "`integrate \(method)` has no place for white noise; write `heun` or `euler`"
    case .notLinearInNoise(let state): "d\(state)/dt is not linear in its white noise"
    case .tooStiffForNoise(let shortest):
      "with white noise there is one step a tick, and dt is more than twice the shortest time constant of "
        + "\((shortest * 1000).rounded() / 1000) ms; make `step` shorter"
    }
  }
}
