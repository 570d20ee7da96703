import SNN

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A program's text and those that it uses, each looked for beside the file that names it.
struct ProgramLoader {
  /// Folders of the sources in the order in which they are entered; 0 is the program itself.
  private var folders: [String]
  private var seen: Set<String> = []

  static func compile(_ path: String, settings: [Setting], task: String?) throws -> Program {
    let bytes = try Files.readProgram(path)
    let folder = path == "-" ? "" : Files.folder(of: path)
    var loader = ProgramLoader(folders: [folder])
    return Program.compile(
      bytes: bytes, name: path == "-" ? "<stdin>" : path, folder: folder,
      settings: Dictionary(settings.map { ($0.name, $0.value) }) { _, last in last }, task: task
    ) { loader.load($0) }
  }

  private mutating func load(_ declaration: UseDecl) -> SourceText? {
    let index = Int(declaration.span.file.rawValue)
    guard let name = declaration.file, folders.indices.contains(index) else { return nil }
    let folder = folders[index]
    let path = name.hasPrefix("/") || folder.isEmpty ? name : folder + "/" + name
    guard let bytes = try? Files.readProgram(path) else { return nil }
    if seen.insert(path).inserted { folders.append(Files.folder(of: path)) }
    return SourceText(name: path, text: String(decoding: bytes, as: UTF8.self))
  }
}

extension CommonOptions {
  var terminal: Terminal { Terminal.standard }

  /// Runs a verb's body; whatever is thrown becomes an exit status and a message.
  func reporting(_ body: () throws -> Void) throws {
    do { try body() } catch {
      let failure = Self.failure(error)
      if json, let message = failure.message {
        terminal.print(
          JSON.object([
            "event": "error", "status": .integer(Int(failure.status.rawValue)), "message": .string(message),
          ]).text)
      }
      throw failure
    }
  }

  static func failure(_ error: any Error) -> Failure {
    if let failure = error as? Failure { return failure }
    let error = SNNError.wrapping(error)
    switch error {
    case .program: return Failure(.modelWrong)
    case .model: return Failure(.modelWrong, error.text)
    case .data, .fault: return Failure(.runTimeFault, error.text)
    case .cancelled: return Failure(.interrupted, "interrupted")
    }
  }

  /// The program, after its diagnostics have been shown.
  /// - Throws: where there are errors.
  func program() throws -> Program {
    let program = try ProgramLoader.compile(file, settings: settings, task: task)
    if json, program.hasErrors {
      // On one line, as everything that verbs print for machines.
      let renderer = JSONRenderer(program.sources)
      let list = program.diagnostics.map { renderer.render($0) }.joined(separator: ",")
      let status = program.statusOfErrors.rawValue
      terminal.print("{\"event\":\"error\",\"status\":\(status),\"diagnostics\":[\(list)]}")
    } else if !program.diagnostics.isEmpty {
      terminal.complain(program.rendered(isColoured: terminal.errors.style.isOn))
    }
    guard !program.hasErrors else { throw Failure(program.statusOfErrors) }
    try requireContent(program)
    return program
  }

  /// The program with whatever is wrong with it, which nobody is told.
  func quietProgram() throws -> Program { try ProgramLoader.compile(file, settings: settings, task: task) }

  func requireContent(_ program: Program) throws {
    guard program.isEmpty, !program.hasErrors else { return }
    throw Failure(.modelWrong, "\(file) declares nothing; a program has neurons, a network and a task")
  }

  func model() throws -> Model { try model(of: try program()) }

  func model(of program: Program) throws -> Model {
    let names = program.taskNames
    if let task, !names.contains(task) {
      throw Failure(
        .commandLineWrong,
        "there is no task `\(task)`; \(file) has "
          + (names.isEmpty ? "none" : names.joined(separator: ", ")))
    }
    if task == nil, names.count > 1 {
      throw Failure(
        .commandLineWrong, "\(file) has several tasks; choose one with --task: \(names.joined(separator: ", "))")
    }
    return try program.model(task: task)
  }

  func sessionOptions(
    batch: Int? = nil, epochs: Int? = nil, precision fallback: Precision = .f32
  ) -> SessionOptions {
    SessionOptions(
      precision: precision?.value ?? fallback, threads: threads ?? Self.cores, seed: seed, batch: batch,
      epochs: epochs)
  }

  private static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

extension Program {
  /// A file that cannot be read is not the model's fault, though it is found out while the program is checked.
  var statusOfErrors: ExitStatus {
    let errors = diagnostics.filter { $0.severity == .error }
    return !errors.isEmpty && errors.allSatisfy { $0.id.slug == "data-not-readable" } ? .runTimeFault : .modelWrong
  }
}

extension PrecisionOption {
  var value: Precision { self == .f32 ? .f32 : .f64 }
}

extension Session {
  /// By name; an unknown one is a mistake on the command line.
  func requireDataSet(_ name: String?) throws -> Int? {
    guard let name else { return nil }
    do { return try dataSet(named: name) } catch { throw Failure(.commandLineWrong, SNNError.wrapping(error).text) }
  }
}

extension Model {
  /// What `--record a.x,b` asks for; an unknown name is a mistake on the command line.
  func requireRecords(_ names: [String]) throws -> [RecordRequest] {
    let parts = names.flatMap { $0.split(separator: ",").map(String.init) }
    do { return try recordRequests(parts) } catch {
      throw Failure(.commandLineWrong, SNNError.wrapping(error).text)
    }
  }

  func named(_ scores: [Double]) -> [Progress.Named] {
    zip(task.scores, scores).map { Progress.Named(name: $0.name, value: $1) }
  }

  /// Loss and scores on the set that a task validates on.
  func named(_ evaluation: Evaluation) -> [Progress.Named] {
    guard let set = task.validation.map({ task.dataSets[$0.dataSet].name }) else { return [] }
    let loss = evaluation.loss.map { [Progress.Named(name: "\(set) loss", value: $0)] } ?? []
    return loss + zip(task.scores, evaluation.scores).map { Progress.Named(name: "\(set) \($0.name)", value: $1) }
  }

  func namedRates(_ rates: [Double]) -> [Progress.Named] {
    spiking.compactMap { index in
      rates.indices.contains(index)
        ? Progress.Named(name: network.populations[index].name, value: rates[index]) : nil
    }
  }
}
