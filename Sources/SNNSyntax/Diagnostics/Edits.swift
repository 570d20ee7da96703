/// The text with the edits made. Offsets are UTF-8; of two edits that overlap, the one that begins first is made.
public func applying(_ edits: [Edit], to text: String) -> String {
  String(decoding: applying(edits, to: Array(text.utf8)), as: UTF8.self)
}

/// As `applying(_:to:)` for bytes that need not be text.
public func applying(_ edits: [Edit], to bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  var position = 0
  let ordered = edits.enumerated().sorted {
    ($0.element.span.lower, $0.offset) < ($1.element.span.lower, $1.offset)
  }
  for (_, edit) in ordered {
    let lower = Int(edit.span.lower)
    let upper = Int(edit.span.upper)
    guard lower >= position, upper >= lower, upper <= bytes.count else { continue }
    result += bytes[position..<lower]
    result += edit.replacement.utf8
    position = upper
  }
  return result + bytes[position...]
}

extension Array where Element == Diagnostic {
  /// The edits of the safe fix-its in one file, at most one fix-it for each diagnostic.
  public func safeEdits(in file: FileID) -> [Edit] {
    flatMap { diagnostic -> [Edit] in
      guard let fix = diagnostic.help.first(where: { $0.isSafe && !$0.edits.isEmpty }),
        fix.edits.allSatisfy({ $0.span.file == file })
      else { return [] }
      return fix.edits
    }
  }
}
