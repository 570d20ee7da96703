import SNN
import SNNSyntax

/// One open file with everything that requests ask of it.
struct Analysis {
  let uri: String
  let text: String
  let program: Program
  let source: SourceFile
  let bindings: Bindings

  /// - Parameter previous: gives data files that were read before, so that typing reads nothing again.
  init(uri: String, text: String, previous: Program?, read: @escaping (String) -> [UInt8]?) {
    self.uri = uri
    self.text = text
    let path = Self.path(of: uri)
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    program = Program.compile(
      bytes: Array(text.utf8), name: path.isEmpty ? "program.snn" : path, folder: folder, reusing: previous,
      isEdited: true
    ) { declaration in
      guard let name = declaration.file else { return nil }
      let full = name.hasPrefix("/") || folder.isEmpty ? name : folder + "/" + name
      return read(full).map { SourceText(name: full, text: String(decoding: $0, as: UTF8.self)) }
    }
    source = program.sources[program.file]
    let main = program.file
    let others = program.sources.files.filter { $0.id != main && !$0.name.hasPrefix("--set ") }
    let trees = program.checked.trees
    bindings = Bindings(program.tree, others: others.compactMap { trees[$0.id] })
  }

  /// `/folder/a b.snn` of `file:///folder/a%20b.snn`.
  static func path(of uri: String) -> String {
    guard uri.hasPrefix("file://") else { return "" }
    var bytes: [UInt8] = []
    var rest = Array(uri.dropFirst(7).utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func uri(of path: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
    return "file://"
      + path.utf8.map { byte -> String in
        if plain.contains(byte) { return String(UnicodeScalar(byte)) }
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.count < 2 ? "0" : "") + digits
      }.joined()
  }

  // MARK: Positions

  /// Line and UTF-16 column, both from 0.
  func position(_ offset: Int) -> JSON { Self.position(offset, in: source) }

  static func position(_ offset: Int, in source: SourceFile) -> JSON {
    let offset = min(max(offset, 0), source.utf8.count)
    let line = source.position(of: offset).line - 1
    let start = source.lineStarts[line]
    return .object([
      "line": .integer(line), "character": .integer(Self.utf16Length(source.utf8[start..<offset])),
    ])
  }

  static func utf16Length(_ bytes: some Sequence<UInt8>) -> Int {
    var length = 0
    for byte in bytes where byte & 0xC0 != 0x80 { length += byte >= 0xF0 ? 2 : 1 }
    return length
  }

  func range(_ span: Span) -> JSON {
    let source = program.sources[span.file]
    return .object([
      "start": Self.position(Int(span.lower), in: source), "end": Self.position(Int(span.upper), in: source),
    ])
  }

  func offset(_ position: JSON?) -> Int { Self.offset(position, in: source.utf8, lineStarts: source.lineStarts) }

  static func offset(_ position: JSON?, in bytes: [UInt8], lineStarts: [Int]) -> Int {
    let line = max(position?["line"]?.integer ?? 0, 0)
    var left = position?["character"]?.integer ?? 0
    guard line < lineStarts.count else { return bytes.count }
    var place = lineStarts[line]
    let end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
    while place < end, left > 0 {
      let byte = bytes[place]
      left -= byte >= 0xF0 ? 2 : 1
      place += byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
    }
    return min(place, end)
  }

  /// The text of a line, without what ends it.
  func line(_ number: Int) -> String {
    guard source.lineStarts.indices.contains(number) else { return "" }
    let start = source.lineStarts[number]
    let end = number + 1 < source.lineStarts.count ? source.lineStarts[number + 1] - 1 : source.utf8.count
    return String(decoding: source.utf8[start..<max(start, end)], as: UTF8.self)
  }

  func location(_ span: Span) -> JSON? {
    let name = program.sources[span.file].name
    if span.file == source.id { return .object(["uri": .string(uri), "range": range(span)]) }
    // Texts of the library are in the command itself, at no address.
    guard name.hasPrefix("/") else { return nil }
    return .object(["uri": .string(Self.uri(of: name)), "range": range(span)])
  }

  // MARK: Words

  /// What is known of a binding's dimension, kind and level.
  func typeText(_ binding: Binding) -> String? {
    program.checked.types.first { $0.owner == binding.owner && $0.name.prefix { $0 != "[" } == binding.name }?.text
  }
}
