struct TextToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case word, string, mark, end }
  var kind: Kind
  var text: String
  var line: Int
  /// Nothing stands between it and the token before.
  var isAdjacent: Bool
}

/// Splits a text into words, strings and the marks `{ } [ ] ( ) : =`. Commas only separate; `//` hides the rest of a
/// line.
enum TextLexer {
  static let marks: Set<Unicode.Scalar> = ["{", "}", "[", "]", "(", ")", ":", "="]

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\n" || scalar == "\r" || scalar == "\t" || scalar == ","
  }

  /// Whether it is read back as one word.
  static func isWord(_ text: String) -> Bool {
    !text.isEmpty && !text.contains("//")
      && text.unicodeScalars.allSatisfy { !isBlank($0) && $0 != "\"" && !marks.contains($0) }
  }

  static func tokens(_ text: String) throws(IRTextError) -> [TextToken] {
    let scalars = Array(text.unicodeScalars)
    var tokens: [TextToken] = []
    var position = 0
    var line = 1
    var isAdjacent = false
    while position < scalars.count {
      let scalar = scalars[position]
      if isBlank(scalar) {
        if scalar == "\n" { line += 1 }
        position += 1
        isAdjacent = false
        continue
      }
      if isComment(scalars, position) {
        while position < scalars.count, scalars[position] != "\n" { position += 1 }
        continue
      }
      if marks.contains(scalar) {
        tokens.append(TextToken(kind: .mark, text: String(scalar), line: line, isAdjacent: isAdjacent))
        position += 1
      } else if scalar == "\"" {
        let content = try string(scalars, &position, line: line)
        tokens.append(TextToken(kind: .string, text: content, line: line, isAdjacent: isAdjacent))
      } else {
        var word = String.UnicodeScalarView()
        while position < scalars.count, !isBlank(scalars[position]), scalars[position] != "\"",
          !marks.contains(scalars[position]), !isComment(scalars, position)
        {
          word.append(scalars[position])
          position += 1
        }
        tokens.append(TextToken(kind: .word, text: String(word), line: line, isAdjacent: isAdjacent))
      }
      isAdjacent = true
    }
    tokens.append(TextToken(kind: .end, text: "the end", line: line, isAdjacent: false))
    return tokens
  }

  private static func isComment(_ scalars: [Unicode.Scalar], _ position: Int) -> Bool {
    scalars[position] == "/" && position + 1 < scalars.count && scalars[position + 1] == "/"
  }

  private static func string(_ scalars: [Unicode.Scalar], _ position: inout Int, line: Int) throws(IRTextError)
    -> String
  {
    var content = String.UnicodeScalarView()
    position += 1
    while position < scalars.count, scalars[position] != "\n" {
      let scalar = scalars[position]
      position += 1
      if scalar == "\"" { return String(content) }
      guard scalar == "\\", position < scalars.count else {
        content.append(scalar)
        continue
      }
      switch scalars[position] {
      case "n": content.append("\n")
      case "r": content.append("\r")
      default: content.append(scalars[position])
      }
      position += 1
    }
    throw IRTextError(line: line, .unterminatedString)
  }
}
