/// Eight colours that people with any common colour vision tell apart (Okabe & Ito 2008, "Color Universal Design"),
/// without the yellow, which is too light for a thin line on white.
enum Palette {
  static let colours = [
    "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#4D4D4D",
  ]
  /// The nearest entries of the 256-colour terminal table, lightened where the original would vanish on black.
  static let terminal: [UInt8] = [32, 166, 36, 178, 175, 74, 246]
  static let dashes = ["", "6 3", "2 3"]

  static func colour(_ index: Int) -> String { colours[index % colours.count] }
  static func terminalColour(_ index: Int) -> UInt8 { terminal[index % terminal.count] }
  /// After the colours are used up, lines differ by their dashes.
  static func dash(_ index: Int) -> String { dashes[index / colours.count % dashes.count] }

  static let ink = "#222222"
  static let quiet = "#6B6B6B"
  static let grid = "#E8E8E8"
  static let axis = "#8A8A8A"
  static let band = "#F7F7F7"
}
