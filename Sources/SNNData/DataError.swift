/// What can go wrong between a file and an array. Every case names the file (or the data set in memory), and says what
/// was found, what was expected and, where there is one, the way out; `DataError+Description.swift` holds the English.
public enum DataError: Error, Equatable, Sendable {
  /// The operating system refuses: no such file, no permission, a directory.
  case cannotOpen(file: String, reason: String)
  /// The first bytes are not those of the format.
  case wrongFormat(file: String, expected: String, found: String)
  /// The file ends before its own header says.
  case truncated(file: String, detail: String)
  /// The file contradicts itself or its checksum.
  case corrupt(file: String, detail: String)
  /// A dataset, group, attribute, column or field that is not there, and those that are.
  case missing(file: String, kind: String, name: String, available: [String])
  /// Something for which the model has no use, and what it has.
  case unexpected(file: String, kind: String, name: String, known: [String])
  /// A group where a dataset is needed, a name that stands for two things.
  case wrongKind(file: String, name: String, found: String, expected: String)
  case wrongRank(file: String, name: String, shape: [Int], expected: String)
  case wrongShape(file: String, name: String, found: [Int], expected: [Int])
  case wrongType(file: String, name: String, found: String, expected: String)
  /// First axes that should agree, as (field, length).
  case lengthsDiffer(
    file: String, first: String, firstLength: Int, second: String, secondLength: Int)
  /// A cell of a table; `line` and `column` count from 1, `column` in bytes where it is known.
  case badCell(file: String, line: Int, column: Int?, name: String, text: String, expected: String)
  case raggedRow(file: String, line: Int, found: Int, expected: Int)
  case badQuote(file: String, line: Int, column: Int)
  case empty(file: String, what: String)
  /// NaN or infinity in a field; `position` holds the indices after the sample's.
  case notFinite(file: String, field: String, sample: Int, position: [Int], value: Double)
  /// A label that is no class number.
  case badLabel(file: String, field: String, sample: Int, value: Double)
  /// A duration that no sample can have.
  case badDuration(file: String, field: String, sample: Int, value: Double)
  case outOfRange(file: String, name: String, index: Int, allowed: Range<Int>)
  /// More bytes than this machine has.
  case tooLarge(file: String, name: String, shape: [Int])
  case badArgument(name: String, found: String, expected: String)
  /// Valid, but not for this build or this version.
  case unsupported(file: String, what: String, hint: String)
  /// Saving failed; what stood there before is untouched.
  case cannotWrite(file: String, operation: String, reason: String)
}
