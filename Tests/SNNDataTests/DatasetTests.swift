import SNNData
import Testing

@Suite struct DatasetTests {
  private func set(_ count: Int) throws -> Dataset {
    try Dataset(
      source: "made",
      fields: [
        ("sample", try NDArray(shape: [count, 2, 3], (0..<count * 6).map(Double.init))),
        ("label", NDArray((0..<count).map { $0 % 3 })),
      ])
  }

  @Test func fieldsAndSubsets() throws {
    let data = try set(10)
    #expect(data.count == 10)
    #expect(data.classCount == 3)
    let part = try data.subset([7, 0, 7])
    #expect(part.count == 3)
    #expect(part.labels == [1, 0, 1])
    #expect(try part.field("sample").doubles()?.prefix(6) == [42, 43, 44, 45, 46, 47])
    let units = try data.selecting([2, 0], along: "unit")
    #expect(try units.field("sample").shape == [10, 2, 2])
    #expect(try units.field("sample").doubles()?.prefix(4) == [2, 0, 5, 3])
    let missing = error { () throws(DataError) in try data.field("lables") }
    #expect(
      missing
        == .missing(file: "made", kind: "field", name: "lables", available: ["sample", "label"]))
    #expect(
      error { () throws(DataError) in try data.selecting([3], along: "unit") }
        == .outOfRange(file: "made", name: "axis `unit` of `sample`", index: 3, allowed: 0..<3))
    #expect(
      error { () throws(DataError) in try data.subset([10]) }
        == .outOfRange(file: "made", name: "a sample", index: 10, allowed: 0..<10))
  }

  /// 80 % of the 1797 digits is 1437.6: 1438; of the 1350 recordings exactly 1080.
  @Test(arguments: [(1797, 1438), (1350, 1080), (5, 4), (2, 1)]) func split(count: Int, first: Int)
    throws
  {
    let fraction = count == 2 ? 0.5 : 0.8
    let parts = try SplitShuffle.split(count: count, fraction: fraction, seed: 0)
    #expect(parts.first.count == first)
    #expect((parts.first + parts.second).sorted() == Array(0..<count))
    let again = try SplitShuffle.split(count: count, fraction: fraction, seed: 0)
    #expect(again.first == parts.first && again.second == parts.second)
  }

  @Test func splitDependsOnTheSeed() throws {
    let data = try set(100)
    #expect(try data.split(0.8, seed: 0).first != data.split(0.8, seed: 1).first)
    #expect(try data.split(0.8, seed: 0).first != Array(0..<80))
  }

  /// Fixed for all time: a saved model must find its test samples again.
  @Test func permutationIsFixed() {
    #expect(
      SplitShuffle.permutation(count: 8, seed: 0, path: "data.split") == [0, 5, 7, 2, 6, 1, 4, 3])
  }

  @Test(arguments: [0.0, 1.0, -0.5, .nan, 0.01]) func badFraction(fraction: Double) throws {
    guard
      case .badArgument = error(of: { () throws(DataError) in try set10().split(fraction, seed: 0) }
      )
    else {
      Issue.record("fraction \(fraction)")
      return
    }
  }

  private func set10() throws(DataError) -> Dataset {
    try Dataset(source: "made", fields: [("sample", NDArray((0..<10).map(Double.init)))])
  }

  /// Every permutation of three is equally frequent: chi-squared with 5 degrees of freedom exceeds 25.7 with
  /// probability 1e-4.
  @Test func permutationsAreFlat() {
    var counts: [[Int]: Int] = [:]
    for seed in 0..<6000 {
      counts[SplitShuffle.permutation(count: 3, seed: UInt64(seed), path: "p"), default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 } < 25.7)
  }

  @Test func notFiniteIsLocated() throws {
    var values = [Double](repeating: 0, count: 24)
    values[17] = .nan
    let array = try NDArray(shape: [4, 2, 3], values)
    let e = error { () throws(DataError) in try Dataset(source: "x.h5", fields: [("sample", array)])
    }
    guard case .notFinite("x.h5", "sample", 2, [1, 2], let value) = e else {
      Issue.record("\(String(describing: e))")
      return
    }
    #expect(value.isNaN)
    #expect(
      e?.description.hasPrefix(
        "x.h5: `sample` is nan at sample 2, position [1, 2]; expected a finite number") == true)
  }

  @Test(arguments: [-1.0, 0.5, 1e300]) func badLabels(label: Double) {
    let e = error { () throws(DataError) in
      try Dataset(source: "x", fields: [("label", NDArray([0, label]))])
    }
    #expect(e == .badLabel(file: "x", field: "label", sample: 1, value: label))
  }

  @Test func shapesThatDoNotFit() throws {
    let four = try NDArray(shape: [2, 1, 1, 1], [0.0, 1])
    guard
      case .wrongRank("x", "sample", [2, 1, 1, 1], _) = error(of: { () throws(DataError) in
        try Dataset(source: "x", fields: [("sample", four)])
      })
    else {
      Issue.record("axes that cannot be told")
      return
    }
    guard
      case .lengthsDiffer = error(of: { () throws(DataError) in
        try Dataset(source: "x", fields: [("sample", NDArray([1.0, 2])), ("label", NDArray([0]))])
      })
    else {
      Issue.record("lengths differ")
      return
    }
    guard
      case .wrongType = error(of: { () throws(DataError) in
        try Dataset(source: "x", fields: [("label", NDArray(["a"]))])
      })
    else {
      Issue.record("text")
      return
    }
    guard
      case .empty = error(of: { () throws(DataError) in
        try Dataset(source: "x", fields: [("sample", NDArray([Double]()))])
      })
    else {
      Issue.record("no samples")
      return
    }
    guard
      case .badArgument = error(of: { () throws(DataError) in try NDArray(shape: [2, 2], [1.0]) })
    else {
      Issue.record("shape")
      return
    }
  }

  /// 256 samples x 100 units x 200 steps at 5 Hz: 25 600 spikes expected, standard deviation 160.
  @Test func randomPatterns() throws {
    let data = try GeneratedSets.randomPatterns(
      samples: 256, units: 100, steps: 200, rate: 5, seed: 0)
    let spikes = try data.field("sample")
    #expect(spikes.shape == [256, 200, 100])
    let count = (spikes.integers() ?? []).reduce(0, +)
    #expect(abs(count - 25_600) < 800)
    let ones = (data.labels ?? []).reduce(0, +)
    #expect(abs(ones - 128) < 40 && data.classCount == 2)
    #expect(
      try GeneratedSets.randomPatterns(samples: 256, units: 100, steps: 200, rate: 5, seed: 0)
        == data)
    // A sample does not depend on how many there are.
    let few = try GeneratedSets.randomPatterns(samples: 3, units: 100, steps: 200, rate: 5, seed: 0)
    #expect(try few.field("sample") == data.subset([0, 1, 2]).field("sample"))
    #expect(throws: DataError.self) {
      try GeneratedSets.randomPatterns(samples: 1, units: 1, steps: 1, rate: 1001, seed: 0)
    }
    #expect(throws: DataError.self) {
      try GeneratedSets.randomPatterns(samples: 0, units: 1, steps: 1, rate: 1, seed: 0)
    }
  }
}
