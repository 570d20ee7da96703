import SNNSyntax

/// What goes wrong in patterns that have a geometry or come from a file.
enum PatternMessage: Sendable {
  case needs(pattern: String, name: String, example: String, at: Span)
  case planeShape(pattern: String, population: String, shape: [Int], at: Span)
  case targetShape(pattern: String, population: String, shape: [Int], expected: [Int], at: Span, source: Span)
  case kernelTooLarge(pattern: String, kernel: [Int], side: [Int], at: Span)
  case kernelNumber(what: String, least: Int, at: Span)
  case samePadding(at: Span)
  case wholePopulations(pattern: String, at: Span)
  case noSelfHere(pattern: String, at: Span)
  case noPositions(population: String, size: Int, at: Span)
  case badPlacement(at: Span)
  case placementNumber(what: String, at: Span)
  case gridSize(population: String, size: Int, points: Int, at: Span)
  case axesDiffer(source: String, sourceAxes: Int, target: String, targetAxes: Int, at: Span)
  case distanceNotConstant(what: String, at: Span)
  case listSource(at: Span)
  case unreadableList(message: String, notes: [String], at: Span)
  case listIndex(side: String, found: String, place: String, population: String, range: Range<Int>, at: Span)
  case listTwice(pre: Int, post: Int, place: String, first: String, at: Span)
  case listSelf(unit: Int, place: String, at: Span)
  case listDelay(found: String, place: String, at: Span)
  case notListed(what: String, at: Span)
  case learnedDelayOfKernel(pattern: String, at: Span)
  case learnedDelayWithRule(synapse: String, at: Span, rule: Span)
  case learnedDelayOfValues(target: String, at: Span)
  case learnedDelayTooShort(what: String, at: Span)
}

enum PatternID {
  static let convolution = DiagnosticID("E0531", "bad-convolution")
  static let positions = DiagnosticID("E0532", "bad-positions")
  static let list = DiagnosticID("E0533", "bad-synapse-list")
  static let learnedDelay = DiagnosticID("E0539", "bad-learned-delay")
}

extension ExpressionChecker {
  mutating func report(_ message: PatternMessage) { report(message.diagnostic) }
}

extension PatternMessage {
  private static func text(_ shape: [Int]) -> String { "[" + shape.map(String.init).joined(separator: ", ") + "]" }

  var diagnostic: Diagnostic {
    switch self {
    case .needs(let pattern, let name, let example, let span):
      Diagnostic(
        NetworkID.patternArgument, .error, "`\(pattern)` needs `\(name)`", at: Label(span),
        help: [FixIt("write `pattern \(example)`")])
    case .planeShape(let pattern, let population, let shape, let span):
      Diagnostic(
        PatternID.convolution, .error, "`\(pattern)` joins populations of shape [channels, height, width]",
        at: Label(span, "`\(population)` has shape \(Self.text(shape))"),
        notes: ["[height, width] counts as one channel"])
    case .targetShape(let pattern, let population, let shape, let expected, let span, let source):
      Diagnostic(
        PatternID.convolution, .error,
        "`\(pattern)` makes \(Self.text(expected)) of this source, but `\(population)` has shape \(Self.text(shape))",
        at: Label(span), secondary: [Label(source, "the source")],
        notes: ["a side becomes (side + 2 padding - kernel) / stride + 1, rounded down; padding is 0 unless given"],
        help: [FixIt("declare `\(population)` with \(Self.text(expected))")])
    case .kernelTooLarge(let pattern, let kernel, let side, let span):
      Diagnostic(
        PatternID.convolution, .error,
        "a \(kernel[0]) x \(kernel[1]) kernel does not fit into \(side[0]) x \(side[1])", at: Label(span),
        notes: ["`\(pattern)` takes `padding` to go beyond the edge"])
    case .kernelNumber(let what, let least, let span):
      Diagnostic(
        PatternID.convolution, .error, "`\(what)` is a whole number of at least \(least), or two: `[height, width]`",
        at: Label(span))
    case .samePadding(let span):
      Diagnostic(
        PatternID.convolution, .error, "`padding = same` needs stride 1 and a kernel with odd sides", at: Label(span),
        notes: ["it keeps height and width"])
    case .wholePopulations(let pattern, let span):
      Diagnostic(
        PatternID.convolution, .error, "`\(pattern)` joins whole populations, not slices", at: Label(span))
    case .noSelfHere(let pattern, let span):
      Diagnostic(
        PatternID.convolution, .error, "`no self` has no meaning for `\(pattern)`", at: Label(span),
        help: [FixIt("leave it out")])
    case .noPositions(let population, let size, let span):
      Diagnostic(
        PatternID.positions, .error, "`\(population)` has no positions", at: Label(span),
        notes: ["distances need to know where both populations are"],
        help: [FixIt("declare it with `at grid(\(size), spacing = 50 um)` or `at uniform(1 mm, 1 mm)`")])
    case .badPlacement(let span):
      Diagnostic(
        PatternID.positions, .error, "positions are `grid(…, spacing = …)` or `uniform(…)`", at: Label(span),
        help: [FixIt("write `at grid(10, 10, spacing = 50 um)` or `at uniform(1 mm, 1 mm)`")])
    case .placementNumber(let what, let span):
      Diagnostic(PatternID.positions, .error, what, at: Label(span))
    case .gridSize(let population, let size, let points, let span):
      Diagnostic(
        PatternID.positions, .error, "the grid has \(points) points, `\(population)` \(size) units", at: Label(span),
        notes: ["every point carries one unit, or the same number of units: the channels of that place"])
    case .axesDiffer(let source, let sourceAxes, let target, let targetAxes, let span):
      Diagnostic(
        PatternID.positions, .error,
        "`\(source)` lies in \(sourceAxes) dimension\(sourceAxes == 1 ? "" : "s"), `\(target)` in \(targetAxes)",
        at: Label(span))
    case .distanceNotConstant(let what, let span):
      Diagnostic(
        PatternID.positions, .error, "\(what) may depend on `distance` and on what is known before the run",
        at: Label(span))
    case .listSource(let span):
      Diagnostic(
        PatternID.list, .error, "a list of synapses comes from `csv(\"FILE\")` or `hdf5(\"FILE\")`", at: Label(span),
        notes: ["its columns are `pre`, `post`, and if there are such `weight` and `delay` (ms)"],
        help: [FixIt("write `pattern from csv(\"edges.csv\")`")])
    case .unreadableList(let message, let notes, let span):
      Diagnostic(PatternID.list, .error, message, at: Label(span), notes: notes)
    case .listIndex(let side, let found, let place, let population, let range, let span):
      Diagnostic(
        PatternID.list, .error, "\(place): `\(side)` is \(found), which is no unit of `\(population)`", at: Label(span),
        notes: ["its units here are \(range.lowerBound) ..< \(range.upperBound), counted from 0"])
    case .listTwice(let pre, let post, let place, let first, let span):
      Diagnostic(
        PatternID.list, .error, "\(place): \(pre) -> \(post) is there already (\(first))", at: Label(span),
        help: [FixIt("write `multapses = true` where two synapses of one pair are meant")])
    case .listSelf(let unit, let place, let span):
      Diagnostic(
        PatternID.list, .error, "\(place): unit \(unit) is joined with itself", at: Label(span),
        notes: ["`no self` says that none is"])
    case .listDelay(let found, let place, let span):
      Diagnostic(
        PatternID.list, .error, "\(place): a delay of \(found) ms", at: Label(span),
        notes: ["delays are positive; they round to ticks, least 1"])
    case .notListed(let what, let span):
      Diagnostic(
        PatternID.list, .error, "`listed` stands for the column `\(what)` of a list of synapses, and there is none",
        at: Label(span), help: [FixIt("join with `pattern from csv(…)`, a file with a column `\(what)`")])
    case .learnedDelayOfKernel(let pattern, let span):
      Diagnostic(
        PatternID.learnedDelay, .error, "`\(pattern)` has no delays to learn", at: Label(span),
        notes: ["a learned delay belongs to one synapse, and the synapses of a kernel share all they have"],
        help: [FixIt("leave `learnable` out, or join with another pattern")])
    case .learnedDelayOfValues(let target, let span):
      Diagnostic(
        PatternID.learnedDelay, .error, "the delay of values into the drive `\(target)` cannot be learned",
        at: Label(span), notes: ["learned delays shift the arrival of spikes; what is continuous has no arrivals"],
        help: [FixIt("leave `learnable` out: delays of values may be given, drawn or listed")])
    case .learnedDelayWithRule(let synapse, let span, let rule):
      Diagnostic(
        PatternID.learnedDelay, .error, "a delay cannot be learned where `\(synapse)` changes the weights",
        at: Label(span), secondary: [Label(rule, "the rule")],
        notes: ["no gradient goes through synapses with a rule of their own"],
        help: [FixIt("leave `learnable` out")])
    case .learnedDelayTooShort(let what, let span):
      Diagnostic(
        PatternID.learnedDelay, .error, "\(what) at least one `step`", at: Label(span),
        notes: ["a learned delay lies between ticks: its spikes arrive in parts at the tick before and the one after"])
    }
  }
}

extension SemaDiagnostics {
  static func patterns(_ cell: String) -> [Explanation] {
    [
      Explanation(
        PatternID.convolution,
        """
        `conv2d(kernel = 3)` and `pool2d(kernel = 2)` join populations of shape [channels, height, width]; a side becomes \
        (side + 2 padding - kernel) / stride + 1, rounded down. Padding is 0 unless given; the stride is 1, that of a \
        pooling its kernel.
        """,
        example: cell
          + """
          network Net {
            step 1 ms
            population a = N[1, 8, 8]
            population b = N[4, 8, 8]
            connect a -> b { pattern conv2d(kernel = 3), weight = 1 }
          }
          """),
      Explanation(
        PatternID.positions,
        """
        What depends on distance needs positions of both populations: `at grid(10, 10, spacing = 50 um)` or \
        `at uniform(1 mm, 1 mm)`.
        """,
        example: cell
          + """
          network Net {
            step 1 ms
            population a = N[10]
            connect a -> a { pattern distance(radius = 100 um), weight = 1 }
          }
          """),
      Explanation(
        PatternID.list,
        """
        `pattern from csv("edges.csv")` reads one synapse per row: columns `pre` and `post` count units from 0; `weight` \
        and `delay` (ms) are taken where the connection says `listed` or nothing.
        """,
        example: cell
          + "network Net {\n  step 1 ms\n  population a = N[2]\n  connect a -> a { weight = listed }\n}"),
      Explanation(
        PatternID.learnedDelay,
        """
        `learnable delay` gives every synapse a delay that training moves. It may lie between two ticks: a spike then \
        arrives in two parts, so that the derivative by the delay is the difference of what the two are worth. It is at \
        least one tick, and `in 1 ms .. 20 ms` keeps it in a range.
        """,
        example: cell
          + """
          network Net {
            step 1 ms
            population a = N[10]
            connect a -> a { weight = 1, learnable delay = 0.2 ms }
          }
          """),
    ]
  }
}
