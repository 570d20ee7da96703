import SNN
import SNNSema
import SNNSyntax

/// What the prompt answers to a line.
public struct PromptReply: Hashable, Sendable {
  /// With a newline at its end unless it is empty.
  public var text: String
  /// Whether the line goes on: a brace is open.
  public var isIncomplete = false
  public var isFinished = false

  init(_ text: String = "", isIncomplete: Bool = false, isFinished: Bool = false) {
    self.text = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
    self.isIncomplete = isIncomplete
    self.isFinished = isFinished
  }
}

/// The engine of `snn repl`: a line in, text out. It reaches files, the clock and the screen through `Surroundings` only.
/// What is wrong is told and changes nothing.
public struct Prompt {
  /// Everything that `:undo` takes back.
  struct State {
    var document = Document()
    var instances: [String: Instance] = [:]
    /// The instance that statements mean when they name none.
    var current: String?
    var values: [PromptValue] = []
    var seed: UInt64?
    var loaded: String?
  }

  public static let greeting = "snn \(SNNVersion.current): type declarations, expressions, or :help"

  let surroundings: Surroundings
  var state = State()
  var program: Program
  private var pending = ""
  private var past: [State] = []
  private static let mostPast = 100

  public init(_ surroundings: Surroundings) {
    self.surroundings = surroundings
    program = Program.compile("", name: "prompt")
  }

  /// What stands before the next line.
  public var mark: String { pending.isEmpty ? "snn> " : "...> " }

  /// Leaves a line that goes on, as Ctrl-C does.
  public mutating func cancelLine() { pending = "" }

  public mutating func read(_ line: String) -> PromptReply {
    let whole = pending + GreekLetters.expanded(line)
    let isForced = line.allSatisfy(\.isWhitespace) && !pending.isEmpty
    if Self.goesOn(whole, isForced: isForced) {
      pending = whole + "\n"
      return PromptReply(isIncomplete: true)
    }
    pending = ""
    return answer(whole)
  }

  /// The end of the input: what was begun is answered as it is.
  public mutating func finish() -> PromptReply {
    guard !pending.isEmpty else { return PromptReply() }
    let whole = pending
    pending = ""
    return answer(whole)
  }

  /// Whether brackets are open, or the line ends in an operator.
  static func goesOn(_ text: String, isForced: Bool) -> Bool {
    let trimmed = text.drop { $0.isWhitespace }
    if trimmed.hasPrefix(":") { return false }
    let (stream, _) = lex(SourceFile(id: FileID(0), name: "", text: text))
    var depth = 0
    for token in stream.tokens {
      switch token.kind {
      case .leftBrace, .leftBracket, .leftParenthesis: depth += 1
      case .rightBrace, .rightBracket, .rightParenthesis: depth -= 1
      default: break
      }
    }
    if depth > 0 { return true }
    guard !isForced, let last = stream.tokens.dropLast().last else { return false }
    let open: Set<TokenKind> = [
      .plus, .minus, .star, .slash, .caret, .less, .lessOrEqual, .greater, .greaterOrEqual, .equalEqual, .notEqual,
      .comma, .assign, .tilde, .arrow,
    ]
    return open.contains(last.kind)
  }

  private mutating func answer(_ whole: String) -> PromptReply {
    let text = whole.trimmed
    guard !text.isEmpty else { return PromptReply() }
    if text.hasPrefix(":") { return command(String(text.dropFirst())) }
    do {
      return PromptReply(try evaluate(text))
    } catch { return PromptReply(describe(error)) }
  }

  /// What a line that is no command says.
  mutating func evaluate(_ text: String) throws -> String {
    let words = text.split(maxSplits: 1) { !($0.isLetter || $0.isNumber || $0 == "_") }
    let first = words.first.map(String.init) ?? ""
    let isAlone = text.hasPrefix(first) && !first.isEmpty
    let rest = isAlone ? String(text.dropFirst(first.count)).trimmed : ""
    let isCall = rest.hasPrefix("(") || rest.hasPrefix("=") || rest.hasPrefix(".")
    if isAlone, Keywords.declarations.contains(first), !isCall { return try declare(text) }
    if isAlone, Self.statements.contains(first), !isCall || (first == "plot") {
      return try perform(first, rest)
    }
    if isAlone, rest.hasPrefix("="), !rest.hasPrefix("=="), !rest.hasPrefix("=~") {
      return try assign(first, String(rest.dropFirst()).trimmed)
    }
    let isDeclared = state.instances[first] != nil || program.declaration(named: first) != nil
    if isAlone, rest.isEmpty, isDeclared, let about = about(first) { return about }
    return try show(text)
  }

  static let statements = ["run", "train", "reset", "plot"]

  // MARK: Declarations

  /// Takes the declarations of a text in; refuses them together where one is wrong.
  mutating func declare(_ text: String) throws -> String {
    var sources = SourceMap()
    let file = sources.add(name: "prompt", text: text)
    let (tree, problems) = parse(sources[file])
    guard problems.allSatisfy({ $0.severity != .error }), !tree.declarations.isEmpty else {
      throw PromptError.text(rendered(problems, sources))
    }
    var document = state.document
    var places: Set<Int> = []
    var told: [String] = []
    for piece in Document.pieces(of: text) {
      let isKnown = document.index(of: piece.name) != nil
      let place = document.enter(piece)
      places.insert(place)
      if piece.keyword == "use" {
        told.append(piece.text)
      } else {
        told.append("\(piece.keyword) \(piece.name)" + (isKnown ? ", in place of the earlier one" : ""))
      }
    }
    let next = compile(document)
    let ranges = document.ranges
    func isNew(_ diagnostic: Diagnostic) -> Bool {
      let span = diagnostic.primary.span
      return span.file != next.file || places.contains { ranges[$0].contains(Int(span.lower)) }
    }
    let wrong = next.diagnostics.filter { $0.severity == .error && isNew($0) }
    guard wrong.isEmpty else {
      throw PromptError.text(rendered(wrong, next.sources) + "nothing was changed\n")
    }
    remember()
    state.document = document
    program = next
    var text = told.joined(separator: "\n") + "\n"
    text += rendered(next.diagnostics.filter { $0.severity == .warning && isNew($0) }, next.sources)
    let others = next.diagnostics.filter { $0.severity == .error && !isNew($0) }
    if !others.isEmpty {
      text += rendered(others, next.sources) + "what uses it no longer fits: change that too, or :undo\n"
    }
    return text + refreshInstances()
  }

  func compile(_ document: Document, settings: [String: String] = [:]) -> Program {
    let used = UsedTexts(folder: document.folder, surroundings: surroundings)
    return Program.compile(
      document.text, name: "prompt", folder: document.folder,
      settings: document.settings.merging(settings) { $1 }, use: used.load)
  }

  /// Makes the instances' models anew; those whose network is another now are dropped.
  mutating func refreshInstances() -> String {
    var notes = ""
    for name in state.instances.keys.sorted() {
      guard var instance = state.instances[name] else { continue }
      let time = instance.time
      if let model = try? model(of: instance.subject, settings: instance.settings) {
        let fingerprint = Self.fingerprint(model)
        if fingerprint == instance.fingerprint {
          instance.model = model
          state.instances[name] = instance
          continue
        }
      }
      state.instances[name] = nil
      if state.current == name { state.current = nil }
      if time > 0 || !instance.parameters.isEmpty {
        notes += "`\(name)` is dropped: its network is another now (it stood at \(Self.time(time)))\n"
      }
    }
    return notes
  }

  // MARK: State

  mutating func remember() {
    past.append(state)
    if past.count > Self.mostPast { past.removeFirst() }
  }

  /// Takes the last change back; false where there is none.
  mutating func undo() -> Bool {
    guard let last = past.popLast() else { return false }
    state = last
    // Trainers go on from where training stood; what was undone belongs to none.
    for name in state.instances.keys { state.instances[name]?.trainer = nil }
    program = compile(state.document)
    return true
  }

  func rendered(_ diagnostics: [Diagnostic], _ sources: SourceMap) -> String {
    diagnostics.isEmpty ? "" : TextRenderer(sources, colour: surroundings.isColoured).render(diagnostics)
  }

  func describe(_ error: any Error) -> String {
    if case PromptError.text(let text) = error { return text }
    let wrapped = SNNError.wrapping(error)
    switch wrapped {
    case .program: return rendered(program.diagnostics.filter { $0.severity == .error }, program.sources)
    case .cancelled: return "stopped; everything is as it was before"
    default: return "error: " + wrapped.text
    }
  }

  static func time(_ milliseconds: Double) -> String {
    milliseconds >= 10_000
      ? NumberText.significant(milliseconds / 1000, 6) + " s" : NumberText.significant(milliseconds, 6) + " ms"
  }
}

/// Said as it is.
enum PromptError: Error {
  case text(String)
}

extension StringProtocol {
  var trimmed: String {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
