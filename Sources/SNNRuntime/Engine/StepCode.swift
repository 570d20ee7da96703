import CSNNKernels
import SNNIR

/// A step of a plan with everything resolved that does not depend on the batch.
enum StepCode: Sendable {
  case kernel(Int)
  case zero(BufferID, wholeHistory: Bool)
  case reduce(Reduction, BufferID, BufferID, Bool)
  case argreduce(Reduction, BufferID, BufferID)
  /// Index of the stream, of the tick, and where.
  case draw(RandomDraw.Kind, Int, Int, BufferID)
  case extract(Int, BufferID, Bool)
  case deliver(Int, Int, BufferID)
  case deliverContinuous(Int, BufferID, Int, BufferID)
  case deliverTransposed(Int, BufferID, Int, BufferID, Bool)
  case outer(Int, Int, BufferID)
  case outerContinuous(Int, BufferID, Int, BufferID)
  case influence(Int)
  case plasticity(Int, PlasticityPhase)
}

/// A leaf of the values that all lanes share; buffer -1 is the number of the tick.
struct LeafCode {
  var buffer: Int
  var offset: Int
}

struct OutputCode {
  var buffer: Int
  var offset: Int
  var accumulates: Bool
}

struct SlotCode {
  enum Kind: UInt8 { case buffer, temporary, scalar, expansion, sampleExpansion }
  var kind: Kind
  var index: Int
  /// Of the tick.
  var offset: Int
  /// Bytes to advance per lane of the kernel, and per lane within a tile of units.
  var laneStride: Int
  var unitStride: Int
}

/// An operand with fewer axes than its kernel, spread over lanes before the kernel runs.
struct ExpansionCode {
  enum Kind: UInt8 { case perUnit, perSample, unitIndex, converted }
  var kind: Kind
  var buffer: Int
  var offset: Int
  /// Where: bytes, or bytes per sample of capacity.
  var memory: Int
  var laneBytes: Int
  var unitLanes: Int
  var tile: Int
  var isInvariant: Bool
}

struct SpecialCode {
  var node: Node
  var arguments: UnsafeBufferPointer<Int32>

  /// An operation that only the obvious evaluator has, lane by lane; a scalar is one number for all of them.
  func run(
    _ slots: UnsafeMutablePointer<UnsafeMutableRawPointer>, into destination: Int, _ count: Int, bytes: Int,
    isScalar: (Int) -> Bool
  ) {
    let to = slots[destination]
    var values = [Double](repeating: 0, count: arguments.count)
    for lane in 0..<count {
      for (k, slot) in arguments.enumerated() {
        let from = slots[Int(slot)]
        let index = isScalar(Int(slot)) ? 0 : lane
        values[k] =
          bytes == 8
          ? from.assumingMemoryBound(to: Double.self)[index] : Double(from.assumingMemoryBound(to: Float.self)[index])
      }
      let value = Evaluate.elementwise(node, values) ?? .nan
      if bytes == 8 {
        to.assumingMemoryBound(to: Double.self)[lane] = value
      } else {
        to.assumingMemoryBound(to: Float.self)[lane] = Float(value)
      }
    }
  }
}

extension LaneInstruction {
  /// Calls the kernel on the present places of its operands; `pointers` has room for them.
  @inline(__always)
  func call(
    _ operandSlots: UnsafeBufferPointer<Int32>, _ slots: UnsafeMutablePointer<UnsafeMutableRawPointer>,
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ lanes: Int
  ) {
    for k in 0..<Int(count) { pointers[k] = slots[Int(operandSlots[Int(first) + k])] }
    function(pointers, lanes)
  }
}

/// A compiled kernel as plain pointers: nothing is counted or checked where it runs.
struct KernelCode {
  var isScalar = false
  var hasSample = false
  var laneBytes = 8
  var lanesPerSample = 1
  /// Lanes of a tile of whole rows of units; 0 where no operand is per unit.
  var tile = 0
  var prologueIsInvariant = false
  var leaves = UnsafeBufferPointer<LeafCode>(start: nil, count: 0)
  var scalarInstructions = UnsafeBufferPointer<ScalarProgram.Instruction>(start: nil, count: 0)
  var scalarPool = UnsafeBufferPointer<Int32>(start: nil, count: 0)
  var scalarNodes = UnsafeBufferPointer<Node>(start: nil, count: 0)
  var scalarResults = UnsafeBufferPointer<Int32>(start: nil, count: 0)
  var scalarOffset = 0
  var outputs = UnsafeBufferPointer<OutputCode>(start: nil, count: 0)
  var slots = UnsafeBufferPointer<SlotCode>(start: nil, count: 0)
  var instructions = UnsafeBufferPointer<LaneInstruction>(start: nil, count: 0)
  var operandSlots = UnsafeBufferPointer<Int32>(start: nil, count: 0)
  /// Bytes from one block to the next, for each of `operandSlots`, where `tile` is 0.
  var strides = UnsafeBufferPointer<Int>(start: nil, count: 0)
  var specials = UnsafeBufferPointer<SpecialCode>(start: nil, count: 0)
  var expansions = UnsafeBufferPointer<ExpansionCode>(start: nil, count: 0)
  var temporaryBytes = 0
}

/// Owns the arrays that `KernelCode` points into.
final class CodeStorage {
  private var owned: [UnsafeMutableRawPointer] = []

  func keep<T>(_ array: [T]) -> UnsafeBufferPointer<T> {
    guard !array.isEmpty else { return UnsafeBufferPointer(start: nil, count: 0) }
    let memory = UnsafeMutableBufferPointer<T>.allocate(capacity: array.count)
    _ = memory.initialize(from: array)
    owned.append(UnsafeMutableRawPointer(memory.baseAddress!))
    return UnsafeBufferPointer(memory)
  }

  // Everything kept is trivial.
  deinit { for pointer in owned { pointer.deallocate() } }
}
