import SNNTools

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
    guard descriptor >= 0 else {
      throw Failure.fault("cannot open \(path.isEmpty ? "a file without a name" : path): \(reason())")
    }
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

  /// A program that is to be written again: bytes that are no text would not come back.
  static func requireText(_ bytes: [UInt8], of path: String) throws {
    guard Array(String(decoding: bytes, as: UTF8.self).utf8) == bytes else {
      throw Failure(.modelWrong, "\(path) is not UTF-8 text: it stays as it is")
    }
  }

  /// Beside the target first, then renamed over it, so that nobody ever sees half a file. What is no file (a device, a
  /// pipe) is written to as it is.
  static func write(_ text: String, to path: String) throws {
    if path == "-" || path == "/dev/stdout" {
      Output(descriptor: STDOUT_FILENO).write(text)
      return
    }
    guard !isSpecial(path) else { return try writeDirectly(text, to: path) }
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

  private static func isSpecial(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
  }

  private static func writeDirectly(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.fault("cannot write \(path): \(reason())") }
    let output = Output(descriptor: descriptor)
    output.write(text)
    let fault = output.fault ?? (close(descriptor) == 0 ? nil : reason())
    if let fault { throw Failure.fault("cannot write \(path): \(fault)") }
  }

  /// Before a long run: whether its result can be written at all, and under that name.
  static func requireWritable(_ path: String?, as format: OutputFormat) throws {
    guard let path, path != "-" else { return }
    if let objection = format.objection(to: path) { throw Failure(.commandLineWrong, objection) }
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else { throw Failure.fault("cannot write \(path): it is a folder") }
    }
    let parent = folder(of: path)
    guard access(parent.isEmpty ? "." : parent, W_OK | X_OK) == 0 else {
      throw Failure.fault("cannot write \(path): \(reason())")
    }
  }

  /// `examples` of `examples/lif.snn`; empty where the path has no folder.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `lif.svg` of `examples/lif.snn`.
  static func name(of path: String, withExtension ending: String) -> String {
    let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    let stem = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : String(name[..<$0]) } ?? name
    return (stem.isEmpty || stem == "-" ? "program" : stem) + "." + ending
  }

  static func makeFolder(_ path: String) throws {
    guard mkdir(path, 0o755) == 0 else { throw Failure.fault("cannot make \(path): \(reason())") }
  }

  /// Whether a file's first bytes are these; false where it cannot be read.
  static func beginsWith(_ bytes: [UInt8], _ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: bytes.count)
    return read(descriptor, &buffer, buffer.count) == bytes.count && buffer == bytes
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// What is in a folder, folders with a slash at their end; nothing where it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !name.hasPrefix(".") else { continue }
      names.append(entry.pointee.d_type == UInt8(DT_DIR) ? name + "/" : name)
    }
    return names.sorted()
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
