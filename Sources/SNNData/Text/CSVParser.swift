/// One pass over the bytes of a table. No `String` is made for a cell that is a number.
struct CSVParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let file: String

  private(set) var header: [String]?
  private(set) var columnCount = 0
  private(set) var values: [Double] = []
  private(set) var faults: [Int: CSVTable.Fault] = [:]
  /// Where each row begins, from 1.
  private(set) var lines: [Int32] = []

  private var at = 0
  private var line = 1
  private var lineStart = 0
  private var delimiter = UInt8(ascii: ",")
  private var unquoted: [UInt8] = []

  init(bytes: UnsafeBufferPointer<UInt8>, file: String) {
    self.bytes = bytes
    self.file = file
  }

  private enum End { case cell, row, file }

  /// A cell's text is a range of the file, or, where quotes were doubled, of `unquoted`.
  private struct Cell {
    var range: Range<Int>
    var isCopied = false
    var line: Int
    var column: Int
  }

  mutating func parse() throws(DataError) {
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
      at = 3
      lineStart = 3
    }
    guard skipToRow() else { return }
    delimiter = guessDelimiter()
    try parseFirstRow()
    values.reserveCapacity(bytes.count / 4)
    while skipToRow() { try parseRow() }
  }

  private mutating func parseFirstRow() throws(DataError) {
    var names: [String] = []
    var isHeader = false
    var last = -1.0
    var couldBeNames = true
    let start = (at, line, lineStart)
    while true {
      let (cell, end) = try nextCell()
      let content = text(cell)
      names.append(content)
      if let number = number(cell) {
        // Columns may be called 0, 1, 2, …; other numbers beside a text are a row with something wrong in it.
        couldBeNames = couldBeNames && number == number.rounded() && number > last
        last = number
      } else if !content.isEmpty {
        isHeader = true
      }
      if end != .cell { break }
    }
    columnCount = names.count
    if isHeader && couldBeNames { header = names } else { (at, line, lineStart) = start }
  }

  private mutating func parseRow() throws(DataError) {
    let first = line
    lines.append(Int32(clamping: line))
    var column = 0
    while true {
      let (cell, end) = try nextCell()
      let value = number(cell)
      if let value, value.isFinite {
        values.append(value)
      } else {
        values.append(.nan)
        if column < columnCount, faults[column] == nil {
          faults[column] = CSVTable.Fault(
            line: cell.line, column: cell.column, text: String(text(cell).prefix(40)),
            value: value)
        }
      }
      column += 1
      if end != .cell { break }
    }
    guard column == columnCount else {
      throw .raggedRow(file: file, line: first, found: column, expected: columnCount)
    }
  }

  /// Moves past blank lines and comments; false at the end of the file.
  private mutating func skipToRow() -> Bool {
    while at < bytes.count {
      var look = at
      while look < bytes.count,
        bytes[look] == UInt8(ascii: " ") || bytes[look] == UInt8(ascii: "\t")
      { look += 1 }
      guard look < bytes.count else { return false }
      switch bytes[look] {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): at = look
      case UInt8(ascii: "#"):
        at = look
        while at < bytes.count, !isNewline(bytes[at]) { at += 1 }
      default: return true
      }
      passNewline()
    }
    return false
  }

  private func isNewline(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// LF, CR LF or CR.
  private mutating func passNewline() {
    guard at < bytes.count else { return }
    if bytes[at] == UInt8(ascii: "\r"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\n") {
      at += 1
    }
    at += 1
    line += 1
    lineStart = at
  }

  private func guessDelimiter() -> UInt8 {
    var seen: UInt8?
    var isQuoted = false
    for byte in bytes[at...] {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isQuoted { continue }
      if isNewline(byte) { break }
      if byte == UInt8(ascii: ",") { return byte }
      if seen == nil, byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\t") { seen = byte }
    }
    return seen ?? UInt8(ascii: ",")
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")) && byte != delimiter
  }

  private mutating func nextCell() throws(DataError) -> (Cell, End) {
    while at < bytes.count, isBlank(bytes[at]) { at += 1 }
    var cell = Cell(range: at..<at, line: line, column: at - lineStart + 1)
    if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
      try quotedCell(&cell)
    } else {
      let start = at
      while at < bytes.count, bytes[at] != delimiter, !isNewline(bytes[at]) { at += 1 }
      var end = at
      while end > start, isBlank(bytes[end - 1]) { end -= 1 }
      cell.range = start..<end
    }
    guard at < bytes.count else { return (cell, .file) }
    if bytes[at] == delimiter {
      at += 1
      return (cell, .cell)
    }
    passNewline()
    return (cell, .row)
  }

  private mutating func quotedCell(_ cell: inout Cell) throws(DataError) {
    at += 1
    let start = at
    unquoted.removeAll(keepingCapacity: true)
    while true {
      guard at < bytes.count else {
        throw .badQuote(file: file, line: cell.line, column: cell.column)
      }
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") {
        guard at + 1 < bytes.count, bytes[at + 1] == byte else { break }
        cell.isCopied = true
        at += 1
      }
      unquoted.append(byte)
      if byte == UInt8(ascii: "\n") {
        line += 1
        lineStart = at + 1
      }
      at += 1
    }
    cell.range = cell.isCopied ? 0..<unquoted.count : start..<at
    at += 1
    while at < bytes.count, isBlank(bytes[at]) { at += 1 }
    guard at == bytes.count || bytes[at] == delimiter || isNewline(bytes[at]) else {
      throw .badQuote(file: file, line: line, column: at - lineStart + 1)
    }
  }

  private func text(_ cell: Cell) -> String {
    cell.isCopied
      ? String(decoding: unquoted[cell.range], as: UTF8.self)
      : String(decoding: bytes[cell.range], as: UTF8.self)
  }

  private func number(_ cell: Cell) -> Double? {
    cell.isCopied ? nil : DecimalNumber.parse(UnsafeBufferPointer(rebasing: bytes[cell.range]))
  }
}
