import SNN
import SNNSema
import SNNSyntax

extension Prompt {
  /// What the word that ends at `cursor` (a count of characters) may become: replacements for its last `length`
  /// characters, sorted.
  public func completions(_ line: String, cursor: Int) -> (length: Int, choices: [String]) {
    let head = String(line.prefix(cursor))
    let trimmed = head.trimmed
    // `\tau`
    if let slash = head.lastIndex(of: "\\"), head[head.index(after: slash)...].allSatisfy({ $0.isASCII && $0.isLetter })
    {
      let name = String(head[head.index(after: slash)...])
      if let letter = GreekLetters.letters[name] { return (name.count + 1, [letter]) }
      let choices = GreekLetters.letters.keys.filter { $0.hasPrefix(name) }.sorted().map { "\\" + $0 }
      return (name.count + 1, choices)
    }
    if trimmed.hasPrefix(":") {
      let words = head.split(separator: " ", omittingEmptySubsequences: false)
      if words.count == 1 {
        return (head.count, Self.commands.map { ":" + $0.name }.filter { $0.hasPrefix(head) })
      }
      if [":load", ":l", ":save"].contains(String(words[0])) { return files(String(words.last ?? "")) }
    }
    if head.count(where: { $0 == "\"" }) % 2 == 1, let quote = head.lastIndex(of: "\"") {
      return files(String(head[head.index(after: quote)...]))
    }
    let word = String(head.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }.reversed())
    let before = head.dropLast(word.count)
    if word.first?.isNumber != true, let last = before.trimmed.last, last.isNumber || last == "/" || last == "^",
      before.last == " " || before.last == "/", Self.endsInNumber(before)
    {
      return (word.count, Self.usualUnits.filter { $0.hasPrefix(word) })
    }
    if let dot = word.lastIndex(of: ".") {
      let owner = String(word[..<dot])
      let member = String(word[word.index(after: dot)...])
      let choices = members(of: owner).filter { $0.hasPrefix(member) }
      return (member.count, Array(Set(choices)).sorted())
    }
    guard !word.isEmpty else { return (0, []) }
    return (word.count, Array(Set(names.filter { $0.hasPrefix(word) })).sorted())
  }

  static let usualUnits = [
    "A", "F", "GOhm", "Hz", "MOhm", "Ohm", "S", "V", "degC", "kHz", "mA", "mM", "mS", "mV", "mm", "ms", "nA", "nF",
    "nS",
    "nV", "pA", "pF", "pS", "s", "uA", "uF", "uM", "uS", "uV", "um", "us",
  ]

  private static func endsInNumber(_ text: Substring) -> Bool {
    let word = text.trimmed.split { " (,=+-*^~<>[]{}".contains($0) }.last ?? ""
    return word.first?.isNumber == true
  }

  private func files(_ word: String) -> (length: Int, choices: [String]) {
    let folder = word.lastIndex(of: "/").map { String(word[...$0]) } ?? ""
    let name = String(word.dropFirst(folder.count))
    return (name.count, surroundings.list(folder.isEmpty ? "." : folder).filter { $0.hasPrefix(name) }.sorted())
  }

  private func members(of owner: String) -> [String] {
    if owner == "std" { return Library.texts.keys.map { String($0.dropFirst(4)) } }
    if let text = Library.texts[owner] { return Document.pieces(of: text).map(\.name) }
    return program.checked.types.filter { $0.owner == owner || $0.owner.hasSuffix("." + owner) }.map(\.name) + ["spike"]
  }

  private var names: [String] {
    var result = Self.statements + Keywords.declarations + Keywords.contextual + Array(Keywords.reserved)
    result += ["raster", "trace", "loss", "weights", "rates", "gradients", "std"]
    result += Vocabulary.all
    result += state.values.map(\.name) + Array(state.instances.keys)
    result += state.document.pieces.map(\.name).filter { !$0.isEmpty }
    result += program.checked.types.filter { $0.isOfNetwork }.map { $0.name.prefix { $0 != "[" } }.map(String.init)
    return result
  }
}
