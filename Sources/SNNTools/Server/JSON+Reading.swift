extension JSON {
  /// A JSON text (RFC 8259); nil where it is none.
  public init?(_ bytes: some Sequence<UInt8>) {
    var reader = JSONReader(bytes: Array(bytes))
    guard let value = reader.document() else { return nil }
    self = value
  }

  public init?(_ text: String) { self.init(text.utf8) }

  /// A member of an object; nil where there is none.
  public subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  public subscript(index: Int) -> JSON? {
    guard case .array(let items) = self, items.indices.contains(index) else { return nil }
    return items[index]
  }

  public var items: [JSON] { if case .array(let items) = self { items } else { [] } }
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  public var isTrue: Bool { self == .bool(true) }
  public var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }
}

private struct JSONReader {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() -> JSON? {
    guard let result = value() else { return nil }
    skipBlanks()
    return position == bytes.count ? result : nil
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
  }

  private mutating func accept(_ byte: Character) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == byte.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func accept(word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func value() -> JSON? {
    skipBlanks()
    guard position < bytes.count, depth < 200 else { return nil }
    depth += 1
    defer { depth -= 1 }
    switch bytes[position] {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return array()
    case UInt8(ascii: "\""): return string().map(JSON.string)
    case UInt8(ascii: "t"): return accept(word: "true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return accept(word: "false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return accept(word: "null") ? .null : nil
    default: return number()
    }
  }

  private mutating func object() -> JSON? {
    position += 1
    var members: [JSON.Member] = []
    if accept("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\""), let name = string(), accept(":"),
        let value = value()
      else { return nil }
      members.append(JSON.Member(name: name, value: value))
    } while accept(",")
    return accept("}") ? .object(members) : nil
  }

  private mutating func array() -> JSON? {
    position += 1
    var items: [JSON] = []
    if accept("]") { return .array(items) }
    repeat {
      guard let value = value() else { return nil }
      items.append(value)
    } while accept(",")
    return accept("]") ? .array(items) : nil
  }

  private mutating func number() -> JSON? {
    let start = position
    while position < bytes.count, "+-0123456789.eE".utf8.contains(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let whole = Int(text) { return .integer(whole) }
    return Double(text).map(JSON.number)
  }

  private mutating func string() -> String? {
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        content += String(Character(scalar)).utf8
      default: content.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"):
      guard let high = codeUnit() else { return nil }
      if (0xD800..<0xDC00).contains(high) {
        guard accept(word: "\\u"), let low = codeUnit(), (0xDC00..<0xE000).contains(low) else { return "\u{FFFD}" }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      }
      return Unicode.Scalar(high) ?? "\u{FFFD}"
    default: return nil
    }
  }

  private mutating func codeUnit() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    let text = String(decoding: bytes[position..<position + 4], as: UTF8.self)
    position += 4
    return UInt32(text, radix: 16)
  }
}
