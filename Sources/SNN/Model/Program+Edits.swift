import SNNSyntax

extension Program {
  /// The text after the edits that diagnostics offer as safe; nil where there are none.
  public var fixed: String? {
    let edits = diagnostics.safeEdits(in: file)
    guard !edits.isEmpty else { return nil }
    return String(decoding: applying(edits, to: sources[file].utf8), as: UTF8.self)
  }

  /// How many edits `fixed` makes.
  public var safeEditCount: Int { diagnostics.safeEdits(in: file).count }

  /// The text in the one layout that the language has.
  public var formatted: String { format(sources[file]) }
}
