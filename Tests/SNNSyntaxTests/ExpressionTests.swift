import Testing

@testable import SNNSyntax

private func dump(_ text: String) -> String {
  let (tree, expression, diagnostics) = parseExpression(source(text))
  return diagnostics.isEmpty ? dumpExpression(expression, in: tree) : diagnostics.map(\.id.code).joined(separator: " ")
}

@Suite struct ExpressionTests {
  @Test(arguments: [
    ("1 + 2 * 3", "(+ 1 (* 2 3))"),
    ("1 - 2 - 3", "(- (- 1 2) 3)"),
    ("-x^2", "(neg (^ x 2))"),
    ("2^-3^2", "(^ 2 (neg (^ 3 2)))"),
    ("2^3^2", "(^ 2 (^ 3 2))"),
    ("-a * b", "(* (neg a) b)"),
    ("a * -b", "(* a (neg b))"),
    ("a or b and not c < d", "(or a (and b (not (< c d))))"),
    ("a < b + 1 and c", "(and (< a (+ b 1)) c)"),
    ("0 ..< n + 1", "(..< 0 (+ n 1))"),
    ("if a > 0 then b else c + 1", "(if (> a 0) b (+ c 1))"),
    ("2 * if a then b else c", "(* 2 (if a b c))"),
    ("80 %", "0.8"),
    ("x / 2 dt", "(/ x (* 2 dt))"),
    ("10 ms / tau", "(/ (unit 10 ms) tau)"),
    ("0.01 /mV/ms", "(unit 0.01 mV^-1*ms^-1)"),
    ("20 uF/cm^2", "(unit 20 uF*cm^-2)"),
    ("(10 mV)^2", "(^ (unit 10 mV) 2)"),
    ("hidden.spike", "(. hidden spike)"),
    ("E.U at 20 ms - E.U at 10 ms", "(- (at (. E U) (unit 20 ms)) (at (. E U) (unit 10 ms)))"),
    ("V as mV > 3", "(> (as V mV) 3)"),
    ("V as mV/ms / x", "(/ (as V mV*ms^-1) x)"),
    ("-V as mV", "(as (neg V) mV)"),
    ("max over time of output.U", "(max over time (. output U))"),
    ("sum over time of a * b + c", "(+ (sum over time (* a b)) c)"),
    ("1e-4 * mean over units of relu(x - 10)^2", "(* 0.0001 (mean over units (^ (call relu (- x 10)) 2)))"),
    (
      "sum over time in 1 ms ..< 5 ms where c == 1 of x",
      "(sum over time in (..< (unit 1 ms) (unit 5 ms)) where (== c 1) x)"
    ),
    ("last", "last"), ("max(a, b)", "(call max a b)"), ("csv(\"a\", label = last)", "(call csv \"a\" label = last)"),
    ("f(over = 20 ms)", "(call f over = (unit 20 ms))"),
    (
      "LIF[3](learnable tau ~ uniform(1, 2), k = 1 per unit)",
      "(call (index LIF 3) learnable tau ~ (call uniform 1 2) k = 1 per unit)"
    ),
    ("local(readout[10] ~ normal(0, 1))", "(call local readout[10] ~ (call normal 0 1))"),
    ("f(a\n  b = 2,\n  c\n)", "(call f a b = 2 c)"),
    ("(a\n + b)", "(+ a b)"), ("[1, 2,]", "(list 1 2)"), ("?", "?"), ("true and not false", "(and true (not false))"),
    ("sum over pre of weight", "(sum over pre weight)"),
    ("a +-b", "(+ a (neg b))"), ("next V + 1", "(+ (call next V) 1)"), ("next as mV", "(as next mV)"),
    ("a\n+ b", "E0102"),  // at the prompt a complete line is complete
    ("a < b < c", "E0121"), ("a ** b", "E0107"), ("a && b", "E0113"), ("lambda x: x", "E0114"), ("10 mv", "E0010"),
    ("V'", "E0120"), ("(a", "E0103"), ("f(a, b", "E0103"), ("[1, 2", "E0103"), ("1 +", "E0101"), ("()", "E0101"),
    ("avg over time of x", "E0126"), ("mean over tme of x", "E0127"), ("", "E0101"),
  ])
  func precedenceAndForms(_ text: String, _ expected: String) { #expect(dump(text) == expected) }

  @Test func aLineThatBeginsWithAnOperatorContinues() {
    let tree = parsed("neuron A {\n  let x = a\n    + b\n    and c\n  let y = -a\n}\n")
    #expect(dumpTree(tree) == "neuron A\n  let x = (and (+ a b) c)\n  let y = (neg a)\n")
  }

  @Test func longChainsAreParsedAndEndlessOnesAreNot() {
    let long = "a" + String(repeating: " + a", count: 1000)
    #expect(parseExpression(source(long)).diagnostics.isEmpty)
    for text in [
      "a" + String(repeating: " + a", count: 20_000), String(repeating: "-", count: 20_000) + "a",
      "a" + String(repeating: "^a", count: 20_000), "a" + String(repeating: ".b", count: 20_000),
      String(repeating: "if a then ", count: 20_000), String(repeating: "not ", count: 20_000) + "a",
      String(repeating: "max over time of ", count: 20_000) + "a",
    ] {
      let diagnostics = parseExpression(source(text)).diagnostics
      #expect(diagnostics.count == 1 && ["E0105", "E0106"].contains(diagnostics[0].id.code))
    }
  }

  @Test(arguments: ["(", "[", "f(", "f[", "(a + ", "{", "-(", "neuron A {", "if (", "x => ("])
  func endlessNestingGivesOneDiagnostic(_ opening: String) {
    let text = "neuron A { let x = " + String(repeating: opening, count: 10_000)
    #expect(parse(source(text)).1.count <= 2)
    let closed = String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000)
    #expect(codes("neuron A { let x = \(closed) }") == ["E0105"])
  }

  @Test func nestingUpToTheLimitIsFine() {
    let deep = String(repeating: "(", count: 250) + "1" + String(repeating: ")", count: 250)
    #expect(codes("neuron A { let x = \(deep) }") == [])
  }

  @Test func depthOfTreesIsBounded() {
    var text = "a"
    for _ in 0..<200 { text = "(" + text + String(repeating: " + a", count: 20) + ")" }
    let (tree, _, diagnostics) = parseExpression(source(text))
    #expect(diagnostics.map(\.id.code) == ["E0106"])
    var depths: [Int] = []
    for expression in tree.expressions {
      depths.append(1 + (expression.kind.children.map { depths[Int($0.index)] }.max() ?? 0))
    }
    #expect((depths.max() ?? 0) <= Parser.maximumDepth + 1)
  }
}
