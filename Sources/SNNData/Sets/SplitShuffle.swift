import SNNIR

/// Random orders that depend on nothing but a seed and a name.
public enum SplitShuffle {
  /// The numbers 0 ..< `count` in random order: Fisher and Yates from the end, where place *i* takes the draw number
  /// *i* of the stream (seed, path, epoch).
  public static func permutation(count: Int, seed: UInt64, path: String, epoch: Int = 0) -> [Int] {
    var order = Array(0..<max(0, count))
    guard count > 1 else { return order }
    let stream = RandomStream(seed: seed, path: path, epoch: epoch)
    for place in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(place, stream.integer(below: place + 1, index: place))
    }
    return order
  }

  /// Two parts of 0 ..< `count`: the first `fraction` of a random order, rounded to the nearest number (halves up), and
  /// the rest. Both stay in the random order.
  public static func split(count: Int, fraction: Double, seed: UInt64) throws(DataError) -> (
    first: [Int], second: [Int]
  ) {
    guard fraction > 0, fraction < 1 else {
      throw .badArgument(
        name: "the fraction of a split", found: "\(fraction)", expected: "a number between 0 and 1")
    }
    let size = Int((fraction * Double(count)).rounded())
    guard size > 0, size < count else {
      throw .badArgument(
        name: "the fraction of a split",
        found: "\(fraction) of \(count) samples, which leaves one part empty",
        expected: "at least one sample in each part")
    }
    let order = permutation(count: count, seed: seed, path: "data.split")
    return (Array(order[..<size]), Array(order[size...]))
  }
}
