import SNNData
import SNNIR
import SNNRuntime
import SNNSyntax

/// Everything that the library throws, sorted by what a caller can do about it.
public enum SNNError: Error, Sendable {
  /// The program is wrong: see the diagnostics.
  case program([Diagnostic])
  /// The program is right, but cannot be planned or run as asked.
  case model(String)
  /// Data, parameters or files do not fit, or cannot be read or written.
  case data(String)
  /// A number stopped being one, or memory ran out.
  case fault(String)
  case cancelled

  /// One or a few lines of text, without a full stop.
  public var text: String {
    switch self {
    case .program(let diagnostics): diagnostics.first?.headline ?? "the program is wrong"
    case .model(let text), .data(let text), .fault(let text): text
    case .cancelled: "cancelled"
    }
  }

  /// Any error of the layers below as one of these.
  public static func wrapping(_ error: any Error) -> SNNError {
    switch error {
    case let error as SNNError: error
    case let error as DataError: .data("\(error)")
    case RuntimeError.cancelled: .cancelled
    case let error as RuntimeError: .fault("\(error)")
    default: .fault("\(error)")
    }
  }
}
