/// The long story of one diagnostic: what it means, and the least program that gives it.
public struct Explanation: Hashable, Sendable {
  public let id: DiagnosticID
  public let text: String
  /// Checking this source gives a diagnostic with `id`. Bytes, since one of the mistakes is not being UTF-8.
  public let exampleBytes: [UInt8]

  public var example: String { String(decoding: exampleBytes, as: UTF8.self) }

  public init(_ id: DiagnosticID, _ text: String, example: String) {
    self.init(id, text, bytes: Array(example.utf8))
  }

  public init(_ id: DiagnosticID, _ text: String, bytes: [UInt8]) {
    self.id = id
    self.text = text
    exampleBytes = bytes
  }
}

extension Array where Element == Diagnostic {
  /// In source order, file by file; errors before warnings at one place.
  public func sorted() -> [Diagnostic] {
    enumerated().sorted { left, right in
      let a = left.element
      let b = right.element
      let ka = (
        a.primary.span.file.rawValue, a.primary.span.lower, a.severity == .error ? 0 : 1,
        left.offset
      )
      let kb = (
        b.primary.span.file.rawValue, b.primary.span.lower, b.severity == .error ? 0 : 1,
        right.offset
      )
      return ka < kb
    }.map(\.element)
  }

  /// The first `Diagnostic.limit` of them, and one that says that there are more: a file of another kind has a mistake
  /// in every byte.
  public func limited() -> [Diagnostic] {
    guard count > Diagnostic.limit else { return self }
    return self[..<Diagnostic.limit] + [.more(after: self[Diagnostic.limit].primary.span)]
  }

  /// At most one diagnostic of a code per place, and no error whose primary span lies inside that of an earlier phase's
  /// error at the same start: the first said is the root.
  public func deduplicated() -> [Diagnostic] {
    var seen: Set<String> = []
    return filter { diagnostic in
      let span = diagnostic.primary.span
      let place = "\(span.file.rawValue):\(span.lower)"
      if diagnostic.severity == .warning {
        return seen.insert("\(place):\(diagnostic.id.code):\(diagnostic.headline)").inserted
      }
      return seen.insert("\(place):error").inserted
    }
  }
}
