/// The header of a `.npy` file: a Python dictionary of `descr`, `fortran_order` and `shape`.
struct NPYHeader {
  var shape: [Int]
  var isColumnMajor: Bool
  /// `f`, `i`, `u`, `b`, `U` or `S`.
  var kind: Character
  /// Bytes per element.
  var size: Int
  var isBigEndian: Bool

  init(parsing bytes: ArraySlice<UInt8>, file: String) throws(DataError) {
    let text = String(decoding: bytes, as: UTF8.self)
    func value(of key: String) throws(DataError) -> Substring {
      for quote in ["'", "\""] {
        let spelled = quote + key + quote
        guard let start = Self.find(spelled, in: text) else { continue }
        let rest = text[start...].drop { $0 == " " || $0 == ":" }
        if !rest.isEmpty { return rest }
      }
      throw .corrupt(file: file, detail: "the header has no `\(key)`: \(text.prefix(80))")
    }
    let order = try value(of: "fortran_order")
    isColumnMajor = order.hasPrefix("True")
    let tuple = try value(of: "shape")
    guard tuple.first == "(", let close = tuple.firstIndex(of: ")") else {
      throw .corrupt(file: file, detail: "the header's shape is \(tuple.prefix(20))")
    }
    var shape: [Int] = []
    for part in tuple[..<close].dropFirst().split(separator: ",") {
      let digits = part.filter { $0 != " " && $0 != "L" }
      if digits.isEmpty { continue }
      guard let length = Int(digits), length >= 0 else {
        throw .corrupt(file: file, detail: "the header's shape is \(tuple[...close])")
      }
      shape.append(length)
    }
    self.shape = shape
    let description = try value(of: "descr")
    guard let quote = description.first, quote == "'" || quote == "\"" else {
      throw .wrongType(
        file: file, name: "the array", found: "records of several values",
        expected: "numbers or text")
    }
    let type = description.dropFirst().prefix { $0 != quote }
    guard let order = type.first, "<>|=".contains(order), let kind = type.dropFirst().first,
      let width = Int(type.dropFirst(2)), width >= 0, width < 1 << 20
    else {
      throw .wrongType(
        file: file, name: "the array", found: "elements `\(type)`", expected: "numbers or text")
    }
    isBigEndian = order == ">"
    self.kind = kind
    size = kind == "U" ? 4 * width : width
    switch (kind, width) {
    case ("f", 2), ("f", 4), ("f", 8), ("i", 1), ("i", 2), ("i", 4), ("i", 8), ("u", 1), ("u", 2),
      ("u", 4), ("u", 8),
      ("b", 1), ("U", 1...), ("S", 1...):
      break
    default:
      throw .wrongType(
        file: file, name: "the array", found: "elements `\(type)`", expected: "numbers or text")
    }
  }

  /// The index after `needle`.
  private static func find(_ needle: String, in text: String) -> String.Index? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(needle) { return text.index(start, offsetBy: needle.count) }
      start = text.index(after: start)
    }
    return nil
  }

  func decode(_ data: ArraySlice<UInt8>, count: Int, file: String) throws(DataError)
    -> NDArray.Elements
  {
    switch (kind, size) {
    case ("f", 2): .float32(words(data, UInt16.self).map(Self.half))
    case ("f", 4): .float32(words(data, UInt32.self).map(Float.init(bitPattern:)))
    case ("f", _): .float64(words(data, UInt64.self).map(Double.init(bitPattern:)))
    case ("i", 1): .int32(data.map { Int32(Int8(bitPattern: $0)) })
    case ("i", 2): .int32(words(data, Int16.self).map { Int32($0) })
    case ("i", 4): .int32(words(data, Int32.self))
    case ("i", _): .int64(words(data, Int64.self))
    case ("u", 1), ("b", 1): .uint8(Array(data))
    case ("u", 2): .int32(words(data, UInt16.self).map { Int32($0) })
    case ("u", 4): .int64(words(data, UInt32.self).map { Int64($0) })
    case ("u", _): .int64(try narrowed(words(data, UInt64.self), file: file))
    case ("S", _):
      .text(
        (0..<count).map { index in
          let start = data.startIndex + index * size
          return String(decoding: data[start..<start + size].prefix { $0 != 0 }, as: UTF8.self)
        })
    default:
      .text(
        (0..<count).map { index in
          let start = data.startIndex + index * size
          var text = ""
          for code in words(data[start..<start + size], UInt32.self) where code != 0 {
            text.unicodeScalars.append(Unicode.Scalar(code) ?? "\u{FFFD}")
          }
          return text
        })
    }
  }

  private func narrowed(_ values: [UInt64], file: String) throws(DataError) -> [Int64] {
    var result: [Int64] = []
    for value in values {
      guard let narrow = Int64(exactly: value) else {
        throw .wrongType(
          file: file, name: "the array", found: "the integer \(value)",
          expected: "integers up to 2^63 - 1")
      }
      result.append(narrow)
    }
    return result
  }

  private func words<Word: FixedWidthInteger>(_ data: ArraySlice<UInt8>, _: Word.Type) -> [Word] {
    data.withUnsafeBytes { buffer in
      let width = MemoryLayout<Word>.size
      return (0..<buffer.count / width).map { index in
        let word = buffer.loadUnaligned(fromByteOffset: index * width, as: Word.self)
        return isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word)
      }
    }
  }

  /// IEEE half precision, exactly.
  private static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let fraction = Float(bits & 0x03FF)
    switch bits >> 10 & 0x1F {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    case let exponent:
      return sign * (1 + fraction * 0x1p-10)
        * Float(sign: .plus, exponent: Int(exponent) - 15, significand: 1)
    }
  }
}
