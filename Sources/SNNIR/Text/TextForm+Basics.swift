extension Int: TextForm {
  func text(_ names: TextNames) -> TextTree { .word("\(self)") }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let value = Int(tree.text) else { throw tree.unexpected("a whole number") }
    self = value
  }
}

extension UInt64: TextForm {
  func text(_ names: TextNames) -> TextTree { .word("\(self)") }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let value = UInt64(tree.text) else { throw tree.unexpected("a natural number") }
    self = value
  }
}

extension Double: TextForm {
  /// The shortest decimal that reads back as the same number.
  func text(_ names: TextNames) -> TextTree { .word(isNaN ? "nan" : "\(self)") }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let value = Double(tree.text) else { throw tree.unexpected("a number") }
    self = value
  }
}

extension Bool: TextForm {
  func text(_ names: TextNames) -> TextTree { .word("\(self)") }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let value = Bool(tree.text) else { throw tree.unexpected("true or false") }
    self = value
  }
  static var absent: Bool? { false }
}

extension String: TextForm {
  func text(_ names: TextNames) -> TextTree { .string(self) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .string else { throw tree.unexpected("a string") }
    self = tree.text
  }
}

extension Optional: TextForm where Wrapped: TextForm {
  func text(_ names: TextNames) -> TextTree { self?.text(names) ?? .word("none") }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    self = tree.form == .word && tree.text == "none" ? nil : try Wrapped(tree, names)
  }
  static var absent: Self? { .some(nil) }
}

extension Array: TextForm where Element: TextForm {
  func text(_ names: TextNames) -> TextTree { .list(map { $0.text(names) }) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .list, tree.text.isEmpty else { throw tree.unexpected("a list") }
    self = []
    for item in tree.items { append(try Element(item, names)) }
  }
  static var absent: Self? { [] }
}

extension Dictionary: TextForm where Key: TextForm & Comparable, Value: TextForm {
  func text(_ names: TextNames) -> TextTree {
    .record("", sorted { $0.key < $1.key }.map { $0.value.text(names).labelled($0.key.text(names).text) })
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .record, tree.text.isEmpty else { throw tree.unexpected("{ key: value, … }") }
    self = [:]
    for item in tree.items {
      guard let label = item.label else { throw item.unexpected("a key") }
      let form: TextTree.Form = Key.self == String.self ? .string : .word
      let key = try Key(TextTree(form: form, text: label, line: item.line), names)
      guard updateValue(try Value(item.labelled(nil), names), forKey: key) == nil else {
        throw IRTextError(line: item.line, .definedTwice(label))
      }
    }
  }
  static var absent: Self? { [:] }
}

extension Range: TextForm where Bound == Int {
  func text(_ names: TextNames) -> TextTree { names.call("range", (nil, lowerBound), (nil, upperBound)) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "range" else { throw tree.unexpected("range(from, to)") }
    let (lower, upper): (Int, Int) = (try arguments.next(), try arguments.next())
    try arguments.end()
    guard lower <= upper else { throw IRTextError(line: tree.line, .outOfRange(tree.flat)) }
    self = lower..<upper
  }
}

/// Enumerations without payload are written by name.
extension TextForm where Self: RawRepresentable, RawValue == String {
  func text(_ names: TextNames) -> TextTree { .word(rawValue) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let value = Self(rawValue: tree.text) else {
      throw tree.unexpected("a \(Self.self)")
    }
    self = value
  }
}

extension ValueID: TextForm {
  func text(_ names: TextNames) -> TextTree { .word("%\(index)") }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let value = names.values[tree.text] else {
      throw IRTextError(line: tree.line, .unknownName(tree.flat))
    }
    self = value
  }
}

extension SymbolID: TextForm {
  func text(_ names: TextNames) -> TextTree { .word(names.symbols.text(Int(index))) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let index = names.symbols.index(tree.text) else {
      throw IRTextError(line: tree.line, .unknownName(tree.flat))
    }
    self = SymbolID(index)
  }
}

extension BufferID: TextForm {
  func text(_ names: TextNames) -> TextTree { .word(names.buffers.text(Int(index))) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let index = names.buffers.index(tree.text) else {
      throw IRTextError(line: tree.line, .unknownName(tree.flat))
    }
    self = BufferID(index)
  }
}

extension ExtentID: TextForm {
  func text(_ names: TextNames) -> TextTree { .word(names.extents.text(Int(index))) }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word, let index = names.extents.index(tree.text) else {
      throw IRTextError(line: tree.line, .unknownName(tree.flat))
    }
    self = ExtentID(index)
  }
}

extension LocationID: TextForm {
  func text(_ names: TextNames) -> TextTree { .word("\(index)") }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard let index = Int32(exactly: try Int(tree, names)) else {
      throw IRTextError(line: tree.line, .outOfRange(tree.flat))
    }
    self = LocationID(Int(index))
  }
  static var absent: LocationID? { .unknown }
}

extension DisplayUnit: TextForm {
  func text(_ names: TextNames) -> TextTree {
    offset == 0
      ? names.call("unit", (nil, text), (nil, scale)) : names.call("unit", (nil, text), (nil, scale), (nil, offset))
  }
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    var arguments = try TextArguments(tree, names)
    guard arguments.name == "unit" else { throw tree.unexpected("unit(…)") }
    self.init(
      try arguments.next(), scale: try arguments.next(), offset: tree.items.count > 2 ? try arguments.next() : 0)
    try arguments.end()
  }
  static var absent: DisplayUnit? { .one }
}
