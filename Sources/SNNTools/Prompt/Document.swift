import SNN
import SNNSema
import SNNSyntax

/// The declarations that stand at a prompt, each with its text, in order.
struct Document {
  struct Piece: Hashable {
    var keyword: String
    /// Empty for `use`.
    var name: String
    var text: String
  }

  var pieces: [Piece] = []
  var settings: [String: String] = [:]
  /// Folder that relative paths start from.
  var folder = ""

  var text: String { pieces.map { $0.text + "\n" }.joined(separator: "\n") }

  /// Places of the pieces in `text`.
  var ranges: [Range<Int>] {
    var start = 0
    return pieces.map { piece in
      let end = start + piece.text.utf8.count
      defer { start = end + 2 }
      return start..<end
    }
  }

  func index(of name: String) -> Int? { pieces.firstIndex { $0.name == name && !name.isEmpty } }

  /// Replaces what has the same name, in its place; else adds. Texts to use come first.
  /// - Returns: where it is now.
  mutating func enter(_ piece: Piece) -> Int {
    if let place = index(of: piece.name) {
      pieces[place] = piece
      return place
    }
    if piece.keyword == "use" {
      if let place = pieces.firstIndex(of: piece) { return place }
      let place = pieces.firstIndex { $0.keyword != "use" } ?? pieces.count
      pieces.insert(piece, at: place)
      return place
    }
    pieces.append(piece)
    return pieces.count - 1
  }

  /// The declarations of a text, with the comments before each.
  static func pieces(of text: String) -> [Piece] {
    var sources = SourceMap()
    let file = sources.add(name: "", text: text)
    let (tree, _) = parse(sources[file])
    let bytes = Array(text.utf8)
    var start = 0
    return tree.declarations.map { declaration in
      let span = declaration.span
      defer { start = Int(span.upper) }
      let lower = min(start, Int(span.lower))
      var text = String(decoding: bytes[lower..<min(Int(span.upper), bytes.count)], as: UTF8.self)
      while let first = text.first, first.isWhitespace || first == ";" { text.removeFirst() }
      return Piece(keyword: declaration.keyword, name: declaration.name?.text ?? "", text: text)
    }
  }
}

/// Texts behind `use "file.snn"`, through the surroundings.
struct UsedTexts {
  let folder: String
  let surroundings: Surroundings

  func load(_ declaration: UseDecl) -> SourceText? {
    guard let name = declaration.file else { return nil }
    let path = name.hasPrefix("/") || folder.isEmpty ? name : folder + "/" + name
    guard let bytes = try? surroundings.read(path) else { return nil }
    return SourceText(name: path, text: String(decoding: bytes, as: UTF8.self))
  }
}
