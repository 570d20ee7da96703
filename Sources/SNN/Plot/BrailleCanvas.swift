/// A drawing of dots, two by four in each character cell (Unicode braille patterns, U+2800 …).
struct BrailleCanvas {
  /// In cells.
  let width: Int
  let height: Int
  private var cells: [UInt8]
  private var colours: [UInt8?]

  init(width: Int, height: Int) {
    self.width = max(1, width)
    self.height = max(1, height)
    cells = [UInt8](repeating: 0, count: self.width * self.height)
    colours = [UInt8?](repeating: nil, count: self.width * self.height)
  }

  var dotsAcross: Int { width * 2 }
  var dotsDown: Int { height * 4 }

  /// Dots outside are left out. (0, 0) is at the top left.
  mutating func set(_ x: Int, _ y: Int, colour: UInt8? = nil) {
    guard x >= 0, y >= 0, x < dotsAcross, y < dotsDown else { return }
    let cell = y / 4 * width + x / 2
    cells[cell] |= Self.bits[y % 4 * 2 + x % 2]
    if let colour { colours[cell] = colour }
  }

  mutating func line(from start: SIMD2<Int>, to end: SIMD2<Int>, colour: UInt8? = nil) {
    let delta = end &- start
    let steps = min(100_000, max(abs(delta.x), abs(delta.y)))
    guard steps > 0 else { return set(start.x, start.y, colour: colour) }
    for step in 0...steps {
      let fraction = Double(step) / Double(steps)
      set(
        start.x + Int((Double(delta.x) * fraction).rounded()),
        start.y + Int((Double(delta.y) * fraction).rounded()),
        colour: colour)
    }
  }

  /// Row by row; with terminal colours where `coloured`.
  func rows(coloured: Bool) -> [String] {
    (0..<height).map { row in
      var text = ""
      var current: UInt8?
      for column in 0..<width {
        let cell = row * width + column
        let colour = cells[cell] == 0 ? current : colours[cell]
        if coloured, colour != current {
          text += colour.map { "\u{1B}[38;5;\($0)m" } ?? "\u{1B}[0m"
          current = colour
        }
        text.unicodeScalars.append(Unicode.Scalar(0x2800 + UInt32(cells[cell])) ?? " ")
      }
      return current == nil ? text : text + "\u{1B}[0m"
    }
  }

  private static let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
}
