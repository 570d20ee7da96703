extension Dataset {
  /// A table: one row per sample, `label` and `duration` from one column each and `sample` from `columns`, else from all
  /// others.
  public static func csv(
    _ path: String, label: CSVColumn? = nil, duration: CSVColumn? = nil, columns: [CSVColumn]? = nil
  ) throws(DataError) -> Dataset {
    let table = try CSVTable(reading: path)
    let labelColumn: Int?
    if let label { labelColumn = try table.position(of: label) } else { labelColumn = nil }
    let durationColumn: Int?
    if let duration { durationColumn = try table.position(of: duration) } else { durationColumn = nil }
    var chosen: [Int] = []
    if let columns {
      for column in columns { chosen.append(try table.position(of: column)) }
    } else {
      chosen = (0..<table.columnCount).filter { $0 != labelColumn && $0 != durationColumn }
    }
    guard !chosen.isEmpty else {
      throw .empty(file: path, what: "the list of columns besides the label")
    }
    var fields = [(name: "sample", array: try table.numbers(chosen))]
    if let labelColumn { fields.append(("label", try table.column(.index(labelColumn)))) }
    if let durationColumn { fields.append(("duration", try table.column(.index(durationColumn)))) }
    var columns: [String: String] = [:]
    if let labelColumn { columns["label"] = table.name(of: labelColumn) }
    if let durationColumn { columns["duration"] = table.name(of: durationColumn) }
    return try Dataset(source: path, fields: fields, cells: Cells(lines: table.lines, columns: columns))
  }

  /// Datasets of an HDF5 file by field, such as `("sample", "taxels")`.
  public static func hdf5(
    _ path: String,
    fields: [(name: String, dataset: String)] = [("sample", "sample"), ("label", "label")]
  ) throws(DataError) -> Dataset {
    let file = try HDF5File(reading: path)
    var arrays: [(name: String, array: NDArray)] = []
    for (name, dataset) in fields { arrays.append((name, try file.readNarrowed(dataset))) }
    return try Dataset(source: path, fields: arrays)
  }

  /// One NumPy file per field.
  public static func npy(_ files: [(name: String, path: String)]) throws(DataError) -> Dataset {
    var arrays: [(name: String, array: NDArray)] = []
    for (name, path) in files { arrays.append((name, try NPYFile.read(path))) }
    return try Dataset(source: files.first?.path ?? "npy", fields: arrays)
  }
}
