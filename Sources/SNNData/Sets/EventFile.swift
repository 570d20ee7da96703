/// Spike events per sample, in the layout of the Heidelberg sets SHD and SSC (Cramer et al. 2020): lists
/// `spikes/times` in seconds and `spikes/units`, and `labels`.
public struct EventFile: Equatable, Sendable {
  public let source: String
  /// Seconds from the sample's start, as in the file: usually but not necessarily ascending.
  public let times: RaggedArray
  /// Unit numbers from 0, beside `times`.
  public let units: RaggedArray
  public let labels: [Int]
  /// The names of the classes (`extra/keys`); empty when the file has none.
  public let classNames: [String]
  /// One more than the greatest unit number that occurs.
  public let unitCount: Int

  public var count: Int { labels.count }

  /// - Throws: what `HDF5File` throws; `lengthsDiffer`, `wrongShape`, `notFinite`, `outOfRange`, `badLabel` for lists
  ///   that do not fit together or times and numbers that cannot be.
  public init(reading path: String) throws(DataError) {
    let file = try HDF5File(reading: path)
    let times = try file.readRagged("spikes/times")
    let units = try file.readRagged("spikes/units")
    let labels = try file.read("labels")
    let names = file.contains("extra/keys") ? try file.read("extra/keys").texts() ?? [] : []
    try self.init(source: path, times: times, units: units, labels: labels, classNames: names)
  }

  init(
    source: String, times: RaggedArray, units: RaggedArray, labels: NDArray, classNames: [String]
  ) throws(DataError) {
    guard times.count > 0 else { throw .empty(file: source, what: "`spikes/times`") }
    for (name, length) in [("spikes/units", units.count), ("labels", labels.shape.first ?? 0)]
    where length != times.count {
      throw .lengthsDiffer(
        file: source, first: "spikes/times", firstLength: times.count, second: name, secondLength: length)
    }
    for sample in 0..<times.count where times.length(of: sample) != units.length(of: sample) {
      throw .wrongShape(
        file: source, name: "spikes/units of sample \(sample)", found: [units.length(of: sample)],
        expected: [times.length(of: sample)])
    }
    // Sample by sample: a copy of all events in another type would be the most memory that a run ever takes.
    for sample in 0..<times.count {
      for (place, time) in times.doubles(of: sample).enumerated() where !(time.isFinite && time >= 0) {
        guard !time.isFinite else {
          throw .wrongType(
            file: source, name: "spikes/times", found: "\(time) at sample \(sample), event \(place)",
            expected: "seconds from the sample's start")
        }
        throw .notFinite(file: source, field: "spikes/times", sample: sample, position: [place], value: time)
      }
    }
    var greatest = -1
    for sample in 0..<units.count {
      guard let numbers = units.integers(of: sample) else {
        throw .wrongType(file: source, name: "spikes/units", found: "fractions", expected: "unit numbers: 0, 1, 2, …")
      }
      for unit in numbers where unit < 0 || unit > Int(Int32.max) {
        throw .outOfRange(
          file: source, name: "spikes/units at sample \(sample)", index: unit, allowed: 0..<Int(Int32.max))
      }
      greatest = max(greatest, numbers.max() ?? -1)
    }
    // The same rules as for every other set's labels.
    let checked = try Dataset(source: source, fields: [("label", labels)])
    self.source = source
    self.times = times
    self.units = units
    self.labels = checked.labels ?? []
    self.classNames = classNames
    unitCount = greatest + 1
  }

  /// When the last event of a sample is, in seconds; 0 where there is none.
  public func lastTime(of sample: Int) -> Double { times.doubles(of: sample).max() ?? 0 }

  /// The events of one sample: seconds, and the unit of each.
  public func events(of sample: Int) throws(DataError) -> (times: [Double], units: [Int]) {
    guard (0..<count).contains(sample) else {
      throw .outOfRange(file: source, name: "a sample", index: sample, allowed: 0..<count)
    }
    return (times.doubles(of: sample), units.doubles(of: sample).map { Int($0) })
  }
}
