/// The generator behind NumPy's legacy `RandomState(seed)`: MT19937 (Matsumoto & Nishimura 1998) seeded by one number,
/// for data sets that were published as what it draws.
struct MersenneTwister {
  private var state: [UInt32]
  private var position = 624

  init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(624)
    for index in 1..<624 {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
    }
  }

  mutating func word() -> UInt32 {
    if position == 624 { twist() }
    var y = state[position]
    position += 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    return y ^ (y >> 18)
  }

  private mutating func twist() {
    for k in 0..<624 {
      let y = (state[k] & 0x8000_0000) | (state[(k + 1) % 624] & 0x7FFF_FFFF)
      state[k] = state[(k + 397) % 624] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    position = 0
  }

  /// `rand()`: 53 bits in [0, 1).
  mutating func uniform() -> Double {
    let high = Double(word() >> 5)
    let low = Double(word() >> 6)
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /// `randint(bound)`: the lowest bits, drawn again while they are too large.
  mutating func integer(below bound: UInt32) -> UInt32 {
    guard bound > 1 else { return 0 }
    let most = bound - 1
    let mask = UInt32.max >> UInt32(most.leadingZeroBitCount)
    while true {
      let value = word() & mask
      if value <= most { return value }
    }
  }
}
