/// Shows diagnostics for machines. The keys are stable: `code slug severity headline primary labels notes help`; a span
/// is `file line column offset endLine endColumn endOffset` (lines and columns from 1, columns in Unicode scalars,
/// offsets in UTF-8 bytes from 0).
public struct JSONRenderer: Sendable {
  let sources: SourceMap

  public init(_ sources: SourceMap) { self.sources = sources }

  /// A JSON array with one diagnostic a line.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    if diagnostics.isEmpty { return "[]\n" }
    return "[\n" + diagnostics.map { "  " + render($0) }.joined(separator: ",\n") + "\n]\n"
  }

  /// One JSON object on one line.
  public func render(_ diagnostic: Diagnostic) -> String {
    let labels = diagnostic.secondary.map(labelled).joined(separator: ",")
    let notes = diagnostic.notes.map(Self.quote).joined(separator: ",")
    let help = diagnostic.help.map { fix in
      let edits = fix.edits.map { edit in
        "{\(place(edit.span)),\"replacement\":\(Self.quote(edit.replacement))}"
      }.joined(separator: ",")
      return "{\"message\":\(Self.quote(fix.message)),\"safe\":\(fix.isSafe),\"edits\":[\(edits)]}"
    }.joined(separator: ",")
    return "{\"code\":\(Self.quote(diagnostic.id.code)),\"slug\":\(Self.quote(diagnostic.id.slug)),"
      + "\"severity\":\(Self.quote(diagnostic.severity.rawValue)),\"headline\":\(Self.quote(diagnostic.headline)),"
      + "\"primary\":\(labelled(diagnostic.primary)),\"labels\":[\(labels)],\"notes\":[\(notes)],\"help\":[\(help)]}"
  }

  private func labelled(_ label: Label) -> String { "{\(place(label.span)),\"text\":\(Self.quote(label.text))}" }

  private func place(_ span: Span) -> String {
    let file = sources[span.file]
    let (line, column) = file.position(of: Int(span.lower))
    let (endLine, endColumn) = file.position(of: Int(span.upper))
    return "\"file\":\(Self.quote(file.name)),\"line\":\(line),\"column\":\(column),\"offset\":\(span.lower),"
      + "\"endLine\":\(endLine),\"endColumn\":\(endColumn),\"endOffset\":\(span.upper)"
  }

  /// A JSON string.
  public static func quote(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 32 || scalar.value == 127:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
