import SNNData
import SNNIR

/// Opens the data sets that a task names.
public struct SourceLoader: Sendable {
  /// Folder that relative paths start from: where the file that names them is.
  public var folder: String

  public init(folder: String = "") { self.folder = folder }

  /// A source as samples with fields, or as event lists.
  public enum Loaded: Sendable {
    case fields(Dataset)
    case events(EventFile)

    public var count: Int {
      switch self {
      case .fields(let data): data.count
      case .events(let events): events.count
      }
    }
  }

  /// - Parameters:
  ///   - step: ms per tick, for generated sets.
  /// - Throws: `DataError`, `SNNError.data` for arguments that the source does not take.
  public func load(_ source: DataSource, step: Double) throws -> Loaded {
    switch source.kind {
    case "csv":
      let path = try path(of: source)
      var columns: [CSVColumn]?
      if let units = source.named["units"] ?? source.named["columns"] {
        columns = try indices(units).map { .index($0) }
      }
      return .fields(
        try Dataset.csv(
          path, label: try source.named["label"].map(column), duration: try source.named["duration"].map(column),
          columns: columns))
    case "hdf5":
      let fields = try namedDatasets(source)
      return .fields(try selectUnits(source, try Dataset.hdf5(try path(of: source), fields: fields)))
    case "npy":
      let files = try namedDatasets(source).map { (name: $0.name, path: resolve($0.dataset)) }
      return .fields(try selectUnits(source, try Dataset.npy(files)))
    case "events": return .events(try EventFile(reading: try path(of: source)))
    default:
      guard let made = try generated(source, step: step) else {
        throw SNNError.data("there is no data source `\(source.kind)`")
      }
      return .fields(made)
    }
  }

  func path(of source: DataSource) throws -> String {
    for value in source.positional { if case .text(let path) = value { return resolve(path) } }
    if case .text(let path)? = source.named["file"] { return resolve(path) }
    throw SNNError.data("`\(source.kind)` needs the name of a file")
  }

  private func resolve(_ path: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path
  }

  func column(_ value: DataSource.Value) throws -> CSVColumn {
    switch value {
    case .word("last"): .last
    case .word("first"): .first
    case .word(let name), .text(let name): .name(name)
    case .number(let index): .index(Int(index))
    case .list: throw SNNError.data("a column is a name, a number, `first` or `last`")
    }
  }

  /// `sample = "taxels"`: which dataset of the file stands for which field.
  private func namedDatasets(_ source: DataSource) throws -> [(name: String, dataset: String)] {
    var fields: [(name: String, dataset: String)] = []
    for (name, value) in source.named.sorted(by: { $0.key < $1.key }) {
      guard !["units", "columns", "file"].contains(name) else { continue }
      guard case .text(let dataset) = value else {
        throw SNNError.data("`\(name)` of `\(source.kind)` is the name of a dataset, in quotes")
      }
      fields.append((name, dataset))
    }
    return fields.isEmpty ? [("sample", "sample"), ("label", "label")] : fields
  }

  private func selectUnits(_ source: DataSource, _ data: Dataset) throws -> Dataset {
    guard let units = source.named["units"] else { return data }
    return try data.selecting(try indices(units), along: "unit")
  }

  private func indices(_ value: DataSource.Value) throws -> [Int] {
    switch value {
    case .list(let numbers): return numbers.map { Int($0) }
    case .number(let number): return [Int(number)]
    case .text, .word: throw SNNError.data("units are chosen by number: `units = [1, 2, 6]`")
    }
  }

  func number(_ source: DataSource, _ name: String, default fallback: Double? = nil) throws -> Double {
    if source.named[name] == nil, let fallback { return fallback }
    guard case .number(let value)? = source.named[name] else {
      throw SNNError.data("`\(source.kind)` needs `\(name)`")
    }
    return value
  }

  func integer(_ source: DataSource, _ name: String, default fallback: Int? = nil) throws -> Int {
    if source.named[name] == nil, let fallback { return fallback }
    let value = try number(source, name)
    guard let whole = Int(exactly: value), whole >= 0 else {
      throw SNNError.data("`\(name)` of `\(source.kind)` is a whole number, not \(value)")
    }
    return whole
  }
}
