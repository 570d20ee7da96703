#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the shell is told.
enum ExitStatus: Int32 {
  case fine = 0
  case modelWrong = 1
  case commandLineWrong = 2
  case runTimeFault = 3
  case expectationFailed = 4
  /// 128 + SIGINT, as shells report it.
  case interrupted = 130
}

/// Ends a verb; `message` is shown as an error unless everything has been said already.
struct Failure: Error, CustomStringConvertible {
  var status: ExitStatus
  var message: String?

  init(_ status: ExitStatus, _ message: String? = nil) {
    self.status = status
    self.message = message
  }

  var description: String { message ?? "exit status \(status.rawValue)" }

  static func fault(_ message: String) -> Failure { Failure(.runTimeFault, message) }
}

extension Command {
  static func exit(withCode status: ExitStatus) -> Never {
    #if canImport(Darwin)
      Darwin.exit(status.rawValue)
    #else
      Glibc.exit(status.rawValue)
    #endif
  }
}
