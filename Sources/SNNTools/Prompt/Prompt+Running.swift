import SNN
import SNNIR
import SNNSema
import SNNSyntax

extension Prompt {
  /// What the declarations offer to run: the last task, else the last network.
  var subjectByDefault: Instance.Subject? {
    program.taskNames.last.map(Instance.Subject.task) ?? program.networkNames.last.map(Instance.Subject.network)
  }

  func model(of subject: Instance.Subject, settings: [String: String]) throws -> Model {
    let own = settings.isEmpty ? program : compile(state.document, settings: settings)
    if own.hasErrors {
      throw PromptError.text(rendered(own.diagnostics.filter { $0.severity == .error }, own.sources))
    }
    switch subject {
    case .task(let name): return try own.model(task: name)
    case .network(let name): return try own.model(network: name)
    }
  }

  static func fingerprint(_ model: Model) -> String {
    IRText.text(of: model.network, tasks: model.hasTask ? [model.task] : [])
  }

  /// `net = Classifier(n = 8)`.
  mutating func make(_ name: String, _ callee: String, _ arguments: String) throws -> String {
    var settings: [String: String] = [:]
    for argument in Self.parts(arguments) {
      let sides = argument.split(separator: "=", maxSplits: 1).map { $0.trimmed }
      guard sides.count == 2 else {
        throw PromptError.text("arguments have names: `\(callee)(n = 8)`")
      }
      settings[sides[0]] = sides[1]
    }
    let subject: Instance.Subject = program.taskNames.contains(callee) ? .task(callee) : .network(callee)
    let model = try model(of: subject, settings: settings)
    remember()
    state.instances[name] = Instance(
      name: name, subject: subject, settings: settings, model: model, fingerprint: Self.fingerprint(model))
    state.current = name
    return Self.describe(model, name: name)
  }

  static func describe(_ model: Model, name: String) -> String {
    let populations = model.network.populations.map { population in
      "\(population.name)[\(population.shape.map(String.init).joined(separator: ", "))]"
    }
    let what = model.hasTask ? "task \(model.task.name) of \(model.network.name)" : "network \(model.network.name)"
    return "\(name): \(what), step \(time(model.network.step)); " + populations.joined(separator: ", ")
  }

  /// The instance that is meant, made from the declarations where there is none yet.
  func currentInstance(_ name: String? = nil) throws -> Instance {
    if let name {
      if let known = state.instances[name] { return known }
      let subject: Instance.Subject?
      if program.taskNames.contains(name) {
        subject = .task(name)
      } else {
        subject = program.networkNames.contains(name) ? .network(name) : nil
      }
      guard let subject else {
        let declared = program.taskNames + program.networkNames
        let made = state.instances.keys.filter { !declared.contains($0) }.sorted()
        let known = (made + declared).joined(separator: ", ")
        throw PromptError.text(
          "there is nothing called `\(name)` to run" + (known.isEmpty ? "" : "; there are \(known)"))
      }
      return try fresh(subject)
    }
    if let current = state.current, let instance = state.instances[current] { return instance }
    guard let subject = subjectByDefault else {
      throw PromptError.text("there is no network yet: declare one, or :load FILE")
    }
    return try state.instances[subject.name] ?? fresh(subject)
  }

  private func fresh(_ subject: Instance.Subject) throws -> Instance {
    let model = try model(of: subject, settings: [:])
    return Instance(
      name: subject.name, subject: subject, settings: [:], model: model, fingerprint: Self.fingerprint(model))
  }

  mutating func keep(_ instance: Instance) {
    state.instances[instance.name] = instance
    state.current = instance.name
  }

  // MARK: Statements

  mutating func perform(_ statement: String, _ rest: String) throws -> String {
    switch statement {
    case "run": return try run(rest)
    case "train": return try train(rest)
    case "reset": return try reset(rest)
    default: return try plot(rest)
    }
  }

  /// `NAME for 50 ms` as its name and what follows.
  private func named(_ rest: String) -> (name: String?, rest: String) {
    let first = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
    guard let character = first.first, character.isLetter || character == "_", first != "for" else {
      return (nil, rest.hasPrefix("for ") ? String(rest.dropFirst(4)).trimmed : rest)
    }
    let after = rest.dropFirst(first.count).trimmed
    // An expression may begin with a name too; then it is no instance's.
    let isInstance =
      state.instances[first] != nil || program.taskNames.contains(first)
      || program.networkNames.contains(first)
    guard isInstance || after.isEmpty || after.hasPrefix("for ") else { return (nil, rest) }
    return (first, after.hasPrefix("for ") ? String(after.dropFirst(4)).trimmed : after)
  }

  /// `run 200 ms`, `run net for 50 ms`, `run`: goes on from where it is.
  mutating func run(_ rest: String) throws -> String {
    let (name, text) = named(rest)
    var instance = try currentInstance(name)
    var span = instance.model.hasTask ? Double(instance.model.task.ticks) * instance.step : 100
    if instance.model.hasTask, instance.time > 0, text.isEmpty { instance.restart() }
    if !text.isEmpty {
      let expression = try checked(text)
      guard expression.dimension == .time else {
        throw PromptError.text("`run` takes a time, and this is \(expression.dimension.phrase): `run 200 ms`")
      }
      let evaluator = ArrayEvaluator(graph: expression.graph, ticks: 0) { _ in nil }
      guard let value = try? evaluator.value(expression.value).now.first, value > 0, value.isFinite else {
        throw PromptError.text("`run` takes a time above 0")
      }
      span = value
    }
    let ticks = (span / instance.step).rounded()
    guard abs(ticks * instance.step - span) <= 1e-6 * span, ticks >= 1 else {
      let step = Self.time(instance.step)
      throw PromptError.text("\(Self.time(span)) is no multiple of the step, \(step)")
    }
    guard ticks <= 1e8 else { throw PromptError.text("\(Self.time(span)) is too long for the prompt") }
    let start = instance.time
    let target = start + span
    try instance.start(seed: state.seed, surroundings)
    try instance.run(to: target, seed: state.seed, surroundings)
    remember()
    keep(instance)
    return runText(instance, from: start)
  }

  private func runText(_ instance: Instance, from start: Double) -> String {
    guard let result = instance.result else { return "" }
    var lines = ["\(instance.name): \(Self.time(start)) to \(Self.time(instance.time))"]
    for recording in result.recordings where recording.isSpikes {
      let population = recording.name.split(separator: ".").dropLast().joined(separator: ".")
      let first = Int((start / instance.step).rounded())
      let count = recording.events?.spikes.count { $0.row >= first } ?? 0
      let seconds = (instance.time - start) * 1e-3 * Double(max(recording.size, 1))
      lines.append(
        "\(population)[\(recording.size)]: \(count) spike\(count == 1 ? "" : "s"), "
          + NumberText.significant(seconds > 0 ? Double(count) / seconds : 0, 3) + " Hz")
    }
    let scores = instance.model.task.scores.enumerated().map { index, score in
      "\(score.name) \(NumberText.significant(result.scores[index], 4))"
    }
    let loss = result.loss.map { ["loss \(NumberText.significant($0, 4))"] } ?? []
    if !(scores + loss).isEmpty { lines.append((loss + scores).joined(separator: ", ")) }
    return lines.joined(separator: "\n")
  }

  /// `train 5`: so many epochs more, by the task's rule.
  mutating func train(_ rest: String) throws -> String {
    let (name, text) = named(rest)
    var instance = try currentInstance(name)
    guard case .task = instance.subject else {
      throw PromptError.text("`\(instance.name)` is a network; what to learn and how is said by a task")
    }
    let count = text.isEmpty ? 1 : Int(text.split(separator: " ").first.map(String.init) ?? "") ?? -1
    guard count > 0, count <= 1_000_000 else { throw PromptError.text("`train` takes a number of epochs: `train 5`") }
    let trainer: Trainer
    if let known = instance.trainer {
      trainer = known
    } else {
      let session = try Session(
        instance.model, options: instance.options(seed: state.seed, threads: surroundings.threads), gradient: true)
      try instance.start(seed: state.seed, surroundings)
      try instance.apply(to: session)
      trainer = try Trainer(session)
    }
    remember()
    let session = trainer.session
    if instance.drawn.isEmpty { instance.drawn = Self.weights(session) }
    let before = trainer.history.count
    trainer.epochs = trainer.epoch + count
    var lines: [String] = []
    var stopped = false
    let interrupt = surroundings.interrupt
    let progress = surroundings.progress
    let scores = instance.model.task.scores.map(\.name)
    do {
      try interrupt.guarding(session.cancellation) {
        try trainer.train(isCancelled: { interrupt.isRequested }) { report in
          let measured = zip(scores, report.scores).map { "  \($0) \(NumberText.significant($1, 4))" }.joined()
          var line = "epoch \(report.epoch + 1)  loss \(NumberText.significant(report.loss, 4))" + measured
          if let held = report.validation {
            let values = held.loss.map { [("loss", $0)] } ?? []
            line += "  validation:"
            for (name, value) in values + zip(scores, held.scores) {
              line += " \(name) \(NumberText.significant(value, 4))"
            }
          }
          if report.isEpochEnd { lines.append(line) }
          progress(line)
        }
      }
    } catch SNNError.cancelled { stopped = true }
    progress("")
    if let best = trainer.bestEpoch, !stopped { lines.append("kept the parameters after epoch \(best + 1)") }
    instance.trainer = trainer
    instance.history = trainer.history
    for index in instance.model.learnable {
      let name = instance.model.network.parameters[index].name
      instance.parameters[name] = session.parameter(name)
    }
    instance.restart()
    keep(instance)
    if lines.count > 10 { lines = Array(lines.prefix(3)) + ["…"] + Array(lines.suffix(6)) }
    if stopped { lines.append("stopped in epoch \(trainer.epoch + 1); what was learned is kept") }
    if instance.history.count - before > 1, !stopped { lines.append(try plot("loss")) }
    return lines.joined(separator: "\n")
  }

  static func weights(_ session: Session) -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for connection in session.model.network.connections {
      let name = session.model.network.parameters[connection.weight].name
      result[name] = session.parameter(name)
    }
    return result
  }

  /// `reset`, `reset net`: back to the start; `reset weights` forgets training too.
  mutating func reset(_ rest: String) throws -> String {
    let forgets = rest == "weights" || rest == "all"
    var instance = try currentInstance(forgets || rest.isEmpty ? nil : rest)
    remember()
    instance.restart()
    if forgets {
      instance.parameters = [:]
      instance.trainer = nil
      instance.history = []
      instance.drawn = [:]
    }
    keep(instance)
    return "\(instance.name) is at 0 ms" + (forgets ? ", with the weights that the seed draws" : "")
  }

  /// Parts between commas that stand outside brackets.
  static func parts(_ text: String) -> [String] {
    var parts: [String] = []
    var depth = 0
    var part = ""
    for character in text {
      if "([{".contains(character) { depth += 1 }
      if ")]}".contains(character) { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(part.trimmed)
        part = ""
      } else {
        part.append(character)
      }
    }
    if !part.trimmed.isEmpty { parts.append(part.trimmed) }
    return parts
  }
}
