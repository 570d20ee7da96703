/// NumPy's array files (`.npy`, format versions 1 to 3): numbers, booleans and text of any rank.
public enum NPYFile {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads an array; column-major ones are transposed to row-major.
  /// - Throws: `cannotOpen`, `wrongFormat`, `truncated`, `corrupt`, `wrongType`, `tooLarge`.
  public static func read(_ path: String) throws(DataError) -> NDArray {
    try parse(try FileBytes.read(path), file: path)
  }

  public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> NDArray {
    guard !bytes.isEmpty else { throw .empty(file: file, what: "the file") }
    guard bytes.starts(with: magic) else {
      throw .wrongFormat(
        file: file, expected: "a NumPy .npy file",
        found: "it begins with \(FileBytes.describe(bytes.prefix(16)))")
    }
    let prefix = bytes.count > 6 && bytes[6] == 1 ? 10 : 12
    guard bytes.count >= prefix else {
      throw .truncated(file: file, detail: "the header is incomplete")
    }
    guard (1...3).contains(bytes[6]) else {
      throw .unsupported(
        file: file, what: "format version \(bytes[6])", hint: "versions 1 to 3 are known")
    }
    let headerLength = (8..<prefix).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard headerLength <= bytes.count - prefix else {
      throw .truncated(file: file, detail: "a header of \(headerLength) bytes is announced")
    }
    let header = try NPYHeader(parsing: bytes[prefix..<prefix + headerLength], file: file)
    guard let count = NDArray.count(of: header.shape),
      case (let size, let overflow) = count.multipliedReportingOverflow(by: header.size), !overflow
    else { throw .tooLarge(file: file, name: "the array", shape: header.shape) }
    let data = bytes[(prefix + headerLength)...]
    guard data.count >= size else {
      throw .truncated(
        file: file, detail: "\(data.count) bytes of the \(size) that shape \(header.shape) needs")
    }
    guard data.count == size else {
      throw .corrupt(
        file: file, detail: "\(data.count - size) bytes follow the array of shape \(header.shape)")
    }
    let elements = try header.decode(data, count: count, file: file)
    guard header.isColumnMajor, header.shape.count > 1 else {
      return NDArray(unchecked: header.shape, elements)
    }
    return NDArray(unchecked: header.shape.reversed(), elements).transposed()
  }

  /// Writes format version 1, row-major and little-endian, atomically.
  /// - Throws: `cannotWrite`, `wrongType` for text.
  public static func write(_ array: NDArray, to path: String) throws(DataError) {
    try AtomicFile.replace(path, with: try bytes(of: array, file: path))
  }

  public static func bytes(of array: NDArray, file: String = "") throws(DataError) -> [UInt8] {
    let type: String
    var data: [UInt8] = []
    switch array.elements {
    case .float64(let values):
      type = "<f8"
      data = littleEndian(values.map(\.bitPattern))
    case .float32(let values):
      type = "<f4"
      data = littleEndian(values.map(\.bitPattern))
    case .int64(let values):
      type = "<i8"
      data = littleEndian(values)
    case .int32(let values):
      type = "<i4"
      data = littleEndian(values)
    case .uint8(let values):
      type = "|u1"
      data = values
    case .text: throw .wrongType(file: file, name: "the array", found: "text", expected: "numbers")
    }
    let shape = array.shape.map(String.init).joined(separator: ", ") + (array.rank == 1 ? "," : "")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    // The data begins at a multiple of 64 bytes.
    header += String(repeating: " ", count: 63 - (magic.count + 4 + header.utf8.count) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    return magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8) + data
  }

  private static func littleEndian<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
    let stored = values.map(\.littleEndian)
    return stored.withUnsafeBytes { Array($0) }
  }
}
