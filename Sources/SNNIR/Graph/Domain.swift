/// The axes a value varies along. A value without an axis is the same all along it and is broadcast where it meets one
/// that has it.
public struct Axes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let unit = Axes(rawValue: 1)
  public static let sample = Axes(rawValue: 2)
  public static let tick = Axes(rawValue: 4)
  public static let synapse = Axes(rawValue: 8)
}

/// When a value is known, in order of execution. A reduction moves its result to the later phase; a value made from
/// two phases belongs to the later one.
public enum Phase: UInt8, Comparable, Hashable, Sendable, CaseIterable {
  /// Before the first tick: recomputed after each update of the parameters. Data of a sample that does not change with
  /// time belongs here too (with the axis `sample`).
  case once
  /// While time runs forward.
  case tick
  /// When a sample's last tick is done.
  case sampleEnd
  /// When every sample of the batch is done: what a reduction over samples gives.
  case batchEnd
  /// While time runs backward.
  case reverseTick
  /// When the backward pass is done: adjoints of values that do not change with time.
  case reverseEnd

  public static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }
}

/// Index into the extents (populations and inputs) of a module: what a unit axis counts, or, for the axis `synapse`,
/// index of a connection.
public struct ExtentID: Hashable, Sendable, Comparable {
  public var index: Int32
  public init(_ index: Int) { self.index = Int32(index) }
  public static func < (a: ExtentID, b: ExtentID) -> Bool { a.index < b.index }
}

/// The stratum of a value: its axes, what its unit or synapse axis counts, and its phase.
public struct Domain: Hashable, Sendable {
  public var axes: Axes
  public var extent: ExtentID?
  public var phase: Phase

  public init(_ axes: Axes = [], extent: ExtentID? = nil, phase: Phase = .once) {
    self.axes = axes
    self.extent = extent
    self.phase = phase
  }

  public static let constant = Domain()

  /// The domain of a value computed elementwise from values of both; nil where two different unit axes meet.
  public func joined(_ other: Domain) -> Domain? {
    if let a = extent, let b = other.extent, a != b { return nil }
    let axes = axes.union(other.axes)
    var phase = max(phase, other.phase)
    if axes.contains(.tick) { phase = phase <= .tick ? .tick : .reverseTick }
    return Domain(axes, extent: extent ?? other.extent, phase: phase)
  }

  /// The domain of a reduction over one axis.
  public func reduced(over axis: Axes) -> Domain {
    var result = self
    result.axes.subtract(axis)
    if axis == .unit || axis == .synapse { result.extent = nil }
    if axis == .tick { result.phase = phase <= .tick ? .sampleEnd : .reverseEnd }
    if axis == .sample { result.phase = max(phase, .batchEnd) }
    if result.axes.contains(.tick) { result.phase = phase }
    return result
  }
}
