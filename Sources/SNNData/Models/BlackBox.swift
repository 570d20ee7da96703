/// The files by which `snn` is compared with other systems: parameters (see `ParameterFile`) and a batch in, loss,
/// gradients and records out.
public enum BlackBox {
  /// `/data/NAME` of an HDF5 file: inputs `[sample, time, unit]`, `label` `[sample]`, and other fields of the task,
  /// each with one entry per sample.
  /// - Throws: `missing` when there is no group `/data`, `empty` when it holds nothing, and what `Dataset` throws.
  public static func readBatch(_ path: String) throws(DataError) -> Dataset {
    let file = try HDF5File(reading: path)
    var fields: [(name: String, array: NDArray)] = []
    for name in try file.datasetNames(under: "/data") { fields.append((name, try file.read("/data/\(name)"))) }
    guard !fields.isEmpty else { throw .empty(file: path, what: "the group /data") }
    return try Dataset(source: path, fields: fields)
  }

  /// Checks that a batch holds an input as `[sample, time, unit]` with `units` units, and gives its array.
  /// - Throws: `missing`, `wrongRank`, `wrongShape`.
  public static func input(_ name: String, units: Int, of batch: Dataset) throws(DataError) -> NDArray {
    let array = try batch.field(name)
    guard array.rank == 3 else {
      throw .wrongRank(
        file: batch.source, name: "/data/\(name)", shape: array.shape, expected: "[sample, time, unit]: rank 3")
    }
    guard array.shape[2] == units else {
      throw .wrongShape(
        file: batch.source, name: "/data/\(name)", found: array.shape,
        expected: [array.shape[0], array.shape[1], units])
    }
    return array
  }

  /// What is written: `/loss`, `/gradients/NAME`, `/records/POP.VAR`.
  public struct Results: Equatable, Sendable {
    /// The mean over the batch; nil when nothing was to be minimised.
    public var loss: Double?
    /// Of the natural value in the declared unit, `unit` of the array being its inverse where it has one.
    public var gradients: [String: NDArray]
    /// `[sample, time, unit]`, ticks 1 … T.
    public var records: [String: NDArray]

    public init(loss: Double? = nil, gradients: [String: NDArray] = [:], records: [String: NDArray] = [:]) {
      self.loss = loss
      self.gradients = gradients
      self.records = records
    }

    /// Writes the file atomically.
    public func save(to path: String) throws(DataError) {
      var document = HDF5Document()
      if let loss { document.put(NDArray(loss), at: "/loss") }
      for (name, array) in gradients { document.put(array, at: "/gradients/\(name)") }
      for (name, array) in records {
        var array = array
        if array.axes.isEmpty, array.rank == 3 { array.axes = ["sample", "time", "unit"] }
        document.put(array, at: "/records/\(name)")
      }
      try document.save(to: path)
    }

    /// Reads such a file, for comparing two.
    public init(reading path: String) throws(DataError) {
      let file = try HDF5File(reading: path)
      loss = file.contains("/loss") ? try file.read("/loss").scalar : nil
      gradients = file.contains("/gradients") ? try Checkpoint.arrays(in: file, under: "/gradients") : [:]
      records = file.contains("/records") ? try Checkpoint.arrays(in: file, under: "/records") : [:]
    }
  }
}
