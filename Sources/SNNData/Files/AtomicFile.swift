#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Replacing a file in one step: a reader, or a crash at any moment, finds the old content or the new one.
public enum AtomicFile {
  /// Writes to a new file in the same folder, forces it to the disk, and renames it over `path`. On any failure the new
  /// file is removed and `path` is as it was. A symbolic link is followed; permissions of an older file are kept. What
  /// is no regular file (`/dev/stdout`, a pipe) is written to directly.
  ///
  /// A process that has a limit on file sizes gets the signal SIGXFSZ from the system before the error can be
  /// reported; ignoring that signal is the program's choice, not the library's.
  /// - Throws: `DataError.cannotWrite` with the operation that failed.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(DataError) {
    try replace(path, with: bytes) { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
  }

  /// - Parameter create: opens the new file for writing; a parameter so that tests can hand over a full device.
  static func replace(_ path: String, with bytes: [UInt8], create: (String) -> Int32)
    throws(DataError)
  {
    let target = resolved(path)
    var old = stat()
    let exists = stat(target, &old) == 0
    if exists, old.st_mode & S_IFMT == S_IFDIR {
      throw .cannotWrite(file: path, operation: "open", reason: "it is a folder")
    }
    if exists, old.st_mode & S_IFMT != S_IFREG { return try writeDirectly(bytes, to: target) }

    let (folder, name) = FilePath.split(target)
    var temporary = ""
    var descriptor: Int32 = -1
    for attempt in 0..<1000 {
      temporary = "\(folder)/.\(name).\(getpid()).\(attempt).tmp"
      descriptor = create(temporary)
      if descriptor >= 0 || errno != EEXIST { break }
    }
    guard descriptor >= 0 else {
      throw .cannotWrite(
        file: path, operation: "create in \(folder)", reason: FileBytes.reason(errno))
    }
    do throws(DataError) {
      if exists { fchmod(descriptor, old.st_mode & 0o7777) }
      try fill(descriptor, with: bytes, file: path)
      guard rename(temporary, target) == 0 else {
        throw .cannotWrite(file: path, operation: "rename", reason: FileBytes.reason(errno))
      }
    } catch {
      unlink(temporary)
      throw error
    }
    // The name too should survive a power cut; not every file system can do it, and the content is safe by now.
    let directory = open(folder, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// Writes all, forces it to the disk, and closes: a full disk may show at any of the three.
  private static func fill(_ descriptor: Int32, with bytes: [UInt8], file: String) throws(DataError) {
    do throws(DataError) {
      try writeAll(bytes, to: descriptor, file: file)
      guard fsync(descriptor) == 0 || errno == EINVAL else {
        throw .cannotWrite(file: file, operation: "fsync", reason: FileBytes.reason(errno))
      }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else {
      throw .cannotWrite(file: file, operation: "close", reason: FileBytes.reason(errno))
    }
  }

  private static func writeDirectly(_ bytes: [UInt8], to path: String) throws(DataError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .cannotWrite(file: path, operation: "open", reason: FileBytes.reason(errno))
    }
    try fill(descriptor, with: bytes, file: path)
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, file: String)
    throws(DataError)
  {
    var start = 0
    while start < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { write(descriptor, $0 + start, min(buffer.count - start, 1 << 30)) }
          ?? 0
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw .cannotWrite(file: file, operation: "write", reason: FileBytes.reason(errno))
      }
      start += written
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
