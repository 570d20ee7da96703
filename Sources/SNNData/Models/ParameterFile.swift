/// Parameters by name: `/parameters/NAME` of an HDF5 file, which may be a checkpoint or made by other software.
public enum ParameterFile {
  /// - Throws: `missing` when the file has no group `/parameters`, `notFinite`, `wrongType` for text, and what
  ///   `HDF5File` throws.
  public static func read(_ path: String) throws(DataError) -> [String: NDArray] {
    let file = try HDF5File(reading: path)
    // A checkpoint has a checksum over its content; files of other software have none.
    let arrays =
      file.contains("/manifest")
      ? try Checkpoint(reading: path).parameters : try Checkpoint.arrays(in: file, under: "/parameters")
    for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
      guard !array.isText else { throw .wrongType(file: path, name: name, found: "text", expected: "numbers") }
      if let (position, value) = array.firstNotFinite() {
        throw .wrongType(
          file: path, name: name, found: "\(value)" + (position.isEmpty ? "" : " at \(describe(position))"),
          expected: "finite numbers")
      }
    }
    return arrays
  }

  /// `/connectivity/NAME/pre`, `…/post` and `…/delay`: which synapses the weights belong to, where the file says so.
  public static func connectivity(_ path: String) throws(DataError) -> [String: NDArray] {
    try Checkpoint.connectivity(in: try HDF5File(reading: path))
  }

  public static func write(_ parameters: [String: NDArray], to path: String) throws(DataError) {
    var document = HDF5Document()
    document.makeGroup("/parameters")
    for (name, array) in parameters { document.put(array, at: "/parameters/\(name)") }
    try document.save(to: path)
  }

  /// The arrays in the shapes of a model's parameters. Axes of length 1 do not count, so that a scalar may be stored as
  /// `[1]` and a column as a list.
  /// - Parameters:
  ///   - shapes: what the model has, by name.
  ///   - file: where `arrays` come from; stands in errors.
  ///   - isPartial: whether parameters may be left out of the file.
  /// - Throws: `missing`, `unexpected`, `wrongShape`.
  public static func match(
    _ arrays: [String: NDArray], to shapes: [String: [Int]], file: String, isPartial: Bool = false
  ) throws(DataError) -> [String: NDArray] {
    for name in arrays.keys.sorted() where shapes[name] == nil {
      throw .unexpected(file: file, kind: "parameter", name: name, known: shapes.keys.sorted())
    }
    var result: [String: NDArray] = [:]
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      guard let array = arrays[name] else {
        if isPartial { continue }
        throw .missing(file: file, kind: "parameter", name: name, available: arrays.keys.sorted())
      }
      guard array.shape.filter({ $0 != 1 }) == shape.filter({ $0 != 1 }) else {
        throw .wrongShape(file: file, name: name, found: array.shape, expected: shape)
      }
      result[name] = array.shape == shape ? array : try array.reshaped(shape)
    }
    return result
  }
}
