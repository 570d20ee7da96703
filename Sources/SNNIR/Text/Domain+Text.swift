extension Axes {
  static var names: [(Axes, String)] {
    [(.unit, "unit"), (.sample, "sample"), (.tick, "tick"), (.synapse, "synapse")]
  }

  /// Axes with a meaning, as `unit,sample`; others as bits.
  var text: String {
    let parts = Axes.names.filter { contains($0.0) }.map(\.1)
    let rest = rawValue & ~0xF
    return (parts + (rest == 0 ? [] : ["\(rest)"])).joined(separator: ",")
  }

  init(words: [TextTree]) throws(IRTextError) {
    self = []
    for word in words {
      if let axis = Axes.names.first(where: { $0.1 == word.text }) {
        formUnion(axis.0)
      } else if let bits = UInt8(word.text) {
        formUnion(Axes(rawValue: bits))
      } else {
        throw word.unexpected("an axis")
      }
    }
  }
}

/// Axes and what the unit or synapse axis counts: `[unit,sample #hidden]`; the synapses of connection 2 are
/// `[synapse #2]`.
struct TextSpan: Hashable, Sendable, TextForm {
  var axes: Axes
  var extent: ExtentID?

  static func extentText(_ extent: ExtentID, axes: Axes, _ names: TextNames) -> String {
    axes.contains(.synapse) ? "#\(extent.index)" : names.extents.text(Int(extent.index))
  }

  /// An extent's index: a name, or a number, which need not be one of the table's.
  static func extent(_ word: TextTree, _ names: TextNames) throws(IRTextError) -> ExtentID {
    if let index = names.extents.index(word.text) ?? Int32(word.text.dropFirst()).map(Int.init) {
      return ExtentID(index)
    }
    throw IRTextError(line: word.line, .unknownName(word.text))
  }

  func text(_ names: TextNames) -> TextTree {
    let counted = extent.map { TextSpan.extentText($0, axes: axes, names) }
    return .word("[" + ([axes.text, counted].compactMap { $0 }.filter { !$0.isEmpty }).joined(separator: " ") + "]")
  }

  init(axes: Axes, extent: ExtentID?) {
    self.axes = axes
    self.extent = extent
  }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .list, tree.text.isEmpty else { throw tree.unexpected("[axes #extent]") }
    axes = try Axes(words: tree.items.filter { !$0.text.hasPrefix("#") })
    extent = nil
    for word in tree.items where word.text.hasPrefix("#") { extent = try TextSpan.extent(word, names) }
  }
}

extension Phase {
  var text: String { String(describing: self) }
}

/// The type of a value: `real[unit,sample,tick @tick #hidden]`; a constant is plain `real`.
struct TextType {
  var isBoolean: Bool
  var domain: Domain

  func text(_ names: TextNames) -> String {
    let kind = isBoolean ? "bool" : "real"
    guard domain != .constant else { return kind }
    var parts = domain.axes.isEmpty ? [] : [domain.axes.text]
    if domain.phase != .once { parts.append("@" + domain.phase.text) }
    if let extent = domain.extent { parts.append(TextSpan.extentText(extent, axes: domain.axes, names)) }
    return kind + "[" + parts.joined(separator: " ") + "]"
  }

  init(isBoolean: Bool, domain: Domain) {
    self.isBoolean = isBoolean
    self.domain = domain
  }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word || tree.form == .list, tree.text == "real" || tree.text == "bool" else {
      throw tree.unexpected("real[…] or bool[…]")
    }
    isBoolean = tree.text == "bool"
    domain = .constant
    var axes: [TextTree] = []
    for word in tree.items {
      if word.text.hasPrefix("#") {
        domain.extent = try TextSpan.extent(word, names)
      } else if word.text.hasPrefix("@") {
        guard let phase = Phase.allCases.first(where: { $0.text == word.text.dropFirst() }) else {
          throw word.unexpected("a phase")
        }
        domain.phase = phase
      } else {
        axes.append(word)
      }
    }
    domain.axes = try Axes(words: axes)
  }
}
