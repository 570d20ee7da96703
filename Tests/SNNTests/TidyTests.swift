import Foundation
import Testing

/// The architecture's invariants, read from the repository's own sources.
@Suite struct TidyTests {
  struct Source: Sendable, CustomStringConvertible {
    /// From the root: `Sources/SNNIR/Graph/Graph.swift`.
    var path: String
    /// As it stands.
    var lines: [String]
    /// Without comments and the contents of strings on one line.
    var code: [String]
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var description: String { path }
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func sources(_ folder: String) -> [Source] {
    let base = root.appending(path: folder)
    let found = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
    return found.filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.sorted().compactMap { name in
      guard let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8) else { return nil }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      return Source(path: "\(folder)/\(name)", lines: lines, code: lines.map(Self.code))
    }
  }

  private static func code(_ line: String) -> String {
    var result = ""
    var isString = false
    var previous: Character = " "
    for character in line {
      if character == "\"", previous != "\\" { isString.toggle() }
      if !isString, character == "/", previous == "/" { return String(result.dropLast()) }
      if !isString || character == "\"" { result.append(character) }
      previous = character
    }
    return result
  }

  /// Every line of `sources` whose code matches, as `path:line: text`; a declaration is no use.
  private func matches(_ pattern: String, in sources: [Source]) throws -> [String] {
    let regex = try Regex(pattern)
    let declaration = try Regex(#"func \w+"#)
    return sources.flatMap { source in
      source.code.enumerated().filter { $0.element.replacing(declaration, with: "func ").contains(regex) }.map {
        "\(source.path):\($0.offset + 1): \(source.lines[$0.offset].trimmingCharacters(in: .whitespaces))"
      }
    }
  }

  private func expectNone(
    _ pattern: String, in sources: [Source], at location: SourceLocation = #_sourceLocation
  ) throws {
    let found = try matches(pattern, in: sources)
    #expect(found == [], sourceLocation: location)
  }

  static let ours = sources("Sources")

  @Test func theSourcesAreFound() {
    #expect(Self.ours.count > 50)
    #expect(Set(Self.ours.map(\.target)).isSuperset(of: Self.allowedImports.keys))
  }

  /// What each target may import. The C library, for its mathematics and terminals, counts as one room.
  static let allowedImports: [String: Set<String>] = {
    let system = ["Glibc", "Musl", "Darwin", "Synchronization"]
    return [
      "SNNSyntax": [],
      "SNNIR": ["RealModule"],
      "SNNSema": ["SNNSyntax", "SNNIR"],
      "SNNCalculus": ["SNNIR", "RealModule"],
      "SNNRuntime": Set(system + ["SNNIR", "CSNNKernels", "RealModule"]),
      "SNNData": Set(system + ["SNNIR", "CHDF5", "Foundation"]),
      "SNN": Set(
        system + ["SNNSyntax", "SNNIR", "SNNSema", "SNNCalculus", "SNNRuntime", "SNNData", "Foundation"]),
      "SNNTools": ["SNN", "SNNSyntax", "SNNIR", "SNNSema", "Synchronization"],
      "snn": Set(system + ["SNN", "SNNTools", "ArgumentParser", "CLibEdit", "Foundation"]),
    ]
  }()

  @Test func everyTargetImportsOnlyWhatItMay() throws {
    for source in Self.ours {
      let allowed = try #require(Self.allowedImports[source.target], "\(source.path) is in no known target")
      for line in source.code {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(of: "import"), words[..<position].allSatisfy(Self.isImportModifier)
        else { continue }
        let kinds: Set<Substring> = ["struct", "func", "class", "enum", "protocol", "typealias", "var", "let"]
        let name = words[(position + 1)...].first { !kinds.contains($0) }?.split(separator: ".").first ?? ""
        #expect(allowed.contains(String(name)), "\(source.path) imports \(name)")
      }
    }
  }

  private static func isImportModifier(_ word: Substring) -> Bool {
    word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
  }

  @Test func nothingPrintsBelowTheCommand() throws {
    let below = Self.ours.filter { $0.target != "snn" }
    try expectNone(#"(^|[^.\w])(print|debugPrint|dump|puts|printf)\("#, in: below)
    try expectNone(#"\b(stdout|stderr|STDOUT_FILENO|STDERR_FILENO)\b"#, in: below)
  }

  @Test func nothingTrapsOnPurpose() throws {
    try expectNone(#"\bfatalError\b|\btry!|\bas!|\bpreconditionFailure\b"#, in: Self.ours)
  }

  @Test func noStateIsGlobal() throws {
    // A stored variable has no brace on its line; a computed one has.
    let modifiers = #"((public|package|internal|private|fileprivate|nonisolated\(unsafe\)|@\w+(\(\w+\))?) )*"#
    try expectNone("^\\s*" + modifiers + #"(static|class) var [^{]*$"#, in: Self.ours)
    try expectNone("^" + modifiers + #"var [^{]*$"#, in: Self.ours.filter { !$0.path.hasSuffix("main.swift") })
    try expectNone(#"nonisolated\(unsafe\)"#, in: Self.ours)
  }

  @Test func onlyTheDataLayerAndTheCommandTouchFiles() throws {
    let others = Self.ours.filter { $0.target != "snn" && $0.target != "SNNData" }
    try expectNone(#"\b(fopen|freopen|opendir|mkstemp|unlink|FileManager|FileHandle)\b"#, in: others)
    try expectNone(#"(^|[^.\w])(open|creat|rename)\("#, in: others)
  }

  @Test func filesStaySmall() {
    for source in Self.ours + Self.sources("Tests") { #expect(source.lines.count <= 801, "\(source.path)") }
  }

  @Test func namesSayWhatThingsAre() throws {
    let declaration = #"\b(struct|class|enum|protocol|actor) \w*(Manager|Helper|Helpers|Utils|Utilities)\b"#
    try expectNone(declaration, in: Self.ours)
  }

  @Test func noPathOfThisMachineIsInTheSources() {
    for source in Self.ours {
      for line in source.lines { #expect(!line.contains("/home/") && !line.contains("/root/"), "\(source.path)") }
    }
  }

  /// One manifest with dependencies; packages that need more live under `Tools`, and examples of embedding use this one.
  @Test func dependenciesAreDeclaredInOnePlace() throws {
    let found = FileManager.default.enumerator(atPath: Self.root.path)?.compactMap { $0 as? String } ?? []
    let manifests = found.filter { $0.hasSuffix("Package.swift") && !$0.contains(".build") }
    for manifest in manifests where manifest != "Package.swift" {
      #expect(manifest.hasPrefix("Tools/") || manifest.hasPrefix("examples/"), "\(manifest)")
    }
    #expect(!found.contains(".gitmodules"))
    let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    let urls = manifest.matches(of: try Regex(#"url: "([^"]*)""#)).compactMap {
      $0.output[1].substring.map(String.init)
    }
    #expect(
      Set(urls) == [
        "https://github.com/apple/swift-argument-parser", "https://github.com/apple/swift-numerics",
      ])
  }
}
