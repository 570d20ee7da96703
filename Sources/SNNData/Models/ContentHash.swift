/// 64 bits that change with any bit of a document's content. It guards against damage, not against forgery.
struct ContentHash {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Multiplying spreads a change upwards and the rotation brings it down again, so that no two changes cancel for want
  /// of mixing.
  mutating func add(_ word: UInt64) {
    let product = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
    value = product << 32 | product >> 32
  }

  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    for byte in text.utf8 { add(UInt64(byte)) }
  }

  mutating func add(_ array: NDArray) {
    add(array.elements.typeName)
    add(UInt64(array.rank))
    for length in array.shape { add(UInt64(truncatingIfNeeded: length)) }
    switch array.elements {
    case .float64(let values): for value in values { add(value.bitPattern) }
    case .float32(let values): for value in values { add(UInt64(value.bitPattern)) }
    case .int64(let values): for value in values { add(UInt64(bitPattern: value)) }
    case .int32(let values): for value in values { add(UInt64(UInt32(bitPattern: value))) }
    case .uint8(let values): for value in values { add(UInt64(value)) }
    case .text(let values): for value in values { add(value) }
    }
  }

  /// 16 hexadecimal digits.
  static func of(_ document: HDF5Document) -> String {
    var hash = ContentHash()
    for (path, array) in document.datasets.sorted(by: { $0.key < $1.key }) {
      hash.add(path)
      hash.add(array)
    }
    for (path, attributes) in document.attributes.sorted(by: { $0.key < $1.key }) {
      for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
        hash.add(path)
        hash.add(name)
        hash.add(value)
      }
    }
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
