/// One list of numbers per sample, of different lengths: all values end to end and where each list starts.
public struct RaggedArray: Equatable, Sendable {
  /// All values, rank 1, in the order of the samples.
  public let values: NDArray
  /// `count + 1` ascending offsets into `values`; list *i* is `offsets[i] ..< offsets[i + 1]`.
  public let offsets: [Int]

  public var count: Int { offsets.count - 1 }

  /// - Throws: `DataError.badArgument` unless the offsets ascend from 0 to the number of values.
  public init(values: NDArray, offsets: [Int]) throws(DataError) {
    guard values.rank == 1, offsets.first == 0, offsets.last == values.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw .badArgument(
        name: "offsets", found: "\(offsets.count) offsets for shape \(describe(values.shape))",
        expected: "ascending offsets from 0 to the number of values")
    }
    self.values = values
    self.offsets = offsets
  }

  public func range(of sample: Int) -> Range<Int> { offsets[sample]..<offsets[sample + 1] }
  public func length(of sample: Int) -> Int { offsets[sample + 1] - offsets[sample] }
}

extension RaggedArray {
  /// Some of the lists.
  func lists(_ rows: Range<Int>) throws(DataError) -> RaggedArray {
    let range = offsets[rows.lowerBound]..<offsets[rows.upperBound]
    return try RaggedArray(
      values: NDArray(unchecked: [range.count], values.elements.joining([range], count: range.count)),
      offsets: offsets[rows.lowerBound...rows.upperBound].map { $0 - range.lowerBound })
  }

  /// The list of one sample as numbers; empty for text.
  public func doubles(of sample: Int) -> [Double] {
    let range = range(of: sample)
    switch values.elements {
    case .float64(let values): return Array(values[range])
    case .float32(let values): return values[range].map(Double.init)
    case .int64(let values): return values[range].map(Double.init)
    case .int32(let values): return values[range].map(Double.init)
    case .uint8(let values): return values[range].map(Double.init)
    case .text: return []
    }
  }

  /// The list of one sample as whole numbers; nil for fractions and for text.
  func integers(of sample: Int) -> [Int]? {
    let range = range(of: sample)
    switch values.elements {
    case .float64(let values): return NDArray.exactly(values[range])
    case .float32(let values): return NDArray.exactly(values[range])
    case .int64(let values): return values[range].map { Int($0) }
    case .int32(let values): return values[range].map { Int($0) }
    case .uint8(let values): return values[range].map { Int($0) }
    case .text: return nil
    }
  }
}
