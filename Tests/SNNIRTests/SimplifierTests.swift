import SNNIR
import Testing

@Suite struct SimplifierTests {
  private static func graph() -> (Graph, [ValueID]) {
    var graph = Graph()
    let values = ["x", "y", "z"].map { name in
      let symbol = graph.addSymbol(Symbol(name, .temporary, domain: .constant))
      return graph.load(symbol)
    }
    return (graph, values)
  }

  /// A random expression built twice: by the builders, and as it is by `intern`. Both have the same value.
  @Test(arguments: 0..<200) func simplifiedValuesAreTheSame(_ seed: Int) throws {
    var random = Seeded(UInt64(seed))
    var (graph, leaves) = Self.graph()
    // Constants that simplification looks for, and others.
    for number in [0, 1, -1, 2, 0.5, 1.25, -0.75] { leaves.append(graph.const(number)) }
    var simple = leaves
    var plain = leaves
    let unary: [Opcode] = [.neg, .exp, .tanh, .sin, .sigmoid, .abs, .expm1, .erf, .exprel]
    for _ in 0..<25 {
      let (a, b) = (random.index(simple.count), random.index(simple.count))
      func intern(_ opcode: Opcode, _ arguments: [ValueID]) -> ValueID {
        graph.intern(opcode, arguments, domain: .constant, isBoolean: opcode.info.isBoolean)
      }
      switch random.index(8) {
      case 0, 1:
        plain.append(intern(.add, [plain[a], plain[b]]))
        simple.append(graph.add(simple[a], simple[b]))
      case 2:
        plain.append(intern(.sub, [plain[a], plain[b]]))
        simple.append(graph.sub(simple[a], simple[b]))
      case 3, 4:
        plain.append(intern(.mul, [plain[a], plain[b]]))
        simple.append(graph.mul(simple[a], simple[b]))
      case 5:
        // A divisor that is at least 1.
        let one = graph.const(1)
        let (plainDivisor, simpleDivisor) = (
          intern(.add, [one, intern(.abs, [plain[b]])]), graph.add(one, graph.unary(.abs, simple[b]))
        )
        plain.append(intern(.div, [plain[a], plainDivisor]))
        simple.append(graph.div(simple[a], simpleDivisor))
      case 6:
        let (plainCondition, simpleCondition) = (
          intern(.lt, [plain[a], plain[b]]), graph.compare(.lt, simple[a], simple[b])
        )
        plain.append(intern(.select, [plainCondition, plain[b], plain[a]]))
        simple.append(graph.select(simpleCondition, simple[b], simple[a]))
      default:
        // Bounded, so that no branch overflows.
        let opcode = unary[random.index(unary.count)]
        plain.append(intern(opcode, [intern(.tanh, [plain[a]])]))
        simple.append(graph.unary(opcode, graph.unary(.tanh, simple[a])))
      }
    }
    for _ in 0..<4 {
      let inputs = [random.number(), random.number(), random.number()]
      let expected = Evaluate.values(plain, in: graph) { inputs[Int($0.index)] }
      let found = Evaluate.values(simple, in: graph) { inputs[Int($0.index)] }
      for (a, b) in zip(found, expected) {
        let (a, b) = (try #require(a), try #require(b))
        if !a.isFinite || !b.isFinite || abs(b) > 1e100 { continue }
        #expect(abs(a - b) <= 1e-9 * max(1, abs(b)))
      }
    }
  }

  @Test func neutralAndAbsorbingElementsVanish() {
    var (graph, leaves) = Self.graph()
    let (x, y) = (leaves[0], leaves[1])
    let (zero, one) = (graph.const(0), graph.const(1))
    #expect(graph.add(x, zero) == x)
    #expect(graph.add(zero, x) == x)
    #expect(graph.sub(x, zero) == x)
    #expect(graph.sub(x, x) == zero)
    #expect(graph.mul(x, one) == x)
    #expect(graph.mul(zero, x) == zero)
    #expect(graph.div(x, one) == x)
    #expect(graph.div(zero, x) == zero)
    #expect(graph.neg(graph.neg(x)) == x)
    #expect(graph.neg(graph.sub(x, y)) == graph.sub(y, x))
    #expect(graph.pow(x, graph.const(2)) == graph.mul(x, x))
    #expect(graph.pow(x, graph.const(0.5)) == graph.unary(.sqrt, x))
    #expect(graph.min(x, x) == x)
    #expect(graph.expdd([x]) == graph.exp(x))
    #expect(graph.expdd([zero, x]) == graph.unary(.exprel, x))
    #expect(graph.expdd([x, y]) == graph.expdd([y, x]))
    let c = graph.compare(.lt, x, y)
    #expect(graph.not(graph.not(c)) == c)
    #expect(graph.select(c, x, x) == x)
  }

  @Test func constantsFold() {
    var graph = Graph()
    let (two, three) = (graph.const(2), graph.const(3))
    let values = [
      graph.mul(two, three), graph.div(two, three), graph.pow(two, three), graph.unary(.sqrt, graph.const(9)),
      // Division by zero is left for the run to report.
      graph.div(two, graph.const(0)),
    ]
    #expect(values.map { graph.constant($0) } == [6, 2.0 / 3, 8, 3, nil])
  }

  /// Roundings of what the user wrote are kept: no reassociation.
  @Test func nothingIsReassociated() {
    var (graph, leaves) = Self.graph()
    let big = graph.const(1e16)
    let value = graph.sub(graph.add(leaves[0], big), big)
    #expect(Evaluate.values([value], in: graph) { _ in 1 } == [0])
  }

  @Test func sameOperationsAreOneValue() {
    var (graph, leaves) = Self.graph()
    let a = graph.mul(leaves[0], leaves[1])
    let count = graph.count
    #expect(graph.mul(leaves[0], leaves[1]) == a)
    #expect(graph.count == count)
  }

  @Test(arguments: 0..<40) func substitutionIsEvaluation(_ seed: Int) throws {
    var random = Seeded(UInt64(seed) &+ 99)
    var (graph, leaves) = Self.graph()
    for _ in 0..<12 {
      let (a, b) = (leaves[random.index(leaves.count)], leaves[random.index(leaves.count)])
      leaves.append([graph.add(a, b), graph.mul(a, b), graph.unary(.tanh, a)][random.index(3)])
    }
    let root = try #require(leaves.last)
    let number = random.number()
    let x = SymbolID(0)
    let replaced = graph.substitute(root, [x: graph.const(number)])
    let inputs = [number, random.number(), random.number()]
    let (a, b) = (
      Evaluate.values([root], in: graph) { inputs[Int($0.index)] }[0],
      Evaluate.values([replaced], in: graph) { $0 == x ? nil : inputs[Int($0.index)] }[0]
    )
    let (expected, found) = (try #require(a), try #require(b))
    #expect(abs(expected - found) <= 1e-9 * max(1, abs(expected)))
    #expect(!graph.loadedSymbols([replaced]).contains(x))
  }
}
