/// The content of an HDF5 file to be written: datasets and attributes by path.
///
/// The same content gives the same bytes, in whatever order it was put together: objects are written in ascending order
/// of their paths, without times, in the file format of HDF5 1.8 (which every later version reads, and whose metadata
/// carries checksums).
public struct HDF5Document: Equatable, Sendable {
  package private(set) var datasets: [String: NDArray] = [:]
  package private(set) var attributes: [String: [String: NDArray]] = [:]

  public init() {}

  /// Puts a dataset at `path`; the groups on the way are made. `unit` and `axes` of the array become attributes of
  /// these names. An earlier dataset at the same path is replaced.
  public mutating func put(_ array: NDArray, at path: String) {
    let path = HDF5Path.normalised(path)
    datasets[path] = array
    if let unit = array.unit { attributes[path, default: [:]]["unit"] = NDArray(unit) }
    if !array.axes.isEmpty {
      attributes[path, default: [:]]["axes"] = NDArray(array.axes.joined(separator: ","))
    }
  }

  /// Gives the object at `path` an attribute; where no dataset is put there, a group is made.
  public mutating func setAttribute(_ name: String, of path: String = "/", to value: NDArray) {
    attributes[HDF5Path.normalised(path), default: [:]][name] = value
  }

  /// Makes a group even if nothing is put into it.
  public mutating func makeGroup(_ path: String) {
    let path = HDF5Path.normalised(path)
    if attributes[path] == nil { attributes[path] = [:] }
  }

  /// Gives a dataset away.
  mutating func take(_ path: String) -> NDArray? { datasets.removeValue(forKey: path) }

  /// The file as bytes.
  /// - Throws: `wrongKind` when a path is a dataset and, for another path, a group; `unsupported` without HDF5.
  public func bytes(named file: String = "") throws(DataError) -> [UInt8] {
    try HDF5Library.encode(self, file: file)
  }

  /// Writes the file atomically: see `AtomicFile`. Nothing is kept of a document that nobody else has: its datasets go as
  /// the file grows.
  public consuming func save(to path: String) throws(DataError) {
    try AtomicFile.replace(path, with: try HDF5Library.encode(self, file: path))
  }
}
