/// The base protocol of language servers: messages with a `Content-Length` before each.
public struct MessageStream {
  private var bytes: [UInt8] = []

  public init() {}

  public mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

  /// The next whole message; nil until there is one. What is no JSON comes back as null.
  public mutating func next() -> JSON? {
    guard let end = headerEnd else { return nil }
    let header = String(decoding: bytes[..<end], as: UTF8.self)
    var length: Int?
    for line in header.split(whereSeparator: \.isNewline) {
      let sides = line.split(separator: ":", maxSplits: 1)
      if sides.count == 2, sides[0].lowercased() == "content-length" { length = Int(sides[1].trimmed) }
    }
    let start = end + 4
    guard let length, length >= 0 else {
      bytes.removeFirst(start)
      return .null
    }
    guard bytes.count >= start + length else { return nil }
    let content = bytes[start..<start + length]
    bytes.removeFirst(start + length)
    return JSON(content) ?? .null
  }

  private var headerEnd: Int? {
    guard bytes.count >= 4 else { return nil }
    return (0...(bytes.count - 4)).first { bytes[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
  }

  public static func framed(_ message: JSON) -> String {
    let text = message.text
    return "Content-Length: \(text.utf8.count)\r\n\r\n\(text)"
  }
}
