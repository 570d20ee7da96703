import CSNNKernels
import SNNIR

/// One call of a kernel function over a block of lanes.
struct LaneInstruction: Sendable {
  /// Destinations, then sources.
  static let mostOperands = 18

  var function: snn_lane_fn
  /// Its part of `operandSlots`.
  var first: Int32
  var count: Int32
  /// Index into `LaneProgram.specials`, or -1.
  var special: Int32
}

/// How a kernel's input reaches its lanes.
enum LaneAccess: Hashable, Sendable {
  /// One number for all lanes.
  case scalar
  /// One number per lane, of the program's type.
  case lanes
  /// One per lane, of the other type: converted block by block.
  case converted
  /// The same, but it does not change while the section loops: converted once before.
  case convertedOnce
  /// One per unit: tiled over the samples.
  case perUnit
  /// One per sample: repeated over the units.
  case perSample
}

/// A kernel compiled to register code over blocks of lanes: straight-line, temporaries of one block each, values that
/// all lanes share computed once per call by `scalars`. Loads and stores are operands of the operations.
struct LaneProgram: Sendable {
  static let block = 512

  /// What a slot points to.
  enum Slot: Hashable, Sendable {
    case input(Int)
    case output(Int)
    case temporary(Int)
    case scalar(Int)
    case unitIndex
  }

  /// An operation without a lane kernel (`expdd`, `expm`, `expmFrechet`), evaluated lane by lane.
  struct Special: Sendable {
    var node: Node
    /// Slots of the arguments.
    var arguments: [Int32]
  }

  var name: String
  /// Lanes are `Double`.
  var isWide: Bool
  var access: [LaneAccess]
  var scalars: ScalarProgram
  /// Rounded to the type of the lanes, in the order of `Slot.scalar`.
  var scalarCount = 0
  var slots: [Slot] = []
  var instructions: [LaneInstruction] = []
  /// Operands of all instructions, as indices of slots: pointers that each call of the program sets and each block
  /// advances.
  var operandSlots: [Int32] = []
  var specials: [Special] = []
  var temporaryCount = 0
  /// Bytes per lane of each slot's memory.
  var slotLaneBytes: [Int] = []
  var text: [String] = []
  var usesUnitIndex: Bool { slots.contains(.unitIndex) }

  /// Passes over the lanes of a block: the measure of how well operations are fused.
  var passes: Int { instructions.count }

  /// One instruction a line, for `--dump bytecode`.
  var dump: String {
    (["\(name): \(passes) passes, \(temporaryCount) temporaries, \(scalarCount) scalars"] + text.map { "  " + $0 })
      .joined(separator: "\n")
  }
}
