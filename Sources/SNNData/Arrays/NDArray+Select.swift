extension NDArray {
  /// The entries `indices` of the axis number `axis`, in that order; an index may repeat.
  public func selecting(_ indices: [Int], axis: Int = 0, name: String = "array") throws(DataError)
    -> NDArray
  {
    guard shape.indices.contains(axis) else {
      throw .badArgument(
        name: "axis", found: "\(axis)", expected: "an axis of \(name), which has rank \(rank)")
    }
    let length = shape[axis]
    for index in indices where index < 0 || index >= length {
      throw .outOfRange(
        file: "",
        name: axes.isEmpty ? "axis \(axis) of \(name)" : "axis `\(axes[axis])` of \(name)",
        index: index,
        allowed: 0..<length)
    }
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    var runs: [Range<Int>] = []
    runs.reserveCapacity(outer * indices.count)
    for block in 0..<outer {
      for index in indices {
        let start = (block * length + index) * inner
        runs.append(start..<start + inner)
      }
    }
    var shape = shape
    shape[axis] = indices.count
    return NDArray(
      unchecked: shape, elements.joining(runs, count: outer * indices.count * inner), axes: axes,
      unit: unit)
  }

  /// The number of the axis called `name`.
  public func axis(named name: String) -> Int? { axes.firstIndex(of: name) }

  /// The first NaN or infinity, as the indices of its place and its value; nil when all are finite or text.
  public func firstNotFinite() -> (position: [Int], value: Double)? {
    let found: (Int, Double)?
    switch elements {
    case .float64(let values): found = values.firstIndex { !$0.isFinite }.map { ($0, values[$0]) }
    case .float32(let values):
      found = values.firstIndex { !$0.isFinite }.map { ($0, Double(values[$0])) }
    case .int64, .int32, .uint8, .text: found = nil
    }
    return found.map { (position(of: $0.0), $0.1) }
  }

  /// The indices of the element number `offset` in row-major order.
  func position(of offset: Int) -> [Int] {
    var rest = offset
    var indices = [Int](repeating: 0, count: rank)
    for axis in shape.indices.reversed() where shape[axis] > 0 {
      indices[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return indices
  }
}

extension NDArray.Elements {
  /// The elements of `runs`, one run after the other.
  func joining(_ runs: [Range<Int>], count: Int) -> NDArray.Elements {
    func join<Value>(_ values: [Value]) -> [Value] {
      var result: [Value] = []
      result.reserveCapacity(count)
      for run in runs { result += values[run] }
      return result
    }
    return switch self {
    case .float64(let values): .float64(join(values))
    case .float32(let values): .float32(join(values))
    case .int64(let values): .int64(join(values))
    case .int32(let values): .int32(join(values))
    case .uint8(let values): .uint8(join(values))
    case .text(let values): .text(join(values))
    }
  }
}

extension NDArray {
  /// All axes in reverse order.
  func transposed() -> NDArray {
    var strides = [Int](repeating: 1, count: rank)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let target = Array(shape.reversed())
    let steps = Array(strides.reversed())
    var indices = [Int](repeating: 0, count: rank)
    var runs: [Range<Int>] = []
    runs.reserveCapacity(count)
    var source = 0
    for _ in 0..<count {
      runs.append(source..<source + 1)
      // Counts up like an odometer, the last axis fastest.
      for axis in target.indices.reversed() {
        indices[axis] += 1
        source += steps[axis]
        if indices[axis] < target[axis] { break }
        source -= steps[axis] * target[axis]
        indices[axis] = 0
      }
    }
    return NDArray(
      unchecked: target, elements.joining(runs, count: count), axes: axes.reversed(), unit: unit)
  }
}
