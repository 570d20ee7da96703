extension Graph {
  /// The lines of `graph { … }`: extents, symbols, then values in order of evaluation. Operands tell what they are by
  /// their first character, so that the form of a line follows from the opcode table alone.
  func lines(_ names: TextNames) -> [String] {
    var lines: [String] = []
    for extent in extents { lines.append("extent \(TextTree.quoted(extent.name)) \(extent.size)") }
    for symbol in symbols {
      let type = TextType(isBoolean: symbol.isBoolean, domain: symbol.domain).text(names)
      var line = "symbol \(TextTree.quoted(symbol.name)) \(symbol.kind.text(names).flat) : \(type)"
      if symbol.unit != .one { line += " " + symbol.unit.text(names).flat }
      if symbol.location != .unknown { line += " location(\(symbol.location.index))" }
      lines.append(line)
    }
    for index in nodes.indices { lines.append(line(ValueID(index), names)) }
    return lines
  }

  private func line(_ value: ValueID, _ names: TextNames) -> String {
    let node = self[value]
    var operands: [String] = []
    var text = "%\(value.index) = \(node.opcode.name)"
    switch node.opcode {
    case .load, .named: operands.append(names.symbols.text(Int(node.aux)))
    case .unitIndex: operands.append(names.extents.text(Int(node.aux)))
    default:
      if let note = node.note { text += "{\(note)}" } else if node.aux != 0 { text += "{\(node.aux)}" }
    }
    if node.opcode == .const || node.number.bitPattern != 0 { operands.append(node.number.text(names).flat) }
    operands.append(contentsOf: arguments(value).map { "%\($0.index)" })
    if !operands.isEmpty { text += " " + operands.joined(separator: ", ") }
    return text + " : " + TextType(isBoolean: node.isBoolean, domain: node.domain).text(names)
  }
}

extension Node {
  /// `aux` in words, where it has a meaning of its own that these words give back.
  fileprivate var note: String? {
    switch opcode {
    case .reduce, .argreduce:
      guard let reduction = Reduction(checking: aux) else { return nil }
      return "\(reduction.kind) over \(reduction.axis.text)"
    case .path:
      let tag = PathTag(aux: aux)
      return tag.aux == aux && aux >= 0 ? "\(tag.kind) \(tag.population) \(tag.index)" : nil
    case .spike: return aux < 0 ? nil : "\(aux & 1 == 0 ? "gt" : "ge") \(aux >> 1)"
    default: return nil
    }
  }
}

extension Reduction {
  /// nil where `aux` is not one, which `init(aux:)` takes for granted.
  init?(checking aux: Int32) {
    guard aux >= 0, aux >> 3 <= 0xF, let kind = Kind(rawValue: UInt8(aux & 7)) else { return nil }
    self.init(kind, over: Axes(rawValue: UInt8(aux >> 3)))
  }
}

extension TextParser {
  /// `graph { … }`, from its opening brace.
  mutating func graph() throws(IRTextError) -> (Graph, TextNames) {
    try expectMark("{")
    var graph = Graph()
    while next.text == "extent", next.kind == .word {
      _ = take()
      let name = try expectString()
      _ = graph.addExtent(Extent(name: name, size: try Int(tree(isLabelled: false), TextNames())))
    }
    var names = TextNames(graph)
    while next.text == "symbol", next.kind == .word {
      _ = take()
      _ = graph.addSymbol(try symbol(names))
    }
    names = TextNames(graph)
    while !takeMark("}") { try value(into: &graph, &names) }
    return (graph, names)
  }

  private mutating func symbol(_ names: TextNames) throws(IRTextError) -> Symbol {
    let name = try expectString()
    let kind = try SymbolKind(tree(isLabelled: false), names)
    let type = try typeAfterColon(names)
    var symbol = Symbol(name, kind, domain: type.domain, isBoolean: type.isBoolean)
    if next.kind == .word, next.text == "unit" { symbol.unit = try DisplayUnit(tree(isLabelled: false), names) }
    if next.kind == .word, next.text == "location" {
      var arguments = try TextArguments(tree(isLabelled: false), names)
      symbol.location = try arguments.next()
      try arguments.end()
    }
    return symbol
  }

  private mutating func typeAfterColon(_ names: TextNames) throws(IRTextError) -> TextType {
    try expectMark(":")
    return try TextType(tree(isLabelled: false), names)
  }

  private mutating func value(into graph: inout Graph, _ names: inout TextNames) throws(IRTextError) {
    let label = try expectWord()
    guard label.text.hasPrefix("%") else {
      throw IRTextError(line: label.line, .unexpected(found: label.text, expected: "%… ="))
    }
    guard names.values[label.text] == nil else { throw IRTextError(line: label.line, .definedTwice(label.text)) }
    try expectMark("=")
    let name = try expectWord()
    guard let opcode = Opcode(named: name.text) else {
      throw IRTextError(line: name.line, .unknownOpcode(name.text))
    }
    var aux: Int32 = 0
    var number = 0.0
    var arguments: [ValueID] = []
    if isMark("{") { aux = try note(names) }
    while !isMark(":") {
      let word = TextTree(form: .word, text: try expectWord().text, line: next.line)
      switch word.text.first {
      case "%": arguments.append(try ValueID(word, names))
      case "$": aux = try SymbolID(word, names).index
      case "#": aux = try TextSpan.extent(word, names).index
      default: number = try Double(word, names)
      }
    }
    let type = try typeAfterColon(names)
    names.values[label.text] = graph.intern(
      opcode, arguments, aux: aux, number: number, domain: type.domain, isBoolean: type.isBoolean)
  }

  /// `{sum over unit}`, `{reset 0 1}`, `{ge 2}` or `{17}`.
  private mutating func note(_ names: TextNames) throws(IRTextError) -> Int32 {
    let group = try tree(isLabelled: false)
    let words = group.items
    guard let first = words.first else { throw group.unexpected("a number or words") }
    if let kind = Reduction.Kind(named: first.text) {
      return Reduction(kind, over: try Axes(words: Array(words.dropFirst(2)))).aux
    }
    var numbers: [Int] = []
    let isPlain = Int(first.text) != nil
    for word in isPlain ? words[...] : words.dropFirst() { numbers.append(try Int(word, names)) }
    if let kind = PathTag.Kind(named: first.text), numbers.count == 2, (0...0xFFFF).contains(numbers[0]),
      (0...0x1FFF).contains(numbers[1])
    {
      return PathTag(kind, population: numbers[0], index: numbers[1]).aux
    }
    if isPlain, numbers.count == 1, let aux = Int32(exactly: numbers[0]) { return aux }
    if first.text == "gt" || first.text == "ge", numbers.count == 1, (0...0x3FFF_FFFF).contains(numbers[0]) {
      return Int32(numbers[0]) << 1 | (first.text == "gt" ? 0 : 1)
    }
    throw group.unexpected("a number, a reduction, a path or a comparison")
  }
}

extension Opcode {
  init?(named name: String) {
    guard let opcode = Opcode.allCases.first(where: { $0.name == name }) else { return nil }
    self = opcode
  }
}

extension Reduction.Kind {
  fileprivate init?(named name: String) {
    guard let kind = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
    self = kind
  }
}

extension PathTag.Kind {
  fileprivate init?(named name: String) {
    switch name {
    case "reset": self = .reset
    case "lateral": self = .lateral
    case "feedback": self = .feedback
    case "detach": self = .detach
    default: return nil
    }
  }
}
