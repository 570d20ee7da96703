import ArgumentParser
import SNN

/// What the phases hand to each other, for reading.
enum DumpStage: String, ExpressibleByArgument, CaseIterable, Sendable {
  case tokens, tree, types, ir, jacobian, plan, bytecode
}

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a program: names, dimensions, causality, learnability; nothing is run.")

  @OptionGroup var common: CommonOptions

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Print what a phase produced; may be repeated.", valueName: "tokens|tree|types|ir|jacobian|plan|bytecode"))
  var dump: [DumpStage] = []

  @Flag(help: "Apply the edits that cannot change what was meant, then check again.")
  var fix = false

  func run() throws {
    try common.reporting {
      if fix { try applyFixes() }
      let program = try ProgramLoader.compile(common.file, settings: common.settings, task: common.task)
      let faults = program.hasErrors ? [] : try planningFaults(program)
      try dump.filter(\.isBeforeTypes).forEach { try show($0, program) }
      report(program, faults)
      try common.requireContent(program)
      guard !program.hasErrors else { throw Failure(program.statusOfErrors) }
      guard faults.isEmpty else { throw Failure(.modelWrong) }
      try dump.filter { !$0.isBeforeTypes }.forEach { try show($0, program) }
    }
  }

  private func applyFixes() throws {
    guard common.file != "-" else { throw Failure(.commandLineWrong, "--fix needs a file to change") }
    try Files.requireText(try Files.readProgram(common.file), of: common.file)
    // An edit may uncover what another can settle.
    var count = 0
    for _ in 0..<8 {
      let program = try ProgramLoader.compile(common.file, settings: common.settings, task: common.task)
      guard let fixed = program.fixed else { break }
      count += program.safeEditCount
      try Files.write(fixed, to: common.file)
    }
    guard !common.json else { return }
    common.terminal.complain(
      count == 0 ? "\(common.file): nothing to apply" : "\(common.file): applied \(count) edit\(count == 1 ? "" : "s")")
  }

  /// What is right by itself and cannot be planned: an integrator that does not suit the equations, a cycle. A file
  /// without networks declares neurons for others to use, and there is nothing to plan.
  private func planningFaults(_ program: Program) throws -> [String] {
    if let task = common.task {
      _ = try common.model(of: program)
      return faults(of: [task], program)
    }
    guard program.taskNames.isEmpty else { return faults(of: program.taskNames, program) }
    return program.networkNames.isEmpty ? [] : faults(of: [nil], program)
  }

  private func faults(of tasks: [String?], _ program: Program) -> [String] {
    tasks.compactMap { name in
      do {
        _ = try program.model(task: name).plan()
        return nil
      } catch { return SNNError.wrapping(error).text }
    }
  }

  private func report(_ program: Program, _ faults: [String]) {
    let terminal = common.terminal
    if common.json {
      let renderer = JSONRenderer(program.sources)
      let objects =
        program.diagnostics.map { renderer.render($0) }
        + faults.map { JSON.object(["severity": "error", "headline": .string($0)]).text }
      terminal.print(objects.isEmpty ? "[]" : "[\n  " + objects.joined(separator: ",\n  ") + "\n]")
      return
    }
    if !program.diagnostics.isEmpty {
      terminal.complain(program.rendered(isColoured: terminal.errors.style.isOn))
    }
    faults.forEach { terminal.error($0) }
    let errors = program.diagnostics.count { $0.severity == .error } + faults.count
    let warnings = program.diagnostics.count - errors + faults.count
    func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
    let summary =
      [errors == 0 ? "no errors" : count(errors, "error")] + (warnings > 0 ? [count(warnings, "warning")] : [])
    guard !program.isEmpty || errors > 0 else { return }
    if dump.isEmpty || errors > 0 { terminal.complain("\(common.file): " + summary.joined(separator: ", ")) }
  }

  private func show(_ stage: DumpStage, _ program: Program) throws {
    func print(_ text: String) { common.terminal.print(text) }
    switch stage {
    case .tokens: print(program.tokenListing)
    case .tree: print(program.treeListing)
    case .types: print(program.typeListing)
    case .ir: print(try common.model(of: program).intermediateText())
    case .jacobian: print(try common.model(of: program).jacobians().text)
    case .plan: print(try common.model(of: program).planText())
    case .bytecode:
      print(try common.model(of: program).bytecode(precision: common.precision?.value ?? .f32))
    }
  }
}

extension DumpStage {
  /// Whether there is something to show even of a program with errors.
  var isBeforeTypes: Bool { self == .tokens || self == .tree || self == .types }
}
