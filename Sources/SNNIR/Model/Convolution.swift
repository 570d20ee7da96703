/// Geometry of a two-dimensional convolution or pooling between populations of shape `[channels, height, width]`.
///
/// Target (o, y, x) hears source (c, y s + i - p, x s + j - p) with weight `[o, c, i, j]`, for stride s and padding p
/// (zeros: there is nobody outside), as deep-learning frameworks have it: the kernel is not flipped. A pooling joins
/// each channel with itself alone, and all its synapses share one weight.
public struct Convolution: Hashable, Sendable {
  /// `[channels, height, width]`.
  public var source: [Int]
  public var target: [Int]
  /// `[height, width]`, as the two below.
  public var kernel: [Int]
  public var stride: [Int]
  public var padding: [Int]
  public var isPooling: Bool

  public init(source: [Int], target: [Int], kernel: [Int], stride: [Int], padding: [Int], isPooling: Bool = false) {
    self.source = source
    self.target = target
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.isPooling = isPooling
  }

  /// Height or width that a side has after the kernel went over it; below 1 where the kernel does not fit.
  public static func side(_ length: Int, kernel: Int, stride: Int, padding: Int) -> Int {
    let room = length + 2 * padding - kernel
    return room < 0 || stride < 1 ? 0 : room / stride + 1
  }

  /// Whether the sizes belong together.
  public var isConsistent: Bool {
    guard [source.count, target.count] == [3, 3], [kernel.count, stride.count, padding.count] == [2, 2, 2],
      (source + target + kernel + stride).allSatisfy({ $0 > 0 }), padding.allSatisfy({ $0 >= 0 }),
      !isPooling || source[0] == target[0]
    else { return false }
    return (0..<2).allSatisfy {
      Self.side(source[$0 + 1], kernel: kernel[$0], stride: stride[$0], padding: padding[$0]) == target[$0 + 1]
    }
  }

  /// `[out, in, height, width]`; empty for a pooling, which has one number.
  public var weightShape: [Int] { isPooling ? [] : [target[0], source[0]] + kernel }
  public var weightCount: Int { weightShape.reduce(1, *) }

  /// Weights that reach one target and leave one source, where no edge is near.
  public var fans: (into: Double, outOf: Double) {
    let area = Double(kernel[0] * kernel[1])
    return isPooling ? (area, area) : (area * Double(source[0]), area * Double(target[0]))
  }

  /// Source positions along one axis for every kernel element and target: `(target, element)` by source.
  private func reach(_ axis: Int) -> [[(target: Int, element: Int)]] {
    var result = [[(target: Int, element: Int)]](repeating: [], count: source[axis + 1])
    for target in 0..<target[axis + 1] {
      for element in 0..<kernel[axis] {
        let place = target * stride[axis] + element - padding[axis]
        if result.indices.contains(place) { result[place].append((target, element)) }
      }
    }
    return result
  }

  /// Number of synapses: pairs of a source and a target that a kernel element joins.
  public var synapseCount: Int {
    let pairs = (0..<2).map { axis in reach(axis).reduce(0) { $0 + $1.count } }
    return pairs[0] * pairs[1] * (isPooling ? source[0] : source[0] * target[0])
  }

  /// The synapses by source, then by target, with the kernel element of each.
  public var relation: Relation {
    var result = Relation(rows: [0], targets: [])
    var slots: [UInt32] = []
    let (rows, columns) = (reach(0), reach(1))
    let area = target[1] * target[2]
    for channel in 0..<source[0] {
      for y in rows {
        for x in columns {
          for out in isPooling ? channel..<channel + 1 : 0..<target[0] {
            for (ty, i) in y {
              for (tx, j) in x {
                result.targets.append(UInt32(out * area + ty * target[2] + tx))
                slots.append(
                  isPooling ? 0 : UInt32(((out * source[0] + channel) * kernel[0] + i) * kernel[1] + j))
              }
            }
          }
          result.rows.append(result.targets.count)
        }
      }
    }
    result.share(slots, among: weightCount)
    return result
  }
}
