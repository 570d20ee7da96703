/// Writes elements of a drawing as text. Coordinates have two decimals at most.
struct SVGCanvas {
  enum Anchor: String { case start, middle, end }
  private(set) var body = ""

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, colour: String, width: Double = 1,
    dash: String = ""
  ) {
    body +=
      "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\""
    body += " stroke=\"\(colour)\" stroke-width=\"\(number(width))\"\(dashAttribute(dash))/>\n"
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, opacity: Double = 1
  ) {
    guard width > 0, height > 0 else { return }
    body +=
      "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\""
    body += " fill=\"\(fill)\"\(opacity < 1 ? " fill-opacity=\"\(number(opacity))\"" : "")/>\n"
  }

  mutating func circle(_ x: Double, _ y: Double, radius: Double, fill: String) {
    body +=
      "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\" fill=\"\(fill)\"/>\n"
  }

  /// A stroked path; `data` in the path language.
  mutating func path(
    _ data: String, colour: String, width: Double, dash: String = "", opacity: Double = 1
  ) {
    guard !data.isEmpty else { return }
    body +=
      "<path d=\"\(data)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(number(width))\""
    body += opacity < 1 ? " stroke-opacity=\"\(number(opacity))\"" : ""
    body += " stroke-linejoin=\"round\"\(dashAttribute(dash))/>\n"
  }

  mutating func text(
    _ string: String, _ x: Double, _ y: Double, size: Double, colour: String = Palette.ink,
    anchor: Anchor = .start, isBold: Bool = false, isItalic: Bool = false, rotated: Bool = false,
    halo: Bool = false
  ) {
    guard !string.isEmpty else { return }
    body +=
      "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(number(size))\" fill=\"\(colour)\""
    if anchor != .start { body += " text-anchor=\"\(anchor.rawValue)\"" }
    if isBold { body += " font-weight=\"600\"" }
    if isItalic { body += " font-style=\"italic\"" }
    if rotated { body += " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" }
    // A white rim keeps a label readable where a line runs under it.
    if halo {
      body +=
        " stroke=\"#FFFFFF\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\""
    }
    body += ">\(escaped(string))</text>\n"
  }

  func document(width: Double, height: Double, title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(number(width))" height="\(number(height))" \
    viewBox="0 0 \(number(width)) \(number(height))" role="img" \
    font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">
    <title>\(escaped(title))</title>
    <rect width="100%" height="100%" fill="#FFFFFF"/>
    \(body)</svg>

    """
  }

  private func dashAttribute(_ dash: String) -> String {
    dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
  }
}

/// A coordinate: two decimals, no trailing zeros.
func number(_ value: Double) -> String {
  value.isFinite ? NumberText.withoutTrailingZeros(NumberText.fixed(value, 2)) : "0"
}

/// A proper minus sign for numbers that are read, not parsed.
func typographic(_ label: String) -> String {
  label.first == "-" ? "\u{2212}" + label.dropFirst() : label
}

/// Safe inside an element or an attribute; control characters, which XML forbids, are left out.
func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case _ where scalar.value < 0x20: result += " "
    case "\u{FFFE}", "\u{FFFF}": continue
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// About how wide a sans-serif font sets the text; rather too much, since the reader's font is not known.
func textWidth(_ text: String, size: Double) -> Double {
  var ems = 0.0
  for character in text {
    switch character {
    case "i", "j", "l", "t", "f", "r", ".", ",", ":", ";", "'", "|", " ", "(", ")", "[", "]":
      ems += 0.36
    case "m", "w", "M", "W", "%": ems += 0.95
    case _ where character.isUppercase: ems += 0.74
    default: ems += 0.62
    }
  }
  return ems * size
}
