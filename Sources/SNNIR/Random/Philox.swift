/// Philox4x32-10, a counter-based generator of random bits (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers:
/// as easy as 1, 2, 3").
///
/// It is a pure function of counter and key, so a draw depends only on what it is for and never on how many draws were
/// made before it, on which thread, or in which order.
public struct Philox4x32: Sendable {
  public typealias Counter = (UInt32, UInt32, UInt32, UInt32)
  public typealias Key = (UInt32, UInt32)

  /// 128 random bits for `counter` under `key`.
  @inlinable
  public static func block(counter: Counter, key: Key) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let p0 = UInt64(c0) &* 0xD251_1F53
      let p1 = UInt64(c2) &* 0xCD9E_8D57
      c0 = UInt32(truncatingIfNeeded: p1 &>> 32) ^ c1 ^ k0
      c2 = UInt32(truncatingIfNeeded: p0 &>> 32) ^ c3 ^ k1
      c1 = UInt32(truncatingIfNeeded: p1)
      c3 = UInt32(truncatingIfNeeded: p0)
      k0 = k0 &+ 0x9E37_79B9
      k1 = k1 &+ 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }
}
