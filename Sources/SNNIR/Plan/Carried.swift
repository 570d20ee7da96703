/// Something that goes on from the end of one sample to the beginning of the next.
public enum Carried: Hashable, Sendable {
  /// A state, one number per unit.
  case state(population: Int, state: Int)
  /// Whether each unit has spiked at the last tick, how many ticks it stays refractory, whether it is above a threshold
  /// that acts when it is crossed.
  case flag(Int)
  case refractory(Int)
  case above(Int)
  /// A variable at the last ticks, which connections with a delay or rules of synapses read of earlier ones.
  case variable(population: Int, RecordedVariable)
  /// An analog input at the last ticks.
  case input(Int)
  case modulator(Int)
  /// A trace or state of a synapse's rule, as the rule's memory has it.
  case trace(rule: Int, state: Int)
  /// Spikes that are still to arrive, three numbers each: ticks ago, unit, size.
  case spikes(population: Int)
  case inputSpikes(Int)
  /// Ticks that have passed.
  case time
}

/// Rows of a buffer that stand for the ticks before the first: `first ... last`, of which row -k is the one that the
/// sample before has left at tick T - k.
public struct CarriedRows: Hashable, Sendable {
  public var what: Carried
  public var buffer: BufferID
  public var first: Int
  public var last: Int

  public init(_ what: Carried, _ buffer: BufferID, _ rows: ClosedRange<Int>) {
    self.what = what
    self.buffer = buffer
    (first, last) = (rows.lowerBound, rows.upperBound)
  }
}
