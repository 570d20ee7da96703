/// The common shape of everything that is written as text, apart from the lines of a graph: words, strings, and groups
/// of labelled items.
struct TextTree: Hashable, Sendable {
  enum Form: Hashable, Sendable { case word, string, call, list, record }

  var form: Form
  /// The word, the string's content, or the head of a group.
  var text: String
  var label: String?
  var items: [TextTree] = []
  /// Where it was read; 0 when made for printing.
  var line = 0

  static func word(_ text: String) -> TextTree { TextTree(form: .word, text: text) }
  static func string(_ text: String) -> TextTree { TextTree(form: .string, text: text) }
  static func list(_ items: [TextTree]) -> TextTree { TextTree(form: .list, text: "", items: items) }
  static func record(_ head: String, _ items: [TextTree]) -> TextTree {
    TextTree(form: .record, text: head, items: items)
  }

  func labelled(_ label: String?) -> TextTree {
    var result = self
    result.label = label
    return result
  }
}

extension TextTree {
  static let pageWidth = 118

  /// On one line where it fits, else one item per line; separators at line ends are left out.
  func layout(indent: Int = 0) -> String {
    var lines: [String] = []
    lay(indent: indent, into: &lines)
    return lines.map { $0 + "\n" }.joined()
  }

  private func lay(indent: Int, into lines: inout [String]) {
    let margin = String(repeating: " ", count: indent)
    let flat = flat
    if items.isEmpty || margin.count + flat.count <= TextTree.pageWidth {
      lines.append(margin + flat)
      return
    }
    lines.append(margin + prefix + opening.trimmedEnd)
    for item in items { item.lay(indent: indent + 2, into: &lines) }
    lines.append(margin + closing.trimmedStart)
  }

  var flat: String {
    switch form {
    case .word: prefix
    case .string: labelText + TextTree.quoted(text)
    case .call, .list, .record:
      items.isEmpty
        ? prefix + opening.trimmedEnd + closing.trimmedStart
        : prefix + opening + items.map(\.flat).joined(separator: ", ") + closing
    }
  }

  private var labelText: String {
    guard let label else { return "" }
    return (TextLexer.isWord(label) ? label : TextTree.quoted(label)) + ": "
  }

  private var prefix: String { labelText + text + (form == .record && !text.isEmpty ? " " : "") }

  private var opening: String {
    switch form {
    case .word, .string: ""
    case .call: "("
    case .list: "["
    case .record: "{ "
    }
  }

  private var closing: String {
    switch form {
    case .word, .string: ""
    case .call: ")"
    case .list: "]"
    case .record: " }"
    }
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension String {
  fileprivate var trimmedEnd: String { last == " " ? String(dropLast()) : self }
  fileprivate var trimmedStart: String { first == " " ? String(dropFirst()) : self }
}
