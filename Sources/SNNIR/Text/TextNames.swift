/// How the members of one table are referred to: by name where it is plain and nobody else's, else with the index.
struct TextNameTable: Sendable {
  let sigil: String
  private(set) var texts: [String] = []
  private var indices: [String: Int] = [:]

  init(_ sigil: String, _ names: [String]) {
    self.sigil = sigil
    var uses: [String: Int] = [:]
    for name in names { uses[name, default: 0] += 1 }
    for (index, name) in names.enumerated() {
      let text = Self.isPlain(name) ? (uses[name] == 1 ? name : "\(name)~\(index)") : "\(index)"
      texts.append(sigil + text)
      indices[sigil + text] = index
      indices[sigil + "\(index)"] = index
    }
  }

  private static func isPlain(_ name: String) -> Bool {
    guard TextLexer.isWord(name), !name.contains("~"), let first = name.unicodeScalars.first else { return false }
    return !("0"..."9").contains(first) && first != "-" && first != "+"
  }

  func text(_ index: Int) -> String { texts.indices.contains(index) ? texts[index] : sigil + "\(index)" }
  func index(_ text: String) -> Int? { indices[text] }
}

/// What references in a text mean.
struct TextNames: Sendable {
  var symbols = TextNameTable("$", [])
  var extents = TextNameTable("#", [])
  var buffers = TextNameTable("@", [])
  /// Values by the label they were read with. Printed ones are called by their index.
  var values: [String: ValueID] = [:]

  init() {}

  init(_ graph: Graph) {
    symbols = TextNameTable("$", graph.symbols.map(\.name))
    extents = TextNameTable("#", graph.extents.map(\.name))
  }

  /// `name(label: argument, …)`, or the bare name without arguments.
  func call(_ name: String, _ arguments: (String?, any TextForm)...) -> TextTree {
    if arguments.isEmpty { return .word(name) }
    return TextTree(form: .call, text: name, items: arguments.map { $0.1.text(self).labelled($0.0) })
  }
}
