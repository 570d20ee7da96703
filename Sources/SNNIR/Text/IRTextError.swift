/// Why a text is not a module, and at which line (from 1).
public struct IRTextError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case unexpected(found: String, expected: String)
    case unterminatedString
    case tooDeep(limit: Int)
    case unknownName(String)
    case unknownOpcode(String)
    case definedTwice(String)
    case missingField(String, of: String)
    case unknownField(String, of: String)
    case outOfRange(String)
  }
  public var line: Int
  public var reason: Reason

  public init(line: Int, _ reason: Reason) {
    self.line = line
    self.reason = reason
  }

  public var description: String {
    let text =
      switch reason {
      case .unexpected(let found, let expected): "expected \(expected), found \(found)"
      case .unterminatedString: "a string does not end"
      case .tooDeep(let limit): "more than \(limit) groups inside each other"
      case .unknownName(let name): "\(name) is not defined before this line"
      case .unknownOpcode(let name): "there is no opcode \(name)"
      case .definedTwice(let name): "\(name) is given twice"
      case .missingField(let name, let record): "\(record) lacks \(name)"
      case .unknownField(let name, let record): "\(record) has no \(name)"
      case .outOfRange(let what): "\(what) is out of range"
      }
    return "line \(line): \(text)"
  }
}

extension TextTree {
  func unexpected(_ expected: String) -> IRTextError {
    IRTextError(line: line, .unexpected(found: flat, expected: expected))
  }
}
