import SNN
import SNNIR
import SNNSema
import SNNSyntax

extension Prompt {
  /// The commands with what they do, as `:help` lists them.
  public static let commands: [(name: String, argument: String, purpose: String)] = [
    ("load", "FILE", "replace everything by a file's declarations"),
    ("reload", "", "read the file again"),
    ("list", "[NAME]", "the declarations as they stand"),
    ("info", "NAME", "what a name is: its documentation, its variables with their dimensions"),
    ("type", "EXPR", "the dimension of an expression"),
    ("units", "[DIMENSION]", "the units there are"),
    ("set", "[NAME=VALUE]", "a parameter of the network or the task; alone: those that are set"),
    ("step", "[N]", "N ticks more, and the states after them"),
    ("run", "[TIME]", "as the statement `run`"),
    ("reset", "[weights]", "back to 0 ms; with `weights`, forget what was learned too"),
    ("trace", "[POP.VAR]", "draw states against time"),
    ("raster", "[POP]", "draw spikes"),
    ("explain", "[CODE|schedule]", "the derived equations, the order of the step, or the story of a message"),
    ("grad", "", "the loss of the first batch and the gradient of each parameter"),
    ("train", "[N]", "as the statement `train`"),
    ("seed", "[N]", "the seed of the random numbers; alone: which it is"),
    ("save", "FILE", "write the declarations"),
    ("undo", "", "take the last change back"),
    ("time", "LINE", "how long a line takes"),
    ("help", "[COMMAND]", "this list"),
    ("quit", "", "leave (also Ctrl-D)"),
  ]

  mutating func command(_ text: String) -> PromptReply {
    let name = String(text.prefix { !$0.isWhitespace })
    let argument = text.dropFirst(name.count).trimmed
    let matching = Self.commands.map(\.name).filter { $0 == name }
    let candidates = matching.isEmpty ? Self.commands.map(\.name).filter { $0.hasPrefix(name) } : matching
    guard candidates.count == 1 || name == "q" || name == "h" || name == "?" else {
      let nearest = Spelling.nearest(to: name, among: Self.commands.map(\.name))
      let hint = candidates.count > 1 ? candidates.map { ":" + $0 }.joined(separator: ", ") : nearest.map { ":" + $0 }
      return PromptReply("there is no command `:\(name)`" + (hint.map { "; did you mean \($0)?" } ?? "; see :help"))
    }
    let command = name == "q" ? "quit" : name == "h" || name == "?" ? "help" : candidates[0]
    if command == "quit" { return PromptReply(isFinished: true) }
    do { return PromptReply(try obey(command, argument)) } catch { return PromptReply(describe(error)) }
  }

  private mutating func obey(_ command: String, _ argument: String) throws -> String {
    if let needed = Self.commands.first(where: { $0.name == command })?.argument, argument.isEmpty,
      !needed.isEmpty, !needed.hasPrefix("[")
    {
      throw PromptError.text("it is written `:\(command) \(needed)`")
    }
    switch command {
    case "load": return try load(argument)
    case "reload":
      guard let path = state.loaded else { throw PromptError.text("nothing was loaded: :load FILE") }
      return try load(path)
    case "list": return try list(argument)
    case "info":
      guard let text = about(argument) else { throw PromptError.text("nothing here is called `\(argument)`") }
      return text
    case "type": return try checked(argument).words
    case "units": return try units(argument)
    case "set": return try set(argument)
    case "step": return try step(argument)
    case "run", "train", "reset": return try perform(command, argument)
    case "trace": return try plot(argument.isEmpty ? "trace" : "trace(\(argument))")
    case "raster": return try plot(argument.isEmpty ? "raster" : "raster(\(argument))")
    case "explain": return try explain(argument)
    case "grad": return try gradientTable()
    case "seed": return try seed(argument)
    case "save":
      if let objection = OutputFormat.program.objection(to: argument) { throw PromptError.text(objection) }
      try surroundings.write(state.document.text, argument)
      return "saved \(argument)"
    case "undo": return undo() ? "taken back" : "there is nothing to take back"
    case "time":
      let start = surroundings.clock()
      let text = argument.hasPrefix(":") ? self.command(String(argument.dropFirst())).text : try evaluate(argument)
      let seconds = surroundings.clock() - start
      return text + (text.hasSuffix("\n") || text.isEmpty ? "" : "\n") + "took " + Self.duration(seconds)
    default: return help(argument)
    }
  }

  private static func duration(_ seconds: Double) -> String {
    seconds < 1 ? NumberText.significant(seconds * 1000, 3) + " ms" : NumberText.duration(seconds: seconds)
  }

  // MARK: Files

  mutating func load(_ path: String) throws -> String {
    let name =
      path.hasPrefix("\"") && path.hasSuffix("\"") && path.count > 1 ? String(path.dropFirst().dropLast()) : path
    let text: String
    do { text = String(decoding: try surroundings.read(name), as: UTF8.self) } catch {
      throw PromptError.text("cannot read \(name)")
    }
    var document = Document()
    document.folder = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
    let used = UsedTexts(folder: document.folder, surroundings: surroundings)
    let program = Program.compile(text, name: name, folder: document.folder, use: used.load)
    guard !program.hasErrors else {
      throw PromptError.text(program.rendered(isColoured: surroundings.isColoured) + "nothing was changed\n")
    }
    document.pieces = Document.pieces(of: text)
    remember()
    state.document = document
    state.loaded = name
    state.instances = [:]
    state.current = nil
    self.program = compile(document)
    let names = document.pieces.filter { !$0.name.isEmpty }.map { "\($0.keyword) \($0.name)" }
    return (program.diagnostics.isEmpty ? "" : program.rendered(isColoured: surroundings.isColoured))
      + (names.isEmpty ? "\(name) declares nothing" : names.joined(separator: ", "))
  }

  func list(_ name: String) throws -> String {
    guard !name.isEmpty else {
      return state.document.pieces.isEmpty ? "nothing is declared" : state.document.text
    }
    if let place = state.document.index(of: name) { return state.document.pieces[place].text }
    if let text = Library.texts[name] { return text.trimmed }
    guard let used = used(name) else { throw PromptError.text("nothing here is called `\(name)`") }
    return used.text
  }

  /// A declaration of a text that `use` names, or of the library under its whole name, `std.neurons.AdEx`.
  private func used(_ name: String) -> Document.Piece? {
    if let dot = name.lastIndex(of: "."), let text = Library.texts[String(name[..<dot])] {
      return Document.pieces(of: text).first { $0.name == name[name.index(after: dot)...] }
    }
    for file in program.sources.files where file.id != program.file {
      let pieces = Document.pieces(of: String(decoding: file.utf8, as: UTF8.self))
      if let piece = pieces.first(where: { $0.name == name && !name.isEmpty }) { return piece }
    }
    return nil
  }

  // MARK: Names

  /// What a name is; nil where it is nothing.
  func about(_ name: String) -> String? {
    if let value = state.values.last(where: { $0.name == name }) {
      return "\(name) = \(Self.text(value.value, value.dimension, value.unit))"
    }
    if let instance = state.instances[name] {
      return Self.describe(instance.model, name: name) + "\nat \(Self.time(instance.time))"
        + (instance.history.isEmpty ? "" : ", trained for \(instance.history.count) epochs")
    }
    if let declaration = program.declaration(named: name) {
      var lines: [String] = []
      if let documentation = declaration.documentation { lines.append(documentation.trimmed) }
      lines.append("\(declaration.keyword) \(name)")
      if declaration.keyword == "task", let model = try? program.model(task: name) {
        lines[lines.count - 1] = Self.describe(model, name: name)
      }
      return (lines + members(of: name)).joined(separator: "\n")
    }
    // `hidden` is listed with its shape, `hidden[128]`.
    if let listed = program.checked.types.first(where: { entry in
      let plain = String(entry.name.prefix { $0 != "[" })
      return plain == name || "\(entry.owner).\(plain)" == name
    }) {
      let path = listed.owner + "." + listed.name.prefix { $0 != "[" }
      return (["\(listed.name): \(listed.text)"] + members(of: path)).joined(separator: "\n")
    }
    if let used = used(name) {
      // Its documentation stands before it; what comes before that is about the whole text.
      let lines = used.text.split(separator: "\n").map(String.init)
      let head = lines.firstIndex { $0.hasPrefix(used.keyword) } ?? 0
      let notes = lines[..<head].reversed().prefix { $0.hasPrefix("///") }.reversed().map { $0.dropFirst(3).trimmed }
      let owner = name.split(separator: ".").last.map(String.init) ?? name
      return (notes + ["\(used.keyword) \(owner)"] + members(of: owner)).joined(separator: "\n")
    }
    if let unit = UnitTable.units[name] { return "\(name) is a unit of \(Dimension(unit.exponents).words)" }
    return nil
  }

  private func members(of owner: String) -> [String] {
    program.checked.types.filter { $0.owner == owner }.map { "  \($0.name): \($0.text)" }
  }

  func units(_ name: String) throws -> String {
    let common = [
      "ms", "s", "mV", "V", "pA", "nA", "nS", "uS", "pF", "nF", "MOhm", "GOhm", "Hz", "kHz", "um", "mM", "degC",
    ]
    guard !name.isEmpty else {
      return "units stand directly after a number: 10 ms, 20 uF/cm^2, 0.01 /mV/ms\nthe usual ones: "
        + common.joined(separator: " ") + "\nprefixes: " + UnitTable.prefixes.map(\.name).joined(separator: " ")
        + "\ndimensions: " + UnitTable.dimensions.keys.sorted().joined(separator: " ")
    }
    guard let dimension = UnitTable.dimensions[name] ?? UnitTable.units[name]?.exponents else {
      let nearest = Spelling.nearest(to: name, among: Array(UnitTable.dimensions.keys) + Array(UnitTable.units.keys))
      throw PromptError.text(
        "`\(name)` is no dimension and no unit" + (nearest.map { "; did you mean `\($0)`?" } ?? ""))
    }
    let all = UnitTable.units.filter { $0.value.exponents == dimension && !$0.key.contains("μ") }
    let sorted = all.sorted { ($0.value.decade, $0.key) < ($1.value.decade, $1.key) }.map(\.key)
    return "\(Dimension(dimension).words): "
      + (sorted.isEmpty ? Dimension(dimension).unitText : sorted.joined(separator: " "))
  }

  // MARK: Settings

  private mutating func set(_ argument: String) throws -> String {
    guard !argument.isEmpty else {
      let lines = state.document.settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
      return lines.isEmpty ? "nothing is set" : lines.joined(separator: "\n")
    }
    let sides = argument.split(separator: "=", maxSplits: 1).map { $0.trimmed }
    guard sides.count == 2, !sides[1].isEmpty else { throw PromptError.text("`:set NAME=VALUE`, as `:set n=64`") }
    var document = state.document
    document.settings[sides[0]] = sides[1]
    let next = compile(document)
    guard !next.hasErrors || program.hasErrors else {
      throw PromptError.text(
        rendered(next.diagnostics.filter { $0.severity == .error }, next.sources) + "nothing was changed\n")
    }
    remember()
    state.document = document
    program = next
    var text = "\(sides[0]) = \(sides[1])\n"
    for name in state.instances.keys.sorted() {
      guard var instance = state.instances[name] else { continue }
      guard let model = try? model(of: instance.subject, settings: instance.settings) else { continue }
      let fingerprint = Self.fingerprint(model)
      guard fingerprint != instance.fingerprint else { continue }
      // A number has changed: the network stays, with what it has learned, unless its sizes are others now.
      let sizes = { (model: Model) in model.network.populations.map(\.size) }
      if sizes(model) == sizes(instance.model) {
        instance.model = model
        instance.fingerprint = fingerprint
        instance.parameters[sides[0]] = nil
        instance.trainer = nil
        if instance.time > 0 { text += "`\(name)` is back at 0 ms\n" }
        instance.restart()
        state.instances[name] = instance
      } else {
        state.instances[name] = nil
        if state.current == name { state.current = nil }
        text += "`\(name)` is dropped: its network is another now\n"
      }
    }
    return text
  }

  private mutating func seed(_ argument: String) throws -> String {
    if argument.isEmpty { return state.seed.map { "seed \($0)" } ?? "the task's own seed" }
    guard let number = UInt64(argument) else { throw PromptError.text("a seed is a whole number from 0: `:seed 3`") }
    remember()
    state.seed = number
    for name in state.instances.keys {
      state.instances[name]?.restart()
      state.instances[name]?.trainer = nil
    }
    return "seed \(number); what ran is back at 0 ms"
  }

  // MARK: Looking

  private mutating func step(_ argument: String) throws -> String {
    let count = argument.isEmpty ? 1 : Int(argument) ?? -1
    guard count > 0, count < 1_000_000 else { throw PromptError.text("`:step` takes a number of ticks") }
    var instance = try currentInstance()
    try instance.run(to: instance.time + Double(count) * instance.step, seed: state.seed, surroundings)
    remember()
    keep(instance)
    var lines = ["t = \(Self.time(instance.time))"]
    for (request, recording) in zip(instance.requests, instance.result?.recordings ?? []) {
      let now =
        recording.isSpikes
        ? Array(recording.dense.suffix(recording.size)) : Array(recording.values.suffix(recording.size))
      guard !now.isEmpty else { continue }
      let shown = now.prefix(6).map { NumberText.significant($0, 4) }.joined(separator: " ")
      let unit = request.unit.text == "1" ? "" : " " + request.unit.text
      lines.append("\(request.name) = \(shown)\(now.count > 6 ? " …" : "")\(unit)")
    }
    return lines.joined(separator: "\n")
  }

  private func explain(_ argument: String) throws -> String {
    if let story = DiagnosticCatalogue.story(of: argument) { return story }
    if argument.first == "E" || argument.first == "W", argument.dropFirst().allSatisfy(\.isNumber), argument.count > 1 {
      throw PromptError.text("there is no message `\(argument)`")
    }
    let instance = try currentInstance()
    return try instance.model.explanation(style: .text, scheduleOnly: argument == "schedule").text
  }

  private func gradientTable() throws -> String {
    let instance = try currentInstance()
    let result = try gradients(instance)
    var rows = [["parameter", "values", "norm", "largest"]]
    for name in result.gradients.keys.sorted() {
      let values = result.gradients[name] ?? []
      rows.append([
        name, "\(values.count)", NumberText.significant(Self.norm(values), 4),
        NumberText.significant(values.map(\.magnitude).max() ?? 0, 4),
      ])
    }
    return "loss \(NumberText.significant(result.loss, 6))\n" + TextTable.text(rows)
  }

  private func help(_ name: String) -> String {
    let known = Self.commands.first { ":" + $0.name == name || $0.name == name }
    if let known { return ":\(known.name) \(known.argument)\n  \(known.purpose)" }
    let rows = Self.commands.map { [":\($0.name) \($0.argument)", $0.purpose] }
    return """
      declarations    neuron …, network …, task …, function …, use std.neurons.LIF
      expressions     exp(-1 ms / 10 ms), hidden.U, mean over time of hidden.U; _ is the last value
      names           tau = 10 ms; net = Classifier(n = 8)
      statements      run 200 ms; run net for 50 ms; train 5; plot raster(hidden), hidden.U to "out.svg"; reset
      \\tau and Tab    τ

      """ + TextTable.text(rows) + "\ncommands may be cut short while one fits: :lo, :i, :q"
  }
}

/// Columns under each other.
enum TextTable {
  static func text(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell + (column + 1 < row.count ? String(repeating: " ", count: widths[column] - cell.count + 2) : "")
      }
      return line
    }.joined(separator: "\n")
  }
}
