import SNN
import SNNSyntax

/// Diagnostics and what can be done about them.
extension Analysis {
  var diagnostics: JSON {
    .array(
      program.diagnostics.map { diagnostic in
        // What is wrong in a used file is told where it is used.
        let isHere = diagnostic.primary.span.file == source.id
        let span = isHere ? diagnostic.primary.span : useSpan(of: diagnostic.primary.span.file)
        var message = diagnostic.headline
        if !isHere { message = program.sources[diagnostic.primary.span.file].name + ": " + message }
        for note in diagnostic.notes { message += "\nnote: " + note }
        for help in diagnostic.help { message += "\nhelp: " + help.message }
        let related = diagnostic.secondary.compactMap { label -> JSON? in
          guard !label.text.isEmpty, let location = location(label.span) else { return nil }
          return .object(["location": location, "message": .string(label.text)])
        }
        return .object([
          "range": range(span), "severity": .integer(diagnostic.severity == .error ? 1 : 2),
          "code": .string(diagnostic.id.code), "source": "snn", "message": .string(message),
          "relatedInformation": .array(related), "data": .string(diagnostic.id.slug),
        ])
      })
  }

  private func useSpan(of file: FileID) -> Span {
    let name = program.sources[file].name
    for declaration in program.tree.declarations {
      guard case .use(let decl) = declaration else { continue }
      let path = decl.file ?? decl.path.map(\.text).joined(separator: ".")
      if name.hasSuffix(path) || path.hasPrefix(name) { return decl.span }
    }
    return Span(file: source.id, lower: 0, upper: 0)
  }

  /// Edits for what is complained about within a range.
  func actions(_ range: JSON?) -> JSON {
    let lower = offset(range?["start"])
    let upper = offset(range?["end"])
    var actions: [JSON] = []
    for diagnostic in program.diagnostics where diagnostic.primary.span.file == source.id {
      let span = diagnostic.primary.span
      let spans = [span] + diagnostic.help.flatMap { $0.edits.map(\.span) }
      guard spans.contains(where: { Int($0.lower) <= upper && lower <= Int($0.upper) }) else { continue }
      for fix in diagnostic.help where !fix.edits.isEmpty && fix.edits.allSatisfy({ $0.span.file == source.id }) {
        actions.append(action(fix.message, diagnostic, fix.edits, isPreferred: fix.isSafe))
      }
      if diagnostic.severity == .warning {
        let line = source.position(of: Int(span.lower)).line - 1
        let start = source.lineStarts[line]
        let indent = self.line(line).prefix { $0 == " " || $0 == "\t" }
        let edit = Edit(
          Span(file: source.id, lower: start, upper: start), "\(indent)// allow: \(diagnostic.id.slug)\n")
        actions.append(action("allow `\(diagnostic.id.slug)` here", diagnostic, [edit], isPreferred: false))
      }
    }
    return .array(actions)
  }

  private func action(_ title: String, _ diagnostic: Diagnostic, _ edits: [Edit], isPreferred: Bool) -> JSON {
    let changes = edits.map { edit in
      JSON.object(["range": self.range(edit.span), "newText": .string(edit.replacement)])
    }
    return .object([
      "title": .string(title), "kind": "quickfix", "isPreferred": .bool(isPreferred),
      "diagnostics": .array([
        .object([
          "range": self.range(diagnostic.primary.span), "code": .string(diagnostic.id.code), "source": "snn",
          "message": .string(diagnostic.headline),
        ])
      ]), "edit": .object(["changes": .object([JSON.Member(name: uri, value: .array(changes))])]),
    ])
  }
}
