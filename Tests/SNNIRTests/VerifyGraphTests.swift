import Testing

@testable import SNNIR

/// The case names of faults, without payload.
func slugs(_ faults: [IRFault]) -> Set<String> {
  Set(faults.map { String("\($0.kind)".prefix { $0 != "(" }) })
}

@Suite struct VerifyGraphTests {
  @Test(arguments: 0..<60) func whatTheBuildersMakeIsSound(_ seed: Int) {
    let faults = Graph.random(UInt64(seed)).verify().filter {
      // Random operands may meet where the type checker would have objected.
      if case .axesClash = $0.kind { false } else { true }
    }
    #expect(faults.map(\.description) == [])
  }

  static let cases: [(slug: String, breakIt: @Sendable (inout Graph) -> Void)] = [
    (
      "argumentNotBefore",
      { graph in
        let next = ValueID(graph.count)
        _ = graph.intern(.neg, [next], domain: .constant, isBoolean: false)
      }
    ),
    ("argumentNotBefore", { _ = $0.intern(.neg, [ValueID(-1)], domain: .constant, isBoolean: false) }),
    ("arity", { _ = $0.intern(.mul, [ValueID(0)], domain: .constant, isBoolean: false) }),
    ("arity", { _ = $0.intern(.expdd, [], domain: .constant, isBoolean: false) }),
    ("arity", { _ = $0.intern(.expm, [ValueID(0), ValueID(0)], domain: .constant, isBoolean: false) }),
    (
      "arity",
      { graph in
        let three = [ValueID(0), ValueID(0), ValueID(0)]
        _ = graph.intern(.expmFrechet, three, domain: .constant, isBoolean: false)
      }
    ),
    ("operandType", { _ = $0.intern(.not, [ValueID(0)], domain: .constant, isBoolean: true) }),
    (
      "operandType",
      { graph in
        let condition = graph.compare(.lt, ValueID(0), graph.const(3))
        _ = graph.intern(.neg, [condition], domain: .constant, isBoolean: false)
      }
    ),
    ("resultType", { _ = $0.intern(.neg, [ValueID(0)], domain: .constant, isBoolean: true) }),
    (
      "resultType",
      { graph in _ = graph.intern(.lt, [ValueID(0), ValueID(0)], domain: .constant, isBoolean: false) }
    ),
    (
      "axesClash",
      { graph in
        let (a, b) = (
          graph.unitIndex(graph.addExtent(Extent(name: "a", size: 1))),
          graph.unitIndex(graph.addExtent(Extent(name: "b", size: 2)))
        )
        _ = graph.intern(.add, [a, b], domain: graph[a].domain, isBoolean: false)
      }
    ),
    ("domain", { _ = $0.intern(.neg, [ValueID(0)], domain: Domain([.sample]), isBoolean: false) }),
    (
      "domain",
      { graph in
        let tick = graph.tickIndex()
        _ = graph.intern(.neg, [tick], domain: Domain([.tick], phase: .once), isBoolean: false)
      }
    ),
    ("unitAxisWithoutExtent", { _ = $0.addSymbol(Symbol("u", .temporary, domain: Domain([.unit]))) }),
    ("aux", { _ = $0.intern(.load, [], aux: 99, domain: .constant, isBoolean: false) }),
    ("aux", { _ = $0.addSymbol(Symbol("u", .temporary, domain: Domain([.unit], extent: ExtentID(9)))) }),
    ("aux", { _ = $0.intern(.unitIndex, [], aux: -1, domain: .constant, isBoolean: false) }),
    ("aux", { _ = $0.intern(.expm, [ValueID(0)], aux: 1, domain: .constant, isBoolean: false) }),
    ("aux", { _ = $0.intern(.reduce, [ValueID(0)], aux: 7, domain: .constant, isBoolean: false) }),
    ("reducesMissingAxis", { _ = $0.reduce(.last, over: .unit, ValueID(0)) }),
    ("aux", { _ = $0.intern(.reduce, [ValueID(0)], aux: .max, domain: .constant, isBoolean: false) }),
    ("aux", { _ = $0.intern(.path, [ValueID(0)], aux: -5, domain: .constant, isBoolean: false) }),
    ("reducesMissingAxis", { _ = $0.reduce(.sum, over: .tick, ValueID(0)) }),
    ("number", { _ = $0.addExtent(Extent(name: "negative", size: -1)) }),
  ]

  @Test(arguments: 0..<cases.count) func eachBreakIsFound(_ index: Int) {
    var graph = Graph()
    _ = graph.const(2)
    let (slug, breakIt) = Self.cases[index]
    breakIt(&graph)
    let faults = graph.verify()
    #expect(slugs(faults) == [slug])
    #expect(faults.allSatisfy { !$0.description.isEmpty })
  }

  /// One operand of one value of a sound graph is changed in its text; what comes of it is sound or found out, and an
  /// operand of the wrong type or stratum is always found out.
  @Test(arguments: 0..<40) func seededOperandChangesAreFound(_ seed: Int) throws {
    var random = Seeded(UInt64(seed) &+ 500)
    let graph = Graph.random(UInt64(seed), operations: 30)
    let candidates = graph.nodes.indices.filter {
      let value = ValueID($0)
      return [.add, .sub, .mul, .neg, .exp, .min, .max].contains(graph[value].opcode)
        && graph[value].domain.axes.isEmpty == false
    }
    guard !candidates.isEmpty else { return }
    let chosen = ValueID(candidates[random.index(candidates.count)])
    let node = graph[chosen]
    var broken = graph
    let constant = broken.const(12345)
    // With constants for operands the value varies along nothing, which is not what it says.
    let value = broken.intern(
      node.opcode, Array(repeating: constant, count: Int(node.argumentCount)), domain: node.domain, isBoolean: false)
    let found = broken.verify().filter { $0.place.hasPrefix("value %\(value.index) ") }
    #expect(slugs(found) == ["domain"])
  }

  @Test func choicesBetweenBooleansAreBooleans() {
    var graph = Graph()
    let x = graph.load(graph.addSymbol(Symbol("x", .temporary, domain: .constant)))
    let (a, b) = (graph.compare(.lt, x, graph.const(1)), graph.compare(.gt, x, graph.const(-1)))
    let (choice, number) = (graph.select(a, b, a), graph.select(a, x, graph.const(0)))
    #expect(graph[choice].isBoolean)
    #expect(!graph[number].isBoolean)
    #expect(graph.verify() == [])
  }
}
