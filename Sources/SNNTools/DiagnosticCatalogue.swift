import SNN
import SNNSema
import SNNSyntax

/// Every message that the checker can give, with its long story and the least program that gives it.
public enum DiagnosticCatalogue {
  public static let all: [Explanation] =
    (SyntaxDiagnostics.all + SemaDiagnostics.all + TaskDiagnostics.all + TaskDiagnostics.withFiles)
    .sorted { $0.id.code < $1.id.code }

  public static func explanation(of name: String) -> Explanation? {
    all.first { $0.id.code == name.uppercased() || $0.id.slug == name }
  }

  /// The long story of a code (`E0301`) or a slug (`dimension-mismatch`), with what the example is told.
  public static func story(of name: String, isColoured: Bool = false) -> String? {
    guard let explanation = explanation(of: name) else { return nil }
    var text = "\(explanation.id.code) (\(explanation.id.slug))\n\n\(explanation.text)\n\n"
    text += "A program that gives it:\n\n" + indented(explanation.example) + "\n"
    let said = messages(of: explanation, isColoured: isColoured)
    // The example may need a file that is not there.
    if !said.isEmpty { text += "What is said of it:\n\n" + indented(said) }
    if explanation.id.code.hasPrefix("W") {
      text += "\nWhere it is meant so, `// allow: \(explanation.id.slug)` in the line or above it silences it.\n"
    }
    return text
  }

  /// What compiling the example says, the code's own message first.
  public static func messages(of explanation: Explanation, isColoured: Bool = false) -> String {
    let program = Program.compile(
      bytes: explanation.exampleBytes, name: "example.snn",
      settings: explanation == SemaDiagnostics.setting ? ["nothing": "1"] : [:])
    let own = program.diagnostics.filter { $0.id == explanation.id }
    return TextRenderer(program.sources, colour: isColoured).render(own)
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  " + $0 }
      .joined(separator: "\n") + (text.hasSuffix("\n") ? "" : "\n")
  }
}
