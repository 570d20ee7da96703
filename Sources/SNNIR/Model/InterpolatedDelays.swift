/// Learned delays, between ticks: a spike that is k + f ticks under way arrives with 1 - f of its weight k ticks after it
/// was sent, and with f a tick later. The derivative by the delay is the weight times the difference of what the two
/// arrivals are worth.
public struct InterpolatedDelays: Hashable, Sendable {
  /// ms.
  public var step: Double
  /// Of the relation's delays: no share arrives later.
  public var longest: Int

  public init(step: Double, longest: Int) {
    self.step = step
    self.longest = longest
  }

  /// Whole ticks and the rest, with the delay kept between one tick and the last but one.
  public func split(_ delay: Double) -> (ticks: Int, rest: Double) {
    let ticks = min(max(delay / step, 1), Double(max(longest - 1, 1)))
    let whole = ticks.rounded(.down)
    return (Int(whole), ticks - whole)
  }

  /// What of a weight comes at a whole delay, or a tick later.
  public func share(_ delay: Double, later: Bool) -> Double {
    let rest = split(delay).rest
    return later ? rest : 1 - rest
  }

  /// Derivatives by weight and delay, from those by what comes at the whole delay and a tick later. Beyond its limits a
  /// delay moves nothing.
  public func gradient(weight: Double, delay: Double, _ now: Double, _ later: Double) -> (weight: Double, delay: Double)
  {
    let rest = split(delay).rest
    let isInside = delay / step >= 1 && delay / step <= Double(max(longest - 1, 1))
    return ((1 - rest) * now + rest * later, isInside ? weight * (later - now) / step : 0)
  }
}
