import SNNIR
import SNNSema
import SNNSyntax

/// A compiled program: what it declares, and what is to be said about it. Compiling never throws; errors are among the
/// diagnostics.
///
/// ```swift
/// let program = Program.compile(source, name: "digits.snn")
/// guard !program.hasErrors else { print(program.rendered()) ; return }
/// let model = try program.model()
/// ```
public struct Program: Sendable {
  public let sources: SourceMap
  public let checked: CheckedProgram
  /// In the order of the file, at most one per root cause.
  public let diagnostics: [Diagnostic]
  /// Folder that data files are looked for in.
  public let folder: String
  /// The program itself among `sources`, and how it reads.
  public let file: FileID
  public let tree: SyntaxTree
  let data: DataCache

  /// - Parameters:
  ///   - text: the program.
  ///   - name: what messages call the file.
  ///   - folder: where relative paths start.
  ///   - settings: `NAME=VALUE` pairs for parameters of networks and tasks.
  ///   - use: gives the text behind `use "file.snn"`; `use std.…` is in the library.
  public static func compile(
    _ text: String, name: String = "program.snn", folder: String = "", settings: [String: String] = [:],
    use: (UseDecl) -> SourceText? = { _ in nil }
  ) -> Program {
    compile(bytes: Array(text.utf8), name: name, folder: folder, settings: settings, use: use)
  }

  /// As above, from bytes that need not be valid UTF-8: what is not, is a diagnostic.
  /// - Parameters:
  ///   - task: whose numbers and rule the settings mean; nil: those of all tasks.
  ///   - previous: an earlier state of the program, of which everything is taken over that stays as it was; its data files
  ///     are not read again.
  ///   - isEdited: keeps what a later state can take over.
  public static func compile(
    bytes: [UInt8], name: String, folder: String = "", settings: [String: String] = [:], task: String? = nil,
    reusing previous: Program? = nil, isEdited: Bool = false,
    use: (UseDecl) -> SourceText? = { _ in nil }
  ) -> Program {
    var sources = SourceMap()
    let file = sources.add(name: name, utf8: bytes)
    let (tree, syntaxProblems) = parse(sources[file])
    let earlier = settings.isEmpty ? previous.flatMap { $0.folder == folder ? $0 : nil } : nil
    let data = previous.flatMap { $0.folder == folder ? $0.data : nil } ?? DataCache()
    let loader = SourceLoader(folder: folder)
    var options = CheckOptions(
      set: settings, dataShapes: { source in data.shape(source, loader) }, library: Library.texts,
      synapses: { source in SynapseFile.rows(source, loader) }, previous: earlier?.checked, keepsPieces: isEdited)
    options.task = task
    let (checked, problems) = check(tree, sources: sources, options: options, use: use)
    // A declaration that could not be read makes errors elsewhere that say nothing new.
    let isBroken = syntaxProblems.contains { $0.severity == .error }
    let kept = isBroken ? problems.filter { $0.severity == .error } : problems
    return Program(
      sources: checked.sources, checked: checked,
      diagnostics: (syntaxProblems + kept).sorted().deduplicated().limited(),
      folder: folder, file: file, tree: tree, data: data)
  }

  /// Whether the file declares nothing at all, which is no error of the language.
  public var isEmpty: Bool { tree.declarations.isEmpty }

  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  /// The diagnostics as the command shows them.
  public func rendered(isColoured: Bool = false) -> String {
    TextRenderer(sources, colour: isColoured).render(diagnostics)
  }

  public var taskNames: [String] { checked.taskNames }
  public var networkNames: [String] { checked.networkNames }

  /// The task called `name`, or the only one; a program without tasks gives its only network.
  /// - Throws: `SNNError.program` where the program has errors, `.model` where there is no such task or several.
  public func model(task name: String? = nil) throws -> Model {
    let errors = diagnostics.filter { $0.severity == .error }
    guard errors.isEmpty else { throw SNNError.program(errors) }
    if let name {
      guard let lowered = checked.lower(task: name) else {
        throw SNNError.model("there is no task `\(name)`" + listing(of: taskNames, "the file has"))
      }
      return Model(lowered, program: self)
    }
    if let only = taskNames.first {
      guard taskNames.count == 1 else {
        throw SNNError.model("the file has several tasks\(listing(of: taskNames, "choose one with --task"))")
      }
      if let lowered = checked.lower(task: only) { return Model(lowered, program: self) }
    }
    guard let network = networkNames.last, let lowered = checked.lower(network: network) else {
      throw SNNError.model("the file declares no network to run")
    }
    return Model(lowered, program: self)
  }

  /// A network by itself, whatever tasks there are.
  /// - Throws: `SNNError.program` where the program has errors, `.model` where there is no such network.
  public func model(network name: String) throws -> Model {
    let errors = diagnostics.filter { $0.severity == .error }
    guard errors.isEmpty else { throw SNNError.program(errors) }
    guard let lowered = checked.lower(network: name) else {
      throw SNNError.model("there is no network `\(name)`" + listing(of: networkNames, "the file has"))
    }
    return Model(lowered, program: self)
  }

  private func listing(of names: [String], _ lead: String) -> String {
    names.isEmpty ? "" : "; \(lead): " + names.joined(separator: ", ")
  }
}
