/// A type with a text form. Reading what `text` gave yields an equal value.
protocol TextForm {
  func text(_ names: TextNames) -> TextTree
  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError)
  /// The value that a record leaves unwritten; nil where every value is written.
  static var absent: Self? { get }
}

extension TextForm {
  static var absent: Self? { nil }
}

/// Takes the arguments of `name(…)` in order.
struct TextArguments {
  let tree: TextTree
  let names: TextNames
  private var position = 0

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .word || tree.form == .call else { throw tree.unexpected("a name or a call") }
    self.tree = tree
    self.names = names
  }

  var name: String { tree.text }

  mutating func next<T: TextForm>(_ label: String? = nil) throws(IRTextError) -> T {
    guard position < tree.items.count, tree.items[position].label == label else {
      throw IRTextError(line: tree.line, .missingField(label ?? "argument \(position + 1)", of: tree.text))
    }
    position += 1
    return try T(tree.items[position - 1], names)
  }

  func end() throws(IRTextError) {
    guard position < tree.items.count else { return }
    throw IRTextError(line: tree.line, .unknownField(tree.items[position].flat, of: tree.text))
  }
}

/// A struct written as `head { label: value, … }` from a table of its stored properties.
protocol RecordForm: TextForm {
  static var head: String { get }
  /// What reading starts from.
  static var blank: Self { get }
  static var fields: [TextField<Self>] { get }
}

struct TextField<Record> {
  let name: String
  let write: (Record, TextNames) -> TextTree?
  let read: (inout Record, TextTree, TextNames) throws(IRTextError) -> Void
  let isOptional: Bool

  init<Value: TextForm>(_ name: String, _ path: WritableKeyPath<Record, Value>) {
    self.name = name
    write = { record, names in
      let tree = record[keyPath: path].text(names)
      return tree == Value.absent?.text(names) ? nil : tree.labelled(name)
    }
    read = { (record, tree, names) throws(IRTextError) in record[keyPath: path] = try Value(tree, names) }
    isOptional = Value.absent != nil
  }
}

extension RecordForm {
  func text(_ names: TextNames) -> TextTree {
    .record(Self.head, Self.fields.compactMap { $0.write(self, names) })
  }

  init(_ tree: TextTree, _ names: TextNames) throws(IRTextError) {
    guard tree.form == .record, tree.text == Self.head else { throw tree.unexpected("\(Self.head) { … }") }
    self = Self.blank
    var items: [String: TextTree] = [:]
    for item in tree.items {
      guard let label = item.label else { throw item.unexpected("a label") }
      guard items.updateValue(item, forKey: label) == nil else {
        throw IRTextError(line: item.line, .definedTwice(label))
      }
    }
    for field in Self.fields {
      if let item = items.removeValue(forKey: field.name) {
        try field.read(&self, item.labelled(nil), names)
      } else if !field.isOptional {
        throw IRTextError(line: tree.line, .missingField(field.name, of: Self.head))
      }
    }
    if let extra = tree.items.first(where: { items[$0.label ?? ""] != nil }) {
      throw IRTextError(line: extra.line, .unknownField(extra.label ?? "", of: Self.head))
    }
  }
}
