extension DiagnosticID {
  static let invalidUTF8 = DiagnosticID("E0001", "invalid-utf8")
  static let controlCharacter = DiagnosticID("E0002", "control-character")
  static let unexpectedCharacter = DiagnosticID("E0003", "unexpected-character")
  static let unterminatedString = DiagnosticID("E0004", "unterminated-string")
  static let lookalikeCharacter = DiagnosticID("E0005", "lookalike-character")
  static let leadingDot = DiagnosticID("E0006", "leading-dot")
  static let missingUnitSpace = DiagnosticID("E0007", "missing-unit-space")
  static let hashComment = DiagnosticID("E0008", "hash-comment")
  static let blockComment = DiagnosticID("E0009", "block-comment")
  static let unknownUnit = DiagnosticID("E0010", "unknown-unit")
  static let unknownEscape = DiagnosticID("E0011", "unknown-escape")
  static let numberOutOfRange = DiagnosticID("E0012", "number-out-of-range")

  static let expected = DiagnosticID("E0101", "expected")
  static let unexpected = DiagnosticID("E0102", "left-over")
  static let unclosedBracket = DiagnosticID("E0103", "unclosed-bracket")
  static let strayBrace = DiagnosticID("E0104", "stray-brace")
  static let nestedTooDeeply = DiagnosticID("E0105", "nested-too-deeply")
  static let expressionTooLong = DiagnosticID("E0106", "expression-too-long")
  static let powerOperator = DiagnosticID("E0107", "power-operator")
  static let pythonColon = DiagnosticID("E0108", "python-colon")
  static let missingOpeningBrace = DiagnosticID("E0109", "missing-opening-brace")
  static let missingClosingBrace = DiagnosticID("E0110", "missing-closing-brace")
  static let notAssignment = DiagnosticID("E0111", "not-an-assignment")
  static let assignmentInCondition = DiagnosticID("E0112", "assignment-in-condition")
  static let foreignOperator = DiagnosticID("E0113", "foreign-operator")
  static let foreignKeyword = DiagnosticID("E0114", "foreign-keyword")
  static let reservedWord = DiagnosticID("E0115", "reserved-word")
  static let bareEquation = DiagnosticID("E0116", "bare-equation")
  static let jumpOutsideBody = DiagnosticID("E0117", "jump-outside-body")
  static let misspeltDerivative = DiagnosticID("E0118", "misspelt-derivative")
  static let derivativeNotLast = DiagnosticID("E0119", "derivative-not-last")
  static let primeInExpression = DiagnosticID("E0120", "prime-in-expression")
  static let chainedComparison = DiagnosticID("E0121", "chained-comparison")
  static let unitWithoutNumber = DiagnosticID("E0122", "unit-without-number")
  static let unknownItem = DiagnosticID("E0123", "unknown-item")
  static let missingWord = DiagnosticID("E0124", "missing-word")
  static let misplacedWord = DiagnosticID("E0125", "misplaced-word")
  static let unknownReduction = DiagnosticID("E0126", "unknown-reduction")
  static let unknownReductionAxis = DiagnosticID("E0127", "unknown-reduction-axis")
  static let more = DiagnosticID("E0128", "more-messages")
}

/// Every diagnostic of the lexer and the parser. Codes are never reused.
public enum SyntaxDiagnostics {
  public static let all: [Explanation] = lexical + syntactic

  private static let lexical: [Explanation] = [
    Explanation(
      .invalidUTF8,
      "Programs are UTF-8 text. The bytes shown form no character; the file may be in another encoding.",
      bytes: Array("neuron A { state V = 0 } // ".utf8) + [0xC3, 0x28]),
    Explanation(
      .controlCharacter,
      "NUL and other control bytes are not text. Binary data may have been given as a program.",
      example: "neuron A { state V = 0\u{1} }"),
    Explanation(
      .unexpectedCharacter, "The character belongs to no name, number or operator of the language.",
      example: "neuron A { state V = 0 @ }"),
    Explanation(
      .unterminatedString, "A text in quotes ends on the line where it begins.",
      example: "use \"file.snn"),
    Explanation(
      .lookalikeCharacter,
      "Papers and word processors use typographic signs for operators. The language uses the ASCII ones.",
      example: "neuron A { param E = −65 mV }"),
    Explanation(
      .leadingDot,
      "A number needs a digit before its point: `0.5`, so that `.` is always a member access.",
      example: "neuron A { param k = .5 }"),
    Explanation(
      .missingUnitSpace,
      "A number and its unit are separated by a space, as SI prescribes: `10 ms`.",
      example: "neuron A { param tau = 10ms }"),
    Explanation(
      .hashComment,
      "A comment begins with `//` and goes to the line's end; `///` documents what follows.",
      example: "# a neuron\nneuron A { state V = 0 }"),
    Explanation(
      .blockComment, "Comments go to the line's end. There are none that span lines.",
      example: "/* a neuron */ neuron A { state V = 0 }"),
    Explanation(
      .unknownUnit,
      "A name directly after a number is a unit. Units are SI symbols and the field's derived ones with the prefixes f p n u m c k M G.",
      example: "neuron A { param tau = 10 msec }"),
    Explanation(
      .unknownEscape, "In quotes a backslash begins `\\n`, `\\t`, `\\\"` or `\\\\`.",
      example: "use \"a\\qb\""),
    Explanation(
      .numberOutOfRange, "Numbers are doubles; the largest is about 1.8e308.",
      example: "neuron A { param k = 1e999 }"),
  ]

  private static let syntactic: [Explanation] = [
    Explanation(
      .expected, "Something of another form belongs at the place shown.",
      example: "neuron A { param tau = }"),
    Explanation(
      .unexpected,
      "A complete statement is followed by something on the same line. Statements end at the line's end or at `;`.",
      example: "neuron A { state V = 0 state U = 0 }"),
    Explanation(
      .unclosedBracket, "A round or square bracket was opened and never closed.",
      example: "neuron A { param tau = (1 + 2 }"),
    Explanation(
      .strayBrace, "A `}` stands where no block is open.", example: "neuron A { state V = 0 } }"),
    Explanation(
      .nestedTooDeeply, "Brackets may nest 256 deep. Give parts of the expression a name.",
      example: "neuron A { let x = " + String(repeating: "(", count: 300) + "1 }"),
    Explanation(
      .expressionTooLong,
      "A chain of operators may have some 1000 terms. Give parts of it a name, or use a reduction.",
      example: "neuron A { let x = 1" + String(repeating: " + 1", count: 1300) + " }"),
    Explanation(
      .powerOperator, "Power is `^`: right associative, binding tighter than unary minus.",
      example: "neuron A { let x = 2 ** 3 }"),
    Explanation(
      .pythonColon, "Blocks stand in braces, and indentation means nothing.",
      example: "neuron A:\n  state V = 0\n"),
    Explanation(
      .missingOpeningBrace, "The head of a declaration is followed by its block in braces.",
      example: "neuron A\n  state V = 0\n}"),
    Explanation(
      .missingClosingBrace, "A block was opened and never closed.",
      example: "neuron A {\n  state V = 0\n"),
    Explanation(
      .notAssignment, "A declaration gives its value with `=`; `==` compares.",
      example: "neuron A { param k == 1 }"),
    Explanation(
      .assignmentInCondition, "A condition compares with `==`; `=` gives a value.",
      example: "neuron A { let x = if 1 = 2 then 1 else 0 }"),
    Explanation(
      .foreignOperator, "The operator is spelt otherwise here: `and`, `or`, `not`, `->`, `..`.",
      example: "neuron A { let x = true && false }"),
    Explanation(
      .foreignKeyword,
      "The keyword is another language's. Functions are declared by `function NAME(ARG) = EXPR`, neurons by `neuron NAME { … }`.",
      example: "def f(x) = x"),
    Explanation(
      .reservedWord,
      "`t dt spike in over of if then else and or not true false` cannot name things.",
      example: "neuron A { param dt = 1 ms }"),
    Explanation(
      .bareEquation,
      "In a neuron a name changes by `dX/dt = …`, `next X = …` or in a body; `let X = …` abbreviates. A bare `X = …` says none of these.",
      example: "neuron A { state V = 0\n V = 1 }"),
    Explanation(
      .jumpOutsideBody,
      "Jumps happen at events: when spikes arrive (`on PORT(w)`) and when the neuron spikes (`on spike`).",
      example: "neuron A { state V = 0\n V += 1 }"),
    Explanation(
      .misspeltDerivative, "The derivative of `V` by time is written `dV/dt` or `V'`.",
      example: "neuron A { state V = 0\n d(V)/dt = -V / 10 ms }"),
    Explanation(
      .derivativeNotLast, "A factor of the derivative stands before it: `C * dV/dt = …`.",
      example: "neuron A { state V = 0\n dV/dt * 2 = -V / 10 ms }"),
    Explanation(
      .primeInExpression,
      "`V'` is the left side of an equation. A derivative cannot be used as a value.",
      example: "neuron A { state V = 0\n let a = V' }"),
    Explanation(
      .chainedComparison, "A comparison gives true or false, which cannot be compared again.",
      example: "neuron A { let a = 1 < 2 < 3 }"),
    Explanation(
      .unitWithoutNumber,
      "Unit names are a name space of their own: they follow a number and are never multiplied by it.",
      example: "neuron A { param E = 65*mV }"),
    Explanation(
      .unknownItem, "The word begins no statement of this block.",
      example: "neuron A { parm tau = 10 ms }"),
    Explanation(
      .missingWord, "A word of the statement is missing.", example: "task A of N { run 50 ms }"),
    Explanation(
      .misplacedWord, "The statement uses another word here.",
      example: "neuron A { spike if 1 > 0 }"),
    Explanation(
      .unknownReduction, "`max min sum mean last first integral` reduce over an axis.",
      example: "task A of N { loss = average over time of x }"),
    Explanation(
      .unknownReductionAxis, "Reductions run over `time`, `units`, `samples` or `synapses`.",
      example: "task A of N { loss = mean over neurons of x }"),
    Explanation(
      .more, "A run tells of the first hundred mistakes.",
      example: "neuron A {\n" + String(repeating: "  param tau = 10ms\n", count: 120) + "}"),
  ]
}
