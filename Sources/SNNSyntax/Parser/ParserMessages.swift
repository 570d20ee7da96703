/// All English of the lexer and the parser.
extension SyntaxProblem {
  func diagnostic(in file: SourceFile) -> Diagnostic {
    switch self {
    case .invalidUTF8(let span):
      return error(.invalidUTF8, "the text is not UTF-8", span, "these bytes are no character")
    case .controlCharacter(let span, let byte):
      return error(
        .controlCharacter, "a control character has no place in a program", span,
        byte == 0 ? "NUL byte" : "byte \(byte)", help: [remove(span, "remove it")])
    case .unexpectedCharacter(let span, let text):
      return error(
        .unexpectedCharacter, "`\(text)` means nothing here", span,
        "no token begins with this character",
        notes: text == "\\" ? ["a statement goes on over the end of a line that ends in an operator or `,`"] : [])
    case .unterminatedString(let span):
      // A file's name ends before the comma or the bracket that follows it.
      let length = file.text(span).utf8.prefix { !",)]".utf8.contains($0) }.count
      let place = Int(span.lower) + length
      let end = Span(file: span.file, lower: place, upper: place)
      return error(
        .unterminatedString, "the text in quotes has no end", span,
        "the line ends before the closing `\"`",
        help: [FixIt("close the quotes", edits: [Edit(end, "\"")])])
    case .lookalike(let span, let text, let spelling):
      return error(
        .lookalikeCharacter, "`\(text)` is written `\(spelling)`", span, "pasted from a document",
        help: [replace(span, spelling, safe: true)])
    case .leadingDot(let span):
      return error(
        .leadingDot, "a number does not begin with a point", span, "a digit belongs before it",
        help: [FixIt("write `0.`", edits: [Edit(span, "0.")], isSafe: true)])
    case .missingUnitSpace(let span, let place):
      return error(
        .missingUnitSpace, "a space belongs between a number and its unit", span,
        "number and unit run together",
        help: [FixIt("insert a space", edits: [Edit(place, " ")], isSafe: true)])
    case .hashComment(let span):
      return error(
        .hashComment, "a comment begins with `//`", span, "`\(file.text(span))` begins nothing",
        help: [replace(span, "//", safe: true)])
    case .blockComment(let span):
      return error(
        .blockComment, "there are no block comments", span, "`/*` begins nothing",
        notes: ["begin every line of the comment with `//`"])
    case .unknownUnit(let name, let span, let meant):
      return error(
        .unknownUnit, "`\(name)` is not a unit", span,
        "only a unit can stand directly after a number",
        notes: meant == nil
          ? ["units are SI symbols with prefixes, as in `10 ms`, `20 uF/cm^2`"] : [],
        help: meant.map { [replace(span, $0, safe: false, "did you mean `\($0.trimmed)`?")] } ?? [])
    case .unknownEscape(let span):
      return error(
        .unknownEscape, "`\(file.text(span))` is no escape", span,
        "known are `\\n`, `\\t`, `\\\"` and `\\\\`",
        help: [FixIt("write a backslash as `\\\\`", edits: [Edit(span, "\\" + file.text(span))])])
    case .numberOutOfRange(let span):
      return error(.numberOutOfRange, "the number is too large", span, "beyond 1.8e308")
    default: return syntaxDiagnostic(in: file)
    }
  }

  private func syntaxDiagnostic(in file: SourceFile) -> Diagnostic {
    switch self {
    case .expected(let expected, let found):
      return error(
        .expected, "expected \(expected.english), found \(found.description)", found.span,
        "expected \(expected.short) here", notes: expected.note.map { [$0] } ?? [])
    case .unexpected(let found):
      return error(
        .unexpected, "\(found.description) is left over", found.span,
        "the statement is complete before this",
        notes: [
          Keywords.taskSettings.contains(file.text(found.span))
            ? "settings are separated by `,`"
            : file.text(found.span) == ":"
              ? "a type stands where a name is declared, as in `state V : voltage = -65 mV`"
              : "a statement ends at its line's end or at `;`"
        ])
    case .unexpectedItem(let found):
      return error(
        .unexpected, "\(found.description) is left over", found.span, "the item is complete before this",
        notes: ["items are separated by `,` or by a line's end"])
    case .ternary(let span):
      return error(
        .foreignOperator, "a choice is written `if C then A else B`", span, "another language's conditional")
    case .unclosedBracket(let kind, let opening, let found):
      let closing = kind == .leftBracket ? "]" : ")"
      var diagnostic = error(
        .unclosedBracket, "`\(kind.rawValue)` is never closed", found.span,
        "expected `\(closing)` here",
        help: [FixIt("insert `\(closing)`", edits: [Edit(empty(found.span), closing)])])
      diagnostic.secondary = [Label(opening, "opened here")]
      return diagnostic
    case .strayBrace(let span):
      return error(
        .strayBrace, "`}` closes nothing", span, "no block is open here",
        help: [remove(span, "remove it")])
    case .nestedTooDeeply(let span, let limit):
      return error(
        .nestedTooDeeply, "nested deeper than \(limit)", span, "one level too many",
        notes: ["give parts of the expression a name with `let`"])
    case .expressionTooLong(let span, let limit):
      let place = Span(
        file: span.file, lower: Int(span.lower), upper: min(Int(span.upper), Int(span.lower) + 40))
      return error(
        .expressionTooLong, "the expression has more than \(limit) operators in a chain", place,
        "begins here",
        notes: ["give parts of the expression a name with `let`"])
    case .powerOperator(let span):
      return error(
        .powerOperator, "power is written `^`", span, "`**` is another language's power",
        help: [replace(span, "^", safe: true)])
    case .pythonColon(let span, let owner):
      return error(
        .pythonColon, "the block of `\(owner)` stands in braces", span, "expected `{`",
        help: [replace(span, " {", safe: false, "open the block with `{` and close it with `}`")])
    case .missingOpeningBrace(let owner, let found):
      return error(
        .missingOpeningBrace,
        "expected `{` to open the block of `\(owner)`, found \(found.description)", found.span,
        "expected `{` here", help: [FixIt("insert `{`", edits: [Edit(empty(found.span), " {")])])
    case .missingClosingBrace(let owner, let opening, let place):
      var diagnostic = error(
        .missingClosingBrace, "the block of `\(owner)` is never closed", place, "expected `}` here",
        help: [FixIt("insert `}`", edits: [Edit(place, "\n}")])])
      diagnostic.secondary = [Label(opening, "opened here")]
      return diagnostic
    case .notAssignment(let span, let spelling):
      return error(
        .notAssignment, "a value is given with `=`", span, "`\(spelling)` does not give a value",
        help: [replace(span, "=", safe: true)])
    case .assignmentInCondition(let span):
      return error(
        .assignmentInCondition, "a comparison for equality is written `==`", span,
        "`=` gives a value",
        help: [replace(span, "==", safe: true)])
    case .foreignOperator(let span, let spelling, let right):
      return error(
        .foreignOperator, "`\(spelling)` is written `\(right.trimmed)`", span,
        "another language's operator",
        help: [
          replace(span, padded(right, over: span, in: file), safe: true, "write `\(right.trimmed)`")
        ])
    case .foreignKeyword(let word, let span, let right):
      return error(
        .foreignKeyword,
        right.map { "`\(word)` is written `\($0)`" } ?? "there is no `\(word)` in this language",
        span, "another language's keyword",
        notes: Self.insteadOf[word].map { [$0] } ?? [],
        help: right.map { [replace(span, $0, safe: false)] } ?? [])
    default: return declarationDiagnostic(in: file)
    }
  }

  private func declarationDiagnostic(in file: SourceFile) -> Diagnostic {
    switch self {
    case .reservedWord(let word, let span, let expected):
      return error(
        .reservedWord, "`\(word)` is a reserved word", span, "cannot be \(expected.english)",
        notes: Self.meaning[word].map { ["`\(word)` is \($0)"] } ?? [],
        help: [replace(span, word + "_", safe: false, "choose another name, such as `\(word)_`")])
    case .bareEquation(let name, let span, let isDeclared):
      return error(
        .bareEquation, "`\(name) = …` does not say when `\(name)` changes", span,
        "a quantity, no derivative",
        notes: [
          "`d\(name)/dt = …` is a continuous equation, `next \(name) = …` a difference equation, "
            + "`let \(name) = …` an abbreviation"
        ],
        help: [
          isDeclared
            ? replace(span, "d\(name)/dt", safe: false, "did you mean `d\(name)/dt = …`?")
            : replace(span, "let \(name)", safe: false, "did you mean `let \(name) = …`?")
        ])
    case .jumpOutsideBody(let name, let span):
      return error(
        .jumpOutsideBody, "`\(name)` can jump only in a body", span, "no event is named here",
        notes: [
          "write it in `on input(w) { … }` for arrivals or in `on spike { … }` for the neuron's own spikes"
        ])
    case .misspeltDerivative(let span, let name):
      return error(
        .misspeltDerivative, "the derivative of `\(name)` is written `d\(name)/dt`", span,
        "not a derivative",
        help: [replace(span, "d\(name)/dt", safe: true)])
    case .derivativeNotLast(let span, let name):
      return error(
        .derivativeNotLast, "the derivative stands last on the left side", span,
        "expected `FACTOR * d\(name)/dt`",
        notes: ["for example `C * dV/dt = -g * (V - E) + I`"])
    case .primeInExpression(let span):
      return error(
        .primeInExpression, "`'` marks a derivative on the left side of an equation only", span,
        "not the left side of an equation",
        notes: ["give the right side a name with `let` and use that name"])
    case .chainedComparison(let first, let second):
      var diagnostic = error(
        .chainedComparison, "comparisons do not chain", second, "second comparison",
        notes: ["write `a < b and b < c`"])
      diagnostic.secondary = [Label(first, "first comparison")]
      return diagnostic
    case .unitWithoutNumber(let name, let span, let gap):
      return error(
        .unitWithoutNumber, "a unit is not multiplied, it follows its number", span,
        "`\(name)` is a unit, no name",
        help: [replace(gap, " ", safe: true, "write the unit directly after the number")])
    case .unknownItem(let word, let span, let owner, let meant):
      let what =
        owner == "file"
        ? "no declaration begins with `\(word)`" : "`\(word)` begins nothing in a \(owner)"
      return error(
        .unknownItem, what, span,
        owner == "file" ? "expected a declaration" : "expected an item of the \(owner)",
        notes: Self.home(of: word, outside: owner).map { [$0] } ?? (meant == nil ? [Self.items(of: owner)] : []),
        help: meant.map { [replace(span, $0, safe: false, "did you mean `\($0)`?")] } ?? [])
    case .missingWord(let word, let span, let what):
      return error(
        .missingWord, "`\(word)` is missing before \(what)", span, "expected `\(word)` before this",
        help: [FixIt("insert `\(word)`", edits: [Edit(empty(span), word + " ")], isSafe: true)])
    case .misplacedWord(let word, let span, let right):
      return error(
        .misplacedWord, "`\(word)` is written `\(right)` here", span, "expected `\(right)`",
        help: [replace(span, right, safe: true)])
    case .unknownReduction(let word, let span, let meant):
      return error(
        .unknownReduction, "`\(word)` is no reduction", span, "before `over`",
        notes: [
          "reductions are "
            + ReductionKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        ],
        help: meant.map { [replace(span, $0, safe: false, "did you mean `\($0)`?")] } ?? [])
    case .unknownReductionAxis(let word, let span, let meant):
      return error(
        .unknownReductionAxis, "nothing is reduced over `\(word)`", span, "after `over`",
        notes: [
          "axes are " + ReductionAxis.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        ],
        help: meant.map { [replace(span, $0, safe: false, "did you mean `\($0)`?")] } ?? [])
    default:
      // Every other case has been handled by the functions above; this keeps the split total without a trap.
      return error(.unexpected, "this cannot be read", Span(file: file.id, lower: 0, upper: 0), "")
    }
  }

  private static let insteadOf: [String: String] = [
    "lambda": "declare `function NAME(ARG) = EXPRESSION`",
    "def": "declare `function NAME(ARG) = EXPRESSION`; neurons, networks and tasks have blocks of their own",
    "class": "declare `neuron NAME { … }` or `network NAME { … }`",
    "import": "declarations of another file come by `use \"file.snn\"`",
    "from": "declarations of another file come by `use \"file.snn\"`",
    "for": "equations hold for every unit and every step by themselves",
    "while": "equations hold for every unit and every step by themselves",
    "return": "a function is one expression: `function NAME(ARG) = EXPRESSION`",
    "print": "write `record NAME` or `plot NAME` in a task",
  ]

  private static let meaning: [String: String] = [
    "t": "the time", "dt": "the step", "spike": "the neuron's own spike flag",
    "true": "a truth value",
    "false": "a truth value",
  ]

  /// Where an item belongs that stands in the wrong block, or after the end of its own.
  private static func home(of word: String, outside owner: String) -> String? {
    let homes = [
      ("neuron", Keywords.neuronItems), ("network", Keywords.networkItems),
      ("task", Keywords.taskItems + Keywords.taskSettings),
    ]
    guard owner != "connection", owner != "synapse",
      let home = homes.first(where: { $0.0 != owner && $0.1.contains(word) })
    else { return nil }
    return "`\(word)` belongs into the block of a \(home.0)" + (owner == "file" ? "; was it closed too early?" : "")
  }

  private static func items(of owner: String) -> String {
    let words: [String] =
      switch owner {
      case "neuron":
        [
          "param", "state", "let", "d…/dt =", "next", "on", "drive", "spike when", "refractory",
          "integrate",
        ]
      case "synapse":
        ["param", "pre trace", "post trace", "state", "on pre", "on post", "deliver", "weight in"]
      case "network": Keywords.networkItems
      case "connection": Keywords.connectItems
      case "task": Keywords.taskItems + Keywords.taskSettings
      default: Keywords.declarations
      }
    return "known here: " + words.map { "`\($0)`" }.joined(separator: ", ")
  }

  // MARK: Building blocks

  private func error(
    _ id: DiagnosticID, _ headline: String, _ span: Span, _ label: String, notes: [String] = [],
    help: [FixIt] = []
  ) -> Diagnostic {
    Diagnostic(id, .error, headline, at: Label(span, label), notes: notes, help: help)
  }

  private func replace(_ span: Span, _ text: String, safe: Bool, _ message: String? = nil) -> FixIt {
    FixIt(message ?? "write `\(text.trimmed)`", edits: [Edit(span, text)], isSafe: safe)
  }

  private func remove(_ span: Span, _ message: String) -> FixIt {
    FixIt(message, edits: [Edit(span, "")])
  }

  private func empty(_ span: Span) -> Span {
    Span(file: span.file, lower: Int(span.lower), upper: Int(span.lower))
  }

  /// A word in place of a symbol needs blanks where the symbol had none: `a&&b` becomes `a and b`.
  private func padded(_ text: String, over span: Span, in file: SourceFile) -> String {
    guard text.first?.isLetter == true else { return text }
    let bytes = file.utf8
    let lower = Int(span.lower)
    let upper = Int(span.upper)
    let before = lower > 0 && ![32, 9, 10, 40].contains(bytes[lower - 1]) ? " " : ""
    let after =
      upper < bytes.count && ![32, 9, 10].contains(bytes[upper]) && text.last != " " ? " " : ""
    return before + text + after
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    while text.first == " " { text.removeFirst() }
    return String(text)
  }
}

extension Diagnostic {
  static func more(after span: Span) -> Diagnostic {
    Diagnostic(
      .more, .error, "there are more messages than the \(limit) shown",
      at: Label(Span(file: span.file, lower: Int(span.lower), upper: Int(span.lower)), "the next is here"))
  }
}

extension Expected {
  /// The thing with its article.
  var english: String {
    switch self {
    case .token(let kind): "`\(kind.rawValue)`"
    case .word(let word): "`\(word)`"
    case .separatorOrClosing(let kind): "`,` or `\(kind.rawValue)`"
    case .expression: "an expression"
    case .type: "a type, such as `voltage`, `mV` or `1`"
    case .unit: "a unit, such as `mV`"
    case .unitExponent: "a whole number as the exponent of a unit"
    case .memberName: "a name after `.`"
    case .argumentName: "the name of an argument"
    case .declaration: "a declaration, such as `neuron`, `network` or `task`"
    case .usePath: "a library, such as `std.neurons`, or a file in quotes"
    case .functionName: "the name of a function"
    case .surrogateName: "the name of a surrogate"
    case .neuronName: "the name of a neuron"
    case .synapseName: "the name of a synapse"
    case .networkName: "the name of a network"
    case .taskName: "the name of a task"
    case .sweepName: "the name of a sweep"
    case .parameterName: "the name of a parameter"
    case .stateName: "the name of a state"
    case .letName: "the name of an abbreviation"
    case .driveName: "the name of a drive"
    case .portName: "`spike` or the name of a port"
    case .portBinder: "`(w)`, a name for what arrives"
    case .portBinderName: "a name for what arrives"
    case .integrator: "an integrator, such as `exact`, `euler` or `rk4`"
    case .inputName: "the name of an input"
    case .inputType: "`: spikes[N]` or `: TYPE`"
    case .populationName: "the name of a population"
    case .partName: "the name of a part"
    case .signalName: "the name of a signal"
    case .connectionName: "the name of a connection"
    case .pattern: "a pattern, such as `all` or `one_to_one`"
    case .sign: "`positive` or `negative`"
    case .weightOrDelay: "`weight` or `delay`"
    case .initialiser: "`= VALUE` or `~ DISTRIBUTION`"
    case .modulatorName: "the name of a modulator"
    case .synapseEvent: "`pre`, `post` or `every TIME`"
    case .dataName: "the name of a data set"
    case .scoreName: "the name of a score"
    case .learningRule: "a learning rule, such as `bptt`"
    case .axisName: "a choice, such as `surrogate` or `reset`"
    case .assignment: "an assignment, such as `I += w`"
    case .assignmentTarget: "the state to assign to"
    case .equation: "an equation, such as `dV/dt = -V / tau`"
    case .rateOrProbability: "`rate` or `probability`"
    case .reductionAxis: "`time`, `units`, `samples` or `synapses`"
    case .neuronItem: "an item of the neuron, such as `param`, `state` or an equation"
    case .synapseItem: "an item of the synapse, such as `param`, `pre trace` or `on pre`"
    case .networkItem: "an item of the network, such as `input`, `population` or `connect`"
    case .connectItem: "an item of the connection, such as `weight` or `delay`"
    case .taskItem: "an item of the task, such as `data`, `loss` or `learn`"
    }
  }

  /// What the label says: without the examples.
  var short: String {
    if case .separatorOrClosing = self { return english }
    return english.split(separator: ",").first.map(String.init) ?? english
  }

  var note: String? {
    switch self {
    case .unit, .unitExponent: "a unit is written without blanks inside, as in `uF/cm^2` or `mV^-1`"
    case .portBinder: "for example `on input(w) { I += w }`"
    case .word("param"): "only a `param` and the weight of a connection are `learnable`"
    case .word("else"): "both values are needed: `if C then A else B`"
    default: nil
    }
  }
}
