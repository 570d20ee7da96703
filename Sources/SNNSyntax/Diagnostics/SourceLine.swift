/// One line of a file as a terminal shows it, with the display column of every byte.
struct SourceLine {
  /// From 1.
  let number: Int
  let text: String
  /// Offset of the line's first byte.
  let start: Int
  /// `columns[i]` is where byte `start + i` is shown; one more entry for the line's end.
  private let columns: [Int]

  static let tabWidth = 4
  /// Longer lines are shown as a window around the first label.
  static let maximumWidth = 140
  /// What is looked at before and after the first label of a long line.
  static let maximumBytes = 1024

  init(_ file: SourceFile, number: Int, around focus: Int? = nil) {
    self.number = number
    var start = file.lineStarts[number - 1]
    var end = number < file.lineStarts.count ? file.lineStarts[number] : file.utf8.count
    while end > start, file.utf8[end - 1] == 10 || file.utf8[end - 1] == 13 { end -= 1 }
    if let focus, end - start > 4 * Self.maximumBytes {
      // Only what may be shown is decoded: a line can be a megabyte long.
      func boundary(_ offset: Int) -> Int {
        var offset = min(max(offset, start), end)
        for _ in 0..<3 where offset > start && offset < end && file.utf8[offset] & 0xC0 == 0x80 { offset -= 1 }
        return offset
      }
      (start, end) = (boundary(focus - Self.maximumBytes), boundary(focus + Self.maximumBytes))
    }
    self.start = start
    let bytes = file.utf8[start..<end]

    var cells: [(scalar: Unicode.Scalar, column: Int, width: Int)] = []
    var columns: [Int] = []
    var column = 0
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let lead = bytes[index]
      let wanted = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
      let next = min(index + wanted, bytes.endIndex)
      var decoder = UTF8()
      var iterator = bytes[index..<next].makeIterator()
      var scalar: Unicode.Scalar = "\u{FFFD}"
      var length = 1
      if case .scalarValue(let value) = decoder.decode(&iterator) {
        scalar = value
        length = next - index
      }
      var width = Self.width(of: scalar)
      if scalar == "\t" { width = Self.tabWidth }
      if scalar.value < 32 && scalar != "\t" || scalar.value == 127 { scalar = "\u{FFFD}" }
      for _ in 0..<length { columns.append(column) }
      cells.append((scalar, column, width))
      column += width
      index += length
    }
    columns.append(column)

    var shift = 0
    var limit = Int.max
    if column > Self.maximumWidth {
      let focusColumn = focus.map { columns[min(max($0 - start, 0), columns.count - 1)] } ?? 0
      shift = max(0, focusColumn - Self.maximumWidth / 3)
      limit = shift + Self.maximumWidth - 20
    }
    var shown = String.UnicodeScalarView()
    if shift > 0 { shown.append("…") }
    for cell in cells where cell.column >= shift && cell.column < limit {
      if cell.scalar == "\t" {
        for _ in 0..<cell.width { shown.append(" ") }
      } else {
        shown.append(cell.scalar)
      }
    }
    if column > limit { shown.append("…") }
    let offset = shift > 0 ? 1 : 0
    self.columns = columns.map { min(max($0 - shift, 0), limit == .max ? .max : limit - shift) + offset }
    var trimmed = String(shown)
    while trimmed.last == " " { trimmed.removeLast() }
    text = trimmed
  }

  /// Display column (from 0) of a byte offset in the file; offsets beyond the line give its end.
  func column(of offset: Int) -> Int { columns[min(max(offset - start, 0), columns.count - 1)] }

  var endColumn: Int { columns[columns.count - 1] }

  /// Columns that a terminal gives a scalar: 0 for combining marks, 2 for the wide East Asian blocks and emoji.
  static func width(of scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
