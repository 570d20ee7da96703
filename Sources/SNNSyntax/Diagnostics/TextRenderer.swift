/// Shows diagnostics for people: headline, place, excerpt with a caret and label under every operand, notes and help.
public struct TextRenderer: Sendable {
  let sources: SourceMap
  let colour: Bool

  public init(_ sources: SourceMap, colour: Bool = false) {
    self.sources = sources
    self.colour = colour
  }

  /// One diagnostic, ending in a newline.
  public func render(_ diagnostic: Diagnostic) -> String {
    let labels = [diagnostic.primary] + diagnostic.secondary
    let lineNumbers = labels.map { sources[$0.span.file].position(of: Int($0.span.lower)).line }
    let gutter = String(lineNumbers.max() ?? 1).count
    var lines: [String] = []

    let kind = diagnostic.severity.rawValue + "[\(diagnostic.id.code)]"
    lines.append(
      paint(kind, diagnostic.severity == .error ? .red : .yellow) + paint(": \(diagnostic.headline)", .bold))

    var files: [FileID] = []
    for label in labels where !files.contains(label.span.file) { files.append(label.span.file) }
    for (order, id) in files.enumerated() {
      let file = sources[id]
      let own = labels.enumerated().filter { $0.element.span.file == id }
      guard let first = own.first else { continue }
      let (line, column) = file.position(of: Int(first.element.span.lower))
      let arrow = order == 0 ? "--> " : "::: "
      lines.append(
        String(repeating: " ", count: gutter) + paint(arrow, .blue) + "\(file.name):\(line):\(column)")
      lines.append(bar(gutter))
      let marks = own.map { mark($0.element, isPrimary: $0.offset == 0, in: file) }
      lines += excerpt(marks, file, gutter)
    }
    for note in diagnostic.notes { lines += entry("note", note, gutter) }
    for fix in diagnostic.help {
      lines += entry("help", fix.message, gutter)
      lines += shownEdit(fix, gutter)
    }
    return lines.map { $0.trimmedEnd + "\n" }.joined()
  }

  /// All of them, with an empty line between.
  public func render(_ diagnostics: [Diagnostic]) -> String { diagnostics.map(render).joined(separator: "\n") }

  // MARK: Excerpt

  private struct Mark {
    var line: Int
    var lower: Int
    var upper: Int
    var text: String
    var isPrimary: Bool
  }

  /// A span over several lines is marked to its first line's end, and the label says where it ends.
  private func mark(_ label: Label, isPrimary: Bool, in file: SourceFile) -> Mark {
    let lower = Int(label.span.lower)
    var upper = Int(label.span.upper)
    let line = file.position(of: lower).line
    let lastLine = file.position(of: max(lower, upper - 1)).line
    var text = label.text
    if lastLine > line {
      upper = file.lineStarts[line] - 1
      text += text.isEmpty ? "to line \(lastLine)" : " (to line \(lastLine))"
    }
    return Mark(line: line, lower: lower, upper: max(upper, lower), text: text, isPrimary: isPrimary)
  }

  private func excerpt(_ marks: [Mark], _ file: SourceFile, _ gutter: Int) -> [String] {
    var rows: [String] = []
    var previous: Int?
    for number in Set(marks.map(\.line)).sorted() {
      if let last = previous, number == last + 2 {
        rows.append(sourceRow(SourceLine(file, number: last + 1, around: file.lineStarts[last]), gutter))
      } else if let last = previous, number > last + 1 {
        rows.append(paint("...", .blue))
      }
      previous = number
      // At one place the primary label's carets win; order by place for the layout below.
      let own = marks.filter { $0.line == number }.sorted { ($0.lower, $0.upper) < ($1.lower, $1.upper) }
      let line = SourceLine(file, number: number, around: own.first?.lower)
      rows.append(sourceRow(line, gutter))
      rows += markRows(own, line).map { bar(gutter) + " " + $0 }
    }
    return rows
  }

  private func sourceRow(_ line: SourceLine, _ gutter: Int) -> String {
    let number = String(line.number)
    let padding = String(repeating: " ", count: max(0, gutter - number.count))
    return paint(padding + number + " |", .blue) + (line.text.isEmpty ? "" : " " + line.text)
  }

  /// The row of carets, with the last label beside its carets, and a row for each of the others, right to left.
  private func markRows(_ marks: [Mark], _ line: SourceLine) -> [String] {
    let columns = marks.map { mark in
      let lower = line.column(of: mark.lower)
      return (lower: lower, upper: max(line.column(of: mark.upper), lower + 1))
    }
    var carets = Canvas()
    for (mark, place) in zip(marks, columns) {
      for column in place.lower..<place.upper { carets.put("^", at: column, mark.isPrimary ? .red : .blue) }
    }
    var remaining = marks.indices.filter { !marks[$0].text.isEmpty }
    if let last = remaining.last, columns.allSatisfy({ $0.upper <= columns[last].upper }) {
      carets.put(marks[last].text, at: columns[last].upper + 1, marks[last].isPrimary ? .red : .blue)
      remaining.removeLast()
    }
    var rows = [carets]
    if !remaining.isEmpty {
      var connectors = Canvas()
      for index in remaining { connectors.put("|", at: columns[index].lower, .blue) }
      rows.append(connectors)
    }
    while let index = remaining.popLast() {
      var row = Canvas()
      for other in remaining where columns[other].lower < columns[index].lower {
        row.put("|", at: columns[other].lower, .blue)
      }
      row.put(marks[index].text, at: columns[index].lower, marks[index].isPrimary ? .red : .blue)
      rows.append(row)
    }
    return rows.map { row in row.text { paint($0, $1) } }
  }

  // MARK: Notes and help

  private func entry(_ word: String, _ text: String, _ gutter: Int) -> [String] {
    let indent = String(repeating: " ", count: gutter + 1)
    var rows: [String] = []
    for (index, part) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if index == 0 {
        rows.append(indent + paint("= ", .blue) + paint("\(word): ", .bold) + part)
      } else {
        rows.append(indent + String(repeating: " ", count: word.count + 4) + part)
      }
    }
    return rows
  }

  /// The line as it would be, unless the message already quotes the replacement.
  private func shownEdit(_ fix: FixIt, _ gutter: Int) -> [String] {
    guard let first = fix.edits.first else { return [] }
    let quoted = fix.edits.allSatisfy { edit in
      let replacement = edit.replacement.trimmedEnds
      return !replacement.isEmpty && fix.message.contains("`\(replacement)`")
    }
    if quoted { return [] }
    let file = sources[first.span.file]
    let line = file.position(of: Int(first.span.lower)).line
    let isOneLine = fix.edits.allSatisfy { edit in
      edit.span.file == first.span.file && file.position(of: Int(edit.span.lower)).line == line
        && file.position(of: Int(edit.span.upper)).line == line && !edit.replacement.contains("\n")
    }
    guard isOneLine else { return [] }
    let start = file.lineStarts[line - 1]
    let end = line < file.lineStarts.count ? file.lineStarts[line] - 1 : file.utf8.count
    guard end - start <= SourceLine.maximumWidth, end >= start else { return [] }
    let moved = fix.edits.map { edit in
      Edit(
        Span(file: edit.span.file, lower: Int(edit.span.lower) - start, upper: Int(edit.span.upper) - start),
        edit.replacement)
    }
    let fixed = applying(moved, to: Array(file.utf8[start..<end]))
    let shown = SourceLine(SourceFile(id: first.span.file, name: "", utf8: fixed), number: 1)
    let number = String(line)
    let padding = String(repeating: " ", count: max(0, gutter - number.count))
    return [bar(gutter), paint(padding + number + " |", .blue) + " " + shown.text]
  }

  private func bar(_ gutter: Int) -> String { paint(String(repeating: " ", count: gutter + 1) + "|", .blue) }

  // MARK: Colour

  enum Ink: String { case bold = "1", red = "1;31", yellow = "1;33", blue = "1;34" }

  func paint(_ text: String, _ ink: Ink) -> String {
    colour && !text.isEmpty ? "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m" : text
  }
}

/// A row of characters with colours, filled at columns.
private struct Canvas {
  private var cells: [(Character, TextRenderer.Ink?)] = []

  mutating func put(_ text: String, at column: Int, _ ink: TextRenderer.Ink) {
    while cells.count < column { cells.append((" ", nil)) }
    for (offset, character) in text.enumerated() {
      let place = column + offset
      if place < cells.count { cells[place] = (character, ink) } else { cells.append((character, ink)) }
    }
  }

  func text(_ paint: (String, TextRenderer.Ink) -> String) -> String {
    var result = ""
    var run = ""
    var ink: TextRenderer.Ink?
    for (character, next) in cells {
      if next != ink {
        result += ink.map { paint(run, $0) } ?? run
        run = ""
        ink = next
      }
      run.append(character)
    }
    return result + (ink.map { paint(run, $0) } ?? run)
  }
}

extension String {
  var trimmedEnd: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  var trimmedEnds: String {
    var text = Substring(trimmedEnd)
    while let first = text.first, first == " " || first == "\n" { text.removeFirst() }
    return String(text)
  }
}
