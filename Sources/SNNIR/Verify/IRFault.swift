/// A broken invariant of a stage: where, and what is wrong.
public struct IRFault: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    // Values.
    /// A value uses itself, a later one or one that there is not.
    case argumentNotBefore(ValueID)
    case arity(expected: String, found: Int)
    case operandType(position: Int, expectedBoolean: Bool)
    case resultType(expectedBoolean: Bool)
    /// Two different unit axes meet in one elementwise operation.
    case axesClash
    case domain(expected: Domain, found: Domain)
    case unitAxisWithoutExtent
    /// The second operand of a kind of `aux` that does not exist: symbol, extent, entry, reduction, population.
    case aux(String, Int)
    /// A reduction over an axis that its argument does not have.
    case reducesMissingAxis(Axes)

    // Models.
    /// An index into another table does not exist.
    case index(String, Int)
    case symbolKind(expected: SymbolKind, found: SymbolKind)
    /// A value loads a symbol that is not known where it is evaluated.
    case loadsUnavailable(SymbolID)
    case expectedBoolean(Bool)
    /// A value varies along more axes, or is known later, than its place allows.
    case stratum(allowed: Domain, found: Domain)
    case extentSize(declared: Int, shape: Int)
    case count(String, expected: Int, found: Int)
    case sameName(String)
    case sameSymbol(SymbolID)
    case emptyRange(lower: Double, upper: Double)
    case rangeOutside(Range<Int>, size: Int)
    case number(String, Double)
    case oneToOneSizes(source: Int, target: Int)
    case delayBelow(Int, least: Int)
    case equationTwice(state: Int)

    // Plans.
    case inputMissing(SymbolID)
    case inputTwice(SymbolID)
    case outputTwice(BufferID)
    case kernelTick
    /// A kernel is elementwise: reductions are steps of their own.
    case reductionInKernel(ValueID)
    case bufferType(BufferID, expectedBoolean: Bool)
    /// A buffer has an axis that the kernel or step lacks, or counts something else along it.
    case bufferAxes(BufferID, expected: Axes, found: Axes)
    case bufferExtent(BufferID, expected: ExtentID?, found: ExtentID?)
    /// Rows of other ticks, or of samples, where there is no present tick or no chunk.
    case bufferOutsideTime(BufferID)
    case bufferOutsideChunk(BufferID)
    case tickOffset(BufferID, Int)
    case neverWritten(BufferID)
    case writesBound(BufferID)
    case boundUnwritten(BufferID)
    case boundTwice(BufferID)
    case ringLength(Int)
  }
  /// `value %3`, `kernel hidden.step in tick`.
  public var place: String
  public var kind: Kind

  public init(_ place: String, _ kind: Kind) {
    self.place = place
    self.kind = kind
  }

  public var description: String { "\(place): \(kind.text)" }
}

extension IRFault.Kind {
  private static func type(_ isBoolean: Bool) -> String { isBoolean ? "a boolean" : "a number" }
  private static func span(_ axes: Axes, _ extent: ExtentID? = nil) -> String {
    "[" + axes.text + (extent.map { " #\($0.index)" } ?? "") + "]"
  }
  private static func stratum(_ domain: Domain) -> String {
    "\(span(domain.axes, domain.extent)) at \(domain.phase.text)"
  }

  var text: String {
    switch self {
    case .argumentNotBefore(let value): "uses %\(value.index), which does not come before it"
    case .arity(let expected, let found): "takes \(expected) operands, has \(found)"
    case .operandType(let position, let expected): "operand \(position + 1) must be \(Self.type(expected))"
    case .resultType(let expected): "its result is \(Self.type(expected))"
    case .axesClash: "its operands count different units"
    case .domain(let expected, let found):
      "its operands make it \(Self.stratum(expected)), it says \(Self.stratum(found))"
    case .unitAxisWithoutExtent: "has a unit or synapse axis that counts nothing"
    case .aux(let what, let index): "there is no \(what) \(index)"
    case .reducesMissingAxis(let axis): "reduces \(Self.span(axis)), which is not one axis of its operand"
    case .index(let what, let index): "there is no \(what) \(index)"
    case .symbolKind(let expected, let found): "its symbol should be \(expected), is \(found)"
    case .loadsUnavailable(let symbol): "loads $\(symbol.index), which is not known there"
    case .expectedBoolean(let expected): "must be \(Self.type(expected))"
    case .stratum(let allowed, let found): "may be \(Self.stratum(allowed)), is \(Self.stratum(found))"
    case .extentSize(let declared, let shape): "its extent counts \(declared) units, its shape \(shape)"
    case .count(let what, let expected, let found): "needs \(expected) \(what), has \(found)"
    case .sameName(let name): "a second \(name)"
    case .sameSymbol(let symbol): "$\(symbol.index) stands for two things"
    case .emptyRange(let lower, let upper): "the range \(lower) .. \(upper) is empty"
    case .rangeOutside(let range, let size): "units \(range) of \(size)"
    case .number(let what, let value): "\(what) cannot be \(value)"
    case .oneToOneSizes(let source, let target): "joins \(source) units one to one with \(target)"
    case .delayBelow(let delay, let least): "a delay of \(delay) ticks; the least is \(least)"
    case .equationTwice(let state): "state \(state) has two equations"
    case .inputMissing(let symbol): "no input gives $\(symbol.index)"
    case .inputTwice(let symbol): "two inputs give $\(symbol.index)"
    case .outputTwice(let buffer): "writes @\(buffer.index) twice"
    case .kernelTick: "a kernel works at one tick, so its axes cannot hold the tick"
    case .reductionInKernel(let value): "%\(value.index) reduces an axis, which no kernel can"
    case .bufferType(let buffer, let expected): "@\(buffer.index) must hold \(expected ? "booleans" : "numbers")"
    case .bufferAxes(let buffer, let expected, let found):
      "@\(buffer.index) should vary along \(Self.span(expected)), varies along \(Self.span(found))"
    case .bufferExtent(let buffer, let expected, let found):
      "@\(buffer.index) should count \(Self.span([], expected)), counts \(Self.span([], found))"
    case .bufferOutsideTime(let buffer): "@\(buffer.index) has a row per tick, and no tick is present here"
    case .bufferOutsideChunk(let buffer): "@\(buffer.index) has a row per sample, and no chunk is present here"
    case .tickOffset(let buffer, let offset): "@\(buffer.index) keeps no row \(offset) ticks away"
    case .neverWritten(let buffer): "reads @\(buffer.index), which nothing fills"
    case .writesBound(let buffer): "writes @\(buffer.index), which is filled from outside"
    case .boundUnwritten(let buffer): "@\(buffer.index) is read from outside, and nothing writes it"
    case .boundTwice(let buffer): "@\(buffer.index) is bound to what another buffer is bound to"
    case .ringLength(let length): "a ring of \(length) rows"
    }
  }
}
