/// An HDF5 file open for reading.
///
/// Names are paths from the root (`/parameters/w_in`; the leading `/` may be left out). All calls into libhdf5 go
/// through one lock, because the library as packaged is not thread-safe; an embedder that calls libhdf5 itself must not
/// do so at the same time. The library's error printing is silenced during each call and then restored; its clean-up at
/// exit is switched off, unless it was in use before, because it hangs and prints after a damaged file.
/// Without the package trait `HDF5` every attempt to open throws `DataError.unsupported`.
public final class HDF5File: Sendable {
  public let path: String
  private let id: Int64

  /// - Throws: `cannotOpen`, `wrongFormat`, `truncated`, `corrupt`.
  public init(reading path: String) throws(DataError) {
    self.path = path
    id = try HDF5Library.open(path)
  }

  deinit { HDF5Library.close(id) }

  /// Every group and dataset below `group`, parents before children, names in ascending order. Links that lead out of
  /// the file, or nowhere, are left out.
  public func entries(under group: String = "/") throws(DataError) -> [HDF5Entry] {
    try HDF5Library.entries(id, file: path, under: HDF5Path.normalised(group))
  }

  /// Names of the datasets below `group`, relative to it.
  public func datasetNames(under group: String = "/") throws(DataError) -> [String] {
    let prefix = HDF5Path.normalised(group)
    let skip = prefix == "/" ? 1 : prefix.utf8.count + 1
    return try entries(under: prefix).filter(\.isDataset).map {
      String($0.path.utf8.dropFirst(skip)) ?? $0.path
    }
  }

  public func contains(_ name: String) -> Bool {
    (try? HDF5Library.exists(id, HDF5Path.normalised(name))) ?? false
  }

  /// The dataset's shape, without reading it.
  public func shape(of name: String) throws(DataError) -> [Int] {
    try HDF5Library.shape(id, file: path, name: HDF5Path.normalised(name))
  }

  /// A whole dataset of numbers or text, of any rank. Attributes `unit` and `axes` (names separated by commas) become
  /// the array's. Half precision becomes `float32`, booleans and other enumerations and small integers become `int32`
  /// or `uint8`, all other types the one of their size.
  /// - Throws: `missing` (listing what is there), `wrongKind`, `wrongType`, `tooLarge`, `corrupt`.
  public func read(_ name: String) throws(DataError) -> NDArray {
    try HDF5Library.read(id, file: path, name: HDF5Path.normalised(name), rows: nil)
  }

  /// Rows of the first axis only; nothing else is read from the disk.
  /// - Throws: also `outOfRange` for rows that are not there.
  public func read(_ name: String, rows: Range<Int>) throws(DataError) -> NDArray {
    try HDF5Library.read(id, file: path, name: HDF5Path.normalised(name), rows: rows)
  }

  /// A whole dataset, in bytes where it is large, has several axes and holds whole numbers of 0 … 255 only: spikes and
  /// pixels that a file keeps as floating-point numbers take a quarter or an eighth. Never more than a part of the
  /// wider numbers is in memory then.
  public func readNarrowed(_ name: String) throws(DataError) -> NDArray {
    let shape = try shape(of: name)
    guard shape.count > 1, let count = NDArray.count(of: shape), count >= 1 << 20, shape[0] > 1 else {
      return try read(name)
    }
    let step = max(1, (1 << 18) / (count / shape[0]))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var first: NDArray?
    for row in stride(from: 0, to: shape[0], by: step) {
      let part = try read(name, rows: row..<min(row + step, shape[0]))
      guard let narrow = part.bytes() else { return try read(name) }
      bytes += narrow
      if first == nil { first = part }
    }
    return try NDArray(shape: shape, elements: .uint8(bytes), axes: first?.axes ?? [], unit: first?.unit)
  }

  /// A rank-one dataset of variable-length lists of numbers, or some of its lists: no others are read from the disk.
  public func readRagged(_ name: String, rows: Range<Int>? = nil) throws(DataError) -> RaggedArray {
    try HDF5Library.readRagged(id, file: path, name: HDF5Path.normalised(name), rows: rows)
  }

  /// The attribute of a group or dataset; nil when the object has none of that name.
  public func attribute(_ attribute: String, of name: String = "/") throws(DataError) -> NDArray? {
    try HDF5Library.attribute(id, file: path, name: HDF5Path.normalised(name), attribute: attribute)
  }

  /// All attributes of a group or dataset whose types can be read.
  public func attributes(of name: String = "/") throws(DataError) -> [String: NDArray] {
    try HDF5Library.attributes(id, file: path, name: HDF5Path.normalised(name))
  }
}

/// A group or dataset of a file.
public struct HDF5Entry: Equatable, Sendable {
  /// From the root, with a leading `/`.
  public let path: String
  /// The shape of a dataset; nil for a group.
  public let shape: [Int]?
  public var isDataset: Bool { shape != nil }
}

enum HDF5Path {
  /// One leading `/`, none at the end, none doubled; `/` for the root.
  static func normalised(_ path: String) -> String {
    "/" + path.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
  }

  /// The path and the groups above it, outermost first, without the root.
  static func groups(above path: String) -> [String] {
    let parts = path.split(separator: "/")
    return parts.indices.dropLast().map { "/" + parts[...$0].joined(separator: "/") }
  }
}
