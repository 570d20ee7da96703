/// A grammar in the notation of `grammar/snn.ebnf`, enough to check it and to make sentences of it.
indirect enum GrammarNode {
  case terminal(String)
  case reference(String)
  case sequence([GrammarNode])
  case choice([GrammarNode])
  case optional(GrammarNode)
  case many(GrammarNode)
}

struct Grammar {
  private(set) var productions: [String: GrammarNode] = [:]
  private(set) var order: [String] = []
  private var costs: [String: Int] = [:]

  init?(_ text: String) {
    var tokens = Grammar.tokens(of: text)[...]
    while let name = tokens.popFirst() {
      guard tokens.popFirst() == "=", let node = Grammar.parseChoice(&tokens), tokens.popFirst() == ";" else {
        return nil
      }
      productions[name] = node
      order.append(name)
    }
    for _ in order {
      for (name, node) in productions { costs[name] = 1 + cost(node) }
    }
  }

  private static func tokens(of text: String) -> [String] {
    var result: [String] = []
    var rest = text[...]
    while let first = rest.first {
      if rest.hasPrefix("(*") {
        guard let end = rest.firstRange(of: "*)") else { break }
        rest = rest[end.upperBound...]
      } else if first.isWhitespace {
        rest.removeFirst()
      } else if first == "\"" {
        let end = rest.dropFirst().firstIndex(of: "\"") ?? rest.index(before: rest.endIndex)
        result.append(String(rest[..<end]))
        rest = rest[rest.index(after: end)...]
      } else if first.isLetter {
        let word = rest.prefix { $0.isLetter || $0 == "_" || $0.isNumber }
        result.append(String(word))
        rest = rest.dropFirst(word.count)
      } else {
        result.append(String(first))
        rest.removeFirst()
      }
    }
    return result
  }

  private static func parseChoice(_ tokens: inout ArraySlice<String>) -> GrammarNode? {
    var options: [GrammarNode] = []
    repeat {
      if tokens.first == "|" { tokens.removeFirst() }
      var parts: [GrammarNode] = []
      while let token = tokens.first, !["|", ";", ")", "]", "}"].contains(token) {
        tokens.removeFirst()
        switch token {
        case "(", "[", "{":
          guard let inner = parseChoice(&tokens), let close = tokens.popFirst() else { return nil }
          guard close == ["(": ")", "[": "]", "{": "}"][token] else { return nil }
          parts.append(token == "(" ? inner : token == "[" ? .optional(inner) : .many(inner))
        case _ where token.hasPrefix("\""): parts.append(.terminal(String(token.dropFirst())))
        default: parts.append(.reference(token))
        }
      }
      options.append(parts.count == 1 ? parts[0] : .sequence(parts))
    } while tokens.first == "|"
    return options.count == 1 ? options[0] : .choice(options)
  }

  static func walk(_ node: GrammarNode, _ body: (GrammarNode) -> Void) {
    body(node)
    switch node {
    case .terminal, .reference: break
    case .sequence(let parts), .choice(let parts): parts.forEach { walk($0, body) }
    case .optional(let inner), .many(let inner): walk(inner, body)
    }
  }

  var terminals: Set<String> {
    var result: Set<String> = []
    for node in productions.values { Grammar.walk(node) { if case .terminal(let text) = $0 { result.insert(text) } } }
    return result
  }

  /// A sentence; deeper than `fuel` only the shortest ways are taken.
  func sentence(_ start: String, fuel: Int, using random: inout SplitMix) -> String {
    var words: [String] = []
    generate(.reference(start), fuel, &words, &random)
    return words.joined(separator: " ")
  }

  private func generate(_ node: GrammarNode, _ fuel: Int, _ words: inout [String], _ random: inout SplitMix) {
    switch node {
    case .terminal(let text): words.append(text)
    case .sequence(let parts): for part in parts { generate(part, fuel, &words, &random) }
    case .choice(let options):
      let least = options.map(cost).min() ?? 0
      let pool = fuel > 0 ? options : options.filter { cost($0) == least }
      generate(pool[Int.random(in: 0..<pool.count, using: &random)], fuel - 1, &words, &random)
    case .optional(let inner):
      if fuel > 0, Bool.random(using: &random) { generate(inner, fuel - 1, &words, &random) }
    case .many(let inner):
      guard fuel > 0 else { return }
      for _ in 0..<Int.random(in: 0...2, using: &random) { generate(inner, fuel - 1, &words, &random) }
    case .reference(let name):
      if let lexical = Self.lexical[name] {
        words.append(lexical[Int.random(in: 0..<lexical.count, using: &random)])
      } else if let production = productions[name] {
        generate(production, fuel - 1, &words, &random)
      }
    }
  }

  /// Levels of productions that the cheapest sentence of a node needs; recursive ones are infinite until known.
  private func cost(_ node: GrammarNode) -> Int {
    switch node {
    case .terminal, .optional, .many: return 0
    case .sequence(let parts): return parts.map(cost).max() ?? 0
    case .choice(let options): return options.map(cost).min() ?? 0
    case .reference(let name): return Self.lexical[name] != nil ? 0 : costs[name, default: 1000]
    }
  }

  static let lexical: [String: [String]] = [
    "NAME": ["alpha", "V_th", "τ_mem", "x1", "input", "w", "weight_2", "größe"],
    "DIFFERENTIAL": ["dV", "dg_e", "dτ"],
    "WORD": ["spike", "U", "weight", "t"],
    "NUMBER": ["1", "0.5", "2e-3", "1_000", "0"],
    "INTEGER": ["2", "3"],
    "UNIT": ["ms", "mV", "uF/cm^2", "mV^-1", "/mV/ms", "kHz", "MΩ"],
    "STRING": ["\"file.snn\"", "\"a \\\"b\\\"\""],
    "NEWLINE": ["\n", ";", "\n\n", "// note\n"],
  ]
}
