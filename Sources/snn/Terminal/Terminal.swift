import SNN
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where the user reads: everything visible goes through here.
struct Terminal: Sendable {
  var output: Output
  var errors: Output

  /// One for the process, so that nobody misses that writing failed.
  static let standard = Terminal(
    output: Output(descriptor: STDOUT_FILENO), errors: Output(descriptor: STDERR_FILENO))

  /// A reader that goes away (`snn explain … | head`) must not kill a run that still has to save its weights.
  /// A limit on file sizes shall be an error that can be told, not the end of the process.
  static func prepareProcess() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// A line to standard output.
  func print(_ text: String) { output.write(text.hasSuffix("\n") ? text : text + "\n") }

  /// Text as it is to standard error.
  func complain(_ text: String) { errors.write(text.hasSuffix("\n") ? text : text + "\n") }

  func error(_ message: String) { complain(errors.style.red("error:") + " " + message) }
  func warning(_ message: String) { complain(errors.style.yellow("warning:") + " " + message) }
}

/// One open descriptor: whether it is a terminal, how wide, whether colours are welcome.
final class Output: Sendable {
  let descriptor: Int32
  let isTerminal: Bool
  let style: Style
  private let failure = Atomic<Int32>(0)

  init(descriptor: Int32) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
    style = Style(isOn: Self.wantsColour(isTerminal: isTerminal, environment: Self.environment))
  }

  /// Columns of the terminal now, 80 where it does not say.
  var width: Int {
    var size = winsize()
    guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }

  /// Why writing failed, if it did; a reader that went away is not a fault.
  var fault: String? {
    let code = failure.load(ordering: .relaxed)
    return code == 0 || code == EPIPE ? nil : String(cString: strerror(code))
  }

  func write(_ text: String) {
    guard failure.load(ordering: .relaxed) == 0 else { return }
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = systemWrite(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count > 0 {
          done += count
        } else if errno == EINTR {
          continue
        } else if errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&wait, 1, 100)
        } else {
          failure.store(errno, ordering: .relaxed)
          return
        }
      }
    }
  }

  /// Colours on a terminal that knows them, unless https://no-color.org says otherwise.
  static func wantsColour(isTerminal: Bool, environment: (String) -> String?) -> Bool {
    isTerminal && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

/// Emphasis, or none.
struct Style: Sendable {
  var isOn: Bool

  func bold(_ text: String) -> String { wrapped(text, "1") }
  func faint(_ text: String) -> String { wrapped(text, "2") }
  func red(_ text: String) -> String { wrapped(text, "1;31") }
  func green(_ text: String) -> String { wrapped(text, "32") }
  func yellow(_ text: String) -> String { wrapped(text, "1;33") }
  func cyan(_ text: String) -> String { wrapped(text, "36") }

  private func wrapped(_ text: String, _ code: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
