import SNNSyntax

/// What goes wrong between tasks: `task B = A with { … }`, `start from A`, `validate on DATA`, and in schedules.
enum TaskFamilyMessage: Sendable {
  case unknownTask(name: String, at: Span, nearest: String?, known: [String])
  case cycle(names: [String], at: Span)
  case learnsNothing(task: String, at: Span)
  case nothingShared(task: String, at: Span)
  case shapesDiffer(parameter: String, task: String, at: Span)
  case validatesNothing(at: Span)
  case notScore(name: String, at: Span, nearest: String?, known: [String])
  case schedule(text: String, at: Span)
}

enum TaskFamilyID {
  static let unknownTask = DiagnosticID("E0628", "unknown-task")
  static let cycle = DiagnosticID("E0629", "tasks-in-a-circle")
  static let start = DiagnosticID("E0630", "start-from-what")
  static let validation = DiagnosticID("E0631", "validate-what")
  static let schedule = DiagnosticID("E0713", "bad-schedule")
}

extension ExpressionChecker {
  mutating func report(_ message: TaskFamilyMessage) { report(message.diagnostic) }
}

extension TaskFamilyMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .unknownTask(let name, let span, let nearest, let known):
      TaskMessage.unknown(
        TaskFamilyID.unknownTask, "there is no task `\(name)`", span, nearest,
        note: known.isEmpty ? nil : "there are " + known.map { "`\($0)`" }.joined(separator: ", ")
      ).lookingFor(name)
    case .cycle(let names, let span):
      Diagnostic(
        TaskFamilyID.cycle, .error, "tasks go in a circle: " + names.joined(separator: " -> "), at: Label(span),
        help: [FixIt("one of them must stand by itself: `task A of NETWORK { … }`, without `start from`")])
    case .learnsNothing(let task, let span):
      Diagnostic(
        TaskFamilyID.start, .error, "`\(task)` learns nothing that this task could start from", at: Label(span),
        notes: ["`start from` takes what another task has learned"],
        help: [FixIt("add `loss` and `learn` to `\(task)`, or give a file: `--params FILE`")])
    case .nothingShared(let task, let span):
      Diagnostic(
        TaskFamilyID.start, .error, "the network of `\(task)` has no parameter of this one's", at: Label(span),
        notes: ["parameters go over by their names: `w_in`, `hidden.tau_mem`"])
    case .shapesDiffer(let parameter, let task, let span):
      Diagnostic(
        TaskFamilyID.start, .error, "`\(parameter)` has another shape in `\(task)`", at: Label(span),
        help: [FixIt("give both networks the same sizes, or that connection another name: `connect … as NAME`")])
    case .validatesNothing(let span):
      Diagnostic(
        TaskFamilyID.validation, .error, "there is no training to validate", at: Label(span),
        help: [FixIt("add `loss` and `learn` to the task; `snn eval` measures a set without training")])
    case .notScore(let name, let span, let nearest, let known):
      TaskMessage.unknown(
        TaskFamilyID.validation, "`\(name)` is no score of the task", span, nearest,
        note: "there are " + known.map { "`\($0)`" }.joined(separator: ", "))
    case .schedule(let text, let span):
      Diagnostic(
        TaskFamilyID.schedule, .error, "`\(text)` is no schedule", at: Label(span),
        notes: ["lengths are in epochs; schedules can stand inside one another and multiply"],
        help: [
          FixIt("`cosine(1e-3, to = 0)` falls to the end of training"),
          FixIt("`step_decay(1e-3, factor = 0.5, every = 10)` halves it every 10 epochs"),
          FixIt("`warmup(1e-3, over = 2)` rises through the first 2"),
        ])
    }
  }
}
