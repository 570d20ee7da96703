/// A dense row-major array as files hold it: a shape, the elements in one of a few types, and what is known of its
/// meaning (names of axes, unit). A scalar has shape `[]`.
///
/// `shape` and `elements` always agree in count; they change only together.
public struct NDArray: Equatable, Sendable {
  public enum Elements: Equatable, Sendable {
    case float64([Double])
    case float32([Float])
    case int64([Int64])
    case int32([Int32])
    case uint8([UInt8])
    case text([String])
  }

  public private(set) var shape: [Int]
  public private(set) var elements: Elements
  /// One name per axis (`sample`, `time`, `unit`, …), or empty when unknown.
  public var axes: [String] = []
  /// The unit of the values, spelled as in a program (`mV`), or nil.
  public var unit: String?

  /// - Throws: `DataError.badArgument` when the shape does not hold exactly the elements, or `axes` names another
  ///   number of axes.
  public init(shape: [Int], elements: Elements, axes: [String] = [], unit: String? = nil)
    throws(DataError)
  {
    guard Self.count(of: shape) == elements.count else {
      throw .badArgument(
        name: "shape", found: "\(describe(shape)) for \(elements.count) elements",
        expected: "a shape that holds them all")
    }
    guard axes.isEmpty || axes.count == shape.count else {
      throw .badArgument(
        name: "axes", found: "\(axes.count) names",
        expected: "one name for each of \(shape.count) axes")
    }
    self.init(unchecked: shape, elements, axes: axes, unit: unit)
  }

  init(unchecked shape: [Int], _ elements: Elements, axes: [String] = [], unit: String? = nil) {
    self.shape = shape
    self.elements = elements
    self.axes = axes
    self.unit = unit
  }

  public init(shape: [Int], _ values: [Double], axes: [String] = [], unit: String? = nil)
    throws(DataError)
  {
    try self.init(shape: shape, elements: .float64(values), axes: axes, unit: unit)
  }

  public init(shape: [Int], _ values: [Float], axes: [String] = [], unit: String? = nil)
    throws(DataError)
  {
    try self.init(shape: shape, elements: .float32(values), axes: axes, unit: unit)
  }

  public init(_ value: Double, unit: String? = nil) {
    self.init(unchecked: [], .float64([value]), unit: unit)
  }
  public init(_ value: Int) { self.init(unchecked: [], .int64([Int64(value)])) }
  public init(_ value: String) { self.init(unchecked: [], .text([value])) }

  /// One-dimensional arrays.
  public init(_ values: [Double], unit: String? = nil) {
    self.init(unchecked: [values.count], .float64(values), unit: unit)
  }
  public init(_ values: [Int]) {
    self.init(unchecked: [values.count], .int64(values.map(Int64.init)))
  }
  public init(_ values: [String]) { self.init(unchecked: [values.count], .text(values)) }

  public var count: Int { elements.count }
  public var rank: Int { shape.count }
  public var isText: Bool { if case .text = elements { true } else { false } }
  /// Elements of one index of the first axis: the size of a sample.
  public var strideOfFirstAxis: Int { shape.dropFirst().reduce(1, *) }

  /// The product of the axes; nil when one is negative or the product overflows.
  static func count(of shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      guard length >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// The values as numbers, in row-major order; nil for text.
  public func doubles() -> [Double]? {
    switch elements {
    case .float64(let values): values
    case .float32(let values): values.map(Double.init)
    case .int64(let values): values.map(Double.init)
    case .int32(let values): values.map(Double.init)
    case .uint8(let values): values.map(Double.init)
    case .text: nil
    }
  }

  /// Some of the values as numbers, in row-major order; nil for text.
  public func doubles(in range: Range<Int>) -> [Double]? {
    switch elements {
    case .float64(let values): Array(values[range])
    case .float32(let values): values[range].map(Double.init)
    case .int64(let values): values[range].map(Double.init)
    case .int32(let values): values[range].map(Double.init)
    case .uint8(let values): values[range].map(Double.init)
    case .text: nil
    }
  }

  /// The same values in bytes where each is a whole number of 0 … 255; nil where one is not, and for text.
  func bytes() -> [UInt8]? {
    func narrowed<Value: BinaryFloatingPoint>(_ values: [Value]) -> [UInt8]? {
      var result = [UInt8](repeating: 0, count: values.count)
      for (index, value) in values.enumerated() {
        guard value >= 0, value <= 255 else { return nil }
        result[index] = UInt8(value)
        guard Value(result[index]) == value else { return nil }
      }
      return result
    }
    func narrowed<Value: BinaryInteger>(_ values: [Value]) -> [UInt8]? {
      guard values.allSatisfy({ $0 >= 0 && $0 <= 255 }) else { return nil }
      return values.map { UInt8($0) }
    }
    switch elements {
    case .float64(let values): return narrowed(values)
    case .float32(let values): return narrowed(values)
    case .int64(let values): return narrowed(values)
    case .int32(let values): return narrowed(values)
    case .uint8(let values): return values
    case .text: return nil
    }
  }

  /// The values rounded to single precision; nil for text.
  public func floats() -> [Float]? {
    switch elements {
    case .float64(let values): values.map(Float.init)
    case .float32(let values): values
    case .int64(let values): values.map(Float.init)
    case .int32(let values): values.map(Float.init)
    case .uint8(let values): values.map(Float.init)
    case .text: nil
    }
  }

  /// The values as integers; nil for text or where a value is not exactly an integer.
  public func integers() -> [Int]? {
    switch elements {
    case .float64(let values): Self.exactly(values)
    case .float32(let values): Self.exactly(values)
    case .int64(let values): values.map { Int($0) }
    case .int32(let values): values.map { Int($0) }
    case .uint8(let values): values.map { Int($0) }
    case .text: nil
    }
  }

  /// The texts; nil for numbers.
  public func texts() -> [String]? { if case .text(let values) = elements { values } else { nil } }

  /// The only element of a one-element array as a number.
  public var scalar: Double? { count == 1 ? doubles()?[0] : nil }

  static func exactly(_ values: some Collection<some BinaryFloatingPoint>) -> [Int]? {
    var result: [Int] = []
    result.reserveCapacity(values.count)
    for value in values {
      guard let integer = Int(exactly: value) else { return nil }
      result.append(integer)
    }
    return result
  }

  /// The same elements in another shape, row-major; axis names are dropped.
  public func reshaped(_ shape: [Int]) throws(DataError) -> NDArray {
    try NDArray(shape: shape, elements: elements, unit: unit)
  }
}

extension NDArray.Elements {
  public var count: Int {
    switch self {
    case .float64(let values): values.count
    case .float32(let values): values.count
    case .int64(let values): values.count
    case .int32(let values): values.count
    case .uint8(let values): values.count
    case .text(let values): values.count
    }
  }

  /// What a person calls the type.
  public var typeName: String {
    switch self {
    case .float64: "64-bit numbers"
    case .float32: "32-bit numbers"
    case .int64: "64-bit integers"
    case .int32: "32-bit integers"
    case .uint8: "bytes"
    case .text: "text"
    }
  }
}
