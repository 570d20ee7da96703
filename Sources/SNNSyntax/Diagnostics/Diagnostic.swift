/// How bad it is. Only errors make `snn check` fail.
public enum Severity: String, Sendable, Hashable { case error, warning }

/// A stable code (`E0301`, `W0102`) with its slug (`dimension-mismatch`). The slug is what `// allow: NAME` silences.
public struct DiagnosticID: Hashable, Sendable {
  public let code: String
  public let slug: String
  public init(_ code: String, _ slug: String) {
    self.code = code
    self.slug = slug
  }
}

/// A caret under part of the source, with what it has to say.
public struct Label: Hashable, Sendable {
  public var span: Span
  public var text: String
  public init(_ span: Span, _ text: String = "") {
    self.span = span
    self.text = text
  }
}

/// Replace the text at `span` by `replacement`.
public struct Edit: Hashable, Sendable {
  public var span: Span
  public var replacement: String
  public init(_ span: Span, _ replacement: String) {
    self.span = span
    self.replacement = replacement
  }
}

/// A concrete change that would help. `isSafe` edits are applied by `snn check --fix`.
public struct FixIt: Hashable, Sendable {
  public var message: String
  public var edits: [Edit]
  public var isSafe: Bool
  public init(_ message: String, edits: [Edit] = [], isSafe: Bool = false) {
    self.message = message
    self.edits = edits
    self.isSafe = isSafe
  }
}

/// One message to the user. Phases make these from payload enums of their own; all English of a phase is in one file.
public struct Diagnostic: Hashable, Sendable {
  public var id: DiagnosticID
  public var severity: Severity
  public var headline: String
  public var primary: Label
  public var secondary: [Label]
  public var notes: [String]
  public var help: [FixIt]
  /// The name or keyword that was looked for in vain: where a statement that could not be read mentions it, the message
  /// would say nothing new.
  public var missing: String?

  public init(
    _ id: DiagnosticID, _ severity: Severity, _ headline: String, at primary: Label,
    secondary: [Label] = [],
    notes: [String] = [], help: [FixIt] = []
  ) {
    self.id = id
    self.severity = severity
    self.headline = headline
    self.primary = primary
    self.secondary = secondary
    self.notes = notes
    self.help = help
  }

  /// How many messages a run gives.
  public static let limit = 100

  /// The same, marked as being about something that was looked for in vain.
  public func lookingFor(_ name: String) -> Diagnostic {
    var result = self
    result.missing = name
    return result
  }
}
