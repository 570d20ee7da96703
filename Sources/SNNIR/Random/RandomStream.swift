/// The random numbers of one declaration: a pure function of (seed, path, epoch) and, per draw, (index, sample, tick).
///
/// Adding a population, changing the batch size or the number of threads changes no draw of any other declaration.
/// The stream's key is the first half of `block(counter: (hash(path), epoch, 0), key: seed)`; a draw is a word of
/// `block(counter: (tick, index / words per block, sample, 0), key: streamKey)`. Negative or large values of `index`,
/// `sample`, `tick` and `epoch` are taken modulo 2^32.
public struct RandomStream: Hashable, Sendable {
  public let key0: UInt32
  public let key1: UInt32

  /// - Parameters:
  ///   - seed: the task's seed; all 64 bits count.
  ///   - path: what is drawn, such as `Classifier.w_in.weight`.
  ///   - epoch: 0 for draws made once; the epoch for draws made anew in each.
  @inlinable
  public init(seed: UInt64, path: String, epoch: Int = 0) {
    self.init(seed: seed, pathHash: Self.hash(path), epoch: epoch)
  }

  @inlinable
  public init(seed: UInt64, pathHash: UInt64, epoch: Int = 0) {
    let block = Philox4x32.block(
      counter: (
        UInt32(truncatingIfNeeded: pathHash), UInt32(truncatingIfNeeded: pathHash &>> 32),
        UInt32(truncatingIfNeeded: epoch), 0
      ),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed &>> 32)))
    key0 = block.0
    key1 = block.1
  }

  /// FNV-1a, 64 bits, over the UTF-8 bytes: fixed for all time, unlike `Hasher`.
  @inlinable
  public static func hash(_ path: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash
  }

  /// Four 32-bit words; `word(index:)` is lane `index % 4` of the block `index / 4`.
  @inlinable
  public func block(_ block: Int, sample: Int = 0, tick: Int = 0) -> (
    UInt32, UInt32, UInt32, UInt32
  ) {
    Philox4x32.block(
      counter: (
        UInt32(truncatingIfNeeded: tick), UInt32(truncatingIfNeeded: block),
        UInt32(truncatingIfNeeded: sample), 0
      ),
      key: (key0, key1))
  }

  /// 32 random bits, four draws to a Philox block: for encoders, which compare with a probability.
  @inlinable
  public func word(index: Int, sample: Int = 0, tick: Int = 0) -> UInt32 {
    let words = block(index &>> 2, sample: sample, tick: tick)
    switch index & 3 {
    case 0: return words.0
    case 1: return words.1
    case 2: return words.2
    default: return words.3
    }
  }

  /// 64 random bits, two draws to a block (the low word first). Its blocks are those of `word`: use one or the other
  /// on a stream.
  @inlinable
  public func bits(index: Int, sample: Int = 0, tick: Int = 0) -> UInt64 {
    let words = block(index &>> 1, sample: sample, tick: tick)
    return index & 1 == 0
      ? UInt64(words.0) | UInt64(words.1) &<< 32
      : UInt64(words.2) | UInt64(words.3) &<< 32
  }

  /// A uniform number in [0, 1), a multiple of 2^-53.
  @inlinable
  public func uniform(index: Int, sample: Int = 0, tick: Int = 0) -> Double {
    Double(bits(index: index, sample: sample, tick: tick) &>> 11) * 0x1p-53
  }

  /// A standard normal number: the inverse distribution function at an odd multiple of 2^-53, which is never 0 or 1.
  /// The same bits on every machine: no mathematical library is asked.
  @inlinable
  public func normal(index: Int, sample: Int = 0, tick: Int = 0) -> Double {
    let odd = (bits(index: index, sample: sample, tick: tick) &>> 12) &<< 1 | 1
    return StandardNormal.quantile(Double(odd) * 0x1p-53)
  }

  /// A uniform integer in `0 ..< bound` by a 64 x 64 → 128-bit product; the bias is below `bound` / 2^64.
  @inlinable
  public func integer(below bound: Int, index: Int, sample: Int = 0, tick: Int = 0) -> Int {
    Int(
      truncatingIfNeeded: UInt64(truncatingIfNeeded: max(bound, 1)).multipliedFullWidth(
        by: bits(index: index, sample: sample, tick: tick)
      ).high)
  }
}
