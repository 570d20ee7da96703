/// Spike events per sample, in the layout of the Heidelberg sets SHD and SSC (Cramer et al. 2020): lists
/// `spikes/times` in seconds and `spikes/units`, and `labels`.
///
/// The lists stay in the file, which is kept open, and are read sample by sample: whoever bins them keeps what they are
/// made into, and a second copy of millions of events would be the most memory that a run ever takes.
public struct EventFile: Sendable {
  private enum Lists: Sendable {
    case file(HDF5File)
    case held(times: RaggedArray, units: RaggedArray)

    /// Seconds from the sample's start, as in the file: usually but not necessarily ascending.
    func times(_ rows: Range<Int>) throws(DataError) -> RaggedArray {
      switch self {
      case .file(let file): try file.readRagged("spikes/times", rows: rows)
      case .held(let times, _): try times.lists(rows)
      }
    }

    /// Unit numbers from 0, beside the times.
    func units(_ rows: Range<Int>) throws(DataError) -> RaggedArray {
      switch self {
      case .file(let file): try file.readRagged("spikes/units", rows: rows)
      case .held(_, let units): try units.lists(rows)
      }
    }
  }

  public let source: String
  private let lists: Lists
  public let labels: [Int]
  /// The names of the classes (`extra/keys`); empty when the file has none.
  public let classNames: [String]
  /// One more than the greatest unit number that occurs.
  public let unitCount: Int
  private let ends: [Double]

  public var count: Int { labels.count }

  /// - Throws: what `HDF5File` throws; `lengthsDiffer`, `wrongShape`, `notFinite`, `outOfRange`, `badLabel` for lists
  ///   that do not fit together or times and numbers that cannot be.
  public init(reading path: String) throws(DataError) {
    let file = try HDF5File(reading: path)
    // No list at all: whether these are lists of numbers.
    for name in ["spikes/times", "spikes/units"] { _ = try file.readRagged(name, rows: 0..<0) }
    let labels = try file.read("labels")
    let names = file.contains("extra/keys") ? try file.read("extra/keys").texts() ?? [] : []
    try self.init(
      source: path, .file(file), times: try file.shape(of: "spikes/times")[0],
      units: try file.shape(of: "spikes/units")[0], labels: labels, classNames: names)
  }

  init(
    source: String, times: RaggedArray, units: RaggedArray, labels: NDArray, classNames: [String]
  ) throws(DataError) {
    try self.init(
      source: source, .held(times: times, units: units), times: times.count, units: units.count, labels: labels,
      classNames: classNames)
  }

  private init(
    source: String, _ lists: Lists, times: Int, units: Int, labels: NDArray, classNames: [String]
  ) throws(DataError) {
    guard times > 0 else { throw .empty(file: source, what: "`spikes/times`") }
    for (name, length) in [("spikes/units", units), ("labels", labels.shape.first ?? 0)] where length != times {
      throw .lengthsDiffer(
        file: source, first: "spikes/times", firstLength: times, second: name, secondLength: length)
    }
    var ends: [Double] = []
    ends.reserveCapacity(times)
    var greatest = -1
    let block = 64
    for first in stride(from: 0, to: times, by: block) {
      let rows = first..<min(first + block, times)
      let (times, units) = (try lists.times(rows), try lists.units(rows))
      for row in 0..<rows.count {
        greatest = max(greatest, try Self.check(times, units, row, sample: first + row, source))
        ends.append(times.doubles(of: row).max() ?? 0)
      }
    }
    // The same rules as for every other set's labels.
    let checked = try Dataset(source: source, fields: [("label", labels)])
    self.source = source
    self.lists = lists
    self.labels = checked.labels ?? []
    self.classNames = classNames
    self.ends = ends
    unitCount = greatest + 1
  }

  /// The greatest unit number of a sample, -1 where nothing fires.
  private static func check(
    _ times: RaggedArray, _ units: RaggedArray, _ row: Int, sample: Int, _ source: String
  ) throws(DataError) -> Int {
    guard times.length(of: row) == units.length(of: row) else {
      throw .wrongShape(
        file: source, name: "spikes/units of sample \(sample)", found: [units.length(of: row)],
        expected: [times.length(of: row)])
    }
    for (place, time) in times.doubles(of: row).enumerated() where !(time.isFinite && time >= 0) {
      guard !time.isFinite else {
        throw .wrongType(
          file: source, name: "spikes/times", found: "\(time) at sample \(sample), event \(place)",
          expected: "seconds from the sample's start")
      }
      throw .notFinite(file: source, field: "spikes/times", sample: sample, position: [place], value: time)
    }
    guard let numbers = units.integers(of: row) else {
      throw .wrongType(file: source, name: "spikes/units", found: "fractions", expected: "unit numbers: 0, 1, 2, …")
    }
    for unit in numbers where unit < 0 || unit > Int(Int32.max) {
      throw .outOfRange(
        file: source, name: "spikes/units at sample \(sample)", index: unit, allowed: 0..<Int(Int32.max))
    }
    return numbers.max() ?? -1
  }

  /// When the last event of a sample is, in seconds; 0 where there is none.
  public func lastTime(of sample: Int) -> Double { ends[sample] }

  /// The events of one sample: seconds, and the unit of each.
  public func events(of sample: Int) throws(DataError) -> (times: [Double], units: [Int]) {
    guard (0..<count).contains(sample) else {
      throw .outOfRange(file: source, name: "a sample", index: sample, allowed: 0..<count)
    }
    let rows = sample..<sample + 1
    let (times, units) = (try lists.times(rows), try lists.units(rows))
    // The file is open, but whoever else writes into it is not kept from doing so.
    guard times.length(of: 0) == units.length(of: 0), let numbers = units.integers(of: 0) else {
      throw .corrupt(file: source, detail: "sample \(sample) has changed since the file was opened")
    }
    return (times.doubles(of: 0), numbers)
  }
}
