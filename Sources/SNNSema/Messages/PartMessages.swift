import SNNSyntax

/// What goes wrong with networks inside networks.
enum PartMessage: Sendable {
  case recursive(path: [String], at: Span)
  case unconnected(part: String, input: String, at: Span, declared: Span)
  case twice(input: String, at: Span, first: Span)
  case items(input: String, at: Span)
  case size(input: String, size: Int, source: String, found: Int, at: Span, sourceSpan: Span)
  case kind(input: String, isSpikes: Bool, at: Span)
  case readsPartInput(name: String, at: Span)
  case noMember(part: String, name: String, known: [String], at: Span)
}

enum PartID {
  static let recursive = DiagnosticID("E0536", "network-inside-itself")
  static let input = DiagnosticID("E0537", "bad-part-input")
  static let member = DiagnosticID("E0538", "no-such-name-in-part")
}

extension ExpressionChecker {
  mutating func report(_ message: PartMessage) { report(message.diagnostic) }
}

extension PartMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .recursive(let path, let span):
      Diagnostic(
        PartID.recursive, .error, "a network cannot be a part of itself", at: Label(span),
        notes: ["the circle is " + path.joined(separator: " → ")])
    case .unconnected(let part, let input, let span, let declared):
      Diagnostic(
        PartID.input, .error, "nothing is connected to `\(part).\(input)`", at: Label(span),
        secondary: [Label(declared, "the input is declared here")],
        help: [FixIt("write `connect SOURCE -> \(part).\(input)`")])
    case .twice(let input, let span, let first):
      Diagnostic(
        PartID.input, .error, "`\(input)` is connected twice", at: Label(span), secondary: [Label(first, "first here")],
        help: [FixIt("give the network an input for each source")])
    case .items(let input, let span):
      Diagnostic(
        PartID.input, .error, "what is connected to `\(input)` stands for that input", at: Label(span),
        notes: ["weights and delays are those of the connections inside the part"],
        help: [FixIt("leave out the name and the braces, or connect to a population of the part")])
    case .size(let input, let size, let source, let found, let span, let sourceSpan):
      Diagnostic(
        PartID.input, .error, "`\(input)` has \(size) units, `\(source)` brings \(found)", at: Label(span),
        secondary: [Label(sourceSpan, "\(found) units")])
    case .kind(let input, let isSpikes, let span):
      Diagnostic(
        PartID.input, .error, isSpikes ? "`\(input)` takes spikes" : "`\(input)` takes numbers, not spikes",
        at: Label(span))
    case .readsPartInput(let name, let span):
      Diagnostic(
        PartID.input, .error, "`\(name)` is an input of a part", at: Label(span),
        help: [FixIt("connect what is connected there")])
    case .noMember(let part, let name, let known, let span):
      Diagnostic(
        PartID.member, .error, "`\(part)` has no `\(name)`", at: Label(span),
        notes: known.isEmpty ? [] : ["it has " + known.map { "`\($0)`" }.joined(separator: ", ")],
        help: Spelling.nearest(to: "\(part).\(name)", among: known).map { [FixIt("did you mean `\($0)`?")] } ?? [])
    }
  }
}

extension SemaDiagnostics {
  private static let block = """
    neuron C {
      state V = 0
      dV/dt = -V / 10 ms
      on input(w) { V += w }
      spike when V > 1
      on spike { V = 0 }
    }
    network Block {
      step 1 ms
      input x : spikes[4]
      population cells = C[2]
      connect x -> cells { weight = 1 }
    }

    """
  static let parts: [Explanation] = [
    Explanation(
      PartID.recursive, "`part` writes a network out inside another one, so that none can stand in itself.",
      example: """
        network Net {
          step 1 ms
          part inner = Net
        }
        """),
    Explanation(
      PartID.input,
      """
      Each input of a part is connected once, with as many units of the same kind: `connect SOURCE -> PART.INPUT`. What is \
      connected stands for the input; weights and delays are those inside the part.
      """,
      example: block + "network Net {\n  step 1 ms\n  part first = Block\n}"),
    Explanation(
      PartID.member, "`PART.NAME` is an input, population, connection or parameter of the part's network.",
      example: block + """
        network Net {
          step 1 ms
          input p : spikes[4]
          part first = Block
          connect p -> first.x
          connect first.cell -> first.cells { weight = 1 }
        }
        """),
  ]
}
