import SNNIR

/// Where a number stopped being one.
public struct RuntimeFault: Error, Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    case state, loss, gradient
  }
  public var place: Place
  /// The variable as the user named it, or the plan's buffer: `hidden.U`.
  public var variable: String
  public var symbol: SymbolID?
  public var location: LocationID
  /// Population or input, where there is one.
  public var population: String?
  public var tick: Int?
  public var unit: Int?
  /// Index in the batch.
  public var sample: Int?
  public var value: Double
  /// Where it happened between two neurons, by their units.
  public struct Synapse: Hashable, Sendable {
    public var source: Int
    public var target: Int
  }
  public var synapse: Synapse?
}

/// Everything that can go wrong while a plan is executed. All English about it is in `description`.
public enum RuntimeError: Error, Hashable, Sendable, CustomStringConvertible {
  case cancelled
  /// Bytes that the run would need, and the limit.
  case memory(needed: Int, limit: Int)
  /// The plan breaks a rule of its own form: a defect of whoever made it.
  case malformedPlan(String)
  case instructionSetUnavailable(InstructionSet)
  /// An array of the batch has the wrong number of values.
  case batchShape(what: String, expected: Int, found: Int)
  case missingData(what: String)
  /// A spike of a unit that the input does not have.
  case spikeOutOfRange(input: String, unit: Int, size: Int)
  case emptyBatch
  case parameterShape(name: String, expected: Int, found: Int)
  /// The initial value of a parameter with a range lies on or beyond a bound.
  case initialOnBound(name: String, value: Double)
  /// A distribution that needs another shape or arguments.
  case distribution(name: String, reason: String)
  case snapshotMismatch(String)
  case noGradient
  /// A neuron with exact spike times whose reset leaves it at its threshold; ms.
  case endlessSpikes(population: String, unit: Int, sample: Int, time: Double, LocationID)
  case fault(RuntimeFault)

  public var description: String {
    switch self {
    case .cancelled: "the run was cancelled"
    case .memory(let needed, let limit):
      "the run needs \(needed >> 20) MiB of memory; the limit is \(limit >> 20) MiB"
    case .malformedPlan(let reason): "malformed plan: \(reason)"
    case .instructionSetUnavailable(let set): "this machine does not run the instruction set \(set.rawValue)"
    case .batchShape(let what, let expected, let found): "\(what) has \(found) values where \(expected) are needed"
    case .missingData(let what): "the batch has no values for \(what)"
    case .spikeOutOfRange(let input, let unit, let size): "input \(input) has \(size) units; a spike names unit \(unit)"
    case .emptyBatch: "the batch has no samples"
    case .parameterShape(let name, let expected, let found):
      "parameter \(name) has \(expected) values, \(found) were given"
    case .initialOnBound(let name, let value):
      "parameter \(name) starts at \(value), on or beyond a bound of its range"
    case .distribution(let name, let reason): "parameter \(name) cannot be drawn: \(reason)"
    case .snapshotMismatch(let reason): "the snapshot does not fit: \(reason)"
    case .endlessSpikes(let population, let unit, let sample, let time, _):
      "unit \(unit) of \(population) spikes without end at \(time) ms (sample \(sample)): its reset leaves it at its threshold"
    case .noGradient: "there is no gradient: nothing is learned here"
    case .fault(let fault):
      "\(fault.variable) became \(fault.value.isNaN ? "NaN" : "\(fault.value)")"
        + (fault.tick.map { " at tick \($0)" } ?? "") + (fault.unit.map { ", unit \($0)" } ?? "")
        + (fault.synapse.map { ", synapse from unit \($0.source) to unit \($0.target)" } ?? "")
        + (fault.sample.map { ", sample \($0)" } ?? "")
    }
  }
}
