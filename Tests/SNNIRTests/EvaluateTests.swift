import Testing

@testable import SNNIR

@Suite struct EvaluateTests {
  /// Values from the functions' definitions (erf: Abramowitz & Stegun, table 7.1; sigmoid(1) = 1 / (1 + 1/e)).
  static let functions: [(Opcode, Double, Double)] = [
    (.neg, 2, -2), (.recip, 4, 0.25), (.sqrt, 9, 3), (.abs, -3, 3), (.floor, -0.5, -1), (.floor, 2.7, 2),
    (.sign, -3, -1), (.sign, 0, 0), (.sign, 1e-300, 1), (.exp, 1, 2.718281828459045), (.expm1, 1e-20, 1e-20),
    (.log, 2.718281828459045, 1), (.log1p, 1e-20, 1e-20), (.sin, 0.5235987755982988, 0.5),
    (.cos, 1.0471975511965976, 0.5), (.tanh, 100, 1), (.sigmoid, 1, 0.7310585786300049), (.sigmoid, -800, 0),
    (.sigmoid, 800, 1), (.erf, 1, 0.8427007929497149), (.atan, 1, 0.7853981633974483), (.exprel, 0, 1),
    (.exprel, 1, 1.718281828459045), (.number, 1, 1), (.not, 0, 1), (.not, 1, 0), (.path, 3, 3),
  ]

  @Test(arguments: 0..<functions.count) func functionsOfOneNumber(_ index: Int) throws {
    let (opcode, x, expected) = Self.functions[index]
    let value = try #require(Evaluate.unary(opcode, x))
    #expect(abs(value - expected) <= 2e-16 * max(1, abs(expected)), "\(opcode)")
  }

  static let operations: [(Opcode, Int32, [Double], Double)] = [
    (.add, 0, [1, 2], 3), (.sub, 0, [1, 2], -1), (.mul, 0, [3, 2], 6), (.div, 0, [3, 2], 1.5),
    (.pow, 0, [2, 10], 1024),
    (.pow, 0, [2, 0.5], 2.0.squareRoot()), (.min, 0, [1, 2], 1), (.max, 0, [1, 2], 2), (.lt, 0, [1, 1], 0),
    (.le, 0, [1, 1], 1), (.gt, 0, [1, 1], 0), (.ge, 0, [1, 1], 1), (.eq, 0, [1, 1], 1), (.ne, 0, [1, 1], 0),
    (.and, 0, [1, 0], 0), (.or, 0, [1, 0], 1), (.select, 0, [1, 5, .nan], 5), (.select, 0, [0, .infinity, 6], 6),
    // A choice where the flag is 0 or 1, a mixture between.
    (.blend, 0, [1, 5, .infinity], 5), (.blend, 0, [0, .nan, 6], 6), (.blend, 0, [0.25, 4, 8], 7),
    // At the threshold: `>` does not spike, `>=` does; not while disabled.
    (.spike, 0, [0, 1], 0), (.spike, 1, [0, 1], 1), (.spike, 0, [1e-9, 1], 1), (.spike, 1, [1, 0], 0),
  ]

  @Test(arguments: 0..<operations.count) func operationsOfSeveral(_ index: Int) throws {
    let (opcode, aux, arguments, expected) = Self.operations[index]
    let node = Node(
      opcode: opcode, aux: aux, number: 0, firstArgument: 0, argumentCount: Int32(arguments.count), domain: .constant,
      isBoolean: false)
    #expect(Evaluate.elementwise(node, arguments) == expected, "\(opcode)")
  }

  @Test func valuesOfRoots() {
    var graph = Graph()
    let (x, y) = (
      graph.addSymbol(Symbol("x", .temporary, domain: .constant)),
      graph.addSymbol(Symbol("y", .temporary, domain: .constant))
    )
    let sum = graph.add(graph.mul(graph.load(x), graph.load(x)), graph.load(y))
    let reduced = graph.reduce(.sum, over: .unit, sum)
    #expect(Evaluate.values([sum, reduced], in: graph) { $0 == x ? 3 : 1 } == [10, nil])
    #expect(Evaluate.values([sum], in: graph) { $0 == x ? 3 : nil } == [nil])
  }
}
