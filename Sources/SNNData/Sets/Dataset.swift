/// Samples with named fields: `sample`, `label`, `target`, …, each an array whose first axis counts samples.
///
/// Checked when it is made: at least one sample, equal first axes, numbers only, all finite, axes with names, and
/// labels that are class numbers.
public struct Dataset: Equatable, Sendable {
  /// The file, or the name of a generated set: stands in errors.
  public let source: String
  /// In the order given.
  public private(set) var fieldNames: [String]
  private var fields: [String: NDArray]
  public private(set) var count: Int
  /// Of a table: the line of the file that each sample is on, from 1, and what its columns are called, by field.
  public struct Cells: Equatable, Sendable {
    public var lines: [Int32]
    public var columns: [String: String]
  }
  public private(set) var cells: Cells?

  /// Arrays without names of axes get them by rank: `[sample]`, `[sample, unit]`, `[sample, time, unit]`.
  /// - Throws: `wrongRank`, `wrongType`, `lengthsDiffer`, `empty`, `notFinite`, `badLabel`, `badArgument`.
  public init(
    source: String, fields given: [(name: String, array: NDArray)], cells: Cells? = nil
  ) throws(DataError) {
    guard let first = given.first else { throw .empty(file: source, what: "the list of fields") }
    self.source = source
    self.cells = cells
    fieldNames = given.map(\.name)
    fields = [:]
    count = first.array.shape.first ?? 0
    for (name, array) in given {
      guard fields[name] == nil else {
        throw .badArgument(
          name: "field `\(name)`", found: "given twice", expected: "each field once")
      }
      let array = try Self.named(array, name: name, source: source)
      guard !array.isText else {
        throw .wrongType(
          file: source, name: name, found: "text",
          expected: name == "label" ? "class numbers: 0, 1, 2, …" : "numbers")
      }
      guard array.shape[0] == count else {
        throw .lengthsDiffer(
          file: source, first: first.name, firstLength: count, second: name,
          secondLength: array.shape[0])
      }
      guard array.count > 0 else {
        throw .empty(file: source, what: "`\(name)`, of shape \(describe(array.shape)),")
      }
      if let (position, value) = array.firstNotFinite() {
        throw .notFinite(
          file: source, field: name, sample: position[0], position: Array(position.dropFirst()),
          value: value)
      }
      if name == "label" { try checkLabels(array) }
      if name == "duration" { try checkDurations(array) }
      fields[name] = array
    }
  }

  private static func named(_ array: NDArray, name: String, source: String) throws(DataError)
    -> NDArray
  {
    guard array.rank > 0 else {
      throw .wrongRank(
        file: source, name: name, shape: [], expected: "a first axis that counts samples")
    }
    var array = array
    if array.axes.isEmpty {
      switch array.rank {
      case 1: array.axes = ["sample"]
      case 2: array.axes = ["sample", "unit"]
      case 3: array.axes = ["sample", "time", "unit"]
      default:
        throw .wrongRank(
          file: source, name: name, shape: array.shape,
          expected:
            "[sample], [sample, unit] or [sample, time, unit], or an attribute `axes` that names the axes"
        )
      }
    }
    guard array.axes[0] == "sample" else {
      throw .wrongRank(
        file: source, name: name, shape: array.shape,
        expected: "the axis `sample` first, not [\(array.axes.joined(separator: ", "))]")
    }
    return array
  }

  private func checkLabels(_ array: NDArray) throws(DataError) {
    guard array.rank == 1 else {
      throw .wrongRank(
        file: source, name: "label", shape: array.shape,
        expected: "one class number per sample: rank 1")
    }
    for (sample, value) in (array.doubles() ?? []).enumerated()
    where value < 0 || value != value.rounded() || value > Double(Int32.max) {
      throw cell("label", sample, value, expected: classNumber)
        ?? .badLabel(file: source, field: "label", sample: sample, value: value)
    }
  }

  private func checkDurations(_ array: NDArray) throws(DataError) {
    for (sample, value) in (array.doubles() ?? []).enumerated() where value < 0 {
      throw cell("duration", sample, value, expected: durationOfSample)
        ?? .badDuration(file: source, field: "duration", sample: sample, value: value)
    }
  }

  /// The error about a value, by its place in the table; nil where the samples are not rows of one.
  private func cell(_ field: String, _ sample: Int, _ value: Double, expected: String) -> DataError? {
    guard let cells, cells.lines.indices.contains(sample), let name = cells.columns[field] else { return nil }
    return .badCell(
      file: source, line: Int(cells.lines[sample]), column: nil, name: name, text: shortest(value), expected: expected)
  }

  /// The field, or nil.
  public subscript(name: String) -> NDArray? { fields[name] }

  /// - Throws: `missing`, listing the fields there are.
  public func field(_ name: String) throws(DataError) -> NDArray {
    guard let field = fields[name] else {
      throw .missing(file: source, kind: "field", name: name, available: fieldNames)
    }
    return field
  }

  /// The class numbers; nil without a field `label`.
  public var labels: [Int]? { fields["label"]?.integers() }
  /// One more than the greatest label; nil without labels.
  public var classCount: Int? { labels?.max().map { $0 + 1 } }

  /// Index sets of a random split: see `SplitShuffle`.
  public func split(_ fraction: Double, seed: UInt64) throws(DataError) -> (
    first: [Int], second: [Int]
  ) {
    try SplitShuffle.split(count: count, fraction: fraction, seed: seed)
  }

  /// The samples `indices`, in that order.
  public func subset(_ indices: [Int]) throws(DataError) -> Dataset {
    var result = self
    result.count = indices.count
    for index in indices where index < 0 || index >= count {
      throw .outOfRange(file: source, name: "a sample", index: index, allowed: 0..<count)
    }
    for (name, array) in fields { result.fields[name] = try array.selecting(indices, name: name) }
    result.cells?.lines = indices.compactMap { cells?.lines[$0] }
    return result
  }

  /// The entries `indices` of a named axis of one field, such as `[1, 2, 6, 10]` of `unit`.
  public func selecting(_ indices: [Int], along axis: String, of name: String = "sample")
    throws(DataError) -> Dataset
  {
    let array = try field(name)
    guard let number = array.axis(named: axis), number > 0 else {
      throw .missing(
        file: source, kind: "axis", name: axis, available: Array(array.axes.dropFirst()))
    }
    guard !indices.isEmpty else { throw .empty(file: source, what: "the selection from `\(axis)`") }
    for index in indices where index < 0 || index >= array.shape[number] {
      throw .outOfRange(
        file: source, name: "axis `\(axis)` of `\(name)`", index: index,
        allowed: 0..<array.shape[number])
    }
    var result = self
    result.fields[name] = try array.selecting(indices, axis: number, name: name)
    return result
  }
}
