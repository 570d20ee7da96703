#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The command's own reading and writing, without Foundation.
enum Files {
  /// Programs are short; more is not one.
  static let largestProgram = 64 << 20

  static func readProgram(_ path: String) throws -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.fault("cannot open \(path): \(reason())") }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure.fault("cannot read \(path): \(reason())")
      }
      bytes += buffer[..<count]
      if bytes.count > largestProgram {
        throw Failure.fault("\(path) is larger than 64 MiB: not a .snn program")
      }
    }
  }

  /// Beside the target first, then renamed over it, so that nobody ever sees half a file.
  static func write(_ text: String, to path: String) throws {
    if path == "-" || path == "/dev/stdout" {
      Output(descriptor: STDOUT_FILENO).write(text)
      return
    }
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure.fault("cannot write \(path): \(reason())") }
    let output = Output(descriptor: descriptor)
    output.write(text)
    let fault = output.fault ?? (close(descriptor) == 0 ? nil : reason())
    if let fault {
      unlink(temporary)
      throw Failure.fault("cannot write \(path): \(fault)")
    }
    guard rename(temporary, path) == 0 else {
      let why = reason()
      unlink(temporary)
      throw Failure.fault("cannot write \(path): \(why)")
    }
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
