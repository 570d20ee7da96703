import SNNIR
import Testing

@testable import SNNCalculus

/// Every opcode's derivative against central differences of the obvious evaluator.
@Suite struct DerivativeTableTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var opcode: Opcode
    var point: [Double]
    var testDescription: String { "\(opcode) at \(point)" }
  }

  static let cases: [Case] = [
    Case(opcode: .add, point: [0.3, -1.2]), Case(opcode: .sub, point: [0.3, -1.2]),
    Case(opcode: .mul, point: [0.3, -1.2]), Case(opcode: .div, point: [0.3, -1.2]), Case(opcode: .neg, point: [0.7]),
    Case(opcode: .recip, point: [0.7]), Case(opcode: .sqrt, point: [0.7]), Case(opcode: .pow, point: [0.7, 2.5]),
    Case(opcode: .abs, point: [-0.7]), Case(opcode: .min, point: [0.3, -1.2]), Case(opcode: .min, point: [-1.2, 0.3]),
    Case(opcode: .max, point: [0.3, -1.2]), Case(opcode: .max, point: [-1.2, 0.3]), Case(opcode: .exp, point: [0.4]),
    Case(opcode: .expm1, point: [0.4]), Case(opcode: .log, point: [0.4]), Case(opcode: .log1p, point: [0.4]),
    Case(opcode: .sin, point: [0.4]), Case(opcode: .cos, point: [0.4]), Case(opcode: .tanh, point: [0.4]),
    Case(opcode: .sigmoid, point: [0.4]), Case(opcode: .erf, point: [0.4]), Case(opcode: .atan, point: [0.4]),
    Case(opcode: .exprel, point: [0.4]), Case(opcode: .exprel, point: [-0.05]), Case(opcode: .exprel, point: [2]),
    Case(opcode: .expdd, point: [0.4, -0.3, 0.1]), Case(opcode: .expdd, point: [0.4, 0.4]),
    Case(opcode: .expdd, point: [0.4, 0.4, 0.4, -1]), Case(opcode: .expm, point: [0.1, 0.5, -0.7, -0.2]),
    Case(opcode: .named, point: [0.4]), Case(opcode: .broadcast, point: [0.4]), Case(opcode: .path, point: [0.4]),
    Case(opcode: .select, point: [1, 0.4, 0.9]), Case(opcode: .select, point: [0, 0.4, 0.9]),
    Case(opcode: .reduce, point: [0.4]),
  ]

  /// The operation on symbols, so that nothing is folded; lane values, so that no special form for constants is used.
  private func build(_ test: Case, _ graph: inout Graph) -> (value: ValueID, arguments: [ValueID], symbols: [SymbolID])
  {
    let extent = graph.addExtent(Extent(name: "p", size: 1))
    let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    let symbols = test.point.indices.map { index in
      graph.addSymbol(
        Symbol("x\(index)", .temporary, domain: domain, isBoolean: test.opcode == .select && index == 0))
    }
    let arguments = symbols.map { graph.load($0) }
    let aux: Int32 = test.opcode == .expm ? 1 : (test.opcode == .reduce ? Reduction(.sum, over: .unit).aux : 0)
    let name = graph.addSymbol(Symbol("name", .alias, domain: domain))
    let value =
      test.opcode == .named
      ? graph.named(arguments[0], name)
      : graph.intern(test.opcode, arguments, aux: aux, domain: domain, isBoolean: false)
    return (value, arguments, symbols)
  }

  @Test(arguments: cases) func agreesWithCentralDifferences(_ test: Case) throws {
    var graph = Graph()
    let (value, arguments, symbols) = build(test, &graph)
    let one = graph.const(1)
    let adjoints = graph.adjoints(
      of: [(value, one)], with: Set(arguments), unreduced: Set(arguments), DerivativeContext(surrogates: []))
    func evaluate(_ roots: [ValueID], at point: [Double]) -> [Double?] {
      let values = Dictionary(uniqueKeysWithValues: zip(symbols, point))
      // A sum over one unit is that unit.
      return Evaluate.values(roots, in: graph) { values[$0] }
    }
    for index in arguments.indices where !(test.opcode == .select && index == 0) {
      guard test.opcode != .reduce else {
        #expect(graph.constant(graph.argument(adjoints[arguments[0]]!, 0)) == 1)
        continue
      }
      let h = 1e-6
      var upper = test.point
      var lower = test.point
      upper[index] += h
      lower[index] -= h
      let difference = (evaluate([value], at: upper)[0]! - evaluate([value], at: lower)[0]!) / (2 * h)
      let derivative = adjoints[arguments[index]].map { evaluate([$0], at: test.point)[0]! } ?? 0
      #expect(abs(derivative - difference) < 1e-8 * max(1, abs(difference)))
    }
  }

  /// Each opcode has a derivative that is tested above, or is on the list of those that have none.
  @Test func everyOpcodeIsCovered() {
    let tested = Set(Self.cases.map(\.opcode))
    let elsewhere: Set<Opcode> = [.spike, .blend, .bernoulli]
    for opcode in Opcode.allCases {
      #expect(
        tested.contains(opcode) || elsewhere.contains(opcode) || !DerivativeTable.isDifferentiable(opcode), "\(opcode)")
    }
  }

  @Test func aBlendPassesTheDerivativeOfItsMixture() {
    // d(s a + (1 - s) b) = s da + (1 - s) db + (a - b) ds, at s = 1: da + (a - b) ds.
    var graph = Graph()
    let symbols = ["s", "a", "b"].map { graph.addSymbol(Symbol($0, .temporary, domain: Domain([.tick], phase: .tick))) }
    let loads = symbols.map { graph.load($0) }
    let value = graph.blend(loads[0], loads[1], loads[2])
    let one = graph.const(1)
    let adjoints = graph.adjoints(of: [(value, one)], with: Set(loads), DerivativeContext(surrogates: []))
    let point = Dictionary(uniqueKeysWithValues: zip(symbols, [1.0, 0.3, 0.8]))
    let values = Evaluate.values(loads.map { adjoints[$0]! }, in: graph) { point[$0] }
    #expect(values == [0.3 - 0.8, 1, 0])
  }

  @Test func aCutPathPassesNothing() {
    var graph = Graph()
    let x = graph.load(graph.addSymbol(Symbol("x", .temporary, domain: .constant)))
    let tag = PathTag(.reset, population: 3, index: 7)
    let value = graph.add(graph.path(x, tag), graph.mul(x, graph.const(2)))
    let one = graph.const(1)
    let kept = graph.adjoints(of: [(value, one)], with: [x], DerivativeContext(surrogates: []))
    let cut = graph.adjoints(of: [(value, one)], with: [x], DerivativeContext(surrogates: [], cutPaths: [tag]))
    #expect(graph.constant(kept[x]!) == 3)
    #expect(graph.constant(cut[x]!) == 2)
  }
}
