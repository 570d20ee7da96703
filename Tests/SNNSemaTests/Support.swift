import SNNIR
import SNNSyntax

@testable import SNNSema

/// `4:8 E0301 cannot subtract …`: what the tests compare diagnostics with.
func findings(
  _ text: String, set: [String: String] = [:], use: (UseDecl) -> SourceText? = { _ in nil }
) -> [String] {
  checked(text, set: set, use: use).diagnostics.map { "\(position($0, text)) \($0.id.code) \($0.headline)" }
}

func checked(
  _ text: String, set: [String: String] = [:], use: (UseDecl) -> SourceText? = { _ in nil }
) -> (program: CheckedProgram, diagnostics: [Diagnostic]) {
  var sources = SourceMap()
  let file = sources.add(name: "test.snn", text: text)
  let (tree, syntax) = parse(sources[file])
  let (program, found) = check(tree, sources: sources, options: CheckOptions(set: set), use: use)
  return (program, syntax + found)
}

private func position(_ diagnostic: Diagnostic, _ text: String) -> String {
  let span = diagnostic.primary.span
  guard span.file == FileID(0) else { return "-" }
  let file = SourceFile(id: FileID(0), name: "test.snn", text: text)
  let (line, column) = file.position(of: Int(span.lower))
  return "\(line):\(column)"
}

/// The value of an expression in a graph, with symbols given by name.
func value(_ value: ValueID, in graph: Graph, _ symbols: [String: Double]) -> Double? {
  Evaluate.values([value], in: graph) { symbols[graph[$0].name] }[0]
}
