/// A table of numbers read from comma-separated text (RFC 4180, and what people write besides).
///
/// Cells are separated by commas, or by tabs or semicolons where the first row has no comma. Cells may be quoted; blank
/// lines and lines that begin with `#` are skipped. A first row with a cell that is no number is the header. A column
/// with text in it is an error only when it is asked for.
public struct CSVTable: Sendable {
  public let file: String
  /// The names in the first row; nil when that row is numbers.
  public let header: [String]?
  public let rowCount: Int
  public let columnCount: Int
  /// Row-major; NaN where the cell is no finite number.
  let values: [Double]
  /// The line of the file that each row begins on, from 1.
  public let lines: [Int32]
  /// The first cell of a column that is no finite number, by column.
  let faults: [Int: Fault]

  struct Fault: Sendable {
    let line: Int
    let column: Int
    let text: String
    /// NaN or an infinity, spelled out; nil where the text is no number.
    let value: Double?
  }

  /// - Throws: `cannotOpen`, `empty`, `raggedRow`, `badQuote`.
  public init(reading path: String) throws(DataError) {
    try self.init(parsing: try FileBytes.read(path), file: path)
  }

  /// - Parameter file: stands in errors.
  public init(parsing bytes: [UInt8], file: String) throws(DataError) {
    let parsed = try bytes.withUnsafeBufferPointer { (buffer) throws(DataError) in
      var parser = CSVParser(bytes: buffer, file: file)
      try parser.parse()
      return parser
    }
    guard parsed.columnCount > 0 else { throw .empty(file: file, what: "the table") }
    guard !parsed.values.isEmpty else {
      throw .empty(file: file, what: "the table below its header")
    }
    self.file = file
    header = parsed.header
    columnCount = parsed.columnCount
    rowCount = parsed.values.count / parsed.columnCount
    values = parsed.values
    lines = parsed.lines
    faults = parsed.faults
  }

  /// How errors call a column.
  func name(of column: Int) -> String {
    if let header { return "`\(header[column])`" }
    return "\(column)"
  }

  /// The number of a column, from 0.
  /// - Throws: `missing` (with the names there are), `outOfRange`, `badArgument` for a name where there is no header or that
  ///   stands twice.
  public func position(of column: CSVColumn) throws(DataError) -> Int {
    switch column {
    case .first: return 0
    case .last: return columnCount - 1
    case .index(let index):
      guard (0..<columnCount).contains(index) else {
        throw .outOfRange(file: file, name: "a column", index: index, allowed: 0..<columnCount)
      }
      return index
    case .name(let name):
      guard let header else {
        throw .badArgument(
          name: "column `\(name)`", found: "a name, but \(file) has no header",
          expected: "`first`, `last` or a number, 0 … \(columnCount - 1)")
      }
      let places = header.indices.filter { header[$0] == name }
      guard let place = places.first else {
        throw .missing(file: file, kind: "column", name: name, available: header)
      }
      guard places.count == 1 else {
        throw .badArgument(
          name: "column `\(name)`", found: "in the header \(places.count) times",
          expected: "a name that stands once")
      }
      return place
    }
  }

  /// Columns as a matrix `[row, column]`, in the order asked for.
  /// - Throws: `badCell` for a cell that is not a finite number, with its line and column.
  public func numbers(_ columns: [Int]) throws(DataError) -> NDArray {
    for column in columns where !(0..<columnCount).contains(column) {
      throw .outOfRange(file: file, name: "a column", index: column, allowed: 0..<columnCount)
    }
    let faulty = columns.compactMap { column in faults[column].map { (column, $0) } }
    if let (column, fault) = faulty.min(by: { ($0.1.line, $0.1.column) < ($1.1.line, $1.1.column) }) {
      throw .badCell(
        file: file, line: fault.line, column: fault.column, name: name(of: column),
        text: fault.text,
        expected: fault.value == nil ? "a number" : "a finite number")
    }
    var result: [Double] = []
    result.reserveCapacity(rowCount * columns.count)
    if columns == Array(0..<columnCount) {
      result = values
    } else {
      for row in 0..<rowCount {
        for column in columns { result.append(values[row * columnCount + column]) }
      }
    }
    return NDArray(unchecked: [rowCount, columns.count], .float64(result))
  }

  /// One column as a list.
  public func column(_ column: CSVColumn) throws(DataError) -> NDArray {
    try numbers([try position(of: column)]).reshaped([rowCount])
  }
}

/// Which column of a table; positions count from 0.
public enum CSVColumn: Hashable, Sendable {
  case first
  case last
  case index(Int)
  case name(String)
}
