/// Index of a source text in a `SourceMap`.
public struct FileID: Hashable, Sendable {
  public var rawValue: UInt16
  public init(_ rawValue: Int) { self.rawValue = UInt16(rawValue) }
}

/// A half-open range of UTF-8 offsets in one file. Every token and every node of the tree has one.
public struct Span: Hashable, Sendable {
  public var file: FileID
  public var lower: UInt32
  public var upper: UInt32

  public init(file: FileID, lower: Int, upper: Int) {
    self.file = file
    self.lower = UInt32(lower)
    self.upper = UInt32(upper)
  }

  public var length: Int { Int(upper) - Int(lower) }

  /// The least span that covers both; the file of `self` wins.
  public func union(_ other: Span) -> Span {
    guard other.file == file else { return self }
    return Span(
      file: file, lower: Int(min(lower, other.lower)), upper: Int(max(upper, other.upper)))
  }
}

/// One source text with the name that messages show for it.
public struct SourceFile: Sendable {
  public let id: FileID
  public let name: String
  public let utf8: [UInt8]
  /// Offset at which each line starts; always begins with 0.
  public let lineStarts: [Int]

  public init(id: FileID, name: String, text: String) {
    self.init(id: id, name: name, utf8: Array(text.utf8))
  }

  public init(id: FileID, name: String, utf8: [UInt8]) {
    self.id = id
    self.name = name
    self.utf8 = utf8
    var starts = [0]
    for (offset, byte) in utf8.enumerated() where byte == 10 { starts.append(offset + 1) }
    lineStarts = starts
  }

  public func text(_ span: Span) -> String {
    let lower = min(Int(span.lower), utf8.count)
    return String(
      decoding: utf8[lower..<max(lower, min(Int(span.upper), utf8.count))], as: UTF8.self)
  }

  /// Line and column (both from 1; the column counts Unicode scalars).
  public func position(of offset: Int) -> (line: Int, column: Int) {
    let offset = min(max(offset, 0), utf8.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let prefix = utf8[lineStarts[low]..<offset]
    return (low + 1, prefix.reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) })
  }
}

/// All texts of one compilation: the user's file, the files it uses, the library.
public struct SourceMap: Sendable {
  public private(set) var files: [SourceFile] = []

  public init() {}

  public mutating func add(name: String, text: String) -> FileID {
    let id = FileID(files.count)
    files.append(SourceFile(id: id, name: name, text: text))
    return id
  }

  /// For bytes that need not be text: the lexer says where they are not.
  public mutating func add(name: String, utf8: [UInt8]) -> FileID {
    let id = FileID(files.count)
    files.append(SourceFile(id: id, name: name, utf8: utf8))
    return id
  }

  public subscript(id: FileID) -> SourceFile { files[Int(id.rawValue)] }
  public func text(_ span: Span) -> String { self[span.file].text(span) }
}
