/// Reads trees and the lines of a graph from tokens.
struct TextParser {
  static let depthLimit = 64

  private let tokens: [TextToken]
  private var position = 0

  init(_ text: String) throws(IRTextError) { tokens = try TextLexer.tokens(text) }

  var next: TextToken { tokens[position] }
  var isAtEnd: Bool { next.kind == .end }

  mutating func take() -> TextToken {
    let token = tokens[position]
    if token.kind != .end { position += 1 }
    return token
  }

  func isMark(_ mark: String) -> Bool { next.kind == .mark && next.text == mark }

  mutating func takeMark(_ mark: String) -> Bool {
    guard isMark(mark) else { return false }
    position += 1
    return true
  }

  mutating func expectMark(_ mark: String) throws(IRTextError) {
    guard takeMark(mark) else { throw unexpected("\(mark)") }
  }

  mutating func expectString() throws(IRTextError) -> String {
    guard next.kind == .string else { throw unexpected("a string") }
    return take().text
  }

  mutating func expectWord() throws(IRTextError) -> TextToken {
    guard next.kind == .word else { throw unexpected("a word") }
    return take()
  }

  func unexpected(_ expected: String) -> IRTextError {
    IRTextError(line: next.line, .unexpected(found: next.text, expected: expected))
  }

  /// A word, a string or a group, with its label where `:` follows a first word or string and `isLabelled`.
  mutating func tree(isLabelled: Bool = true, depth: Int = 0) throws(IRTextError) -> TextTree {
    let token = next
    guard depth < Self.depthLimit else { throw IRTextError(line: token.line, .tooDeep(limit: Self.depthLimit)) }
    switch token.kind {
    case .end: throw unexpected("more")
    case .word, .string:
      position += 1
      if isLabelled, takeMark(":") {
        return try tree(isLabelled: false, depth: depth).labelled(token.text)
      }
      if token.kind == .string { return TextTree(form: .string, text: token.text, line: token.line) }
      if isMark("{") || ((isMark("(") || isMark("[")) && next.isAdjacent) {
        return try group(head: token.text, line: token.line, depth: depth)
      }
      return TextTree(form: .word, text: token.text, line: token.line)
    case .mark:
      return try group(head: "", line: token.line, depth: depth)
    }
  }

  private mutating func group(head: String, line: Int, depth: Int) throws(IRTextError) -> TextTree {
    let form: TextTree.Form
    let closing: String
    switch next.text {
    case "(": (form, closing) = (.call, ")")
    case "[": (form, closing) = (.list, "]")
    case "{": (form, closing) = (.record, "}")
    default: throw unexpected("a value")
    }
    position += 1
    var items: [TextTree] = []
    while !takeMark(closing) {
      if isAtEnd { throw unexpected(closing) }
      items.append(try tree(depth: depth + 1))
    }
    return TextTree(form: form, text: head, items: items, line: line)
  }
}
