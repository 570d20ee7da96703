import CSNNKernels

/// Which variant of the kernels runs. All give the same bits; they differ in speed alone.
public enum InstructionSet: String, CaseIterable, Hashable, Sendable {
  case plain, sse2, avx2, avx512, neon

  var raw: snn_isa {
    switch self {
    case .plain: SNN_PLAIN
    case .sse2: SNN_SSE2
    case .avx2: SNN_AVX2
    case .avx512: SNN_AVX512
    case .neon: SNN_NEON
    }
  }

  /// The widest that this build has and this machine runs.
  public static var best: InstructionSet {
    let raw = snn_best_isa()
    return allCases.first { $0.raw == raw } ?? .plain
  }

  /// Those that can be asked for here.
  public static var available: [InstructionSet] { allCases.filter { snn_kernels_find($0.raw, 0) != nil } }
}

/// Precision of the lanes: states, weights and their gradients. Parameters computed once, loss sums and optimiser
/// scalars are in double precision in both.
public enum Precision: String, CaseIterable, Hashable, Sendable {
  case f32, f64
  public var bytes: Int { self == .f32 ? 4 : 8 }
}

/// The functions of one instruction set and precision. Static C tables, valid for ever.
struct KernelTable: @unchecked Sendable {
  let raw: UnsafePointer<snn_kernels>

  init?(_ set: InstructionSet, _ precision: Precision) {
    guard let raw = snn_kernels_find(set.raw, precision == .f64 ? 1 : 0) else { return nil }
    self.raw = raw
  }

  var panel: Int { raw.pointee.panel }

  func lane(_ operation: snn_op, mode: Int) -> snn_lane_fn? { snn_lane(raw, operation, UInt32(mode)) }
}

/// Memory on a 64-byte boundary, zeroed, freed with its owner.
final class AlignedMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    self.byteCount = max(byteCount, 64)
    base = UnsafeMutableRawPointer.allocate(byteCount: self.byteCount, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: self.byteCount)
  }

  deinit { base.deallocate() }
}

@inline(__always) func padded(_ count: Int, to multiple: Int = 16) -> Int {
  (count + multiple - 1) / multiple * multiple
}
