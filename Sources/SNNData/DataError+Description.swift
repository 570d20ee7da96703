extension DataError: CustomStringConvertible {
  /// The file or data set that the error is about; empty for an argument.
  public var file: String {
    switch self {
    case .cannotOpen(let file, _), .wrongFormat(let file, _, _), .truncated(let file, _),
      .corrupt(let file, _),
      .missing(let file, _, _, _), .unexpected(let file, _, _, _), .wrongKind(let file, _, _, _),
      .wrongRank(let file, _, _, _),
      .wrongShape(let file, _, _, _), .wrongType(let file, _, _, _),
      .lengthsDiffer(let file, _, _, _, _),
      .badCell(let file, _, _, _, _, _), .raggedRow(let file, _, _, _), .badQuote(let file, _, _),
      .empty(let file, _), .notFinite(let file, _, _, _, _), .badLabel(let file, _, _, _),
      .badDuration(let file, _, _, _),
      .outOfRange(let file, _, _, _), .tooLarge(let file, _, _), .unsupported(let file, _, _),
      .cannotWrite(let file, _, _):
      return file
    case .badArgument: return ""
    }
  }

  /// `file:line:column` where the place is known, otherwise the file.
  public var location: String {
    switch self {
    case .badCell(let file, let line, let column, _, _, _):
      return "\(file):\(line)" + (column.map { ":\($0)" } ?? "")
    case .badQuote(let file, let line, let column): return "\(file):\(line):\(column)"
    case .raggedRow(let file, let line, _, _): return "\(file):\(line)"
    default: return file
    }
  }

  public var found: String {
    switch self {
    case .cannotOpen(_, let reason): return "cannot open it: \(reason)"
    case .wrongFormat(_, _, let found): return "not the expected format: \(found)"
    case .truncated(_, let detail): return "the file is cut short: \(detail)"
    case .corrupt(_, let detail): return "the file is damaged: \(detail)"
    case .missing(_, let kind, let name, _): return "no \(kind) `\(name)`"
    case .unexpected(_, let kind, let name, _): return "it holds a \(kind) `\(name)` that the model does not have"
    case .wrongKind(_, let name, let found, _): return "`\(name)` is \(found)"
    case .wrongRank(_, let name, let shape, _): return "`\(name)` has shape \(describe(shape))"
    case .wrongShape(_, let name, let found, _): return "`\(name)` has shape \(describe(found))"
    case .wrongType(_, let name, let found, _): return "`\(name)` holds \(found)"
    case .lengthsDiffer(_, let first, let firstLength, let second, let secondLength):
      return "`\(first)` has \(firstLength) samples, `\(second)` has \(secondLength)"
    case .badCell(_, _, _, let name, let text, _):
      return text.isEmpty ? "column \(name) is empty here" : "column \(name) holds `\(text)`"
    case .raggedRow(_, _, let found, _):
      return "this row has \(found) \(found == 1 ? "cell" : "cells")"
    case .badQuote: return "a quotation mark that is never closed, or text after a closing one"
    case .empty(_, let what): return "\(what) is empty"
    case .notFinite(_, let field, let sample, let position, let value):
      let place = position.isEmpty ? "" : ", position \(describe(position))"
      return "`\(field)` is \(value) at sample \(sample)\(place)"
    case .badLabel(_, let field, let sample, let value), .badDuration(_, let field, let sample, let value):
      return "`\(field)` is \(shortest(value)) at sample \(sample)"
    case .outOfRange(_, let name, let index, _): return "index \(index) of \(name)"
    case .tooLarge(_, let name, let shape):
      return "`\(name)` has shape \(describe(shape)), more than the memory here"
    case .badArgument(let name, let found, _): return "\(name) is \(found)"
    case .unsupported(_, let what, _): return what
    case .cannotWrite(_, let operation, let reason):
      return "saving failed (\(operation)): \(reason)"
    }
  }

  public var expected: String? {
    switch self {
    case .wrongFormat(_, let expected, _), .wrongKind(_, _, _, let expected),
      .wrongRank(_, _, _, let expected),
      .wrongType(_, _, _, let expected), .badCell(_, _, _, _, _, let expected),
      .badArgument(_, _, let expected):
      return expected
    case .wrongShape(_, _, _, let expected): return "shape \(describe(expected))"
    case .raggedRow(_, _, _, let expected): return "\(expected), as in the first row"
    case .lengthsDiffer: return "one entry per sample in every field"
    case .badQuote: return "\"text\", with \"\" for a quotation mark inside"
    case .notFinite: return "a finite number"
    case .badLabel: return classNumber
    case .badDuration: return durationOfSample
    case .outOfRange(_, _, _, let allowed):
      return allowed.isEmpty
        ? "nothing: there are none" : "\(allowed.lowerBound) … \(allowed.upperBound - 1)"
    default: return nil
    }
  }

  public var hint: String? {
    switch self {
    case .cannotOpen(_, let reason) where reason == reasonNoSuchFile:
      return "relative paths start at the folder of the file that names them"
    case .truncated: return "copy or download it again"
    case .missing(_, let kind, let name, let available):
      return available.isEmpty ? "there is no \(kind) at all" : list(available, "there is", near: name)
    case .unexpected(_, let kind, let name, let known):
      return known.isEmpty ? "the model has no \(kind) at all" : list(known, "the model has", near: name)
    case .notFinite: return "clean the data, or leave the sample out"
    case .unsupported(_, _, let hint): return hint
    case .cannotWrite: return "the older file, if there was one, is intact"
    default: return nil
    }
  }

  private func list(_ names: [String], _ verb: String, near name: String) -> String {
    let shown = names.prefix(24).map { "`\($0)`" }.joined(separator: ", ")
    let list = "\(verb) \(shown)" + (names.count > 24 ? " and \(names.count - 24) more" : "")
    return nearest(to: name, in: names).map { "did you mean `\($0)`? \(list)" } ?? list
  }

  /// One line: place, what was found, what was expected, and the hint.
  public var description: String {
    var text = location.isEmpty ? found : "\(location): \(found)"
    if let expected { text += "; expected \(expected)" }
    if let hint { text += " (\(hint))" }
    return text
  }
}

let classNumber = "a class number: 0, 1, 2, …"
let durationOfSample = "a time that is not negative"

/// A number as a person writes it: -1, not -1.0.
func shortest(_ value: Double) -> String {
  Int(exactly: value).map(String.init) ?? "\(value)"
}

let reasonNoSuchFile = "no such file"

func describe(_ shape: [Int]) -> String {
  "[" + shape.map(String.init).joined(separator: ", ") + "]"
}

/// The candidate with the least edit distance, if that is at most a third of the name's length (at least 1).
func nearest(to name: String, in candidates: [String]) -> String? {
  let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
  let limit = max(1, wanted.count / 3)
  var best: (name: String, distance: Int)?
  for candidate in candidates.prefix(1000) {
    let other = Array(candidate.lowercased().unicodeScalars.prefix(64))
    guard abs(other.count - wanted.count) <= limit else { continue }
    let distance = editDistance(wanted, other)
    if distance <= limit, distance < (best?.distance ?? .max) { best = (candidate, distance) }
  }
  return best?.name
}

/// Insertions, deletions, replacements, and neighbours that changed places (optimal string alignment).
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var older: [Int] = []
  var above = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var distance = min(above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        distance = min(distance, older[j - 1] + 1)
      }
      row.append(distance)
    }
    (older, above) = (above, row)
  }
  return above[b.count]
}
